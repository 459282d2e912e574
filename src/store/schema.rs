//! The tables, and the steps from each version of them to the next.

use rusqlite::Connection;
use rusqlite::TransactionBehavior;

/// Each entry brings a store from the version of its index to the next. Entries are never changed.
const STEPS: [&str; 6] = [VERSION_1, VERSION_2, VERSION_3, WHO_MAY_DO_WHAT, MATTERS, REPORTERS];

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

/// People, programs, and the record of what they did. The record's limits are
/// those that `audit.rs` lets lines go by: 180 days, five million lines. The
/// insert's trigger is there because REPLACE deletes without asking the others.
const WHO_MAY_DO_WHAT: &str = "
CREATE TABLE users (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'dispatcher', 'administrator')),
    enabled INTEGER NOT NULL,
    password TEXT NOT NULL,
    generation INTEGER NOT NULL,
    added_at INTEGER NOT NULL,
    password_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    address TEXT NOT NULL,
    what TEXT NOT NULL,
    result TEXT NOT NULL,
    note TEXT
) STRICT;
CREATE INDEX audit_by_who ON audit (who, number);
CREATE TRIGGER audit_stands BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_grows BEFORE INSERT ON audit
WHEN NEW.number IS NOT NULL AND EXISTS (SELECT 1 FROM audit WHERE number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit
WHEN OLD.at > (unixepoch() - 15552000) * 1000000
    AND OLD.number > (SELECT max(number) FROM audit) - 5000000
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
";

/// Where each case's matter lies, which case tells of it, and the places where
/// matters come back. `cell` numbers the ground; `stage` is that of the life,
/// kept here so that an index has the open ones alone.
const MATTERS: &str = "
CREATE TABLE hot_spots (
    number INTEGER PRIMARY KEY,
    class_id TEXT NOT NULL,
    lon REAL NOT NULL,
    lat REAL NOT NULL,
    cell INTEGER NOT NULL,
    since INTEGER NOT NULL
) STRICT;
CREATE INDEX hot_spots_by_place ON hot_spots (class_id, cell);

CREATE TABLE matters (
    case_id TEXT PRIMARY KEY REFERENCES cases (id),
    first_id TEXT NOT NULL,
    class_id TEXT NOT NULL,
    camera_id TEXT,
    zone_id TEXT,
    lon REAL NOT NULL,
    lat REAL NOT NULL,
    cell INTEGER NOT NULL,
    began_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    filed_at INTEGER NOT NULL,
    standing INTEGER NOT NULL,
    stage TEXT NOT NULL,
    hot_spot INTEGER REFERENCES hot_spots (number)
) STRICT;
CREATE INDEX matters_open ON matters (class_id, cell)
    WHERE stage NOT IN ('closed', 'rejected', 'merged');
CREATE INDEX matters_by_place ON matters (class_id, cell, filed_at);
CREATE INDEX matters_by_first ON matters (first_id);
CREATE INDEX matters_of_hot_spots ON matters (hot_spot, filed_at) WHERE hot_spot IS NOT NULL;
CREATE TRIGGER matters_begin AFTER INSERT ON lives
BEGIN UPDATE matters SET stage = new.stage WHERE case_id = new.case_id; END;
CREATE TRIGGER matters_follow AFTER UPDATE OF stage ON lives WHEN old.stage <> new.stage
BEGIN UPDATE matters SET stage = new.stage WHERE case_id = new.case_id; END;
";

/// Who reported a case: personal data, kept apart from what is told of cases.
const REPORTERS: &str = "
CREATE TABLE reporters (
    case_id TEXT PRIMARY KEY REFERENCES cases (id),
    body TEXT NOT NULL
) STRICT;
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
