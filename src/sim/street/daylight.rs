//! The hours of the day: where the sun stands, when lamps are lit, how long the camera exposes.

use std::f32::consts::PI;

use glam::Vec2;
use glam::Vec3;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::light::Lamp;
use super::light::Light;
use super::scenery::Scenery;
use super::thing::Posed;
use super::thing::Thing;
use super::view::Mount;

/// The sun at noon, in radians over the horizon.
const NOON: f32 = 1.05;
/// Lamps count for nothing beyond this many; each costs time on every sample.
const LAMPS_MAX: usize = 12;
/// Headlights that are counted in one picture.
const LIT_MAX: usize = 12;
/// Share of daylight below which street lamps and signs are lit.
const LAMPS_LIT_BELOW: f32 = 0.22;

/// What lights the street at night.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum NightLamps {
    /// Orange street lamps.
    Sodium,
    /// White street lamps.
    Led,
    /// None but the camera's own, which sees infra-red.
    InfraRed,
}

/// The hour and the sky over a street.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Daylight {
    /// 0..24, by the sun: it rises at six.
    pub hour: f32,
    /// Share of the sun that clouds hide, 0..=1.
    pub cloud: f32,
    /// Where the sun stands at noon, counter-clockwise from the x axis, in radians.
    pub noon_from: f32,
    pub lamps: NightLamps,
}

impl Daylight {
    /// A time between two hours, clear or cloudy.
    #[must_use]
    pub(super) fn between(rng: &mut ChaCha8Rng, from: f32, to: f32) -> Self {
        let cloud = match rng.random_range(0..10) {
            0..4 => rng.random_range(0.0..0.2),
            4..6 => rng.random_range(0.2..0.8),
            _ => rng.random_range(0.85..1.0),
        };
        let lamps = match rng.random_range(0..10) {
            0..4 => NightLamps::Sodium,
            4..8 => NightLamps::Led,
            _ => NightLamps::InfraRed,
        };
        let hour = rng.random_range(from..to);
        Self { hour: hour.rem_euclid(24.0), cloud, noon_from: rng.random_range(-PI..PI), lamps }
    }

    /// The same hour on a street that lies so that the sun shines along it, not over its houses.
    /// `towards` is the direction in which it stands, counter-clockwise from the x axis.
    #[must_use]
    pub(super) fn with_sun_towards(self, towards: f32) -> Self {
        Self { noon_from: towards - (self.hour - 12.0) * PI / 12.0, ..self }
    }

    /// Over the horizon, in radians; negative at night.
    #[must_use]
    pub(super) fn sun_height(&self) -> f32 {
        NOON * ((self.hour - 6.0) / 12.0 * PI).sin()
    }

    /// 0 at night, 1 by day, between in the half hours of dusk.
    #[must_use]
    pub(super) fn share(&self) -> f32 {
        smooth(-0.14, 0.2, self.sun_height())
    }

    /// Whether the camera shows grey, by its own infra-red lamp.
    #[must_use]
    pub(super) fn infra_red(&self) -> bool {
        self.lamps == NightLamps::InfraRed && self.share() < LAMPS_LIT_BELOW
    }

    /// The light on a street with these lamps, for a camera mounted so.
    #[must_use]
    pub(super) fn light(&self, scenery: &Scenery, mount: &Mount) -> Light {
        let height = self.sun_height();
        let turned = self.noon_from + (self.hour - 12.0) * PI / 12.0;
        let level = Vec2::from_angle(turned) * height.cos();
        let warm = smooth(0.0, 0.5, height);
        let colour = Vec3::new(1.0, 0.58, 0.3).lerp(Vec3::new(0.88, 0.82, 0.72), warm);
        let share = self.share();
        let clear = Vec3::new(0.3, 0.35, 0.43);
        let day = clear.lerp(Vec3::new(0.84, 0.87, 0.9), self.cloud);
        let night = Vec3::new(0.010, 0.011, 0.015);
        Light {
            sun_from: level.extend(height.sin()),
            sun: colour * smooth(0.0, 0.22, height) * (1.0 - self.cloud),
            sky: night + day * share.powf(1.6),
            lamps: if share < LAMPS_LIT_BELOW { self.lit(scenery, mount) } else { Vec::new() },
        }
    }

    fn lit(&self, scenery: &Scenery, mount: &Mount) -> Vec<Lamp> {
        let power = match self.lamps {
            NightLamps::Sodium => Vec3::new(14.0, 9.6, 4.8),
            NightLamps::Led => Vec3::new(11.0, 11.4, 12.0),
            NightLamps::InfraRed => {
                let own = Lamp { position: mount.position, power: Vec3::splat(15.0) };
                return vec![own];
            }
        };
        let street =
            scenery.street_lamps.iter().map(|position| Lamp { position: *position, power });
        let signs = scenery
            .signs
            .iter()
            .map(|(position, colour)| Lamp { position: *position, power: (*colour + 0.15) * 0.35 });
        let near = |lamp: &Lamp| lamp.position.distance_squared(mount.position);
        let mut lamps: Vec<Lamp> = street.chain(signs).collect();
        lamps.sort_by(|one, other| near(one).total_cmp(&near(other)));
        lamps.truncate(LAMPS_MAX);
        lamps
    }

    /// The sky's light by the sine of the height over the horizon.
    #[must_use]
    pub(super) fn sky(&self, light: &Light, up: f32) -> Vec3 {
        let share = self.share();
        let zenith = Vec3::new(0.22, 0.38, 0.68).lerp(Vec3::new(0.62, 0.66, 0.7), self.cloud);
        let rim = Vec3::new(0.75, 0.8, 0.85).lerp(Vec3::new(0.78, 0.79, 0.8), self.cloud);
        let low_sun = (1.0 - smooth(0.05, 0.35, self.sun_height().abs())) * (1.0 - self.cloud);
        let rim = rim.lerp(Vec3::new(0.9, 0.55, 0.35), low_sun * 0.7);
        let day = rim.lerp(zenith, smooth(0.0, 0.6, up));
        let glow = if light.lamps.is_empty() { 0.0 } else { 1.0 - smooth(0.0, 0.5, up) };
        day * share.powf(1.4) + light.sky * 0.4 + Vec3::new(0.012, 0.009, 0.006) * glow
    }
}

/// Pools of light before lit vehicles and red ones behind them.
#[must_use]
pub(super) fn headlights(all: &[Posed]) -> Vec<Lamp> {
    let lit = all.iter().filter(|posed| posed.lit).filter_map(|posed| {
        let (half, strength) = match posed.thing {
            Thing::Car => (2.3, 1.0),
            Thing::Van => (2.6, 1.0),
            Thing::Truck | Thing::SanitationTruck => (3.8, 1.1),
            Thing::Bus => (5.5, 1.2),
            Thing::Tricycle(_) | Thing::EBike(_) => (1.0, 0.35),
            _ => return None,
        };
        let along = Vec2::from_angle(posed.heading);
        let at = |off: f32, high: f32| (posed.at + along * off).extend(posed.floor_m + high);
        let white = Vec3::new(1.0, 0.95, 0.85) * strength;
        Some([
            Lamp { position: at(half + 2.2, 0.9), power: white * 1.1 },
            Lamp { position: at(half + 6.0, 1.3), power: white * 1.2 },
            Lamp { position: at(-half - 0.6, 0.6), power: Vec3::new(0.3, 0.02, 0.012) },
        ])
    });
    lit.take(LIT_MAX).flatten().collect()
}

/// 0 below `from`, 1 above `to`, smooth between.
pub(super) fn smooth(from: f32, to: f32, value: f32) -> f32 {
    let share = ((value - from) / (to - from)).clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}
