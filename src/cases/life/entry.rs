//! One line of a case's history. Never changed, never taken out.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::time::Timestamp;

use super::Actor;
use super::Stage;
use super::Step;

/// A step that was taken, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LifeEntry {
    /// Counts from 1.
    pub number: u32,
    pub at: Timestamp,
    pub by: Actor,
    /// None in the first entry, in which the case is found.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub step: Option<Step>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Where the case stood after it.
    pub stage: Stage,
    /// By when the stage is to end; none where no clock runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// What was left of the class's clock when this step stopped it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub left: Option<Duration>,
    /// The stage that this step ended had passed its time.
    #[serde(default, skip_serializing_if = "is_false")]
    pub late: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
