//! From a report at the desk to an acknowledged delivery, over real sockets and real files, also through kill -9.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::routing::post;
use jiff::tz::TimeZone;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

use xunjie::cases::CaseId;
use xunjie::cases::EvidenceFolder;
use xunjie::cases::EvidenceRole;
use xunjie::cases::verify;
use xunjie::dispatch::Desk;
use xunjie::dispatch::DeskItem;
use xunjie::dispatch::DeskParts;
use xunjie::dispatch::DeskSettings;
use xunjie::dispatch::DispatchSettings;
use xunjie::dispatch::Dispatcher;
use xunjie::dispatch::Jsonl;
use xunjie::dispatch::Sink;
use xunjie::dispatch::SinkState;
use xunjie::dispatch::Webhook;
use xunjie::dispatch::WebhookSettings;
use xunjie::dispatch::signature;
use xunjie::ingest::CameraId;
use xunjie::rules::Incident;
use xunjie::runtime::QueueSender;
use xunjie::runtime::Secret;
use xunjie::runtime::Shutdown;
use xunjie::runtime::ShutdownGuard;
use xunjie::store::CaseFilter;
use xunjie::store::STORE_FILE;
use xunjie::store::SinkId;
use xunjie::store::Store;
use xunjie::time::Clock;
use xunjie::time::Timestamp;

mod reports;

/// Longer than any of these tests needs, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const SECRET: &str = "between the desk and us";

/// Set for the child that is killed: `<data folder>|<url>`.
const CHILD: &str = "XUNJIE_TEST_DELIVERY_CHILD";
/// Cases that the child files, each with one update and a clearing.
const CHILD_CASES: i64 = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_reaches_the_webhook_signed_and_within_the_budget() {
    let server = Server::start(|_| Answer::Status(200)).await;
    let data = tempfile::tempdir().unwrap();
    let office = Office::open(data.path(), vec![webhook("desk", &server.url, 5)]);
    office.desk.send(file(1));
    let posts = server.wait_for(|posts| !posts.is_empty()).await;
    let case = office.wait_for_case(1, |case| case["latency"]["delivered_at"].is_string()).await;

    let event: Value = serde_json::from_slice(&posts[0].body).unwrap();
    assert_eq!(event["type"], "cn.xunjie.case.filed");
    assert_eq!(event["id"], posts[0].key);
    assert_eq!(event["subject"], id_of(1).as_str());
    assert_eq!(event["data"]["evidence"].as_array().unwrap().len(), 3);
    let signed = format!("sha256={}", signature(&Secret::new(SECRET), &posts[0].body));
    assert_eq!(posts[0].signature, signed);
    assert_eq!(posts[0].content_type, "application/cloudevents+json; charset=utf-8");
    let emission_ms = case["latency"]["emission_ms"].as_f64().unwrap();
    eprintln!("emission: {emission_ms:.1} ms");
    assert!(emission_ms < 2_000.0, "{emission_ms} ms");
    assert_eq!(case["latency"]["over_budget"], serde_json::json!([]));
    office.close().await;
    let evidence = EvidenceFolder::new(data.path(), TimeZone::UTC);
    let store = Store::open(&data.path().join(STORE_FILE)).unwrap();
    let case = store.case(&id_of(1)).unwrap().unwrap();
    verify(&evidence.package_of(&case)).unwrap();
    assert!(evidence.package_of(&case).join("A.overlay.jpg").is_file(), "drawn before the end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_is_tried_again_under_the_same_key() {
    let server = Server::start(|attempt| match attempt {
        0 => Answer::Status(500),
        1 => Answer::HangUp,
        2 => Answer::Silence,
        3 => Answer::Status(429),
        _ => Answer::Status(200),
    })
    .await;
    let data = tempfile::tempdir().unwrap();
    let office = Office::open(data.path(), vec![webhook("desk", &server.url, 1)]);
    office.desk.send(file(1));
    let posts = server.wait_for(|posts| posts.len() >= 5).await;
    office.wait_for_depth("desk", (0, 0)).await;
    assert!(posts.iter().all(|post| post.key == posts[0].key && post.body == posts[0].body));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_sink_does_not_hold_up_the_others_and_a_refusal_becomes_a_dead_letter() {
    let silent = Server::start(|_| Answer::Silence).await;
    let refusing = Server::start(|_| Answer::Status(401)).await;
    let moved = Server::start(|_| Answer::MovedTo("/elsewhere")).await;
    let data = tempfile::tempdir().unwrap();
    let lines = data.path().join("cases.jsonl");
    let file_sink = Jsonl::to_file(SinkId::new("file").unwrap(), &lines, "/xunjie").unwrap();
    let sinks = vec![
        webhook("silent", &silent.url, 30),
        webhook("refusing", &refusing.url, 5),
        webhook("moved", &moved.url, 5),
        Arc::new(file_sink) as Arc<dyn Sink>,
    ];
    let office = Office::open(data.path(), sinks);
    for stay in 1..=20 {
        office.desk.send(file(stay));
    }
    office.wait_for_depth("file", (0, 0)).await;
    office.wait_for_depth("refusing", (0, 20)).await;
    office.wait_for_depth("moved", (0, 20)).await;
    assert!(moved.posts().iter().all(|post| post.path == "/in"), "no redirection is followed");
    let written = fs::read_to_string(&lines).unwrap();
    let events: Vec<Value> =
        written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 20);
    assert_eq!(office.store.outbox_depth(&SinkId::new("silent").unwrap()).unwrap(), (20, 0));
    let letters = office.store.dead_letters(100).unwrap();
    let reasons: Vec<_> = letters.iter().filter_map(|dead| dead.last_error.as_deref()).collect();
    assert!(reasons.contains(&"answered 401 Unauthorized"), "{reasons:?}");
    assert!(silent.posts().len() <= 8, "at most so many at once");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_given_up_is_delivered_when_a_person_sends_it_again() {
    let mended = Arc::new(AtomicBool::new(false));
    let is_mended = Arc::clone(&mended);
    let answer = move |_| Answer::Status(if is_mended.load(SeqCst) { 200 } else { 401 });
    let server = Server::start(answer).await;
    let data = tempfile::tempdir().unwrap();
    let office = Office::open(data.path(), vec![webhook("desk", &server.url, 5)]);
    let book = office.dispatcher.book(&office.store, &Clock::system());
    let (desk, told) = (SinkId::new("desk").unwrap(), || book.report().unwrap().remove(0));
    office.desk.send(file(1));
    office.desk.send(file(2));
    office.wait_for_depth("desk", (0, 2)).await;
    office.wait_until(|| told().state == SinkState::GivingUp).await;
    let report = told();
    assert_eq!((report.kind.as_deref(), report.queued, report.dead), (Some("webhook"), 0, 2));
    assert_eq!(report.last_error.as_deref(), Some("answered 401 Unauthorized"));

    mended.store(true, SeqCst);
    let key = book.dead(&desk, None, 1).unwrap().remove(0).delivery;
    assert_eq!(book.resend(&desk, Some(&key)).unwrap(), 1);
    office.wait_for_depth("desk", (0, 1)).await;
    assert_eq!(book.resend(&desk, None).unwrap(), 1);
    office.wait_for_depth("desk", (0, 0)).await;
    office.wait_until(|| told().state == SinkState::Well).await;
    let taken: Vec<_> = server.posts().into_iter().filter(|post| post.acknowledged).collect();
    assert_eq!((taken.len(), &taken[0].key), (2, &key), "under the key that it had");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reason_holds_neither_the_query_nor_the_password() {
    let data = tempfile::tempdir().unwrap();
    // Nobody listens on a port that was just given back.
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let url = format!("http://user:swordfish@127.0.0.1:{port}/in?token=xyzzy");
    let settings = DispatchSettings { give_up_after: Duration::ZERO, ..quick() };
    let office = Office::open_with(data.path(), vec![webhook("desk", &url, 1)], &settings);
    office.desk.send(file(1));
    office.wait_for_depth("desk", (0, 1)).await;
    let reason = office.store.dead_letters(1).unwrap().remove(0).last_error.unwrap();
    assert!(reason.starts_with("cannot connect: "), "{reason}");
    assert!(!reason.contains("xyzzy") && !reason.contains("swordfish"), "{reason}");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_that_cannot_be_written_waits_and_is_not_lost() {
    let server = Server::start(|_| Answer::Status(200)).await;
    let data = tempfile::tempdir().unwrap();
    let in_the_way = data.path().join("evidence");
    fs::write(&in_the_way, "a file where the folder should be").unwrap();
    let office = Office::open(data.path(), vec![webhook("desk", &server.url, 5)]);
    for stay in 1..=3 {
        office.desk.send(file(stay));
    }
    office.wait_until(|| office.clerk.is_stuck()).await;
    assert!(server.posts().is_empty(), "nothing may be told of a case without its evidence");
    assert!(office.store.cases(&CaseFilter::default()).unwrap().is_empty());
    fs::remove_file(&in_the_way).unwrap();
    server.wait_for(|posts| posts.len() == 3).await;
    assert!(!office.clerk.is_stuck());
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_that_cannot_write_does_not_hold_up_the_end_for_ever() {
    let data = tempfile::tempdir().unwrap();
    fs::write(data.path().join("evidence"), "a file where the folder should be").unwrap();
    let office = Office::open(data.path(), Vec::new());
    office.desk.send(file(1));
    office.wait_until(|| office.clerk.is_stuck()).await;
    let Office { clerk, guard, .. } = office;
    drop(guard);
    let ended = tokio::task::spawn_blocking(move || drop(clerk));
    tokio::time::timeout(PATIENCE, ended).await.expect("the desk gives up").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_before_the_cameras_is_kept_at_the_end() {
    let data = tempfile::tempdir().unwrap();
    let office = Office::open(data.path(), Vec::new());
    for turn in 0..3 {
        for number in 0..300 {
            let camera = CameraId::new(&format!("pole-{number}")).unwrap();
            office.desk.send(DeskItem::Snapshot { camera, bytes: vec![turn, 0, 255] });
        }
    }
    office.close().await;
    let store = Store::open(&data.path().join(STORE_FILE)).unwrap();
    for number in 0..300 {
        let camera = CameraId::new(&format!("pole-{number}")).unwrap();
        assert_eq!(store.load_snapshot(&camera).unwrap(), Some(vec![2, 0, 255]), "{camera}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_a_full_disk_takes_no_byte_of_is_not_acknowledged() {
    // Linux has a device that is always full; a file on it takes no byte.
    if !Path::new("/dev/full").exists() {
        eprintln!("skipped: /dev/full is absent");
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let sink = Jsonl::to_file(SinkId::new("full").unwrap(), Path::new("/dev/full"), "/xunjie");
    let settings = DispatchSettings { give_up_after: Duration::ZERO, ..quick() };
    let office = Office::open_with(data.path(), vec![Arc::new(sink.unwrap())], &settings);
    office.desk.send(file(1));
    office.wait_for_depth("full", (0, 1)).await;
    let reason = office.store.dead_letters(1).unwrap().remove(0).last_error.unwrap();
    assert!(reason.contains("No space left"), "{reason}");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_for_a_while_loses_nothing() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("skipped: this user may not mount a small disk");
        return;
    };
    let server = Server::start(|_| Answer::Status(200)).await;
    let data = disk.folder.path();
    let office = Office::open(data, vec![webhook("desk", &server.url, 5)]);
    office.desk.send(file(1));
    server.wait_for(|posts| posts.len() == 1).await;
    let filler = data.join("filler");
    let mut file_that_fills = fs::File::create(&filler).unwrap();
    while file_that_fills.write_all(&[0; 4096]).is_ok() {}
    for stay in 2..=5 {
        office.desk.send(file(stay));
    }
    office.wait_until(|| office.clerk.is_stuck()).await;
    drop(file_that_fills);
    fs::remove_file(&filler).unwrap();
    server.wait_for(|posts| posts.len() >= 5).await;
    office.wait_for_depth("desk", (0, 0)).await;
    let (store, evidence) = (Arc::clone(&office.store), EvidenceFolder::new(data, TimeZone::UTC));
    office.close().await;
    store.integrity_check().unwrap();
    for stay in 1..=5 {
        let case = store.case(&id_of(stay)).unwrap().unwrap();
        verify(&evidence.package_of(&case)).unwrap();
    }
}

/// A disk of 2 MiB in memory, unmounted when dropped.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        mount.is_ok_and(|status| status.success()).then_some(Self { folder })
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily, as a failed test may still have files open.
        let _ = Command::new("umount").arg("--lazy").arg(self.folder.path()).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_minus_nine_loses_no_case_and_repeats_none_under_another_key() {
    let server = Server::start(|attempt| match attempt % 7 {
        3 => Answer::Status(503),
        5 => Answer::HangUp,
        _ => Answer::Status(200),
    })
    .await;
    let data = tempfile::tempdir().unwrap();
    // Killed while it files, while it delivers, and near its end.
    for posts_before_kill in [1, 10, 25, 60, 90] {
        let mut child = start_child(data.path(), &server.url);
        server.wait_for(|posts| posts.len() >= posts_before_kill).await;
        child.kill().unwrap();
        child.wait().unwrap();
        eprintln!("killed after {} posts", server.posts().len());
        let store = Store::open(&data.path().join(STORE_FILE)).unwrap();
        store.integrity_check().unwrap();
    }
    let mut child = start_child(data.path(), &server.url);
    let ended = tokio::task::spawn_blocking(move || child.wait().unwrap());
    assert!(tokio::time::timeout(PATIENCE, ended).await.unwrap().unwrap().success());

    let posts = server.posts();
    check_story(&posts);
    let store = Store::open(&data.path().join(STORE_FILE)).unwrap();
    store.integrity_check().unwrap();
    assert_eq!(store.cases(&CaseFilter::default()).unwrap().len(), CHILD_CASES as usize);
    let evidence = EvidenceFolder::new(data.path(), TimeZone::UTC);
    for case in store.cases(&CaseFilter::default()).unwrap() {
        verify(&evidence.package_of(&case)).unwrap();
        assert!(case.latency.delivered_at.is_some());
    }
    let repeated = posts.len()
        - posts.iter().map(|post| &post.key).collect::<std::collections::BTreeSet<_>>().len();
    eprintln!("{} posts, {repeated} of them again", posts.len());
}

/// Every revision of every case was acknowledged, the same key always with
/// the same body, each case's revisions in their order.
fn check_story(posts: &[Post]) {
    let mut bodies: BTreeMap<&str, &Bytes> = BTreeMap::new();
    let mut taken: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for post in posts {
        let event: Value = serde_json::from_slice(&post.body).unwrap();
        assert_eq!(event["id"], post.key.as_str(), "no delivery without its key");
        let first = bodies.entry(&post.key).or_insert(&post.body);
        assert_eq!(*first, &post.body, "{} came with another body", post.key);
        let case = event["subject"].as_str().unwrap().to_owned();
        let revision = event["data"]["revision"].as_u64().unwrap();
        let revisions = taken.entry(case).or_default();
        assert!(revisions.last().is_none_or(|last| *last <= revision), "{revisions:?} {revision}");
        if post.acknowledged {
            revisions.push(revision);
        }
    }
    assert_eq!(taken.len(), CHILD_CASES as usize);
    for (stay, revisions) in (1..=CHILD_CASES).map(|stay| (stay, &taken[id_of(stay).as_str()])) {
        let mut distinct = revisions.clone();
        distinct.dedup();
        assert_eq!(distinct, [1, 2, 3], "case {stay} was told as {revisions:?}");
    }
}

fn start_child(data: &Path, url: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["the_child_that_is_killed", "--exact", "--nocapture"])
        .env(CHILD, format!("{}|{url}", data.display()))
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Does nothing unless another test starts it as a program of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_child_that_is_killed() {
    let Ok(orders) = std::env::var(CHILD) else { return };
    let (data, url) = orders.split_once('|').unwrap();
    let office = Office::open(Path::new(data), vec![webhook("desk", url, 5)]);
    // The same reports at every start, as from stays that outlive the program.
    for stay in 1..=CHILD_CASES {
        office.desk.send(file(stay));
        office.desk.send(DeskItem::Update {
            camera: camera(),
            incident: incident(stay, 320),
            pictures: vec![reports::picture(EvidenceRole::C, second(300))],
        });
        office.desk.send(DeskItem::Clear {
            camera: camera(),
            incident: incident(stay, 400),
            cleared_at: second(460),
            pictures: Vec::new(),
        });
    }
    let sink = SinkId::new("desk").unwrap();
    office
        .wait_until(|| {
            let counts = office.store.delivery_counts().unwrap();
            let all = 3 * CHILD_CASES as u64;
            counts.iter().any(|count| count.sink_id == sink && count.delivered == all)
        })
        .await;
    office.close().await;
}

/// A desk and a dispatcher on a data folder.
struct Office {
    store: Arc<Store>,
    desk: QueueSender<DeskItem>,
    clerk: Desk,
    dispatcher: Dispatcher,
    guard: ShutdownGuard,
}

impl Office {
    fn open(data: &Path, sinks: Vec<Arc<dyn Sink>>) -> Self {
        Self::open_with(data, sinks, &quick())
    }

    fn open_with(data: &Path, sinks: Vec<Arc<dyn Sink>>, settings: &DispatchSettings) -> Self {
        let store = Arc::new(Store::open(&data.join(STORE_FILE)).unwrap());
        let (guard, shutdown) = Shutdown::pair();
        let clock = Clock::system();
        let runtime = tokio::runtime::Handle::current();
        let dispatcher =
            Dispatcher::start(&runtime, &store, sinks, &clock, settings, &shutdown).unwrap();
        let desk_settings =
            DeskSettings { drain: Duration::from_millis(300), ..DeskSettings::default() };
        let parts = DeskParts {
            lives: None,
            store: Arc::clone(&store),
            evidence: Arc::new(EvidenceFolder::new(data, TimeZone::UTC)),
            sinks: dispatcher.sinks().to_vec(),
            bell: dispatcher.bell(),
            clock,
        };
        let (desk, clerk) = Desk::start(parts, desk_settings, shutdown).unwrap();
        Self { store, desk, clerk, dispatcher, guard }
    }

    async fn close(self) {
        let Self { desk, clerk, dispatcher, guard, .. } = self;
        drop(desk);
        tokio::task::spawn_blocking(move || drop(clerk)).await.unwrap();
        drop(guard);
        tokio::time::timeout(PATIENCE, dispatcher.ended()).await.unwrap();
    }

    async fn wait_for_depth(&self, sink: &str, depth: (u64, u64)) {
        let sink = SinkId::new(sink).unwrap();
        self.wait_until(|| {
            let filed = !self.store.cases(&CaseFilter::default()).unwrap().is_empty();
            filed && self.store.outbox_depth(&sink).unwrap() == depth
        })
        .await;
    }

    async fn wait_for_case(&self, stay: i64, ready: impl Fn(&Value) -> bool) -> Value {
        let read = || {
            let case = self.store.case(&id_of(stay)).unwrap();
            case.map(|case| serde_json::to_value(case).unwrap())
        };
        self.wait_until(|| read().is_some_and(|case| ready(&case))).await;
        read().unwrap()
    }

    async fn wait_until(&self, ready: impl Fn() -> bool) {
        let waiting = async {
            while !ready() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("it should have come to pass by now");
    }
}

/// Waits as in earnest, but a hundred times shorter.
fn quick() -> DispatchSettings {
    DispatchSettings {
        backoff_base: Duration::from_millis(10),
        backoff_cap: Duration::from_millis(100),
        refusals_max: 3,
        drain: Duration::from_millis(200),
        ..DispatchSettings::default()
    }
}

fn webhook(id: &str, url: &str, timeout_s: u64) -> Arc<dyn Sink> {
    let settings = WebhookSettings {
        url: url.parse().unwrap(),
        secret: Some(Secret::new(SECRET)),
        timeout: Duration::from_secs(timeout_s),
        source: "/xunjie/test".to_owned(),
    };
    Arc::new(Webhook::new(SinkId::new(id).unwrap(), settings).unwrap())
}

/// A dispatch centre on a free port, which answers as its script says.
struct Server {
    url: String,
    posts: Arc<Mutex<Vec<Post>>>,
    changed: watch::Receiver<usize>,
}

#[derive(Clone, Debug)]
struct Post {
    path: String,
    key: String,
    signature: String,
    content_type: String,
    body: Bytes,
    acknowledged: bool,
}

/// What the server does with a post, by the number of posts before it.
enum Answer {
    Status(u16),
    MovedTo(&'static str),
    /// Takes the post and breaks the connection.
    HangUp,
    /// Takes the post and never answers.
    Silence,
}

#[derive(Clone)]
struct Desktop {
    posts: Arc<Mutex<Vec<Post>>>,
    changed: Arc<watch::Sender<usize>>,
    script: Arc<dyn Fn(usize) -> Answer + Send + Sync>,
}

impl Server {
    async fn start(script: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/in", listener.local_addr().unwrap());
        let posts: Arc<Mutex<Vec<Post>>> = Arc::default();
        let (sender, changed) = watch::channel(0);
        let (changing, script) = (Arc::new(sender), Arc::new(script));
        let desktop = Desktop { posts: Arc::clone(&posts), changed: changing, script };
        let router = Router::new().route("/{*path}", post(take)).with_state(desktop);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, posts, changed }
    }

    fn posts(&self) -> Vec<Post> {
        self.posts.lock().unwrap().clone()
    }

    async fn wait_for(&self, ready: impl Fn(&[Post]) -> bool) -> Vec<Post> {
        let mut changed = self.changed.clone();
        let waiting = changed.wait_for(|_| ready(&self.posts.lock().unwrap()));
        drop(tokio::time::timeout(PATIENCE, waiting).await.expect("the posts come").unwrap());
        self.posts()
    }
}

async fn take(
    State(desktop): State<Desktop>,
    uri: axum::http::Uri,
    headers: HeaderMap,
    body: Bytes,
) -> axum::response::Response {
    let header = |name: &str| {
        headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    let answer = {
        let mut posts = desktop.posts.lock().unwrap();
        let answer = (desktop.script)(posts.len());
        posts.push(Post {
            path: uri.path().to_owned(),
            key: header("idempotency-key"),
            signature: header("x-xunjie-signature"),
            content_type: header("content-type"),
            body,
            acknowledged: matches!(answer, Answer::Status(200)),
        });
        answer
    };
    desktop.changed.send_modify(|count| *count += 1);
    let response = axum::response::Response::builder();
    let body = axum::body::Body::empty();
    match answer {
        Answer::Status(code) => response.status(code).body(body).unwrap(),
        Answer::MovedTo(place) => response
            .status(StatusCode::TEMPORARY_REDIRECT)
            .header("location", place)
            .body(body)
            .unwrap(),
        // A panic in a handler is how axum breaks a connection without an answer.
        Answer::HangUp => std::panic::resume_unwind(Box::new("hanging up")),
        Answer::Silence => std::future::pending().await,
    }
}

fn second(s: i64) -> Timestamp {
    Timestamp::from_secs(1_777_593_600 + s)
}

fn camera() -> CameraId {
    CameraId::new("pole-17").unwrap()
}

fn id_of(stay: i64) -> CaseId {
    CaseId::of(&camera(), &incident(stay, 0))
}

fn incident(stay: i64, seen_s: i64) -> Incident {
    reports::parked(stay, "kerb", (second(0), second(seen_s)))
}

fn file(stay: i64) -> DeskItem {
    reports::filing(camera(), incident(stay, 300), second(300))
}
