//! The pieces of ground that zones are made of, clipped to what the camera shows.

use glam::Vec2;

use super::Ground;
use super::Place;
use super::Spot;
use super::plan::STRIP_M;
use super::sight::Sight;

/// How far a zone at the kerb reaches into the lane: a car parked badly still stands in it.
const INTO_LANE_M: f32 = 0.3;

impl Place {
    pub(super) fn mark_areas(&mut self, sight: &Sight<'_>) {
        let half = self.kerb_y - STRIP_M;
        self.kerb_strip = self.strip(sight, &self.kerb_spots, 3.4);
        self.berth_strip = self.strip(sight, &self.berths, 3.0);
        self.bus_stop_area = self.strip(sight, &[self.bus_stop], 7.0);
        let (from, to) = self.reach_x;
        self.road = sight.clip(Vec2::new(from, -half), Vec2::new(to, half));
        self.pavement = self.pavement_of(sight, self.pavement_spots[0].at.y.signum(), from, to);
        self.vending_area = self.around(sight, &self.vending_point, 1.5);
        self.collection_area = self.around(sight, &self.collection_point, 1.1);
    }

    /// The strip at the kerb along the spots.
    fn strip(&self, sight: &Sight<'_>, spots: &[Spot], around_m: f32) -> Ground {
        let side = spots[0].at.y.signum();
        let least = spots.iter().map(|spot| spot.at.x).fold(f32::INFINITY, f32::min);
        let most = spots.iter().map(|spot| spot.at.x).fold(f32::NEG_INFINITY, f32::max);
        let (inner, outer) = (side * (self.kerb_y - STRIP_M - INTO_LANE_M), side * self.kerb_y);
        sight.clip(
            Vec2::new(least - around_m, inner.min(outer)),
            Vec2::new(most + around_m, inner.max(outer)),
        )
    }

    fn pavement_of(&self, sight: &Sight<'_>, side: f32, from: f32, to: f32) -> Ground {
        let (inner, outer) = (side * self.kerb_y, side * (self.kerb_y + self.pavement_width));
        sight.clip(Vec2::new(from, inner.min(outer)), Vec2::new(to, inner.max(outer)))
    }

    /// The pavement around a spot, in all its width where it is narrow.
    fn around(&self, sight: &Sight<'_>, spot: &Spot, around_m: f32) -> Ground {
        let side = spot.at.y.signum();
        let kerb = side * self.kerb_y;
        let back = side * (self.kerb_y + self.pavement_width);
        let (low, high) = (kerb.min(back), kerb.max(back));
        sight.clip(
            Vec2::new(spot.at.x - around_m, (spot.at.y - around_m).max(low)),
            Vec2::new(spot.at.x + around_m, (spot.at.y + around_m).min(high)),
        )
    }
}
