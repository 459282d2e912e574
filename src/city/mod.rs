//! What a city knows of itself: classes, calendar, grids and people, roads,
//! cameras, berths, permits and duties; and what follows from it for a case:
//! by when it is due, in which grid it lies, and who is to handle it.
//!
//! A folder of TOML and CSV files, hostile until read; all faults of all
//! files are told at once.

#[cfg(test)]
mod agreement;
mod centre;
mod classes;
mod coverage;
mod crossing;
mod data;
mod difference;
mod duties;
mod files;
mod grids;
mod ids;
mod limit;
mod links;
mod permits;
mod pieces;
mod places;
mod routing;
#[cfg(test)]
pub(crate) mod sample;
mod work_meter;
mod workdays;

pub use centre::Centre;
pub use centre::District;
pub use centre::MatterRule;
pub use centre::StageRules;
pub use classes::Class;
pub use data::CityData;
pub use data::CityFaults;
pub use difference::Difference;
pub use difference::Ids;
pub use duties::Duty;
pub use files::CityFile;
pub use grids::Grid;
pub use grids::Person;
pub use grids::Unit;
pub use ids::ClassId;
pub use ids::DistrictId;
pub use ids::GridId;
pub use ids::NameError;
pub use ids::PersonId;
pub use ids::RoadId;
pub use ids::RoleId;
pub use ids::UnitId;
pub use limit::LIMIT_EXAMPLES;
pub use limit::Limit;
pub use limit::LimitClock;
pub use limit::LimitError;
pub use limit::LimitUnit;
pub use permits::QuietArea;
pub use permits::VendingPoint;
pub use places::Berth;
pub use places::CameraPlace;
pub use places::Road;
pub use routing::Located;
pub use routing::Reached;
pub use routing::Route;
pub use work_meter::WorkMeter;
pub use workdays::CalendarError;
pub use workdays::DaySpan;
pub use workdays::WorkCalendar;
