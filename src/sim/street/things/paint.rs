//! The colours of the street: what cars, clothes, bags and goods are painted in.

use super::dice::Dice;
use crate::sim::street::mesh::Material;

pub(super) type Colour = (u8, u8, u8);

/// Lamps outshine daylight by this much when lit.
pub(super) const LAMP_GLOW: f32 = 3.0;

const PLAIN_PAINTS: [Colour; 8] = [
    (236, 237, 238),
    (228, 230, 230),
    (22, 23, 26),
    (34, 35, 40),
    (172, 176, 180),
    (146, 150, 155),
    (96, 100, 106),
    (66, 70, 76),
];
const BRIGHT_PAINTS: [Colour; 9] = [
    (150, 24, 28),
    (112, 18, 30),
    (28, 58, 120),
    (44, 92, 158),
    (120, 92, 66),
    (176, 158, 128),
    (28, 74, 62),
    (206, 120, 36),
    (140, 190, 170),
];
const CLOTHES: [Colour; 20] = [
    (30, 32, 38),
    (24, 26, 30),
    (54, 58, 66),
    (92, 96, 104),
    (150, 152, 156),
    (226, 226, 222),
    (240, 238, 230),
    (38, 52, 92),
    (58, 88, 140),
    (120, 160, 204),
    (160, 34, 40),
    (206, 60, 62),
    (222, 130, 150),
    (232, 190, 70),
    (214, 116, 44),
    (52, 98, 66),
    (110, 150, 100),
    (112, 84, 62),
    (170, 142, 110),
    (104, 70, 128),
];
const TROUSERS: [Colour; 9] = [
    (26, 28, 32),
    (38, 40, 46),
    (44, 54, 80),
    (62, 78, 112),
    (96, 110, 136),
    (104, 96, 84),
    (150, 136, 112),
    (86, 88, 90),
    (200, 198, 190),
];
const SKINS: [Colour; 5] =
    [(224, 180, 150), (212, 166, 134), (198, 150, 118), (180, 132, 102), (232, 194, 166)];
const HAIRS: [Colour; 6] =
    [(20, 18, 18), (28, 24, 22), (36, 28, 24), (60, 44, 34), (120, 118, 116), (190, 188, 186)];
const SHOP_COLOURS: [Colour; 12] = [
    (198, 34, 36),
    (222, 62, 44),
    (232, 150, 34),
    (240, 204, 60),
    (36, 120, 70),
    (80, 168, 90),
    (32, 84, 160),
    (70, 150, 206),
    (150, 60, 130),
    (236, 110, 150),
    (236, 232, 220),
    (90, 60, 40),
];
const PRODUCE: [Colour; 14] = [
    (196, 36, 34),
    (222, 84, 50),
    (236, 146, 36),
    (240, 196, 56),
    (226, 220, 110),
    (120, 170, 56),
    (58, 120, 46),
    (36, 84, 40),
    (120, 50, 120),
    (70, 34, 70),
    (236, 226, 200),
    (190, 150, 100),
    (150, 100, 60),
    (236, 150, 150),
];
const BAGS: [Colour; 17] = [
    (18, 18, 20),
    (20, 20, 22),
    (26, 26, 30),
    (32, 32, 38),
    (22, 22, 24),
    (44, 44, 48),
    (224, 224, 222),
    (206, 208, 210),
    (232, 230, 224),
    (176, 178, 180),
    (150, 150, 146),
    (190, 60, 64),
    (60, 96, 160),
    (74, 130, 84),
    (220, 186, 90),
    (28, 28, 32),
    (196, 184, 160),
];
const LITTER: [Colour; 14] = [
    (232, 230, 226),
    (214, 212, 206),
    (196, 190, 178),
    (176, 140, 96),
    (150, 116, 78),
    (30, 30, 32),
    (70, 68, 66),
    (196, 44, 44),
    (52, 104, 170),
    (70, 140, 80),
    (226, 184, 60),
    (110, 90, 60),
    (92, 110, 60),
    (150, 180, 200),
];

pub(super) fn of(colour: Colour) -> Material {
    Material::matt(colour.0, colour.1, colour.2)
}

/// One of the colours, a little lighter or darker than its name.
pub(super) fn pick(dice: &mut Dice, colours: &[Colour]) -> Material {
    let colour = of(dice.one_of(colours));
    colour.times(dice.between(0.85, 1.12))
}

pub(super) fn car(dice: &mut Dice) -> Material {
    let colours: &[Colour] = if dice.chance(0.8) { &PLAIN_PAINTS } else { &BRIGHT_PAINTS };
    let dirt = dice.between(0.0, 0.12);
    let gloss = dice.between(0.08, 0.22);
    pick(dice, colours).grained(dirt, 0.25).glossy(gloss)
}

pub(super) fn clothes(dice: &mut Dice) -> Material {
    pick(dice, &CLOTHES).grained(0.18, 0.06)
}

pub(super) fn trousers(dice: &mut Dice) -> Material {
    pick(dice, &TROUSERS).grained(0.15, 0.06)
}

pub(super) fn skin(dice: &mut Dice) -> Material {
    pick(dice, &SKINS).glossy(0.03)
}

pub(super) fn hair(dice: &mut Dice) -> Material {
    pick(dice, &HAIRS).grained(0.2, 0.03).glossy(0.03)
}

/// Signs, awnings, toys, plastic.
pub(super) fn shop(dice: &mut Dice) -> Material {
    pick(dice, &SHOP_COLOURS).grained(0.08, 0.2).glossy(0.03)
}

pub(super) fn produce(dice: &mut Dice) -> Material {
    pick(dice, &PRODUCE).grained(0.25, 0.05).glossy(0.04)
}

pub(super) fn bag(dice: &mut Dice) -> Material {
    pick(dice, &BAGS).grained(0.25, 0.06).glossy(0.12)
}

pub(super) fn litter(dice: &mut Dice) -> Material {
    pick(dice, &LITTER).grained(0.3, 0.08)
}

pub(super) fn cardboard(dice: &mut Dice) -> Material {
    const CARDBOARD: [Colour; 4] =
        [(182, 146, 102), (166, 128, 86), (198, 166, 124), (150, 116, 80)];
    pick(dice, &CARDBOARD).grained(0.12, 0.12)
}

pub(super) fn wood(dice: &mut Dice) -> Material {
    const WOOD: [Colour; 4] = [(150, 112, 72), (120, 84, 54), (178, 142, 98), (96, 70, 50)];
    pick(dice, &WOOD).grained(0.25, 0.08)
}

pub(super) fn steel(dice: &mut Dice) -> Material {
    const STEEL: [Colour; 3] = [(176, 180, 184), (150, 154, 158), (196, 198, 200)];
    pick(dice, &STEEL).grained(0.1, 0.2).glossy(0.2)
}

pub(super) fn leaf(dice: &mut Dice) -> Material {
    const LEAVES: [Colour; 5] =
        [(58, 96, 44), (44, 80, 38), (82, 120, 56), (70, 100, 40), (100, 130, 70)];
    pick(dice, &LEAVES).grained(0.5, 0.06)
}

pub(super) fn stone(dice: &mut Dice) -> Material {
    const STONE: [Colour; 4] = [(166, 164, 158), (140, 138, 132), (190, 186, 176), (120, 116, 110)];
    pick(dice, &STONE).grained(0.2, 0.07)
}

pub(super) fn glass() -> Material {
    of((20, 26, 30)).glossy(0.2)
}

pub(super) fn rubber() -> Material {
    of((26, 26, 27)).grained(0.15, 0.08)
}

pub(super) fn dark() -> Material {
    of((32, 33, 35)).grained(0.1, 0.1)
}

pub(super) fn chrome() -> Material {
    of((190, 193, 196)).glossy(0.25)
}

/// What lies in the shade below a thing.
pub(super) fn shade() -> Material {
    of((50, 50, 51)).grained(0.2, 0.2)
}

/// A lamp's glass, shining if lit.
pub(super) fn lamp(colour: Colour, lit: bool) -> Material {
    let glass = of(colour).glossy(0.15);
    if lit { glass.glowing(LAMP_GLOW) } else { glass }
}
