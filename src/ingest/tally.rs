//! What all looks of all cameras come to: the plain counts that capacity is judged by.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::runtime::Histogram;
use crate::runtime::Spread;

/// Counted since the start, from all workers.
#[derive(Debug, Default)]
pub struct LookTally {
    kept: Histogram,
    decision: Histogram,
    taken: AtomicU64,
    failed: AtomicU64,
    inferred: AtomicU64,
}

/// A reading of the tally.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookCounts {
    /// Between two looks of one camera, by the arrival of their keyframes.
    pub kept: Spread,
    /// From a keyframe's arrival until its rules had decided, of looks that were finished.
    pub decision: Spread,
    /// Turns that workers have taken, those that failed included.
    pub taken: u64,
    /// Turns whose keyframe could not be decoded or judged.
    pub failed: u64,
    /// Finished looks that had asked the detector.
    pub inferred: u64,
}

impl LookTally {
    /// A camera's turn was taken, `kept` after its last one.
    pub(super) fn taken(&self, kept: Option<Duration>) {
        self.taken.fetch_add(1, Ordering::Relaxed);
        if let Some(kept) = kept {
            self.kept.record(kept);
        }
    }

    /// A look came to nothing.
    pub fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    /// A look has come to its end.
    pub fn decided(&self, decision: Duration, inferred: bool) {
        self.decision.record(decision);
        self.inferred.fetch_add(u64::from(inferred), Ordering::Relaxed);
    }

    #[must_use]
    pub fn counts(&self) -> LookCounts {
        LookCounts {
            kept: self.kept.spread(),
            decision: self.decision.spread(),
            taken: self.taken.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            inferred: self.inferred.load(Ordering::Relaxed),
        }
    }
}

impl LookCounts {
    /// What came after `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            kept: self.kept.since(&earlier.kept),
            decision: self.decision.since(&earlier.decision),
            taken: self.taken.saturating_sub(earlier.taken),
            failed: self.failed.saturating_sub(earlier.failed),
            inferred: self.inferred.saturating_sub(earlier.inferred),
        }
    }

    /// Looks that were decoded and judged.
    #[must_use]
    pub fn finished(&self) -> u64 {
        self.decision.count()
    }
}
