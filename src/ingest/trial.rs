//! Opens a camera once, for somebody who sets it up: what it sends, or what stands in the way.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::Notify;
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;

use crate::time::Clock;

use super::CameraSettings;
use super::EndCause;
use super::Feed;
use super::Keyframe;
use super::Receivers;
use super::SourceEnd;
use super::Sources;
use super::camera::panicked;

/// A person sets up one camera at a time; two may be at it.
const AT_ONCE: usize = 2;
/// Somebody waits, and the picture is still to be decoded and shown within ten seconds.
const PATIENCE: Duration = Duration::from_secs(8);
/// So long a second keyframe is waited for, which tells the interval: most come every 1 to 4 s.
const SECOND_WAIT_MAX: Duration = Duration::from_secs(5);

/// Tries cameras, on threads of others.
pub struct Trials {
    receivers: Receivers,
    clock: Clock,
    sources: Sources,
    open: Arc<Semaphore>,
}

/// What a camera sends.
#[derive(Clone, Debug)]
pub struct Trial {
    pub keyframe: Keyframe,
    /// As in `H.264 1920x1080 over TCP`.
    pub description: String,
    /// From its first keyframe to its second; none if that did not come in time.
    pub interval: Option<Duration>,
}

/// Why there is no picture, in words that hold no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialFault {
    pub cause: EndCause,
    pub reason: String,
}

impl Trials {
    #[must_use]
    pub fn new(receivers: impl Into<Receivers>, clock: Clock, sources: Sources) -> Self {
        let receivers = receivers.into();
        Self { receivers, clock, sources, open: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Tries a camera. The answer comes within eight seconds; dropping the
    /// future hangs up. None if as many are being tried as may be.
    #[must_use]
    pub fn begin(
        &self,
        settings: CameraSettings,
    ) -> Option<BoxFuture<'static, Result<Trial, TrialFault>>> {
        let open = Arc::clone(&self.open).try_acquire_owned().ok()?;
        let (clock, sources) = (self.clock.clone(), self.sources.clone());
        let trying = self.receivers.at_once().spawn(async move {
            let _open = open;
            try_out(&settings, &clock, &sources).await
        });
        let trying = AbortOnDropHandle::new(trying);
        Some(async move { trying.await.unwrap_or_else(|_| Err(panicked().into())) }.boxed())
    }
}

async fn try_out(
    settings: &CameraSettings,
    clock: &Clock,
    sources: &Sources,
) -> Result<Trial, TrialFault> {
    let seen = Seen::new(clock);
    let fault = tokio::select! {
        fault = attempts(settings, clock, sources, &seen) => Some(fault),
        () = seen.enough() => None,
        () = clock.sleep(PATIENCE) => None,
    };
    let notes = std::mem::take(&mut *seen.notes());
    match notes.first {
        // It may have come with the end.
        Some(keyframe) => {
            Ok(Trial { keyframe, description: notes.description, interval: notes.interval })
        }
        None => Err(fault.unwrap_or_else(|| TrialFault::late(&notes.description))),
    }
}

/// The same ways as for a camera that is watched, one after the other.
async fn attempts(
    settings: &CameraSettings,
    clock: &Clock,
    sources: &Sources,
    seen: &Seen,
) -> TrialFault {
    let mut fault = None;
    for make in sources.ways(settings) {
        let mut source = match make(settings, clock.clone()) {
            Ok(source) => source,
            Err(reason) => return TrialFault { cause: EndCause::Other, reason },
        };
        // What a camera sends is foreign input to a large library.
        let attempt = AssertUnwindSafe(source.attempt(seen)).catch_unwind().await;
        let end = attempt.unwrap_or_else(|_| panicked());
        let last = !end.try_another_source;
        fault = Some(TrialFault::from(end).after(fault));
        if last {
            break;
        }
    }
    let none = || TrialFault { cause: EndCause::Other, reason: "no way to receive it".to_owned() };
    fault.unwrap_or_else(none)
}

impl TrialFault {
    fn late(description: &str) -> Self {
        let limit_s = PATIENCE.as_secs();
        if description.is_empty() {
            let reason = format!("no answer within {limit_s} s");
            return Self { cause: EndCause::Silence, reason };
        }
        let reason = format!("connected ({description}), but no keyframe within {limit_s} s");
        Self { cause: EndCause::NoVideo, reason }
    }

    /// The second way's words tell little without the first's.
    fn after(self, first: Option<Self>) -> Self {
        let Some(first) = first else { return self };
        let reason = format!("{}; by GStreamer: {}", first.reason, self.reason);
        let cause = if self.cause == EndCause::Other { first.cause } else { self.cause };
        Self { cause, reason }
    }
}

impl From<SourceEnd> for TrialFault {
    fn from(end: SourceEnd) -> Self {
        Self { cause: end.cause, reason: end.reason }
    }
}

/// What has come so far.
struct Seen {
    clock: Clock,
    notes: Mutex<Notes>,
    first: Notify,
    second: Notify,
}

#[derive(Default)]
struct Notes {
    description: String,
    first: Option<Keyframe>,
    interval: Option<Duration>,
}

impl Seen {
    fn new(clock: &Clock) -> Self {
        let (first, second) = (Notify::new(), Notify::new());
        Self { clock: clock.clone(), notes: Mutex::default(), first, second }
    }

    /// Waits for a picture, and for as much longer as its successor is worth.
    async fn enough(&self) {
        self.first.notified().await;
        tokio::select! {
            () = self.second.notified() => {}
            () = self.clock.sleep(SECOND_WAIT_MAX) => {}
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Feed for Seen {
    fn connected(&self, description: &str) {
        description.clone_into(&mut self.notes().description);
    }

    fn unit(&self, _bytes: usize) {}

    fn keyframe(&self, keyframe: Keyframe) {
        let mut notes = self.notes();
        if let Some(first) = &notes.first {
            let interval = keyframe.received_at.since(first.received_at);
            notes.interval.get_or_insert(interval);
            self.second.notify_one();
        } else {
            notes.first = Some(keyframe);
            self.first.notify_one();
        }
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

    /// What a camera that does so comes to, and after how many seconds.
    async fn tried(acts: &[Act]) -> (u64, Result<Trial, TrialFault>) {
        let (clock, hand) = clock();
        let script = Script::new(&[acts]);
        let trials = Trials::new(Handle::current(), clock, script.sources());
        let mut trying = trials.begin(settings("north")).unwrap();
        for second in 0..20 {
            settle().await;
            if let Some(outcome) = trying.as_mut().now_or_never() {
                assert_eq!(script.running(), 0, "it has hung up");
                return (second, outcome);
            }
            pass(&hand, 1).await;
        }
        panic!("no answer");
    }

    #[tokio::test]
    async fn a_camera_that_is_well_shows_its_first_picture_and_tells_its_interval() {
        let well = [Act::Connect, Act::Sleep(1), Act::Keyframe, Act::Sleep(3), Act::Keyframe];
        let (after_s, trial) = tried(&well).await;
        let trial = trial.unwrap();
        assert_eq!((after_s, trial.interval), (4, Some(Duration::from_secs(3))));
        assert_eq!(trial.description, "H.264 over a script");
        let (after_s, trial) = tried(&well[..3]).await;
        assert_eq!((after_s, trial.unwrap().interval), (6, None));
    }

    #[tokio::test]
    async fn what_stands_in_the_way_is_told_within_eight_seconds() {
        let checks: [(&[Act], u64, EndCause, &str); 4] = [
            (&[], 8, EndCause::Silence, "no answer within 8 s"),
            (&[Act::Connect], 8, EndCause::NoVideo, "no keyframe within 8 s"),
            (&[Act::End(CameraPhase::Refused, false)], 0, EndCause::Other, "as written"),
            (&[Act::Panic], 0, EndCause::Other, "broke down"),
        ];
        for (acts, seconds, cause, words) in checks {
            let (after_s, trial) = tried(acts).await;
            let fault = trial.unwrap_err();
            assert_eq!((after_s, fault.cause), (seconds, cause), "{fault:?}");
            assert!(fault.reason.contains(words), "{fault:?}");
        }
    }

    #[tokio::test]
    async fn both_ways_are_gone_and_told_of() {
        let (clock, _hand) = clock();
        let odd = Script::new(&[&[Act::End(CameraPhase::Refused, true)]]);
        let sources = Sources { rtsp: odd.maker(), gstreamer: odd.maker() };
        let trials = Trials::new(Handle::current(), clock, sources);
        let fault = trials.begin(rtsp_settings("north")).unwrap().await.unwrap_err();
        assert_eq!(fault.reason, "as written; by GStreamer: as written");
    }

    #[tokio::test]
    async fn few_are_tried_at_a_time_and_who_goes_makes_room() {
        let (clock, _hand) = clock();
        let script = Script::new(&[&[Act::Connect]]);
        let trials = Trials::new(Handle::current(), clock, script.sources());
        let mut trying: Vec<_> =
            (0..AT_ONCE).map(|_| trials.begin(settings("north")).unwrap()).collect();
        settle().await;
        assert_eq!(script.running(), AT_ONCE);
        assert!(trials.begin(settings("north")).is_none());
        trying.pop();
        settle().await;
        assert_eq!(script.running(), AT_ONCE - 1);
        assert!(trials.begin(settings("north")).is_some());
    }
}
