//! What vendors sell, laid out on a table, in a bed or on a cloth.

use glam::Affine3A;
use glam::Vec2;
use glam::Vec3;

use super::dice::Dice;
use super::paint;
use crate::sim::street::mesh::Material;
use crate::sim::street::mesh::Mesh;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Goods {
    Produce,
    Clothes,
    Toys,
    Food,
    Trinkets,
    Flowers,
}

/// A level area to lay goods on.
#[derive(Clone, Copy)]
pub(super) struct Area {
    pub(super) centre: Vec3,
    pub(super) size: Vec2,
}

impl Area {
    /// The middle of one cell of `across` by `along`, and its size.
    fn cell(&self, across: (u32, u32), along: (u32, u32)) -> (Vec3, Vec2) {
        let size = self.size / Vec2::new(across.1 as f32, along.1 as f32);
        let at = Vec2::new(across.0 as f32 + 0.5, along.0 as f32 + 0.5) * size - self.size / 2.0;
        (self.centre + at.extend(0.0), size)
    }
}

impl Goods {
    pub(super) fn of(dice: &mut Dice) -> Self {
        dice.one_of(&[
            Self::Produce,
            Self::Produce,
            Self::Produce,
            Self::Clothes,
            Self::Toys,
            Self::Food,
            Self::Trinkets,
            Self::Flowers,
        ])
    }

    pub(super) fn add_to(self, mesh: &mut Mesh, dice: &mut Dice, area: Area) {
        let columns = ((area.size.x / 0.42) as u32).clamp(2, 5);
        let rows = ((area.size.y / 0.42) as u32).clamp(1, 3);
        if self == Self::Trinkets {
            return add_trinkets(mesh, dice, area);
        }
        for column in 0..columns {
            for row in 0..rows {
                if dice.chance(0.06) {
                    continue;
                }
                let (at, size) = area.cell((column, columns), (row, rows));
                match self {
                    Self::Produce => add_crate(mesh, dice, at, size),
                    Self::Clothes => add_folded(mesh, dice, at, size),
                    Self::Toys | Self::Trinkets => add_toy(mesh, dice, at, size),
                    Self::Food => add_food(mesh, dice, at, size),
                    Self::Flowers => add_flowers(mesh, dice, at, size),
                }
            }
        }
    }
}

fn ball(mesh: &mut Mesh, at: Vec3, radii: Vec3, material: Material) {
    mesh.egg(at, radii, 2, |_| 1.0, material);
}

/// A shallow crate, full: fruit in rows, or leaves in a heap.
fn add_crate(mesh: &mut Mesh, dice: &mut Dice, at: Vec3, cell: Vec2) {
    let size = cell * 0.92;
    let deep = dice.between(0.08, 0.2);
    let wall = dice.one_of(&[
        paint::of((206, 204, 196)),
        paint::of((60, 110, 170)),
        paint::of((150, 112, 72)),
        paint::of((70, 140, 80)),
        paint::of((180, 146, 100)),
    ]);
    mesh.cuboid(at + Vec3::Z * deep / 2.0, size.extend(deep), wall.grained(0.15, 0.05));
    let fruit = paint::produce(dice);
    let top = at + Vec3::Z * deep;
    if dice.chance(0.35) {
        let lumps = dice.lumps(0.3);
        let leafy = fruit.grained(0.5, 0.04);
        mesh.mound(top, size * 0.47, dice.between(0.1, 0.2), 3, |out| lumps.at(out), leafy);
        return;
    }
    let bed = fruit.times(0.6);
    mesh.cuboid(top + Vec3::Z * 0.01, (size * 0.9).extend(0.02), bed);
    let radius = size.min_element() * dice.between(0.14, 0.2);
    let long = if dice.chance(0.25) { 1.8 } else { 1.0 };
    for x in [-0.3, 0.0, 0.3] {
        for y in [-0.22, 0.22] {
            let place = top + Vec3::new(x * size.x, y * size.y, radius * 0.7);
            let wander = Vec3::new(dice.about(0.02), dice.about(0.02), dice.about(0.02));
            let radii = Vec3::new(radius, radius * long, radius);
            ball(mesh, place + wander, radii, fruit.times(dice.between(0.85, 1.15)));
        }
    }
}

fn add_folded(mesh: &mut Mesh, dice: &mut Dice, at: Vec3, cell: Vec2) {
    let mut z = 0.0;
    for _ in 0..dice.count(1, 4) {
        let thick = dice.between(0.03, 0.06);
        let size = (cell * dice.between(0.75, 0.95)).extend(thick);
        let wander = Vec3::new(dice.about(0.02), dice.about(0.02), z + thick / 2.0);
        mesh.cuboid(at + wander, size, paint::clothes(dice));
        z += thick;
    }
}

fn add_toy(mesh: &mut Mesh, dice: &mut Dice, at: Vec3, cell: Vec2) {
    for (x, y) in [(-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25)] {
        let place = at + Vec3::new(x * cell.x, y * cell.y, 0.0);
        let colour = paint::shop(dice);
        let high = dice.between(0.08, 0.26);
        match dice.count(0, 2) {
            0 => {
                ball(mesh, place + Vec3::Z * high * 0.5, Vec3::new(0.08, 0.08, high * 0.5), colour);
            }
            1 => {
                let size = Vec3::new(cell.x * 0.35, cell.y * 0.35, high);
                mesh.cuboid(place + Vec3::Z * high / 2.0, size, colour);
            }
            _ => {
                ball(mesh, place + Vec3::Z * 0.07, Vec3::new(0.07, 0.08, 0.08), colour);
                ball(mesh, place + Vec3::Z * 0.18, Vec3::splat(0.055), colour.times(1.2));
            }
        }
    }
}

fn add_food(mesh: &mut Mesh, dice: &mut Dice, at: Vec3, cell: Vec2) {
    let radius = cell.min_element() * 0.44;
    match dice.count(0, 2) {
        0 => {
            // Steamers of bamboo, one on the other.
            let bamboo = paint::of((206, 174, 120)).grained(0.15, 0.04);
            let storeys = dice.count(1, 4);
            let high = 0.11 * storeys as f32;
            mesh.turned(at, &[(0.0, radius, radius), (high, radius, radius)], 10, bamboo);
            let lid =
                [(high, radius * 1.04, radius * 1.04), (high + 0.05, radius * 0.7, radius * 0.7)];
            mesh.turned(at, &lid, 10, bamboo.times(0.8));
        }
        1 => {
            let steel = paint::steel(dice);
            let pot =
                [(0.0, radius * 0.9, radius * 0.9), (dice.between(0.15, 0.35), radius, radius)];
            mesh.turned(at, &pot, 10, steel);
            let soup = paint::produce(dice).times(0.6);
            let surface = [(pot[1].0 + 0.005, radius * 0.9, radius * 0.9)];
            mesh.turned(at, &surface, 10, soup);
        }
        _ => {
            let tray = (cell * 0.9).extend(0.06);
            mesh.cuboid(at + Vec3::Z * 0.03, tray, paint::steel(dice));
            let food = paint::produce(dice).grained(0.4, 0.03);
            let lumps = dice.lumps(0.2);
            mesh.mound(at + Vec3::Z * 0.06, cell * 0.4, 0.08, 2, |out| lumps.at(out), food);
        }
    }
}

fn add_flowers(mesh: &mut Mesh, dice: &mut Dice, at: Vec3, cell: Vec2) {
    let radius = cell.min_element() * 0.3;
    let pot = paint::shop(dice).times(0.7);
    mesh.turned(at, &[(0.0, radius * 0.7, radius * 0.7), (0.2, radius, radius)], 6, pot);
    let high = dice.between(0.3, 0.5);
    let lumps = dice.lumps(0.4);
    let green = paint::leaf(dice);
    mesh.egg(
        at + Vec3::Z * high,
        Vec3::new(radius * 1.3, radius * 1.3, 0.16),
        3,
        |out| lumps.at(out),
        green,
    );
    let bloom = paint::shop(dice);
    for _ in 0..4 {
        let off = Vec3::new(dice.about(radius), dice.about(radius), dice.between(0.05, 0.17));
        ball(mesh, at + Vec3::Z * high + off, Vec3::splat(0.055), bloom);
    }
}

/// Small flat goods in rows: telephone cases, jewellery, socks.
fn add_trinkets(mesh: &mut Mesh, dice: &mut Dice, area: Area) {
    let (columns, rows) = (9, 5);
    let colours: Vec<Material> = (0..5).map(|_| paint::shop(dice)).collect();
    for column in 0..columns {
        for row in 0..rows {
            let (at, cell) = area.cell((column, columns), (row, rows));
            let size = (cell * Vec2::new(dice.between(0.5, 0.8), 0.75)).extend(0.04);
            mesh.cuboid(at + Vec3::Z * 0.02, size, colours[dice.count(0, 4) as usize]);
        }
    }
}

/// One piece of clothing that hangs from a rail, its shoulders along y.
pub(super) fn hang_clothes(mesh: &mut Mesh, dice: &mut Dice, top: Vec3) {
    let mut part = Mesh::new();
    let cloth = paint::clothes(dice);
    let long = dice.between(0.55, 1.0);
    let half = dice.between(0.17, 0.23);
    let row = |z: f32, half: f32, thick: f32| {
        let corners =
            [(thick, half), (thick, -half), (-thick, -half), (-thick, half), (thick, half)];
        corners.map(|(x, y)| Vec3::new(x, y, z)).to_vec()
    };
    let rows = [
        row(0.0, 0.03, 0.02),
        row(-0.08, half, 0.04),
        row(-long * 0.5, half * 0.85, 0.05),
        row(-long, half * dice.between(0.8, 1.3), 0.06),
    ];
    part.skin(&rows, cloth);
    let turn = Affine3A::from_rotation_z(dice.about(0.35));
    mesh.add(&part, Affine3A::from_translation(top) * turn);
}
