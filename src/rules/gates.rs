//! When a look may be spared: nothing has moved, and nothing waits for the next look.
//!
//! Two gates, one before decoding (by what the stream sent) and one before
//! inference (by what the picture shows). What they spare is counted as seen
//! again as it was: it neither proves nor clears anything, and after at most
//! `look_at_least` there is a look whatever the gates say.

use std::time::Duration;

use crate::geometry::BoxInImage;
use crate::ingest::Deltas;
use crate::time::Timestamp;
use crate::tracking::Change;
use crate::tracking::ChangeGauge;
use crate::tracking::SmallPicture;
use crate::tracking::StreamGauge;

use super::Zone;

/// A thing that has come is looked at so often before anything is spared: the
/// detector may see it late, and one look proves nothing.
const LOOKS_AFTER_CHANGE: u32 = 5;
/// The first rest after a change is shorter than the longest, by lot, but not than this share.
const FIRST_REST_MIN: f64 = 0.3;
/// What happens this close to a zone, in fractions of the picture, may matter
/// to it: who stands beside a thing, and a thing is taller than its ground.
const MARGIN: f32 = 0.08;

/// How freely looks are spared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GateSettings {
    pub on: bool,
    /// The longest time without a look, so that what never moves is found.
    pub look_at_least: Duration,
}

impl GateSettings {
    /// The longest time without a look where the operator does not say otherwise.
    pub const LOOK_AT_LEAST: Duration = Duration::from_secs(30);
    /// Every picture is looked at.
    pub const OFF: Self = Self { on: false, look_at_least: Self::LOOK_AT_LEAST };
    pub const ON: Self = Self { on: true, look_at_least: Self::LOOK_AT_LEAST };
}

/// The two gates of one camera.
#[derive(Debug)]
pub(super) struct Gates {
    settings: GateSettings,
    stream: StreamGauge,
    change: ChangeGauge,
    /// Around which boxes a change matters; the whole picture if there are none.
    grounds: Vec<BoxInImage>,
    /// What the stream sent before the picture that is looked at next.
    heard: Option<Deltas>,
    /// Looks since something last changed.
    quiet_looks: u32,
    looked_at: Option<Timestamp>,
    turned_at: Option<Timestamp>,
    /// From the turn before to the last.
    beat: Duration,
    /// The longest time from the last look to the next.
    rest: Duration,
}

impl Gates {
    pub(super) const fn settings(&self) -> GateSettings {
        self.settings
    }

    pub(super) fn new(settings: GateSettings, zones: &[Zone]) -> Self {
        Self {
            settings,
            stream: StreamGauge::default(),
            change: ChangeGauge::default(),
            grounds: zones.iter().map(|zone| around(&zone.polygon.bounds())).collect(),
            heard: None,
            quiet_looks: 0,
            looked_at: None,
            turned_at: None,
            beat: Duration::ZERO,
            rest: settings.look_at_least,
        }
    }

    /// A turn begins; what the stream sent since the last one is none after a connection anew.
    pub(super) fn turn(&mut self, at: Timestamp, heard: Option<Deltas>) {
        if let Some(last) = self.turned_at.filter(|last| *last < at) {
            self.beat = at.since(last);
        }
        self.turned_at = Some(at);
        self.heard = heard;
    }

    /// Whether the stream says that nothing moved.
    pub(super) fn hears_nothing(&self, keyframe_bytes: usize) -> bool {
        self.heard.is_some_and(|deltas| self.stream.says_still(deltas, keyframe_bytes))
    }

    /// Compares the picture with that of the last look; true if it shows the same.
    /// `closely`: a change anywhere counts, not only at the zones.
    pub(super) fn sees_nothing(
        &mut self,
        before: Option<&SmallPicture>,
        now: &SmallPicture,
        closely: bool,
    ) -> bool {
        if !self.settings.on {
            return false;
        }
        let grounds = &self.grounds;
        let matters = |block: &BoxInImage| {
            grounds.is_empty() || grounds.iter().any(|ground| ground.intersection(block) > 0.0)
        };
        let change =
            before.map_or(Change::UNKNOWN, |before| self.change.compare(before, now, matters));
        if let Some(heard) = self.heard.take().filter(|_| before.is_some()) {
            // A stream does not say where it moves: where something always does, it says nothing.
            self.stream.learn(heard, change.anywhere);
        }
        let changed = if closely { change.anywhere } else { change.within };
        if changed {
            self.wake();
        }
        !changed
    }

    /// Whether a look at this time could wait for the next turn.
    pub(super) fn may_rest(&self, at: Timestamp) -> bool {
        let in_time =
            self.looked_at.is_some_and(|last| last < at && at.since(last) + self.beat <= self.rest);
        self.settings.on && in_time && self.quiet_looks >= LOOKS_AFTER_CHANGE
    }

    /// A look was taken.
    pub(super) fn looked(&mut self, at: Timestamp) {
        self.looked_at = Some(at);
        self.quiet_looks = self.quiet_looks.saturating_add(1);
        let longest = self.settings.look_at_least;
        // Cameras that were started together, or woken by one cloud, would else rest together
        // and be due together, every half minute.
        self.rest = if self.quiet_looks == LOOKS_AFTER_CHANGE {
            longest.mul_f64(FIRST_REST_MIN + (1.0 - FIRST_REST_MIN) * lot(at))
        } else {
            longest
        };
    }

    /// The next looks are taken whatever the gates say.
    pub(super) fn wake(&mut self) {
        self.quiet_looks = 0;
    }

    pub(super) const fn looked_at(&self) -> Option<Timestamp> {
        self.looked_at
    }

    pub(super) fn set_back(&mut self, by: Duration) {
        self.looked_at = self.looked_at.map(|at| at - by);
        self.turned_at = self.turned_at.map(|at| at - by);
    }
}

/// 0 to 1, another for each moment: the microseconds of a look are as good as drawn by lot.
fn lot(at: Timestamp) -> f64 {
    let mixed = (at.as_micros() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    mixed as f64 / (1_u64 << 24) as f64
}

fn around(b: &BoxInImage) -> BoxInImage {
    BoxInImage::clipped(b.x0() - MARGIN, b.y0() - MARGIN, b.x1() + MARGIN, b.y1() + MARGIN)
}
