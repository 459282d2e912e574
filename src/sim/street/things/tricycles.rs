//! Three-wheeled carriers: couriers' closed boxes, open beds, cabins; the base of stalls on wheels.

use glam::Vec3;

use super::dice::Dice;
use super::figure::Stance;
use super::figure::TRUNK_M;
use super::figure::add_figure;
use super::outfit::Outfit;
use super::paint;
use super::parts::Wheel;
use super::parts::carton;
use super::parts::rod;
use super::parts::shade_below;
use crate::sim::street::mesh::Material;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::shapes::Level;
use crate::sim::street::shapes::Side;
use crate::sim::street::shapes::wall_between;
use crate::sim::street::thing::Posed;
use crate::sim::street::thing::Rider;

const FRAMES: [paint::Colour; 6] =
    [(40, 84, 160), (160, 40, 40), (50, 120, 70), (60, 62, 66), (90, 110, 130), (210, 90, 30)];
const BOXES: [paint::Colour; 7] = [
    (230, 232, 232),
    (40, 130, 80),
    (200, 40, 40),
    (36, 90, 170),
    (240, 190, 40),
    (90, 60, 140),
    (60, 64, 70),
];

/// The carrier's bed: where it lies and how wide it is.
#[derive(Clone, Copy)]
pub(super) struct Bed {
    pub(super) middle: Vec3,
    pub(super) length: f32,
    pub(super) width: f32,
}

pub(super) fn tricycle(posed: &Posed, rider: Rider) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let mut mesh = Mesh::new();
    let painted = paint::pick(dice, &FRAMES).grained(0.15, 0.15).glossy(0.05);
    let bed = add_carrier(&mut mesh, dice, painted, posed);
    let share = dice.between(0.0, 1.0);
    if share < 0.35 {
        add_closed_box(&mut mesh, dice, bed);
    } else {
        add_open_bed(&mut mesh, bed, painted, dice.between(0.25, 0.45));
        add_load(&mut mesh, dice, bed);
    }
    if dice.chance(0.3) {
        add_roof(&mut mesh, dice);
    }
    if rider == Rider::On {
        let outfit = Outfit::riding(dice, 0.3);
        add_driver(&mut mesh, &outfit);
    }
    mesh
}

fn add_driver(mesh: &mut Mesh, outfit: &Outfit) {
    let hips = Vec3::new(0.32, 0.0, 0.86);
    let stance = Stance {
        hips,
        neck: hips + Vec3::new(0.1, 0.0, 0.99) * TRUNK_M * outfit.size,
        hands: [1.0, -1.0].map(|sign| Vec3::new(0.86, sign * 0.3, 1.04)),
        ankles: [1.0, -1.0].map(|sign| Vec3::new(0.7, sign * 0.16, 0.4)),
    };
    add_figure(mesh, outfit, &stance);
}

/// Wheels, frame, seat and handlebar; the bed is left open.
pub(super) fn add_carrier(
    mesh: &mut Mesh,
    dice: &mut Dice,
    painted: Material,
    posed: &Posed,
) -> Bed {
    let length = dice.between(1.3, 1.75);
    let width = dice.between(0.9, 1.1);
    let radius = dice.between(0.25, 0.31);
    let front = Vec3::new(1.15, 0.0, radius);
    let bed = Bed { middle: Vec3::new(0.05 - length / 2.0, 0.0, 0.62), length, width };
    shade_below(mesh, 2.1, width * 0.72);
    let hub = paint::of((140, 140, 140));
    for outwards in [-1.0, 1.0] {
        Wheel { centre: front, radius, width: 0.11, outwards, phase: posed.phase }
            .add_to(mesh, hub);
        let centre =
            Vec3::new(bed.middle.x - length * 0.1, outwards * (width / 2.0 - 0.05), radius);
        Wheel { centre, radius, width: 0.12, outwards, phase: posed.phase }.add_to(mesh, hub);
    }
    let trim = paint::dark();
    for sign in [-1.0, 1.0] {
        let side = Vec3::Y * sign * 0.14;
        rod(
            mesh,
            Vec3::new(0.9, 0.0, 0.4) + side,
            Vec3::new(-length * 0.8, 0.0, 0.45) + side,
            0.03,
            painted,
        );
        rod(mesh, Vec3::new(1.0, 0.0, 0.92), front + Vec3::Y * sign * 0.09, 0.028, trim);
    }
    mesh.cuboid(Vec3::new(0.6, 0.0, 0.32), Vec3::new(0.6, 0.42, 0.05), trim);
    let shield = [
        (Vec3::new(0.96, 0.0, 0.4), 0.12),
        (Vec3::new(1.02, 0.0, 0.7), 0.16),
        (Vec3::new(0.96, 0.0, 0.98), 0.1),
    ];
    mesh.tube(&shield, 6, painted);
    mesh.cuboid(front + Vec3::Z * (radius + 0.05), Vec3::new(0.4, 0.16, 0.05), painted);
    mesh.cuboid(Vec3::new(0.3, 0.0, 0.56), Vec3::new(0.36, 0.4, 0.34), painted.times(0.8));
    mesh.egg(Vec3::new(0.3, 0.0, 0.77), Vec3::new(0.24, 0.22, 0.07), 3, |_| 1.0, trim);
    let bar = Vec3::new(0.92, 0.0, 1.02);
    rod(mesh, bar - Vec3::Y * 0.36, bar + Vec3::Y * 0.36, 0.022, trim);
    let lamp = paint::lamp((220, 222, 224), posed.lit);
    mesh.egg(Vec3::new(1.12, 0.0, 0.9), Vec3::new(0.09, 0.1, 0.09), 2, |_| 1.0, lamp);
    for sign in [-1.0, 1.0] {
        let at = Vec3::new(bed.middle.x - length / 2.0 - 0.03, sign * width * 0.4, 0.56);
        mesh.cuboid(at, Vec3::new(0.05, 0.14, 0.08), paint::lamp((160, 24, 20), posed.lit));
        let mirror = bar + Vec3::new(0.0, sign * 0.34, 0.2);
        rod(mesh, bar + Vec3::Y * sign * 0.24, mirror, 0.012, trim);
        mesh.cuboid(mirror, Vec3::new(0.03, 0.13, 0.1), trim);
    }
    bed
}

pub(super) fn add_open_bed(mesh: &mut Mesh, bed: Bed, painted: Material, height: f32) {
    mesh.cuboid(bed.middle, Vec3::new(bed.length, bed.width, 0.06), painted.times(0.6));
    let up = Vec3::Z * height / 2.0;
    for sign in [-1.0, 1.0] {
        let flank = bed.middle + up + Vec3::Y * sign * (bed.width / 2.0 - 0.015);
        mesh.cuboid(flank, Vec3::new(bed.length, 0.03, height), painted);
        let end = bed.middle + up + Vec3::X * sign * (bed.length / 2.0 - 0.015);
        mesh.cuboid(end, Vec3::new(0.03, bed.width, height), painted);
    }
}

fn add_closed_box(mesh: &mut Mesh, dice: &mut Dice, bed: Bed) {
    let height = dice.between(0.85, 1.15);
    let colour = paint::pick(dice, &BOXES).grained(0.08, 0.3).glossy(0.06);
    let [rear, front] = [-1.0, 1.0].map(|end| bed.middle.x + end * bed.length / 2.0);
    let half = bed.width / 2.0;
    let low = bed.middle.z - 0.1;
    let levels = [
        Level::new(low, rear, front, half),
        Level::new(low + height, rear, front, half),
        Level::new(low + height + 0.05, rear + 0.06, front - 0.06, half - 0.06),
    ];
    mesh.hull(&levels, 0.04, colour);
    let second = paint::pick(dice, &BOXES);
    let height = dice.between(0.15, 0.5);
    for side in [Side::Left, Side::Right, Side::Rear] {
        let wall = wall_between(levels[0], levels[1], side, 0.04);
        mesh.panel(&wall, (0.08, 0.92), (0.25, 0.25 + height), second);
        mesh.panel(&wall, (0.49, 0.51), (0.04, 0.96), colour.times(0.4));
    }
}

/// What carriers carry when they do not sell: parcels, sacks, drums, scrap.
fn add_load(mesh: &mut Mesh, dice: &mut Dice, bed: Bed) {
    let kind = dice.count(0, 3);
    let pieces = if kind == 0 { 0 } else { dice.count(4, 9) };
    for piece in 0..pieces {
        let x = bed.length * (0.23 * (piece % 4) as f32 - 0.34);
        let y = bed.width * if piece % 8 < 4 { 0.22 } else { -0.22 };
        let z = 0.03 + if piece >= 8 { 0.3 } else { 0.0 };
        let foot = bed.middle + Vec3::new(x, y, z);
        match kind {
            1 => {
                let size = Vec3::new(0.34, 0.4, dice.between(0.25, 0.55));
                let turn = dice.about(0.2);
                carton(mesh, dice, foot, size, turn);
            }
            2 => {
                let sack =
                    paint::of(dice.one_of(&[(224, 220, 206), (206, 196, 170), (120, 150, 190)]));
                let radii = Vec3::new(0.2, 0.24, dice.between(0.14, 0.24));
                mesh.egg(foot + Vec3::Z * 0.16, radii, 3, |_| 1.0, sack.grained(0.2, 0.06));
            }
            _ => {
                let drum = paint::shop(dice);
                mesh.turned(foot, &[(0.0, 0.15, 0.15), (0.5, 0.15, 0.15)], 8, drum);
            }
        }
    }
}

/// A canopy over the seat.
fn add_roof(mesh: &mut Mesh, dice: &mut Dice) {
    let cloth = paint::shop(dice);
    mesh.cuboid(Vec3::new(0.55, 0.0, 1.86), Vec3::new(1.25, 0.95, 0.05), cloth);
    for sign in [-1.0, 1.0] {
        let steel = paint::of((90, 92, 96));
        rod(
            mesh,
            Vec3::new(1.02, sign * 0.28, 0.9),
            Vec3::new(1.12, sign * 0.42, 1.86),
            0.016,
            steel,
        );
        rod(
            mesh,
            Vec3::new(0.05, sign * 0.42, 0.6),
            Vec3::new(0.0, sign * 0.42, 1.86),
            0.016,
            steel,
        );
    }
}
