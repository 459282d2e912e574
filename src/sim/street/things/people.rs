//! People on foot: standing, walking, bent, sitting, with what they carry.

use std::f32::consts::TAU;

use glam::Vec3;

use super::dice::Dice;
use super::figure::ANKLE_M;
use super::figure::HIPS_M;
use super::figure::Stance;
use super::figure::TRUNK_M;
use super::figure::add_figure;
use super::figure::upright;
use super::outfit::Outfit;
use super::paint;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::thing::Pose;
use crate::sim::street::thing::Posed;

pub(super) fn person(posed: &Posed, pose: Pose) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let mut outfit = Outfit::of(dice);
    if pose == Pose::Sitting {
        outfit.gather();
    }
    let mut mesh = Mesh::new();
    let stance = match pose {
        Pose::Standing => standing(dice, &outfit),
        Pose::Walking => walking(&outfit, posed.phase),
        Pose::Bent => bent(dice, &outfit),
        Pose::Sitting => sitting(&mut mesh, dice, &outfit),
    };
    add_figure(&mut mesh, &outfit, &stance);
    add_carried(&mut mesh, dice, &outfit, &stance, pose);
    mesh
}

fn standing(dice: &mut Dice, outfit: &Outfit) -> Stance {
    let size = outfit.size;
    let mut stance = upright(outfit);
    for ankle in &mut stance.ankles {
        ankle.x += dice.about(0.06);
        ankle.y *= dice.between(0.9, 1.6);
    }
    match dice.count(0, 4) {
        // Looks at a telephone, holds both hands before the belly, or one at the hip.
        0 => stance.hands[1] = Vec3::new(0.3, -0.06, 1.2) * size,
        1 => stance.hands = [1.0, -1.0].map(|sign| Vec3::new(0.22, sign * 0.06, 1.02) * size),
        2 => stance.hands[0] = Vec3::new(0.06, 0.2, 0.98) * size,
        _ => {}
    }
    stance
}

/// Legs and arms swing against each other; one phase is two steps.
fn walking(outfit: &Outfit, phase: f32) -> Stance {
    let size = outfit.size;
    let mut stance = upright(outfit);
    let (sin, cos) = (phase * TAU).sin_cos();
    stance.hips.z -= 0.025 * size * sin.abs();
    stance.neck.z -= 0.025 * size * sin.abs();
    stance.neck.x += 0.04 * size;
    for (side, sign) in [(0, 1.0), (1, -1.0)] {
        stance.ankles[side].x = 0.3 * size * sin * sign;
        stance.ankles[side].z += 0.12 * size * (cos * sign).max(0.0);
        stance.hands[side].x = (0.05 - 0.24 * sin * sign) * size;
        stance.hands[side].z = (0.88 + 0.05 * sin.abs()) * size;
    }
    stance
}

fn bent(dice: &mut Dice, outfit: &Outfit) -> Stance {
    let size = outfit.size;
    let mut stance = upright(outfit);
    let depth = dice.between(0.5, 1.0);
    stance.hips = Vec3::new(-0.16, 0.0, HIPS_M - 0.08 - 0.12 * depth) * size;
    let lean = Vec3::new(depth, 0.0, 1.15 - depth).normalize();
    stance.neck = stance.hips + lean * TRUNK_M * size;
    let low = (stance.neck.z - 0.48 * size).max(0.2 * size);
    for (side, sign) in [(0, 1.0), (1, -1.0)] {
        stance.hands[side] = Vec3::new(stance.neck.x + 0.08, sign * 0.14 * size, low);
    }
    stance
}

fn sitting(mesh: &mut Mesh, dice: &mut Dice, outfit: &Outfit) -> Stance {
    let size = outfit.size;
    let seat = dice.between(0.26, 0.44);
    let stool = paint::shop(dice);
    let levels = [(0.0, 0.17, 0.17), (seat - 0.03, 0.14, 0.14), (seat, 0.16, 0.16)];
    mesh.turned(Vec3::X * -0.15, &levels, 6, stool);
    let hips = Vec3::new(-0.15, 0.0, seat + 0.09 * size);
    let neck = hips + Vec3::new(0.12, 0.0, TRUNK_M * 0.97) * size;
    let hand = |sign: f32| Vec3::new(0.16, sign * 0.15, hips.z + 0.1) * Vec3::new(size, size, 1.0);
    let ankle = |sign: f32| Vec3::new(0.28 * size, sign * 0.13 * size, ANKLE_M * size.max(0.8));
    Stance { hips, neck, hands: [hand(1.0), hand(-1.0)], ankles: [ankle(1.0), ankle(-1.0)] }
}

fn add_carried(mesh: &mut Mesh, dice: &mut Dice, outfit: &Outfit, stance: &Stance, pose: Pose) {
    let size = outfit.size;
    let upright = matches!(pose, Pose::Standing | Pose::Walking);
    let share = dice.between(0.0, 1.0);
    let colour = paint::clothes(dice);
    if share < 0.12 {
        let back = stance.hips.lerp(stance.neck, 0.6) - Vec3::X * 0.17 * size;
        mesh.egg(back, Vec3::new(0.1, 0.15, 0.21) * size, 3, |_| 1.0, colour);
    } else if share < 0.3 && upright {
        let bag = if dice.chance(0.5) { paint::bag(dice) } else { colour };
        let deep = dice.between(0.13, 0.2);
        let centre = stance.hands[0] - Vec3::Z * (0.12 + deep);
        mesh.egg(centre, Vec3::new(0.13, 0.07, deep), 3, |_| 1.0, bag);
        mesh.tube(&[(stance.hands[0], 0.015), (centre, 0.015)], 3, bag);
    } else if share < 0.42 && upright {
        let side = stance.hips + Vec3::new(0.0, -0.2, 0.02) * size;
        mesh.cuboid(side, Vec3::new(0.24, 0.09, 0.2) * size, colour);
        let strap = [(side, 0.018), (stance.neck + Vec3::new(0.08, 0.1, -0.05) * size, 0.018)];
        mesh.tube(&strap, 3, colour);
    } else if share < 0.49 && upright {
        let grip = stance.neck + Vec3::new(0.2, -0.12, -0.2) * size;
        let crown = stance.neck + Vec3::new(0.06, -0.05, 0.55) * size;
        mesh.tube(&[(grip, 0.012), (crown, 0.012)], 4, paint::dark());
        let cloth = paint::shop(dice);
        let canopy = [(-0.14, 0.52, 0.52), (-0.04, 0.36, 0.36), (0.02, 0.04, 0.04)];
        let wide = canopy.map(|(z, x, y)| (z, x * size, y * size));
        mesh.turned(crown, &wide, 8, cloth);
    }
}
