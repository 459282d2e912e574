//! The task that keeps one camera received: attempt, watch, wait, attempt again.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::Notify;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;

use crate::runtime::Backoff;
use crate::time::Clock;

use super::CameraPhase;
use super::CameraSettings;
use super::Feed;
use super::Keyframe;
use super::Source;
use super::SourceChoice;
use super::SourceEnd;
use super::rtsp::RtspSource;
use super::rtsp::connection_failure;
use super::standing::Standing;

/// A lost camera is tried again within this, so that with connecting (under a
/// second) and the wait for a keyframe (up to 4 s) it is analysed within the
/// 15 s of the budget.
const LOST_WAIT_CAP: Duration = Duration::from_secs(8);
const LOST_WAIT_BASE: Duration = Duration::from_secs(1);

/// Between the end of an attempt and the next, whatever happened.
const WAIT_MIN: Duration = Duration::from_millis(500);

/// A camera that says no rarely changes its mind, and some lock a login out.
const REFUSED_WAIT_CAP: Duration = Duration::from_secs(60);
const REFUSED_WAIT_BASE: Duration = Duration::from_secs(2);

/// Live for so long, a camera starts with short waits again; a camera that
/// falls at once after each connect does not.
const LIVE_MIN: Duration = Duration::from_secs(20);

/// How often a connection's progress is looked at.
const WATCH_PERIOD: Duration = Duration::from_secs(1);

/// Cameras that do not answer hold their permit no longer, or a street without
/// power would keep all others waiting.
const PERMIT_HELD_MAX: Duration = Duration::from_secs(1);

/// A source that has its own time-out ends by itself before this many times `connect_timeout`.
const CONNECT_GRACE: u32 = 3;

/// A connection without keyframes is given up after this many limits: a fresh
/// start makes some encoders send one.
const KEYFRAME_LIMITS_MAX: u32 = 3;

/// Where a camera's keyframes go. Called from a receiving task: must not block.
pub type KeyframeSink = Arc<dyn Fn(Keyframe) + Send + Sync>;

/// Makes a source for a camera, or says why it cannot.
pub type SourceMaker =
    Arc<dyn Fn(&CameraSettings, Clock) -> Result<Box<dyn Source>, String> + Send + Sync>;

/// The two ways of receiving.
#[derive(Clone)]
pub struct Sources {
    pub rtsp: SourceMaker,
    pub gstreamer: SourceMaker,
}

impl Sources {
    /// The light RTSP receiver, and `gstreamer` for all it cannot do.
    #[must_use]
    pub fn with_gstreamer(gstreamer: SourceMaker) -> Self {
        let rtsp: SourceMaker = Arc::new(|settings, clock| {
            RtspSource::new(settings, clock).map(|source| Box::new(source) as Box<dyn Source>)
        });
        Self { rtsp, gstreamer }
    }
}

/// What one camera's task works with.
pub(super) struct Camera {
    pub(super) settings: CameraSettings,
    pub(super) clock: Clock,
    pub(super) sources: Sources,
    pub(super) governor: Arc<Semaphore>,
    pub(super) standing: Arc<Standing>,
    pub(super) sink: KeyframeSink,
    pub(super) retry_now: Arc<Notify>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Rtsp,
    Gstreamer,
}

/// What an attempt came to.
struct Outcome {
    end: SourceEnd,
    /// How long the attempt lasted, if a keyframe came.
    live: Option<Duration>,
}

impl Camera {
    /// Runs until it is dropped.
    pub(super) async fn run(self) {
        let first_way = self.first_way();
        let mut way = first_way;
        let mut source = None;
        let mut lost = Backoff::new(LOST_WAIT_BASE, LOST_WAIT_CAP);
        let mut refused = Backoff::new(REFUSED_WAIT_BASE, REFUSED_WAIT_CAP);
        let mut knock_first = false;
        loop {
            let began = self.clock.now();
            let outcome = match self.ready(&mut source, way) {
                Ok(source) => self.attempt(source.as_mut(), knock_first).await,
                Err(reason) => Outcome::never_live(CameraPhase::Refused, reason),
            };
            let Outcome { end, live } = outcome;
            self.standing.enter(end.phase, &end.reason, self.clock.now());
            if live.is_some_and(|live| live >= LIVE_MIN) {
                lost.reset();
                refused.reset();
            }
            let next = self.next_way(way, first_way, end.try_another_source, live.is_some());
            let falls_over = next == Way::Gstreamer && way == Way::Rtsp;
            if next != way {
                (way, source) = (next, None);
            }
            if falls_over {
                knock_first = false;
                continue;
            }
            knock_first = end.phase == CameraPhase::Lost;
            let backoff = if end.phase == CameraPhase::Refused { &mut refused } else { &mut lost };
            // The wait runs from the attempt's begin, so that a camera which
            // answers nothing is not asked more seldom than one which is down.
            let since_begin = self.clock.now().since(began);
            let wait = backoff.next_wait().saturating_sub(since_begin).max(WAIT_MIN);
            tokio::select! {
                () = self.clock.sleep(wait) => {}
                () = self.retry_now.notified() => {
                    lost.reset();
                    refused.reset();
                }
            }
        }
    }

    fn first_way(&self) -> Way {
        let plain_rtsp = self.settings.address.plain_rtsp().is_some();
        match self.settings.source {
            SourceChoice::Rtsp => Way::Rtsp,
            SourceChoice::Auto if plain_rtsp => Way::Rtsp,
            SourceChoice::Auto | SourceChoice::Gstreamer => Way::Gstreamer,
        }
    }

    /// From the light receiver to GStreamer when it says so; back to it when
    /// the second way came to nothing either.
    fn next_way(&self, way: Way, first_way: Way, try_another: bool, was_live: bool) -> Way {
        if self.settings.source != SourceChoice::Auto || first_way == Way::Gstreamer {
            return way;
        }
        match way {
            Way::Rtsp if try_another => Way::Gstreamer,
            Way::Gstreamer if !was_live => Way::Rtsp,
            same => same,
        }
    }

    fn ready<'a>(
        &self,
        source: &'a mut Option<Box<dyn Source>>,
        way: Way,
    ) -> Result<&'a mut Box<dyn Source>, String> {
        if source.is_none() {
            let make = match way {
                Way::Rtsp => &self.sources.rtsp,
                Way::Gstreamer => &self.sources.gstreamer,
            };
            *source = Some(make(&self.settings, self.clock.clone())?);
        }
        source.as_mut().ok_or_else(|| "no source".to_owned())
    }

    async fn attempt(&self, source: &mut dyn Source, knock_first: bool) -> Outcome {
        if knock_first && let Err(end) = self.knock().await {
            return Outcome { end, live: None };
        }
        // The semaphore is never closed; were it, the attempt would simply go ungoverned.
        let permit = Arc::clone(&self.governor).acquire_owned().await.ok();
        let feed = CameraFeed {
            camera: self,
            permit: Mutex::new(permit),
            connected: AtomicBool::new(false),
            live: AtomicBool::new(false),
            keyframes_before: self.standing.keyframes(),
        };
        let began = self.clock.now();
        // What a camera sends is foreign input to a large library: a panic there ends this attempt only.
        let receiving = AssertUnwindSafe(source.attempt(&feed)).catch_unwind();
        let end = tokio::select! {
            end = receiving => end.unwrap_or_else(|_| panicked()),
            end = self.watch(&feed) => end,
        };
        let was_live = self.standing.keyframes() > feed.keyframes_before;
        Outcome { end, live: was_live.then(|| self.clock.now().since(began)) }
    }

    /// Asks a camera that was lost for no more than a connection, without a
    /// permit: a dark street costs the fleet nothing.
    async fn knock(&self) -> Result<(), SourceEnd> {
        let Some(endpoint) = self.settings.address.rtsp_endpoint() else { return Ok(()) };
        let connecting = tokio::net::TcpStream::connect(&endpoint);
        let reason = match tokio::time::timeout(self.settings.connect_timeout, connecting).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(e)) => connection_failure(&e.to_string(), &endpoint),
            Err(_) => {
                let limit = self.settings.connect_timeout.as_secs_f32();
                format!("no answer from {endpoint} within {limit} s")
            }
        };
        Err(lost(reason))
    }

    /// Ends when the attempt makes no progress.
    async fn watch(&self, feed: &CameraFeed<'_>) -> SourceEnd {
        let mut progress = Progress::begin(self);
        loop {
            self.clock.sleep(WATCH_PERIOD).await;
            if let Some(end) = progress.look(self, feed) {
                return end;
            }
        }
    }
}

/// How an attempt moves on, as seen from outside. Counted in looks, not in
/// wall-clock time: a step of the machine's clock must not end every connection.
#[derive(Default)]
struct Progress {
    age: Duration,
    /// Since a byte came.
    silent: Duration,
    /// Since a keyframe came.
    keyless: Duration,
    bytes: u64,
    keyframes: u64,
    was_connected: bool,
}

impl Progress {
    fn begin(camera: &Camera) -> Self {
        let (bytes, keyframes) = (camera.standing.bytes(), camera.standing.keyframes());
        Self { bytes, keyframes, ..Self::default() }
    }

    /// To be called once a `WATCH_PERIOD`.
    fn look(&mut self, camera: &Camera, feed: &CameraFeed<'_>) -> Option<SourceEnd> {
        self.age += WATCH_PERIOD;
        if self.age >= PERMIT_HELD_MAX {
            feed.give_permit_back();
        }
        if !feed.connected.load(Relaxed) {
            let limit = camera.settings.connect_timeout * CONNECT_GRACE;
            let reason = || format!("no connection within {} s", limit.as_secs_f32());
            return (self.age >= limit).then(|| lost(reason()));
        }
        self.count(camera);
        let settings = &camera.settings;
        if self.silent >= settings.silence_limit() {
            let limit = settings.silence_limit().as_secs_f32();
            return Some(lost(format!("connected, but not a byte for {limit} s")));
        }
        let keyframe_limit = settings.keyframe_limit();
        if self.keyless < keyframe_limit {
            return None;
        }
        let reason =
            format!("bytes arrive, but no keyframe for {} s", keyframe_limit.as_secs_f32());
        feed.stall(&reason);
        let end = SourceEnd { phase: CameraPhase::Stalled, reason, try_another_source: false };
        (self.keyless >= keyframe_limit * KEYFRAME_LIMITS_MAX).then_some(end)
    }

    fn count(&mut self, camera: &Camera) {
        let (bytes, keyframes) = (camera.standing.bytes(), camera.standing.keyframes());
        let just_connected = !std::mem::replace(&mut self.was_connected, true);
        let passed = |since: Duration, moved: bool| {
            if moved || just_connected { Duration::ZERO } else { since + WATCH_PERIOD }
        };
        self.silent = passed(self.silent, bytes != self.bytes);
        self.keyless = passed(self.keyless, keyframes != self.keyframes);
        (self.bytes, self.keyframes) = (bytes, keyframes);
    }
}

impl Outcome {
    fn never_live(phase: CameraPhase, reason: String) -> Self {
        let end = SourceEnd { phase, reason, try_another_source: false };
        Self { end, live: None }
    }
}

fn lost(reason: String) -> SourceEnd {
    SourceEnd { phase: CameraPhase::Lost, reason, try_another_source: false }
}

fn panicked() -> SourceEnd {
    SourceEnd {
        phase: CameraPhase::Lost,
        reason: "the receiver broke down over what the camera sent".to_owned(),
        try_another_source: true,
    }
}

/// One attempt's way to the camera's standing and sink.
struct CameraFeed<'a> {
    camera: &'a Camera,
    permit: Mutex<Option<OwnedSemaphorePermit>>,
    connected: AtomicBool,
    /// Whether the standing says so already; spares a lock at each keyframe.
    live: AtomicBool,
    keyframes_before: u64,
}

impl CameraFeed<'_> {
    fn give_permit_back(&self) {
        self.permit.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn stall(&self, reason: &str) {
        self.live.store(false, Relaxed);
        self.camera.standing.enter(CameraPhase::Stalled, reason, self.camera.clock.now());
    }
}

impl Feed for CameraFeed<'_> {
    fn connected(&self, description: &str) {
        if self.connected.swap(true, Relaxed) {
            return;
        }
        self.give_permit_back();
        let Camera { standing, clock, .. } = self.camera;
        if standing.keyframes() > 0 {
            standing.count_reconnect();
        }
        let reason = format!("connected ({description}), waiting for a keyframe");
        standing.enter(CameraPhase::Connecting, &reason, clock.now());
    }

    fn unit(&self, bytes: usize) {
        self.camera.standing.count_unit(bytes);
    }

    fn keyframe(&self, keyframe: Keyframe) {
        let Camera { standing, sink, clock, .. } = self.camera;
        standing.count_keyframe(&keyframe);
        if !self.live.swap(true, Relaxed) {
            standing.enter(CameraPhase::Live, "", clock.now());
        }
        sink(keyframe);
    }
}
