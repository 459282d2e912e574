//! A camera in trouble says why, troubles no other, and goes on afterwards.

use std::time::Duration;

use xunjie::cases::CaseState;
use xunjie::ingest::CameraPhase;

use crate::picture::Fault;
use crate::picture::car;
use crate::street::KERB;
use crate::street::MORNING;
use crate::street::Plan;
use crate::street::Street;
use crate::street::kerb;

/// Two cameras, a car before each; for eight seconds something is the matter with one.
#[track_caller]
fn check_fault(fault: Fault, reason: &str) {
    let mut street = Plan::new().workers(1).camera("ill", &[KERB]).camera("well", &[KERB]).open();
    street.run_s(20);
    street.park("ill", car(1, 60));
    street.park("well", car(2, 60));
    street.run_s(20);
    street.fault("ill", fault);
    street.run_s(8);
    let report = street.report("ill");
    assert!(report.status.reason.contains(reason), "{:?}", report.status);
    assert_eq!(report.status.phase, CameraPhase::Live);
    let well = street.report("well");
    assert_eq!((well.status.reason.as_str(), well.looks), ("", 12));
    street.fault("ill", Fault::None);
    street.run_s(44);
    assert_eq!(street.report("ill").status.reason, "");
    let cases = street.end();
    assert_eq!(cases.len(), 2, "{cases:#?}");
    assert!(cases.iter().all(|case| case.began_at == MORNING + Duration::from_secs(24)));
}

#[test]
fn a_detector_that_fails_costs_its_camera_a_look() {
    check_fault(Fault::DetectorFails, "inference failed");
}

#[test]
fn a_detector_that_panics_costs_its_camera_a_look() {
    check_fault(Fault::DetectorPanics, "fault of ours");
}

#[test]
fn a_picture_that_cannot_be_decoded_is_told_and_forgiven() {
    check_fault(Fault::CutShort, "cannot decode");
}

#[test]
fn a_covered_camera_judges_nothing_and_says_so() {
    check_fault(Fault::Covered, "covered");
}

fn parked_case() -> Street {
    let mut street = kerb();
    street.run_s(20);
    street.park("kerb", car(1, 60));
    street.run_s(80);
    street.wait_for_case("the case", |_| true);
    street
}

#[test]
fn a_camera_that_was_away_for_ten_minutes_goes_on_with_the_same_case() {
    let mut street = parked_case();
    street.unplug("kerb");
    street.run_s(600);
    assert_eq!(street.report("kerb").status.phase, CameraPhase::Lost);
    assert!(street.report("kerb").status.reason.contains("plug"));
    street.plug_in("kerb");
    street.run_s(60);
    assert_eq!(street.report("kerb").status.phase, CameraPhase::Live);
    let case = street.wait_for_case("the case", |case| case.state == CaseState::Filed);
    assert_eq!(case.began_at, MORNING + Duration::from_secs(24));
    street.leave("kerb", car(1, 60));
    street.run_s(30);
    street.wait_for_case("the end", |case| case.state == CaseState::Cleared);
    assert_eq!(street.end().len(), 1);
}

#[test]
fn a_camera_covered_for_five_minutes_clears_nothing() {
    let mut street = parked_case();
    street.fault("kerb", Fault::Covered);
    street.run_s(300);
    street.fault("kerb", Fault::None);
    street.run_s(40);
    let case = street.wait_for_case("the case", |_| true);
    assert_eq!(case.state, CaseState::Filed);
    assert_eq!(street.end().len(), 1);
}
