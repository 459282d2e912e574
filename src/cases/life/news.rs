//! What those who hear of a case are told of a step in its life.

use serde::Serialize;

use crate::city::ClassId;
use crate::city::GridId;

use super::LifeEntry;
use super::Stage;
use super::Step;

/// Stands under `life` beside what the case itself says, in the store's
/// history and in the event. Never changed once it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LifeNews<'a> {
    /// The last word of the event's type, such as `dispatched`.
    change: &'static str,
    class: &'a ClassId,
    #[serde(skip_serializing_if = "Option::is_none")]
    grid: Option<&'a GridId>,
    #[serde(flatten)]
    entry: &'a LifeEntry,
}

impl<'a> LifeNews<'a> {
    #[must_use]
    pub fn of(entry: &'a LifeEntry, class: &'a ClassId, grid: Option<&'a GridId>) -> Self {
        let change = match &entry.step {
            // Only the first entry has none.
            None => "found",
            // To say so is to reject it.
            Some(Step::Judge { right: false, .. }) if entry.stage == Stage::Rejected => {
                Step::Reject.told_as()
            }
            Some(step) => step.told_as(),
        };
        Self { change, class, grid, entry }
    }
}
