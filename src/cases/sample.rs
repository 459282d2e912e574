//! Cases and pictures for tests.

use std::time::Duration;

use image::Rgb;
use image::RgbImage;

use crate::detect::Kind;
use crate::geometry::BoxInImage;
use crate::ingest::CameraId;
use crate::rules::Incident;
use crate::rules::IncidentKind;
use crate::rules::ZoneId;
use crate::time::Timestamp;
use crate::tracking::StayId;

use super::Budget;
use super::Case;
use super::EvidenceRole;
use super::Filing;
use super::LookTimes;
use super::Origin;
use super::Picture;
use super::jpeg;

pub(crate) fn second(s: i64) -> Timestamp {
    Timestamp::from_secs(1_777_593_600 + s)
}

pub(crate) fn camera() -> CameraId {
    CameraId::new("pole-17").unwrap()
}

/// A car that came at second 0 and was last seen at `seen_s`.
pub(crate) fn incident(stay: i64, seen_s: i64) -> Incident {
    Incident {
        kind: IncidentKind::IllegalParking,
        zone_id: ZoneId::new("kerb"),
        stay_id: StayId(stay),
        thing: Kind::Car,
        began_at: second(0),
        seen_at: second(seen_s),
        box_in_image: BoxInImage::clipped(0.25, 0.5, 0.5, 0.75),
        score: 0.75,
        since_start: false,
    }
}

/// A look decided 70 ms after its picture, of second `s`, was received.
pub(crate) fn times(s: i64) -> LookTimes {
    let at = |ms| second(s) + Duration::from_millis(ms);
    LookTimes {
        captured_at: at(0),
        received_at: at(100),
        taken_at: at(120),
        decoded_at: at(140),
        inferred_at: at(160),
        decided_at: at(170),
    }
}

/// A case of the stay, filed a second for each stay after second 300.
pub(crate) fn case(stay: i64) -> Case {
    Case::new(&Filing {
        camera_id: &camera(),
        incident: &incident(stay, 300),
        times: times(300),
        filed_at: second(300 + stay),
        budget: Budget::default(),
    })
}

pub(crate) fn picture(role: EvidenceRole) -> Picture {
    let (width, height) = (320, 180);
    let red = |x, y| (80..160).contains(&x) && (90..135).contains(&y);
    let rgb = RgbImage::from_fn(width, height, |x, y| {
        if red(x, y) { Rgb([200, 30, 30]) } else { Rgb([40, 90, 120]) }
    });
    Picture {
        role,
        captured_at: second(300),
        jpeg: jpeg::encode(&rgb).unwrap().into(),
        width,
        height,
        box_in_image: incident(1, 300).box_in_image,
        origin: Origin::default(),
        private: None,
    }
}
