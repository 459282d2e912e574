//! The envelope in which every sink gets a case: CloudEvents 1.0 in structured JSON.

use serde_json::Value;
use serde_json::json;

use crate::cases::CaseChange;
use crate::store::Delivery;

/// The content type of an event.
pub(super) const EVENT_TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// The event of a delivery. The same delivery always gives the same event:
/// its `id` is the idempotency key, its `time` that of the revision.
/// `source` is a URI reference that names this installation.
#[must_use]
pub fn cloud_event(delivery: &Delivery, source: &str) -> Value {
    json!({
        "specversion": "1.0",
        "id": delivery.id.idempotency_key(),
        "source": source,
        "type": type_of(delivery.what),
        "subject": delivery.id.case_id,
        "time": delivery.at,
        "datacontenttype": "application/json",
        "data": delivery.case,
    })
}

pub(super) const fn type_of(what: CaseChange) -> &'static str {
    match what {
        CaseChange::Filed => "cn.xunjie.case.filed",
        CaseChange::Cleared => "cn.xunjie.case.cleared",
        CaseChange::Evidence
        | CaseChange::Standing
        | CaseChange::Reopened
        | CaseChange::EvidenceRemoved => "cn.xunjie.case.updated",
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
    }
}
