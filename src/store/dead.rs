//! News that was given up: listed, and sent again when a person has put right what was wrong.

use rusqlite::Row;
use rusqlite::params;
use serde::Serialize;
use utoipa::ToSchema;

use crate::time::Timestamp;

use super::DeliveryId;
use super::SinkId;
use super::Store;
use super::StoreError;
use super::error::failed_to;
use super::outbox::case_id;
use super::outbox::sink_id;

/// Due at once and young again, as if nobody had tried.
const ANEW: &str = "UPDATE deliveries
    SET state = 'pending', attempts = 0, refusals = 0, next_at = ?2, created_at = ?2
    WHERE state = 'dead'";

/// News that was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeadLetter {
    /// Counts up with what came into the outbox; where the next page begins.
    pub number: i64,
    /// What it is sent again by; also the key that its receiver knows it by.
    pub delivery: String,
    #[serde(flatten)]
    pub id: DeliveryId,
    pub attempts: u32,
    /// When it came into the outbox, or was last sent again.
    pub created_at: Timestamp,
    pub last_error: Option<String>,
}

impl Store {
    /// What was given up, the newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, StoreError> {
        let query = "SELECT case_id, revision, sink_id, attempts, created_at, last_error, rowid
            FROM deliveries WHERE state = 'dead' ORDER BY rowid DESC LIMIT ?1";
        self.reader()
            .prepare_cached(query)
            .and_then(|mut statement| statement.query_map([limit as i64], letter)?.collect())
            .map_err(failed_to("list dead letters"))
    }

    /// What was given up at one sink, the newest first; with `before` only numbers below it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn dead_letters_of(
        &self,
        sink: &SinkId,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let query = "SELECT case_id, revision, sink_id, attempts, created_at, last_error, rowid
            FROM deliveries WHERE sink_id = ?1 AND state = 'dead' AND rowid < ?2
            ORDER BY rowid DESC LIMIT ?3";
        let row = params![sink.as_str(), before.unwrap_or(i64::MAX), limit as i64];
        self.reader()
            .prepare_cached(query)
            .and_then(|mut statement| statement.query_map(row, letter)?.collect())
            .map_err(failed_to("list dead letters"))
    }

    /// Makes dead deliveries due again, of one sink or of all; returns how many.
    /// Their age counts anew from `now`. News sent again may reach the sink
    /// after later news of the same case; the revision tells.
    ///
    /// # Errors
    /// When the disk or the file fails.
    pub fn resend_dead(&self, sink: Option<&SinkId>, now: Timestamp) -> Result<usize, StoreError> {
        self.write("send dead letters again", |transaction| {
            transaction
                .execute(
                    &format!("{ANEW} AND (?1 IS NULL OR sink_id = ?1)"),
                    params![sink.map(SinkId::as_str), now.as_micros()],
                )
                .map_err(failed_to("send dead letters again"))
        })
    }

    /// Makes one dead delivery due again; false if it is not dead, or not there.
    ///
    /// # Errors
    /// When the disk or the file fails.
    pub fn resend_one(&self, id: &DeliveryId, now: Timestamp) -> Result<bool, StoreError> {
        let (sink, case) = (id.sink_id.as_str(), id.case_id.as_str());
        self.write("send a dead letter again", |transaction| {
            transaction
                .execute(
                    &format!("{ANEW} AND sink_id = ?1 AND case_id = ?3 AND revision = ?4"),
                    params![sink, now.as_micros(), case, id.revision],
                )
                .map(|changed| changed > 0)
                .map_err(failed_to("send a dead letter again"))
        })
    }
}

fn letter(row: &Row<'_>) -> rusqlite::Result<DeadLetter> {
    let id =
        DeliveryId { case_id: case_id(row, 0)?, revision: row.get(1)?, sink_id: sink_id(row, 2)? };
    Ok(DeadLetter {
        number: row.get(6)?,
        delivery: id.idempotency_key(),
        id,
        attempts: row.get(3)?,
        created_at: Timestamp::from_micros(row.get(4)?),
        last_error: row.get(5)?,
    })
}

#[cfg(test)]
mod tests {
    use crate::cases::sample;
    use crate::store::STORE_FILE;

    use super::*;

    #[test]
    fn dead_letters_are_paged_by_sink_and_sent_again_one_or_all() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join(STORE_FILE)).unwrap();
        let sinks = ["a", "b"].map(|name| SinkId::new(name).unwrap());
        for stay in 1..=3 {
            store.file_case(&sample::case(stay), &sinks).unwrap();
            for sink in &sinks {
                let id = DeliveryId {
                    case_id: sample::case(stay).id,
                    revision: 1,
                    sink_id: sink.clone(),
                };
                store.dead(&id, "answered 401").unwrap();
            }
        }
        let first = store.dead_letters_of(&sinks[0], None, 2).unwrap();
        let last = store.dead_letters_of(&sinks[0], Some(first[1].number), 2).unwrap();
        let cases: Vec<_> = first.iter().chain(&last).map(|dead| dead.id.case_id.clone()).collect();
        assert_eq!(cases, [3, 2, 1].map(|stay| sample::case(stay).id));
        let now = sample::second(1_000);
        assert!(store.resend_one(&last[0].id, now).unwrap());
        assert!(!store.resend_one(&last[0].id, now).unwrap(), "it is dead no more");
        assert_eq!(store.due_deliveries(&sinks[0], now, 9).unwrap().len(), 1);
        assert_eq!(store.resend_dead(Some(&sinks[0]), now).unwrap(), 2);
        let counts = store.delivery_counts().unwrap();
        let counts =
            counts.iter().map(|count| (count.pending, count.dead, count.oldest_pending_at));
        assert_eq!(counts.collect::<Vec<_>>(), [(3, 0, Some(now)), (0, 3, None)]);
    }
}
