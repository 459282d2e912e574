//! Pictures to an H.264 file, by GStreamer.

use std::path::Path;
use std::path::PathBuf;

use gstreamer::prelude::*;
use gstreamer_app::AppSrc;
use image::RgbImage;

use super::FilmError;
use super::FilmRate;

/// Pictures waiting to be encoded; the renderer waits for the encoder beyond that.
const WAITING_MAX: u64 = 8;
/// A file is finished within this time of its last picture, or not at all.
const FINISH: gstreamer::ClockTime = gstreamer::ClockTime::from_seconds(60);

/// A file being written. It has its name only when it is whole.
pub(crate) struct Encoder {
    path: PathBuf,
    unfinished: PathBuf,
    pipeline: gstreamer::Pipeline,
    source: AppSrc,
    rate: FilmRate,
    pictures: u64,
}

impl Encoder {
    /// `quantizer` is x264's: 20 is fine, 32 is a poor line.
    pub(crate) fn create(
        path: &Path,
        size: (u32, u32),
        quantizer: u32,
        rate: FilmRate,
    ) -> Result<Self, FilmError> {
        let failed = |reason: String| FilmError::Encode { path: path.to_owned(), reason };
        // Two programs may make the same file at once; each makes its own, and the last one stays.
        let unfinished = path.with_extension(format!("{}.part", std::process::id()));
        let (pipeline, source) =
            build(&unfinished, size, quantizer, rate).map_err(|error| failed(error.to_string()))?;
        let playing = pipeline.set_state(gstreamer::State::Playing);
        let encoder =
            Self { path: path.to_owned(), unfinished, pipeline, source, rate, pictures: 0 };
        playing.map_err(|_| failed(encoder.complaint()))?;
        Ok(encoder)
    }

    pub(crate) fn add(&mut self, picture: &RgbImage) -> Result<(), FilmError> {
        let bytes = rows_of_four(picture);
        let rate = self.rate;
        let mut buffer = gstreamer::Buffer::from_mut_slice(bytes);
        if let Some(buffer) = buffer.get_mut() {
            let at = |number: u64| gstreamer::ClockTime::from_mseconds(rate.time_ms(number));
            buffer.set_pts(at(self.pictures));
            buffer.set_duration(at(1));
        }
        self.pictures += 1;
        self.source.push_buffer(buffer).map(drop).map_err(|_| self.failed(self.complaint()))
    }

    /// Ends the file and gives it its name.
    pub(crate) fn finish(self) -> Result<(), FilmError> {
        self.source.end_of_stream().map_err(|_| self.failed(self.complaint()))?;
        let bus = self.pipeline.bus().ok_or_else(|| self.failed("no bus".to_owned()))?;
        let ends = [gstreamer::MessageType::Eos, gstreamer::MessageType::Error];
        let message = bus.timed_pop_filtered(FINISH, &ends);
        match message.as_ref().map(|message| message.view()) {
            Some(gstreamer::MessageView::Eos(_)) => {}
            Some(gstreamer::MessageView::Error(error)) => {
                return Err(self.failed(error.error().to_string()));
            }
            _ => return Err(self.failed("it does not come to an end".to_owned())),
        }
        // A pipeline that has come to its end has nothing left to fail with.
        let _ = self.pipeline.set_state(gstreamer::State::Null);
        std::fs::rename(&self.unfinished, &self.path)
            .map_err(|source| FilmError::Write { path: self.path.clone(), source })
    }

    fn failed(&self, reason: String) -> FilmError {
        FilmError::Encode { path: self.path.clone(), reason }
    }

    fn complaint(&self) -> String {
        let errors = [gstreamer::MessageType::Error];
        let message = self.pipeline.bus().and_then(|bus| bus.pop_filtered(&errors));
        match message.as_ref().map(|message| message.view()) {
            Some(gstreamer::MessageView::Error(error)) => error.error().to_string(),
            _ => "the encoder takes nothing".to_owned(),
        }
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // Nothing is lost by a file that was never finished, nor by one that is gone already.
        let _ = self.pipeline.set_state(gstreamer::State::Null);
        let _ = std::fs::remove_file(&self.unfinished);
    }
}

/// GStreamer wants each row to begin at a multiple of four bytes.
fn rows_of_four(picture: &RgbImage) -> Vec<u8> {
    let row = picture.width() as usize * 3;
    if row.is_multiple_of(4) {
        return picture.as_raw().clone();
    }
    let mut bytes = Vec::with_capacity((row + 3) * picture.height() as usize);
    for line in picture.as_raw().chunks_exact(row) {
        bytes.extend_from_slice(line);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes
}

fn build(
    path: &Path,
    (width, height): (u32, u32),
    quantizer: u32,
    rate: FilmRate,
) -> Result<(gstreamer::Pipeline, AppSrc), gstreamer::glib::BoolError> {
    gstreamer::init().map_err(|error| gstreamer::glib::bool_error!("{}", error))?;
    let location = path.to_str().ok_or_else(|| gstreamer::glib::bool_error!("a name in UTF-8"))?;
    let (pictures, seconds) = rate.fraction();
    let caps = gstreamer::Caps::builder("video/x-raw")
        .field("format", "RGB")
        .field("width", width as i32)
        .field("height", height as i32)
        .field("framerate", gstreamer::Fraction::new(pictures as i32, seconds as i32))
        .build();
    let source = AppSrc::builder().caps(&caps).format(gstreamer::Format::Time).block(true).build();
    source.set_property("max-buffers", WAITING_MAX);
    source.set_property("max-bytes", 0u64);
    let pipeline = gstreamer::Pipeline::new();
    let convert = gstreamer::ElementFactory::make("videoconvert").build()?;
    let planes = gstreamer::ElementFactory::make("capsfilter")
        .property("caps", gstreamer::Caps::builder("video/x-raw").field("format", "I420").build())
        .build()?;
    // A keyframe a second, as looks come; no pictures out of order.
    let encode = gstreamer::ElementFactory::make("x264enc")
        .property_from_str("speed-preset", "veryfast")
        .property_from_str("pass", "qual")
        .property("quantizer", quantizer)
        .property("key-int-max", rate.keyframe_every())
        .property("bframes", 0u32)
        .property("threads", 1u32)
        .build()?;
    let parse = gstreamer::ElementFactory::make("h264parse").build()?;
    let pack = gstreamer::ElementFactory::make("mp4mux").build()?;
    let sink =
        gstreamer::ElementFactory::make("filesink").property("location", location).build()?;
    let all = [source.upcast_ref(), &convert, &planes, &encode, &parse, &pack, &sink];
    pipeline.add_many(all)?;
    gstreamer::Element::link_many(all)?;
    Ok((pipeline, source))
}
