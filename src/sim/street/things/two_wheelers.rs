//! Bicycles and e-bikes, with and without riders. Bars are thick enough to be seen from a pole.

use std::f32::consts::TAU;

use glam::Vec3;

use super::dice::Dice;
use super::figure::ANKLE_M;
use super::figure::Stance;
use super::figure::TRUNK_M;
use super::figure::add_figure;
use super::outfit::Outfit;
use super::paint;
use super::parts::Wheel;
use super::parts::hoop;
use super::parts::rod;
use crate::sim::street::mesh::Material;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::thing::Posed;
use crate::sim::street::thing::Rider;

/// The hire bicycles' colours, and some private ones.
const BICYCLES: [paint::Colour; 8] = [
    (240, 190, 30),
    (40, 120, 210),
    (60, 190, 190),
    (240, 190, 30),
    (30, 32, 36),
    (150, 40, 40),
    (200, 204, 208),
    (60, 90, 150),
];
const COURIERS: [paint::Colour; 4] = [(240, 190, 30), (30, 120, 210), (228, 90, 40), (30, 150, 90)];
const CYCLE_RADIUS_M: f32 = 0.33;
const CYCLE_AXLES_M: (f32, f32) = (0.52, -0.52);

pub(super) fn bicycle(posed: &Posed, rider: Rider) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let painted = paint::pick(dice, &BICYCLES).glossy(0.08);
    let mut mesh = Mesh::new();
    add_cycle(&mut mesh, dice, painted, posed.phase);
    if rider == Rider::On {
        let outfit = Outfit::riding(dice, 0.1);
        let crank = Vec3::new(-0.05, 0.0, 0.3);
        let ankle = |sign: f32| {
            let (sin, cos) = (-TAU * posed.phase * 0.4).sin_cos();
            let turn = Vec3::new(cos, 0.0, sin) * 0.16 * sign;
            crank + turn + Vec3::new(-0.05, sign * 0.13, ANKLE_M + 0.02)
        };
        let hips = Vec3::new(-0.25, 0.0, 0.97);
        let stance = Stance {
            hips,
            neck: hips + Vec3::new(0.26, 0.0, 0.93).normalize() * TRUNK_M * outfit.size,
            hands: [1.0, -1.0].map(|sign| Vec3::new(0.3, sign * 0.25, 1.04)),
            ankles: [ankle(1.0), ankle(-1.0)],
        };
        add_figure(&mut mesh, &outfit, &stance);
    }
    mesh
}

fn add_cycle(mesh: &mut Mesh, dice: &mut Dice, painted: Material, phase: f32) {
    let lean = if dice.chance(0.3) { 0.02 } else { 0.0 };
    let radius = CYCLE_RADIUS_M;
    let [front, rear] = [CYCLE_AXLES_M.0, CYCLE_AXLES_M.1].map(|x| Vec3::new(x, lean, radius));
    let rim = paint::of(dice.one_of(&[(150, 152, 154), (60, 60, 62), (200, 202, 204)]));
    for axle in [front, rear] {
        hoop(mesh, axle, radius, 0.045, paint::rubber());
        for spoke in 0..4 {
            let (sin, cos) = (TAU * (spoke as f32 / 8.0 - phase)).sin_cos();
            let out = Vec3::new(cos, 0.0, sin) * (radius - 0.03);
            let wide = Vec3::new(-sin, 0.0, cos) * 0.006;
            mesh.polygon(
                &[axle - out - wide, axle + out - wide, axle + out + wide, axle - out + wide],
                rim,
            );
        }
    }
    let crank = Vec3::new(-0.05, 0.0, 0.3);
    let seat = Vec3::new(-0.24, 0.0, 0.78);
    let head = Vec3::new(0.34, 0.0, 0.78);
    let low_head = Vec3::new(0.38, 0.0, 0.62);
    let step_through = dice.chance(0.6);
    let thick = dice.between(0.018, 0.028);
    rod(mesh, crank, low_head, thick * 1.2, painted);
    rod(mesh, crank, seat, thick, painted);
    let top = if step_through { crank.lerp(seat, 0.45) } else { seat - Vec3::Z * 0.08 };
    rod(mesh, top, low_head + Vec3::Z * 0.06, thick, painted);
    for sign in [-0.05, 0.05] {
        let aside = Vec3::Y * sign;
        rod(mesh, crank + aside, rear + aside, thick * 0.7, painted);
        rod(mesh, seat - Vec3::Z * 0.1, rear + aside, thick * 0.7, painted);
        rod(mesh, low_head, front + aside, thick * 0.8, painted);
    }
    let steel = paint::of((140, 142, 146));
    rod(mesh, low_head, head + Vec3::new(-0.04, 0.0, 0.22), 0.02, painted);
    let bar = head + Vec3::new(-0.02, 0.0, 0.24);
    rod(mesh, bar - Vec3::Y * 0.27, bar + Vec3::Y * 0.27, 0.017, steel);
    for sign in [-1.0, 1.0] {
        let grip = bar + Vec3::new(-0.03, 0.24 * sign, 0.0);
        mesh.cuboid(grip, Vec3::new(0.13, 0.05, 0.04), paint::dark());
        let pedal = crank + Vec3::new(0.12 * sign, 0.11 * sign, -0.05 * sign);
        mesh.cuboid(pedal, Vec3::new(0.1, 0.09, 0.03), paint::dark());
        rod(mesh, crank, pedal, 0.014, steel);
    }
    rod(mesh, seat, seat + Vec3::Z * 0.12, 0.018, steel);
    mesh.egg(
        seat + Vec3::new(-0.02, 0.0, 0.15),
        Vec3::new(0.15, 0.09, 0.045),
        2,
        |_| 1.0,
        paint::dark(),
    );
    let guard = |axle: Vec3| axle + Vec3::new(-0.12, 0.0, radius - 0.0);
    mesh.cuboid(guard(rear), Vec3::new(0.36, 0.06, 0.02), painted);
    if dice.chance(0.65) {
        let basket = Vec3::new(0.56, 0.0, 0.84);
        let wire = paint::of(dice.one_of(&[(60, 62, 64), (170, 172, 174), (40, 42, 44)]));
        add_basket(mesh, basket, Vec3::new(0.28, 0.36, 0.24), wire);
    }
    if dice.chance(0.4) {
        let rack = Vec3::new(-0.56, 0.0, 0.72);
        mesh.cuboid(rack, Vec3::new(0.36, 0.14, 0.03), steel);
        rod(mesh, rack, rear, 0.012, steel);
    }
    rod(mesh, Vec3::new(-0.4, 0.1, 0.3), Vec3::new(-0.45, 0.2, 0.0), 0.012, steel);
}

/// A basket open at its top.
pub(super) fn add_basket(mesh: &mut Mesh, centre: Vec3, size: Vec3, wire: Material) {
    let half = size / 2.0;
    for sign in [-1.0, 1.0] {
        let flank = Vec3::new(size.x, 0.015, size.z);
        mesh.cuboid(centre + Vec3::Y * sign * half.y, flank, wire);
        let end = Vec3::new(0.015, size.y, size.z);
        mesh.cuboid(centre + Vec3::X * sign * half.x, end, wire);
    }
    mesh.cuboid(centre - Vec3::Z * half.z, Vec3::new(size.x, size.y, 0.015), wire);
}

pub(super) fn e_bike(posed: &Posed, rider: Rider) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let courier = dice.chance(0.25);
    let livery = paint::of(dice.one_of(&COURIERS)).glossy(0.06);
    let painted = paint::car(dice);
    let mut mesh = Mesh::new();
    let scooter = dice.chance(0.6);
    add_e_bike(&mut mesh, dice, painted, posed, scooter);
    if courier {
        let at = Vec3::new(-0.62, 0.0, 1.02);
        mesh.cuboid(at, Vec3::new(0.46, 0.46, 0.46), livery.grained(0.08, 0.1));
        mesh.cuboid(at + Vec3::Z * 0.05, Vec3::new(0.47, 0.3, 0.14), paint::of((236, 236, 230)));
    } else if dice.chance(0.4) {
        mesh.egg(
            Vec3::new(-0.62, 0.0, 0.95),
            Vec3::new(0.2, 0.2, 0.17),
            3,
            |_| 1.0,
            painted.times(0.6),
        );
    }
    if rider == Rider::On {
        let mut outfit = Outfit::riding(dice, 0.7);
        if courier {
            outfit.in_livery(livery);
        }
        add_seated(&mut mesh, &outfit);
        if dice.chance(0.15) && !courier {
            let passenger = Outfit::riding(dice, 0.4);
            let mut stance = seated(&passenger);
            for place in [&mut stance.hips, &mut stance.neck] {
                place.x -= 0.34;
            }
            for hand in &mut stance.hands {
                hand.x -= 0.45;
            }
            for ankle in &mut stance.ankles {
                *ankle += Vec3::new(-0.32, 0.12 * ankle.y.signum(), 0.02);
            }
            add_figure(&mut mesh, &passenger, &stance);
        }
    } else if dice.chance(0.2) {
        // A quilt against the wind hangs before the seat.
        let quilt = paint::clothes(dice);
        mesh.egg(Vec3::new(0.34, 0.0, 0.75), Vec3::new(0.1, 0.34, 0.32), 3, |_| 1.0, quilt);
    }
    mesh
}

fn seated(outfit: &Outfit) -> Stance {
    let hips = Vec3::new(-0.26, 0.0, 0.86);
    Stance {
        hips,
        neck: hips + Vec3::new(0.14, 0.0, 0.98).normalize() * TRUNK_M * outfit.size,
        hands: [1.0, -1.0].map(|sign| Vec3::new(0.3, sign * 0.3, 1.04)),
        ankles: [1.0, -1.0].map(|sign| Vec3::new(0.12, sign * 0.13, 0.3 + ANKLE_M)),
    }
}

pub(super) fn add_seated(mesh: &mut Mesh, outfit: &Outfit) {
    add_figure(mesh, outfit, &seated(outfit));
}

fn add_e_bike(mesh: &mut Mesh, dice: &mut Dice, painted: Material, posed: &Posed, scooter: bool) {
    let radius = if scooter { 0.23 } else { 0.27 };
    let reach = dice.between(0.58, 0.66);
    let hub = paint::of((120, 122, 126));
    for x in [reach, -reach] {
        for outwards in [-1.0, 1.0] {
            let centre = Vec3::new(x, 0.0, radius);
            Wheel { centre, radius, width: 0.1, outwards, phase: posed.phase }.add_to(mesh, hub);
        }
    }
    let trim = paint::dark().glossy(0.05);
    // The footboard, the shield before the legs, the case below the seat.
    mesh.cuboid(Vec3::new(0.08, 0.0, 0.3), Vec3::new(0.52, 0.28, 0.1), trim);
    let shield = [
        (Vec3::new(0.36, 0.0, 0.32), 0.12),
        (Vec3::new(0.46, 0.0, 0.62), 0.17),
        (Vec3::new(0.36, 0.0, 0.95), 0.1),
    ];
    if scooter {
        mesh.tube(&shield, 6, painted);
    } else {
        mesh.tube(&shield.map(|(at, wide)| (at, wide * 0.3)), 6, painted);
    }
    rod(mesh, Vec3::new(0.38, 0.0, 0.9), Vec3::new(reach, 0.0, radius), 0.035, trim);
    mesh.cuboid(Vec3::new(reach, 0.0, radius * 2.0 + 0.02), Vec3::new(0.34, 0.12, 0.04), painted);
    let case = [
        (Vec3::new(-0.1, 0.0, 0.42), 0.1),
        (Vec3::new(-0.3, 0.0, 0.5), 0.15),
        (Vec3::new(-0.66, 0.0, 0.6), 0.12),
        (Vec3::new(-0.82, 0.0, 0.66), 0.05),
    ];
    mesh.tube(&case, 6, painted);
    rod(mesh, Vec3::new(-0.4, 0.0, 0.45), Vec3::new(-reach, 0.0, radius), 0.05, trim);
    mesh.egg(Vec3::new(-0.34, 0.0, 0.74), Vec3::new(0.36, 0.14, 0.08), 3, |_| 1.0, trim);
    let bar = Vec3::new(0.34, 0.0, 1.0);
    rod(mesh, bar - Vec3::Y * 0.34, bar + Vec3::Y * 0.34, 0.022, trim);
    for sign in [-1.0, 1.0] {
        let mirror = bar + Vec3::new(0.02, 0.3 * sign, 0.2);
        rod(mesh, bar + Vec3::Y * 0.2 * sign, mirror, 0.012, trim);
        mesh.cuboid(mirror, Vec3::new(0.03, 0.12, 0.09), trim);
    }
    let face = Vec3::new(0.5, 0.0, if scooter { 0.86 } else { 0.94 });
    mesh.egg(face, Vec3::new(0.08, 0.1, 0.08), 2, |_| 1.0, paint::lamp((220, 224, 228), posed.lit));
    let tail = Vec3::new(-0.84, 0.0, 0.68);
    mesh.cuboid(tail, Vec3::new(0.05, 0.16, 0.07), paint::lamp((150, 20, 20), posed.lit));
    let number = Vec3::new(-0.84, 0.0, 0.52);
    mesh.cuboid(number, Vec3::new(0.02, 0.18, 0.13), paint::of((222, 224, 222)));
    if !scooter || dice.chance(0.3) {
        add_basket(mesh, Vec3::new(0.62, 0.0, 0.78), Vec3::new(0.26, 0.34, 0.24), trim);
    }
    rod(mesh, Vec3::new(-0.3, 0.1, 0.4), Vec3::new(-0.34, 0.2, 0.0), 0.018, trim);
}
