//! Bins and containers: closed, full to the rim, overflowing.

use std::f32::consts::TAU;

use glam::Affine3A;
use glam::Vec2;
use glam::Vec3;

use super::dice::Dice;
use super::garbage::add_bag;
use super::garbage::add_litter;
use super::paint;
use super::parts::Wheel;
use super::parts::rod;
use super::parts::shade_below;
use crate::sim::street::mesh::Material;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::shapes::Level;
use crate::sim::street::shapes::Side;
use crate::sim::street::shapes::wall_between;
use crate::sim::street::thing::Fill;
use crate::sim::street::thing::Posed;

/// Kitchen green, recyclable blue, other grey or black, hazardous red; old orange.
const BINS: [paint::Colour; 9] = [
    (34, 110, 66),
    (24, 90, 56),
    (60, 150, 80),
    (28, 84, 160),
    (40, 110, 190),
    (84, 88, 92),
    (56, 60, 64),
    (180, 36, 36),
    (214, 110, 40),
];

/// An opening at the top of a bin: what lies in it shows here.
#[derive(Clone, Copy)]
struct Mouth {
    centre: Vec3,
    /// Half of its length and width.
    half: Vec2,
}

pub(super) fn bin(posed: &Posed, fill: Fill) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let mut mesh = Mesh::new();
    if dice.chance(0.35) {
        add_twin(&mut mesh, dice, fill);
    } else {
        let colour = paint::pick(dice, &BINS).grained(dice.between(0.05, 0.25), 0.12).glossy(0.04);
        let size =
            Vec3::new(dice.between(0.62, 0.74), dice.between(0.5, 0.6), dice.between(0.9, 1.08));
        add_wheelie(&mut mesh, dice, size, colour, fill);
    }
    if fill == Fill::Overflowing {
        add_beside(&mut mesh, dice, Vec2::new(0.4, 0.4));
    }
    mesh
}

/// A two-wheeled bin, its lid hinged at the rear.
fn add_wheelie(mesh: &mut Mesh, dice: &mut Dice, size: Vec3, colour: Material, fill: Fill) {
    let half = size / 2.0;
    let rim = size.z - 0.08;
    shade_below(mesh, size.x * 0.74, size.y * 0.78);
    let levels = [
        Level::new(0.06, -half.x * 0.78, half.x * 0.66, half.y * 0.76),
        Level::new(rim - 0.08, -half.x, half.x * 0.94, half.y * 0.96),
        Level::new(rim - 0.07, -half.x * 1.04, half.x * 1.02, half.y * 1.04),
        Level::new(rim, -half.x * 1.04, half.x * 1.02, half.y * 1.04),
    ];
    mesh.hull(&levels, 0.04, colour);
    let front = wall_between(levels[0], levels[1], Side::Front, 0.04);
    if dice.chance(0.7) {
        let label = paint::of(dice.one_of(&[(230, 232, 228), (220, 222, 216), (240, 210, 60)]));
        mesh.panel(&front, (0.25, 0.75), (0.5, 0.8), label);
    }
    for outwards in [-1.0, 1.0] {
        let centre = Vec3::new(-half.x * 0.72, outwards * half.y * 0.8, 0.1);
        Wheel { centre, radius: 0.1, width: 0.06, outwards, phase: 0.0 }
            .add_to(mesh, paint::of((70, 70, 70)));
    }
    let handle = Vec3::new(-half.x * 1.12, 0.0, rim - 0.03);
    rod(
        mesh,
        handle - Vec3::Y * half.y * 0.8,
        handle + Vec3::Y * half.y * 0.8,
        0.022,
        colour.times(0.7),
    );
    let hinge = Vec3::new(-half.x * 1.02, 0.0, rim);
    let ajar = match fill {
        Fill::Closed => 0.0,
        Fill::Full => dice.between(1.5, 2.0),
        Fill::Overflowing => dice.one_of(&[0.7, 1.0, 1.7, 2.2]),
    };
    add_lid(
        mesh,
        hinge,
        Vec2::new(size.x * 1.04, half.y * 1.06),
        ajar,
        colour.times(dice.between(0.85, 1.1)),
    );
    if fill != Fill::Closed {
        let mouth = Mouth { centre: Vec3::Z * rim, half: half.truncate() * 0.96 };
        add_contents(mesh, dice, mouth, fill);
    }
}

/// A slightly domed lid, opened by `ajar` radians around its hinge along y.
fn add_lid(mesh: &mut Mesh, hinge: Vec3, size: Vec2, ajar: f32, colour: Material) {
    let mut lid = Mesh::new();
    let levels = [
        Level::new(0.0, -0.02, size.x, size.y),
        Level::new(0.03, -0.02, size.x, size.y),
        Level::new(0.09, 0.08, size.x * 0.86, size.y * 0.8),
    ];
    lid.hull(&levels, 0.03, colour);
    mesh.add(&lid, Affine3A::from_translation(hinge) * Affine3A::from_rotation_y(-ajar));
}

/// What is seen in the mouth: dark and level when full, piled when it overflows.
fn add_contents(mesh: &mut Mesh, dice: &mut Dice, mouth: Mouth, fill: Fill) {
    let inside = Vec3::new(mouth.half.x * 1.86, mouth.half.y * 1.86, 0.02);
    mesh.cuboid(mouth.centre + Vec3::Z * 0.002, inside, paint::of((46, 44, 42)).grained(0.6, 0.05));
    let mut part = Mesh::new();
    let area = mouth.half.x * mouth.half.y;
    if fill == Fill::Full {
        for _ in 0..(7.0 + area * 22.0) as u32 {
            let flat = Vec2::new(dice.about(0.66), dice.about(0.66)) * mouth.half;
            let long = dice.between(0.11, 0.22).min(mouth.half.min_element() * 0.7);
            let radii = Vec3::new(long, long * dice.between(0.6, 1.0), 0.04);
            let lumps = dice.lumps(0.2);
            let piece = if dice.chance(0.6) { paint::bag(dice) } else { paint::litter(dice) };
            part.egg(flat.extend(-0.005), radii, 3, |out| lumps.at(out), piece);
        }
    } else {
        let high = dice.between(0.22, 0.42);
        let lumps = dice.lumps(0.25);
        let core = paint::litter(dice).times(0.7).grained(0.6, 0.06);
        part.mound(Vec3::ZERO, mouth.half * 0.98, high * 0.7, 4, |at| lumps.at(at), core);
        let bags = (4.0 + area * 14.0) as u32;
        for at in 0..bags {
            let turn = TAU * (at as f32 / bags as f32) + dice.about(0.5);
            let out = mouth.half * dice.between(0.2, 0.95);
            let up = high * dice.between(0.0, 0.55);
            let foot = Vec3::new(turn.cos() * out.x, turn.sin() * out.y, up);
            let radius = dice.between(0.13, 0.22);
            let bag = paint::bag(dice);
            add_bag(&mut part, dice, foot, radius, bag);
        }
        let pieces = dice.count(12, 24);
        add_litter(&mut part, dice, pieces, mouth.half * 1.05, high);
    }
    mesh.add(&part, Affine3A::from_translation(mouth.centre));
}

/// Bags and litter that no longer found room.
fn add_beside(mesh: &mut Mesh, dice: &mut Dice, reach: Vec2) {
    for _ in 0..dice.count(0, 4) {
        let turn = dice.about(2.4);
        let out = Vec2::new(turn.cos(), turn.sin()) * (reach + dice.between(0.12, 0.35));
        let radius = dice.between(0.14, 0.26);
        let bag = paint::bag(dice);
        add_bag(mesh, dice, out.extend(0.0), radius, bag);
    }
    let pieces = dice.count(3, 14);
    add_litter(mesh, dice, pieces, reach + 0.4, 0.0);
}

/// Two bins side by side in a frame with a roof, as they stand along pavements.
fn add_twin(mesh: &mut Mesh, dice: &mut Dice, fill: Fill) {
    let height = dice.between(0.85, 1.05);
    let half = dice.between(0.45, 0.56);
    let deep = dice.between(0.17, 0.24);
    let colours = dice.one_of(&[
        [(34, 110, 66), (84, 88, 92)],
        [(28, 84, 160), (84, 88, 92)],
        [(60, 130, 80), (210, 120, 40)],
        [(120, 126, 128), (120, 126, 128)],
    ]);
    let frame = paint::of(dice.one_of(&[(70, 74, 78), (150, 154, 156), (90, 66, 48)])).glossy(0.06);
    shade_below(mesh, deep * 2.0, half * 2.0);
    for (at, colour) in colours.iter().enumerate() {
        let middle = half * (at as f32 - 0.5);
        let mut part = Mesh::new();
        let levels = [
            Level::new(0.1, -deep * 0.94, deep * 0.94, half * 0.42),
            Level::new(height * 0.78, -deep, deep, half * 0.46),
        ];
        let colour = paint::of(*colour).grained(0.15, 0.1).glossy(0.06);
        part.hull(&levels, 0.02, colour);
        let front = wall_between(levels[0], levels[1], Side::Front, 0.02);
        part.panel(&front, (0.25, 0.75), (0.3, 0.6), paint::of((226, 228, 224)));
        part.panel(&front, (0.15, 0.85), (0.76, 0.96), paint::of((16, 16, 16)));
        mesh.add(&part, Affine3A::from_translation(Vec3::Y * middle * 1.05));
        if fill != Fill::Closed {
            let centre = Vec3::new(0.0, middle * 1.05, height * 0.78);
            let mouth = Mouth { centre, half: Vec2::new(deep, half * 0.44) };
            let half_full = fill == Fill::Overflowing && at == 1 && dice.chance(0.3);
            add_contents(mesh, dice, mouth, if half_full { Fill::Full } else { fill });
        }
    }
    for side in [-1.0, 1.0] {
        let post = Vec3::new(0.0, side * half * 1.04, height * 0.5);
        mesh.cuboid(post, Vec3::new(deep * 0.7, 0.05, height), frame);
    }
    let roofed = fill == Fill::Closed || dice.chance(0.4);
    let roof_z = if fill == Fill::Closed { height * 0.86 } else { height + 0.16 };
    if roofed {
        let levels = [
            Level::new(roof_z, -deep * 1.1, deep * 1.1, half * 1.1),
            Level::new(roof_z + 0.1, -deep * 0.5, deep * 0.5, half * 1.04),
        ];
        mesh.hull(&levels, 0.03, frame);
        for side in [-1.0, 1.0] {
            let post = Vec3::new(0.0, side * half * 1.04, roof_z * 0.5);
            mesh.cuboid(post, Vec3::new(0.06, 0.05, roof_z), frame);
        }
    }
}

pub(super) fn container(posed: &Posed, fill: Fill) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let mut mesh = Mesh::new();
    let half = Vec2::new(dice.between(0.5, 0.62), dice.between(0.62, 0.95));
    let rim = dice.between(1.0, 1.25);
    let colour = paint::pick(dice, &BINS[..7]).grained(0.2, 0.2).glossy(0.04);
    shade_below(&mut mesh, half.x * 1.3, half.y * 1.5);
    let levels = [
        Level::new(0.2, -half.x * 0.84, half.x * 0.8, half.y * 0.88),
        Level::new(rim - 0.1, -half.x * 0.98, half.x * 0.98, half.y * 0.98),
        Level::new(rim - 0.09, -half.x * 1.04, half.x * 1.04, half.y * 1.04),
        Level::new(rim, -half.x * 1.04, half.x * 1.04, half.y * 1.04),
    ];
    mesh.hull(&levels, 0.06, colour);
    for (x, y) in [(-0.6, -0.7), (0.6, -0.7), (-0.6, 0.7), (0.6, 0.7)] {
        let centre = Vec3::new(x * half.x, y * half.y, 0.1);
        Wheel { centre, radius: 0.1, width: 0.06, outwards: f32::signum(y), phase: 0.0 }
            .add_to(&mut mesh, paint::of((80, 80, 80)));
    }
    let front = wall_between(levels[0], levels[1], Side::Front, 0.06);
    for rib in [0.2, 0.5, 0.8] {
        mesh.panel(&front, (rib - 0.02, rib + 0.02), (0.05, 0.95), colour.times(0.8));
    }
    if dice.chance(0.6) {
        mesh.panel(&front, (0.3, 0.7), (0.4, 0.7), paint::of((228, 230, 226)));
    }
    let hinge = Vec3::new(-half.x, 0.0, rim);
    let ajar = match fill {
        Fill::Closed => 0.0,
        Fill::Full | Fill::Overflowing => dice.between(1.45, 1.85),
    };
    if fill == Fill::Closed || dice.chance(0.8) {
        let lid = Vec2::new(half.x * 2.06, half.y * 1.05);
        add_lid(&mut mesh, hinge, lid, ajar, colour.times(0.9));
    }
    if fill != Fill::Closed {
        let mouth = Mouth { centre: Vec3::Z * rim, half: half * 0.98 };
        add_contents(&mut mesh, dice, mouth, fill);
    }
    if fill == Fill::Overflowing {
        add_beside(&mut mesh, dice, half);
    }
    mesh
}
