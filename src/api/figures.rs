//! Answers about many cases: reports, how often cases are right, and the
//! register of first violations; and takes verdicts.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::RawQuery;
use axum::extract::Request;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::cases::FalseReason;
use crate::cases::Language;
use crate::cases::PUBLISHED_PRECISION;
use crate::cases::ReportBy;
use crate::cases::ReportFormat;
use crate::cases::ReportQuery;
use crate::cases::ReportStyle;
use crate::cases::Step;
use crate::cases::Subject;
use crate::cases::SubjectError;
use crate::cases::Violation;
use crate::time::Timestamp;

use super::Backend;
use super::StepRefusal;
use super::body::json_body;
use super::cases::case_id;
use super::door::Caller;
use super::problem::Problem;
use super::problem::quoted;
use super::query::PathWords;
use super::server::ApiState;

const SHEET_ADDRESS: &str = "/api/reports/page.css";
/// The longest reason with a name is some KiB.
const BODY_LEN_MAX: usize = 16 << 10;
const WHY_CHARS_MAX: usize = 1_000;

/// `{"right": false, "reason": "queue", "why": "red light", "by": "wang"}`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Verdict)]
pub(super) struct AskedVerdict {
    right: bool,
    #[serde(default)]
    reason: Option<FalseReason>,
    #[serde(default)]
    why: Option<String>,
    #[serde(default)]
    by: Option<String>,
}

/// `{"plate": "豫A12345", "case": "…", "excused": true, "why": "…", "by": "wang"}`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewViolation)]
pub(super) struct AskedEntry {
    #[serde(default)]
    plate: Option<String>,
    #[serde(default)]
    shop: Option<String>,
    case: String,
    excused: bool,
    why: String,
    #[serde(default)]
    by: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Register {
    #[schema(value_type = Vec<Object>)]
    violations: Vec<Violation>,
}

/// A person's verdict: a step like others, with its own address as it is taken most.
pub(super) async fn judge(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    let id = case_id(&name)?;
    let example = r#"{"right": false, "reason": "queue", "by": "li"}"#;
    let asked: AskedVerdict = json_body(request, BODY_LEN_MAX, "verdict", example).await?;
    let by = caller.actor(asked.by)?;
    let step = Step::Judge { right: asked.right, reason: asked.reason };
    let life = state
        .ask(move |backend| backend.take_step(&id, &step, &by, asked.why.as_deref()))
        .await??;
    Ok(Json(life).into_response())
}

/// `?from=2026-05-01&to=2026-05-31&by=grid&format=html&lang=zh`.
pub(super) async fn report(
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let words = words(query.as_deref(), &["from", "to", "by", "format", "lang"])?;
    let word = |key: &str| words.get(key).map(String::as_str);
    let by = ReportBy::parse(word("by").unwrap_or("grid")).map_err(|fault| bad(&fault))?;
    let format = ReportFormat::from_name(word("format").unwrap_or("json"));
    let format = format.ok_or_else(|| Problem::bad_request("format: must be html, csv or json"))?;
    let language = Language::from_code(word("lang").unwrap_or("en"));
    let language = language.ok_or_else(|| Problem::bad_request("lang: must be en or zh"))?;
    let (today, zone) = day(&state).await?;
    let query =
        ReportQuery::new(word("from"), word("to"), by, today).map_err(|fault| bad(&fault))?;
    let (from, to) = (query.from, query.to);
    let report = state.ask(move |backend| backend.report(query)).await??;
    let text = report.written(format, language, ReportStyle::At(SHEET_ADDRESS), &zone);
    let mut response = ([(header::CONTENT_TYPE, format.media_type())], text).into_response();
    if format == ReportFormat::Csv {
        let name = format!("attachment; filename=\"report-{}-{from}-{to}.csv\"", by.name());
        if let Ok(name) = name.parse() {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
        }
    }
    Ok(response)
}

/// The dress of reports: pages of this server bring none of their own.
pub(super) async fn sheet() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], ReportStyle::SHEET).into_response()
}

/// `?from=2026-05-01&to=2026-05-31&goal=0.9`; of all cases without days.
pub(super) async fn precision(
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let words = words(query.as_deref(), &["from", "to", "goal"])?;
    let word = |key: &str| words.get(key).map(String::as_str);
    let goal = word("goal").map_or(Some(PUBLISHED_PRECISION), |text| text.parse().ok());
    let goal = goal.filter(|goal: &f64| (0.0..=1.0).contains(goal));
    let goal = goal.ok_or_else(|| Problem::bad_request("goal: must be a share from 0 to 1"))?;
    let (today, zone) = day(&state).await?;
    let span = if word("from").is_none() && word("to").is_none() {
        (Timestamp::EPOCH, Timestamp::from_micros(i64::MAX))
    } else {
        let query = ReportQuery::new(word("from"), word("to"), ReportBy::Day, today);
        query.map_err(|fault| bad(&fault))?.span(&zone)
    };
    let precision = state.ask(move |backend| backend.precision(span, goal)).await??;
    Ok(Json(precision).into_response())
}

/// `?plate=豫A12345` or `?shop=…`.
pub(super) async fn violations(
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mut words = words(query.as_deref(), &["plate", "shop"])?;
    let subject = subject(words.remove("plate"), words.remove("shop"))?;
    let violations = state.ask(move |backend| backend.violations(&subject)).await??;
    Ok(Json(Register { violations }).into_response())
}

pub(super) async fn register(
    State(state): State<ApiState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    let example = r#"{"plate": "A12345", "case": "…", "excused": true, "why": "…", "by": "li"}"#;
    let asked: AskedEntry = json_body(request, BODY_LEN_MAX, "entry", example).await?;
    let (subject, case) = (subject(asked.plate, asked.shop)?, case_id(&asked.case)?);
    let by = caller.actor(asked.by)?.to_string();
    let why = asked.why.trim().to_owned();
    if why.is_empty() || why.chars().count() > WHY_CHARS_MAX {
        let detail = format!("why: must be a reason of 1 to {WHY_CHARS_MAX} characters");
        return Err(Problem::bad_request(detail));
    }
    let violations = state
        .ask(move |backend| backend.register(subject, &case, asked.excused, &by, &why))
        .await??;
    Ok((StatusCode::CREATED, Json(Register { violations })).into_response())
}

fn subject(plate: Option<String>, shop: Option<String>) -> Result<Subject, Problem> {
    let subject = match (plate, shop) {
        (Some(plate), None) => Subject::plate(&plate),
        (None, Some(shop)) => Subject::shop(&shop),
        _ => return Err(Problem::bad_request("either a plate or a shop must be named")),
    };
    subject.map_err(|fault: SubjectError| bad(&fault))
}

/// Today in the city, and its time zone.
async fn day(state: &ApiState) -> Result<(Date, TimeZone), Problem> {
    let day = state.ask(Backend::city_day).await?;
    day.ok_or_else(|| StepRefusal::NoCity.into())
}

/// The words of a query; refuses what it does not know and what is said twice.
fn words(query: Option<&str>, known: &[&str]) -> Result<BTreeMap<String, String>, Problem> {
    let mut words = BTreeMap::new();
    for (key, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        if !known.contains(&&*key) {
            let detail = format!("{} is none of {}", quoted(&key), known.join(", "));
            return Err(Problem::bad_request(detail));
        }
        if words.insert(key.clone().into_owned(), value.into_owned()).is_some() {
            return Err(Problem::bad_request(format!("{} is given twice", quoted(&key))));
        }
    }
    Ok(words)
}

fn bad(fault: &dyn std::fmt::Display) -> Problem {
    Problem::bad_request(fault.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::api::scripted::*;

    async fn post(running: &Running, path: &str, body: &str) -> (u16, Value) {
        let address = format!("http://{}{path}", running.address);
        let request = running.client.post(address).body(body.to_owned());
        let answer = request.header("content-type", "application/json").send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    #[tokio::test]
    async fn a_verdict_is_taken_for_whoever_gives_it() {
        let running = Running::start();
        let path = format!("/api/cases/{CASE}/verdict");
        let wrong = r#"{"right": false, "reason": "queue", "by": "li"}"#;
        assert_eq!(post(&running, &path, wrong).await.0, 200);
        let right = r#"{"right": true, "by": "li", "why": "seen"}"#;
        assert_eq!(post(&running, &path, right).await.0, 200);
        let taken = running.script.steps.lock().unwrap().clone();
        assert_eq!(taken, ["judge by li because None", "judge by li because Some(\"seen\")"]);
        let refused = [
            (r#"{"right": false, "reason": "moon", "by": "li"}"#, 400),
            (r#"{"right": false, "by": " "}"#, 400),
            (r#"{"right": "no", "by": "li"}"#, 400),
            (r#"{"right": true, "by": "li", "stage": "closed"}"#, 400),
        ];
        for (body, status) in refused {
            assert_eq!(post(&running, &path, body).await.0, status, "{body}");
        }
        let unknown = format!("/api/cases/{}/verdict", CASE.replace('0', "f"));
        assert_eq!(post(&running, &unknown, wrong).await.0, 404);
    }

    #[tokio::test]
    async fn a_report_comes_as_page_sheet_and_json() {
        let running = Running::start();
        let json = running.json("/api/reports?from=2026-05-01&to=2026-05-02&by=day").await;
        assert_eq!(json["rows"].as_array().unwrap().len(), 2);
        assert_eq!((&json["from"], &json["total"]["found"]), (&"2026-05-01".into(), &0.into()));
        let page = running.get("/api/reports?format=html&lang=zh").await;
        assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
        let html = page.text().await.unwrap();
        assert!(html.contains("lang=\"zh\"") && html.contains("href=\"/api/reports/page.css\""));
        assert!(
            !html.contains("<style") && !html.contains("style="),
            "the server's policy forbids"
        );
        let css = running.get("/api/reports/page.css").await;
        assert!(css.headers()["content-type"].to_str().unwrap().starts_with("text/css"));
        let sheet = running.get("/api/reports?format=csv&by=class&from=2026-05-01").await;
        let name = "attachment; filename=\"report-class-2026-05-01-2026-05-31.csv\"";
        assert_eq!(sheet.headers()["content-disposition"], name);
        for wrong in [
            "by=moon",
            "format=pdf",
            "lang=fr",
            "from=May",
            "from=2026-06-01",
            "colour=red",
            "by=day&by=day",
        ] {
            running.refused(&format!("/api/reports?{wrong}"), 400).await;
        }
    }

    #[tokio::test]
    async fn precision_is_told_of_all_cases_or_of_some_days() {
        let running = Running::start();
        let all = running.json("/api/precision").await;
        assert_eq!((&all["goal"], &all["all"]["judged"]), (&0.85.into(), &20.into()));
        let camera = &all["cameras"][0];
        assert_eq!((&camera["id"], &camera["often_wrong"]), (&"north".into(), &true.into()));
        assert_eq!(camera["commonest_reason"], "queue");
        let none = running.json("/api/precision?from=2026-05-02&goal=0.5").await;
        assert_eq!((&none["goal"], &none["all"]["judged"]), (&0.5.into(), &0.into()));
        running.refused("/api/precision?goal=2", 400).await;
        running.refused("/api/precision?goal=NaN", 400).await;
    }

    #[tokio::test]
    async fn copies_for_the_public_are_numbered() {
        let running = Running::start();
        let copy = running.get(&format!("/api/cases/{CASE}/public/1.jpg")).await;
        assert_eq!(copy.headers()["content-type"], "image/jpeg");
        assert_eq!(copy.bytes().await.unwrap().as_ref(), b"tiles");
        for name in ["2.jpg", "0.jpg", "6.jpg", "A.jpg", "1", "-1.jpg", "..%2fA.jpg"] {
            running.refused(&format!("/api/cases/{CASE}/public/{name}"), 404).await;
        }
    }

    #[tokio::test]
    async fn the_register_is_looked_up_and_added_to() {
        let running = Running::start();
        let found = running.json("/api/register?plate=%E8%B1%ABa%2012345").await;
        assert_eq!(found["violations"][0]["plate"], "豫A12345");
        running.refused("/api/register", 400).await;
        running.refused("/api/register?plate=1", 400).await;
        let entry = |excused: bool, why: &str| {
            format!(
                r#"{{"shop": "老王", "case": "{CASE}", "excused": {excused}, "why": "{why}", "by": "li"}}"#
            )
        };
        let (status, noted) = post(&running, "/api/register", &entry(false, "fined")).await;
        assert_eq!((status, &noted["violations"][0]["shop"]), (201, &"老王".into()));
        let taken = running.script.steps.lock().unwrap().clone();
        assert_eq!(taken, [format!("shop 老王 in {CASE} by li because fined")]);
        assert_eq!(post(&running, "/api/register", &entry(true, "first")).await.0, 409);
        assert_eq!(post(&running, "/api/register", &entry(false, " ")).await.0, 400);
    }
}
