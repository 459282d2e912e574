//! Working time between many pairs of instants, from a calendar laid out once.
//!
//! The calendar itself walks from day to day, which is well for one case and
//! too slow for a hundred thousand.

use std::time::Duration;

use crate::time::Timestamp;

use super::WorkCalendar;

/// Working time between instants of one stretch; none is counted outside of it.
#[derive(Clone, Debug)]
pub struct WorkMeter {
    /// Begin and end of each span of work, in order, and the work before it.
    spans: Vec<(Timestamp, Timestamp, Duration)>,
}

impl WorkMeter {
    #[must_use]
    pub fn new(calendar: &WorkCalendar, from: Timestamp, to: Timestamp) -> Self {
        let mut before = Duration::ZERO;
        let within = calendar.work_since(from).take_while(|(starts, _)| *starts < to);
        let spans = within.map(|(starts, ends)| {
            let (starts, ends) = (starts.max(from), ends.min(to));
            let span = (starts, ends, before);
            before += ends.since(starts);
            span
        });
        Self { spans: spans.collect() }
    }

    /// Nothing if `to` is earlier.
    #[must_use]
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Duration {
        self.until(to).saturating_sub(self.until(from))
    }

    fn until(&self, at: Timestamp) -> Duration {
        let begun = self.spans.partition_point(|(starts, ..)| *starts <= at);
        let last = begun.checked_sub(1).map(|last| self.spans[last]);
        last.map_or(Duration::ZERO, |(starts, ends, before)| before + ends.min(at).since(starts))
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use crate::city::LimitClock;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_the_calendar(from_min in 0i64..40_000, length_min in 0i64..20_000) {
            let calendar = WorkCalendar::usual(TimeZone::fixed(jiff::tz::offset(8)));
            let begin = Timestamp::from_secs(1_777_593_600);
            let at = |minutes: i64| begin + Duration::from_secs(minutes as u64 * 60);
            let meter = WorkMeter::new(&calendar, begin, at(60_001));
            let (from, to) = (at(from_min), at(from_min + length_min));
            let walked = calendar.run_between(from, to, LimitClock::Working);
            prop_assert_eq!(meter.between(from, to), walked);
            prop_assert_eq!(meter.between(to, from), Duration::ZERO);
        }
    }
}
