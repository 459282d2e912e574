//! The GStreamer pipeline behind a clip: file, parser, decoder, and a short queue that is pulled from.

use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app::AppSink;

use super::clip::ClipError;
use super::init::GstError;
use super::init::brief;
use super::init::make;
use super::init::set_if_present;
use super::init::video_decoders;

/// Decoded pictures that may wait; the decoder stands still behind them.
const WAITING_MAX: u32 = 3;

/// Decoder threads: one more than the caller's is enough to keep both busy.
const DECODER_THREADS: &str = "2";

/// A file that gives nothing for so many waits of `WAIT` is stuck: GStreamer
/// at times ends a stream in its middle without a word.
const WAITS_MAX: u32 = 100;
const WAIT: gst::ClockTime = gst::ClockTime::from_mseconds(100);

/// Waits for pictures still on their way after an error was told.
const WAITS_AFTER_ERROR: u32 = 5;

/// A running pipeline; stopped when dropped.
#[derive(Debug)]
pub(super) struct ClipLine {
    pipeline: gst::Pipeline,
    bus: gst::Bus,
    sink: AppSink,
}

/// What came of waiting for a picture.
pub(super) enum Pull {
    Picture(gst::Sample),
    End,
    /// With the reason, in GStreamer's words.
    Broken(String),
}

/// The branch for the video, made when the parser has found it.
struct Branch {
    sink: AppSink,
    taken: Mutex<bool>,
}

impl ClipLine {
    /// Starts to play `path`.
    pub(super) fn start(path: &Path) -> Result<Self, ClipError> {
        let failed =
            |reason: &str| ClipError::Open { path: path.to_owned(), reason: reason.into() };
        let pipeline = gst::Pipeline::new();
        let (file, parser) = (make("filesrc")?, make("parsebin")?);
        file.set_property("location", path);
        let raw = gst::Caps::new_empty_simple("video/x-raw");
        let sink = AppSink::builder().caps(&raw).sync(false).max_buffers(WAITING_MAX).build();
        pipeline
            .add_many([&file, &parser, sink.upcast_ref()])
            .and_then(|()| file.link(&parser))
            .map_err(|_| failed("the elements do not fit together"))?;
        let bus = pipeline.bus().ok_or_else(|| failed("the pipeline tells nothing"))?;
        let branch = Arc::new(Branch { sink: sink.clone(), taken: Mutex::new(false) });
        parser.connect_pad_added(move |parser, pad| {
            let Some(bin) = parser.parent().and_downcast::<gst::Bin>() else { return };
            if let Err(reason) = branch.attach(&bin, pad) {
                gst::element_error!(parser, gst::StreamError::CodecNotFound, ("{reason}"));
            }
        });
        let line = Self { pipeline, bus, sink };
        if line.pipeline.set_state(gst::State::Playing).is_err() {
            let reason = line.error().unwrap_or_else(|| "it cannot be opened".to_owned());
            return Err(failed(&reason));
        }
        Ok(line)
    }

    /// Waits for the next picture.
    pub(super) fn pull(&self) -> Pull {
        let (mut error, mut waits) = (None::<String>, 0);
        loop {
            if let Some(sample) = self.sink.try_pull_sample(WAIT) {
                if let Some(reason) = error {
                    // Told again at the next pull, after what was decoded before it.
                    self.tell_again(&reason);
                }
                return Pull::Picture(sample);
            }
            error = error.or_else(|| self.error());
            if self.sink.is_eos() || (error.is_some() && waits >= WAITS_AFTER_ERROR) {
                return error.or_else(|| self.error()).map_or(Pull::End, Pull::Broken);
            }
            if waits >= WAITS_MAX {
                return Pull::Broken("it gives no picture and does not end".to_owned());
            }
            waits += 1;
        }
    }

    /// The pad that pictures leave by.
    pub(super) fn exit(&self) -> Option<gst::Pad> {
        self.sink.static_pad("sink")
    }

    pub(super) fn duration(&self) -> Option<Duration> {
        self.pipeline.query_duration::<gst::ClockTime>().map(Duration::from)
    }

    /// The element that reads the container, which gives the pictures their
    /// times. `None` for a raw stream, whose times are made up by its parser.
    pub(super) fn container(&self) -> Option<String> {
        let mut elements = self.pipeline.iterate_recurse();
        while let Ok(Some(element)) = elements.next() {
            let Some(factory) = element.factory() else { continue };
            if factory.klass().contains("Demux") && factory.name() != "multipartdemux" {
                return Some(factory.name().to_string());
            }
        }
        None
    }

    fn error(&self) -> Option<String> {
        let message = self.bus.pop_filtered(&[gst::MessageType::Error])?;
        match message.view() {
            gst::MessageView::Error(error) => Some(error.error().to_string()),
            _ => None,
        }
    }

    fn tell_again(&self, reason: &str) {
        let message = gst::message::Error::new(gst::StreamError::Failed, reason);
        // Only fails on a bus that is shut, and then nobody asks.
        let _ = self.bus.post(message);
    }
}

impl Drop for ClipLine {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

impl Branch {
    /// Leads the first video stream to the sink, and the rest to nowhere.
    fn attach(self: &Arc<Self>, bin: &gst::Bin, pad: &gst::Pad) -> Result<(), String> {
        let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
        let name = caps.structure(0).map_or("", |structure| structure.name().as_str());
        let video = name.starts_with("video/") || name.starts_with("image/");
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if !video || *taken {
            return self.discard(bin, pad);
        }
        *taken = true;
        if name == "video/x-raw" {
            return linked(pad, self.sink.upcast_ref());
        }
        let decoder = video_decoders(&caps).map_err(|error| error.to_string())?.swap_remove(0);
        set_if_present(&decoder, "max-threads", DECODER_THREADS);
        set_if_present(&decoder, "qos", "false");
        bin.add(&decoder).map_err(|error| error.to_string())?;
        decoder.link(&self.sink).map_err(|_| format!("{} has no pictures", brief(&caps)))?;
        decoder.sync_state_with_parent().map_err(|error| error.to_string())?;
        linked(pad, &decoder)
    }

    /// A stream that nobody reads would stop the others. If it ends and no
    /// video has been found, there is none.
    fn discard(self: &Arc<Self>, bin: &gst::Bin, pad: &gst::Pad) -> Result<(), String> {
        let nowhere = make("fakesink").map_err(|error: GstError| error.to_string())?;
        nowhere.set_property("sync", false);
        nowhere.set_property("async", false);
        bin.add(&nowhere).map_err(|error| error.to_string())?;
        nowhere.sync_state_with_parent().map_err(|error| error.to_string())?;
        let (branch, told_by) = (Arc::clone(self), nowhere.clone());
        pad.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, probed| {
            let ended = probed.event().is_some_and(|event| event.type_() == gst::EventType::Eos);
            if ended && !*branch.taken.lock().unwrap_or_else(PoisonError::into_inner) {
                gst::element_error!(
                    told_by,
                    gst::StreamError::WrongType,
                    ("there is no video in it")
                );
            }
            gst::PadProbeReturn::Ok
        });
        linked(pad, &nowhere)
    }
}

fn linked(pad: &gst::Pad, element: &gst::Element) -> Result<(), String> {
    let sink = element.static_pad("sink").ok_or("an element without input")?;
    pad.link(&sink).map(|_| ()).map_err(|error| error.to_string())
}
