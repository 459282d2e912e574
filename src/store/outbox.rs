//! The outbox: what is due at a sink, and what became of each attempt.
//!
//! News of one case reach a sink in their order: a revision is not due before
//! the one before it is delivered or dead.

use rusqlite::OptionalExtension;
use rusqlite::Row;
use rusqlite::named_params;
use rusqlite::params;

use crate::cases::CaseChange;
use crate::cases::CaseId;
use crate::time::Timestamp;

use super::Delivery;
use super::DeliveryCount;
use super::DeliveryId;
use super::SinkId;
use super::Store;
use super::StoreError;
use super::error::failed_to;

/// A last error is cut to this length: it is for a person to read.
const ERROR_CHARS_MAX: usize = 300;

/// True of rows that no earlier revision of the same case holds back.
const IS_FIRST: &str = "NOT EXISTS (
    SELECT 1 FROM deliveries earlier
    WHERE earlier.case_id = d.case_id AND earlier.sink_id = d.sink_id
      AND earlier.revision < d.revision AND earlier.state = 'pending')";

impl Store {
    /// What may be attempted at the sink now, the longest due first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn due_deliveries(
        &self,
        sink: &SinkId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        let query = format!(
            "SELECT d.case_id, d.revision, d.attempts, d.refusals, d.created_at, h.at, h.what, h.body
             FROM deliveries d JOIN case_history h USING (case_id, revision)
             WHERE d.state = 'pending' AND d.sink_id = :sink AND d.next_at <= :now AND {IS_FIRST}
             ORDER BY d.next_at, d.created_at LIMIT :limit"
        );
        let rows: Vec<(Delivery, String)> = {
            let reader = self.reader();
            let mut statement =
                reader.prepare_cached(&query).map_err(failed_to("read the outbox"))?;
            let found = statement.query_map(
                named_params! {
                    ":sink": sink.as_str(),
                    ":now": now.as_micros(),
                    ":limit": limit as i64,
                },
                |row| delivery_from(row, sink),
            );
            found.and_then(Iterator::collect::<rusqlite::Result<_>>)
        }
        .map_err(failed_to("read the outbox"))?;
        rows.into_iter().map(|(delivery, body)| with_case(delivery, &body)).collect()
    }

    /// When the next delivery to the sink falls due after `now`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next_due(&self, sink: &SinkId, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let query = format!(
            "SELECT d.next_at FROM deliveries d
             WHERE d.state = 'pending' AND d.sink_id = ?1 AND d.next_at > ?2 AND {IS_FIRST}
             ORDER BY d.next_at LIMIT 1"
        );
        let reader = self.reader();
        let at: Option<i64> = reader
            .prepare_cached(&query)
            .and_then(|mut statement| {
                let row = params![sink.as_str(), now.as_micros()];
                statement.query_row(row, |row| row.get(0)).optional()
            })
            .map_err(failed_to("read the outbox"))?;
        Ok(at.map(Timestamp::from_micros))
    }

    /// An attempt failed; the next one is due at `next_at`. `refused` tells
    /// that the sink answered no, which is counted as long as it goes on.
    ///
    /// # Errors
    /// When the disk or the file fails.
    pub fn failed(
        &self,
        id: &DeliveryId,
        next_at: Timestamp,
        reason: &str,
        refused: bool,
    ) -> Result<(), StoreError> {
        let reason: String = reason.chars().take(ERROR_CHARS_MAX).collect();
        self.change_delivery(
            id,
            "UPDATE deliveries SET attempts = attempts + 1, next_at = ?4, last_error = ?5,
                refusals = CASE WHEN ?6 THEN refusals + 1 ELSE 0 END
             WHERE case_id = ?1 AND revision = ?2 AND sink_id = ?3 AND state = 'pending'",
            &[&next_at.as_micros(), &reason, &refused],
        )
    }

    /// The last attempt failed: the delivery is given up until a person sends it again.
    ///
    /// # Errors
    /// When the disk or the file fails.
    pub fn dead(&self, id: &DeliveryId, reason: &str) -> Result<(), StoreError> {
        let reason: String = reason.chars().take(ERROR_CHARS_MAX).collect();
        self.change_delivery(
            id,
            "UPDATE deliveries SET attempts = attempts + 1, state = 'dead', last_error = ?4
             WHERE case_id = ?1 AND revision = ?2 AND sink_id = ?3 AND state = 'pending'",
            &[&reason],
        )
    }

    /// The outbox in numbers, by sink.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn delivery_counts(&self) -> Result<Vec<DeliveryCount>, StoreError> {
        let reader = self.reader();
        let counted = "SELECT sink_id, state, count(*) FROM deliveries
            GROUP BY sink_id, state ORDER BY sink_id";
        // Of what waits an index of its own; of all, rows need not be read.
        let oldest = "SELECT sink_id, min(created_at) FROM deliveries
            WHERE state = 'pending' GROUP BY sink_id";
        let read = || -> rusqlite::Result<Vec<DeliveryCount>> {
            let mut counts: Vec<DeliveryCount> = Vec::new();
            let mut statement = reader.prepare_cached(counted)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let sink_id = sink_id(row, 0)?;
                let (state, count): (String, i64) = (row.get(1)?, row.get(2)?);
                if counts.last().is_none_or(|last| last.sink_id != sink_id) {
                    counts.push(DeliveryCount::none(sink_id));
                }
                if let Some(last) = counts.last_mut() {
                    last.add(&state, u64::try_from(count).unwrap_or(0));
                }
            }
            let mut statement = reader.prepare_cached(oldest)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (sink_id, at) = (sink_id(row, 0)?, row.get(1)?);
                if let Some(count) = counts.iter_mut().find(|count| count.sink_id == sink_id) {
                    count.oldest_pending_at = Some(Timestamp::from_micros(at));
                }
            }
            Ok(counts)
        };
        read().map_err(failed_to("count deliveries"))
    }

    /// How many deliveries wait for the sink, and how many are dead.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn outbox_depth(&self, sink: &SinkId) -> Result<(u64, u64), StoreError> {
        let reader = self.reader();
        let count = |state: &str| -> rusqlite::Result<u64> {
            reader
                .prepare_cached(
                    "SELECT count(*) FROM deliveries WHERE sink_id = ?1 AND state = ?2",
                )?
                .query_row([sink.as_str(), state], |row| row.get::<_, i64>(0))
                .map(|count| u64::try_from(count).unwrap_or(0))
        };
        let counts = count("pending").and_then(|pending| Ok((pending, count("dead")?)));
        counts.map_err(failed_to("count the outbox"))
    }

    fn change_delivery(
        &self,
        id: &DeliveryId,
        change: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<(), StoreError> {
        let (case, sink) = (id.case_id.as_str(), id.sink_id.as_str());
        let mut row: Vec<&dyn rusqlite::ToSql> = vec![&case, &id.revision, &sink];
        row.extend(values);
        self.write("note an attempt", |transaction| {
            transaction
                .prepare_cached(change)
                .and_then(|mut statement| statement.execute(row.as_slice()))
                .map_err(failed_to("note an attempt"))
                .map(drop)
        })
    }
}

fn delivery_from(row: &Row<'_>, sink: &SinkId) -> rusqlite::Result<(Delivery, String)> {
    let what: String = row.get(6)?;
    let delivery = Delivery {
        id: DeliveryId { case_id: case_id(row, 0)?, revision: row.get(1)?, sink_id: sink.clone() },
        what: CaseChange::from_name(&what).ok_or_else(|| unreadable(6, &what))?,
        at: Timestamp::from_micros(row.get(5)?),
        case: serde_json::Value::Null,
        attempts: row.get(2)?,
        refusals: row.get(3)?,
        created_at: Timestamp::from_micros(row.get(4)?),
    };
    Ok((delivery, row.get(7)?))
}

fn with_case(delivery: Delivery, body: &str) -> Result<Delivery, StoreError> {
    let case = serde_json::from_str(body)
        .map_err(|source| StoreError::Body { case: delivery.id.case_id.to_string(), source })?;
    Ok(Delivery { case, ..delivery })
}

pub(super) fn case_id(row: &Row<'_>, at: usize) -> rusqlite::Result<CaseId> {
    let text: String = row.get(at)?;
    CaseId::parse(&text).ok_or_else(|| unreadable(at, &text))
}

pub(super) fn sink_id(row: &Row<'_>, at: usize) -> rusqlite::Result<SinkId> {
    let text: String = row.get(at)?;
    SinkId::new(&text).map_err(|_| unreadable(at, &text))
}

fn unreadable(at: usize, text: &str) -> rusqlite::Error {
    let fault = format!("{text:?} does not belong here");
    rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, fault.into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::cases::sample;
    use crate::store::Filed;
    use crate::store::STORE_FILE;

    use super::*;

    const BUDGET: Duration = Duration::from_secs(2);

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join(STORE_FILE)).unwrap();
        (folder, store)
    }

    fn sink(name: &str) -> SinkId {
        SinkId::new(name).unwrap()
    }

    fn due(store: &Store, name: &str, s: i64) -> Vec<DeliveryId> {
        let due = store.due_deliveries(&sink(name), sample::second(s), 10).unwrap();
        due.into_iter().map(|delivery| delivery.id).collect()
    }

    #[test]
    fn a_case_and_its_outbox_are_written_together_and_once() {
        let (_folder, store) = store();
        let (case, sinks) = (sample::case(1), [sink("a"), sink("b")]);
        assert_eq!(store.file_case(&case, &sinks).unwrap(), Filed::New);
        assert_eq!(store.file_case(&case, &sinks).unwrap(), Filed::AlreadyThere);
        // A sink named twice cannot be: the case, its history and the first row go too.
        let twice = [sink("a"), sink("a")];
        store.file_case(&sample::case(2), &twice).unwrap_err();
        assert_eq!(store.case(&sample::case(2).id).unwrap(), None);
        assert_eq!(due(&store, "a", 1_000).len(), 1);
        assert_eq!(due(&store, "b", 1_000).len(), 1);
        assert_eq!(due(&store, "a", 300), [], "not before it was filed");
        let given = &store.due_deliveries(&sinks[0], sample::second(1_000), 1).unwrap()[0];
        assert_eq!(given.case, serde_json::to_value(&case).unwrap());
        assert_eq!(given.id.idempotency_key(), format!("{}-1", case.id));
        store.integrity_check().unwrap();
    }

    #[test]
    fn a_revision_is_not_due_before_the_one_before_it_is_settled() {
        let (_folder, store) = store();
        let sinks = [sink("a"), sink("b")];
        let mut case = sample::case(1);
        store.file_case(&case, &sinks).unwrap();
        case.revision = 2;
        let at = sample::second(400);
        store.update_case(&case, CaseChange::Evidence, at, &sinks).unwrap();
        let first = due(&store, "a", 1_000);
        assert_eq!(first.iter().map(|id| id.revision).collect::<Vec<_>>(), [1]);
        store.failed(&first[0], sample::second(2_000), "away", false).unwrap();
        assert_eq!(due(&store, "a", 1_000), []);
        assert_eq!(
            store.next_due(&sink("a"), sample::second(1_000)).unwrap(),
            Some(sample::second(2_000))
        );
        assert_eq!(due(&store, "b", 1_000)[0].revision, 1, "the other sink is not held up");
        store.dead(&first[0], "given up").unwrap();
        assert_eq!(due(&store, "a", 1_000)[0].revision, 2);
        store.delivered(&due(&store, "b", 1_000)[0], at, BUDGET).unwrap();
        assert_eq!(due(&store, "b", 1_000)[0].revision, 2);
    }

    #[test]
    fn a_revision_out_of_its_turn_is_refused() {
        let (_folder, store) = store();
        let mut case = sample::case(1);
        let at = sample::second(400);
        let unknown = store.update_case(&case, CaseChange::Evidence, at, &[]).unwrap_err();
        assert!(matches!(unknown, StoreError::Unknown(_)));
        store.file_case(&case, &[]).unwrap();
        case.revision = 3;
        let error = store.update_case(&case, CaseChange::Evidence, at, &[]).unwrap_err();
        assert!(error.to_string().ends_with("is at revision 1, cannot become 3"), "{error}");
        assert!(!error.may_pass());
    }

    #[test]
    fn the_first_acknowledgement_stays_whoever_writes_the_case_next() {
        let (_folder, store) = store();
        let sinks = [sink("a"), sink("b")];
        let mut stale = sample::case(1);
        store.file_case(&stale, &sinks).unwrap();
        let at = stale.latency.look.received_at + Duration::from_secs(3);
        let emission = store.delivered(&due(&store, "a", 1_000)[0], at, BUDGET).unwrap();
        assert_eq!(emission, Some(Duration::from_secs(3)));
        let again = store.delivered(&due(&store, "b", 1_000)[0], at + BUDGET, BUDGET).unwrap();
        assert_eq!(again, None);
        stale.dwell_s = 777.0;
        store.refresh_case(&stale).unwrap();
        stale.revision = 2;
        store.update_case(&stale, CaseChange::Standing, at, &sinks).unwrap();
        let stored = store.case(&stale.id).unwrap().unwrap();
        assert_eq!(stored.latency.delivered_at, Some(at));
        assert_eq!(stored.latency.over_budget, ["emission"]);
        assert!((stored.dwell_s - 777.0).abs() < 1e-9);
    }

    #[test]
    fn attempts_and_refusals_outlive_the_program_and_dead_letters_can_be_sent_again() {
        let (folder, store) = store();
        store.file_case(&sample::case(1), &[sink("a")]).unwrap();
        let id = due(&store, "a", 1_000).remove(0);
        store.failed(&id, sample::second(400), "answered 500", false).unwrap();
        store.failed(&id, sample::second(500), "answered 401", true).unwrap();
        drop(store);
        let store = Store::open(&folder.path().join(STORE_FILE)).unwrap();
        assert_eq!(due(&store, "a", 499), []);
        let given = store.due_deliveries(&sink("a"), sample::second(500), 1).unwrap().remove(0);
        assert_eq!((given.attempts, given.refusals), (2, 1));
        store.dead(&id, &"x".repeat(5_000)).unwrap();
        assert_eq!(store.dead_letters(10).unwrap()[0].last_error.as_ref().unwrap().len(), 300);
        assert_eq!(store.outbox_depth(&sink("a")).unwrap(), (0, 1));
        assert_eq!(store.resend_dead(Some(&sink("b")), sample::second(600)).unwrap(), 0);
        assert_eq!(store.resend_dead(None, sample::second(600)).unwrap(), 1);
        assert_eq!(due(&store, "a", 600), std::slice::from_ref(&id));
        store.delivered(&id, sample::second(601), BUDGET).unwrap();
        let counts = store.delivery_counts().unwrap();
        assert_eq!((counts[0].pending, counts[0].delivered, counts[0].dead), (0, 1, 0));
    }

    #[test]
    fn cases_are_found_by_what_the_filter_names() {
        use crate::cases::CaseState;
        use crate::ingest::CameraId;
        use crate::rules::IncidentKind;
        use crate::store::CaseFilter;

        let (_folder, store) = store();
        for stay in 1..=5 {
            store.file_case(&sample::case(stay), &[]).unwrap();
        }
        let mut gone = sample::case(3);
        gone.revision = 2;
        gone.clear(sample::second(900));
        store.update_case(&gone, CaseChange::Cleared, sample::second(900), &[]).unwrap();
        let all = CaseFilter::default();
        let found = |filter: CaseFilter| -> Vec<i64> {
            let cases = store.cases(&filter).unwrap();
            cases.iter().map(|case| case.filed_at.secs_from(sample::second(300)) as i64).collect()
        };
        assert_eq!(found(all.clone()), [5, 4, 3, 2, 1]);
        assert_eq!(found(CaseFilter { limit: Some(2), ..all.clone() }), [5, 4]);
        let page = (Some(sample::second(302)), Some(sample::second(305)));
        assert_eq!(found(CaseFilter { since: page.0, before: page.1, ..all.clone() }), [4, 3, 2]);
        assert_eq!(found(CaseFilter { state: Some(CaseState::Cleared), ..all.clone() }), [3]);
        let other = CameraId::new("other").unwrap();
        assert!(found(CaseFilter { camera_id: Some(other), ..all.clone() }).is_empty());
        assert!(found(CaseFilter { kind: Some(IncidentKind::GarbagePile), ..all }).is_empty());
        assert_eq!(store.open_cases(&sample::camera()).unwrap().len(), 4);
    }
}
