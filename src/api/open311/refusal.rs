//! What could not be answered, in the standard's own words.

use axum::body::Body;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;
use serde_json::Value;

use crate::api::problem::Problem;
use crate::api::problem::quoted;

use super::asked::Format;
use super::tree::Node;

/// What the standard's addresses begin with.
const PREFIX: &str = "/open311/";
/// A problem is a sentence or two.
const PROBLEM_LEN_MAX: usize = 16 << 10;

/// Answers problems below the standard's addresses as it has them: a list of
/// codes and descriptions, and 403 to whoever has not shown a key.
pub(in crate::api) async fn in_their_words(request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with(PREFIX) {
        return next.run(request).await;
    }
    let format = Format::of(request.uri().path(), request.headers());
    let response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind != Some("application/problem+json") {
        return response;
    }
    let status = match response.status() {
        StatusCode::UNAUTHORIZED => StatusCode::FORBIDDEN,
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            StatusCode::BAD_REQUEST
        }
        status => status,
    };
    let body = to_bytes(response.into_body(), PROBLEM_LEN_MAX).await.unwrap_or_default();
    let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
    let description = problem["detail"].as_str().unwrap_or("the request was refused");
    let error = Node::Record(vec![
        ("code", Node::text(status.as_str())),
        ("description", Node::text(description)),
    ]);
    (status, format.write("errors", &Node::List("error", vec![error]))).into_response()
}

impl Format {
    /// The tree as an answer of this form.
    pub(super) fn write(self, root: &'static str, node: &Node) -> Response {
        let (kind, body) = match self {
            Self::Xml => ("text/xml; charset=utf-8", node.to_xml(root)),
            Self::Json => ("application/json; charset=utf-8", node.to_json().to_string().into()),
        };
        ([(header::CONTENT_TYPE, kind)], Body::from(body)).into_response()
    }
}

pub(super) fn no_service(code: &str) -> Problem {
    Problem::not_found(format!("service_code {} was not found", quoted(code)))
}

pub(super) fn no_city() -> Problem {
    Problem::not_found("the program runs without city data, so there are no services")
}
