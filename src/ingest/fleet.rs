//! All cameras that are received: added, changed and removed while the others go on.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use tokio::sync::Notify;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::time::Clock;

use super::CameraId;
use super::CameraPhase;
use super::CameraSettings;
use super::CameraStatus;
use super::Receivers;
use super::camera::Camera;
use super::camera::KeyframeSink;
use super::camera::Sources;
use super::standing::Standing;

/// Connection attempts at once across the fleet. Enough to start 1,000 cameras
/// in about half a minute, few enough that a street coming back does not drown us.
pub const ATTEMPTS_AT_ONCE: usize = 16;

/// Twice the largest network this is meant for.
const CAMERAS_MAX: usize = 4096;

/// Owns one task per enabled camera; dropping it ends them all.
pub struct Fleet {
    receivers: Receivers,
    clock: Clock,
    sources: Sources,
    governor: Arc<Semaphore>,
    cameras: Mutex<BTreeMap<CameraId, Member>>,
}

struct Member {
    standing: Arc<Standing>,
    sink: KeyframeSink,
    retry_now: Arc<Notify>,
    /// None for a disabled camera.
    task: Option<JoinHandle<()>>,
}

/// Why the fleet stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FleetError {
    #[error("camera {0} is there already")]
    Known(CameraId),
    #[error("there is no camera {0}")]
    Unknown(CameraId),
    #[error("camera {0} would be more than {CAMERAS_MAX} cameras")]
    Full(CameraId),
}

impl Fleet {
    /// An empty fleet whose tasks run on `receivers`, with at most
    /// `attempts_at_once` cameras being connected to at a time.
    #[must_use]
    pub fn new(
        receivers: impl Into<Receivers>,
        clock: Clock,
        sources: Sources,
        attempts_at_once: usize,
    ) -> Self {
        let receivers = receivers.into();
        let permits = attempts_at_once.clamp(1, Semaphore::MAX_PERMITS);
        let governor = Arc::new(Semaphore::new(permits));
        Self { receivers, clock, sources, governor, cameras: Mutex::default() }
    }

    /// Adds a camera whose keyframes go to `sink`, and starts it if it is enabled.
    ///
    /// # Errors
    /// When a camera of that id is there already, or the fleet is full.
    pub fn add(&self, settings: CameraSettings, sink: KeyframeSink) -> Result<(), FleetError> {
        let mut cameras = self.cameras();
        if cameras.contains_key(&settings.id) {
            return Err(FleetError::Known(settings.id));
        }
        if cameras.len() >= CAMERAS_MAX {
            return Err(FleetError::Full(settings.id));
        }
        cameras.insert(settings.id.clone(), self.start(settings, sink, None));
        Ok(())
    }

    /// Starts a camera anew with other settings and the same sink; its counts begin at zero.
    ///
    /// # Errors
    /// When there is no camera of that id.
    pub fn replace(&self, settings: CameraSettings) -> Result<(), FleetError> {
        let mut cameras = self.cameras();
        let Some(member) = cameras.get_mut(&settings.id) else {
            return Err(FleetError::Unknown(settings.id));
        };
        let sink = Arc::clone(&member.sink);
        let old_task = member.end();
        *member = self.start(settings, sink, old_task);
        Ok(())
    }

    /// Ends a camera and forgets it.
    ///
    /// # Errors
    /// When there is no camera of that id.
    pub fn remove(&self, id: &CameraId) -> Result<(), FleetError> {
        let removed = self.cameras().remove(id);
        let mut member = removed.ok_or_else(|| FleetError::Unknown(id.clone()))?;
        member.end();
        // Its gauge stays where metrics are read, and must not cry for ever.
        member.standing.enter(CameraPhase::Disabled, "removed", self.clock.now());
        Ok(())
    }

    /// Ends a camera's wait between attempts, if it is in one.
    ///
    /// # Errors
    /// When there is no camera of that id.
    pub fn retry_now(&self, id: &CameraId) -> Result<(), FleetError> {
        let cameras = self.cameras();
        let member = cameras.get(id).ok_or_else(|| FleetError::Unknown(id.clone()))?;
        member.retry_now.notify_waiters();
        Ok(())
    }

    /// All cameras, by id.
    #[must_use]
    pub fn statuses(&self) -> Vec<CameraStatus> {
        self.cameras().values().map(|member| member.standing.status()).collect()
    }

    #[must_use]
    pub fn status(&self, id: &CameraId) -> Option<CameraStatus> {
        self.cameras().get(id).map(|member| member.standing.status())
    }

    /// Starts a camera once `old_task` is over: few cameras like two visitors at once.
    fn start(
        &self,
        settings: CameraSettings,
        sink: KeyframeSink,
        old_task: Option<JoinHandle<()>>,
    ) -> Member {
        let (phase, reason) = if settings.enabled {
            (CameraPhase::Connecting, "waiting for its turn to connect")
        } else {
            (CameraPhase::Disabled, "switched off in the configuration")
        };
        let now = self.clock.now();
        let standing = Arc::new(Standing::new(settings.id.clone(), phase, reason, now));
        let retry_now = Arc::new(Notify::new());
        let enabled = settings.enabled;
        let runtime = self.receivers.watching(&settings).clone();
        let camera = Camera {
            settings,
            clock: self.clock.clone(),
            sources: self.sources.clone(),
            governor: Arc::clone(&self.governor),
            standing: Arc::clone(&standing),
            sink: Arc::clone(&sink),
            retry_now: Arc::clone(&retry_now),
        };
        let task = enabled.then(|| {
            runtime.spawn(async move {
                if let Some(old_task) = old_task {
                    // It was aborted; whether it ended so or by itself is all one.
                    let _ = old_task.await;
                }
                camera.run().await;
            })
        });
        Member { standing, sink, retry_now, task }
    }

    fn cameras(&self) -> MutexGuard<'_, BTreeMap<CameraId, Member>> {
        self.cameras.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Member {
    fn end(&mut self) -> Option<JoinHandle<()>> {
        self.task.take().inspect(JoinHandle::abort)
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fleet of {} cameras", self.cameras().len())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering::SeqCst;

    use tokio::runtime::Handle;

    use crate::ingest::scripted::Act;
    use crate::ingest::scripted::Script;
    use crate::ingest::scripted::clock;
    use crate::ingest::scripted::pass;
    use crate::ingest::scripted::settings;
    use crate::ingest::scripted::settle;
    use crate::time::ClockHand;

    use super::*;

    fn fleet(script: &Script, attempts_at_once: usize) -> (Fleet, ClockHand) {
        let (clock, hand) = clock();
        let fleet = Fleet::new(Handle::current(), clock, script.sources(), attempts_at_once);
        (fleet, hand)
    }

    fn quiet() -> KeyframeSink {
        Arc::new(|_| {})
    }

    #[tokio::test]
    async fn connects_to_few_cameras_at_once() {
        let script = Script::new(&[&[Act::Sleep(3600)]]);
        let (fleet, hand) = fleet(&script, 3);
        for i in 0..20 {
            fleet.add(settings(&format!("camera-{i}")), quiet()).unwrap();
        }
        settle().await;
        assert_eq!(script.running(), 3);
        pass(&hand, 2).await;
        assert!((4..=9).contains(&script.running()), "{}", script.running());
        pass(&hand, 8).await;
        assert_eq!(script.running(), 20);
    }

    #[tokio::test]
    async fn a_connected_camera_makes_room_for_the_next() {
        let script = Script::new(&[&[Act::Connect, Act::Keyframe]]);
        let (fleet, _hand) = fleet(&script, 1);
        let seen = Arc::new(AtomicUsize::new(0));
        for i in 0..20 {
            let seen = Arc::clone(&seen);
            let sink: KeyframeSink = Arc::new(move |_| {
                seen.fetch_add(1, SeqCst);
            });
            fleet.add(settings(&format!("camera-{i}")), sink).unwrap();
        }
        settle().await;
        assert_eq!(seen.load(SeqCst), 20);
        assert!(fleet.statuses().iter().all(|status| status.phase == CameraPhase::Live));
    }

    #[tokio::test]
    async fn cameras_come_and_go_while_the_others_stay() {
        let script = Script::new(&[&[Act::Connect, Act::Keyframe]]);
        let (fleet, _hand) = fleet(&script, 8);
        let (north, south) = (settings("north"), settings("south"));
        fleet.add(north.clone(), quiet()).unwrap();
        fleet.add(south.clone(), quiet()).unwrap();
        let again = fleet.add(north.clone(), quiet());
        assert_eq!(again, Err(FleetError::Known(north.id.clone())));
        settle().await;
        assert_eq!(script.running(), 2);

        fleet.replace(CameraSettings { enabled: false, ..south.clone() }).unwrap();
        settle().await;
        assert_eq!(fleet.status(&south.id).unwrap().phase, CameraPhase::Disabled);
        assert_eq!(script.running(), 1);
        fleet.replace(south.clone()).unwrap();
        settle().await;
        assert_eq!(fleet.status(&south.id).unwrap().phase, CameraPhase::Live);

        fleet.remove(&north.id).unwrap();
        settle().await;
        assert_eq!((script.running(), fleet.statuses().len()), (1, 1));
        assert_eq!(fleet.remove(&north.id), Err(FleetError::Unknown(north.id)));
        drop(fleet);
        settle().await;
        assert_eq!(script.running(), 0);
    }

    #[tokio::test]
    async fn an_operator_need_not_wait_for_the_next_attempt() {
        let script = Script::new(&[&[Act::End(CameraPhase::Refused, false)]]);
        let (fleet, hand) = fleet(&script, 8);
        let north = settings("north");
        fleet.add(north.clone(), quiet()).unwrap();
        pass(&hand, 120).await;
        let begun = script.begun();
        fleet.retry_now(&north.id).unwrap();
        settle().await;
        assert_eq!(script.begun(), begun + 1);
    }
}
