//! What the city does not want to hear of now is kept, not filed; and a duty sets the beat.

use std::fs;

use tempfile::TempDir;

use xunjie::cases::EvidenceRole;

use crate::picture::car;
use crate::street::KERB;
use crate::street::Plan;
use crate::street::Street;
use crate::street::has;

const CITY: [(&str, &str); 6] = [
    (
        "centre.toml",
        "name = \"Small\"\nroles = [\"head\", \"crew\"]\nhead = \"head\"\n\
         outline = [[113.6, 34.7], [113.62, 34.7], [113.62, 34.71], [113.6, 34.71]]\n\
         [[district]]\nid = \"d\"\nname = \"D\"\n",
    ),
    ("calendar.toml", ""),
    (
        "classes.toml",
        "[[class]]\nid = \"illegal_parking\"\nname = \"Parking\"\nrole = \"crew\"\n\
         limit = \"2 urgent hours\"\n",
    ),
    (
        "grids.toml",
        "[[grid]]\nid = \"g\"\nname = \"G\"\ndistrict = \"d\"\n\
         polygon = [[113.6, 34.7], [113.62, 34.7], [113.62, 34.71], [113.6, 34.71]]\n",
    ),
    ("people.csv", "id,name,role,grid\na,A,head,g\nb,B,crew,g\n"),
    ("cameras.csv", "id,name,lon,lat\nkerb,Kerb,113.605,34.705\n"),
];

/// A kerb in a city with this file more.
fn kerb_in_city(file: &str, text: &str) -> (Street, TempDir) {
    let city = tempfile::tempdir().unwrap();
    for (name, text) in CITY.into_iter().chain([(file, text)]) {
        fs::write(city.path().join(name), text).unwrap();
    }
    let folder = city.path().display();
    let keys = format!("city = '{folder}'\ntime_zone = \"Asia/Shanghai\"\n");
    (Plan::new().camera("kerb", &[KERB]).keys(&keys).open(), city)
}

#[test]
fn a_case_in_a_quiet_area_is_kept_and_filed_when_it_outlasts_the_reason() {
    let area = "[[quiet_area]]\nid = \"fair\"\nreason = \"fair\"\napproved_by = \"Jiang\"\n\
        polygon = [[113.604, 34.704], [113.606, 34.704], [113.606, 34.706], [113.604, 34.706]]\n\
        from = 2026-05-01\nuntil = 2026-05-01\nhours = [\"daily 08:00-08:05\"]\n";
    let (mut street, _city) = kerb_in_city("quiet_areas.toml", area);
    street.run_s(20);
    street.park("kerb", car(1, 60));
    street.run_s(200);
    let book = street.book();
    street.wait("the reason", |_| book.silenced(None, 10).unwrap().len() == 1);
    assert_eq!(street.cases(), []);
    assert_eq!(street.desk.all(), []);
    street.run_s(120);
    let case = street.wait_for_case("the case", |case| has(case, EvidenceRole::B));
    assert!(has(&case, EvidenceRole::A), "{:?}", case.evidence);
    assert!(case.dwell_s >= 60.0);
    street.wait("its reason to end", |_| book.silenced(None, 10).unwrap()[0].filed_at.is_some());
    assert_eq!(street.end().len(), 1);
}

#[test]
fn the_duty_in_force_sets_the_beat_of_its_cameras() {
    let duties = "[[duty]]\nid = \"normal\"\nname = \"Order\"\n\
        [[duty]]\nid = \"flood\"\nname = \"Flood\"\ncameras = [\"kerb\"]\ninterval_s = 2\n";
    let (mut street, _city) = kerb_in_city("duties.toml", duties);
    let asked = |street: &Street| street.report("kerb").asked_interval_s;
    street.run_s(20);
    assert!((asked(&street) - 4.0).abs() < 1e-6, "{}", asked(&street));
    street.book().switch_duty("flood", "li").unwrap();
    street.run_s(8);
    assert!((asked(&street) - 2.0).abs() < 1e-6, "{}", asked(&street));
    // It holds after a restart too, until another is switched on.
    street.restart_after(std::time::Duration::from_secs(10));
    street.run_s(12);
    assert!((asked(&street) - 2.0).abs() < 1e-6, "{}", asked(&street));
    street.book().switch_duty("normal", "li").unwrap();
    street.run_s(8);
    assert!((asked(&street) - 4.0).abs() < 1e-6, "{}", asked(&street));
}
