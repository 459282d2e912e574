//! The calendar that a file is about, by its IANA name.

use jiff::tz::TimeZone;

use super::value::Value;

const TIME_ZONE_USUAL: &str = "Asia/Shanghai";

/// A time zone by its IANA name.
pub(crate) fn time_zone(value: &Value<'_>) -> Option<TimeZone> {
    value.parsed("the IANA name of a time zone such as \"Asia/Shanghai\"", |name| {
        if name == TIME_ZONE_USUAL { Some(time_zone_usual()) } else { TimeZone::get(name).ok() }
    })
}

/// The usual time zone, also on a machine without a time zone database: it
/// has had no summer time since 1991.
pub(crate) fn time_zone_usual() -> TimeZone {
    TimeZone::get(TIME_ZONE_USUAL).unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(8)))
}
