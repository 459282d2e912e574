//! What may stand there, and what waits: no case.

use xunjie::detect::Kind;
use xunjie::rules::IncidentKind;

use crate::picture::Thing;
use crate::picture::car;
use crate::street::MORNING;
use crate::street::Plan;
use crate::street::Street;

const LANE: &str = "id = \"lane\"\nkind = \"lane\"\n\
    polygon = [[0.0, 0.5], [1.0, 0.5], [1.0, 1.0], [0.0, 1.0]]\npre_alarm_s = 20\nviolation_s = 60\n";
const NO_VENDING: &str = "id = \"square\"\nkind = \"no_vending\"\n\
    polygon = [[0.0, 0.3], [1.0, 0.3], [1.0, 1.0], [0.0, 1.0]]\npre_alarm_s = 20\nviolation_s = 60\n";
const MARKET: &str = "id = \"market\"\nkind = \"vending_permitted\"\nhours = [\"daily 06:00-08:03\"]\n\
    polygon = [[0.0, 0.3], [1.0, 0.3], [1.0, 1.0], [0.0, 1.0]]\n";
const NO_DUMPING: &str = "id = \"wall\"\nkind = \"no_dumping\"\n\
    polygon = [[0.0, 0.3], [1.0, 0.3], [1.0, 1.0], [0.0, 1.0]]\npre_alarm_s = 20\nviolation_s = 60\n";
const COLLECTION: &str = "id = \"point\"\nkind = \"collection_point\"\n\
    polygon = [[0.0, 0.3], [0.5, 0.3], [0.5, 1.0], [0.0, 1.0]]\n";
const EVENING: &str = "id = \"kerb\"\nkind = \"no_parking\"\nhours = [\"daily 08:02-20:00\"]\n\
    polygon = [[0.0, 0.5], [1.0, 0.5], [1.0, 1.0], [0.0, 1.0]]\npre_alarm_s = 20\nviolation_s = 60\n";

fn street(zones: &[&str]) -> Street {
    let mut street = Plan::new().camera("corner", zones).open();
    street.run_s(20);
    street
}

#[test]
fn a_queue_at_a_red_light_is_no_case() {
    let mut street = street(&[LANE]);
    for n in 0..4 {
        street.park("corner", car(n, 10 + 40 * n));
        street.run_s(4);
    }
    street.run_s(110);
    for n in 0..4 {
        street.leave("corner", car(n, 10 + 40 * n));
    }
    street.run_s(60);
    assert_eq!(street.end(), []);
}

#[test]
fn a_stall_is_a_case_only_after_its_permitted_hours() {
    let mut street = street(&[NO_VENDING, MARKET]);
    let stall = Thing { kind: Kind::Stall, number: 3, place: [60, 60, 40, 30] };
    let vendor = Thing { kind: Kind::Person, number: 4, place: [102, 60, 10, 28] };
    street.park("corner", stall);
    street.park("corner", vendor);
    street.run_s(150);
    assert_eq!(street.cases(), []);
    street.run_s(120);
    let cases = street.end();
    assert_eq!(cases.len(), 1, "{cases:#?}");
    assert_eq!(cases[0].kind, IncidentKind::StreetVending);
    assert!(cases[0].proved_at >= MORNING + std::time::Duration::from_secs(240));
}

#[test]
fn a_kiosk_that_has_always_stood_there_is_listed_for_review_and_a_stall_that_comes_is_a_case() {
    let mut street = Plan::new().camera("corner", &[NO_VENDING]).open();
    let kiosk = Thing { kind: Kind::Stall, number: 3, place: [20, 60, 40, 30] };
    let vendor = Thing { kind: Kind::Person, number: 4, place: [62, 60, 10, 28] };
    let stall = Thing { kind: Kind::Stall, number: 5, place: [120, 60, 40, 30] };
    street.park("corner", kiosk);
    street.park("corner", vendor);
    street.run_s(120);
    assert_eq!(street.cases(), []);
    let listed = street.for_review("corner");
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].zone.as_str(), "square");
    assert_eq!(listed[0].since, MORNING + std::time::Duration::from_secs(4));
    street.park("corner", stall);
    street.park("corner", Thing { place: [162, 60, 10, 28], ..vendor });
    street.run_s(80);
    let cases = street.end();
    assert_eq!(cases.len(), 1, "{cases:#?}");
    assert!(cases[0].box_in_image.x0() > 0.6, "the stall and not the kiosk");
}

#[test]
fn garbage_is_a_case_unless_it_lies_at_the_collection_point() {
    let mut street = street(&[NO_DUMPING, COLLECTION]);
    let rightly = Thing { kind: Kind::Garbage, number: 5, place: [20, 70, 20, 16] };
    let wrongly = Thing { kind: Kind::Garbage, number: 6, place: [140, 70, 20, 16] };
    street.park("corner", rightly);
    street.park("corner", wrongly);
    street.run_s(120);
    let cases = street.end();
    assert_eq!(cases.len(), 1, "{cases:#?}");
    assert_eq!(cases[0].kind, IncidentKind::GarbagePile);
    assert!(cases[0].box_in_image.x0() > 0.6);
}

#[test]
fn a_car_that_stands_when_the_hours_begin_has_its_minute_from_then() {
    let mut street = street(&[EVENING]);
    street.park("corner", car(1, 60));
    street.run_s(150);
    assert_eq!(street.cases(), [], "the zone holds for less than a minute");
    street.run_s(30);
    let case = street.wait_for_case("the case", |_| true);
    assert_eq!(case.began_at, MORNING + std::time::Duration::from_secs(120));
    assert_eq!(street.end().len(), 1);
}

#[test]
fn of_sixty_zones_only_the_one_with_the_car_speaks() {
    let zone = |n: usize| {
        let (x, y) = ((n % 10) as f64 / 10.0, (n / 10) as f64 / 6.0);
        let (right, below) = (x + 0.1, y + 1.0 / 6.0);
        format!(
            "id = \"zone-{n}\"\nkind = \"no_parking\"\npre_alarm_s = 20\nviolation_s = 60\n\
             polygon = [[{x}, {y}], [{right}, {y}], [{right}, {below}], [{x}, {below}]]\n"
        )
    };
    let zones: Vec<String> = (0..60).map(zone).collect();
    let zones: Vec<&str> = zones.iter().map(String::as_str).collect();
    let mut street = street(&zones);
    // Its ground lies in row 4, column 3.
    street.park("corner", Thing { kind: Kind::Car, number: 1, place: [60, 72, 14, 16] });
    street.run_s(72);
    let cases = street.end();
    assert_eq!(cases.len(), 1, "{cases:#?}");
    assert_eq!(cases[0].zone(), "zone-43");
}
