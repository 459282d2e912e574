//! What the rules of all kinds are asked: does the zone speak of it, may it be innocent, is it a matter of its own?

use jiff::tz::TimeZone;

use crate::detect::Kind;
use crate::geometry::BoxInImage;
use crate::tracking::Family;
use crate::tracking::Stay;

use super::IncidentKind;
use super::Scene;
use super::Zone;
use super::garbage_pile;
use super::illegal_parking;
use super::street_vending;
use super::watched::Watched;

/// What a thing is, and where.
pub(super) type Placed<'a> = (Kind, &'a BoxInImage);

/// Two things of one kind that share this much of the smaller are one matter.
const SAME_MATTER: f32 = 0.6;
/// Of heaps that is less: bags are thrown over and beside each other, and nobody comes for one of two.
const SAME_HEAP: f32 = 0.2;
/// What has been known for the same matter as another stays so down to this part of the share: boxes sway.
const STILL_SAME: f32 = 0.75;
/// Parts of one stall stand over or beside each other with at most this gap, as a share of the
/// smaller part: two stalls three metres apart leave more.
const PARTS_GAP: f32 = 0.25;
/// What is over something shares this much of the narrower one's width.
const PARTS_SHARED: f32 = 0.5;

/// A box that lies over a stall by this share of the smaller, and is less sure than this, is the
/// stall's end, the goods beside it or the umbrella: of two stalls, one behind the other, each is surer.
const END_SHARE: f32 = 0.25;
const END_SURENESS: f32 = 1.1;

pub(super) fn concerns(
    kind: IncidentKind,
    zone: &Zone,
    stay: &Stay,
    place: &BoxInImage,
    zones: &[&Zone],
) -> bool {
    match kind {
        IncidentKind::IllegalParking => illegal_parking::concerns(zone, stay, place, zones),
        IncidentKind::StreetVending => street_vending::concerns(zone, stay, place, zones),
        IncidentKind::GarbagePile => garbage_pile::concerns(zone, stay, place, zones),
    }
}

/// Whether the stay is of a family that matters of this kind come from, vehicles apart: these
/// come and go through zones all day.
pub(super) const fn may_concern(kind: IncidentKind, stay: &Stay) -> bool {
    match kind {
        IncidentKind::IllegalParking => false,
        IncidentKind::StreetVending => matches!(stay.family(), Family::Stall | Family::Tricycle),
        IncidentKind::GarbagePile => matches!(stay.family(), Family::Garbage | Family::Overflow),
    }
}

/// Whether the zone spoke of the stay when it began. If it did not, because its
/// hours had not begun or those of a permission not ended, its time counts from now.
pub(super) fn concerned_at_once(
    kind: IncidentKind,
    zone: &Zone,
    stay: &Stay,
    zones: &[Zone],
    time_zone: &TimeZone,
) -> bool {
    let began_at = stay.began_at();
    let held: Vec<&Zone> = zones.iter().filter(|zone| zone.holds_at(began_at, time_zone)).collect();
    zone.holds_at(began_at, time_zone) && concerns(kind, zone, stay, stay.place(), &held)
}

/// Whether the stay has stood long enough but may yet be innocent.
pub(super) fn held_back(
    kind: IncidentKind,
    zone: &Zone,
    stay: &Stay,
    scene: &Scene<'_>,
    watched: &Watched,
) -> bool {
    // A place may look like the thing long after it was taken away: the detector must see it now.
    let seen =
        stay.detected_at() == scene.at && stay.is_seen_fairly() && !watched.is_rather_other();
    match kind {
        IncidentKind::IllegalParking => {
            illegal_parking::may_be_queueing(zone, stay, scene, watched.traffic)
        }
        IncidentKind::StreetVending => {
            let part = scene.stays.iter().any(|other| is_part_of(stay, other));
            part || !seen || !street_vending::is_kept(stay, watched.share_with_person())
        }
        IncidentKind::GarbagePile => {
            !seen || garbage_pile::may_be_owned(stay, scene, watched.company(zone, scene.at))
        }
    }
}

/// Whether it is the umbrella or tricycle of a stall that stands there too, and that speaks for both.
fn is_part_of(stay: &Stay, stall: &Stay) -> bool {
    stall.thing() == Kind::Stall
        && stay.thing() != Kind::Stall
        && stall.is_sure()
        && stall.is_seen_fairly()
        && is_same((stay.thing(), stay.place()), (Kind::Stall, stall.place()))
}

/// Whether a thing that has stood there since before the camera looked is no matter of this
/// kind by itself: kiosks, sculptures and planters are taken for stalls and heaps. A car is a car.
pub(super) const fn needs_a_beginning(kind: IncidentKind) -> bool {
    matches!(kind, IncidentKind::StreetVending | IncidentKind::GarbagePile)
}

/// Whether the two are one matter: the same place, or parts of one stall, as the umbrella over
/// a table or the tricycle that it came on.
pub(super) fn is_same(one: Placed<'_>, other: Placed<'_>) -> bool {
    share_a_place(one, other, 1.0)
}

/// Whether two that were one matter at the last look still are.
pub(super) fn is_still_same(one: Placed<'_>, other: Placed<'_>) -> bool {
    share_a_place(one, other, STILL_SAME)
}

/// `ease`: what part of the share that is usually asked will do.
fn share_a_place((thing, place): Placed<'_>, (other_thing, other): Placed<'_>, ease: f32) -> bool {
    let smaller = place.area().min(other.area()).max(f32::MIN_POSITIVE);
    let heap = |kind| matches!(kind, Kind::Garbage | Kind::OverflowingBin);
    let share = if heap(thing) && heap(other_thing) { SAME_HEAP } else { SAME_MATTER };
    if place.intersection(other) / smaller >= share * ease {
        return true;
    }
    let part = |kind| matches!(kind, Kind::Umbrella | Kind::Tricycle);
    let of_a_stall = |kind| part(kind) || kind == Kind::Stall;
    let parts = thing != other_thing
        && (part(thing) || part(other_thing))
        && of_a_stall(thing)
        && of_a_stall(other_thing);
    parts && stand_together(place, other)
}

/// Whether the stay is only just taken for a stall and lies over one that has been told.
pub(super) fn is_end_of(stay: &Stay, (thing, place): Placed<'_>) -> bool {
    let smaller = stay.place().area().min(place.area());
    stay.thing() == Kind::Stall
        && thing == Kind::Stall
        && stay.sureness() < END_SURENESS
        && stay.place().intersection(place) >= END_SHARE * smaller
}

/// Over each other, or beside each other on the same ground, with hardly a gap.
fn stand_together(a: &BoxInImage, b: &BoxInImage) -> bool {
    let (width, height) = (a.width().min(b.width()), a.height().min(b.height()));
    // Negative where they overlap.
    let gap_x = a.x0().max(b.x0()) - a.x1().min(b.x1());
    let gap_y = a.y0().max(b.y0()) - a.y1().min(b.y1());
    let over = -gap_x >= PARTS_SHARED * width && gap_y <= PARTS_GAP * height;
    let same_ground = (a.y1() - b.y1()).abs() <= PARTS_GAP * height;
    let beside = gap_x <= PARTS_GAP * width && same_ground;
    over || beside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(a: (Kind, [f32; 4]), b: (Kind, [f32; 4]), same: bool) {
        let (first, second) = (BoxInImage::from(a.1), BoxInImage::from(b.1));
        assert_eq!(is_same((a.0, &first), (b.0, &second)), same, "{a:?} {b:?}");
        assert_eq!(is_same((b.0, &second), (a.0, &first)), same, "the other way round");
    }

    const TABLE: (Kind, [f32; 4]) = (Kind::Stall, [0.4, 0.5, 0.5, 0.6]);

    #[test]
    fn one_thing_seen_as_two_is_one_matter() {
        check(TABLE, (Kind::Stall, [0.41, 0.5, 0.5, 0.62]), true);
        check(TABLE, (Kind::Tricycle, [0.38, 0.48, 0.49, 0.6]), true);
    }

    #[test]
    fn the_umbrella_over_a_stall_and_the_tricycle_at_it_are_part_of_it() {
        check(TABLE, (Kind::Umbrella, [0.39, 0.36, 0.52, 0.49]), true);
        check(TABLE, (Kind::Tricycle, [0.51, 0.49, 0.62, 0.61]), true);
    }

    /// The umbrella's half of a stall and its table's shared a little more than six tenths, and
    /// forty looks later a little less: the second half became a case.
    #[test]
    fn what_was_one_matter_remains_one_though_its_boxes_sway() {
        let upper = (Kind::Stall, BoxInImage::from([0.151, 0.295, 0.210, 0.377]));
        let lower = (Kind::Stall, BoxInImage::from([0.156, 0.325, 0.223, 0.397]));
        let (upper, lower) = ((upper.0, &upper.1), (lower.0, &lower.1));
        assert!(!is_same(upper, lower) && is_still_same(upper, lower));
        let beside = BoxInImage::from([0.190, 0.323, 0.250, 0.397]);
        assert!(!is_still_same(upper, (Kind::Stall, &beside)));
    }

    /// A table is two metres wide; three metres from middle to middle leave half of that between.
    #[test]
    fn stalls_three_metres_apart_are_two_matters() {
        check(TABLE, (Kind::Stall, [0.55, 0.5, 0.65, 0.6]), false);
        check(TABLE, (Kind::Tricycle, [0.55, 0.5, 0.65, 0.6]), false);
        check(TABLE, (Kind::Umbrella, [0.55, 0.38, 0.65, 0.5]), false);
        check(TABLE, (Kind::Umbrella, [0.4, 0.3, 0.5, 0.4]), false);
        check((Kind::Umbrella, TABLE.1), (Kind::Umbrella, [0.51, 0.5, 0.61, 0.6]), false);
    }

    /// The two halves of one long heap were told as two: they shared a little less than 0.3 of the smaller.
    #[test]
    fn heaps_that_lie_over_each_other_are_one_matter_and_such_stalls_are_two() {
        let (first, second) = ([0.4, 0.5, 0.5, 0.6], [0.472, 0.48, 0.58, 0.58]);
        check((Kind::Garbage, first), (Kind::Garbage, second), true);
        check((Kind::Garbage, first), (Kind::OverflowingBin, second), true);
        check((Kind::Stall, first), (Kind::Stall, second), false);
    }

    #[test]
    fn garbage_beside_garbage_is_two_matters() {
        check((Kind::Garbage, TABLE.1), (Kind::Garbage, [0.51, 0.5, 0.6, 0.6]), false);
        check((Kind::Garbage, TABLE.1), (Kind::OverflowingBin, [0.51, 0.5, 0.6, 0.6]), false);
    }
}
