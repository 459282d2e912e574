//! Where things may stand and go: one stretch of street, its camera, and its named spots.
//!
//! The road runs along x with its middle at y = 0; traffic keeps to the right,
//! so the lanes with y < 0 lead towards +x. The camera stands on a pole at the
//! edge of the pavement on the side of negative y and looks over the road.

use glam::Vec2;
use rand_chacha::ChaCha8Rng;

use super::view::Mount;

/// Where a thing may stand, and how it then points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    pub at: Vec2,
    /// Counter-clockwise from the x axis, in radians.
    pub heading: f32,
    /// Height of the ground there, in metres.
    pub floor_m: f32,
}

/// One lane of the road, over the whole length of the place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lane {
    pub middle_y: f32,
    pub width: f32,
    /// 0 towards +x, π towards -x.
    pub heading: f32,
}

/// A convex piece of the ground, for zones.
pub type Ground = Vec<Vec2>;

/// One stretch of street with its fixed camera. All of it follows from a seed.
#[derive(Clone, Debug)]
pub struct Place {
    pub mount: Mount,
    /// What x the street reaches from and to.
    pub reach_x: (f32, f32),
    /// Distance of the kerbs from the middle of the road.
    pub kerb_y: f32,
    pub kerb_height: f32,
    pub pavement_width: f32,
    pub lanes: Vec<Lane>,
    /// Along the kerbs, seen well by the camera: nobody may park here.
    pub kerb_spots: Vec<Spot>,
    /// Beside the kerb spots, one lane further in: where double parkers stand.
    pub second_row_spots: Vec<Spot>,
    /// Marked berths: parking is permitted.
    pub berths: Vec<Spot>,
    /// On the pavement, seen well: where vendors would set up and garbage is dropped.
    pub pavement_spots: Vec<Spot>,
    /// Before shop fronts, for deliveries and goods.
    pub shop_doors: Vec<Spot>,
    pub bus_stop: Spot,
    /// Where vending is permitted.
    pub vending_point: Spot,
    /// Where bags may wait for collection.
    pub collection_point: Spot,
    pub bin_spots: Vec<Spot>,
    /// What x the pedestrian crossing reaches from and to, where there is one. Cars
    /// that head for it stop before it at a red light.
    pub crossing_x: Option<(f32, f32)>,
    /// The strip of the road along a kerb, as a no-parking zone, within the picture.
    pub kerb_strip: Ground,
    /// The lanes of the whole road.
    pub road: Ground,
    /// The pavement that the camera sees best.
    pub pavement: Ground,
    pub berth_strip: Ground,
    pub vending_area: Ground,
    pub collection_area: Ground,
    pub bus_stop_area: Ground,
}

impl Place {
    /// A street of its own for each seed. `size` is the picture's, in pixels.
    #[must_use]
    pub fn of(rng: &mut ChaCha8Rng, size: (u32, u32)) -> Self {
        todo!("the place of {rng:?} {size:?}")
    }
}
