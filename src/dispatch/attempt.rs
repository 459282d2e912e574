//! One attempt to hand over a delivery, and what follows from its outcome.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;

use crate::cases::count_violation;
use crate::cases::record_stage;
use crate::runtime::Backoff;
use crate::store::Delivery;
use crate::store::Store;
use crate::store::StoreError;
use crate::time::Clock;
use crate::time::Timestamp;

use super::DeliveryFailure;
use super::DispatchSettings;
use super::FailureKind;
use super::Sink;

/// No sink may hold one of the few places for longer, whatever it waits for.
const ATTEMPT_MAX: Duration = Duration::from_secs(60);

/// What became of an attempt, and stands in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Delivered,
    Failed(DeliveryFailure),
    GivenUp(DeliveryFailure),
}

/// What one attempt needs.
#[derive(Clone)]
pub(super) struct Attempt {
    pub(super) sink: Arc<dyn Sink>,
    pub(super) store: Arc<Store>,
    pub(super) clock: Clock,
    pub(super) settings: DispatchSettings,
}

impl Attempt {
    /// Hands the delivery over and notes the outcome.
    ///
    /// # Errors
    /// When the outcome could not be noted: the delivery will be made again,
    /// under the same key.
    pub(super) async fn make(self, delivery: Delivery) -> Result<Outcome, StoreError> {
        let began_at = self.clock.now();
        let handed = AssertUnwindSafe(self.sink.deliver(&delivery)).catch_unwind();
        let result = match tokio::time::timeout(ATTEMPT_MAX, handed).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(DeliveryFailure::away("the sink panicked")),
            Err(_) => Err(DeliveryFailure::away(format!("no answer within {ATTEMPT_MAX:?}"))),
        };
        let now = self.clock.now();
        record_stage("deliver", now.since(began_at));
        let noted = tokio::task::spawn_blocking(move || self.note(&delivery, result, now)).await;
        noted.unwrap_or_else(|stopped| Err(StoreError::Damaged(stopped.to_string())))
    }

    fn note(
        &self,
        delivery: &Delivery,
        result: Result<(), DeliveryFailure>,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let id = &delivery.id;
        let Err(failure) = result else {
            let budget = self.settings.emission_budget;
            if let Some(emission) = self.store.delivered(id, now, budget)? {
                record_stage("emission", emission);
                if emission > budget {
                    count_violation("emission");
                }
            }
            self.count("delivered");
            return Ok(Outcome::Delivered);
        };
        let Some(next_at) = next_attempt(delivery, &failure, now, &self.settings) else {
            self.store.dead(id, &failure.reason)?;
            self.count("dead");
            return Ok(Outcome::GivenUp(failure));
        };
        let refused = failure.kind == FailureKind::Refused;
        self.store.failed(id, next_at, &failure.reason, refused)?;
        self.count(if refused { "refused" } else { "failed" });
        Ok(Outcome::Failed(failure))
    }

    fn count(&self, outcome: &'static str) {
        let sink = self.sink.id().to_string();
        metrics::counter!("xunjie_deliveries_total", "sink" => sink, "outcome" => outcome)
            .increment(1);
    }
}

/// When to try again; `None` to give up. A refusal is tried at the slowest
/// pace at once: only a person can change the answer.
fn next_attempt(
    delivery: &Delivery,
    failure: &DeliveryFailure,
    now: Timestamp,
    settings: &DispatchSettings,
) -> Option<Timestamp> {
    let refused = failure.kind == FailureKind::Refused;
    let too_often = refused && delivery.refusals.saturating_add(1) >= settings.refusals_max;
    let too_old = now.since(delivery.created_at) >= settings.give_up_after;
    if too_often || too_old {
        return None;
    }
    let attempts = if refused { u32::MAX } else { delivery.attempts };
    let backoff = Backoff::new(settings.backoff_base, settings.backoff_cap);
    let wait = backoff.after(attempts).next_wait();
    let asked = failure.retry_after.unwrap_or_default().min(settings.backoff_cap);
    Some(now + wait.max(asked))
}

#[cfg(test)]
mod tests {
    use crate::cases::CaseChange;
    use crate::cases::CaseId;
    use crate::store::DeliveryId;
    use crate::store::SinkId;

    use super::*;

    fn delivery(attempts: u32, refusals: u32) -> Delivery {
        Delivery {
            id: DeliveryId {
                case_id: CaseId::parse(&"0".repeat(32)).unwrap(),
                revision: 1,
                sink_id: SinkId::new("desk").unwrap(),
            },
            what: CaseChange::Filed,
            at: Timestamp::EPOCH,
            case: serde_json::Value::Null,
            attempts,
            refusals,
            created_at: Timestamp::EPOCH,
        }
    }

    fn wait_s(attempts: u32, refusals: u32, failure: &DeliveryFailure) -> Option<f64> {
        let settings = DispatchSettings::default();
        let now = Timestamp::from_secs(60);
        let next = next_attempt(&delivery(attempts, refusals), failure, now, &settings)?;
        Some(next.secs_from(now))
    }

    #[test]
    fn waits_grow_from_one_second_to_five_minutes() {
        let away = DeliveryFailure::away("busy");
        assert!((0.5..=1.0).contains(&wait_s(0, 0, &away).unwrap()));
        assert!((4.0..=8.0).contains(&wait_s(3, 0, &away).unwrap()));
        assert!((150.0..=300.0).contains(&wait_s(40, 0, &away).unwrap()));
    }

    #[test]
    fn a_receiver_that_asks_for_time_gets_it_up_to_the_cap() {
        let asks = |s| DeliveryFailure {
            retry_after: Some(Duration::from_secs(s)),
            ..DeliveryFailure::away("busy")
        };
        assert!((wait_s(0, 0, &asks(30)).unwrap() - 30.0).abs() < 1e-6);
        assert!((wait_s(0, 0, &asks(86_400)).unwrap() - 300.0).abs() < 1e-6);
    }

    #[test]
    fn a_refusal_is_tried_slowly_and_given_up_after_twelve() {
        let refused = DeliveryFailure::refused("answered 401");
        assert!((150.0..=300.0).contains(&wait_s(0, 0, &refused).unwrap()));
        assert!(wait_s(11, 10, &refused).is_some());
        assert_eq!(wait_s(11, 11, &refused), None);
        assert!(wait_s(500, 0, &DeliveryFailure::away("busy")).is_some());
    }

    #[test]
    fn news_too_old_are_given_up() {
        let settings = DispatchSettings::default();
        let now = Timestamp::EPOCH + settings.give_up_after;
        let away = DeliveryFailure::away("busy");
        assert_eq!(next_attempt(&delivery(3, 0), &away, now, &settings), None);
    }
}
