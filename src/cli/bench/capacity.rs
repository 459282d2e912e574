//! `xunjie bench capacity`: one load, or the search for the largest that keeps the budget.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;
use clap::Args;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;

use crate::cli::gates::Gates;
use crate::cli::numbers::seconds;
use crate::runtime::open_files_max;

use super::chart;
use super::children::Cameras;
use super::children::Pipeline;
use super::figures::Line;
use super::figures::Load;
use super::figures::Outcome;
use super::figures::Second;
use super::figures::Task;
use super::report;
use super::scratch::Scratch;
use super::search::Search;

/// As many as the fleet takes.
const CAMERAS_MAX: u16 = 4_000;
/// Files that a process needs beside its cameras' connections.
const FILES_BESIDE: u64 = 100;
/// A try of the search takes this share of the whole length, within bounds.
const TRY_SHARE: u32 = 3;
const TRY_MIN: Duration = Duration::from_secs(20);
/// Beside the bar, which shows on a terminal only, a line so often.
const SECONDS_A_LINE: usize = 60;
/// The search's answer is confirmed at full length; one part less at each failure.
const STEP_DOWN: usize = 20;

/// Measure how many cameras this machine carries.
///
/// Serves clips as RTSP cameras from one process and watches them from
/// another, as `xunjie run` does with one zone a camera, and says what came of
/// it: intervals kept, latency, CPU and memory of the pipeline alone, and how
/// much of the CPU went into decoding and inference (`efficiency`). It takes
/// the whole machine; let nothing else run.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct CapacityArgs {
    /// How many cameras; with --find-max where the search begins
    #[arg(long, value_name = "N", default_value = "50", value_parser = clap::value_parser!(u16).range(1..=i64::from(CAMERAS_MAX)))]
    cameras: u16,
    /// Clips that the cameras show in turn (H.264 or H.265, any container); a lively one and
    /// four still ones make a street where one camera in five has something moving
    #[arg(long = "clip", required = true, num_args = 1.., value_name = "FILE")]
    clips: Vec<PathBuf>,
    /// From one look at a camera to the next
    #[arg(long, value_name = "SECONDS", default_value = "4s", value_parser = seconds)]
    interval: Duration,
    /// How long to measure, after the warm-up
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    seconds: Duration,
    /// Search for the most cameras that keep the budget: kept interval p99 within the interval
    /// and half a second, decision p99 within a second, no camera lost
    #[arg(long)]
    find_max: bool,
    /// Name of a manifest in models/, or the path of one
    #[arg(long, value_name = "NAME", default_value = "yolox_nano")]
    model: String,
    /// Whether looks are spared while nothing changes, as `run` does; off measures the full cost
    #[arg(long, value_enum, default_value = "off", value_name = "on|off")]
    gates: Gates,
    /// Only receive: connections, bytes and what they cost, without a look
    #[arg(long, conflicts_with_all = ["find_max", "gates"])]
    receive_only: bool,
    /// Let the keyframes of all cameras fall together, which is the hardest load
    #[arg(long)]
    burst: bool,
    /// Draw kept interval and latency over time
    #[arg(long, value_name = "OUT.svg")]
    chart: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// # Errors
/// When a clip or the model cannot be used, or a process cannot be started.
pub(crate) fn capacity(args: &CapacityArgs) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (outcome, course) = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).context("no signal SIGTERM")?;
        // Whatever wins, the rest is dropped, and with it the processes.
        tokio::select! {
            outcome = measured(args) => outcome,
            _ = tokio::signal::ctrl_c() => bail!("stopped before the end"),
            _ = terminate.recv() => bail!("stopped before the end"),
        }
    })?;
    if let Some(path) = &args.chart {
        let drawn = chart::draw(&outcome, &course);
        std::fs::write(path, drawn).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&outcome.figures)?)?;
    } else {
        write!(out, "{}", report::text(&outcome))?;
    }
    Ok(())
}

async fn measured(args: &CapacityArgs) -> Result<(Outcome, Vec<Second>)> {
    let limit = cameras_limit()?;
    let cameras = usize::from(args.cameras);
    if cameras > limit {
        bail!(
            "{cameras} cameras need {} open files and this shell allows {}: raise it with \
             `ulimit -n {}`",
            cameras as u64 + FILES_BESIDE,
            limit as u64 + FILES_BESIDE,
            cameras as u64 + FILES_BESIDE,
        );
    }
    if args.find_max {
        return most(args, limit).await;
    }
    one(args, cameras, args.seconds).await
}

/// How many connections a process may hold.
fn cameras_limit() -> Result<usize> {
    let files = open_files_max().context("cannot read how many files may be open")?;
    let cameras = files.saturating_sub(FILES_BESIDE).min(u64::from(CAMERAS_MAX));
    Ok(usize::try_from(cameras)?)
}

/// Searches with short runs and confirms with a full one.
async fn most(args: &CapacityArgs, limit: usize) -> Result<(Outcome, Vec<Second>)> {
    let try_length = (args.seconds / TRY_SHARE).max(TRY_MIN).min(args.seconds);
    let mut search = Search::new(usize::from(args.cameras), limit);
    while let Some(cameras) = search.next() {
        let (outcome, _) = one(args, cameras, try_length).await?;
        search.note(outcome.faults().is_empty());
        writeln!(std::io::stderr(), "{}", report::verdict(&outcome))?;
    }
    let mut cameras = search.carried().max(1);
    loop {
        let confirmed = one(args, cameras, args.seconds).await?;
        if confirmed.0.faults().is_empty() || cameras == 1 {
            return Ok(confirmed);
        }
        writeln!(std::io::stderr(), "{}", report::verdict(&confirmed.0))?;
        cameras -= (cameras / STEP_DOWN).max(1);
    }
}

async fn one(
    args: &CapacityArgs,
    cameras: usize,
    length: Duration,
) -> Result<(Outcome, Vec<Second>)> {
    let progress = progress(cameras, length);
    progress.set_message("putting cameras on air");
    let served = Cameras::start(&args.clips, cameras, args.burst).await?;
    let scratch = Scratch::new()?;
    let load = Load {
        urls: served.urls.clone(),
        folder: scratch.path().to_owned(),
        model: args.model.clone(),
        task: match (args.receive_only, args.gates) {
            (true, _) => Task::ReceiveOnly,
            (false, Gates::On) => Task::LookGated,
            (false, Gates::Off) => Task::Look,
        },
        interval_s: args.interval.as_secs_f64(),
        seconds: length.as_secs_f64(),
    };
    let mut pipeline = Pipeline::start(&load).await?;
    let mut course = Vec::new();
    loop {
        match pipeline.next().await? {
            Line::Stage(stage) => progress.set_message(stage),
            Line::Second(second) => {
                progress.set_message("under load");
                progress.set_position(second.at_s as u64);
                course.push(second);
                if course.len() % SECONDS_A_LINE == 0 {
                    let minute = report::minute(&course[course.len() - SECONDS_A_LINE..]);
                    progress.suspend(|| writeln!(std::io::stderr(), "{minute}"))?;
                }
            }
            Line::Outcome(outcome) => {
                progress.finish_and_clear();
                return Ok((*outcome, course));
            }
        }
    }
}

/// Shows itself on a terminal only.
fn progress(cameras: usize, length: Duration) -> ProgressBar {
    let bar = ProgressBar::new(length.as_secs());
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} s  {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_prefix(format!("{cameras} cameras"));
    bar
}
