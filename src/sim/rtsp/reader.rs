//! Reads a file's H.264 or H.265 access units with GStreamer, without decoding them.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use gstreamer::prelude::*;
use gstreamer_app::AppSink;

use super::SimError;
use super::VideoCodec;

/// How long one look for the next unit takes, and how many in vain mean that none will come.
const LOOK: gstreamer::ClockTime = gstreamer::ClockTime::from_mseconds(50);
const LOOKS_MAX: u32 = 200;

/// Units that may wait between GStreamer's thread and ours.
const WAITING_MAX: u32 = 32;

/// An open file; closed when dropped.
pub(super) struct Reader {
    path: PathBuf,
    pipeline: gstreamer::Pipeline,
    sink: AppSink,
    /// What the file holds if it is nothing that can be served.
    foreign: Arc<Mutex<Option<String>>>,
    codec: Option<VideoCodec>,
    size: (u32, u32),
}

/// One access unit in Annex B form.
pub(super) struct RawUnit {
    pub(super) codec: VideoCodec,
    pub(super) bytes: gstreamer::MappedBuffer<gstreamer::buffer::Readable>,
    /// Presentation time on the file's own scale, in microseconds.
    pub(super) shown_us: Option<u64>,
}

impl Reader {
    pub(super) fn open(path: &Path) -> Result<Self, SimError> {
        let failed = |reason: String| SimError::Read { path: path.to_owned(), reason };
        let location = path.to_str().ok_or_else(|| failed("its name is not UTF-8".to_owned()))?;
        std::fs::File::open(path).map_err(|error| failed(error.to_string()))?;
        if path.is_dir() {
            return Err(failed("it is a folder".to_owned()));
        }
        let foreign = Arc::default();
        let (pipeline, sink) =
            build(location, &foreign).map_err(|error| failed(error.to_string()))?;
        let reader =
            Self { path: path.to_owned(), pipeline, sink, foreign, codec: None, size: (0, 0) };
        let started = reader.pipeline.set_state(gstreamer::State::Playing);
        started.map_err(|_| failed(reader.complaint().unwrap_or("it does not play".to_owned())))?;
        Ok(reader)
    }

    /// The next unit; none at the end of the file, or where it is cut off.
    pub(super) fn next_unit(&mut self) -> Result<Option<RawUnit>, SimError> {
        for _ in 0..LOOKS_MAX {
            if let Some(sample) = self.sink.try_pull_sample(LOOK) {
                if let Some(unit) = self.unit(&sample) {
                    return Ok(Some(unit));
                }
                continue;
            }
            if let Some(codec) = self.foreign_codec() {
                return Err(SimError::Codec { path: self.path.clone(), codec });
            }
            let complaint = self.complaint();
            if self.sink.is_eos() || (complaint.is_some() && self.codec.is_some()) {
                if let Some(reason) = complaint {
                    tracing::warn!(clip = %self.path.display(), reason, "the clip ends early");
                }
                return Ok(None);
            }
            if let Some(reason) = complaint {
                return Err(SimError::Read { path: self.path.clone(), reason });
            }
        }
        let reason = "nothing comes out of it".to_owned();
        Err(SimError::Read { path: self.path.clone(), reason })
    }

    /// Known once a unit was read.
    pub(super) const fn codec(&self) -> Option<VideoCodec> {
        self.codec
    }

    /// Width and height in pixels, known once a unit was read.
    pub(super) const fn size(&self) -> (u32, u32) {
        self.size
    }

    fn unit(&mut self, sample: &gstreamer::Sample) -> Option<RawUnit> {
        let caps = sample.caps()?.structure(0)?;
        let codec = codec_of(caps.name())?;
        let side = |name| caps.get::<i32>(name).ok().and_then(|side| u32::try_from(side).ok());
        self.codec = Some(codec);
        self.size = (side("width").unwrap_or(0), side("height").unwrap_or(0));
        let buffer = sample.buffer_owned()?;
        let shown_us = buffer.pts().map(gstreamer::ClockTime::useconds);
        let bytes = buffer.into_mapped_buffer_readable().ok()?;
        Some(RawUnit { codec, bytes, shown_us })
    }

    fn foreign_codec(&self) -> Option<String> {
        self.foreign.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn complaint(&self) -> Option<String> {
        let message = self.pipeline.bus()?.pop_filtered(&[gstreamer::MessageType::Error])?;
        match message.view() {
            gstreamer::MessageView::Error(error) => Some(error.error().to_string()),
            _ => None,
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // A pipeline that cannot stop has failed already and was reported.
        let _ = self.pipeline.set_state(gstreamer::State::Null);
    }
}

fn build(
    location: &str,
    foreign: &Arc<Mutex<Option<String>>>,
) -> Result<(gstreamer::Pipeline, AppSink), gstreamer::glib::BoolError> {
    gstreamer::init().map_err(|error| gstreamer::glib::bool_error!("{}", error))?;
    let source = make("filesrc")?;
    source.set_property("location", location);
    let parse = make("parsebin")?;
    let sink = AppSink::builder().sync(false).max_buffers(WAITING_MAX).caps(&served_caps()).build();
    let pipeline = gstreamer::Pipeline::new();
    pipeline.add_many([&source, &parse, sink.upcast_ref()])?;
    source.link(&parse)?;
    parse.connect_pad_added({
        let (pipeline, sink, foreign) = (pipeline.downgrade(), sink.clone(), Arc::clone(foreign));
        move |_, pad| {
            let Some(pipeline) = pipeline.upgrade() else { return };
            if let Err(codec) = attach(&pipeline, &sink, pad) {
                foreign.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(codec);
            }
        }
    });
    Ok((pipeline, sink))
}

/// Leads the first H.264 or H.265 pad to the sink; the name of any other video codec is the error.
fn attach(
    pipeline: &gstreamer::Pipeline,
    sink: &AppSink,
    pad: &gstreamer::Pad,
) -> Result<(), String> {
    let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
    let Some(caps) = caps.structure(0) else { return Ok(()) };
    let Some(codec) = codec_of(caps.name()) else {
        let seen = ["video/", "image/"].iter().any(|kind| caps.name().starts_with(kind));
        return if seen { Err(codec_name(caps)) } else { Ok(()) };
    };
    let Some(free) = sink.static_pad("sink").filter(|pad| !pad.is_linked()) else {
        return Ok(());
    };
    link(pipeline, codec, pad, &free).map_err(|error| format!("{codec} in a broken form: {error}"))
}

fn link(
    pipeline: &gstreamer::Pipeline,
    codec: VideoCodec,
    from: &gstreamer::Pad,
    to: &gstreamer::Pad,
) -> Result<(), gstreamer::glib::BoolError> {
    let missing = || gstreamer::glib::bool_error!("a parser without pads");
    let parser = make(match codec {
        VideoCodec::H264 => "h264parse",
        VideoCodec::H265 => "h265parse",
    })?;
    // The parameter sets stand before every keyframe, so that a client may join at any.
    parser.set_property("config-interval", -1i32);
    pipeline.add(&parser)?;
    let refused = |error| gstreamer::glib::bool_error!("{:?}", error);
    parser.static_pad("src").ok_or_else(missing)?.link(to).map_err(refused)?;
    parser.sync_state_with_parent()?;
    from.link(&parser.static_pad("sink").ok_or_else(missing)?).map_err(refused)?;
    Ok(())
}

fn make(element: &str) -> Result<gstreamer::Element, gstreamer::glib::BoolError> {
    gstreamer::ElementFactory::make(element).build()
}

fn served_caps() -> gstreamer::Caps {
    let form = |name: &str| {
        gstreamer::Structure::builder(name)
            .field("stream-format", "byte-stream")
            .field("alignment", "au")
            .build()
    };
    [form("video/x-h264"), form("video/x-h265")].into_iter().collect()
}

fn codec_of(media_type: &str) -> Option<VideoCodec> {
    match media_type {
        "video/x-h264" => Some(VideoCodec::H264),
        "video/x-h265" => Some(VideoCodec::H265),
        _ => None,
    }
}

/// The name people know a codec by, or GStreamer's.
fn codec_name(caps: &gstreamer::StructureRef) -> String {
    let version = caps.get::<i32>("mpegversion").unwrap_or(0);
    match (caps.name().as_str(), version) {
        ("video/mpeg", 4) => "MPEG-4 Part 2 (DivX, Xvid)".to_owned(),
        ("video/mpeg", version) => format!("MPEG-{version} video"),
        ("image/jpeg", _) => "Motion JPEG".to_owned(),
        (name, _) => name.trim_start_matches("video/x-").to_owned(),
    }
}
