//! Light, weather and lens of one camera for one stretch of time, in the proportions of a year.

use std::f32::consts::PI;

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::daylight::Daylight;
use super::daylight::NightLamps;
use super::lens::Lens;
use super::weather::Weather;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Conditions {
    pub daylight: Daylight,
    pub weather: Weather,
    pub lens: Lens,
}

/// Conditions that a scenario asks for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Named {
    ClearDay,
    GreyDay,
    Dusk,
    Night,
    /// Grey pictures by the camera's own lamp.
    InfraRedNight,
    Rain,
    RainyNight,
    Snow,
    Fog,
    Glare,
    /// A clear morning or evening, when shadows are long and move fast.
    LongShadows,
}

impl Named {
    pub(super) const ALL: [Self; 11] = [
        Self::ClearDay,
        Self::GreyDay,
        Self::Dusk,
        Self::Night,
        Self::InfraRedNight,
        Self::Rain,
        Self::RainyNight,
        Self::Snow,
        Self::Fog,
        Self::Glare,
        Self::LongShadows,
    ];

    /// Of a hundred pictures, so many are taken so.
    const fn share(self) -> u32 {
        match self {
            Self::ClearDay => 30,
            Self::GreyDay => 20,
            Self::Dusk | Self::LongShadows => 7,
            Self::Night => 14,
            Self::InfraRedNight | Self::RainyNight | Self::Fog | Self::Glare => 3,
            Self::Rain => 6,
            Self::Snow => 4,
        }
    }
}

impl Conditions {
    /// Mostly day, some of everything else.
    #[must_use]
    pub(super) fn of(rng: &mut ChaCha8Rng) -> Self {
        let named = Named::ALL.choose_weighted(rng, |named| named.share());
        Self::named(*named.expect("the shares are fixed and positive"), rng)
    }

    /// One of the many that bear this name.
    #[must_use]
    pub(super) fn named(named: Named, rng: &mut ChaCha8Rng) -> Self {
        let (from, to) = match named {
            Named::ClearDay => (8.5, 15.5),
            Named::GreyDay | Named::Rain | Named::Snow | Named::Fog => (7.2, 16.8),
            Named::Dusk => (17.7, 18.35),
            Named::Night | Named::InfraRedNight | Named::RainyNight => (19.0, 28.5),
            Named::Glare => (16.7, 17.45),
            Named::LongShadows if rng.random() => (7.2, 8.5),
            Named::LongShadows => (15.5, 16.8),
        };
        let mut daylight = Daylight::between(rng, from, to);
        let amount = rng.random_range(0.1..1.0);
        let weather = match named {
            Named::Rain | Named::RainyNight => Weather::Rain(amount),
            Named::Snow => Weather::Snow(amount),
            Named::Fog => Weather::Fog(amount),
            Named::Glare => Weather::Glare(0.3 + 0.6 * amount),
            _ if rng.random_bool(0.06) => Weather::Wet,
            _ => Weather::Clear,
        };
        match named {
            Named::ClearDay | Named::LongShadows | Named::Glare => daylight.cloud *= 0.15,
            Named::GreyDay | Named::Rain | Named::RainyNight | Named::Snow | Named::Fog => {
                daylight.cloud = 1.0 - 0.1 * daylight.cloud;
            }
            Named::Dusk | Named::Night | Named::InfraRedNight => {}
        }
        let along =
            named == Named::LongShadows || (named == Named::ClearDay && rng.random_bool(0.6));
        if along {
            // Streets run along x; across them the houses leave no sun.
            let end = if rng.random() { 0.0 } else { PI };
            daylight = daylight.with_sun_towards(end + rng.random_range(-0.55..0.55));
        }
        match named {
            Named::InfraRedNight => daylight.lamps = NightLamps::InfraRed,
            Named::Night | Named::RainyNight if daylight.lamps == NightLamps::InfraRed => {
                daylight.lamps = NightLamps::Led;
            }
            _ => {}
        }
        Self { daylight, weather, lens: Lens::of(rng) }
    }

    /// A plain grey day through a perfect lens, for tests that look at something else.
    #[cfg(test)]
    #[must_use]
    pub(super) fn plain() -> Self {
        let mut rng = <ChaCha8Rng as rand::SeedableRng>::seed_from_u64(0);
        let named = Self::named(Named::GreyDay, &mut rng);
        Self { weather: Weather::Clear, lens: Lens::perfect(), ..named }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn most_pictures_are_taken_by_day_and_all_else_happens() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let all: Vec<Conditions> = (0..3_000).map(|_| Conditions::of(&mut rng)).collect();
        let share = |wanted: &dyn Fn(&Conditions) -> bool| {
            all.iter().filter(|each| wanted(each)).count() as f32 / all.len() as f32
        };
        assert!(share(&|each| each.daylight.share() > 0.9) > 0.6);
        assert!((0.15..0.3).contains(&share(&|each| each.daylight.share() < 0.1)));
        assert!((0.05..0.15).contains(&share(&|each| matches!(each.weather, Weather::Rain(_)))));
        assert!(share(&|each| matches!(each.weather, Weather::Snow(_))) > 0.02);
        assert!(share(&|each| matches!(each.weather, Weather::Fog(_))) > 0.015);
        assert!(share(&|each| matches!(each.weather, Weather::Glare(_))) > 0.015);
        assert!(share(&|each| each.daylight.infra_red()) > 0.02);
    }

    #[test]
    fn the_same_seed_gives_the_same_conditions() {
        let made = || Conditions::of(&mut ChaCha8Rng::seed_from_u64(77));
        assert_eq!(made(), made());
    }
}
