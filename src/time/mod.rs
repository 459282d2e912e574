//! Instants, the clock that gives them, and a city's weekly hours.
//!
//! Nothing outside this folder asks the machine for the time, so that tests
//! and replay can set it.

mod clock;
mod hours;
mod timestamp;

pub use clock::Clock;
pub use clock::ClockHand;
pub use hours::HoursError;
pub(crate) use hours::MINUTES_OF_DAY;
pub use hours::WeeklyHours;
pub(crate) use hours::minute_of_day;
pub use timestamp::Timestamp;
pub use timestamp::TimestampError;
