//! Tokens for programs: made, shown once, listed, revoked.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::Json;
use axum::extract::Request;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Scope;
use crate::access::Token;
use crate::access::TokenHash;
use crate::access::TokenId;
use crate::access::TokenName;
use crate::access::token_text;
use crate::store::StoreError;

use super::body::json_bytes;
use super::door::Caller;
use super::door::Noted;
use super::door::Who;
use super::problem::Problem;
use super::problem::quoted;
use super::query::PathWords;
use super::server::ApiState;

const BODY_LEN_MAX: usize = 4 << 10;
const DAYS_USUAL: u32 = 365;
/// After ten years nobody knows any more what it was for.
const DAYS_MAX: u32 = 3_650;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewToken)]
pub(super) struct Asked {
    name: String,
    scopes: BTreeSet<Scope>,
    #[serde(default)]
    days: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct TokenList {
    tokens: Vec<Token>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MadeToken)]
pub(super) struct Made {
    #[serde(flatten)]
    token: Token,
    /// Shown here and never again.
    text: String,
}

pub(super) async fn list(State(state): State<ApiState>) -> Result<Response, Problem> {
    let tokens = state.access.ask(crate::store::Store::tokens).await?;
    Ok(Json(TokenList { tokens }).into_response())
}

pub(super) async fn make(
    State(state): State<ApiState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    let bytes = json_bytes(request, BODY_LEN_MAX).await?;
    let asked: Asked = serde_json::from_slice(&bytes).map_err(|fault| {
        let example = r#"{"name": "desk", "scopes": ["read", "cases"], "days": 365}"#;
        Problem::bad_request(format!("the body is not like {example}: {fault}"))
    })?;
    let token = token(&state, &caller, asked)?;
    let noted = Noted(format!("token {} {}: {}", token.id, token.name, token.scopes));
    let text = token_text()
        .map_err(|fault| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, fault.to_string()))?;
    let (kept, hash) = (token.clone(), TokenHash::of(text.expose()));
    let added = state.access.ask(move |store| match store.add_token(&kept, &hash) {
        Err(refusal @ (StoreError::TokenThere(_) | StoreError::TooMany { .. })) => {
            Ok(Err(Problem::new(StatusCode::CONFLICT, refusal.to_string())))
        }
        added => added.map(Ok),
    });
    added.await??;
    let made = Made { token, text: text.expose().to_owned() };
    let mut answer = (StatusCode::CREATED, Json(made)).into_response();
    answer.extensions_mut().insert(noted);
    Ok(answer)
}

fn token(state: &ApiState, caller: &Caller, asked: Asked) -> Result<Token, Problem> {
    let name = TokenName::new(&asked.name)
        .map_err(|fault| Problem::bad_request(format!("name: {fault}")))?;
    let days = asked.days.unwrap_or(DAYS_USUAL);
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(Problem::bad_request(format!("days: {days} is not in 1..={DAYS_MAX}")));
    }
    if asked.scopes.is_empty() {
        return Err(Problem::bad_request("scopes: must be one or more"));
    }
    // A token gives nobody more than it has itself.
    for scope in &asked.scopes {
        caller.needs_scope(*scope)?;
    }
    let now = state.clock.now();
    let made_by = caller.who.in_words();
    let id = TokenId::new()
        .map_err(|fault| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, fault.to_string()))?;
    Ok(Token {
        id,
        name,
        scopes: asked.scopes.into_iter().collect(),
        made_by: if matches!(caller.who, Who::Person { .. }) {
            format!("user {made_by}")
        } else {
            made_by
        },
        made_at: now,
        expires_at: now + Duration::from_secs(24 * 3600) * days,
        revoked_at: None,
    })
}

pub(super) async fn revoke(
    State(state): State<ApiState>,
    PathWords(id): PathWords<String>,
) -> Result<Response, Problem> {
    let unknown = || Problem::not_found(format!("there is no token {}", quoted(&id)));
    let named = TokenId::parse(&id).ok_or_else(unknown)?;
    let now = state.clock.now();
    let revoked = state.access.ask(move |store| store.revoke_token(&named, now)).await?;
    let token = revoked.ok_or_else(unknown)?;
    let noted = Noted(format!("token {} {}", token.id, token.name));
    let mut answer = Json(token).into_response();
    answer.extensions_mut().insert(noted);
    Ok(answer)
}
