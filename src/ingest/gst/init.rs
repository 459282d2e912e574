//! Starts GStreamer once, and says which Debian package is missing where a part of it is.

use std::sync::OnceLock;

use gstreamer as gst;
use gstreamer::prelude::*;

/// What nothing here works without, each with the package that brings it.
const NEEDED: [(&str, &str); 5] = [
    ("parsebin", "gstreamer1.0-plugins-base"),
    ("appsink", "gstreamer1.0-plugins-base"),
    ("avidemux", "gstreamer1.0-plugins-good"),
    ("h264parse", "gstreamer1.0-plugins-bad"),
    ("avdec_h264", "gstreamer1.0-libav"),
];

/// Packages of elements that are only asked for when a camera needs them.
const PACKAGES: [(&str, &str); 3] = [
    ("h265parse", "gstreamer1.0-plugins-bad"),
    ("videoconvert", "gstreamer1.0-plugins-base"),
    ("urisourcebin", "gstreamer1.0-plugins-base"),
];

/// GStreamer or a part of it is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GstError {
    #[error("cannot start GStreamer: {reason}")]
    Start { reason: String },
    #[error("GStreamer lacks {element:?}: install the package {package}")]
    Missing { element: &'static str, package: &'static str },
    #[error("GStreamer has no decoder for {caps:?}: install the package gstreamer1.0-libav")]
    NoDecoder { caps: String },
}

/// Starts GStreamer if it is not yet started, and looks for the parts that
/// nothing works without. Everything in this folder calls it itself; `check`
/// and `run` call it to tell the operator early.
///
/// # Errors
/// When GStreamer cannot start or a part is missing; the same on every call.
pub fn init() -> Result<(), GstError> {
    static STARTED: OnceLock<Result<(), GstError>> = OnceLock::new();
    STARTED.get_or_init(start).clone()
}

fn start() -> Result<(), GstError> {
    gst::init().map_err(|error| GstError::Start { reason: error.to_string() })?;
    for (element, package) in NEEDED {
        if gst::ElementFactory::find(element).is_none() {
            return Err(GstError::Missing { element, package });
        }
    }
    Ok(())
}

/// A new element.
pub(super) fn make(element: &'static str) -> Result<gst::Element, GstError> {
    let known = NEEDED.iter().chain(&PACKAGES).find(|(name, _)| *name == element);
    let package = known.map_or("gstreamer1.0-tools", |(_, package)| package);
    gst::ElementFactory::make(element).build().map_err(|_| GstError::Missing { element, package })
}

/// The decoders that take `caps`, best first by GStreamer's own rank, so that
/// a hardware decoder is taken where one is installed. Bins are left out: they
/// run threads of their own.
pub(super) fn video_decoders(caps: &gst::Caps) -> Result<Vec<gst::Element>, GstError> {
    let kind = gst::ElementFactoryType::DECODER | gst::ElementFactoryType::MEDIA_VIDEO;
    let kind_of_image = gst::ElementFactoryType::DECODER | gst::ElementFactoryType::MEDIA_IMAGE;
    let mut factories: Vec<_> = gst::ElementFactory::factories_with_type(kind, gst::Rank::MARGINAL)
        .into_iter()
        .chain(gst::ElementFactory::factories_with_type(kind_of_image, gst::Rank::MARGINAL))
        .filter(|factory| factory.can_sink_any_caps(caps))
        .collect();
    factories.sort_by_key(|factory| std::cmp::Reverse(factory.rank()));
    factories.dedup_by_key(|factory| factory.name());
    let made = factories.iter().filter_map(|factory| factory.create().build().ok());
    let made: Vec<_> = made.filter(|element| !element.is::<gst::Bin>()).collect();
    if made.is_empty() {
        return Err(GstError::NoDecoder { caps: brief(caps) });
    }
    Ok(made)
}

/// Sets a property where the element has it; decoders differ.
pub(super) fn set_if_present(element: &gst::Element, property: &str, value: &str) {
    if element.find_property(property).is_some() {
        element.set_property_from_str(property, value);
    }
}

/// Caps in few words, without codec data.
pub(super) fn brief(caps: &gst::CapsRef) -> String {
    let Some(structure) = caps.structure(0) else {
        return "nothing".to_owned();
    };
    let size = structure.get::<i32>("width").ok().zip(structure.get::<i32>("height").ok());
    let size = size.map_or(String::new(), |(width, height)| format!(" {width}x{height}"));
    let plain = match structure.name().as_str() {
        "video/x-h264" => "H.264",
        "video/x-h265" => "H.265",
        "image/jpeg" => "JPEG",
        "video/mpeg" => match structure.get::<i32>("mpegversion") {
            Ok(4) => "MPEG-4",
            _ => "MPEG",
        },
        "video/x-raw" => "raw video",
        other => other,
    };
    format!("{plain}{size}")
}
