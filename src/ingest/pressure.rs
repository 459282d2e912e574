//! Whether there are more cameras than time, as told by the looks that were taken.

use std::time::Duration;

use crate::time::Timestamp;

/// From this share of late looks on there are more cameras than time.
const LATE_SHARE: f64 = 0.1;
/// A keyframe that has waited longer gives way to those that have not: while
/// there are always some, as under overload, no look is of an older one.
pub(super) const FRESH: Duration = Duration::from_millis(100);
/// That is said of several looks in this time. Where turns are further apart, who
/// is fresh is chance, and who waits longest goes first.
const PACE_OF_FRESH_S: f64 = 0.05;
/// Who has waited so many times as long as is usual goes before all, however old
/// its keyframe is: nobody is to wait three times as long.
const PASSED_OVER: f64 = 2.0;
/// A look's step of what is smoothed: a hundred looks are a second or two.
const STEP: f64 = 0.02;

/// What the looks so far say of the load.
#[derive(Debug, Default)]
pub(super) struct Pressure {
    /// The median time between two looks at a camera, stepped after; none before the first.
    usual_s: Option<f64>,
    /// The last turn, and the smoothed time from one to the next.
    pace: Option<(Timestamp, f64)>,
    /// The smoothed share of late looks.
    late: f64,
}

/// Whether there are more cameras than time, and who goes first then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overload {
    No,
    /// Keyframes younger than this go first.
    FreshFor(Duration),
}

impl Pressure {
    pub(super) fn overload(&self) -> Overload {
        if self.late <= LATE_SHARE {
            return Overload::No;
        }
        let quick = self.pace.is_some_and(|(_, pace_s)| pace_s <= PACE_OF_FRESH_S);
        Overload::FreshFor(if quick { FRESH } else { Duration::MAX })
    }

    /// Who has waited longer, in seconds, goes before all.
    pub(super) fn long_s(&self) -> f64 {
        self.usual_s.map_or(f64::INFINITY, |usual_s| usual_s * PASSED_OVER)
    }

    /// A turn was taken, `kept` after the one before of its camera, if there was one.
    pub(super) fn take_note(&mut self, kept: Option<Duration>, late: bool, now: Timestamp) {
        if let Some(kept) = kept {
            self.late += (f64::from(u8::from(late)) - self.late) * STEP;
            let usual_s = self.usual_s.get_or_insert(kept.as_secs_f64());
            let more = kept.as_secs_f64() > *usual_s;
            *usual_s *= if more { 1.0 + STEP } else { 1.0 - STEP };
        }
        // Slow until it is known to be quick.
        let (last, pace_s) = self.pace.unwrap_or((now, 2.0 * PACE_OF_FRESH_S));
        let step_s = now.since(last).as_secs_f64();
        self.pace = Some((now, pace_s + (step_s - pace_s) * STEP));
    }
}
