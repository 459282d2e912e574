//! The city's working time, and the deadlines that come of it.
//!
//! Both ends of a span of working hours belong to it: what may take four hours
//! and begins at 08:00 is due at 12:00, not at 14:00.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil::Date;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use crate::time::MINUTES_OF_DAY;
use crate::time::Timestamp;
use crate::time::minute_of_day;

use super::Limit;
use super::LimitClock;

/// With less work in a day, a year of working hours would not end within a lifetime.
pub(super) const WORK_MINUTES_MIN: u16 = 60;
/// Decades of holidays; bounds the search for the next working hour.
pub(super) const EXCEPTIONS_MAX: usize = 2_000;
/// More days than the longest limit can need: 366 worked days at one a week,
/// with every holiday on one of them. See [`Limit`].
const DAYS_SEARCHED_MAX: usize = (366 + EXCEPTIONS_MAX + 2) * 7;

/// A part of the day, in minutes since midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaySpan {
    /// Before `ends`.
    pub starts: u16,
    /// At most 24:00.
    pub ends: u16,
}

/// When the city works.
///
/// Invariant: spans are in order, do not overlap and hold at least an hour
/// together; at least one day of the week is worked; at most 2,000 exceptions.
#[derive(Clone, Debug)]
pub struct WorkCalendar {
    zone: TimeZone,
    /// Monday first.
    week: [bool; 7],
    spans: Vec<DaySpan>,
    holidays: BTreeSet<Date>,
    make_up_days: BTreeSet<Date>,
}

/// Why there is no such calendar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    #[error("working hours must follow each other within the day and be 60 minutes or more")]
    Hours,
    #[error("no day of the week is worked")]
    Week,
    #[error("{0} holidays and make-up days, must be at most {EXCEPTIONS_MAX}")]
    Exceptions(usize),
}

impl DaySpan {
    /// Reads "08:00-12:00".
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (starts, ends) = text.split_once('-')?;
        let span = Self { starts: minute_of_day(starts)?, ends: minute_of_day(ends)? };
        (span.starts < span.ends).then_some(span)
    }

    const fn minutes(self) -> u16 {
        self.ends - self.starts
    }
}

impl WorkCalendar {
    /// # Errors
    /// When there is too little work in a day or a week, or there are too many exceptions.
    pub fn new(
        zone: TimeZone,
        week: [bool; 7],
        spans: Vec<DaySpan>,
        holidays: BTreeSet<Date>,
        make_up_days: BTreeSet<Date>,
    ) -> Result<Self, CalendarError> {
        let in_order = spans.windows(2).all(|pair| pair[0].ends <= pair[1].starts);
        let within = spans.iter().all(|s| s.starts < s.ends && s.ends <= MINUTES_OF_DAY);
        let minutes: u32 =
            if within { spans.iter().map(|s| u32::from(s.minutes())).sum() } else { 0 };
        if !in_order || minutes < u32::from(WORK_MINUTES_MIN) {
            return Err(CalendarError::Hours);
        }
        if week == [false; 7] {
            return Err(CalendarError::Week);
        }
        let exceptions = holidays.len() + make_up_days.len();
        if exceptions > EXCEPTIONS_MAX {
            return Err(CalendarError::Exceptions(exceptions));
        }
        Ok(Self { zone, week, spans, holidays, make_up_days })
    }

    /// Monday to Friday, 08:00–12:00 and 14:00–18:00, without holidays.
    #[must_use]
    pub fn usual(zone: TimeZone) -> Self {
        let spans = vec![DaySpan { starts: 480, ends: 720 }, DaySpan { starts: 840, ends: 1_080 }];
        let week = [true, true, true, true, true, false, false];
        Self { zone, week, spans, holidays: BTreeSet::new(), make_up_days: BTreeSet::new() }
    }

    #[must_use]
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The working time of one working day.
    #[must_use]
    pub fn working_day(&self) -> Duration {
        let minutes: u64 = self.spans.iter().map(|span| u64::from(span.minutes())).sum();
        Duration::from_secs(minutes * 60)
    }

    #[must_use]
    pub fn is_worked(&self, day: Date) -> bool {
        let ordinary = self.week[day.weekday().to_monday_zero_offset() as usize];
        self.make_up_days.contains(&day) || (ordinary && !self.holidays.contains(&day))
    }

    /// The weekday is worked when there is neither a holiday nor a make-up day.
    #[must_use]
    pub fn is_ordinary_workday(&self, day: Weekday) -> bool {
        self.week[day.to_monday_zero_offset() as usize]
    }

    /// When what begins at `start` is due.
    #[must_use]
    pub fn due(&self, start: Timestamp, limit: Limit) -> Timestamp {
        self.after(start, limit.length(self.working_day()), limit.clock())
    }

    /// The instant by which the clock has run for `length`.
    #[must_use]
    pub fn after(&self, start: Timestamp, length: Duration, clock: LimitClock) -> Timestamp {
        if clock == LimitClock::Urgent || length.is_zero() {
            return start + length;
        }
        let mut left = length;
        let mut reached = start;
        for (starts, ends) in self.work_since(start) {
            reached = starts.max(start);
            let room = ends.since(reached);
            if left <= room {
                return reached + left;
            }
            left -= room;
            reached = ends;
        }
        reached
    }

    /// How long the clock runs between the two; nothing if `to` is earlier.
    #[must_use]
    pub fn run_between(&self, from: Timestamp, to: Timestamp, clock: LimitClock) -> Duration {
        if clock == LimitClock::Urgent {
            return to.since(from);
        }
        let spans = self.work_since(from).take_while(|(starts, _)| *starts < to);
        spans.map(|(starts, ends)| ends.min(to).since(starts.max(from))).sum()
    }

    /// Whether work is done at this instant; both ends of a span count.
    #[must_use]
    pub fn works_at(&self, at: Timestamp) -> bool {
        let yesterday = at - Duration::from_secs(24 * 3600);
        let mut spans = self.work_since(yesterday).take_while(|(starts, _)| *starts <= at);
        spans.any(|(_, ends)| at <= ends)
    }

    /// The spans of work that end after `start`, as instants, in order.
    pub(super) fn work_since(
        &self,
        start: Timestamp,
    ) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        let first = start.zoned(&self.zone).date();
        let days = std::iter::successors(Some(first), |day| day.tomorrow().ok());
        let worked = days.take(DAYS_SEARCHED_MAX).filter(|day| self.is_worked(*day));
        let spans = worked.flat_map(move |day| {
            self.spans.iter().filter_map(move |span| {
                Some((self.instant(day, span.starts)?, self.instant(day, span.ends)?))
            })
        });
        spans.filter(move |(starts, ends)| start < *ends && starts < ends)
    }

    fn instant(&self, day: Date, minute: u16) -> Option<Timestamp> {
        let (day, minute) =
            if minute == MINUTES_OF_DAY { (day.tomorrow().ok()?, 0) } else { (day, minute) };
        let local = day.at((minute / 60) as i8, (minute % 60) as i8, 0, 0);
        let zoned = local.to_zoned(self.zone.clone()).ok()?;
        Some(Timestamp::from_micros(zoned.timestamp().as_microsecond()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    /// National Day of 2026: free from Thursday the 1st to Wednesday the 7th,
    /// made up for on Sunday 20 September and Saturday 10 October.
    fn calendar() -> WorkCalendar {
        let usual = WorkCalendar::usual(TimeZone::fixed(jiff::tz::offset(8)));
        let holidays = (1..=7).map(|day| date(&format!("2026-10-0{day}"))).collect();
        let make_up_days = ["2026-09-20", "2026-10-10"].map(date).into();
        WorkCalendar::new(usual.zone, usual.week, usual.spans, holidays, make_up_days).unwrap()
    }

    fn at(local: &str) -> Timestamp {
        Timestamp::parse(&format!("{local}:00+08:00")).unwrap()
    }

    #[track_caller]
    fn check(start: &str, limit: &str, due: &str) {
        let found = calendar().due(at(start), Limit::parse(limit).unwrap());
        assert_eq!(found, at(due), "{limit} from {start} is {found}");
    }

    #[test]
    fn urgent_hours_run_through_the_night() {
        check("2026-09-30T23:00", "2 urgent hours", "2026-10-01T01:00");
        check("2026-09-30T17:50", "15 minutes", "2026-09-30T18:05");
    }

    #[test]
    fn working_hours_pause_at_noon_at_night_and_on_days_off() {
        check("2026-09-28T09:00", "4 working hours", "2026-09-28T15:00");
        check("2026-09-28T08:00", "4 working hours", "2026-09-28T12:00");
        check("2026-09-28T13:00", "4 working hours", "2026-09-28T18:00");
        check("2026-09-30T17:00", "4 working hours", "2026-10-08T11:00");
        check("2026-09-18T18:00", "1 working hour", "2026-09-20T09:00");
    }

    #[test]
    fn a_working_day_is_all_the_hours_of_one_and_holidays_are_made_up_for() {
        check("2026-10-09T10:00", "1 working day", "2026-10-10T10:00");
        check("2026-09-30T08:00", "2 working days", "2026-10-08T18:00");
        check("2026-10-10T18:00", "1 working day", "2026-10-12T18:00");
    }

    #[test]
    fn natural_days_count_holidays_too() {
        check("2026-09-30T10:00", "5 days", "2026-10-05T10:00");
    }

    #[test]
    fn refuses_a_calendar_that_never_works() {
        let zone = || TimeZone::UTC;
        let day = vec![DaySpan { starts: 0, ends: 1_440 }];
        let none = BTreeSet::new;
        let hours = WorkCalendar::new(zone(), [true; 7], Vec::new(), none(), none());
        assert_eq!(hours.unwrap_err(), CalendarError::Hours);
        let back = vec![DaySpan { starts: 840, ends: 1_080 }, DaySpan { starts: 480, ends: 720 }];
        let hours = WorkCalendar::new(zone(), [true; 7], back, none(), none());
        assert_eq!(hours.unwrap_err(), CalendarError::Hours);
        let week = WorkCalendar::new(zone(), [false; 7], day, none(), none());
        assert_eq!(week.unwrap_err(), CalendarError::Week);
    }

    #[test]
    fn the_longest_limit_ends_in_the_worst_calendar() {
        let day = vec![DaySpan { starts: 0, ends: 60 }];
        let monday = [true, false, false, false, false, false, false];
        let calendar =
            WorkCalendar::new(TimeZone::UTC, monday, day, BTreeSet::new(), BTreeSet::new());
        let start = at("2026-01-01T00:00");
        let calendar = calendar.unwrap();
        let due = calendar.due(start, Limit::parse("366 working hours").unwrap());
        let run = calendar.run_between(start, due, LimitClock::Working);
        assert_eq!(run, Duration::from_secs(366 * 3600));
    }

    /// Any second of about two years around the holidays.
    fn instants() -> impl Strategy<Value = Timestamp> {
        (1_760_000_000i64..1_820_000_000).prop_map(Timestamp::from_secs)
    }

    fn lengths() -> impl Strategy<Value = Duration> {
        (0u64..400 * 3600).prop_map(Duration::from_secs)
    }

    proptest! {
        #[test]
        fn a_working_deadline_falls_into_working_time(start in instants(), length in lengths()) {
            let calendar = calendar();
            let due = calendar.after(start, length + Duration::from_secs(1), LimitClock::Working);
            prop_assert!(calendar.works_at(due), "{}", due);
            prop_assert!(due > start);
        }

        #[test]
        fn two_lengths_in_turn_are_their_sum(start in instants(), a in lengths(), b in lengths()) {
            let calendar = calendar();
            for clock in [LimitClock::Working, LimitClock::Urgent] {
                let in_turn = calendar.after(calendar.after(start, a, clock), b, clock);
                prop_assert_eq!(in_turn, calendar.after(start, a + b, clock), "{:?}", clock);
            }
        }

        #[test]
        fn who_begins_later_or_has_longer_is_due_no_earlier(
            a in instants(), b in instants(), short in lengths(), long in lengths(),
        ) {
            let calendar = calendar();
            let (early, late) = (a.min(b), a.max(b));
            let (short, long) = (short.min(long), short.max(long));
            let after = |start, length| calendar.after(start, length, LimitClock::Working);
            prop_assert!(after(early, long) <= after(late, long));
            prop_assert!(after(late, short) <= after(late, long));
        }

        #[test]
        fn what_has_run_is_what_was_asked_for(start in instants(), length in lengths()) {
            let calendar = calendar();
            let due = calendar.after(start, length, LimitClock::Working);
            prop_assert_eq!(calendar.run_between(start, due, LimitClock::Working), length);
        }
    }
}
