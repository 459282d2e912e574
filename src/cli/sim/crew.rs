//! Many pieces of work done by as many threads as there are cores.

use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use anyhow::Context;
use anyhow::Result;
use anyhow::anyhow;
use indicatif::ProgressBar;

use crate::runtime::Shutdown;
use crate::runtime::Worker;
use crate::sim::FilmError;
use crate::sim::FilmSettings;
use crate::sim::Filmed;
use crate::sim::Script;
use crate::sim::film;

/// More threads than cores would only wait for each other.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Shown parts of a bar that a clip takes.
pub(super) const PARTS_A_CLIP: u64 = 1000;

/// Films one scenario and moves the bar on by a clip's parts; none if it was told to stop.
///
/// # Errors
/// When the clip cannot be rendered or written.
pub(super) fn film_one(
    (script, seed): (&Script, u64),
    folder: &Path,
    settings: FilmSettings,
    bar: &ProgressBar,
    going_on: &AtomicBool,
) -> Result<Option<Filmed>> {
    let mut shown = 0;
    let tell = |picture: u32, of: u32| {
        let now = u64::from(picture) * PARTS_A_CLIP / u64::from(of.max(1));
        bar.inc(now - shown);
        shown = now;
        going_on.load(Ordering::Relaxed)
    };
    match film(script, seed, folder, settings, tell) {
        Ok(filmed) => Ok(Some(filmed)),
        Err(FilmError::Stopped) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Does all jobs, `threads` at a time, and gives what came of each in the order of the jobs.
/// The first that fails ends the others: each job is given a word that says whether to go on.
///
/// # Errors
/// That of the first job that failed.
pub(crate) fn do_all<J, T>(
    jobs: Vec<J>,
    threads: usize,
    job: impl Fn(J, &AtomicBool) -> Result<T> + Send + Sync + 'static,
) -> Result<Vec<T>>
where
    J: Send + 'static,
    T: Send + 'static,
{
    let count = jobs.len();
    let waiting: Vec<(usize, J)> = jobs.into_iter().enumerate().rev().collect();
    let waiting = Arc::new(Mutex::new(waiting));
    let done = Arc::new(Mutex::new(Vec::with_capacity(count)));
    let going_on = Arc::new(AtomicBool::new(true));
    let job = Arc::new(job);
    let (_guard, shutdown) = Shutdown::pair();
    let worker = |number: usize| {
        let (waiting, done) = (Arc::clone(&waiting), Arc::clone(&done));
        let (going_on, job) = (Arc::clone(&going_on), Arc::clone(&job));
        Worker::start(format!("render-{number}"), shutdown.clone(), move || {
            while going_on.load(Ordering::Relaxed) {
                let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let Some((number, next)) = next else { return };
                let result = job(next, &going_on);
                if result.is_err() {
                    going_on.store(false, Ordering::Relaxed);
                }
                done.lock().unwrap_or_else(PoisonError::into_inner).push((number, result));
            }
        })
    };
    let threads = threads.clamp(1, count.max(1));
    let workers: Vec<Worker> =
        (0..threads).map(worker).collect::<std::io::Result<_>>().context("no thread")?;
    drop(workers);
    let mut done = std::mem::take(&mut *done.lock().unwrap_or_else(PoisonError::into_inner));
    // What was only told to stop has nothing to say.
    if let Some(at) = done.iter().position(|(_, result)| result.is_err()) {
        return Err(done.swap_remove(at).1.err().unwrap_or_else(|| anyhow!("it failed")));
    }
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}
