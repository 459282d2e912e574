//! Answers about cases and their evidence.

use std::path::Path;

use axum::Json;
use axum::extract::RawQuery;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Serialize;
use tokio::io::AsyncReadExt;
use utoipa::ToSchema;

use crate::cases::Case;
use crate::cases::CaseId;
use crate::time::Timestamp;

use super::CaseQuery;
use super::HistoryStep;
use super::problem::Problem;
use super::problem::quoted;
use super::query::PathWords;
use super::server::ApiState;

/// Every picture that a case may have.
const PICTURES: [&str; 5] = ["A.jpg", "B.jpg", "C.jpg", "crop.jpg", "cleared.jpg"];
/// A case gets a new manifest when pictures are added, which is seldom more than twice.
const MANIFESTS_MAX: u32 = 99;
/// A picture of 8K at the best quality is smaller; anything larger is none of ours.
const FILE_LEN_MAX: u64 = 32 << 20;

#[derive(Serialize, ToSchema)]
pub(super) struct CaseList {
    cases: Vec<Case>,
    /// What to give as `before` for the next page; none on the last one.
    next_before: Option<Timestamp>,
}

pub(super) async fn list(
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = CaseQuery::parse(query.as_deref().unwrap_or_default())?;
    let limit = query.limit;
    let mut cases = state.ask(move |backend| backend.cases(&query)).await??;
    cases.truncate(limit);
    let page_is_full = cases.len() == limit;
    let next_before = cases.last().filter(|_| page_is_full).map(|case| case.filed_at);
    Ok(Json(CaseList { cases, next_before }).into_response())
}

pub(super) async fn show(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
) -> Result<Response, Problem> {
    let id = case_id(&name)?;
    let case = state.ask(move |backend| backend.case(&id)).await??;
    let case =
        case.ok_or_else(|| Problem::not_found(format!("there is no case {}", quoted(&name))))?;
    Ok(Json(case).into_response())
}

#[derive(Serialize, ToSchema)]
pub(super) struct History {
    steps: Vec<HistoryStep>,
}

pub(super) async fn history(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
) -> Result<Response, Problem> {
    let id = case_id(&name)?;
    let steps = state.ask(move |backend| backend.history(&id)).await??;
    if steps.is_empty() {
        return Err(Problem::not_found(format!("there is no case {}", quoted(&name))));
    }
    Ok(Json(History { steps }).into_response())
}

pub(super) async fn evidence(
    State(state): State<ApiState>,
    PathWords((case, name)): PathWords<(String, String)>,
) -> Result<Response, Problem> {
    let id = case_id(&case)?;
    let none =
        || Problem::not_found(format!("case {} has no file {}", quoted(&case), quoted(&name)));
    // Only a name that we made ourselves goes further, never the asker's text.
    let (file, content_type) = evidence_name(&name).ok_or_else(none)?;
    let path = state.ask(move |backend| backend.evidence_file(&id, &file)).await??;
    let bytes = read(&path.ok_or_else(none)?).await.map_err(|fault| {
        tracing::error!(case, name, %fault, "a file of evidence cannot be read");
        none()
    })?;
    Ok(([(header::CONTENT_TYPE, content_type)], bytes).into_response())
}

/// `1.jpg`, `2.jpg`…: the case's pictures with people and plates hidden.
pub(super) async fn public_copy(
    State(state): State<ApiState>,
    PathWords((case, name)): PathWords<(String, String)>,
) -> Result<Response, Problem> {
    let id = case_id(&case)?;
    let none = || {
        let (case, name) = (quoted(&case), quoted(&name));
        Problem::not_found(format!("case {case} has no picture {name} for the public"))
    };
    let number = name.strip_suffix(".jpg").and_then(|number| number.parse().ok());
    let number: usize = number.filter(|n| (1..=PICTURES.len()).contains(n)).ok_or_else(none)?;
    let copy = state.ask(move |backend| backend.public_copy(&id, number)).await??;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], copy.ok_or_else(none)?).into_response())
}

/// A file's name and what is in it; none where evidence has no file of that name.
fn evidence_name(asked: &str) -> Option<(String, &'static str)> {
    if let Some(picture) = PICTURES.into_iter().find(|picture| *picture == asked) {
        return Some((picture.to_owned(), "image/jpeg"));
    }
    let number = asked.strip_prefix("manifest")?.strip_suffix(".json")?;
    let own = match number.strip_prefix('.').map(str::parse) {
        None if number.is_empty() => "manifest.json".to_owned(),
        Some(Ok(number @ 2..=MANIFESTS_MAX)) => format!("manifest.{number}.json"),
        _ => return None,
    };
    (own == asked).then_some((own, "application/json"))
}

async fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    tokio::fs::File::open(path).await?.take(FILE_LEN_MAX).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

pub(super) fn case_id(text: &str) -> Result<CaseId, Problem> {
    let fault = || Problem::bad_request(format!("{} is no case's id: 32 hex digits", quoted(text)));
    CaseId::parse(text).ok_or_else(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_names_that_evidence_has_and_no_other() {
        for name in ["A.jpg", "crop.jpg", "manifest.json", "manifest.2.json", "manifest.99.json"] {
            assert_eq!(evidence_name(name).unwrap().0, name);
        }
        let others =
            ["", "D.jpg", "manifest", "manifest.1.json", "manifest.02.json", "manifest.+2.json"];
        for name in others.into_iter().chain(["manifest.100.json", "manifest..json", "../A.jpg"]) {
            assert_eq!(evidence_name(name), None, "{name}");
        }
    }
}
