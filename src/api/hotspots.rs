//! Answers about places where matters come back and back.

use axum::Json;
use axum::extract::RawQuery;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::city::ClassId;
use crate::dispatch::HotSpotReport;

use super::problem::Problem;
use super::problem::quoted;
use super::server::ApiState;

#[derive(Serialize, ToSchema)]
pub(super) struct HotSpots {
    hotspots: Vec<HotSpotReport>,
}

/// Of one class with `class=ID`, else of all.
pub(super) async fn list(
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mut class = None;
    for (key, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        if key != "class" || class.is_some() {
            let detail = format!("{} is unknown or given twice; there is class", quoted(&key));
            return Err(Problem::bad_request(detail));
        }
        let id = ClassId::new(&value).map_err(|fault| Problem::bad_request(fault.to_string()))?;
        class = Some(id);
    }
    let hotspots = state.ask(move |backend| backend.hot_spots(class.as_ref())).await??;
    Ok(Json(HotSpots { hotspots }).into_response())
}
