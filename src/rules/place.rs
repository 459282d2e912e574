//! Whether a thing stands in a zone: judged by the ground it covers, not by its whole box.

use crate::detect::Detection;
use crate::geometry::BoxInImage;
use crate::geometry::Point;

use super::Zone;

/// The lower part of a box is about the ground that the thing covers.
const FOOTPRINT: f32 = 0.4;
/// Share of the footprint in the zone from which a thing stands in it.
const SHARE_MIN: f32 = 0.5;
/// With the middle of its lower edge inside, less will do.
const SHARE_MIN_FOOT_INSIDE: f32 = 0.25;
/// A box within another shows so much of itself there.
const NESTED_SHARE: f32 = 0.8;
/// What is smaller than this share of a box is a part of the thing, not another reading of it.
const NESTED_AREA_MIN: f32 = 0.2;
/// The foot of a thing lies within this share of its height above the box's lower edge, or below
/// it where something in front hides the foot.
const FOOT_DEPTH: f32 = 0.2;

/// Whether the thing stands in the zone.
pub(super) fn stands_in(zone: &Zone, thing: &BoxInImage) -> bool {
    let share = zone.polygon.share_of(&thing.footprint(FOOTPRINT));
    share >= SHARE_MIN || (share >= SHARE_MIN_FOOT_INSIDE && zone.polygon.contains(thing.foot()))
}

/// Whether the thing stands where the zone permits it: its foot will do, as of a tall thing's
/// box the lower part covers ground far behind it.
pub(super) fn is_permitted_in(zone: &Zone, thing: &BoxInImage) -> bool {
    let foot = thing.foot();
    let moved = |share: f32| Point { y: foot.y + thing.height() * share, ..foot };
    let feet = [foot, moved(-FOOT_DEPTH), moved(FOOT_DEPTH)];
    stands_in(zone, thing) || feet.into_iter().any(|foot| zone.polygon.contains(foot))
}

/// Whether one of the two boxes lies within the other: two readings of one thing, with and
/// without what is beside it.
pub(super) fn are_nested(one: &BoxInImage, other: &BoxInImage) -> bool {
    let (small, large) = if one.area() < other.area() { (one, other) } else { (other, one) };
    small.covered_by(large) >= NESTED_SHARE && small.area() >= large.area() * NESTED_AREA_MIN
}

/// Whether a person is near enough to a thing to belong to it: within one and
/// a half of the person's own height, sideways, and on about the same ground.
pub(super) fn is_near(person: &Detection, thing: &BoxInImage) -> bool {
    let reach = 1.5 * person.box_in_image.height();
    let foot = person.box_in_image.foot();
    let beside = thing.x0() - reach <= foot.x && foot.x <= thing.x1() + reach;
    let level = thing.y0() - reach * 0.3 <= foot.y && foot.y <= thing.y1() + reach;
    beside && level
}
