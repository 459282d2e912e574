//! Lives of cases: entries that are only added to, and beside them where each case stands now.

use rusqlite::Connection;
use rusqlite::OptionalExtension;
use rusqlite::Savepoint;
use rusqlite::params;
use serde::Serialize;
use utoipa::ToSchema;

use crate::cases::Case;
use crate::cases::CaseId;
use crate::cases::Life;
use crate::cases::LifeEntry;
use crate::cases::LifeNews;
use crate::cases::Stage;
use crate::city::ClassId;
use crate::city::GridId;
use crate::time::Timestamp;

use super::Filed;
use super::SinkId;
use super::Store;
use super::StoreError;
use super::digests::put_digest;
use super::error::failed_to;
use super::filing::case_from_body;
use super::filing::put_life_news;
use super::filing::was_filed;

/// So many are read at once by those who go through all of them.
const BATCH_MAX: i64 = 1_000;

/// What a life is asked for by, as of its last entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifeKeys {
    pub class: ClassId,
    pub grid: Option<GridId>,
    /// When its clock runs out if nothing is done; none at an end.
    pub due: Option<Timestamp>,
    /// The head has been told that it is late.
    pub escalated: bool,
}

/// Where a case stands at the dispatch centre, in a few words for lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Standing {
    pub case_id: CaseId,
    pub stage: Stage,
    pub grid: Option<GridId>,
    /// When its clock runs out if nothing is done; none at an end.
    pub due: Option<Timestamp>,
}

impl Store {
    /// Begins the life of a case that is there. Its last entry is news for the
    /// `hearers`, if there are any.
    ///
    /// # Errors
    /// When the case is not there, or the disk fails; then nothing is written.
    pub fn begin_life(
        &self,
        life: &Life,
        keys: &LifeKeys,
        hearers: &[SinkId],
    ) -> Result<Filed, StoreError> {
        self.write("begin a case's life", |transaction| {
            if entries_stored(transaction, life.case_id())? > 0 {
                return Ok(Filed::AlreadyThere);
            }
            put_keys(transaction, life, keys)?;
            put_entries(transaction, life, 0)?;
            put_digest(transaction, life, keys)?;
            if !hearers.is_empty() {
                put_news(transaction, life, keys, life.entries().len() - 1, hearers)?;
            }
            Ok(Filed::New)
        })
    }

    /// Adds the entries behind the first `known`, which must be all that are
    /// stored. Each becomes a revision of the case and news for the `hearers`.
    ///
    /// # Errors
    /// When somebody else has added to it since, or the disk fails; then nothing is written.
    pub fn add_to_life(
        &self,
        life: &Life,
        known: usize,
        keys: &LifeKeys,
        hearers: &[SinkId],
    ) -> Result<(), StoreError> {
        self.write("add to a case's life", |transaction| {
            add_entries(transaction, life, known, keys, hearers)
        })
    }

    /// A case's life and what it is asked for by; none if it has not begun.
    ///
    /// # Errors
    /// When the file cannot be read, or the history in it does not hold together.
    pub fn life(&self, id: &CaseId) -> Result<Option<(Life, LifeKeys)>, StoreError> {
        stored_life(&self.reader(), id)
    }

    /// Where the cases stand whose life has begun, in the order asked for.
    ///
    /// # Errors
    /// When the file cannot be read, or holds what nobody can have written.
    pub fn standings(&self, ids: &[CaseId]) -> Result<Vec<Standing>, StoreError> {
        let reader = self.reader();
        let mut statement = reader
            .prepare_cached("SELECT stage, grid_id, due FROM lives WHERE case_id = ?1")
            .map_err(failed_to("read where cases stand"))?;
        let mut standings = Vec::with_capacity(ids.len());
        for id in ids {
            let row: Option<(String, Option<String>, Option<i64>)> = statement
                .query_row([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()
                .map_err(failed_to("read where cases stand"))?;
            let Some((stage, grid, due)) = row else { continue };
            let unknown = || StoreError::Damaged(format!("{stage:?} is no stage"));
            standings.push(Standing {
                case_id: id.clone(),
                stage: Stage::from_name(&stage).ok_or_else(unknown)?,
                grid: grid.and_then(|grid| GridId::new(&grid).ok()),
                due: due.map(Timestamp::from_micros),
            });
        }
        Ok(standings)
    }

    /// Cases whose clock ran out before `now` and whose head has not been told, the longest late first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn lives_to_escalate(&self, now: Timestamp) -> Result<Vec<CaseId>, StoreError> {
        let ids: Vec<String> = self
            .reader()
            .prepare_cached(
                "SELECT case_id FROM lives WHERE due < ?1 AND escalated = 0
                 AND stage IN ('dispatched', 'accepted') ORDER BY due LIMIT ?2",
            )
            .and_then(|mut statement| {
                let asked = params![now.as_micros(), BATCH_MAX];
                statement.query_map(asked, |row| row.get(0))?.collect()
            })
            .map_err(failed_to("find what is late"))?;
        Ok(ids.iter().filter_map(|id| CaseId::parse(id)).collect())
    }

    /// Some of the cases whose life has not begun, the oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn cases_without_life(&self) -> Result<Vec<Case>, StoreError> {
        let rows: Vec<(String, String)> = self
            .reader()
            .prepare_cached(
                "SELECT id, body FROM cases
                 WHERE NOT EXISTS (SELECT 1 FROM lives WHERE lives.case_id = cases.id)
                 ORDER BY filed_at LIMIT ?1",
            )
            .and_then(|mut statement| {
                let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
                statement.query_map([BATCH_MAX], row)?.collect()
            })
            .map_err(failed_to("find cases without a life"))?;
        rows.iter().map(|(id, body)| case_from_body(id, body)).collect()
    }
}

impl Store {
    /// Some of the cases that are open and whose place is not known, with their class.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn cases_without_place(&self) -> Result<Vec<(Case, ClassId)>, StoreError> {
        let rows: Vec<(String, String, String)> = self
            .reader()
            .prepare_cached(
                "SELECT id, body, class_id FROM cases JOIN lives ON case_id = id
                 WHERE stage NOT IN ('closed', 'rejected', 'merged')
                 AND NOT EXISTS (SELECT 1 FROM matters WHERE matters.case_id = id)
                 ORDER BY filed_at DESC LIMIT ?1",
            )
            .and_then(|mut statement| {
                let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
                statement.query_map([BATCH_MAX], row)?.collect()
            })
            .map_err(failed_to("find cases without a place"))?;
        let read = |(id, body, class): &(String, String, String)| {
            Ok((case_from_body(id, body)?, class_id(class)?))
        };
        rows.iter().map(read).collect()
    }
}

/// As [`Store::add_to_life`], within a transaction that does more.
pub(super) fn add_entries(
    transaction: &Savepoint<'_>,
    life: &Life,
    known: usize,
    keys: &LifeKeys,
    hearers: &[SinkId],
) -> Result<(), StoreError> {
    let stored = entries_stored(transaction, life.case_id())?;
    if stored != known || stored == 0 {
        let case = life.case_id().clone();
        let (stored, given) = (stored as u32, life.entries().len() as u32);
        return Err(StoreError::Revision { case, stored, given });
    }
    put_keys(transaction, life, keys)?;
    put_entries(transaction, life, known)?;
    put_digest(transaction, life, keys)?;
    // Of a case that is told of in another, nobody has heard.
    let heard_of = was_filed(transaction, life.case_id())?;
    put_news(transaction, life, keys, known, if heard_of { hearers } else { &[] })
}

fn class_id(text: &str) -> Result<ClassId, StoreError> {
    ClassId::new(text).map_err(|error| StoreError::Damaged(error.to_string()))
}

pub(super) fn stored_life(
    connection: &Connection,
    id: &CaseId,
) -> Result<Option<(Life, LifeKeys)>, StoreError> {
    let Some(keys) = stored_keys(connection, id)? else { return Ok(None) };
    let bodies: Vec<String> = connection
        .prepare_cached("SELECT body FROM life_entries WHERE case_id = ?1 ORDER BY number")
        .and_then(|mut statement| statement.query_map([id.as_str()], |row| row.get(0))?.collect())
        .map_err(failed_to("read a case's life"))?;
    let entries: Result<Vec<LifeEntry>, _> =
        bodies.iter().map(|body| serde_json::from_str(body)).collect();
    let entries = entries.map_err(|source| StoreError::Body { case: id.to_string(), source })?;
    let life = Life::replay(id.clone(), entries).map_err(StoreError::Life)?;
    Ok(Some((life, keys)))
}

fn entries_stored(connection: &Connection, id: &CaseId) -> Result<usize, StoreError> {
    let count: i64 = connection
        .prepare_cached("SELECT count(*) FROM life_entries WHERE case_id = ?1")
        .and_then(|mut statement| statement.query_row([id.as_str()], |row| row.get(0)))
        .map_err(failed_to("read a case's life"))?;
    Ok(count as usize)
}

fn stored_keys(connection: &Connection, id: &CaseId) -> Result<Option<LifeKeys>, StoreError> {
    let row: Option<(String, Option<String>, Option<i64>, bool)> = connection
        .prepare_cached("SELECT class_id, grid_id, due, escalated FROM lives WHERE case_id = ?1")
        .and_then(|mut statement| {
            let row =
                |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
            statement.query_row([id.as_str()], row).optional()
        })
        .map_err(failed_to("read a case's life"))?;
    let Some((class, grid, due, escalated)) = row else { return Ok(None) };
    let damaged = |error: crate::city::NameError| StoreError::Damaged(error.to_string());
    Ok(Some(LifeKeys {
        class: ClassId::new(&class).map_err(damaged)?,
        grid: grid.map(|grid| GridId::new(&grid)).transpose().map_err(damaged)?,
        due: due.map(Timestamp::from_micros),
        escalated,
    }))
}

pub(super) fn put_keys(
    transaction: &Savepoint<'_>,
    life: &Life,
    keys: &LifeKeys,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO lives (case_id, class_id, grid_id, stage, due, escalated)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (case_id) DO UPDATE
             SET class_id = excluded.class_id, grid_id = excluded.grid_id,
                stage = excluded.stage, due = excluded.due, escalated = excluded.escalated",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                life.case_id().as_str(),
                keys.class.as_str(),
                keys.grid.as_ref().map(GridId::as_str),
                life.stage().name(),
                keys.due.map(Timestamp::as_micros),
                keys.escalated,
            ])
        })
        .map_err(failed_to("write a case's life"))?;
    Ok(())
}

/// What the entries behind the first `known` tell.
pub(super) fn put_news(
    transaction: &Savepoint<'_>,
    life: &Life,
    keys: &LifeKeys,
    known: usize,
    hearers: &[SinkId],
) -> Result<(), StoreError> {
    for entry in &life.entries()[known.min(life.entries().len())..] {
        let news = LifeNews::of(entry, &keys.class, keys.grid.as_ref());
        put_life_news(transaction, life.case_id(), entry.at, &news, hearers)?;
    }
    Ok(())
}

pub(super) fn put_entries(
    transaction: &Savepoint<'_>,
    life: &Life,
    known: usize,
) -> Result<(), StoreError> {
    for entry in &life.entries()[known.min(life.entries().len())..] {
        let body = serde_json::to_string(entry)
            .map_err(|source| StoreError::Body { case: life.case_id().to_string(), source })?;
        transaction
            .prepare_cached("INSERT INTO life_entries VALUES (?1, ?2, ?3, ?4)")
            .and_then(|mut statement| {
                let (id, at) = (life.case_id().as_str(), entry.at.as_micros());
                statement.execute(params![id, entry.number, at, body])
            })
            .map_err(failed_to("write a case's life"))?;
    }
    Ok(())
}
