//! An instant on the wall clock, exact to the microsecond.

use std::fmt;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::Serialize;

/// Microseconds since 1970-01-01T00:00:00Z. Written as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp {
    micros: i64,
}

/// A text that is no instant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no RFC 3339 time such as 2026-05-01T08:00:00+08:00")]
pub struct TimestampError(String);

impl Timestamp {
    pub const EPOCH: Self = Self { micros: 0 };

    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self { micros }
    }

    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self { micros: secs.saturating_mul(1_000_000) }
    }

    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.micros
    }

    /// Time passed since `earlier`; zero if `earlier` is in fact later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let micros = self.micros.saturating_sub(earlier.micros);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// Seconds from `other` to this instant; negative if `other` is later.
    #[must_use]
    pub fn secs_from(self, other: Self) -> f64 {
        self.micros.saturating_sub(other.micros) as f64 / 1e6
    }

    /// # Errors
    /// When the text is not RFC 3339 with an offset.
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        let parsed: jiff::Timestamp = text.parse().map_err(|_| TimestampError(text.to_owned()))?;
        Ok(Self::from_micros(parsed.as_microsecond()))
    }

    /// RFC 3339 with milliseconds and the zone's offset, for people.
    #[must_use]
    pub fn in_zone(self, zone: &TimeZone) -> String {
        self.zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
    }

    /// The same instant on a city's calendar.
    #[must_use]
    pub fn zoned(self, zone: &TimeZone) -> jiff::Zoned {
        jiff::Timestamp::from_microsecond(self.micros)
            .unwrap_or(if self.micros < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX })
            .to_zoned(zone.clone())
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, by: Duration) -> Self {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        Self { micros: self.micros.saturating_add(micros) }
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, by: Duration) -> Self {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        Self { micros: self.micros.saturating_sub(micros) }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.zoned(&TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S%.6fZ"))
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimestampError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Timestamp> for String {
    fn from(at: Timestamp) -> Self {
        at.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn survives_being_written_and_read(micros in 0i64..4_102_444_800_000_000) {
            let at = Timestamp::from_micros(micros);
            prop_assert_eq!(Timestamp::parse(&at.to_string()), Ok(at));
        }

        #[test]
        fn arithmetic_never_overflows(micros: i64, by: u64) {
            let at = Timestamp::from_micros(micros);
            prop_assert!(at + Duration::from_micros(by) >= at);
            prop_assert!(at - Duration::from_micros(by) <= at);
        }
    }

    #[test]
    fn an_earlier_instant_has_seen_no_time_pass() {
        assert_eq!(Timestamp::from_secs(3).since(Timestamp::from_secs(5)), Duration::ZERO);
    }

    #[test]
    fn tells_the_offset_of_the_zone() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        assert_eq!(Timestamp::EPOCH.in_zone(&zone), "1970-01-01T08:00:00.000+08:00");
    }
}
