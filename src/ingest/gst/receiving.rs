//! One running attempt to receive: builds the pipeline, listens to it, and takes it down without making anybody wait.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use gstreamer as gst;
use gstreamer::prelude::*;

use crate::ingest::EndCause;
use crate::ingest::SourceEnd;
use crate::time::Clock;

use super::GstAddress;
use super::inbox::Inbox;
use super::init::brief;
use super::init::make;
use super::init::set_if_present;
use super::scrub::Scrub;
use super::source::lost;
use super::source::refused;
use super::tail::Pace;
use super::tail::Tail;

/// What may follow an operator's pipeline: everything that holds video, so
/// that an element with several outputs gives us the right one.
const VIDEO: &str = "video/x-raw; video/x-h264; video/x-h265; image/jpeg; video/mpeg; \
    video/x-vp8; video/x-vp9; video/x-av1; video/x-h263; video/x-msmpeg; video/quicktime; \
    video/mpegts; video/x-matroska; video/x-flv; video/x-msvideo; image/png; \
    multipart/x-mixed-replace; application/x-rtp,media=video";

/// A pipeline that is stopped on another thread when this is dropped.
pub(super) struct Receiving {
    running: Option<Arc<Running>>,
    inbox: Arc<Inbox>,
    pace: Pace,
}

/// Stops the pipeline when the last one who uses it is done.
struct Running {
    pipeline: gst::Pipeline,
    given_up: AtomicBool,
}

impl Receiving {
    /// Builds the pipeline for `address`, not yet started.
    pub(super) fn prepare(address: &GstAddress, clock: &Clock) -> Result<Self, SourceEnd> {
        let inbox = Arc::new(Inbox::default());
        let scrub = scrub_for(address);
        let tail = |pace| Tail { inbox: Arc::clone(&inbox), clock: clock.clone(), pace };
        let built = match address {
            GstAddress::Uri { uri, user, password } => {
                let password = password.as_ref().map(|secret| secret.expose().to_owned());
                let pace = if uri.starts_with("file:") { Pace::Recorded } else { Pace::Live };
                from_uri(uri, user.clone(), password, &tail(pace)).map(|pipeline| (pipeline, pace))
            }
            GstAddress::Pipeline(description) => from_description(description, tail),
        };
        let (pipeline, pace) = built.map_err(|reason| refused(scrub.clean(&reason)))?;
        listen(&pipeline, &inbox, scrub);
        let running = Running { pipeline, given_up: AtomicBool::new(false) };
        Ok(Self { running: Some(Arc::new(running)), inbox, pace })
    }

    pub(super) const fn inbox(&self) -> &Arc<Inbox> {
        &self.inbox
    }

    /// Starts to receive. Opening may wait for the network, so it is done elsewhere.
    pub(super) fn start(&self) {
        let Some(running) = self.running.clone() else { return };
        let inbox = Arc::clone(&self.inbox);
        tokio::task::spawn_blocking(move || {
            if running.given_up.load(Ordering::SeqCst) {
                return;
            }
            if running.pipeline.set_state(gst::State::Playing).is_err() {
                // The bus has told the reason before, if there is one.
                inbox.end(lost("GStreamer cannot open it".to_owned()));
            }
        });
    }

    /// Plays a recording from its beginning; false if that cannot be done.
    pub(super) async fn begin_again(&self) -> bool {
        let Some(running) = self.running.clone().filter(|_| self.pace == Pace::Recorded) else {
            return false;
        };
        let seek = move || {
            let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::KEY_UNIT;
            running.pipeline.seek_simple(flags, gst::ClockTime::ZERO).is_ok()
        };
        tokio::task::spawn_blocking(seek).await.unwrap_or(false)
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        let Some(running) = self.running.take() else { return };
        running.given_up.store(true, Ordering::SeqCst);
        // Stopping waits for GStreamer's threads, which may wait for a camera.
        // Where the runtime is gone, dropping the closure stops it here.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn_blocking(move || drop(running));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(bus) = self.pipeline.bus() {
            bus.unset_sync_handler();
        }
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

fn scrub_for(address: &GstAddress) -> Scrub {
    match address {
        GstAddress::Uri { uri, password, .. } => {
            Scrub::of(uri, &[password.as_ref().map_or("", |secret| secret.expose())])
        }
        GstAddress::Pipeline(description) => Scrub::of(description, &[]),
    }
}

fn from_uri(
    uri: &str,
    user: Option<String>,
    password: Option<String>,
    tail: &Tail,
) -> Result<gst::Pipeline, String> {
    let pipeline = gst::Pipeline::new();
    let source = make("urisourcebin").map_err(|error| error.to_string())?;
    source.set_property("uri", uri);
    // Buffering would hold a live camera back.
    source.set_property("use-buffering", false);
    let over_tcp = uri.starts_with("rtsp://") || uri.starts_with("rtsps://");
    source.connect("source-setup", false, move |values| {
        let source = values.get(1)?.get::<gst::Element>().ok()?;
        for (property, value) in [
            ("user-id", &user),
            ("user-pw", &password),
            ("username", &user),
            ("password", &password),
        ] {
            if let Some(value) = value.as_ref().filter(|_| source.find_property(property).is_some())
            {
                source.set_property(property, value);
            }
        }
        if over_tcp {
            set_if_present(&source, "protocols", "tcp");
        }
        None
    });
    pipeline.add(&source).map_err(|error| error.to_string())?;
    let tail = Arc::new((tail.clone(), AtomicBool::new(false)));
    source.connect_pad_added(move |source, pad| {
        let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
        let media = caps.structure(0).and_then(|found| found.get::<String>("media").ok());
        if media.is_some_and(|media| media != "video") {
            return;
        }
        let Some(bin) = source.parent().and_downcast::<gst::Bin>() else { return };
        if let Err(reason) = add_parser(&bin, pad, &tail) {
            gst::element_error!(source, gst::StreamError::WrongType, ("{reason}"));
        }
    });
    Ok(pipeline)
}

fn add_parser(
    bin: &gst::Bin,
    pad: &gst::Pad,
    tail: &Arc<(Tail, AtomicBool)>,
) -> Result<(), String> {
    let parser = make("parsebin").map_err(|error| error.to_string())?;
    bin.add(&parser).map_err(|error| error.to_string())?;
    follow(&parser, tail);
    parser.sync_state_with_parent().map_err(|error| error.to_string())?;
    let sink = parser.static_pad("sink").ok_or("a parser without input")?;
    pad.link(&sink).map(|_| ()).map_err(|error| error.to_string())
}

/// Attaches the tail to the first video that the parser finds. Other streams
/// end there, unread and undecoded.
fn follow(parser: &gst::Element, tail: &Arc<(Tail, AtomicBool)>) {
    let tail = Arc::clone(tail);
    parser.connect_pad_added(move |parser, pad| {
        let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
        let name = caps.structure(0).map_or("", |structure| structure.name().as_str());
        let video = name.starts_with("video/") || name.starts_with("image/");
        if !video || tail.1.swap(true, Ordering::SeqCst) {
            return;
        }
        let Some(bin) = parser.parent().and_downcast::<gst::Bin>() else { return };
        if let Err(reason) = tail.0.attach(&bin, pad, &caps) {
            let what = brief(&caps);
            gst::element_error!(parser, gst::StreamError::WrongType, ("{what}: {reason}"));
        }
    });
}

fn from_description(
    description: &str,
    tail: impl FnOnce(Pace) -> Tail,
) -> Result<(gst::Pipeline, Pace), String> {
    let whole =
        format!("{description} ! capsfilter caps=\"{VIDEO}\" ! parsebin name=xunjie-parser");
    let flags = gst::ParseFlags::FATAL_ERRORS;
    let parsed = gst::parse::launch_full(&whole, None, flags);
    let parsed = parsed.map_err(|error| format!("bad pipeline: {error}"))?;
    let pipeline = parsed.downcast::<gst::Pipeline>();
    let pipeline = pipeline.map_err(|_| "bad pipeline: it is a single element".to_owned())?;
    let parser = pipeline.by_name("xunjie-parser").ok_or("bad pipeline: it has no end")?;
    let pace = pace_of(&pipeline);
    follow(&parser, &Arc::new((tail(pace), AtomicBool::new(false))));
    Ok((pipeline, pace))
}

/// An operator's pipeline that reads files would else be through with an hour
/// of them in a second.
fn pace_of(pipeline: &gst::Pipeline) -> Pace {
    let reads_file = |element: &gst::Element| {
        let Some(factory) = element.factory() else { return false };
        factory.metadata("klass").is_some_and(|class| class.contains("Source/File"))
    };
    let recorded = pipeline.iterate_recurse().into_iter().flatten().any(|it| reads_file(&it));
    if recorded { Pace::Recorded } else { Pace::Live }
}

/// Tells the inbox what the pipeline says. The messages go no further, so
/// that none pile up.
fn listen(pipeline: &gst::Pipeline, inbox: &Arc<Inbox>, scrub: Scrub) {
    let Some(bus) = pipeline.bus() else { return };
    let inbox = Arc::clone(inbox);
    bus.set_sync_handler(move |_, message| {
        match message.view() {
            gst::MessageView::Error(error) => inbox.end(end_for(error, &scrub)),
            gst::MessageView::Eos(_) => inbox.played(),
            _ => {}
        }
        gst::BusSyncReply::Drop
    });
}

fn end_for(error: &gst::message::Error, scrub: &Scrub) -> SourceEnd {
    let (told, details) = (error.error(), error.debug());
    // The first line says where in GStreamer's code it happened.
    let cause = details.as_deref().and_then(|text| text.split_once('\n')).map(|(_, cause)| cause);
    let details = details.as_deref().unwrap_or_default().to_lowercase();
    let unauthorized = told.matches(gst::ResourceError::NotAuthorized)
        || ["unauthorized", "(401)", "forbidden", "(403)"]
            .iter()
            .any(|word| details.contains(word));
    let not_found = told.matches(gst::ResourceError::NotFound);
    let reason = match cause {
        Some(cause) => scrub.clean(&format!("{told} ({cause})")),
        None => scrub.clean(&told.to_string()),
    };
    if unauthorized {
        return refused(format!("login refused: {reason}")).because(EndCause::Login);
    }
    if not_found {
        return refused(format!("not found: {reason}")).because(EndCause::NoVideo);
    }
    let unreadable = told.kind::<gst::StreamError>().is_some_and(|kind| {
        use gst::StreamError as E;
        matches!(kind, E::CodecNotFound | E::TypeNotFound | E::WrongType | E::NotImplemented)
    });
    if unreadable || told.kind::<gst::CoreError>() == Some(gst::CoreError::MissingPlugin) {
        return refused(format!("no video to be read: {reason}")).because(EndCause::Codec);
    }
    let unanswered = told.kind::<gst::ResourceError>().is_some_and(|kind| {
        use gst::ResourceError as E;
        matches!(kind, E::OpenRead | E::OpenReadWrite)
    });
    lost(reason).because(if unanswered { EndCause::Silence } else { EndCause::Other })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::gst::testing::until;

    #[test]
    fn a_pipeline_that_reads_files_is_played_at_their_own_speed() {
        crate::ingest::init().unwrap();
        let check = |description: &str, pace| {
            let address = GstAddress::Pipeline(description.to_owned());
            let receiving = Receiving::prepare(&address, &Clock::system()).unwrap();
            assert_eq!(receiving.pace, pace, "{description}");
        };
        check("filesrc location=clip.mp4 ! qtdemux ! h264parse", Pace::Recorded);
        check("( filesrc location=clip.h264 ) ! h264parse", Pace::Recorded);
        check("multifilesrc location=%d.jpg caps=image/jpeg,framerate=1/1", Pace::Recorded);
        check("videotestsrc is-live=true ! x264enc", Pace::Live);
        check("rtspsrc location=rtsp://h/s ! rtph264depay ! h264parse", Pace::Live);
    }

    #[tokio::test]
    async fn an_attempt_that_is_dropped_leaves_nothing_behind() {
        crate::ingest::init().unwrap();
        for wait_for_picture in [false, true] {
            let pipeline = GstAddress::Pipeline("videotestsrc is-live=true".to_owned());
            let receiving = Receiving::prepare(&pipeline, &Clock::system()).unwrap();
            let pipeline = receiving.running.as_ref().unwrap().pipeline.downgrade();
            receiving.start();
            while wait_for_picture && receiving.inbox().take().await.keyframe.is_none() {}
            drop(receiving);
            until(|| pipeline.upgrade().is_none()).await;
        }
    }
}
