//! What a city puts up: bus shelters, lamp posts, poles with signs, wires.

use glam::Vec2;
use glam::Vec3;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::Scenery;
use super::grey;
use super::one_of;
use crate::sim::street::mesh::Material;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::place::Place;

/// A shelter behind the stop, or only its sign where a shelter would stand in the way.
pub(super) fn bus_shelter(scenery: &mut Scenery, place: &Place, rng: &mut ChaCha8Rng) {
    let stop = place.bus_stop.at;
    let side = stop.y.signum();
    let base = place.kerb_height;
    let metal = grey(rng, 70, 180).glossy(0.08);
    let sign_x = stop.x + 5.5 * place.ahead();
    let foot = Vec3::new(sign_x, place.beside(side, 0.5), base);
    if !place.in_the_way(foot.truncate(), 0.2, 0.0, 2.8) {
        let mesh = &mut scenery.standing;
        mesh.bar((foot, 0.04), (foot + Vec3::Z * 2.6, 0.04), 6, metal);
        let (red, green, blue) = one_of(rng, &[(30, 90, 170), (20, 130, 80), (210, 120, 20)]);
        let board = Material::matt(red, green, blue).glowing(0.03);
        mesh.cuboid(foot + Vec3::Z * 2.2, Vec3::new(0.7, 0.06, 0.9), board);
        let white = Material::matt(240, 240, 236);
        mesh.cuboid(foot + Vec3::Z * 2.3, Vec3::new(0.5, 0.08, 0.3), white);
    }
    let middle = Vec2::new(stop.x, place.beside(side, 1.6));
    let blocked = (-2..=2)
        .any(|at| place.in_the_way(middle + Vec2::new(at as f32 * 1.1, 0.0), 0.7, 0.0, 2.6));
    if blocked || place.pavement_width < 3.0 {
        return;
    }
    let mesh = &mut scenery.standing;
    let at = |x: f32, out: f32, z: f32| Vec3::new(middle.x + x, middle.y + side * out, base + z);
    for x in [-2.4, -0.8, 0.8, 2.4] {
        mesh.bar((at(x, 0.5, 0.0), 0.05), (at(x, 0.5, 2.45), 0.05), 6, metal);
    }
    mesh.cuboid(at(0.0, 0.0, 2.5), Vec3::new(5.4, 1.5, 0.14), metal.times(0.8));
    let poster = one_of(rng, &[(190, 70, 60), (70, 120, 180), (220, 190, 80), (90, 150, 110)]);
    let poster = Material::matt(poster.0, poster.1, poster.2).grained(0.8, 0.4).glowing(0.12);
    for x in [-1.6, 0.0, 1.6] {
        mesh.cuboid(at(x, 0.5, 1.35), Vec3::new(1.4, 0.08, 1.5), poster);
    }
    mesh.cuboid(at(0.0, 0.25, 0.45), Vec3::new(4.0, 0.35, 0.06), metal.times(1.2));
    scenery.signs.push((at(0.0, -0.3, 1.5), Vec3::new(0.5, 0.5, 0.45)));
}

/// Posts with an arm over the road, on both sides by turns.
pub(super) fn street_lamps(scenery: &mut Scenery, place: &Place, rng: &mut ChaCha8Rng) {
    let apart = rng.random_range(14.0..20.0);
    let height = rng.random_range(6.5..9.0);
    let metal = grey(rng, 90, 190);
    let mut side = 1.0;
    let mut x = rng.random_range(-6.0..4.0);
    while x < 70.0 {
        let along = place.ahead() * x;
        let foot = [0.0, 1.5, -1.5, 3.0, -3.0]
            .map(|off| Vec2::new(along + off, place.beside(side, 0.5)))
            .into_iter()
            .find(|at| {
                !place.in_the_way(*at, 0.15, 0.0, height)
                    && at.distance(place.mount.position.truncate()) > 2.0
            });
        if let Some(foot) = foot {
            let foot = foot.extend(place.kerb_height);
            let top = foot + Vec3::Z * height;
            let head = top + Vec3::new(0.0, -side * 1.8, 0.25);
            let mesh = &mut scenery.standing;
            mesh.bar((foot, 0.11), (top, 0.06), 7, metal);
            mesh.bar((top, 0.05), (head, 0.04), 6, metal);
            let glowing = Material::matt(230, 226, 210).glowing(0.8);
            mesh.cuboid(head, Vec3::new(0.35, 0.7, 0.12), metal.times(0.8));
            mesh.cuboid(head - Vec3::Z * 0.08, Vec3::new(0.28, 0.6, 0.06), glowing);
            scenery.street_lamps.push(head - Vec3::Z * 0.3);
        }
        side = -side;
        x += apart;
    }
}

/// Traffic signs, posts, and wires between poles.
pub(super) fn poles(scenery: &mut Scenery, place: &Place, rng: &mut ChaCha8Rng) {
    let metal = grey(rng, 110, 190);
    for _ in 0..rng.random_range(2..6) {
        let side = one_of(rng, &[-1.0, 1.0]);
        let x = place.ahead() * rng.random_range(4.0..45.0);
        let at = Vec2::new(x, place.beside(side, 0.4));
        if place.in_the_way(at, 0.4, 0.0, 3.2) {
            continue;
        }
        let foot = at.extend(place.kerb_height);
        let top = rng.random_range(2.2..3.0);
        scenery.standing.bar((foot, 0.035), (foot + Vec3::Z * top, 0.035), 6, metal);
        let (red, green, blue) = one_of(rng, &[(200, 30, 30), (30, 80, 170), (230, 190, 40)]);
        let plate = Material::matt(red, green, blue);
        plate_at(&mut scenery.standing, foot + Vec3::Z * top, place.ahead(), plate);
    }
    if rng.random_bool(0.4) {
        wires(scenery, place, rng);
    }
    hoops(&mut scenery.standing, place, rng);
}

/// A round plate that faces the camera's end of the street.
fn plate_at(mesh: &mut Mesh, middle: Vec3, ahead: f32, material: Material) {
    let out = Vec3::X * -ahead;
    let white = Material::matt(235, 235, 230);
    mesh.bar((middle, 0.3), (middle + out * 0.03, 0.3), 12, material);
    mesh.bar((middle + out * 0.03, 0.2), (middle + out * 0.04, 0.2), 12, white);
    let bar = Vec3::new(0.02, 0.3, 0.07);
    mesh.cuboid(middle + out * 0.05, bar, material);
}

fn wires(scenery: &mut Scenery, place: &Place, rng: &mut ChaCha8Rng) {
    let side = one_of(rng, &[-1.0, 1.0]);
    let y = place.beside(side, place.pavement_width - 0.2);
    let high = rng.random_range(6.0..8.0);
    let dark = Material::matt(40, 40, 42);
    for at in 0..3 {
        let x = place.ahead() * (at as f32 * 28.0 + 3.0);
        for wire in 0..3 {
            let z = high + wire as f32 * 0.3;
            let end = Vec3::new(x + place.ahead() * 28.0, y, z);
            let middle = Vec3::new(x + place.ahead() * 14.0, y, z - 0.5);
            scenery.standing.bar((Vec3::new(x, y, z), 0.012), (middle, 0.012), 3, dark);
            scenery.standing.bar((middle, 0.012), (end, 0.012), 3, dark);
        }
    }
}

/// Hoops that bicycles are locked to.
fn hoops(mesh: &mut Mesh, place: &Place, rng: &mut ChaCha8Rng) {
    let side = one_of(rng, &[-1.0, 1.0]);
    let first = rng.random_range(5.0..25.0);
    let steel = grey(rng, 130, 200).glossy(0.1);
    for at in 0..4 {
        let x = place.ahead() * (first + at as f32 * 0.9);
        let foot = Vec2::new(x, place.beside(side, 0.9));
        if place.in_the_way(foot, 0.4, 0.0, 0.8) {
            continue;
        }
        let foot = foot.extend(place.kerb_height);
        let across = Vec3::Y * 0.3;
        for sign in [-1.0, 1.0] {
            let low = foot + across * sign;
            mesh.bar((low, 0.025), (low + Vec3::Z * 0.75, 0.025), 5, steel);
        }
        let [left, right] = [-1.0, 1.0].map(|sign| foot + across * sign + Vec3::Z * 0.75);
        mesh.bar((left, 0.025), (right, 0.025), 5, steel);
    }
}
