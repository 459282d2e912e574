//! Where things may stand and go: one stretch of street, its camera, and its named spots.
//!
//! The road runs along x with its middle at y = 0; traffic keeps to the right,
//! so the lanes with y < 0 lead towards +x. The camera stands on a pole at the
//! edge of the pavement on the side of negative y and looks over the road.

use glam::Vec2;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::view::Mount;
use plan::Road;

mod areas;
mod pavement;
mod plan;
mod sight;

/// Looks over the road fit less often than along it, so each direction gets this many tries.
const TRIES_A_TURN: usize = 200;
/// Most directions fit; far beyond this many the limits themselves are wrong.
const TURNS_MAX: usize = 200;

/// Where a thing may stand, and how it then points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spot {
    pub at: Vec2,
    /// Counter-clockwise from the x axis, in radians.
    pub heading: f32,
    /// Height of the ground there, in metres.
    pub floor_m: f32,
}

/// One lane of the road, over the whole length of the place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lane {
    pub middle_y: f32,
    pub width: f32,
    /// 0 towards +x, π towards -x.
    pub heading: f32,
}

/// A convex piece of the ground, for zones.
pub(super) type Ground = Vec<Vec2>;

/// One stretch of street with its fixed camera. All of it follows from a seed.
#[derive(Clone, Debug)]
pub(super) struct Place {
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
    pub(super) fn of(rng: &mut ChaCha8Rng, size: (u32, u32)) -> Self {
        (0..TURNS_MAX)
            .find_map(|_| {
                let turned = rng.random_range(-0.05..0.9);
                (0..TRIES_A_TURN).find_map(|_| {
                    let road = Road::of(rng);
                    let mount = plan::mount(rng, &road, turned, size);
                    plan::plan(rng, road, mount)
                })
            })
            .expect("one try in a few fits, and thousands were made")
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::sight::Guise;
    use super::sight::Sight;
    use super::*;
    use crate::sim::street::view::View;

    const SIZES: [(u32, u32); 4] = [(704, 576), (1280, 720), (1920, 1080), (1024, 768)];
    const SEEDS: u64 = 400;

    fn each_place(check: impl Fn(u64, &Place, &Sight<'_>)) {
        for seed in 0..SEEDS {
            let size = SIZES[seed as usize % SIZES.len()];
            let place = Place::of(&mut ChaCha8Rng::seed_from_u64(seed), size);
            let view = View::new(place.mount);
            check(seed, &place, &Sight(&view));
        }
    }

    fn inside(ground: &Ground, at: Vec2) -> bool {
        let side = |(corner, next): (&Vec2, &Vec2)| (*next - corner).perp_dot(at - corner);
        let sides: Vec<f32> = ground.iter().zip(ground.iter().cycle().skip(1)).map(side).collect();
        ground.len() >= 3 && sides.iter().all(|side| *side >= -1e-3)
    }

    #[test]
    fn the_same_seed_gives_the_same_place() {
        let place = |seed| Place::of(&mut ChaCha8Rng::seed_from_u64(seed), (704, 576));
        assert_eq!(format!("{:?}", place(3)), format!("{:?}", place(3)));
        assert_ne!(format!("{:?}", place(3)), format!("{:?}", place(4)));
    }

    #[test]
    fn every_spot_is_in_the_picture_and_large_enough() {
        each_place(|seed, place, sight| {
            let cars = [&place.kerb_spots, &place.second_row_spots, &place.berths];
            for spot in cars.into_iter().flatten() {
                assert!(sight.shows(spot, Guise::CAR), "{seed} {spot:?}");
            }
            let standing = [&place.pavement_spots, &place.shop_doors, &place.bin_spots];
            let points = [place.vending_point, place.collection_point];
            for spot in standing.into_iter().flatten().chain(&points) {
                assert!(sight.shows(spot, Guise::STALL), "{seed} {spot:?}");
                assert!(sight.shows(spot, Guise::PERSON), "{seed} {spot:?}");
            }
            assert!(sight.share_seen(&place.bus_stop, Guise::BUS) > 0.8, "{seed}");
        });
    }

    #[test]
    fn there_are_several_of_each_and_they_stand_apart() {
        each_place(|seed, place, _| {
            assert!(place.kerb_spots.len() >= 3 && place.pavement_spots.len() >= 3, "{seed}");
            assert!(place.berths.len() >= 2 && place.shop_doors.len() >= 2, "{seed}");
            assert!(!place.bin_spots.is_empty(), "{seed}");
            let apart = |spots: &[Spot], least: f32| {
                spots.iter().enumerate().all(|(at, spot)| {
                    spots[..at].iter().all(|other| other.at.distance(spot.at) >= least)
                })
            };
            assert!(apart(&place.kerb_spots, 7.0) && apart(&place.pavement_spots, 3.0), "{seed}");
            let parked: Vec<Spot> = place.kerb_spots.iter().chain(&place.berths).copied().collect();
            assert!(apart(&parked, 5.9), "{seed}");
        });
    }

    #[test]
    fn areas_hold_their_spots_and_no_others() {
        each_place(|seed, place, _| {
            let half = Guise::CAR.size.truncate() / 2.0;
            let wheels = |spot: &Spot| {
                [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)]
                    .map(|(x, y)| spot.at + half * Vec2::new(x, y))
            };
            for spot in &place.kerb_spots {
                let all = wheels(spot).iter().all(|at| inside(&place.kerb_strip, *at));
                assert!(all, "{seed} {spot:?} {:?}", place.kerb_strip);
            }
            for spot in &place.berths {
                assert!(wheels(spot).iter().all(|at| inside(&place.berth_strip, *at)), "{seed}");
                assert!(wheels(spot).iter().all(|at| !inside(&place.kerb_strip, *at)), "{seed}");
            }
            for spot in &place.pavement_spots {
                assert!(inside(&place.pavement, spot.at), "{seed}");
                assert!(!inside(&place.vending_area, spot.at), "{seed}");
                assert!(!inside(&place.collection_area, spot.at), "{seed}");
            }
            assert!(inside(&place.vending_area, place.vending_point.at), "{seed}");
            assert!(inside(&place.collection_area, place.collection_point.at), "{seed}");
            assert!(inside(&place.bus_stop_area, place.bus_stop.at), "{seed}");
        });
    }

    #[test]
    fn cameras_and_roads_differ_within_their_bounds() {
        each_place(|seed, place, _| {
            let mount = place.mount;
            assert!((3.0..8.0).contains(&mount.position.z), "{seed}");
            assert!((9.9..40.1).contains(&mount.pitch.to_degrees()), "{seed}");
            assert!((45.0..90.0).contains(&mount.field.to_degrees()), "{seed}");
            assert!((2..=4).contains(&place.lanes.len()), "{seed}");
        });
    }
}
