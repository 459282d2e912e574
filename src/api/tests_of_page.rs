//! What the page asks for, of a real server with a scripted program behind it.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use crate::cases::CaseChange;

use super::scripted::*;
use super::scripted_city::Heard;

#[tokio::test]
async fn a_cameras_last_picture_is_shown() {
    let running = Running::start();
    let response = running.get("/api/cameras/north/picture.jpg").await;
    assert_eq!(response.headers()["content-type"], "image/jpeg");
    assert_eq!(response.headers()["x-captured-at"], "2026-05-01T00:00:00.000000Z");
    let tag = response.headers()["etag"].clone();
    assert_eq!(response.bytes().await.unwrap().as_ref(), b"jpeg");
    let small = running.get("/api/cameras/north/picture.jpg?size=small&turn=3").await;
    assert_eq!(small.bytes().await.unwrap().as_ref(), b"tile");
    let address = format!("http://{}/api/cameras/north/picture.jpg", running.address);
    let again = running.client.get(address).header("if-none-match", tag).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    running.refused("/api/cameras/east/picture.jpg", 404).await;
    running.refused("/api/cameras/north/picture.jpg?size=huge", 400).await;
}

#[tokio::test]
async fn what_stands_in_several_pictures_is_told_at_once() {
    let running = Running::start();
    let scenes = running.json("/api/scenes?camera=east&camera=west&camera=north").await;
    let named: Vec<_> =
        scenes["scenes"].as_array().unwrap().iter().map(|scene| &scene["camera_id"]).collect();
    assert_eq!(named, ["east", "north"]);
    assert_eq!(scenes["scenes"][0]["stays"][0]["dwell_s"], 12.5);
    assert_eq!(running.json("/api/scenes").await["scenes"], serde_json::json!([]));
    running.refused("/api/scenes?camera=a/b", 400).await;
    running.refused("/api/scenes?kamera=a", 400).await;
    running.refused(&format!("/api/scenes?{}", "camera=a&".repeat(101)), 400).await;
}

#[tokio::test]
async fn where_the_cases_of_a_list_stand_is_told_at_once() {
    let running = Running::start();
    let unknown = CASE.replace('1', "e");
    let told = running.json(&format!("/api/lives?case={unknown}&case={CASE}")).await;
    let lives = told["lives"].as_array().unwrap();
    assert_eq!(lives.len(), 1);
    assert_eq!((&lives[0]["case_id"], &lives[0]["stage"]), (&CASE.into(), &"filed".into()));
    assert_eq!(running.json("/api/lives").await["lives"], serde_json::json!([]));
    running.refused("/api/lives?case=12", 400).await;
    running.refused(&format!("/api/lives?kase={CASE}"), 400).await;
    running.refused(&format!("/api/lives?{}", format!("case={CASE}&").repeat(51)), 400).await;
}

#[tokio::test]
async fn zones_are_drawn_checked_and_taken_back() {
    let running = Running::start();
    assert_eq!(running.json("/api/cameras/north/zones").await["drawn"], false);
    running.refused("/api/cameras/west/zones", 404).await;
    let put = |camera: &str, id: &str, query: &str| {
        let address = format!("http://{}/api/cameras/{camera}/zones{query}", running.address);
        let zone = serde_json::json!({"id": id, "kind": "berth", "polygon": [[0, 0.5], [1, 1]]});
        running.client.put(address).json(&serde_json::json!({ "zones": [zone] })).send()
    };
    let checked: Value = put("north", "kerb", "?check=true").await.unwrap().json().await.unwrap();
    assert_eq!(checked["drawn"], false);
    let saved: Value = put("north", "kerb", "").await.unwrap().json().await.unwrap();
    assert_eq!(saved["drawn"], true);
    let steps = running.script.steps.lock().unwrap().clone();
    assert!(steps[0].starts_with("Check") && steps[1].starts_with("Save"), "{steps:?}");
    assert!(steps[1].contains("polygon = [[0.0, 0.5], [1.0, 1.0]]"), "{steps:?}");
    problem(put("north", "fault", "").await.unwrap(), 400).await;
    problem(put("west", "kerb", "").await.unwrap(), 404).await;
    problem(put("north", "kerb", "?chek=true").await.unwrap(), 400).await;
    let address = format!("http://{}/api/cameras/north/zones", running.address);
    let form = running.client.put(&address).body("{}").send().await.unwrap();
    problem(form, 415).await;
    let undo = running.client.post(format!("{address}/undo")).send().await.unwrap();
    problem(undo, 404).await;
}

#[tokio::test]
async fn the_city_is_told_of_as_a_map_needs_it() {
    let running = Running::start();
    let city = running.json("/api/city").await;
    assert_eq!(city["grids"].as_array().unwrap().len(), 85);
    assert_eq!(city["cameras"][0]["name"], "north's corner");
    assert_eq!(city["tiles"]["url"], "https://tiles.example/{z}/{x}/{y}.png");
    let text = city.to_string();
    assert!(!text.contains("000-1001") && !text.contains("phone"), "no telephone number is told");
    let people = running.json("/api/city/people?grid=dongguan-08").await;
    assert_eq!(people["people"].as_array().unwrap().len(), 6);
    assert!(people["people"][0].get("phone").is_none());
    let open = running.json("/api/city/open").await;
    assert_eq!(
        (&open["open"][0]["kind"], &open["open"][0]["count"]),
        (&"garbage_pile".into(), &3.into())
    );
    running.refused("/api/city/people?grid=nowhere", 404).await;
    running.refused("/api/city/people", 400).await;
}

#[tokio::test]
async fn pictures_may_come_from_the_tiles_of_the_operator_and_from_nowhere_else() {
    let running = Running::start();
    let policy = running.get("/").await.headers()["content-security-policy"].clone();
    let pictures = policy.to_str().unwrap().split("; ").find(|part| part.starts_with("img-src"));
    assert_eq!(pictures, Some("img-src 'self' https://tiles.example"));
}

#[tokio::test]
async fn the_machine_tells_its_budgets_and_its_last_hour() {
    let running = Running::start();
    let machine = running.json("/api/machine").await;
    assert_eq!(machine["decision_budget_ms"], 1000.0);
    assert_eq!(machine["emission_budget_ms"], 2000.0);
    assert!(machine["cores"].as_u64().unwrap() >= 1);
    assert!(machine["spans"].is_array());
}

#[tokio::test]
async fn pages_hear_of_a_new_case_and_of_every_camera_once() {
    let running = Running::start();
    let mut listening = running.get("/api/events").await;
    assert_eq!(listening.headers()["content-type"], "text/event-stream");
    let mut heard = Heard::default();
    let hello = heard.until(&mut listening, "hello").await;
    assert_eq!(hello["time_scale"], 30.0, "nobody is to take a demonstration for a city");
    let cameras = heard.until(&mut listening, "cameras").await;
    assert_eq!(cameras.as_array().unwrap().len(), 3);
    let filed = (CaseChange::Filed, case(CASE, START));
    let seen_again = (CaseChange::Standing, case(CASE, START));
    running.script.news.lock().unwrap().extend([filed, seen_again]);
    let cases = heard.until(&mut listening, "cases").await;
    assert_eq!(cases.as_array().unwrap().len(), 1, "one case is told of once: {cases}");
    assert_eq!((&cases[0]["what"], &cases[0]["case"]["id"]), (&"filed".into(), &CASE.into()));
    heard.until(&mut listening, "health").await;
    assert_eq!(heard.names.iter().filter(|name| *name == "cameras").count(), 1);
}

#[tokio::test]
async fn a_page_that_finds_no_place_is_refused_and_the_end_lets_go_of_the_others() {
    let mut running = Running::start();
    let mut listening = Vec::new();
    for _ in 0..64 {
        listening.push(running.get("/api/events").await);
    }
    running.refused("/api/events", 503).await;
    running.guard.take();
    let server = running.server.take();
    let ended = tokio::task::spawn_blocking(move || drop(server));
    tokio::time::timeout(Duration::from_secs(20), ended).await.unwrap().unwrap();
    let mut last = listening.pop().unwrap();
    while let Ok(Some(_)) = last.chunk().await {}
}

#[tokio::test]
async fn the_page_brings_its_own_files_and_lets_nothing_else_in() {
    let running = Running::start();
    for (path, kind) in
        [("/small", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript")]
    {
        let response = running.get(path).await;
        let headers = response.headers().clone();
        assert!(headers["content-type"].to_str().unwrap().starts_with(kind), "{path}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'"), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let text = response.text().await.unwrap();
        assert!(!text.contains("http://") && !text.contains("https://"), "{path} leads elsewhere");
    }
}

#[tokio::test]
async fn every_file_that_the_page_names_is_there() {
    let running = Running::start();
    let page = running.get("/").await;
    assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    assert_eq!(page.headers()["cache-control"], "no-store");
    let page = page.text().await.unwrap();
    let named = page.split('"').filter(|word| word.starts_with('/') && word.contains('.'));
    for path in named.collect::<std::collections::BTreeSet<_>>() {
        let response = running.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let for_ever = response.headers()["cache-control"].to_str().unwrap().contains("immutable");
        assert_eq!(for_ever, path.starts_with("/assets/"), "{path}");
    }
    running.refused("/assets/nothing.js", 404).await;
    running.refused("/assets/..%2findex.html", 404).await;
}
