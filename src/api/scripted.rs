//! The stage of the tests: a scripted program behind a real server, and a client before it.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;

use crate::cases::Actor;
use crate::cases::Case;
use crate::cases::CaseChange;
use crate::cases::CaseId;
use crate::cases::Precision;
use crate::cases::Report;
use crate::cases::ReportQuery;
use crate::cases::Step;
use crate::cases::Subject;
use crate::cases::Violation;
use crate::city::CityData;
use crate::city::ClassId;
use crate::detect::Kind;
use crate::dispatch::HotSpotReport;
use crate::dispatch::LifeBook;
use crate::dispatch::LifeReport;
use crate::dispatch::SinkBook;
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
use crate::store::OpenCount;
use crate::store::STORE_FILE;
use crate::store::Standing;
use crate::store::Store;
use crate::time::Clock;
use crate::time::ClockHand;
use crate::time::Timestamp;

use super::scripted_cameras::ScriptedBook;
pub(super) use super::scripted_city::progress;
pub(super) use super::scripted_figures::case;
use super::*;

pub(super) const START: Timestamp = Timestamp::from_secs(1_777_593_600);
pub(super) const CASE: &str = "0123456789abcdef0123456789abcdef";

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
        skipped_still: 3,
        skipped_unchanged: 4,
        last_look_at: live.then_some(since + Duration::from_secs(3)),
        open_cases: usize::from(live),
        added: false,
    }
}

pub(super) struct Script {
    pub(super) cameras: Vec<CameraReport>,
    pub(super) progress: Mutex<Progress>,
    pub(super) retried: Mutex<Vec<CameraId>>,
    pub(super) asked: Mutex<Vec<CaseQuery>>,
    pub(super) steps: Mutex<Vec<String>>,
    pub(super) news: Mutex<Vec<(CaseChange, Case)>>,
    pub(super) folder: tempfile::TempDir,
    pub(super) book: Option<Arc<LifeBook>>,
    pub(super) sinks: Option<Arc<SinkBook>>,
}

impl Script {
    pub(super) fn new() -> Self {
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
            steps: Mutex::default(),
            news: Mutex::default(),
            folder,
            book: None,
            sinks: None,
        }
    }

    pub(super) fn knows(&self, id: &CameraId) -> bool {
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
        let stay = StayReport {
            kind: Kind::Car,
            box_in_image,
            began_at: START,
            dwell_s: 12.5,
            for_review: None,
        };
        let captured_at = Some(START);
        self.knows(id).then(|| Scene { captured_at, zones: vec![zone], stays: vec![stay] })
    }

    fn picture(&self, id: &CameraId, size: PictureSize) -> Option<CameraPicture> {
        let bytes: &[u8] = if size == PictureSize::Small { b"tile" } else { b"jpeg" };
        (id.as_str() == "north").then(|| CameraPicture { jpeg: bytes.into(), captured_at: START })
    }

    fn zones(&self, id: &CameraId) -> Option<ZoneSheet> {
        self.knows(id).then(ZoneSheet::default)
    }

    fn camera_book(&self) -> Option<Arc<dyn CameraBook>> {
        Some(Arc::new(ScriptedBook))
    }

    fn draw_zones(
        &self,
        id: &CameraId,
        text: &str,
        drawing: Drawing,
    ) -> Result<ZoneSheet, ZoneRefusal> {
        scripted_city::drawn(self, id, text, drawing)
    }

    fn history(&self, id: &CaseId) -> Result<Vec<HistoryStep>, BackendError> {
        let step = HistoryStep { revision: 1, at: START, what: CaseChange::Filed };
        Ok((id.as_str() == CASE).then_some(step).into_iter().collect())
    }

    fn news(&self, after: Option<i64>, limit: usize) -> Result<CaseNews, BackendError> {
        let news = self.news.lock().unwrap();
        let from = after.map_or(news.len(), |after| after as usize);
        let changes: Vec<_> = news.iter().skip(from).take(limit).cloned().collect();
        Ok(CaseNews { last: (from + changes.len()) as i64, changes })
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

    fn public_copy(&self, id: &CaseId, number: usize) -> Result<Option<Vec<u8>>, BackendError> {
        Ok((id.as_str() == CASE && number == 1).then(|| b"tiles".to_vec()))
    }

    fn life(&self, id: &CaseId) -> Result<Option<LifeReport>, BackendError> {
        Ok((id.as_str() == CASE).then(|| scripted_figures::life(id)))
    }

    fn take_step(
        &self,
        id: &CaseId,
        step: &Step,
        by: &Actor,
        why: Option<&str>,
    ) -> Result<LifeReport, StepRefusal> {
        if id.as_str() != CASE {
            return Err(StepRefusal::Unknown(format!("no case {id}")));
        }
        if *step == Step::Close {
            return Err(StepRefusal::Refused("cannot close a case that is filed".into()));
        }
        let taken = format!("{step} by {by} because {why:?}");
        self.steps.lock().unwrap().push(taken);
        Ok(scripted_figures::life(id))
    }

    fn city_day(&self) -> Option<(jiff::civil::Date, jiff::tz::TimeZone)> {
        Some(("2026-05-31".parse().ok()?, jiff::tz::TimeZone::fixed(jiff::tz::offset(8))))
    }

    fn report(&self, query: ReportQuery) -> Result<Report, StepRefusal> {
        Ok(scripted_figures::report(query))
    }

    fn precision(&self, span: (Timestamp, Timestamp), goal: f64) -> Result<Precision, StepRefusal> {
        Ok(scripted_figures::precision(span, goal))
    }

    fn violations(&self, subject: &Subject) -> Result<Vec<Violation>, StepRefusal> {
        Ok(vec![scripted_figures::violation(subject)])
    }

    fn register(
        &self,
        subject: Subject,
        case: &CaseId,
        excused: bool,
        by: &str,
        why: &str,
    ) -> Result<Vec<Violation>, StepRefusal> {
        if excused {
            return Err(StepRefusal::Refused("excused already".into()));
        }
        self.steps.lock().unwrap().push(format!("{subject} in {case} by {by} because {why}"));
        self.violations(&subject)
    }

    fn standings(&self, ids: &[CaseId]) -> Result<Vec<Standing>, BackendError> {
        let known = ids.iter().filter(|id| id.as_str() == CASE);
        Ok(known.map(|id| scripted_city::standing(scripted_figures::life(id))).collect())
    }

    fn open_counts(&self) -> Result<Vec<OpenCount>, BackendError> {
        Ok(scripted_city::open_counts())
    }

    fn city(&self) -> Option<Arc<CityData>> {
        Some(Arc::new(crate::city::sample::example()))
    }

    fn places(&self) -> Vec<CameraPlaceReport> {
        self.cameras.iter().map(scripted_city::place).collect()
    }

    fn display(&self) -> Display {
        scripted_city::display()
    }

    fn life_book(&self) -> Option<Arc<LifeBook>> {
        self.book.clone()
    }

    fn sink_book(&self) -> Option<Arc<SinkBook>> {
        self.sinks.clone()
    }

    fn hot_spots(&self, class: Option<&ClassId>) -> Result<Vec<HotSpotReport>, BackendError> {
        let spot = scripted_figures::hot_spot();
        Ok([spot].into_iter().filter(|one| class.is_none_or(|id| one.spot.class == *id)).collect())
    }

    fn progress(&self) -> Progress {
        self.progress.lock().unwrap().clone()
    }
}

pub(super) struct Running {
    pub(super) script: Arc<Script>,
    pub(super) client: reqwest::Client,
    pub(super) address: SocketAddr,
    pub(super) hand: ClockHand,
    pub(super) guard: Option<ShutdownGuard>,
    pub(super) server: Option<ApiServer>,
    pub(super) store: std::sync::Arc<Store>,
}

impl Running {
    pub(super) fn start() -> Self {
        Self::with(Script::new())
    }

    pub(super) fn with(script: Script) -> Self {
        Self::of(script, Door { loopback: true, tls: false }, None)
    }

    pub(super) fn behind(door: Door) -> Self {
        Self::behind_tls(door, None)
    }

    pub(super) fn behind_tls(door: Door, tls: Option<Arc<Tls>>) -> Self {
        Self::of(Script::new(), door, tls)
    }

    fn of(script: Script, door: Door, tls: Option<Arc<Tls>>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let script = Arc::new(script);
        let (clock, hand) = Clock::simulated(START + Duration::from_secs(10));
        let (guard, shutdown) = Shutdown::pair();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let store = Store::open(&script.folder.path().join(STORE_FILE)).unwrap();
        let store = std::sync::Arc::new(store);
        let access = Access::new(std::sync::Arc::clone(&store), clock.clone(), door);
        let state = ApiState {
            access: access.into(),
            tls,
            backend: script.clone(),
            metrics: Metrics::install().unwrap(),
            clock,
            hosts: ["desk.example".to_owned()].into(),
        };
        let server = Some(ApiServer::start(listener, state, shutdown).unwrap());
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { script, client, address, hand, guard: Some(guard), server, store }
    }

    pub(super) async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("http://{}{path}", self.address)).send().await.unwrap()
    }

    pub(super) async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.unwrap()
    }

    /// Asks for `path`, which must be refused with a problem of that status.
    pub(super) async fn refused(&self, path: &str, status: u16) -> Value {
        problem(self.get(path).await, status).await
    }

    /// The status line that answers a request written by hand.
    pub(super) async fn raw(&self, request: &str) -> io::Result<String> {
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

pub(super) async fn problem(response: reqwest::Response, status: u16) -> Value {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["status"], status);
    let keys: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["detail", "status", "title", "type"]);
    body
}
