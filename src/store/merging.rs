//! Merges two cases that a person says are one matter, and parts what was merged by mistake.

use rusqlite::OptionalExtension;
use rusqlite::Savepoint;

use crate::cases::Case;
use crate::cases::CaseChange;
use crate::cases::CaseId;
use crate::cases::Life;
use crate::cases::Stage;
use crate::time::Timestamp;

use super::LifeKeys;
use super::SinkId;
use super::Store;
use super::StoreError;
use super::error::failed_to;
use super::filing::put_case;
use super::filing::put_news;
use super::filing::stored_case;
use super::filing::was_filed;
use super::life::add_entries;
use super::matter::lead_alone;
use super::matter::lead_to;

/// The next entries of a life: those behind the first `known`.
#[derive(Debug)]
pub struct LifeAddition<'a> {
    pub life: &'a Life,
    pub known: usize,
    pub keys: &'a LifeKeys,
    pub at: Timestamp,
}

impl Store {
    /// Writes the step that merges a case into another, and tells of both.
    ///
    /// # Errors
    /// When the other is not open, somebody else has added to the life, or the
    /// disk fails; then nothing is written.
    pub fn merge_case(
        &self,
        step: &LifeAddition<'_>,
        into: &CaseId,
        followers: &[SinkId],
    ) -> Result<(), StoreError> {
        self.write("merge a case", |transaction| {
            add_entries(transaction, step.life, step.known, step.keys, followers)?;
            let mut case = known_case(transaction, step.life.case_id())?;
            let mut first = known_case(transaction, into)?;
            if !is_open(transaction, into)? {
                return Err(StoreError::NotOpen(into.clone()));
            }
            case.merged_into = Some(into.clone());
            next_revision(transaction, &mut case, CaseChange::Merged, step.at, followers)?;
            let was_cleared = first.cleared_at;
            first.join(&case, step.at);
            if case.cleared_at.is_some()
                && let Some(cleared_at) = was_cleared
            {
                first.clear(cleared_at);
            }
            next_revision(transaction, &mut first, CaseChange::Joined, step.at, followers)?;
            lead_to(transaction, &case.id, into)
        })
    }

    /// Writes the step that parts a case from the one it was merged into. Who
    /// has not heard of it yet hears of it as filed.
    ///
    /// # Errors
    /// As [`Store::merge_case`], and when it is merged into none.
    pub fn split_case(
        &self,
        step: &LifeAddition<'_>,
        sinks: &[SinkId],
        followers: &[SinkId],
    ) -> Result<(), StoreError> {
        self.write("split a case", |transaction| {
            add_entries(transaction, step.life, step.known, step.keys, followers)?;
            let mut case = known_case(transaction, step.life.case_id())?;
            let first = case.merged_into.take();
            let told = was_filed(transaction, &case.id)?;
            let (what, who) =
                if told { (CaseChange::Parted, followers) } else { (CaseChange::Filed, sinks) };
            next_revision(transaction, &mut case, what, step.at, who)?;
            lead_alone(transaction, &case.id)?;
            let Some(first) = first else { return Ok(()) };
            let mut first = known_case(transaction, &first)?;
            first.unjoin(&case.id);
            next_revision(transaction, &mut first, CaseChange::Parted, step.at, followers)
        })
    }
}

fn known_case(transaction: &Savepoint<'_>, id: &CaseId) -> Result<Case, StoreError> {
    stored_case(transaction, id)?.ok_or_else(|| StoreError::Unknown(id.clone()))
}

fn next_revision(
    transaction: &Savepoint<'_>,
    case: &mut Case,
    what: CaseChange,
    at: Timestamp,
    sinks: &[SinkId],
) -> Result<(), StoreError> {
    case.revision += 1;
    put_case(transaction, case)?;
    put_news(transaction, case, what, at, sinks)
}

fn is_open(transaction: &Savepoint<'_>, id: &CaseId) -> Result<bool, StoreError> {
    let stage: Option<String> = transaction
        .prepare_cached("SELECT stage FROM lives WHERE case_id = ?1")
        .and_then(|mut statement| statement.query_row([id.as_str()], |row| row.get(0)).optional())
        .map_err(failed_to("read a case's life"))?;
    Ok(stage.as_deref().and_then(Stage::from_name).is_some_and(|stage| !stage.is_end()))
}
