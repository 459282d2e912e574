//! One camera: what it shows, to whom, and what is wrong with it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::ingest::CameraId;
use crate::time::Timestamp;

use super::Clip;
use super::Fault;
use super::Login;
use super::fault::ActiveFault;

/// A camera to be put on air.
#[derive(Clone, Debug)]
pub struct SimCamera {
    /// Its path on the server.
    pub name: CameraId,
    pub clip: Arc<Clip>,
    /// The same in another size, which [`Fault::OtherSize`] sends in turns.
    pub other: Option<Arc<Clip>>,
    /// How far into the clip it is when the server starts.
    pub offset: Duration,
    /// Anyone may watch if there is none.
    pub login: Option<Login>,
    pub fault: Fault,
}

/// Where a new client begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Join {
    /// Within moments: the camera's next keyframe if it is near, else the last one anew.
    #[default]
    Soon,
    /// With the camera's next keyframe, however far, so that cameras with
    /// equal offsets send their keyframes at once.
    InStep,
}

impl SimCamera {
    /// The offset of camera `number` of many that show one clip: every two are
    /// apart, and no keyframe distance brings them together.
    #[must_use]
    pub fn spread_offset(clip: &Clip, number: usize) -> Duration {
        /// The golden section's fractions are the most evenly spread.
        const GOLDEN: f64 = 0.618_033_988_749_895;
        clip.length().mul_f64((number as f64 * GOLDEN).fract())
    }
}

/// A camera on air.
#[derive(Debug)]
pub(super) struct Camera {
    pub(super) clip: Arc<Clip>,
    pub(super) other: Option<Arc<Clip>>,
    pub(super) login: Option<Login>,
    /// When its first lap began, before the server did.
    pub(super) started: Timestamp,
    pub(super) fault: watch::Sender<ActiveFault>,
}

impl Camera {
    pub(super) fn new(camera: SimCamera, now: Timestamp) -> Self {
        let fault = ActiveFault { fault: camera.fault, since: now };
        Self {
            clip: camera.clip,
            other: camera.other,
            login: camera.login,
            started: now - camera.offset,
            fault: watch::Sender::new(fault),
        }
    }
}
