//! Reads what a request carries: bounded, and of the type it says.

use axum::body::Bytes;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// A JSON body of at most `len_max` bytes.
pub(super) async fn json_bytes(request: Request, len_max: usize) -> Result<Bytes, Problem> {
    if !is_json(&request) {
        let detail = "the body must be JSON, with content-type application/json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    to_bytes(request.into_body(), len_max).await.map_err(|_| {
        let detail = format!("the body is longer than {len_max} bytes or broke off");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
    })
}

/// A JSON body that is a `T`, called `what` where it is none.
pub(super) async fn json_body<T: DeserializeOwned>(
    request: Request,
    len_max: usize,
    what: &str,
    example: &str,
) -> Result<T, Problem> {
    let bytes = json_bytes(request, len_max).await?;
    serde_json::from_slice(&bytes).map_err(|fault| {
        Problem::bad_request(format!("the body is no {what} such as {example}: {fault}"))
    })
}

/// A JSON body that is a `T`. What is wrong with it is not quoted, as it may be a secret.
pub(super) async fn secret_json<T: DeserializeOwned>(
    request: Request,
    len_max: usize,
    example: &str,
) -> Result<T, Problem> {
    let bytes = json_bytes(request, len_max).await?;
    serde_json::from_slice(&bytes)
        .map_err(|_| Problem::bad_request(format!("the body must be like {example}")))
}

/// Pages of other sites cannot send this type without being asked first.
fn is_json(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
