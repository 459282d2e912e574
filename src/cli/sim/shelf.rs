//! Clips of the simulated street, rendered once and kept for the next start.

use std::hash::Hash;
use std::hash::Hasher;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context;
use anyhow::Result;
use indicatif::ProgressBar;
use indicatif::ProgressDrawTarget;
use indicatif::ProgressStyle;

use crate::sim::FilmRate;
use crate::sim::FilmSettings;
use crate::sim::Filmed;
use crate::sim::Script;

use super::crew;

/// Where clips are kept if the system names no folder for such things.
const FOLDER_USUAL: &str = "data/street";

/// One clip that is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) script: Script,
    pub(crate) seed: u64,
}

/// The clips in the order in which they are wanted, of so many pictures a second; those that are
/// not kept yet are rendered.
///
/// # Errors
/// When one cannot be rendered or written.
pub(crate) fn clips(
    wanted: Vec<Wanted>,
    size: Option<(u32, u32)>,
    fps: u32,
) -> Result<Vec<Filmed>> {
    let folder = folder(size, fps)?;
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let kept = |wanted: &Wanted| Filmed::kept(&wanted.script, wanted.seed, &folder);
    if wanted.iter().all(|wanted| kept(wanted).is_some()) {
        return Ok(wanted.iter().filter_map(kept).collect());
    }
    let bar = ProgressBar::new(wanted.len() as u64 * crew::PARTS_A_CLIP);
    bar.set_draw_target(ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template("rendering {bar:30} {percent:>3}% {msg} {eta}")?);
    let told = bar.clone();
    let settings = FilmSettings { size, rate: FilmRate::PerSecond(fps), each_picture: false };
    let filmed = crew::do_all(wanted, crew::cores(), move |Wanted { script, seed }, going_on| {
        if let Some(kept) = Filmed::kept(&script, seed, &folder) {
            told.inc(crew::PARTS_A_CLIP);
            return Ok(Some(kept));
        }
        told.set_message(script.name.clone());
        crew::film_one((&script, seed), &folder, settings, &told, going_on)
    });
    bar.finish_and_clear();
    Ok(filmed?.into_iter().flatten().collect())
}

/// A folder of its own for each build of the program, size of picture and rate: another build
/// may draw otherwise.
fn folder(size: Option<(u32, u32)>, fps: u32) -> Result<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let cache = named("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| named("HOME").map(|home| Path::new(&home).join(".cache")));
    let street = match cache.filter(|cache| writable(cache)) {
        Some(cache) => cache.join("xunjie/street"),
        None => PathBuf::from(FOLDER_USUAL),
    };
    let program = std::env::current_exe().and_then(std::fs::metadata)?;
    let mut hasher = std::hash::DefaultHasher::new();
    program.len().hash(&mut hasher);
    if let Ok(built) = program.modified().map(|at| at.duration_since(std::time::UNIX_EPOCH)) {
        built.unwrap_or_default().hash(&mut hasher);
    }
    let build = format!("{}-{:016x}", env!("CARGO_PKG_VERSION"), hasher.finish());
    tidy(&street, &build);
    let size = size.map_or("any".to_owned(), |(width, height)| format!("{width}x{height}"));
    Ok(street.join(build).join(format!("{size}-{fps}")))
}

/// Takes away the clips of other builds, which nobody will show again.
fn tidy(street: &Path, build: &str) {
    let Ok(entries) = street.read_dir() else { return };
    for entry in entries.flatten().filter(|entry| entry.file_name() != build) {
        // What cannot be taken away does no harm.
        let _ = std::fs::remove_dir_all(entry.path());
    }
}

fn writable(folder: &Path) -> bool {
    std::fs::create_dir_all(folder.join("xunjie")).is_ok()
}
