//! The figures and the life that the scripted program of the tests answers with.

use std::time::Duration;

use crate::cases::Actor;
use crate::cases::Case;
use crate::cases::CaseId;
use crate::cases::FalseReason;
use crate::cases::LifeEntry;
use crate::cases::Precision;
use crate::cases::Report;
use crate::cases::ReportQuery;
use crate::cases::Reporter;
use crate::cases::Stage;
use crate::cases::Step;
use crate::cases::Subject;
use crate::cases::VerdictCount;
use crate::cases::Violation;
use crate::city::ClassId;
use crate::city::GridId;
use crate::city::PersonId;
use crate::dispatch::HotSpotReport;
use crate::dispatch::LifeReport;
use crate::dispatch::RouteReport;
use crate::geometry::GeoPoint;
use crate::ingest::CameraId;
use crate::rules::ZoneId;
use crate::store::HotSpot;
use crate::time::Timestamp;

use super::scripted::CASE;
use super::scripted::START;

/// A filed case, routed.
pub(super) fn life(id: &CaseId) -> LifeReport {
    let begun = LifeEntry {
        number: 1,
        at: START,
        by: Actor::Camera(CameraId::new("north").unwrap()),
        step: None,
        why: None,
        stage: Stage::Found,
        due: Some(START + Duration::from_secs(900)),
        left: None,
        late: false,
    };
    let filed = LifeEntry {
        number: 2,
        by: Actor::Program,
        step: Some(Step::File),
        stage: Stage::Filed,
        ..begun.clone()
    };
    LifeReport {
        case_id: id.clone(),
        class: ClassId::new("illegal_parking").unwrap(),
        grid: Some(GridId::new("north-07").unwrap()),
        stage: Stage::Filed,
        due: filed.due,
        overdue: false,
        suspended_until: None,
        extensions: 0,
        handler: None,
        route: Some(RouteReport {
            person: PersonId::new("li").unwrap(),
            unit: None,
            because: "the class's role in the grid",
        }),
        cleared_at: None,
        still_seen_at: None,
        merged_into: None,
        right: None,
        false_reason: None,
        entries: vec![begun, filed],
    }
}

/// Of a city without cases.
pub(super) fn report(query: ReportQuery) -> Report {
    let city = crate::city::sample::example();
    Reporter::new(&city, query, START).finish()
}

/// Twenty wrong ones at the start.
pub(super) fn precision((from, to): (Timestamp, Timestamp), goal: f64) -> Precision {
    let count = VerdictCount {
        class: ClassId::new("illegal_parking").unwrap(),
        camera: Some(CameraId::new("north").unwrap()),
        zone: ZoneId::new("kerb"),
        right: false,
        reason: Some(FalseReason::Queue),
        cases: u64::from(from <= START && START < to) * 20,
    };
    Precision::of(&[count], goal)
}

pub(super) fn violation(subject: &Subject) -> Violation {
    Violation {
        subject: subject.clone(),
        case_id: CaseId::parse(CASE).unwrap(),
        class: ClassId::new("illegal_parking").unwrap(),
        at: START,
        by: "li".to_owned(),
        excused: true,
        why: "moved at once".to_owned(),
    }
}

/// A place where garbage comes back.
pub(super) fn hot_spot() -> HotSpotReport {
    let (class, cases) = (ClassId::new("garbage_pile"), vec![CaseId::parse(CASE).unwrap()]);
    let (class, place) = (class.unwrap(), GeoPoint::new(113.605, 34.705).unwrap());
    let spot = HotSpot { number: 7, class, place, since: START, count: 3, cases };
    HotSpotReport {
        spot,
        class_name: Some("Garbage".to_owned()),
        grid: Some(GridId::new("north-07").unwrap()),
        days: 30,
        hot: true,
    }
}

pub(super) fn case(id: &str, filed_at: Timestamp) -> Case {
    serde_json::from_value(serde_json::json!({
        "id": id, "kind": "illegal_parking", "camera_id": "north", "zone_id": "kerb",
        "state": "filed", "revision": 2, "thing": "car",
        "began_at": START - Duration::from_secs(300), "began_before_start": false,
        "proved_at": START, "filed_at": filed_at, "seen_at": START, "cleared_at": null,
        "box": [0.25, 0.5, 0.5, 0.75], "score": 0.75, "dwell_s": 300.0,
        "evidence": [{
            "role": "A", "captured_at": START - Duration::from_secs(300),
            "file": format!("2026/05/01/{id}/A.jpg"), "sha256": "00".repeat(32),
            "width": 1920, "height": 1080, "box": [0.25, 0.5, 0.5, 0.75],
        }],
        "latency": {
            "captured_at": START, "received_at": START, "taken_at": START, "decoded_at": START,
            "inferred_at": START, "decided_at": START, "filed_at": filed_at, "delivered_at": null,
            "decision_ms": 48.5, "emission_ms": null, "over_budget": [],
        },
    }))
    .unwrap()
}
