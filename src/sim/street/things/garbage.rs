//! Garbage that lies about: bags, heaps, boxes, rubble, old furniture.
//!
//! A pile grows by pieces that are added to it: what lay there stays where it is. As
//! [`Posed::scale`] shrinks the whole mesh in the world, the pieces are made larger by as much.

use std::f32::consts::TAU;

use glam::Affine3A;
use glam::Quat;
use glam::Vec2;
use glam::Vec3;

use super::bulky::add_bulky;
use super::dice::Dice;
use super::paint;
use super::parts::FLAT_M;
use crate::sim::street::mesh::Material;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::thing::GarbageStyle;
use crate::sim::street::thing::Posed;

/// A pile smaller than this share of itself is drawn as if it were this large.
const GROWN_MIN: f32 = 0.05;

pub(super) fn garbage(posed: &Posed, style: GarbageStyle) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let grown = posed.scale.clamp(GROWN_MIN, 1.0);
    let mut pile = Mesh::new();
    match style {
        GarbageStyle::Bags => add_bags(&mut pile, dice, grown),
        GarbageStyle::Heap => add_heap(&mut pile, dice, grown),
        GarbageStyle::Boxes => add_boxes(&mut pile, dice, grown),
        GarbageStyle::Rubble => add_rubble(&mut pile, dice, grown),
        GarbageStyle::Bulky => add_bulky(&mut pile, dice, grown),
    }
    let mut mesh = Mesh::new();
    mesh.add(&pile, Affine3A::from_scale(Vec3::splat(1.0 / grown)));
    mesh
}

/// How many of all pieces lie there, at least one.
pub(super) fn so_far(all: u32, grown: f32) -> u32 {
    ((all as f32 * grown).round() as u32).max(1)
}

/// A tied bag of refuse, slumped on what is below it.
pub(super) fn add_bag(mesh: &mut Mesh, dice: &mut Dice, foot: Vec3, radius: f32, bag: Material) {
    let lumps = dice.lumps(0.16);
    let high = radius * dice.between(1.2, 1.9);
    let squash = dice.between(0.8, 1.2);
    let turn = dice.between(0.0, TAU);
    let lean = Vec3::new(dice.about(0.35), dice.about(0.35), 0.0) * radius;
    let cuts = [
        (0.0, 0.0),
        (0.0, 0.72),
        (0.22, 1.0),
        (0.5, 0.93),
        (0.74, 0.62),
        (0.86, 0.16),
        (1.05, 0.3),
    ];
    let rows: Vec<Vec<Vec3>> = cuts
        .iter()
        .map(|(up, wide)| {
            let at = |step: u32| {
                let (sin, cos) = (turn + TAU * (step % 9) as f32 / 9.0).sin_cos();
                let uneven = lumps.at(Vec3::new(cos, sin, up * 1.5));
                let pleat = if *up > 0.7 && step.is_multiple_of(2) { 0.7 } else { 1.0 };
                let out = Vec3::new(cos, sin * squash, 0.0) * radius * wide * uneven * pleat;
                foot + out + lean * *up + Vec3::Z * high * up
            };
            (0..=9).map(at).collect()
        })
        .collect();
    mesh.skin(&rows, bag);
}

fn add_bags(mesh: &mut Mesh, dice: &mut Dice, grown: f32) {
    let all = dice.count(4, 11);
    let family = paint::bag(dice);
    let spread = 0.24 + 0.065 * all as f32;
    for at in 0..so_far(all, grown) {
        let bag = if dice.chance(0.55) { family } else { paint::bag(dice) };
        let radius = dice.between(0.15, 0.34);
        let turn = TAU * dice.between(0.0, 1.0);
        let out = spread * (at as f32 / all as f32).sqrt() * dice.between(0.7, 1.1);
        let stacked = at > 3 && dice.chance(0.3);
        let foot =
            Vec3::new(turn.cos() * out * 1.25, turn.sin() * out, if stacked { 0.28 } else { 0.0 });
        let foot = if stacked { foot * Vec3::new(0.4, 0.4, 1.0) } else { foot };
        add_bag(mesh, dice, foot, radius, bag);
    }
    let litter = dice.count(2, 12);
    add_litter(mesh, dice, so_far(litter, grown), Vec2::new(spread * 1.4, spread * 1.2), 0.0);
}

/// Small torn pieces strewn over an oval, `pile` high at its middle.
pub(super) fn add_litter(mesh: &mut Mesh, dice: &mut Dice, pieces: u32, radii: Vec2, pile: f32) {
    for _ in 0..pieces {
        let turn = dice.between(0.0, TAU);
        let out = dice.between(0.0, 1.0).sqrt();
        let flat = Vec2::new(turn.cos(), turn.sin()) * out * radii;
        let height = pile * (1.0 - out * out) + FLAT_M + dice.between(0.0, 0.05);
        let material = paint::litter(dice);
        let size = dice.between(0.05, 0.2);
        let tilt =
            Quat::from_euler(glam::EulerRot::ZYX, turn * 3.0, dice.about(0.6), dice.about(0.6));
        let lift = Vec3::Z * size * 0.3;
        match dice.count(0, 4) {
            0 => mesh.egg(
                flat.extend(height) + lift,
                Vec3::new(size * 0.5, size * 0.4, size * 0.35),
                2,
                |_| 1.0,
                material,
            ),
            1 => {
                // A bottle or a can.
                let along = tilt * Vec3::X * size * 0.6;
                let middle = flat.extend(height + 0.04);
                let along = Vec3::new(along.x, along.y, along.z.abs());
                mesh.tube(&[(middle, 0.035), (middle + along, 0.03)], 4, material.glossy(0.15));
            }
            _ => {
                let corner = |x: f32, y: f32, dice: &mut Dice| {
                    let bent =
                        Vec3::new(x + dice.about(0.3), y + dice.about(0.3), dice.between(0.0, 0.5));
                    let at = flat.extend(height) + tilt * (bent * size * 0.6) + lift;
                    at.max(Vec3::new(f32::NEG_INFINITY, f32::NEG_INFINITY, FLAT_M))
                };
                let corners = [
                    corner(-1.0, -1.0, dice),
                    corner(1.0, -1.0, dice),
                    corner(1.0, 1.0, dice),
                    corner(-1.0, 1.0, dice),
                ];
                mesh.polygon(&corners[..3], material);
                mesh.polygon(&[corners[0], corners[2], corners[3]], material.times(0.85));
            }
        }
    }
}

fn add_heap(mesh: &mut Mesh, dice: &mut Dice, grown: f32) {
    let radii = Vec2::new(dice.between(0.6, 1.2), dice.between(0.5, 0.9));
    let height = dice.between(0.2, 0.55);
    let lumps = dice.lumps(0.3);
    let ground =
        paint::of(dice.one_of(&[(92, 84, 72), (110, 104, 96), (74, 70, 64), (120, 110, 90)]));
    let reach = radii * grown.sqrt();
    mesh.mound(Vec3::ZERO, reach, height * grown, 5, |at| lumps.at(at), ground.grained(0.6, 0.05));
    let pieces = so_far(dice.count(50, 90), grown);
    add_litter(mesh, dice, pieces, reach * 1.1, height * grown);
    for _ in 0..so_far(dice.count(1, 4), grown) {
        let turn = dice.between(0.0, TAU);
        let out = reach * dice.between(0.2, 0.8);
        let foot = Vec3::new(turn.cos() * out.x, turn.sin() * out.y, height * grown * 0.3);
        let radius = dice.between(0.14, 0.26);
        let bag = paint::bag(dice);
        add_bag(mesh, dice, foot, radius, bag);
    }
}

/// Torn, crushed and folded cardboard.
fn add_boxes(mesh: &mut Mesh, dice: &mut Dice, grown: f32) {
    let all = dice.count(5, 12);
    let spread = 0.3 + 0.06 * all as f32;
    for at in 0..so_far(all, grown) {
        let turn = dice.between(0.0, TAU);
        let out = spread * (at as f32 / all as f32).sqrt();
        let foot = Vec3::new(turn.cos() * out * 1.3, turn.sin() * out, 0.0);
        if dice.chance(0.55) {
            add_crushed(mesh, dice, foot);
        } else {
            add_sheet(mesh, dice, foot, 0.02 + 0.03 * (at % 4) as f32);
        }
    }
    let litter = so_far(dice.count(3, 14), grown);
    add_litter(mesh, dice, litter, Vec2::new(spread * 1.4, spread * 1.1), 0.0);
}

/// A box pushed out of shape, open at its top.
fn add_crushed(mesh: &mut Mesh, dice: &mut Dice, foot: Vec3) {
    let size =
        Vec3::new(dice.between(0.15, 0.32), dice.between(0.13, 0.26), dice.between(0.15, 0.5));
    let turn = Quat::from_rotation_z(dice.between(0.0, TAU));
    let shift = Vec3::new(dice.about(0.18), dice.about(0.18), 0.0);
    let mut corner = |x: f32, y: f32, up: f32| {
        let wander = Vec3::new(dice.about(0.06), dice.about(0.06), dice.about(0.07) * up);
        foot + turn * (Vec3::new(x * size.x, y * size.y, up * size.z) + wander + shift * up)
    };
    let around = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
    let low = around.map(|(x, y)| corner(x, y, 0.0));
    let high = around.map(|(x, y)| corner(x, y, 1.0));
    let board = paint::cardboard(dice).grained(0.25, 0.08);
    for at in 0..4 {
        let next = (at + 1) % 4;
        mesh.polygon(&[low[at], low[next], high[next]], board);
        mesh.polygon(&[low[at], high[next], high[at]], board.times(0.93));
        if dice.chance(0.7) {
            // A flap.
            let out = (high[at] + high[next] - low[at] - low[next]).normalize_or_zero() * 0.05;
            let away = ((high[at] + high[next]) / 2.0 - foot) * Vec3::new(0.45, 0.45, 0.0) + out;
            mesh.polygon(
                &[high[at], high[next], high[next] + away, high[at] + away],
                board.times(1.08),
            );
        }
    }
    mesh.polygon(&low.map(|corner| corner + Vec3::Z * size.z * 0.4), board.times(0.45));
}

fn add_sheet(mesh: &mut Mesh, dice: &mut Dice, foot: Vec3, up: f32) {
    let size = Vec2::new(dice.between(0.25, 0.5), dice.between(0.2, 0.4));
    let turn = Quat::from_rotation_z(dice.between(0.0, TAU));
    let board = paint::cardboard(dice);
    let fold = dice.between(0.0, 0.25);
    let at = |x: f32, y: f32, z: f32| {
        foot + turn * Vec3::new(x * size.x, y * size.y, 0.0) + Vec3::Z * (up + z)
    };
    mesh.polygon(
        &[
            at(-1.0, -1.0, 0.0),
            at(0.0, -1.0, fold * 0.3),
            at(0.0, 1.0, fold * 0.3),
            at(-1.0, 1.0, 0.0),
        ],
        board,
    );
    mesh.polygon(
        &[
            at(0.0, -1.0, fold * 0.3),
            at(1.0, -0.9, fold),
            at(1.0, 1.0, fold),
            at(0.0, 1.0, fold * 0.3),
        ],
        board.times(0.9),
    );
}

fn add_rubble(mesh: &mut Mesh, dice: &mut Dice, grown: f32) {
    let radii = Vec2::new(dice.between(0.7, 1.3), dice.between(0.6, 1.0)) * grown.sqrt();
    let height = dice.between(0.25, 0.6) * grown;
    let lumps = dice.lumps(0.25);
    let sand = dice.one_of(&[
        (176, 160, 130),
        (150, 146, 138),
        (128, 118, 106),
        (190, 180, 160),
        (140, 96, 76),
    ]);
    mesh.mound(
        Vec3::ZERO,
        radii,
        height,
        6,
        |at| lumps.at(at),
        paint::of(sand).grained(0.45, 0.05),
    );
    let brick =
        paint::of(dice.one_of(&[(150, 74, 56), (166, 90, 66), (140, 138, 132), (180, 174, 164)]));
    for _ in 0..so_far(dice.count(30, 60), grown) {
        let turn = dice.between(0.0, TAU);
        let out = dice.between(0.0, 1.1).sqrt();
        let flat = Vec2::new(turn.cos(), turn.sin()) * out * radii;
        let size =
            Vec3::new(dice.between(0.08, 0.26), dice.between(0.07, 0.15), dice.between(0.05, 0.12));
        let z = (height * (1.0 - out * out)).max(0.0) + size.z * 0.6;
        let tilt =
            Quat::from_euler(glam::EulerRot::ZYX, turn * 5.0, dice.about(0.5), dice.about(0.4));
        let mut part = Mesh::new();
        let stone = if dice.chance(0.6) { brick } else { paint::stone(dice) };
        part.cuboid(Vec3::ZERO, size, stone.times(dice.between(0.8, 1.15)).grained(0.3, 0.05));
        let low = size.x * 0.36;
        let at = flat.extend(z.max(low));
        mesh.add(&part, Affine3A::from_rotation_translation(tilt, at));
    }
}
