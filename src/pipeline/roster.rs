//! Who is on the street: the cameras of the configuration, and those that
//! somebody adds, changes and removes while the program runs.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use futures::future::BoxFuture;

use crate::api::BackendError;
use crate::api::CameraBook;
use crate::api::CameraForm;
use crate::api::CameraPlaceReport;
use crate::api::CameraRefusal;
use crate::api::CameraSheet;
use crate::api::TrialReport;
use crate::api::given;
use crate::config::CAMERAS_MAX;
use crate::config::CameraConfig;
use crate::config::Config;
use crate::config::Usual;
use crate::geometry::GeoPoint;
use crate::ingest::CameraId;
use crate::ingest::CameraSettings;

use super::StartError;
use super::camera_form::Checked;
use super::camera_form::Known;
use super::camera_form::checked;
use super::camera_form::form_of;
use super::drawing::Zoning;
use super::kept::KeptCameras;
use super::street::Street;
use super::street::Watched;
use super::street::camera_settings;
use super::trying::Trying;

/// Stands for the id of a camera that has none yet.
const TRIAL: &str = "trial";

/// All cameras, and the street on which they stand.
pub(super) struct Roster {
    street: Street,
    trying: Trying,
    zoning: Arc<Zoning>,
    kept: KeptCameras,
    usual: Usual,
    /// The configuration's file, and its cameras as they stand there.
    file: PathBuf,
    configured: Vec<CameraConfig>,
    /// As they are now, in the operator's order; the added ones last.
    now: Mutex<Vec<CameraConfig>>,
    /// One change is taken up at a time, so that disk and street agree.
    taking: Mutex<()>,
}

impl Roster {
    /// `now` is the configuration with what was kept.
    pub(super) fn new(
        configured: &Config,
        now: &Config,
        street: Street,
        trying: Trying,
        zoning: Arc<Zoning>,
    ) -> Self {
        Self {
            street,
            trying,
            zoning,
            kept: KeptCameras::new(&configured.data_dir),
            usual: configured.usual,
            file: configured.file.clone(),
            configured: configured.cameras.clone(),
            now: Mutex::new(now.cameras.clone()),
            taking: Mutex::default(),
        }
    }

    /// Every camera's name and place, in the operator's order.
    pub(super) fn places(&self) -> Vec<CameraPlaceReport> {
        let report = |camera: &CameraConfig| CameraPlaceReport {
            camera_id: camera.id.clone(),
            name: camera.name.clone(),
            place: camera.place.lat_lon.and_then(|(lat, lon)| GeoPoint::new(lon, lat).ok()),
        };
        self.now().iter().map(report).collect()
    }

    /// The cameras that the configuration does not have.
    pub(super) fn added(&self) -> BTreeSet<CameraId> {
        let now = self.now();
        let added = now.iter().filter(|camera| self.configured(&camera.id).is_none());
        added.map(|camera| camera.id.clone()).collect()
    }

    fn sheet_of(&self, camera: &CameraConfig) -> CameraSheet {
        let added = self.configured(&camera.id).is_none();
        let changed = if added {
            self.kept.added.count(&camera.id) > 1
        } else {
            self.kept.changed.count(&camera.id) > 0
        };
        let file = (!added).then(|| self.file.display().to_string());
        CameraSheet { form: form_of(camera), added, changed, file }
    }

    /// Has the camera go on as `new`.
    fn take_up(&self, old: &CameraConfig, new: CameraConfig) -> Result<CameraSheet, CameraRefusal> {
        let (from, to) = (self.watched(old)?, self.watched(&new)?);
        self.street.change(&from, &to);
        tracing::info!(camera = %new.id, "the camera was changed");
        let sheet = self.sheet_of(&new);
        let mut now = self.now();
        if let Some(camera) = now.iter_mut().find(|camera| camera.id == new.id) {
            *camera = new;
        }
        Ok(sheet)
    }

    fn watched(&self, camera: &CameraConfig) -> Result<Watched, CameraRefusal> {
        Watched::new(camera, self.zoning.drawn()).map_err(|fault| in_words(&fault))
    }

    /// What stood before a camera that is no more is not to stand before another of its name.
    fn forget_stays(&self) {
        let there: Vec<_> = self.now().iter().map(|camera| camera.id.clone()).collect();
        if let Err(error) = self.street.store.prune_snapshots(&there) {
            tracing::warn!(%error, "the stays of removed cameras are forgotten at the next start");
        }
    }

    fn camera(&self, id: &CameraId) -> Option<CameraConfig> {
        self.now().iter().find(|camera| camera.id == *id).cloned()
    }

    fn configured(&self, id: &CameraId) -> Option<&CameraConfig> {
        self.configured.iter().find(|camera| camera.id == *id)
    }

    fn now(&self) -> MutexGuard<'_, Vec<CameraConfig>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn one_at_a_time(&self) -> MutexGuard<'_, ()> {
        self.taking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CameraBook for Roster {
    fn sheet(&self, id: &CameraId) -> Option<CameraSheet> {
        self.camera(id).map(|camera| self.sheet_of(&camera))
    }

    fn try_out(&self, form: &CameraForm) -> Result<BoxFuture<'static, TrialReport>, CameraRefusal> {
        let id = given(form.id.as_ref()).unwrap_or(TRIAL);
        let now = CameraId::new(id).ok().and_then(|id| self.camera(&id));
        let form = CameraForm { id: Some(id.to_owned()), ..form.clone() };
        let known = Known { now: now.as_ref(), configured: None };
        let camera = checked(&form, self.usual, known)?.camera;
        let settings = camera_settings(&camera).map_err(|fault| in_words(&fault))?;
        let settings = CameraSettings { enabled: true, ..settings };
        self.trying.begin(settings).ok_or(CameraRefusal::Busy)
    }

    fn tried(&self, number: u64) -> Option<Arc<[u8]>> {
        self.trying.picture(number)
    }

    fn add(&self, form: &CameraForm) -> Result<CameraSheet, CameraRefusal> {
        let _one_at_a_time = self.one_at_a_time();
        let Checked { camera, text } = checked(form, self.usual, Known::default())?;
        let id = camera.id.clone();
        if self.camera(&id).is_some() {
            return Err(CameraRefusal::Exists(id));
        }
        let count = self.now().len();
        if count >= CAMERAS_MAX {
            return Err(CameraRefusal::Full(count));
        }
        let watched = self.watched(&camera)?;
        self.kept.added.save(&id, &text).map_err(|fault| disk(&fault))?;
        self.forget_stays();
        if let Err(fault) = self.street.open(&watched) {
            self.kept.added.remove(&id).map_err(|fault| disk(&fault))?;
            return Err(in_words(&fault));
        }
        tracing::info!(camera = %id, "the camera was added");
        let sheet = self.sheet_of(&camera);
        self.now().push(camera);
        Ok(sheet)
    }

    fn change(&self, id: &CameraId, form: &CameraForm) -> Result<CameraSheet, CameraRefusal> {
        let _one_at_a_time = self.one_at_a_time();
        let old = self.camera(id).ok_or(CameraRefusal::NoCamera)?;
        if given(form.id.as_ref()).is_some_and(|other| other != id.as_str()) {
            let fault = format!("id: must be {id}; a camera keeps its id");
            return Err(CameraRefusal::Faults(fault));
        }
        let form = CameraForm { id: Some(id.to_string()), ..form.clone() };
        let configured = self.configured(id);
        let known = Known { now: Some(&old), configured };
        let Checked { camera, text } = checked(&form, self.usual, known)?;
        let versions = if configured.is_some() { &self.kept.changed } else { &self.kept.added };
        versions.save(id, &text).map_err(|fault| disk(&fault))?;
        self.take_up(&old, camera)
    }

    fn undo(&self, id: &CameraId) -> Result<CameraSheet, CameraRefusal> {
        let _one_at_a_time = self.one_at_a_time();
        let old = self.camera(id).ok_or(CameraRefusal::NoCamera)?;
        if !self.sheet_of(&old).changed {
            return Err(CameraRefusal::NothingChanged);
        }
        let before = if let Some(configured) = self.configured(id) {
            self.kept.changed.undo(id).map_err(|fault| disk(&fault))?;
            let changed = self.kept.changed(configured, self.usual);
            Some(changed.unwrap_or_else(|| configured.clone()))
        } else {
            self.kept.added.undo(id).map_err(|fault| disk(&fault))?;
            self.kept.added(id, self.usual)
        };
        let unread = || BackendError("the camera's file cannot be read; see the log".to_owned());
        self.take_up(&old, before.ok_or_else(unread)?)
    }

    fn remove(&self, id: &CameraId) -> Result<(), CameraRefusal> {
        let _one_at_a_time = self.one_at_a_time();
        self.camera(id).ok_or(CameraRefusal::NoCamera)?;
        if self.configured(id).is_some() {
            let file = self.file.display().to_string();
            return Err(CameraRefusal::Configured { id: id.clone(), file });
        }
        self.kept.added.remove(id).map_err(|fault| disk(&fault))?;
        self.now().retain(|camera| camera.id != *id);
        self.street.close(id);
        tracing::info!(camera = %id, "the camera was removed");
        self.forget_stays();
        self.zoning.forget(id).map_err(|fault| disk(&fault))
    }
}

fn disk(fault: &io::Error) -> CameraRefusal {
    BackendError(format!("the camera cannot be kept: {fault}")).into()
}

fn in_words(fault: &StartError) -> CameraRefusal {
    BackendError(fault.to_string()).into()
}
