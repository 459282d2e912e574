//! A camera with two RTSP streams: the second is opened for the case's pictures, and closed again.

use xunjie::cases::EvidenceRole;
use xunjie::cases::Manifest;
use xunjie::cases::StreamName;

use super::material::KERB;
use super::material::NEAR_KERB;
use super::material::clip;
use super::material::material;
use super::program::City;
use super::program::Program;
use super::program::until;
use super::sim::Sim;

/// Higher than the pictures of [`KERB`], and not of the same street, so that they cannot be mistaken.
const FULL: &str = "clips/borislav_traffic.mp4";
const FULL_HEIGHT: u32 = 480;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_has_pictures_of_the_evidence_stream_as_its_manifest_says() {
    let (Some(kerb), Some(full)) = (clip(KERB), material(FULL)) else { return };
    let sim = Sim::serve(&[&kerb, &full], &["--cameras", "2"]).await;
    let city = City::new(&format!(
        "interval_s = 1\n[[camera]]\nid = \"kerb\"\nuri = {:?}\nevidence_uri = {:?}\n\
        [[camera.zone]]\nid = \"near\"\nkind = \"no_parking\"\npolygon = {NEAR_KERB}\n\
        pre_alarm_s = 5\nviolation_s = 20\n[[sink]]\nkind = \"jsonl\"\npath = \"cases.jsonl\"\n",
        sim.url(0),
        sim.url_with(1, "user:hunter2"),
    ));
    let program = Program::start(&city.config()).await;
    let complete = until("a case with picture C", async || {
        let cases = city.cases();
        cases.into_iter().find(|case| case.evidence.iter().any(|file| file.role == EvidenceRole::C))
    });
    let case = complete.await;
    for file in &case.evidence {
        let of_second = matches!(file.role, EvidenceRole::A | EvidenceRole::C);
        assert_eq!(file.height == FULL_HEIGHT, of_second, "{file:?}");
    }
    let package = city.data().join("evidence").join(&case.evidence[0].file);
    let text = std::fs::read_to_string(package.with_file_name("manifest.2.json")).unwrap();
    let manifest: Manifest = serde_json::from_str(&text).unwrap();
    for file in &manifest.files {
        let judged = matches!(file.role, EvidenceRole::B | EvidenceRole::Crop);
        let stream = if judged { StreamName::Detect } else { StreamName::Evidence };
        assert_eq!(file.stream, Some(stream), "{text}");
    }
    let (status, _, log) = program.end().await;
    assert!(status.success(), "{log}");
    assert!(!log.contains("hunter2") && !text.contains("hunter2"), "{log}");
}
