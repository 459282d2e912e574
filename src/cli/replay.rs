//! `xunjie replay`: a clip through the same way, on the clip's own clock.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use anyhow::Result;
use clap::Args;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;
use jiff::tz::TimeZone;

use crate::config::Config;
use crate::config::Scenario;
use crate::detect::Model;
use crate::detect::Provider;
use crate::detect::SearchPath;
use crate::geometry::Point;
use crate::geometry::Polygon;
use crate::rules::Zone;
use crate::rules::ZoneId;
use crate::rules::ZoneKind;
use crate::sim::Alert;
use crate::sim::ReplaySettings;
use crate::sim::Replayed;
use crate::sim::replay;
use crate::time::Timestamp;

use super::gates::Gates;
use super::numbers::seconds;

const EXAMPLES: &str = "\
Examples:
  xunjie replay clip.mp4
  xunjie replay clip.mp4 --config city.toml --camera kerb
  xunjie replay tests/kerb.toml --json

Each line is a case: when it was proved, what, where, since when the thing stood there, its box in
fractions of the picture (left, top, right, bottom) and how sure the model is, 0 to 1. Stalls and
garbage that have stood there since the first picture are no cases: they are listed for review, in
JSON as {\"for_review\": ...}.";

/// Play a clip through the way and print what would have been a case.
///
/// As fast as the machine goes, on the clip's own clock. Zones come from a
/// camera of a configuration or from a scenario of `eval`; without either the
/// whole picture is one zone that forbids everything.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ReplayArgs {
    /// A clip of any format that GStreamer plays, or a scenario (*.toml)
    #[arg(value_name = "CLIP")]
    clip: PathBuf,
    /// Take the zones of a camera of this configuration
    #[arg(long, value_name = "CITY.toml", requires = "camera")]
    config: Option<PathBuf>,
    /// The camera whose zones to take
    #[arg(long, value_name = "ID", requires = "config")]
    camera: Option<String>,
    /// Without zones: from which dwell on it is a violation
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    violation: Duration,
    /// From one look to the next
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    interval: Duration,
    /// Wall clock of the first picture, as in 2026-05-01T08:00:00+08:00 [default: now]
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    clock_start: Option<Timestamp>,
    /// Model to look with: a manifest's name, or its path
    #[arg(long, value_name = "NAME", default_value = "street")]
    model: String,
    /// Whether looks are spared where the picture shows nothing new, as `run` does
    #[arg(long, value_enum, default_value = "on", value_name = "on|off")]
    gates: Gates,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// # Errors
/// When clip, zones or model cannot be used. A clip that breaks off is told
/// after what was found.
pub(crate) fn replay_clip(args: &ReplayArgs) -> Result<()> {
    let (clip, settings, model) = what_to_play(args)?;
    let mut model = Model::load(&model, &SearchPath::usual(), Provider::Auto)?;
    let bar = ProgressBar::new(0)
        .with_style(ProgressStyle::with_template("{bar:30} {percent:>3}% {msg} {eta}")?);
    let tell = |played: Duration, length: Option<Duration>| {
        bar.set_length(length.unwrap_or(played).as_millis() as u64);
        bar.set_position(played.as_millis() as u64);
        bar.set_message(format!("{:.0} s", played.as_secs_f64()));
    };
    let replayed = replay(&clip, &mut model, &settings, tell)?;
    bar.finish_and_clear();
    let mut out = std::io::stdout().lock();
    for alert in &replayed.alerts {
        if args.json {
            writeln!(out, "{}", serde_json::to_string(alert)?)?;
        } else {
            writeln!(out, "{}", line(alert))?;
        }
    }
    for alert in &replayed.for_review {
        if args.json {
            writeln!(out, "{}", serde_json::json!({ "for_review": alert }))?;
        } else {
            writeln!(out, "{}  for review", line(alert))?;
        }
    }
    if !args.json {
        writeln!(out, "{}", summary(&replayed))?;
    }
    if let Some(error) = replayed.broken {
        return Err(
            anyhow::Error::new(error).context("the clip broke off; what was found stands above")
        );
    }
    Ok(())
}

fn what_to_play(args: &ReplayArgs) -> Result<(PathBuf, ReplaySettings, String)> {
    let start = args.clock_start.unwrap_or_else(|| crate::time::Clock::system().now());
    if args.clip.extension().is_some_and(|end| end == "toml") {
        let scenario = Scenario::load(&args.clip)?;
        let settings = ReplaySettings {
            zones: scenario.zones,
            time_zone: scenario.time_zone,
            clock_start: scenario.clock_start.unwrap_or(start),
            interval: scenario.interval.unwrap_or(args.interval),
            gates: args.gates.settings(),
        };
        return Ok((scenario.clip, settings, scenario.model.unwrap_or_else(|| args.model.clone())));
    }
    let (zones, time_zone) = match (&args.config, &args.camera) {
        (Some(config), Some(id)) => {
            let config = Config::load(config)?;
            let camera = config.cameras.iter().find(|camera| camera.id.as_str() == id);
            let camera = camera
                .with_context(|| format!("there is no camera {id:?} in the configuration"))?;
            (camera.zones.clone(), config.time_zone)
        }
        _ => (whole_picture(args.violation)?, TimeZone::system()),
    };
    let settings = ReplaySettings {
        zones,
        time_zone,
        clock_start: start,
        interval: args.interval,
        gates: args.gates.settings(),
    };
    Ok((args.clip.clone(), settings, args.model.clone()))
}

fn whole_picture(violation: Duration) -> Result<Vec<Zone>> {
    let corners = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]].map(Point::from);
    let polygon = Polygon::new(corners.to_vec())?;
    let zone = |kind: ZoneKind| Zone {
        id: ZoneId::new(kind.name()),
        kind,
        polygon: polygon.clone(),
        hours: None,
        pre_alarm: violation / 2,
        violation,
        exempt: Vec::new(),
    };
    Ok([ZoneKind::NoParking, ZoneKind::NoVending, ZoneKind::NoDumping].map(zone).to_vec())
}

fn line(alert: &Alert) -> String {
    let [x0, y0, x1, y1]: [f32; 4] = alert.box_in_image.into();
    let began = if alert.began_before_start {
        "there from the start".to_owned()
    } else {
        format!("there from {:.1} s", alert.began_s)
    };
    let gone = alert.cleared_s.map_or(String::new(), |at| format!(", gone at {at:.1} s"));
    format!(
        "{:>7.1} s  {:<15}  {:<7}  zone {:<10}  {began}{gone}  [{x0:.3} {y0:.3} {x1:.3} {y1:.3}]  {:.2}",
        alert.proved_s,
        alert.kind.name(),
        alert.thing.name(),
        alert.zone_id,
        alert.score,
    )
}

fn summary(replayed: &Replayed) -> String {
    let assumed = if replayed.timestamps_assumed {
        "; the clip says nothing of time, 25 pictures a second were assumed"
    } else {
        ""
    };
    let found = match replayed.alerts.len() {
        0 => "no case".to_owned(),
        1 => "1 case".to_owned(),
        many => format!("{many} cases"),
    };
    format!(
        "{found} in {} looks over {:.1} s{assumed}",
        replayed.looks,
        replayed.played.as_secs_f64(),
    )
}
