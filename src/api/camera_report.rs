//! What is told of a camera, and of what stands before it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::detect::Kind;
use crate::geometry::BoxInImage;
use crate::geometry::Point;
use crate::ingest::CameraStatus;
use crate::rules::ZoneId;
use crate::rules::ZoneKind;
use crate::time::Timestamp;

/// One camera, for the dashboard.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CameraReport {
    #[serde(flatten)]
    pub status: CameraStatus,
    /// Seconds between looks that the configuration asks for.
    pub asked_interval_s: f64,
    /// Seconds between looks of late; none before the second look.
    pub kept_interval_s: Option<f64>,
    /// Pictures done with, also those that came to nothing.
    pub looks: u64,
    /// Keyframes that came before the camera was due.
    pub skipped_not_due: u64,
    /// Keyframes that were due and replaced by a newer one before a worker was free.
    pub skipped_overload: u64,
    /// Pictures not decoded, as the stream said that nothing moved.
    pub skipped_still: u64,
    /// Pictures decoded but not given to the model, as they showed nothing new.
    pub skipped_unchanged: u64,
    /// Also of pictures that were spared so.
    pub last_look_at: Option<Timestamp>,
    pub open_cases: usize,
    /// Whether it was added while the program ran, and may be removed so.
    pub added: bool,
}

/// What is drawn and what stands in a camera's picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Scene {
    /// When the picture was taken in which they stand; none before the first look.
    pub captured_at: Option<Timestamp>,
    pub zones: Vec<ZoneReport>,
    pub stays: Vec<StayReport>,
}

/// A zone, as drawn.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ZoneReport {
    pub id: ZoneId,
    pub kind: ZoneKind,
    /// Corners, in fractions of the picture.
    pub polygon: Vec<Point>,
}

/// A thing that stands there now.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct StayReport {
    pub kind: Kind,
    #[serde(rename = "box")]
    pub box_in_image: BoxInImage,
    pub began_at: Timestamp,
    pub dwell_s: f64,
    /// It would be a matter, but has stood there since before the camera looked: a person
    /// should look. Left out where that is not so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub for_review: Option<ReviewReport>,
}

/// Why a person should look at what stands there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReviewReport {
    /// The zone that forbids it.
    pub zone: ZoneId,
    /// Since when it is known to have stood there.
    pub since: Timestamp,
}
