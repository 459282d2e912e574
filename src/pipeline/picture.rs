//! One picture from each camera, without running the rest: what `check` shows.

use std::sync::Arc;
use std::time::Duration;

use crate::config::CameraConfig;
use crate::ingest::ATTEMPTS_AT_ONCE;
use crate::ingest::CameraId;
use crate::ingest::CameraPhase;
use crate::ingest::CaptureClock;
use crate::ingest::Decoder;
use crate::ingest::Fleet;
use crate::ingest::Keyframe;
use crate::runtime::WhenFull;
use crate::runtime::queue;
use crate::time::Clock;

use super::StartError;
use super::city;
use super::street::camera_settings;

/// A round of cameras is opened by hand, now and then.
const THREADS: usize = 2;
/// How soon the waiting looks at states again.
const BEAT: Duration = Duration::from_millis(100);
/// Keyframes of all cameras that may wait to be decoded.
const WAITING_MAX: usize = 64;

/// What a camera gave.
#[derive(Clone, Debug)]
pub struct FirstPicture {
    pub camera: CameraId,
    pub phase: CameraPhase,
    /// Why there is no picture; empty if there is one.
    pub reason: String,
    /// Width and height in pixels.
    pub size: Option<(u32, u32)>,
    pub keyframe_bytes: usize,
    pub capture_clock: Option<CaptureClock>,
}

/// Opens every camera and waits up to `patience` for a picture of each. `tell`
/// is told of each camera that is done with.
///
/// # Errors
/// When an address is none, or no thread can be had.
pub fn first_pictures(
    cameras: &[CameraConfig],
    clock: &Clock,
    patience: Duration,
    mut tell: impl FnMut(&FirstPicture),
) -> Result<Vec<FirstPicture>, StartError> {
    let runtime = super::runtime("check", THREADS)?;
    let handle = runtime.handle().clone();
    let fleet = Fleet::new(handle, clock.clone(), city::sources(), ATTEMPTS_AT_ONCE);
    let (sender, keyframes) = queue("check", WAITING_MAX, WhenFull::DropOldest);
    for camera in cameras {
        let (id, sender) = (camera.id.clone(), sender.clone());
        let offer = Arc::new(move |keyframe| sender.send((id.clone(), keyframe)));
        fleet.add(camera_settings(camera)?, offer)?;
    }
    let mut decoder = Decoder::new();
    let mut pictures: Vec<FirstPicture> = Vec::new();
    let deadline = clock.now() + patience;
    while pictures.len() < cameras.len() && clock.now() < deadline {
        if let Ok(Some((camera, keyframe))) = keyframes.receive_within(BEAT)
            && !pictures.iter().any(|picture| picture.camera == camera)
        {
            pictures.push(look_at(camera, &keyframe, &mut decoder));
            pictures.last().into_iter().for_each(&mut tell);
        }
        for status in fleet.statuses() {
            let hopeless = matches!(status.phase, CameraPhase::Refused | CameraPhase::Disabled);
            let known = pictures.iter().any(|picture| picture.camera == status.camera_id);
            if hopeless && !known {
                pictures.push(no_picture(status.camera_id, status.phase, status.reason));
                pictures.last().into_iter().for_each(&mut tell);
            }
        }
    }
    for status in fleet.statuses() {
        if !pictures.iter().any(|picture| picture.camera == status.camera_id) {
            let silent = status.reason.is_empty();
            let reason = if silent { "no keyframe in time".to_owned() } else { status.reason };
            pictures.push(no_picture(status.camera_id, status.phase, reason));
            pictures.last().into_iter().for_each(&mut tell);
        }
    }
    drop(fleet);
    runtime.shutdown_timeout(super::GOODBYE_WAIT_MAX);
    Ok(pictures)
}

fn look_at(camera: CameraId, keyframe: &Keyframe, decoder: &mut Decoder) -> FirstPicture {
    let decoded = decoder.decode(keyframe);
    let size = decoded.as_ref().ok().map(|frame| (frame.width(), frame.height()));
    FirstPicture {
        camera,
        phase: CameraPhase::Live,
        reason: decoded.err().map(|error| error.to_string()).unwrap_or_default(),
        size,
        keyframe_bytes: keyframe.data.len(),
        capture_clock: Some(keyframe.capture_clock),
    }
}

const fn no_picture(camera: CameraId, phase: CameraPhase, reason: String) -> FirstPicture {
    FirstPicture { camera, phase, reason, size: None, keyframe_bytes: 0, capture_clock: None }
}
