//! What is new, told to every page that listens.
//!
//! One task asks the program, whatever the number of pages, and everyone is
//! told the same text. A page that does not keep up misses what it could not
//! take and is told so with `reset`: it then asks for everything anew. So no
//! page can make the program hold more than [`NEWS_MAX`] pieces.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::cases::Case;
use crate::cases::CaseChange;
use crate::cases::CaseId;
use crate::ingest::CameraId;
use crate::ingest::CameraPhase;
use crate::runtime::Shutdown;

use super::Backend;
use super::CameraReport;
use super::Health;
use super::machine::MachineLog;
use super::machine::MachineSpan;
use super::machine::READ_EVERY;
use super::server::ApiState;

/// How often cases are asked for: a dispatcher sees a new one within half a second.
const BEAT: Duration = Duration::from_millis(500);
/// Beats between two looks at the cameras' states, and at the health of the whole.
const CAMERAS_EVERY: u32 = 2;
const HEALTH_EVERY: u32 = 6;
/// Pieces that wait for the slowest page: half a minute of a busy city.
const NEWS_MAX: usize = 64;
/// Cases in one piece, about 200 KB.
const CASES_MAX: usize = 100;
/// Pages that may listen at once; each holds one of the server's connections.
const LISTENERS_MAX: usize = 64;

/// One piece of news: the event's name and its JSON.
#[derive(Debug)]
pub(super) struct News {
    pub(super) name: &'static str,
    pub(super) json: String,
}

/// Where the news comes together.
pub(super) struct Feed {
    news: broadcast::Sender<Arc<News>>,
    seats: Arc<Semaphore>,
    machine: Mutex<MachineLog>,
    shutdown: Shutdown,
}

/// A page that listens, and holds a seat while it does.
pub(super) struct Listener {
    news: broadcast::Receiver<Arc<News>>,
    shutdown: Shutdown,
    _seat: OwnedSemaphorePermit,
}

/// What the pages have been told.
#[derive(Default)]
struct Told {
    /// The number of the last change of a case; none before the first question.
    change: Option<i64>,
    cameras: BTreeMap<CameraId, CameraFacts>,
}

/// What makes a camera's news; its counts change with every keyframe.
#[derive(PartialEq)]
struct CameraFacts {
    phase: CameraPhase,
    reason: String,
    reconnects: u64,
    open_cases: usize,
}

#[derive(Serialize)]
struct ChangedCase {
    what: CaseChange,
    case: Case,
}

impl Feed {
    pub(super) fn new(shutdown: Shutdown) -> Self {
        let (news, _) = broadcast::channel(NEWS_MAX);
        let seats = Arc::new(Semaphore::new(LISTENERS_MAX));
        Self { news, seats, machine: Mutex::default(), shutdown }
    }

    /// A seat for one more page; none if all are taken.
    pub(super) fn listen(&self) -> Option<Listener> {
        let seat = Arc::clone(&self.seats).try_acquire_owned().ok()?;
        let news = self.news.subscribe();
        Some(Listener { news, shutdown: self.shutdown.clone(), _seat: seat })
    }

    /// The last hour of the machine, oldest first.
    pub(super) fn machine(&self) -> Vec<MachineSpan> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner).spans()
    }

    /// Asks the program on and on.
    pub(super) async fn keep(&self, state: &ApiState) {
        let mut told = Told::default();
        let machine_every = (READ_EVERY.as_millis() / BEAT.as_millis()) as u32;
        for beat in (0..machine_every).cycle() {
            if beat == 0 {
                self.read_machine(state);
            }
            self.tell_cases(state, &mut told).await;
            if self.news.receiver_count() == 0 {
                // Who comes next is told of every camera once.
                told.cameras.clear();
            } else {
                if beat % CAMERAS_EVERY == 0 {
                    self.tell_cameras(state, &mut told).await;
                }
                if beat % HEALTH_EVERY == 0 {
                    self.tell_health(state).await;
                }
            }
            tokio::time::sleep(BEAT).await;
        }
    }

    fn read_machine(&self, state: &ApiState) {
        let text = state.metrics.render();
        let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(span) = machine.read(state.clock.now(), &text) {
            self.tell("machine", &span);
        }
    }

    async fn tell_cases(&self, state: &ApiState, told: &mut Told) {
        let after = told.change;
        let news = state.ask(move |backend| backend.news(after, CASES_MAX)).await;
        // A store that cannot be read is told of by the health.
        let Ok(Ok(news)) = news else { return };
        told.change = Some(news.last);
        if !news.changes.is_empty() {
            self.tell("cases", &newest_of_each(news.changes));
        }
    }

    async fn tell_cameras(&self, state: &ApiState, told: &mut Told) {
        let Ok(mut cameras) = state.ask(Backend::cameras).await else { return };
        if told.has_lost_any(&cameras) {
            // Pages ask for everything anew.
            self.tell("reset", &serde_json::json!({}));
        }
        cameras.retain(|camera| told.is_news(camera));
        if !cameras.is_empty() {
            self.tell("cameras", &cameras);
        }
    }

    async fn tell_health(&self, state: &ApiState) {
        let asked = state.ask(|backend| (backend.cameras(), backend.progress())).await;
        let Ok((cameras, progress)) = asked else { return };
        self.tell("health", &Health::judge(&cameras, progress, state.clock.now()));
    }

    fn tell(&self, name: &'static str, what: &impl Serialize) {
        match serde_json::to_string(what) {
            // Nobody listening is no fault.
            Ok(json) => drop(self.news.send(Arc::new(News { name, json }))),
            Err(fault) => tracing::error!(name, %fault, "news cannot be written"),
        }
    }
}

impl Listener {
    /// The next piece of news; none when the program ends.
    pub(super) async fn next(&mut self) -> Option<Arc<News>> {
        tokio::select! {
            () = self.shutdown.begun() => None,
            news = self.news.recv() => match news {
                Ok(news) => Some(news),
                Err(RecvError::Closed) => None,
                Err(RecvError::Lagged(_)) => {
                    // What it has not read is old by now, too.
                    self.news = self.news.resubscribe();
                    Some(Arc::new(News { name: "reset", json: "{}".to_owned() }))
                }
            },
        }
    }
}

impl Told {
    /// Whether a camera that was told of is no more.
    fn has_lost_any(&mut self, cameras: &[CameraReport]) -> bool {
        let there: BTreeSet<_> = cameras.iter().map(|camera| &camera.status.camera_id).collect();
        let told = self.cameras.len();
        self.cameras.retain(|id, _| there.contains(id));
        self.cameras.len() < told
    }

    fn is_news(&mut self, camera: &CameraReport) -> bool {
        let status = &camera.status;
        let facts = CameraFacts {
            phase: status.phase,
            reason: status.reason.clone(),
            reconnects: status.reconnects,
            open_cases: camera.open_cases,
        };
        if self.cameras.get(&status.camera_id) == Some(&facts) {
            return false;
        }
        self.cameras.insert(status.camera_id.clone(), facts);
        true
    }
}

/// One piece for each case: a new case stays news, whatever came after.
fn newest_of_each(changes: Vec<(CaseChange, Case)>) -> Vec<ChangedCase> {
    let mut by_id: BTreeMap<CaseId, ChangedCase> = BTreeMap::new();
    for (what, case) in changes {
        let before = by_id.get(&case.id).map(|changed| changed.what);
        let what = if before == Some(CaseChange::Filed) { CaseChange::Filed } else { what };
        by_id.insert(case.id.clone(), ChangedCase { what, case });
    }
    let mut changed: Vec<_> = by_id.into_values().collect();
    changed.sort_by_key(|changed| changed.case.filed_at);
    changed
}
