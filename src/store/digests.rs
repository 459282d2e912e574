//! What each life comes to, one row a case: the ground of reports, of figures
//! about verdicts and of lists. Written with each step, made again if it is missing.

use std::collections::HashMap;

use rusqlite::Connection;
use rusqlite::Row;
use rusqlite::TransactionBehavior;
use rusqlite::params;

use crate::cases::CaseId;
use crate::cases::Course;
use crate::cases::Digest;
use crate::cases::FalseReason;
use crate::cases::Life;
use crate::cases::Stage;
use crate::cases::Verdict;
use crate::cases::VerdictCount;
use crate::city::ClassId;
use crate::city::GridId;
use crate::city::NameError;
use crate::city::PersonId;
use crate::ingest::CameraId;
use crate::rules::ZoneId;
use crate::time::Timestamp;

use super::LifeKeys;
use super::Store;
use super::StoreError;
use super::error::failed_to;
use super::life::stored_life;

/// A case that a person has judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    pub id: CaseId,
    pub found_at: Timestamp,
    pub verdict: Verdict,
}

/// Digests that are missing are made so many in a transaction.
const BATCH_MAX: i64 = 1_000;

impl Store {
    /// Hands each case found from `from` on and before `to` to `take`, in the
    /// order in which they were found.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn each_digest(
        &self,
        (from, to): (Timestamp, Timestamp),
        mut take: impl FnMut(&Digest),
    ) -> Result<(), StoreError> {
        let failed = failed_to("read digests");
        let reader = self.own_reader()?;
        let mut statement = reader
            .prepare(
                "SELECT class_id, grid_id, camera_id, zone_id, handler, stage, due, found_at,
                    filed_at, dispatched_at, accepted_at, handled_at, checked_at, ended_at,
                    sent_late, handled_late, returns, suspended, outcome, judged_right,
                    false_reason, excused
                 FROM digests WHERE found_at >= ?1 AND found_at < ?2 ORDER BY found_at",
            )
            .map_err(&failed)?;
        let span = params![from.as_micros(), to.as_micros()];
        let mut rows = statement.query(span).map_err(&failed)?;
        let mut names = Names::default();
        while let Some(row) = rows.next().map_err(&failed)? {
            take(&names.digest(row).map_err(&failed)??);
        }
        Ok(())
    }

    /// The last verdicts on cases found from `from` on and before `to`, counted.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn verdict_counts(
        &self,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<VerdictCount>, StoreError> {
        let failed = failed_to("count verdicts");
        let reader = self.reader();
        let mut statement = reader
            .prepare_cached(
                "SELECT class_id, camera_id, zone_id, judged_right, false_reason, count(*)
                 FROM digests
                 WHERE judged_right IS NOT NULL AND found_at >= ?1 AND found_at < ?2
                 GROUP BY class_id, camera_id, zone_id, judged_right, false_reason",
            )
            .map_err(&failed)?;
        let mut rows =
            statement.query(params![from.as_micros(), to.as_micros()]).map_err(&failed)?;
        let (mut names, mut counts) = (Names::default(), Vec::new());
        while let Some(row) = rows.next().map_err(&failed)? {
            counts.push(names.verdicts(row).map_err(&failed)??);
        }
        Ok(counts)
    }
}

impl Store {
    /// Judged cases, the first found first, after this one; only wrong ones unless `all`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn judged(
        &self,
        all: bool,
        after: Option<(Timestamp, &CaseId)>,
        limit: usize,
    ) -> Result<Vec<Judged>, StoreError> {
        let (at, id) = after.map_or((i64::MIN, ""), |(at, id)| (at.as_micros(), id.as_str()));
        self.reader()
            .prepare_cached(
                "SELECT case_id, found_at, judged_right, false_reason FROM digests
                 WHERE judged_right IS NOT NULL AND (?1 OR judged_right = 0)
                   AND (found_at > ?2 OR (found_at = ?2 AND case_id > ?3))
                 ORDER BY found_at, case_id LIMIT ?4",
            )
            .and_then(|mut statement| {
                let asked = params![all, at, id, limit as i64];
                let rows = statement.query_map(asked, |row| {
                    let reason = row.get_ref(3)?.as_str_or_null()?;
                    let reason = reason.and_then(FalseReason::from_name);
                    let id = CaseId::parse(row.get_ref(0)?.as_str()?);
                    let found_at = Timestamp::from_micros(row.get(1)?);
                    let verdict = Verdict { right: row.get(2)?, reason };
                    Ok(id.map(|id| Judged { id, found_at, verdict }))
                })?;
                rows.filter_map(Result::transpose).collect()
            })
            .map_err(failed_to("list verdicts"))
    }

    /// Cases that are handled or checked and not closed, with the time at
    /// which they were handled; the last ones first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn handled_cases(&self, limit: usize) -> Result<Vec<(CaseId, Timestamp)>, StoreError> {
        self.reader()
            .prepare_cached(
                "SELECT case_id, handled_at FROM digests
                 WHERE stage IN ('handled', 'checked') AND handled_at IS NOT NULL
                 ORDER BY listed_at DESC LIMIT ?1",
            )
            .and_then(|mut statement| {
                let rows = statement.query_map([limit as i64], |row| {
                    let id = CaseId::parse(row.get_ref(0)?.as_str()?);
                    let at = Timestamp::from_micros(row.get(1)?);
                    Ok(id.map(|id| (id, at)))
                })?;
                rows.filter_map(Result::transpose).collect()
            })
            .map_err(failed_to("list handled cases"))
    }

    /// How many cases are judged; only wrong ones unless `all`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn judged_count(&self, all: bool) -> Result<u64, StoreError> {
        let count: i64 = self
            .reader()
            .query_row(
                "SELECT count(*) FROM digests
                 WHERE judged_right IS NOT NULL AND (?1 OR judged_right = 0)",
                [all],
                |row| row.get(0),
            )
            .map_err(failed_to("list verdicts"))?;
        Ok(count as u64)
    }
}

/// Makes the digests of lives that have none, as of a store from before there were any.
///
/// # Errors
/// When the file cannot be read or written. A life that cannot be read is left without one.
pub(super) fn complete(connection: &mut Connection) -> Result<(), StoreError> {
    let failed = failed_to("make digests");
    let mut after = String::new();
    loop {
        let ids: Vec<String> = connection
            .prepare_cached(
                "SELECT case_id FROM lives
                 WHERE NOT EXISTS (SELECT 1 FROM digests WHERE digests.case_id = lives.case_id)
                   AND case_id > ?1 ORDER BY case_id LIMIT ?2",
            )
            .and_then(|mut statement| {
                statement.query_map(params![after, BATCH_MAX], |row| row.get(0))?.collect()
            })
            .map_err(&failed)?;
        let Some(last) = ids.last() else { return Ok(()) };
        after.clone_from(last);
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&failed)?;
        for id in ids.iter().filter_map(|id| CaseId::parse(id)) {
            match stored_life(&transaction, &id) {
                Ok(Some((life, keys))) => put_digest(&transaction, &life, &keys)?,
                Ok(None) => {}
                Err(error) => tracing::error!(case = %id, %error, "a case will not be counted"),
            }
        }
        transaction.commit().map_err(&failed)?;
    }
}

/// Writes what the life comes to now. What was excused stays.
pub(super) fn put_digest(
    transaction: &Connection,
    life: &Life,
    keys: &LifeKeys,
) -> Result<(), StoreError> {
    let course = Course::of(life);
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
    transaction
        .prepare_cached(
            "INSERT INTO digests (case_id, listed_at, found_at, class_id, grid_id, camera_id,
                zone_id, stage, due, filed_at, dispatched_at, accepted_at, handled_at,
                checked_at, ended_at, sent_late, handled_late, returns, suspended, handler,
                outcome, judged_right, false_reason)
             SELECT id, filed_at, ?2, ?3, ?4, camera_id, zone_id, ?5, ?6, ?7, ?8, ?9, ?10, ?11,
                ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20
             FROM cases WHERE id = ?1
             ON CONFLICT (case_id) DO UPDATE
             SET class_id = excluded.class_id, grid_id = excluded.grid_id,
                stage = excluded.stage, due = excluded.due, filed_at = excluded.filed_at,
                dispatched_at = excluded.dispatched_at, accepted_at = excluded.accepted_at,
                handled_at = excluded.handled_at, checked_at = excluded.checked_at,
                ended_at = excluded.ended_at, sent_late = excluded.sent_late,
                handled_late = excluded.handled_late, returns = excluded.returns,
                suspended = excluded.suspended, handler = excluded.handler,
                outcome = excluded.outcome, judged_right = excluded.judged_right,
                false_reason = excluded.false_reason",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                life.case_id().as_str(),
                course.found_at.as_micros(),
                keys.class.as_str(),
                keys.grid.as_ref().map(GridId::as_str),
                course.stage.name(),
                micros(keys.due),
                micros(course.filed_at),
                micros(course.dispatched_at),
                micros(course.accepted_at),
                micros(course.handled_at),
                micros(course.checked_at),
                micros(course.ended_at),
                course.sent_late,
                course.handled_late,
                course.returns,
                course.suspended,
                course.handler.as_ref().map(PersonId::as_str),
                course.outcome,
                course.right,
                course.reason.map(FalseReason::name),
            ])
        })
        .map_err(failed_to("write a digest"))?;
    Ok(())
}

/// Names that were read already: each of a few hundred stands in thousands of rows.
#[derive(Default)]
struct Names {
    classes: HashMap<String, ClassId>,
    grids: HashMap<String, GridId>,
    cameras: HashMap<String, CameraId>,
    zones: HashMap<String, ZoneId>,
    people: HashMap<String, PersonId>,
}

impl Names {
    fn digest(&mut self, row: &Row<'_>) -> rusqlite::Result<Result<Digest, StoreError>> {
        let text = |at: usize| row.get_ref(at)?.as_str().map_err(rusqlite::Error::from);
        let maybe = |at: usize| row.get_ref(at)?.as_str_or_null().map_err(rusqlite::Error::from);
        let time = |at: usize| -> rusqlite::Result<_> {
            Ok(row.get::<_, Option<i64>>(at)?.map(Timestamp::from_micros))
        };
        let class = known(&mut self.classes, text(0)?, ClassId::new);
        let grid = maybe(1)?.map(|name| known(&mut self.grids, name, GridId::new)).transpose();
        let handler =
            maybe(4)?.map(|name| known(&mut self.people, name, PersonId::new)).transpose();
        let (camera, zone) = (self.camera(text(2)?), self.zone(text(3)?));
        let stage = Stage::from_name(text(5)?);
        let course = Course {
            stage: stage.unwrap_or(Stage::Found),
            found_at: Timestamp::from_micros(row.get(7)?),
            filed_at: time(8)?,
            dispatched_at: time(9)?,
            accepted_at: time(10)?,
            handled_at: time(11)?,
            checked_at: time(12)?,
            ended_at: time(13)?,
            sent_late: row.get(14)?,
            handled_late: row.get(15)?,
            returns: row.get(16)?,
            suspended: row.get(17)?,
            outcome: row.get(18)?,
            right: row.get(19)?,
            reason: maybe(20)?.and_then(FalseReason::from_name),
            handler: None,
        };
        let (due, excused) = (time(6)?, row.get(21)?);
        Ok((|| {
            let course = Course { handler: handler.map_err(damaged)?, ..course };
            let (class, grid) = (class.map_err(damaged)?, grid.map_err(damaged)?);
            Ok(Digest { class, grid, camera: camera?, zone, due, excused, course })
        })())
    }

    fn verdicts(&mut self, row: &Row<'_>) -> rusqlite::Result<Result<VerdictCount, StoreError>> {
        let text = |at: usize| row.get_ref(at)?.as_str().map_err(rusqlite::Error::from);
        let class = known(&mut self.classes, text(0)?, ClassId::new);
        let (camera, zone) = (self.camera(text(1)?), self.zone(text(2)?));
        let right = row.get(3)?;
        let reason = row.get_ref(4)?.as_str_or_null()?.and_then(FalseReason::from_name);
        let cases = row.get::<_, i64>(5)? as u64;
        Ok((|| {
            let class = class.map_err(damaged)?;
            Ok(VerdictCount { class, camera: camera?, zone, right, reason, cases })
        })())
    }

    /// None where a citizen told of it.
    fn camera(&mut self, name: &str) -> Result<Option<CameraId>, StoreError> {
        if name.is_empty() {
            return Ok(None);
        }
        known(&mut self.cameras, name, CameraId::new)
            .map(Some)
            .map_err(|error| StoreError::Damaged(error.to_string()))
    }

    fn zone(&mut self, name: &str) -> ZoneId {
        let made: Result<_, std::convert::Infallible> =
            known(&mut self.zones, name, |name| Ok(ZoneId::new(name)));
        match made {
            Ok(zone) => zone,
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn damaged(error: NameError) -> StoreError {
    StoreError::Damaged(error.to_string())
}

fn known<T: Clone, E>(
    map: &mut HashMap<String, T>,
    name: &str,
    make: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, E> {
    if let Some(known) = map.get(name) {
        return Ok(known.clone());
    }
    let made = make(name)?;
    map.insert(name.to_owned(), made.clone());
    Ok(made)
}
