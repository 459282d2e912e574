//! What things are called in scripts.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::sim::street::thing::Fill;
use crate::sim::street::thing::GarbageStyle;
use crate::sim::street::thing::Pose;
use crate::sim::street::thing::Rider;
use crate::sim::street::thing::StallStyle;
use crate::sim::street::thing::Thing;

const NAMES: [(&str, Thing); 41] = [
    ("car", Thing::Car),
    ("van", Thing::Van),
    ("truck", Thing::Truck),
    ("sanitation_truck", Thing::SanitationTruck),
    ("bus", Thing::Bus),
    ("tricycle", Thing::Tricycle(Rider::On)),
    ("tricycle_parked", Thing::Tricycle(Rider::Away)),
    ("bicycle", Thing::Bicycle(Rider::On)),
    ("bicycle_parked", Thing::Bicycle(Rider::Away)),
    ("e_bike", Thing::EBike(Rider::On)),
    ("e_bike_parked", Thing::EBike(Rider::Away)),
    ("person", Thing::Person(Pose::Standing)),
    ("person_sitting", Thing::Person(Pose::Sitting)),
    ("stall_table", Thing::Stall(StallStyle::Table)),
    ("stall_cart", Thing::Stall(StallStyle::Cart)),
    ("stall_tricycle", Thing::Stall(StallStyle::Tricycle)),
    ("stall_umbrella", Thing::Stall(StallStyle::Umbrella)),
    ("stall_spread", Thing::Stall(StallStyle::Spread)),
    ("stall_rail", Thing::Stall(StallStyle::Rail)),
    ("umbrella", Thing::Umbrella),
    ("tent", Thing::Tent),
    ("bags", Thing::Garbage(GarbageStyle::Bags)),
    ("heap", Thing::Garbage(GarbageStyle::Heap)),
    ("boxes", Thing::Garbage(GarbageStyle::Boxes)),
    ("rubble", Thing::Garbage(GarbageStyle::Rubble)),
    ("bulky", Thing::Garbage(GarbageStyle::Bulky)),
    ("bin", Thing::Bin(Fill::Closed)),
    ("bin_full", Thing::Bin(Fill::Full)),
    ("bin_overflowing", Thing::Bin(Fill::Overflowing)),
    ("container", Thing::Container(Fill::Closed)),
    ("cone", Thing::Cone),
    ("planter", Thing::Planter),
    ("statue", Thing::Statue),
    ("kiosk", Thing::Kiosk),
    ("bollard", Thing::Bollard),
    ("sign", Thing::StreetSign),
    ("parcels", Thing::Parcels),
    ("hand_truck", Thing::HandTruck),
    ("leaves", Thing::Leaves),
    ("puddle", Thing::Puddle),
    ("bench", Thing::Bench),
];

/// The thing of that name.
pub(crate) fn thing_named(name: &str) -> Option<Thing> {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, thing)| *thing)
}

/// One of the named things, by chance; a car where none is named.
pub(crate) fn one_of(names: &[String], rng: &mut ChaCha8Rng) -> Thing {
    let things: Vec<Thing> = names.iter().filter_map(|name| thing_named(name)).collect();
    if things.is_empty() {
        return Thing::Car;
    }
    things[rng.random_range(0..things.len())]
}
