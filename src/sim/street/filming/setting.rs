//! Light and weather for a script: what it asks for, or whatever the year brings.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::sim::street::conditions::Conditions;
use crate::sim::street::conditions::Named;
use crate::sim::street::story::LightName;
use crate::sim::street::story::Script;
use crate::sim::street::story::WeatherName;

/// How often rain falls at night, where a script asks for rain only.
const RAIN_AT_NIGHT: f64 = 0.25;

pub(crate) fn conditions(script: &Script, rng: &mut ChaCha8Rng) -> Conditions {
    let mut names: Vec<Named> = Vec::new();
    for weather in &script.weather {
        names.push(match weather {
            WeatherName::Dry => Named::ClearDay,
            WeatherName::Rain if rng.random_bool(RAIN_AT_NIGHT) => Named::RainyNight,
            WeatherName::Rain => Named::Rain,
            WeatherName::Snow => Named::Snow,
            WeatherName::Fog => Named::Fog,
        });
    }
    for light in &script.light {
        let named: &[Named] = match light {
            LightName::Sunny => &[Named::ClearDay, Named::ClearDay, Named::LongShadows],
            LightName::Overcast => &[Named::GreyDay],
            LightName::Dusk => &[Named::Dusk],
            LightName::Night => &[Named::Night, Named::Night, Named::Night, Named::InfraRedNight],
        };
        names.push(named[rng.random_range(0..named.len())]);
    }
    if names.is_empty() {
        return Conditions::of(rng);
    }
    Conditions::named(names[rng.random_range(0..names.len())], rng)
}
