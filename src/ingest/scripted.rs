//! A camera that does what a test wrote, on a simulated clock.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::time::Clock;
use crate::time::ClockHand;
use crate::time::Timestamp;

use super::CameraAddress;
use super::CameraId;
use super::CameraPhase;
use super::CameraSettings;
use super::CaptureClock;
use super::EndCause;
use super::Feed;
use super::Keyframe;
use super::Orientation;
use super::Source;
use super::SourceEnd;
use super::SourceMaker;
use super::Sources;
use super::uri::CameraUri;

#[derive(Clone)]
pub(super) enum Act {
    Connect,
    Unit,
    Keyframe,
    Sleep(u64),
    Panic,
    End(CameraPhase, bool),
}

/// Shared by all sources made from it: each attempt plays the next script,
/// then hangs; without a script left it repeats the last.
#[derive(Clone, Default)]
pub(super) struct Script {
    attempts: Arc<Mutex<VecDeque<Vec<Act>>>>,
    pub(super) begun: Arc<AtomicUsize>,
    pub(super) running: Arc<AtomicUsize>,
}

impl Script {
    pub(super) fn new(attempts: &[&[Act]]) -> Self {
        let attempts = attempts.iter().map(|acts| acts.to_vec()).collect();
        Self { attempts: Arc::new(Mutex::new(attempts)), ..Self::default() }
    }

    pub(super) fn begun(&self) -> usize {
        self.begun.load(SeqCst)
    }

    pub(super) fn running(&self) -> usize {
        self.running.load(SeqCst)
    }

    pub(super) fn maker(&self) -> SourceMaker {
        let script = self.clone();
        Arc::new(move |_, clock| Ok(Box::new(Scripted { script: script.clone(), clock })))
    }

    /// For cameras that go this one way only.
    pub(super) fn sources(&self) -> Sources {
        Sources { rtsp: self.maker(), gstreamer: self.maker() }
    }

    fn next(&self) -> Vec<Act> {
        let mut attempts = self.attempts.lock().unwrap();
        let last = attempts.len() <= 1;
        if last { attempts.front().cloned() } else { attempts.pop_front() }.unwrap_or_default()
    }
}

struct Scripted {
    script: Script,
    clock: Clock,
}

struct Running<'a>(&'a AtomicUsize);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

impl Source for Scripted {
    fn attempt<'a>(&'a mut self, feed: &'a dyn Feed) -> BoxFuture<'a, SourceEnd> {
        async move {
            self.script.begun.fetch_add(1, SeqCst);
            self.script.running.fetch_add(1, SeqCst);
            let _running = Running(&self.script.running);
            for act in self.script.next() {
                match act {
                    Act::Connect => feed.connected("H.264 over a script"),
                    Act::Unit => feed.unit(100),
                    Act::Keyframe => {
                        feed.unit(1000);
                        feed.keyframe(keyframe(self.clock.now()));
                    }
                    Act::Sleep(s) => self.clock.sleep(Duration::from_secs(s)).await,
                    Act::Panic => panic!("a scripted panic"),
                    Act::End(phase, try_another_source) => {
                        let reason = "as written".to_owned();
                        let cause = EndCause::default();
                        return SourceEnd { phase, reason, try_another_source, cause };
                    }
                }
            }
            std::future::pending().await
        }
        .boxed()
    }
}

fn keyframe(now: Timestamp) -> Keyframe {
    Keyframe {
        data: Bytes::from_static(&[1]),
        caps: "video/x-h264".into(),
        orientation: Orientation::Upright,
        captured_at: now,
        capture_clock: CaptureClock::Arrival,
        received_at: now,
        deltas: None,
    }
}

pub(super) fn clock() -> (Clock, ClockHand) {
    Clock::simulated(Timestamp::from_secs(1_777_000_000))
}

/// A camera at an address that needs no network.
pub(super) fn settings(id: &str) -> CameraSettings {
    let address = CameraAddress::Pipeline("scripted".into());
    CameraSettings::new(CameraId::new(id).unwrap(), address)
}

/// As above, at an RTSP address that a scripted source does not open.
pub(super) fn rtsp_settings(id: &str) -> CameraSettings {
    let address = CameraAddress::Uri(CameraUri::parse("rtsp://127.0.0.1:9/s").unwrap());
    CameraSettings::new(CameraId::new(id).unwrap(), address)
}

/// Lets every task run until all of them wait.
pub(super) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// Lets simulated time pass in steps small enough for every watch to look.
pub(super) async fn pass(hand: &ClockHand, secs: u64) {
    for _ in 0..secs * 4 {
        settle().await;
        hand.advance(Duration::from_millis(250));
    }
    settle().await;
}
