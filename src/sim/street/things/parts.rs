//! Parts that several things share: wheels, plates, boards, boxes, poles.

use std::f32::consts::TAU;

use glam::Affine3A;
use glam::Vec2;
use glam::Vec3;

use super::dice::Dice;
use super::paint;
use crate::sim::street::mesh::Material;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::shapes::Wall;

/// How high a flat thing lies over the ground, in metres.
pub(super) const FLAT_M: f32 = 0.012;

/// A closed wheel across y at `centre`; the hub faces `outwards` (a sign of y).
pub(super) struct Wheel {
    pub(super) centre: Vec3,
    pub(super) radius: f32,
    pub(super) width: f32,
    pub(super) outwards: f32,
    /// Turns since the beginning.
    pub(super) phase: f32,
}

impl Wheel {
    pub(super) fn add_to(&self, mesh: &mut Mesh, hub: Material) {
        let half = Vec3::Y * self.width / 2.0;
        let ends = [(self.centre - half, self.radius), (self.centre + half, self.radius)];
        mesh.tube(&ends, 14, paint::rubber());
        let face = self.centre + half * self.outwards * 1.06;
        let spoke = |share: f32, radius: f32| {
            let (sin, cos) = (TAU * (share - self.phase)).sin_cos();
            face + Vec3::new(cos, 0.0, sin) * radius * self.radius
        };
        let rim: Vec<Vec3> = (0..10).map(|at| spoke(at as f32 / 10.0, 0.66)).collect();
        mesh.polygon(&rim, hub);
        let out = Vec3::Y * self.outwards * 0.006;
        for at in 0..5 {
            let middle = at as f32 / 5.0;
            let gap = [(0.0, 0.18), (-0.055, 0.56), (0.055, 0.56)];
            let gap = gap.map(|(aside, radius)| spoke(middle + aside, radius) + out);
            mesh.polygon(&gap, paint::dark());
        }
    }
}

/// The dark ground below something low, `length` by `width`.
pub(super) fn shade_below(mesh: &mut Mesh, length: f32, width: f32) {
    flat(mesh, Vec3::Z * FLAT_M, Vec2::new(length, width), paint::shade());
}

/// A level rectangle.
pub(super) fn flat(mesh: &mut Mesh, centre: Vec3, size: Vec2, material: Material) {
    let half = size / 2.0;
    let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
    let corners = corners.map(|(x, y)| centre + Vec3::new(x * half.x, y * half.y, 0.0));
    mesh.polygon(&corners, material);
}

/// A number plate, facing along x.
pub(super) fn plate(mesh: &mut Mesh, centre: Vec3, colour: paint::Colour) {
    mesh.cuboid(centre, Vec3::new(0.03, 0.44, 0.14), paint::of(colour));
    mesh.cuboid(centre, Vec3::new(0.036, 0.34, 0.035), paint::of((225, 228, 230)));
}

/// Writing on a wall, as it looks from afar: signs of a few strokes each, in rows.
pub(super) fn writing(mesh: &mut Mesh, dice: &mut Dice, wall: &Wall, rows: u32, ink: Material) {
    let signs = dice.count(2, 6);
    let cell = Vec2::new(0.84 / signs as f32, 0.84 / rows as f32);
    for at in 0..signs * rows {
        let [column, row] = [at % signs, at / signs];
        let low = Vec2::new(0.08, 0.1) + cell * Vec2::new(column as f32, row as f32);
        let size = cell * Vec2::new(0.82, 0.8);
        let mut stroke = |left: f32, right: f32, foot: f32, top: f32| {
            let across = (low.x + size.x * left, low.x + size.x * right);
            mesh.panel(wall, across, (low.y + size.y * foot, low.y + size.y * top), ink);
        };
        for line in 0..dice.count(1, 3) {
            let up = 0.1 + 0.3 * line as f32 + dice.about(0.06);
            let left = dice.between(0.0, 0.3);
            stroke(left, dice.between(0.7, 1.0), up, up + 0.14);
        }
        for _ in 0..dice.count(1, 2) {
            let left = dice.between(0.05, 0.8);
            let foot = dice.between(0.0, 0.3);
            stroke(left, left + 0.15, foot, dice.between(0.7, 1.0));
        }
    }
}

/// A closed cardboard box with tape, turned by `turn` around its upright axis.
pub(super) fn carton(mesh: &mut Mesh, dice: &mut Dice, foot: Vec3, size: Vec3, turn: f32) {
    let mut part = Mesh::new();
    let board = paint::cardboard(dice);
    part.cuboid(Vec3::Z * size.z / 2.0, size, board);
    let tape = Vec3::new(size.x * 1.01, size.y * 0.14, size.z * 1.01);
    part.cuboid(Vec3::Z * size.z / 2.0, tape, board.times(dice.one_of(&[1.25, 0.75])));
    if dice.chance(0.5) {
        let label = Vec3::new(size.x * 1.015, size.y * 0.3, size.z * 0.3);
        let at = Vec3::new(0.0, size.y * 0.25, size.z * 0.6);
        part.cuboid(at, label, paint::of((225, 224, 218)));
    }
    mesh.add(&part, Affine3A::from_translation(foot) * Affine3A::from_rotation_z(turn));
}

/// A plain pole from `foot` upwards.
pub(super) fn pole(mesh: &mut Mesh, foot: Vec3, height: f32, radius: f32, material: Material) {
    mesh.tube(&[(foot, radius), (foot + Vec3::Z * height, radius)], 6, material);
}

/// A straight bar of even thickness, thick enough to be seen from across the street.
pub(super) fn rod(mesh: &mut Mesh, from: Vec3, to: Vec3, radius: f32, material: Material) {
    mesh.tube(&[(from, radius), (to, radius)], 4, material);
}

/// A thin ring in the plane of x and z, as a cycle's tyre or rim.
pub(super) fn hoop(mesh: &mut Mesh, centre: Vec3, radius: f32, thick: f32, material: Material) {
    let row = |at: u32| {
        let (sin, cos) = (TAU * (at % 16) as f32 / 16.0).sin_cos();
        let out = Vec3::new(cos, 0.0, sin);
        let corner = |aside: f32, deep: f32| centre + out * (radius - deep) + Vec3::Y * aside;
        let half = thick / 2.0;
        vec![
            corner(0.0, 0.0),
            corner(half, half),
            corner(0.0, thick),
            corner(-half, half),
            corner(0.0, 0.0),
        ]
    };
    let rows: Vec<Vec<Vec3>> = (0..=16).map(row).collect();
    mesh.skin(&rows, material);
}
