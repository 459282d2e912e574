//! `xunjie eval`: clips with their truth, and how true the alerts are.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;
use clap::Args;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;
use serde::Serialize;

use crate::config::Scenario;
use crate::detect::Model;
use crate::detect::ModelFile;
use crate::detect::Provider;
use crate::detect::SearchPath;
use crate::rules::IncidentKind;
use crate::sim::Alert;
use crate::sim::ReplaySettings;
use crate::sim::Replayed;
use crate::sim::Score;
use crate::sim::Tallies;
use crate::sim::Tally;
use crate::sim::Truth;
use crate::sim::replay;
use crate::sim::tally;
use crate::time::Timestamp;

use super::gates::Gates;
use super::numbers::seconds;

/// Clips that say no wall clock begin on this Friday morning in China, so that
/// a run gives the same whenever it is made.
const CLOCK_START: Timestamp = Timestamp::from_secs(1_777_593_600);

/// Hold alerts against the truth of clips.
///
/// Reads every scenario (*.toml) of a folder, plays its clip through the way
/// and prints precision, recall, F1, the error of the begin, false alerts and
/// alerts per event: per kind and in all.
///
/// An alert counts when kind and zone agree with an event's, its box (where the
/// truth has one) overlaps by at least 0.3, and it comes within 10 s, or one
/// look interval if that is longer, of begin + violation time. One alert counts
/// per event; all others are false. Where nothing was to be found or nothing
/// was reported, recall or precision is 1. In JSON, `start_rmse_s` is null where
/// no event was found and `alerts_per_event` where there is none; everything else
/// is a number. A clip that cannot be played says so in `failed`, its events
/// count as not found, and the command fails when the others are done.
#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// Folders of scenarios, or single scenarios
    #[arg(required = true, value_name = "DIR")]
    paths: Vec<PathBuf>,
    /// Model for scenarios that name none
    #[arg(long, default_value = "yolox_nano")]
    model: String,
    /// Seconds from one look to the next, for scenarios that do not say
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    interval: Duration,
    /// Whether looks are spared where the picture shows nothing new, as `run` does
    #[arg(long, value_enum, default_value = "on", value_name = "on|off")]
    gates: Gates,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report {
    total: Score,
    by_kind: BTreeMap<IncidentKind, Score>,
    clips: Vec<ClipReport>,
}

#[derive(Debug, Serialize)]
struct ClipReport {
    scenario: String,
    clip: PathBuf,
    #[serde(flatten)]
    score: Score,
    looks: u64,
    /// Those of them that needed no inference.
    unchanged: u64,
    played_s: f64,
    reported: Vec<Alert>,
    /// Why the clip ended early, if it did.
    broken: Option<String>,
    /// Why the clip was not played at all, if so.
    failed: Option<String>,
    #[serde(skip)]
    tallies: Tallies,
}

/// # Errors
/// When a scenario or its model cannot be used, or there is none; and, after
/// all have been judged, when a clip could not be played.
pub(crate) fn eval(args: &EvalArgs) -> Result<()> {
    let scenarios = scenarios(&args.paths)?;
    let mut models = Models::default();
    for scenario in &scenarios {
        let name = scenario.model.as_deref().unwrap_or(&args.model);
        models.model(name).with_context(|| format!("scenario {}", scenario.file.display()))?;
    }
    let bar = ProgressBar::new(scenarios.len() as u64 * 100);
    bar.set_style(ProgressStyle::with_template("{bar:30} {percent:>3}% {msg} {eta}")?);
    let mut clips = Vec::new();
    for (number, scenario) in scenarios.iter().enumerate() {
        let name = name_of(scenario);
        bar.set_message(name.clone());
        let model = models.model(scenario.model.as_deref().unwrap_or(&args.model))?;
        let interval = scenario.interval.unwrap_or(args.interval);
        let tell = |played: Duration, length: Option<Duration>| {
            let share = length.map_or(0.0, |all| played.as_secs_f64() / all.as_secs_f64().max(0.1));
            bar.set_position(number as u64 * 100 + (share.min(1.0) * 100.0) as u64);
        };
        clips.push(judge(scenario, name, (interval, args.gates), model, tell));
    }
    bar.finish_and_clear();
    let report = report(clips);
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
    } else {
        print(&mut out, &report)?;
    }
    tell_failures(&report.clips)
}

fn tell_failures(clips: &[ClipReport]) -> Result<()> {
    let failure =
        |clip: &ClipReport| Some(format!("{}: {}", clip.scenario, clip.failed.as_deref()?));
    let failures: Vec<String> = clips.iter().filter_map(failure).collect();
    if failures.is_empty() {
        return Ok(());
    }
    bail!("{} of {} clips not played\n{}", failures.len(), clips.len(), failures.join("\n"))
}

fn judge(
    scenario: &Scenario,
    name: String,
    (interval, gates): (Duration, Gates),
    model: &mut Model,
    tell: impl FnMut(Duration, Option<Duration>),
) -> ClipReport {
    let settings = ReplaySettings {
        zones: scenario.zones.clone(),
        time_zone: scenario.time_zone.clone(),
        clock_start: scenario.clock_start.unwrap_or(CLOCK_START),
        interval,
        gates: gates.settings(),
    };
    let (replayed, failed) = match replay(&scenario.clip, model, &settings, tell) {
        Ok(replayed) => (replayed, None),
        Err(error) => (Replayed::default(), Some(error.to_string())),
    };
    let tallies = tally(&Truth::all_of(scenario), &replayed.alerts, interval.as_secs_f64());
    let broken = replayed.broken.map(|error| error.to_string());
    if let Some(reason) = &broken {
        tracing::warn!(
            scenario = name,
            reason,
            "a clip broke off; what was found until then counts"
        );
    }
    ClipReport {
        scenario: name,
        clip: scenario.clip.clone(),
        score: total(&tallies).score(),
        looks: replayed.looks,
        unchanged: replayed.unchanged,
        played_s: replayed.played.as_secs_f64(),
        reported: replayed.alerts,
        broken,
        failed,
        tallies,
    }
}

fn report(clips: Vec<ClipReport>) -> Report {
    let mut by_kind = Tallies::new();
    for clip in &clips {
        for (kind, tally) in &clip.tallies {
            by_kind.entry(*kind).or_default().add(tally);
        }
    }
    let total = total(&by_kind).score();
    let by_kind = by_kind.into_iter().map(|(kind, tally)| (kind, tally.score())).collect();
    Report { total, by_kind, clips }
}

fn total(tallies: &Tallies) -> Tally {
    let mut total = Tally::default();
    for tally in tallies.values() {
        total.add(tally);
    }
    total
}

fn print(out: &mut impl Write, report: &Report) -> Result<()> {
    let width =
        report.clips.iter().map(|clip| clip.scenario.chars().count()).max().unwrap_or(0).max(16);
    let head = "precision  recall      F1  begin ±s  events  found  alerts  false  per event";
    writeln!(out, "{:width$}  {head}", "")?;
    for clip in &report.clips {
        writeln!(out, "{:width$}  {}", clip.scenario, line(&clip.score))?;
        if let Some(reason) = &clip.broken {
            writeln!(out, "{:width$}  ended early: {reason}", "")?;
        }
        if let Some(reason) = &clip.failed {
            writeln!(out, "{:width$}  not played: {reason}", "")?;
        }
    }
    writeln!(out)?;
    for (kind, score) in &report.by_kind {
        writeln!(out, "{:width$}  {}", kind.name(), line(score))?;
    }
    writeln!(out, "{:width$}  {}", "in all", line(&report.total))?;
    Ok(())
}

fn line(score: &Score) -> String {
    let or_dash =
        |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.2}"));
    format!(
        "{:>9.3} {:>7.3} {:>7.3} {:>10} {:>7} {:>6} {:>7} {:>6} {:>10}",
        score.precision,
        score.recall,
        score.f1,
        or_dash(score.start_rmse_s),
        score.events,
        score.found,
        score.alerts,
        score.false_alerts,
        or_dash(score.alerts_per_event),
    )
}

/// Each model is loaded once, however many scenarios ask for it.
#[derive(Default)]
struct Models {
    loaded: BTreeMap<String, Model>,
}

impl Models {
    fn model(&mut self, name: &str) -> Result<&mut Model> {
        if !self.loaded.contains_key(name) {
            let file = ModelFile::read(name, &SearchPath::usual())?;
            self.loaded.insert(name.to_owned(), Model::new(&file, Provider::Auto)?);
        }
        self.loaded.get_mut(name).context("the model was loaded a line above")
    }
}

fn name_of(scenario: &Scenario) -> String {
    scenario.file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// All scenarios below the paths, by name. All faults are told before any clip is played.
fn scenarios(paths: &[PathBuf]) -> Result<Vec<Scenario>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(scenario_files(path)?);
        } else {
            files.push(path.clone());
        }
    }
    if files.is_empty() {
        let looked: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        bail!("there is no scenario (*.toml) in {}", looked.join(", "));
    }
    let mut scenarios = Vec::new();
    let mut faults = Vec::new();
    for file in files {
        match Scenario::load(&file) {
            Ok(scenario) => scenarios.push(scenario),
            Err(found) => faults.push(found.to_string()),
        }
    }
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    Ok(scenarios)
}

fn scenario_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("cannot read the folder {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot read {}", folder.display()))?.path();
        if path.extension().is_some_and(|end| end == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
