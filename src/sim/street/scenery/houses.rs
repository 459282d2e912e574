//! Houses: walls with windows, and what stands beyond the street.

use glam::Vec3;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::grey;
use super::one_of;
use crate::sim::street::mesh::Material;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::place::Place;

const GROUND_FLOOR_M: f32 = 4.2;
const FLOOR_M: f32 = 3.1;

/// A front along the street: where, and on which side of the road.
#[derive(Clone, Copy)]
pub(super) struct Wall {
    pub from_x: f32,
    pub to_x: f32,
    pub front_y: f32,
    pub side: f32,
}

impl Wall {
    /// A point of the front, so far out towards the road.
    pub(super) fn at(&self, x: f32, z: f32, out_m: f32) -> Vec3 {
        Vec3::new(x, self.front_y - self.side * out_m, z)
    }

    /// An upright rectangle before the front.
    #[expect(clippy::too_many_arguments, reason = "two corners, how far out, and a material")]
    pub(super) fn panel(
        &self,
        mesh: &mut Mesh,
        from_x: f32,
        to_x: f32,
        from_z: f32,
        to_z: f32,
        out_m: f32,
        material: Material,
    ) {
        let corner = |x, z| self.at(x, z, out_m);
        let low = [corner(from_x, from_z), corner(to_x, from_z)];
        mesh.polygon(&[low[0], low[1], corner(to_x, to_z), corner(from_x, to_z)], material);
    }
}

pub(super) fn wall_colour(rng: &mut ChaCha8Rng) -> Material {
    let (red, green, blue) = one_of(
        rng,
        &[
            (196, 186, 168),
            (170, 120, 96),
            (205, 200, 192),
            (150, 152, 156),
            (188, 160, 128),
            (214, 196, 160),
            (140, 96, 84),
        ],
    );
    Material::matt(red, green, blue).times(rng.random_range(0.65..1.0)).grained(0.14, 0.6)
}

/// A house with windows above its ground floor.
pub(super) fn block(
    mesh: &mut Mesh,
    wall: &Wall,
    floors: usize,
    colour: Material,
    rng: &mut ChaCha8Rng,
) {
    let height = GROUND_FLOOR_M + floors as f32 * FLOOR_M + 0.6;
    let depth = rng.random_range(8.0..12.0);
    let middle = f32::midpoint(wall.from_x, wall.to_x);
    let body = wall.at(middle, height / 2.0, -depth / 2.0);
    mesh.cuboid(body, Vec3::new(wall.to_x - wall.from_x, depth, height), colour);
    let count = ((wall.to_x - wall.from_x) / rng.random_range(2.2..3.4)).floor().max(1.0);
    let step = (wall.to_x - wall.from_x) / count;
    let trim = grey(rng, 150, 235);
    let shape = (rng.random_range(0.45..0.75) * step / 2.0, rng.random_range(1.2..1.9));
    for floor in 0..floors {
        let low = GROUND_FLOOR_M + floor as f32 * FLOOR_M + 0.9;
        for at in 0..count as usize {
            let x = wall.from_x + (at as f32 + 0.5) * step;
            window(mesh, wall, (x, low), shape, trim, rng);
        }
        if floor == 0 || rng.random_bool(0.2) {
            let z = low - 0.85;
            wall.panel(mesh, wall.from_x, wall.to_x, z, z + 0.2, 0.06, colour.times(0.75));
        }
    }
}

fn window(
    mesh: &mut Mesh,
    wall: &Wall,
    (x, low): (f32, f32),
    (half, tall): (f32, f32),
    trim: Material,
    rng: &mut ChaCha8Rng,
) {
    let lit = rng.random_bool(0.3);
    let glow = if lit { rng.random_range(0.03..0.12) } else { 0.0 };
    let pane = Material::matt(58, 68, 78).times(rng.random_range(0.6..1.6)).glossy(0.22);
    let warm = Material { colour: Vec3::new(0.3, 0.24, 0.14), ..pane }.glowing(glow);
    wall.panel(mesh, x - half - 0.08, x + half + 0.08, low - 0.08, low + tall + 0.08, 0.03, trim);
    wall.panel(mesh, x - half, x + half, low, low + tall, 0.05, if lit { warm } else { pane });
    wall.panel(mesh, x - 0.03, x + 0.03, low, low + tall, 0.06, trim);
    if rng.random_bool(0.3) {
        let white = Material::matt(210, 210, 204).times(rng.random_range(0.6..1.0));
        let side = if rng.random() { half + 0.5 } else { -half - 0.5 };
        mesh.cuboid(wall.at(x + side * 0.8, low - 0.45, 0.2), Vec3::new(0.8, 0.35, 0.55), white);
    }
}

/// Tall houses behind the rows, and the end of the street.
pub(super) fn beyond(mesh: &mut Mesh, place: &Place, rng: &mut ChaCha8Rng) {
    for side in [-1.0, 1.0] {
        for _ in 0..rng.random_range(3..7) {
            let x = place.ahead() * rng.random_range(10.0..150.0);
            let y = place.beside(side, place.pavement_width + rng.random_range(32.0..90.0));
            let high = rng.random_range(12.0..60.0);
            tower(mesh, Vec3::new(x, y, 0.0), high, rng);
        }
    }
    let mut y = -70.0;
    while y < 70.0 {
        let x = place.ahead() * rng.random_range(150.0..200.0);
        // Low enough that the evening sun comes over them into the street.
        let high = rng.random_range(9.0..24.0);
        tower(mesh, Vec3::new(x, y, 0.0), high, rng);
        y += rng.random_range(14.0..26.0);
    }
}

fn tower(mesh: &mut Mesh, foot: Vec3, high: f32, rng: &mut ChaCha8Rng) {
    let size = Vec3::new(rng.random_range(14.0..26.0), rng.random_range(12.0..24.0), high);
    let colour = wall_colour(rng).times(0.9);
    mesh.cuboid(foot + Vec3::Z * size.z / 2.0, size, colour);
    let dark = Material::matt(84, 94, 104).glossy(0.15).grained(0.5, 1.5).glowing(0.01);
    let floors = (size.z / FLOOR_M) as usize;
    for floor in 1..floors {
        let z = floor as f32 * FLOOR_M;
        let band = Vec3::new(size.x * 0.86, size.y + 0.2, 1.3);
        mesh.cuboid(foot + Vec3::Z * z, band, dark);
        mesh.cuboid(foot + Vec3::Z * z, Vec3::new(size.x + 0.2, size.y * 0.86, 1.3), dark);
    }
}
