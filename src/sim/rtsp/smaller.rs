//! A clip made anew at half its size, for a camera that changes its mind in the middle of the stream.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use gstreamer::prelude::*;

use super::Clip;
use super::SimError;

/// Clips are minutes long; this is far more than one takes.
const DONE_WITHIN: gstreamer::ClockTime = gstreamer::ClockTime::from_seconds(300);

/// A file that goes when it is dropped.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // It lies in the folder for such files; the system tidies that up.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Clip {
    /// The clip of a file at half its width and height, encoded anew. Blocks while it does.
    ///
    /// # Errors
    /// When the file cannot be read or encoded.
    pub fn load_smaller(path: &Path) -> Result<Arc<Self>, SimError> {
        let failed = |reason: String| SimError::Smaller { path: path.to_owned(), reason };
        let (width, height) = Self::load(path)?.size();
        let half = |side: u32| (side / 4 * 2).max(16);
        let name = format!("xunjie-{}-{:016x}.mp4", std::process::id(), rand::random::<u64>());
        let scratch = Scratch(std::env::temp_dir().join(name));
        let line = format!(
            "filesrc name=from ! decodebin ! videoconvert ! videoscale ! \
             video/x-raw,width={},height={} ! x264enc speed-preset=veryfast key-int-max=25 \
             bframes=0 ! h264parse ! mp4mux ! filesink name=to",
            half(width),
            half(height),
        );
        let pipeline =
            gstreamer::parse::launch(&line).map_err(|error| failed(error.to_string()))?;
        let pipeline = pipeline
            .downcast::<gstreamer::Pipeline>()
            .map_err(|_| failed("no pipeline".to_owned()))?;
        for (name, file) in [("from", path), ("to", &scratch.0)] {
            let element = pipeline.by_name(name).ok_or_else(|| failed("no file".to_owned()))?;
            element.set_property("location", file.to_str().unwrap_or_default());
        }
        let result = run(&pipeline).map_err(failed);
        // A pipeline that has ended has nothing left to fail with.
        let _ = pipeline.set_state(gstreamer::State::Null);
        result?;
        Self::load(&scratch.0)
    }
}

fn run(pipeline: &gstreamer::Pipeline) -> Result<(), String> {
    pipeline.set_state(gstreamer::State::Playing).map_err(|error| error.to_string())?;
    let ends = [gstreamer::MessageType::Eos, gstreamer::MessageType::Error];
    let message = pipeline.bus().and_then(|bus| bus.timed_pop_filtered(DONE_WITHIN, &ends));
    match message.as_ref().map(|message| message.view()) {
        Some(gstreamer::MessageView::Eos(_)) => Ok(()),
        Some(gstreamer::MessageView::Error(error)) => Err(error.error().to_string()),
        _ => Err("it does not come to an end".to_owned()),
    }
}
