//! A scenario as it is written down: what happens, in terms of actors and places.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::rules::IncidentKind;
use crate::rules::ZoneKind;
use crate::time::WeeklyHours;

use super::names::thing_named;

/// All that comes and goes in a clip is planned before its first picture.
const SECONDS_MAX: f32 = 3600.0;

/// From the least to the most; the seed says which.
pub(crate) type Span = [f32; 2];

/// What a script says is wrong, in one line.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    #[error("script {name:?}: {reason}")]
    Toml { name: String, reason: String },
    #[error("script {name:?}: {what} {value:?} is not known")]
    Unknown { name: String, what: &'static str, value: String },
    #[error("no scenario is called {0:?}; `xunjie sim scenarios` lists them")]
    Absent(String),
    #[error("script {name:?}: {seconds} seconds, must be 10 to {SECONDS_MAX}")]
    Length { name: String, seconds: f32 },
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The file's name without its ending.
    #[serde(skip)]
    pub name: String,
    /// What happens, for people.
    pub title: String,
    #[serde(default = "usual_seconds")]
    pub seconds: f32,
    /// One of these; any if none is named.
    #[serde(default)]
    pub light: Vec<LightName>,
    #[serde(default)]
    pub weather: Vec<WeatherName>,
    /// How far the sun goes on from the first picture to the last, in hours: shadows move.
    #[serde(default)]
    pub sun_hours: f32,
    /// What befalls the camera.
    pub trouble: Option<TroubleScript>,
    #[serde(default)]
    pub traffic: TrafficScript,
    /// Passers-by a minute, from the least to the most.
    #[serde(default = "some_people")]
    pub people: Span,
    /// Bicycles and the like left on the pavement, trees' leaves and other things of no matter.
    #[serde(default = "some_clutter")]
    pub clutter: [u32; 2],
    /// Wall clock of the first picture, where hours matter.
    pub clock_start: Option<String>,
    #[serde(default, rename = "zone")]
    pub zones: Vec<ZoneScript>,
    #[serde(default, rename = "actor")]
    pub actors: Vec<ActorScript>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LightName {
    Sunny,
    Overcast,
    Dusk,
    Night,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeatherName {
    Dry,
    Rain,
    Snow,
    Fog,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TroubleName {
    Turned,
    Covered,
    Frozen,
    Blinded,
    OutOfFocus,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TroubleScript {
    pub kind: TroubleName,
    pub from_s: Span,
    pub for_s: Span,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrafficScript {
    /// Vehicles a minute in each lane.
    #[serde(default = "some_traffic")]
    pub per_minute: Span,
    /// The light at the end of the street is red: from when, for how long.
    pub red: Option<[Span; 2]>,
    /// It goes on and stops, all the time.
    #[serde(default)]
    pub jam: bool,
}

impl Default for TrafficScript {
    fn default() -> Self {
        Self { per_minute: some_traffic(), red: None, jam: false }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZoneScript {
    pub id: String,
    pub kind: ZoneKind,
    pub ground: GroundName,
    pub pre_alarm_s: f32,
    pub violation_s: f32,
    #[serde(default)]
    pub hours: Vec<String>,
    #[serde(default)]
    pub exempt: Vec<crate::detect::Kind>,
}

/// Pieces of the ground that every place has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroundName {
    KerbStrip,
    /// The road of both directions.
    Road,
    /// The lanes of the direction that queues.
    Lanes,
    Pavement,
    BerthStrip,
    VendingArea,
    CollectionArea,
    BusStopArea,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActorScript {
    /// For others to name it.
    #[serde(default)]
    pub id: String,
    /// One of these.
    pub thing: Vec<String>,
    pub act: Act,
    #[serde(default)]
    pub at: SpotName,
    /// The other actor whose place and time it goes by.
    pub near: Option<String>,
    /// When it comes to stand, or acts; there from the beginning if absent. Counted
    /// from the coming of the other actor, if it goes by one.
    pub from_s: Option<Span>,
    /// How long it stands; until the end if absent.
    pub for_s: Option<Span>,
    /// How many of them, each at a place of its own.
    #[serde(default = "one")]
    pub count: [u32; 2],
    /// The zone in which it is a matter.
    pub event: Option<String>,
    /// Times that it is added to, for what grows.
    #[serde(default)]
    pub grows: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Is there, and then is not.
    Stand,
    /// Drives along its lane, pulls in, stands, leaves.
    Park,
    /// A vendor comes with it, sells, and leaves with it.
    SetUp,
    /// A vendor walks by with it.
    PassThrough,
    /// A person brings it, puts it down and goes.
    Drop,
    /// A bin: fuller by each person who comes, as often as it grows; then it overflows.
    Fill,
    /// A full bin stays full.
    FillToTheRim,
    /// A sanitation truck takes the other actor away at its end.
    Collect,
    /// People who come to the other actor, stay a little, and go.
    Visit,
    /// People who get out of the other actor and walk off.
    Alight,
    /// People who wait and get into the other actor.
    Board,
    /// Stands in the second row between the other actor and the camera.
    Hide,
    /// Parcels carried from the other actor to the nearest door.
    Unload,
    /// Walks up and down near the other actor and hardly ever stands.
    Hang,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpotName {
    #[default]
    Kerb,
    SecondRow,
    Berth,
    Pavement,
    Door,
    BusStop,
    VendingPoint,
    CollectionPoint,
    Bin,
}

impl Script {
    /// # Errors
    /// When the text is no script, or names what is not known.
    pub fn parse(name: &str, text: &str) -> Result<Self, ScriptError> {
        let failed = |error: toml::de::Error| ScriptError::Toml {
            name: name.to_owned(),
            reason: error.to_string().replace('\n', " "),
        };
        let mut script: Self = toml::from_str(text).map_err(failed)?;
        name.clone_into(&mut script.name);
        script.check()?;
        Ok(script)
    }

    /// The same street and story, but so long, in seconds: what the script tells keeps its times,
    /// traffic and passers-by go on.
    ///
    /// # Errors
    /// When it is shorter than 10 s or longer than an hour.
    pub fn lasting(mut self, seconds: f32) -> Result<Self, ScriptError> {
        self.seconds = seconds;
        self.check()?;
        Ok(self)
    }

    /// The kinds of matter that truly are in it, each once.
    #[must_use]
    pub fn kinds(&self) -> BTreeSet<&'static str> {
        let events = self.actors.iter().filter_map(|actor| actor.event.as_deref());
        let zones = events.filter_map(|id| self.zones.iter().find(|zone| zone.id == id));
        zones.filter_map(|zone| zone.kind.forbids()).map(IncidentKind::name).collect()
    }

    fn check(&self) -> Result<(), ScriptError> {
        let unknown = |what, value: &str| {
            let (name, value) = (self.name.clone(), value.to_owned());
            Err(ScriptError::Unknown { name, what, value })
        };
        if !(10.0..=SECONDS_MAX).contains(&self.seconds) {
            return Err(ScriptError::Length { name: self.name.clone(), seconds: self.seconds });
        }
        let zones: BTreeSet<&str> = self.zones.iter().map(|zone| zone.id.as_str()).collect();
        let hours = self.zones.iter().flat_map(|zone| &zone.hours);
        for hours in hours {
            if WeeklyHours::parse([hours.as_str()]).is_err() {
                return unknown("the hours", hours);
            }
        }
        let mut known = BTreeSet::new();
        for actor in &self.actors {
            if let Some(thing) = actor.thing.iter().find(|thing| thing_named(thing).is_none()) {
                return unknown("the thing", thing);
            }
            if let Some(zone) = actor.event.as_deref().filter(|zone| !zones.contains(zone)) {
                return unknown("the zone", zone);
            }
            if let Some(near) = actor.near.as_deref().filter(|near| !known.contains(near)) {
                return unknown("the earlier actor", near);
            }
            known.insert(actor.id.as_str());
        }
        Ok(())
    }
}

const fn usual_seconds() -> f32 {
    75.0
}

const fn some_people() -> Span {
    [2.0, 9.0]
}

const fn some_clutter() -> [u32; 2] {
    [0, 5]
}

const fn some_traffic() -> Span {
    [4.0, 9.0]
}

const fn one() -> [u32; 2] {
    [1, 1]
}
