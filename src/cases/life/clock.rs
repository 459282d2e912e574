//! The deadlines that steps set, from the city's rules and the case's class.

use std::time::Duration;

use crate::city::CityData;
use crate::city::Class;
use crate::city::Limit;
use crate::city::StageRules;
use crate::city::WorkCalendar;
use crate::time::Timestamp;

/// What the clocks of one case run by.
#[derive(Clone, Copy, Debug)]
pub struct Clocks<'a> {
    pub calendar: &'a WorkCalendar,
    pub rules: StageRules,
    /// From dispatched to handled.
    pub handle: Limit,
    /// What one extension adds.
    pub extend_by: Limit,
}

impl<'a> Clocks<'a> {
    #[must_use]
    pub const fn of(city: &'a CityData, class: &Class) -> Self {
        Self {
            calendar: &city.calendar,
            rules: city.centre.rules,
            handle: class.limit,
            extend_by: class.extend_by,
        }
    }

    pub(super) fn due(&self, start: Timestamp, limit: Limit) -> Timestamp {
        self.calendar.due(start, limit)
    }

    /// What the class's clock still has to run when it stops; none if it has run out.
    pub(super) fn left(&self, at: Timestamp, due: Timestamp) -> Option<Duration> {
        (at <= due).then(|| self.calendar.run_between(at, due, self.handle.clock()))
    }

    /// When the class's clock has run out, if it goes on with so much left.
    pub(super) fn due_with(&self, at: Timestamp, left: Duration) -> Timestamp {
        self.calendar.after(at, left, self.handle.clock())
    }

    pub(super) fn extended(&self, due: Timestamp) -> Timestamp {
        self.calendar.due(due, self.extend_by)
    }
}
