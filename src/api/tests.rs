//! A real server on a free loopback port, a scripted program behind it, a real client before it.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;

use crate::cases::Case;
use crate::cases::CaseId;
use crate::detect::Kind;
use crate::geometry::BoxInImage;
use crate::geometry::Point;
use crate::ingest::CameraId;
use crate::ingest::CameraPhase;
use crate::ingest::CameraStatus;
use crate::ingest::CaptureClock;
use crate::rules::ZoneId;
use crate::rules::ZoneKind;
use crate::runtime::Metrics;
use crate::runtime::Shutdown;
use crate::runtime::ShutdownGuard;
use crate::time::Clock;
use crate::time::ClockHand;
use crate::time::Timestamp;

use super::*;

const START: Timestamp = Timestamp::from_secs(1_777_593_600);
const CASE: &str = "0123456789abcdef0123456789abcdef";

/// A camera that has been in `phase` since `since`.
pub(super) fn camera(id: &str, phase: CameraPhase, since: Timestamp) -> CameraReport {
    let live = phase == CameraPhase::Live;
    CameraReport {
        status: CameraStatus {
            camera_id: CameraId::new(id).unwrap(),
            phase,
            reason: if live { String::new() } else { "no answer from 10.0.0.7:554".into() },
            since,
            last_keyframe_at: live.then_some(since + Duration::from_secs(2)),
            capture_clock: live.then_some(CaptureClock::SenderReport),
            keyframes: 42,
            bytes: 8_400_000,
            reconnects: 1,
        },
        asked_interval_s: 4.0,
        kept_interval_s: live.then_some(4.1),
        looks: 30,
        skipped_not_due: 10,
        skipped_overload: 2,
        last_look_at: live.then_some(since + Duration::from_secs(3)),
        open_cases: usize::from(live),
    }
}

/// A program that started at `start` and has nothing to complain of.
pub(super) fn progress(start: Timestamp) -> Progress {
    Progress {
        started_at: start,
        looks: 120,
        last_look_at: Some(start + Duration::from_secs(3)),
        open_cases: 1,
        deliveries_waiting: 0,
        oldest_delivery_at: None,
        dead_letters: 0,
        problems: Vec::new(),
    }
}

fn case(id: &str, filed_at: Timestamp) -> Case {
    serde_json::from_value(serde_json::json!({
        "id": id, "kind": "illegal_parking", "camera_id": "north", "zone_id": "kerb",
        "state": "filed", "revision": 2, "thing": "car",
        "began_at": START - Duration::from_secs(300), "began_before_start": false,
        "proved_at": START, "filed_at": filed_at, "seen_at": START, "cleared_at": null,
        "box": [0.25, 0.5, 0.5, 0.75], "score": 0.75, "dwell_s": 300.0,
        "evidence": [{
            "role": "A", "captured_at": START - Duration::from_secs(300),
            "file": format!("2026/05/01/{id}/A.jpg"), "sha256": "00".repeat(32),
            "width": 1920, "height": 1080, "box": [0.25, 0.5, 0.5, 0.75],
        }],
        "latency": {
            "captured_at": START, "received_at": START, "taken_at": START, "decoded_at": START,
            "inferred_at": START, "decided_at": START, "filed_at": filed_at, "delivered_at": null,
            "decision_ms": 48.5, "emission_ms": null, "over_budget": [],
        },
    }))
    .unwrap()
}

struct Script {
    cameras: Vec<CameraReport>,
    progress: Mutex<Progress>,
    retried: Mutex<Vec<CameraId>>,
    asked: Mutex<Vec<CaseQuery>>,
    folder: tempfile::TempDir,
}

impl Script {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("A.jpg"), b"a picture").unwrap();
        std::fs::write(folder.path().join("manifest.json"), b"{}").unwrap();
        Self {
            cameras: vec![
                camera("north", CameraPhase::Live, START),
                camera("south.2", CameraPhase::Live, START),
                camera("east", CameraPhase::Lost, START),
            ],
            progress: Mutex::new(progress(START)),
            retried: Mutex::default(),
            asked: Mutex::default(),
            folder,
        }
    }

    fn knows(&self, id: &CameraId) -> bool {
        self.cameras.iter().any(|camera| camera.status.camera_id == *id)
    }
}

impl Backend for Script {
    fn cameras(&self) -> Vec<CameraReport> {
        self.cameras.clone()
    }

    fn scene(&self, id: &CameraId) -> Option<Scene> {
        let polygon =
            vec![Point { x: 0.0, y: 0.5 }, Point { x: 1.0, y: 0.5 }, Point { x: 1.0, y: 1.0 }];
        let zone = ZoneReport { id: ZoneId::new("kerb"), kind: ZoneKind::NoParking, polygon };
        let box_in_image = BoxInImage::clipped(0.25, 0.5, 0.5, 0.75);
        let stay = StayReport { kind: Kind::Car, box_in_image, began_at: START, dwell_s: 12.5 };
        self.knows(id).then(|| Scene { zones: vec![zone], stays: vec![stay] })
    }

    fn picture(&self, id: &CameraId) -> Option<std::sync::Arc<[u8]>> {
        (id.as_str() == "north").then(|| b"jpeg".as_slice().into())
    }

    fn retry(&self, id: &CameraId) -> bool {
        self.retried.lock().unwrap().push(id.clone());
        self.knows(id)
    }

    fn cases(&self, query: &CaseQuery) -> Result<Vec<Case>, BackendError> {
        self.asked.lock().unwrap().push(query.clone());
        if query.limit == 13 {
            return Err(BackendError("the store is locked".into()));
        }
        assert_ne!(query.limit, 17, "a bug in the backend, for a test");
        Ok(vec![case(CASE, START + Duration::from_secs(1)), case(&CASE.replace('0', "f"), START)])
    }

    fn case(&self, id: &CaseId) -> Result<Option<Case>, BackendError> {
        Ok((id.as_str() == CASE).then(|| case(CASE, START)))
    }

    fn evidence_file(&self, id: &CaseId, name: &str) -> Result<Option<PathBuf>, BackendError> {
        Ok((id.as_str() == CASE).then(|| self.folder.path().join(name)))
    }

    fn progress(&self) -> Progress {
        self.progress.lock().unwrap().clone()
    }
}

struct Running {
    script: std::sync::Arc<Script>,
    client: reqwest::Client,
    address: SocketAddr,
    hand: ClockHand,
    guard: Option<ShutdownGuard>,
    server: Option<ApiServer>,
}

impl Running {
    fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let script = std::sync::Arc::new(Script::new());
        let (clock, hand) = Clock::simulated(START + Duration::from_secs(10));
        let (guard, shutdown) = Shutdown::pair();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = ApiState {
            backend: script.clone(),
            metrics: Metrics::install().unwrap(),
            clock,
            hosts: ["desk.example".to_owned()].into(),
        };
        let server = Some(ApiServer::start(listener, state, shutdown).unwrap());
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { script, client, address, hand, guard: Some(guard), server }
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("http://{}{path}", self.address)).send().await.unwrap()
    }

    async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.unwrap()
    }

    /// Asks for `path`, which must be refused with a problem of that status.
    async fn refused(&self, path: &str, status: u16) -> Value {
        problem(self.get(path).await, status).await
    }

    /// The status line that answers a request written by hand.
    async fn raw(&self, request: &str) -> io::Result<String> {
        let mut stream = tokio::net::TcpStream::connect(self.address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer.lines().next().unwrap_or_default().to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The server ends with the shutdown; dropping it first would wait for ever.
        self.guard.take();
        self.server.take();
    }
}

async fn problem(response: reqwest::Response, status: u16) -> Value {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["status"], status);
    let keys: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["detail", "status", "title", "type"]);
    body
}

#[tokio::test]
async fn cameras_are_listed_and_shown_with_what_stands_there() {
    let running = Running::start();
    insta::assert_json_snapshot!("cameras", running.json("/api/cameras").await);
    insta::assert_json_snapshot!("camera", running.json("/api/cameras/north").await);
    running.refused("/api/cameras/west", 404).await;
    running.refused("/api/cameras/no%20rth", 400).await;
    running.refused("/api/cameras/..%2f..", 400).await;
}

#[tokio::test]
async fn a_cameras_last_picture_is_shown() {
    let running = Running::start();
    let response = running.get("/api/cameras/north/picture.jpg").await;
    assert_eq!(response.headers()["content-type"], "image/jpeg");
    assert_eq!(response.bytes().await.unwrap().as_ref(), b"jpeg");
    running.refused("/api/cameras/east/picture.jpg", 404).await;
}

#[tokio::test]
async fn a_camera_is_tried_again_for_its_operator_but_not_for_another_sites_page() {
    let running = Running::start();
    let address = format!("http://{}/api/cameras/east/retry", running.address);
    let retry = |origin: Option<&'static str>| {
        let request = running.client.post(&address);
        origin.map_or(running.client.post(&address), |origin| request.header("origin", origin))
    };
    problem(retry(Some("https://evil.example")).send().await.unwrap(), 403).await;
    assert!(running.script.retried.lock().unwrap().is_empty());
    let accepted = retry(None).send().await.unwrap();
    assert_eq!(accepted.status(), StatusCode::ACCEPTED);
    assert_eq!(running.script.retried.lock().unwrap()[0].as_str(), "east");
    running.refused("/api/cameras/east/retry", 405).await;
}

#[tokio::test]
async fn cases_are_listed_page_by_page_and_shown() {
    let running = Running::start();
    insta::assert_json_snapshot!("cases", running.json("/api/cases?limit=2&state=filed").await);
    insta::assert_json_snapshot!("case", running.json(&format!("/api/cases/{CASE}")).await);
    assert_eq!(running.json("/api/cases?limit=3").await["next_before"], Value::Null);
    assert_eq!(running.script.asked.lock().unwrap()[0].limit, 2);
    running.refused("/api/cases?limit=0", 400).await;
    running.refused("/api/cases?colour=red", 400).await;
    running.refused(&format!("/api/cases/{}", CASE.replace('1', "e")), 404).await;
    running.refused("/api/cases/1%27%20or%201=1", 400).await;
}

#[tokio::test]
async fn evidence_is_served_by_name() {
    let running = Running::start();
    let response = running.get(&format!("/api/cases/{CASE}/evidence/A.jpg")).await;
    assert_eq!(response.headers()["content-type"], "image/jpeg");
    assert_eq!(response.bytes().await.unwrap().as_ref(), b"a picture");
    let manifest = running.get(&format!("/api/cases/{CASE}/evidence/manifest.json")).await;
    assert_eq!(manifest.headers()["content-type"], "application/json");
    // Named as evidence may be, but gone from the disk.
    running.refused(&format!("/api/cases/{CASE}/evidence/B.jpg"), 404).await;
}

#[tokio::test]
async fn no_name_leads_out_of_the_evidence() {
    let running = Running::start();
    let escapes =
        ["..%2f..%2fetc%2fpasswd", "%2e%2e", "A.jpg%00", "a.jpg", "A.jpg%2f", ".%2fA.jpg", "%ff"];
    for name in escapes {
        let response = running.get(&format!("/api/cases/{CASE}/evidence/{name}")).await;
        assert!(response.status().is_client_error(), "{name}: {}", response.status());
        assert_eq!(response.headers()["content-type"], "application/problem+json", "{name}");
    }
    // A client that does not tidy its path up before it asks.
    let path = format!("/api/cases/{CASE}/evidence/../../../../etc/passwd");
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert_eq!(running.raw(&request).await.unwrap(), "HTTP/1.1 404 Not Found");
}

#[tokio::test]
async fn health_names_the_dead_camera_and_turns_503_when_looks_stop() {
    let running = Running::start();
    insta::assert_json_snapshot!("health", running.json("/healthz").await);
    running.hand.advance(Duration::from_secs(120));
    let response = running.get("/healthz").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let health: Value = response.json().await.unwrap();
    assert_eq!(health["state"], "ill");
    let reason = health["reasons"][0].as_str().unwrap();
    assert_eq!(reason, "no picture was looked at for 127 s though 2 cameras are live");
}

#[tokio::test]
async fn metrics_and_latency_show_what_was_recorded() {
    let running = Running::start();
    metrics::histogram!("xunjie_stage_seconds", "stage" => "api-test").record(0.015);
    let response = running.get("/metrics").await;
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    let text = response.text().await.unwrap();
    assert!(
        text.contains("xunjie_stage_seconds_bucket{stage=\"api-test\",le=\"0.02\"} 1"),
        "{text}"
    );
    let latency = running.json("/api/latency").await;
    let stages = latency["stages"].as_array().unwrap();
    assert!(stages.iter().any(|stage| stage["stage"] == "api-test" && stage["count"] == 1));
}

#[tokio::test]
async fn the_page_brings_its_own_files_and_lets_nothing_else_in() {
    let running = Running::start();
    for (path, kind) in
        [("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript")]
    {
        let response = running.get(path).await;
        let headers = response.headers().clone();
        assert!(headers["content-type"].to_str().unwrap().starts_with(kind), "{path}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'"), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let text = response.text().await.unwrap();
        assert!(!text.contains("http://") && !text.contains("https://"), "{path} leads elsewhere");
    }
}

#[tokio::test]
async fn answers_only_to_names_it_knows() {
    let running = Running::start();
    let ask = |host: &'static str| {
        running.client.get(format!("http://{}/healthz", running.address)).header("host", host)
    };
    for host in ["localhost:1", "desk.example", "[::1]:80"] {
        assert_eq!(ask(host).send().await.unwrap().status(), StatusCode::OK, "{host}");
    }
    problem(ask("evil.example").send().await.unwrap(), 421).await;
    let nameless = "GET /healthz HTTP/1.0\r\n\r\n";
    assert!(running.raw(nameless).await.unwrap().contains("400"));
}

#[tokio::test]
async fn what_goes_wrong_is_told_as_a_problem() {
    let running = Running::start();
    insta::assert_json_snapshot!("problem", running.refused("/api/nothing", 404).await);
    let failed = running.refused("/api/cases?limit=13", 500).await;
    assert_eq!(failed["detail"], "the store is locked");
    running.refused(&format!("/api/cases?camera={}", "a".repeat(3_000)), 414).await;
    // A bug in the backend costs one answer, not the server.
    running.refused("/api/cases?limit=17", 500).await;
    assert_eq!(running.get("/healthz").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_shutdown_ends_the_server_though_a_client_hangs_on() {
    let mut running = Running::start();
    assert_eq!(running.get("/healthz").await.status(), StatusCode::OK);
    let mut silent = tokio::net::TcpStream::connect(running.address).await.unwrap();
    silent.write_all(b"GET /healthz HTTP/1.1\r\nHost: local").await.unwrap();
    running.guard.take();
    let server = running.server.take();
    let ended = tokio::task::spawn_blocking(move || drop(server));
    tokio::time::timeout(Duration::from_secs(20), ended).await.unwrap().unwrap();
}
