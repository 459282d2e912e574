//! The scripted program's book of cameras: it knows one of the configuration and one that was added.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::ingest::CameraId;

use super::*;

pub(super) struct ScriptedBook;

pub(super) fn sheet(id: &str, added: bool) -> CameraSheet {
    let text = |text: &str| Some(text.to_owned());
    let form = CameraForm {
        id: text(id),
        uri: text("rtsp://10.0.0.7/s"),
        user: text("admin"),
        password: text(MASK),
        ..CameraForm::default()
    };
    CameraSheet { form, added, changed: false, file: (!added).then(|| "city.toml".to_owned()) }
}

pub(super) fn trial() -> TrialReport {
    TrialReport {
        outcome: TrialOutcome::Picture,
        reason: String::new(),
        uri: "rtsp://10.0.0.7/s".to_owned(),
        picture: Some("/api/trials/7/picture.jpg".to_owned()),
        width: Some(1920),
        height: Some(1080),
        codec: Some("H.264".to_owned()),
        keyframe_bytes: Some(80_000),
        keyframe_interval_s: Some(2.0),
        took_s: 1.25,
    }
}

impl CameraBook for ScriptedBook {
    fn sheet(&self, id: &CameraId) -> Option<CameraSheet> {
        match id.as_str() {
            "north" => Some(sheet("north", false)),
            "yard" => Some(sheet("yard", true)),
            _ => None,
        }
    }

    fn try_out(&self, form: &CameraForm) -> Result<BoxFuture<'static, TrialReport>, CameraRefusal> {
        match form.uri.as_deref() {
            None => Err(CameraRefusal::Faults("uri: is missing".to_owned())),
            Some("rtsp://busy/") => Err(CameraRefusal::Busy),
            Some(_) => Ok(async { trial() }.boxed()),
        }
    }

    fn tried(&self, number: u64) -> Option<Arc<[u8]>> {
        (number == 7).then(|| b"jpeg".as_slice().into())
    }

    fn add(&self, form: &CameraForm) -> Result<CameraSheet, CameraRefusal> {
        let id = CameraId::new(form.id.as_deref().unwrap_or_default());
        let id = id.map_err(|fault| CameraRefusal::Faults(format!("id: {fault}")))?;
        if id.as_str() == "north" {
            Err(CameraRefusal::Exists(id))
        } else {
            Ok(sheet("yard", true))
        }
    }

    fn change(&self, id: &CameraId, _form: &CameraForm) -> Result<CameraSheet, CameraRefusal> {
        self.sheet(id).ok_or(CameraRefusal::NoCamera)
    }

    fn undo(&self, id: &CameraId) -> Result<CameraSheet, CameraRefusal> {
        self.sheet(id).ok_or(CameraRefusal::NoCamera)?;
        Err(CameraRefusal::NothingChanged)
    }

    fn remove(&self, id: &CameraId) -> Result<(), CameraRefusal> {
        let sheet = self.sheet(id).ok_or(CameraRefusal::NoCamera)?;
        let configured = |file| CameraRefusal::Configured { id: id.clone(), file };
        sheet.file.map_or(Ok(()), |file| Err(configured(file)))
    }
}
