//! What a rule asserts: this thing, in this zone, for this long.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::detect::Kind;
use crate::geometry::BoxInImage;
use crate::time::Timestamp;
use crate::tracking::StayId;

use super::ZoneId;

/// The kinds of incident, each with its own rule.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum IncidentKind {
    IllegalParking,
    StreetVending,
    GarbagePile,
}

impl IncidentKind {
    pub const ALL: [Self; 3] = [Self::IllegalParking, Self::StreetVending, Self::GarbagePile];

    /// The name in configurations, JSON and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::IllegalParking => "illegal_parking",
            Self::StreetVending => "street_vending",
            Self::GarbagePile => "garbage_pile",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One matter that a rule asserts, as of the look that spoke last.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    pub kind: IncidentKind,
    pub zone_id: ZoneId,
    pub stay_id: StayId,
    /// What stands there, as the detector most often said.
    pub thing: Kind,
    /// Capture time of the first picture in which it stood there.
    pub began_at: Timestamp,
    /// Capture time of the last picture in which it stood there.
    pub seen_at: Timestamp,
    pub box_in_image: BoxInImage,
    /// The detector's best score for it so far, 0..=1.
    pub score: f32,
    /// It stood there when the camera was first looked at, so `began_at` is the latest it can be.
    pub since_start: bool,
}

impl Incident {
    #[must_use]
    pub fn dwell(&self) -> Duration {
        self.seen_at.since(self.began_at)
    }
}

/// What has become of an incident in this look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncidentPhase {
    /// It stands long enough to watch closely. Said once.
    PreAlarm,
    /// It stands too long: proved. Said once.
    Violation,
    /// A proved one still stands. Said at every look.
    Standing,
    /// A proved one is gone, last seen at `seen_at`. Said once.
    Cleared,
    /// It stands too long, but has since before the camera looked, as a kiosk or a
    /// sculpture does: no matter of its own accord, a person should look. Said once.
    ForReview,
    /// One that was never proved is gone, or its rule no longer holds. Said once if it was pre-alarmed.
    Dropped,
}

/// What the rules have to say of one look: an incident and what has become of it.
#[derive(Clone, Debug, PartialEq)]
pub struct IncidentChange {
    pub phase: IncidentPhase,
    pub incident: Incident,
}
