//! A case's life: steps are checked, taken, and written behind all others.

use serde::Deserialize;
use serde::Serialize;

use crate::cases::CaseId;
use crate::city::PersonId;
use crate::time::Timestamp;

use super::Actor;
use super::Clocks;
use super::LifeEntry;
use super::LifeError;
use super::Stage;
use super::Step;
use super::StepRequest;
use super::Suspension;
use super::Verdict;
use super::state::State;

/// A case that goes back and forth more often needs no further entry, but a person.
const ENTRIES_MAX: usize = 1_000;
/// A camera whose view flickers must not use up the history of those who work.
const MARKS_MAX: usize = 200;
const WHY_CHARS_MAX: usize = 1_000;
const OUTCOME_CHARS_MAX: usize = 200;
const DAY_S: u64 = 24 * 3600;

/// Invariant: at least one entry; each follows from those before it; the state is their sum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Life {
    case_id: CaseId,
    entries: Vec<LifeEntry>,
    state: State,
}

/// As it is stored; read back entry by entry.
#[derive(Serialize, Deserialize)]
struct Written {
    case_id: CaseId,
    entries: Vec<LifeEntry>,
}

impl Life {
    /// A case is found; the clock of the intake begins.
    #[must_use]
    pub fn begin(case_id: CaseId, by: Actor, at: Timestamp, clocks: &Clocks<'_>) -> Self {
        let due = Some(clocks.due(at, clocks.rules.intake));
        let (stage, step) = (Stage::Found, None);
        let first =
            LifeEntry { number: 1, at, by, step, why: None, stage, due, left: None, late: false };
        Self { case_id, state: State::of_first(&first), entries: vec![first] }
    }

    /// A history read back.
    ///
    /// # Errors
    /// When an entry does not follow from those before it.
    pub fn replay(case_id: CaseId, entries: Vec<LifeEntry>) -> Result<Self, LifeError> {
        let broken = |number, reason: &str| LifeError::Broken { number, reason: reason.to_owned() };
        let first = entries.first().ok_or_else(|| broken(1, "it is missing"))?;
        if (first.number, &first.step, first.stage) != (1, &None, Stage::Found) {
            return Err(broken(first.number, "a history begins with 1, found"));
        }
        let mut state = State::of_first(first);
        for (index, entry) in entries.iter().enumerate().skip(1) {
            let number = entry.number;
            if number as usize != index + 1 || index >= ENTRIES_MAX {
                return Err(broken(number, "its number is not the next"));
            }
            let step = entry.step.as_ref().ok_or_else(|| broken(number, "it has no step"))?;
            if entry.at < state.last_at {
                return Err(broken(number, "it is earlier"));
            }
            check_suspension(&state, step).map_err(|error| broken(number, &error.to_string()))?;
            // A false verdict did not move an open case once.
            let unmoved = entry.stage == state.stage
                && matches!(step, Step::Judge { right: false, reason: None });
            if state.stage.after(step) != Some(entry.stage) && !unmoved {
                let reason =
                    format!("{step} does not lead from {} to {}", state.stage, entry.stage);
                return Err(broken(number, &reason));
            }
            state.add(entry);
        }
        Ok(Self { case_id, entries, state })
    }

    /// Takes the step, and before it the resumption of a suspension whose
    /// time is over. The new entries are those behind the ones there were.
    ///
    /// # Errors
    /// When the step cannot be taken; then nothing has changed.
    pub fn take(&mut self, request: StepRequest, clocks: &Clocks<'_>) -> Result<(), LifeError> {
        let mut next = self.clone();
        if let Some(suspension) = next.state.suspended.filter(|s| s.until <= request.at) {
            // A camera's mark may have come after the suspension's end.
            let at = suspension.until.max(next.state.last_at);
            let why = Some("the time of the suspension is over".to_owned());
            next.add(StepRequest { step: Step::Resume, by: Actor::Program, at, why }, clocks)?;
        }
        if !matches!(request.step, Step::Resume) || next.entries.len() == self.entries.len() {
            next.add(request, clocks)?;
        }
        *self = next;
        Ok(())
    }

    fn add(&mut self, request: StepRequest, clocks: &Clocks<'_>) -> Result<(), LifeError> {
        let StepRequest { step, by, at, why } = request;
        let stage = self.allowed(&step, at, why.as_deref(), clocks)?;
        let state = &self.state;
        let stopped = match step {
            Step::Suspend { .. } | Step::Handle { .. } => state.due,
            _ => None,
        };
        let left = stopped.and_then(|due| clocks.left(at, due));
        let due = next_due(state, &step, stage, at, clocks);
        let late = stage != state.stage && state.due.is_some_and(|due| due < at);
        let number = u32::try_from(self.entries.len() + 1).unwrap_or(u32::MAX);
        let entry = LifeEntry { number, at, by, step: Some(step), why, stage, due, left, late };
        self.state.add(&entry);
        self.entries.push(entry);
        Ok(())
    }

    /// The stage that the step leads to, if it can be taken now.
    fn allowed(
        &self,
        step: &Step,
        at: Timestamp,
        why: Option<&str>,
        clocks: &Clocks<'_>,
    ) -> Result<Stage, LifeError> {
        let state = &self.state;
        let (stage, name) = (state.stage, step.name());
        let marked = step.is_mark() && state.marks >= MARKS_MAX;
        if marked || self.entries.len() >= ENTRIES_MAX {
            return Err(LifeError::Full(self.entries.len()));
        }
        let to = stage.after(step).ok_or(LifeError::NotFrom { stage, step: name })?;
        check_suspension(state, step)?;
        if at < state.last_at {
            return Err(LifeError::Earlier { step: name, at, last: state.last_at });
        }
        if step.needs_why() && why.is_none_or(|why| why.trim().is_empty()) {
            return Err(LifeError::WhyMissing { stage, step: name });
        }
        check_length("a reason", why, WHY_CHARS_MAX)?;
        match step {
            Step::Handle { outcome } => {
                check_length("an outcome", outcome.as_deref(), OUTCOME_CHARS_MAX)?;
            }
            Step::Judge { right: true, reason: Some(reason) } => {
                return Err(LifeError::ReasonForRight(*reason));
            }
            Step::Merge { into } if *into == self.case_id => {
                return Err(LifeError::IntoItself(into.clone()));
            }
            Step::Suspend { until } => self.check_suspending(at, *until, clocks)?,
            Step::Extend => self.check_extending(at, clocks)?,
            Step::Clear if state.cleared_at.is_some() => {
                return Err(LifeError::MarkedAlready { stage, mark: "cleared" });
            }
            Step::SeeStill => self.check_seeing()?,
            _ => {}
        }
        Ok(to)
    }

    fn check_suspending(
        &self,
        at: Timestamp,
        until: Timestamp,
        clocks: &Clocks<'_>,
    ) -> Result<(), LifeError> {
        if until <= at {
            return Err(LifeError::SuspendedBackwards { at, until });
        }
        let max_days = clocks.rules.suspend_days_max;
        let allowed = std::time::Duration::from_secs(u64::from(max_days) * DAY_S);
        let left = allowed.saturating_sub(self.state.suspended_for);
        if until.since(at) > left {
            let asked_days = until.since(at).as_secs().div_ceil(DAY_S);
            let left_days = left.as_secs() / DAY_S;
            return Err(LifeError::SuspendedTooLong { asked_days, left_days, max_days });
        }
        Ok(())
    }

    fn check_extending(&self, at: Timestamp, clocks: &Clocks<'_>) -> Result<(), LifeError> {
        let (stage, max) = (self.state.stage, clocks.rules.extensions_max);
        if self.state.extensions >= max {
            return Err(LifeError::ExtensionsSpent { stage, max });
        }
        match self.state.due.filter(|due| *due < at) {
            Some(due) => Err(LifeError::Overdue { stage, due }),
            None => Ok(()),
        }
    }

    /// What stands there is news only when it was said to be gone or handled.
    fn check_seeing(&self) -> Result<(), LifeError> {
        let stage = self.state.stage;
        let said_done = matches!(stage, Stage::Handled | Stage::Checked);
        if self.state.still_seen_at.is_some() {
            return Err(LifeError::MarkedAlready { stage, mark: "still seen" });
        }
        if !said_done && self.state.cleared_at.is_none() {
            return Err(LifeError::NotFrom { stage, step: Step::SeeStill.name() });
        }
        Ok(())
    }

    #[must_use]
    pub const fn case_id(&self) -> &CaseId {
        &self.case_id
    }

    /// Everything that ever happened, in order.
    #[must_use]
    pub fn entries(&self) -> &[LifeEntry] {
        &self.entries
    }

    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.state.stage
    }

    /// Who was sent last; none before, and after it came back.
    #[must_use]
    pub const fn handler(&self) -> Option<&PersonId> {
        self.state.handler.as_ref()
    }

    /// The suspension that holds at this time.
    #[must_use]
    pub fn suspension(&self, now: Timestamp) -> Option<Suspension> {
        self.state.suspended.filter(|suspension| now < suspension.until)
    }

    /// By when the stage is to end; none at an end, and while the clock is stopped.
    #[must_use]
    pub fn due(&self, now: Timestamp, clocks: &Clocks<'_>) -> Option<Timestamp> {
        match (self.state.suspended, self.state.left) {
            (Some(suspension), Some(left)) => {
                (suspension.until <= now).then(|| clocks.due_with(suspension.until, left))
            }
            _ => self.state.due,
        }
    }

    #[must_use]
    pub fn is_overdue(&self, now: Timestamp, clocks: &Clocks<'_>) -> bool {
        self.due(now, clocks).is_some_and(|due| due < now)
    }

    #[must_use]
    pub const fn extensions(&self) -> u8 {
        self.state.extensions
    }

    #[must_use]
    pub const fn merged_into(&self) -> Option<&CaseId> {
        self.state.merged_into.as_ref()
    }

    /// Since when the camera sees it gone.
    #[must_use]
    pub const fn cleared_at(&self) -> Option<Timestamp> {
        self.state.cleared_at
    }

    /// When the camera saw it though it was said to be handled or gone.
    #[must_use]
    pub const fn still_seen_at(&self) -> Option<Timestamp> {
        self.state.still_seen_at
    }

    /// Whether a person said that it was right to file it; the last word counts.
    #[must_use]
    pub const fn verdict(&self) -> Option<Verdict> {
        self.state.verdict
    }
}

/// While the clock is stopped nothing moves the case but what ends it or the stop.
fn check_suspension(state: &State, step: &Step) -> Result<(), LifeError> {
    let stage = state.stage;
    let harmless = step.is_mark()
        || matches!(step, Step::Resume | Step::Reject | Step::Merge { .. } | Step::Judge { .. });
    match state.suspended {
        Some(suspension) if !harmless => {
            let until = suspension.until;
            Err(LifeError::Suspended { stage, step: step.name(), until })
        }
        None if matches!(step, Step::Resume) => Err(LifeError::NotSuspended { stage }),
        _ => Ok(()),
    }
}

fn check_length(what: &'static str, text: Option<&str>, max: usize) -> Result<(), LifeError> {
    let chars = text.map_or(0, |text| text.chars().count());
    if chars > max { Err(LifeError::TextLong { what, chars, max }) } else { Ok(()) }
}

/// By when the stage after the step is to end.
fn next_due(
    state: &State,
    step: &Step,
    stage: Stage,
    at: Timestamp,
    clocks: &Clocks<'_>,
) -> Option<Timestamp> {
    if stage.is_end() {
        return None;
    }
    let goes_on = |start| match state.left {
        Some(left) => Some(clocks.due_with(start, left)),
        None => state.handle_due,
    };
    match step {
        Step::File | Step::Split => Some(clocks.due(at, clocks.rules.dispatch)),
        Step::Dispatch { .. } => Some(clocks.due(at, clocks.handle)),
        Step::Handle { .. } | Step::Check => Some(clocks.due(at, clocks.rules.check)),
        Step::Return if stage == Stage::Filed => Some(clocks.due(at, clocks.rules.dispatch)),
        Step::Return => goes_on(at),
        // Who is late stays late; else the clock stops.
        Step::Suspend { .. } => state.due.filter(|due| *due < at),
        Step::Resume => {
            let ended = state.suspended.map_or(at, |suspension| suspension.until.min(at));
            goes_on(ended)
        }
        Step::Extend => state.due.map(|due| clocks.extended(due)),
        _ => state.due,
    }
}

impl TryFrom<Written> for Life {
    type Error = LifeError;

    fn try_from(written: Written) -> Result<Self, LifeError> {
        Self::replay(written.case_id, written.entries)
    }
}

impl From<Life> for Written {
    fn from(life: Life) -> Self {
        Self { case_id: life.case_id, entries: life.entries }
    }
}
