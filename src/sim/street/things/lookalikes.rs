//! What a hasty eye takes for garbage, goods or people: plants, statues, parcels, leaves, puddles.

use std::f32::consts::TAU;

use glam::Affine3A;
use glam::Vec2;
use glam::Vec3;

use super::dice::Dice;
use super::figure::add_figure;
use super::figure::upright;
use super::outfit::Outfit;
use super::paint;
use super::parts::FLAT_M;
use super::parts::Wheel;
use super::parts::carton;
use super::parts::rod;
use crate::sim::street::mesh::Material;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::thing::Posed;

/// A plant in a pot, a tub or a long box.
pub(super) fn planter(posed: &Posed) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let mut mesh = Mesh::new();
    let pot = if dice.chance(0.5) {
        paint::stone(dice)
    } else {
        paint::pick(dice, &[(150, 84, 60), (96, 66, 48), (70, 72, 76), (226, 226, 220)])
    };
    let leaf = paint::leaf(dice);
    let earth = paint::of((60, 48, 40));
    if dice.chance(0.4) {
        let size =
            Vec3::new(dice.between(0.9, 1.5), dice.between(0.35, 0.55), dice.between(0.35, 0.55));
        mesh.cuboid(Vec3::Z * size.z / 2.0, size, pot);
        mesh.cuboid(Vec3::Z * size.z, Vec3::new(size.x * 0.9, size.y * 0.85, 0.02), earth);
        for at in 0..4 {
            let x = size.x * (0.22 * at as f32 - 0.33);
            add_bush(&mut mesh, dice, Vec3::new(x, 0.0, size.z + 0.14), size.y * 0.55, leaf);
        }
        return mesh;
    }
    let radius = dice.between(0.2, 0.42);
    let high = dice.between(0.3, 0.65);
    let narrow = radius * dice.between(0.6, 0.9);
    mesh.turned(
        Vec3::ZERO,
        &[(0.0, narrow, narrow), (high - 0.06, radius, radius), (high, radius * 1.1, radius * 1.1)],
        10,
        pot,
    );
    mesh.turned(Vec3::Z * high, &[(0.01, radius * 0.95, radius * 0.95)], 10, earth);
    let crown = high + dice.between(0.2, 0.9);
    rod(&mut mesh, Vec3::Z * high, Vec3::Z * crown, 0.03, paint::wood(dice));
    for _ in 0..dice.count(2, 4) {
        let off = Vec3::new(dice.about(0.18), dice.about(0.18), dice.about(0.15));
        let size = radius * dice.between(0.9, 1.4);
        add_bush(&mut mesh, dice, Vec3::Z * crown.max(high + size * 0.6) + off, size, leaf);
    }
    mesh
}

fn add_bush(mesh: &mut Mesh, dice: &mut Dice, centre: Vec3, radius: f32, leaf: Material) {
    let lumps = dice.lumps(0.35);
    let radii = Vec3::new(radius, radius, radius * dice.between(0.7, 1.1));
    mesh.egg(centre, radii, 5, |out| lumps.at(out), leaf.times(dice.between(0.8, 1.2)));
    if dice.chance(0.3) {
        let bloom = paint::shop(dice);
        for _ in 0..6 {
            let turn = dice.between(0.0, TAU);
            let at =
                centre + Vec3::new(turn.cos(), turn.sin(), dice.between(0.2, 0.8)) * radius * 0.9;
            mesh.egg(at, Vec3::splat(0.045), 2, |_| 1.0, bloom);
        }
    }
}

/// A stone or bronze figure, a ball or a boulder, on a plinth or without.
pub(super) fn statue(posed: &Posed) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let mut mesh = Mesh::new();
    let stone = if dice.chance(0.6) {
        paint::stone(dice)
    } else {
        paint::of((70, 66, 52)).grained(0.3, 0.1)
    };
    let plinth = dice.between(0.3, 0.9);
    match dice.count(0, 2) {
        0 => {
            mesh.cuboid(Vec3::Z * plinth / 2.0, Vec3::new(0.8, 0.8, plinth), paint::stone(dice));
            let mut figure = Mesh::new();
            let outfit = Outfit::of(dice);
            add_figure(&mut figure, &outfit, &upright(&outfit));
            for material in &mut figure.materials {
                *material = stone;
            }
            let lift = Affine3A::from_translation(Vec3::Z * plinth);
            mesh.add(&figure, lift * Affine3A::from_scale(Vec3::splat(1.15)));
        }
        1 => {
            let radius = dice.between(0.3, 0.5);
            mesh.egg(Vec3::Z * radius * 0.96, Vec3::splat(radius), 7, |_| 1.0, stone);
        }
        _ => {
            let lumps = dice.lumps(0.22);
            let height = dice.between(0.5, 1.3);
            let radii = Vec3::new(dice.between(0.4, 0.7), dice.between(0.35, 0.5), height);
            // Its lower half would lie in the ground: flat there.
            let cut = |out: Vec3| if out.z < 0.0 { 0.85 } else { lumps.at(out) };
            let mut boulder = Mesh::new();
            boulder.egg(Vec3::ZERO, radii, 7, cut, stone);
            for corner in boulder.triangles.iter_mut().flat_map(|all| &mut all.corners) {
                corner.position.z = corner.position.z.max(0.0);
            }
            mesh.add(&boulder, Affine3A::IDENTITY);
        }
    }
    mesh
}

/// Parcels in good order: stacked square.
pub(super) fn parcels(posed: &Posed) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let mut mesh = Mesh::new();
    let size = Vec3::new(dice.between(0.35, 0.6), dice.between(0.3, 0.5), dice.between(0.22, 0.4));
    let (columns, rows) = (dice.count(1, 3), dice.count(1, 2));
    for column in 0..columns {
        for row in 0..rows {
            let high = dice.count(1, 4);
            for storey in 0..high {
                let x = (column as f32 + 0.5 - columns as f32 / 2.0) * size.x * 1.02;
                let y = (row as f32 + 0.5 - rows as f32 / 2.0) * size.y * 1.02;
                let foot = Vec3::new(x, y, storey as f32 * size.z);
                let turn = dice.about(0.04);
                carton(&mut mesh, dice, foot, size * Vec3::new(0.97, 0.97, 1.0), turn);
            }
        }
    }
    mesh
}

/// A sack truck or a platform trolley with boxes.
pub(super) fn hand_truck(posed: &Posed) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let mut mesh = Mesh::new();
    let painted = paint::shop(dice).times(0.8);
    let wheel = |mesh: &mut Mesh, x: f32, y: f32| {
        let centre = Vec3::new(x, y, 0.1);
        Wheel { centre, radius: 0.1, width: 0.05, outwards: y.signum(), phase: posed.phase }
            .add_to(mesh, paint::of((130, 130, 130)));
    };
    let platform = dice.chance(0.5);
    let (long, deck) = if platform { (0.9, 0.22) } else { (0.45, 0.06) };
    mesh.cuboid(Vec3::Z * deck, Vec3::new(long, 0.55, 0.04), painted);
    for y in [-0.22, 0.22] {
        wheel(&mut mesh, -long * 0.4, y);
        if platform {
            wheel(&mut mesh, long * 0.4, y);
        }
        let foot = Vec3::new(-long / 2.0, y, deck);
        rod(&mut mesh, foot, foot + Vec3::new(-0.12, 0.0, 0.95), 0.02, painted);
    }
    let bar = Vec3::new(-long / 2.0 - 0.12, 0.0, deck + 0.95);
    rod(&mut mesh, bar - Vec3::Y * 0.22, bar + Vec3::Y * 0.22, 0.02, painted);
    let mut z = deck + 0.02;
    for _ in 0..dice.count(0, 4) {
        let size = Vec3::new(long * 0.85, dice.between(0.38, 0.5), dice.between(0.2, 0.32));
        carton(&mut mesh, dice, Vec3::Z * z, size, 0.0);
        z += size.z;
    }
    mesh
}

/// Fallen leaves in a flat patch.
pub(super) fn leaves(posed: &Posed) -> Mesh {
    const LEAVES: [paint::Colour; 6] = [
        (150, 106, 50),
        (176, 136, 60),
        (120, 84, 46),
        (190, 160, 70),
        (98, 72, 44),
        (130, 130, 60),
    ];
    let dice = &mut Dice::of(posed.look);
    let mut mesh = Mesh::new();
    let radii = Vec2::new(dice.between(0.6, 1.5), dice.between(0.4, 1.1));
    for _ in 0..dice.count(100, 320) {
        let turn = dice.between(0.0, TAU);
        let out = dice.between(0.0, 1.0).powf(0.7);
        let at = (Vec2::new(turn.cos(), turn.sin()) * out * radii)
            .extend(FLAT_M + dice.between(0.0, 0.02));
        let size = dice.between(0.04, 0.1);
        let way = Vec3::new((turn * 7.0).cos(), (turn * 7.0).sin(), 0.0);
        let aside = Vec3::new(-way.y, way.x, 0.0);
        let leaf = paint::pick(dice, &LEAVES);
        let curl = Vec3::Z * dice.between(0.0, 0.03);
        mesh.polygon(
            &[
                at - way * size,
                at + aside * size * 0.6,
                at + way * size + curl,
                at - aside * size * 0.6,
            ],
            leaf,
        );
    }
    mesh
}

/// Water on the ground: flat, dark, mirroring the sky.
pub(super) fn puddle(posed: &Posed) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let mut mesh = Mesh::new();
    let radii = Vec2::new(dice.between(0.6, 1.7), dice.between(0.4, 1.0));
    let lumps = dice.lumps(0.3);
    let water = paint::of((52, 54, 54)).glossy(dice.between(0.25, 0.5));
    let rim: Vec<Vec3> = (0..28)
        .map(|at| {
            let (sin, cos) = (TAU * at as f32 / 28.0).sin_cos();
            let out = lumps.at(Vec3::new(cos, sin, 0.0)).clamp(0.6, 1.35);
            (Vec2::new(cos, sin) * radii * out).extend(FLAT_M)
        })
        .collect();
    for at in 0..rim.len() {
        mesh.polygon(&[Vec3::Z * FLAT_M, rim[at], rim[(at + 1) % rim.len()]], water);
    }
    mesh
}
