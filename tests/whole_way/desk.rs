//! A dispatch centre: a webhook that checks each post as its documentation says.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU16;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;

use xunjie::dispatch::signature;
use xunjie::runtime::Secret;

use super::program::until;

pub(crate) const SECRET: &str = "between-the-desk-and-us";

/// The centre, and all that was ever posted to it.
#[derive(Clone)]
pub(crate) struct DispatchCentre {
    port: u16,
    answer: Arc<AtomicU16>,
    posts: Arc<Mutex<Vec<Post>>>,
}

#[derive(Clone)]
pub(crate) struct Post {
    pub(crate) key: String,
    pub(crate) event: Value,
    body: Bytes,
    acknowledged: bool,
}

impl DispatchCentre {
    /// Answers `status` until told otherwise.
    pub(crate) async fn open(status: u16) -> Self {
        Self::open_at(0, status).await
    }

    /// On a port that a program already posts to.
    pub(crate) async fn open_at(port: u16, status: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let centre = Self {
            port: listener.local_addr().unwrap().port(),
            answer: Arc::new(status.into()),
            posts: Arc::default(),
        };
        let router = Router::new().route("/cases", post(take)).with_state(centre.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        centre
    }

    /// From now on.
    pub(crate) fn answers(&self, status: u16) {
        self.answer.store(status, Ordering::SeqCst);
    }

    /// The `[[sink]]` that leads here.
    pub(crate) fn sink(&self) -> String {
        sink_at(self.port)
    }

    pub(crate) fn posts(&self) -> Vec<Post> {
        self.posts.lock().unwrap().clone()
    }

    /// The cases of all acknowledged posts, in their order, each delivery once.
    pub(crate) fn cases(&self) -> Vec<Value> {
        let mut keys = BTreeSet::new();
        let posts = self.posts().into_iter().filter(|post| post.acknowledged);
        let fresh = posts.filter(|post| keys.insert(post.key.clone()));
        fresh.map(|post| post.event["data"].clone()).collect()
    }

    /// Waits until so many posts have come, acknowledged or not.
    pub(crate) async fn until_posts(&self, count: usize) {
        until("posts", async || (self.posts.lock().unwrap().len() >= count).then_some(())).await;
    }

    /// Waits for an acknowledged case that is as wanted.
    pub(crate) async fn until_case(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        until("a case", async || self.cases().into_iter().find(|case| wanted(case))).await
    }

    /// Whatever happened: the same key always came with the same body.
    pub(crate) fn check_keys(&self) {
        let mut bodies = BTreeMap::new();
        for post in self.posts() {
            let first = bodies.entry(post.key.clone()).or_insert_with(|| post.body.clone());
            assert_eq!(*first, post.body, "{} came with another body", post.key);
        }
    }
}

pub(crate) fn sink_at(port: u16) -> String {
    let url = format!("http://127.0.0.1:{port}/cases");
    format!("[[sink]]\nkind = \"webhook\"\nid = \"desk\"\nurl = {url:?}\nsecret = {SECRET:?}\n")
}

/// Checks what every post must have, before anything else; a post without is answered 400.
async fn take(State(centre): State<DispatchCentre>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let signed = format!("sha256={}", signature(&Secret::new(SECRET), &body));
    let event: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(key) = header("idempotency-key").map(str::to_owned) else {
        return StatusCode::BAD_REQUEST;
    };
    let is_event = header("content-type")
        .is_some_and(|kind| kind.starts_with("application/cloudevents+json"))
        && event["specversion"] == "1.0"
        && event["id"] == key.as_str()
        && event["subject"] == event["data"]["id"]
        && ["source", "type", "time"].iter().all(|name| event[name].is_string());
    if header("x-xunjie-signature") != Some(&signed) || !is_event {
        return StatusCode::BAD_REQUEST;
    }
    let answer = StatusCode::from_u16(centre.answer.load(Ordering::SeqCst)).unwrap();
    let acknowledged = answer.is_success();
    centre.posts.lock().unwrap().push(Post { key, event, body, acknowledged });
    answer
}
