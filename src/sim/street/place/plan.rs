//! How a place comes from its seed: a road, a camera beside it, and spots where the camera sees them well.

use std::f32::consts::PI;

use glam::Vec2;
use glam::Vec3;
use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::Lane;
use super::Place;
use super::Spot;
use super::pavement::Pavement;
use super::pavement::Row;
use super::pavement::Which;
use super::sight::Guise;
use super::sight::Sight;
use crate::sim::street::view::Mount;
use crate::sim::street::view::View;

/// Room for parked cars and two-wheelers between the outer lane and the kerb, in metres.
pub(super) const STRIP_M: f32 = 2.5;
/// How far the middle of a parked car is from its kerb.
const CAR_FROM_KERB_M: f32 = 1.15;
const BUS_FROM_KERB_M: f32 = 1.5;
/// From the middle of a car at the kerb to that of one that parks beside it.
const SECOND_ROW_M: f32 = 2.45;
/// Where the street begins behind the camera and ends before it.
const BEHIND_M: f32 = 25.0;
const AHEAD_M: f32 = 95.0;
/// Candidates stand this far from each other.
const STEP_M: f32 = 0.5;

/// The sides of the road, as the sign of y.
pub(super) const SIDES: [f32; 2] = [-1.0, 1.0];

/// A road across, before anything is put on it.
pub(super) struct Road {
    pub lanes: Vec<Lane>,
    pub kerb_y: f32,
    pub kerb_height: f32,
    pub pavement_width: f32,
}

impl Road {
    pub(super) fn of(rng: &mut ChaCha8Rng) -> Self {
        let count = [2, 2, 3, 4][rng.random_range(0..4)];
        let width = rng.random_range(3.0..3.5);
        let half = width * count as f32 / 2.0;
        let towards = usize::midpoint(count, rng.random_range(0..2));
        let lane = |at: usize| Lane {
            middle_y: width * (at as f32 + 0.5) - half,
            width,
            heading: if at < towards { 0.0 } else { PI },
        };
        Self {
            lanes: (0..count).map(lane).collect(),
            kerb_y: half + STRIP_M,
            kerb_height: rng.random_range(0.12..0.2),
            pavement_width: rng.random_range(2.5..6.0),
        }
    }

    fn parked(&self, side: f32, x: f32, from_kerb_m: f32) -> Spot {
        let heading = if side < 0.0 { 0.0 } else { PI };
        Spot { at: Vec2::new(x, side * (self.kerb_y - from_kerb_m)), heading, floor_m: 0.0 }
    }

    /// On the pavement, facing the road.
    pub(super) fn on_pavement(&self, side: f32, x: f32, from_kerb_m: f32) -> Spot {
        let at = Vec2::new(x, side * (self.kerb_y + from_kerb_m));
        Spot { at, heading: -side * PI / 2.0, floor_m: self.kerb_height }
    }
}

/// A camera on a pole at the near kerb, at the origin of x, that looks along the road, or
/// over it: `turned` from its direction, in radians.
pub(super) fn mount(rng: &mut ChaCha8Rng, road: &Road, turned: f32, size: (u32, u32)) -> Mount {
    let height_m: f32 = rng.random_range(3.0..8.0);
    let aimed_m: f32 = rng.random_range(8.0..24.0);
    let back = rng.random_range(0.3..1.2);
    Mount {
        position: Vec3::new(0.0, -(road.kerb_y + back), height_m),
        heading: if rng.random() { turned } else { PI - turned },
        pitch: (height_m / aimed_m).atan().clamp(10_f32.to_radians(), 40_f32.to_radians()),
        field: rng.random_range(45_f32.to_radians()..90_f32.to_radians()),
        size,
    }
}

/// One try: `None` if not all that a place needs can be seen well on this road by this camera.
pub(super) fn plan(rng: &mut ChaCha8Rng, road: Road, mount: Mount) -> Option<Place> {
    let view = View::new(mount);
    let sight = Sight(&view);
    let ahead = if mount.heading.cos() > 0.0 { 1.0 } else { -1.0 };
    let reach = (ahead * -BEHIND_M, ahead * AHEAD_M);
    let mut taken = Taken::default();

    let mut sides = SIDES;
    sides.shuffle(rng);
    let (side, kerb_spots) =
        sides.iter().find_map(|side| Some((*side, kerb_spots(rng, &road, &sight, *side)?)))?;
    taken.stretch(side, &kerb_spots, 3.5);
    let (berth_side, berths) = [-side, side]
        .iter()
        .find_map(|side| Some((*side, berths(rng, &road, &sight, &taken, *side)?)))?;
    taken.stretch(berth_side, &berths, 3.1);
    let bus_stop = bus_stop(rng, &road, &sight, &taken)?;
    taken.stretch(bus_stop.at.y.signum(), &[bus_stop], 7.0);
    let crossing_x = crossing(rng, &sight, &taken);

    let mut pavement = Pavement::of(rng, &road, &sight);
    let many = |most: usize, rng: &mut ChaCha8Rng| rng.random_range(3..=most);
    let wanted = many(5, rng);
    let pavement_spots = pavement.pick(wanted, 3, 1.7, Row::Any, Which::Best)?;
    let vending_point = *pavement.pick(1, 1, 2.6, Row::Any, Which::Either)?.first()?;
    let collection_point = *pavement.pick(1, 1, 1.7, Row::Any, Which::Either)?.first()?;
    let bin_spots = pavement.pick(2, 1, 0.9, Row::Front, Which::Either)?;
    let shop_doors = pavement.pick(3, 2, 1.3, Row::Back, Which::Either)?;

    let second = |spot: &Spot| road.parked(side, spot.at.x, CAR_FROM_KERB_M + SECOND_ROW_M);
    let mut place = Place {
        mount,
        reach_x: (reach.0.min(reach.1), reach.0.max(reach.1)),
        kerb_y: road.kerb_y,
        kerb_height: road.kerb_height,
        pavement_width: road.pavement_width,
        second_row_spots: kerb_spots.iter().map(second).collect(),
        lanes: road.lanes,
        kerb_spots,
        berths,
        pavement_spots,
        shop_doors,
        bus_stop,
        vending_point,
        collection_point,
        bin_spots,
        crossing_x,
        kerb_strip: Vec::new(),
        road: Vec::new(),
        pavement: Vec::new(),
        berth_strip: Vec::new(),
        vending_area: Vec::new(),
        collection_area: Vec::new(),
        bus_stop_area: Vec::new(),
    };
    place.mark_areas(&sight);
    Some(place)
}

/// Stretches of kerb that are in use: side, first and last x.
#[derive(Default)]
struct Taken(Vec<(f32, f32, f32)>);

impl Taken {
    fn stretch(&mut self, side: f32, spots: &[Spot], around_m: f32) {
        let least = spots.iter().map(|spot| spot.at.x).fold(f32::INFINITY, f32::min);
        let most = spots.iter().map(|spot| spot.at.x).fold(f32::NEG_INFINITY, f32::max);
        self.0.push((side, least - around_m, most + around_m));
    }

    fn frees(&self, side: Option<f32>, x: f32, around_m: f32) -> bool {
        self.0.iter().all(|(taken, least, most)| {
            side.is_some_and(|side| side * taken < 0.0)
                || x + around_m < *least
                || x - around_m > *most
        })
    }
}

/// All x along the street, a step apart, beginning at the camera.
pub(super) fn steps(sight: &Sight<'_>) -> impl Iterator<Item = f32> {
    let ahead = sight.0.mount().heading.cos().signum();
    (0..(65.0 / STEP_M) as usize).map(move |at| ahead * (at as f32 * STEP_M - 2.0))
}

fn kerb_spots(
    rng: &mut ChaCha8Rng,
    road: &Road,
    sight: &Sight<'_>,
    side: f32,
) -> Option<Vec<Spot>> {
    let good = |x: &f32| {
        sight.shows(&road.parked(side, *x, CAR_FROM_KERB_M), Guise::CAR)
            && sight.shows(&road.parked(side, *x, CAR_FROM_KERB_M + SECOND_ROW_M), Guise::CAR)
    };
    let apart = rng.random_range(7.0..8.5);
    let all: Vec<f32> = steps(sight).filter(good).collect();
    // Not always the nearest: the room that is left over is before or behind.
    let spare = all.len().saturating_sub((apart * 2.0 / STEP_M) as usize + 2);
    let first = rng.random_range(0..=spare);
    let found = spaced(all.into_iter().skip(first), apart, rng.random_range(3..=4));
    let spots: Vec<Spot> =
        found.into_iter().map(|x| road.parked(side, x, CAR_FROM_KERB_M)).collect();
    (spots.len() >= 3).then_some(spots)
}

fn berths(
    rng: &mut ChaCha8Rng,
    road: &Road,
    sight: &Sight<'_>,
    taken: &Taken,
    side: f32,
) -> Option<Vec<Spot>> {
    let good = |x: &f32| {
        taken.frees(Some(side), *x, 3.6)
            && sight.shows(&road.parked(side, *x, CAR_FROM_KERB_M), Guise::CAR)
    };
    let skipped = rng.random_range(0..6);
    let found = spaced(steps(sight).filter(good).skip(skipped), 6.0, rng.random_range(2..=4));
    let together = found.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 6.4);
    let spots: Vec<Spot> =
        found.into_iter().map(|x| road.parked(side, x, CAR_FROM_KERB_M)).collect();
    (together && spots.len() >= 2).then_some(spots)
}

/// The first of the ascending places, and each next that is far enough from the last.
fn spaced(all: impl Iterator<Item = f32>, apart: f32, most: usize) -> Vec<f32> {
    let mut kept: Vec<f32> = Vec::new();
    for x in all {
        if kept.len() < most && kept.last().is_none_or(|last| (x - last).abs() >= apart) {
            kept.push(x);
        }
    }
    kept
}

fn bus_stop(rng: &mut ChaCha8Rng, road: &Road, sight: &Sight<'_>, taken: &Taken) -> Option<Spot> {
    let mut good: Vec<Spot> = Vec::new();
    for side in SIDES {
        let spots = steps(sight)
            .filter(|x| taken.frees(Some(side), *x, 7.3))
            .map(|x| road.parked(side, x, BUS_FROM_KERB_M))
            .filter(|spot| sight.sees(spot.at) && sight.share_seen(spot, Guise::BUS) > 0.85);
        good.extend(spots);
    }
    let large = |spot: &Spot| {
        let least = sight.box_of(spot, Guise::BUS.size);
        least.is_some_and(|(least, most)| {
            let px = 704.0 / sight.0.mount().size.0 as f32;
            (most - least).max_element() * px > Guise::BUS.longest_px
        })
    };
    good.retain(large);
    good.truncate(24);
    (!good.is_empty()).then(|| good[rng.random_range(0..good.len())])
}

fn crossing(rng: &mut ChaCha8Rng, sight: &Sight<'_>, taken: &Taken) -> Option<(f32, f32)> {
    let half = rng.random_range(1.5..2.5);
    let good = |x: &f32| {
        taken.frees(None, *x, half + 1.5) && sight.sees(Vec2::new(*x, 0.0)) && x.abs() < 45.0
    };
    let all: Vec<f32> = steps(sight).filter(good).collect();
    if all.is_empty() || rng.random_bool(0.15) {
        return None;
    }
    let x = all[rng.random_range(0..all.len())];
    Some((x - half, x + half))
}
