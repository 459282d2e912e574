//! A camera's zones as somebody draws them: shown, checked, saved, taken back.

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

use super::BackendError;
use super::body::json_bytes;
use super::door::Noted;
use super::problem::Problem;
use super::problem::quoted;
use super::query::PathWords;
use super::query::camera_id;
use super::server::ApiState;

/// Two hundred zones of fifty corners are half of it.
const BODY_LEN_MAX: usize = 512 << 10;

/// A zone as it is written, for a person to change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ZoneForm {
    pub id: String,
    pub kind: String,
    /// Corners, in fractions of the picture.
    pub polygon: Vec<[f64; 2]>,
    /// Always, if there are none.
    #[serde(default)]
    pub hours: Vec<String>,
    /// As usual for the kind, if not given; so too the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pre_alarm_s: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub violation_s: Option<f64>,
    /// Kinds of thing that it does not speak of.
    #[serde(default)]
    pub exempt: Vec<String>,
}

/// The zones of a camera, and where they come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ZoneSheet {
    pub zones: Vec<ZoneForm>,
    /// Whether they were drawn here; otherwise they are the configuration's.
    pub drawn: bool,
}

/// What is to become of zones that somebody sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawing {
    /// Tell their faults and change nothing.
    Check,
    Save,
}

/// Why zones were not taken up; the texts are for whoever drew them.
#[derive(Debug, thiserror::Error)]
pub enum ZoneRefusal {
    #[error("there is no such camera")]
    NoCamera,
    #[error("nothing was drawn here that could be taken back")]
    NothingDrawn,
    #[error("{0}")]
    Faults(String),
    #[error(transparent)]
    Backend(#[from] BackendError),
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Drawn {
    zones: Vec<ZoneForm>,
}

pub(super) async fn show(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
) -> Result<Response, Problem> {
    let id = camera_id(&name)?;
    let sheet = state.ask(move |backend| backend.zones(&id)).await?;
    let none = || Problem::not_found(format!("there is no camera {}", quoted(&name)));
    Ok(Json(sheet.ok_or_else(none)?).into_response())
}

/// Takes the zones up at once and keeps them; with `?check=true` only tells their faults.
pub(super) async fn draw(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    let id = camera_id(&name)?;
    let drawing = match query.as_deref() {
        None | Some("" | "check=false") => Drawing::Save,
        Some("check=true") => Drawing::Check,
        Some(other) => {
            let detail = format!("{} is unknown; there is check=true", quoted(other));
            return Err(Problem::bad_request(detail));
        }
    };
    let bytes = json_bytes(request, BODY_LEN_MAX).await?;
    let drawn: Drawn = serde_json::from_slice(&bytes)
        .map_err(|fault| Problem::bad_request(format!("the body is no list of zones: {fault}")))?;
    let text = written(&drawn.zones);
    let sheet = state.ask(move |backend| backend.draw_zones(&id, &text, drawing)).await??;
    let noted = Noted(format!("camera {name}: {} zones", sheet.zones.len()));
    let mut answer = Json(sheet).into_response();
    answer.extensions_mut().insert(noted);
    Ok(answer)
}

pub(super) async fn undo(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
) -> Result<Response, Problem> {
    let id = camera_id(&name)?;
    let sheet = state.ask(move |backend| backend.undo_zones(&id)).await??;
    Ok(Json(sheet).into_response())
}

/// As they stand in a configuration, so that one reader judges both.
fn written(zones: &[ZoneForm]) -> String {
    let mut lines = vec!["# Drawn on the page.".to_owned()];
    let list =
        |words: &[String]| words.iter().map(|text| word(text)).collect::<Vec<_>>().join(", ");
    for zone in zones {
        let corner = |[x, y]: &[f64; 2]| format!("[{}, {}]", number(*x), number(*y));
        let corners: Vec<_> = zone.polygon.iter().map(corner).collect();
        lines.extend([
            "\n[[zone]]".to_owned(),
            format!("id = {}", word(&zone.id)),
            format!("kind = {}", word(&zone.kind)),
            format!("polygon = [{}]", corners.join(", ")),
        ]);
        if !zone.hours.is_empty() {
            lines.push(format!("hours = [{}]", list(&zone.hours)));
        }
        let timers = [("pre_alarm_s", zone.pre_alarm_s), ("violation_s", zone.violation_s)];
        let timer = |(key, timer): (&str, Option<f64>)| Some(format!("{key} = {}", number(timer?)));
        lines.extend(timers.into_iter().filter_map(timer));
        if !zone.exempt.is_empty() {
            lines.push(format!("exempt = [{}]", list(&zone.exempt)));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

/// TOML reads a text as JSON writes it, but for a rubout, which is escaped here.
pub(super) fn word(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// With a point, so that it is a number of the right kind.
pub(super) fn number(number: f64) -> String {
    format!("{number:?}")
}

impl From<ZoneRefusal> for Problem {
    fn from(refusal: ZoneRefusal) -> Self {
        let status = match refusal {
            ZoneRefusal::NoCamera => StatusCode::NOT_FOUND,
            ZoneRefusal::NothingDrawn => StatusCode::CONFLICT,
            ZoneRefusal::Faults(_) => StatusCode::BAD_REQUEST,
            ZoneRefusal::Backend(fault) => return fault.into(),
        };
        Self::new(status, refusal.to_string())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form(id: String, polygon: Vec<[f64; 2]>) -> ZoneForm {
        let (hours, exempt) = (Vec::new(), vec![id.clone()]);
        ZoneForm {
            kind: id.clone(),
            id,
            polygon,
            hours,
            pre_alarm_s: Some(1e-7),
            violation_s: Some(1e300),
            exempt,
        }
    }

    proptest! {
        /// Whatever a page sends, it stays within its own values.
        #[test]
        fn what_is_written_reads_as_it_was_sent(
            id in ".{0,40}",
            corners in prop::collection::vec([-2.0..2.0f64, -2.0..2.0f64], 0..5),
        ) {
            let text = written(&[form(id.clone(), corners.clone())]);
            let read: toml::Table = toml::from_str(&text).unwrap();
            prop_assert_eq!(read.keys().collect::<Vec<_>>(), ["zone"]);
            let zone = &read["zone"][0];
            prop_assert_eq!(zone["id"].as_str(), Some(id.as_str()));
            let first = zone["polygon"].as_array().unwrap().first();
            let first = first.map(|corner| corner[0].as_float().unwrap());
            prop_assert_eq!(first, corners.first().map(|corner| corner[0]));
        }
    }
}
