//! Paint on the road: lanes, crossing, stop lines, berths, the bus stop's box.

use std::f32::consts::FRAC_PI_2;

use glam::Vec2;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::ground::OVER_M;
use super::ground::quad;
use super::level;
use crate::sim::street::mesh::Material;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::place::Place;
use crate::sim::street::place::Spot;

pub(super) fn paint(mesh: &mut Mesh, place: &Place, rng: &mut ChaCha8Rng) {
    let fresh = rng.random_range(0.55..1.0);
    let wear = rng.random_range(0.1..0.45);
    let white = Material::matt(226, 226, 220).times(fresh).grained(wear, 0.15);
    let yellow = Material::matt(214, 164, 42).times(fresh).grained(wear, 0.15);
    lanes(mesh, place, white, yellow, rng);
    crossing(mesh, place, white);
    for berth in &place.berths {
        frame(mesh, berth, Vec2::new(6.0, 2.2), 0.1, white);
    }
    frame(mesh, &place.bus_stop, Vec2::new(13.5, 2.7), 0.15, yellow);
    zigzag(mesh, &place.bus_stop, yellow);
    if rng.random_bool(0.6) {
        no_parking(mesh, place, yellow);
    }
}

fn lanes(mesh: &mut Mesh, place: &Place, white: Material, yellow: Material, rng: &mut ChaCha8Rng) {
    let solid_middle = place.lanes.len() > 2 || rng.random_bool(0.5);
    for pair in place.lanes.windows(2) {
        let y = f32::midpoint(pair[0].middle_y, pair[1].middle_y);
        let opposed = (pair[0].heading < FRAC_PI_2) != (pair[1].heading < FRAC_PI_2);
        match (opposed, solid_middle) {
            (true, true) => {
                solid(mesh, place, y - 0.13, yellow);
                solid(mesh, place, y + 0.13, yellow);
            }
            (true, false) => dashes(mesh, place, y, yellow),
            (false, _) => dashes(mesh, place, y, white),
        }
    }
    for lane in [place.lanes.first(), place.lanes.last()].into_iter().flatten() {
        let edge = lane.middle_y + lane.middle_y.signum() * lane.width / 2.0;
        solid(mesh, place, edge, white);
    }
}

/// A line along the street, not over the crossing.
fn solid(mesh: &mut Mesh, place: &Place, y: f32, material: Material) {
    let (from, to) = place.reach_x;
    let around = |at: f32, off: f32| at + off;
    let parts = match place.crossing_x {
        Some((least, most)) => [(from, around(least, -1.2)), (around(most, 1.2), to)],
        None => [(from, 0.0), (0.0, to)],
    };
    for (from, to) in parts {
        let (least, most) = (Vec2::new(from, y - 0.07), Vec2::new(to, y + 0.07));
        level(mesh, least, most, OVER_M, material);
    }
}

fn dashes(mesh: &mut Mesh, place: &Place, y: f32, material: Material) {
    const DASH_M: f32 = 2.5;
    let mut x = place.reach_x.0;
    while x < place.reach_x.1 {
        let kept =
            place.crossing_x.is_none_or(|(least, most)| x + DASH_M < least - 1.0 || x > most + 1.0);
        if kept {
            let (least, most) = (Vec2::new(x, y - 0.07), Vec2::new(x + DASH_M, y + 0.07));
            quad(mesh, least, most, OVER_M, material);
        }
        x += DASH_M + 4.0;
    }
}

/// Stripes, and a stop line before them for each direction.
fn crossing(mesh: &mut Mesh, place: &Place, white: Material) {
    let Some((from, to)) = place.crossing_x else { return };
    let mut y = -place.kerb_y + 0.6;
    while y < place.kerb_y - 0.7 {
        quad(mesh, Vec2::new(from, y), Vec2::new(to, y + 0.45), OVER_M, white);
        y += 1.0;
    }
    for lane in &place.lanes {
        let x = if lane.heading < FRAC_PI_2 { from - 1.3 } else { to + 1.0 };
        let (low, high) = (lane.middle_y - lane.width / 2.0, lane.middle_y + lane.width / 2.0);
        quad(mesh, Vec2::new(x, low), Vec2::new(x + 0.3, high), OVER_M * 1.2, white);
    }
}

/// The outline of a rectangle of a length and width.
fn frame(mesh: &mut Mesh, spot: &Spot, size: Vec2, line_m: f32, material: Material) {
    let half = size / 2.0;
    let line = Vec2::new(half.x, line_m / 2.0);
    let end = Vec2::new(line_m / 2.0, half.y);
    for sign in [-1.0, 1.0] {
        let long = spot.at + Vec2::new(0.0, sign * half.y);
        quad(mesh, long - line, long + line, OVER_M * 1.1, material);
        let short = spot.at + Vec2::new(sign * half.x, 0.0);
        quad(mesh, short - end, short + end, OVER_M * 1.1, material);
    }
}

fn zigzag(mesh: &mut Mesh, spot: &Spot, material: Material) {
    for at in 0..6 {
        let sign = if at % 2 == 0 { 1.0 } else { -1.0 };
        let from = spot.at + Vec2::new(-6.0 + 2.0 * at as f32, -sign);
        let to = spot.at + Vec2::new(-4.0 + 2.0 * at as f32, sign);
        let wide = (to - from).normalize().perp() * 0.06;
        let corners = [from - wide, to - wide, to + wide, from + wide];
        mesh.polygon(&corners.map(|corner| corner.extend(OVER_M * 1.1)), material);
    }
}

/// A yellow line beside the kerb where nobody may park.
fn no_parking(mesh: &mut Mesh, place: &Place, yellow: Material) {
    let Some(spot) = place.kerb_spots.first() else { return };
    let y = spot.at.y.signum() * (place.kerb_y - 0.25);
    let all = place.kerb_spots.iter().map(|spot| spot.at.x);
    let (least, most) = all
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), x| (least.min(x), most.max(x)));
    let corner = Vec2::new(least - 4.0, y - 0.06);
    level(mesh, corner, Vec2::new(most + 4.0, y + 0.06), OVER_M, yellow);
}
