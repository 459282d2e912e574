//! A camera's post: everything that is kept of it between looks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::api::ReviewReport;
use crate::api::StayReport;
use crate::api::ZoneReport;
use crate::cases::Album;
use crate::ingest::Asked;
use crate::ingest::CameraId;
use crate::ingest::Keyframe;
use crate::ingest::SlotKey;
use crate::rules::GateSettings;
use crate::rules::Pace;
use crate::rules::Patrol;
use crate::rules::PatrolMemory;
use crate::rules::Zone;
use crate::rules::ZoneId;
use crate::time::Timestamp;
use crate::tracking::Stay;
use crate::tracking::StayId;
use crate::tracking::StaySettings;

use super::second::SecondStream;

/// A camera's time that goes back by less corrects itself soon: such a look is left out.
const SET_BACK_MIN: Duration = Duration::from_secs(15);

/// The posts of all cameras, by slot.
#[derive(Default)]
pub(super) struct Posts {
    by_slot: Mutex<BTreeMap<SlotKey, Arc<Station>>>,
}

/// A post, and what others may know of it. Facts have a lock of their own, so
/// that who asks does not wait for a look, nor for a full disk behind it.
pub(super) struct Station {
    pub(super) camera: CameraId,
    post: Mutex<Post>,
    facts: Mutex<Facts>,
}

/// What can be told of a camera's last look.
#[derive(Clone, Default)]
pub(super) struct Facts {
    /// Why looks cannot judge, in plain words; empty if they can.
    pub(super) trouble: String,
    pub(super) looked_at: Option<Timestamp>,
    pub(super) open_cases: usize,
    pub(super) stays: Vec<StayReport>,
    pub(super) zones: Vec<ZoneReport>,
    /// The keyframe of the last look, to be shown to those who ask.
    pub(super) last: Option<Keyframe>,
}

/// One camera's post. Held by one worker at a time.
pub(super) struct Post {
    pub(super) camera: CameraId,
    pub(super) patrol: Patrol,
    pub(super) album: Album,
    /// Proved matters that still stand.
    pub(super) open: BTreeMap<(ZoneId, StayId), OpenNote>,
    /// Where full-size pictures come from, if the camera has a second stream.
    pub(super) second: Option<SecondStream>,
    pub(super) snapshot_at: Timestamp,
    interval: Duration,
    /// The beat of the duty in force, where it has one for this camera.
    duty_interval: Option<Duration>,
    pace: Pace,
    /// Capture and arrival of the last look's picture.
    last: Option<(Timestamp, Timestamp)>,
}

/// How often a camera is looked at, and how long it waits for what it misses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Beat {
    pub(super) interval: Duration,
    pub(super) gates: GateSettings,
    /// A thing whose place is seen without it for so long is gone.
    pub(super) gone_after: Duration,
}

impl Beat {
    fn forgiven(&self) -> StaySettings {
        StaySettings { absence_max: self.gone_after, ..StaySettings::default() }
    }
}

/// What has been told of a matter that still stands.
pub(super) struct OpenNote {
    pub(super) lacks_c: bool,
    pub(super) told_at: Timestamp,
}

impl Post {
    /// Goes on from `snapshot` if it can be read; what stands is then still
    /// known. One that cannot be read is left aside.
    pub(super) fn new(
        camera: CameraId,
        zones: Vec<Zone>,
        time_zone: TimeZone,
        beat: Beat,
        snapshot: Option<&[u8]>,
    ) -> Self {
        let memory = snapshot.map(serde_json::from_slice::<PatrolMemory>).transpose();
        let memory = memory.unwrap_or_else(|error| {
            tracing::warn!(%camera, %error, "what stood there before cannot be read; beginning anew");
            None
        });
        let memory = memory.unwrap_or_default();
        let patrol = Patrol::resume(zones, time_zone, beat.forgiven(), memory);
        Self {
            camera,
            patrol: patrol.gated(beat.gates),
            album: Album::default(),
            open: BTreeMap::new(),
            second: None,
            snapshot_at: Timestamp::EPOCH,
            interval: beat.interval,
            duty_interval: None,
            pace: Pace::Idle,
            last: None,
        }
    }

    pub(super) fn with_second(self, second: Option<SecondStream>) -> Self {
        Self { second, ..self }
    }

    /// Takes in what the second stream has given, and asks it for what began.
    pub(super) fn look_at_second(&mut self, now: Timestamp) {
        let Some(second) = &mut self.second else { return };
        let filing = self.open.values().any(|note| note.lacks_c);
        second.look(now, &self.patrol.watched(), filing);
    }

    /// Follows a clock that was set back: the looks would count for nothing
    /// until it reached its old time again.
    pub(super) fn follow_clock(&mut self, keyframe: &Keyframe) {
        let (captured_at, received_at) = (keyframe.captured_at, keyframe.received_at);
        if let Some((last, last_received)) = self.last.replace((captured_at, received_at)) {
            let back = last.since(captured_at);
            if back >= SET_BACK_MIN {
                // So much has truly passed; at least something, so that the look counts.
                let passed = received_at.since(last_received).max(Duration::from_millis(1));
                tracing::warn!(camera = %self.camera, ?back, "the clock of the pictures was set back");
                self.patrol.set_back(back + passed);
            }
        }
    }

    pub(super) const fn follow_duty(&mut self, interval: Option<Duration>) {
        self.duty_interval = interval;
    }

    pub(super) const fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    /// When the camera wants its next look. Weights say who waits less when
    /// there are more cameras than time.
    pub(super) fn asked(&self) -> Asked {
        let usual = self.duty_interval.unwrap_or(self.interval);
        let (interval, weight) = match self.pace {
            Pace::Idle => (usual, 1.0),
            Pace::Armed => (usual, 1.2),
            Pace::Open => (usual, 1.4),
            Pace::Candidate => (usual, 1.6),
            Pace::Confirming => (Duration::ZERO, 2.0),
        };
        Asked { interval, weight }
    }

    /// Notes what may be known of this post after a look; its zones are noted when they change.
    pub(super) fn tell(&self, facts: &mut Facts, at: Timestamp, trouble: &str, last: &Keyframe) {
        let stays = self.patrol.stays().iter().filter(|stay| stay.sightings() > 1);
        let for_review: BTreeMap<StayId, ReviewReport> = self
            .patrol
            .for_review()
            .map(|(stay, zone, since)| (stay, ReviewReport { zone: zone.clone(), since }))
            .collect();
        let report = |stay: &Stay| StayReport {
            kind: stay.thing(),
            box_in_image: *stay.place(),
            began_at: stay.began_at(),
            dwell_s: stay.dwell().as_secs_f64(),
            for_review: for_review.get(&stay.id()).cloned(),
        };
        facts.stays.clear();
        facts.stays.extend(stays.map(report));
        trouble.clone_into(&mut facts.trouble);
        facts.looked_at = Some(at);
        facts.open_cases = self.open.len();
        facts.last = Some(last.clone());
    }

    fn zones(&self) -> Vec<ZoneReport> {
        let report = |zone: &Zone| ZoneReport {
            id: zone.id.clone(),
            kind: zone.kind,
            polygon: zone.polygon.corners().to_vec(),
        };
        self.patrol.zones().iter().map(report).collect()
    }
}

impl Station {
    /// Has the camera judged by other zones from now on; what stands there is still known.
    pub(super) fn rezone(&self, zones: Vec<Zone>, time_zone: TimeZone) {
        let mut post = self.enter();
        // Matters of zones that are gone stay with the people who have them.
        post.open.retain(|(zone, _), _| zones.iter().any(|other| other.id == *zone));
        post.patrol.rezone(zones, time_zone);
        self.facts().zones = post.zones();
    }

    /// Has the camera looked at otherwise from now on; what stands there is still known.
    pub(super) fn rebeat(&self, beat: Beat) -> Asked {
        let mut post = self.enter();
        post.interval = beat.interval;
        post.patrol.retime(beat.gates, beat.forgiven());
        post.asked()
    }

    pub(super) fn take_second(&self, second: Option<SecondStream>) {
        self.enter().second = second;
    }

    /// Takes hold of the post. A worker that panicked there has left one look
    /// unfinished; the next goes on from what there is.
    pub(super) fn enter(&self) -> MutexGuard<'_, Post> {
        self.post.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Posts {
    pub(super) fn add(&self, slot: SlotKey, post: Post) {
        let facts = Facts { zones: post.zones(), ..Facts::default() };
        let camera = post.camera.clone();
        let station = Station { camera, post: Mutex::new(post), facts: Mutex::new(facts) };
        self.stations().insert(slot, Arc::new(station));
    }

    pub(super) fn get(&self, slot: SlotKey) -> Option<Arc<Station>> {
        self.stations().get(&slot).cloned()
    }

    /// In the order in which they were added.
    pub(super) fn all(&self) -> Vec<Arc<Station>> {
        self.stations().values().cloned().collect()
    }

    pub(super) fn of(&self, camera: &CameraId) -> Option<Arc<Station>> {
        self.stations().values().find(|station| station.camera == *camera).cloned()
    }

    pub(super) fn slot_of(&self, camera: &CameraId) -> Option<SlotKey> {
        let stations = self.stations();
        stations.iter().find(|(_, station)| station.camera == *camera).map(|(slot, _)| *slot)
    }

    /// A look under way there comes to its end.
    pub(super) fn remove(&self, slot: SlotKey) {
        self.stations().remove(&slot);
    }

    fn stations(&self) -> MutexGuard<'_, BTreeMap<SlotKey, Arc<Station>>> {
        self.by_slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
