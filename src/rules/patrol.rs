//! One camera's patrol: from the boxes of a look to what the rules say of it.

use std::time::Duration;

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::Serialize;

use crate::detect::Detection;
use crate::detect::Kind;
use crate::ingest::Frame;
use crate::time::Timestamp;
use crate::tracking::SmallPicture;
use crate::tracking::Stay;
use crate::tracking::StayId;
use crate::tracking::StaySettings;
use crate::tracking::Stays;
use crate::tracking::View;
use crate::tracking::ViewState;

use super::IncidentChange;
use super::Pace;
use super::Scene;
use super::Watch;
use super::WatchMemory;
use super::Zone;

/// All that one camera's looks have taught.
#[derive(Debug)]
pub struct Patrol {
    view: View,
    stays: Stays,
    watch: Watch,
}

/// What a look has brought.
#[derive(Debug)]
pub struct Finding {
    pub view: ViewState,
    pub changes: Vec<IncidentChange>,
    /// Stays that a zone speaks of since this look.
    pub newly_watched: Vec<StayId>,
    pub pace: Pace,
}

/// What a patrol knows, to go on after a restart. Zones are not in it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct PatrolMemory {
    stays: Vec<Stay>,
    watch: WatchMemory,
}

impl Patrol {
    #[must_use]
    pub fn new(zones: Vec<Zone>, time_zone: TimeZone, settings: StaySettings) -> Self {
        Self::resume(zones, time_zone, settings, PatrolMemory::default())
    }

    /// Goes on where an earlier run stopped.
    #[must_use]
    pub fn resume(
        zones: Vec<Zone>,
        time_zone: TimeZone,
        settings: StaySettings,
        memory: PatrolMemory,
    ) -> Self {
        Self {
            view: View::default(),
            stays: Stays::resume(settings, memory.stays),
            watch: Watch::new(zones, time_zone).resume(memory.watch),
        }
    }

    #[must_use]
    pub fn memory(&self) -> PatrolMemory {
        PatrolMemory { stays: self.stays.all().to_vec(), watch: self.watch.memory() }
    }

    #[must_use]
    pub fn stays(&self) -> &[Stay] {
        self.stays.all()
    }

    #[must_use]
    pub fn zones(&self) -> &[Zone] {
        self.watch.zones()
    }

    /// The clock of the pictures was set back by so much. What stands there
    /// keeps its dwell, and the next looks count.
    pub fn set_back(&mut self, by: Duration) {
        self.view.set_back(by);
        self.stays.set_back(by);
        self.watch.set_back(by);
    }

    /// Whether the picture can be judged at all. Asked before inference, so
    /// that a covered camera costs none.
    pub fn view(&mut self, at: Timestamp, frame: &Frame) -> Sighted {
        let picture = SmallPicture::of(frame);
        let (view, adopted) = self.view.look(at, &picture);
        Sighted { at, picture, view, adopted }
    }

    /// Takes in what the detector saw. In a picture that shows nothing, or
    /// another street, the clocks of stays stand still.
    pub fn look(
        &mut self,
        sighted: &Sighted,
        frame: &Frame,
        detections: &[Detection],
        strong: impl Fn(Kind) -> f32,
    ) -> Finding {
        let at = sighted.at;
        let mut changes = Vec::new();
        let mut newly_watched = Vec::new();
        if sighted.adopted {
            let scene = Scene { at, stays: &[], movers: &[], detections: &[] };
            changes.extend(self.watch.look(&scene, &self.stays.forget()));
        }
        if sighted.view == ViewState::Good {
            let sight = self.stays.look(at, detections, strong, frame, &sighted.picture);
            let stays = self.stays.all();
            let scene = Scene { at, stays, movers: &sight.movers, detections };
            let before = self.watch.watched_stays();
            changes.extend(self.watch.look(&scene, &sight.ended));
            newly_watched.extend(self.watch.watched_stays().difference(&before));
        }
        Finding { view: sighted.view, changes, newly_watched, pace: self.watch.pace(at) }
    }
}

/// A look whose view has been judged, before inference.
#[derive(Debug)]
pub struct Sighted {
    at: Timestamp,
    picture: SmallPicture,
    view: ViewState,
    adopted: bool,
}

impl Sighted {
    /// Whether inference would be of use.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.view == ViewState::Good
    }
}
