//! What can be done with a case, by whom, and why.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::cases::CaseId;
use crate::city::PersonId;
use crate::ingest::CameraId;
use crate::time::Timestamp;

use super::FalseReason;

/// One step in the life of a case. In JSON `{"step": "suspend", "until": "..."}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// A person is to look at it first.
    Review,
    File,
    Dispatch {
        to: PersonId,
    },
    Accept,
    /// It is done; what became of it, such as "advised away" or "towed".
    Handle {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<String>,
    },
    /// Back to where it came from: not mine, or not done.
    Return,
    Check,
    Close,
    /// It was no case: what a false verdict says too. Stands in older histories;
    /// who takes it now gives that verdict.
    Reject,
    /// It is told of in another case.
    Merge {
        into: CaseId,
    },
    /// It is no matter of that other case after all.
    Split,
    /// To somebody else, as to the head when the clock has run out.
    Reassign {
        to: PersonId,
    },
    /// The clock stops until then, or until it is resumed.
    Suspend {
        until: Timestamp,
    },
    Resume,
    /// The clock gets what its class allows more.
    Extend,
    /// The camera sees that the thing is gone.
    Clear,
    /// The camera sees it standing though it was said to be handled or gone.
    SeeStill,
    /// A person's verdict on whether it was right to file it. "False" ends a case that is open.
    Judge {
        right: bool,
        /// Only of a false one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<FalseReason>,
    },
}

/// Who takes a step.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// By the name that the person logs in with.
    Person(String),
    Camera(CameraId),
    /// Somebody who reported it.
    Citizen,
    /// The program's own rules.
    Program,
}

/// A step that somebody wants to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRequest {
    pub step: Step,
    pub by: Actor,
    pub at: Timestamp,
    pub why: Option<String>,
}

impl Step {
    /// The name in JSON, in messages and in the documentation.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::File => "file",
            Self::Dispatch { .. } => "dispatch",
            Self::Accept => "accept",
            Self::Handle { .. } => "handle",
            Self::Return => "return",
            Self::Check => "check",
            Self::Close => "close",
            Self::Reject => "reject",
            Self::Merge { .. } => "merge",
            Self::Split => "split",
            Self::Reassign { .. } => "reassign",
            Self::Suspend { .. } => "suspend",
            Self::Resume => "resume",
            Self::Extend => "extend",
            Self::Clear => "clear",
            Self::SeeStill => "see_still",
            Self::Judge { .. } => "judge",
        }
    }

    /// What it has made of the case: the word under which others are told of it.
    #[must_use]
    pub const fn told_as(&self) -> &'static str {
        match self {
            Self::Review => "in_review",
            Self::File => "taken_in",
            Self::Dispatch { .. } => "dispatched",
            Self::Accept => "accepted",
            Self::Handle { .. } => "handled",
            Self::Return => "returned",
            Self::Check => "checked",
            Self::Close => "closed",
            Self::Reject => "rejected",
            Self::Merge { .. } => "merged",
            Self::Split => "split_off",
            Self::Reassign { .. } => "reassigned",
            Self::Suspend { .. } => "suspended",
            Self::Resume => "resumed",
            Self::Extend => "extended",
            Self::Clear => "seen_gone",
            Self::SeeStill => "still_seen",
            Self::Judge { .. } => "judged",
        }
    }

    /// Whether nobody would understand it later without a reason.
    #[must_use]
    pub const fn needs_why(&self) -> bool {
        matches!(
            self,
            Self::Return
                | Self::Reject
                | Self::Split
                | Self::Suspend { .. }
                | Self::Extend
                | Self::Reassign { .. }
                | Self::Judge { right: false, reason: None | Some(FalseReason::Other) }
        )
    }

    /// The same said in the one way in which it is written down from now on.
    #[must_use]
    pub fn as_written(&self) -> Self {
        match self {
            Self::Reject => Self::Judge { right: false, reason: None },
            other => other.clone(),
        }
    }

    /// What a camera says; the case does not move.
    #[must_use]
    pub const fn is_mark(&self) -> bool {
        matches!(self, Self::Clear | Self::SeeStill)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(name) => f.write_str(name),
            Self::Camera(camera) => write!(f, "camera {camera}"),
            Self::Citizen => f.write_str("a citizen"),
            Self::Program => f.write_str("the program"),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One of each kind.
    pub(in crate::cases::life) fn every_step() -> Vec<Step> {
        let person = || PersonId::new("li").unwrap();
        let until = Timestamp::from_secs(2_000_000_000);
        vec![
            Step::Review,
            Step::File,
            Step::Dispatch { to: person() },
            Step::Accept,
            Step::Handle { outcome: Some("advised away".to_owned()) },
            Step::Return,
            Step::Check,
            Step::Close,
            Step::Reject,
            Step::Merge { into: CaseId::parse(&"0".repeat(32)).unwrap() },
            Step::Split,
            Step::Reassign { to: person() },
            Step::Suspend { until },
            Step::Resume,
            Step::Extend,
            Step::Clear,
            Step::SeeStill,
            Step::Judge { right: false, reason: None },
            Step::Judge { right: false, reason: Some(FalseReason::Queue) },
            Step::Judge { right: true, reason: None },
        ]
    }

    #[test]
    fn is_written_by_its_name() {
        for step in every_step() {
            let json = serde_json::to_value(&step).unwrap();
            assert_eq!(json["step"], step.name());
            assert!(step.told_as().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
            assert_eq!(serde_json::from_value::<Step>(json).unwrap(), step);
        }
        let unknown = r#"{"step": "dispatch", "to": "li", "too": 1}"#;
        assert!(serde_json::from_str::<Step>(unknown).is_err());
    }
}
