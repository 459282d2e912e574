//! Reports as the way hands them to the desk, for tests that file real cases.

use xunjie::cases::EvidenceContext;
use xunjie::cases::EvidenceRole;
use xunjie::cases::LookTimes;
use xunjie::cases::Origin;
use xunjie::cases::Picture;
use xunjie::detect::Kind;
use xunjie::dispatch::DeskItem;
use xunjie::geometry::BoxInImage;
use xunjie::ingest::CameraId;
use xunjie::rules::Incident;
use xunjie::rules::IncidentKind;
use xunjie::rules::ZoneId;
use xunjie::time::Clock;
use xunjie::time::Timestamp;
use xunjie::tracking::StayId;

/// A car in a zone where it may not stand.
pub(crate) fn parked(
    stay: i64,
    zone: &str,
    (began_at, seen_at): (Timestamp, Timestamp),
) -> Incident {
    Incident {
        kind: IncidentKind::IllegalParking,
        zone_id: ZoneId::new(zone),
        stay_id: StayId(stay),
        thing: Kind::Car,
        began_at,
        seen_at,
        box_in_image: place(),
        score: 0.75,
        since_start: false,
    }
}

/// A report whose proving picture, which is of `captured_at`, was received just now.
pub(crate) fn filing(camera: CameraId, incident: Incident, captured_at: Timestamp) -> DeskItem {
    let now = Clock::system().now();
    let times = LookTimes {
        captured_at,
        received_at: now,
        taken_at: now,
        decoded_at: now,
        inferred_at: now,
        decided_at: now,
    };
    let pictures = [EvidenceRole::A, EvidenceRole::B].map(|role| picture(role, captured_at));
    let context = EvidenceContext { model: "scripted".to_owned(), ..EvidenceContext::default() };
    DeskItem::File { camera, incident, times, pictures: pictures.into(), context }
}

pub(crate) fn picture(role: EvidenceRole, captured_at: Timestamp) -> Picture {
    let (width, height) = (64, 36);
    let mut jpeg = Vec::new();
    let shade = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 90]));
    shade.write_with_encoder(image::codecs::jpeg::JpegEncoder::new(&mut jpeg)).unwrap();
    let (jpeg, origin, box_in_image) = (jpeg.into(), Origin::default(), place());
    Picture { role, captured_at, jpeg, width, height, box_in_image, origin, private: None }
}

fn place() -> BoxInImage {
    BoxInImage::clipped(0.25, 0.5, 0.5, 0.75)
}
