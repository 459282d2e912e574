//! The time of each step from a picture to the city's answer, and the budget it is held against.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::time::Timestamp;

/// When one picture passed each step, on our clock; `captured_at` may be the camera's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LookTimes {
    pub captured_at: Timestamp,
    /// Its last byte arrived.
    pub received_at: Timestamp,
    /// A worker took it from its slot.
    pub taken_at: Timestamp,
    pub decoded_at: Timestamp,
    /// The detector gave its boxes.
    pub inferred_at: Timestamp,
    /// The rules had judged it.
    pub decided_at: Timestamp,
}

impl LookTimes {
    /// Of what no camera looked at, or what took no time: every step at `at`.
    #[must_use]
    pub const fn at(at: Timestamp) -> Self {
        Self {
            captured_at: at,
            received_at: at,
            taken_at: at,
            decoded_at: at,
            inferred_at: at,
            decided_at: at,
        }
    }

    /// What the budget's *decision* measures.
    #[must_use]
    pub fn decision(&self) -> Duration {
        self.decided_at.since(self.received_at)
    }

    /// Puts the look's steps into the metrics, and counts it if it missed the
    /// budget. Called once a look, whatever came of it.
    pub fn record(&self, budget: &Budget) {
        record_stage("received_to_taken", self.taken_at.since(self.received_at));
        record_stage("decode", self.decoded_at.since(self.taken_at));
        record_stage("infer", self.inferred_at.since(self.decoded_at));
        record_stage("rules", self.decided_at.since(self.inferred_at));
        record_stage("decision", self.decision());
        if self.decision() > budget.decision {
            count_violation("decision");
        }
    }
}

/// One passage of a stage, in the histogram `xunjie_stage_seconds`.
pub fn record_stage(stage: &'static str, length: Duration) {
    metrics::histogram!("xunjie_stage_seconds", "stage" => stage).record(length.as_secs_f64());
}

/// One missed budget, in the counter `xunjie_budget_violations_total`.
pub fn count_violation(budget: &'static str) {
    metrics::counter!("xunjie_budget_violations_total", "budget" => budget).increment(1);
}

/// How long the way may take; a case that took longer says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// From a keyframe received to its rules decided.
    pub decision: Duration,
    /// From the proving keyframe received to the first delivery acknowledged.
    pub emission: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Self { decision: Duration::from_secs(1), emission: Duration::from_secs(2) }
    }
}
