//! Cameras that somebody tries before they are kept: a picture, or why there is none.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::api::PictureSize;
use crate::api::TrialOutcome;
use crate::api::TrialReport;
use crate::ingest::CameraSettings;
use crate::ingest::Decoder;
use crate::ingest::EndCause;
use crate::ingest::Trial;
use crate::ingest::TrialFault;
use crate::ingest::Trials;
use crate::time::Clock;

use super::showing::encode;

/// A page shows one at once; each is up to some MB.
const KEPT_MAX: usize = 8;

/// Tries cameras, and keeps their pictures for a while.
pub(super) struct Trying {
    trials: Trials,
    clock: Clock,
    kept: Arc<Mutex<Kept>>,
}

/// The pictures of the newest trials, by number.
#[derive(Default)]
struct Kept {
    next: u64,
    pictures: VecDeque<(u64, Arc<[u8]>)>,
}

/// A picture that was decoded and made into a JPEG.
struct Shown {
    jpeg: Arc<[u8]>,
    size: (u32, u32),
}

impl Trying {
    pub(super) fn new(trials: Trials, clock: Clock) -> Self {
        Self { trials, clock, kept: Arc::default() }
    }

    /// None if as many are being tried as may be.
    pub(super) fn begin(
        &self,
        settings: CameraSettings,
    ) -> Option<BoxFuture<'static, TrialReport>> {
        let uri = settings.address.to_string();
        let trying = self.trials.begin(settings)?;
        let (clock, kept) = (self.clock.clone(), Arc::clone(&self.kept));
        let began = clock.now();
        let telling = async move {
            let outcome = trying.await;
            let report = match outcome {
                Err(fault) => failed(&fault),
                Ok(trial) => shown(trial, &kept).await,
            };
            let took_s = rounded(clock.now().since(began));
            TrialReport { uri, took_s, ..report }
        };
        Some(telling.boxed())
    }

    pub(super) fn picture(&self, number: u64) -> Option<Arc<[u8]>> {
        let kept = lock(&self.kept);
        let found = kept.pictures.iter().find(|(other, _)| *other == number);
        found.map(|(_, jpeg)| Arc::clone(jpeg))
    }
}

impl Kept {
    /// Keeps a picture and gives its number.
    fn keep(&mut self, jpeg: Arc<[u8]>) -> u64 {
        self.next += 1;
        self.pictures.push_back((self.next, jpeg));
        if self.pictures.len() > KEPT_MAX {
            self.pictures.pop_front();
        }
        self.next
    }
}

async fn shown(trial: Trial, kept: &Mutex<Kept>) -> TrialReport {
    let codec = trial.description.split(' ').next().filter(|word| !word.is_empty());
    let told = TrialReport {
        codec: codec.map(str::to_owned),
        keyframe_bytes: Some(trial.keyframe.data.len()),
        keyframe_interval_s: trial.interval.map(rounded),
        ..failed(&TrialFault { cause: EndCause::Other, reason: String::new() })
    };
    // Decoding takes its time, and the threads that receive have none.
    let decoded = tokio::task::spawn_blocking(move || decode(&trial)).await;
    match decoded.unwrap_or_else(|_| Err("the decoder broke down over it".to_owned())) {
        Ok(Shown { jpeg, size: (width, height) }) => TrialReport {
            outcome: TrialOutcome::Picture,
            picture: Some(format!("/api/trials/{}/picture.jpg", lock(kept).keep(jpeg))),
            width: Some(width),
            height: Some(height),
            ..told
        },
        Err(reason) => TrialReport { outcome: TrialOutcome::UnknownCodec, reason, ..told },
    }
}

fn decode(trial: &Trial) -> Result<Shown, String> {
    let frame = Decoder::new().decode(&trial.keyframe).map_err(|error| error.to_string())?;
    let jpeg = encode(&frame, PictureSize::Whole).ok_or("the picture cannot be shown")?;
    Ok(Shown { jpeg: jpeg.into(), size: (frame.width(), frame.height()) })
}

fn failed(fault: &TrialFault) -> TrialReport {
    let outcome = match fault.cause {
        EndCause::Silence => TrialOutcome::NoAnswer,
        EndCause::Login => TrialOutcome::WrongPassword,
        EndCause::NoVideo => TrialOutcome::NoVideo,
        EndCause::Codec => TrialOutcome::UnknownCodec,
        EndCause::Other => TrialOutcome::Failed,
    };
    TrialReport {
        outcome,
        reason: fault.reason.clone(),
        uri: String::new(),
        picture: None,
        width: None,
        height: None,
        codec: None,
        keyframe_bytes: None,
        keyframe_interval_s: None,
        took_s: 0.0,
    }
}

/// In seconds, as a person reads it.
fn rounded(length: Duration) -> f64 {
    (length.as_secs_f64() * 100.0).round() / 100.0
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_pictures_of_the_newest_trials_are_kept() {
        let mut kept = Kept::default();
        let numbers: Vec<_> =
            (0..KEPT_MAX + 2).map(|byte| kept.keep([byte as u8].as_slice().into())).collect();
        assert_eq!(numbers.last(), Some(&(KEPT_MAX as u64 + 2)));
        let left: Vec<_> = kept.pictures.iter().map(|(number, _)| *number).collect();
        assert_eq!(left, numbers[2..]);
    }

    #[test]
    fn a_failure_keeps_its_words_and_gets_a_name() {
        let fault = TrialFault { cause: EndCause::Login, reason: "refused (401)".to_owned() };
        let report = failed(&fault);
        assert_eq!(report.outcome, TrialOutcome::WrongPassword);
        assert_eq!((report.reason.as_str(), report.picture), ("refused (401)", None));
    }
}
