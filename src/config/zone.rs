//! The zones of a camera or of a scenario: both have the same keys.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::detect::Kind;
use crate::geometry::Point;
use crate::geometry::Polygon;
use crate::rules::Zone;
use crate::rules::ZoneId;
use crate::rules::ZoneKind;
use crate::time::WeeklyHours;
use crate::written::Ids;
use crate::written::Table;
use crate::written::Value;

pub(super) const ZONE_KEYS: &[&str] =
    &["id", "kind", "polygon", "hours", "pre_alarm_s", "violation_s", "exempt"];

/// A picture cut into more zones than this is a mistake; bounds the cost of a look.
const ZONES_MAX: usize = 200;

/// A week has no more spans that anyone would write down.
const HOURS_MAX: usize = 100;

/// Up to a week: a car wreck is moved after days.
const DWELL_S: RangeInclusive<f64> = 0.0..=604_800.0;

const ID_CHARS_MAX: usize = 64;

/// All `[[zone]]` of the table, and their ids.
pub(super) fn zones_of(table: &Table<'_>) -> (Vec<Zone>, Ids) {
    let mut ids = Ids::default();
    let tables = table.tables("zone", ZONE_KEYS, ZONES_MAX);
    let zones = tables.iter().filter_map(|table| zone(table, &mut ids)).collect();
    (zones, ids)
}

fn zone(table: &Table<'_>, ids: &mut Ids) -> Option<Zone> {
    let id = table.needed("id", "id = \"kerb\"").and_then(|value| {
        let id = zone_id(&value)?;
        ids.claim(id.as_str(), &value);
        Some(id)
    });
    let kind = table.needed("kind", "kind = \"no_parking\"").and_then(|value| zone_kind(&value));
    let polygon = table
        .needed("polygon", "polygon = [[0.1, 0.4], [0.6, 0.4], [0.6, 0.9]]")
        .and_then(|value| polygon(&value));
    let hours = table.value("hours").and_then(|value| hours(&value));
    let (pre_alarm, violation) = timers(table, kind);
    let exempt = table.value("exempt").map(|value| exempt(&value)).unwrap_or_default();
    Some(Zone { id: id?, kind: kind?, polygon: polygon?, hours, pre_alarm, violation, exempt })
}

/// The id of a zone, in any script.
pub(super) fn zone_id(value: &Value<'_>) -> Option<ZoneId> {
    let must_be = format!("1 to {ID_CHARS_MAX} letters, digits, '.', '_' or '-'");
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    value.parsed(&must_be, |text| {
        let fits = (1..=ID_CHARS_MAX).contains(&text.chars().count());
        (fits && text.chars().all(allowed)).then(|| ZoneId::new(text))
    })
}

fn zone_kind(value: &Value<'_>) -> Option<ZoneKind> {
    value.choice(&ZoneKind::ALL.map(|kind| (kind.name(), kind)))
}

fn polygon(value: &Value<'_>) -> Option<Polygon> {
    let corners: Option<Vec<Point>> = value.elements().and_then(|elements| {
        let corner = |element: &Value<'_>| {
            let [x, y] = element.numbers::<2>()?;
            Some(Point { x: x as f32, y: y as f32 })
        };
        elements.iter().map(corner).collect()
    });
    let Some(corners) = corners else {
        value.fault("must be a list of corners such as [[0.1, 0.4], [0.6, 0.4], [0.6, 0.9]]");
        return None;
    };
    match Polygon::new(corners) {
        Ok(polygon) => Some(polygon),
        Err(error) => {
            value.fault(format!(
                "{error}; must be 3 or more corners within 0 to 1, without crossing"
            ));
            None
        }
    }
}

fn hours(value: &Value<'_>) -> Option<WeeklyHours> {
    let Some(elements) = value.elements().filter(|all| (1..=HOURS_MAX).contains(&all.len())) else {
        value.fault(format!(
            "must be a list of 1 to {HOURS_MAX} texts such as [\"mon-fri 07:00-21:00\"]"
        ));
        return None;
    };
    let must_be = "days and hours such as \"mon-fri 07:00-21:00\" or \"daily 22:00-06:00\"";
    let span = |element: &Value<'_>| {
        element.parsed(must_be, |text| WeeklyHours::parse([text]).ok().map(|_| text.to_owned()))
    };
    // All are read before one that is at fault ends it, so that each is told.
    let spans: Vec<Option<String>> = elements.iter().map(span).collect();
    let texts: Vec<String> = spans.into_iter().collect::<Option<_>>()?;
    WeeklyHours::parse(texts.iter().map(String::as_str)).ok()
}

/// The kinds of thing that the zone does not speak of.
fn exempt(value: &Value<'_>) -> Vec<Kind> {
    let Some(elements) = value.elements().filter(|all| all.len() <= Kind::ALL.len()) else {
        value.fault("must be a list of kinds such as [\"bus\"]");
        return Vec::new();
    };
    let choices = Kind::ALL.map(|kind| (kind.name(), kind));
    elements.iter().filter_map(|element| element.choice(&choices)).collect()
}

/// The timers as written; what is not written is as usual for the kind, and
/// the usual pre-alarm gives way to a shorter violation.
fn timers(table: &Table<'_>, kind: Option<ZoneKind>) -> (Duration, Duration) {
    let usual = kind.map(ZoneKind::usual_timers);
    let (violation, as_usual) = match table.value("violation_s") {
        Some(value) => (value.seconds(DWELL_S), ""),
        None => (usual.map(|(_, violation)| violation), ", as usual for its kind"),
    };
    let Some(value) = table.value("pre_alarm_s") else {
        let violation = violation.unwrap_or_default();
        return (usual.unwrap_or_default().0.min(violation), violation);
    };
    let pre_alarm = value.seconds(DWELL_S).unwrap_or_default();
    if let Some(violation) = violation.filter(|violation| *violation < pre_alarm) {
        let violation_s = violation.as_secs_f64();
        value.fault(format!("must be at most violation_s, which is {violation_s}{as_usual}"));
    }
    (pre_alarm, violation.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::Scenario;

    /// The timers in seconds that come of what is written.
    #[track_caller]
    fn check(kind: &str, written: &str, expected: (u64, u64)) {
        let text = format!(
            "clip = \"a\"\n[[zone]]\nid = \"路边\"\nkind = {kind:?}\n\
             polygon = [[0, 0], [1, 0], [1, 1]]\n{written}"
        );
        let scenario = Scenario::parse(Path::new("a.toml"), &text).unwrap();
        let zone = &scenario.zones[0];
        assert_eq!((zone.pre_alarm.as_secs(), zone.violation.as_secs()), expected);
    }

    #[test]
    fn timers_that_are_not_written_are_usual_for_the_kind() {
        check("no_parking", "", (60, 300));
        check("no_stopping", "", (20, 60));
        check("berth", "", (0, 0));
        check("no_parking", "pre_alarm_s = 10", (10, 300));
    }

    #[test]
    fn the_usual_pre_alarm_gives_way_to_a_shorter_violation() {
        check("no_parking", "violation_s = 15", (15, 15));
        check("no_parking", "violation_s = 600", (60, 600));
        check("no_parking", "violation_s = 15\npre_alarm_s = 15", (15, 15));
    }
}
