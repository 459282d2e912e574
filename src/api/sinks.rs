//! Answers about the sinks, and sends again what was given up.

use axum::Json;
use axum::extract::RawQuery;
use axum::extract::Request;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::dispatch::ResendError;
use crate::dispatch::SinkReport;
use crate::store::DeadLetter;
use crate::store::SinkId;

use super::Backend;
use super::body::json_body;
use super::door::Noted;
use super::problem::Problem;
use super::problem::quoted;
use super::query::PathWords;
use super::server::ApiState;

const BODY_LEN_MAX: usize = 4 << 10;
const PAGE_USUAL: usize = 100;
const PAGE_MAX: usize = 500;

#[derive(Serialize, ToSchema)]
pub(super) struct SinkList {
    /// By name.
    sinks: Vec<SinkReport>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct DeadList {
    /// The newest first.
    dead: Vec<DeadLetter>,
    /// What to give as `before` for the next page; none on the last one.
    next_before: Option<i64>,
}

/// An empty object for all that the sink was not given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Resend)]
pub(super) struct Asked {
    /// Only this one, as the list of dead letters names it.
    #[serde(default)]
    delivery: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Resent {
    resent: usize,
}

#[derive(Debug, PartialEq, Eq)]
struct Page {
    before: Option<i64>,
    limit: usize,
}

pub(super) async fn list(State(state): State<ApiState>) -> Result<Response, Problem> {
    let asked = state.ask(|backend| backend.sink_book().map(|book| book.report())).await?;
    let sinks = asked.transpose()?.unwrap_or_default();
    Ok(Json(SinkList { sinks }).into_response())
}

pub(super) async fn dead(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let sink = sink_id(&name)?;
    let Page { before, limit } = Page::parse(&query.unwrap_or_default())?;
    let book = state.ask(Backend::sink_book).await?.ok_or_else(|| no_sink(&name))?;
    let dead = state.ask(move |_| book.dead(&sink, before, limit)).await??;
    let page_is_full = dead.len() == limit;
    let next_before = dead.last().filter(|_| page_is_full).map(|one| one.number);
    Ok(Json(DeadList { dead, next_before }).into_response())
}

pub(super) async fn resend(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
    request: Request,
) -> Result<Response, Problem> {
    let sink = sink_id(&name)?;
    let example = r#"{} or {"delivery": "ID"}"#;
    let asked: Asked = json_body(request, BODY_LEN_MAX, "choice", example).await?;
    let book = state.ask(Backend::sink_book).await?.ok_or_else(|| no_sink(&name))?;
    let resent = state.ask(move |_| book.resend(&sink, asked.delivery.as_deref())).await??;
    let mut answer = Json(Resent { resent }).into_response();
    answer.extensions_mut().insert(Noted(format!("{resent} sent again")));
    Ok(answer)
}

fn sink_id(name: &str) -> Result<SinkId, Problem> {
    SinkId::new(name).map_err(|_| no_sink(name))
}

fn no_sink(name: &str) -> Problem {
    Problem::not_found(format!("there is no sink {}", quoted(name)))
}

impl From<ResendError> for Problem {
    fn from(error: ResendError) -> Self {
        match error {
            ResendError::NoSink(sink) => no_sink(sink.as_str()),
            ResendError::NotDead(key, sink) => {
                Self::not_found(format!("{} was not given up at {sink}", quoted(&key)))
            }
            ResendError::Gone(_) => Self::new(StatusCode::CONFLICT, error.to_string()),
            ResendError::Store(error) => error.into(),
        }
    }
}

impl Page {
    fn parse(text: &str) -> Result<Self, Problem> {
        let mut page = Self { before: None, limit: PAGE_USUAL };
        for (key, value) in url::form_urlencoded::parse(text.as_bytes()) {
            let bad = || Problem::bad_request(format!("{key}: {} is none", quoted(&value)));
            match &*key {
                "before" => page.before = Some(value.parse().map_err(|_| bad())?),
                "limit" => {
                    let limit = value.parse().ok();
                    let limit = limit.filter(|limit| (1..=PAGE_MAX).contains(limit));
                    page.limit = limit.ok_or_else(bad)?;
                }
                _ => {
                    let detail = format!("{} is unknown; there are before, limit", quoted(&key));
                    return Err(Problem::bad_request(detail));
                }
            }
        }
        Ok(page)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;
    use serde_json::json;
    use tokio::runtime::Handle;

    use crate::api::scripted::Running;
    use crate::api::scripted::Script;
    use crate::api::scripted::problem;
    use crate::cases::sample;
    use crate::dispatch::DispatchSettings;
    use crate::dispatch::Dispatcher;
    use crate::dispatch::Jsonl;
    use crate::dispatch::Sink;
    use crate::runtime::Shutdown;
    use crate::store::DeliveryId;
    use crate::store::STORE_FILE;
    use crate::store::Store;
    use crate::time::Clock;

    use super::*;

    #[tokio::test]
    async fn what_was_given_up_is_told_and_sent_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&folder.path().join(STORE_FILE)).unwrap());
        let desk = SinkId::new("desk").unwrap();
        store.file_case(&sample::case(1), std::slice::from_ref(&desk)).unwrap();
        let id = DeliveryId { case_id: sample::case(1).id, revision: 1, sink_id: desk.clone() };
        store.dead(&id, "answered 401").unwrap();
        let lines = Jsonl::to_file(desk, &folder.path().join("cases.jsonl"), "/xunjie").unwrap();
        let (sinks, clock) = (vec![Arc::new(lines) as Arc<dyn Sink>], Clock::system());
        let (_guard, end) = Shutdown::pair();
        // All tests count together, and this case is as old as its sample.
        let emission_budget = std::time::Duration::MAX;
        let settings = DispatchSettings { emission_budget, ..DispatchSettings::default() };
        let dispatcher =
            Dispatcher::start(&Handle::current(), &store, sinks, &clock, &settings, &end).unwrap();
        let mut script = Script::new();
        script.sinks = Some(Arc::new(dispatcher.book(&store, &clock)));
        let running = Running::with(script);
        let told = running.json("/api/sinks").await;
        let sink = &told["sinks"][0];
        let expected = (&json!("desk"), &json!("jsonl"), &json!(1), &json!("answered 401"));
        assert_eq!((&sink["sink"], &sink["kind"], &sink["dead"], &sink["last_error"]), expected);
        let told = running.json("/api/sinks/desk/dead?limit=1").await;
        let dead = &told["dead"][0];
        assert_eq!((&dead["case_id"], &dead["revision"]), (&json!(id.case_id), &json!(1)));
        assert_eq!(told["next_before"], dead["number"]);
        running.refused("/api/sinks/nobody/dead", 404).await;

        let resend = |sink: &str, body: Value| {
            let address = format!("http://{}/api/sinks/{sink}/resend", running.address);
            running.client.post(address).json(&body).send()
        };
        problem(resend("desk", json!({"delivery": "all"})).await.unwrap(), 404).await;
        problem(resend("nobody", json!({})).await.unwrap(), 404).await;
        problem(resend("desk", json!({"all": true})).await.unwrap(), 400).await;
        let one = json!({"delivery": dead["delivery"]});
        let answer: Value = resend("desk", one).await.unwrap().json().await.unwrap();
        assert_eq!(answer, json!({"resent": 1}));
        while running.json("/api/sinks").await["sinks"][0]["delivered"] == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let answer: Value = resend("desk", json!({})).await.unwrap().json().await.unwrap();
        assert_eq!(answer, json!({"resent": 0}));
    }

    #[test]
    fn a_page_of_dead_letters_is_bounded() {
        assert_eq!(Page::parse("before=7&limit=2").unwrap(), Page { before: Some(7), limit: 2 });
        for text in ["limit=0", "limit=501", "before=x", "sink=desk"] {
            assert!(Page::parse(text).is_err(), "{text}");
        }
    }
}
