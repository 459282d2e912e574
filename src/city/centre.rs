//! `centre.toml` and `calendar.toml`: the dispatch centre, its clocks and its working days.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::geometry::Area;
use crate::written::Table;
use crate::written::Value;
use crate::written::time_zone;
use crate::written::time_zone_usual;

use super::DaySpan;
use super::DistrictId;
use super::GridId;
use super::Limit;
use super::LimitUnit;
use super::RoleId;
use super::limit::LIMIT_EXAMPLES;
use super::links::Links;
use super::links::Named;
use super::pieces::area;
use super::pieces::date;
use super::pieces::list_of;
use super::workdays::EXCEPTIONS_MAX;
use super::workdays::WORK_MINUTES_MIN;

pub(super) const CENTRE_KEYS: &[&str] = &[
    "name",
    "time_zone",
    "workdays",
    "working_hours",
    "roles",
    "head",
    "default_grid",
    "outline",
    "border_tolerance_m2",
    "clocks",
    "matter",
    "district",
];
pub(super) const CLOCK_KEYS: &[&str] = &[
    "intake",
    "dispatch",
    "check",
    "suspend_days_max",
    "extensions_max",
    "excuse_again_days",
    "recheck",
];
pub(super) const MATTER_KEYS: &[&str] =
    &["join_m", "join_hours", "hot_spot_cases", "hot_spot_days"];
pub(super) const DISTRICT_KEYS: &[&str] = &["id", "name"];
pub(super) const CALENDAR_KEYS: &[&str] = &["holiday", "make_up_days"];
pub(super) const HOLIDAY_KEYS: &[&str] = &["name", "from", "to"];

const ROLES_MAX: usize = 100;
const DISTRICTS_MAX: usize = 1_000;
const SPANS_MAX: usize = 12;
const HOLIDAY_DAYS_MAX: usize = 100;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// A border drawn by hand is out by a metre over a hundred.
const TOLERANCE_M2_USUAL: f64 = 100.0;
/// A year at most, as the cities have it; see [`StageRules`].
const SUSPEND_DAYS: RangeInclusive<u64> = 0..=366;
const EXTENSIONS: RangeInclusive<u64> = 0..=10;
/// As far as one can see along a street.
pub(super) const JOIN_M: RangeInclusive<f64> = 0.0..=5_000.0;
pub(super) const JOIN_HOURS: RangeInclusive<u64> = 0..=24 * 366;
/// Ten years at most; 0 lets every violation be a first one.
const EXCUSE_AGAIN_DAYS: RangeInclusive<u64> = 0..=3_660;

/// The dispatch centre: what holds for every case.
#[derive(Clone, Debug)]
pub struct Centre {
    /// For people.
    pub name: String,
    /// What people can be in a grid.
    pub roles: Vec<RoleId>,
    /// The role of a grid's head; one of `roles`.
    pub head: RoleId,
    /// Where a place goes that lies in no grid.
    pub default_grid: Option<GridId>,
    /// The ground that grids must cover; unknown if none.
    pub outline: Option<Area>,
    /// Overlaps and gaps up to this size are slips of the drawing.
    pub border_tolerance_m2: f64,
    pub rules: StageRules,
    pub matter: MatterRule,
    pub districts: Vec<District>,
    pub(super) time_zone: TimeZone,
    pub(super) week: [bool; 7],
    pub(super) spans: Vec<DaySpan>,
}

/// How long each stage may take but the handling, which is the class's, and what may be put off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageRules {
    /// From found to filed.
    pub intake: Limit,
    /// From filed to dispatched.
    pub dispatch: Limit,
    /// From handled to checked and closed.
    pub check: Limit,
    /// Days that a case may be suspended, all suspensions together.
    pub suspend_days_max: u16,
    pub extensions_max: u8,
    /// What the camera still sees so long after it was said to be handled was not.
    pub recheck: Limit,
    /// A first violation that was excused is forgotten after so many days.
    pub excuse_again_days: u16,
}

/// When two reports are of one matter, and when a place is a hot spot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatterRule {
    /// Places this far apart or nearer are one place.
    pub join_m: f64,
    /// A report joins an open case that was seen or told of within so many
    /// hours of it; none ever does where this is 0.
    pub join_hours: u32,
    /// So many matters of a class at a place within `hot_spot_days` make it a hot spot.
    pub hot_spot_cases: u32,
    pub hot_spot_days: u32,
}

/// A sub-district.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct District {
    pub id: DistrictId,
    pub name: String,
}

/// Days that are not worked though they usually are, and the other way round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Exceptions {
    pub(super) holidays: BTreeSet<Date>,
    pub(super) make_up_days: BTreeSet<Date>,
}

impl Default for StageRules {
    /// Half an hour until somebody is on the way.
    fn default() -> Self {
        let limit = |count, unit| Limit::new(count, unit).expect("a small count is a limit");
        Self {
            intake: limit(15, LimitUnit::Minute),
            dispatch: limit(15, LimitUnit::Minute),
            check: limit(1, LimitUnit::WorkingDay),
            suspend_days_max: 365,
            extensions_max: 2,
            recheck: limit(5, LimitUnit::Minute),
            excuse_again_days: 365,
        }
    }
}

impl Default for MatterRule {
    fn default() -> Self {
        Self { join_m: 50.0, join_hours: 24, hot_spot_cases: 3, hot_spot_days: 30 }
    }
}

pub(super) fn centre(table: &Table<'_>, links: &mut Links) -> Option<Centre> {
    let name = table.needed("name", "name = \"Qinghe\"").and_then(|value| value.text());
    let zone = table.value("time_zone").and_then(|value| time_zone(&value));
    let roles = table
        .needed("roles", "roles = [\"head\", \"sanitation\"]")
        .map(|value| list_of(&value, ROLES_MAX, |role| links.give(Named::Role, role, RoleId::new)));
    let head = table
        .needed("head", "head = \"head\"")
        .and_then(|value| links.refer(Named::Role, &value, RoleId::new));
    let default_grid =
        table.value("default_grid").and_then(|value| links.refer(Named::Grid, &value, GridId::new));
    let tolerance = table.value("border_tolerance_m2").and_then(|value| value.number(0.0..=1e6));
    let districts = table.tables("district", DISTRICT_KEYS, DISTRICTS_MAX);
    Some(Centre {
        rules: rules(table),
        matter: matter(table),
        outline: table.value("outline").and_then(|value| area(&value)),
        border_tolerance_m2: tolerance.unwrap_or(TOLERANCE_M2_USUAL),
        districts: districts.iter().filter_map(|table| district(table, links)).collect(),
        default_grid,
        time_zone: zone.unwrap_or_else(time_zone_usual),
        week: week(table),
        spans: spans(table),
        name: name?.to_owned(),
        roles: roles?,
        head: head?,
    })
}

fn district(table: &Table<'_>, links: &mut Links) -> Option<District> {
    let id = table
        .needed("id", "id = \"north\"")
        .and_then(|value| links.give(Named::District, &value, DistrictId::new));
    let name = table.needed("name", "name = \"North\"").and_then(|value| value.text());
    Some(District { id: id?, name: name?.to_owned() })
}

/// Monday to Friday if it is not written.
fn week(table: &Table<'_>) -> [bool; 7] {
    let Some(value) = table.value("workdays") else {
        return [true, true, true, true, true, false, false];
    };
    let days = list_of(&value, DAYS.len(), |day| {
        day.choice(&[0, 1, 2, 3, 4, 5, 6].map(|number| (DAYS[number], number)))
    });
    let mut week = [false; 7];
    for day in &days {
        week[*day] = true;
    }
    if days.is_empty() {
        value.fault("must name one day or more, such as [\"mon\", \"tue\"]");
    }
    week
}

fn spans(table: &Table<'_>) -> Vec<DaySpan> {
    let Some(value) = table.value("working_hours") else {
        return vec![DaySpan { starts: 480, ends: 720 }, DaySpan { starts: 840, ends: 1_080 }];
    };
    let spans = list_of(&value, SPANS_MAX, |span| {
        span.parsed("hours of one day such as \"08:00-12:00\"", DaySpan::parse)
    });
    let minutes: u32 = spans.iter().map(|span| u32::from(span.ends - span.starts)).sum();
    let in_order = spans.windows(2).all(|pair| pair[0].ends <= pair[1].starts);
    if !in_order || minutes < u32::from(WORK_MINUTES_MIN) {
        value.fault(format!("must follow each other and be {WORK_MINUTES_MIN} minutes or more"));
    }
    spans
}

fn rules(table: &Table<'_>) -> StageRules {
    let usual = StageRules::default();
    let Some(table) = table.table("clocks", CLOCK_KEYS) else { return usual };
    let limit = |key| table.value(key).and_then(|value| limit(&value));
    let count = |key, bounds| table.value(key).and_then(|value| value.count(bounds));
    let days = count("suspend_days_max", SUSPEND_DAYS);
    let extensions = count("extensions_max", EXTENSIONS);
    let again = count("excuse_again_days", EXCUSE_AGAIN_DAYS);
    StageRules {
        intake: limit("intake").unwrap_or(usual.intake),
        dispatch: limit("dispatch").unwrap_or(usual.dispatch),
        check: limit("check").unwrap_or(usual.check),
        recheck: limit("recheck").unwrap_or(usual.recheck),
        suspend_days_max: days.map_or(usual.suspend_days_max, |days| days as u16),
        extensions_max: extensions.map_or(usual.extensions_max, |count| count as u8),
        excuse_again_days: again.map_or(usual.excuse_again_days, |days| days as u16),
    }
}

fn matter(table: &Table<'_>) -> MatterRule {
    let usual = MatterRule::default();
    let Some(table) = table.table("matter", MATTER_KEYS) else { return usual };
    let count = |key, bounds| table.value(key).and_then(|value| value.count(bounds));
    let join_m = table.value("join_m").and_then(|value| value.number(JOIN_M));
    let hours = count("join_hours", JOIN_HOURS);
    let cases = count("hot_spot_cases", 2..=1_000);
    let days = count("hot_spot_days", 1..=366);
    MatterRule {
        join_m: join_m.unwrap_or(usual.join_m),
        join_hours: hours.map_or(usual.join_hours, |hours| hours as u32),
        hot_spot_cases: cases.map_or(usual.hot_spot_cases, |cases| cases as u32),
        hot_spot_days: days.map_or(usual.hot_spot_days, |days| days as u32),
    }
}

pub(super) fn limit(value: &Value<'_>) -> Option<Limit> {
    value.parsed(&format!("a limit such as {LIMIT_EXAMPLES}"), |text| Limit::parse(text).ok())
}

/// `week` tells a make-up day that is none; a day is judged by what was read before.
pub(super) fn exceptions(table: &Table<'_>, week: Option<[bool; 7]>) -> Exceptions {
    let mut read = Exceptions::default();
    for table in table.tables("holiday", HOLIDAY_KEYS, EXCEPTIONS_MAX) {
        // A holiday is named so that its reader can check it; nothing else uses the name.
        let _ = table.needed("name", "name = \"National Day\"").and_then(|value| value.text());
        let from = table.needed("from", "from = 2026-10-01").and_then(|value| date(&value));
        let (Some(from), value) = (from, table.value("to")) else { continue };
        let to = value.as_ref().map_or(Some(from), date);
        let (Some(to), value) = (to, value) else { continue };
        let days = std::iter::successors(Some(from), |day| day.tomorrow().ok());
        let days: BTreeSet<Date> =
            days.take_while(|day| *day <= to).take(HOLIDAY_DAYS_MAX + 1).collect();
        match value {
            Some(value) if days.is_empty() || days.len() > HOLIDAY_DAYS_MAX => {
                value.fault(format!("must be from {from} on, {HOLIDAY_DAYS_MAX} days at most"));
            }
            Some(_) | None => read.holidays.extend(days),
        }
    }
    if let Some(value) = table.value("make_up_days") {
        let days = list_of(&value, EXCEPTIONS_MAX, |value| {
            let day = date(value)?;
            let usual = week.is_some_and(|w| w[day.weekday().to_monday_zero_offset() as usize]);
            if read.holidays.contains(&day) {
                value.fault("is a holiday too, must be one or the other");
            } else if usual {
                value.fault("is worked anyway, must be a day that usually is not");
            }
            Some(day)
        });
        read.make_up_days.extend(days);
        if read.holidays.len() + read.make_up_days.len() > EXCEPTIONS_MAX {
            value.fault(format!("must be at most {EXCEPTIONS_MAX} together with the holidays"));
        }
    }
    read
}
