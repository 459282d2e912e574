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

    /// How well at least one look must have seen it, as a share of what begins a stay. Light on
    /// the ground, wheels and goods look somewhat like a heap in every look, and in none very
    /// much like one: on 648 rendered clips all heaps but one that were told rightly reached this,
    /// and two things that were told wrongly did not.
    pub(super) const fn best_share(self) -> f32 {
        if matches!(self, Self::Garbage) { 1.5 } else { 1.0 }
    }
}
