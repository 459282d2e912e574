//! How long something may take, and on which clock: "2 urgent hours", "4 working hours", "5 days".

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

/// Nothing that a city is asked to do may take longer than a year, on any clock.
const DAYS_MAX: u32 = 366;

/// Which hours count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitClock {
    /// Day and night, workday or not.
    Urgent,
    /// Only the working hours of working days.
    Working,
}

/// A number of one unit.
///
/// Invariant: at least 1, and no more than 366 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Limit {
    count: u32,
    unit: LimitUnit,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitUnit {
    Minute,
    /// Runs day and night.
    UrgentHour,
    WorkingMinute,
    WorkingHour,
    /// All working hours of one day.
    WorkingDay,
    /// 24 hours, workday or not.
    NaturalDay,
}

/// A text that is no limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no limit; write it like {LIMIT_EXAMPLES}, up to {DAYS_MAX} days")]
pub struct LimitError(String);

/// What a limit may look like, for messages.
pub const LIMIT_EXAMPLES: &str = "\"15 minutes\", \"2 urgent hours\", \"4 working hours\", \
                                  \"1 working day\" or \"5 days\"";

/// Each unit with its name for one, for many, and how many are allowed.
const UNITS: [(LimitUnit, &str, &str, u32); 6] = [
    (LimitUnit::Minute, "minute", "minutes", DAYS_MAX * 24 * 60),
    (LimitUnit::UrgentHour, "urgent hour", "urgent hours", DAYS_MAX * 24),
    (LimitUnit::WorkingMinute, "working minute", "working minutes", DAYS_MAX * 60),
    (LimitUnit::WorkingHour, "working hour", "working hours", DAYS_MAX),
    (LimitUnit::WorkingDay, "working day", "working days", DAYS_MAX),
    (LimitUnit::NaturalDay, "day", "days", DAYS_MAX),
];

impl Limit {
    /// None when there are none of it, or more than 366 days.
    #[must_use]
    pub fn new(count: u32, unit: LimitUnit) -> Option<Self> {
        (1..=unit.entry().3).contains(&count).then_some(Self { count, unit })
    }

    /// Reads "4 working hours"; "natural days" are days.
    ///
    /// # Errors
    /// When it is no number of a known unit, or too many of it.
    pub fn parse(text: &str) -> Result<Self, LimitError> {
        let fault = || LimitError(text.chars().take(60).collect());
        let words: Vec<&str> = text.split_whitespace().collect();
        let (count, unit) = words.split_first().ok_or_else(fault)?;
        let unit = unit.join(" ");
        let unit = unit.strip_prefix("natural ").unwrap_or(&unit);
        let known = UNITS.iter().find(|(_, one, many, _)| unit == *one || unit == *many);
        let (unit, ..) = known.ok_or_else(fault)?;
        let count = count.parse().map_err(|_| fault())?;
        Self::new(count, *unit).ok_or_else(fault)
    }

    #[must_use]
    pub const fn clock(self) -> LimitClock {
        match self.unit {
            LimitUnit::Minute | LimitUnit::UrgentHour | LimitUnit::NaturalDay => LimitClock::Urgent,
            LimitUnit::WorkingMinute | LimitUnit::WorkingHour | LimitUnit::WorkingDay => {
                LimitClock::Working
            }
        }
    }

    /// The time to run on its clock, where a working day has so many hours.
    #[must_use]
    pub fn length(self, working_day: Duration) -> Duration {
        let one = match self.unit {
            LimitUnit::Minute | LimitUnit::WorkingMinute => Duration::from_secs(60),
            LimitUnit::UrgentHour | LimitUnit::WorkingHour => Duration::from_secs(3600),
            LimitUnit::WorkingDay => working_day,
            LimitUnit::NaturalDay => Duration::from_secs(24 * 3600),
        };
        one * self.count
    }
}

impl LimitUnit {
    fn entry(self) -> &'static (Self, &'static str, &'static str, u32) {
        UNITS.iter().find(|(unit, ..)| *unit == self).unwrap_or(&UNITS[0])
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, one, many, _) = self.unit.entry();
        write!(f, "{} {}", self.count, if self.count == 1 { one } else { many })
    }
}

impl TryFrom<String> for Limit {
    type Error = LimitError;

    fn try_from(text: String) -> Result<Self, LimitError> {
        Self::parse(&text)
    }
}

impl From<Limit> for String {
    fn from(limit: Limit) -> Self {
        limit.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, clock: LimitClock, hours: f64) {
        let limit = Limit::parse(text).unwrap();
        let length = limit.length(Duration::from_secs(8 * 3600));
        assert_eq!((limit.clock(), length.as_secs_f64() / 3600.0), (clock, hours), "{text}");
        assert_eq!(Limit::parse(&limit.to_string()), Ok(limit));
    }

    #[test]
    fn reads_every_clock_that_cities_use() {
        check("15 minutes", LimitClock::Urgent, 0.25);
        check("2 urgent hours", LimitClock::Urgent, 2.0);
        check("30 working minutes", LimitClock::Working, 0.5);
        check("4 working hours", LimitClock::Working, 4.0);
        check("1 working day", LimitClock::Working, 8.0);
        check("5 days", LimitClock::Urgent, 120.0);
        check("1 natural day", LimitClock::Urgent, 24.0);
    }

    #[test]
    fn refuses_what_is_no_limit() {
        for text in ["", "2", "hours", "0 days", "-1 days", "367 days", "2 hours", "1.5 days"] {
            assert!(Limit::parse(text).is_err(), "{text}");
        }
        let error = Limit::parse("2 hours").unwrap_err().to_string();
        assert!(error.starts_with("\"2 hours\" is no limit; write it like \"15 min"), "{error}");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,80}") {
            let _ = Limit::parse(&text);
        }
    }
}
