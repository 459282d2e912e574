//! How a camera stands: written by its task, read by whoever asks.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use crate::time::Timestamp;

use super::CameraId;
use super::CameraPhase;
use super::CameraStatus;
use super::CaptureClock;
use super::Keyframe;

/// No keyframe yet.
const NEVER: i64 = i64::MIN;

/// What arrives is counted in atomics, as it comes 25 times a second from each
/// of many cameras; phases change seldom and stand behind a lock.
pub(super) struct Standing {
    id: CameraId,
    phase: Mutex<PhaseNow>,
    last_keyframe_micros: AtomicI64,
    capture_clock: AtomicU8,
    keyframes: AtomicU64,
    bytes: AtomicU64,
    reconnects: AtomicU64,
    metrics: StandingMetrics,
}

struct PhaseNow {
    phase: CameraPhase,
    reason: String,
    since: Timestamp,
    /// The last phase that the log was told of.
    logged: CameraPhase,
}

/// Handles, so that counting formats no labels.
struct StandingMetrics {
    phase: metrics::Gauge,
    keyframes: metrics::Counter,
    bytes: metrics::Counter,
    reconnects: metrics::Counter,
}

impl Standing {
    pub(super) fn new(id: CameraId, phase: CameraPhase, reason: &str, now: Timestamp) -> Self {
        let metrics = StandingMetrics::new(&id);
        metrics.phase.set(phase_number(phase));
        Self {
            id,
            phase: Mutex::new(PhaseNow {
                phase,
                reason: reason.to_owned(),
                since: now,
                logged: phase,
            }),
            last_keyframe_micros: AtomicI64::new(NEVER),
            capture_clock: AtomicU8::new(0),
            keyframes: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            reconnects: AtomicU64::new(0),
            metrics,
        }
    }

    pub(super) fn status(&self) -> CameraStatus {
        let standing = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        let (phase, reason, since) = (standing.phase, standing.reason.clone(), standing.since);
        drop(standing);
        CameraStatus {
            camera_id: self.id.clone(),
            phase,
            reason,
            since,
            last_keyframe_at: self.last_keyframe_at(),
            capture_clock: clock_from_number(self.capture_clock.load(Relaxed)),
            keyframes: self.keyframes.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            reconnects: self.reconnects.load(Relaxed),
        }
    }

    /// Enters a phase, or gives a new reason for the same. Attempts that come
    /// to the same as the one before are logged once, however many there are.
    pub(super) fn enter(&self, phase: CameraPhase, reason: &str, now: Timestamp) {
        let mut standing = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        if standing.phase != phase {
            (standing.phase, standing.since) = (phase, now);
        }
        reason.clone_into(&mut standing.reason);
        let is_news = phase != standing.logged && phase != CameraPhase::Connecting;
        if is_news {
            standing.logged = phase;
        }
        drop(standing);
        self.metrics.phase.set(phase_number(phase));
        if !is_news {
            return;
        }
        match phase {
            CameraPhase::Live => tracing::info!(camera = %self.id, "the camera is live"),
            CameraPhase::Refused => {
                tracing::error!(camera = %self.id, reason, "the camera refuses");
            }
            CameraPhase::Lost | CameraPhase::Stalled => {
                let phase = phase.name();
                tracing::warn!(camera = %self.id, phase, reason, "the camera gives no pictures");
            }
            CameraPhase::Connecting | CameraPhase::Disabled => {}
        }
    }

    pub(super) fn count_unit(&self, bytes: usize) {
        let bytes = bytes as u64;
        self.bytes.fetch_add(bytes, Relaxed);
        self.metrics.bytes.increment(bytes);
    }

    pub(super) fn count_keyframe(&self, keyframe: &Keyframe) {
        self.last_keyframe_micros.store(keyframe.received_at.as_micros(), Relaxed);
        self.capture_clock.store(clock_number(keyframe.capture_clock), Relaxed);
        self.keyframes.fetch_add(1, Relaxed);
        self.metrics.keyframes.increment(1);
    }

    pub(super) fn count_reconnect(&self) {
        self.reconnects.fetch_add(1, Relaxed);
        self.metrics.reconnects.increment(1);
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    pub(super) fn keyframes(&self) -> u64 {
        self.keyframes.load(Relaxed)
    }

    fn last_keyframe_at(&self) -> Option<Timestamp> {
        let micros = self.last_keyframe_micros.load(Relaxed);
        (micros != NEVER).then(|| Timestamp::from_micros(micros))
    }
}

impl StandingMetrics {
    fn new(id: &CameraId) -> Self {
        let camera = id.to_string();
        Self {
            phase: metrics::gauge!("xunjie_camera_phase", "camera" => camera.clone()),
            keyframes: metrics::counter!("xunjie_ingest_keyframes_total", "camera" => camera.clone()),
            bytes: metrics::counter!("xunjie_ingest_bytes_total", "camera" => camera.clone()),
            reconnects: metrics::counter!("xunjie_ingest_reconnects_total", "camera" => camera),
        }
    }
}

/// The value of `xunjie_camera_phase`: 1 is well, 0 is wanted so, 2 passes, above that a person should look.
fn phase_number(phase: CameraPhase) -> f64 {
    match phase {
        CameraPhase::Disabled => 0.0,
        CameraPhase::Live => 1.0,
        CameraPhase::Connecting => 2.0,
        CameraPhase::Stalled => 3.0,
        CameraPhase::Lost => 4.0,
        CameraPhase::Refused => 5.0,
    }
}

fn clock_number(clock: CaptureClock) -> u8 {
    match clock {
        CaptureClock::SenderReport => 1,
        CaptureClock::Arrival => 2,
        CaptureClock::Clip => 3,
    }
}

fn clock_from_number(number: u8) -> Option<CaptureClock> {
    [CaptureClock::SenderReport, CaptureClock::Arrival, CaptureClock::Clip]
        .into_iter()
        .find(|clock| clock_number(*clock) == number)
}
