//! Logging in and out, and who one is.

use axum::Json;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Role;
use crate::access::Scopes;
use crate::access::TokenName;
use crate::access::UserName;
use crate::runtime::Secret;
use crate::time::Timestamp;

use super::body::secret_json;
use super::door::Caller;
use super::door::SESSION_LENGTH_MAX;
use super::door::Who;
use super::problem::Problem;
use super::server::ApiState;

/// A name and a password of 256 bytes, however they are escaped.
const BODY_LEN_MAX: usize = 4 << 10;
const EXAMPLE: &str = r#"{"user": "li", "password": "..."}"#;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Login)]
pub(super) struct Asked {
    user: String,
    password: String,
}

/// Whoever asks, in their own eyes.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    /// Whether there are users, so that one must log in.
    login_required: bool,
    user: Option<UserName>,
    /// Of the person, or of whoever sits at this machine where nobody need log in.
    role: Option<Role>,
    token: Option<TokenName>,
    scopes: Option<Scopes>,
    /// To be sent as `X-CSRF-Token` with each change.
    csrf: Option<String>,
    session_ends_at: Option<Timestamp>,
}

impl Me {
    fn of(who: Who) -> Self {
        let login_required = !matches!(who, Who::ThisMachine);
        let nobody = Self {
            login_required,
            user: None,
            role: None,
            token: None,
            scopes: None,
            csrf: None,
            session_ends_at: None,
        };
        match who {
            Who::Nobody => nobody,
            Who::ThisMachine => Self { role: Some(Role::Administrator), ..nobody },
            Who::Program { name, scopes } => {
                Self { token: Some(name), scopes: Some(scopes), ..nobody }
            }
            Who::Person { name, role, csrf, session_ends_at } => Self {
                user: Some(name),
                role: Some(role),
                csrf: Some(csrf.expose().to_owned()),
                session_ends_at: Some(session_ends_at),
                ..nobody
            },
        }
    }
}

pub(super) async fn show(caller: Caller) -> Response {
    Json(Me::of(caller.who)).into_response()
}

pub(super) async fn begin(
    State(state): State<ApiState>,
    caller: Caller,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let asked: Asked = secret_json(request, BODY_LEN_MAX, EXAMPLE).await?;
    let password = Secret::new(asked.password);
    let begun = state.access.log_in(&asked.user, password, caller.address).await;
    // Only a name that is one: people type passwords into the wrong field.
    let known = UserName::new(&asked.user).ok();
    let login = match begun {
        Ok(login) => login,
        Err(refusal) => {
            record_refusal(&state, &caller, known, refusal.status()).await?;
            return Err(refusal);
        }
    };
    // The session that this browser had before would be out of anybody's hands.
    state.access.log_out(&headers);
    let person = Caller { who: login.who.clone(), address: caller.address };
    let what = "POST /api/session".to_owned();
    let recorded = state.access.record(&person, what, "200".to_owned(), None).await;
    recorded?;
    let cookie = state.access.set_cookie(&login.cookie, SESSION_LENGTH_MAX.as_secs());
    Ok(([(header::SET_COOKIE, cookie)], Json(Me::of(login.who))).into_response())
}

/// Of names only those of users are written down, for the same reason.
async fn record_refusal(
    state: &ApiState,
    caller: &Caller,
    name: Option<UserName>,
    status: StatusCode,
) -> Result<(), Problem> {
    let is_user = match name.clone() {
        Some(name) => state.access.ask(move |store| store.user(&name)).await?.is_some(),
        None => false,
    };
    let note = match name.filter(|_| is_user) {
        Some(name) => format!("as {name}"),
        None => "as no user".to_owned(),
    };
    let nobody = Caller { who: Who::Nobody, address: caller.address };
    let (what, result) = ("POST /api/session".to_owned(), status.as_str().to_owned());
    state.access.record(&nobody, what, result, Some(note)).await
}

pub(super) async fn end(State(state): State<ApiState>, headers: HeaderMap) -> Response {
    state.access.log_out(&headers);
    let gone = state.access.set_cookie(&Secret::new(""), 0);
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]).into_response()
}
