//! What is forbidden where and when, and whether a stay breaks it.
//!
//! One file a rule; `watch.rs` keeps the timers that all of them share.

mod evidence;
mod garbage_pile;
mod gates;
mod illegal_parking;
mod incident;
mod matter;
mod patrol;
mod place;
mod scene;
mod street_vending;
mod watch;
mod watched;
mod zone;

pub use gates::GateSettings;
pub use incident::Incident;
pub use incident::IncidentChange;
pub use incident::IncidentKind;
pub use incident::IncidentPhase;
pub use patrol::Finding;
pub use patrol::Patrol;
pub use patrol::PatrolMemory;
pub use patrol::Sighted;
pub use scene::Scene;
pub use watch::Pace;
pub use watch::Watch;
pub use watch::WatchMemory;
pub use zone::Zone;
pub use zone::ZoneId;
pub use zone::ZoneKind;
