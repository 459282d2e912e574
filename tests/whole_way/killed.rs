//! `kill -9`, in the middle of deliveries and in the middle of a stay.

use std::collections::BTreeSet;
use std::time::Duration;

use xunjie::cases::Case;
use xunjie::geometry::BoxInImage;
use xunjie::time::Timestamp;

use super::desk::DispatchCentre;
use super::material::KERB;
use super::material::NEAR_KERB;
use super::material::clip;
use super::program::City;
use super::program::Program;
use super::program::until;
use super::sim::Sim;

/// Boxes of one car differ by less than this from look to look.
const SAME_PLACE_IOU: f32 = 0.5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_nine_in_the_middle_of_deliveries_loses_no_case_and_files_none_twice() {
    let Some(clip) = clip(KERB) else { return };
    let centre = DispatchCentre::open(503).await;
    let sim = Sim::serve(&[&clip], &["--cameras", "3"]).await;
    let mut text = format!("interval_s = 1\n{}", centre.sink());
    for number in 0..3 {
        text += &camera(number, sim.url(number), 1, 3);
    }
    let city = City::new(&text);
    for posts in [2, 12] {
        let program = Program::start(&city.config()).await;
        centre.until_posts(posts).await;
        program.kill().await;
        let kept = city.cases().len();
        eprintln!("killed after {} refused posts with {kept} cases", centre.posts().len());
    }

    let program = Program::start(&city.config()).await;
    centre.answers(200);
    until("all deliveries", async || {
        let waiting = program.json("/healthz").await["deliveries_waiting"].as_u64();
        (waiting == Some(0) && city.cases().len() >= 6).then_some(())
    })
    .await;
    program.kill().await;
    centre.check_keys();
    let cases = city.cases();
    let taken = centre.cases();
    for case in &cases {
        let filed = taken.iter().find(|taken| taken["id"] == case.id.as_str());
        let filed = filed.unwrap_or_else(|| panic!("{case:?} was never delivered"));
        assert_eq!(filed["revision"], 1, "the filing comes first");
    }
    let ids: BTreeSet<_> = taken.iter().map(|case| case["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), cases.len(), "no case but those of the store");
    for (number, case) in cases.iter().enumerate() {
        let twin = cases[..number].iter().find(|other| is_same_matter(case, other));
        assert!(twin.is_none(), "filed twice: {case:#?} and {twin:#?}");
    }
    assert_eq!(cases.len(), 6, "two cars before each camera");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_nine_in_the_middle_of_a_stay_leaves_its_clock_running() {
    let Some(clip) = clip(KERB) else { return };
    let centre = DispatchCentre::open(200).await;
    let sim = Sim::serve(&[&clip], &[]).await;
    let camera = camera(0, sim.url(0), 5, VIOLATION_S);
    let city = City::new(&format!("interval_s = 1\n{}{camera}", centre.sink()));
    let program = Program::start(&city.config()).await;
    // By now the stays have been written down, which happens every 5 s.
    let seen = program.until_camera("cam0", |camera| stays(camera).iter().any(|(.., s)| *s > 9.0));
    let before = stays(&seen.await);
    program.kill().await;
    assert!(city.cases().is_empty());

    let program = Program::start(&city.config()).await;
    let filed = centre.until_case(|case| case["revision"] == 1).await;
    program.kill().await;
    let filed: Case = serde_json::from_value(filed).unwrap();
    let same = before.iter().find(|(place, ..)| place.iou(&filed.box_in_image) > SAME_PLACE_IOU);
    let (_, began_at, dwell_s) = same.expect("the car was seen before the kill");
    let stood_s = filed.proved_at.secs_from(*began_at);
    let filing = filed.filed_at.since(filed.proved_at);
    eprintln!("killed at {dwell_s:.1} s, proved at {stood_s:.1} s, filed {filing:?} later");
    assert_eq!(filed.began_at, *began_at, "the stay began in the first run");
    // A keyframe comes every 2 to 3.3 s, and the restart may cost one.
    let limit = f64::from(VIOLATION_S);
    assert!((limit..limit + 7.0).contains(&stood_s), "{stood_s}");
    assert!(filing < Duration::from_secs(2), "{filing:?}");
}

const VIOLATION_S: u32 = 18;

fn camera(number: usize, url: &str, pre_alarm_s: u32, violation_s: u32) -> String {
    format!(
        "[[camera]]\nid = \"cam{number}\"\nuri = {url:?}\n[[camera.zone]]\nid = \"near\"\n\
        kind = \"no_parking\"\npolygon = {NEAR_KERB}\npre_alarm_s = {pre_alarm_s}\n\
        violation_s = {violation_s}\n"
    )
}

fn is_same_matter(one: &Case, other: &Case) -> bool {
    one.camera_id == other.camera_id && one.box_in_image.iou(&other.box_in_image) > SAME_PLACE_IOU
}

/// What stands there, as the API tells it: place, beginning, dwell in seconds.
fn stays(camera: &serde_json::Value) -> Vec<(BoxInImage, Timestamp, f64)> {
    let stays = camera["stays"].as_array().unwrap().iter();
    let stay = |stay: &serde_json::Value| {
        let place = serde_json::from_value(stay["box"].clone()).unwrap();
        let began_at = Timestamp::parse(stay["began_at"].as_str().unwrap()).unwrap();
        (place, began_at, stay["dwell_s"].as_f64().unwrap())
    };
    stays.map(stay).collect()
}
