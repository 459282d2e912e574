//! The tables, and the steps from each version of them to the next.

use rusqlite::Connection;
use rusqlite::TransactionBehavior;

/// Each entry brings a store from the version of its index to the next. Entries are never changed.
const STEPS: [&str; 3] = [VERSION_1, VERSION_2, VERSION_3];

/// The version that the steps end at.
pub(super) const VERSION: i64 = STEPS.len() as i64;

/// Times are microseconds since 1970; bodies are JSON.
const VERSION_1: &str = "
CREATE TABLE cases (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    camera_id TEXT NOT NULL,
    zone_id TEXT NOT NULL,
    state TEXT NOT NULL,
    revision INTEGER NOT NULL,
    filed_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX cases_by_time ON cases (filed_at);
CREATE INDEX cases_by_camera ON cases (camera_id, state);

CREATE TABLE case_history (
    case_id TEXT NOT NULL REFERENCES cases (id),
    revision INTEGER NOT NULL,
    at INTEGER NOT NULL,
    what TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (case_id, revision)
) STRICT;
CREATE TRIGGER case_history_stands BEFORE UPDATE ON case_history
BEGIN SELECT RAISE(ABORT, 'case history is only added to'); END;
CREATE TRIGGER case_history_stays BEFORE DELETE ON case_history
BEGIN SELECT RAISE(ABORT, 'case history is only added to'); END;

CREATE TABLE deliveries (
    case_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    sink_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
    attempts INTEGER NOT NULL DEFAULT 0,
    refusals INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    delivered_at INTEGER,
    last_error TEXT,
    PRIMARY KEY (case_id, revision, sink_id),
    FOREIGN KEY (case_id, revision) REFERENCES case_history (case_id, revision)
) STRICT;
CREATE INDEX deliveries_pending ON deliveries (sink_id, next_at) WHERE state = 'pending';
CREATE INDEX deliveries_before ON deliveries (case_id, sink_id, revision) WHERE state = 'pending';
CREATE INDEX deliveries_by_state ON deliveries (sink_id, state);

CREATE TABLE snapshots (
    camera_id TEXT PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;
";

/// What may be let go of: evidence by the time since when its case is cleared,
/// news by the time of its delivery.
const VERSION_2: &str = "
ALTER TABLE cases ADD COLUMN cleared_at INTEGER;
ALTER TABLE cases ADD COLUMN has_evidence INTEGER NOT NULL DEFAULT 0;
UPDATE cases SET
    cleared_at = unixepoch(json_extract(body, '$.cleared_at')) * 1000000,
    has_evidence = json_array_length(body, '$.evidence') > 0;
CREATE INDEX cases_to_let_go ON cases (cleared_at)
    WHERE has_evidence = 1 AND cleared_at IS NOT NULL;
CREATE INDEX deliveries_done ON deliveries (delivered_at) WHERE state = 'delivered';
";

/// The life of a case at the dispatch centre: its entries, and where it stands
/// now. Cases from before begin theirs when the program next starts.
const VERSION_3: &str = "
CREATE TABLE lives (
    case_id TEXT PRIMARY KEY REFERENCES cases (id),
    class_id TEXT NOT NULL,
    grid_id TEXT,
    stage TEXT NOT NULL,
    due INTEGER,
    escalated INTEGER NOT NULL
) STRICT;
CREATE INDEX lives_by_stage ON lives (stage, due);
CREATE INDEX lives_by_grid ON lives (grid_id, stage);

CREATE TABLE life_entries (
    case_id TEXT NOT NULL REFERENCES lives (case_id),
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (case_id, number)
) STRICT;
CREATE TRIGGER life_entries_stand BEFORE UPDATE ON life_entries
BEGIN SELECT RAISE(ABORT, 'the life of a case is only added to'); END;
CREATE TRIGGER life_entries_stay BEFORE DELETE ON life_entries
BEGIN SELECT RAISE(ABORT, 'the life of a case is only added to'); END;
";

/// Brings the store to [`VERSION`], each step in its own transaction. Returns
/// the version found, which may be newer than ours: then nothing is changed.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<i64> {
    loop {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found = version(&transaction)?;
        let step = usize::try_from(found).ok().and_then(|at| STEPS.get(at));
        let Some(step) = step else { return Ok(found) };
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", found + 1)?;
        transaction.commit()?;
    }
}

pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}
