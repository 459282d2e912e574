//! Why a step cannot be taken.

use crate::cases::CaseId;
use crate::time::Timestamp;

use super::FalseReason;
use super::Stage;

/// Each names the state and what was wanted of it; nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LifeError {
    #[error("cannot {step} a case that is {stage}")]
    NotFrom { stage: Stage, step: &'static str },
    #[error("cannot {step} a case that is {stage} and suspended until {until}; resume it first")]
    Suspended { stage: Stage, step: &'static str, until: Timestamp },
    #[error("cannot resume a case that is {stage} and not suspended")]
    NotSuspended { stage: Stage },
    #[error("cannot {step} a case that is {stage} without saying why")]
    WhyMissing { stage: Stage, step: &'static str },
    #[error("{what} of {chars} characters, must be at most {max}")]
    TextLong { what: &'static str, chars: usize, max: usize },
    #[error("cannot {step} a case at {at}, before its last step at {last}")]
    Earlier { step: &'static str, at: Timestamp, last: Timestamp },
    #[error("cannot suspend a case from {at} until {until}, which is not later")]
    SuspendedBackwards { at: Timestamp, until: Timestamp },
    #[error("cannot suspend a case for {asked_days} days, {left_days} of {max_days} are left")]
    SuspendedTooLong { asked_days: u64, left_days: u64, max_days: u16 },
    #[error("cannot extend a case that is {stage} more than {max} times")]
    ExtensionsSpent { stage: Stage, max: u8 },
    #[error("cannot extend a case that is {stage} and was due at {due}")]
    Overdue { stage: Stage, due: Timestamp },
    #[error("cannot mark a case that is {stage} as {mark}, which it is already")]
    MarkedAlready { stage: Stage, mark: &'static str },
    #[error("cannot judge a case right and give the reason {0} why it is not")]
    ReasonForRight(FalseReason),
    #[error("cannot merge case {0} into itself")]
    IntoItself(CaseId),
    #[error("the history has {0} entries and takes no more of this kind")]
    Full(usize),
    #[error("entry {number} of the history does not follow from those before it: {reason}")]
    Broken { number: u32, reason: String },
}
