//! Where a case stands at the dispatch centre, and which step leads where.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use super::Step;

/// One stage at a time; the last three are ends.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Seen by a camera or told by a citizen.
    Found,
    /// Waits for a person to say whether it is one.
    Review,
    /// Taken in; waits for somebody to be sent.
    Filed,
    /// Somebody was sent.
    Dispatched,
    /// Who was sent has taken it on.
    Accepted,
    /// Who was sent says that it is done.
    Handled,
    /// Somebody has seen that it is done.
    Checked,
    Closed,
    /// It was no case.
    Rejected,
    /// It is told of in another case.
    Merged,
}

impl Stage {
    pub const ALL: [Self; 10] = [
        Self::Found,
        Self::Review,
        Self::Filed,
        Self::Dispatched,
        Self::Accepted,
        Self::Handled,
        Self::Checked,
        Self::Closed,
        Self::Rejected,
        Self::Merged,
    ];

    /// The name in the store, in JSON and in questions.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Review => "review",
            Self::Filed => "filed",
            Self::Dispatched => "dispatched",
            Self::Accepted => "accepted",
            Self::Handled => "handled",
            Self::Checked => "checked",
            Self::Closed => "closed",
            Self::Rejected => "rejected",
            Self::Merged => "merged",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }

    /// Whether nothing more is to be done.
    #[must_use]
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Closed | Self::Rejected | Self::Merged)
    }

    /// Whether somebody is on it, so that the class's clock runs.
    #[must_use]
    pub const fn is_with_handler(self) -> bool {
        matches!(self, Self::Dispatched | Self::Accepted)
    }

    /// Where the step leads from here; none where it cannot be taken.
    #[must_use]
    #[expect(clippy::match_same_arms, reason = "the arms stand in the order of a case's life")]
    pub const fn after(self, step: &Step) -> Option<Self> {
        match (self, step) {
            (Self::Closed | Self::Rejected | Self::Merged, Step::Judge { .. }) => Some(self),
            (Self::Merged, Step::Split) => Some(Self::Filed),
            (Self::Closed | Self::Rejected | Self::Merged, _) => None,
            (_, Step::Reject | Step::Judge { right: false, .. }) => Some(Self::Rejected),
            (_, Step::Judge { right: true, .. }) => Some(self),
            (_, Step::Merge { .. }) => Some(Self::Merged),
            (_, Step::Clear | Step::SeeStill) => Some(self),
            (Self::Found, Step::Review) => Some(Self::Review),
            (Self::Found | Self::Review, Step::File) => Some(Self::Filed),
            (Self::Filed, Step::Dispatch { .. }) => Some(Self::Dispatched),
            (Self::Dispatched, Step::Accept) => Some(Self::Accepted),
            (Self::Accepted, Step::Handle { .. }) => Some(Self::Handled),
            (Self::Dispatched | Self::Accepted, Step::Return) => Some(Self::Filed),
            (
                Self::Dispatched | Self::Accepted,
                Step::Reassign { .. } | Step::Suspend { .. } | Step::Resume | Step::Extend,
            ) => Some(self),
            (Self::Handled, Step::Check) => Some(Self::Checked),
            (Self::Handled | Self::Checked, Step::Return) => Some(Self::Accepted),
            (Self::Checked, Step::Close) => Some(Self::Closed),
            _ => None,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::cases::life::step::tests::every_step;

    use super::*;

    const DOCUMENTATION: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/city.md"));

    /// Each allowed step as "from: name (to where)", the way the documentation has it.
    fn documented() -> BTreeSet<String> {
        let (_, rest) = DOCUMENTATION.split_once("| from | steps |\n| --- | --- |\n").unwrap();
        let rows = rest.lines().take_while(|line| line.starts_with('|'));
        let cells = rows.map(|row| row.trim_matches('|').split_once('|').unwrap());
        let steps = cells.flat_map(|(stages, steps)| {
            stages.trim().split(", ").flat_map(move |stage| {
                let steps = steps.trim().split(", ").filter(|step| !step.starts_with("none"));
                steps.map(move |step| {
                    let name = step.split(" (to ").next().unwrap().trim_start_matches("to ");
                    format!("{stage}: {name}")
                })
            })
        });
        steps.collect()
    }

    #[test]
    fn the_documentation_has_every_step_and_no_other() {
        let marks = ["judge", "clear", "see_still"];
        let allowed = Stage::ALL.into_iter().flat_map(|stage| {
            let steps = every_step().into_iter().filter(move |step| stage.after(step).is_some());
            steps.map(move |step| (stage, step))
        });
        let allowed = allowed.filter(|(_, step)| !marks.contains(&step.name()));
        let allowed: BTreeSet<_> =
            allowed.map(|(stage, step)| format!("{stage}: {}", step.name())).collect();
        assert_eq!(allowed, documented());
    }

    #[test]
    fn an_end_is_left_by_no_step() {
        for stage in Stage::ALL.into_iter().filter(|stage| stage.is_end()) {
            // What was merged by mistake is split off again.
            for step in every_step().into_iter().filter(|step| *step != Step::Split) {
                assert!(stage.after(&step).is_none_or(|to| to == stage), "{stage} {}", step.name());
            }
        }
    }
}
