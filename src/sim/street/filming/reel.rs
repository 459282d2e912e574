//! One scenario with one seed: its street, its camera, its story, ready to be shot picture by picture.

use std::collections::BTreeMap;
use std::sync::Arc;

use image::RgbImage;
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::geometry::Polygon;
use crate::sim::street::place::Place;
use crate::sim::street::scenery::Scenery;
use crate::sim::street::story::Cast;
use crate::sim::street::story::Script;
use crate::sim::street::story::Stage;
use crate::sim::street::story::ZoneScript;
use crate::sim::street::story::story;
use crate::sim::street::thing::Posed;

use super::FilmError;
use super::FilmRate;
use super::ground::polygon_of;
use super::setting::conditions;
use super::studio::Setting;
use super::studio::Shown;
use super::studio::Studio;
use super::trouble::Befallen;

/// Streets tried until one has room for the story.
const TRIES: u32 = 24;
/// A matter lasts at least so much longer than its zone's time, in seconds.
const OVER_S: f32 = 4.0;
/// The scenery is drawn anew when the sun has gone on by so much.
const HOUR_STEP: f32 = 0.02;
/// Sizes of picture that cameras send, and how often of a hundred.
const SIZES: [((u32, u32), u32); 4] =
    [((704, 576), 45), ((1024, 576), 25), ((640, 480), 15), ((1280, 720), 15)];

/// A thing in a picture, and what it is doing.
#[derive(Clone, Debug)]
pub(crate) struct Acting {
    /// What the script calls it; empty for traffic and passers-by.
    pub(crate) id: String,
    pub(crate) shown: Shown,
    pub(crate) moving: bool,
}

pub(crate) struct Reel {
    pub(crate) script: Script,
    pub(crate) seed: u64,
    pub(crate) studio: Studio,
    pub(crate) cast: Cast,
    pub(crate) zones: Vec<(ZoneScript, Polygon)>,
    pub(crate) quantizer: u32,
    pub(crate) rate: FilmRate,
    trouble: Option<Befallen>,
    /// By the sun, when the reel begins.
    hour: f32,
}

impl Reel {
    /// The scenario on the first street of the seed that has room for it. `size`
    /// in pixels; one that cameras send if none is given.
    ///
    /// # Errors
    /// When no street has room for it.
    pub(crate) fn new(
        script: &Script,
        seed: u64,
        size: Option<(u32, u32)>,
    ) -> Result<Self, FilmError> {
        for attempt in 0..TRIES {
            let mut rng = random(&script.name, seed, attempt);
            let drawn = drawn_size(&mut rng);
            let place = Place::of(&mut rng, size.unwrap_or(drawn));
            if let Some(reel) = Self::on(&place, script, seed, &mut rng) {
                return Ok(reel);
            }
        }
        Err(FilmError::NoRoom { name: script.name.clone(), seed, tries: TRIES })
    }

    fn on(place: &Place, script: &Script, seed: u64, rng: &mut ChaCha8Rng) -> Option<Self> {
        let scenery = Arc::new(Scenery::of(place, rng));
        let conditions = conditions(script, rng);
        let setting = Setting { conditions, mount: place.mount };
        let mut studio = Studio::new(place.clone(), scenery, &setting);
        let view = studio.view;
        let polygon = |zone: &ZoneScript| {
            polygon_of(zone.ground, place, &view).map(|polygon| (zone.clone(), polygon))
        };
        let zones: Vec<(ZoneScript, Polygon)> = script.zones.iter().filter_map(polygon).collect();
        let polygons: BTreeMap<String, Polygon> =
            zones.iter().map(|(zone, polygon)| (zone.id.clone(), polygon.clone())).collect();
        let mut stage = Stage {
            place,
            view,
            length_s: script.seconds,
            rng,
            zones: polygons,
            eye: &mut |things: &[Posed]| studio.glimpses(things),
            taken: Vec::new(),
            matters: Vec::new(),
        };
        let cast = story(&mut stage, script)?;
        let long_enough = cast.happenings.iter().all(|happening| {
            let zone = script.zones.iter().find(|zone| zone.id == happening.zone);
            let needed = zone.map_or(0.0, |zone| zone.violation_s) + OVER_S;
            happening.ends - happening.begins >= needed
        });
        let quantizer = rng.random_range(22..31);
        let trouble = script.trouble.map(|trouble| Befallen::new(&trouble, &studio, rng));
        let script = script.clone();
        let hour = studio.hour();
        long_enough.then_some(Self {
            script,
            seed,
            studio,
            cast,
            zones,
            quantizer,
            rate: FilmRate::USUAL,
            trouble,
            hour,
        })
    }

    /// How many pictures it has.
    #[must_use]
    pub(crate) fn pictures(&self) -> u32 {
        self.rate.pictures_in(self.script.seconds)
    }

    /// Width and height of its pictures in pixels.
    #[must_use]
    pub(crate) fn size(&self) -> (u32, u32) {
        self.studio.place.mount.size
    }

    /// One of its pictures, with what is on it.
    pub(crate) fn picture(&mut self, number: u32) -> (RgbImage, Vec<Acting>) {
        let time = self.rate.time_s(number);
        let acting = self.at(time);
        let things: Vec<Posed> = acting.iter().map(|(_, posed, _)| *posed).collect();
        let hour = self.hour + self.script.sun_hours * time / self.script.seconds;
        if (hour - self.studio.hour()).abs() > HOUR_STEP {
            self.studio.set_hour(hour);
        }
        let (picture, shown) = match &mut self.trouble {
            Some(trouble) => trouble.shoot(&mut self.studio, &things, (number, time)),
            None => self.studio.shoot(&things, u64::from(number)),
        };
        let acting = acting.into_iter().zip(shown);
        let acting = acting.map(|((id, _, moving), shown)| Acting { id, shown, moving });
        (picture, acting.collect())
    }

    /// Everything on the street at a time: what it is called, what it is, whether it moves.
    pub(crate) fn at(&self, time: f32) -> Vec<(String, Posed, bool)> {
        let actors = self.cast.actors.iter();
        let seen = actors.filter_map(|actor| {
            let seen = actor.at(time, &self.studio.place, self.studio.dark())?;
            Some((actor.id.clone(), seen.posed, seen.moving))
        });
        seen.collect()
    }
}

/// Each scenario, seed and try has chance of its own (FNV-1a over the name).
fn random(name: &str, seed: u64, attempt: u32) -> ChaCha8Rng {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in name.bytes().chain(seed.to_le_bytes()).chain(attempt.to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    ChaCha8Rng::seed_from_u64(hash)
}

fn drawn_size(rng: &mut ChaCha8Rng) -> (u32, u32) {
    let mut drawn = rng.random_range(0..100);
    for (size, share) in SIZES {
        if drawn < share {
            return size;
        }
        drawn -= share;
    }
    SIZES[0].0
}
