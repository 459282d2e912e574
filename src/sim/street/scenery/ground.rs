//! Road surface, kerbs and pavements.

use std::f32::consts::TAU;

use glam::Vec2;
use glam::Vec3;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::grey;
use super::level;
use super::one_of;
use crate::sim::street::mesh::Material;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::place::Place;

/// Patches and markings lie this much over what they are painted on.
pub(super) const OVER_M: f32 = 0.006;
/// The ground goes on as far as this.
const HORIZON_M: f32 = 320.0;

pub(super) fn lay(mesh: &mut Mesh, place: &Place, rng: &mut ChaCha8Rng) {
    let far = Vec2::splat(HORIZON_M);
    level(mesh, -far, far, -0.1, Material::matt(112, 112, 104).grained(0.3, 2.0));
    let worn = rng.random_range(0.14..0.34);
    let asphalt = grey(rng, 74, 118).grained(worn, rng.random_range(0.05..0.2));
    let (from, to) = (place.reach_x.0 - 10.0, place.reach_x.1 + 60.0);
    level(mesh, Vec2::new(from, -place.kerb_y), Vec2::new(to, place.kerb_y), 0.0, asphalt);
    wear(mesh, place, asphalt, rng);
    for side in [-1.0, 1.0] {
        gutter_and_kerb(mesh, place, side, asphalt, rng);
        pavement(mesh, place, side, rng);
    }
}

/// Wheel tracks, repairs, cracks, covers.
fn wear(mesh: &mut Mesh, place: &Place, asphalt: Material, rng: &mut ChaCha8Rng) {
    let (from, to) = place.reach_x;
    let darker = rng.random_range(0.86..0.97);
    for lane in &place.lanes {
        for off in [-0.8, 0.8] {
            let y = lane.middle_y + off;
            let (least, most) = (Vec2::new(from, y - 0.3), Vec2::new(to, y + 0.3));
            level(mesh, least, most, OVER_M * 0.3, asphalt.times(darker));
        }
    }
    for _ in 0..rng.random_range(4..14) {
        let at = on_road(place, rng);
        let size = Vec2::new(rng.random_range(0.5..5.0), rng.random_range(0.4..1.6));
        let factor = one_of(rng, &[0.62, 0.75, 0.85, 1.15, 1.3]);
        level(mesh, at - size, at + size, OVER_M * 0.5, asphalt.times(factor));
    }
    for _ in 0..rng.random_range(3..12) {
        crack(mesh, place, rng);
    }
    for _ in 0..rng.random_range(1..5) {
        let at = on_road(place, rng);
        disc(mesh, at, OVER_M * 0.8, 0.36, grey(rng, 45, 80).grained(0.5, 0.06));
    }
}

fn crack(mesh: &mut Mesh, place: &Place, rng: &mut ChaCha8Rng) {
    let mut at = on_road(place, rng);
    let mut heading: f32 = rng.random_range(0.0..6.3);
    let dark = Material::matt(48, 48, 50);
    for _ in 0..rng.random_range(4..12) {
        heading += rng.random_range(-0.6..0.6);
        let next = at + Vec2::from_angle(heading) * rng.random_range(0.3..0.9);
        let wide = (next - at).normalize_or_zero().perp() * rng.random_range(0.008..0.022);
        let corners = [at - wide, next - wide, next + wide, at + wide];
        if corners.iter().all(|corner| corner.y.abs() < place.kerb_y) {
            mesh.polygon(&corners.map(|corner| corner.extend(OVER_M * 0.7)), dark);
        }
        at = next;
    }
}

fn on_road(place: &Place, rng: &mut ChaCha8Rng) -> Vec2 {
    let half = place.kerb_y - 1.7;
    Vec2::new(place.ahead() * rng.random_range(0.0..45.0), rng.random_range(-half..half))
}

pub(super) fn disc(mesh: &mut Mesh, at: Vec2, z: f32, radius: f32, material: Material) {
    let corners: Vec<Vec3> = (0..14)
        .map(|step| (at + Vec2::from_angle(step as f32 / 14.0 * TAU) * radius).extend(z))
        .collect();
    mesh.polygon(&corners, material);
}

fn gutter_and_kerb(
    mesh: &mut Mesh,
    place: &Place,
    side: f32,
    asphalt: Material,
    rng: &mut ChaCha8Rng,
) {
    let (from, to) = (place.reach_x.0 - 5.0, place.reach_x.1 + 30.0);
    let inner = place.beside(side, -0.35);
    let kerb = place.beside(side, 0.0);
    let dirt = asphalt.times(rng.random_range(0.7..1.1)).grained(0.4, 0.2);
    let (low, high) = (inner.min(kerb), inner.max(kerb));
    level(mesh, Vec2::new(from, low), Vec2::new(to, high), OVER_M * 0.4, dirt);
    let stone = grey(rng, 130, 185).grained(0.15, 0.1);
    let painted = rng.random_bool(0.25);
    let height = place.kerb_height + 0.01;
    let step = 1.0_f32.max((to - from) / 140.0);
    for at in 0..((to - from) / step) as usize {
        let x = from + (at as f32 + 0.5) * step;
        let paint = if at % 2 == 0 { (205, 170, 40) } else { (40, 40, 42) };
        let stone = if painted { Material::matt(paint.0, paint.1, paint.2) } else { stone };
        let stone = stone.times(rng.random_range(0.9..1.08));
        let middle = Vec3::new(x, place.beside(side, 0.09), height / 2.0);
        mesh.cuboid(middle, Vec3::new(step - 0.015, 0.18, height), stone);
    }
}

fn pavement(mesh: &mut Mesh, place: &Place, side: f32, rng: &mut ChaCha8Rng) {
    let (from, to) = (place.reach_x.0 - 5.0, place.reach_x.1 + 30.0);
    let (inner, outer) = (place.beside(side, 0.1), place.beside(side, place.pavement_width));
    let (low, high) = (inner.min(outer), inner.max(outer));
    let z = place.kerb_height;
    let base = one_of(rng, &[(150, 146, 140), (168, 160, 148), (128, 128, 130), (160, 128, 112)]);
    let base = Material::matt(base.0, base.1, base.2).times(rng.random_range(0.75..1.1));
    let joint = base.times(0.7).grained(0.2, 0.3);
    level(mesh, Vec2::new(from, low), Vec2::new(to, high), z, joint);
    let tile = rng.random_range(0.5..1.1);
    let rows = ((high - low) / tile).floor().max(1.0);
    let width = (high - low) / rows;
    let uneven = rng.random_range(0.02..0.12);
    let tactile = rng.random_bool(0.7).then(|| (rows / 2.0).floor() as usize);
    let gap = 0.012;
    for column in 0..(48.0 / tile) as usize {
        let x = place.ahead() * (column as f32 + 0.5) * tile - place.ahead() * 2.0;
        for row in 0..rows as usize {
            let y = low + (row as f32 + 0.5) * width;
            let factor = 1.0 + rng.random_range(-uneven..uneven);
            let colour = if tactile == Some(row) { Material::matt(196, 164, 72) } else { base };
            let half = Vec2::new(tile, width) / 2.0 - gap;
            let at = Vec2::new(x, y);
            let colour = colour.times(factor).grained(0.12, 0.12);
            quad(mesh, at - half, at + half, z + OVER_M * 0.5, colour);
        }
    }
    stains(mesh, place, side, rng);
}

/// Dark places where bins and waiting bags stand, and others at random.
fn stains(mesh: &mut Mesh, place: &Place, side: f32, rng: &mut ChaCha8Rng) {
    let z = place.kerb_height + OVER_M;
    let on_side = |at: &Vec2| at.y * side > 0.0;
    let bins = place.bin_spots.iter().chain([&place.collection_point]).map(|spot| spot.at);
    for at in bins.filter(on_side) {
        let slab = grey(rng, 95, 130).grained(0.35, 0.2);
        quad(mesh, at - Vec2::new(0.8, 0.45), at + Vec2::new(0.8, 0.45), z, slab);
    }
}

pub(super) fn quad(mesh: &mut Mesh, least: Vec2, most: Vec2, z: f32, material: Material) {
    let corners = [(least.x, least.y), (most.x, least.y), (most.x, most.y), (least.x, most.y)];
    mesh.polygon(&corners.map(|(x, y)| Vec3::new(x, y, z)), material);
}
