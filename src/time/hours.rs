//! Hours of the week in which a zone's rule holds, on the city's own clock.

use std::fmt;

use jiff::tz::TimeZone;

use super::Timestamp;

pub(crate) const MINUTES_OF_DAY: u16 = 24 * 60;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Spans such as `mon-fri 07:00-21:00`, `daily 22:00-06:00` (past midnight) or
/// `sat,sun 00:00-24:00`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct WeeklyHours {
    spans: Vec<Span>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    /// Monday first.
    days: [bool; 7],
    /// Minutes since midnight; the end is not included. An end at or before
    /// the start lies on the next day.
    starts: u16,
    ends: u16,
    text: String,
}

/// A text that is no span of hours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} {fault}; write it like \"mon-fri 07:00-21:00\"")]
pub struct HoursError {
    text: String,
    fault: &'static str,
}

impl WeeklyHours {
    /// Reads one span a text.
    ///
    /// # Errors
    /// When a text names no days or hours, or its hours are no time of day.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, HoursError> {
        let spans = texts.into_iter().map(Span::parse).collect::<Result<_, _>>()?;
        Ok(Self { spans })
    }

    /// Whether the instant falls into any span on the zone's calendar.
    #[must_use]
    pub fn contain(&self, at: Timestamp, zone: &TimeZone) -> bool {
        let local = at.zoned(zone);
        let today = local.weekday().to_monday_zero_offset() as usize;
        let minute = local.hour() as u16 * 60 + local.minute() as u16;
        self.spans.iter().any(|span| span.contains(today, minute))
    }
}

impl fmt::Display for WeeklyHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<_> = self.spans.iter().map(|span| span.text.as_str()).collect();
        f.write_str(&texts.join("; "))
    }
}

impl Span {
    fn parse(text: &str) -> Result<Self, HoursError> {
        let fault = |fault| HoursError { text: text.to_owned(), fault };
        let (days, hours) = text.trim().split_once(' ').ok_or(fault("lacks days or hours"))?;
        let (starts, ends) = hours.trim().split_once('-').ok_or(fault("lacks an end"))?;
        let starts = minute_of_day(starts).filter(|minute| *minute < MINUTES_OF_DAY);
        Ok(Self {
            days: parse_days(days).ok_or(fault("has an unknown day"))?,
            starts: starts.ok_or(fault("starts at no time of day"))?,
            ends: minute_of_day(ends).ok_or(fault("ends at no time of day"))?,
            text: text.trim().to_owned(),
        })
    }

    fn contains(&self, today: usize, minute: u16) -> bool {
        let yesterday = (today + 6) % 7;
        if self.starts < self.ends {
            return self.days[today] && (self.starts..self.ends).contains(&minute);
        }
        (self.days[today] && self.starts <= minute) || (self.days[yesterday] && minute < self.ends)
    }
}

fn parse_days(text: &str) -> Option<[bool; 7]> {
    if text == "daily" {
        return Some([true; 7]);
    }
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut day, last) = (day_index(first)?, day_index(last)?);
        days[day] = true;
        while day != last {
            day = (day + 1) % 7;
            days[day] = true;
        }
    }
    Some(days)
}

fn day_index(name: &str) -> Option<usize> {
    DAYS.iter().position(|day| *day == name.trim().to_ascii_lowercase())
}

/// `08:30` as minutes since midnight, up to and with 24:00.
pub(crate) fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let total = hour.checked_mul(60)?.checked_add(minute)?;
    (minute < 60 && total <= MINUTES_OF_DAY).then_some(total)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 2026-05-01 is a Friday.
    #[track_caller]
    fn check(span: &str, local: &str, expected: bool) {
        let hours = WeeklyHours::parse([span]).unwrap();
        let at = Timestamp::parse(&format!("{local}:00+08:00")).unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        assert_eq!(hours.contain(at, &zone), expected, "{span} at {local}");
    }

    #[test]
    fn the_end_is_not_included() {
        check("mon-fri 07:00-21:00", "2026-05-01T07:00", true);
        check("mon-fri 07:00-21:00", "2026-05-01T20:59", true);
        check("mon-fri 07:00-21:00", "2026-05-01T21:00", false);
        check("mon-fri 07:00-21:00", "2026-05-02T12:00", false);
    }

    #[test]
    fn a_span_past_midnight_belongs_to_the_day_it_starts_on() {
        check("fri 22:00-06:00", "2026-05-01T23:00", true);
        check("fri 22:00-06:00", "2026-05-02T05:59", true);
        check("fri 22:00-06:00", "2026-05-01T05:00", false);
        check("sat,sun 00:00-24:00", "2026-05-02T23:59", true);
    }

    #[test]
    fn quotes_what_it_cannot_read() {
        let error = WeeklyHours::parse(["fun 07:00-21:00"]).unwrap_err().to_string();
        assert_eq!(
            error,
            r#""fun 07:00-21:00" has an unknown day; write it like "mon-fri 07:00-21:00""#
        );
        assert!(WeeklyHours::parse(["mon 07:00-25:00"]).is_err());
        assert!(WeeklyHours::parse(["mon 24:00-25:00"]).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            let _ = WeeklyHours::parse([text.as_str()]);
        }
    }
}
