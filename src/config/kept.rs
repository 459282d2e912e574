//! A camera that somebody added or changed over the API: a file of one camera and nothing else.

use std::path::Path;

use crate::written;
use crate::written::FileFaults;

use super::CameraConfig;
use super::Usual;
use super::camera::camera_of;

const KEPT_KEYS: &[&str] = &["camera"];

/// Reads a camera, written as `[[camera]]`, as if it stood in `file`. Of a
/// camera that was configured `before`, its address, second stream and zones
/// stay where the text does not speak of them.
///
/// # Errors
/// All that is wrong with it.
pub fn kept_camera(
    file: &Path,
    text: &str,
    usual: Usual,
    before: Option<&CameraConfig>,
) -> Result<CameraConfig, FileFaults> {
    written::read(file, text, KEPT_KEYS, |table| camera_of(table, usual, before))
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    use super::*;

    const CITY: &str = "interval_s = 2\n[[camera]]\nid = \"kerb\"\nuri = \"rtsp://a:b@h/s\"\n\
        evidence_uri = \"rtsp://h/full\"\n[[camera.zone]]\nid = \"a\"\nkind = \"no_parking\"\n\
        polygon = [[0, 0], [1, 0], [1, 1]]\n";

    #[test]
    fn a_change_keeps_what_it_does_not_speak_of() {
        let city = Config::parse(Path::new("city.toml"), CITY).unwrap();
        let before = &city.cameras[0];
        let read = |text: &str, before| kept_camera(Path::new("kerb"), text, city.usual, before);
        let text = "[[camera]]\nid = \"kerb\"\nname = \"The kerb\"\n";
        let camera = read(text, Some(before)).unwrap();
        assert_eq!((camera.name.as_str(), camera.interval.as_secs()), ("The kerb", 2));
        assert_eq!((&camera.address, &camera.evidence), (&before.address, &before.evidence));
        assert_eq!(camera.zones.len(), 1);
        assert!(read(text, None).unwrap_err().to_string().contains("uri: is missing"));
        let elsewhere = format!("{text}uri = \"rtsp://elsewhere/s\"\n");
        assert_ne!(read(&elsewhere, Some(before)).unwrap().address, before.address);
    }

    #[test]
    fn every_fault_of_a_kept_camera_is_told_at_once() {
        let city = Config::parse(Path::new("city.toml"), CITY).unwrap();
        let read = |text: &str| kept_camera(Path::new("kerb"), text, city.usual, None);
        let bad = "[[camera]]\nid = \"a b\"\nuri = \"ftp://h\"\ninterval_s = 0\nlat = 3\n";
        assert_eq!(read(bad).unwrap_err().faults.len(), 4);
        assert!(read("").is_err() && read("listen = \"\"").is_err());
        assert!(read("[[camera]]\n[[camera]]\n").is_err());
    }
}
