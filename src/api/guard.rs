//! What every request must pass, and every answer must carry.

use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::time::Duration;

use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::Uri;
use axum::http::header;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;

use super::problem::Problem;
use super::problem::quoted;
use super::server::ApiState;

/// Longer than any address of ours with every word of a query in it.
const URI_LEN_MAX: usize = 2_048;
/// A question is answered in milliseconds; one that takes longer waits for a part that is ill.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(10);
/// What is never refused for its name: this machine's own.
const OWN_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Nothing from elsewhere is loaded, run or asked, and nobody may frame the page. Pictures last.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    img-src 'self'";

const SAFE_HEADERS: [(HeaderName, &str); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// Stands before every route.
pub(super) async fn guard(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    let mut response = match refusal(&state, &request) {
        Some(problem) => problem.into_response(),
        None => answer_in_time(request, next).await,
    };
    for (name, value) in SAFE_HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, content_policy(&state));
    // Only what says so itself may be kept by a browser: files that never change.
    let kept = response.headers_mut().entry(header::CACHE_CONTROL);
    kept.or_insert(HeaderValue::from_static("no-store"));
    let status = response.status().as_str().to_owned();
    metrics::counter!("xunjie_http_requests_total", "status" => status).increment(1);
    response
}

/// Tiles of a map may come from where the operator said, and from nowhere else.
fn content_policy(state: &ApiState) -> HeaderValue {
    let plain = HeaderValue::from_static(CONTENT_POLICY);
    let Some(tiles) = state.backend.display().tiles else { return plain };
    HeaderValue::try_from(format!("{CONTENT_POLICY} {}", tiles.origin())).unwrap_or(plain)
}

async fn answer_in_time(request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(ANSWER_WAIT_MAX, next.run(request)).await;
    answer.unwrap_or_else(|_| {
        let detail = format!("the program gave no answer within {} s", ANSWER_WAIT_MAX.as_secs());
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).into_response()
    })
}

fn refusal(state: &ApiState, request: &Request) -> Option<Problem> {
    if uri_len(request.uri()) > URI_LEN_MAX {
        let detail = format!("the address is longer than {URI_LEN_MAX} bytes");
        return Some(Problem::new(StatusCode::URI_TOO_LONG, detail));
    }
    let Some(host) = asked_host(request) else {
        return Some(Problem::bad_request("the request names no host"));
    };
    // An address is no name that a foreign name server could lead here.
    let is_address = !state.access.is_for_this_machine_only() && is_address(host);
    if !is_address && !knows_host(&state.hosts, host) {
        let detail = format!("this program does not answer to the name {}", quoted(host));
        return Some(Problem::new(StatusCode::MISDIRECTED_REQUEST, detail));
    }
    let changes_something = !request.method().is_safe();
    if changes_something && comes_from_another_page(request.headers(), host) {
        return Some(Problem::new(
            StatusCode::FORBIDDEN,
            "the request comes from another site's page",
        ));
    }
    None
}

fn uri_len(uri: &Uri) -> usize {
    uri.path().len() + uri.query().map_or(0, str::len)
}

/// The `Host` header; one that is there twice or is no text counts as none.
fn asked_host(request: &Request) -> Option<&str> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    hosts.next().is_none().then_some(host)
}

/// Refuses names that a foreign page had its own name server lead here.
fn knows_host(configured: &[String], host: &str) -> bool {
    let name = without_port(host);
    let mut known = OWN_HOSTS.into_iter().chain(configured.iter().map(String::as_str));
    known.any(|known| known.eq_ignore_ascii_case(name) || known.eq_ignore_ascii_case(host))
}

fn is_address(host: &str) -> bool {
    let name = without_port(host);
    let v6 = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    v6.map_or(name.parse::<Ipv4Addr>().is_ok(), |v6| v6.parse::<Ipv6Addr>().is_ok())
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Browsers say where a request that changes something comes from; programs say nothing.
fn comes_from_another_page(headers: &HeaderMap, host: &str) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return false;
    };
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    origin.is_none_or(|(_, origin_host)| !origin_host.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, known: bool) {
        let configured = ["desk.city.example".to_owned(), "10.1.2.3:8080".to_owned()];
        assert_eq!(knows_host(&configured, host), known, "{host}");
    }

    #[test]
    fn answers_to_its_own_names_with_any_port() {
        for host in ["localhost", "LOCALHOST:9", "127.0.0.1:8080", "[::1]", "[::1]:8080"] {
            check(host, true);
        }
    }

    #[test]
    fn answers_to_the_names_it_was_given() {
        check("desk.city.example:80", true);
        check("10.1.2.3:8080", true);
        check("10.1.2.3:8081", false);
    }

    #[test]
    fn knows_an_address_from_a_name() {
        for host in ["10.1.2.3", "10.1.2.3:8320", "[fe80::1]:8320", "[::1]"] {
            assert!(is_address(host), "{host}");
        }
        for host in ["10.1.2.3.evil.example", "fe80::1", "[evil.example]", "", "1.2.3"] {
            assert!(!is_address(host), "{host}");
        }
    }

    #[test]
    fn answers_to_no_other_name() {
        for host in
            ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "::1", "[::1"]
        {
            check(host, false);
        }
    }
}
