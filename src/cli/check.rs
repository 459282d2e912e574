//! `xunjie check`: all that `run` does, short of running.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use anyhow::bail;
use clap::Args;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;
use serde::Serialize;

use crate::config::CameraConfig;
use crate::config::Config;
use crate::ingest::CameraPhase;
use crate::ingest::CaptureClock;
use crate::pipeline::City;
use crate::pipeline::DetectorMaker;
use crate::pipeline::FirstPicture;
use crate::pipeline::SinkReach;
use crate::pipeline::check_door;
use crate::pipeline::city_data;
use crate::pipeline::first_pictures;
use crate::pipeline::reach_sinks;
use crate::pipeline::with_kept_cameras;
use crate::time::Clock;

use super::numbers::seconds;

const EXAMPLES: &str = "\
Examples:
  xunjie check city.toml
  xunjie check --patience 60 city.toml            cameras whose keyframes come seldom
  xunjie check --json city.toml | jq '.cameras[] | select(.ok | not)'

A camera's clock is its own where it tells the time of its pictures, arrival where it does not.
XUNJIE_LOG=debug tells what passes between camera and program.";

/// Check a configuration, its model, its sinks and one picture from each camera.
///
/// Tells every fault of the file at once, loads the model, asks whether each
/// sink can be reached, opens every camera and decodes one picture of each. Fails if anything would not work.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CheckArgs {
    /// The configuration; `xunjie config example` prints one to start from
    #[arg(value_name = "CITY.toml")]
    config: PathBuf,
    /// How long to wait for the pictures
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = seconds)]
    patience: Duration,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    ok: bool,
    model: String,
    /// The name of the city that the configuration has data of.
    city_data: Option<String>,
    sinks: Vec<SinkReport>,
    cameras: Vec<CameraReport>,
}

#[derive(Serialize)]
struct SinkReport {
    id: String,
    ok: bool,
    /// What was found, or why it cannot be reached.
    reason: String,
}

#[derive(Serialize)]
struct CameraReport {
    id: String,
    ok: bool,
    phase: CameraPhase,
    size: Option<(u32, u32)>,
    keyframe_bytes: usize,
    capture_clock: Option<CaptureClock>,
    zones: usize,
    reason: String,
}

/// # Errors
/// When anything would keep `run` from working.
pub(crate) fn check(args: &CheckArgs) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let config = match Config::load(&args.config) {
        Ok(config) => config,
        Err(faults) if args.json => {
            writeln!(out, "{}", serde_json::json!({ "ok": false, "config": faults }))?;
            bail!("the configuration is faulty");
        }
        Err(faults) => return Err(faults.into()),
    };
    let config = with_kept_cameras(&config);
    City::of(&config, &DetectorMaker::Configured)?;
    check_door(&config)?;
    let city_data = city_data(&config)?.map(|city| city.centre.name);
    let sinks = reach_sinks(&config.sinks, args.patience)?;
    let bar = ProgressBar::new(config.cameras.len() as u64)
        .with_style(ProgressStyle::with_template("cameras {bar:30} {pos}/{len} {msg}")?);
    let tell = |picture: &FirstPicture| {
        bar.set_message(picture.camera.to_string());
        bar.inc(1);
    };
    let pictures = first_pictures(&config.cameras, &Clock::system(), args.patience, tell)?;
    bar.finish_and_clear();
    let report = Report { city_data, ..report(&config, &pictures, sinks) };
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
    } else {
        print(&mut out, &report)?;
    }
    let ill = report.cameras.iter().filter(|camera| !camera.ok).count();
    let away = report.sinks.iter().filter(|sink| !sink.ok).count();
    if away > 0 && ill == 0 {
        bail!("{away} of {} sinks cannot be reached; the reasons stand above", report.sinks.len());
    }
    if ill > 0 {
        let all = report.cameras.len();
        bail!("{ill} of {all} cameras: no picture; the reasons stand in the table");
    }
    Ok(())
}

fn report(config: &Config, pictures: &[FirstPicture], sinks: Vec<SinkReach>) -> Report {
    let camera = |camera: &CameraConfig| {
        let picture = pictures.iter().find(|picture| picture.camera == camera.id)?;
        Some(CameraReport {
            id: camera.id.to_string(),
            ok: picture.size.is_some() || picture.phase == CameraPhase::Disabled,
            phase: picture.phase,
            size: picture.size,
            keyframe_bytes: picture.keyframe_bytes,
            capture_clock: picture.capture_clock,
            zones: camera.zones.len(),
            reason: picture.reason.clone(),
        })
    };
    let cameras: Vec<_> = config.cameras.iter().filter_map(camera).collect();
    let sink = |SinkReach { id, found }| {
        let ok = found.is_ok();
        SinkReport { id, ok, reason: found.unwrap_or_else(|reason| reason) }
    };
    let sinks: Vec<_> = sinks.into_iter().map(sink).collect();
    let ok = cameras.iter().all(|camera| camera.ok) && sinks.iter().all(|sink| sink.ok);
    Report { ok, model: config.model.clone(), city_data: None, sinks, cameras }
}

fn print(out: &mut impl Write, report: &Report) -> Result<()> {
    writeln!(out, "configuration  ok")?;
    writeln!(out, "model          ok  {}", report.model)?;
    if let Some(name) = &report.city_data {
        writeln!(out, "city data      ok  {name}")?;
    }
    for sink in &report.sinks {
        let state = if sink.ok { "ok" } else { "away" };
        writeln!(out, "sink           {state}  {}  {}", sink.id, sink.reason)?;
    }
    if report.cameras.is_empty() {
        writeln!(out, "cameras        none: add a [[camera]] to watch")?;
        return Ok(());
    }
    let width = report.cameras.iter().map(|camera| camera.id.len()).max().unwrap_or(0).max(6);
    writeln!(out, "\n{:width$}  phase       picture    keyframe  clock          zones", "camera")?;
    for camera in &report.cameras {
        let size = camera.size.map_or("–".to_owned(), |(w, h)| format!("{w}x{h}"));
        let clock = match camera.capture_clock {
            Some(CaptureClock::SenderReport) => "the camera's",
            Some(CaptureClock::Arrival) => "arrival",
            Some(CaptureClock::Clip) => "the clip's",
            None => "–",
        };
        let keyframe = match camera.keyframe_bytes {
            0 => "–".to_owned(),
            bytes => format!("{} KiB", bytes.div_ceil(1024)),
        };
        let phase = camera.phase.name();
        let id = &camera.id;
        let zones = camera.zones;
        writeln!(
            out,
            "{id:width$}  {phase:<10}  {size:<9}  {keyframe:>8}  {clock:<13}  {zones:>5}"
        )?;
        if !camera.reason.is_empty() {
            writeln!(out, "{:width$}  {}", "", camera.reason)?;
        }
    }
    Ok(())
}
