//! `xunjie sim render`: scenarios as clips with their truth.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;
use clap::Args;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;

use crate::sim::FilmRate;
use crate::sim::FilmSettings;
use crate::sim::Script;
use crate::sim::scenario;
use crate::sim::scenarios;

use super::crew;

/// More seeds at once are a mistake in typing.
const SEEDS_MAX: u64 = 10_000;

const EXAMPLES: &str = "\
Examples:
  xunjie sim render car_parks_and_stays --seed 7 -o street
  xunjie sim render --all --seeds 1..5 -o street && xunjie eval street

  # Six streets of an hour each where nothing is wrong, a look every 4 s: how often is there a false alert?
  xunjie sim render quiet_day quiet_dusk quiet_night quiet_rain quiet_snow busy_street \\
    --length 3600 --every 4 -o quiet && xunjie eval quiet --interval 4";

/// Render scenarios of the simulated street as clips with their truth.
///
/// Writes NAME-SEED.mp4 and NAME-SEED.toml, which `xunjie eval` reads. The seed
/// says which street and camera, which light and weather, how things look, and
/// when and where they come; the same seed gives the same clip.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RenderArgs {
    /// Names of scenarios; `xunjie sim scenarios` lists them
    #[arg(value_name = "SCENARIO", required_unless_present = "all")]
    names: Vec<String>,
    /// Render every scenario
    #[arg(long, conflicts_with = "names")]
    all: bool,
    /// The seed
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Several seeds, from the first to the last
    #[arg(long, value_name = "A..B", value_parser = seeds, conflicts_with = "seed")]
    seeds: Option<RangeInclusive<u64>>,
    /// Where to write
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// Width and height in pixels [default: as the seed says]
    #[arg(long, value_name = "WxH", value_parser = size)]
    size: Option<(u32, u32)>,
    /// Pictures a second; the first of each second is a keyframe
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=25))]
    fps: u32,
    /// A picture in so many seconds, each a keyframe, instead of several a second
    #[arg(long, value_name = "SECONDS", conflicts_with = "fps", value_parser = clap::value_parser!(u32).range(1..=60))]
    every: Option<u32>,
    /// How long the clip is, 10 to 3600: the story keeps its times, traffic and passers-by
    /// go on [default: as the scenario says]
    #[arg(long, value_name = "SECONDS")]
    length: Option<f32>,
    /// Write the truth of each picture too, as NAME-SEED.jsonl
    #[arg(long)]
    truth: bool,
    /// Scenarios rendered at once [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
}

/// # Errors
/// When a scenario is not known or a file cannot be written.
pub(crate) fn render(args: &RenderArgs) -> Result<()> {
    let scripts: Vec<Script> = if args.all {
        scenarios()?
    } else {
        args.names.iter().map(|name| scenario(name)).collect::<Result<_, _>>()?
    };
    let scripts = match args.length {
        Some(seconds) => {
            scripts.into_iter().map(|script| script.lasting(seconds)).collect::<Result<_, _>>()?
        }
        None => scripts,
    };
    std::fs::create_dir_all(&args.out)
        .with_context(|| format!("cannot make {}", args.out.display()))?;
    let seeds = args.seeds.clone().unwrap_or(args.seed..=args.seed);
    let jobs: Vec<(Script, u64)> = scripts
        .iter()
        .flat_map(|script| seeds.clone().map(move |seed| (script.clone(), seed)))
        .collect();
    let bar = ProgressBar::new(jobs.len() as u64 * crew::PARTS_A_CLIP);
    bar.set_style(ProgressStyle::with_template("{bar:30} {percent:>3}% {msg} {eta}")?);
    let rate = args.every.map_or(FilmRate::PerSecond(args.fps), FilmRate::EverySeconds);
    let settings = FilmSettings { size: args.size, rate, each_picture: args.truth };
    let (folder, told) = (args.out.clone(), bar.clone());
    let threads = args.threads.map_or_else(crew::cores, usize::from);
    let filmed = crew::do_all(jobs, threads, move |(script, seed), going_on| {
        told.set_message(format!("{}-{seed}", script.name));
        crew::film_one((&script, seed), &folder, settings, &told, going_on)
    });
    bar.finish_and_clear();
    let count = filmed?.iter().flatten().count();
    let noun = if count == 1 { "clip" } else { "clips" };
    tracing::info!("{count} {noun} in {}", args.out.display());
    Ok(())
}

pub(super) fn size(text: &str) -> Result<(u32, u32)> {
    let (width, height) = text.split_once('x').context("write it like 704x576")?;
    let (width, height): (u32, u32) = (width.parse()?, height.parse()?);
    let even = width % 2 == 0 && height % 2 == 0;
    if !even || !(64..=1920).contains(&width) || !(64..=1080).contains(&height) {
        bail!("must be even and 64x64 to 1920x1080");
    }
    Ok((width, height))
}

fn seeds(text: &str) -> Result<RangeInclusive<u64>> {
    let (from, to) = text.split_once("..").context("write it like 1..5")?;
    let (from, to): (u64, u64) = (from.parse()?, to.trim_start_matches('=').parse()?);
    if to < from || to - from >= SEEDS_MAX {
        bail!("the last must not be before the first, nor {SEEDS_MAX} or more after it");
    }
    Ok(from..=to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_seeds_and_sizes_as_people_write_them() {
        assert_eq!(seeds("1..5").unwrap(), 1..=5);
        assert_eq!(size("704x576").unwrap(), (704, 576));
        assert!(["5..1", "1", "a..b", "0..10000"].iter().all(|text| seeds(text).is_err()));
        assert!(["705x576", "704", "8x8", "4000x2000"].iter().all(|text| size(text).is_err()));
    }
}
