//! An answer that says what went wrong: RFC 9457's `application/problem+json`.

use std::time::Duration;

use axum::Json;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::StoreError;

use super::BackendError;

/// Longest part of a request that an answer quotes.
const QUOTE_LEN_MAX: usize = 80;

/// A refusal: its status, and a sentence for whoever asked.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
    /// How long to wait before asking again.
    wait: Option<Duration>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Body {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), wait: None }
    }

    pub(crate) const fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// Whoever asks has not said who they are.
    pub(crate) fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, detail)
    }

    /// Whoever asks may not.
    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail)
    }

    /// Whoever asks is to wait, and is told for how long.
    pub(crate) fn too_many(what: &str, wait: Duration) -> Self {
        let wait_s = wait.as_secs_f64().ceil();
        let detail = format!("{what}; wait {wait_s} s");
        Self { wait: Some(wait), ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail) }
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }
}

/// A foreign text, cut and quoted so that it can stand in an answer.
pub(crate) fn quoted(text: &str) -> String {
    format!("{:?}", text.chars().take(QUOTE_LEN_MAX).collect::<String>())
}

impl From<BackendError> for Problem {
    fn from(fault: BackendError) -> Self {
        tracing::error!(%fault, "a request could not be answered");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, fault.to_string())
    }
}

impl From<StoreError> for Problem {
    fn from(fault: StoreError) -> Self {
        let cause = std::error::Error::source(&fault).map(ToString::to_string);
        tracing::error!(%fault, cause, "a request could not be answered");
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
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, kind);
        if self.status == StatusCode::UNAUTHORIZED {
            // Without a challenge that browsers would ask a password for.
            let how = HeaderValue::from_static("Bearer realm=\"xunjie\"");
            headers.insert(header::WWW_AUTHENTICATE, how);
        }
        if let Some(wait) = self.wait {
            let whole_s = wait.as_secs_f64().ceil() as u64;
            headers.insert(header::RETRY_AFTER, HeaderValue::from(whole_s.max(1)));
        }
        response
    }
}
