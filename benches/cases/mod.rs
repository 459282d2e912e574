//! Cases for benches: a car that stands where it may not.

use xunjie::cases::Budget;
use xunjie::cases::Case;
use xunjie::cases::Filing;
use xunjie::cases::LookTimes;
use xunjie::detect::Kind;
use xunjie::geometry::BoxInImage;
use xunjie::ingest::CameraId;
use xunjie::rules::Incident;
use xunjie::rules::IncidentKind;
use xunjie::rules::ZoneId;
use xunjie::time::Timestamp;
use xunjie::tracking::StayId;

/// A case of this stay, all of whose times are `at`.
pub(crate) fn parked(camera: &CameraId, stay: i64, at: Timestamp) -> Case {
    let incident = Incident {
        kind: IncidentKind::IllegalParking,
        zone_id: ZoneId::new("kerb"),
        stay_id: StayId(stay),
        thing: Kind::Car,
        began_at: at,
        seen_at: at,
        box_in_image: thing(),
        score: 0.75,
        since_start: false,
    };
    let times = LookTimes::at(at);
    let (camera_id, budget) = (camera, Budget::default());
    Case::new(&Filing { camera_id, incident: &incident, times, filed_at: at, budget })
}

/// Where the car stands in the picture.
pub(crate) fn thing() -> BoxInImage {
    BoxInImage::clipped(0.40, 0.45, 0.52, 0.60)
}
