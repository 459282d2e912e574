//! What a history comes to: the sum of its entries, and of nothing else.

use std::time::Duration;

use crate::cases::CaseId;
use crate::city::PersonId;
use crate::time::Timestamp;

use super::FalseReason;
use super::LifeEntry;
use super::Stage;
use super::Step;

/// What a person said of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// It was right to file it.
    pub right: bool,
    /// Why not; none of an older one.
    pub reason: Option<FalseReason>,
}

/// The clock is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suspension {
    pub since: Timestamp,
    /// Then it is over, also if nobody resumes the case.
    pub until: Timestamp,
}

/// Read from the entries alone, so that a history read again comes to the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) stage: Stage,
    pub(super) last_at: Timestamp,
    /// By when the stage is to end.
    pub(super) due: Option<Timestamp>,
    /// By when it was to be handled, when that clock last ran.
    pub(super) handle_due: Option<Timestamp>,
    /// What is left of the class's clock while it is stopped.
    pub(super) left: Option<Duration>,
    pub(super) suspended: Option<Suspension>,
    /// All suspensions that are over.
    pub(super) suspended_for: Duration,
    pub(super) extensions: u8,
    pub(super) handler: Option<PersonId>,
    pub(super) merged_into: Option<CaseId>,
    pub(super) cleared_at: Option<Timestamp>,
    pub(super) still_seen_at: Option<Timestamp>,
    pub(super) verdict: Option<Verdict>,
    pub(super) marks: usize,
}

impl State {
    pub(super) const fn of_first(entry: &LifeEntry) -> Self {
        Self {
            stage: entry.stage,
            last_at: entry.at,
            due: entry.due,
            handle_due: None,
            left: None,
            suspended: None,
            suspended_for: Duration::ZERO,
            extensions: 0,
            handler: None,
            merged_into: None,
            cleared_at: None,
            still_seen_at: None,
            verdict: None,
            marks: 0,
        }
    }

    pub(super) fn add(&mut self, entry: &LifeEntry) {
        (self.stage, self.last_at, self.due) = (entry.stage, entry.at, entry.due);
        match &entry.step {
            Some(Step::Dispatch { to } | Step::Reassign { to }) => self.handler = Some(to.clone()),
            Some(Step::Return) if entry.stage == Stage::Filed => self.handler = None,
            // What was seen before it was said again tells nothing of this time.
            Some(Step::Handle { .. }) => self.still_seen_at = None,
            Some(Step::Suspend { until }) => {
                self.suspended = Some(Suspension { since: entry.at, until: *until });
            }
            Some(Step::Extend) => self.extensions = self.extensions.saturating_add(1),
            Some(Step::Merge { into }) => self.merged_into = Some(into.clone()),
            Some(Step::Split) => (self.merged_into, self.handler) = (None, None),
            Some(Step::Clear) => (self.cleared_at, self.still_seen_at) = (Some(entry.at), None),
            Some(Step::SeeStill) => (self.cleared_at, self.still_seen_at) = (None, Some(entry.at)),
            Some(Step::Judge { right, reason }) => {
                self.verdict = Some(Verdict { right: *right, reason: *reason });
            }
            Some(Step::Reject) => self.verdict = Some(Verdict { right: false, reason: None }),
            _ => {}
        }
        self.marks += usize::from(entry.step.as_ref().is_some_and(Step::is_mark));
        let stops = matches!(entry.step, Some(Step::Suspend { .. } | Step::Handle { .. }));
        if stops {
            self.left = entry.left;
        }
        let ends = matches!(entry.step, Some(Step::Resume)) || entry.stage.is_end();
        if let Some(suspension) = self.suspended.take_if(|_| ends) {
            self.suspended_for += entry.at.min(suspension.until).since(suspension.since);
        }
        if entry.stage.is_with_handler() && entry.due.is_some() {
            self.handle_due = entry.due;
        }
    }
}
