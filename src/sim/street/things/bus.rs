//! The city bus.

use glam::Vec3;

use super::dice::Dice;
use super::paint;
use super::parts::Wheel;
use super::parts::plate;
use super::parts::shade_below;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::shapes::Level;
use crate::sim::street::shapes::Side;
use crate::sim::street::shapes::Wall;
use crate::sim::street::shapes::wall_between;
use crate::sim::street::thing::Posed;

const BEVEL_M: f32 = 0.16;

/// Two colours each: body, skirt or stripe.
const LIVERIES: [[paint::Colour; 2]; 8] = [
    [(70, 160, 90), (228, 232, 228)],
    [(228, 230, 230), (30, 96, 180)],
    [(36, 110, 190), (230, 232, 234)],
    [(232, 232, 228), (80, 170, 90)],
    [(226, 180, 50), (232, 230, 224)],
    [(196, 44, 44), (230, 226, 220)],
    [(120, 190, 210), (240, 242, 242)],
    [(228, 228, 226), (222, 120, 40)],
];

pub(super) fn bus(posed: &Posed) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let length = if dice.chance(0.65) { dice.between(11.4, 12.0) } else { dice.between(8.2, 10.5) };
    let width = dice.between(2.4, 2.55);
    let height = dice.between(2.95, 3.2);
    let [body, second] = dice.one_of(&LIVERIES);
    let body = paint::of(body).grained(0.05, 0.5).glossy(0.12);
    let [half, long] = [width / 2.0, length / 2.0];
    let belt = dice.between(1.15, 1.35);
    let levels = [
        Level::new(0.3, -long + 0.05, long - 0.08, half * 0.97),
        Level::new(0.55, -long, long, half),
        Level::new(belt, -long, long - 0.02, half),
        Level::new(height - 0.55, -long + 0.03, long - 0.1, half * 0.985),
        Level::new(height - 0.16, -long + 0.06, long - 0.16, half * 0.96),
        Level::new(height, -long + 0.3, long - 0.4, half * 0.8),
    ];
    let mut mesh = Mesh::new();
    shade_below(&mut mesh, length * 0.98, width * 0.97);
    mesh.hull(&levels, BEVEL_M, body);
    let walls = Walls { levels, bevel: BEVEL_M };
    add_livery(&mut mesh, dice, &walls, second);
    add_windows(&mut mesh, dice, &walls, length);
    add_ends(&mut mesh, dice, &walls, posed.lit);
    let roof = Vec3::new(-long * dice.between(0.2, 0.6), 0.0, height + 0.1);
    mesh.cuboid(roof, Vec3::new(2.6, width * 0.6, 0.24), body.times(0.9));
    add_wheels(&mut mesh, posed, length, half);
    for side in [-1.0, 1.0] {
        let mirror = Vec3::new(long + 0.16, side * (half - 0.02), height - 0.8);
        mesh.cuboid(mirror, Vec3::new(0.14, 0.16, 0.42), paint::dark());
        mesh.cuboid(
            mirror + Vec3::new(-0.16, 0.0, 0.26),
            Vec3::new(0.4, 0.06, 0.06),
            paint::dark(),
        );
    }
    mesh
}

struct Walls {
    levels: [Level; 6],
    bevel: f32,
}

impl Walls {
    fn between(&self, low: usize, side: Side) -> Wall {
        wall_between(self.levels[low], self.levels[low + 1], side, self.bevel)
    }
}

fn add_livery(mesh: &mut Mesh, dice: &mut Dice, walls: &Walls, second: paint::Colour) {
    let second = paint::of(second).glossy(0.1);
    let (from, to) = dice.one_of(&[(0.0, 0.4), (0.3, 0.55), (0.0, 0.8), (0.7, 0.95)]);
    let part = if dice.chance(0.5) { 1.0 } else { dice.between(0.4, 0.7) };
    mesh.panel(&walls.between(1, Side::Left), (1.0 - part, 1.0), (from, to), second);
    mesh.panel(&walls.between(1, Side::Right), (0.0, part), (from, to), second);
    mesh.panel(&walls.between(1, Side::Front), (0.0, 1.0), (0.0, 0.4), second);
}

fn add_windows(mesh: &mut Mesh, dice: &mut Dice, walls: &Walls, length: f32) {
    let glass = paint::glass();
    let [left, right] = [Side::Left, Side::Right].map(|side| walls.between(2, side));
    for wall in [&left, &right] {
        mesh.panel(wall, (0.01, 0.99), (0.03, 0.97), paint::of((24, 26, 28)));
    }
    let panes = (length / 1.5) as u32;
    let seen = paint::of((52, 62, 68)).glossy(0.25);
    for pane in 0..panes {
        let from = 0.02 + 0.96 * pane as f32 / panes as f32;
        let across = (from, from + 0.96 / panes as f32 - 0.012);
        for wall in [&left, &right] {
            let raised = wall.map(|corner| corner + Vec3::Y * corner.y.signum() * 0.01);
            mesh.panel(&raised, across, (0.08, 0.92), seen);
        }
    }
    mesh.panel(&walls.between(2, Side::Front), (-0.06, 1.06), (-0.08, 0.98), glass);
    mesh.panel(&walls.between(2, Side::Rear), (0.1, 0.9), (0.2, 0.95), glass);
    // Doors are on the right: the front one before the axle, one in the middle.
    let doors = walls.between(0, Side::Right);
    for middle in [dice.between(0.45, 0.55), 0.93] {
        let across = (middle - 0.055, middle + 0.055);
        let frame = [
            doors[0],
            doors[1],
            walls.between(2, Side::Right)[2],
            walls.between(2, Side::Right)[3],
        ];
        let frame = frame.map(|corner| Vec3::new(corner.x, corner.y - 0.03, corner.z));
        mesh.panel(&frame, across, (0.04, 0.97), paint::of((30, 32, 34)));
        let frame = frame.map(|corner| Vec3::new(corner.x, corner.y - 0.01, corner.z));
        for leaf in [(0.008, 0.05), (0.06, 0.102)] {
            mesh.panel(&frame, (across.0 + leaf.0, across.0 + leaf.1), (0.1, 0.92), seen);
        }
    }
}

fn add_ends(mesh: &mut Mesh, dice: &mut Dice, walls: &Walls, lit: bool) {
    let face = walls.between(1, Side::Front);
    for across in [(0.0, 0.2), (0.8, 1.0)] {
        mesh.panel(&face, across, (0.1, 0.35), paint::lamp((228, 230, 232), lit));
        let tail = walls.between(1, Side::Rear);
        mesh.panel(&tail, across, (0.4, 0.75), paint::lamp((160, 24, 24), lit));
    }
    let sign = walls.between(3, Side::Front);
    mesh.panel(&sign, (0.05, 0.95), (0.1, 0.9), paint::of((24, 22, 22)));
    let sign = sign.map(|corner| corner + Vec3::X * 0.01);
    let amber = paint::of((226, 110, 40)).glowing(if lit { paint::LAMP_GLOW } else { 0.6 });
    for sign_at in 0..dice.count(3, 6) {
        let from = 0.12 + 0.13 * sign_at as f32;
        mesh.panel(&sign, (from, from + 0.09), (0.25, 0.75), amber);
    }
    let [front, rear] = [Side::Front, Side::Rear].map(|side| walls.between(0, side)[3].x);
    plate(mesh, Vec3::new(front + 0.01, 0.0, 0.5), (220, 176, 40));
    plate(mesh, Vec3::new(rear - 0.01, 0.0, 0.6), (220, 176, 40));
    let engine = walls.between(1, Side::Rear);
    mesh.panel(&engine, (0.3, 0.7), (0.1, 0.6), paint::dark());
}

fn add_wheels(mesh: &mut Mesh, posed: &Posed, length: f32, half: f32) {
    let radius = 0.49;
    for share in [0.22, 0.74] {
        for side in [-1.0, 1.0] {
            let x = length * (0.5 - share);
            let y = side * (half - 0.12);
            let middle = Vec3::new(x, y, radius * 1.15);
            let ends = [middle, middle + Vec3::Y * side * 0.13].map(|at| (at, radius * 1.15));
            mesh.tube(&ends, 14, paint::of((14, 14, 15)));
            let centre = Vec3::new(x, y + side * 0.005, radius);
            let wheel = Wheel { centre, radius, width: 0.28, outwards: side, phase: posed.phase };
            wheel.add_to(mesh, paint::of((150, 152, 154)));
        }
    }
}
