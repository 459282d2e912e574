//! Small recordings for the tests of this folder, made by GStreamer itself.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app::AppSink;

use crate::ingest::CaptureClock;
use crate::ingest::Keyframe;
use crate::ingest::Orientation;
use crate::time::Timestamp;

pub(super) const H264: &str = "video/x-h264,stream-format=byte-stream,alignment=au";
pub(super) const H265: &str = "video/x-h265,stream-format=byte-stream,alignment=au";

/// Every picture can be decoded alone, yet the stream allows B-frames: a
/// decoder that is not drained keeps such pictures back.
pub(super) const H264_KEYS: &str = "x264enc key-int-max=4 bframes=2 b-adapt=false \
     speed-preset=ultrafast bitrate=4000 ! h264parse config-interval=-1 ! \
     video/x-h264,stream-format=byte-stream,alignment=au";

/// True if every named element is installed; says which is not.
pub(super) fn has(elements: &[&str]) -> bool {
    super::init().unwrap();
    let missing = elements.iter().find(|name| gst::ElementFactory::find(name).is_none());
    if let Some(name) = missing {
        eprintln!("skipped: the GStreamer element {name} is absent");
    }
    missing.is_none()
}

/// What `description` gives, each buffer with its caps.
pub(super) fn samples(description: &str) -> Vec<gst::Sample> {
    super::init().unwrap();
    let line = format!("{description} ! appsink name=end sync=false");
    let pipeline = gst::parse::launch(&line).unwrap().downcast::<gst::Pipeline>().unwrap();
    let end = pipeline.by_name("end").unwrap().downcast::<AppSink>().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let samples = std::iter::from_fn(|| end.pull_sample().ok()).collect();
    pipeline.set_state(gst::State::Null).unwrap();
    samples
}

pub(super) fn keyframe(data: impl Into<Bytes>, caps: &str) -> Keyframe {
    Keyframe {
        data: data.into(),
        caps: caps.into(),
        orientation: Orientation::Upright,
        captured_at: Timestamp::EPOCH,
        capture_clock: CaptureClock::Arrival,
        received_at: Timestamp::EPOCH,
        deltas: None,
    }
}

/// The buffers out of `description` that can be decoded alone, with their own caps if `caps` is `None`.
pub(super) fn keyframes(description: &str, caps: Option<&str>) -> Vec<Keyframe> {
    let of_sample = |sample: &gst::Sample| {
        let data = sample.buffer().unwrap().map_readable().unwrap().to_vec();
        let own = sample.caps().unwrap().to_string();
        keyframe(data, caps.unwrap_or(&own))
    };
    let all = samples(description);
    let keys = all
        .iter()
        .filter(|sample| !sample.buffer().unwrap().flags().contains(gst::BufferFlags::DELTA_UNIT));
    keys.map(of_sample).collect()
}

/// Runs `description` to its end, as for writing a file.
pub(super) fn record(description: &str) {
    super::init().unwrap();
    let pipeline = gst::parse::launch(description).unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let bus = pipeline.bus().unwrap();
    let kinds = [gst::MessageType::Eos, gst::MessageType::Error];
    let message = bus.timed_pop_filtered(gst::ClockTime::from_seconds(60), &kinds).unwrap();
    assert_eq!(message.type_(), gst::MessageType::Eos, "{message:?}");
    pipeline.set_state(gst::State::Null).unwrap();
}

/// A clip of the shared folder; `None`, aloud, where that is absent.
pub(super) fn shared_clip(name: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/material/clips");
    let path = folder.join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {name} is absent");
    None
}

/// Waits until `condition` holds.
pub(super) async fn until(condition: impl Fn() -> bool) {
    let wait = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.expect("it takes too long");
}
