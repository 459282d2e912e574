//! Whether grids lie beside each other without overlaps and gaps: exact, by
//! walking from south to north over every corner, and from west to east between.

use std::collections::BTreeMap;

use crate::geometry::Area;
use crate::geometry::GeoPoint;
use crate::geometry::lon_at;
use crate::geometry::square_metres_of_degree;

/// Where edges cross between two corners' latitudes, the strip is cut so often.
const CUTS_AT_CROSSINGS: u32 = 32;
/// A hundredth of a millimetre: rounding, where edges meet in a corner.
const SAME_PLACE_DEG: f64 = 1e-10;
/// Of grids that lie on top of each other at one place, these are told.
const PILE_TOLD_MAX: usize = 4;
/// More pairs than anyone puts right at once; bounds memory.
const FLAWS_MAX: usize = 10_000;

/// What is wrong with how areas lie. Numbers are places in the list of areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Flaw {
    /// Both cover the same ground; the smaller number first.
    Overlap(usize, usize),
    /// Ground of the outline between the two that none covers; `None` is the outline.
    Gap(Option<usize>, Option<usize>),
}

/// How much of a flaw there is, and a place in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Extent {
    pub(super) square_metres: f64,
    pub(super) at: GeoPoint,
    /// The largest piece so far, in which `at` lies.
    largest: f64,
}

/// An edge and whose it is: a number of the list, or `None` for the outline.
struct Edge {
    owner: Option<usize>,
    low: GeoPoint,
    high: GeoPoint,
}

/// All overlaps, and all gaps within the outline where one is given.
pub(super) fn flaws(areas: &[&Area], outline: Option<&Area>) -> BTreeMap<Flaw, Extent> {
    let mut edges = edges_of(areas, outline);
    edges.sort_by(|a, b| a.low.lat().total_cmp(&b.low.lat()));
    let mut lats: Vec<f64> = edges.iter().flat_map(|e| [e.low.lat(), e.high.lat()]).collect();
    lats.sort_by(f64::total_cmp);
    lats.dedup();
    let mut found = BTreeMap::new();
    let (mut waiting, mut spanning) = (edges.iter().peekable(), Vec::new());
    for strip in lats.windows(2) {
        let (south, north) = (strip[0], strip[1]);
        spanning.retain(|edge: &&Edge| edge.high.lat() > south);
        while let Some(edge) = waiting.next_if(|edge| edge.low.lat() <= south) {
            if edge.high.lat() > south {
                spanning.push(edge);
            }
        }
        let cuts = if any_cross(&spanning, south, north) { CUTS_AT_CROSSINGS } else { 1 };
        let height = (north - south) / f64::from(cuts);
        for cut in 0..cuts {
            let middle = south + height * (f64::from(cut) + 0.5);
            walk_east(&spanning, middle, height, outline.is_some(), &mut found);
        }
    }
    found
}

fn edges_of(areas: &[&Area], outline: Option<&Area>) -> Vec<Edge> {
    let numbered = areas.iter().enumerate().map(|(number, area)| (Some(number), *area));
    let all = numbered.chain(outline.map(|outline| (None, outline)));
    let edges = all.flat_map(|(owner, area)| {
        area.edges().map(move |(a, b)| {
            let (low, high) = if a.lat() <= b.lat() { (a, b) } else { (b, a) };
            Edge { owner, low, high }
        })
    });
    edges.filter(|edge| edge.low.lat() < edge.high.lat()).collect()
}

/// Whether edges change their order within the strip.
fn any_cross(spanning: &[&Edge], south: f64, north: f64) -> bool {
    let mut ends: Vec<_> = spanning
        .iter()
        .map(|edge| (lon_at(edge.low, edge.high, south), lon_at(edge.low, edge.high, north)))
        .collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    ends.windows(2).any(|pair| pair[0].1 > pair[1].1 + SAME_PLACE_DEG)
}

/// Walks along the strip's middle and measures each stretch between two edges.
fn walk_east(
    spanning: &[&Edge],
    lat: f64,
    height: f64,
    has_outline: bool,
    found: &mut BTreeMap<Flaw, Extent>,
) {
    let mut passed: Vec<_> =
        spanning.iter().map(|edge| (lon_at(edge.low, edge.high, lat), edge.owner)).collect();
    passed.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut inside, mut in_outline): (Vec<usize>, bool) = (Vec::new(), false);
    for (index, (lon, owner)) in passed.iter().enumerate() {
        match owner {
            None => in_outline = !in_outline,
            Some(owner) => match inside.iter().position(|other| other == owner) {
                Some(at) => drop(inside.swap_remove(at)),
                None => inside.push(*owner),
            },
        }
        let Some((next_lon, next_owner)) = passed.get(index + 1) else { break };
        let square_metres = (next_lon - lon) * height * square_metres_of_degree(lat);
        if square_metres <= 0.0 {
            continue;
        }
        let mut note = |flaw| {
            let Ok(at) = GeoPoint::new(f64::midpoint(*lon, *next_lon), lat) else { return };
            let none = Extent { square_metres: 0.0, at, largest: 0.0 };
            let full = found.len() >= FLAWS_MAX && !found.contains_key(&flaw);
            if full {
                return;
            }
            let extent = found.entry(flaw).or_insert(none);
            extent.square_metres += square_metres;
            if square_metres > extent.largest {
                (extent.largest, extent.at) = (square_metres, at);
            }
        };
        for (nth, a) in inside.iter().take(PILE_TOLD_MAX).enumerate() {
            for b in inside.iter().take(PILE_TOLD_MAX).skip(nth + 1) {
                note(Flaw::Overlap(*a.min(b), *a.max(b)));
            }
        }
        if has_outline && in_outline && inside.is_empty() {
            note(Flaw::Gap(*owner.min(next_owner), *owner.max(next_owner)));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A rectangle in thousandths of a degree from 113.6 east, 34.7 north.
    fn block(west: f64, south: f64, east: f64, north: f64) -> Area {
        area(&[[west, south], [east, south], [east, north], [west, north]])
    }

    fn area(corners: &[[f64; 2]]) -> Area {
        let corner = |[x, y]: &[f64; 2]| GeoPoint::new(113.6 + x / 1e3, 34.7 + y / 1e3).unwrap();
        Area::new(corners.iter().map(corner).collect()).unwrap()
    }

    fn check(areas: &[Area], outline: Option<&Area>, expected: &[(Flaw, f64)]) {
        let areas: Vec<&Area> = areas.iter().collect();
        let mut found = flaws(&areas, outline);
        found.retain(|_, extent| extent.square_metres > 1.0);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (flaw, square_metres) in expected {
            let share = found[flaw].square_metres / square_metres;
            assert!((share - 1.0).abs() < 0.01, "{flaw:?}: {:?}", found[flaw]);
        }
    }

    #[test]
    fn neighbours_with_a_common_border_have_no_flaw() {
        let outline = block(0.0, 0.0, 2.0, 2.0);
        let slanted = area(&[[0.0, 0.0], [1.3, 0.0], [0.7, 2.0], [0.0, 2.0]]);
        let rest = area(&[[1.3, 0.0], [2.0, 0.0], [2.0, 2.0], [0.7, 2.0]]);
        check(&[slanted, rest], Some(&outline), &[]);
    }

    #[test]
    fn an_overlap_is_told_by_its_pair_and_size() {
        let (a, b) = (block(0.0, 0.0, 2.0, 1.0), block(1.0, 0.0, 3.0, 1.0));
        let common = block(1.0, 0.0, 2.0, 1.0).square_metres();
        check(&[a, b], None, &[(Flaw::Overlap(0, 1), common)]);
    }

    #[test]
    fn a_crossing_that_no_corner_marks_is_found() {
        let upright = area(&[[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]]);
        let turned = area(&[[0.5, 0.0], [2.0, 0.0], [2.0, 2.0]]);
        let found = flaws(&[&upright, &turned], None);
        assert!(found.contains_key(&Flaw::Overlap(0, 1)));
    }

    #[test]
    fn a_gap_is_told_with_its_neighbours_and_a_place_in_it() {
        let outline = block(0.0, 0.0, 3.0, 1.0);
        let areas = [block(0.0, 0.0, 1.0, 1.0), block(1.2, 0.0, 2.5, 1.0)];
        let hole = block(1.0, 0.0, 1.2, 1.0).square_metres();
        let edge = block(2.5, 0.0, 3.0, 1.0).square_metres();
        let expected = [(Flaw::Gap(Some(0), Some(1)), hole), (Flaw::Gap(None, Some(1)), edge)];
        check(&areas, Some(&outline), &expected);
        let found = flaws(&[&areas[0], &areas[1]], Some(&outline));
        let at = found[&Flaw::Gap(Some(0), Some(1))].at;
        assert!(block(1.0, 0.0, 1.2, 1.0).contains(&at), "{at:?}");
    }

    proptest! {
        #[test]
        fn the_overlap_of_two_blocks_is_their_common_ground(
            x in 0.0f64..1.9, y in 0.0f64..1.9, w in 0.2f64..3.0, h in 0.2f64..3.0,
        ) {
            let (a, b) = (block(0.0, 0.0, 2.0, 2.0), block(x, y, x + w, y + h));
            let common = block(x, y, (x + w).min(2.0), (y + h).min(2.0)).square_metres();
            let found = flaws(&[&a, &b], None);
            let share = found[&Flaw::Overlap(0, 1)].square_metres / common;
            prop_assert!((share - 1.0).abs() < 0.01, "{}", share);
        }
    }
}
