//! What the door writes down, the tokens it gives out, and what it tells strangers.

use axum::http::Method;
use reqwest::StatusCode;
use serde_json::Value;
use serde_json::json;

use crate::access::Role;
use crate::api::scripted::CASE;
use crate::api::scripted::Running;
use crate::api::scripted::problem;
use crate::time::Clock;

use super::PASSWORD;
use super::Shows;

#[tokio::test]
async fn changes_and_looks_at_evidence_are_on_record() {
    let running = Running::start();
    // Lines that are old by the machine's own clock would be let go of.
    running.hand.set(Clock::system().now());
    running.add_user("chen", Role::Administrator);
    running.add_user("wang", Role::Viewer);
    problem(running.try_to_log_in("hunter2hunter2", PASSWORD).await, 401).await;
    problem(running.try_to_log_in("wang", "wrong password").await, 401).await;
    let (chen, wang) = (running.log_in("chen").await, running.log_in("wang").await);
    let evidence = format!("/api/cases/{CASE}/evidence/A.jpg");
    running.status(&Method::GET, &evidence, &wang).await;
    running.status(&Method::GET, "/api/cases", &wang).await;
    running.status(&Method::POST, "/api/cameras/east/retry", &wang).await;
    running.status(&Method::POST, "/api/cameras/east/retry", &chen).await;
    running.status(&Method::POST, "/api/cameras/east/retry", &Shows::Nothing).await;
    let log = chen.with(running.ask(&Method::GET, "/api/audit")).send().await.unwrap();
    let log: Value = log.json().await.unwrap();
    let line = |entry: &Value| {
        let text = |key: &str| entry[key].as_str().unwrap_or("-").replace(CASE, "CASE");
        ["who", "address", "what", "result", "note"].map(text).join(" | ")
    };
    let lines: Vec<_> = log["entries"].as_array().unwrap().iter().rev().map(line).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    nobody | 127.0.0.1 | POST /api/session | 401 | as no user
    nobody | 127.0.0.1 | POST /api/session | 401 | as wang
    chen | 127.0.0.1 | POST /api/session | 200 | -
    wang | 127.0.0.1 | POST /api/session | 200 | -
    wang | 127.0.0.1 | GET /api/cases/CASE/evidence/A.jpg | 200 | -
    wang | 127.0.0.1 | POST /api/cameras/east/retry | 403 | -
    chen | 127.0.0.1 | POST /api/cameras/east/retry | 202 | -
    ");
    let page = chen.with(running.ask(&Method::GET, "/api/audit?who=wang&limit=1"));
    let page: Value = page.send().await.unwrap().json().await.unwrap();
    assert_eq!(page["entries"][0]["result"], "403");
    assert_eq!(page["next_before"], page["entries"][0]["number"]);
}

#[tokio::test]
async fn a_token_is_made_shown_once_used_and_revoked() {
    let running = Running::start();
    running.add_user("chen", Role::Administrator);
    let chen = running.log_in("chen").await;
    let make = |shows: &Shows, body: Value| {
        shows.with(running.ask(&Method::POST, "/api/tokens")).json(&body).send()
    };
    let made =
        make(&chen, json!({"name": "desk", "scopes": ["read", "admin"], "days": 1})).await.unwrap();
    assert_eq!(made.status(), StatusCode::CREATED);
    let made: Value = made.json().await.unwrap();
    let desk = Shows::Token(made["text"].as_str().unwrap().to_owned());
    assert_eq!(running.status(&Method::GET, "/api/cases", &desk).await, 200);

    let refusals = [
        (409, json!({"name": "desk", "scopes": ["read"]})),
        (400, json!({"name": "a b", "scopes": ["read"]})),
        (400, json!({"name": "b", "scopes": []})),
        (400, json!({"name": "b", "scopes": ["root"]})),
        (400, json!({"name": "b", "scopes": ["read"], "days": 0})),
    ];
    for (status, body) in refusals {
        problem(make(&chen, body).await.unwrap(), status).await;
    }
    // A token gives nobody more than it has.
    problem(make(&desk, json!({"name": "b", "scopes": ["cases"]})).await.unwrap(), 403).await;
    assert_eq!(make(&desk, json!({"name": "b", "scopes": ["read"]})).await.unwrap().status(), 201);

    let list = chen.with(running.ask(&Method::GET, "/api/tokens")).send().await.unwrap();
    let list = list.text().await.unwrap();
    assert!(list.contains(r#""made_by":"user chen""#), "{list}");
    assert!(!list.contains(made["text"].as_str().unwrap()), "{list}");
    let path = format!("/api/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(running.status(&Method::DELETE, &path, &chen).await, 200);
    assert_eq!(running.status(&Method::GET, "/api/cases", &desk).await, 401);
    problem(
        chen.with(running.ask(&Method::DELETE, "/api/tokens/0123456789ab")).send().await.unwrap(),
        404,
    )
    .await;
}

#[tokio::test]
async fn health_tells_strangers_only_whether_it_is_well() {
    let running = Running::start();
    running.add_user("chen", Role::Administrator);
    assert_eq!(running.json("/healthz").await, json!({"state": "degraded"}));
    let chen = running.log_in("chen").await;
    let whole = chen.with(running.ask(&Method::GET, "/healthz")).send().await.unwrap();
    assert!(whole.text().await.unwrap().contains("ill_cameras"));
}
