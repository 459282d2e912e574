//! What happens on the street: scripts as data, actors with a plan, traffic and passers-by.
//!
//! A script says what matters; the seed says where, when and how exactly. All of
//! it is known before the first picture: where a thing is follows from the time.

mod actor;
mod cast;
mod catalogue;
mod crowd;
mod errand;
mod names;
mod script;
mod spots;
mod stall;
mod traffic;
mod vehicle;
mod way;

pub(crate) use actor::Actor;
pub(crate) use actor::Scene;
pub(crate) use cast::Cast;
pub(crate) use cast::Happening;
pub(crate) use cast::story;
pub(crate) use script::GroundName;
pub(crate) use script::LightName;
pub(crate) use script::TroubleName;
pub(crate) use script::TroubleScript;
pub(crate) use script::WeatherName;
pub(crate) use script::ZoneScript;
pub(crate) use spots::Glimpse;
pub(crate) use spots::Stage;
pub(crate) use spots::floor_at;
pub(crate) use spots::half_size;
#[cfg(test)]
pub(crate) use spots::standing;
pub(crate) use traffic::queueing_heading;
pub(crate) use way::Way;

pub use catalogue::all;
pub use catalogue::named;
pub use script::Script;
pub use script::ScriptError;
