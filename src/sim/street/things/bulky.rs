//! Bulky refuse: mattresses, sofas, cupboards, planks.

use std::f32::consts::TAU;

use glam::Affine3A;
use glam::Vec2;
use glam::Vec3;

use super::dice::Dice;
use super::garbage::add_litter;
use super::garbage::so_far;
use super::paint;
use crate::sim::street::mesh::Mesh;

/// Old furniture, a mattress, planks.
pub(super) fn add_bulky(mesh: &mut Mesh, dice: &mut Dice, grown: f32) {
    let all = dice.count(1, 3);
    for at in 0..so_far(all, grown) {
        let x = (at as f32 - (all - 1) as f32 / 2.0) * 0.6;
        let place = Affine3A::from_translation(Vec3::new(x, dice.about(0.2), 0.0))
            * Affine3A::from_rotation_z(dice.between(0.0, TAU));
        let mut part = Mesh::new();
        match dice.count(0, 3) {
            0 => add_mattress(&mut part, dice),
            1 => add_sofa(&mut part, dice),
            2 => add_cupboard(&mut part, dice),
            _ => add_planks(&mut part, dice),
        }
        mesh.add(&part, place);
    }
    let litter = so_far(dice.count(3, 16), grown);
    add_litter(mesh, dice, litter, Vec2::new(1.1, 0.8), 0.0);
}

fn add_mattress(mesh: &mut Mesh, dice: &mut Dice) {
    const COVERS: [paint::Colour; 4] =
        [(214, 206, 190), (190, 196, 206), (206, 180, 176), (170, 160, 140)];
    let cover = paint::pick(dice, &COVERS).grained(0.25, 0.12);
    let size = Vec3::new(dice.between(1.6, 1.9), 0.2, dice.between(0.9, 1.3));
    let mut part = Mesh::new();
    part.cuboid(Vec3::Z * size.z / 2.0, size, cover);
    let seam = Vec3::new(size.x * 1.005, 0.21, 0.03);
    part.cuboid(Vec3::Z * size.z * 0.03, seam, cover.times(0.7));
    let lean = if dice.chance(0.4) { 0.35 } else { 1.45 };
    let lift = Vec3::Z * 0.1 * lean;
    mesh.add(&part, Affine3A::from_translation(lift) * Affine3A::from_rotation_x(lean));
}

fn add_sofa(mesh: &mut Mesh, dice: &mut Dice) {
    let cloth = paint::clothes(dice).grained(0.3, 0.1);
    let width = dice.between(0.8, 1.8);
    mesh.cuboid(Vec3::new(0.05, 0.0, 0.22), Vec3::new(0.7, width, 0.44), cloth);
    mesh.cuboid(Vec3::new(-0.3, 0.0, 0.45), Vec3::new(0.2, width, 0.9), cloth.times(0.9));
    for side in [-1.0, 1.0] {
        let arm = Vec3::new(0.02, side * (width / 2.0 - 0.08), 0.32);
        mesh.cuboid(arm, Vec3::new(0.76, 0.17, 0.64), cloth.times(0.95));
    }
}

fn add_cupboard(mesh: &mut Mesh, dice: &mut Dice) {
    let wood = paint::wood(dice);
    let size = Vec3::new(0.45, dice.between(0.7, 1.1), dice.between(0.6, 1.4));
    mesh.cuboid(Vec3::Z * size.z / 2.0, size, wood);
    let inside = Vec3::new(0.24, 0.0, size.z * 0.5);
    mesh.cuboid(inside, Vec3::new(0.03, size.y * 0.86, size.z * 0.86), wood.times(0.4));
    mesh.cuboid(inside, Vec3::new(0.06, size.y * 0.88, 0.03), wood);
    let door = Vec3::new(0.42, size.y * 0.46, size.z * 0.5);
    mesh.cuboid(door, Vec3::new(0.4, 0.03, size.z * 0.84), wood.times(1.1));
}

fn add_planks(mesh: &mut Mesh, dice: &mut Dice) {
    for plank in 0..dice.count(5, 10) {
        let wood = paint::wood(dice);
        let size = Vec3::new(dice.between(0.8, 1.7), dice.between(0.08, 0.2), 0.035);
        let lift = Vec3::new(dice.about(0.2), dice.about(0.3), 0.03 + 0.035 * plank as f32);
        let mut part = Mesh::new();
        part.cuboid(Vec3::ZERO, size, wood);
        mesh.add(
            &part,
            Affine3A::from_translation(lift) * Affine3A::from_rotation_z(dice.about(0.7)),
        );
    }
}
