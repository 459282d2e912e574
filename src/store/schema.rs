//! The tables, and the steps from each version of them to the next.

use rusqlite::Connection;
use rusqlite::TransactionBehavior;

/// Each entry brings a store from the version of its index to the next. Entries are never changed.
const STEPS: [&str; 8] =
    [VERSION_1, VERSION_2, VERSION_3, WHO_MAY_DO_WHAT, MATTERS, REPORTERS, DIGESTS, SILENCED];

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

/// What each life comes to when cases are counted, see `digests.rs`; and the
/// register of first violations. Digests of lives from before are made when the store is opened.
const DIGESTS: &str = "
CREATE TABLE digests (
    case_id TEXT PRIMARY KEY REFERENCES lives (case_id),
    listed_at INTEGER NOT NULL,
    found_at INTEGER NOT NULL,
    class_id TEXT NOT NULL,
    grid_id TEXT,
    camera_id TEXT NOT NULL,
    zone_id TEXT NOT NULL,
    stage TEXT NOT NULL,
    due INTEGER,
    filed_at INTEGER,
    dispatched_at INTEGER,
    accepted_at INTEGER,
    handled_at INTEGER,
    checked_at INTEGER,
    ended_at INTEGER,
    sent_late INTEGER NOT NULL,
    handled_late INTEGER NOT NULL,
    returns INTEGER NOT NULL,
    suspended INTEGER NOT NULL,
    handler TEXT,
    outcome TEXT,
    judged_right INTEGER,
    false_reason TEXT,
    excused INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX digests_by_time ON digests (found_at);
CREATE INDEX digests_judged ON digests (found_at) WHERE judged_right IS NOT NULL;
CREATE INDEX digests_of_grid ON digests (grid_id, listed_at);
CREATE INDEX digests_at_stage ON digests (stage, listed_at);
CREATE INDEX digests_of_class ON digests (class_id, listed_at);
CREATE INDEX digests_due ON digests (due) WHERE due IS NOT NULL;
CREATE INDEX cases_of_kind ON cases (kind, filed_at);
CREATE INDEX cases_in_state ON cases (state, filed_at);
CREATE INDEX cases_of_camera ON cases (camera_id, filed_at);

CREATE TABLE violations (
    number INTEGER PRIMARY KEY,
    subject TEXT NOT NULL CHECK (subject IN ('plate', 'shop')),
    name TEXT NOT NULL,
    case_id TEXT NOT NULL REFERENCES lives (case_id),
    class_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    excused INTEGER NOT NULL,
    why TEXT NOT NULL
) STRICT;
CREATE INDEX violations_of ON violations (subject, name, at);
CREATE TRIGGER violations_stand BEFORE UPDATE ON violations
BEGIN SELECT RAISE(ABORT, 'the register is only added to'); END;
CREATE TRIGGER violations_stay BEFORE DELETE ON violations
BEGIN SELECT RAISE(ABORT, 'the register is only added to'); END;
";

/// What the city does not want to hear of, and the duties that were switched on.
const SILENCED: &str = "
CREATE TABLE silenced (
    case_id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    class_id TEXT NOT NULL,
    camera_id TEXT,
    by_what TEXT NOT NULL,
    by_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    filed_at INTEGER
) STRICT;
CREATE INDEX silenced_by_time ON silenced (at);

CREATE TABLE duties (
    number INTEGER PRIMARY KEY,
    duty TEXT NOT NULL,
    switched_by TEXT NOT NULL,
    at INTEGER NOT NULL
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

#[cfg(test)]
mod tests {
    use rusqlite::params;

    use crate::cases::Actor;
    use crate::cases::Case;
    use crate::cases::Clocks;
    use crate::cases::EvidenceRole;
    use crate::cases::Life;
    use crate::cases::Stage;
    use crate::cases::Step;
    use crate::cases::StepRequest;
    use crate::cases::sample;
    use crate::city::Class;
    use crate::city::ClassId;
    use crate::city::sample::example;
    use crate::store::CaseFilter;
    use crate::store::STORE_FILE;
    use crate::store::Store;
    use crate::time::Timestamp;

    use super::*;

    const CASES: i64 = 20;

    /// A file as the program of that version left it, by its own words alone:
    /// cases with two revisions and one delivery each, snapshots, and lives where there were any.
    fn written_by(version: usize, path: &std::path::Path) -> Vec<(Case, Option<Life>)> {
        let connection = Connection::open(path).unwrap();
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;").unwrap();
        for step in &STEPS[..version] {
            connection.execute_batch(step).unwrap();
        }
        connection.pragma_update(None, "user_version", version as i64).unwrap();
        let written = (1..=CASES).map(|stay| {
            let case = case(stay);
            let (id, at) = (case.id.as_str(), case.filed_at.as_micros());
            let body = serde_json::to_string(&case).unwrap();
            let sql =
                "INSERT INTO cases (id, kind, camera_id, zone_id, state, revision, filed_at, body)
                VALUES (?1, ?2, ?3, ?4, 'cleared', 2, ?5, ?6)";
            let names = (case.kind.name(), case.finder(), case.zone());
            connection.execute(sql, params![id, names.0, names.1, names.2, at, body]).unwrap();
            for revision in [1, 2] {
                let sql = "INSERT INTO case_history VALUES (?1, ?2, ?3, 'filed', ?4)";
                connection.execute(sql, params![id, revision, at, body]).unwrap();
            }
            let sql =
                "INSERT INTO deliveries (case_id, revision, sink_id, state, next_at, created_at)
                VALUES (?1, 1, 'desk', 'pending', ?2, ?2)";
            connection.execute(sql, params![id, at]).unwrap();
            let life = (version >= 3).then(|| life(&case));
            if let Some(life) = &life {
                write_life(&connection, life);
            }
            (case, life)
        });
        let written: Vec<_> = written.collect();
        connection.execute("INSERT INTO snapshots VALUES ('pole-17', x'0102')", []).unwrap();
        written
    }

    fn case(stay: i64) -> Case {
        let mut case = sample::case(stay);
        case.revision = 2;
        case.clear(sample::second(900));
        let evidence = crate::cases::Evidence {
            role: EvidenceRole::A,
            captured_at: sample::second(0),
            file: format!("2026/05/01/{stay}/A.jpg"),
            sha256: String::new(),
            width: 1,
            height: 1,
            box_in_image: case.box_in_image,
        };
        case.add_evidence(vec![evidence]);
        case
    }

    /// Judged false in the way of old: with words, and without an end.
    fn life(case: &Case) -> Life {
        let city = example();
        let class: &Class = city.class(&ClassId::new("illegal_parking").unwrap()).unwrap();
        let clocks = Clocks::of(&city, class);
        let mut life = Life::begin(case.id.clone(), Actor::Program, case.filed_at, &clocks);
        let request = |step, why: Option<&str>| StepRequest {
            step,
            by: Actor::Person("li".to_owned()),
            at: case.filed_at,
            why: why.map(str::to_owned),
        };
        life.take(request(Step::File, None), &clocks).unwrap();
        let mut entries = life.entries().to_vec();
        let filed = entries[1].clone();
        let step = Some(Step::Judge { right: false, reason: None });
        let why = Some("potted plants".to_owned());
        entries.push(crate::cases::LifeEntry { number: 3, step, why, ..filed });
        Life::replay(case.id.clone(), entries).unwrap()
    }

    fn write_life(connection: &Connection, life: &Life) {
        let id = life.case_id().as_str();
        let sql = "INSERT INTO lives VALUES (?1, 'illegal_parking', 'dongguan-08', 'filed', 9, 0)";
        connection.execute(sql, [id]).unwrap();
        for entry in life.entries() {
            let body = serde_json::to_string(entry).unwrap();
            let row = params![id, entry.number, entry.at.as_micros(), body];
            connection.execute("INSERT INTO life_entries VALUES (?1, ?2, ?3, ?4)", row).unwrap();
        }
    }

    #[test]
    fn a_store_of_any_older_version_is_brought_up_to_date_and_loses_nothing() {
        for version in 1..STEPS.len() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(STORE_FILE);
            let written = written_by(version, &path);
            let store = Store::open(&path).unwrap();
            store.integrity_check().unwrap();
            assert_eq!(store.cases(&CaseFilter::default()).unwrap().len(), written.len());
            for (case, life) in &written {
                assert_eq!(store.case(&case.id).unwrap().as_ref(), Some(case), "from {version}");
                let stored = store.life(&case.id).unwrap().map(|(life, _)| life);
                assert_eq!(&stored, life, "from {version}");
            }
            let counts = store.delivery_counts().unwrap();
            assert_eq!(counts[0].pending, CASES as u64, "from {version}");
            let snapshot = store.load_snapshot(&sample::camera()).unwrap();
            assert_eq!(snapshot, Some(vec![1, 2]));
            let lives = written.iter().filter(|(_, life)| life.is_some()).count();
            assert_eq!(store.cases_without_life().unwrap().len(), written.len() - lives);
            // What is counted from now on was read out of the old histories.
            let all = (Timestamp::EPOCH, Timestamp::from_micros(i64::MAX));
            let mut found = 0;
            let mut count = |digest: &crate::cases::Digest| {
                found += usize::from(digest.course.right == Some(false));
                assert_eq!(digest.course.stage, Stage::Filed);
            };
            store.each_digest(all, &mut count).unwrap();
            assert_eq!(found, lives, "from {version}");
            drop(store);
            Store::open(&path).unwrap().integrity_check().unwrap();
        }
    }
}
