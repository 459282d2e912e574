//! The page that shows how the city is watched: files out of the program itself, nothing from elsewhere.
//!
//! The page of `web/` is there where it was built before the program was; the
//! small page, which needs no building, stands in for it otherwise.

use axum::extract::Path;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;

use super::problem::Problem;
use super::problem::quoted;

// `FILES`, by path, and `VERSION`, a digest of them all: written by `web/embed.rs`.
include!(concat!(env!("OUT_DIR"), "/page_files.rs"));

const HTML: &str = include_str!("page/page.html");
const CSS: &str = include_str!("page/page.css");
const JS: &str = include_str!("page/page.js");

/// Files under `assets/` carry a digest in their names, so they never change.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Tells one build of the page from another; empty where it was not built.
pub(super) const fn version() -> &'static str {
    VERSION
}

pub(super) async fn html(headers: HeaderMap) -> Response {
    match built("index.html", &headers) {
        Some(page) => page,
        None => small_html().await,
    }
}

pub(super) async fn asset(
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let none = || Problem::not_found(format!("the page has no file {}", quoted(&name)));
    let mut response = built(&format!("assets/{name}"), &headers).ok_or_else(none)?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(FOR_EVER));
    Ok(response)
}

pub(super) async fn small_html() -> Response {
    file("text/html; charset=utf-8", HTML)
}

pub(super) async fn css() -> Response {
    file("text/css; charset=utf-8", CSS)
}

pub(super) async fn js() -> Response {
    file("text/javascript; charset=utf-8", JS)
}

fn file(content_type: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, content_type)], text).into_response()
}

/// A file of the built page, compressed where the asker can read that.
fn built(path: &str, headers: &HeaderMap) -> Option<Response> {
    let find = |path: &str| FILES.iter().find(|file| file.0 == path).map(|file| file.1);
    let plain = find(path)?;
    let content_type = [(header::CONTENT_TYPE, content_type(path))];
    match find(&format!("{path}.gz")).filter(|_| reads_gzip(headers)) {
        Some(packed) => {
            let packing = [(header::CONTENT_ENCODING, "gzip"), (header::VARY, "accept-encoding")];
            Some((content_type, packing, packed).into_response())
        }
        None => Some((content_type, plain).into_response()),
    }
}

fn reads_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|value| value.split(',').any(|word| word.trim() == "gzip"))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}
