//! `xunjie sim pictures`: pictures for a detector to learn from.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use anyhow::Result;
use clap::Args;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;

use crate::sim::FilmError;
use crate::sim::PicturesSettings;
use crate::sim::take_pictures;

use super::crew;
use super::render::size;

/// A thread takes so many before it asks for more: several streets' worth.
const PER_JOB: u32 = 96;

/// Take labelled pictures of the simulated street for a detector to learn from.
///
/// Writes images/000001.jpg, labels/000001.txt (a line a thing: id and box as cx cy w h in
/// fractions; ids 0 person, 1 two-wheeler, 2 car, 3 van or truck, 4 bus, 5 tricycle, 6 umbrella
/// or tent, 7 stall, 8 garbage, 9 bin, 10 overflowing bin, 11 cone) and ignore/000001.txt, the
/// same for what is too small or too well hidden to count either way.
#[derive(Debug, Args)]
pub(crate) struct PicturesArgs {
    /// Where to write
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// How many
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    count: u32,
    /// The number of the first, counted from 0, to go on with an earlier run
    #[arg(long, value_name = "N", default_value_t = 0)]
    from: u32,
    /// The seed
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Width and height in pixels [default: as cameras differ, the longest side 640]
    #[arg(long, value_name = "WxH", value_parser = size)]
    size: Option<(u32, u32)>,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
}

/// # Errors
/// When a file cannot be written.
pub(crate) fn pictures(args: &PicturesArgs) -> Result<()> {
    let last = args.from.saturating_add(args.count);
    let jobs: Vec<(u32, u32)> = (args.from / PER_JOB..last.div_ceil(PER_JOB))
        .map(|job| ((job * PER_JOB).max(args.from), ((job + 1) * PER_JOB).min(last)))
        .collect();
    let bar = ProgressBar::new(u64::from(args.count));
    bar.set_style(ProgressStyle::with_template("{bar:30} {pos} of {len} {per_sec} {eta}")?);
    let told = bar.clone();
    let settings = PicturesSettings {
        folder: args.out.clone(),
        from: 0,
        to: 0,
        seed: args.seed,
        size: args.size,
    };
    let threads = args.threads.map_or_else(crew::cores, usize::from);
    let taken = crew::do_all(jobs, threads, move |(from, to), going_on| {
        let settings = PicturesSettings { from, to, ..settings.clone() };
        let tell = || {
            told.inc(1);
            going_on.load(Ordering::Relaxed)
        };
        match take_pictures(&settings, tell) {
            Ok(()) | Err(FilmError::Stopped) => Ok(()),
            Err(error) => Err(error.into()),
        }
    });
    bar.finish_and_clear();
    taken.map(drop)
}
