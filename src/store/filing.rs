//! Writes a case together with its history and its outbox entries, in one transaction.

use std::time::Duration;

use rusqlite::OptionalExtension;
use rusqlite::Transaction;
use rusqlite::params;

use crate::cases::Case;
use crate::cases::CaseChange;
use crate::cases::CaseId;
use crate::time::Timestamp;

use super::DeliveryId;
use super::SinkId;
use super::Store;
use super::StoreError;
use super::error::failed_to;
use super::query::state_name;

/// What filing a case has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filed {
    New,
    /// A case of this id was there; nothing was changed.
    AlreadyThere,
}

impl Store {
    /// Files a new case and puts it into the outbox of each sink.
    ///
    /// # Errors
    /// When the disk or the file fails; then nothing is written.
    pub fn file_case(&self, case: &Case, sinks: &[SinkId]) -> Result<Filed, StoreError> {
        self.write("file a case", |transaction| {
            if stored_case(transaction, &case.id)?.is_some() {
                return Ok(Filed::AlreadyThere);
            }
            put_case(transaction, case)?;
            put_news(transaction, case, CaseChange::Filed, case.filed_at, sinks)?;
            Ok(Filed::New)
        })
    }

    /// Stores the next revision of a case and puts it into the outbox of each
    /// sink. What the store knows of acknowledged deliveries stays.
    ///
    /// # Errors
    /// When the case is not there, or not at the revision before this one, or
    /// the disk fails; then nothing is written.
    pub fn update_case(
        &self,
        case: &Case,
        what: CaseChange,
        at: Timestamp,
        sinks: &[SinkId],
    ) -> Result<(), StoreError> {
        self.write("update a case", |transaction| {
            let stored = stored_case(transaction, &case.id)?;
            let stored = stored.ok_or_else(|| StoreError::Unknown(case.id.clone()))?;
            if stored.revision.checked_add(1) != Some(case.revision) {
                let (stored, given) = (stored.revision, case.revision);
                return Err(StoreError::Revision { case: case.id.clone(), stored, given });
            }
            let case = with_acknowledgement_of(case, stored);
            put_case(transaction, &case)?;
            put_news(transaction, &case, what, at, sinks)
        })
    }

    /// Stores what has changed without being news: last seen, dwell. The
    /// revision stays, nobody is told.
    ///
    /// # Errors
    /// As for [`Store::update_case`], with the same revision.
    pub fn refresh_case(&self, case: &Case) -> Result<(), StoreError> {
        self.write("refresh a case", |transaction| {
            let stored = stored_case(transaction, &case.id)?;
            let stored = stored.ok_or_else(|| StoreError::Unknown(case.id.clone()))?;
            if stored.revision != case.revision {
                let (stored, given) = (stored.revision, case.revision);
                return Err(StoreError::Revision { case: case.id.clone(), stored, given });
            }
            put_case(transaction, &with_acknowledgement_of(case, stored))
        })
    }

    /// A sink has acknowledged. At the first acknowledgement of the case its
    /// latency is completed, and the time of emission returned.
    ///
    /// # Errors
    /// When the disk or the file fails; then the delivery will be made again.
    pub fn delivered(
        &self,
        id: &DeliveryId,
        at: Timestamp,
        emission_budget: Duration,
    ) -> Result<Option<Duration>, StoreError> {
        self.write("note a delivery", |transaction| {
            transaction
                .prepare_cached(
                    "UPDATE deliveries SET state = 'delivered', delivered_at = ?4,
                        attempts = attempts + 1, last_error = NULL
                     WHERE case_id = ?1 AND revision = ?2 AND sink_id = ?3 AND state != 'delivered'",
                )
                .and_then(|mut statement| {
                    let (case, sink) = (id.case_id.as_str(), id.sink_id.as_str());
                    statement.execute(params![case, id.revision, sink, at.as_micros()])
                })
                .map_err(failed_to("note a delivery"))?;
            let Some(mut case) = stored_case(transaction, &id.case_id)? else { return Ok(None) };
            let emission = case.acknowledge(at, emission_budget);
            if emission.is_some() {
                put_case(transaction, &case)?;
            }
            Ok(emission)
        })
    }
}

/// The writer of `case` may have read it before a sink acknowledged.
fn with_acknowledgement_of(case: &Case, stored: Case) -> Case {
    let latency =
        if case.latency.delivered_at.is_none() { stored.latency } else { case.latency.clone() };
    Case { latency, ..case.clone() }
}

pub(super) fn stored_case(
    connection: &rusqlite::Connection,
    id: &CaseId,
) -> Result<Option<Case>, StoreError> {
    let body: Option<String> = connection
        .prepare_cached("SELECT body FROM cases WHERE id = ?1")
        .and_then(|mut statement| statement.query_row([id.as_str()], |row| row.get(0)).optional())
        .map_err(failed_to("read a case"))?;
    body.map(|body| case_from_body(id.as_str(), &body)).transpose()
}

pub(super) fn case_from_body(id: &str, body: &str) -> Result<Case, StoreError> {
    serde_json::from_str(body).map_err(|source| StoreError::Body { case: id.to_owned(), source })
}

fn body_of(case: &Case) -> Result<String, StoreError> {
    serde_json::to_string(case)
        .map_err(|source| StoreError::Body { case: case.id.to_string(), source })
}

fn put_case(transaction: &Transaction<'_>, case: &Case) -> Result<(), StoreError> {
    let body = body_of(case)?;
    transaction
        .prepare_cached(
            "INSERT INTO cases (id, kind, camera_id, zone_id, state, revision, filed_at, body,
                cleared_at, has_evidence)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (id) DO UPDATE
             SET state = excluded.state, revision = excluded.revision, body = excluded.body,
                cleared_at = excluded.cleared_at, has_evidence = excluded.has_evidence",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                case.id.as_str(),
                case.kind.name(),
                case.camera_id.as_str(),
                case.zone_id.as_str(),
                state_name(case.state),
                case.revision,
                case.filed_at.as_micros(),
                body,
                case.cleared_at.map(Timestamp::as_micros),
                !case.evidence.is_empty(),
            ])
        })
        .map_err(failed_to("write a case"))?;
    Ok(())
}

/// One row of history and one row of outbox for each sink.
fn put_news(
    transaction: &Transaction<'_>,
    case: &Case,
    what: CaseChange,
    at: Timestamp,
    sinks: &[SinkId],
) -> Result<(), StoreError> {
    let (id, revision, at) = (case.id.as_str(), case.revision, at.as_micros());
    let body = body_of(case)?;
    transaction
        .prepare_cached("INSERT INTO case_history VALUES (?1, ?2, ?3, ?4, ?5)")
        .and_then(|mut statement| statement.execute(params![id, revision, at, what.name(), body]))
        .map_err(failed_to("write a case's history"))?;
    for sink in sinks {
        transaction
            .prepare_cached(
                "INSERT INTO deliveries (case_id, revision, sink_id, state, next_at, created_at)
                 VALUES (?1, ?2, ?3, 'pending', ?4, ?4)",
            )
            .and_then(|mut statement| statement.execute(params![id, revision, sink.as_str(), at]))
            .map_err(failed_to("write the outbox"))?;
    }
    Ok(())
}
