//! A street on which nothing happens costs little, and what happens on it is found all the same.

use std::time::Duration;

use xunjie::cases::CaseState;

use crate::picture::car;
use crate::street::KERB;
use crate::street::MORNING;
use crate::street::Plan;
use crate::street::kerb;

#[test]
fn a_still_street_is_seldom_decoded_and_its_next_car_is_found_on_time() {
    let mut street = kerb();
    street.run_s(600);
    let report = street.report("kerb");
    assert_eq!(report.looks, 150, "every picture has its turn");
    assert!(report.skipped_unchanged > 0 && report.skipped_still > 50, "{report:?}");
    assert!(report.skipped_still + report.skipped_unchanged <= 130, "{report:?}");
    street.park("kerb", car(1, 60));
    street.run_s(64);
    let case = street.wait_for_case("the case", |_| true);
    assert_eq!(case.began_at, MORNING + Duration::from_secs(604));
    assert_eq!(case.proved_at, MORNING + Duration::from_secs(664));
    street.run_s(300);
    let open = street.report("kerb").skipped_still - report.skipped_still;
    assert!(open > 10, "an open case whose car stays is no reason to look: {open}");
    street.leave("kerb", car(1, 60));
    street.run_s(30);
    let case = street.wait_for_case("the end", |case| case.state == CaseState::Cleared);
    assert_eq!(case.seen_at, MORNING + Duration::from_secs(964), "to the very picture");
}

#[test]
fn a_street_without_gates_is_looked_at_at_every_turn() {
    let mut street = Plan::new().camera("kerb", &[KERB]).keys("gates = false\n").open();
    street.run_s(200);
    let report = street.report("kerb");
    assert_eq!((report.looks, report.skipped_still, report.skipped_unchanged), (50, 0, 0));
}
