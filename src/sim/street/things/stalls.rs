//! Street stalls: tables, food carts, selling tricycles, cloths on the ground, clothes rails.

use glam::Vec2;
use glam::Vec3;

use super::dice::Dice;
use super::goods::Area;
use super::goods::Goods;
use super::goods::hang_clothes;
use super::paint;
use super::parts::FLAT_M;
use super::parts::Wheel;
use super::parts::carton;
use super::parts::flat;
use super::parts::rod;
use super::parts::shade_below;
use super::parts::writing;
use super::shades::add_umbrella;
use super::tricycles::add_carrier;
use super::tricycles::add_open_bed;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::shapes::Level;
use crate::sim::street::shapes::Side;
use crate::sim::street::shapes::wall_between;
use crate::sim::street::thing::Posed;
use crate::sim::street::thing::StallStyle;

pub(super) fn stall(posed: &Posed, style: StallStyle) -> Mesh {
    let dice = &mut Dice::of(posed.look);
    let mut mesh = Mesh::new();
    match style {
        StallStyle::Table => add_table(&mut mesh, dice, posed),
        StallStyle::Cart if dice.chance(0.3) => add_barrow(&mut mesh, dice, posed),
        StallStyle::Cart => add_cart(&mut mesh, dice, posed),
        StallStyle::Tricycle => add_selling_tricycle(&mut mesh, dice, posed),
        StallStyle::Umbrella => {
            add_table(&mut mesh, dice, posed);
            let foot = Vec3::new(dice.about(0.3), dice.between(0.1, 0.35), 0.0);
            let height = dice.between(2.1, 2.5);
            add_umbrella(&mut mesh, dice, foot, height);
        }
        StallStyle::Spread => add_spread(&mut mesh, dice),
        StallStyle::Rail => add_rail(&mut mesh, dice),
    }
    mesh
}

/// A folding table along x, with a cloth that may hang to the ground.
fn add_table(mesh: &mut Mesh, dice: &mut Dice, posed: &Posed) {
    let size = Vec2::new(dice.between(1.4, 2.4), dice.between(0.7, 1.0));
    let height = dice.between(0.6, 0.82);
    shade_below(mesh, size.x * 0.85, size.y * 0.8);
    let top = Vec3::Z * height;
    let cloth = paint::shop(dice);
    mesh.cuboid(top - Vec3::Z * 0.02, size.extend(0.04), cloth);
    if dice.chance(0.5) {
        let hem = dice.between(0.25, 0.95) * height;
        let hung = Vec3::new(size.x * 1.01, size.y * 1.01, hem);
        mesh.cuboid(top - Vec3::Z * (hem / 2.0 + 0.03), hung, cloth.times(0.9));
    }
    for (x, y) in [(-0.45, -0.42), (0.45, -0.42), (-0.45, 0.42), (0.45, 0.42)] {
        let foot = Vec3::new(x * size.x, y * size.y, 0.0);
        rod(mesh, foot, foot + top, 0.02, paint::of((120, 122, 124)));
    }
    let goods = Goods::of(dice);
    goods.add_to(mesh, dice, Area { centre: top, size: size * 0.94 });
    add_clutter(mesh, dice, size, posed.lit);
    if dice.chance(0.35) {
        add_board(mesh, dice, Vec3::new(size.x * 0.5 + 0.3, -0.2, 0.0));
    }
}

/// Boxes below and beside the table, a stool, a bulb on a stick.
fn add_clutter(mesh: &mut Mesh, dice: &mut Dice, size: Vec2, lit: bool) {
    for _ in 0..dice.count(0, 4) {
        let side = dice.one_of(&[-1.0, 1.0]);
        let x = side * (size.x / 2.0 + dice.between(-0.4, 0.3));
        let foot = Vec3::new(x, dice.about(size.y * 0.6), 0.0);
        let box_size =
            Vec3::new(dice.between(0.3, 0.5), dice.between(0.3, 0.4), dice.between(0.2, 0.45));
        let turn = dice.about(0.5);
        carton(mesh, dice, foot, box_size, turn);
    }
    if lit || dice.chance(0.15) {
        let foot = Vec3::new(size.x * 0.4, size.y * 0.4, 0.0);
        let top = foot + Vec3::Z * 1.9;
        rod(mesh, foot, top, 0.014, paint::dark());
        mesh.egg(top, Vec3::splat(0.07), 2, |_| 1.0, paint::lamp((240, 230, 200), lit));
    }
}

/// A board with large writing, leaning on itself.
fn add_board(mesh: &mut Mesh, dice: &mut Dice, foot: Vec3) {
    let (half, height) = (dice.between(0.25, 0.4), dice.between(0.6, 1.1));
    let levels = [
        Level::new(foot.z, foot.x - 0.18, foot.x + 0.18, half),
        Level::new(foot.z + height, foot.x - 0.03, foot.x + 0.03, half),
    ];
    let board = paint::shop(dice);
    mesh.hull(&levels, 0.0, board);
    let ink = dice.one_of(&[
        paint::of((240, 240, 230)),
        paint::of((30, 28, 28)),
        paint::of((240, 210, 60)),
    ]);
    for side in [Side::Front, Side::Rear] {
        let wall = wall_between(levels[0], levels[1], side, 0.0);
        writing(mesh, dice, &wall, 2, ink);
    }
}

/// A flat barrow on two large wheels, pushed by its shafts.
fn add_barrow(mesh: &mut Mesh, dice: &mut Dice, posed: &Posed) {
    let size = Vec2::new(dice.between(1.4, 1.9), dice.between(0.8, 1.0));
    let height = dice.between(0.66, 0.8);
    let wood = if dice.chance(0.6) { paint::wood(dice) } else { paint::shop(dice).times(0.8) };
    mesh.cuboid(Vec3::Z * (height - 0.04), size.extend(0.08), wood);
    let radius = dice.between(0.28, 0.36);
    for side in [-1.0, 1.0] {
        let centre = Vec3::new(size.x * 0.1, side * (size.y / 2.0 + 0.06), radius);
        let phase = posed.phase;
        Wheel { centre, radius, width: 0.07, outwards: side, phase }
            .add_to(mesh, paint::of((140, 140, 138)));
        let shaft = Vec3::new(-size.x / 2.0, side * size.y * 0.4, height - 0.04);
        rod(mesh, shaft, shaft - Vec3::X * 0.45, 0.025, wood);
        let leg = Vec3::new(-size.x * 0.4, side * size.y * 0.4, 0.0);
        rod(mesh, leg, leg + Vec3::Z * height, 0.025, wood);
    }
    let area = Area { centre: Vec3::Z * height, size: size * 0.95 };
    if dice.chance(0.6) {
        Goods::Produce.add_to(mesh, dice, area);
    } else {
        Goods::of(dice).add_to(mesh, dice, area);
    }
    if dice.chance(0.3) {
        let foot = Vec3::new(0.0, size.y * 0.4, 0.0);
        let top = dice.between(2.1, 2.4);
        add_umbrella(mesh, dice, foot, top);
    }
}

/// A food cart: a case on wheels, glass above it, a roof with a sign.
fn add_cart(mesh: &mut Mesh, dice: &mut Dice, posed: &Posed) {
    let length = dice.between(1.3, 2.1);
    let half = dice.between(0.35, 0.48);
    let counter = dice.between(0.8, 0.95);
    let long = length / 2.0;
    shade_below(mesh, length * 0.9, half * 1.75);
    let painted = if dice.chance(0.4) { paint::steel(dice) } else { paint::shop(dice) };
    let case = [Level::new(0.25, -long, long, half), Level::new(counter, -long, long, half)];
    mesh.hull(&case, 0.02, painted);
    let second = paint::shop(dice);
    for side in [Side::Left, Side::Right, Side::Front, Side::Rear] {
        let wall = wall_between(case[0], case[1], side, 0.02);
        mesh.panel(&wall, (0.04, 0.96), (0.2, 0.85), second);
        if matches!(side, Side::Left | Side::Right) {
            let raised = wall.map(|corner| corner + Vec3::Y * 0.012 * corner.y.signum());
            let ink = paint::of(dice.one_of(&[(250, 248, 236), (250, 214, 60), (200, 30, 30)]));
            writing(mesh, dice, &raised.map(|corner| corner * Vec3::new(0.9, 1.0, 1.0)), 1, ink);
        }
    }
    for x in [-0.7, 0.7] {
        for outwards in [-1.0, 1.0] {
            let radius = 0.2;
            let centre = Vec3::new(x * long, outwards * (half - 0.05), radius);
            Wheel { centre, radius, width: 0.07, outwards, phase: posed.phase }
                .add_to(mesh, paint::of((150, 150, 150)));
        }
    }
    let counter_size = Vec2::new(length * 1.04, half * 2.1);
    mesh.cuboid(Vec3::Z * counter, counter_size.extend(0.05), paint::steel(dice));
    let goods = dice.one_of(&[Goods::Food, Goods::Food, Goods::Produce]);
    let top = Vec3::Z * (counter + 0.03);
    goods.add_to(mesh, dice, Area { centre: top, size: counter_size * 0.86 });
    add_cart_roof(mesh, dice, (long, half), counter, posed.lit);
}

fn add_cart_roof(mesh: &mut Mesh, dice: &mut Dice, half: (f32, f32), counter: f32, lit: bool) {
    let eaves = counter + dice.between(0.95, 1.15);
    let (long, half) = half;
    let frame = paint::of((200, 202, 204));
    for (x, y) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
        let foot = Vec3::new(x * (long - 0.03), y * (half - 0.03), counter);
        rod(mesh, foot, foot.truncate().extend(eaves), 0.02, frame);
    }
    if dice.chance(0.6) {
        // Panes around the goods leave their upper half in view.
        let pane = paint::of((150, 170, 176)).glossy(0.25);
        let size = Vec3::new(long * 1.96, 0.012, 0.16);
        mesh.cuboid(Vec3::new(0.0, half - 0.02, counter + 0.12), size, pane);
        mesh.cuboid(Vec3::new(0.0, 0.02 - half, counter + 0.12), size, pane);
    }
    let roof = paint::shop(dice);
    let over = dice.between(0.04, 0.3);
    let levels = [
        Level::new(eaves, -long - over, long + over, half + over),
        Level::new(eaves + 0.05, -long - over, long + over, half + over),
        Level::new(eaves + dice.between(0.08, 0.3), -long * 0.8, long * 0.8, half * 0.5),
    ];
    mesh.hull(&levels, 0.02, roof);
    let sign = [
        Level::new(eaves, -long * 0.9, long * 0.9, half + over + 0.02),
        Level::new(eaves + dice.between(0.22, 0.36), -long * 0.9, long * 0.9, half + over + 0.02),
    ];
    let face = paint::shop(dice).glowing(if lit { 1.0 } else { 0.0 });
    for side in [Side::Left, Side::Right] {
        let wall = wall_between(sign[0], sign[1], side, 0.0);
        mesh.polygon(&wall, face);
        let ink = paint::of(dice.one_of(&[(250, 248, 236), (250, 214, 60), (190, 24, 24)]));
        writing(mesh, dice, &wall, 1, ink);
    }
    let bulb = paint::lamp((240, 232, 206), lit);
    mesh.egg(Vec3::Z * (eaves - 0.08), Vec3::splat(0.07), 2, |_| 1.0, bulb);
}

/// A carrier that stands and sells from its bed.
fn add_selling_tricycle(mesh: &mut Mesh, dice: &mut Dice, posed: &Posed) {
    let painted = paint::shop(dice).times(0.8);
    let bed = add_carrier(mesh, dice, painted, posed);
    add_open_bed(mesh, bed, painted, 0.2);
    let over = dice.between(1.0, 1.3);
    let board =
        Area { centre: bed.middle + Vec3::Z * 0.2, size: Vec2::new(bed.length, bed.width) * over };
    mesh.cuboid(board.centre, board.size.extend(0.03), paint::wood(dice));
    let goods = Goods::of(dice);
    goods.add_to(mesh, dice, Area { centre: board.centre + Vec3::Z * 0.02, size: board.size });
    if dice.chance(0.4) {
        let height = dice.between(2.1, 2.4);
        let foot = Vec3::new(bed.middle.x, bed.width * 0.3, 0.0);
        add_umbrella(mesh, dice, foot, height);
    } else if dice.chance(0.5) {
        let front = bed.middle.x + bed.length / 2.0;
        let levels = [
            Level::new(1.15, front - 0.02, front + 0.02, bed.width * 0.45),
            Level::new(1.65, front - 0.02, front + 0.02, bed.width * 0.45),
        ];
        let face = paint::shop(dice);
        mesh.hull(&levels, 0.0, face);
        let ink = paint::of((250, 246, 230));
        writing(mesh, dice, &wall_between(levels[0], levels[1], Side::Rear, 0.0), 1, ink);
        for side in [-1.0, 1.0] {
            let foot = Vec3::new(front, side * bed.width * 0.4, 0.7);
            rod(mesh, foot, foot + Vec3::Z * 0.6, 0.018, paint::dark());
        }
    }
    if posed.lit {
        let bulb = bed.middle + Vec3::Z * 1.3;
        rod(mesh, bed.middle, bulb, 0.012, paint::dark());
        mesh.egg(bulb, Vec3::splat(0.07), 2, |_| 1.0, paint::lamp((240, 230, 200), true));
    }
}

/// Goods on a cloth on the ground.
fn add_spread(mesh: &mut Mesh, dice: &mut Dice) {
    let size = Vec2::new(dice.between(1.3, 2.4), dice.between(1.0, 1.5));
    let cloth = paint::shop(dice).grained(0.2, 0.15);
    let corners: Vec<Vec3> = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
        .iter()
        .map(|(x, y)| {
            let uneven = Vec2::new(1.0 + dice.about(0.06), 1.0 + dice.about(0.06));
            (Vec2::new(*x, *y) * size / 2.0 * uneven).extend(FLAT_M)
        })
        .collect();
    mesh.polygon(&corners, cloth);
    flat(mesh, Vec3::Z * (FLAT_M + 0.006), size * 0.9, cloth.times(1.12));
    let goods = Goods::of(dice);
    let area = Area { centre: Vec3::Z * (FLAT_M + 0.01), size: size * 0.88 };
    goods.add_to(mesh, dice, area);
    for _ in 0..dice.count(0, 2) {
        let foot = Vec3::new(dice.about(size.x * 0.4), size.y * 0.62, 0.0);
        let box_size = Vec3::new(0.4, 0.32, dice.between(0.25, 0.5));
        let turn = dice.about(0.6);
        carton(mesh, dice, foot, box_size, turn);
    }
}

/// One or two clothes rails.
fn add_rail(mesh: &mut Mesh, dice: &mut Dice) {
    let length = dice.between(1.4, 2.2);
    let rails = dice.count(1, 2);
    let steel = paint::of(dice.one_of(&[(200, 202, 204), (60, 62, 64)]));
    for rail in 0..rails {
        let y = if rails == 2 { rail as f32 - 0.5 } else { 0.0 };
        let height = dice.between(1.35, 1.75);
        for side in [-1.0, 1.0] {
            let foot = Vec3::new(side * length / 2.0, y, 0.0);
            rod(mesh, foot, foot + Vec3::Z * height, 0.022, steel);
            rod(mesh, foot - Vec3::Y * 0.28, foot + Vec3::Y * 0.28, 0.022, steel);
        }
        let top = Vec3::new(0.0, y, height);
        rod(mesh, top - Vec3::X * length / 2.0, top + Vec3::X * length / 2.0, 0.02, steel);
        let pieces = (length / dice.between(0.09, 0.16)) as u32;
        for piece in 0..pieces {
            let x = length * ((piece as f32 + 0.5) / pieces as f32 - 0.5);
            hang_clothes(mesh, dice, Vec3::new(x, y, height - 0.03));
        }
    }
}
