//! One attempt to receive a camera: what it reports, and whether it moves on.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;

use super::CameraPhase;
use super::EndCause;
use super::Feed;
use super::Keyframe;
use super::SourceEnd;
use super::camera::Camera;
use super::deltas::DeltaCount;

/// How often a connection's progress is looked at.
pub(super) const WATCH_PERIOD: Duration = Duration::from_secs(1);

/// Cameras that do not answer hold their permit no longer, or a street without
/// power would keep all others waiting.
const PERMIT_HELD_MAX: Duration = Duration::from_secs(1);

/// A source that has its own time-out ends by itself before this many times `connect_timeout`.
const CONNECT_GRACE: u32 = 3;

/// A connection without keyframes is given up after this many limits: a fresh
/// start makes some encoders send one.
const KEYFRAME_LIMITS_MAX: u32 = 3;

/// One attempt's way to the camera's standing and sink.
pub(super) struct CameraFeed<'a> {
    camera: &'a Camera,
    permit: Mutex<Option<OwnedSemaphorePermit>>,
    connected: AtomicBool,
    /// Whether the standing says so already; spares a lock at each keyframe.
    live: AtomicBool,
    deltas: DeltaCount,
}

impl<'a> CameraFeed<'a> {
    pub(super) fn new(camera: &'a Camera, permit: Option<OwnedSemaphorePermit>) -> Self {
        let (connected, live) = (AtomicBool::new(false), AtomicBool::new(false));
        let deltas = DeltaCount::default();
        Self { camera, permit: Mutex::new(permit), connected, live, deltas }
    }

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
        self.deltas.unit(bytes);
    }

    fn keyframe(&self, keyframe: Keyframe) {
        let Camera { standing, sink, clock, .. } = self.camera;
        standing.count_keyframe(&keyframe);
        let deltas = self.deltas.take();
        let was_live = self.live.swap(true, Relaxed);
        if !was_live {
            standing.enter(CameraPhase::Live, "", clock.now());
        }
        sink(Keyframe { deltas: was_live.then_some(deltas), ..keyframe });
    }
}

/// How an attempt moves on, as seen from outside. Counted in looks, not in
/// wall-clock time: a step of the machine's clock must not end every connection.
#[derive(Default)]
pub(super) struct Progress {
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
    pub(super) fn begin(camera: &Camera) -> Self {
        let (bytes, keyframes) = (camera.standing.bytes(), camera.standing.keyframes());
        Self { bytes, keyframes, ..Self::default() }
    }

    /// To be called once a `WATCH_PERIOD`.
    pub(super) fn look(&mut self, camera: &Camera, feed: &CameraFeed<'_>) -> Option<SourceEnd> {
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
        let end = SourceEnd { phase: CameraPhase::Stalled, ..lost(reason) };
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

pub(super) fn lost(reason: String) -> SourceEnd {
    let (phase, cause) = (CameraPhase::Lost, EndCause::Other);
    SourceEnd { phase, reason, try_another_source: false, cause }
}
