//! The end of a receiving pipeline: everything but keyframes is dropped, and these leave as our own.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use bytes::Bytes;
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app::AppSink;
use gstreamer_app::AppSinkCallbacks;
use gstreamer_video as gst_video;

use crate::ingest::CaptureClock;
use crate::ingest::Keyframe;
use crate::time::Clock;
use crate::time::Timestamp;

use super::inbox::Inbox;
use super::init::brief;
use super::init::make;
use super::orientation::orientation_at;

/// Raw pictures a second that are taken: each is megabytes, and nothing on a
/// street changes faster.
const RAW_INTERVAL_MIN: Duration = Duration::from_millis(500);

/// Keyframes that wait for the sink; older ones make room.
const WAITING_MAX: u32 = 2;

/// How fast a source gives its pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// As they come.
    Live,
    /// At the speed of their timestamps: a file.
    Recorded,
}

/// What the end of a pipeline is made with.
#[derive(Clone, Debug)]
pub(super) struct Tail {
    pub(super) inbox: Arc<Inbox>,
    pub(super) clock: Clock,
    pub(super) pace: Pace,
}

impl Tail {
    /// Adds the end behind `pad`, which gives video as `caps` says.
    ///
    /// # Errors
    /// In words, when an element is missing or does not fit.
    pub(super) fn attach(
        &self,
        bin: &gst::Bin,
        pad: &gst::Pad,
        caps: &gst::Caps,
    ) -> Result<(), String> {
        let name = caps.structure(0).map_or("", |structure| structure.name().as_str()).to_owned();
        let (first, wanted) = match name.as_str() {
            "video/x-h264" => {
                ("h264parse", Some("video/x-h264,stream-format=byte-stream,alignment=au"))
            }
            "video/x-h265" => {
                ("h265parse", Some("video/x-h265,stream-format=byte-stream,alignment=au"))
            }
            "video/x-raw" => ("videoconvert", Some("video/x-raw,format=I420")),
            _ => ("identity", None),
        };
        let first = make(first).map_err(|error| error.to_string())?;
        if first.find_property("config-interval").is_some() {
            // Parameter sets before every keyframe, so that it stands alone.
            first.set_property("config-interval", -1i32);
        }
        let sink = self.sink(wanted);
        bin.add_many([&first, sink.upcast_ref()]).map_err(|error| error.to_string())?;
        first.link(&sink).map_err(|_| "the elements do not fit together".to_owned())?;
        self.keep_keyframes_only(pad, name == "video/x-raw");
        sink.sync_state_with_parent().map_err(|error| error.to_string())?;
        first.sync_state_with_parent().map_err(|error| error.to_string())?;
        let entry = first.static_pad("sink").ok_or("an element without input")?;
        pad.link(&entry).map_err(|error| format!("{} cannot be received: {error}", brief(caps)))?;
        Ok(())
    }

    fn sink(&self, wanted: Option<&str>) -> AppSink {
        let caps = wanted.and_then(|text| gst::Caps::from_str(text).ok());
        let recorded = self.pace == Pace::Recorded;
        // A file waits for its time; what is live never waits.
        let sink = AppSink::builder().sync(recorded).max_buffers(WAITING_MAX).drop(!recorded);
        let sink = sink.enable_last_sample(false).build();
        sink.set_caps(caps.as_ref());
        let (tail, described) = (self.clone(), Mutex::new(false));
        let take = move |sink: &AppSink| {
            let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
            let Some(caps) = sample.caps() else { return Ok(gst::FlowSuccess::Ok) };
            let mut described = described.lock().unwrap_or_else(PoisonError::into_inner);
            if !std::mem::replace(&mut *described, true) {
                tail.inbox.describe(format!("{} through GStreamer", brief(caps)));
            }
            let pad = sink.static_pad("sink");
            if let Some(keyframe) = keyframe_of(&sample, pad.as_ref(), tail.clock.now()) {
                tail.inbox.keyframe(keyframe);
            }
            Ok(gst::FlowSuccess::Ok)
        };
        sink.set_callbacks(AppSinkCallbacks::builder().new_sample(take).build());
        sink
    }

    /// Counts what passes, and stops what cannot be decoded alone before
    /// anything copies it. Every raw picture can; they are thinned out.
    fn keep_keyframes_only(&self, pad: &gst::Pad, raw: bool) {
        let (tail, taken_at) = (self.clone(), Mutex::new(None::<Timestamp>));
        pad.add_probe(gst::PadProbeType::BUFFER, move |_, probed| {
            let Some(buffer) = probed.buffer() else { return gst::PadProbeReturn::Ok };
            tail.inbox.unit(buffer.size());
            if buffer.flags().contains(gst::BufferFlags::DELTA_UNIT) {
                return gst::PadProbeReturn::Drop;
            }
            if raw {
                let (now, mut taken_at) =
                    (tail.clock.now(), taken_at.lock().unwrap_or_else(PoisonError::into_inner));
                if taken_at.is_some_and(|at| now.since(at) < RAW_INTERVAL_MIN) {
                    return gst::PadProbeReturn::Drop;
                }
                *taken_at = Some(now);
            }
            gst::PadProbeReturn::Ok
        });
    }
}

fn keyframe_of(sample: &gst::Sample, pad: Option<&gst::Pad>, now: Timestamp) -> Option<Keyframe> {
    let (caps, buffer) = (sample.caps()?, sample.buffer_owned()?);
    let structure = caps.structure(0)?;
    let (buffer, text) = match structure.name().as_str() {
        // Short, so that all cameras of a codec share one decoder as it stands.
        name @ ("video/x-h264" | "video/x-h265") => {
            (buffer, format!("{name},stream-format=byte-stream,alignment=au"))
        }
        "video/x-raw" => packed(buffer, caps)?,
        _ => (buffer, caps.to_string()),
    };
    Some(Keyframe {
        data: Bytes::from_owner(buffer.into_mapped_buffer_readable().ok()?),
        caps: text.into(),
        orientation: pad.map(orientation_at).unwrap_or_default(),
        captured_at: now,
        capture_clock: CaptureClock::Arrival,
        received_at: now,
        deltas: None,
    })
}

/// A raw picture with its rows as its caps promise, copied if its maker laid them otherwise.
fn packed(buffer: gst::Buffer, caps: &gst::CapsRef) -> Option<(gst::Buffer, String)> {
    let info = gst_video::VideoInfo::from_caps(caps).ok()?;
    let usual = |meta: gst::MetaRef<'_, gst_video::VideoMeta>| {
        meta.stride() == info.stride() && meta.offset() == info.offset()
    };
    if buffer.meta::<gst_video::VideoMeta>().is_none_or(usual) && buffer.size() == info.size() {
        return Some((buffer, caps.to_string()));
    }
    let from = gst_video::VideoFrame::from_buffer_readable(buffer, &info).ok()?;
    let target = gst::Buffer::with_size(info.size()).ok()?;
    let mut target = gst_video::VideoFrame::from_buffer_writable(target, &info).ok()?;
    from.copy(&mut target).ok()?;
    Some((target.into_buffer(), caps.to_string()))
}
