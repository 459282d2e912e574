//! A compressed picture that can be decoded alone: what waits in a camera's slot.

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::time::Timestamp;

use super::Deltas;
use super::Orientation;

/// Cheap to clone: the data is shared.
#[derive(Clone, Debug)]
pub struct Keyframe {
    /// One access unit, parameter sets included (H.264 and H.265: Annex B).
    pub data: Bytes,
    /// What the data is, in GStreamer's form, as in
    /// `video/x-h264,stream-format=byte-stream,alignment=au`.
    pub caps: Arc<str>,
    /// How the picture must be turned to stand upright.
    pub orientation: Orientation,
    /// When the camera took the picture.
    pub captured_at: Timestamp,
    /// Whose clock said so.
    pub capture_clock: CaptureClock,
    /// When its last byte reached us, on our clock.
    pub received_at: Timestamp,
    /// What came since the keyframe before; none at the first of a connection.
    pub deltas: Option<Deltas>,
}

/// Whose clock a capture time was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaptureClock {
    /// The camera's own, from RTCP sender reports.
    SenderReport,
    /// Ours, at arrival: the camera told no time, or none to be believed.
    Arrival,
    /// The timestamps of a recorded clip.
    Clip,
}
