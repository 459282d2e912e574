//! What one case's history comes to for those who count cases.
//!
//! It holds nothing that the history does not: it is written beside each step
//! so that a report over a year need not read a million entries, and can be
//! made again from them at any time.

use crate::cases::FalseReason;
use crate::cases::Life;
use crate::cases::LifeEntry;
use crate::cases::Stage;
use crate::cases::Step;
use crate::city::ClassId;
use crate::city::GridId;
use crate::city::PersonId;
use crate::ingest::CameraId;
use crate::rules::ZoneId;
use crate::time::Timestamp;

/// The case's history in one line, and where the case is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    pub class: ClassId,
    pub grid: Option<GridId>,
    /// None where a citizen told of it; then the zone is empty.
    pub camera: Option<CameraId>,
    pub zone: ZoneId,
    /// When the clock of its stage runs out if nothing is done.
    pub due: Option<Timestamp>,
    /// Times that a first violation was excused in it.
    pub excused: u32,
    pub course: Course,
}

/// The way that a case has gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    pub stage: Stage,
    pub found_at: Timestamp,
    /// The first time, as are the others but `handled_at` and those after it.
    pub filed_at: Option<Timestamp>,
    pub dispatched_at: Option<Timestamp>,
    pub accepted_at: Option<Timestamp>,
    /// The last time: what was not done before was not handled.
    pub handled_at: Option<Timestamp>,
    pub checked_at: Option<Timestamp>,
    /// When it came to an end, whichever.
    pub ended_at: Option<Timestamp>,
    /// Somebody was sent later than intake and dispatch may take.
    pub sent_late: bool,
    /// It was handled, at last, after its time.
    pub handled_late: bool,
    pub returns: u32,
    pub suspended: bool,
    pub handler: Option<PersonId>,
    /// What became of it, in the handler's words.
    pub outcome: Option<String>,
    /// A person's last word: whether it was right to file it, and why not.
    pub right: Option<bool>,
    pub reason: Option<FalseReason>,
}

impl Course {
    #[must_use]
    pub fn of(life: &Life) -> Self {
        let found_at = life.entries().first().map_or(Timestamp::EPOCH, |first| first.at);
        let mut course = Self {
            stage: life.stage(),
            found_at,
            filed_at: None,
            dispatched_at: None,
            accepted_at: None,
            handled_at: None,
            checked_at: None,
            ended_at: None,
            sent_late: false,
            handled_late: false,
            returns: 0,
            suspended: false,
            handler: None,
            outcome: None,
            right: life.verdict().map(|verdict| verdict.right),
            reason: life.verdict().and_then(|verdict| verdict.reason),
        };
        for entry in life.entries() {
            course.add(entry);
        }
        course
    }

    fn add(&mut self, entry: &LifeEntry) {
        let at = Some(entry.at);
        match &entry.step {
            Some(Step::File) => {
                self.filed_at = self.filed_at.or(at);
                self.sent_late |= entry.late;
            }
            Some(Step::Dispatch { to }) => {
                // Who is sent again after a return has a clock of that return.
                self.sent_late |= entry.late && self.dispatched_at.is_none();
                self.dispatched_at = self.dispatched_at.or(at);
                self.handler = Some(to.clone());
            }
            Some(Step::Reassign { to }) => self.handler = Some(to.clone()),
            Some(Step::Accept) => self.accepted_at = self.accepted_at.or(at),
            Some(Step::Handle { outcome }) => {
                (self.handled_at, self.handled_late) = (at, entry.late);
                self.outcome.clone_from(outcome);
            }
            Some(Step::Check) => self.checked_at = at,
            Some(Step::Return) => {
                self.returns += 1;
                (self.handled_at, self.checked_at, self.handled_late) = (None, None, false);
                self.outcome = None;
            }
            // It was no end after all, and somebody else may be sent.
            Some(Step::Split) => (self.ended_at, self.handler) = (None, None),
            Some(Step::Suspend { .. }) => self.suspended = true,
            _ => {}
        }
        if entry.stage.is_end() && self.ended_at.is_none() {
            self.ended_at = at;
        }
    }
}

impl Digest {
    /// Whether it counts as a matter: not those that were none, and not those told of elsewhere.
    #[must_use]
    pub const fn is_matter(&self) -> bool {
        !matches!(self.course.stage, Stage::Rejected | Stage::Merged)
    }

    /// Whether it was not handled though its time was over by then.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        let waits = self.is_matter() && self.course.handled_at.is_none();
        let open = waits && self.course.stage != Stage::Closed;
        self.course.handled_late || (open && self.due.is_some_and(|due| due < now))
    }

    #[must_use]
    pub const fn is_on_time(&self) -> bool {
        self.is_matter() && self.course.handled_at.is_some() && !self.course.handled_late
    }
}
