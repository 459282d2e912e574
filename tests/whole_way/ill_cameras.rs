//! Eight cameras, three of them ill: the five others must not feel it.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use tokio::time::Instant;

use super::desk::DispatchCentre;
use super::material::KERB;
use super::material::MOTORWAY;
use super::material::NEAR_KERB;
use super::material::clip;
use super::program::City;
use super::program::Program;
use super::program::until;
use super::sim::Sim;

/// The budgets of a dead camera noticed, and of one that is back.
const NOTICED_MAX: Duration = Duration::from_secs(10);
const BACK_MAX: Duration = Duration::from_secs(15);

/// Long enough that waits between attempts have grown.
const HANGS: Duration = Duration::from_secs(20);

/// A camera's reboot, shortened; waits between attempts have grown to their longest by then.
const AWAY: Duration = Duration::from_secs(14);

const USER: &str = "watchman";
const PASSWORD: &str = "pelikan-4711-abendrot";
const WRONG_PASSWORD: &str = "wrong-4712-morgenrot";

const WELL: [&str; 5] = ["well0", "well1", "well2", "well3", "well4"];
const INTERVAL_S: f64 = 2.0;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_hangs_one_refuses_one_sends_garbage_and_five_keep_their_looks() {
    let (Some(kerb), Some(motorway)) = (clip(KERB), clip(MOTORWAY)) else { return };
    let login = format!("{USER}:{PASSWORD}");
    let many = ["--cameras", "7", "--faults", "6=garbage", "--login", &login];
    let street = Sim::serve(&[&kerb, &motorway], &many).await;
    let pole = Sim::serve(&[&motorway], &["--login", &login, "--basic"]).await;
    let centre = DispatchCentre::open(200).await;
    let mut text = format!("interval_s = {INTERVAL_S}\n{}", centre.sink());
    for (number, id) in WELL.iter().enumerate() {
        text += &camera(id, &street.url_with(number, &login));
    }
    text += &camera("refuses", &street.url_with(5, &format!("{USER}:{WRONG_PASSWORD}")));
    text += &camera("garbage", &street.url_with(6, &login));
    text += &camera("hangs", &pole.url_with(0, &login));
    let city = City::new(&text);
    let program = Program::start_with(&city.config(), "debug").await;
    let began = Instant::now();
    for id in WELL.iter().chain(&["hangs"]) {
        program.until_camera(id, |camera| camera["kept_interval_s"].is_number()).await;
    }
    let refuses = program.until_camera("refuses", |camera| camera["phase"] == "refused").await;
    eprintln!("six are looked at after {:.1} s", began.elapsed().as_secs_f64());

    pole.signal("STOP");
    let stopped = Instant::now();
    let watching = watch_the_well(&program, HANGS);
    let noticing = async {
        let hangs = program.until_camera("hangs", is_ill).await;
        (stopped.elapsed(), hangs)
    };
    let (gap_s, (noticed, hangs)) = tokio::join!(watching, noticing);
    eprintln!("noticed after {:.1} s: {}", noticed.as_secs_f64(), hangs["reason"]);
    assert!(noticed <= NOTICED_MAX, "{noticed:?}");
    assert!(gap_s <= 3.0 * INTERVAL_S, "a well camera was left alone for {gap_s:.1} s");
    let garbage = program.until_camera("garbage", is_ill).await;
    for (ill, word) in [(&hangs, "byte"), (&refuses, "login"), (&garbage, "does not speak RTSP")] {
        let reason = ill["reason"].as_str().unwrap();
        eprintln!("{} is {}: {reason}", ill["camera_id"], ill["phase"]);
        assert!(!reason.is_empty() && reason.contains(word), "{ill}");
    }
    for id in WELL {
        let kept_s = program.camera(id).await["kept_interval_s"].as_f64().unwrap();
        assert!(kept_s <= 1.75 * INTERVAL_S, "{id} is looked at every {kept_s:.1} s");
    }

    pole.signal("CONT");
    let back = Instant::now();
    let last_look = program.camera("hangs").await["last_look_at"].clone();
    let is_back = |it: &Value| it["phase"] == "live" && it["last_look_at"] != last_look;
    let hangs = program.until_camera("hangs", is_back).await;
    let reconnects = &hangs["reconnects"];
    eprintln!("back after {:.1} s, {reconnects} reconnects", back.elapsed().as_secs_f64());
    assert!(back.elapsed() <= BACK_MAX, "{:?}", back.elapsed());
    let log = program.log();
    let said = |id: &str| log.matches(&format!("gives no pictures camera={id} ")).count();
    assert_eq!((said("garbage"), said("hangs")), (1, 1), "however often they are tried");
    check_nothing_is_betrayed(program, &centre).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_reboots_is_analysed_within_fifteen_seconds_of_its_return() {
    let Some(clip) = clip(KERB) else { return };
    let began = Instant::now();
    let reboot = format!("0=reboot:{}", AWAY.as_secs());
    let sim = Sim::serve(&[&clip], &["--faults", &reboot]).await;
    let city = City::new(&camera("reboots", sim.url(0)));
    let program = Program::start(&city.config()).await;
    let away = program.until_camera("reboots", |camera| camera["phase"] == "lost").await;
    eprintln!("while it is away: {}", away["reason"]);
    program.until_camera("reboots", |camera| camera["last_look_at"].is_string()).await;
    let back = began.elapsed().saturating_sub(AWAY);
    eprintln!("analysed {:.1} s after its return", back.as_secs_f64());
    assert!(began.elapsed() >= AWAY && back <= BACK_MAX, "{back:?}");
}

/// Watches the looks of the well cameras for `length`; gives their longest gap in seconds.
async fn watch_the_well(program: &Program, length: Duration) -> f64 {
    let began = Instant::now();
    let mut last: Vec<_> = WELL.iter().map(|_| (Value::Null, Instant::now())).collect();
    let mut gap = Duration::ZERO;
    until("the end of the watch", async || {
        let told = program.json("/api/cameras").await;
        for (id, (look, since)) in WELL.iter().zip(&mut last) {
            let cameras = told["cameras"].as_array().unwrap();
            let camera = cameras.iter().find(|camera| camera["camera_id"] == **id).unwrap();
            assert_eq!(camera["phase"], "live", "{camera}");
            gap = gap.max(since.elapsed());
            if camera["last_look_at"] != *look {
                (*look, *since) = (camera["last_look_at"].clone(), Instant::now());
            }
        }
        (began.elapsed() >= length).then_some(())
    })
    .await;
    eprintln!("longest gap between looks {:.1} s", gap.as_secs_f64());
    gap.as_secs_f64()
}

/// Neither password is anywhere that a person or a program may look.
async fn check_nothing_is_betrayed(program: Program, centre: &DispatchCentre) {
    let mut seen = vec![
        ("the page", program.text("/").await),
        ("metrics", program.text("/metrics").await),
        ("health", program.text("/healthz").await),
        ("cameras", program.text("/api/cameras").await),
        ("cases", program.text("/api/cases").await),
        ("latency", program.text("/api/latency").await),
    ];
    for camera in WELL.iter().chain(&["refuses", "garbage", "hangs"]) {
        seen.push(("a camera", program.text(&format!("/api/cameras/{camera}")).await));
    }
    seen.extend(centre.posts().iter().map(|post| ("a post", post.event.to_string())));
    let (_, _, log) = program.end().await;
    seen.push(("the log", log));
    let encoded =
        [PASSWORD, WRONG_PASSWORD].map(|it| BASE64_STANDARD.encode(format!("{USER}:{it}")));
    let secrets = [PASSWORD, WRONG_PASSWORD].into_iter().chain(encoded.iter().map(String::as_str));
    let mut betrayed = BTreeSet::new();
    for secret in secrets {
        for (place, text) in &seen {
            let lines = text.lines().filter(|line| line.contains(secret));
            betrayed.extend(lines.map(|line| format!("{place}: {line}")));
        }
    }
    assert!(betrayed.is_empty(), "{betrayed:#?}");
}

fn is_ill(camera: &Value) -> bool {
    ["lost", "stalled", "refused"].iter().any(|phase| camera["phase"] == *phase)
}

fn camera(id: &str, url: &str) -> String {
    format!(
        "[[camera]]\nid = {id:?}\nuri = {url:?}\n[[camera.zone]]\nid = \"near\"\n\
        kind = \"no_parking\"\npolygon = {NEAR_KERB}\npre_alarm_s = 1\nviolation_s = 3\n"
    )
}
