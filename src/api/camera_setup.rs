//! Answers to those who set cameras up: try, add, change, take back, remove.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::Request;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;

use super::CameraBook;
use super::CameraForm;
use super::CameraRefusal;
use super::CameraSheet;
use super::body::secret_json;
use super::door::Noted;
use super::problem::Problem;
use super::problem::quoted;
use super::query::PathWords;
use super::query::camera_id;
use super::server::ApiState;

/// The longest address and a name fit many times.
const BODY_LEN_MAX: usize = 32 << 10;
const EXAMPLE: &str =
    r#"{"id": "kerb", "uri": "rtsp://10.0.0.7/stream1", "user": "admin", "password": "…"}"#;
/// Trials end within this.
const BUSY_WAIT: Duration = Duration::from_secs(8);

pub(super) async fn form(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
) -> Result<Response, Problem> {
    let id = camera_id(&name)?;
    let sheet = ask(&state, move |book| book.sheet(&id)).await?;
    let none = || Problem::not_found(format!("there is no camera {}", quoted(&name)));
    Ok(Json(sheet.ok_or_else(none)?).into_response())
}

/// Tries a camera before it is saved; nothing is kept but the picture, for a while.
pub(super) async fn try_out(
    State(state): State<ApiState>,
    request: Request,
) -> Result<Response, Problem> {
    let form: CameraForm = secret_json(request, BODY_LEN_MAX, EXAMPLE).await?;
    let report = ask(&state, move |book| book.try_out(&form)).await??.await;
    let noted = match report.reason.as_str() {
        "" => format!("{}: a picture", report.uri),
        reason => format!("{}: {reason}", report.uri),
    };
    Ok(with_note(Json(report), noted))
}

pub(super) async fn tried(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
) -> Result<Response, Problem> {
    let none = || Problem::not_found(format!("there is no picture of a trial {}", quoted(&name)));
    let number = name.parse::<u64>().map_err(|_| none())?;
    let picture = ask(&state, move |book| book.tried(number)).await?;
    let picture = picture.ok_or_else(none)?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], picture.to_vec()).into_response())
}

pub(super) async fn add(
    State(state): State<ApiState>,
    request: Request,
) -> Result<Response, Problem> {
    let form: CameraForm = secret_json(request, BODY_LEN_MAX, EXAMPLE).await?;
    let sheet = ask(&state, move |book| book.add(&form)).await??;
    let noted = noted(&sheet);
    Ok(with_note((StatusCode::CREATED, Json(sheet)), noted))
}

pub(super) async fn change(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
    request: Request,
) -> Result<Response, Problem> {
    let id = camera_id(&name)?;
    let form: CameraForm = secret_json(request, BODY_LEN_MAX, EXAMPLE).await?;
    let sheet = ask(&state, move |book| book.change(&id, &form)).await??;
    let noted = noted(&sheet);
    Ok(with_note(Json(sheet), noted))
}

pub(super) async fn undo(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
) -> Result<Response, Problem> {
    let id = camera_id(&name)?;
    let sheet = ask(&state, move |book| book.undo(&id)).await??;
    let noted = noted(&sheet);
    Ok(with_note(Json(sheet), noted))
}

pub(super) async fn remove(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
) -> Result<Response, Problem> {
    let id = camera_id(&name)?;
    ask(&state, move |book| book.remove(&id)).await??;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Puts a question to whoever keeps the cameras.
async fn ask<T: Send + 'static>(
    state: &ApiState,
    question: impl FnOnce(&dyn CameraBook) -> T + Send + 'static,
) -> Result<T, Problem> {
    let answer = state.ask(move |backend| {
        let book: Option<Arc<dyn CameraBook>> = backend.camera_book();
        book.map(|book| question(&*book))
    });
    answer.await?.ok_or_else(|| Problem::not_found("cameras cannot be set up here"))
}

/// What the audit log says of it: where the camera is, without its login.
fn noted(sheet: &CameraSheet) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "no address".to_owned());
    format!("camera {} at {}", text(&sheet.form.id), text(&sheet.form.uri))
}

fn with_note(answer: impl IntoResponse, note: String) -> Response {
    let mut answer = answer.into_response();
    answer.extensions_mut().insert(Noted(note));
    answer
}

impl From<CameraRefusal> for Problem {
    fn from(refusal: CameraRefusal) -> Self {
        let status = match refusal {
            CameraRefusal::NoCamera => StatusCode::NOT_FOUND,
            CameraRefusal::Exists(_)
            | CameraRefusal::Full(_)
            | CameraRefusal::Configured { .. }
            | CameraRefusal::NothingChanged => StatusCode::CONFLICT,
            CameraRefusal::Faults(_) => StatusCode::BAD_REQUEST,
            CameraRefusal::Busy => return Self::too_many(&refusal.to_string(), BUSY_WAIT),
            CameraRefusal::Backend(fault) => return fault.into(),
        };
        Self::new(status, refusal.to_string())
    }
}
