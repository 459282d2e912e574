//! Writes a case together with its history and its outbox entries, in one transaction.

use std::time::Duration;

use rusqlite::OptionalExtension;
use rusqlite::Savepoint;
use rusqlite::params;
use serde::Serialize;

use crate::cases::Case;
use crate::cases::CaseChange;
use crate::cases::CaseId;
use crate::cases::CitizenReporter;
use crate::cases::LifeNews;
use crate::ingest::CameraId;
use crate::time::Timestamp;

use super::DeliveryId;
use super::SinkId;
use super::Store;
use super::StoreError;
use super::error::failed_to;
use super::matter::note_seen;
use super::query::state_name;
use super::requests::put_reporter;

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
        self.file_case_of(case, None, sinks)
    }

    /// As [`Self::file_case`], with the citizen who told of it, if one did and is known.
    ///
    /// # Errors
    /// When the disk or the file fails; then nothing is written.
    pub fn file_case_of(
        &self,
        case: &Case,
        reporter: Option<&CitizenReporter>,
        sinks: &[SinkId],
    ) -> Result<Filed, StoreError> {
        self.write("file a case", |transaction| {
            if stored_case(transaction, &case.id)?.is_some() {
                return Ok(Filed::AlreadyThere);
            }
            put_case(transaction, case)?;
            put_news(transaction, case, CaseChange::Filed, case.filed_at, sinks)?;
            put_reporter(transaction, &case.id, reporter)?;
            Ok(Filed::New)
        })
    }

    /// Stores the next revision of a case and puts it into the outbox of each
    /// sink. What the store knows of acknowledged deliveries stays. Returns
    /// the number that the revision got, which is higher than the given one
    /// where steps in the case's life have come between.
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
    ) -> Result<u32, StoreError> {
        self.write("update a case", |transaction| {
            let known = case.revision.saturating_sub(1);
            let stored = stored_as_known(transaction, case, known)?;
            let case = Case { revision: stored.revision + 1, ..merged(case, stored) };
            put_case(transaction, &case)?;
            put_news(transaction, &case, what, at, sinks)?;
            Ok(case.revision)
        })
    }

    /// Stores what has changed without being news: last seen, dwell. The
    /// revision stays, nobody is told.
    ///
    /// # Errors
    /// As for [`Store::update_case`], with the same revision.
    pub fn refresh_case(&self, case: &Case) -> Result<(), StoreError> {
        self.write("refresh a case", |transaction| {
            let stored = stored_as_known(transaction, case, case.revision)?;
            let revision = stored.revision;
            put_case(transaction, &Case { revision, ..merged(case, stored) })
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

/// The stored case, of which the writer of `case` knows all up to the revision
/// `known`. What is newer may only tell of its life: that changes nothing
/// which stands in the case itself.
fn stored_as_known(
    transaction: &Savepoint<'_>,
    case: &Case,
    known: u32,
) -> Result<Case, StoreError> {
    let stored = stored_case(transaction, &case.id)?;
    let stored = stored.ok_or_else(|| StoreError::Unknown(case.id.clone()))?;
    let unknown: u32 = transaction
        .prepare_cached(
            "SELECT count(*) FROM case_history
             WHERE case_id = ?1 AND revision > ?2 AND what != ?3",
        )
        .and_then(|mut statement| {
            let asked = params![case.id.as_str(), known, CaseChange::Life.name()];
            statement.query_row(asked, |row| row.get(0))
        })
        .map_err(failed_to("read a case's history"))?;
    if unknown > 0 || known > stored.revision {
        let (stored, given) = (stored.revision, case.revision);
        return Err(StoreError::Revision { case: case.id.clone(), stored, given });
    }
    Ok(stored)
}

/// The writer of `case` may have read it before a sink acknowledged.
fn merged(case: &Case, stored: Case) -> Case {
    let latency =
        if case.latency.delivered_at.is_none() { stored.latency } else { case.latency.clone() };
    Case { latency, ..case.clone() }
}

/// A step in the life of a case, which becomes its next revision and news for each sink.
pub(super) fn put_life_news(
    transaction: &Savepoint<'_>,
    id: &CaseId,
    at: Timestamp,
    life: &LifeNews<'_>,
    sinks: &[SinkId],
) -> Result<(), StoreError> {
    let stored = stored_case(transaction, id)?;
    let mut case = stored.ok_or_else(|| StoreError::Unknown(id.clone()))?;
    case.revision += 1;
    put_case(transaction, &case)?;
    let told = json_of(&case).and_then(|mut told| {
        told["life"] = json_of(life)?;
        Ok(told)
    });
    let unwritten = |source| StoreError::Body { case: id.to_string(), source };
    let body = told.map_err(unwritten)?.to_string();
    put_told(transaction, (id, case.revision), CaseChange::Life, at, &body, sinks)
}

/// Whether sinks have ever heard of it as a case of its own.
pub(super) fn was_filed(transaction: &Savepoint<'_>, id: &CaseId) -> Result<bool, StoreError> {
    transaction
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM case_history WHERE case_id = ?1 AND what = ?2)",
        )
        .and_then(|mut statement| {
            let asked = [id.as_str(), CaseChange::Filed.name()];
            statement.query_row(asked, |row| row.get(0))
        })
        .map_err(failed_to("read a case's history"))
}

fn json_of(told: &impl Serialize) -> serde_json::Result<serde_json::Value> {
    serde_json::to_value(told)
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

pub(super) fn put_case(transaction: &Savepoint<'_>, case: &Case) -> Result<(), StoreError> {
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
                case.camera_id.as_ref().map_or("", CameraId::as_str),
                case.zone(),
                state_name(case.state),
                case.revision,
                case.filed_at.as_micros(),
                body,
                case.cleared_at.map(Timestamp::as_micros),
                !case.evidence.is_empty(),
            ])
        })
        .and_then(|_| note_seen(transaction, &case.id, case.seen_at))
        .map_err(failed_to("write a case"))
}

/// What the case says now is news.
pub(super) fn put_news(
    transaction: &Savepoint<'_>,
    case: &Case,
    what: CaseChange,
    at: Timestamp,
    sinks: &[SinkId],
) -> Result<(), StoreError> {
    put_told(transaction, (&case.id, case.revision), what, at, &body_of(case)?, sinks)
}

/// One row of history and one row of outbox for each sink.
fn put_told(
    transaction: &Savepoint<'_>,
    (id, revision): (&CaseId, u32),
    what: CaseChange,
    at: Timestamp,
    body: &str,
    sinks: &[SinkId],
) -> Result<(), StoreError> {
    let (id, at) = (id.as_str(), at.as_micros());
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
