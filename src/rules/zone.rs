//! A polygon of the picture and what it forbids or permits.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::detect::Kind;
use crate::geometry::Polygon;
use crate::time::Timestamp;
use crate::time::WeeklyHours;
use crate::tracking::Stay;

use super::IncidentKind;

/// What was taken for an exempt kind by this share of the votes is exempt: from afar a bus
/// looks like a truck in most looks, and a truck like a bus in hardly any.
const EXEMPT_SHARE: f32 = 0.2;

/// The name of a zone, unique within its camera.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ZoneId(Arc<str>);

impl ZoneId {
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ZoneId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a zone forbids or permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ZoneKind {
    NoParking,
    NoStopping,
    /// Vehicles may stand here, inside any other zone too.
    Berth,
    /// A traffic lane: vehicles may queue, not park.
    Lane,
    /// Pavement or cycle lane: no motor vehicles.
    Pavement,
    NoVending,
    /// Stalls may stand here in its hours, inside any other zone too.
    VendingPermitted,
    NoDumping,
    /// Garbage may wait here for collection in its hours.
    CollectionPoint,
}

impl ZoneKind {
    pub const ALL: [Self; 9] = [
        Self::NoParking,
        Self::NoStopping,
        Self::Berth,
        Self::Lane,
        Self::Pavement,
        Self::NoVending,
        Self::VendingPermitted,
        Self::NoDumping,
        Self::CollectionPoint,
    ];

    /// The name in configurations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoParking => "no_parking",
            Self::NoStopping => "no_stopping",
            Self::Berth => "berth",
            Self::Lane => "lane",
            Self::Pavement => "pavement",
            Self::NoVending => "no_vending",
            Self::VendingPermitted => "vending_permitted",
            Self::NoDumping => "no_dumping",
            Self::CollectionPoint => "collection_point",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What may be found here; none in a zone that permits.
    #[must_use]
    pub const fn forbids(self) -> Option<IncidentKind> {
        match self {
            Self::NoParking | Self::NoStopping | Self::Lane | Self::Pavement => {
                Some(IncidentKind::IllegalParking)
            }
            Self::NoVending => Some(IncidentKind::StreetVending),
            Self::NoDumping => Some(IncidentKind::GarbagePile),
            Self::Berth | Self::VendingPermitted | Self::CollectionPoint => None,
        }
    }

    /// The usual (pre-alarm, violation) timers: what vendors of city systems ship.
    #[must_use]
    pub const fn usual_timers(self) -> (Duration, Duration) {
        let (pre_alarm_s, violation_s) = match self {
            Self::NoStopping => (20, 60),
            Self::NoParking | Self::Lane => (60, 300),
            Self::Pavement | Self::NoVending => (60, 180),
            Self::NoDumping => (300, 600),
            Self::Berth | Self::VendingPermitted | Self::CollectionPoint => (0, 0),
        };
        (Duration::from_secs(pre_alarm_s), Duration::from_secs(violation_s))
    }
}

/// A zone of one camera.
#[derive(Clone, Debug)]
pub struct Zone {
    pub id: ZoneId,
    pub kind: ZoneKind,
    pub polygon: Polygon,
    /// When the zone counts; always if none.
    pub hours: Option<WeeklyHours>,
    /// Dwell from which a thing is watched closely; at most `violation`.
    pub pre_alarm: Duration,
    /// Dwell from which it is an incident.
    pub violation: Duration,
    /// Kinds of thing that the zone does not speak of, as buses at their stop.
    pub exempt: Vec<Kind>,
}

impl Zone {
    #[must_use]
    pub fn holds_at(&self, at: Timestamp, time_zone: &TimeZone) -> bool {
        self.hours.as_ref().is_none_or(|hours| hours.contain(at, time_zone))
    }

    /// Whether the zone does not speak of the stay for what it is, or may be.
    pub(super) fn exempts(&self, stay: &Stay) -> bool {
        self.exempt.iter().any(|kind| stay.share_of(*kind) >= EXEMPT_SHARE)
    }
}
