//! The rotation flag of a stream, out of its tags.

use gstreamer as gst;
use gstreamer::prelude::*;

use crate::ingest::Orientation;

/// What the tags that passed `pad` say; upright if they say nothing.
pub(super) fn orientation_at(pad: &gst::Pad) -> Orientation {
    let tags = (0..).map_while(|at| pad.sticky_event::<gst::event::Tag>(at));
    let mut found = Orientation::Upright;
    for event in tags {
        if let Some(value) = event.tag().get::<gst::tags::ImageOrientation>() {
            found = orientation_named(value.get());
        }
    }
    found
}

/// GStreamer's word for how a picture must be turned. Mirrored ones (a selfie
/// camera's) are taken as their turn alone: no street camera sends them.
fn orientation_named(word: &str) -> Orientation {
    match word.trim_start_matches("flip-") {
        "rotate-90" => Orientation::Turn90,
        "rotate-180" => Orientation::Turn180,
        "rotate-270" => Orientation::Turn270,
        _ => Orientation::Upright,
    }
}
