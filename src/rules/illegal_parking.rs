//! Illegal parking: a vehicle stands where it may not, and it is no queue.
//!
//! A parked car is one that others pass: they are seen before it and beyond it. At a red light the
//! neighbours stand too, and who closes up comes no further; in a jam the lane beside creeps past,
//! but a car is in line with those before and behind it. There the violation waits.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::detect::Kind;
use crate::geometry::BoxInImage;
use crate::geometry::Point;
use crate::time::Timestamp;
use crate::tracking::Family;
use crate::tracking::Mover;
use crate::tracking::Stay;

use super::Scene;
use super::Zone;
use super::ZoneKind;
use super::place;

/// Neighbours in a queue are at most this far apart, in sizes of the smaller one.
const NEIGHBOUR_DISTANCE: f32 = 2.5;
/// Followers who close up are caught moving once or twice; more may have passed.
const PASSERS_MIN: u32 = 3;
/// So many beside it do not close up, if they went on to where others are seen too.
const FLOW_MIN: u32 = 6;
/// Who waits behind another sets off about so long after him: the start-up time of a driver at
/// a green light, two seconds in the Highway Capacity Manual.
const START_UP: Duration = Duration::from_secs(2);
/// Whose foot is nearer than this along the zone, in sizes, is abreast.
const ABREAST: f32 = 0.4;
/// Who is not farther along the zone, in sizes, and not farther across is in line with it.
const IN_LINE_ALONG: f32 = 2.0;
const IN_LINE_ACROSS: f32 = 0.35;
/// Cars that came to stand within this time of each other may be one queue.
const QUEUE_SPREAD: Duration = Duration::from_secs(60);
/// Whom the detector has not seen for so long, nothing being in front, does not wait there any
/// more: a street behind a bus may look like the bus.
const GHOST: Duration = Duration::from_secs(8);
/// A queue that has not moved for this long past the timer is no queue: the
/// longest red phase is about two minutes, and a jam creeps.
const QUEUE_MAX: Duration = Duration::from_secs(180);
/// A box cut by the upper edge and lower than this is barely in the picture;
/// the camera that sees it whole judges it.
const CUT_HEIGHT_MIN: f32 = 0.1;

/// The traffic close by a stay since it came: how often others were seen moving, by where they were
/// along the zone (to one side of it, to the other, or abreast), and in how many looks it had
/// others in line with it on both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Traffic {
    one_side: u32,
    other_side: u32,
    abreast: u32,
    looks: u32,
    looks_in_line: u32,
}

impl Traffic {
    /// Adds the present look.
    pub(super) fn look(&mut self, zone: &Zone, stay: &Stay, scene: &Scene<'_>) {
        let axis = zone.polygon.axis();
        self.looks = self.looks.saturating_add(1);
        let movers = scene.movers.iter().filter(|mover| moves_by(zone, stay, mover));
        let movers = movers.map(|mover| &mover.box_in_image);
        let standing = scene.stays.iter().filter(|other| stands_too(stay, other, scene));
        let others = movers.clone().chain(standing.map(Stay::place));
        let offsets = others.map(|other| offset_in_sizes(axis, stay.place(), other));
        let someone = |side| offsets.clone().any(|offset| is_in_line(side, offset));
        if someone(1.0) && someone(-1.0) {
            self.looks_in_line = self.looks_in_line.saturating_add(1);
        }
        for mover in movers {
            let (along, _) = offset_in_sizes(axis, stay.place(), mover);
            let count = if along < -ABREAST {
                &mut self.one_side
            } else if along > ABREAST {
                &mut self.other_side
            } else {
                &mut self.abreast
            };
            *count = count.saturating_add(1);
        }
    }

    /// Whether they came from one side and left to the other. Who closes up at a red light, in
    /// the lane beside too, comes to stand on the side that he came from.
    fn have_passed(self) -> bool {
        let all = self.one_side.saturating_add(self.other_side).saturating_add(self.abreast);
        all >= PASSERS_MIN && self.one_side > 0 && self.other_side > 0
    }

    /// Whether there is traffic beside it, though one side of it is out of the picture or too far
    /// away to see who goes there.
    fn flows(self) -> bool {
        self.abreast >= FLOW_MIN && self.one_side.saturating_add(self.other_side) > 0
    }

    /// Whether the stay was in the midst of a line more often than not. Who comes up behind a
    /// parked car is in line with it too, but before it the lane is empty.
    fn is_line(self) -> bool {
        self.looks_in_line.saturating_mul(2) > self.looks
    }
}

/// Whether the stay is a motor vehicle that the zone may speak of.
pub(super) fn concerns(zone: &Zone, stay: &Stay, place: &BoxInImage, zones: &[&Zone]) -> bool {
    let motor_vehicle = matches!(stay.family(), Family::Vehicle | Family::Tricycle);
    let barely_seen = place.y0() <= 0.005 && place.height() < CUT_HEIGHT_MIN;
    let exempt = zone.exempts(stay);
    let in_berth =
        zones.iter().any(|other| other.kind == ZoneKind::Berth && place::stands_in(other, place));
    motor_vehicle && !barely_seen && !exempt && !in_berth && place::stands_in(zone, place)
}

/// Whether a vehicle that has stood long enough may yet be waiting in a queue.
pub(super) fn may_be_queueing(
    zone: &Zone,
    stay: &Stay,
    scene: &Scene<'_>,
    traffic: Traffic,
) -> bool {
    // Nobody queues on the pavement.
    let no_road = zone.kind == ZoneKind::Pavement;
    if no_road || stay.dwell() >= zone.violation + QUEUE_MAX {
        return false;
    }
    let passed = traffic.have_passed();
    if zone.kind == ZoneKind::Lane {
        // In a lane everyone who stands is taken to queue until others pass, and in a queue
        // or a jam the lane beside may pass too.
        !passed || traffic.is_line() || stands_with_neighbours(stay, scene)
    } else {
        // Elsewhere only who came together with a neighbour.
        !passed && !traffic.flows() && stands_with_neighbours(stay, scene)
    }
}

/// Whether a vehicle moves by the stay: close, and not the stay itself as seen by another box.
fn moves_by(zone: &Zone, stay: &Stay, mover: &Mover) -> bool {
    let other = &mover.box_in_image;
    let vehicle = matches!(mover.family, Family::Vehicle | Family::TwoWheeler);
    // Opposite traffic passes a queue too, so in a lane only the lane counts.
    let same_way = zone.kind != ZoneKind::Lane || place::stands_in(zone, other);
    let elsewhere = stay.place().iou(other) < 0.3;
    let near = stay.place().distance_in_sizes(other) <= NEIGHBOUR_DISTANCE;
    vehicle && same_way && elsewhere && near
}

/// Whether another vehicle stands in the picture now.
fn stands_too(stay: &Stay, other: &Stay, scene: &Scene<'_>) -> bool {
    other.id() != stay.id() && other.family() == Family::Vehicle && other.detected_at() == scene.at
}

/// Whether something at that offset is in line on that side, 1 or -1.
fn is_in_line(side: f32, (along, across): (f32, f32)) -> bool {
    (ABREAST..=IN_LINE_ALONG).contains(&(along * side)) && across.abs() <= IN_LINE_ACROSS
}

/// How far one thing's foot is from another's, along the axis and across it, in sizes of the latter.
fn offset_in_sizes(axis: Point, of: &BoxInImage, to: &BoxInImage) -> (f32, f32) {
    let (from, to) = (of.foot(), to.foot());
    let offset = |axis: Point| {
        let size = of.width() * axis.x.abs() + of.height() * axis.y.abs();
        ((to.x - from.x) * axis.x + (to.y - from.y) * axis.y) / size.max(f32::EPSILON)
    };
    (offset(axis), offset(Point { x: -axis.y, y: axis.x }))
}

/// Whether it may have come to stand in a queue with another, who has not driven on since.
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
                && !has_driven_on(other, scene.at)
                && !is_ghost(other, scene.at)
        })
}

/// Whether nothing hides its place, which still looks like it, but the detector has not seen it
/// there for long.
fn is_ghost(other: &Stay, at: Timestamp) -> bool {
    other.is_in_sight() && at.since(other.detected_at()) >= GHOST
}

/// Whether its place has been seen without it for longer than who waits behind it needs to follow.
fn has_driven_on(other: &Stay, at: Timestamp) -> bool {
    other.absent_since().is_some_and(|since| at.since(since) >= START_UP)
}
