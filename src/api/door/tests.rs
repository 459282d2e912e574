//! Who comes in at a real server, and who does not: every route with everybody.

use std::sync::LazyLock;
use std::time::Duration;

use axum::http::Method;
use reqwest::RequestBuilder;
use reqwest::StatusCode;
use serde_json::Value;
use serde_json::json;

use crate::access::PasswordHash;
use crate::access::Role;
use crate::access::Scope;
use crate::access::Scopes;
use crate::access::Token;
use crate::access::TokenHash;
use crate::access::TokenId;
use crate::access::TokenName;
use crate::access::UserName;
use crate::api::routes::table;
use crate::api::scripted::CASE;
use crate::api::scripted::Running;
use crate::api::scripted::START;
use crate::api::scripted::problem;
use crate::runtime::Secret;
use crate::time::Timestamp;

use super::Door;
use super::Need;

mod records;

const PASSWORD: &str = "correct horse";
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Hashed once: it takes some tens of milliseconds.
static HASH: LazyLock<PasswordHash> =
    LazyLock::new(|| PasswordHash::of(&name("anybody"), &Secret::new(PASSWORD)).unwrap());

fn name(text: &str) -> UserName {
    UserName::new(text).unwrap()
}

impl Running {
    fn add_user(&self, user: &str, role: Role) {
        self.store.add_user(&name(user), role, &HASH, START).unwrap();
    }

    /// A token's text, good for these scopes until then.
    fn add_token(&self, named: &str, scopes: &[Scope], expires_at: Timestamp) -> String {
        let token = Token {
            id: TokenId::new().unwrap(),
            name: TokenName::new(named).unwrap(),
            scopes: scopes.iter().copied().collect::<Scopes>(),
            made_by: "a test".to_owned(),
            made_at: START,
            expires_at,
            revoked_at: None,
        };
        let text = format!("xj_{named}");
        self.store.add_token(&token, &TokenHash::of(&text)).unwrap();
        text
    }

    fn ask(&self, method: &Method, path: &str) -> RequestBuilder {
        self.client.request(method.clone(), format!("http://{}{path}", self.address))
    }

    async fn try_to_log_in(&self, user: &str, password: &str) -> reqwest::Response {
        let body = json!({"user": user, "password": password});
        self.ask(&Method::POST, "/api/session").json(&body).send().await.unwrap()
    }

    async fn log_in(&self, user: &str) -> Shows {
        let response = self.try_to_log_in(user, PASSWORD).await;
        assert_eq!(response.status(), StatusCode::OK);
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let me: Value = response.json().await.unwrap();
        Shows::Session { cookie, csrf: me["csrf"].as_str().unwrap().to_owned() }
    }

    async fn status(&self, method: &Method, path: &str, shows: &Shows) -> StatusCode {
        shows.with(self.ask(method, path)).send().await.unwrap().status()
    }
}

/// What a request carries to be let in.
#[derive(Clone, Debug)]
enum Shows {
    Nothing,
    Session { cookie: String, csrf: String },
    Token(String),
}

impl Shows {
    fn with(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::Nothing => request,
            Self::Session { cookie, csrf } => {
                request.header("cookie", cookie).header("x-csrf-token", csrf)
            }
            Self::Token(text) => request.bearer_auth(text),
        }
    }
}

/// Who somebody is to the test, which judges by itself who may.
#[derive(Clone, Copy, Debug)]
enum Is {
    Nobody,
    Person(Role),
    Program(&'static [Scope]),
}

fn may(need: Need, is: Is) -> bool {
    match (need, is) {
        (Need::Open, _) | (Need::Session, Is::Person(_)) => true,
        (Need::Session, _) | (Need::Of(..), Is::Nobody) => false,
        (Need::Of(role, _), Is::Person(own)) => own >= role,
        (Need::Of(_, scopes), Is::Program(own)) => own.iter().any(|scope| scopes.contains(scope)),
    }
}

const SINGLE: [&[Scope]; 7] = [
    &[Scope::Read],
    &[Scope::Cases],
    &[Scope::Verdicts],
    &[Scope::Requests],
    &[Scope::City],
    &[Scope::Cameras],
    &[Scope::Admin],
];

/// Everybody who may be before the door, with what they show.
async fn everybody(running: &Running) -> Vec<(Is, Shows)> {
    running.add_user("chen", Role::Administrator);
    running.add_user("li", Role::Dispatcher);
    running.add_user("wang", Role::Viewer);
    running.add_user("gone", Role::Administrator);
    let mut all = vec![
        (Is::Nobody, Shows::Nothing),
        (Is::Nobody, Shows::Token("xj_guessed".to_owned())),
        (
            Is::Nobody,
            Shows::Token(running.add_token("expired", &Scope::ALL, START + Duration::from_secs(1))),
        ),
        (
            Is::Nobody,
            Shows::Session { cookie: "xunjie-session=guessed".into(), csrf: String::new() },
        ),
        (Is::Person(Role::Administrator), running.log_in("chen").await),
        (Is::Person(Role::Dispatcher), running.log_in("li").await),
        (Is::Person(Role::Viewer), running.log_in("wang").await),
        (Is::Nobody, running.log_in("gone").await),
        (
            Is::Program(&Scope::ALL),
            Shows::Token(running.add_token("all", &Scope::ALL, START + DAY)),
        ),
    ];
    running.store.set_enabled(&name("gone"), false).unwrap();
    for scopes in SINGLE {
        let text = running.add_token(scopes[0].name(), scopes, START + DAY);
        all.push((Is::Program(scopes), Shows::Token(text)));
    }
    all
}

#[tokio::test]
async fn every_route_lets_in_who_may_and_nobody_else() {
    let running = Running::start();
    let everybody = everybody(&running).await;
    let mut rules: Vec<_> = table().into_iter().map(|route| route.rule).collect();
    // Logging out comes last, as one can do so only once.
    rules.sort_by_key(|rule| rule.need == Need::Session);
    for rule in rules {
        let path = rule.path.replace("{id}", CASE).replace("{name}", "B.jpg");
        for (is, shows) in &everybody {
            let status = running.status(&rule.method, &path, shows).await;
            let expected = match (may(rule.need, *is), is) {
                (true, _) => None,
                // Open311 knows only the other.
                (false, Is::Nobody) if !path.starts_with("/open311/") => {
                    Some(StatusCode::UNAUTHORIZED)
                }
                (false, _) => Some(StatusCode::FORBIDDEN),
            };
            let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status);
            let told = refused.then_some(status);
            assert_eq!(told, expected, "{} {path} {is:?} {shows:?}", rule.method);
            let by_head = rule.method == Method::GET
                && running.status(&Method::HEAD, &path, shows).await != status;
            assert!(!by_head, "HEAD {path} {is:?} is answered otherwise");
        }
    }
}

#[tokio::test]
async fn without_users_this_machine_does_everything_and_elsewhere_nobody_does() {
    let running = Running::start();
    let me = running.json("/api/session").await;
    assert_eq!((&me["login_required"], &me["role"]), (&json!(false), &json!("administrator")));
    assert_eq!(running.get("/api/cases").await.status(), StatusCode::OK);
    problem(running.try_to_log_in("li", PASSWORD).await, 409).await;
    let wrong = Shows::Token("xj_guessed".to_owned());
    assert_eq!(running.status(&Method::GET, "/api/cases", &wrong).await, 401);
    running.add_user("chen", Role::Administrator);
    running.refused("/api/cases", 401).await;

    let elsewhere = Running::behind(Door { loopback: false, tls: false });
    elsewhere.refused("/api/cases", 401).await;
    assert_eq!(elsewhere.json("/api/session").await["login_required"], true);
}

#[tokio::test]
async fn one_logs_in_is_known_and_logs_out() {
    let running = Running::start();
    running.add_user("chen", Role::Administrator);
    let response = running.try_to_log_in("chen", PASSWORD).await;
    let cookie = response.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["xunjie-session=", "; HttpOnly", "; SameSite=Strict", "; Path=/", "Max-Age=43200"]
    {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "{cookie}");
    let shows = running.log_in("chen").await;
    let session = || running.ask(&Method::GET, "/api/session");
    let me: Value = shows.with(session()).send().await.unwrap().json().await.unwrap();
    assert_eq!((&me["user"], &me["role"]), (&json!("chen"), &json!("administrator")));
    assert_eq!(running.status(&Method::DELETE, "/api/session", &shows).await, 204);
    assert_eq!(running.status(&Method::GET, "/api/cases", &shows).await, 401);

    let secure = Running::behind(Door { loopback: true, tls: true });
    secure.add_user("chen", Role::Administrator);
    let response = secure.try_to_log_in("chen", PASSWORD).await;
    let cookie = response.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(
        cookie.starts_with("__Host-xunjie-session=") && cookie.ends_with("; Secure"),
        "{cookie}"
    );
}

#[tokio::test]
async fn a_session_ends_with_its_time_and_with_a_change_of_its_user() {
    let running = Running::start();
    running.add_user("chen", Role::Administrator);
    running.add_user("li", Role::Dispatcher);
    let li = running.log_in("li").await;
    assert_eq!(running.status(&Method::GET, "/api/cases", &li).await, 200);
    running.store.set_role(&name("li"), Role::Viewer).unwrap();
    assert_eq!(running.status(&Method::GET, "/api/cases", &li).await, 401);
    let li = running.log_in("li").await;
    running.hand.advance(Duration::from_secs(2 * 3600));
    assert_eq!(running.status(&Method::GET, "/api/cases", &li).await, 401);
}

#[tokio::test]
async fn a_change_by_cookie_needs_what_only_the_sessions_own_pages_know() {
    let running = Running::start();
    running.add_user("chen", Role::Administrator);
    running.add_user("li", Role::Dispatcher);
    let (chen, li) = (running.log_in("chen").await, running.log_in("li").await);
    let Shows::Session { cookie, csrf } = chen else { unreachable!("it is a session") };
    let Shows::Session { csrf: of_li, .. } = li else { unreachable!("it is a session") };
    let retry = || running.ask(&Method::POST, "/api/cameras/east/retry").header("cookie", &cookie);
    problem(retry().send().await.unwrap(), 403).await;
    problem(retry().header("x-csrf-token", of_li).send().await.unwrap(), 403).await;
    assert!(running.script.retried.lock().unwrap().is_empty());
    let right = retry().header("x-csrf-token", &csrf).send().await.unwrap();
    assert_eq!(right.status(), StatusCode::ACCEPTED);
    let out = running.ask(&Method::DELETE, "/api/session").header("cookie", &cookie);
    problem(out.send().await.unwrap(), 403).await;
}

#[tokio::test]
async fn a_guesser_is_told_to_wait_and_learns_nothing() {
    let running = Running::start();
    running.add_user("chen", Role::Administrator);
    let unknown = problem(running.try_to_log_in("nobody", PASSWORD).await, 401).await;
    let wrong = problem(running.try_to_log_in("chen", "wrong password").await, 401).await;
    assert_eq!(unknown["detail"], wrong["detail"]);
    for _ in 0..4 {
        problem(running.try_to_log_in("chen", "wrong password").await, 401).await;
    }
    let limited = running.try_to_log_in("chen", PASSWORD).await;
    let wait: u64 = limited.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=300).contains(&wait), "{wait}");
    problem(limited, 429).await;
    running.hand.advance(Duration::from_secs(wait));
    running.log_in("chen").await;
}

#[tokio::test]
async fn a_login_that_is_none_is_refused_without_quoting_it() {
    let running = Running::start();
    running.add_user("chen", Role::Administrator);
    for body in ["", "[]", "{}", r#"{"user": "chen", "password": ["hunter2"]}"#, "hunter2"] {
        let request = running.ask(&Method::POST, "/api/session").body(body);
        let request = request.header("content-type", "application/json");
        let told = problem(request.send().await.unwrap(), 400).await;
        assert!(!told.to_string().contains("hunter2"), "{told}");
    }
    let form = running.ask(&Method::POST, "/api/session").body("user=chen&password=hunter2");
    problem(form.send().await.unwrap(), 415).await;
}

#[tokio::test]
async fn a_step_is_taken_in_the_name_of_who_is_logged_in() {
    let running = Running::start();
    running.add_user("chen", Role::Administrator);
    let chen = running.log_in("chen").await;
    let desk = Shows::Token(running.add_token("desk", &[Scope::Cases], START + DAY));
    let path = format!("/api/cases/{CASE}/transitions");
    let step = |shows: &Shows, body: Value| {
        shows.with(running.ask(&Method::POST, &path)).json(&body).send()
    };
    assert_eq!(step(&chen, json!({"step": "accept"})).await.unwrap().status(), 200);
    problem(step(&chen, json!({"step": "accept", "by": "li"})).await.unwrap(), 403).await;
    assert_eq!(step(&desk, json!({"step": "check", "by": "li"})).await.unwrap().status(), 200);
    problem(step(&desk, json!({"step": "judge", "right": true, "by": "li"})).await.unwrap(), 403)
        .await;
    let taken = running.script.steps.lock().unwrap().clone();
    assert_eq!(taken, ["accept by chen because None", "check by li (desk) because None"]);
}
