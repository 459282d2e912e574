//! Answers about the duty in force, and about what is not filed because of it or of a permit.

use axum::Json;
use axum::extract::RawQuery;
use axum::extract::Request;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::dispatch::LifeBookError;
use crate::store::Silenced;
use crate::time::Timestamp;

use super::Backend;
use super::BackendError;
use super::StepRefusal;
use super::body::json_body;
use super::door::Caller;
use super::door::Noted;
use super::problem::Problem;
use super::problem::quoted;
use super::server::ApiState;

const BODY_LEN_MAX: usize = 4 << 10;
const SILENCED_USUAL: usize = 100;
/// A page or two.
const SILENCED_MAX: usize = 500;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SwitchDuty)]
pub(super) struct Asked {
    /// The duty's id.
    duty: String,
    /// Who, where nobody need log in; whom a program acts for, where one does.
    #[serde(default)]
    by: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct SilencedList {
    /// The newest first.
    silenced: Vec<Silenced>,
    /// What to give as `before` for the next page; none on the last one.
    next_before: Option<Timestamp>,
}

#[derive(Debug, PartialEq, Eq)]
struct SilencedQuery {
    before: Option<Timestamp>,
    limit: usize,
}

pub(super) async fn show(State(state): State<ApiState>) -> Result<Response, Problem> {
    let book = state.ask(Backend::life_book).await?;
    Ok(Json(book.map(|book| book.duty()).unwrap_or_default()).into_response())
}

pub(super) async fn switch(
    State(state): State<ApiState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    let example = r#"{"duty": "flood", "by": "li"}"#;
    let asked: Asked = json_body(request, BODY_LEN_MAX, "duty", example).await?;
    let by = caller.actor(asked.by)?.to_string();
    let book = state.ask(Backend::life_book).await?.ok_or(StepRefusal::NoCity)?;
    let noted = Noted(format!("duty {}", asked.duty));
    let mut answer = match state.ask(move |_| book.switch_duty(&asked.duty, &by)).await? {
        Ok(report) => Json(report).into_response(),
        Err(error @ LifeBookError::NoDuty { .. }) => {
            return Err(Problem::not_found(error.to_string()));
        }
        Err(error) => return Err(BackendError(error.to_string()).into()),
    };
    answer.extensions_mut().insert(noted);
    Ok(answer)
}

pub(super) async fn silenced(
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let SilencedQuery { before, limit } = SilencedQuery::parse(&query.unwrap_or_default())?;
    let asked =
        state.ask(move |backend| backend.life_book().map(|book| book.silenced(before, limit)));
    let silenced = asked.await?.transpose()?.unwrap_or_default();
    let page_is_full = silenced.len() == limit;
    let next_before = silenced.last().filter(|_| page_is_full).map(|one| one.at);
    Ok(Json(SilencedList { silenced, next_before }).into_response())
}

impl SilencedQuery {
    fn parse(text: &str) -> Result<Self, Problem> {
        let mut query = Self { before: None, limit: SILENCED_USUAL };
        for (key, value) in url::form_urlencoded::parse(text.as_bytes()) {
            let bad = || Problem::bad_request(format!("{key}: {} is none", quoted(&value)));
            match &*key {
                "before" => query.before = Some(Timestamp::parse(&value).map_err(|_| bad())?),
                "limit" => {
                    let limit = value.parse().ok();
                    let limit = limit.filter(|limit| (1..=SILENCED_MAX).contains(limit));
                    query.limit = limit.ok_or_else(bad)?;
                }
                _ => {
                    let detail = format!("{} is unknown; there are before, limit", quoted(&key));
                    return Err(Problem::bad_request(detail));
                }
            }
        }
        Ok(query)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;
    use serde_json::json;

    use crate::api::scripted::Running;
    use crate::api::scripted::START;
    use crate::api::scripted::Script;
    use crate::api::scripted::problem;
    use crate::city::sample::example;
    use crate::dispatch::LifeBook;
    use crate::store::STORE_FILE;
    use crate::store::Store;
    use crate::time::Clock;

    use super::*;

    #[tokio::test]
    async fn a_duty_is_switched_by_somebody_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&folder.path().join(STORE_FILE)).unwrap());
        let mut script = Script::new();
        script.book = Some(Arc::new(LifeBook::new(store, example(), Clock::simulated(START).0)));
        let running = Running::with(script);
        let told = running.json("/api/city/duty").await;
        assert_eq!((&told["duty"], &told["since"]), (&json!("normal"), &Value::Null));
        let ask = |body: Value| {
            running
                .client
                .post(format!("http://{}/api/city/duty", running.address))
                .json(&body)
                .send()
        };
        let told: Value =
            ask(json!({"duty": "flood", "by": "li"})).await.unwrap().json().await.unwrap();
        assert_eq!((&told["duty"], &told["by"]), (&json!("flood"), &json!("li")));
        let flood = json!({
            "id": "flood", "cameras": 30, "interval_s": 2.0,
            "name": "Flood season: the low-lying cameras look for water, and often",
            "classes": ["road_water", "manhole_cover"],
        });
        assert_eq!(told["duties"][1], flood);
        assert_eq!(running.json("/api/city/duty").await, told);
        problem(ask(json!({"duty": "snow", "by": "li"})).await.unwrap(), 404).await;
        problem(ask(json!({"duty": "flood"})).await.unwrap(), 400).await;
        assert_eq!(running.json("/api/silenced").await["silenced"], json!([]));
    }

    #[test]
    fn a_page_of_what_is_not_filed_is_bounded() {
        let query = SilencedQuery::parse("before=2026-05-01T08:00:00Z&limit=500").unwrap();
        assert_eq!((query.before.is_some(), query.limit), (true, 500));
        for text in ["limit=0", "limit=501", "before=x", "after=x"] {
            assert!(SilencedQuery::parse(text).is_err(), "{text}");
        }
    }
}
