//! An answer that says what went wrong: RFC 9457's `application/problem+json`.

use axum::Json;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Serialize;

use super::BackendError;

/// Longest part of a request that an answer quotes.
const QUOTE_LEN_MAX: usize = 80;

/// A refusal: its status, and a sentence for whoever asked.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
}

#[derive(Serialize)]
struct Body {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into() }
    }

    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }
}

/// A foreign text, cut and quoted so that it can stand in an answer.
pub(super) fn quoted(text: &str) -> String {
    format!("{:?}", text.chars().take(QUOTE_LEN_MAX).collect::<String>())
}

impl From<BackendError> for Problem {
    fn from(fault: BackendError) -> Self {
        tracing::error!(%fault, "a request could not be answered");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, fault.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or("Problem");
        let status = self.status.as_u16();
        let body = Body { r#type: "about:blank", title, status, detail: self.detail };
        let mut response = (self.status, Json(body)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}
