//! Street vending: a stall stands where it may not, and somebody keeps it.
//!
//! A vendor who walks through never becomes a stay; an abandoned stall is
//! something else; at permitted points and hours nothing is said.

use crate::detect::Kind;
use crate::geometry::BoxInImage;
use crate::tracking::Stay;

use super::Zone;
use super::ZoneKind;
use super::place;

/// Share of looks with a person near from which a stall is kept by somebody.
const KEPT_STALL: f32 = 0.2;
/// An umbrella or a cart alone says less: a café has umbrellas, a cart may be parked.
const KEPT_SIGN: f32 = 0.5;
/// Nearer to the picture's edge than this share of its size, its keeper may stand beside the picture.
const EDGE: f32 = 0.3;

/// Whether the stay may be a stall that the zone speaks of.
pub(super) fn concerns(zone: &Zone, stay: &Stay, place: &BoxInImage, zones: &[&Zone]) -> bool {
    let sign = matches!(stay.thing(), Kind::Umbrella | Kind::Tricycle);
    let stall = stay.thing() == Kind::Stall || (sign && !stay.since_start());
    let exempt = zone.exempts(stay);
    let permitted = zones.iter().any(|other| {
        other.kind == ZoneKind::VendingPermitted && place::is_permitted_in(other, place)
    });
    stall && !exempt && !permitted && place::stands_in(zone, place)
}

/// Whether somebody was near it for long enough, given the share of looks.
pub(super) fn is_kept(stay: &Stay, share_with_person: f32) -> bool {
    let stall = stay.thing() == Kind::Stall;
    let beyond_sight = stall && is_at_edge(stay.place());
    beyond_sight || share_with_person >= if stall { KEPT_STALL } else { KEPT_SIGN }
}

fn is_at_edge(b: &BoxInImage) -> bool {
    let (beside, below) = (b.width() * EDGE, b.height() * EDGE);
    b.x0() <= beside || b.x1() >= 1.0 - beside || b.y1() >= 1.0 - below
}
