//! Clocks that jump do not blind a camera.

use std::time::Duration;

use crate::picture::car;
use crate::street::kerb;

/// The program looked at capture times only forward: after a camera's clock
/// was set back by an hour, its pictures counted for nothing for an hour.
#[test]
fn a_camera_whose_clock_is_set_back_is_watched_on() {
    let mut street = kerb();
    street.run_s(20);
    street.set_back("kerb", Duration::from_secs(3600));
    street.run_s(8);
    street.park("kerb", car(1, 60));
    street.run_s(80);
    let case = street.wait_for_case("the case", |_| true);
    assert!(case.dwell_s >= 60.0, "{}", case.dwell_s);
    assert_eq!(street.end().len(), 1);
}

#[test]
fn what_stands_there_when_the_clock_is_set_back_keeps_its_dwell() {
    let mut street = kerb();
    street.run_s(20);
    street.park("kerb", car(1, 60));
    street.run_s(44);
    let before = street.dwell_s("kerb");
    street.set_back("kerb", Duration::from_secs(3600));
    street.run_s(8);
    let after = street.dwell_s("kerb");
    assert!((before..=before + 9.0).contains(&after), "{before} s became {after} s");
    street.run_s(24);
    street.wait_for_case("the case", |_| true);
    assert_eq!(street.end().len(), 1);
}
