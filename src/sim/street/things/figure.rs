//! A person's body, clothed: joints in, surface out. Those who walk, sit, sell and ride share it.

use glam::Vec3;

use super::outfit::Headwear;
use super::outfit::Legwear;
use super::outfit::Outfit;
use crate::sim::street::mesh::Material;
use crate::sim::street::mesh::Mesh;

/// Lengths of limbs, for a person of 1.68 m.
const THIGH_M: f32 = 0.43;
const SHIN_M: f32 = 0.42;
const UPPER_ARM_M: f32 = 0.29;
const FOREARM_M: f32 = 0.27;
pub(super) const ANKLE_M: f32 = 0.07;
/// From the hips to the root of the neck.
pub(super) const TRUNK_M: f32 = 0.53;
/// Height of the hips of someone who stands.
pub(super) const HIPS_M: f32 = 0.9;

/// Where a body's ends are, facing x, its left at positive y. Knees and elbows follow.
#[derive(Clone, Copy)]
pub(super) struct Stance {
    pub(super) hips: Vec3,
    pub(super) neck: Vec3,
    /// Left and right.
    pub(super) hands: [Vec3; 2],
    pub(super) ankles: [Vec3; 2],
}

/// Adds a body. Lengths are scaled by the outfit's size; the stance is taken as it is.
pub(super) fn add_figure(mesh: &mut Mesh, outfit: &Outfit, stance: &Stance) {
    let size = outfit.size;
    let trunk = (stance.neck - stance.hips).normalize_or(Vec3::Z);
    add_trunk(mesh, outfit, stance, trunk);
    let hip = Vec3::Y * 0.085 * size * outfit.girth;
    let shoulder = Vec3::Y * 0.175 * size * outfit.girth.sqrt();
    for (side, sign) in [(0, 1.0), (1, -1.0)] {
        add_leg(mesh, outfit, stance.hips + hip * sign, stance.ankles[side]);
        let root = stance.neck - trunk * 0.06 * size + shoulder * sign;
        add_arm(mesh, outfit, root, stance.hands[side], sign);
    }
    let lean = (trunk * 0.5 + Vec3::Z).normalize_or(Vec3::Z);
    add_head(mesh, outfit, stance.neck, lean);
}

fn add_trunk(mesh: &mut Mesh, outfit: &Outfit, stance: &Stance, up: Vec3) {
    let side = Vec3::Y;
    let front = side.cross(up);
    let long = (stance.neck - stance.hips).length();
    let girth = outfit.girth * outfit.size;
    let ring = |share: f32, depth: f32, width: f32| {
        let centre = stance.hips + up * long * share;
        let at = |step: u32| {
            let (sin, cos) = (std::f32::consts::TAU * (step % 8) as f32 / 8.0).sin_cos();
            centre + front * cos * depth * girth + side * sin * width * girth
        };
        (0..=8).map(at).collect::<Vec<Vec3>>()
    };
    let hem = if outfit.coat { -0.75 } else { -0.16 };
    let rows = [
        ring(hem, 0.0, 0.0),
        ring(hem, 0.125, 0.175),
        ring(0.1, 0.12, 0.165),
        ring(0.4, 0.115, 0.15),
        ring(0.78, 0.125, 0.18),
        ring(0.96, 0.08, 0.15),
        ring(1.04, 0.045, 0.055),
    ];
    mesh.skin(&rows, outfit.top);
    if let Some(stripes) = outfit.vest {
        for share in [0.3, 0.55] {
            mesh.skin(&[ring(share, 0.13, 0.185), ring(share + 0.1, 0.13, 0.185)], stripes);
        }
    }
    if outfit.legwear == Legwear::Skirt {
        let hem = stance.hips - up * 0.42 * outfit.size;
        let flare = |centre: Vec3, wide: f32| {
            let at = |step: u32| {
                let (sin, cos) = (std::f32::consts::TAU * (step % 8) as f32 / 8.0).sin_cos();
                centre + Vec3::new(cos, sin, 0.0) * wide * girth
            };
            (0..=8).map(at).collect::<Vec<Vec3>>()
        };
        mesh.skin(&[flare(hem, 0.24), flare(stance.hips, 0.165)], outfit.legs);
    }
}

fn add_leg(mesh: &mut Mesh, outfit: &Outfit, hip: Vec3, ankle: Vec3) {
    let size = outfit.size;
    let girth = size * outfit.girth.sqrt();
    let knee = bend(hip, ankle, THIGH_M * size, SHIN_M * size, Vec3::X);
    let thigh = [(hip, 0.085 * girth), (knee, 0.062 * girth)];
    let shin = [(knee, 0.062 * girth), (ankle, 0.048 * girth)];
    match outfit.legwear {
        Legwear::Trousers => {
            mesh.tube(&[thigh[0], thigh[1], (ankle, 0.055 * girth)], 6, outfit.legs);
        }
        Legwear::Shorts => {
            mesh.tube(&thigh, 6, outfit.legs);
            mesh.tube(&shin, 5, outfit.skin);
        }
        Legwear::Skirt => mesh.tube(&[thigh[0], (knee, 0.055 * girth), shin[1]], 5, outfit.skin),
    }
    let shoe = Vec3::new(0.25, 0.095, 0.09) * size;
    mesh.cuboid(ankle + Vec3::new(0.06 * size, 0.0, shoe.z / 2.0 - ANKLE_M), shoe, outfit.shoes);
}

fn add_arm(mesh: &mut Mesh, outfit: &Outfit, shoulder: Vec3, hand: Vec3, sign: f32) {
    let size = outfit.size;
    let girth = size * outfit.girth.sqrt();
    let back = Vec3::new(-1.0, sign * 0.5, -0.4);
    let elbow = bend(shoulder, hand, UPPER_ARM_M * size, FOREARM_M * size, back);
    let upper = [(shoulder, 0.06 * girth), (elbow, 0.05 * girth)];
    if outfit.long_sleeves {
        mesh.tube(&[upper[0], upper[1], (hand, 0.042 * girth)], 6, outfit.top);
    } else {
        mesh.tube(&upper, 6, outfit.top);
        mesh.tube(&[(elbow, 0.042 * girth), (hand, 0.034 * girth)], 5, outfit.skin);
    }
    mesh.egg(hand, Vec3::splat(0.05 * size), 2, |_| 1.0, outfit.skin);
}

fn add_head(mesh: &mut Mesh, outfit: &Outfit, neck: Vec3, up: Vec3) {
    let size = outfit.size.max(0.8);
    let middle = neck + up * 0.17 * size;
    mesh.tube(&[(neck, 0.05 * size), (middle, 0.05 * size)], 5, outfit.skin);
    mesh.egg(middle, Vec3::new(0.095, 0.08, 0.12) * size, 4, |_| 1.0, outfit.skin);
    let crown = middle + Vec3::new(-0.018, 0.0, 0.028) * size;
    let cover = |mesh: &mut Mesh, radii: Vec3, material: Material| {
        // Open towards the face, below the brow.
        let shape = move |out: Vec3| if out.x > 0.25 && out.z < 0.35 { 0.6 } else { 1.0 };
        mesh.egg(crown, radii * size, 4, shape, material);
    };
    match outfit.headwear {
        Headwear::Hair => cover(mesh, Vec3::new(0.1, 0.09, 0.11), outfit.hair),
        Headwear::LongHair => {
            cover(mesh, Vec3::new(0.102, 0.094, 0.112), outfit.hair);
            let from = crown - Vec3::X * 0.05 * size;
            let to = neck + Vec3::new(-0.09, 0.0, -0.1) * size;
            mesh.tube(&[(from, 0.07 * size), (to, 0.06 * size)], 5, outfit.hair);
        }
        Headwear::Cap => {
            cover(mesh, Vec3::new(0.104, 0.094, 0.108), outfit.head_colour);
            let peak = middle + Vec3::new(0.12, 0.0, 0.07) * size;
            mesh.cuboid(peak, Vec3::new(0.12, 0.14, 0.02) * size, outfit.head_colour);
        }
        Headwear::Helmet => cover(mesh, Vec3::new(0.135, 0.125, 0.14), outfit.head_colour),
        Headwear::StrawHat => {
            let brim = [(0.06, 0.21, 0.21), (0.08, 0.12, 0.12), (0.16, 0.07, 0.07)];
            mesh.turned(
                middle,
                &brim.map(|(z, x, y)| (z * size, x * size, y * size)),
                8,
                outfit.head_colour,
            );
        }
    }
}

/// Where the joint between two bones lies, bent towards `towards`.
fn bend(from: Vec3, to: Vec3, upper: f32, lower: f32, towards: Vec3) -> Vec3 {
    let way = to - from;
    let reach = way.length().clamp(1e-3, (upper + lower) * 0.999);
    let along = way.normalize_or(Vec3::NEG_Z);
    let share = (upper * upper - lower * lower + reach * reach) / (2.0 * reach);
    let out = (upper * upper - share * share).max(0.0).sqrt();
    let aside = (towards - along * towards.dot(along)).normalize_or_zero();
    from + along * share + aside * out
}

/// The hips' and neck's usual places for someone who stands upright at `x`, of an outfit's size.
pub(super) fn upright(outfit: &Outfit) -> Stance {
    let size = outfit.size;
    let hips = Vec3::Z * HIPS_M * size;
    let neck = hips + Vec3::new(0.02, 0.0, TRUNK_M) * size;
    let hand = |sign: f32| Vec3::new(0.03, sign * 0.25 * outfit.girth.sqrt(), 0.86) * size;
    let ankle = |sign: f32| Vec3::new(0.0, sign * 0.1 * size, ANKLE_M * size.max(0.8));
    Stance { hips, neck, hands: [hand(1.0), hand(-1.0)], ankles: [ankle(1.0), ankle(-1.0)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_joint_keeps_both_bones_their_length_within_reach() {
        for reach in [0.2, 0.5, 0.8] {
            let to = Vec3::new(0.1, 0.0, -reach);
            let joint = bend(Vec3::ZERO, to, 0.43, 0.42, Vec3::X);
            assert!((joint.length() - 0.43).abs() < 1e-3, "{joint}");
            assert!((joint.distance(to) - 0.42).abs() < 1e-3, "{joint}");
            assert!(joint.x > 0.0, "bent to the front");
        }
    }
}
