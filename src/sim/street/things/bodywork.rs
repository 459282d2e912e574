//! The body of a car or van: one hull from sill to roof, with glass, lamps and wheels set into it.

use glam::Vec3;

use super::dice::Dice;
use super::paint;
use super::parts::Wheel;
use super::parts::plate;
use super::parts::shade_below;
use crate::sim::street::mesh::Material;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::shapes::Level;
use crate::sim::street::shapes::Side;
use crate::sim::street::shapes::wall_between;

/// A body's proportions. Metres, and shares of the length counted from the nose.
#[derive(Clone, Copy)]
pub(super) struct Body {
    pub(super) length: f32,
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) clearance: f32,
    pub(super) nose_z: f32,
    /// Where the windows begin.
    pub(super) belt_z: f32,
    /// Shares: foot of the windscreen, front and rear edge of the roof, foot of the rear window.
    pub(super) cowl: f32,
    pub(super) roof_front: f32,
    pub(super) roof_rear: f32,
    pub(super) tail: f32,
    pub(super) wheel_radius: f32,
    /// Shares of the length at the axles.
    pub(super) axles: (f32, f32),
    /// Side windows, and what share of the side they take.
    pub(super) panes: u32,
    pub(super) glazed: f32,
    /// Width of the roof over the width of the body.
    pub(super) roof: f32,
}

/// What differs between two of the same shape.
pub(super) struct Finish {
    pub(super) paint: Material,
    pub(super) plate: paint::Colour,
    pub(super) phase: f32,
    pub(super) lit: bool,
}

const BEVEL_M: f32 = 0.12;

impl Body {
    pub(super) fn x(&self, share: f32) -> f32 {
        self.length * (0.5 - share)
    }

    /// Cuts from the sill to the roof. The windows lie between the seventh and the eighth.
    fn levels(&self) -> [Level; 10] {
        let [half, long] = [self.width / 2.0, self.length / 2.0];
        let hood = self.x(self.cowl) - long;
        let rise = self.belt_z - self.nose_z;
        let deck = -long + 0.04;
        let tail = self.x(self.tail);
        let [front, rear] = [self.x(self.roof_front), self.x(self.roof_rear)];
        let low = self.clearance;
        let top = self.height;
        let roof = half * self.roof;
        [
            Level::new(low, -long + 0.16, long - 0.16, half * 0.9),
            Level::new(low + 0.12, -long + 0.03, long - 0.03, half * 0.98),
            Level::new(self.nose_z * 0.75, -long, long, half),
            Level::new(self.nose_z, -long + 0.01, long - 0.05, half),
            Level::new(self.nose_z + rise * 0.45, -long + 0.02, long + hood * 0.3, half * 0.99),
            Level::new(self.belt_z - 0.02, deck, long + hood * 0.92, half * 0.97),
            Level::new(self.belt_z + 0.03, tail.max(deck), self.x(self.cowl), half * 0.94),
            Level::new(top - 0.09, rear - 0.02, front + 0.03, roof),
            Level::new(top - 0.03, rear + 0.06, front - 0.08, roof - 0.06),
            Level::new(top, rear + 0.28, front - 0.35, roof * 0.6),
        ]
    }

    pub(super) fn add_to(&self, mesh: &mut Mesh, dice: &mut Dice, finish: &Finish) {
        shade_below(mesh, self.length * 0.97, self.width * 0.96);
        let levels = self.levels();
        mesh.hull(&levels, BEVEL_M, finish.paint);
        self.add_glass(mesh, &levels);
        self.add_wheels(mesh, dice, finish.phase);
        self.add_face(mesh, dice, finish);
        self.add_tail(mesh, dice, finish);
        self.add_sides(mesh, finish.paint);
    }

    fn add_glass(&self, mesh: &mut Mesh, levels: &[Level; 10]) {
        let glass = paint::glass();
        let wall = |side| wall_between(levels[6], levels[7], side, BEVEL_M);
        mesh.panel(&wall(Side::Front), (-0.05, 1.05), (0.03, 0.97), glass);
        mesh.panel(&wall(Side::Rear), (0.02, 0.98), (0.12, 0.93), glass);
        let width = self.glazed / self.panes.max(1) as f32;
        for pane in 0..self.panes {
            let from = 0.015 + width * pane as f32;
            let across = (from, from + width - 0.03);
            mesh.panel(&wall(Side::Left), across, (0.06, 0.92), glass);
            let mirrored = (1.0 - across.1, 1.0 - across.0);
            mesh.panel(&wall(Side::Right), mirrored, (0.06, 0.92), glass);
        }
    }

    fn add_wheels(&self, mesh: &mut Mesh, dice: &mut Dice, phase: f32) {
        let hub = paint::of(dice.one_of(&[(150, 153, 158), (120, 123, 128), (60, 62, 66)]));
        let hub = hub.glossy(0.12);
        for axle in [self.axles.0, self.axles.1] {
            for side in [-1.0, 1.0] {
                let centre = Vec3::new(self.x(axle), side * (self.width / 2.0 - 0.09), 0.0);
                let arch = self.wheel_radius * 1.16;
                let middle = centre + Vec3::Z * arch;
                let ends = [middle, middle + Vec3::Y * side * 0.1].map(|at| (at, arch));
                mesh.tube(&ends, 14, paint::of((14, 14, 15)));
                let centre = centre + Vec3::new(0.0, side * 0.01, self.wheel_radius);
                let wheel =
                    Wheel { centre, radius: self.wheel_radius, width: 0.21, outwards: side, phase };
                wheel.add_to(mesh, hub);
            }
        }
    }

    fn add_face(&self, mesh: &mut Mesh, dice: &mut Dice, finish: &Finish) {
        let nose = self.length / 2.0;
        let half = self.width / 2.0;
        let lamp = paint::lamp((226, 230, 234), finish.lit);
        let lamp_z = self.nose_z * dice.between(0.92, 0.98);
        let lamp_width = dice.between(0.3, 0.44);
        for side in [-1.0, 1.0] {
            let at = Vec3::new(nose - 0.13, side * (half - lamp_width / 2.0 - 0.02), lamp_z);
            mesh.cuboid(at, Vec3::new(0.22, lamp_width, dice.between(0.1, 0.16)), lamp);
        }
        let grille = Vec3::new(0.06, self.width - 2.0 * lamp_width - 0.1, dice.between(0.1, 0.24));
        mesh.cuboid(
            Vec3::new(nose - 0.025, 0.0, lamp_z - 0.05),
            grille,
            paint::dark().glossy(0.06),
        );
        if dice.chance(0.6) {
            let badge = Vec3::new(nose + 0.01, 0.0, lamp_z);
            mesh.cuboid(badge, Vec3::new(0.02, 0.2, 0.06), paint::chrome());
        }
        let intake = Vec3::new(0.08, self.width * dice.between(0.5, 0.8), 0.13);
        mesh.cuboid(Vec3::new(nose - 0.035, 0.0, self.clearance + 0.15), intake, paint::dark());
        plate(mesh, Vec3::new(nose + 0.015, 0.0, self.clearance + 0.26), finish.plate);
    }

    fn add_tail(&self, mesh: &mut Mesh, dice: &mut Dice, finish: &Finish) {
        let rear = -self.length / 2.0;
        let half = self.width / 2.0;
        let lamp = paint::lamp((150, 20, 22), finish.lit).times(if finish.lit { 1.3 } else { 1.0 });
        let upright = self.tail > 0.94 && dice.chance(0.5);
        let size = if upright {
            Vec3::new(0.12, 0.14, 0.42)
        } else {
            Vec3::new(0.14, dice.between(0.32, 0.46), 0.14)
        };
        let lamp_z = if upright { self.belt_z - 0.04 } else { self.belt_z - 0.15 };
        for side in [-1.0, 1.0] {
            let at = Vec3::new(rear + 0.07, side * (half - size.y / 2.0 - 0.02), lamp_z);
            mesh.cuboid(at, size, lamp);
        }
        let bumper = Vec3::new(0.08, self.width * 0.8, 0.16);
        mesh.cuboid(Vec3::new(rear + 0.035, 0.0, self.clearance + 0.1), bumper, paint::dark());
        let plate_z = if dice.chance(0.6) { self.nose_z + 0.02 } else { self.clearance + 0.32 };
        plate(mesh, Vec3::new(rear - 0.012, 0.0, plate_z), finish.plate);
    }

    /// Mirrors, sills, gaps between doors, handles.
    fn add_sides(&self, mesh: &mut Mesh, paint: Material) {
        let half = self.width / 2.0;
        let cowl = self.x(self.cowl) - 0.22;
        let rear = self.x(self.axles.1) + self.wheel_radius * 1.3;
        let middle = f32::midpoint(self.x(self.axles.0) - self.wheel_radius * 1.3, rear);
        let gap = paint.times(0.35);
        for side in [-1.0, 1.0] {
            let mirror = Vec3::new(cowl, side * (half + 0.07), self.belt_z + 0.07);
            mesh.cuboid(mirror, Vec3::new(0.1, 0.2, 0.13), paint.times(0.9));
            let sill = Vec3::new(middle, side * (half - 0.02), self.clearance + 0.06);
            mesh.cuboid(sill, Vec3::new(self.length * 0.42, 0.04, 0.1), paint::dark());
            for at in [middle, rear - 0.02] {
                let line = Vec3::new(at, side * half * 0.992, (self.nose_z + self.belt_z) / 2.1);
                mesh.cuboid(line, Vec3::new(0.02, 0.025, self.belt_z * 0.55), gap);
                let handle = Vec3::new(at + 0.16, side * half * 0.995, self.belt_z - 0.12);
                mesh.cuboid(handle, Vec3::new(0.18, 0.04, 0.035), paint.times(0.75));
            }
        }
    }
}
