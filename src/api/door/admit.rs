//! Stands before every route: lets in who may, and writes down what they did.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::body::to_bytes;
use axum::extract::ConnectInfo;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::StatusCode;
use axum::http::header;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;
use futures::StreamExt;

use crate::access::TokenHash;
use crate::api::listener::Peer;
use crate::api::problem::Problem;
use crate::runtime::Secret;

use super::Access;
use super::Caller;
use super::Need;
use super::Rule;
use super::Who;
use super::keeper::Credential;

/// What a page shows with each change, as it is told it with the session.
const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");
/// A form with the longest description is some KiB.
const FORM_LEN_MAX: usize = 64 << 10;
/// One who may no longer look sees no more after this.
const STREAM_CHECK_EVERY: Duration = Duration::from_secs(15);

/// A route's rule, and who knows who may come in.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) access: Arc<Access>,
    pub(crate) rule: Rule,
}

/// What the audit log is to say beside the rest; a handler leaves it with its answer.
#[derive(Clone, Debug)]
pub(crate) struct Noted(pub(crate) String);

pub(crate) async fn admit(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    gate.pass(request, next).await.unwrap_or_else(Problem::into_response)
}

impl Gate {
    async fn pass(self: &Arc<Self>, mut request: Request, next: Next) -> Result<Response, Problem> {
        let address = address_of(&request);
        let credential = self.credential(&mut request).await?;
        let caller = match self.access.identify(&credential, address).await {
            // What is open to all answers also where the store cannot.
            Err(_) if self.rule.need == Need::Open => Caller { who: Who::Nobody, address },
            caller => caller?,
        };
        let what = format!("{} {}", request.method(), request.uri().path());
        let refusal = self.refusal(&caller, &credential, request.headers());
        if let Some(refusal) = refusal {
            if self.rule.is_recorded() && !matches!(caller.who, Who::Nobody) {
                self.record(&caller, what, refusal.status(), None).await?;
            }
            return Err(refusal);
        }
        request.extensions_mut().insert(caller.clone());
        let response = next.run(request).await;
        if self.rule.is_recorded() {
            let note = response.extensions().get::<Noted>().map(|noted| noted.0.clone());
            let recorded = self.record(&caller, what, response.status(), note).await;
            // What was changed is changed, but evidence is not shown without a record of it.
            if self.rule.evidence {
                recorded?;
            }
        }
        if self.rule.streams {
            return Ok(self.until_refused(response, credential, address));
        }
        Ok(response)
    }

    fn refusal(
        &self,
        caller: &Caller,
        credential: &Credential,
        headers: &HeaderMap,
    ) -> Option<Problem> {
        if let Some(refusal) = self.rule.need.refusal(caller) {
            return Some(refusal);
        }
        let Who::Person { csrf, .. } = &caller.who else { return None };
        let by_cookie = matches!(credential, Credential::Session(_));
        let forged = by_cookie && !self.rule.method.is_safe() && !shows(headers, csrf);
        // To log in again one need not know what the last session's pages knew.
        (forged && self.rule.need != Need::Open).then(|| {
            Problem::forbidden(
                "the header x-csrf-token is missing or another session's; GET /api/session tells it",
            )
        })
    }

    async fn record(
        &self,
        caller: &Caller,
        what: String,
        status: StatusCode,
        note: Option<String>,
    ) -> Result<(), Problem> {
        self.access.record(caller, what, status.as_str().to_owned(), note).await
    }

    /// A token in the header goes before a cookie, and both before a form's key.
    async fn credential(&self, request: &mut Request) -> Result<Credential, Problem> {
        let mut given = request.headers().get_all(header::AUTHORIZATION).iter();
        if let Some(text) = given.next() {
            let bearer = text.to_str().ok().and_then(|text| text.split_once(' '));
            let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
            let (None, Some((_, token))) = (given.next(), bearer) else {
                return Err(Problem::unauthorized("the header is not Authorization: Bearer TOKEN"));
            };
            return Ok(Credential::Token(Secret::new(token.trim())));
        }
        if let Some(cookie) = self.access.cookie_in(request.headers()) {
            return Ok(Credential::Session(cookie));
        }
        if self.rule.takes_api_key
            && let Some(key) = api_key(request).await?
        {
            return Ok(Credential::Token(key));
        }
        Ok(Credential::None)
    }

    /// The answer as long as whoever asked would still be let in.
    fn until_refused(
        self: &Arc<Self>,
        response: Response,
        credential: Credential,
        address: IpAddr,
    ) -> Response {
        let gate = Arc::clone(self);
        let refused = async move {
            loop {
                tokio::time::sleep(STREAM_CHECK_EVERY).await;
                let caller = gate.access.identify(&credential, address).await;
                if caller.is_ok_and(|caller| gate.rule.need.refusal(&caller).is_some()) {
                    return;
                }
            }
        };
        let (parts, body) = response.into_parts();
        let body = body.into_data_stream().take_until(Box::pin(refused));
        Response::from_parts(parts, Body::from_stream(body))
    }
}

fn address_of(request: &Request) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<Peer>>();
    peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.0.ip())
}

/// Hashes are compared, so how long it takes tells nothing of the text.
fn shows(headers: &HeaderMap, csrf: &Secret) -> bool {
    let shown = headers.get(CSRF).and_then(|shown| shown.to_str().ok());
    shown.is_some_and(|shown| TokenHash::of(shown) == TokenHash::of(csrf.expose()))
}

/// The `api_key` of the query or of a form; the form is left as it was.
async fn api_key(request: &mut Request) -> Result<Option<Secret>, Problem> {
    let in_words = |text: &[u8]| {
        let found = url::form_urlencoded::parse(text).find(|(key, _)| key == "api_key");
        found.map(|(_, key)| Secret::new(key.into_owned()))
    };
    if let Some(key) = request.uri().query().and_then(|query| in_words(query.as_bytes())) {
        return Ok(Some(key));
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_form = kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if !is_form {
        return Ok(None);
    }
    let body = std::mem::take(request.body_mut());
    let bytes = to_bytes(body, FORM_LEN_MAX).await.map_err(|_| {
        let detail = format!("the form is longer than {FORM_LEN_MAX} bytes or broke off");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
    })?;
    let key = in_words(&bytes);
    *request.body_mut() = Body::from(bytes);
    Ok(key)
}
