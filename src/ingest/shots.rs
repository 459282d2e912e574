//! Single pictures from second streams: connect, take the first keyframe, hang up.
//!
//! A camera's full-size stream may cost ten times the one that is watched, so
//! it is open only while a picture is fetched, and only few are at a time.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::Notify;
use tokio::sync::Semaphore;

use crate::time::Clock;

use super::CameraSettings;
use super::Feed;
use super::Keyframe;
use super::Receivers;
use super::Sources;

/// Second streams open at once. A street of cameras proves cases one by one;
/// four 4K streams are 60 Mbit/s.
const OPEN_MAX: usize = 4;
/// From asking to the picture, waiting for others included: a second to
/// connect and up to four for a keyframe. Later it shows something else.
const PATIENCE: Duration = Duration::from_secs(10);

/// Takes single pictures, on threads of others.
pub struct Shots {
    receivers: Receivers,
    clock: Clock,
    sources: Sources,
    open: Arc<Semaphore>,
}

/// A picture that may still be on its way.
#[derive(Clone, Debug, Default)]
pub struct Shot {
    outcome: Arc<Mutex<Option<Result<Keyframe, String>>>>,
}

impl Shots {
    #[must_use]
    pub fn new(receivers: impl Into<Receivers>, clock: Clock, sources: Sources) -> Self {
        let receivers = receivers.into();
        Self { receivers, clock, sources, open: Arc::new(Semaphore::new(OPEN_MAX)) }
    }

    /// Asks a camera for one picture. It comes, or a reason why not, within ten seconds.
    #[must_use]
    pub fn ask(&self, settings: CameraSettings) -> Shot {
        let shot = Shot::default();
        let (answer, clock) = (shot.clone(), self.clock.clone());
        let (sources, open) = (self.sources.clone(), Arc::clone(&self.open));
        self.receivers.at_once().spawn(async move {
            let late = format!("no picture within {} s", PATIENCE.as_secs());
            // What a camera sends is foreign input to a large library.
            let taking = AssertUnwindSafe(take(&settings, &clock, &sources, &open)).catch_unwind();
            let outcome = tokio::select! {
                taken = taking => taken.unwrap_or_else(|_| Err("the receiver broke down".to_owned())),
                () = clock.sleep(PATIENCE) => Err(late),
            };
            let told = if outcome.is_ok() { "taken" } else { "failed" };
            metrics::counter!("xunjie_evidence_shots_total", "outcome" => told).increment(1);
            *answer.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        });
        shot
    }
}

impl Shot {
    /// The picture or why there is none, once that is known; it is given once.
    #[must_use]
    pub fn outcome(&self) -> Option<Result<Keyframe, String>> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The same ways as for a stream that is watched, one after the other.
async fn take(
    settings: &CameraSettings,
    clock: &Clock,
    sources: &Sources,
    open: &Semaphore,
) -> Result<Keyframe, String> {
    // The semaphore is never closed; were it, the attempt would simply go uncounted.
    let _open = open.acquire().await.ok();
    let mut reason = String::new();
    for make in sources.ways(settings) {
        let mut source = make(settings, clock.clone())?;
        let first = FirstKeyframe::default();
        let end = tokio::select! {
            end = source.attempt(&first) => end,
            () = first.came.notified() => return first.keyframe().ok_or(reason),
        };
        // It may have come with the end.
        if let Some(keyframe) = first.keyframe() {
            return Ok(keyframe);
        }
        reason = end.reason;
        if !end.try_another_source {
            break;
        }
    }
    Err(reason)
}

/// Keeps the first keyframe and says so.
#[derive(Default)]
struct FirstKeyframe {
    keyframe: Mutex<Option<Keyframe>>,
    came: Notify,
}

impl FirstKeyframe {
    fn keyframe(&self) -> Option<Keyframe> {
        self.keyframe.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Feed for FirstKeyframe {
    fn connected(&self, _description: &str) {}

    fn unit(&self, _bytes: usize) {}

    fn keyframe(&self, keyframe: Keyframe) {
        self.keyframe.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(keyframe);
        self.came.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Handle;

    use crate::ingest::CameraPhase;
    use crate::ingest::scripted::Act;
    use crate::ingest::scripted::Script;
    use crate::ingest::scripted::clock;
    use crate::ingest::scripted::pass;
    use crate::ingest::scripted::rtsp_settings;
    use crate::ingest::scripted::settings;
    use crate::ingest::scripted::settle;

    use super::*;

    #[tokio::test]
    async fn hangs_up_after_the_first_keyframe() {
        let (clock, hand) = clock();
        let script = Script::new(&[&[Act::Connect, Act::Unit, Act::Sleep(1), Act::Keyframe]]);
        let shots = Shots::new(Handle::current(), clock, script.sources());
        let shot = shots.ask(settings("north"));
        settle().await;
        assert!(shot.outcome().is_none() && script.running() == 1);
        pass(&hand, 2).await;
        assert!(shot.outcome().unwrap().is_ok());
        assert!(shot.outcome().is_none(), "it is given once");
        assert_eq!(script.running(), 0);
    }

    #[tokio::test]
    async fn a_stream_that_refuses_or_is_silent_is_told_in_time() {
        let (clock, hand) = clock();
        let refuses = Script::new(&[&[Act::End(CameraPhase::Refused, false)]]);
        let shots = Shots::new(Handle::current(), clock.clone(), refuses.sources());
        let shot = shots.ask(settings("north"));
        settle().await;
        assert_eq!(shot.outcome().unwrap().unwrap_err(), "as written");

        let breaks = Script::new(&[&[Act::Panic]]);
        let shot =
            Shots::new(Handle::current(), clock.clone(), breaks.sources()).ask(settings("north"));
        settle().await;
        assert_eq!(shot.outcome().unwrap().unwrap_err(), "the receiver broke down");

        let silent = Script::new(&[&[Act::Connect]]);
        let shot = Shots::new(Handle::current(), clock, silent.sources()).ask(settings("north"));
        pass(&hand, 11).await;
        assert_eq!(shot.outcome().unwrap().unwrap_err(), "no picture within 10 s");
        assert_eq!(silent.running(), 0);
    }

    #[tokio::test]
    async fn what_the_light_receiver_cannot_take_goes_through_gstreamer() {
        let (clock, _hand) = clock();
        let odd = Script::new(&[&[Act::End(CameraPhase::Refused, true)]]);
        let other = Script::new(&[&[Act::Connect, Act::Keyframe]]);
        let sources = Sources { rtsp: odd.maker(), gstreamer: other.maker() };
        let shot = Shots::new(Handle::current(), clock, sources).ask(rtsp_settings("north"));
        settle().await;
        assert!(shot.outcome().unwrap().is_ok());
        assert_eq!((odd.begun(), other.begun()), (1, 1));
    }

    #[tokio::test]
    async fn few_streams_are_open_at_a_time() {
        let (clock, hand) = clock();
        let script = Script::new(&[&[Act::Connect, Act::Sleep(2), Act::Keyframe]]);
        let shots = Shots::new(Handle::current(), clock, script.sources());
        let asked: Vec<Shot> =
            (0..OPEN_MAX * 2).map(|n| shots.ask(settings(&format!("camera-{n}")))).collect();
        settle().await;
        assert_eq!(script.running(), OPEN_MAX);
        pass(&hand, 6).await;
        assert!(asked.iter().all(|shot| shot.outcome().is_some_and(|taken| taken.is_ok())));
    }
}
