//! Reports over a few lives that were really led, against figures worked by hand.

use std::time::Duration;

use crate::cases::Actor;
use crate::cases::CaseId;
use crate::cases::Clocks;
use crate::cases::FalseReason;
use crate::cases::Life;
use crate::cases::Step;
use crate::cases::StepRequest;
use crate::city::CityData;
use crate::city::ClassId;
use crate::city::GridId;
use crate::city::PersonId;
use crate::city::sample::example;
use crate::city::sample::small;
use crate::ingest::CameraId;
use crate::rules::ZoneId;
use crate::time::Timestamp;

use super::*;

/// May 2026: the 11th is a Monday.
fn at(local: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-05-{local}:00+08:00")).unwrap()
}

/// A life with these steps, each with its time; a case of cam-002 in dongguan-08.
fn led(city: &CityData, class: &str, found: &str, steps: &[(&str, Step)]) -> Life {
    let class = city.class(&ClassId::new(class).unwrap()).unwrap();
    let clocks = Clocks::of(city, class);
    let id = CaseId::parse(&"a".repeat(32)).unwrap();
    let mut life = Life::begin(id, Actor::Program, at(found), &clocks);
    for (local, step) in steps {
        let why = step.needs_why().then(|| "because".to_owned());
        let by = Actor::Person("wang".to_owned());
        life.take(StepRequest { step: step.clone(), by, at: at(local), why }, &clocks).unwrap();
    }
    life
}

fn digest(city: &CityData, class: &str, found: &str, steps: &[(&str, Step)]) -> Digest {
    let life = led(city, class, found, steps);
    let class = ClassId::new(class).unwrap();
    let clocks = Clocks::of(city, city.class(&class).unwrap());
    Digest {
        due: life.due(at("31T00:00"), &clocks),
        course: Course::of(&life),
        class,
        grid: Some(GridId::new("dongguan-08").unwrap()),
        camera: Some(CameraId::new("cam-002").unwrap()),
        zone: ZoneId::new("kerb"),
        excused: 0,
    }
}

fn to(person: &str) -> Step {
    Step::Dispatch { to: PersonId::new(person).unwrap() }
}

fn done(outcome: &str) -> Step {
    Step::Handle { outcome: Some(outcome.to_owned()) }
}

/// Seven cases: one on time, two late, one returned and still open and late,
/// one false, one merged, and one far away and new.
fn month(city: &CityData) -> Vec<Digest> {
    let warden = "dongguan-08-enforcement";
    let sweeper = "dongguan-08-sanitation";
    let whole = |class: &str, day: &str, person: &str, handled: &str| {
        let on = |time: &str| format!("{day}T{time}");
        let times = [on("09:05"), on("09:15"), on("09:20")];
        let steps = [
            (times[0].as_str(), Step::File),
            (&times[1], to(person)),
            (&times[2], Step::Accept),
            (handled, done("advised away")),
            ("14T09:00", Step::Check),
            ("14T10:00", Step::Close),
        ];
        digest(city, class, &on("09:00"), &steps)
    };
    let judged = Step::Judge { right: false, reason: Some(FalseReason::Queue) };
    let returned = [
        ("12T09:00", Step::File),
        ("12T09:10", to(warden)),
        ("12T09:30", Step::Return),
        ("12T10:30", to(warden)),
        ("12T10:40", Step::Accept),
    ];
    let other = Step::Merge { into: CaseId::parse(&"b".repeat(32)).unwrap() };
    let mut cases = vec![
        // Two urgent hours: done within one.
        whole("illegal_parking", "11", warden, "11T10:15"),
        digest(city, "illegal_parking", "12T09:00", &returned),
        // Four working hours from 09:15 end at 15:15.
        whole("garbage_pile", "12", sweeper, "12T16:15"),
        whole("garbage_pile", "13", sweeper, "14T08:30"),
        digest(city, "illegal_parking", "13T09:00", &[("13T09:03", judged)]),
        digest(city, "illegal_parking", "13T10:00", &[("13T10:01", other)]),
        digest(city, "illegal_parking", "14T23:30", &[]),
    ];
    cases[0].excused = 1;
    cases[6].camera = Some(CameraId::new("cam-001").unwrap());
    cases[6].grid = Some(GridId::new("dongguan-01").unwrap());
    cases
}

fn report(by: ReportBy, from: &str) -> Report {
    let city = example();
    let from = format!("2026-05-{from}");
    let today = "2026-05-14".parse().unwrap();
    let query = ReportQuery::new(Some(&from), Some("2026-05-14"), by, today).unwrap();
    let mut reporter = Reporter::new(&city, query, at("14T23:40"));
    for digest in &month(&city) {
        reporter.add(digest);
    }
    reporter.finish()
}

#[test]
fn a_report_by_class_counts_what_was_done_and_how_fast() {
    let report = report(ReportBy::Class, "11");
    insta::assert_json_snapshot!(report);
}

#[test]
fn a_report_by_day_has_a_row_for_each_day_in_order() {
    let report = report(ReportBy::Day, "10");
    let rows: Vec<_> = report.rows.iter().map(|row| (row.id.as_str(), row.figures.found)).collect();
    let expected = [
        ("2026-05-10", 0),
        ("2026-05-11", 1),
        ("2026-05-12", 2),
        ("2026-05-13", 3),
        ("2026-05-14", 1),
    ];
    assert_eq!(rows, expected);
    assert!(report.rows.iter().all(|row| row.rank.is_none()) && report.formula.is_none());
}

#[test]
fn days_before_the_report_tell_repeats_and_count_in_nothing_else() {
    let report = report(ReportBy::Grid, "12");
    assert_eq!((report.total.found, report.total.repeats), (6, 2));
    let rows = report.rows.iter().filter(|row| row.figures.found > 0);
    let rows: Vec<_> = rows.map(|row| (row.id.as_str(), row.figures.found)).collect();
    assert_eq!(rows, [("dongguan-08", 5), ("dongguan-01", 1)]);
    assert_eq!(report.rows.len(), 85, "every grid has a row");
}

#[test]
fn rows_are_those_of_the_handlers_unit_and_the_cameras_road() {
    for by in [ReportBy::Unit, ReportBy::Road] {
        let report = report(by, "11");
        let sum: u64 = report.rows.iter().map(|row| row.figures.found).sum();
        assert_eq!((sum, report.total.found), (7, 7), "{by:?}");
        assert!(report.rows.iter().all(|row| !row.id.is_empty() && row.name != row.id), "{by:?}");
    }
}

#[test]
fn a_place_with_three_cases_of_a_class_is_a_hot_spot_once() {
    let city = example();
    let today = "2026-05-31".parse().unwrap();
    let query = ReportQuery::new(Some("2026-05-01"), None, ReportBy::Grid, today).unwrap();
    let mut reporter = Reporter::new(&city, query, at("31T00:00"));
    for day in ["01", "03", "05", "07"] {
        reporter.add(&digest(&city, "garbage_pile", &format!("{day}T08:00"), &[]));
    }
    let report = reporter.finish();
    assert_eq!((report.total.hot_spots, report.total.repeats), (1, 3));
    assert_eq!((report.hot_spots.len(), report.hot_spots[0].cases), (1, 4));
}

#[test]
fn a_repeat_is_within_reach_of_the_place_whichever_camera_and_zone_found_it() {
    // k2 is some 30 m east of k1, far some 300 m.
    let cameras = "id,name,lon,lat\nk1,Kerb,113.605,34.705\n\
        k2,Corner,113.60533,34.705\nfar,Far,113.6083,34.705\n";
    let city = small(&[("cameras.csv", cameras)]).unwrap();
    let today = "2026-05-31".parse().unwrap();
    let query = ReportQuery::new(Some("2026-05-01"), None, ReportBy::Class, today).unwrap();
    let mut reporter = Reporter::new(&city, query, at("31T00:00"));
    // The last one's camera stands nowhere: only its own zone is its place.
    let found = [
        ("k1", "kerb"),
        ("far", "kerb"),
        ("k2", "walk"),
        ("k1", "corner"),
        ("lost", "kerb"),
        ("lost", "walk"),
    ];
    for (day, (camera, zone)) in (10..).zip(found) {
        let case = digest(&city, "garbage_pile", &format!("{day}T08:00"), &[]);
        let (camera, zone) = (CameraId::new(camera).unwrap(), ZoneId::new(zone));
        reporter.add(&Digest { camera: Some(camera), zone, ..case });
    }
    let report = reporter.finish();
    assert_eq!((report.total.repeats, report.total.hot_spots), (2, 1));
    let hot = &report.hot_spots[0];
    assert_eq!((hot.camera.as_str(), hot.cases, hot.last_at), ("k1", 3, at("13T08:00")));
}

#[test]
fn equal_scores_share_a_rank_and_too_few_cases_have_none() {
    let city = example();
    let today = "2026-05-31".parse().unwrap();
    let query = ReportQuery::new(Some("2026-05-01"), None, ReportBy::Grid, today).unwrap();
    let mut reporter = Reporter::new(&city, query, at("31T00:00"));
    let steps = |late: bool| {
        let handled = if late { "11T18:00" } else { "11T10:00" };
        [
            ("11T09:05", Step::File),
            ("11T09:10", to("dongguan-08-enforcement")),
            ("11T09:20", Step::Accept),
            (handled, done("towed")),
        ]
    };
    for (grid, cases, late) in
        [("xihe-01", 5, 0), ("xihe-02", 5, 0), ("xihe-03", 5, 2), ("xihe-04", 4, 0)]
    {
        for number in 0..cases {
            let mut one = digest(&city, "illegal_parking", "11T09:00", &steps(number < late));
            one.grid = Some(GridId::new(grid).unwrap());
            // Where the camera stands nowhere, zones are places, and none of these is another's repeat.
            one.camera = Some(CameraId::new("nowhere").unwrap());
            one.zone = ZoneId::new(&format!("{grid}-{number}"));
            reporter.add(&one);
        }
    }
    let report = reporter.finish();
    let top: Vec<_> =
        report.rows[..4].iter().map(|row| (row.id.as_str(), row.rank, row.score)).collect();
    let expected = [
        ("xihe-01", Some(1), Some(100.0)),
        ("xihe-02", Some(1), Some(100.0)),
        ("xihe-03", Some(3), Some(80.0)),
        ("xihe-04", None, None),
    ];
    assert_eq!(top, expected);
}

#[test]
fn a_sheet_has_a_mark_for_excel_and_a_line_a_row() {
    let csv = report(ReportBy::Class, "11").to_csv(Language::Chinese);
    assert!(csv.starts_with("\u{feff}id,类别,名次,得分,发现,"), "{csv}");
    assert_eq!(csv.lines().count(), 4);
    insta::assert_snapshot!(
        report(ReportBy::Class, "11").to_csv(Language::English).replace('\r', "")
    );
}

/// With `REPORT_PAGES=DIR` the pages are kept there, to be looked at.
#[test]
fn a_page_has_a_row_for_each_row_of_the_report() {
    let (report, zone) = (report(ReportBy::Grid, "11"), example().calendar.zone().clone());
    for language in [Language::English, Language::Chinese] {
        let html = report.to_html(language, ReportStyle::Within, &zone);
        assert_eq!(html.matches("<tr><td>").count(), report.rows.len() + 1, "and the total");
        if let Ok(folder) = std::env::var("REPORT_PAGES") {
            let file = format!("report-{}.html", language.code());
            std::fs::write(std::path::Path::new(&folder).join(file), html).unwrap();
        }
    }
}

#[test]
fn a_page_lets_no_foreign_word_be_markup_and_leads_nowhere() {
    let city = example();
    let today = "2026-05-31".parse().unwrap();
    let query = ReportQuery::new(Some("2026-05-01"), None, ReportBy::Class, today).unwrap();
    let mut reporter = Reporter::new(&city, query, at("31T00:00"));
    let steps = [
        ("11T09:05", Step::File),
        ("11T09:10", to("dongguan-08-enforcement")),
        ("11T09:20", Step::Accept),
        ("11T10:00", done("<script>alert(1)</script>")),
    ];
    reporter.add(&digest(&city, "illegal_parking", "11T09:00", &steps));
    let report = reporter.finish();
    for language in [Language::English, Language::Chinese] {
        let html = report.to_html(language, ReportStyle::Within, city.calendar.zone());
        assert!(
            html.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !html.contains("<script")
        );
        assert!(!html.contains("http:") && !html.contains("https:"));
        assert_eq!(html.matches("<tr").count(), html.matches("</tr>").count());
        assert_eq!(html.matches("<section").count(), html.matches("</section>").count());
    }
    let linked = report.to_html(Language::English, ReportStyle::At("/x.css"), city.calendar.zone());
    assert!(
        linked.contains("<link rel=\"stylesheet\" href=\"/x.css\">") && !linked.contains("<style")
    );
}

#[test]
fn what_was_not_done_the_first_time_is_handled_when_it_was_done_at_last() {
    let city = example();
    let steps = [
        ("11T09:05", Step::File),
        ("11T09:10", to("dongguan-08-enforcement")),
        ("11T09:20", Step::Accept),
        ("11T10:00", done("advised")),
        ("11T10:30", Step::Return),
    ];
    let course = digest(&city, "illegal_parking", "11T09:00", &steps).course;
    assert_eq!((course.handled_at, course.outcome.clone(), course.returns), (None, None, 1));
    let again = [&steps[..], &[("11T15:00", done("towed"))]].concat();
    let course = digest(&city, "illegal_parking", "11T09:00", &again).course;
    assert_eq!((course.handled_at, course.handled_late), (Some(at("11T15:00")), true));
    assert_eq!(course.outcome.as_deref(), Some("towed"));
    assert_eq!(course.dispatched_at.unwrap().since(course.found_at), Duration::from_secs(600));
}
