//! Throws at every route what no client of good will sends: nothing breaks, and nobody gets in.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::Config;
use proptest::test_runner::RngAlgorithm;
use proptest::test_runner::TestRng;
use proptest::test_runner::TestRunner;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;

use crate::access::PasswordHash;
use crate::access::Role;
use crate::access::Scope;
use crate::access::Token;
use crate::access::TokenHash;
use crate::access::TokenId;
use crate::access::TokenName;
use crate::access::UserName;

use super::door::Need;
use super::door::Rule;
use super::routes::table;
use super::scripted::CASE;
use super::scripted::Running;
use super::scripted::START;

/// Some seconds' worth.
const REQUESTS: u32 = 1_500;
const TOKEN: &str = "xj_of_an_operator";
/// They say by 503 that something is not there, which is no fault.
const MAY_SAY_503: [&str; 4] =
    ["/healthz", "/api/city/reload", "/api/city/check", "/api/city/duty"];

const WORDS: [&str; 24] = [
    "",
    "..",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "%00",
    "%ff%fe",
    "%",
    "%zz",
    "A.jpg",
    "A.jpg/",
    "north",
    CASE,
    "0123456789ab",
    "1%27%20or%20%271%27=%271",
    "<script>alert(1)</script>",
    "{id}",
    "-1",
    "0",
    "9223372036854775808",
    "1e309",
    "null",
    "true",
    "%F0%9F%A6%80%E2%80%AE",
    "2026-02-30T25:61:61Z",
    "9999-12-31T23:59:59+99:99",
];

const BODIES: [&str; 16] = [
    "",
    "{",
    "null",
    "[]",
    "{}",
    "\"\\ud800\"",
    "{\"step\": \"accept\", \"by\": \"\\u0000\"}",
    "{\"step\": \"accept\", \"step\": \"close\", \"by\": \"li\"}",
    "{\"step\": \"suspend\", \"until\": \"+275760-09-13T00:00:00Z\", \"by\": \"li\"}",
    "{\"step\": {\"step\": {}}, \"by\": [], \"why\": 1e999}",
    "{\"step\": \"merge\", \"into\": \"../../../../etc/passwd\", \"by\": \"li\"}",
    "{\"user\": \"li\", \"password\": \"\"}",
    "{\"user\": \"\\u202eil\", \"password\": null}",
    "{\"name\": \"a\", \"scopes\": [\"read\", \"read\"], \"days\": 4294967296}",
    "{\"name\": \"a\", \"scopes\": [\"root\"], \"days\": -1}",
    "api_key=xj_guessed&description=%ff",
];

#[derive(Clone, Debug)]
struct Hostile {
    method: &'static str,
    /// Index into the table.
    route: usize,
    words: Vec<String>,
    query: Vec<(String, String)>,
    headers: Vec<String>,
    body: Vec<u8>,
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(&WORDS[..]).prop_map(str::to_owned),
        1 => "[!-~]{0,60}".prop_map(|text| text.replace(['?', '#'], "x")),
        1 => prop::collection::vec(any::<u8>(), 0..40)
            .prop_map(|bytes| url::form_urlencoded::byte_serialize(&bytes).collect()),
        1 => Just("x".repeat(3_000)),
    ]
}

fn query() -> impl Strategy<Value = Vec<(String, String)>> {
    let keys = [
        "limit", "before", "state", "kind", "camera", "stage", "grid", "class", "overdue", "who",
        "api_key", "size", "colour", "%00", "",
    ];
    prop::collection::vec((select(keys.to_vec()).prop_map(str::to_owned), word()), 0..4)
}

fn header() -> impl Strategy<Value = String> {
    let names = [
        "cookie: xunjie-session=",
        "authorization: Bearer ",
        "authorization: Basic ",
        "x-csrf-token: ",
        "content-type: application/json; charset=",
        "content-type: application/x-www-form-urlencoded",
        "origin: http://",
        "host: ",
        "if-none-match: ",
        "accept-encoding: ",
        "transfer-encoding: ",
        "x-http-method-override: ",
        "x-forwarded-for: ",
        "last-event-id: ",
    ];
    (select(names.to_vec()), word()).prop_map(|(name, word)| format!("{name}{word}"))
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => select(&BODIES[..]).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..200),
        1 => Just("[".repeat(10_000).into_bytes()),
        1 => Just(vec![b' '; 70_000]),
    ]
}

fn hostile(routes: usize) -> impl Strategy<Value = Hostile> {
    let other = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"];
    // Mostly the route's own method, which is the empty one here.
    let method = prop_oneof![3 => Just(""), 1 => select(other.to_vec())];
    let headers = prop::collection::vec(header(), 0..3);
    let words = prop::collection::vec(word(), 2);
    (method, 0..routes, words, query(), headers, body()).prop_map(
        |(method, route, words, query, headers, body)| Hostile {
            method,
            route,
            words,
            query,
            headers,
            body,
        },
    )
}

impl Hostile {
    /// The bytes as they go out, and the method they name.
    fn written(&self, rule: &Rule, token: Option<&str>) -> (String, Vec<u8>) {
        let method = if self.method.is_empty() { rule.method.as_str() } else { self.method };
        let mut words = self.words.iter();
        let fill = |part: &str| {
            if part.starts_with('{') {
                words.next().cloned().unwrap_or_default()
            } else {
                part.to_owned()
            }
        };
        let path = rule.path.split('/').map(fill).collect::<Vec<_>>().join("/");
        let query: Vec<_> =
            self.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let mut lines = vec![format!("{method} {path}?{} HTTP/1.1", query.join("&"))];
        let has = |name: &str| self.headers.iter().any(|header| header.starts_with(name));
        if !has("host: ") {
            lines.push("host: localhost".to_owned());
        }
        if !has("content-type") {
            lines.push("content-type: application/json".to_owned());
        }
        lines.extend(self.headers.iter().cloned());
        lines.extend(token.map(|token| format!("authorization: Bearer {token}")));
        lines.push(format!("content-length: {}", self.body.len()));
        lines.push("connection: close\r\n\r\n".to_owned());
        let mut bytes = lines.join("\r\n").into_bytes();
        bytes.extend_from_slice(&self.body);
        (method.to_owned(), bytes)
    }

    /// The scripted program fails at these on purpose.
    fn breaks_the_script(&self) -> bool {
        self.query.iter().any(|(key, value)| key == "limit" && (value == "13" || value == "17"))
    }
}

/// The status of the answer; none where the connection was closed without one.
async fn status(running: &Running, request: &[u8]) -> Option<u16> {
    let mut stream = tokio::net::TcpStream::connect(running.address).await.unwrap();
    // The server may have closed the connection before it read all.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    while !answer.windows(2).any(|pair| pair == b"\r\n") {
        match stream.read_buf(&mut answer).await {
            Ok(0) | Err(_) => return None,
            Ok(_) => {}
        }
    }
    let line = String::from_utf8_lossy(&answer).into_owned();
    line.split(' ').nth(1).and_then(|status| status.parse().ok())
}

fn running_with_users() -> Running {
    let running = Running::start();
    let hash = PasswordHash::stored("$argon2id$none".to_owned());
    running
        .store
        .add_user(&UserName::new("li").unwrap(), Role::Administrator, &hash, START)
        .unwrap();
    let token = Token {
        id: TokenId::new().unwrap(),
        name: TokenName::new("operator").unwrap(),
        scopes: Scope::ALL.into_iter().collect(),
        made_by: "a test".to_owned(),
        made_at: START,
        expires_at: START + std::time::Duration::from_secs(3600),
        revoked_at: None,
    };
    running.store.add_token(&token, &TokenHash::of(TOKEN)).unwrap();
    running
}

/// Sends `REQUESTS` requests, always the same ones, and judges each answer.
async fn throw_at(running: &Running, token: Option<&str>, judge: impl Fn(&Rule, u16) -> bool) {
    let rules: Vec<_> = table().into_iter().map(|route| route.rule).collect();
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let strategy = hostile(rules.len());
    let mut answered = 0;
    for _ in 0..REQUESTS {
        let hostile = strategy.new_tree(&mut runner).unwrap().current();
        if hostile.breaks_the_script() {
            continue;
        }
        let rule = &rules[hostile.route];
        let (method, request) = hostile.written(rule, token);
        let Some(status) = status(running, &request).await else { continue };
        answered += 1;
        // What is read can be asked for without its text.
        let own = method == rule.method.as_str() || (method == "HEAD" && rule.method == "GET");
        let fine = if own { judge(rule, status) } else { status < 500 };
        assert!(fine, "{status}: {}", String::from_utf8_lossy(&request));
    }
    assert!(answered > REQUESTS / 2, "only {answered} were answered");
}

#[tokio::test]
async fn an_operator_who_sends_nonsense_breaks_nothing() {
    let running = running_with_users();
    let fine = |rule: &Rule, status: u16| {
        status < 500 || (status == 503 && MAY_SAY_503.contains(&rule.path))
    };
    throw_at(&running, Some(TOKEN), fine).await;
    assert_eq!(running.get("/healthz").await.status(), 200);
}

#[tokio::test]
async fn nobody_gets_in_by_nonsense() {
    let running = running_with_users();
    let fine = |rule: &Rule, status: u16| match rule.need {
        Need::Open => status < 500 || status == 503,
        Need::Session | Need::Of(..) => (400..500).contains(&status),
    };
    throw_at(&running, None, fine).await;
    assert!(running.script.retried.lock().unwrap().is_empty());
    assert!(running.script.steps.lock().unwrap().is_empty());
    assert_eq!(running.store.tokens().unwrap().len(), 1);
}
