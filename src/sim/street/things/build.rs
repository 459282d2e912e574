//! Which shape each thing has, and how much ground it needs.

use glam::Vec2;

use super::bins;
use super::bus;
use super::cars;
use super::furniture;
use super::garbage;
use super::lookalikes;
use super::lorries;
use super::people;
use super::shades;
use super::stalls;
use super::tricycles;
use super::two_wheelers;
use super::vans;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::thing::Fill;
use crate::sim::street::thing::GarbageStyle;
use crate::sim::street::thing::Posed;
use crate::sim::street::thing::StallStyle;
use crate::sim::street::thing::Thing;

/// A thing's surface in its own space: x forward, z up, the origin on the ground
/// below its middle, in metres. [`Posed::world_from_thing`] brings it to the street.
#[must_use]
pub(crate) fn mesh_of(posed: &Posed) -> Mesh {
    match posed.thing {
        Thing::Car => cars::car(posed),
        Thing::Van => vans::van(posed),
        Thing::Truck => lorries::truck(posed),
        Thing::SanitationTruck => lorries::sanitation_truck(posed),
        Thing::Bus => bus::bus(posed),
        Thing::Tricycle(rider) => tricycles::tricycle(posed, rider),
        Thing::Bicycle(rider) => two_wheelers::bicycle(posed, rider),
        Thing::EBike(rider) => two_wheelers::e_bike(posed, rider),
        Thing::Person(pose) => people::person(posed, pose),
        Thing::Stall(style) => stalls::stall(posed, style),
        Thing::Umbrella => shades::umbrella(posed),
        Thing::Tent => shades::tent(posed),
        Thing::Garbage(style) => garbage::garbage(posed, style),
        Thing::Bin(fill) => bins::bin(posed, fill),
        Thing::Container(fill) => bins::container(posed, fill),
        Thing::Cone => furniture::cone(posed),
        Thing::Planter => lookalikes::planter(posed),
        Thing::Statue => lookalikes::statue(posed),
        Thing::Kiosk => furniture::kiosk(posed),
        Thing::Bollard => furniture::bollard(posed),
        Thing::StreetSign => furniture::street_sign(posed),
        Thing::Parcels => lookalikes::parcels(posed),
        Thing::HandTruck => lookalikes::hand_truck(posed),
        Thing::Leaves => lookalikes::leaves(posed),
        Thing::Puddle => lookalikes::puddle(posed),
        Thing::RoadBarrier => furniture::road_barrier(posed),
        Thing::Bench => furniture::bench(posed),
    }
}

/// Length and width of the ground that the largest of a kind needs when grown, in
/// metres. Lids, umbrellas and strewn pieces may reach half a metre over it.
#[must_use]
pub(crate) const fn footprint(thing: Thing) -> Vec2 {
    let (length, width) = match thing {
        Thing::Car => (5.2, 2.2),
        Thing::Van => (6.0, 2.4),
        Thing::Truck | Thing::SanitationTruck => (8.5, 2.9),
        Thing::Bus => (12.6, 2.9),
        Thing::Tricycle(_) => (3.2, 1.2),
        Thing::Bicycle(_) => (1.8, 0.7),
        Thing::EBike(_) => (1.9, 0.8),
        Thing::Person(_) => (0.8, 0.8),
        Thing::Stall(StallStyle::Table | StallStyle::Spread) => (2.9, 1.8),
        Thing::Stall(StallStyle::Cart) => (3.0, 3.0),
        Thing::Stall(StallStyle::Tricycle) => (3.9, 3.0),
        Thing::Stall(StallStyle::Umbrella) => (3.4, 3.5),
        Thing::Stall(StallStyle::Rail) => (2.4, 1.6),
        Thing::Umbrella | Thing::Tent => (3.3, 3.3),
        Thing::Garbage(GarbageStyle::Bags | GarbageStyle::Boxes) => (2.6, 2.4),
        Thing::Garbage(_) => (3.1, 2.6),
        Thing::Bin(Fill::Overflowing) => (1.4, 1.4),
        Thing::Bin(_) => (0.9, 1.1),
        Thing::Container(Fill::Overflowing) => (1.9, 2.4),
        Thing::Container(_) => (1.6, 2.1),
        Thing::Cone => (0.5, 0.5),
        Thing::Planter | Thing::Statue | Thing::Bench => (1.6, 1.6),
        Thing::Kiosk => (3.3, 2.7),
        Thing::Bollard => (0.3, 0.3),
        Thing::StreetSign => (0.4, 1.1),
        Thing::Parcels => (1.9, 1.1),
        Thing::HandTruck => (1.2, 0.6),
        Thing::Leaves => (3.0, 2.2),
        Thing::Puddle => (4.4, 2.6),
        Thing::RoadBarrier => (2.3, 0.7),
    };
    Vec2::new(length, width)
}
