//! Cars: saloon, hatchback, SUV and people carrier.

use glam::Vec3;

use super::bodywork::Body;
use super::bodywork::Finish;
use super::dice::Dice;
use super::paint;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::thing::Posed;

/// Blue for most, green for those without an engine.
const PLATES: [paint::Colour; 4] = [(24, 62, 150), (24, 62, 150), (30, 70, 160), (140, 206, 150)];

pub(super) fn car(posed: &Posed) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let share = dice.between(0.0, 1.0);
    let body = if share < 0.42 {
        saloon(dice)
    } else if share < 0.58 {
        hatchback(dice)
    } else if share < 0.9 {
        suv(dice)
    } else {
        people_carrier(dice)
    };
    let taxi = share < 0.06;
    let paint = if taxi { paint::of((30, 120, 150)).glossy(0.15) } else { paint::car(dice) };
    let finish = Finish { paint, plate: dice.one_of(&PLATES), phase: posed.phase, lit: posed.lit };
    let mut mesh = Mesh::new();
    body.add_to(&mut mesh, dice, &finish);
    add_roof(&mut mesh, dice, &body, taxi);
    mesh
}

/// A taxi's sign, a glass roof, or rails.
fn add_roof(mesh: &mut Mesh, dice: &mut Dice, body: &Body, taxi: bool) {
    let front = body.x(body.roof_front);
    let rear = body.x(body.roof_rear);
    let middle = f32::midpoint(front, rear);
    if taxi {
        let sign = Vec3::new(middle + 0.2, 0.0, body.height + 0.08);
        mesh.cuboid(sign, Vec3::new(0.16, 0.62, 0.16), paint::of((230, 226, 200)));
    } else if dice.chance(0.35) {
        let size = Vec3::new((front - rear) * 0.5, body.width * 0.46, 0.02);
        mesh.cuboid(Vec3::new(middle, 0.0, body.height), size, paint::glass());
    }
    let railed = body.height > 1.6 && dice.chance(0.6);
    if railed {
        for side in [-1.0, 1.0] {
            let at = Vec3::new(middle, side * body.width * body.roof * 0.43, body.height + 0.01);
            mesh.cuboid(at, Vec3::new((front - rear) * 0.8, 0.05, 0.05), paint::chrome());
        }
    }
}

fn saloon(dice: &mut Dice) -> Body {
    let height = dice.between(1.43, 1.51);
    Body {
        length: dice.between(4.45, 4.98),
        width: dice.between(1.74, 1.87),
        height,
        clearance: 0.17,
        nose_z: dice.between(0.66, 0.74),
        belt_z: height * dice.between(0.62, 0.66),
        cowl: dice.between(0.25, 0.29),
        roof_front: dice.between(0.41, 0.45),
        roof_rear: dice.between(0.66, 0.72),
        tail: dice.between(0.86, 0.92),
        wheel_radius: dice.between(0.31, 0.34),
        axles: (0.19, 0.79),
        panes: 2,
        glazed: dice.between(0.8, 0.92),
        roof: dice.between(0.66, 0.74),
    }
}

fn hatchback(dice: &mut Dice) -> Body {
    let height = dice.between(1.46, 1.58);
    Body {
        length: dice.between(3.6, 4.35),
        width: dice.between(1.62, 1.8),
        height,
        clearance: 0.17,
        nose_z: dice.between(0.68, 0.76),
        belt_z: height * dice.between(0.6, 0.65),
        cowl: dice.between(0.2, 0.25),
        roof_front: dice.between(0.35, 0.4),
        roof_rear: dice.between(0.84, 0.9),
        tail: dice.between(0.95, 0.975),
        wheel_radius: dice.between(0.29, 0.32),
        axles: (0.19, 0.82),
        panes: 2,
        glazed: dice.between(0.74, 0.86),
        roof: dice.between(0.68, 0.76),
    }
}

fn suv(dice: &mut Dice) -> Body {
    let height = dice.between(1.62, 1.78);
    Body {
        length: dice.between(4.3, 4.9),
        width: dice.between(1.8, 1.95),
        height,
        clearance: 0.22,
        nose_z: dice.between(0.82, 0.92),
        belt_z: height * dice.between(0.62, 0.66),
        cowl: dice.between(0.24, 0.28),
        roof_front: dice.between(0.38, 0.42),
        roof_rear: dice.between(0.86, 0.92),
        tail: dice.between(0.955, 0.98),
        wheel_radius: dice.between(0.35, 0.39),
        axles: (0.19, 0.8),
        panes: dice.count(2, 3),
        glazed: dice.between(0.84, 0.95),
        roof: dice.between(0.7, 0.78),
    }
}

fn people_carrier(dice: &mut Dice) -> Body {
    let height = dice.between(1.72, 1.88);
    Body {
        length: dice.between(4.6, 5.2),
        width: dice.between(1.8, 1.9),
        height,
        clearance: 0.18,
        nose_z: dice.between(0.78, 0.86),
        belt_z: height * 0.58,
        cowl: dice.between(0.14, 0.18),
        roof_front: dice.between(0.29, 0.33),
        roof_rear: dice.between(0.92, 0.95),
        tail: dice.between(0.975, 0.99),
        wheel_radius: 0.33,
        axles: (0.18, 0.8),
        panes: 3,
        glazed: 0.95,
        roof: dice.between(0.74, 0.82),
    }
}
