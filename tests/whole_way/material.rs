//! The shared clips and models, which are not part of the project.

use std::path::Path;
use std::path::PathBuf;

/// Two cars are parked at the near kerb all through it; keyframes every 2 to 3 s.
pub(crate) const KERB: &str = "clips/ckuhn_traffic.mp4";
/// Slow traffic in small pictures, a keyframe every second.
pub(crate) const MOTORWAY: &str = "clips/iacv_traffic.mp4";
pub(crate) const MODEL: &str = "models/yolox_nano.onnx";

/// The zone of [`KERB`] in which two cars stand.
pub(crate) const NEAR_KERB: &str = "[[0.22, 0.58], [0.80, 0.62], [0.80, 0.95], [0.22, 0.95]]";

/// The file of the shared folder; says so where it is absent.
pub(crate) fn material(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/material").join(name);
    if path.is_file() {
        return Some(path);
    }
    eprintln!("skipped: {} is absent", path.display());
    None
}

/// The clip, if the model is there to look at it.
pub(crate) fn clip(name: &str) -> Option<PathBuf> {
    material(MODEL)?;
    material(name)
}
