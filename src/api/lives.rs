//! Answers about the life of a case, and takes steps in it.

use axum::Json;
use axum::extract::RawQuery;
use axum::extract::Request;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Scope;
use crate::cases::Step;
use crate::city::Difference;
use crate::store::Standing;

use super::Backend;
use super::ReloadRefusal;
use super::StepRefusal;
use super::body::json_bytes;
use super::cases::case_id;
use super::door::Caller;
use super::door::Noted;
use super::problem::Problem;
use super::problem::quoted;
use super::query::PathWords;
use super::server::ApiState;

/// A step with the longest reason is a few KiB.
const BODY_LEN_MAX: usize = 16 << 10;
/// As many rows as a screen shows, and as fit into an address.
const STANDINGS_MAX: usize = 50;

/// What somebody asks for: the step's own keys, and beside them why, and who
/// where nobody need log in.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    by: Option<String>,
    #[serde(default)]
    why: Option<String>,
    #[serde(flatten)]
    step: Step,
}

pub(super) async fn show(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
) -> Result<Response, Problem> {
    let id = case_id(&name)?;
    let life = state.ask(move |backend| backend.life(&id)).await??;
    let none = || Problem::not_found(format!("there is no case {} with a life", quoted(&name)));
    Ok(Json(life.ok_or_else(none)?).into_response())
}

#[derive(Serialize, ToSchema)]
pub(super) struct Standings {
    lives: Vec<Standing>,
}

/// Where cases stand: those of a list that are in sight just now.
pub(super) async fn standings(
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mut ids = Vec::new();
    for (key, value) in url::form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes())
    {
        if key != "case" || ids.len() == STANDINGS_MAX {
            let detail = format!("asks for at most {STANDINGS_MAX} times case=ID, nothing else");
            return Err(Problem::bad_request(detail));
        }
        ids.push(case_id(&value)?);
    }
    let lives = state.ask(move |backend| backend.standings(&ids)).await??;
    Ok(Json(Standings { lives }).into_response())
}

pub(super) async fn take_step(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    let id = case_id(&name)?;
    let asked = asked(&json_bytes(request, BODY_LEN_MAX).await?)?;
    let judges = matches!(asked.step, Step::Judge { .. });
    caller.needs_scope(if judges { Scope::Verdicts } else { Scope::Cases })?;
    let by = caller.actor(asked.by)?;
    let noted = Noted(asked.step.name().to_owned());
    let taken = state
        .ask(move |backend| backend.take_step(&id, &asked.step, &by, asked.why.as_deref()))
        .await?;
    let answer = taken.map(|life| Json(life).into_response());
    let mut answer = answer.unwrap_or_else(|refusal| Problem::from(refusal).into_response());
    answer.extensions_mut().insert(noted);
    Ok(answer)
}

#[derive(Serialize, ToSchema)]
pub(super) struct Reloaded {
    differences: Vec<Difference>,
}

/// Takes up the city's folder as it is now; tells all faults where it has any.
pub(super) async fn reload_city(State(state): State<ApiState>) -> Result<Response, Problem> {
    match state.ask(Backend::reload_city).await? {
        Ok(differences) => Ok(Json(Reloaded { differences }).into_response()),
        Err(ReloadRefusal::NoCity) => {
            let detail = ReloadRefusal::NoCity.to_string();
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail))
        }
        Err(ReloadRefusal::Faults(faults)) => {
            Err(Problem::new(StatusCode::CONFLICT, faults.to_string()))
        }
    }
}

fn asked(bytes: &[u8]) -> Result<Asked, Problem> {
    let no_step = |fault: &dyn std::fmt::Display| {
        let example = r#"{"step": "return", "why": "not our road", "by": "li"}"#;
        Problem::bad_request(format!("the body is no step such as {example}: {fault}"))
    };
    let asked: Asked = serde_json::from_slice(bytes).map_err(|fault| no_step(&fault))?;
    if let Some(stranger) = stranger(bytes, &asked.step) {
        return Err(no_step(&format!("{} has no meaning here", quoted(&stranger))));
    }
    if asked.step.is_mark() {
        let detail = format!("{} is for cameras to say", quoted(asked.step.name()));
        return Err(Problem::new(StatusCode::FORBIDDEN, detail));
    }
    Ok(asked)
}

/// A key that the step does not have: a slip would otherwise pass in silence.
fn stranger(bytes: &[u8], step: &Step) -> Option<String> {
    let given: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(bytes).ok()?;
    let own = serde_json::to_value(step).ok()?;
    let known = |key: &String| {
        ["by", "why", "outcome", "reason"].contains(&key.as_str()) || own.get(key).is_some()
    };
    given.into_iter().map(|(key, _)| key).find(|key| !known(key))
}

impl From<StepRefusal> for Problem {
    fn from(refusal: StepRefusal) -> Self {
        let status = match refusal {
            StepRefusal::NoCity => StatusCode::SERVICE_UNAVAILABLE,
            StepRefusal::Unknown(_) => StatusCode::NOT_FOUND,
            StepRefusal::Refused(_) => StatusCode::CONFLICT,
            StepRefusal::Backend(fault) => return fault.into(),
        };
        Self::new(status, refusal.to_string())
    }
}
