//! The shared clips through the way as `xunjie eval` plays them: what stands is told once, and nothing else.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use jiff::tz::TimeZone;

use xunjie::config::Scenario;
use xunjie::detect::Detection;
use xunjie::detect::Kind;
use xunjie::detect::Model;
use xunjie::detect::Provider;
use xunjie::detect::ScriptedDetector;
use xunjie::detect::SearchPath;
use xunjie::geometry::Point;
use xunjie::geometry::Polygon;
use xunjie::rules::GateSettings;
use xunjie::rules::Zone;
use xunjie::rules::ZoneId;
use xunjie::rules::ZoneKind;
use xunjie::sim::ReplaySettings;
use xunjie::sim::Replayed;
use xunjie::sim::Tally;
use xunjie::sim::Truth;
use xunjie::sim::replay;
use xunjie::sim::tally;
use xunjie::time::Timestamp;

/// A look a second, as `xunjie eval` takes them.
const INTERVAL: Duration = Duration::from_secs(1);
const START: Timestamp = Timestamp::from_secs(1_777_593_600);
/// The begin of what is found may be off by so much, root mean square.
const START_RMSE_MAX_S: f64 = 5.0;

/// The folder of shared material, or a word that the test was skipped.
fn material(part: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/material").join(part);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is absent", folder.display());
    None
}

fn scenarios() -> Vec<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/eval");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "toml"));
    files.sort();
    files.iter().map(|file| Scenario::load(file).unwrap()).collect()
}

#[test]
fn what_stands_in_the_shared_clips_is_told_once_and_nothing_else() {
    let present = material("clips").is_some() && material("models").is_some();
    if !present {
        return;
    }
    let (mut total, mut wrong, mut models) = (Tally::default(), Vec::new(), BTreeMap::new());
    for scenario in scenarios() {
        let name = scenario.model.clone().unwrap();
        let model = models
            .entry(name.clone())
            .or_insert_with(|| Model::load(&name, &SearchPath::usual(), Provider::Cpu).unwrap());
        let interval = scenario.interval.unwrap_or(INTERVAL);
        let settings = ReplaySettings {
            zones: scenario.zones.clone(),
            time_zone: scenario.time_zone.clone(),
            clock_start: scenario.clock_start.unwrap_or(START),
            interval,
            gates: GateSettings::ON,
        };
        let replayed = replay(&scenario.clip, model, &settings, |_, _| {}).unwrap();
        let mut here = Tally::default();
        let truths = Truth::all_of(&scenario);
        for tally in tally(&truths, &replayed.alerts, interval.as_secs_f64()).values() {
            here.add(tally);
        }
        let score = here.score();
        if score.found < score.events || score.false_alerts > 0 || replayed.broken.is_some() {
            wrong.push(format!("{}: {score:?}\n  {:?}", scenario.file.display(), replayed));
        }
        total.add(&here);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let score = total.score();
    assert!(score.events >= 10, "{score:?}");
    assert!(score.start_rmse_s.unwrap() <= START_RMSE_MAX_S, "{score:?}");
}

/// Plays the first `share` of the clip's bytes with a detector that sees a car
/// where the picture never changes.
fn play_cut(clip: &str, share: f64) -> Option<Replayed> {
    let bytes = fs::read(material("clips")?.join(clip)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join(clip);
    fs::write(&cut, &bytes[..(bytes.len() as f64 * share) as usize]).unwrap();
    let parked =
        Detection { kind: Kind::Car, score: 0.9, box_in_image: [0.72, 0.62, 0.98, 0.95].into() };
    let mut detector = ScriptedDetector::by_call(vec![vec![parked]]);
    let corners = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]].map(Point::from);
    let zone = Zone {
        id: ZoneId::new("everywhere"),
        kind: ZoneKind::NoStopping,
        polygon: Polygon::new(corners.to_vec()).unwrap(),
        hours: None,
        pre_alarm: Duration::from_secs(1),
        violation: Duration::from_secs(3),
        exempt: Vec::new(),
    };
    let settings = ReplaySettings {
        zones: vec![zone],
        time_zone: TimeZone::UTC,
        clock_start: START,
        interval: INTERVAL,
        gates: GateSettings::ON,
    };
    Some(replay(&cut, &mut detector, &settings, |_, _| {}).unwrap())
}

#[track_caller]
fn check_cut(clip: &str, whole_s: f64, told: bool) {
    let Some(replayed) = play_cut(clip, 0.6) else { return };
    let played_s = replayed.played.as_secs_f64();
    assert!((0.3 * whole_s..0.9 * whole_s).contains(&played_s), "{clip}: {played_s} s");
    assert_eq!(replayed.alerts.len(), 1, "{clip}: {:?}", replayed.alerts);
    assert_eq!(replayed.broken.is_some(), told, "{clip}: {:?}", replayed.broken);
}

#[test]
fn a_clip_cut_in_the_middle_of_a_picture_gives_what_was_found_until_then() {
    check_cut("aboda_video4.avi", 39.0, true);
    check_cut("tanisha_parking_video.mp4", 20.0, true);
}

#[test]
fn a_raw_stream_that_is_cut_just_ends() {
    check_cut("omz_cars_768x768.h264", 10.0, false);
}

#[test]
fn a_recording_without_its_index_is_refused_with_its_reason() {
    let Some(clips) = material("clips") else { return };
    let bytes = fs::read(clips.join("borislav_traffic.mp4")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.mp4");
    fs::write(&cut, &bytes[..bytes.len() * 6 / 10]).unwrap();
    let settings = ReplaySettings {
        zones: Vec::new(),
        time_zone: TimeZone::UTC,
        clock_start: START,
        interval: INTERVAL,
        gates: GateSettings::ON,
    };
    let mut detector = ScriptedDetector::by_call(Vec::new());
    let error = replay(&cut, &mut detector, &settings, |_, _| {}).unwrap_err().to_string();
    assert!(error.contains("cut.mp4") && error.contains("cut off"), "{error}");
}

#[test]
fn a_clip_that_cannot_be_played_does_not_lose_the_others() {
    let (Some(clips), Some(_)) = (material("clips"), material("models")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let scenario = |name: &str, clip: &Path| {
        let text = format!(
            "clip = {clip:?}\ninterval_s = 4\n[[zone]]\nid = \"all\"\nkind = \"no_stopping\"\n\
             polygon = [[0, 0], [1, 0], [1, 1], [0, 1]]\npre_alarm_s = 2\nviolation_s = 5\n"
        );
        fs::write(folder.path().join(name), text).unwrap();
    };
    scenario("a.toml", Path::new("nowhere.mp4"));
    scenario("b.toml", &clips.join("iacv_traffic.mp4"));
    let mut eval = Command::new(env!("CARGO_BIN_EXE_xunjie"));
    let output = eval.arg("eval").arg(folder.path()).arg("--json").output().unwrap();
    assert!(!output.status.success());
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let failed: Vec<_> = (0..2).map(|at| report["clips"][at]["failed"].as_str()).collect();
    assert!(failed[0].unwrap().contains("nowhere.mp4") && failed[1].is_none(), "{failed:?}");
    assert!(report["clips"][1]["looks"].as_u64().unwrap() >= 3);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("nowhere.mp4"), "{told}");
}
