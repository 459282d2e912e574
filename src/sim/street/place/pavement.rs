//! Which spots of the pavements are free, of those that the camera sees well.

use glam::Vec2;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::Spot;
use super::plan::Road;
use super::plan::SIDES;
use super::plan::steps;
use super::sight::Guise;
use super::sight::Sight;

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Row {
    Front,
    Back,
    Any,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Which {
    Best,
    Either,
}

/// Spots on the pavements that the camera sees well, in random order, and what is taken of them.
pub(super) struct Pavement {
    candidates: Vec<(Row, Spot)>,
    best_side: f32,
    taken: Vec<(Vec2, f32)>,
}

impl Pavement {
    pub(super) fn of(rng: &mut ChaCha8Rng, road: &Road, sight: &Sight<'_>) -> Self {
        let mut candidates = Vec::new();
        let width = road.pavement_width;
        let rows = [(Row::Front, 0.8), (Row::Any, width / 2.0), (Row::Back, width - 0.8)];
        for (row, from_kerb_m) in rows {
            for side in SIDES {
                let spots = steps(sight)
                    .map(|x| road.on_pavement(side, x, from_kerb_m))
                    .filter(|spot| sight.shows(spot, Guise::STALL))
                    .filter(|spot| sight.shows(spot, Guise::PERSON));
                candidates.extend(spots.map(|spot| (row, spot)));
            }
        }
        candidates.shuffle(rng);
        let near = candidates.iter().filter(|(_, spot)| spot.at.y < 0.0).count();
        let best_side = if 2 * near > candidates.len() { -1.0 } else { 1.0 };
        Self { candidates, best_side, taken: Vec::new() }
    }

    /// Up to `most` spots with `around_m` free on all sides; none if fewer than `least` are left.
    pub(super) fn pick(
        &mut self,
        most: usize,
        least: usize,
        around_m: f32,
        row: Row,
        which: Which,
    ) -> Option<Vec<Spot>> {
        let mut picked = Vec::new();
        for best in [true, false] {
            for (of_row, spot) in &self.candidates {
                let wanted = (row == Row::Any || row == *of_row)
                    && (spot.at.y * self.best_side > 0.0) == best
                    && (best || (which == Which::Either && picked.len() < least))
                    && picked.len() < most;
                let free = |(at, radius): &(Vec2, f32)| at.distance(spot.at) >= radius + around_m;
                if wanted && self.taken.iter().all(free) {
                    self.taken.push((spot.at, around_m));
                    picked.push(*spot);
                }
            }
        }
        (picked.len() >= least).then_some(picked)
    }
}
