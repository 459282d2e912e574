//! Finds what may be let go of, and lets go of what no one needs again.

use rusqlite::params;

use crate::cases::Case;
use crate::ingest::CameraId;
use crate::time::Timestamp;

use super::Store;
use super::StoreError;
use super::error::failed_to;
use super::filing::case_from_body;

impl Store {
    /// Cleared cases that have evidence, the longest cleared first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn cases_to_let_go(
        &self,
        cleared_before: Timestamp,
        limit: usize,
    ) -> Result<Vec<Case>, StoreError> {
        let rows: Vec<(String, String)> = self
            .reader()
            .prepare_cached(
                "SELECT id, body FROM cases
                 WHERE has_evidence = 1 AND cleared_at IS NOT NULL
                   AND state = 'cleared' AND cleared_at < ?1
                 ORDER BY cleared_at LIMIT ?2",
            )
            .and_then(|mut statement| {
                let row = params![cleared_before.as_micros(), limit as i64];
                statement.query_map(row, |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
            })
            .map_err(failed_to("list what may be let go of"))?;
        rows.iter().map(|(id, body)| case_from_body(id, body)).collect()
    }

    /// Forgets deliveries acknowledged before this time, at most so many;
    /// returns how many. The cases and their history stay.
    ///
    /// # Errors
    /// When the disk or the file fails.
    pub fn prune_delivered(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.write("prune the outbox", |transaction| {
            transaction
                .prepare_cached(
                    "DELETE FROM deliveries WHERE rowid IN (
                        SELECT rowid FROM deliveries
                        WHERE state = 'delivered' AND delivered_at < ?1
                        ORDER BY delivered_at LIMIT ?2)",
                )
                .and_then(|mut statement| {
                    statement.execute(params![before.as_micros(), limit as i64])
                })
                .map_err(failed_to("prune the outbox"))
        })
    }

    /// Forgets what stood before cameras that are not among these; returns how many.
    ///
    /// # Errors
    /// When the disk or the file fails.
    pub fn prune_snapshots(&self, configured: &[CameraId]) -> Result<usize, StoreError> {
        let names: Vec<&str> = configured.iter().map(CameraId::as_str).collect();
        let names = serde_json::Value::from(names).to_string();
        self.write("prune snapshots", |transaction| {
            transaction
                .execute(
                    "DELETE FROM snapshots WHERE camera_id NOT IN (SELECT value FROM json_each(?1))",
                    [names],
                )
                .map_err(failed_to("prune snapshots"))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::cases::CaseChange;
    use crate::cases::Evidence;
    use crate::cases::EvidenceRole;
    use crate::cases::sample;
    use crate::geometry::BoxInImage;
    use crate::store::DeliveryId;
    use crate::store::STORE_FILE;
    use crate::store::SinkId;

    use super::*;

    fn evidence() -> Evidence {
        Evidence {
            role: EvidenceRole::A,
            captured_at: sample::second(0),
            file: "2026/05/01/0/A.jpg".to_owned(),
            sha256: String::new(),
            width: 1,
            height: 1,
            box_in_image: BoxInImage::WHOLE,
        }
    }

    #[test]
    fn only_evidence_of_cleared_cases_may_go_the_longest_cleared_first() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join(STORE_FILE)).unwrap();
        for (stay, cleared_s) in [(1, Some(900)), (2, None), (3, Some(800)), (4, Some(950))] {
            let mut case = sample::case(stay);
            if stay != 4 {
                case.add_evidence(vec![evidence()]);
            }
            store.file_case(&case, &[]).unwrap();
            if let Some(s) = cleared_s {
                case.revision += 1;
                case.clear(sample::second(s));
                store.update_case(&case, CaseChange::Cleared, sample::second(s), &[]).unwrap();
            }
        }
        let ids = |before_s| -> Vec<_> {
            let found = store.cases_to_let_go(sample::second(before_s), 10).unwrap();
            found.into_iter().map(|case| case.id).collect()
        };
        assert_eq!(ids(10_000), [sample::case(3).id, sample::case(1).id]);
        assert_eq!(ids(900), [sample::case(3).id]);
        let mut case = store.case(&sample::case(3).id).unwrap().unwrap();
        case.revision += 1;
        case.reopen();
        store.update_case(&case, CaseChange::Reopened, sample::second(990), &[]).unwrap();
        assert_eq!(ids(10_000), [sample::case(1).id], "one that stands again keeps its evidence");
    }

    #[test]
    fn forgets_old_acknowledged_deliveries_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join(STORE_FILE)).unwrap();
        let (desk, away) = (SinkId::new("desk").unwrap(), SinkId::new("away").unwrap());
        for stay in 1..=3 {
            let case = sample::case(stay);
            store.file_case(&case, &[desk.clone(), away.clone()]).unwrap();
            let id = DeliveryId { case_id: case.id, revision: 1, sink_id: desk.clone() };
            store.delivered(&id, sample::second(400 + stay), Duration::MAX).unwrap();
        }
        let before = sample::second(403);
        assert_eq!(store.prune_delivered(before, 1).unwrap(), 1);
        assert_eq!(store.prune_delivered(before, 10).unwrap(), 1);
        assert_eq!(store.prune_delivered(before, 10).unwrap(), 0);
        let counts = store.delivery_counts().unwrap();
        let shown: Vec<_> = counts.iter().map(|one| (one.pending, one.delivered)).collect();
        assert_eq!(shown, [(3, 0), (0, 1)]);
    }

    #[test]
    fn forgets_what_stood_before_cameras_that_are_gone() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join(STORE_FILE)).unwrap();
        let (north, south) = (CameraId::new("north").unwrap(), CameraId::new("south").unwrap());
        store.save_snapshots(&[(north.clone(), vec![1]), (south.clone(), vec![2])]).unwrap();
        assert_eq!(store.prune_snapshots(std::slice::from_ref(&north)).unwrap(), 1);
        assert_eq!(store.load_snapshot(&north).unwrap(), Some(vec![1]));
        assert_eq!(store.load_snapshot(&south).unwrap(), None);
    }
}
