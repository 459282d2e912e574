//! `xunjie eval`: clips with their truth, and how true the alerts are.

mod table;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;
use clap::Args;
use clap::ValueEnum;
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
use crate::sim::Flaws;
use crate::sim::Quiet;
use crate::sim::ReplaySettings;
use crate::sim::Replayed;
use crate::sim::Score;
use crate::sim::Tallies;
use crate::sim::Tally;
use crate::sim::Truth;
use crate::sim::TruthBoxes;
use crate::sim::replay;
use crate::sim::replay_truth;
use crate::sim::tally;
use crate::time::Timestamp;

use super::gates::Gates;
use super::numbers::seconds;
use super::numbers::share;

/// Clips that say no wall clock begin on this Friday morning in China, so that
/// a run gives the same whenever it is made.
const CLOCK_START: Timestamp = Timestamp::from_secs(1_777_593_600);

/// Hold alerts against the truth of clips.
///
/// Reads every scenario (*.toml) of a folder, plays its clip through the way
/// and prints precision, recall, F1, the error of the begin, false alerts and
/// alerts per event: per kind and in all. Of the clips without an event it tells
/// false alerts a camera-day.
///
/// An alert counts when kind and zone agree with an event's, its box (where the
/// truth has one) overlaps by at least 0.3, and it comes within 10 s, or one
/// look interval if that is longer, of begin + violation time. One alert counts
/// per event; all others are false. Where nothing was to be found or nothing
/// was reported, recall or precision is 1. In JSON, `start_rmse_s` is null where
/// no event was found and `alerts_per_event` where there is none, the rates of
/// `quiet` where no clip without an event was played; everything else is a number. A clip that cannot be played says so in `failed`, its events
/// count as not found, and the command fails when the others are done.
///
/// Stalls and garbage that have stood there since the first picture are no
/// alerts: they stand in `for_review`, and are neither found nor false.
///
/// With `--boxes truth` no model is asked: boxes come from the NAME.jsonl that
/// `xunjie sim render --truth` writes beside a clip, so that what is wrong then
/// are the rules and not the model.
#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// Folders of scenarios, or single scenarios
    #[arg(required = true, value_name = "DIR")]
    paths: Vec<PathBuf>,
    /// Model for scenarios that name none
    #[arg(long, default_value = "street")]
    model: String,
    /// Seconds from one look to the next, for scenarios that do not say
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    interval: Duration,
    /// Whether looks are spared where the picture shows nothing new, as `run` does
    #[arg(long, value_enum, default_value = "on", value_name = "on|off")]
    gates: Gates,
    /// Who says what a picture shows
    #[arg(long, value_enum, default_value = "model", value_name = "model|truth")]
    boxes: Boxes,
    /// Truth: each edge of a box is off by up to this share of the box's size
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = share)]
    shift: f32,
    /// Truth: this share of the boxes is missed
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = share)]
    miss: f32,
    /// Truth: in this share of looks a place that never changes is taken for something
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = share)]
    invent: f32,
    /// Truth: the seed of what is left to chance
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
enum Boxes {
    Model,
    Truth,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report {
    /// Who said what the pictures show; with `truth` no model was asked.
    boxes: Boxes,
    /// How the truth's boxes were spoilt; none where a model was asked.
    flaws: Option<Flaws>,
    total: Score,
    by_kind: BTreeMap<IncidentKind, Score>,
    /// Of clips in which nothing was to be found.
    quiet: Quiet,
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
    /// What has stood there since the first picture: no alert, but to be looked at.
    for_review: Vec<Alert>,
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
    let flaws = args.flaws()?;
    let mut models = Models::default();
    for scenario in scenarios.iter().filter(|_| flaws.is_none()) {
        let name = scenario.model.as_deref().unwrap_or(&args.model);
        models.model(name).with_context(|| format!("scenario {}", scenario.file.display()))?;
    }
    let bar = ProgressBar::new(scenarios.len() as u64 * 100);
    bar.set_style(ProgressStyle::with_template("{bar:30} {percent:>3}% {msg} {eta}")?);
    let mut clips = Vec::new();
    for (number, scenario) in scenarios.iter().enumerate() {
        let name = name_of(scenario);
        bar.set_message(name.clone());
        let interval = scenario.interval.unwrap_or(args.interval);
        let tell = |played: Duration, length: Option<Duration>| {
            let share = length.map_or(0.0, |all| played.as_secs_f64() / all.as_secs_f64().max(0.1));
            bar.set_position(number as u64 * 100 + (share.min(1.0) * 100.0) as u64);
        };
        let settings = ReplaySettings {
            zones: scenario.zones.clone(),
            time_zone: scenario.time_zone.clone(),
            clock_start: scenario.clock_start.unwrap_or(CLOCK_START),
            interval,
            gates: args.gates.settings(),
        };
        let played = if let Some(flaws) = flaws {
            play_truth(scenario, flaws, &settings, tell)
        } else {
            let model = models.model(scenario.model.as_deref().unwrap_or(&args.model))?;
            replay(&scenario.clip, model, &settings, tell).map_err(|error| error.to_string())
        };
        clips.push(judge(scenario, name, interval, played));
    }
    bar.finish_and_clear();
    let report = Report { boxes: args.boxes, flaws, ..report(clips) };
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
    } else {
        table::print(&mut out, &report)?;
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

impl EvalArgs {
    /// How the truth's boxes are to be spoilt; none if a model is to be asked.
    fn flaws(&self) -> Result<Option<Flaws>> {
        let Self { shift, miss, invent, seed, .. } = *self;
        if self.boxes == Boxes::Truth {
            return Ok(Some(Flaws { shift, miss, invent, seed }));
        }
        if [shift, miss, invent].iter().any(|share| *share > 0.0) {
            bail!("--shift, --miss and --invent are of use with --boxes truth only");
        }
        Ok(None)
    }
}

fn play_truth(
    scenario: &Scenario,
    flaws: Flaws,
    settings: &ReplaySettings,
    tell: impl FnMut(Duration, Option<Duration>),
) -> Result<Replayed, String> {
    let truth = TruthBoxes::beside(&scenario.clip, flaws).map_err(|error| error.to_string())?;
    replay_truth(&scenario.clip, &truth, settings, tell).map_err(|error| error.to_string())
}

fn judge(
    scenario: &Scenario,
    name: String,
    interval: Duration,
    played: Result<Replayed, String>,
) -> ClipReport {
    let (replayed, failed) = match played {
        Ok(replayed) => (replayed, None),
        Err(reason) => (Replayed::default(), Some(reason)),
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
        for_review: replayed.for_review,
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
    let quiet = quiet(&clips);
    Report { boxes: Boxes::Model, flaws: None, total, by_kind, quiet, clips }
}

fn quiet(clips: &[ClipReport]) -> Quiet {
    let quiet = || clips.iter().filter(|clip| clip.score.events == 0 && clip.failed.is_none());
    let played_s = quiet().map(|clip| clip.played_s).sum();
    let false_alerts = quiet().map(|clip| clip.score.false_alerts).sum();
    Quiet::of(quiet().count(), played_s, false_alerts)
}

fn total(tallies: &Tallies) -> Tally {
    let mut total = Tally::default();
    for tally in tallies.values() {
        total.add(tally);
    }
    total
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
