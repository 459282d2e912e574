//! Garbage pile: garbage lies where it may not, nobody's goods and not awaiting collection.

use crate::detect::Kind;
use crate::geometry::BoxInImage;
use crate::tracking::Family;
use crate::tracking::Stay;

use super::Scene;
use super::Zone;
use super::ZoneKind;
use super::place;
use super::watched::IN_PLACE_IOU;
use super::watched::is_put_up;

/// Garbage beside a stall, within this many sizes, is taken for its goods.
const GOODS_DISTANCE: f32 = 1.5;
/// What looks like a bin this close to a new stall, as a share of its size, is a part of that.
const TABLE_GAP: f32 = 0.1;
/// Mean score, as a share of what begins a stay, from which a thing is a heap and nobody's, though
/// people stand about it or a stall beside it: goods and luggage resemble one less.
const HEAP_SURENESS: f32 = 1.7;
/// Share of looks with a person near from which a thing is somebody's.
const OWNED: f32 = 0.7;

/// Who was beside a thing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Company {
    /// Share of looks with a person near, each counted as surely as it was one: posts and
    /// bags look a little like people, every time.
    pub(super) share: f32,
    /// Nobody has surely been near for long enough to say that it was left.
    pub(super) left_alone: bool,
}

/// Whether the stay may be garbage that the zone speaks of.
pub(super) fn concerns(zone: &Zone, stay: &Stay, place: &BoxInImage, zones: &[&Zone]) -> bool {
    let garbage = matches!(stay.thing(), Kind::Garbage | Kind::OverflowingBin);
    let exempt = zone.exempts(stay);
    let awaiting_collection = zones.iter().any(|other| {
        other.kind == ZoneKind::CollectionPoint && place::is_permitted_in(other, place)
    });
    garbage && !exempt && !awaiting_collection && place::stands_in(zone, place)
}

/// Whether it may be somebody's: goods of a stall, or bags beside their owner.
/// Of a bin that overflows nobody is the owner, but a table full of goods resembles one.
pub(super) fn may_be_owned(stay: &Stay, scene: &Scene<'_>, company: Company) -> bool {
    let mut stalls = scene.stays.iter().filter(|other| other.family() == Family::Stall);
    if stay.thing() == Kind::OverflowingBin {
        let part = |stall: &Stay| stall.place().grown(TABLE_GAP).intersection(stay.place()) > 0.0;
        // A table that in most looks is taken for a bin alone is still seen as one now and then. Who
        // filled the bin may have been taken for one before, and has gone since. What is seen where a
        // bin stood must be both: a shape there is easily taken for a little of a stall, look by look.
        let still = |stall: &Stay| stall.detected_at() >= stay.began_at();
        let known = |stall: &Stay| {
            let put_up = is_put_up(stall);
            (stall.is_seen_fairly() && (put_up || stall.is_sure()))
                || (stall.is_sure() && put_up && still(stall))
        };
        return stalls.any(|stall| !stall.since_start() && part(stall) && known(stall));
    }
    if stay.sureness() >= HEAP_SURENESS {
        return false;
    }
    // An umbrella that is made out by little in every look has no goods.
    let mut stalls = stalls.filter(|stall| stall.is_seen_fairly() && stall.is_sure());
    // What is taken for a stall in the very place is the same thing, not its owner, and so is
    // a larger stall around it that is less sure: the heap with what stands behind it.
    let same = |stall: &Stay| {
        let nested = place::are_nested(stall.place(), stay.place());
        stall.place().iou(stay.place()) >= IN_PLACE_IOU
            || (nested && stall.mean_score() < stay.mean_score())
    };
    let goods = stalls.any(|stall| {
        !same(stall) && stall.place().distance_in_sizes(stay.place()) <= GOODS_DISTANCE
    });
    goods || (company.share >= OWNED && !company.left_alone)
}
