//! The cameras that were added and changed over the API, each in a folder of
//! its own under the data. The newest file holds; without one the configuration
//! does. They may hold passwords, so they are for the program's user alone.

use std::fs;
use std::path::Path;

use crate::config::CAMERAS_MAX;
use crate::config::CameraConfig;
use crate::config::Config;
use crate::config::Usual;
use crate::config::kept_camera;
use crate::ingest::CameraId;

use super::street::camera_settings;
use super::versions::Versions;

const ADDED: &str = "cameras/added";
const CHANGED: &str = "cameras/changed";
const MODE: u32 = 0o600;

/// The folders of kept cameras.
#[derive(Debug)]
pub(super) struct KeptCameras {
    /// Cameras that the configuration does not have.
    pub(super) added: Versions,
    /// Cameras that it has otherwise.
    pub(super) changed: Versions,
}

/// The configuration as it holds: with the cameras that were added and changed
/// while the program ran. What cannot be read is left aside, and told of.
#[must_use]
pub fn with_kept_cameras(config: &Config) -> Config {
    let kept = KeptCameras::new(&config.data_dir);
    let mut held = config.clone();
    for camera in &mut held.cameras {
        if let Some(changed) = kept.changed(camera, config.usual) {
            *camera = changed;
        }
    }
    let added = kept.added.cameras().unwrap_or_else(|fault| {
        tracing::error!(%fault, "cameras that were added cannot be looked for");
        Vec::new()
    });
    for id in added {
        if config.cameras.iter().any(|camera| camera.id == id) {
            tracing::warn!(camera = %id, "the configuration has the camera now; the one that was added is left aside");
        } else if held.cameras.len() >= CAMERAS_MAX {
            tracing::error!(camera = %id, "there are too many cameras; one that was added is left aside");
        } else {
            held.cameras.extend(kept.added(&id, config.usual));
        }
    }
    held
}

impl KeptCameras {
    pub(super) fn new(data_dir: &Path) -> Self {
        let folder = |name| Versions::new(data_dir.join(name), MODE);
        Self { added: folder(ADDED), changed: folder(CHANGED) }
    }

    /// The camera as it was changed last; none if it was not.
    pub(super) fn changed(&self, configured: &CameraConfig, usual: Usual) -> Option<CameraConfig> {
        newest(&self.changed, &configured.id, usual, Some(configured))
    }

    /// The camera as it was added, or changed since.
    pub(super) fn added(&self, id: &CameraId, usual: Usual) -> Option<CameraConfig> {
        newest(&self.added, id, usual, None)
    }
}

fn newest(
    versions: &Versions,
    id: &CameraId,
    usual: Usual,
    before: Option<&CameraConfig>,
) -> Option<CameraConfig> {
    let read = |file: &Path| {
        let text = fs::read_to_string(file).map_err(|fault| fault.to_string())?;
        let read = kept_camera(file, &text, usual, before);
        let camera = read.map_err(|faults| faults.to_string())?;
        camera_settings(&camera).map_err(|fault| fault.to_string())?;
        if camera.id == *id { Ok(camera) } else { Err(format!("it is of camera {}", camera.id)) }
    };
    let file = versions.newest(id)?;
    let camera: Result<_, String> = read(&file);
    camera
        .inspect_err(|fault| {
            tracing::error!(camera = %id, ?file, fault, "a kept camera cannot be read; it is left aside");
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn city(folder: &Path) -> Config {
        let text = "[[camera]]\nid = \"kerb\"\nuri = \"rtsp://h/s\"\n";
        Config::parse(&folder.join("city.toml"), text).unwrap()
    }

    fn camera(id: &str, more: &str) -> String {
        format!("[[camera]]\nid = {id:?}\n{more}\n")
    }

    #[test]
    fn what_was_added_and_changed_is_there_again_after_the_configurations_own() {
        let folder = tempfile::tempdir().unwrap();
        let config = city(folder.path());
        let kept = KeptCameras::new(&config.data_dir);
        let (kerb, gate) = (CameraId::new("kerb").unwrap(), CameraId::new("gate").unwrap());
        kept.changed.save(&kerb, &camera("kerb", "name = \"New\"")).unwrap();
        kept.added.save(&gate, &camera("gate", "uri = \"rtsp://h/g\"")).unwrap();
        let held = with_kept_cameras(&config);
        let names: Vec<_> = held.cameras.iter().map(|camera| camera.name.as_str()).collect();
        assert_eq!(names, ["New", "gate"]);
        assert_eq!(held.cameras[0].address, config.cameras[0].address);
        kept.changed.undo(&kerb).unwrap();
        assert_eq!(with_kept_cameras(&config).cameras[0].name, "kerb");
    }

    #[test]
    fn what_cannot_be_read_or_is_no_longer_meant_is_left_aside() {
        let folder = tempfile::tempdir().unwrap();
        let config = city(folder.path());
        let kept = KeptCameras::new(&config.data_dir);
        let (kerb, gate) = (CameraId::new("kerb").unwrap(), CameraId::new("gate").unwrap());
        let yard = CameraId::new("yard").unwrap();
        kept.changed.save(&kerb, "[[camera").unwrap();
        kept.added.save(&kerb, &camera("kerb", "uri = \"rtsp://h/other\"")).unwrap();
        kept.added.save(&gate, &camera("other", "uri = \"rtsp://h/g\"")).unwrap();
        kept.changed.save(&yard, &camera("yard", "uri = \"rtsp://h/y\"")).unwrap();
        let held = with_kept_cameras(&config);
        assert_eq!(held.cameras.len(), 1);
        assert_eq!(held.cameras[0].address, config.cameras[0].address);
    }
}
