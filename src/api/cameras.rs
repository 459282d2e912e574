//! Answers about cameras.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Serialize;

use super::Backend;
use super::CameraReport;
use super::Scene;
use super::problem::Problem;
use super::problem::quoted;
use super::query::PathWords;
use super::query::camera_id;
use super::server::ApiState;

#[derive(Serialize)]
struct CameraList {
    cameras: Vec<CameraReport>,
}

#[derive(Serialize)]
struct CameraDetail {
    #[serde(flatten)]
    camera: CameraReport,
    #[serde(flatten)]
    scene: Scene,
}

pub(super) async fn list(State(state): State<ApiState>) -> Result<Response, Problem> {
    let cameras = state.ask(Backend::cameras).await?;
    Ok(Json(CameraList { cameras }).into_response())
}

pub(super) async fn show(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
) -> Result<Response, Problem> {
    let id = camera_id(&name)?;
    let found = state.ask(move |backend| backend.camera(&id).zip(backend.scene(&id))).await?;
    let (camera, scene) = found.ok_or_else(|| unknown(&name))?;
    Ok(Json(CameraDetail { camera, scene }).into_response())
}

pub(super) async fn picture(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
) -> Result<Response, Problem> {
    let id = camera_id(&name)?;
    let jpeg = state.ask(move |backend| backend.picture(&id)).await?;
    let none = || Problem::not_found(format!("there is no picture of a camera {}", quoted(&name)));
    let jpeg = jpeg.ok_or_else(none)?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], jpeg.to_vec()).into_response())
}

pub(super) async fn retry(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
) -> Result<Response, Problem> {
    let id = camera_id(&name)?;
    let known = state.ask(move |backend| backend.retry(&id)).await?;
    if known { Ok(StatusCode::ACCEPTED.into_response()) } else { Err(unknown(&name)) }
}

fn unknown(name: &str) -> Problem {
    Problem::not_found(format!("there is no camera {}", quoted(name)))
}
