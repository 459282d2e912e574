//! Files that can be served, and files that cannot.

use std::path::Path;

use bytes::Bytes;

use super::stage::encoded;
use crate::sim::Clip;
use crate::sim::SimError;

#[test]
fn tells_why_a_file_cannot_be_served() {
    let folder = tempfile::tempdir().unwrap();
    let absent = Clip::load(&folder.path().join("absent.mp4")).unwrap_err().to_string();
    assert!(absent.contains("absent.mp4") && absent.contains("No such file"), "{absent}");
    assert!(Clip::load(folder.path()).unwrap_err().to_string().contains("folder"));
    let noise = folder.path().join("noise.mp4");
    std::fs::write(&noise, Bytes::from(vec![0x5a; 5000])).unwrap();
    assert!(matches!(Clip::load(&noise), Err(SimError::Read { .. })));
    if let Some(path) = encoded("jpegenc", folder.path()) {
        let error = Clip::load(&path).unwrap_err().to_string();
        assert!(error.contains("Motion JPEG") && error.contains("only H.264 and H.265"), "{error}");
    }
}

#[test]
fn loads_every_clip_that_can_be_served() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/material/clips");
    let Ok(clips) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: {} is absent", folder.display());
        return;
    };
    for path in clips.map(|entry| entry.unwrap().path()) {
        let clip = Clip::load(&path);
        if path.extension().is_some_and(|extension| extension == "avi") {
            assert!(clip.unwrap_err().to_string().contains("MPEG-4"), "{}", path.display());
        } else {
            let clip = clip.unwrap();
            assert!(clip.keyframes() > 0 && clip.pictures() >= 200, "{}", path.display());
            assert!((8.0..90.0).contains(&clip.length().as_secs_f64()), "{}", path.display());
        }
    }
}
