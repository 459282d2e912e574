//! What a report is asked for: from when to when, and by what.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::time::Timestamp;

/// Ten years of days: a page that still opens, and more than a city keeps.
const DAYS_MAX: i64 = 3_660;
/// Without a beginning the last month is meant, today included.
const DAYS_USUAL: i64 = 30;

/// What makes a row of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportBy {
    Day,
    Week,
    Month,
    Grid,
    Unit,
    Road,
    Class,
}

/// Whole days of the city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportQuery {
    /// The first day.
    pub from: Date,
    /// The last day, which belongs to it.
    pub to: Date,
    pub by: ReportBy,
}

/// Why there is no such report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuestionError {
    #[error("{0:?} is no day such as 2026-05-01")]
    Day(String),
    #[error("the report ends on {to}, before it begins on {from}")]
    Backwards { from: Date, to: Date },
    #[error("a report of {days} days, must be at most {DAYS_MAX}")]
    Long { days: i64 },
    #[error("{0:?} is none of day, week, month, grid, unit, road, class")]
    By(String),
}

impl ReportBy {
    pub const ALL: [Self; 7] =
        [Self::Day, Self::Week, Self::Month, Self::Grid, Self::Unit, Self::Road, Self::Class];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Grid => "grid",
            Self::Unit => "unit",
            Self::Road => "road",
            Self::Class => "class",
        }
    }

    /// # Errors
    /// When it is none of them.
    pub fn parse(name: &str) -> Result<Self, QuestionError> {
        let found = Self::ALL.into_iter().find(|by| by.name() == name);
        found.ok_or_else(|| QuestionError::By(cut(name)))
    }

    /// Rows of time follow each other; others are ranked.
    #[must_use]
    pub const fn is_time(self) -> bool {
        matches!(self, Self::Day | Self::Week | Self::Month)
    }
}

impl ReportQuery {
    /// Reads days such as "2026-05-01", both of which belong to the report.
    /// Without `to` it ends today, without `from` it has thirty days.
    ///
    /// # Errors
    /// When a day is none, or there are none or too many between them.
    pub fn new(
        from: Option<&str>,
        to: Option<&str>,
        by: ReportBy,
        today: Date,
    ) -> Result<Self, QuestionError> {
        let day = |text: &str| text.parse::<Date>().map_err(|_| QuestionError::Day(cut(text)));
        let to = to.map(day).transpose()?.unwrap_or(today);
        let usual = jiff::Span::new().days(DAYS_USUAL - 1);
        let from = match from {
            Some(text) => day(text)?,
            None => to.checked_sub(usual).unwrap_or(to),
        };
        if to < from {
            return Err(QuestionError::Backwards { from, to });
        }
        let days = days_between(from, to) + 1;
        if days > DAYS_MAX {
            return Err(QuestionError::Long { days });
        }
        Ok(Self { from, to, by })
    }

    /// From the first instant of the first day to that after the last day.
    #[must_use]
    pub fn span(&self, zone: &TimeZone) -> (Timestamp, Timestamp) {
        let after = self.to.tomorrow().unwrap_or(self.to);
        (start_of(self.from, zone), start_of(after, zone))
    }
}

/// The first instant of a day.
pub(super) fn start_of(day: Date, zone: &TimeZone) -> Timestamp {
    let start = day.to_zoned(zone.clone()).map(|start| start.timestamp());
    Timestamp::from_micros(start.map_or(i64::MAX, jiff::Timestamp::as_microsecond))
}

fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(i64::MAX - 1, |span| i64::from(span.get_days()))
}

fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(from: Option<&str>, to: Option<&str>) -> Result<ReportQuery, QuestionError> {
        ReportQuery::new(from, to, ReportBy::Grid, "2026-05-31".parse().unwrap())
    }

    #[test]
    fn reads_days_both_of_which_belong_to_it() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        let query = ask(Some("2026-05-01"), Some("2026-05-02")).unwrap();
        let (from, to) = query.span(&zone);
        assert_eq!(from, Timestamp::parse("2026-05-01T00:00:00+08:00").unwrap());
        assert_eq!(to, Timestamp::parse("2026-05-03T00:00:00+08:00").unwrap());
        let usual = ask(None, None).unwrap();
        assert_eq!((usual.from.to_string().as_str(), usual.to.day()), ("2026-05-02", 31));
    }

    #[test]
    fn refuses_what_is_no_stretch_of_days() {
        for (from, to) in [("May", None), ("2026-06-01", None), ("2000-01-01", Some("2026-01-01"))]
        {
            assert!(ask(Some(from), to).is_err(), "{from}");
        }
        assert_eq!(ReportBy::parse("road"), Ok(ReportBy::Road));
        assert!(ReportBy::parse("moon").is_err());
    }
}
