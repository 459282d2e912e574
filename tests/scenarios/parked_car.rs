//! A car that stands too long is one case, kept up to date; one that leaves in time is none.

use std::time::Duration;

use xunjie::cases::CaseState;
use xunjie::cases::EvidenceRole;
use xunjie::detect::Kind;
use xunjie::rules::IncidentKind;

use crate::picture::box_of;
use crate::picture::car;
use crate::street::MORNING;
use crate::street::has;
use crate::street::kerb;

#[test]
fn is_filed_once_completed_and_cleared_when_it_is_gone() {
    let mut street = kerb();
    street.run_s(20);
    let parked = car(1, 60);
    street.park("kerb", parked);
    street.run_s(64);
    let case = street.wait_for_case("the case", |_| true);
    assert_eq!(case.kind, IncidentKind::IllegalParking);
    assert_eq!(case.thing, Some(Kind::Car));
    assert_eq!(case.began_at, MORNING + Duration::from_secs(24));
    assert_eq!(case.proved_at, MORNING + Duration::from_secs(84));
    assert!(!case.began_before_start);
    assert!(case.box_in_image.iou(&box_of(parked)) > 0.95, "{:?}", case.box_in_image);
    for role in [EvidenceRole::A, EvidenceRole::B, EvidenceRole::Crop] {
        assert!(has(&case, role), "{role:?} is missing: {:?}", case.evidence);
    }
    street.run_s(8);
    street.wait_for_case("picture C", |case| has(case, EvidenceRole::C));
    assert_eq!(street.report("kerb").open_cases, 1);
    street.leave("kerb", parked);
    street.run_s(30);
    let case = street.wait_for_case("the end", |case| case.state == CaseState::Cleared);
    assert!(has(&case, EvidenceRole::Cleared));
    assert!((60.0..=90.0).contains(&case.dwell_s), "{}", case.dwell_s);
    assert_eq!(street.report("kerb").open_cases, 0);
    assert_eq!(street.end().len(), 1);
}

#[test]
fn is_no_case_if_it_leaves_in_time() {
    let mut street = kerb();
    street.run_s(20);
    street.park("kerb", car(1, 60));
    street.run_s(52);
    street.leave("kerb", car(1, 60));
    street.run_s(120);
    assert_eq!(street.end(), []);
}

#[test]
fn is_one_case_though_a_bus_passes_in_front() {
    let mut street = kerb();
    street.run_s(20);
    street.park("kerb", car(1, 60));
    street.run_s(40);
    let bus = crate::picture::Thing { kind: Kind::Bus, number: 9, place: [40, 50, 90, 50] };
    street.park("kerb", bus);
    street.run_s(4);
    street.leave("kerb", bus);
    street.run_s(200);
    let cases = street.end();
    assert_eq!(cases.len(), 1, "{cases:#?}");
    assert_eq!(cases[0].began_at, MORNING + Duration::from_secs(24));
}

#[test]
fn each_step_of_the_look_is_told_with_the_case() {
    let mut street = kerb();
    street.run_s(20);
    street.park("kerb", car(1, 60));
    street.run_s(64);
    let case = street.wait_for_case("the delivery", |case| case.latency.delivered_at.is_some());
    let look = case.latency.look;
    assert_eq!((look.captured_at, look.received_at), (case.proved_at, case.proved_at));
    let steps =
        [look.received_at, look.taken_at, look.decoded_at, look.inferred_at, look.decided_at];
    assert!(steps.is_sorted(), "{steps:?}");
    assert_eq!(case.latency.over_budget, Vec::<String>::new());
    assert_eq!(street.desk.all()[0].case, case.id);
}
