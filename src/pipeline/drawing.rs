//! Keeps the zones that were drawn on the page, each camera's in a folder of
//! its own under the data. The newest file holds; without one the configuration does.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;

use jiff::tz::TimeZone;

use crate::api::BackendError;
use crate::api::Drawing;
use crate::api::ZoneForm;
use crate::api::ZoneRefusal;
use crate::api::ZoneSheet;
use crate::config::Config;
use crate::config::drawn_zones;
use crate::geometry::Point;
use crate::ingest::CameraId;
use crate::rules::Zone;
use crate::written::FileFaults;

use super::post::Station;
use super::versions::Versions;

const FOLDER: &str = "zones";
/// Whoever may read other files of the data folder may read these.
const MODE: u32 = 0o666;

/// The zones of all cameras, as they are configured and as they are drawn.
#[derive(Debug)]
pub(super) struct Zoning {
    drawn: DrawnZones,
    configured: BTreeMap<CameraId, Vec<Zone>>,
    time_zone: TimeZone,
    /// One drawing is taken up at a time, so that disk and patrols agree.
    taking: Mutex<()>,
}

impl Zoning {
    pub(super) fn new(config: &Config) -> Self {
        let cameras = config.cameras.iter();
        Self {
            drawn: DrawnZones::new(&config.data_dir),
            configured: cameras.map(|camera| (camera.id.clone(), camera.zones.clone())).collect(),
            time_zone: config.time_zone.clone(),
            taking: Mutex::default(),
        }
    }

    pub(super) const fn drawn(&self) -> &DrawnZones {
        &self.drawn
    }

    pub(super) fn sheet(&self, station: &Station) -> ZoneSheet {
        let zones = station.enter().patrol.zones().iter().map(form).collect();
        ZoneSheet { zones, drawn: self.drawn.has_any(&station.camera) }
    }

    /// Checks the text and, if it is to be saved, has the camera judged by it from now on.
    pub(super) fn draw(
        &self,
        station: &Station,
        text: &str,
        drawing: Drawing,
    ) -> Result<ZoneSheet, ZoneRefusal> {
        let zones =
            DrawnZones::check(text).map_err(|faults| ZoneRefusal::Faults(faults.to_string()))?;
        if drawing == Drawing::Check {
            let drawn = self.drawn.has_any(&station.camera);
            return Ok(ZoneSheet { zones: zones.iter().map(form).collect(), drawn });
        }
        let _one_at_a_time = self.taking.lock().unwrap_or_else(PoisonError::into_inner);
        self.drawn.save(&station.camera, text).map_err(|fault| disk(&fault))?;
        tracing::info!(camera = %station.camera, zones = zones.len(), "zones were drawn");
        station.rezone(zones, self.time_zone.clone());
        Ok(self.sheet(station))
    }

    /// Lets go of what was drawn for a camera that is no more.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn forget(&self, camera: &CameraId) -> io::Result<()> {
        let _one_at_a_time = self.taking.lock().unwrap_or_else(PoisonError::into_inner);
        self.drawn.forget(camera)
    }

    pub(super) fn undo(&self, station: &Station) -> Result<ZoneSheet, ZoneRefusal> {
        let _one_at_a_time = self.taking.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.drawn.undo(&station.camera).map_err(|fault| disk(&fault))? {
            return Err(ZoneRefusal::NothingDrawn);
        }
        let configured = || self.configured.get(&station.camera).cloned().unwrap_or_default();
        let zones = self.drawn.of(&station.camera).unwrap_or_else(configured);
        tracing::info!(camera = %station.camera, zones = zones.len(), "drawn zones were taken back");
        station.rezone(zones, self.time_zone.clone());
        Ok(self.sheet(station))
    }
}

fn disk(fault: &io::Error) -> ZoneRefusal {
    BackendError(format!("the zones cannot be kept: {fault}")).into()
}

fn form(zone: &Zone) -> ZoneForm {
    let corner = |corner: &Point| [tidy(corner.x), tidy(corner.y)];
    let hours = zone.hours.as_ref().map(ToString::to_string).unwrap_or_default();
    ZoneForm {
        id: zone.id.to_string(),
        kind: zone.kind.name().to_owned(),
        polygon: zone.polygon.corners().iter().map(corner).collect(),
        hours: hours.split("; ").filter(|span| !span.is_empty()).map(str::to_owned).collect(),
        pre_alarm_s: Some(zone.pre_alarm.as_secs_f64()),
        violation_s: Some(zone.violation.as_secs_f64()),
        exempt: zone.exempt.iter().map(|kind| kind.name().to_owned()).collect(),
    }
}

/// As a person wrote it, not as a float has it: 0.4 instead of 0.4000000059.
fn tidy(part: f32) -> f64 {
    (f64::from(part) * 1e6).round() / 1e6
}

/// The folders of drawn zones.
#[derive(Debug)]
pub(super) struct DrawnZones {
    versions: Versions,
}

impl DrawnZones {
    pub(super) fn new(data_dir: &Path) -> Self {
        Self { versions: Versions::new(data_dir.join(FOLDER), MODE) }
    }

    /// The zones that hold by drawing; none where nothing was drawn. A file
    /// that has faults is left aside, and told of.
    pub(super) fn of(&self, camera: &CameraId) -> Option<Vec<Zone>> {
        let file = self.versions.newest(camera)?;
        match read(&file) {
            Ok(zones) => Some(zones),
            Err(fault) => {
                tracing::error!(%camera, fault, "drawn zones cannot be read; the configuration's hold");
                None
            }
        }
    }

    /// Whether a step can be taken back.
    pub(super) fn has_any(&self, camera: &CameraId) -> bool {
        self.versions.count(camera) > 0
    }

    /// # Errors
    /// When the text has faults; they name keys, not files.
    pub(super) fn check(text: &str) -> Result<Vec<Zone>, FileFaults> {
        drawn_zones(Path::new("zones"), text)
    }

    /// Makes the text the newest.
    ///
    /// # Errors
    /// When the disk fails; then the older one holds.
    pub(super) fn save(&self, camera: &CameraId, text: &str) -> io::Result<()> {
        self.versions.save(camera, text)
    }

    /// Takes the newest back; false if there is none.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn undo(&self, camera: &CameraId) -> io::Result<bool> {
        self.versions.undo(camera)
    }

    /// Lets go of all that was drawn for a camera that is no more.
    ///
    /// # Errors
    /// When the disk fails.
    fn forget(&self, camera: &CameraId) -> io::Result<()> {
        self.versions.remove(camera)
    }
}

fn read(file: &Path) -> Result<Vec<Zone>, String> {
    let text = fs::read_to_string(file).map_err(|fault| fault.to_string())?;
    drawn_zones(file, &text).map_err(|faults| faults.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(id: &str) -> String {
        format!(
            "[[zone]]\nid = {id:?}\nkind = \"no_parking\"\npolygon = [[0, 0], [1, 0], [1, 1]]\n"
        )
    }

    #[test]
    fn the_newest_drawing_holds_and_can_be_taken_back_step_by_step() {
        let folder = tempfile::tempdir().unwrap();
        let drawn = DrawnZones::new(folder.path());
        let camera = CameraId::new("kerb").unwrap();
        let ids = || drawn.of(&camera).map(|zones| zones[0].id.to_string());
        assert_eq!((ids(), drawn.undo(&camera).unwrap()), (None, false));
        drawn.save(&camera, &zone("a")).unwrap();
        drawn.save(&camera, &zone("b")).unwrap();
        assert_eq!(ids().as_deref(), Some("b"));
        assert!(drawn.undo(&camera).unwrap());
        assert_eq!(ids().as_deref(), Some("a"));
        drawn.save(&camera, &zone("c")).unwrap();
        assert_eq!(DrawnZones::new(folder.path()).of(&camera).unwrap()[0].id.as_str(), "c");
        assert!(drawn.undo(&camera).unwrap() && drawn.undo(&camera).unwrap());
        assert_eq!((ids(), drawn.has_any(&camera)), (None, false));
    }

    #[test]
    fn a_drawing_that_cannot_be_read_is_left_aside() {
        let folder = tempfile::tempdir().unwrap();
        let drawn = DrawnZones::new(folder.path());
        let camera = CameraId::new("kerb").unwrap();
        drawn.save(&camera, "[[zone").unwrap();
        assert!(drawn.of(&camera).is_none() && drawn.has_any(&camera));
    }
}
