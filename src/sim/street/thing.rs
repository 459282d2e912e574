//! Everything that may stand or move on the street, before it has a shape.

use glam::Affine3A;
use glam::Vec2;

use crate::detect::Kind;

/// What a thing is. Its shape, colours and wear come from its [`Posed::look`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Thing {
    Car,
    /// A delivery van or minibus.
    Van,
    Truck,
    SanitationTruck,
    Bus,
    /// A three-wheeled carrier, with its driver or alone.
    Tricycle(Rider),
    Bicycle(Rider),
    EBike(Rider),
    Person(Pose),
    Stall(StallStyle),
    /// A large umbrella over a table or nothing.
    Umbrella,
    /// A square tent over an open space.
    Tent,
    Garbage(GarbageStyle),
    Bin(Fill),
    /// A large container on wheels.
    Container(Fill),
    Cone,
    /// Look-alikes, which are no matter of ours.
    Planter,
    Statue,
    Kiosk,
    Bollard,
    StreetSign,
    /// Goods or parcels in good order.
    Parcels,
    HandTruck,
    Leaves,
    Puddle,
    RoadBarrier,
    Bench,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Rider {
    On,
    Away,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Pose {
    Standing,
    Walking,
    /// Bent forward, as someone who puts down or picks up.
    Bent,
    Sitting,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum StallStyle {
    /// A folding table with goods.
    Table,
    /// A barrow or glass-cased food cart.
    Cart,
    /// A three-wheeler that sells from its bed.
    Tricycle,
    /// A table under an umbrella of its own.
    Umbrella,
    /// Goods on a cloth on the ground.
    Spread,
    /// A clothes rail.
    Rail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum GarbageStyle {
    Bags,
    Heap,
    /// Torn and crushed boxes.
    Boxes,
    Rubble,
    /// Old furniture, mattresses.
    Bulky,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Fill {
    Closed,
    /// Open and full to the rim.
    Full,
    /// Garbage above the rim and on the ground beside it.
    Overflowing,
}

impl Thing {
    /// What a detector should call it; none for what it should be silent about.
    #[must_use]
    pub(super) const fn kind(self) -> Option<Kind> {
        Some(match self {
            Self::Car => Kind::Car,
            Self::Van | Self::Truck | Self::SanitationTruck => Kind::Truck,
            Self::Bus => Kind::Bus,
            Self::Tricycle(_) => Kind::Tricycle,
            Self::Bicycle(_) | Self::EBike(_) => Kind::TwoWheeler,
            Self::Person(_) => Kind::Person,
            Self::Stall(_) => Kind::Stall,
            Self::Umbrella | Self::Tent => Kind::Umbrella,
            Self::Garbage(_) => Kind::Garbage,
            Self::Bin(Fill::Overflowing) | Self::Container(Fill::Overflowing) => {
                Kind::OverflowingBin
            }
            Self::Bin(_) | Self::Container(_) => Kind::Bin,
            Self::Cone => Kind::Cone,
            Self::Planter
            | Self::Statue
            | Self::Kiosk
            | Self::Bollard
            | Self::StreetSign
            | Self::Parcels
            | Self::HandTruck
            | Self::Leaves
            | Self::Puddle
            | Self::RoadBarrier
            | Self::Bench => return None,
        })
    }
}

/// A thing at a moment: where it is and how it holds itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Posed {
    pub thing: Thing,
    /// Which of the many of its kind: the seed of its shape and colours, the same all its life.
    pub look: u64,
    /// The middle of its footprint on the ground, in metres.
    pub at: Vec2,
    /// Where it points to, counter-clockwise from the x axis, in radians.
    pub heading: f32,
    /// Of a gait or a wheel: turns since the beginning. Standing things keep it.
    pub phase: f32,
    /// 1 is grown; a heap grows from less.
    pub scale: f32,
    /// Head and tail lights, stall lamps.
    pub lit: bool,
    /// Height of the ground below it, in metres: 0 on the road, the kerb's height on the pavement.
    pub floor_m: f32,
}

impl Posed {
    /// Grown, unlit, on the road, heading along it.
    #[must_use]
    pub(super) const fn new(thing: Thing, look: u64, at: Vec2) -> Self {
        Self { thing, look, at, heading: 0.0, phase: 0.0, scale: 1.0, lit: false, floor_m: 0.0 }
    }

    /// From the thing's own space (x forward, z up, origin on the ground below its middle) to the world.
    #[must_use]
    pub(super) fn world_from_thing(&self) -> Affine3A {
        Affine3A::from_translation(self.at.extend(self.floor_m))
            * Affine3A::from_rotation_z(self.heading)
            * Affine3A::from_scale(glam::Vec3::splat(self.scale))
    }
}
