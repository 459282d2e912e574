//! Cameras do not mix, whatever the load, and none starves.

use std::sync::Arc;
use std::time::Duration;

use xunjie::runtime::QueueReceiver;
use xunjie::runtime::WhenFull;
use xunjie::runtime::queue;

use crate::picture::box_of;
use crate::picture::car;
use crate::street::BEAT;
use crate::street::KERB;
use crate::street::Plan;
use crate::street::Street;

fn plan(cameras: usize) -> Plan {
    (0..cameras).fold(Plan::new(), |plan, n| plan.camera(&format!("camera-{n}"), &[KERB]))
}

#[test]
fn each_case_shows_the_car_of_its_own_camera() {
    let cameras = 12;
    let mut street = plan(cameras).workers(4).open();
    street.run_s(20);
    for n in 0..cameras {
        street.park(&format!("camera-{n}"), car(n as u8, 12 * n as u8));
    }
    street.run_s(72);
    let cases = street.end();
    assert_eq!(cases.len(), cameras);
    for case in cases {
        let n: u8 = case.finder()["camera-".len()..].parse().unwrap();
        let iou = case.box_in_image.iou(&box_of(car(n, 12 * n)));
        assert!(iou > 0.95, "{}: {:?}", case.finder(), case.box_in_image);
    }
}

#[test]
fn one_street_seen_by_two_cameras_is_two_cases() {
    let mut street = plan(2).open();
    street.run_s(20);
    street.park("camera-0", car(1, 60));
    street.park("camera-1", car(1, 60));
    street.run_s(72);
    let cases = street.end();
    assert_eq!(cases.len(), 2);
    assert_ne!(cases[0].id, cases[1].id);
}

/// A model that does a picture only when the story lets it.
fn slow_model() -> (impl Fn(usize), impl Fn() + Send + Sync + 'static) {
    let (permits, wanted) = queue::<()>("permits", 10_000, WhenFull::Wait);
    let wanted: Arc<QueueReceiver<()>> = Arc::new(wanted);
    let allow = move |count: usize| (0..count).for_each(|_| permits.send(()));
    // When the story is over its permits are gone, and the model is quick.
    let wait = move || {
        let _ = wanted.receive_within(Duration::from_secs(60));
    };
    (allow, wait)
}

fn looks(street: &Street) -> u64 {
    street.reports().iter().map(|report| report.looks).sum()
}

#[test]
fn overload_skips_pictures_counts_them_and_starves_no_camera() {
    let (cameras, a_round, rounds) = (20, 5, 40);
    let (allow, wait) = slow_model();
    let mut street = plan(cameras).before_detect(move |_| wait()).open();
    for round in 1..=rounds {
        street.advance(BEAT);
        street.show();
        allow(a_round);
        street.wait("the round's looks", |street| looks(street) >= (round * a_round) as u64);
    }
    let reports = street.reports();
    let fair = (a_round * rounds / cameras) as u64;
    for report in &reports {
        let id = &report.status.camera_id;
        assert!(report.looks >= fair / 2, "{id} starves: {} looks", report.looks);
        assert!(report.looks <= fair * 2, "{id} takes all: {} looks", report.looks);
        assert!(report.skipped_overload > 0, "{id}");
        let kept = report.kept_interval_s.unwrap();
        assert!(kept > 2.0 * report.asked_interval_s, "{id}: {kept}");
        // One picture may wait and one be looked at: nothing else is kept.
        let done = report.looks + report.skipped_not_due + report.skipped_overload;
        assert!(report.status.keyframes - done <= 2, "{id}: {report:?}");
    }
    drop(allow);
}

#[test]
fn a_picture_before_its_time_is_counted_apart_from_overload() {
    let mut street = plan(1).open();
    for _ in 0..40 {
        street.run_s(1);
    }
    let report = street.report("camera-0");
    assert_eq!((report.looks, report.skipped_not_due, report.skipped_overload), (10, 30, 0));
}
