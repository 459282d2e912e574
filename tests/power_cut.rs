//! `kill -9` at fifty moments drawn by lot, while reports are filed, steps taken and news delivered.
//!
//! A kill is not quite a power cut: what the program has written and not yet
//! flushed is still in the system's memory. That each commit is flushed is
//! what `PRAGMA synchronous = FULL` is for.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::process::Child;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rusqlite::Connection;
use serde_json::Value;

use xunjie::cases::Actor;
use xunjie::cases::CaseId;
use xunjie::cases::EvidenceFolder;
use xunjie::cases::EvidenceRole;
use xunjie::cases::Step;
use xunjie::cases::verify;
use xunjie::city::CityData;
use xunjie::dispatch::BrokerAddress;
use xunjie::dispatch::Desk;
use xunjie::dispatch::DeskItem;
use xunjie::dispatch::DeskParts;
use xunjie::dispatch::DeskSettings;
use xunjie::dispatch::DispatchSettings;
use xunjie::dispatch::Dispatcher;
use xunjie::dispatch::Hearers;
use xunjie::dispatch::Jsonl;
use xunjie::dispatch::LifeBook;
use xunjie::dispatch::Login;
use xunjie::dispatch::Nats;
use xunjie::dispatch::NatsSettings;
use xunjie::dispatch::Sink;
use xunjie::dispatch::Topic;
use xunjie::ingest::CameraId;
use xunjie::rules::Incident;
use xunjie::runtime::QueueSender;
use xunjie::runtime::Shutdown;
use xunjie::runtime::ShutdownGuard;
use xunjie::store::CaseFilter;
use xunjie::store::STORE_FILE;
use xunjie::store::SinkId;
use xunjie::store::Store;
use xunjie::time::Clock;
use xunjie::time::Timestamp;

mod reports;

/// Draws the moments; another number draws others.
const SEED: u64 = 20_261_122;
const KILLS: i64 = 50;
/// A child lives for at most so many cases.
const CASES_MAX: u32 = 6;
/// And then for at most so long, so that the kill falls into every kind of work.
const EXTRA_MICROS_MAX: u64 = 25_000;
/// Set for the child: `<number of the kill>|<data folder>`.
const CHILD: &str = "XUNJIE_TEST_POWER_CUT_CHILD";
/// Longer than this needs, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const LINES: &str = "lines";
const AWAY: &str = "away";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_nine_at_fifty_moments_leaves_no_case_without_history_and_loses_no_news() {
    let data = tempfile::tempdir().unwrap();
    let mut lot = ChaCha8Rng::seed_from_u64(SEED);
    let mut before = BTreeMap::new();
    let mut revisions_at_kills = Vec::new();
    for kill in 0..KILLS {
        let (cases, extra) =
            (lot.random_range(0..=CASES_MAX), lot.random_range(0..=EXTRA_MICROS_MAX));
        let folder = data.path().to_owned();
        let killing = tokio::task::spawn_blocking(move || start_child(kill, &folder, cases));
        let (mut child, _output) = killing.await.unwrap();
        tokio::time::sleep(Duration::from_micros(extra)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        let now = check_record(data.path());
        for (id, revision) in &before {
            assert!(now.get(id) >= Some(revision), "kill {kill}: {id} has gone back: {now:?}");
        }
        revisions_at_kills.push(now.values().sum::<u32>());
        before = now;
    }
    eprintln!("{} cases; revisions at the kills: {revisions_at_kills:?}", before.len());
    assert!(before.len() as i64 > KILLS, "the children file between the kills");

    let office = Office::open(data.path());
    office.wait_until_all_lines_are_written().await;
    let store = Arc::clone(&office.store);
    office.close().await;
    let revisions = check_record(data.path());
    let told = check_lines(&data.path().join("cases.jsonl"));
    assert_eq!(told, revisions, "every revision of every case is told");
    let waiting = store.outbox_depth(&SinkId::new(AWAY).unwrap()).unwrap();
    let all = revisions.values().map(|revision| u64::from(*revision)).sum();
    assert_eq!(waiting, (all, 0), "what is away gets all of it one day");
    let evidence = EvidenceFolder::new(data.path(), TimeZone::UTC);
    for case in store.cases(&CaseFilter::default()).unwrap() {
        verify(&evidence.package_of(&case)).unwrap();
    }
}

/// What must hold of the record at any moment. Returns each case's revision.
fn check_record(data: &Path) -> BTreeMap<String, u32> {
    let path = data.join(STORE_FILE);
    Store::open(&path).unwrap().integrity_check().unwrap();
    let record = Connection::open(&path).unwrap();
    let none_of = |what: &str, query: &str| {
        let count: i64 = record.query_row(query, [], |row| row.get(0)).unwrap();
        assert_eq!(count, 0, "{what}");
    };
    none_of(
        "cases whose history has a gap or does not end with them",
        "SELECT count(*) FROM cases c
         WHERE revision != (SELECT count(*) FROM case_history WHERE case_id = c.id)
            OR revision != (SELECT max(revision) FROM case_history WHERE case_id = c.id)",
    );
    none_of(
        "news that is in no outbox",
        "SELECT count(*) FROM case_history h
         WHERE what != 'evidence_removed' AND 2 != (SELECT count(*) FROM deliveries d
                     WHERE d.case_id = h.case_id AND d.revision = h.revision)",
    );
    none_of(
        "steps behind the beginning that nobody hears of, or news of steps that nobody took",
        "SELECT count(*) FROM cases c
         WHERE (SELECT count(*) FROM life_entries WHERE case_id = c.id AND number > 2)
            != (SELECT count(*) FROM case_history WHERE case_id = c.id AND what = 'life')",
    );
    none_of(
        "lives that have not begun as a whole",
        "SELECT count(*) FROM lives l
         WHERE 2 > (SELECT count(*) FROM life_entries WHERE case_id = l.case_id)",
    );
    let mut revisions = record.prepare("SELECT id, revision FROM cases").unwrap();
    let rows = revisions.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// The same key always with the same words, each case's revisions in their
/// order. Returns the last revision told of each case.
fn check_lines(path: &Path) -> BTreeMap<String, u32> {
    let (mut told, mut first, mut torn) = (BTreeMap::new(), BTreeMap::new(), 0);
    for line in fs::read_to_string(path).unwrap().lines() {
        let Ok(event) = serde_json::from_str::<Value>(line) else {
            torn += 1;
            continue;
        };
        let key = event["id"].as_str().unwrap().to_owned();
        let case = event["subject"].as_str().unwrap().to_owned();
        let revision = event["data"]["revision"].as_u64().unwrap() as u32;
        assert_eq!(key, format!("{case}-{revision}"));
        if let Some(known) = first.insert(key.clone(), event.clone()) {
            assert_eq!(known, event, "{key} came again with other words");
            continue;
        }
        let last = told.insert(case, revision).unwrap_or(0);
        assert_eq!(last + 1, revision, "{key} came out of its turn");
    }
    eprintln!("{} events, {torn} lines torn by a kill", first.len());
    assert!(torn <= KILLS);
    told
}

/// Returns when the child has had so many cases taken in, with the open end
/// of what it says: with nobody to hear it, it would die before it is killed.
fn start_child(kill: i64, data: &Path, cases: u32) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["the_child_that_is_killed", "--exact", "--nocapture"])
        .env(CHILD, format!("{kill}|{}", data.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let lines = output.by_ref().lines().map(Result::unwrap);
    let words = lines.filter(|line| line.contains("taken in"));
    assert_eq!(words.take(cases as usize + 1).count(), cases as usize + 1);
    (child, output)
}

/// Does nothing unless another test starts it as a program of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_child_that_is_killed() {
    let Ok(orders) = std::env::var(CHILD) else { return };
    let (kill, data) = orders.split_once('|').unwrap();
    let kill: i64 = kill.parse().unwrap();
    let office = Office::open(Path::new(data));
    let tell = || {
        let mut output = std::io::stdout().lock();
        writeln!(output, "\ntaken in").unwrap();
        output.flush().unwrap();
    };
    tell();
    // What the child before was about when it died, as from stays that outlive
    // the program, then more until the end.
    let (before, own) = ((kill - 1) * 1_000, kill * 1_000);
    for stay in (before..=before + i64::from(CASES_MAX)).chain(own..) {
        office.desk.send(file(stay));
        office.desk.send(DeskItem::Update {
            camera: camera(),
            incident: incident(stay, 320),
            pictures: vec![reports::picture(EvidenceRole::C, second(300))],
        });
        // People work on the case before it, if that is there.
        for (step, why) in
            [(Step::Judge { right: true, reason: None }, None), (Step::Reject, Some("by lot"))]
        {
            let _ = office.lives.take(&id_of(stay - 1), &step, &Actor::Program, why);
        }
        office.desk.send(DeskItem::Clear {
            camera: camera(),
            incident: incident(stay, 400),
            cleared_at: second(460),
            pictures: Vec::new(),
        });
        tell();
    }
}

/// A desk, a book of lives and a dispatcher on a data folder: all that a
/// report goes through.
struct Office {
    store: Arc<Store>,
    desk: QueueSender<DeskItem>,
    lives: Arc<LifeBook>,
    clerk: Desk,
    dispatcher: Dispatcher,
    guard: ShutdownGuard,
}

impl Office {
    fn open(data: &Path) -> Self {
        let store = Arc::new(Store::open(&data.join(STORE_FILE)).unwrap());
        let (guard, shutdown) = Shutdown::pair();
        let clock = Clock::system();
        let id = |name| SinkId::new(name).unwrap();
        let lines = Jsonl::to_file(id(LINES), &data.join("cases.jsonl"), "/xunjie").unwrap();
        let sinks: Vec<Arc<dyn Sink>> = vec![Arc::new(lines), Arc::new(away(id(AWAY)))];
        let settings = DispatchSettings {
            backoff_base: Duration::from_millis(5),
            drain: Duration::from_millis(200),
            ..DispatchSettings::default()
        };
        let runtime = tokio::runtime::Handle::current();
        let dispatcher =
            Dispatcher::start(&runtime, &store, sinks, &clock, &settings, &shutdown).unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/city-example");
        let city = CityData::load(&folder).unwrap();
        let lives = LifeBook::new(Arc::clone(&store), city, clock.clone());
        let hearers = Hearers::new(dispatcher.sinks().to_vec(), &[], dispatcher.bell());
        let lives = Arc::new(lives.telling(hearers));
        lives.begin_missing().unwrap();
        let parts = DeskParts {
            lives: Some(Arc::clone(&lives)),
            store: Arc::clone(&store),
            evidence: Arc::new(EvidenceFolder::new(data, TimeZone::UTC)),
            sinks: dispatcher.sinks().to_vec(),
            bell: dispatcher.bell(),
            clock,
        };
        // A short queue, so that the child is never far ahead of what is written.
        let desk_settings = DeskSettings { queue_len: 1, ..DeskSettings::default() };
        let (desk, clerk) = Desk::start(parts, desk_settings, shutdown).unwrap();
        Self { store, desk, lives, clerk, dispatcher, guard }
    }

    async fn wait_until_all_lines_are_written(&self) {
        let lines = SinkId::new(LINES).unwrap();
        let waiting = async {
            while self.store.outbox_depth(&lines).unwrap() != (0, 0) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("all is delivered by now");
    }

    async fn close(self) {
        let Self { desk, clerk, dispatcher, guard, .. } = self;
        drop(desk);
        tokio::task::spawn_blocking(move || drop(clerk)).await.unwrap();
        drop(guard);
        tokio::time::timeout(PATIENCE, dispatcher.ended()).await.unwrap();
    }
}

/// A sink that nobody answers: no one listens on the port of the discard service.
fn away(id: SinkId) -> Nats {
    let settings = NatsSettings {
        addresses: vec![BrokerAddress::nats("nats://127.0.0.1:9").unwrap()],
        subject: Topic::nats("xunjie.cases.{kind}").unwrap(),
        stream: "XUNJIE".to_owned(),
        create_stream: false,
        name: "xunjie-away".to_owned(),
        login: Login::Anonymous,
        ca_file: None,
        timeout: Duration::from_secs(1),
    };
    Nats::new(id, settings, "/xunjie").unwrap()
}

/// Of a stay that began some minutes ago: what is old would be tidied away.
fn second(s: i64) -> Timestamp {
    Timestamp::from_secs(Clock::system().now().as_micros() / 1_000_000 - 500 + s)
}

fn camera() -> CameraId {
    CameraId::new("cam-002").unwrap()
}

fn id_of(stay: i64) -> CaseId {
    CaseId::of(&camera(), &incident(stay, 0))
}

fn incident(stay: i64, seen_s: i64) -> Incident {
    // Each in a zone of its own: none of them is the matter of another.
    reports::parked(stay, &format!("kerb-{stay}"), (second(0), second(seen_s)))
}

fn file(stay: i64) -> DeskItem {
    reports::filing(camera(), incident(stay, 300), second(300))
}
