//! All that stands still on a street and of which no truth speaks: road, houses, trees, lamps.

use glam::Affine3A;
use glam::Vec2;
use glam::Vec3;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::canvas::Canvas;
use super::canvas::SCENERY;
use super::light::Light;
use super::mesh::Material;
use super::mesh::Mesh;
use super::place::Place;
use super::place::Spot;

mod furniture;
mod houses;
mod markings;
mod ground;
mod shops;
mod trees;

/// The still part of a place.
#[derive(Clone, Debug, Default)]
pub(super) struct Scenery {
    /// Level: shadows fall on it and it throws none.
    pub ground: Mesh,
    /// Houses, trees, posts: they throw shadows.
    pub standing: Mesh,
    /// Where street lamps shine from at night.
    pub street_lamps: Vec<Vec3>,
    /// Shop signs and bus shelters that glow at night: where, and their colour.
    pub signs: Vec<(Vec3, Vec3)>,
}

impl Scenery {
    /// Everything of the same place and seed is alike.
    #[must_use]
    pub(super) fn of(place: &Place, rng: &mut ChaCha8Rng) -> Self {
        let mut scenery = Self::default();
        ground::lay(&mut scenery.ground, place, rng);
        markings::paint(&mut scenery.ground, place, rng);
        for side in [-1.0, 1.0] {
            let shops = place.shop_doors.iter().any(|door| door.at.y * side > 0.0);
            if shops || rng.random_bool(0.6) {
                shops::row(&mut scenery, place, side, rng);
            } else {
                trees::green(&mut scenery, place, side, rng);
            }
        }
        houses::beyond(&mut scenery.standing, place, rng);
        furniture::bus_shelter(&mut scenery, place, rng);
        furniture::street_lamps(&mut scenery, place, rng);
        furniture::poles(&mut scenery, place, rng);
        trees::along(&mut scenery.standing, place, rng);
        scenery
    }

    /// Draws it with its shadows: the same for all pictures under this light.
    pub(super) fn draw(&self, canvas: &mut Canvas, light: &Light) {
        canvas.draw(&self.ground, Affine3A::IDENTITY, SCENERY, light);
        canvas.draw(&self.standing, Affine3A::IDENTITY, SCENERY, light);
        canvas.draw_shadow(&self.standing, Affine3A::IDENTITY, 0.0, light);
    }
}

impl Place {
    /// +1 where the camera looks towards +x, else -1.
    fn ahead(&self) -> f32 {
        self.mount.heading.cos().signum()
    }

    /// Signed distance from a kerb's line to a y, outwards.
    fn beside(&self, side: f32, from_kerb_m: f32) -> f32 {
        side * (self.kerb_y + from_kerb_m)
    }

    fn spots_on_foot(&self) -> impl Iterator<Item = &Spot> {
        let single = [&self.vending_point, &self.collection_point];
        let many = [&self.pavement_spots, &self.shop_doors, &self.bin_spots];
        many.into_iter().flatten().chain(single)
    }

    fn spots_on_road(&self) -> impl Iterator<Item = &Spot> {
        let many = [&self.kerb_spots, &self.second_row_spots, &self.berths];
        many.into_iter().flatten()
    }

    /// Whether an upright thing of a radius between two heights would stand on a spot, or
    /// between one and the lens.
    fn in_the_way(&self, at: Vec2, radius: f32, from_z: f32, to_z: f32) -> bool {
        let eye = self.mount.position;
        let on_foot = self.spots_on_foot().map(|spot| (spot, 1.0));
        let on_road = self.spots_on_road().map(|spot| (spot, 1.6));
        let spots = on_foot.chain(on_road).chain([(&self.bus_stop, 2.0)]);
        spots.into_iter().any(|(spot, around)| {
            let line = spot.at - eye.truncate();
            let share = (at - eye.truncate()).dot(line) / line.length_squared();
            let share = share.clamp(0.0, 1.0);
            let near = (eye.truncate() + line * share).distance(at) < radius + around;
            let sight = |top: f32| eye.z + (spot.floor_m + top - eye.z) * share;
            near && sight(1.6) > from_z && sight(0.0) < to_z
        })
    }
}

/// A level rectangle, cut into pieces so long that none reaches from behind the lens to the horizon.
fn level(mesh: &mut Mesh, least: Vec2, most: Vec2, z: f32, material: Material) {
    const PIECE_M: f32 = 6.0;
    let pieces = ((most.x - least.x) / PIECE_M).ceil().max(1.0);
    let step = (most.x - least.x) / pieces;
    for at in 0..pieces as usize {
        let from = least.x + at as f32 * step;
        let corners = [(from, least.y), (from + step, least.y), (from + step, most.y)];
        let [a, b, c] = corners.map(|(x, y)| Vec3::new(x, y, z));
        mesh.polygon(&[a, b, c, Vec3::new(from, most.y, z)], material);
    }
}

fn one_of<T: Copy>(rng: &mut ChaCha8Rng, all: &[T]) -> T {
    all[rng.random_range(0..all.len())]
}

/// A grey with a slight hue, somewhere between two values of sRGB.
fn grey(rng: &mut ChaCha8Rng, least: u8, most: u8) -> Material {
    let value = f32::from(rng.random_range(least..=most));
    let mut hue = || (value * rng.random_range(0.95..1.05)).clamp(0.0, 255.0) as u8;
    Material::matt(hue(), hue(), hue())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    /// More than this would make the first picture of a camera take seconds.
    const TRIANGLES_MAX: usize = 30_000;

    #[test]
    fn a_scenery_is_never_too_heavy_and_always_the_same() {
        for seed in 0..40 {
            let made = || {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                let place = Place::of(&mut rng, (704, 576));
                Scenery::of(&place, &mut rng)
            };
            let scenery = made();
            let triangles = scenery.ground.triangles.len() + scenery.standing.triangles.len();
            assert!(triangles < TRIANGLES_MAX, "{seed} {triangles}");
            assert!(!scenery.street_lamps.is_empty(), "{seed}");
            assert_eq!(scenery.standing.triangles, made().standing.triangles);
        }
    }

    #[test]
    fn trunks_and_posts_hide_no_spot() {
        let place = Place::of(&mut ChaCha8Rng::seed_from_u64(5), (704, 576));
        let eye = place.mount.position.truncate();
        let between = eye.lerp(place.kerb_spots[0].at, 0.9);
        assert!(place.in_the_way(between, 0.2, 0.0, 6.0));
        assert!(!place.in_the_way(eye - (between - eye), 0.2, 0.0, 6.0));
    }
}
