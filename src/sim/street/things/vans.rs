//! Delivery vans and minibuses.

use glam::Vec3;

use super::bodywork::Body;
use super::bodywork::Finish;
use super::dice::Dice;
use super::paint;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::thing::Posed;

const BLUE_PLATE: paint::Colour = (28, 66, 150);

pub(super) fn van(posed: &Posed) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let large = dice.chance(0.5);
    let length = if large { dice.between(4.9, 5.9) } else { dice.between(3.8, 4.5) };
    let height = if large { dice.between(2.1, 2.5) } else { dice.between(1.8, 1.98) };
    let windowed = dice.chance(0.55);
    let body = Body {
        length,
        width: if large { dice.between(1.9, 2.05) } else { dice.between(1.56, 1.72) },
        height,
        clearance: 0.2,
        nose_z: dice.between(0.72, 0.85),
        belt_z: if large { 1.18 } else { 1.02 },
        cowl: dice.between(0.06, 0.13),
        roof_front: dice.between(0.2, 0.25),
        roof_rear: 0.985,
        tail: 0.992,
        wheel_radius: if large { 0.35 } else { 0.29 },
        axles: (0.18, 0.78),
        panes: if windowed { 4 } else { 1 },
        glazed: if windowed { 0.97 } else { 0.24 },
        roof: 0.86,
    };
    let painted = if dice.chance(0.65) { paint::of((232, 233, 232)) } else { paint::car(dice) };
    let finish = Finish {
        paint: painted.grained(dice.between(0.02, 0.12), 0.3).glossy(0.1),
        plate: BLUE_PLATE,
        phase: posed.phase,
        lit: posed.lit,
    };
    let mut mesh = Mesh::new();
    body.add_to(&mut mesh, dice, &finish);
    if dice.chance(0.5) {
        let stripe = paint::shop(dice);
        let size = Vec3::new(length * 0.5, body.width + 0.015, dice.between(0.08, 0.35));
        mesh.cuboid(Vec3::new(-length * 0.16, 0.0, 0.85), size, stripe);
    }
    mesh
}
