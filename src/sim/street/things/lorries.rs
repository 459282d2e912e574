//! Lorries, and the lorries that collect refuse or water the street.

use glam::Vec2;
use glam::Vec3;

use super::dice::Dice;
use super::paint;
use super::parts::Wheel;
use super::parts::carton;
use super::parts::plate;
use super::parts::shade_below;
use super::parts::writing;
use crate::sim::street::mesh::Material;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::shapes::Level;
use crate::sim::street::shapes::Side;
use crate::sim::street::shapes::wall_between;
use crate::sim::street::thing::Posed;

const CABS: [paint::Colour; 6] =
    [(32, 78, 158), (40, 96, 176), (228, 230, 230), (222, 224, 222), (158, 34, 34), (90, 130, 90)];
const YELLOW_PLATE: paint::Colour = (220, 176, 40);

/// A lorry with its cab over the front axle, seen as a whole.
struct Lorry {
    length: f32,
    width: f32,
    cab_length: f32,
    cab_height: f32,
    wheel_radius: f32,
    /// Height of the bed.
    bed_z: f32,
}

impl Lorry {
    fn of(dice: &mut Dice) -> Self {
        let small = dice.chance(0.55);
        if small {
            Self {
                length: dice.between(4.8, 6.0),
                width: dice.between(1.7, 2.0),
                cab_length: dice.between(1.4, 1.6),
                cab_height: dice.between(1.95, 2.2),
                wheel_radius: 0.36,
                bed_z: 0.82,
            }
        } else {
            Self {
                length: dice.between(6.4, 8.4),
                width: dice.between(2.2, 2.45),
                cab_length: dice.between(1.7, 2.0),
                cab_height: dice.between(2.5, 2.8),
                wheel_radius: 0.48,
                bed_z: 1.08,
            }
        }
    }

    fn rear(&self) -> f32 {
        -self.length / 2.0
    }

    /// Where the load begins.
    fn cab_rear(&self) -> f32 {
        self.length / 2.0 - self.cab_length
    }

    fn bed(&self) -> (f32, f32) {
        let front = self.cab_rear() - 0.1;
        (f32::midpoint(front, self.rear()), front - self.rear())
    }

    fn add_chassis(&self, mesh: &mut Mesh, posed: &Posed) {
        shade_below(mesh, self.length * 0.97, self.width * 0.94);
        let frame = Vec3::new(self.length - 0.5, self.width * 0.5, 0.22);
        mesh.cuboid(Vec3::new(-0.2, 0.0, self.bed_z - 0.16), frame, paint::dark());
        let front = self.length / 2.0 - self.cab_length * 0.55;
        let rear = self.rear() + self.length * 0.2;
        let hub = paint::of((130, 130, 128));
        for (x, width) in [(front, 0.24), (rear, 0.42)] {
            for side in [-1.0, 1.0] {
                let y = side * (self.width / 2.0 - width / 2.0 - 0.02);
                let centre = Vec3::new(x, y, self.wheel_radius);
                let radius = self.wheel_radius;
                Wheel { centre, radius, width, outwards: side, phase: posed.phase }
                    .add_to(mesh, hub);
            }
        }
        for side in [-1.0, 1.0] {
            let lamp = paint::lamp((150, 22, 22), posed.lit);
            let at = Vec3::new(self.rear() + 0.02, side * self.width * 0.4, self.bed_z - 0.16);
            mesh.cuboid(at, Vec3::new(0.06, 0.26, 0.12), lamp);
            let guard = Vec3::new(-0.3, side * (self.width / 2.0 - 0.06), self.bed_z - 0.32);
            mesh.cuboid(guard, Vec3::new(self.length * 0.3, 0.04, 0.2), paint::dark());
        }
        plate(mesh, Vec3::new(self.rear() - 0.01, 0.0, self.bed_z - 0.16), YELLOW_PLATE);
    }

    fn add_cab(&self, mesh: &mut Mesh, dice: &mut Dice, painted: Material, lit: bool) {
        let [rear, front] = [self.cab_rear(), self.length / 2.0];
        let half = self.width / 2.0;
        let top = self.cab_height;
        let belt = top * dice.between(0.56, 0.6);
        let lean = dice.between(0.1, 0.3);
        let levels = [
            Level::new(0.42, rear + 0.05, front - 0.06, half * 0.95),
            Level::new(0.6, rear, front, half),
            Level::new(belt, rear, front - 0.04, half),
            Level::new(top - 0.12, rear + 0.02, front - lean, half * 0.94),
            Level::new(top, rear + 0.15, front - lean - 0.2, half * 0.8),
        ];
        mesh.hull(&levels, 0.1, painted);
        let windows = |side| wall_between(levels[2], levels[3], side, 0.1);
        mesh.panel(&windows(Side::Front), (-0.02, 1.02), (0.02, 0.95), paint::glass());
        mesh.panel(&windows(Side::Left), (0.05, 0.72), (0.03, 0.9), paint::glass());
        mesh.panel(&windows(Side::Right), (0.28, 0.95), (0.03, 0.9), paint::glass());
        let face = wall_between(levels[1], levels[2], Side::Front, 0.1);
        mesh.panel(&face, (0.2, 0.8), (0.3, 0.62), paint::dark());
        for across in [(0.0, 0.2), (0.8, 1.0)] {
            mesh.panel(&face, across, (0.12, 0.3), paint::lamp((226, 228, 230), lit));
        }
        let bumper = Vec3::new(front - 0.04, 0.0, 0.46);
        mesh.cuboid(bumper, Vec3::new(0.16, self.width, 0.22), painted.times(0.6));
        plate(mesh, Vec3::new(front + 0.045, 0.0, 0.48), YELLOW_PLATE);
        for side in [-1.0, 1.0] {
            let mirror = Vec3::new(front - 0.05, side * (half + 0.12), belt + 0.2);
            mesh.cuboid(mirror, Vec3::new(0.08, 0.2, 0.34), paint::dark());
        }
    }

    /// A closed box with ribs.
    fn add_box(&self, mesh: &mut Mesh, dice: &mut Dice) {
        let (middle, length) = self.bed();
        let height = (self.cab_height - self.bed_z) * dice.between(1.0, 1.35);
        let wall = if dice.chance(0.6) { paint::of((222, 224, 224)) } else { paint::shop(dice) };
        let wall = wall.grained(0.08, 0.4).glossy(0.05);
        let centre = Vec3::new(middle, 0.0, self.bed_z + height / 2.0);
        mesh.cuboid(centre, Vec3::new(length, self.width, height), wall);
        let ribs = dice.count(0, 6);
        for rib in 0..ribs {
            let x = middle + length * ((rib as f32 + 0.5) / ribs as f32 - 0.5);
            let size = Vec3::new(0.05, self.width + 0.03, height);
            mesh.cuboid(Vec3::new(x, 0.0, centre.z), size, wall.times(0.85));
        }
        let level =
            |z| Level::new(z, middle - length / 2.0, middle + length / 2.0, self.width / 2.0);
        let levels = [level(self.bed_z + height * 0.35), level(self.bed_z + height * 0.8)];
        if dice.chance(0.5) {
            let ink = paint::shop(dice);
            for side in [Side::Left, Side::Right] {
                let wall = wall_between(levels[0], levels[1], side, length * 0.2);
                writing(mesh, dice, &wall, 1, ink);
            }
        }
        let gap = Vec3::new(self.rear() - 0.005, 0.0, centre.z);
        mesh.cuboid(gap, Vec3::new(0.02, 0.03, height * 0.96), paint::dark());
    }

    /// An open bed with low sides, empty or loaded.
    fn add_bed(&self, mesh: &mut Mesh, dice: &mut Dice, painted: Material) {
        let (middle, length) = self.bed();
        let height = dice.between(0.35, 0.6);
        let floor = Vec3::new(middle, 0.0, self.bed_z);
        mesh.cuboid(floor, Vec3::new(length, self.width, 0.08), paint::dark());
        let z = self.bed_z + height / 2.0;
        for side in [-1.0, 1.0] {
            let flank = Vec3::new(middle, side * (self.width / 2.0 - 0.02), z);
            mesh.cuboid(flank, Vec3::new(length, 0.04, height), painted);
            let end = Vec3::new(middle + side * (length / 2.0 - 0.02), 0.0, z);
            mesh.cuboid(end, Vec3::new(0.04, self.width, height), painted);
        }
        if dice.chance(0.3) {
            let load = Vec2::new(length * 0.44, self.width * 0.42);
            let lumps = dice.lumps(0.2);
            let heap = paint::stone(dice);
            let foot = Vec3::new(middle, 0.0, self.bed_z + 0.04);
            mesh.mound(foot, load, height * 1.5, 4, |at| lumps.at(at), heap);
        } else if dice.chance(0.6) {
            for at in 0..dice.count(3, 12) {
                let x = middle + length * (0.08 * (at % 6) as f32 - 0.22);
                let size = Vec3::new(dice.between(0.3, 0.5), dice.between(0.4, 0.7), 0.4);
                let y = self.width * if at < 6 { 0.2 } else { -0.2 };
                let foot = Vec3::new(x, y, self.bed_z + 0.04);
                let turn = dice.about(0.2);
                let size = size * dice.between(0.8, 1.5);
                carton(mesh, dice, foot, size, turn);
            }
        }
    }
}

pub(super) fn truck(posed: &Posed) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let lorry = Lorry::of(dice);
    let painted = paint::pick(dice, &CABS).grained(0.1, 0.3).glossy(0.08);
    let mut mesh = Mesh::new();
    lorry.add_chassis(&mut mesh, posed);
    lorry.add_cab(&mut mesh, dice, painted, posed.lit);
    if dice.chance(0.55) {
        lorry.add_box(&mut mesh, dice);
    } else {
        lorry.add_bed(&mut mesh, dice, painted);
    }
    mesh
}

pub(super) fn sanitation_truck(posed: &Posed) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let lorry = Lorry::of(dice);
    let green = paint::of(dice.one_of(&[(60, 150, 70), (40, 130, 90), (120, 180, 60)]));
    let white = paint::of((228, 230, 226)).grained(0.12, 0.3);
    let orange = paint::of((226, 110, 30));
    let [cab, tank, stripe] =
        dice.one_of(&[[white, green, orange], [green, white, green], [orange, white, orange]]);
    let mut mesh = Mesh::new();
    lorry.add_chassis(&mut mesh, posed);
    lorry.add_cab(&mut mesh, dice, cab.glossy(0.06), posed.lit);
    let (middle, length) = lorry.bed();
    let height = lorry.cab_height - lorry.bed_z + 0.1;
    if dice.chance(0.35) {
        let radius = height * 0.52;
        let [from, to] = [-1.0, 1.0]
            .map(|end| Vec3::new(middle + end * length * 0.46, 0.0, lorry.bed_z + radius));
        mesh.tube(
            &[
                (from, radius * 0.9),
                (from.lerp(to, 0.06), radius),
                (from.lerp(to, 0.94), radius),
                (to, radius * 0.9),
            ],
            14,
            tank.glossy(0.08),
        );
    } else {
        let half = lorry.width / 2.0;
        let [rear, front] = [lorry.rear(), middle + length / 2.0];
        let levels = [
            Level::new(lorry.bed_z - 0.1, rear + 0.1, front, half * 0.96),
            Level::new(lorry.bed_z + height * 0.4, rear, front, half),
            Level::new(lorry.bed_z + height, rear + length * 0.22, front - 0.1, half * 0.9),
        ];
        mesh.hull(&levels, 0.1, tank.glossy(0.06));
        let hopper = wall_between(levels[0], levels[1], Side::Rear, 0.1);
        mesh.panel(&hopper, (0.1, 0.9), (0.25, 0.95), paint::dark());
    }
    let band = Vec3::new(length * 0.8, lorry.width + 0.03, 0.16);
    mesh.cuboid(Vec3::new(middle + 0.1, 0.0, lorry.bed_z + height * 0.35), band, stripe);
    let beacon = Vec3::new(lorry.cab_rear() + 0.5, 0.0, lorry.cab_height + 0.06);
    let light = paint::lamp((236, 150, 30), posed.lit);
    mesh.cuboid(beacon, Vec3::new(0.2, lorry.width * 0.55, 0.12), light);
    mesh
}
