//! Shows every few seconds how the looks of all cameras go: sums that would
//! cost more to keep at every look.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::ingest::CameraId;
use crate::ingest::LookFigures;
use crate::runtime::Shutdown;
use crate::runtime::ShutdownGuard;
use crate::runtime::Worker;

use super::backend::Running;

/// More often than anyone reads them.
const SHOW_EVERY: Duration = Duration::from_secs(5);

/// Shows the figures until the guard is dropped, and a last time then.
pub(super) fn start(running: &Arc<Running>) -> io::Result<(ShutdownGuard, Worker)> {
    let (guard, shutdown) = Shutdown::pair();
    let running = Arc::clone(running);
    let until = shutdown.clone();
    let worker = Worker::start("gauges", shutdown, move || {
        loop {
            let ended = until.begins_within(SHOW_EVERY);
            show(&running);
            if ended {
                return;
            }
        }
    })?;
    Ok((guard, worker))
}

fn show(running: &Running) {
    let cameras = running.schedule.looks();
    let replaced = cameras.iter().map(|(_, figures)| figures.skipped_overload).sum();
    metrics::counter!("xunjie_keyframes_replaced_total").absolute(replaced);
    for (camera, figures) in &cameras {
        show_skipped(camera, "not_due", figures.skipped_not_due);
        show_skipped(camera, "overload", figures.skipped_overload);
        show_skipped(camera, "still", figures.skipped_still);
        show_skipped(camera, "unchanged", figures.skipped_unchanged);
    }
    let asked = cameras.iter().map(|(_, figures)| figures.asked_interval_s);
    let kept = cameras.iter().filter_map(|(_, figures): &(_, LookFigures)| figures.kept_interval_s);
    metrics::gauge!("xunjie_interval_asked_seconds").set(mean(asked));
    metrics::gauge!("xunjie_interval_kept_seconds").set(mean(kept));
    let stays: usize = running.posts.all().iter().map(|station| station.facts().stays.len()).sum();
    metrics::gauge!("xunjie_stays").set(stays as f64);
}

fn show_skipped(camera: &CameraId, reason: &'static str, times: u64) {
    let camera = camera.to_string();
    metrics::counter!("xunjie_looks_skipped_total", "camera" => camera, "reason" => reason)
        .absolute(times);
}

/// 0 of nothing.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0u32);
    for value in values {
        sum += value;
        count += 1;
    }
    sum / f64::from(count.max(1))
}
