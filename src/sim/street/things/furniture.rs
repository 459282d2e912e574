//! What the city puts on its streets: cones, bollards, signs, barriers, benches, kiosks.

use glam::Vec3;

use super::dice::Dice;
use super::paint;
use super::parts::pole;
use super::parts::rod;
use super::parts::writing;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::shapes::Level;
use crate::sim::street::shapes::Side;
use crate::sim::street::shapes::wall_between;
use crate::sim::street::thing::Posed;

pub(super) fn cone(posed: &Posed) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let mut mesh = Mesh::new();
    let height = dice.between(0.55, 0.95);
    let foot = height * dice.between(0.2, 0.26);
    let colour = paint::pick(dice, &[(226, 70, 24), (236, 96, 30), (200, 40, 30), (226, 70, 24)]);
    let colour = colour.grained(dice.between(0.05, 0.25), 0.08);
    let base = if dice.chance(0.6) { paint::dark() } else { colour };
    mesh.cuboid(Vec3::Z * 0.025, Vec3::new(foot * 2.4, foot * 2.4, 0.05), base);
    let radius = |z: f32| foot * (1.0 - z / height) + 0.025;
    let bands = dice.count(1, 2);
    let mut from = 0.05;
    for band in 0..bands {
        let low = height * (0.38 + 0.3 * band as f32);
        let high = low + height * 0.16;
        mesh.turned(
            Vec3::ZERO,
            &[(from, radius(from), radius(from)), (low, radius(low), radius(low))],
            10,
            colour,
        );
        let white = paint::of((232, 232, 226)).glossy(0.1);
        mesh.turned(
            Vec3::ZERO,
            &[(low, radius(low), radius(low)), (high, radius(high), radius(high))],
            10,
            white,
        );
        from = high;
    }
    mesh.turned(
        Vec3::ZERO,
        &[(from, radius(from), radius(from)), (height, radius(height), radius(height))],
        10,
        colour,
    );
    mesh
}

pub(super) fn bollard(posed: &Posed) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let mut mesh = Mesh::new();
    let height = dice.between(0.55, 0.95);
    let radius = dice.between(0.05, 0.12);
    let steel = if dice.chance(0.5) { paint::steel(dice) } else { paint::stone(dice) };
    let cap = [(height, radius, radius), (height + radius * 0.6, radius * 0.6, radius * 0.6)];
    mesh.turned(
        Vec3::ZERO,
        &[(0.0, radius * 1.2, radius * 1.2), (0.05, radius, radius), cap[0], cap[1]],
        10,
        steel,
    );
    if dice.chance(0.6) {
        let band = paint::of(dice.one_of(&[(220, 180, 40), (200, 40, 40), (236, 236, 230)]));
        let ring = radius * 1.06;
        mesh.turned(
            Vec3::ZERO,
            &[(height * 0.75, ring, ring), (height * 0.9, ring, ring)],
            10,
            band,
        );
    }
    mesh
}

pub(super) fn street_sign(posed: &Posed) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let mut mesh = Mesh::new();
    let height = dice.between(2.2, 2.9);
    pole(&mut mesh, Vec3::ZERO, height, 0.035, paint::of((160, 162, 164)));
    let colour = dice.one_of(&[
        (30, 80, 170),
        (200, 30, 34),
        (240, 200, 40),
        (236, 236, 232),
        (30, 110, 70),
    ]);
    let board = paint::of(colour).glossy(0.08);
    let middle = Vec3::new(0.05, 0.0, height - 0.3);
    if dice.chance(0.5) {
        let face = [(middle - Vec3::X * 0.01, 0.3), (middle + Vec3::X * 0.01, 0.3)];
        mesh.tube(&face, 14, board);
        let inner = [(middle, 0.22), (middle + Vec3::X * 0.02, 0.22)];
        let ink = paint::of(dice.one_of(&[(236, 236, 232), (30, 80, 170), (200, 30, 34)]));
        mesh.tube(&inner, 14, ink);
    } else {
        let half = dice.between(0.25, 0.55);
        let levels = [
            Level::new(middle.z - 0.25, middle.x - 0.01, middle.x + 0.01, half),
            Level::new(middle.z + 0.25, middle.x - 0.01, middle.x + 0.01, half),
        ];
        mesh.hull(&levels, 0.0, board);
        let ink = paint::of((240, 240, 236));
        writing(&mut mesh, dice, &wall_between(levels[0], levels[1], Side::Front, 0.0), 1, ink);
    }
    mesh
}

pub(super) fn road_barrier(posed: &Posed) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let mut mesh = Mesh::new();
    let length = dice.between(1.3, 2.2);
    let half = length / 2.0;
    if dice.chance(0.5) {
        // A water-filled block.
        let colour = paint::of(dice.one_of(&[(206, 50, 40), (232, 200, 50), (230, 230, 226)]));
        let levels = [
            Level::new(0.0, -half, half, 0.24),
            Level::new(0.22, -half, half, 0.22),
            Level::new(0.4, -half, half, 0.12),
            Level::new(0.85, -half, half, 0.09),
        ];
        mesh.hull(&levels, 0.03, colour.grained(0.15, 0.1));
        let white = paint::of((230, 230, 226));
        for side in [Side::Left, Side::Right] {
            let wall = wall_between(levels[2], levels[3], side, 0.03);
            mesh.panel(&wall, (0.1, 0.9), (0.3, 0.65), white);
        }
        return mesh;
    }
    let steel = paint::of(dice.one_of(&[(230, 232, 232), (220, 180, 40), (70, 120, 180)]));
    let height = dice.between(0.95, 1.15);
    for x in [-half, half] {
        rod(&mut mesh, Vec3::X * x, Vec3::new(x, 0.0, height), 0.025, steel);
        rod(&mut mesh, Vec3::new(x, -0.28, 0.025), Vec3::new(x, 0.28, 0.025), 0.025, steel);
    }
    for z in [0.18, height] {
        rod(&mut mesh, Vec3::new(-half, 0.0, z), Vec3::new(half, 0.0, z), 0.025, steel);
    }
    let bars = (length / 0.16) as u32;
    for bar in 1..bars {
        let x = length * (bar as f32 / bars as f32 - 0.5);
        rod(&mut mesh, Vec3::new(x, 0.0, 0.18), Vec3::new(x, 0.0, height), 0.012, steel);
    }
    if dice.chance(0.5) {
        let board = Vec3::new(0.0, 0.0, height * 0.6);
        mesh.cuboid(board, Vec3::new(length * 0.7, 0.06, 0.2), paint::of((206, 44, 40)));
        mesh.cuboid(board, Vec3::new(length * 0.3, 0.07, 0.2), paint::of((232, 232, 228)));
    }
    mesh
}

pub(super) fn bench(posed: &Posed) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let mut mesh = Mesh::new();
    let length = dice.between(1.2, 1.9);
    let slat = if dice.chance(0.7) { paint::wood(dice) } else { paint::steel(dice) };
    for row in 0..4 {
        let x = 0.13 * row as f32 - 0.18;
        mesh.cuboid(Vec3::new(x, 0.0, 0.43), Vec3::new(0.1, length, 0.04), slat);
    }
    if dice.chance(0.6) {
        for row in 0..3 {
            let at = Vec3::new(-0.26 - 0.03 * row as f32, 0.0, 0.55 + 0.13 * row as f32);
            mesh.cuboid(at, Vec3::new(0.03, length, 0.1), slat);
        }
    }
    let leg = if dice.chance(0.5) { paint::dark() } else { paint::stone(dice) };
    for side in [-0.4, 0.4] {
        mesh.cuboid(Vec3::new(0.0, side * length, 0.21), Vec3::new(0.44, 0.08, 0.42), leg);
    }
    mesh
}

/// A small shop of its own: newspapers, drinks, keys, a guard's box.
pub(super) fn kiosk(posed: &Posed) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let mut mesh = Mesh::new();
    let half = (dice.between(0.7, 1.4), dice.between(0.7, 1.1));
    let height = dice.between(2.3, 2.7);
    let wall = paint::pick(
        dice,
        &[(206, 210, 212), (60, 110, 90), (150, 60, 50), (230, 226, 214), (70, 100, 140)],
    );
    let levels = [
        Level::new(0.0, -half.0, half.0, half.1),
        Level::new(0.95, -half.0, half.0, half.1),
        Level::new(height - 0.4, -half.0, half.0, half.1),
        Level::new(height, -half.0, half.0, half.1),
    ];
    mesh.hull(&levels, 0.04, wall.grained(0.1, 0.3));
    for side in [Side::Front, Side::Left, Side::Right] {
        let window = wall_between(levels[1], levels[2], side, 0.04);
        mesh.panel(&window, (0.08, 0.92), (0.02, 0.92), paint::glass());
        let stand = wall_between(levels[0], levels[1], side, 0.04);
        mesh.panel(&stand, (0.1, 0.9), (0.1, 0.85), wall.times(0.7));
        let sign = wall_between(levels[2], levels[3], side, 0.04);
        mesh.panel(&sign, (0.02, 0.98), (0.1, 0.9), paint::shop(dice));
        let raised =
            sign.map(|corner| corner + (corner - Vec3::Z * corner.z).normalize_or_zero() * 0.02);
        writing(&mut mesh, dice, &raised, 1, paint::of((246, 244, 236)));
    }
    let roof = Level::new(height, -half.0 - 0.25, half.0 + 0.25, half.1 + 0.25);
    mesh.hull(
        &[roof, Level::new(height + 0.14, -half.0, half.0, half.1)],
        0.05,
        paint::shop(dice).times(0.8),
    );
    mesh
}
