//! What befalls the camera in the middle of a reel, and is over again.

use image::RgbImage;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::sim::street::story::TroubleName;
use crate::sim::street::story::TroubleScript;
use crate::sim::street::thing::Posed;
use crate::sim::street::trouble::Trouble;
use crate::sim::street::trouble::turned;

use super::studio::Shown;
use super::studio::Studio;

/// The trouble of one reel: from when to when, in seconds.
pub(crate) struct Befallen {
    kind: TroubleName,
    from: f32,
    to: f32,
    seed: u64,
    /// The camera as it looks when it was turned.
    elsewhere: Option<Box<Studio>>,
    /// The picture at which it froze.
    frozen: Option<(RgbImage, Vec<Shown>)>,
}

impl Befallen {
    pub(crate) fn new(script: &TroubleScript, studio: &Studio, rng: &mut ChaCha8Rng) -> Self {
        let mut pick = |[least, most]: [f32; 2]| rng.random_range(least..=most);
        let from = pick(script.from_s);
        let to = from + pick(script.for_s);
        let seed = rng.random();
        let turns = script.kind == TroubleName::Turned;
        let elsewhere =
            turns.then(|| Box::new(studio.with_mount(turned(&studio.place.mount, rng))));
        Self { kind: script.kind, from, to, seed, elsewhere, frozen: None }
    }

    /// A picture, spoilt if it is in the time of the trouble.
    pub(crate) fn shoot(
        &mut self,
        studio: &mut Studio,
        things: &[Posed],
        (number, time): (u32, f32),
    ) -> (RgbImage, Vec<Shown>) {
        let number = u64::from(number);
        if !(self.from..self.to).contains(&time) {
            self.frozen = None;
            return studio.shoot(things, number);
        }
        let befalls = match self.kind {
            TroubleName::Turned => {
                let elsewhere = self.elsewhere.as_mut();
                return elsewhere.map_or_else(
                    || studio.shoot(things, number),
                    |elsewhere| elsewhere.shoot(things, number),
                );
            }
            TroubleName::Frozen => {
                let frozen = self.frozen.get_or_insert_with(|| studio.shoot(things, number));
                return frozen.clone();
            }
            TroubleName::Covered => Trouble::Covered,
            TroubleName::Blinded => Trouble::Blinded,
            TroubleName::OutOfFocus => Trouble::OutOfFocus,
        };
        let (mut picture, shown) = studio.shoot(things, number);
        befalls.befall(&mut picture, self.seed);
        (picture, shown)
    }
}
