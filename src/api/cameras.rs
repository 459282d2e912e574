//! Answers about cameras.

use axum::Json;
use axum::extract::RawQuery;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ingest::CameraId;

use super::Backend;
use super::CameraReport;
use super::PictureSize;
use super::Scene;
use super::problem::Problem;
use super::problem::quoted;
use super::query::PathWords;
use super::query::camera_id;
use super::server::ApiState;

/// More tiles than a page shows at once.
const SCENES_MAX: usize = 100;
/// Which look a picture is of.
const CAPTURED_AT: HeaderName = HeaderName::from_static("x-captured-at");

#[derive(Serialize, ToSchema)]
pub(super) struct CameraList {
    cameras: Vec<CameraReport>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CameraDetail {
    #[serde(flatten)]
    camera: CameraReport,
    #[serde(flatten)]
    scene: Scene,
}

#[derive(Serialize, ToSchema)]
pub(super) struct SceneList {
    scenes: Vec<CameraScene>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CameraScene {
    camera_id: CameraId,
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

/// What stands in the pictures of the cameras that are asked for: those that a page shows just now.
pub(super) async fn scenes(
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let ids = scene_ids(query.as_deref().unwrap_or_default())?;
    let scenes = state.ask(move |backend| {
        let scene = |camera_id: CameraId| {
            backend.scene(&camera_id).map(|scene| CameraScene { camera_id, scene })
        };
        ids.into_iter().filter_map(scene).collect()
    });
    Ok(Json(SceneList { scenes: scenes.await? }).into_response())
}

fn scene_ids(query: &str) -> Result<Vec<CameraId>, Problem> {
    let mut ids = Vec::new();
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if key != "camera" {
            let detail = format!("{} is unknown; there is camera", quoted(&key));
            return Err(Problem::bad_request(detail));
        }
        ids.push(camera_id(&value)?);
    }
    if ids.len() > SCENES_MAX {
        return Err(Problem::bad_request(format!("more than {SCENES_MAX} cameras at once")));
    }
    Ok(ids)
}

pub(super) async fn picture(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = camera_id(&name)?;
    let size = picture_size(query.as_deref().unwrap_or_default())?;
    let picture = state.ask(move |backend| backend.picture(&id, size)).await?;
    let none = || Problem::not_found(format!("there is no picture of a camera {}", quoted(&name)));
    let picture = picture.ok_or_else(none)?;
    let tag = format!("\"{}\"", picture.captured_at.as_micros());
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == tag.as_str());
    let told = [
        (header::CONTENT_TYPE, "image/jpeg".to_owned()),
        // May be kept, but is asked for again each time.
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        (header::ETAG, tag),
        (CAPTURED_AT, String::from(picture.captured_at)),
    ];
    if known {
        return Ok((StatusCode::NOT_MODIFIED, told).into_response());
    }
    Ok((told, picture.jpeg.to_vec()).into_response())
}

/// `size=small` or nothing; what else stands there only tells a browser one turn from the next.
fn picture_size(query: &str) -> Result<PictureSize, Problem> {
    let mut words = url::form_urlencoded::parse(query.as_bytes());
    match words.find(|(key, _)| key == "size") {
        None => Ok(PictureSize::Whole),
        Some((_, size)) if size == "small" => Ok(PictureSize::Small),
        Some((_, size)) => {
            let detail = format!("size: {} is not small", quoted(&size));
            Err(Problem::bad_request(detail))
        }
    }
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
