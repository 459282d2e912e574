//! Illegal parking: a vehicle stands where it may not, and it is no queue.
//!
//! A parked car is one that others pass. At a red light or in a jam the
//! neighbours stand too and nothing passes; there the violation waits.

use std::time::Duration;

use crate::detect::Kind;
use crate::geometry::BoxInImage;
use crate::tracking::Family;
use crate::tracking::Mover;
use crate::tracking::Stay;

use super::Scene;
use super::Zone;
use super::ZoneKind;
use super::place;

/// Neighbours in a queue are at most this far apart, in sizes of the smaller one.
const NEIGHBOUR_DISTANCE: f32 = 2.5;
/// Followers who close up are caught moving once or twice; more have passed.
const PASSERS_MIN: u32 = 3;
/// Cars that came to stand within this time of each other may be one queue.
const QUEUE_SPREAD: Duration = Duration::from_secs(60);
/// A queue that has not moved for this long past the timer is no queue: the
/// longest red phase is about two minutes, and a jam creeps.
const QUEUE_MAX: Duration = Duration::from_secs(180);
/// A box cut by the upper edge and lower than this is barely in the picture;
/// the camera that sees it whole judges it.
const CUT_HEIGHT_MIN: f32 = 0.1;

/// Whether the stay is a motor vehicle that the zone may speak of.
pub(super) fn concerns(zone: &Zone, stay: &Stay, place: &BoxInImage, zones: &[&Zone]) -> bool {
    let motor_vehicle = matches!(stay.family(), Family::Vehicle | Family::Tricycle);
    let barely_seen = place.y0() <= 0.005 && place.height() < CUT_HEIGHT_MIN;
    let exempt = zone.exempt.contains(&stay.thing());
    let in_berth =
        zones.iter().any(|other| other.kind == ZoneKind::Berth && place::stands_in(other, place));
    motor_vehicle && !barely_seen && !exempt && !in_berth && place::stands_in(zone, place)
}

/// Whether a vehicle that has stood long enough may yet be waiting in a queue.
/// `passers` counts those that have passed it since it came.
pub(super) fn may_be_queueing(zone: &Zone, stay: &Stay, scene: &Scene<'_>, passers: u32) -> bool {
    // Nobody queues on the pavement.
    let no_road = zone.kind == ZoneKind::Pavement;
    if no_road || stay.dwell() >= zone.violation + QUEUE_MAX {
        return false;
    }
    let passed = passers >= PASSERS_MIN;
    if zone.kind == ZoneKind::Lane {
        // In a lane everyone who stands is taken to queue until others pass. Those who close
        // up in the lane beside pass too, so with neighbours that stand it is a queue still.
        !passed || stands_with_neighbours(stay, scene)
    } else {
        // Elsewhere only who came together with a neighbour.
        !passed && stands_with_neighbours(stay, scene)
    }
}

/// How many passed the stay since the last look: moved by it, close.
pub(super) fn passers(zone: &Zone, stay: &Stay, scene: &Scene<'_>) -> u32 {
    let passes = |mover: &&Mover| {
        let other: &BoxInImage = &mover.box_in_image;
        let vehicle = matches!(mover.family, Family::Vehicle | Family::TwoWheeler);
        // Opposite traffic passes a queue too, so in a lane only the lane counts.
        let same_way = zone.kind != ZoneKind::Lane || place::stands_in(zone, other);
        let elsewhere = stay.place().iou(other) < 0.3;
        vehicle
            && same_way
            && elsewhere
            && stay.place().distance_in_sizes(other) <= NEIGHBOUR_DISTANCE
    };
    scene.movers.iter().filter(passes).count() as u32
}

fn stands_with_neighbours(stay: &Stay, scene: &Scene<'_>) -> bool {
    // What has stood since the camera began may have been parked for days.
    !stay.since_start()
        && scene.stays.iter().any(|other| {
            let together = stay.began_at().since(other.began_at()) <= QUEUE_SPREAD
                && other.began_at().since(stay.began_at()) <= QUEUE_SPREAD;
            let vehicle = matches!(other.thing(), Kind::Car | Kind::Truck | Kind::Bus);
            let standing = other.sightings() > 1 && scene.at.since(other.seen_at()) <= QUEUE_SPREAD;
            let near = stay.place().distance_in_sizes(other.place()) <= NEIGHBOUR_DISTANCE;
            other.id() != stay.id()
                && vehicle
                && standing
                && together
                && near
                && !other.since_start()
        })
}
