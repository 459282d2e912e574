//! Large umbrellas and tents: what gives shade to tables and stalls.

use std::f32::consts::TAU;

use glam::Vec3;

use super::dice::Dice;
use super::paint;
use super::parts::pole;
use super::parts::rod;
use crate::sim::street::mesh::Material;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::thing::Posed;

pub(super) fn umbrella(posed: &Posed) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let mut mesh = Mesh::new();
    let height = dice.between(2.2, 2.7);
    add_umbrella(&mut mesh, dice, Vec3::ZERO, height);
    mesh
}

/// An umbrella on its pole, with two colours in turn or one.
pub(super) fn add_umbrella(mesh: &mut Mesh, dice: &mut Dice, foot: Vec3, height: f32) {
    let reach = dice.between(1.05, 1.6);
    let sides = dice.one_of(&[4, 6, 8, 8, 8]);
    let cloth = paint::shop(dice);
    let second = if dice.chance(0.45) { paint::shop(dice) } else { cloth };
    let drop = reach * dice.between(0.25, 0.42);
    let top = foot + Vec3::Z * height;
    let start = dice.between(0.0, TAU);
    let rim = |at: u32, share: f32| {
        let (sin, cos) = (start + TAU * at as f32 / sides as f32).sin_cos();
        // Cloth hangs a little between the ribs' ends and the top.
        let fall = drop * (share * 0.85 + share * share * 0.15);
        top + Vec3::new(cos * reach * share, sin * reach * share, -fall)
    };
    for at in 0..sides {
        let colour = if at % 2 == 0 { cloth } else { second };
        let middle = [rim(at, 0.55), rim(at + 1, 0.55)];
        let edge = [rim(at, 1.0), rim(at + 1, 1.0)];
        mesh.polygon(&[top, middle[0], middle[1]], colour);
        mesh.polygon(&[middle[0], edge[0], edge[1], middle[1]], colour.times(0.96));
        let hem = edge.map(|corner| corner - Vec3::Z * 0.16);
        mesh.polygon(&[edge[0], edge[1], hem[1], hem[0]], second.times(0.9));
    }
    let steel = paint::of(dice.one_of(&[(180, 182, 184), (230, 230, 226), (90, 70, 50)]));
    pole(mesh, foot, height + 0.08, 0.028, steel);
    let base = paint::stone(dice);
    mesh.turned(foot, &[(0.0, 0.26, 0.26), (0.1, 0.24, 0.24)], 8, base);
}

pub(super) fn tent(posed: &Posed) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let mut mesh = Mesh::new();
    let half = Vec3::new(dice.between(1.3, 1.6), dice.between(1.2, 1.6), 0.0);
    let eaves = dice.between(1.95, 2.25);
    let cloth = paint::shop(dice);
    let hem = if dice.chance(0.5) { paint::shop(dice) } else { cloth.times(0.85) };
    let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
        .map(|(x, y)| half * Vec3::new(x, y, 0.0) + Vec3::Z * eaves);
    let steel = paint::of((200, 202, 204));
    for corner in corners {
        rod(&mut mesh, Vec3::new(corner.x, corner.y, 0.0), corner, 0.028, steel);
    }
    add_roof(&mut mesh, dice, corners, cloth, hem);
    if dice.chance(0.35) {
        // A rear wall of cloth.
        let foot = [corners[3], corners[0]].map(|corner| corner.truncate().extend(0.1));
        mesh.polygon(&[foot[0], foot[1], corners[0], corners[3]], cloth.times(0.8));
    }
    mesh
}

fn add_roof(mesh: &mut Mesh, dice: &mut Dice, corners: [Vec3; 4], cloth: Material, hem: Material) {
    let top = Vec3::Z * (corners[0].z + dice.between(0.5, 0.9));
    for at in 0..4 {
        let [here, next] = [corners[at], corners[(at + 1) % 4]];
        let [low, high] =
            [here.lerp(next, 0.5), (here.lerp(next, 0.5)).lerp(top, 0.45) - Vec3::Z * 0.08];
        let shade = cloth.times(if at % 2 == 0 { 1.0 } else { 0.93 });
        for corner in [here, next] {
            let ridge = corner.lerp(top, 0.45) - Vec3::Z * 0.08;
            mesh.polygon(&[corner, low, high, ridge], shade);
            mesh.polygon(&[ridge, high, top], shade);
        }
        let down = Vec3::Z * dice.between(0.2, 0.3);
        mesh.polygon(&[here, next, next - down, here - down], hem);
    }
}
