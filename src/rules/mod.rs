//! What is forbidden where and when, and whether a stay breaks it.

mod incident;
mod zone;

pub use incident::Incident;
pub use incident::IncidentChange;
pub use incident::IncidentKind;
pub use incident::IncidentPhase;
pub use zone::Zone;
pub use zone::ZoneId;
pub use zone::ZoneKind;
