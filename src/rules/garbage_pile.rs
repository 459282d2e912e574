//! Garbage pile: garbage lies where it may not, nobody's goods and not awaiting collection.

use crate::detect::Kind;
use crate::geometry::BoxInImage;
use crate::tracking::Family;
use crate::tracking::Stay;

use super::Scene;
use super::Zone;
use super::ZoneKind;
use super::place;

/// Garbage beside a stall, within this many sizes, is taken for its goods.
const GOODS_DISTANCE: f32 = 1.5;
/// Share of looks with a person near from which a thing is somebody's.
const OWNED: f32 = 0.7;

/// Whether the stay may be garbage that the zone speaks of.
pub(super) fn concerns(zone: &Zone, stay: &Stay, place: &BoxInImage, zones: &[&Zone]) -> bool {
    let garbage = matches!(stay.thing(), Kind::Garbage | Kind::OverflowingBin);
    let exempt = zone.exempt.contains(&stay.thing());
    let awaiting_collection = zones
        .iter()
        .any(|other| other.kind == ZoneKind::CollectionPoint && place::stands_in(other, place));
    garbage && !exempt && !awaiting_collection && place::stands_in(zone, place)
}

/// Whether it may be somebody's: goods of a stall, or bags beside their owner.
pub(super) fn may_be_owned(stay: &Stay, scene: &Scene<'_>, share_with_person: f32) -> bool {
    let goods = scene.stays.iter().any(|other| {
        other.family() == Family::Stall
            && other.place().distance_in_sizes(stay.place()) <= GOODS_DISTANCE
    });
    goods || share_with_person >= OWNED
}
