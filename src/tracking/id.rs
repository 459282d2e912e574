//! The name of a stay, the same after a restart.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

/// Unique within a camera: the microsecond of the first sighting, moved on
/// where two things were first seen in the same picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StayId(pub i64);

impl fmt::Display for StayId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
