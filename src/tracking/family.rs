//! Which kinds are one thing to a stay.

use serde::Deserialize;
use serde::Serialize;

use crate::detect::Kind;

/// Kinds that detectors confuse, and that are one thing to a stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    Person,
    TwoWheeler,
    Vehicle,
    Tricycle,
    Stall,
    Garbage,
    Bin,
    /// What makes a bin overflow, a stay of its own: it comes and goes while the bin stands.
    Overflow,
    Cone,
}

impl Family {
    #[must_use]
    pub const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Person => Self::Person,
            Kind::TwoWheeler => Self::TwoWheeler,
            Kind::Car | Kind::Truck | Kind::Bus => Self::Vehicle,
            Kind::Tricycle => Self::Tricycle,
            Kind::Umbrella | Kind::Stall => Self::Stall,
            Kind::Garbage => Self::Garbage,
            Kind::Bin => Self::Bin,
            Kind::OverflowingBin => Self::Overflow,
            Kind::Cone => Self::Cone,
        }
    }

    /// Whether it is set down and not driven or walked: it stays one thing whoever bends over it.
    pub(super) const fn is_fixture(self) -> bool {
        matches!(self, Self::Stall | Self::Garbage | Self::Overflow)
    }
}
