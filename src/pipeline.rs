//! The whole machine on one page: which part is given which input and output.
//!
//! ```text
//! fleet ──keyframes──▶ schedule ──turns──▶ workers ──reports──▶ desk ──bell──▶ dispatcher ──▶ sinks
//! (async, few threads)  (one slot a camera)  (one a core)         (store, evidence)
//! ```
//! No stage knows its successor: each is handed its output here.

mod backend;
mod city;
mod error;
mod look;
mod picture;
mod post;

pub use city::City;
pub use city::DetectorMaker;
pub use error::StartError;
pub use look::LookFailure;
pub use picture::FirstPicture;
pub use picture::first_pictures;

use std::net::SocketAddr;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::api::ApiServer;
use crate::api::ApiState;
use crate::cases::EvidenceFolder;
use crate::config::Config;
use crate::dispatch::Desk;
use crate::dispatch::DeskParts;
use crate::dispatch::DeskSettings;
use crate::dispatch::DispatchSettings;
use crate::dispatch::Dispatcher;
use crate::dispatch::Sink;
use crate::ingest::ATTEMPTS_AT_ONCE;
use crate::ingest::Decoder;
use crate::ingest::Fleet;
use crate::ingest::Schedule;
use crate::ingest::Sources;
use crate::runtime::Metrics;
use crate::runtime::Shutdown;
use crate::runtime::ShutdownGuard;
use crate::runtime::Worker;
use crate::store::STORE_FILE;
use crate::store::Store;
use crate::time::Clock;

use backend::Running;
use look::Bench;
use post::Posts;

/// Receiving is waiting: one thread carries hundreds of cameras, the second
/// keeps them moving while the first is in a system call.
const INGEST_THREADS: usize = 2;
/// Deliveries and the store's answers to them.
const DISPATCH_THREADS: usize = 1;
/// Connections that linger are cut after this long.
const GOODBYE_WAIT_MAX: Duration = Duration::from_secs(2);

/// A running machine. Dropped, it ends: cameras first, cases last.
pub struct Machine {
    // In the order in which they end.
    cameras: Option<Ingest>,
    workers: Option<(ShutdownGuard, Vec<Worker>)>,
    desk: Option<(ShutdownGuard, Desk)>,
    dispatch: Option<(ShutdownGuard, Dispatcher, Runtime)>,
    api: Option<(ShutdownGuard, ApiServer)>,
    listening: Option<SocketAddr>,
    running: Arc<Running>,
}

/// The parts that a test may replace by scripts.
pub struct Parts {
    pub detectors: DetectorMaker,
    /// How cameras are received.
    pub sources: Sources,
    /// They hear of cases beside the sinks of the configuration.
    pub more_sinks: Vec<Arc<dyn Sink>>,
}

impl Default for Parts {
    /// The model that the configuration names, real cameras, no more sinks.
    fn default() -> Self {
        let (detectors, sources) = (DetectorMaker::Configured, city::sources());
        Self { detectors, sources, more_sinks: Vec::new() }
    }
}

struct Ingest {
    fleet: Arc<Fleet>,
    runtime: Runtime,
}

impl Machine {
    /// Starts everything that the configuration names. Faults of the model,
    /// the store and the sinks show before any camera is opened.
    ///
    /// # Errors
    /// When a part cannot start; nothing is left running.
    pub fn start(config: &Config, parts: Parts, clock: &Clock) -> Result<Self, StartError> {
        let mut city = City::of(config, &parts.detectors)?;
        let metrics = Metrics::install()?;
        let listener = city.listen.map(bind).transpose()?;
        std::fs::create_dir_all(&city.data_dir)
            .map_err(|source| StartError::Folder { path: city.data_dir.clone(), source })?;
        let store = Arc::new(Store::open(&city.data_dir.join(STORE_FILE))?);
        let evidence = Arc::new(EvidenceFolder::new(&city.data_dir, city.time_zone.clone()));

        let dispatch_runtime = runtime("dispatch", DISPATCH_THREADS)?;
        let (dispatch_guard, dispatch_end) = Shutdown::pair();
        let sinks = city.sinks()?.into_iter().chain(parts.more_sinks).collect();
        let settings = DispatchSettings {
            give_up_after: city.give_up_after,
            emission_budget: city.budget.emission,
            ..DispatchSettings::default()
        };
        let dispatcher = {
            let handle = dispatch_runtime.handle();
            Dispatcher::start(handle, &store, sinks, clock, &settings, &dispatch_end)?
        };

        let (desk_guard, desk_end) = Shutdown::pair();
        let desk_parts = DeskParts {
            store: Arc::clone(&store),
            evidence: Arc::clone(&evidence),
            sinks: dispatcher.sinks().to_vec(),
            bell: dispatcher.bell(),
            clock: clock.clone(),
        };
        let desk_settings = DeskSettings { budget: city.budget, ..DeskSettings::default() };
        let (reports, desk) =
            Desk::start(desk_parts, desk_settings, desk_end).map_err(StartError::Thread)?;

        let schedule = Arc::new(Schedule::new(clock.clone()));
        let posts = Arc::new(Posts::default());
        let (workers_guard, workers_end) = Shutdown::pair();
        let mut workers = Vec::new();
        for (number, detector) in city.detectors().into_iter().enumerate() {
            let mut bench = Bench {
                decoder: Decoder::new(),
                detector,
                schedule: Arc::clone(&schedule),
                posts: Arc::clone(&posts),
                reports: reports.clone(),
                clock: clock.clone(),
                house: city.house(),
                shutdown: workers_end.clone(),
            };
            let worker =
                Worker::start(format!("look-{number}"), workers_end.clone(), move || bench.work());
            workers.push(worker.map_err(StartError::Thread)?);
        }
        // The workers hold the only senders, so the desk closes after the last of them.
        drop(reports);

        let ingest_runtime = runtime("ingest", INGEST_THREADS)?;
        let sources = parts.sources;
        let handle = ingest_runtime.handle().clone();
        let fleet = Arc::new(Fleet::new(handle, clock.clone(), sources, ATTEMPTS_AT_ONCE));
        for camera in &city.cameras {
            camera.watch(&fleet, &schedule, &posts, &store, &city.time_zone)?;
        }

        let running = Arc::new(Running {
            fleet: Arc::downgrade(&fleet),
            schedule,
            posts,
            store,
            evidence,
            started_at: clock.now(),
            decoder: Mutex::default(),
        });
        let listening = listener.as_ref().and_then(|listener| listener.local_addr().ok());
        let api = listener.map(|listener| {
            let (guard, end) = Shutdown::pair();
            let backend = Arc::clone(&running) as Arc<dyn crate::api::Backend>;
            let state = ApiState { backend, metrics, clock: clock.clone(), hosts: Arc::default() };
            ApiServer::start(listener, state, end).map(|server| (guard, server))
        });
        Ok(Self {
            cameras: Some(Ingest { fleet, runtime: ingest_runtime }),
            workers: Some((workers_guard, workers)),
            desk: Some((desk_guard, desk)),
            dispatch: Some((dispatch_guard, dispatcher, dispatch_runtime)),
            api: api.transpose().map_err(StartError::Thread)?,
            listening,
            running,
        })
    }

    /// Where pages and metrics are served, if anywhere.
    #[must_use]
    pub const fn listening(&self) -> Option<SocketAddr> {
        self.listening
    }

    /// Whose turn it is, and what the looks come to.
    #[must_use]
    pub fn schedule(&self) -> &Schedule {
        &self.running.schedule
    }

    /// What runs, for those who ask.
    #[must_use]
    pub fn backend(&self) -> Arc<dyn crate::api::Backend> {
        Arc::clone(&self.running) as Arc<dyn crate::api::Backend>
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(Ingest { fleet, runtime }) = self.cameras.take() {
            drop(fleet);
            runtime.shutdown_timeout(GOODBYE_WAIT_MAX);
        }
        // Each pair: first the guard, which tells, then the part, which is waited for.
        if let Some((guard, workers)) = self.workers.take() {
            drop(guard);
            drop(workers);
        }
        if let Some((guard, desk)) = self.desk.take() {
            drop(guard);
            drop(desk);
        }
        if let Some((guard, dispatcher, runtime)) = self.dispatch.take() {
            drop(guard);
            runtime.block_on(dispatcher.ended());
            runtime.shutdown_timeout(GOODBYE_WAIT_MAX);
        }
        if let Some((guard, server)) = self.api.take() {
            drop(guard);
            drop(server);
        }
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|source| StartError::Listen { address, source })
}

fn runtime(name: &str, threads: usize) -> Result<Runtime, StartError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name(name)
        .enable_all()
        .build()
        .map_err(StartError::Thread)
}
