//! The bare costs: one thread, nothing else to do, the same pictures and the same model.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Result;
use anyhow::bail;
use serde::Deserialize;
use serde::Serialize;

use crate::detect::Detector;
use crate::detect::Model;
use crate::detect::ModelFile;
use crate::detect::Provider;
use crate::detect::SearchPath;
use crate::ingest::ATTEMPTS_AT_ONCE;
use crate::ingest::CameraAddress;
use crate::ingest::CameraId;
use crate::ingest::CameraSettings;
use crate::ingest::CameraUri;
use crate::ingest::Decoder;
use crate::ingest::Fleet;
use crate::ingest::Keyframe;
use crate::pipeline::Parts;
use crate::runtime::thread_cpu;
use crate::time::Clock;

/// Pictures to measure on: several cameras stand at several places of the
/// clips, and take their turns at them evenly.
const KEYFRAMES: usize = 8;
/// A camera sends its first keyframe within seconds.
const KEYFRAMES_WAIT_MAX: Duration = Duration::from_secs(20);
/// Turns through all pictures; the first is not counted, it warms the caches.
const ROUNDS: usize = 16;

/// The thread's own CPU time, so that what else runs does not count: of each
/// picture the median of its rounds, of these the mean, because clips may differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Bare {
    /// Of one keyframe.
    pub(super) decode_ms: f64,
    /// Of one picture, from the frame to its boxes.
    pub(super) infer_ms: f64,
}

/// Keyframes and a model, ready to be measured.
pub(super) struct BareBench {
    keyframes: Vec<Keyframe>,
    model: Model,
}

impl BareBench {
    /// Loads the model and takes a few keyframes from the cameras.
    pub(super) fn new(urls: &[String], model: &str) -> Result<Self> {
        let file = ModelFile::read(model, &SearchPath::usual())?;
        let model = Model::new(&file, Provider::Auto)?;
        Ok(Self { keyframes: keyframes(urls)?, model })
    }

    pub(super) fn measure(&mut self) -> Result<Bare> {
        let mut decoder = Decoder::new();
        let mut lengths = vec![(Vec::new(), Vec::new()); self.keyframes.len()];
        for round in 0..ROUNDS {
            for (keyframe, (decode, infer)) in self.keyframes.iter().zip(&mut lengths) {
                let begun = thread_cpu();
                let frame = decoder.decode(keyframe)?;
                let decoded = thread_cpu();
                self.model.detect(&frame)?;
                let inferred = thread_cpu();
                if round > 0 {
                    decode.push(decoded.saturating_sub(begun));
                    infer.push(inferred.saturating_sub(decoded));
                }
            }
        }
        let pictures = lengths.len() as f64;
        let (decode, infer): (Vec<_>, Vec<_>) =
            lengths.into_iter().map(|(d, i)| (median_ms(d), median_ms(i))).unzip();
        let mean = |medians: &[f64]| medians.iter().sum::<f64>() / pictures;
        Ok(Bare { decode_ms: mean(&decode), infer_ms: mean(&infer) })
    }
}

impl Bare {
    /// Halfway between two measurements.
    pub(super) fn between(a: Self, b: Self) -> Self {
        Self {
            decode_ms: f64::midpoint(a.decode_ms, b.decode_ms),
            infer_ms: f64::midpoint(a.infer_ms, b.infer_ms),
        }
    }
}

fn median_ms(mut lengths: Vec<Duration>) -> f64 {
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).map_or(0.0, |length| length.as_secs_f64() * 1e3)
}

/// The first keyframes of the first cameras.
fn keyframes(urls: &[String]) -> Result<Vec<Keyframe>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("bare")
        .enable_all()
        .build()?;
    let clock = Clock::system();
    let fleet = Fleet::new(
        runtime.handle().clone(),
        clock.clone(),
        Parts::default().sources,
        ATTEMPTS_AT_ONCE,
    );
    let (sender, received) = crossbeam_channel::bounded(KEYFRAMES);
    // Each camera the same share, so that each clip counts alike.
    let share = KEYFRAMES.div_ceil(urls.len().clamp(1, KEYFRAMES));
    for (number, url) in urls.iter().take(KEYFRAMES).enumerate() {
        let address = CameraAddress::Uri(CameraUri::parse(url)?);
        let settings = CameraSettings::new(CameraId::new(&format!("bare{number}"))?, address);
        let sender = sender.clone();
        let sent = AtomicUsize::new(0);
        let sink = Arc::new(move |keyframe| {
            if sent.fetch_add(1, Ordering::Relaxed) < share {
                // One too many for the channel is let go.
                let _ = sender.try_send(keyframe);
            }
        });
        fleet.add(settings, sink)?;
    }
    let deadline = clock.now() + KEYFRAMES_WAIT_MAX;
    let mut keyframes = Vec::new();
    while keyframes.len() < KEYFRAMES {
        match received.recv_timeout(deadline.since(clock.now())) {
            Ok(keyframe) => keyframes.push(keyframe),
            Err(_) if keyframes.is_empty() => bail!("no keyframe came from {}", urls[0]),
            Err(_) => break,
        }
    }
    Ok(keyframes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_of_the_middle_and_nothing_costs_nothing() {
        let lengths = [9, 1, 5].map(Duration::from_millis).to_vec();
        assert!((median_ms(lengths) - 5.0).abs() < 1e-9);
        assert!(median_ms(Vec::new()).abs() < 1e-9);
    }
}
