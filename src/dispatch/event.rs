//! The envelope in which every sink gets a case: CloudEvents 1.0 in structured JSON.

use serde_json::Value;
use serde_json::json;

use crate::cases::CaseChange;
use crate::store::Delivery;

/// The content type of an event.
pub(super) const EVENT_TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// All types begin so; what has become of the case comes last.
const TYPE_ROOT: &str = "cn.xunjie.case.";

/// The event of a delivery. The same delivery always gives the same event:
/// its `id` is the idempotency key, its `time` that of the revision.
/// `source` is a URI reference that names this installation.
#[must_use]
pub fn cloud_event(delivery: &Delivery, source: &str) -> Value {
    json!({
        "specversion": "1.0",
        "id": delivery.id.idempotency_key(),
        "source": source,
        "type": format!("{TYPE_ROOT}{}", change_of(delivery)),
        "subject": delivery.id.case_id,
        "time": delivery.at,
        "datacontenttype": "application/json",
        "data": delivery.case,
    })
}

/// What has become of the case, in a word: `filed`, `updated` or `cleared`, or
/// that of the step in its life, such as `dispatched`.
#[must_use]
pub fn change_of(delivery: &Delivery) -> &str {
    const UPDATED: &str = "updated";
    match delivery.what {
        CaseChange::Filed => "filed",
        CaseChange::Cleared => "cleared",
        CaseChange::Evidence
        | CaseChange::Standing
        | CaseChange::Reopened
        | CaseChange::EvidenceRemoved
        | CaseChange::Merged
        | CaseChange::Joined
        | CaseChange::Parted => UPDATED,
        CaseChange::Life => delivery.case["life"]["change"].as_str().unwrap_or(UPDATED),
    }
}

#[cfg(test)]
mod tests {
    use crate::cases::CaseId;
    use crate::store::DeliveryId;
    use crate::store::SinkId;
    use crate::time::Timestamp;

    use super::*;

    #[test]
    fn has_what_cloud_events_asks_for() {
        let id = DeliveryId {
            case_id: CaseId::parse(&"0a".repeat(16)).unwrap(),
            revision: 3,
            sink_id: SinkId::new("desk").unwrap(),
        };
        let delivery = Delivery {
            id,
            what: CaseChange::Cleared,
            at: Timestamp::EPOCH,
            case: json!({"state": "cleared"}),
            attempts: 4,
            refusals: 0,
            created_at: Timestamp::EPOCH,
        };
        insta::assert_json_snapshot!(cloud_event(&delivery, "/xunjie/north"));
        let case = json!({"life": {"change": "dispatched", "step": "dispatch"}});
        let step = Delivery { what: CaseChange::Life, case, ..delivery };
        assert_eq!(cloud_event(&step, "/")["type"], "cn.xunjie.case.dispatched");
    }
}
