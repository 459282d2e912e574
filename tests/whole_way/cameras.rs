//! A camera is tried, added, judged, changed and removed over the API, while another one goes on.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use reqwest::Method;
use serde_json::Value;
use serde_json::json;

use super::material::KERB;
use super::material::NEAR_KERB;
use super::material::clip;
use super::program::City;
use super::program::Program;
use super::program::until;
use super::sim::Sim;

const USER: &str = "watchman";
const PASSWORD: &str = "kranich-1207-daemmerung";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_is_tried_added_judged_changed_and_removed_while_another_goes_on() {
    let Some(clip) = clip(KERB) else { return };
    let login = format!("{USER}:{PASSWORD}");
    let sim = Sim::serve(&[&clip], &["--cameras", "2", "--login", &login]).await;
    let city = City::new(&format!(
        "interval_s = 1\n[[camera]]\nid = \"first\"\nuri = {:?}\n",
        sim.url_with(0, &login)
    ));
    let program = Program::start_with(&city.config(), "debug").await;
    program.until_camera("first", is_looked_at).await;

    let form = json!({ "id": "kerb", "uri": sim.url(1), "user": USER, "password": PASSWORD });
    try_it_out(&program, &form).await;
    let sheet = ask(&program, &Method::POST, "/api/cameras", &form, 201).await;
    assert_eq!((&sheet["added"], &sheet["form"]["password"]), (&json!(true), &json!("***")));
    let again = ask(&program, &Method::POST, "/api/cameras", &form, 409).await;
    assert!(again["detail"].as_str().unwrap().contains("already"), "{again}");
    let kerb = program.until_camera("kerb", is_looked_at).await;
    assert_eq!(kerb["added"], true);

    draw_a_zone(&program).await;
    let case = until("a case of the camera that was added", async || {
        let cases = program.json("/api/cases?camera=kerb").await;
        cases["cases"].as_array()?.first().cloned()
    })
    .await;
    assert_eq!(case["zone_id"], "near");

    change_it(&program, &sheet["form"]).await;
    let file = city.data().join("cameras/added/kerb/000001.toml");
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    check_nothing_is_betrayed(program).await;

    let program = Program::start(&city.config()).await;
    let kerb = program.until_camera("kerb", is_looked_at).await;
    assert_eq!((&kerb["added"], &kerb["zones"][0]["id"]), (&json!(true), &json!("near")));
    let sheet = program.json("/api/cameras/kerb/form").await;
    assert_eq!(sheet["form"]["interval_s"], 2.0, "the change was kept, too");

    remove_it(&program).await;
    let cases = program.json("/api/cases?camera=kerb").await;
    let stays = cases["cases"].as_array().unwrap().iter().any(|one| one["id"] == case["id"]);
    assert!(stays, "{cases}");
    assert!(!city.data().join("cameras/added/kerb").exists(), "its password goes with it");
    let (status, _, log) = program.end().await;
    assert!(status.success(), "{log}");
}

/// What is wrong is told before anything is kept; what is right shows a picture.
async fn try_it_out(program: &Program, form: &Value) {
    let tried = async |key: &str, value: Value| {
        let mut form = form.clone();
        form[key] = value;
        let report = ask(program, &Method::POST, "/api/trials", &form, 200).await;
        eprintln!("{key}: {}: {} ({} s)", report["outcome"], report["reason"], report["took_s"]);
        report
    };
    let wrong = tried("password", json!("wrong")).await;
    assert_eq!(wrong["outcome"], "wrong_password", "{wrong}");
    // Nobody listens on a port that was just given back.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = tried("uri", json!(format!("rtsp://{free}/kerb"))).await;
    assert_eq!(nobody["outcome"], "no_answer", "{nobody}");
    let nowhere = form["uri"].as_str().unwrap().to_owned() + "/nowhere";
    let nowhere = tried("uri", json!(nowhere)).await;
    assert_eq!(nowhere["outcome"], "no_video", "{nowhere}");
    let right = tried("place", json!("The kerb")).await;
    assert_eq!(right["outcome"], "picture", "{right}");
    assert_eq!((&right["width"], &right["height"]), (&json!(640), &json!(360)));
    assert_eq!(right["codec"], "H.264");
    let picture = program.bytes(right["picture"].as_str().unwrap()).await;
    assert!(picture.starts_with(&[0xFF, 0xD8]), "it is a JPEG");
    let cameras = program.json("/api/cameras").await;
    assert_eq!(cameras["cameras"].as_array().unwrap().len(), 1, "nothing was kept");
}

async fn draw_a_zone(program: &Program) {
    let polygon: Value = serde_json::from_str(NEAR_KERB).unwrap();
    let zone = json!({ "id": "near", "kind": "no_parking", "polygon": polygon,
        "pre_alarm_s": 1, "violation_s": 2 });
    let zones = json!({ "zones": [zone] });
    ask(program, &Method::PUT, "/api/cameras/kerb/zones", &zones, 200).await;
}

/// Only the camera that is changed is connected anew, and only where it must.
async fn change_it(program: &Program, form: &Value) {
    let path = "/api/cameras/kerb";
    let with = |changes: &[(&str, Value)]| {
        let mut form = form.clone();
        for (key, value) in changes {
            form[*key] = value.clone();
        }
        form
    };
    let faulty = with(&[("interval_s", json!(0.01)), ("transport", json!("pigeon"))]);
    let told = ask(program, &Method::PUT, path, &faulty, 400).await;
    let told = told["detail"].as_str().unwrap();
    assert_eq!(told.lines().count(), 2, "{told}");

    let keyframes = program.camera("kerb").await["keyframes"].as_u64();
    let slower = with(&[("interval_s", json!(2.0)), ("name", json!("The kerb"))]);
    let sheet = ask(program, &Method::PUT, path, &slower, 200).await;
    assert_eq!((&sheet["changed"], &sheet["form"]["name"]), (&json!(true), &json!("The kerb")));
    assert_eq!(sheet["form"]["interval_s"], 2.0);
    let kerb = program.camera("kerb").await;
    assert!(kerb["keyframes"].as_u64() >= keyframes, "it was not connected anew");

    let elsewhere = with(&[("uri", json!("rtsp://127.0.0.1:9/kerb"))]);
    let told = ask(program, &Method::PUT, path, &elsewhere, 400).await;
    let told = told["detail"].as_str().unwrap();
    assert!(told.starts_with("password: "), "it goes to no other host: {told}");
    let elsewhere = with(&[("uri", json!("rtsp://127.0.0.1:9/kerb")), ("password", Value::Null)]);
    ask(program, &Method::PUT, path, &elsewhere, 200).await;
    program.until_camera("kerb", |camera| camera["phase"] == "lost").await;
    let first = program.camera("first").await;
    assert_eq!((&first["phase"], &first["reconnects"]), (&json!("live"), &json!(0)));

    let sheet = ask(program, &Method::POST, "/api/cameras/kerb/undo", &Value::Null, 200).await;
    assert_eq!(sheet["form"]["uri"], form["uri"]);
    program.until_camera("kerb", is_live).await;
}

async fn remove_it(program: &Program) {
    let told = ask(program, &Method::DELETE, "/api/cameras/first", &Value::Null, 409).await;
    assert!(told["detail"].as_str().unwrap().contains("city.toml"), "{told}");
    ask(program, &Method::DELETE, "/api/cameras/kerb", &Value::Null, 204).await;
    ask(program, &Method::GET, "/api/cameras/kerb", &Value::Null, 404).await;
    let first = program.until_camera("first", is_live).await;
    assert_eq!(first["reconnects"], 0);
}

async fn check_nothing_is_betrayed(program: Program) {
    let mut told = String::new();
    for path in ["/api/cameras", "/api/cameras/kerb/form", "/api/audit", "/metrics"] {
        told += &program.text(path).await;
    }
    assert!(told.contains("camera kerb at rtsp://"), "the audit log says where it is");
    let (status, _, log) = program.end().await;
    assert!(status.success(), "{log}");
    for line in told.lines().chain(log.lines()) {
        assert!(!line.contains(PASSWORD), "{line}");
    }
}

fn is_live(camera: &Value) -> bool {
    camera["phase"] == "live"
}

fn is_looked_at(camera: &Value) -> bool {
    is_live(camera) && camera["last_look_at"].is_string()
}

async fn ask(program: &Program, method: &Method, path: &str, body: &Value, status: u16) -> Value {
    let (told, answer) = program.ask(method, path, body).await;
    assert_eq!(told, status, "{method} {path}: {answer}");
    answer
}
