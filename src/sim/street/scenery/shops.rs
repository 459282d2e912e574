//! A row of houses with shops below: doors, windows, signs, awnings.

use glam::Vec2;
use glam::Vec3;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::Scenery;
use super::grey;
use super::houses;
use super::houses::Wall;
use super::one_of;
use crate::sim::street::mesh::Material;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::place::Place;

const SIGN_FROM_M: f32 = 2.9;
const SIGNS: [(u8, u8, u8); 9] = [
    (190, 30, 28),
    (24, 70, 160),
    (20, 120, 70),
    (225, 175, 30),
    (235, 232, 225),
    (110, 30, 110),
    (230, 110, 30),
    (40, 40, 44),
    (20, 140, 160),
];

pub(super) fn row(scenery: &mut Scenery, place: &Place, side: f32, rng: &mut ChaCha8Rng) {
    let front_y = place.beside(side, place.pavement_width);
    let mut along = -18.0;
    while along < 85.0 {
        let width: f32 = rng.random_range(9.0..22.0);
        let (from, to) = (along, along + width);
        let ends = [place.ahead() * from, place.ahead() * to];
        let wall = Wall { from_x: ends[0].min(ends[1]), to_x: ends[0].max(ends[1]), front_y, side };
        let floors = one_of(rng, &[0, 1, 1, 2, 2, 3, 4, 6]);
        let colour = houses::wall_colour(rng);
        houses::block(&mut scenery.standing, &wall, floors, colour, rng);
        bays(scenery, place, &wall, rng);
        let alley = if rng.random_bool(0.3) { rng.random_range(2.0..7.0) } else { 0.15 };
        along = to + alley;
    }
}

fn bays(scenery: &mut Scenery, place: &Place, wall: &Wall, rng: &mut ChaCha8Rng) {
    let count = ((wall.to_x - wall.from_x) / rng.random_range(3.4..5.2)).floor().max(1.0);
    let width = (wall.to_x - wall.from_x) / count;
    let base = place.kerb_height;
    for at in 0..count as usize {
        let bay = Wall {
            from_x: wall.from_x + at as f32 * width + 0.12,
            to_x: wall.from_x + (at as f32 + 1.0) * width - 0.12,
            ..*wall
        };
        let door = place
            .shop_doors
            .iter()
            .find(|door| door.at.y * wall.side > 0.0 && (bay.from_x..bay.to_x).contains(&door.at.x))
            .map(|door| door.at.x);
        shop_front(&mut scenery.standing, &bay, base, door, rng);
        sign(scenery, &bay, base, rng);
        let under = bay.at(f32::midpoint(bay.from_x, bay.to_x), 0.0, 0.7).truncate();
        let hides = place.in_the_way(under, width / 2.0, base + 2.3, base + 2.9);
        if rng.random_bool(0.4) && !hides {
            awning(&mut scenery.standing, &bay, base, rng);
        }
    }
}

fn shop_front(mesh: &mut Mesh, bay: &Wall, base: f32, door: Option<f32>, rng: &mut ChaCha8Rng) {
    let closed = door.is_none() && rng.random_bool(0.22);
    if closed {
        let metal = grey(rng, 120, 190).grained(0.08, 0.3);
        for slat in 0..8 {
            let z = base + slat as f32 * 0.34;
            let tone = metal.times(if slat % 2 == 0 { 1.0 } else { 0.86 });
            bay.panel(mesh, bay.from_x, bay.to_x, z, z + 0.34, 0.04, tone);
        }
        return;
    }
    let inside = one_of(rng, &[(60, 66, 72), (82, 74, 60), (52, 58, 58), (96, 92, 84)]);
    let glow = rng.random_range(0.02..0.09);
    let glass = Material::matt(inside.0, inside.1, inside.2).grained(0.5, 0.5).glossy(0.18);
    bay.panel(mesh, bay.from_x, bay.to_x, base + 0.4, base + 2.75, 0.04, glass.glowing(glow));
    let goods = one_of(rng, &[(150, 60, 50), (60, 100, 140), (180, 160, 90), (90, 130, 80)]);
    let goods = Material::matt(goods.0, goods.1, goods.2).grained(0.8, 0.25).glowing(glow);
    bay.panel(mesh, bay.from_x + 0.3, bay.to_x - 0.3, base + 0.5, base + 1.3, 0.05, goods);
    let frame = grey(rng, 60, 220);
    let mut x = bay.from_x;
    while x < bay.to_x {
        bay.panel(mesh, x, x + 0.08, base, base + 2.8, 0.08, frame);
        x += 1.25;
    }
    let middle = door.unwrap_or_else(|| rng.random_range(bay.from_x + 0.8..bay.to_x - 0.8));
    let dark = Material::matt(34, 32, 30).glowing(glow * 0.5);
    bay.panel(mesh, middle - 0.6, middle + 0.6, base, base + 2.4, 0.1, dark);
}

fn sign(scenery: &mut Scenery, bay: &Wall, base: f32, rng: &mut ChaCha8Rng) {
    let (red, green, blue) = one_of(rng, &SIGNS);
    let lit = rng.random_bool(0.6);
    let glow = if lit { rng.random_range(0.1..0.3) } else { 0.0 };
    let board = Material::matt(red, green, blue).times(rng.random_range(0.7..1.0));
    let (low, high) = (base + SIGN_FROM_M, base + SIGN_FROM_M + rng.random_range(0.6..1.0));
    let middle = bay.at(f32::midpoint(bay.from_x, bay.to_x), f32::midpoint(low, high), 0.12);
    let size = Vec3::new(bay.to_x - bay.from_x, 0.22, high - low);
    scenery.standing.cuboid(middle, size, board.glowing(glow * 0.6));
    let bright = u32::from(red) + u32::from(green) + u32::from(blue) > 420;
    let ink = if bright { Material::matt(150, 20, 20) } else { Material::matt(250, 246, 230) };
    letters(&mut scenery.standing, bay, low, high, ink.glowing(glow * 1.4), rng);
    if lit {
        scenery.signs.push((middle - Vec3::Y * bay.side * 0.8, board.colour));
    }
}

/// Blocks of strokes that look like characters from afar.
fn letters(mesh: &mut Mesh, bay: &Wall, low: f32, high: f32, ink: Material, rng: &mut ChaCha8Rng) {
    let side = (high - low) * 0.62;
    let room = bay.to_x - bay.from_x - 0.6;
    let count = rng.random_range(2..6_usize).min((room / (side * 1.3)) as usize);
    let first = f32::midpoint(bay.from_x, bay.to_x) - count as f32 * side * 0.65;
    let bottom = f32::midpoint(low, high) - side / 2.0;
    for at in 0..count {
        let x = first + at as f32 * side * 1.3;
        for _ in 0..3 {
            let (across, up) = (rng.random_range(0.0..0.82), rng.random_range(0.0..0.82));
            let (left, lower) = (x + across * side, bottom + up * side);
            bay.panel(mesh, x, x + side, lower, lower + side * 0.13, 0.25, ink);
            bay.panel(mesh, left, left + side * 0.15, bottom, bottom + side, 0.25, ink);
        }
    }
}

fn awning(mesh: &mut Mesh, bay: &Wall, base: f32, rng: &mut ChaCha8Rng) {
    let (red, green, blue) = one_of(rng, &SIGNS);
    let out = rng.random_range(0.8..1.5);
    let stripes = ((bay.to_x - bay.from_x) / 0.5) as usize;
    let step = (bay.to_x - bay.from_x) / stripes.max(1) as f32;
    for at in 0..stripes {
        let x = bay.from_x + at as f32 * step;
        let plain = Material::matt(red, green, blue).times(0.8);
        let material = if at % 2 == 0 { plain } else { Material::matt(215, 212, 205) };
        let corners = [
            bay.at(x, base + 2.8, 0.1),
            bay.at(x + step, base + 2.8, 0.1),
            bay.at(x + step, base + 2.3, out),
            bay.at(x, base + 2.3, out),
        ];
        mesh.polygon(&corners, material);
    }
}

/// Bricks of a low wall's cap: used where a side has no shops.
pub(super) fn low_wall(mesh: &mut Mesh, place: &Place, side: f32, rng: &mut ChaCha8Rng) {
    let y = place.beside(side, place.pavement_width + 0.1);
    let stone = grey(rng, 120, 190).grained(0.2, 0.2);
    let height = rng.random_range(0.4..2.2);
    for at in 0..16 {
        let x = place.ahead() * (at as f32 * 6.0 - 15.0);
        let middle = Vec2::new(x, y).extend(height / 2.0);
        mesh.cuboid(middle, Vec3::new(5.95, 0.24, height), stone);
        mesh.cuboid(middle + Vec3::Z * height / 2.0, Vec3::new(6.0, 0.34, 0.1), stone.times(0.8));
    }
}
