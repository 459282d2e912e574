//! The whole machine on one page: which part is given which input and output.
//!
//! ```text
//! fleet ──keyframes──▶ schedule ──turns──▶ workers ──reports──▶ desk ──bell──▶ dispatcher ──▶ sinks
//! (async, few threads)  (one slot a camera)  (one a core)         (store, evidence)
//! ```
//! No stage knows its successor: each is handed its output here.

mod backend;
mod camera_form;
mod city;
mod door;
mod drawing;
mod error;
mod gauges;
mod ingest;
mod kept;
mod lives;
mod lock;
mod look;
mod picture;
mod post;
mod roster;
mod second;
mod showing;
mod sinks;
mod street;
mod trying;
mod versions;

pub use city::City;
pub use city::DetectorMaker;
pub use door::check_door;
pub use error::StartError;
pub use kept::with_kept_cameras;
pub use lives::city_data;
pub use look::LookFailure;
pub use picture::FirstPicture;
pub use picture::first_pictures;
pub use sinks::SinkReach;
pub use sinks::reach_sinks;

use std::net::SocketAddr;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::api::ApiServer;
use crate::api::ApiState;
use crate::api::Display;
use crate::api::Tls;
use crate::cases::EvidenceFolder;
use crate::config::Config;
use crate::dispatch::Desk;
use crate::dispatch::DeskItem;
use crate::dispatch::DeskParts;
use crate::dispatch::DeskSettings;
use crate::dispatch::DispatchSettings;
use crate::dispatch::Dispatcher;
use crate::dispatch::Hearers;
use crate::dispatch::LifeBook;
use crate::dispatch::Sink;
use crate::ingest::Decoder;
use crate::ingest::Schedule;
use crate::ingest::Sources;
use crate::runtime::Metrics;
use crate::runtime::QueueSender;
use crate::runtime::Shutdown;
use crate::runtime::ShutdownGuard;
use crate::runtime::Worker;
use crate::store::STORE_FILE;
use crate::store::Store;
use crate::time::Clock;

use backend::Running;
use drawing::Zoning;
use ingest::Ingest;
use lock::DataFolderLock;
use look::Bench;
use post::Posts;
use roster::Roster;
use showing::Showing;
use trying::Trying;

/// Deliveries and the store's answers to them.
const DISPATCH_THREADS: usize = 1;
/// A look under way at the shutdown is done with within this, if it ever is.
const LOOK_WAIT_MAX: Duration = Duration::from_secs(5);
/// How soon the end of a worker is seen.
const BEAT: Duration = Duration::from_millis(5);
/// Connections that linger are cut after this long.
const GOODBYE_WAIT_MAX: Duration = Duration::from_secs(2);

/// A running machine. Dropped, it ends: cameras first, cases last.
pub struct Machine {
    // In the order in which they end. Guard and part stand together, in the
    // order in which they must end when a later part cannot start.
    cameras: Option<Ingest>,
    workers: Option<(ShutdownGuard, Vec<Worker>)>,
    desk: Option<(ShutdownGuard, Desk)>,
    dispatch: Option<(ShutdownGuard, Dispatcher, Runtime)>,
    gauges: Option<(ShutdownGuard, Worker)>,
    lives: Option<(ShutdownGuard, Worker)>,
    api: Option<(ShutdownGuard, ApiServer)>,
    listening: Option<SocketAddr>,
    tls: Option<Arc<Tls>>,
    running: Arc<Running>,
    /// Held until all of the above has ended.
    _lock: DataFolderLock,
}

/// The parts that a test may replace by scripts.
pub struct Parts {
    pub detectors: DetectorMaker,
    /// How cameras are received.
    pub sources: Sources,
    /// They hear of cases beside the sinks of the configuration.
    pub more_sinks: Vec<Arc<dyn Sink>>,
    /// By how much dwell is shortened, told to who looks; none in earnest.
    pub time_scale: Option<f64>,
}

impl Default for Parts {
    /// The model that the configuration names, real cameras, no more sinks.
    fn default() -> Self {
        let (detectors, sources) = (DetectorMaker::Configured, city::sources());
        Self { detectors, sources, more_sinks: Vec::new(), time_scale: None }
    }
}

impl Machine {
    /// Starts everything that the configuration names. Faults of the model,
    /// the store and the sinks show before any camera is opened.
    ///
    /// # Errors
    /// When a part cannot start; nothing is left running.
    pub fn start(config: &Config, parts: Parts, clock: &Clock) -> Result<Self, StartError> {
        let (configured, config) = (config, &with_kept_cameras(config));
        let mut city = City::of(config, &parts.detectors)?;
        let metrics = Metrics::install()?;
        let tls = door::tls(&city)?;
        let listener = city.listen.map(bind).transpose()?;
        let lock = DataFolderLock::take(&city.data_dir)?;
        let store = Arc::new(Store::open(&city.data_dir.join(STORE_FILE))?);
        let access = door::access(listener.as_ref(), tls.is_some(), &store, clock)?;
        store.prune_snapshots(&city.camera_ids())?;
        let evidence = Arc::new(EvidenceFolder::new(&city.data_dir, city.time_zone.clone()));

        let dispatch = start_dispatch(&city, parts.more_sinks, &store, clock)?;
        let (sinks, quiet) = (dispatch.1.sinks().to_vec(), city.filed_only()?);
        let hearers = Hearers::new(sinks, &quiet, dispatch.1.bell());
        let lives = lives::book(config, &store, hearers, clock)?;
        let life = lives.as_ref().map(lives::start).transpose().map_err(StartError::Thread)?;
        let (reports, desk) =
            start_desk(&city, &dispatch.1, &store, &evidence, lives.as_ref(), clock)?;
        let schedule = Arc::new(Schedule::new(clock.clone()));
        let posts = Arc::new(Posts::default());
        // The workers hold the only senders, so the desk closes after the last of them.
        let workers = start_workers(&mut city, &schedule, &posts, reports, lives.as_ref(), clock)?;
        let cameras = Ingest::start(parts.sources, clock)?;
        let street = cameras.street(&city, &schedule, &posts, &store);
        for camera in &city.cameras {
            street.open(camera)?;
        }
        let zones = Arc::new(Zoning::new(config));
        let trying = Trying::new(cameras.trials(), clock.clone());
        let roster = Roster::new(configured, config, street, trying, Arc::clone(&zones));

        let sinks = Arc::new(dispatch.1.book(&store, clock));
        let running = Arc::new(Running {
            fleet: cameras.fleet(),
            schedule,
            posts,
            store,
            evidence,
            started_at: clock.now(),
            showing: Showing::new(clock.clone()).into(),
            budget: city.budget,
            roster: Arc::new(roster),
            zones,
            display: Display { time_scale: parts.time_scale, tiles: config.map_tiles.clone() },
            desk_stuck: desk.1.stuck_sign(),
            lives,
            sinks,
            clock: clock.clone(),
        });
        let gauges = gauges::start(&running).map_err(StartError::Thread)?;
        let listening = listener.as_ref().and_then(|listener| listener.local_addr().ok());
        let api = listener.map(|listener| {
            let (guard, end) = Shutdown::pair();
            let backend = Arc::clone(&running) as Arc<dyn crate::api::Backend>;
            let (clock, hosts) = (clock.clone(), city.hosts.into());
            let tls = tls.clone();
            let state = ApiState { backend, metrics, clock, access, tls, hosts };
            ApiServer::start(listener, state, end).map(|server| (guard, server))
        });
        Ok(Self {
            cameras: Some(cameras),
            workers: Some(workers),
            desk: Some(desk),
            dispatch: Some(dispatch),
            gauges: Some(gauges),
            lives: life,
            api: api.transpose().map_err(StartError::Thread)?,
            listening,
            tls,
            running,
            _lock: lock,
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

/// The way out: from the outbox to the sinks.
fn start_dispatch(
    city: &City,
    more_sinks: Vec<Arc<dyn Sink>>,
    store: &Arc<Store>,
    clock: &Clock,
) -> Result<(ShutdownGuard, Dispatcher, Runtime), StartError> {
    let runtime = runtime("dispatch", DISPATCH_THREADS)?;
    let (guard, end) = Shutdown::pair();
    let sinks = city.sinks()?.into_iter().chain(more_sinks).collect();
    let settings = DispatchSettings {
        give_up_after_of: city.give_up_after()?,
        emission_budget: city.budget.emission,
        ..DispatchSettings::default()
    };
    let dispatcher = Dispatcher::start(runtime.handle(), store, sinks, clock, &settings, &end)?;
    Ok((guard, dispatcher, runtime))
}

/// The desk, where reports become cases, and the way to it.
fn start_desk(
    city: &City,
    dispatcher: &Dispatcher,
    store: &Arc<Store>,
    evidence: &Arc<EvidenceFolder>,
    lives: Option<&Arc<LifeBook>>,
    clock: &Clock,
) -> Result<(QueueSender<DeskItem>, (ShutdownGuard, Desk)), StartError> {
    let (guard, end) = Shutdown::pair();
    let parts = DeskParts {
        store: Arc::clone(store),
        evidence: Arc::clone(evidence),
        sinks: dispatcher.sinks().to_vec(),
        bell: dispatcher.bell(),
        lives: lives.cloned(),
        clock: clock.clone(),
    };
    let settings = DeskSettings {
        budget: city.budget,
        filed_only: city.filed_only()?,
        retention: city.retention,
        ..DeskSettings::default()
    };
    let (reports, desk) = Desk::start(parts, settings, end).map_err(StartError::Thread)?;
    Ok((reports, (guard, desk)))
}

/// The workers, one a detector.
fn start_workers(
    city: &mut City,
    schedule: &Arc<Schedule>,
    posts: &Arc<Posts>,
    reports: QueueSender<DeskItem>,
    lives: Option<&Arc<LifeBook>>,
    clock: &Clock,
) -> Result<(ShutdownGuard, Vec<Worker>), StartError> {
    let (guard, end) = Shutdown::pair();
    let mut workers = (guard, Vec::new());
    for (number, detector) in city.detectors().into_iter().enumerate() {
        let mut bench = Bench {
            decoder: Decoder::new(),
            detector,
            schedule: Arc::clone(schedule),
            posts: Arc::clone(posts),
            reports: reports.clone(),
            clock: clock.clone(),
            house: city.house(lives),
            shutdown: end.clone(),
        };
        let worker = Worker::start(format!("look-{number}"), end.clone(), move || bench.work());
        workers.1.push(worker.map_err(StartError::Thread)?);
    }
    drop(reports);
    Ok(workers)
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(cameras) = self.cameras.take() {
            cameras.end(GOODBYE_WAIT_MAX);
        }
        // Each pair: first the guard, which tells, then the part, which is waited for.
        if let Some((guard, workers)) = self.workers.take() {
            drop(guard);
            self.end_after_looks(workers);
        }
        if let Some((guard, dispatcher, runtime)) = self.dispatch.take() {
            drop(guard);
            runtime.block_on(dispatcher.ended());
            runtime.shutdown_timeout(GOODBYE_WAIT_MAX);
        }
        for (guard, worker) in [self.gauges.take(), self.lives.take()].into_iter().flatten() {
            drop(guard);
            drop(worker);
        }
        if let Some((guard, server)) = self.api.take() {
            drop(guard);
            drop(server);
        }
    }
}

impl Machine {
    /// Reads the city data again and takes them up, all or nothing; the log
    /// tells what is different, or every fault.
    pub fn reload_city(&self) {
        match crate::api::Backend::reload_city(&*self.running) {
            Ok(differences) if differences.is_empty() => {
                tracing::info!("the city data are as they were");
            }
            Ok(_) => {}
            Err(refusal) => tracing::error!("the city data stay as they were: {refusal}"),
        }
    }

    /// Ends the workers and then the desk. A worker that waits for a place in
    /// the queue of a desk with a full disk ends only with the desk; one that
    /// hangs in a model is left behind.
    fn end_after_looks(&mut self, workers: Vec<Worker>) {
        let late = wait_for(workers, LOOK_WAIT_MAX);
        if let Some((guard, desk)) = self.desk.take() {
            drop(guard);
            drop(desk);
        }
        for worker in wait_for(late, GOODBYE_WAIT_MAX) {
            tracing::error!(worker = worker.name(), "a worker hangs and is left behind");
            std::mem::forget(worker);
        }
    }
}

/// Waits until the workers have ended; gives back those that have not in time.
fn wait_for(mut workers: Vec<Worker>, patience: Duration) -> Vec<Worker> {
    let machine = Clock::system();
    let deadline = machine.now() + patience;
    let (_guard, pause) = Shutdown::pair();
    loop {
        workers.retain(|worker| !worker.has_ended());
        if workers.is_empty() || machine.now() >= deadline || pause.begins_within(BEAT) {
            return workers;
        }
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|source| StartError::Listen { address, source })
}

fn runtime(name: &str, threads: usize) -> Result<Runtime, StartError> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(threads).thread_name(name).enable_all();
    builder.build().map_err(StartError::Thread)
}
