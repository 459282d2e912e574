//! The task that keeps one camera received: attempt, watch, wait, attempt again.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::Notify;
use tokio::sync::Semaphore;

use crate::runtime::Backoff;
use crate::time::Clock;

use super::CameraPhase;
use super::CameraSettings;
use super::Keyframe;
use super::Source;
use super::SourceChoice;
use super::SourceEnd;
use super::attempt::CameraFeed;
use super::attempt::Progress;
use super::attempt::WATCH_PERIOD;
use super::attempt::lost;
use super::rtsp::RtspSource;
use super::rtsp::connection_failure;
use super::standing::Standing;

/// A lost camera is tried again within this, so that with connecting (under a
/// second) and the wait for a keyframe (up to 4 s) it is analysed within the
/// 15 s of the budget.
const LOST_WAIT_CAP: Duration = Duration::from_secs(8);
const LOST_WAIT_BASE: Duration = Duration::from_secs(1);

/// Between the end of an attempt and the next, whatever happened.
const WAIT_MIN: Duration = Duration::from_millis(500);

/// A camera that says no rarely changes its mind, and some lock a login out.
const REFUSED_WAIT_CAP: Duration = Duration::from_secs(60);
const REFUSED_WAIT_BASE: Duration = Duration::from_secs(2);

/// Live for so long, a camera starts with short waits again; a camera that
/// falls at once after each connect does not.
const LIVE_MIN: Duration = Duration::from_secs(20);

/// Where a camera's keyframes go. Called from a receiving task: must not block.
pub type KeyframeSink = Arc<dyn Fn(Keyframe) + Send + Sync>;

/// Makes a source for a camera, or says why it cannot.
pub type SourceMaker =
    Arc<dyn Fn(&CameraSettings, Clock) -> Result<Box<dyn Source>, String> + Send + Sync>;

/// The two ways of receiving.
#[derive(Clone)]
pub struct Sources {
    pub rtsp: SourceMaker,
    pub gstreamer: SourceMaker,
}

impl Sources {
    /// The light RTSP receiver, and `gstreamer` for all it cannot do.
    #[must_use]
    pub fn with_gstreamer(gstreamer: SourceMaker) -> Self {
        let rtsp: SourceMaker = Arc::new(|settings, clock| {
            RtspSource::new(settings, clock).map(|source| Box::new(source) as Box<dyn Source>)
        });
        Self { rtsp, gstreamer }
    }

    /// The ways to a single picture, to be gone one after the other while
    /// [`SourceEnd::try_another_source`] says so.
    pub(super) fn ways(&self, settings: &CameraSettings) -> Vec<&SourceMaker> {
        let plain_rtsp = settings.address.plain_rtsp().is_some();
        match settings.source {
            SourceChoice::Rtsp => vec![&self.rtsp],
            SourceChoice::Auto if plain_rtsp => vec![&self.rtsp, &self.gstreamer],
            SourceChoice::Auto | SourceChoice::Gstreamer => vec![&self.gstreamer],
        }
    }
}

/// What one camera's task works with.
pub(super) struct Camera {
    pub(super) settings: CameraSettings,
    pub(super) clock: Clock,
    pub(super) sources: Sources,
    pub(super) governor: Arc<Semaphore>,
    pub(super) standing: Arc<Standing>,
    pub(super) sink: KeyframeSink,
    pub(super) retry_now: Arc<Notify>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Rtsp,
    Gstreamer,
}

/// What an attempt came to.
struct Outcome {
    end: SourceEnd,
    /// How long the attempt lasted, if a keyframe came.
    live: Option<Duration>,
}

impl Camera {
    /// Runs until it is dropped.
    pub(super) async fn run(self) {
        let first_way = self.first_way();
        let mut way = first_way;
        let mut source = None;
        let mut lost = Backoff::new(LOST_WAIT_BASE, LOST_WAIT_CAP);
        let mut refused = Backoff::new(REFUSED_WAIT_BASE, REFUSED_WAIT_CAP);
        let mut knock_first = false;
        let mut odd = None;
        loop {
            let began = self.clock.now();
            let outcome = match self.ready(&mut source, way) {
                Ok(source) => self.attempt(source.as_mut(), knock_first).await,
                Err(reason) => Outcome::never_live(CameraPhase::Refused, reason),
            };
            let Outcome { end, live } = outcome;
            if live.is_some_and(|live| live >= LIVE_MIN) {
                lost.reset();
                refused.reset();
            }
            let next = self.next_way(way, first_way, end.try_another_source, live.is_some());
            let falls_over = next == Way::Gstreamer && way == Way::Rtsp;
            if next != way {
                (way, source) = (next, None);
            }
            if falls_over {
                // It may yet come live: what was odd is told only if it does not.
                odd = Some(end.reason);
                knock_first = false;
                continue;
            }
            let end = end.after_odd(odd.take().filter(|_| live.is_none()));
            self.standing.enter(end.phase, &end.reason, self.clock.now());
            knock_first = end.phase == CameraPhase::Lost;
            let backoff = if end.phase == CameraPhase::Refused { &mut refused } else { &mut lost };
            // A futile attempt counts as waiting, so that a camera which answers
            // nothing is not asked more seldom than one which is down.
            let futile = self.clock.now().since(began);
            let waited = if live.is_none() { futile } else { Duration::ZERO };
            let wait = backoff.next_wait().saturating_sub(waited).max(WAIT_MIN);
            tokio::select! {
                () = self.clock.sleep(wait) => {}
                () = self.retry_now.notified() => {
                    lost.reset();
                    refused.reset();
                }
            }
        }
    }

    fn first_way(&self) -> Way {
        let plain_rtsp = self.settings.address.plain_rtsp().is_some();
        match self.settings.source {
            SourceChoice::Rtsp => Way::Rtsp,
            SourceChoice::Auto if plain_rtsp => Way::Rtsp,
            SourceChoice::Auto | SourceChoice::Gstreamer => Way::Gstreamer,
        }
    }

    /// From the light receiver to GStreamer when it says so; back to it when
    /// the second way came to nothing either.
    fn next_way(&self, way: Way, first_way: Way, try_another: bool, was_live: bool) -> Way {
        if self.settings.source != SourceChoice::Auto || first_way == Way::Gstreamer {
            return way;
        }
        match way {
            Way::Rtsp if try_another => Way::Gstreamer,
            Way::Gstreamer if !was_live => Way::Rtsp,
            same => same,
        }
    }

    fn ready<'a>(
        &self,
        source: &'a mut Option<Box<dyn Source>>,
        way: Way,
    ) -> Result<&'a mut Box<dyn Source>, String> {
        if source.is_none() {
            let make = match way {
                Way::Rtsp => &self.sources.rtsp,
                Way::Gstreamer => &self.sources.gstreamer,
            };
            *source = Some(make(&self.settings, self.clock.clone())?);
        }
        source.as_mut().ok_or_else(|| "no source".to_owned())
    }

    async fn attempt(&self, source: &mut dyn Source, knock_first: bool) -> Outcome {
        if knock_first && let Err(end) = self.knock().await {
            return Outcome { end, live: None };
        }
        // The semaphore is never closed; were it, the attempt would simply go ungoverned.
        let permit = Arc::clone(&self.governor).acquire_owned().await.ok();
        let feed = CameraFeed::new(self, permit);
        let keyframes_before = self.standing.keyframes();
        let began = self.clock.now();
        // What a camera sends is foreign input to a large library: a panic there ends this attempt only.
        let receiving = AssertUnwindSafe(source.attempt(&feed)).catch_unwind();
        let end = tokio::select! {
            end = receiving => end.unwrap_or_else(|_| panicked()),
            end = self.watch(&feed) => end,
        };
        let was_live = self.standing.keyframes() > keyframes_before;
        Outcome { end, live: was_live.then(|| self.clock.now().since(began)) }
    }

    /// Asks a camera that was lost for no more than a connection, without a
    /// permit: a dark street costs the fleet nothing.
    async fn knock(&self) -> Result<(), SourceEnd> {
        let Some(endpoint) = self.settings.address.rtsp_endpoint() else { return Ok(()) };
        let connecting = tokio::net::TcpStream::connect(&endpoint);
        let reason = match tokio::time::timeout(self.settings.connect_timeout, connecting).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(e)) => connection_failure(&e.to_string(), &endpoint),
            Err(_) => {
                let limit = self.settings.connect_timeout.as_secs_f32();
                format!("no answer from {endpoint} within {limit} s")
            }
        };
        Err(lost(reason))
    }

    /// Ends when the attempt makes no progress.
    async fn watch(&self, feed: &CameraFeed<'_>) -> SourceEnd {
        let mut progress = Progress::begin(self);
        loop {
            self.clock.sleep(WATCH_PERIOD).await;
            if let Some(end) = progress.look(self, feed) {
                return end;
            }
        }
    }
}

impl SourceEnd {
    /// The second way's end, with why the first way was left: GStreamer's own
    /// words alone tell an operator little.
    fn after_odd(self, odd: Option<String>) -> Self {
        match odd {
            Some(odd) => Self { reason: format!("{odd}; by GStreamer: {}", self.reason), ..self },
            None => self,
        }
    }
}

impl Outcome {
    fn never_live(phase: CameraPhase, reason: String) -> Self {
        let end = SourceEnd { phase, ..lost(reason) };
        Self { end, live: None }
    }
}

pub(super) fn panicked() -> SourceEnd {
    let reason = "the receiver broke down over what the camera sent".to_owned();
    SourceEnd { try_another_source: true, ..lost(reason) }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Handle;

    use crate::ingest::CameraStatus;
    use crate::ingest::Fleet;
    use crate::ingest::scripted::Act;
    use crate::ingest::scripted::Script;
    use crate::ingest::scripted::clock;
    use crate::ingest::scripted::pass;
    use crate::ingest::scripted::rtsp_settings;
    use crate::ingest::scripted::settings;
    use crate::ingest::scripted::settle;
    use crate::time::ClockHand;

    use super::*;

    struct Bench {
        fleet: Fleet,
        hand: ClockHand,
    }

    impl Bench {
        fn new(camera: CameraSettings, sources: Sources) -> Self {
            let (clock, hand) = clock();
            let fleet = Fleet::new(Handle::current(), clock, sources, 8);
            fleet.add(camera, Arc::new(|_| {})).unwrap();
            Self { fleet, hand }
        }

        fn status(&self) -> CameraStatus {
            self.fleet.statuses().remove(0)
        }

        /// Seconds until the camera is in `phase`.
        async fn time_until(&self, phase: CameraPhase, limit_s: u64) -> u64 {
            for s in 0..=limit_s {
                settle().await;
                if self.status().phase == phase {
                    return s;
                }
                pass(&self.hand, 1).await;
            }
            panic!("not {phase:?} within {limit_s} s but {:?}", self.status());
        }
    }

    #[tokio::test]
    async fn a_lost_camera_comes_back() {
        let script = Script::new(&[
            &[Act::End(CameraPhase::Lost, false)],
            &[Act::Sleep(1), Act::Connect, Act::Sleep(2), Act::Keyframe],
        ]);
        let bench = Bench::new(settings("north"), script.sources());
        assert_eq!(bench.time_until(CameraPhase::Lost, 0).await, 0);
        assert_eq!(bench.status().reason, "as written");
        bench.time_until(CameraPhase::Connecting, 3).await;
        assert!(bench.status().reason.contains("H.264"), "{:?}", bench.status());
        bench.time_until(CameraPhase::Live, 4).await;
        let status = bench.status();
        assert_eq!((status.reason.as_str(), status.keyframes, status.bytes), ("", 1, 1000));
        assert!(status.last_keyframe_at.is_some());
    }

    #[tokio::test]
    async fn a_silent_camera_is_shown_as_lost_within_ten_seconds_of_its_last_byte() {
        let script = Script::new(&[&[Act::Connect, Act::Sleep(3), Act::Keyframe]]);
        let bench = Bench::new(settings("north"), script.sources());
        bench.time_until(CameraPhase::Live, 4).await;
        let noticed = bench.time_until(CameraPhase::Lost, 9).await;
        assert!((5..=7).contains(&noticed), "{noticed}");
        assert!(bench.status().reason.contains("not a byte for 5 s"));
    }

    #[tokio::test]
    async fn a_camera_without_keyframes_is_stalled_but_keeps_its_connection() {
        let mut acts = vec![Act::Connect];
        acts.extend([Act::Unit, Act::Sleep(1)].into_iter().cycle().take(40));
        acts.push(Act::Keyframe);
        let script = Script::new(&[&acts]);
        let bench = Bench::new(settings("north"), script.sources());
        let noticed = bench.time_until(CameraPhase::Stalled, 13).await;
        assert!(noticed >= 10, "{noticed}");
        bench.time_until(CameraPhase::Live, 15).await;
        assert_eq!(script.begun(), 1);
    }

    #[tokio::test]
    async fn a_step_of_the_machines_clock_ends_no_connection() {
        let acts: Vec<_> = [Act::Keyframe, Act::Sleep(1)].into_iter().cycle().take(100).collect();
        let script = Script::new(&[&[&[Act::Connect][..], &acts].concat()]);
        let bench = Bench::new(settings("north"), script.sources());
        bench.time_until(CameraPhase::Live, 1).await;
        bench.hand.advance(Duration::from_secs(3600));
        pass(&bench.hand, 3).await;
        assert_eq!((bench.status().phase, script.begun()), (CameraPhase::Live, 1));
    }

    #[tokio::test]
    async fn falls_over_to_gstreamer_at_once_and_back_when_that_came_to_nothing() {
        let odd = Script::new(&[&[Act::End(CameraPhase::Refused, true)]]);
        let other = Script::new(&[
            &[Act::End(CameraPhase::Refused, false)],
            &[Act::Connect, Act::Keyframe],
        ]);
        let sources = Sources { rtsp: odd.maker(), gstreamer: other.maker() };
        let bench = Bench::new(rtsp_settings("north"), sources);
        settle().await;
        assert_eq!((odd.begun(), other.begun()), (1, 1));
        assert_eq!(bench.status().reason, "as written; by GStreamer: as written");
        bench.time_until(CameraPhase::Live, 3).await;
        assert_eq!((odd.begun(), other.begun()), (2, 2));
    }

    #[tokio::test]
    async fn a_forced_way_is_not_left() {
        let odd = Script::new(&[&[Act::End(CameraPhase::Refused, true)]]);
        let other = Script::new(&[&[]]);
        let sources = Sources { rtsp: odd.maker(), gstreamer: other.maker() };
        let mut camera = rtsp_settings("north");
        camera.source = SourceChoice::Rtsp;
        let bench = Bench::new(camera, sources);
        pass(&bench.hand, 60).await;
        assert!(odd.begun() > 1 && other.begun() == 0);
        assert_eq!(bench.status().phase, CameraPhase::Refused);
    }

    #[tokio::test]
    async fn refusals_are_asked_again_seldom_losses_often_enough_for_the_budget() {
        let attempts_in_five_minutes = async |phase| {
            let script = Script::new(&[&[Act::End(phase, false)]]);
            let bench = Bench::new(settings("north"), script.sources());
            pass(&bench.hand, 300).await;
            script.begun()
        };
        let lost = attempts_in_five_minutes(CameraPhase::Lost).await;
        assert!((36..90).contains(&lost), "{lost}");
        let refused = attempts_in_five_minutes(CameraPhase::Refused).await;
        assert!((8..20).contains(&refused), "{refused}");
    }

    #[tokio::test]
    async fn a_panic_over_what_a_camera_sends_ends_one_attempt_only() {
        let script = Script::new(&[&[Act::Panic], &[Act::Connect, Act::Keyframe]]);
        let bench = Bench::new(settings("north"), script.sources());
        assert_eq!(bench.time_until(CameraPhase::Lost, 0).await, 0);
        bench.time_until(CameraPhase::Live, 2).await;
    }
}
