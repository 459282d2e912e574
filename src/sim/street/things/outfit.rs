//! What somebody wears: clothes, hair, hats, in the colours of a crowd.

use super::dice::Dice;
use super::paint;
use crate::sim::street::mesh::Material;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Legwear {
    Trousers,
    Shorts,
    Skirt,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Headwear {
    Hair,
    LongHair,
    Cap,
    Helmet,
    StrawHat,
}

/// What somebody looks like, whatever they do.
pub(super) struct Outfit {
    /// Over 1.68 m.
    pub(super) size: f32,
    pub(super) girth: f32,
    pub(super) skin: Material,
    pub(super) hair: Material,
    pub(super) top: Material,
    pub(super) legs: Material,
    pub(super) shoes: Material,
    pub(super) legwear: Legwear,
    pub(super) headwear: Headwear,
    pub(super) head_colour: Material,
    pub(super) long_sleeves: bool,
    /// Stripes of a safety vest.
    pub(super) vest: Option<Material>,
    pub(super) coat: bool,
}

impl Outfit {
    pub(super) fn of(dice: &mut Dice) -> Self {
        let summer = dice.chance(0.45);
        let child = dice.chance(0.05);
        let legwear = match dice.between(0.0, 1.0) {
            share if share < 0.14 => Legwear::Skirt,
            share if share < 0.3 && summer => Legwear::Shorts,
            _ => Legwear::Trousers,
        };
        let headwear = match dice.between(0.0, 1.0) {
            share if share < 0.5 => Headwear::Hair,
            share if share < 0.8 => Headwear::LongHair,
            share if share < 0.95 => Headwear::Cap,
            _ => Headwear::StrawHat,
        };
        let head_colour = if headwear == Headwear::StrawHat {
            paint::of((206, 180, 120))
        } else {
            paint::clothes(dice)
        };
        let vested = dice.chance(0.07);
        Self {
            size: if child { dice.between(0.6, 0.8) } else { dice.between(0.92, 1.09) },
            girth: dice.between(0.92, 1.25),
            skin: paint::skin(dice),
            hair: paint::hair(dice),
            top: if vested {
                paint::of(dice.one_of(&[(236, 100, 24), (214, 220, 40)]))
            } else {
                paint::clothes(dice)
            },
            legs: paint::trousers(dice),
            shoes: paint::of(dice.one_of(&[
                (28, 28, 30),
                (220, 218, 212),
                (90, 70, 56),
                (60, 62, 70),
            ])),
            legwear,
            headwear,
            head_colour,
            long_sleeves: !summer || dice.chance(0.25),
            vest: vested.then(|| paint::of((226, 228, 220)).glossy(0.1)),
            coat: !summer && dice.chance(0.3),
        }
    }

    /// Someone on two or three wheels: no skirts, often a helmet.
    pub(super) fn riding(dice: &mut Dice, helmets: f32) -> Self {
        let mut outfit = Self::of(dice);
        outfit.gather();
        outfit.size = outfit.size.max(0.92);
        if dice.chance(helmets) {
            outfit.headwear = Headwear::Helmet;
            outfit.head_colour = paint::shop(dice).glossy(0.12);
        }
        outfit
    }

    /// For someone who sits: what hangs down would reach through the ground.
    pub(super) fn gather(&mut self) {
        self.coat = false;
        if self.legwear == Legwear::Skirt {
            self.legwear = Legwear::Trousers;
        }
    }

    /// In the colour of whom they deliver for.
    pub(super) fn in_livery(&mut self, colour: Material) {
        self.top = colour.grained(0.1, 0.06);
        self.head_colour = colour.glossy(0.1);
        self.long_sleeves = true;
    }
}
