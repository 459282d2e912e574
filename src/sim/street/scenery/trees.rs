//! Trees along the kerb, hedges, strips of green.

use glam::Vec2;
use glam::Vec3;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::Scenery;
use super::ground::OVER_M;
use super::ground::quad;
use super::level;
use super::one_of;
use super::shops;
use crate::sim::street::mesh::Material;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::place::Place;

const GREENS: [(u8, u8, u8); 6] =
    [(62, 92, 44), (78, 104, 52), (50, 80, 46), (96, 112, 56), (120, 116, 50), (56, 88, 60)];
/// Nothing with a crown stands this near to the lens: it would be all that is seen.
const CLEAR_OF_LENS_M: f32 = 9.0;

/// Trees at both kerbs, where they hide no spot.
pub(super) fn along(mesh: &mut Mesh, place: &Place, rng: &mut ChaCha8Rng) {
    let green = one_of(rng, &GREENS);
    let apart = rng.random_range(5.5..9.0);
    let tall = rng.random_range(4.5..8.0);
    for side in [-1.0, 1.0] {
        if rng.random_bool(0.15) {
            continue;
        }
        let mut x = rng.random_range(0.0..apart) - 4.0;
        while x < 65.0 {
            let at = Vec2::new(place.ahead() * x, place.beside(side, 0.75));
            x += apart * rng.random_range(0.9..1.1);
            let height = tall * rng.random_range(0.85..1.15);
            let radius = height * 0.24;
            let lens = place.mount.position.truncate();
            let hides = place.in_the_way(at, 0.15, 0.0, height)
                || place.in_the_way(at, radius, height * 0.42, height)
                || (side < 0.0 && at.distance(lens) < CLEAR_OF_LENS_M + radius);
            if !hides {
                tree(mesh, place, at, height, green, rng);
            }
        }
    }
}

fn tree(
    mesh: &mut Mesh,
    place: &Place,
    at: Vec2,
    height: f32,
    green: (u8, u8, u8),
    rng: &mut ChaCha8Rng,
) {
    let foot = at.extend(place.kerb_height);
    let soil = Material::matt(84, 70, 56).grained(0.4, 0.15);
    quad(mesh, at - 0.5, at + 0.5, place.kerb_height + OVER_M * 1.5, soil);
    let bark = Material::matt(92, 80, 68).times(rng.random_range(0.7..1.2)).grained(0.35, 0.1);
    let lean = Vec3::new(rng.random_range(-0.2..0.2), rng.random_range(-0.2..0.2), height * 0.6);
    let thick = height * 0.022;
    mesh.bar((foot, thick), (foot + lean, thick * 0.6), 7, bark);
    let whitewash = Material::matt(208, 206, 198).grained(0.1, 0.1);
    if rng.random_bool(0.4) {
        mesh.bar((foot, thick * 1.08), (foot + lean * 0.28, thick), 7, whitewash);
    }
    let leaf = Material::matt(green.0, green.1, green.2).times(rng.random_range(0.75..1.2));
    let crown = foot + Vec3::Z * height * 0.72;
    for _ in 0..rng.random_range(4..6) {
        let off = Vec3::new(
            rng.random_range(-0.14..0.14),
            rng.random_range(-0.14..0.14),
            rng.random_range(-0.14..0.16),
        );
        let radii = Vec3::new(1.0, 1.0, 0.85) * height * rng.random_range(0.11..0.19);
        clump(mesh, crown + off * height, radii, leaf, rng);
    }
}

/// A ball of leaves: a dark core and ragged leaves around it.
fn clump(mesh: &mut Mesh, middle: Vec3, radii: Vec3, leaf: Material, rng: &mut ChaCha8Rng) {
    let leaf = leaf.times(rng.random_range(0.8..1.2)).grained(0.55, 0.22);
    mesh.egg(middle, radii * 0.9, 4, |_| 1.0, leaf.times(0.75));
    for _ in 0..28 {
        let out = direction(rng);
        let at = middle + out * radii * rng.random_range(0.85..1.12);
        let (u, v) = (out + 0.5 * direction(rng)).normalize_or(Vec3::Z).any_orthonormal_pair();
        let size = radii.x * rng.random_range(0.18..0.38);
        let tone = leaf.times(rng.random_range(0.7..1.25) * (1.0 + 0.3 * out.z));
        mesh.polygon(&[at - u * size, at + v * size, at + u * size, at - v * size], tone);
    }
}

fn direction(rng: &mut ChaCha8Rng) -> Vec3 {
    let up: f32 = rng.random_range(-1.0..1.0);
    let around = Vec2::from_angle(rng.random_range(0.0..6.3)) * (1.0 - up * up).sqrt();
    around.extend(up)
}

/// A side without shops: lawn, a hedge or a wall, trees behind it.
pub(super) fn green(scenery: &mut Scenery, place: &Place, side: f32, rng: &mut ChaCha8Rng) {
    let from = place.beside(side, place.pavement_width);
    let to = place.beside(side, place.pavement_width + 30.0);
    let lawn = Material::matt(92, 112, 60).grained(0.4, 0.4);
    let (low, high) = (from.min(to), from.max(to));
    let reach = place.reach_x;
    level(&mut scenery.ground, Vec2::new(reach.0, low), Vec2::new(reach.1, high), 0.05, lawn);
    let mesh = &mut scenery.standing;
    match rng.random_range(0..3) {
        0 => shops::low_wall(mesh, place, side, rng),
        1 => hedge(mesh, place, side, rng),
        _ => fence(mesh, place, side, rng),
    }
    let colour = one_of(rng, &GREENS);
    for at in 0..12 {
        let x = place.ahead() * (at as f32 * 7.0 + rng.random_range(-2.0..2.0) - 4.0);
        let y = place.beside(side, place.pavement_width + rng.random_range(3.5..12.0));
        let near = Vec2::new(x, y).distance(place.mount.position.truncate()) < CLEAR_OF_LENS_M;
        if !near {
            tree(mesh, place, Vec2::new(x, y), rng.random_range(5.0..9.0), colour, rng);
        }
    }
}

fn hedge(mesh: &mut Mesh, place: &Place, side: f32, rng: &mut ChaCha8Rng) {
    let (red, green, blue) = one_of(rng, &GREENS);
    let leaf = Material::matt(red, green, blue).grained(0.7, 0.12);
    let height = rng.random_range(0.5..1.2);
    for at in 0..50 {
        let x = place.ahead() * (at as f32 * 1.6 - 6.0);
        let tall = height * rng.random_range(0.9..1.1);
        let y = place.beside(side, place.pavement_width + 0.5);
        let tone = leaf.times(rng.random_range(0.85..1.15));
        mesh.cuboid(Vec3::new(x, y, tall / 2.0 + 0.1), Vec3::new(1.65, 0.8, tall), tone);
    }
}

fn fence(mesh: &mut Mesh, place: &Place, side: f32, rng: &mut ChaCha8Rng) {
    let metal = one_of(rng, &[(60, 66, 72), (190, 190, 186), (50, 90, 70)]);
    let metal = Material::matt(metal.0, metal.1, metal.2);
    let y = place.beside(side, place.pavement_width + 0.15);
    for at in 0..120 {
        let x = place.ahead() * (at as f32 * 0.45 - 4.0);
        mesh.cuboid(Vec3::new(x, y, 0.8), Vec3::new(0.04, 0.04, 1.5), metal);
    }
    for z in [0.35, 1.45] {
        mesh.cuboid(Vec3::new(place.ahead() * 23.0, y, z), Vec3::new(54.0, 0.05, 0.06), metal);
    }
}
