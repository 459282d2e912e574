//! How a camera does, in words for its operator.

use serde::Serialize;
use utoipa::ToSchema;

use crate::time::Timestamp;

use super::CameraId;
use super::CaptureClock;

/// Where a camera stands between us and its pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CameraPhase {
    Connecting,
    Live,
    /// Connected, but no keyframe within the stall limit.
    Stalled,
    /// Unreachable or gone; attempts go on.
    Lost,
    /// It answered no: login, path or codec; attempts go on, seldom.
    Refused,
    /// Switched off by the operator.
    Disabled,
}

impl CameraPhase {
    /// The phase in one word, as the API and the metrics' readers know it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Live => "live",
            Self::Stalled => "stalled",
            Self::Lost => "lost",
            Self::Refused => "refused",
            Self::Disabled => "disabled",
        }
    }
}

/// A camera's state with its reason, as the dashboard shows it. Holds no secret.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CameraStatus {
    pub camera_id: CameraId,
    pub phase: CameraPhase,
    /// In plain words; empty while live.
    pub reason: String,
    /// Since when it is in this phase.
    pub since: Timestamp,
    pub last_keyframe_at: Option<Timestamp>,
    pub capture_clock: Option<CaptureClock>,
    pub keyframes: u64,
    pub bytes: u64,
    pub reconnects: u64,
}
