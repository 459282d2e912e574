//! Cameras are set up over a real server, with a scripted program behind it.

use reqwest::Method;
use reqwest::StatusCode;
use serde_json::Value;
use serde_json::json;

use super::scripted::*;

const NO_BODY: Value = Value::Null;

async fn ask(running: &Running, method: &Method, path: &str, body: &Value) -> reqwest::Response {
    let url = format!("http://{}{path}", running.address);
    let request = running.client.request(method.clone(), url);
    let request = if body.is_null() { request } else { request.json(body) };
    request.send().await.unwrap()
}

#[tokio::test]
async fn cameras_are_added_changed_and_removed_by_those_who_say_how() {
    let running = Running::start();
    let yard = json!({ "id": "yard", "uri": "rtsp://10.0.0.7/s" });
    let checks = [
        (Method::POST, "/api/cameras", yard.clone(), 201),
        (Method::PUT, "/api/cameras/yard", yard.clone(), 200),
        (Method::GET, "/api/cameras/yard/form", NO_BODY, 200),
        (Method::DELETE, "/api/cameras/yard", NO_BODY, 204),
    ];
    for (method, path, body, status) in checks {
        let answer = ask(&running, &method, path, &body).await;
        assert_eq!(answer.status(), status, "{method} {path}");
    }
    let refusals = [
        (Method::POST, "/api/cameras", json!({ "id": "north" }), 409, "already"),
        (Method::POST, "/api/cameras", json!({ "id": "a b" }), 400, "id: "),
        (Method::POST, "/api/cameras", json!({ "colour": "red" }), 400, "must be like"),
        (Method::PUT, "/api/cameras/west", yard, 404, "no such"),
        (Method::GET, "/api/cameras/west/form", NO_BODY, 404, "no camera"),
        (Method::POST, "/api/cameras/yard/undo", NO_BODY, 409, "nothing was changed"),
        (Method::DELETE, "/api/cameras/north", NO_BODY, 409, "city.toml"),
        (Method::DELETE, "/api/cameras/west", NO_BODY, 404, "no such"),
    ];
    for (method, path, body, status, words) in refusals {
        let told = problem(ask(&running, &method, path, &body).await, status).await;
        assert!(told["detail"].as_str().unwrap().contains(words), "{method} {path}: {told}");
    }
}

#[tokio::test]
async fn a_camera_is_tried_and_its_picture_shown() {
    let running = Running::start();
    let form = json!({ "uri": "rtsp://10.0.0.7/s", "password": "hunter2" });
    let answer = ask(&running, &Method::POST, "/api/trials", &form).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let report: Value = answer.json().await.unwrap();
    insta::assert_json_snapshot!("trial", report);
    let picture = running.get(report["picture"].as_str().unwrap()).await;
    assert_eq!(picture.headers()["content-type"], "image/jpeg");
    running.refused("/api/trials/8/picture.jpg", 404).await;
    running.refused("/api/trials/seven/picture.jpg", 404).await;
    let busy = json!({ "uri": "rtsp://busy/" });
    let refused = ask(&running, &Method::POST, "/api/trials", &busy).await;
    assert_eq!(refused.headers()["retry-after"], "8");
    problem(refused, 429).await;
    problem(ask(&running, &Method::POST, "/api/trials", &json!({})).await, 400).await;
}

#[tokio::test]
async fn a_body_that_is_no_form_is_not_quoted_as_it_may_hold_a_password() {
    let running = Running::start();
    for body in [json!({ "password": 12_345_678 }), json!({ "hunter2": 1 }), json!("hunter2")] {
        for path in ["/api/trials", "/api/cameras"] {
            let told = problem(ask(&running, &Method::POST, path, &body).await, 400).await;
            let told = told.to_string();
            assert!(!told.contains("12345678") && !told.contains("hunter2"), "{told}");
        }
    }
}
