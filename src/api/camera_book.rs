//! Cameras as somebody sets them up: what is written, what is told, and who keeps it.

use std::sync::Arc;

use futures::future::BoxFuture;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ingest::CameraId;
use crate::runtime::Secret;

use super::BackendError;
use super::zones::number;
use super::zones::word;

/// What stands in a form for a password that is known and not told.
pub const MASK: &str = "***";

/// Where cameras are set up while the program runs. Calls may wait for a disk.
pub trait CameraBook: Send + Sync {
    /// A camera as it is written; none of that name.
    fn sheet(&self, id: &CameraId) -> Option<CameraSheet>;

    /// Opens a camera once and shows what comes. The answer is there within ten seconds.
    ///
    /// # Errors
    /// When the form has faults, or others are being tried.
    fn try_out(&self, form: &CameraForm) -> Result<BoxFuture<'static, TrialReport>, CameraRefusal>;

    /// The picture of a trial, as JPEG; none if there is none or it was long ago.
    fn tried(&self, number: u64) -> Option<Arc<[u8]>>;

    /// Takes up one more camera at once, and again after a restart.
    ///
    /// # Errors
    /// When it cannot be; then nothing has changed. The same holds for the others.
    fn add(&self, form: &CameraForm) -> Result<CameraSheet, CameraRefusal>;

    /// Has a camera go on as the form says.
    ///
    /// # Errors
    /// When it cannot.
    fn change(&self, id: &CameraId, form: &CameraForm) -> Result<CameraSheet, CameraRefusal>;

    /// Takes the camera's last change back.
    ///
    /// # Errors
    /// When there is none, or the disk fails.
    fn undo(&self, id: &CameraId) -> Result<CameraSheet, CameraRefusal>;

    /// Ends a camera that was added here.
    ///
    /// # Errors
    /// When it was not, or the disk fails.
    fn remove(&self, id: &CameraId) -> Result<(), CameraRefusal>;
}

/// A camera as it is written, for a person to change. What is left out is as
/// usual. It may hold a password, so it has no form for logs.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CameraForm {
    pub id: Option<String>,
    /// The id if left out.
    pub name: Option<String>,
    pub enabled: Option<bool>,
    /// May hold a login when sent, never when told.
    pub uri: Option<String>,
    pub user: Option<String>,
    /// `***` where there is one: sent back, it stays.
    pub password: Option<String>,
    /// auto, rtsp or gstreamer.
    pub source: Option<String>,
    /// tcp or udp.
    pub transport: Option<String>,
    pub interval_s: Option<f64>,
    pub gates: Option<bool>,
    pub look_at_least_s: Option<f64>,
    pub gone_after_s: Option<f64>,
    pub stall_limit_s: Option<f64>,
    pub connect_timeout_s: Option<f64>,
    pub place: Option<String>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
}

/// A camera's form, and where it comes from.
#[derive(Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct CameraSheet {
    pub form: CameraForm,
    /// Whether it was added here, and may be removed here.
    pub added: bool,
    /// Whether it was changed here, so that a step can be taken back.
    pub changed: bool,
    /// The configuration's file in which it stands; none of one that was added here.
    pub file: Option<String>,
}

/// What trying a camera came to.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TrialReport {
    pub outcome: TrialOutcome,
    /// Why there is no picture, in plain words; empty if there is one.
    pub reason: String,
    /// The address that was tried, without login.
    pub uri: String,
    /// Where the picture can be had for a while.
    pub picture: Option<String>,
    /// Of the picture, in pixels.
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// As in `H.264`.
    pub codec: Option<String>,
    pub keyframe_bytes: Option<usize>,
    /// None if no second keyframe came in time.
    pub keyframe_interval_s: Option<f64>,
    pub took_s: f64,
}

/// What stood in the way of a picture, if anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrialOutcome {
    Picture,
    /// Nobody is there, or nobody answers.
    NoAnswer,
    /// A login is missing or refused.
    WrongPassword,
    /// It answers, but no picture comes.
    NoVideo,
    /// It sends what cannot be read here.
    UnknownCodec,
    /// The reason tells.
    Failed,
}

/// Why a camera stays as it was; the texts are for whoever set it up.
#[derive(Debug, thiserror::Error)]
pub enum CameraRefusal {
    #[error("there is no such camera")]
    NoCamera,
    #[error("there is a camera {0} already")]
    Exists(CameraId),
    #[error("there are {0} cameras, which is as many as may be")]
    Full(usize),
    #[error("camera {id} stands in {file}; take it out there and start the program anew")]
    Configured { id: CameraId, file: String },
    #[error("nothing was changed here that could be taken back")]
    NothingChanged,
    #[error("others are being tried just now")]
    Busy,
    /// A line a fault, each begun with the key of the form.
    #[error("{0}")]
    Faults(String),
    #[error(transparent)]
    Backend(#[from] BackendError),
}

impl CameraForm {
    /// As it stands in a configuration, so that one reader judges both. `uri`
    /// is the whole address; the form's own is not looked at.
    #[must_use]
    pub fn written(&self, uri: Option<&Secret>) -> String {
        let mut lines = vec!["# Written over the API.".to_owned(), "[[camera]]".to_owned()];
        let mut write = |key: &str, value: Option<String>| {
            lines.extend(value.map(|value| format!("{key} = {value}")));
        };
        let texts = [
            ("id", self.id.as_deref()),
            ("name", given(self.name.as_ref())),
            ("uri", uri.map(Secret::expose)),
            ("source", self.source.as_deref()),
            ("transport", self.transport.as_deref()),
            ("place", given(self.place.as_ref())),
        ];
        for (key, text) in texts {
            write(key, text.map(word));
        }
        for (key, flag) in [("enabled", self.enabled), ("gates", self.gates)] {
            write(key, flag.map(|flag| flag.to_string()));
        }
        let numbers = [
            ("interval_s", self.interval_s),
            ("look_at_least_s", self.look_at_least_s),
            ("gone_after_s", self.gone_after_s),
            ("stall_limit_s", self.stall_limit_s),
            ("connect_timeout_s", self.connect_timeout_s),
            ("lat", self.lat),
            ("lon", self.lon),
        ];
        for (key, value) in numbers {
            write(key, value.map(number));
        }
        lines.push(String::new());
        lines.join("\n")
    }
}

/// A field that was left empty is as one that was left out.
pub(crate) fn given(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever somebody types, it stays within its own value.
        #[test]
        fn what_is_written_reads_as_it_was_typed(
            text in ".{0,40}",
            place in ".{0,40}",
            number in -200.0..4000.0f64,
        ) {
            let form = CameraForm {
                id: Some(text.clone()),
                place: Some(place.clone()),
                lat: Some(number),
                gates: Some(false),
                ..CameraForm::default()
            };
            let written = form.written(Some(&Secret::new(&text)));
            let read: toml::Table = toml::from_str(&written).unwrap();
            prop_assert_eq!(read.keys().collect::<Vec<_>>(), ["camera"]);
            let camera = &read["camera"][0];
            prop_assert_eq!(camera["id"].as_str(), Some(text.as_str()));
            prop_assert_eq!(camera["uri"].as_str(), Some(text.as_str()));
            prop_assert_eq!(camera.get("place").and_then(toml::Value::as_str), given(Some(&place)));
            prop_assert_eq!(camera["lat"].as_float(), Some(number));
            prop_assert_eq!(camera["gates"].as_bool(), Some(false));
            prop_assert!(camera.get("name").is_none());
        }
    }
}
