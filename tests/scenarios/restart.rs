//! After a restart what stands there still stands there: no dwell is lost, no case is filed twice.

use std::time::Duration;

use xunjie::cases::CaseState;

use crate::picture::car;
use crate::street::MORNING;
use crate::street::kerb;

#[test]
fn the_dwell_goes_on_over_a_restart() {
    let mut street = kerb();
    street.run_s(20);
    street.park("kerb", car(1, 60));
    street.run_s(40);
    street.restart_after(Duration::from_secs(10));
    street.run_s(24);
    let case = street.wait_for_case("the case", |_| true);
    assert_eq!(case.began_at, MORNING + Duration::from_secs(24));
    assert_eq!(street.end().len(), 1);
}

#[test]
fn a_filed_case_is_not_filed_again_and_is_cleared_later() {
    let mut street = kerb();
    street.run_s(20);
    street.park("kerb", car(1, 60));
    street.run_s(80);
    let filed = street.wait_for_case("the case", |_| true);
    street.restart_after(Duration::from_secs(60));
    street.run_s(20);
    assert_eq!(street.report("kerb").open_cases, 1, "it is known to stand there still");
    street.leave("kerb", car(1, 60));
    street.run_s(30);
    let case = street.wait_for_case("the end", |case| case.state == CaseState::Cleared);
    assert_eq!((case.id, case.began_at), (filed.id, filed.began_at));
    assert_eq!(street.end().len(), 1);
}

#[test]
fn what_left_while_the_machine_was_down_is_cleared() {
    let mut street = kerb();
    street.run_s(20);
    street.park("kerb", car(1, 60));
    street.run_s(80);
    street.stop();
    street.leave("kerb", car(1, 60));
    street.restart_after(Duration::from_secs(7200));
    street.run_s(30);
    street.wait_for_case("the end", |case| case.state == CaseState::Cleared);
    assert_eq!(street.end().len(), 1);
}

#[test]
fn cases_that_are_being_filed_at_the_shutdown_are_not_lost() {
    let mut plan = crate::street::Plan::new().workers(4);
    let names: Vec<String> = (0..12).map(|n| format!("camera-{n}")).collect();
    for name in &names {
        plan = plan.camera(name, &[crate::street::KERB]);
    }
    let mut street = plan.open();
    street.run_s(20);
    for name in &names {
        street.park(name, car(1, 60));
    }
    street.run_s(64);
    // No waiting for the desk: it has up to twelve reports in hand.
    assert_eq!(street.end().len(), 12);
}
