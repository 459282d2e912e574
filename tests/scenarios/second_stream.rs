//! A camera with a second stream: its cases show the large pictures, or say why not.

use std::collections::BTreeMap;
use std::fs;

use xunjie::cases::Case;
use xunjie::cases::EvidenceRole;
use xunjie::cases::Manifest;
use xunjie::cases::StreamName;

use crate::picture::car;
use crate::street::KERB;
use crate::street::Plan;
use crate::street::Street;
use crate::street::has;

/// Widths of the small and the large pictures.
const SMALL: u32 = 192;
const LARGE: u32 = 384;

fn street() -> Street {
    Plan::new().camera("kerb", &[KERB]).second_streams().open()
}

/// A car is parked until its case has all its pictures.
fn complete_case(street: &mut Street) -> Case {
    street.run_s(20);
    street.park("kerb", car(1, 60));
    for _ in 0..60 {
        street.run_s(4);
        if street.cases().first().is_some_and(|case| has(case, EvidenceRole::C)) {
            break;
        }
    }
    street.wait_for_case("picture C", |case| has(case, EvidenceRole::C))
}

fn widths(case: &Case) -> BTreeMap<EvidenceRole, u32> {
    let whole = case.evidence.iter().filter(|file| file.role != EvidenceRole::Crop);
    whole.map(|file| (file.role, file.width)).collect()
}

/// The newest manifest of the case's package, as text too.
fn manifest(street: &Street, case: &Case) -> (Manifest, String) {
    let file = street.data().join("evidence").join(&case.evidence[0].file);
    let text = fs::read_to_string(file.with_file_name("manifest.2.json")).unwrap();
    (serde_json::from_str(&text).unwrap(), text)
}

#[test]
fn a_case_shows_its_beginning_and_its_filing_full_size_and_what_was_judged() {
    let mut street = street();
    street.open_second_stream("kerb");
    let case = complete_case(&mut street);
    let (a, b, c) = (EvidenceRole::A, EvidenceRole::B, EvidenceRole::C);
    assert_eq!(widths(&case), BTreeMap::from([(a, LARGE), (b, SMALL), (c, LARGE)]));
    let at = |role| case.evidence.iter().find(|file| file.role == role).unwrap().captured_at;
    let first_s = at(a).secs_from(case.began_at);
    assert!((0.0..=30.0).contains(&first_s), "A is {first_s} s after the beginning");
    assert!(at(c) >= case.proved_at);
    let (manifest, text) = manifest(&street, &case);
    for file in &manifest.files {
        let judged = matches!(file.role, EvidenceRole::B | EvidenceRole::Crop);
        let stream = if judged { StreamName::Detect } else { StreamName::Evidence };
        assert_eq!((file.stream, &file.note), (Some(stream), &None), "{text}");
    }
}

#[test]
fn a_second_stream_that_cannot_be_reached_costs_no_picture_and_is_noted() {
    let mut street = street();
    let case = complete_case(&mut street);
    assert!(widths(&case).into_values().all(|width| width == SMALL), "{case:?}");
    let (manifest, text) = manifest(&street, &case);
    let noted = |role| {
        let file = manifest.files.iter().find(|file| file.role == role).unwrap();
        assert_eq!(file.stream, Some(StreamName::Detect));
        file.note.clone().unwrap_or_default()
    };
    for role in [EvidenceRole::A, EvidenceRole::C] {
        assert_eq!(noted(role), "the evidence stream gave no picture: no such stream");
    }
    assert!(!text.contains("hunter2"));
}
