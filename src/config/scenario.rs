//! A scenario of `xunjie eval`: a clip, its zones, and what truly happens in it.

use std::ops::RangeInclusive;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;

use crate::geometry::BoxInImage;
use crate::rules::IncidentKind;
use crate::rules::Zone;
use crate::rules::ZoneId;
use crate::time::Timestamp;
use crate::written;
use crate::written::FileFaults;
use crate::written::Ids;
use crate::written::Table;
use crate::written::Value;
use crate::written::time_zone;
use crate::written::time_zone_usual;

use super::camera::INTERVAL_S;
use super::city::model;
use super::zone::zone_id;
use super::zone::zones_of;

pub(super) const SCENARIO_KEYS: &[&str] =
    &["clip", "model", "clock_start", "time_zone", "interval_s", "zone", "event"];
pub(super) const EVENT_KEYS: &[&str] = &["kind", "zone", "begins_s", "ends_s", "box"];

/// A scenario that is written by hand has a few.
const EVENTS_MAX: usize = 10_000;

/// A clip is shorter than a week.
const CLIP_S: RangeInclusive<f64> = 0.0..=604_800.0;

/// A scenario without faults. Whether its clip exists is for the caller to see.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The file it was read from.
    pub file: PathBuf,
    /// Joined to the folder of the file.
    pub clip: PathBuf,
    pub model: Option<String>,
    /// Wall clock of the first picture.
    pub clock_start: Option<Timestamp>,
    /// For the zones' hours: as written, else the offset of `clock_start`, else the usual city's.
    pub time_zone: TimeZone,
    /// From one look to the next; as the caller likes if none.
    pub interval: Option<Duration>,
    pub zones: Vec<Zone>,
    /// The truth; nothing may be reported where there is none.
    pub events: Vec<TruthEvent>,
}

/// One matter that truly is in the clip. Times are counted from its first picture.
#[derive(Clone, Debug, PartialEq)]
pub struct TruthEvent {
    pub kind: IncidentKind,
    /// One of the scenario's zones.
    pub zone: ZoneId,
    pub begins: Duration,
    /// After `begins`; none if it lasts to the clip's end.
    pub ends: Option<Duration>,
    pub box_in_image: Option<BoxInImage>,
}

impl Scenario {
    /// # Errors
    /// All that is wrong with the file.
    pub fn load(file: &Path) -> Result<Self, FileFaults> {
        Self::parse(file, &written::text_of(file)?)
    }

    /// Reads the text as if it stood in `file`.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse(file: &Path, text: &str) -> Result<Self, FileFaults> {
        written::read(file, text, SCENARIO_KEYS, |table| scenario(file, table))
    }
}

fn scenario(file: &Path, table: &Table<'_>) -> Option<Scenario> {
    let clip = table.needed("clip", "clip = \"clip.mp4\"").and_then(|value| value.text());
    let model = model(table);
    let start = table.value("clock_start").and_then(|value| clock_start(&value));
    let time_zone = table.value("time_zone").and_then(|value| time_zone(&value));
    let interval = table.value("interval_s").and_then(|value| value.seconds(INTERVAL_S));
    let (zones, zone_ids) = zones_of(table);
    let events = table.tables("event", EVENT_KEYS, EVENTS_MAX);
    let events = events.iter().filter_map(|table| event(table, &zone_ids)).collect();
    let (clock_start, start_zone) = start.unzip();
    Some(Scenario {
        file: file.to_owned(),
        clip: table.beside_file(clip?),
        model,
        clock_start,
        time_zone: time_zone.or(start_zone).unwrap_or_else(time_zone_usual),
        interval,
        zones,
        events,
    })
}

/// An instant and the calendar that its offset names; with quotes or without.
fn clock_start(value: &Value<'_>) -> Option<(Timestamp, TimeZone)> {
    let text = value.as_datetime_text().or_else(|| value.as_str().map(str::to_owned));
    let start = text.and_then(|text| {
        let at = Timestamp::parse(&text).ok()?;
        let offset = Pieces::parse(&text).ok()?.to_numeric_offset()?;
        Some((at, TimeZone::fixed(offset)))
    });
    if start.is_none() {
        value.fault("must be an RFC 3339 time such as \"2026-05-01T08:00:00+08:00\"");
    }
    start
}

fn event(table: &Table<'_>, zone_ids: &Ids) -> Option<TruthEvent> {
    let kinds = IncidentKind::ALL.map(|kind| (kind.name(), kind));
    let kind = table.needed("kind", "kind = \"illegal_parking\"");
    let kind = kind.and_then(|value| value.choice(&kinds));
    let zone = table.needed("zone", "zone = \"kerb\"").and_then(|value| {
        let id = zone_id(&value)?;
        if !zone_ids.contain(id.as_str()) && !table.broken() {
            value.fault("must be the id of one of this file's zones");
        }
        Some(id)
    });
    let begins = table.needed("begins_s", "begins_s = 12.5");
    let begins = begins.and_then(|value| value.seconds(CLIP_S));
    let ends = table.value("ends_s").and_then(|value| {
        let ends = value.seconds(CLIP_S)?;
        if begins.is_some_and(|begins| ends <= begins) {
            value.fault("must be more than begins_s");
        }
        Some(ends)
    });
    let box_in_image = table.value("box").and_then(|value| truth_box(&value));
    Some(TruthEvent { kind: kind?, zone: zone?, begins: begins?, ends, box_in_image })
}

fn truth_box(value: &Value<'_>) -> Option<BoxInImage> {
    let [x0, y0, x1, y1] = value.numbers().unwrap_or([f64::NAN; 4]);
    let in_order = 0.0 <= x0 && x0 < x1 && x1 <= 1.0 && 0.0 <= y0 && y0 < y1 && y1 <= 1.0;
    if !in_order {
        value.fault("must be [x0, y0, x1, y1] within 0 to 1, x0 less than x1 and y0 less than y1");
        return None;
    }
    Some(BoxInImage::clipped(x0 as f32, y0 as f32, x1 as f32, y1 as f32))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The form that suites are exchanged in.
    const WHOLE: &str = r#"
clip = "clip.mp4"
model = "yolox_nano"
clock_start = "2026-05-01T08:00:00+08:00"
[[zone]]
id = "kerb"
kind = "no_parking"
polygon = [[0.10, 0.40], [0.60, 0.40], [0.60, 0.90], [0.10, 0.90]]
pre_alarm_s = 5
violation_s = 15
[[event]]
kind = "illegal_parking"
zone = "kerb"
begins_s = 12.5
ends_s = 48.0
box = [0.75, 0.58, 0.91, 0.72]
"#;

    fn parse(text: &str) -> Result<Scenario, FileFaults> {
        Scenario::parse(Path::new("suite/a.toml"), text)
    }

    #[test]
    fn reads_the_form_that_suites_are_exchanged_in() {
        let scenario = parse(WHOLE).unwrap();
        assert_eq!(scenario.clip, Path::new("suite/clip.mp4"));
        assert_eq!(scenario.clock_start, Some(Timestamp::parse("2026-05-01T00:00:00Z").unwrap()));
        assert_eq!(scenario.time_zone, TimeZone::fixed(jiff::tz::offset(8)));
        assert_eq!(scenario.zones[0].violation, Duration::from_secs(15));
        let event = TruthEvent {
            kind: IncidentKind::IllegalParking,
            zone: ZoneId::new("kerb"),
            begins: Duration::from_millis(12_500),
            ends: Some(Duration::from_secs(48)),
            box_in_image: Some(BoxInImage::clipped(0.75, 0.58, 0.91, 0.72)),
        };
        assert_eq!(scenario.events, [event]);
    }

    #[test]
    fn a_clip_in_which_nothing_happens_needs_no_more_than_its_name() {
        let scenario =
            parse("clip = \"../../shared/clip.mp4\"\nclock_start = 2026-05-01T08:00:00Z").unwrap();
        assert_eq!(scenario.clip, Path::new("suite/../../shared/clip.mp4"));
        assert_eq!(scenario.time_zone, TimeZone::fixed(jiff::tz::offset(0)));
        assert_eq!(scenario.events, []);
    }

    #[test]
    fn tells_all_faults_of_the_truth() {
        let text = r#"
clock_start = "yesterday"
[[zone]]
id = "kerb"
kind = "no_parking"
polygon = [[0.10, 0.40], [0.60, 0.40], [0.60, 0.90]]
[[event]]
kind = "parking"
zone = "curb"
begins_s = -1
ends_s = 5
[[event]]
kind = "illegal_parking"
zone = "kerb"
begin_s = 12
box = [0.9, 0.5, 0.1, 0.6]
[[event]]
kind = "illegal_parking"
zone = "kerb"
begins_s = 12
ends_s = 12
"#;
        insta::assert_snapshot!(parse(text).unwrap_err(), @r##"
        suite/a.toml:1: clip: is missing, write it like clip = "clip.mp4"
        suite/a.toml:2: clock_start = "yesterday": must be an RFC 3339 time such as "2026-05-01T08:00:00+08:00"
        suite/a.toml:8: event.#1.kind = "parking": must be one of illegal_parking, street_vending, garbage_pile, did you mean "illegal_parking"?
        suite/a.toml:9: event.#1.zone = "curb": must be the id of one of this file's zones
        suite/a.toml:10: event.#1.begins_s = -1: must be 0 to 604800
        suite/a.toml:12: event.#2.begins_s: is missing, write it like begins_s = 12.5
        suite/a.toml:15: event.#2.begin_s: unknown key, did you mean "begins_s"?
        suite/a.toml:16: event.#2.box = [0.9, 0.5, 0.1, 0.6]: must be [x0, y0, x1, y1] within 0 to 1, x0 less than x1 and y0 less than y1
        suite/a.toml:21: event.#3.ends_s = 12: must be more than begins_s
        9 faults in suite/a.toml
        "##);
    }

    proptest! {
        #[test]
        fn any_damage_is_read_or_refused(at in 0..WHOLE.len(), length in 0usize..40, with in ".{0,4}") {
            let mut bytes = WHOLE.as_bytes().to_vec();
            bytes.splice(at..(at + length).min(WHOLE.len()), with.bytes());
            let _ = parse(&String::from_utf8_lossy(&bytes));
        }
    }
}
