//! The audit log, for administrators.

use axum::Json;
use axum::extract::RawQuery;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::AuditEntry;
use crate::store::AUDIT_PAGE_MAX;

use super::problem::Problem;
use super::problem::quoted;
use super::server::ApiState;

const LIMIT_USUAL: usize = 100;

#[derive(Serialize, ToSchema)]
pub(super) struct AuditList {
    /// The newest first.
    entries: Vec<AuditEntry>,
    /// What to give as `before` for the next page; none on the last one.
    next_before: Option<i64>,
}

#[derive(Debug, PartialEq, Eq)]
struct AuditQuery {
    before: Option<i64>,
    who: Option<String>,
    limit: usize,
}

pub(super) async fn list(
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = AuditQuery::parse(query.as_deref().unwrap_or_default())?;
    let limit = query.limit;
    let entries = state
        .access
        .ask(move |store| store.audit_log(query.before, query.who.as_deref(), limit))
        .await?;
    let page_is_full = entries.len() == limit;
    let next_before = entries.last().filter(|_| page_is_full).map(|entry| entry.number);
    Ok(Json(AuditList { entries, next_before }).into_response())
}

impl AuditQuery {
    fn parse(text: &str) -> Result<Self, Problem> {
        let mut query = Self { before: None, who: None, limit: LIMIT_USUAL };
        for (key, value) in url::form_urlencoded::parse(text.as_bytes()) {
            let bad = || Problem::bad_request(format!("{key}: {} is none", quoted(&value)));
            match &*key {
                "before" => query.before = Some(value.parse().map_err(|_| bad())?),
                "who" => query.who = Some(value.into_owned()),
                "limit" => {
                    let limit = value.parse().ok();
                    let limit = limit.filter(|limit| (1..=AUDIT_PAGE_MAX).contains(limit));
                    query.limit = limit.ok_or_else(bad)?;
                }
                _ => {
                    let detail =
                        format!("{} is unknown; there are before, who, limit", quoted(&key));
                    return Err(Problem::bad_request(detail));
                }
            }
        }
        Ok(query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_key_and_refuses_others() {
        let query = AuditQuery::parse("before=7&who=token+desk&limit=1000").unwrap();
        let expected = AuditQuery { before: Some(7), who: Some("token desk".into()), limit: 1_000 };
        assert_eq!(query, expected);
        for text in ["limit=0", "limit=1001", "before=x", "whom=li"] {
            assert!(AuditQuery::parse(text).is_err(), "{text}");
        }
    }
}
