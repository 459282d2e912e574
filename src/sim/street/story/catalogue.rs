//! The scenarios that the program brings with it.

use super::Script;
use super::script::ScriptError;

macro_rules! scripts {
    ($($name:literal),* $(,)?) => {
        /// Name and text of each, in the order in which they are listed.
        const SCRIPTS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../scenarios/", $name, ".toml")))),*];
    };
}

scripts![
    "car_parks_and_stays",
    "car_parks_and_leaves",
    "car_parked_all_along",
    "car_double_parks",
    "van_stops_on_pavement",
    "car_at_bus_stop",
    "two_cars_park",
    "car_parks_at_night",
    "bus_hides_parked_car",
    "berths_in_use",
    "red_light_queue",
    "jam",
    "bus_at_its_stop",
    "taxi_drops_someone",
    "van_delivers",
    "shop_unloads",
    "sanitation_truck_collects",
    "stall_in_forbidden_place",
    "stall_under_umbrella",
    "tricycle_stall",
    "goods_on_the_ground",
    "stall_at_night",
    "two_stalls",
    "stall_in_permitted_place",
    "stall_in_permitted_hours",
    "stall_out_of_hours",
    "stall_moves_on_in_time",
    "vendor_walks_through",
    "passers_by_permitted_stall",
    "garbage_dropped",
    "garbage_grows",
    "garbage_cleared",
    "garbage_taken_at_once",
    "bulky_waste",
    "bags_at_collection_point",
    "bin_overflows",
    "bin_full_to_the_rim",
    "leaves_and_shadows",
    "statue_and_planters",
    "parcels_at_the_door",
    "two_wheelers_left",
    "camera_turned",
    "camera_covered",
    "camera_frozen",
    "camera_blinded",
    "camera_out_of_focus",
    "covered_over_parked_car",
    "quiet_day",
    "quiet_dusk",
    "quiet_night",
    "quiet_rain",
    "quiet_snow",
    "busy_street",
    "all_at_once",
];

/// All of them.
///
/// # Errors
/// When one is faulty, which a test rules out.
pub fn all() -> Result<Vec<Script>, ScriptError> {
    SCRIPTS.iter().map(|(name, text)| Script::parse(name, text)).collect()
}

/// The one of that name.
///
/// # Errors
/// When there is none, or it is faulty.
pub fn named(name: &str) -> Result<Script, ScriptError> {
    let found = SCRIPTS.iter().find(|(known, _)| *known == name);
    let (name, text) = found.ok_or_else(|| ScriptError::Absent(name.to_owned()))?;
    Script::parse(name, text)
}
