//! One decoder element driven through its own pads: a keyframe in, its picture out, in the calling thread.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use bytes::Bytes;
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_video as gst_video;

use super::init::set_if_present;

/// Distance of the made-up timestamps. A decoder only needs them to grow.
const STEP: gst::ClockTime = gst::ClockTime::from_mseconds(40);

/// Stopped when dropped.
#[derive(Debug)]
pub(super) struct DrivenDecoder {
    element: gst::Element,
    bus: gst::Bus,
    /// Our end before the element.
    feeding: gst::Pad,
    /// Our end behind it; kept so that it lives.
    _catching: gst::Pad,
    caught: Arc<Mutex<Caught>>,
    /// What the element was last told it gets.
    caps: Arc<str>,
    pushed: u64,
}

/// What the element has pushed since it was last emptied.
#[derive(Debug, Default)]
struct Caught {
    info: Option<gst_video::VideoInfo>,
    buffer: Option<gst::Buffer>,
}

impl DrivenDecoder {
    /// Takes over `element` and tells it what it will get.
    ///
    /// # Errors
    /// In words, when the element cannot start or does not take the caps.
    pub(super) fn start(
        element: gst::Element,
        caps: &gst::Caps,
        text: &Arc<str>,
    ) -> Result<Self, String> {
        let name = element.factory().map_or_else(String::new, |factory| factory.name().to_string());
        let failed = |what: &str| format!("decoder {name} {what}");
        // One thread: the machine's cores are shared out among workers, and a
        // decoder with threads gives its picture later than it is asked.
        set_if_present(&element, "max-threads", "1");
        set_if_present(&element, "qos", "false");
        set_if_present(&element, "discard-corrupted-frames", "true");
        set_if_present(&element, "output-corrupt", "false");
        let caught = Arc::new(Mutex::new(Caught::default()));
        let (feeding, catching) = (gst::Pad::new(gst::PadDirection::Src), catching_pad(&caught));
        let sink = element.static_pad("sink").ok_or_else(|| failed("has no input"))?;
        let source = element.static_pad("src").ok_or_else(|| failed("has no output"))?;
        feeding.link(&sink).map_err(|_| failed("takes no input"))?;
        source.link(&catching).map_err(|_| failed("gives no output"))?;
        let activated = feeding.set_active(true).and_then(|()| catching.set_active(true));
        activated.map_err(|_| failed("has no working pads"))?;
        let bus = gst::Bus::new();
        element.set_bus(Some(&bus));
        let decoder = Self {
            element,
            bus,
            feeding,
            _catching: catching,
            caught,
            caps: Arc::clone(text),
            pushed: 0,
        };
        let started = decoder.element.set_state(gst::State::Playing);
        if started.is_err() || !decoder.begin_stream(caps) {
            return Err(decoder.complaint().unwrap_or_else(|| failed("does not start")));
        }
        Ok(decoder)
    }

    /// The picture of one keyframe, with its description.
    ///
    /// # Errors
    /// In words, when the element gives no picture. It must then be dropped:
    /// what is left in it could come out with the next keyframe.
    pub(super) fn decode(
        &mut self,
        data: &Bytes,
        caps: &gst::Caps,
        text: &Arc<str>,
    ) -> Result<(gst::Buffer, gst_video::VideoInfo), String> {
        if self.caps != *text {
            self.feeding.push_event(gst::event::Caps::new(caps));
            self.caps = Arc::clone(text);
        }
        self.bus.set_flushing(true);
        self.bus.set_flushing(false);
        self.lock().buffer = None;
        let at = STEP * self.pushed;
        self.pushed += 1;
        let pushed = self.feeding.push(buffer_of(data.clone(), at));
        // After such a segment, a gap makes the decoder give out what it holds.
        self.feeding.push_event(gst::event::Gap::builder(at).duration(STEP).build());
        let (buffer, info) = {
            let mut caught = self.lock();
            (caught.buffer.take(), caught.info.clone())
        };
        match (buffer, info) {
            (Some(buffer), Some(_)) if buffer.flags().contains(gst::BufferFlags::CORRUPTED) => {
                Err("the picture is damaged".to_owned())
            }
            (Some(buffer), Some(info)) => Ok((buffer, info)),
            _ => Err(self.complaint().unwrap_or_else(|| match pushed {
                Ok(_) => "no picture came out".to_owned(),
                Err(flow) => format!("the decoder says {flow:?}"),
            })),
        }
    }

    fn begin_stream(&self, caps: &gst::Caps) -> bool {
        // Without this flag decoders keep a picture back, waiting for its neighbours.
        let mut segment = gst::FormattedSegment::<gst::ClockTime>::new();
        segment.set_flags(gst::SegmentFlags::TRICKMODE_KEY_UNITS);
        self.feeding.push_event(gst::event::StreamStart::new("keyframes"))
            && self.feeding.push_event(gst::event::Caps::new(caps))
            && self.feeding.push_event(gst::event::Segment::new(&segment))
    }

    /// The first error or warning since the last keyframe.
    fn complaint(&self) -> Option<String> {
        let kinds = [gst::MessageType::Error, gst::MessageType::Warning];
        let message = self.bus.pop_filtered(&kinds)?;
        match message.view() {
            gst::MessageView::Error(error) => Some(error.error().to_string()),
            gst::MessageView::Warning(warning) => Some(warning.error().to_string()),
            _ => None,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Caught> {
        self.caught.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for DrivenDecoder {
    fn drop(&mut self) {
        // Both ends are ours, so nothing can hold the element back.
        let _ = self.element.set_state(gst::State::Null);
        let _ = self.feeding.set_active(false);
    }
}

/// Wraps the bytes without a copy.
fn buffer_of(data: Bytes, at: gst::ClockTime) -> gst::Buffer {
    let mut buffer = gst::Buffer::from_slice(data);
    if let Some(buffer) = buffer.get_mut() {
        buffer.set_pts(at);
        buffer.set_dts(at);
        buffer.set_duration(STEP);
    }
    buffer
}

/// A pad that keeps the newest picture pushed into it.
fn catching_pad(caught: &Arc<Mutex<Caught>>) -> gst::Pad {
    let lock = |caught: &Mutex<Caught>, change: &dyn Fn(&mut Caught)| {
        change(&mut caught.lock().unwrap_or_else(PoisonError::into_inner));
    };
    let (of_buffers, of_events) = (Arc::clone(caught), Arc::clone(caught));
    let pad = match template() {
        Some(template) => gst::Pad::builder_from_template(&template),
        None => gst::Pad::builder(gst::PadDirection::Sink),
    };
    pad.chain_function(move |_, _, buffer| {
        lock(&of_buffers, &|caught| caught.buffer = Some(buffer.clone()));
        Ok(gst::FlowSuccess::Ok)
    })
    .event_function(move |_, _, event| {
        if let gst::EventView::Caps(caps) = event.view() {
            let info = gst_video::VideoInfo::from_caps(caps.caps()).ok();
            lock(&of_events, &|caught| caught.info.clone_from(&info));
        }
        true
    })
    .query_function(|pad, parent, query| {
        if let gst::QueryViewMut::Allocation(allocation) = query.view_mut() {
            // With it the decoder may pad its rows, and need not copy them.
            allocation.add_allocation_meta::<gst_video::VideoMeta>(None);
            return true;
        }
        gst::Pad::query_default(pad, parent, query)
    })
    .build()
}

/// Pictures in ordinary memory, best in a format that needs no conversion.
fn template() -> Option<gst::PadTemplate> {
    let best = gst_video::VideoCapsBuilder::new()
        .format_list([gst_video::VideoFormat::I420, gst_video::VideoFormat::Nv12])
        .build();
    let any = gst::Caps::new_empty_simple("video/x-raw");
    let caps = [best, any].into_iter().reduce(|mut all, more| {
        all.merge(more);
        all
    })?;
    let (direction, presence) = (gst::PadDirection::Sink, gst::PadPresence::Always);
    gst::PadTemplate::new("sink", direction, presence, &caps).ok()
}
