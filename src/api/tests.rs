//! A real server on a free loopback port, a scripted program behind it, a real client before it.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use tokio::io::AsyncWriteExt;

use super::scripted::*;

#[tokio::test]
async fn cameras_are_listed_and_shown_with_what_stands_there() {
    let running = Running::start();
    insta::assert_json_snapshot!("cameras", running.json("/api/cameras").await);
    insta::assert_json_snapshot!("camera", running.json("/api/cameras/north").await);
    running.refused("/api/cameras/west", 404).await;
    running.refused("/api/cameras/no%20rth", 400).await;
    running.refused("/api/cameras/..%2f..", 400).await;
}

#[tokio::test]
async fn a_camera_is_tried_again_for_its_operator_but_not_for_another_sites_page() {
    let running = Running::start();
    let address = format!("http://{}/api/cameras/east/retry", running.address);
    let retry = |origin: Option<&'static str>| {
        let request = running.client.post(&address);
        origin.map_or(running.client.post(&address), |origin| request.header("origin", origin))
    };
    problem(retry(Some("https://evil.example")).send().await.unwrap(), 403).await;
    assert!(running.script.retried.lock().unwrap().is_empty());
    let accepted = retry(None).send().await.unwrap();
    assert_eq!(accepted.status(), StatusCode::ACCEPTED);
    assert_eq!(running.script.retried.lock().unwrap()[0].as_str(), "east");
    running.refused("/api/cameras/east/retry", 405).await;
}

#[tokio::test]
async fn cases_are_listed_page_by_page_and_shown() {
    let running = Running::start();
    insta::assert_json_snapshot!("cases", running.json("/api/cases?limit=2&state=filed").await);
    insta::assert_json_snapshot!("case", running.json(&format!("/api/cases/{CASE}")).await);
    assert_eq!(running.json("/api/cases?limit=3").await["next_before"], Value::Null);
    assert_eq!(running.script.asked.lock().unwrap()[0].limit, 2);
    running.refused("/api/cases?limit=0", 400).await;
    running.refused("/api/cases?colour=red", 400).await;
    running.refused(&format!("/api/cases/{}", CASE.replace('1', "e")), 404).await;
    running.refused("/api/cases/1%27%20or%201=1", 400).await;
}

#[tokio::test]
async fn cases_are_listed_by_how_they_stand_at_the_dispatch_centre() {
    let running = Running::start();
    running.json("/api/cases?stage=accepted&grid=north-07&class=garbage_pile&overdue=true").await;
    let asked = running.script.asked.lock().unwrap()[0].clone();
    assert_eq!(asked.life.grid.unwrap().as_str(), "north-07");
    assert!(asked.overdue);
    running.refused("/api/cases?stage=lost", 400).await;
}

#[tokio::test]
async fn the_life_of_a_case_is_shown() {
    let running = Running::start();
    insta::assert_json_snapshot!("life", running.json(&format!("/api/cases/{CASE}/life")).await);
    running.refused(&format!("/api/cases/{}/life", CASE.replace('1', "e")), 404).await;
}

#[tokio::test]
async fn a_step_is_taken_for_whoever_says_who_and_why() {
    let running = Running::start();
    let address = |id: &str| format!("http://{}/api/cases/{id}/transitions", running.address);
    let ask = |id: &str, body: &str| {
        let request = running.client.post(address(id)).body(body.to_owned());
        request.header("content-type", "application/json").send()
    };
    let taken = ask(CASE, r#"{"step": "return", "by": "li", "why": "not our road"}"#).await;
    assert_eq!(taken.unwrap().status(), StatusCode::OK);
    let told = r#"return by li because Some("not our road")"#;
    assert_eq!(*running.script.steps.lock().unwrap(), [told]);
    let refusals = [
        (409, r#"{"step": "close", "by": "li"}"#),
        (403, r#"{"step": "clear", "by": "li"}"#),
        (400, r#"{"step": "accept"}"#),
        (400, r#"{"step": "accept", "by": " "}"#),
        (400, r#"{"step": "dispatch", "by": "li"}"#),
        (400, r#"{"step": "accept", "by": "li", "too": 1}"#),
        (400, r#"{"step": "steal", "by": "li"}"#),
        (400, "[]"),
        (400, ""),
    ];
    for (status, body) in refusals {
        problem(ask(CASE, body).await.unwrap(), status).await;
    }
    let long = format!(r#"{{"step": "accept", "by": "li", "why": "{}"}}"#, "x".repeat(20_000));
    problem(ask(CASE, &long).await.unwrap(), 413).await;
    let unknown = CASE.replace('1', "e");
    let accept = r#"{"step": "accept", "by": "li"}"#;
    problem(ask(&unknown, accept).await.unwrap(), 404).await;
    let form = running.client.post(address(CASE)).body(accept).send().await.unwrap();
    problem(form, 415).await;
    assert_eq!(running.script.steps.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn hot_spots_are_listed_of_all_classes_or_of_one() {
    let running = Running::start();
    insta::assert_json_snapshot!("hotspots", running.json("/api/hotspots").await);
    let other = running.json("/api/hotspots?class=illegal_parking").await;
    assert_eq!(other["hotspots"].as_array().unwrap().len(), 0);
    running.refused("/api/hotspots?class=a/b", 400).await;
    running.refused("/api/hotspots?grid=north-07", 400).await;
}

#[tokio::test]
async fn evidence_is_served_by_name() {
    let running = Running::start();
    let response = running.get(&format!("/api/cases/{CASE}/evidence/A.jpg")).await;
    assert_eq!(response.headers()["content-type"], "image/jpeg");
    assert_eq!(response.bytes().await.unwrap().as_ref(), b"a picture");
    let manifest = running.get(&format!("/api/cases/{CASE}/evidence/manifest.json")).await;
    assert_eq!(manifest.headers()["content-type"], "application/json");
    // Named as evidence may be, but gone from the disk.
    running.refused(&format!("/api/cases/{CASE}/evidence/B.jpg"), 404).await;
}

#[tokio::test]
async fn no_name_leads_out_of_the_evidence() {
    let running = Running::start();
    let escapes =
        ["..%2f..%2fetc%2fpasswd", "%2e%2e", "A.jpg%00", "a.jpg", "A.jpg%2f", ".%2fA.jpg", "%ff"];
    for name in escapes {
        let response = running.get(&format!("/api/cases/{CASE}/evidence/{name}")).await;
        assert!(response.status().is_client_error(), "{name}: {}", response.status());
        assert_eq!(response.headers()["content-type"], "application/problem+json", "{name}");
    }
    // A client that does not tidy its path up before it asks.
    let path = format!("/api/cases/{CASE}/evidence/../../../../etc/passwd");
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert_eq!(running.raw(&request).await.unwrap(), "HTTP/1.1 404 Not Found");
}

#[tokio::test]
async fn health_names_the_dead_camera_and_turns_503_when_looks_stop() {
    let running = Running::start();
    insta::assert_json_snapshot!("health", running.json("/healthz").await);
    running.hand.advance(Duration::from_secs(120));
    let response = running.get("/healthz").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let health: Value = response.json().await.unwrap();
    assert_eq!(health["state"], "ill");
    let reason = health["reasons"][0].as_str().unwrap();
    assert_eq!(reason, "no picture was looked at for 127 s though 2 cameras are live");
}

#[tokio::test]
async fn the_steps_of_a_case_are_told() {
    let running = Running::start();
    let history = running.json(&format!("/api/cases/{CASE}/history")).await;
    assert_eq!(history["steps"][0]["what"], "filed");
    running.refused(&format!("/api/cases/{}/history", CASE.replace('1', "e")), 404).await;
    running.refused("/api/cases/north/history", 400).await;
}

#[tokio::test]
async fn metrics_and_latency_show_what_was_recorded() {
    let running = Running::start();
    metrics::histogram!("xunjie_stage_seconds", "stage" => "api-test").record(0.015);
    let response = running.get("/metrics").await;
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    let text = response.text().await.unwrap();
    assert!(
        text.contains("xunjie_stage_seconds_bucket{stage=\"api-test\",le=\"0.02\"} 1"),
        "{text}"
    );
    let latency = running.json("/api/latency").await;
    let stages = latency["stages"].as_array().unwrap();
    assert!(stages.iter().any(|stage| stage["stage"] == "api-test" && stage["count"] == 1));
}

/// Holds for the built page and, where it was not built, for the small one.
#[tokio::test]
async fn answers_only_to_names_it_knows() {
    let running = Running::start();
    let ask = |host: &'static str| {
        running.client.get(format!("http://{}/healthz", running.address)).header("host", host)
    };
    for host in ["localhost:1", "desk.example", "[::1]:80"] {
        assert_eq!(ask(host).send().await.unwrap().status(), StatusCode::OK, "{host}");
    }
    problem(ask("evil.example").send().await.unwrap(), 421).await;
    let nameless = "GET /healthz HTTP/1.0\r\n\r\n";
    assert!(running.raw(nameless).await.unwrap().contains("400"));
}

#[tokio::test]
async fn what_goes_wrong_is_told_as_a_problem() {
    let running = Running::start();
    insta::assert_json_snapshot!("problem", running.refused("/api/nothing", 404).await);
    let failed = running.refused("/api/cases?limit=13", 500).await;
    assert_eq!(failed["detail"], "the store is locked");
    running.refused(&format!("/api/cases?camera={}", "a".repeat(3_000)), 414).await;
    // A bug in the backend costs one answer, not the server.
    running.refused("/api/cases?limit=17", 500).await;
    assert_eq!(running.get("/healthz").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_shutdown_ends_the_server_though_a_client_hangs_on() {
    let mut running = Running::start();
    assert_eq!(running.get("/healthz").await.status(), StatusCode::OK);
    let mut silent = tokio::net::TcpStream::connect(running.address).await.unwrap();
    silent.write_all(b"GET /healthz HTTP/1.1\r\nHost: local").await.unwrap();
    running.guard.take();
    let server = running.server.take();
    let ended = tokio::task::spawn_blocking(move || drop(server));
    tokio::time::timeout(Duration::from_secs(20), ended).await.unwrap().unwrap();
}
