//! Receives one camera through GStreamer: whatever it can open, or a pipeline that the operator wrote.

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::ingest::CameraPhase;
use crate::ingest::EndCause;
use crate::ingest::Feed;
use crate::ingest::Source;
use crate::ingest::SourceEnd;
use crate::runtime::Secret;
use crate::time::Clock;

use super::inbox::News;
use super::init::init;
use super::receiving::Receiving;

/// What GStreamer opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GstAddress {
    /// Anything that `urisourcebin` takes.
    Uri {
        /// Without a login.
        uri: String,
        user: Option<String>,
        password: Option<Secret>,
    },
    /// A pipeline in the notation of `gst-launch`, which ends in video.
    Pipeline(String),
}

/// One camera, received by GStreamer's own threads.
///
/// RTSP goes over TCP, unless the scheme says otherwise (`rtspu://`). A file
/// is played at its own speed, and from the beginning again when it ends.
#[derive(Debug)]
pub struct GstSource {
    address: GstAddress,
    clock: Clock,
}

impl GstSource {
    #[must_use]
    pub const fn new(address: GstAddress, clock: Clock) -> Self {
        Self { address, clock }
    }

    async fn receive(&self, feed: &dyn Feed) -> SourceEnd {
        if let Err(error) = init() {
            return refused(error.to_string());
        }
        let receiving = match Receiving::prepare(&self.address, &self.clock) {
            Ok(receiving) => receiving,
            Err(end) => return end,
        };
        receiving.start();
        loop {
            let news = receiving.inbox().take().await;
            let played = news.played;
            if let Some(end) = pass_on(news, feed) {
                return end;
            }
            if played && !receiving.begin_again().await {
                return lost("the recording has ended".to_owned());
            }
        }
    }
}

impl Source for GstSource {
    fn attempt<'a>(&'a mut self, feed: &'a dyn Feed) -> BoxFuture<'a, SourceEnd> {
        self.receive(feed).boxed()
    }
}

/// A keyframe that arrived just before the end is still passed on.
fn pass_on(news: News, feed: &dyn Feed) -> Option<SourceEnd> {
    if let Some(description) = news.description {
        feed.connected(&description);
    }
    for bytes in news.units {
        feed.unit(bytes);
    }
    if let Some(keyframe) = news.keyframe {
        feed.keyframe(keyframe);
    }
    news.end
}

pub(super) fn refused(reason: String) -> SourceEnd {
    let (phase, cause) = (CameraPhase::Refused, EndCause::Other);
    SourceEnd { phase, reason, try_another_source: false, cause }
}

pub(super) fn lost(reason: String) -> SourceEnd {
    let (phase, cause) = (CameraPhase::Lost, EndCause::Other);
    SourceEnd { phase, reason, try_another_source: false, cause }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use gstreamer as gst;
    use gstreamer::prelude::*;
    use tokio::io::AsyncReadExt;
    use tokio::io::AsyncWriteExt;

    use super::*;
    use crate::ingest::Decoder;
    use crate::ingest::Keyframe;
    use crate::ingest::Orientation;
    use crate::ingest::gst::testing::H264;
    use crate::ingest::gst::testing::has;
    use crate::ingest::gst::testing::record;
    use crate::ingest::gst::testing::shared_clip;
    use crate::ingest::gst::testing::until;

    #[derive(Default)]
    struct Notes {
        description: Mutex<String>,
        units: Mutex<Vec<usize>>,
        keyframes: Mutex<Vec<Keyframe>>,
    }

    impl Feed for Notes {
        fn connected(&self, description: &str) {
            description.clone_into(&mut self.description.lock().unwrap());
        }

        fn unit(&self, bytes: usize) {
            self.units.lock().unwrap().push(bytes);
        }

        fn keyframe(&self, keyframe: Keyframe) {
            self.keyframes.lock().unwrap().push(keyframe);
        }
    }

    fn uri(uri: impl Into<String>) -> GstAddress {
        GstAddress::Uri { uri: uri.into(), user: None, password: None }
    }

    /// Receives until `enough` keyframes came, or the attempt ended.
    async fn receive(address: GstAddress, enough: usize) -> (Notes, Option<SourceEnd>) {
        let (notes, mut source) = (Notes::default(), GstSource::new(address, Clock::system()));
        let end = tokio::select! {
            end = source.attempt(&notes) => Some(end),
            () = until(|| enough <= notes.keyframes.lock().unwrap().len()) => None,
        };
        (notes, end)
    }

    #[tokio::test]
    async fn a_pipeline_gives_keyframes_that_decode_and_drops_the_rest() {
        if !has(&["x264enc"]) {
            return;
        }
        let pipeline = "videotestsrc num-buffers=60 ! video/x-raw,width=320,height=180 ! \
                        x264enc key-int-max=10 ! video/x-h264,stream-format=avc";
        let (notes, end) = receive(GstAddress::Pipeline(pipeline.into()), usize::MAX).await;
        let end = end.unwrap();
        assert_eq!(
            (end.phase, end.reason.as_str()),
            (CameraPhase::Lost, "the recording has ended")
        );
        assert_eq!(*notes.description.lock().unwrap(), "H.264 320x180 through GStreamer");
        assert_eq!(notes.units.lock().unwrap().len(), 60);
        let keyframes = notes.keyframes.lock().unwrap();
        assert!((1..=6).contains(&keyframes.len()), "{}", keyframes.len());
        for keyframe in keyframes.iter() {
            assert_eq!(&*keyframe.caps, H264);
            assert_eq!(Decoder::new().decode(keyframe).unwrap().width(), 320);
        }
    }

    #[tokio::test]
    async fn raw_video_is_thinned_and_becomes_i420() {
        let pipeline = "videotestsrc is-live=true ! video/x-raw,format=YUY2,width=322,height=180,framerate=50/1";
        let (notes, end) = receive(GstAddress::Pipeline(pipeline.into()), 2).await;
        assert_eq!(end, None);
        let keyframe = &notes.keyframes.lock().unwrap()[1];
        let frame = Decoder::new().decode(keyframe).unwrap();
        assert_eq!((frame.width(), frame.height()), (322, 180));
        assert!(notes.units.lock().unwrap().len() >= 15, "two pictures are half a second apart");
    }

    #[tokio::test]
    async fn what_cannot_work_is_refused_with_the_reason_and_without_the_password() {
        for (pipeline, expected) in [
            ("videotestsrc ! no-such-element", "no-such-element"),
            ("videotestsrc !", "syntax"),
            ("filesrc location=/nowhere/rtsp://u:hunter2@h/x.mp4", "not found"),
            ("rtspsrc location=rtsp://h user-pw=hunter2 nonsense=1", "nonsense"),
        ] {
            let (_, end) = receive(GstAddress::Pipeline(pipeline.into()), 1).await;
            let end = end.unwrap();
            assert_eq!(end.phase, CameraPhase::Refused, "{end:?}");
            assert!(end.reason.contains(expected) && !end.reason.contains("hunter2"), "{end:?}");
        }
        let (_, end) = receive(uri("file:///nowhere/at/all.mp4"), 1).await;
        assert_eq!(end.unwrap().phase, CameraPhase::Refused);
        let (_, end) = receive(uri("nonsense://host/x"), 1).await;
        assert_eq!(end.unwrap().phase, CameraPhase::Refused);
    }

    #[tokio::test]
    async fn a_camera_that_is_not_there_is_lost_and_its_password_stays_secret() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let address = GstAddress::Uri {
            uri: format!("rtsp://{free}/live"),
            user: Some("bob".into()),
            password: Some(Secret::new("hunter2")),
        };
        let (_, end) = receive(address, 1).await;
        let end = end.unwrap();
        assert_eq!(end.phase, CameraPhase::Lost, "{end:?}");
        assert!(!end.reason.is_empty() && !end.reason.contains("hunter2"), "{end:?}");
    }

    #[tokio::test]
    async fn a_stream_over_udp_gives_keyframes_with_their_parameter_sets() {
        if !has(&["x264enc", "mpegtsmux", "tsdemux", "udpsink", "udpsrc"]) {
            return;
        }
        let port = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let sender = gst::parse::launch(&format!(
            "videotestsrc is-live=true ! video/x-raw,width=160,height=90,framerate=25/1 ! \
             x264enc key-int-max=10 tune=zerolatency ! mpegtsmux alignment=7 ! \
             udpsink host=127.0.0.1 port={port}"
        ));
        let sender = sender.unwrap();
        sender.set_state(gst::State::Playing).unwrap();
        let (notes, end) = receive(uri(format!("udp://127.0.0.1:{port}")), 3).await;
        sender.set_state(gst::State::Null).unwrap();
        assert_eq!(end, None);
        for keyframe in notes.keyframes.lock().unwrap().iter() {
            assert_eq!(Decoder::new().decode(keyframe).unwrap().width(), 160);
        }
        assert!(notes.units.lock().unwrap().len() > 10, "other units are counted too");
    }

    #[tokio::test]
    async fn a_server_that_wants_another_login_has_refused() {
        if !has(&["souphttpsrc"]) {
            return;
        }
        let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = GstAddress::Uri {
            uri: format!("http://{}/live.mjpg", server.local_addr().unwrap()),
            user: Some("bob".into()),
            password: Some(Secret::new("hunter2")),
        };
        let answering = tokio::spawn(async move {
            loop {
                let (mut stream, _) = server.accept().await.unwrap();
                let mut request = [0; 2_000];
                while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                    let answer = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\
                                  WWW-Authenticate: Basic realm=\"cam\"\r\n\r\n";
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            }
        });
        let (_, end) = receive(address, 1).await;
        answering.abort();
        let end = end.unwrap();
        assert_eq!(end.phase, CameraPhase::Refused, "{end:?}");
        assert!(
            end.reason.starts_with("login refused") && !end.reason.contains("hunter2"),
            "{end:?}"
        );
    }

    #[tokio::test]
    async fn a_recording_begins_again_when_it_ends() {
        if !has(&["x264enc", "mp4mux"]) {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("short.mp4");
        record(&format!(
            "videotestsrc num-buffers=10 ! video/x-raw,width=64,height=48,framerate=20/1 ! \
             x264enc key-int-max=5 ! h264parse ! mp4mux ! filesink location={}",
            path.display()
        ));
        let (notes, end) = receive(uri(format!("file://{}", path.display())), 6).await;
        assert_eq!(end, None);
        let keyframes = notes.keyframes.lock().unwrap();
        let apart = keyframes[5].received_at.since(keyframes[0].received_at);
        // Two rounds of a quarter second from the first keyframe to the last.
        assert!(apart >= Duration::from_millis(400), "played too fast: {apart:?}");
    }

    #[tokio::test]
    async fn the_shared_clips_arrive_as_keyframes() {
        for (name, turned) in [
            ("litter_di_xe_1_phu.mp4", Orientation::Turn90),
            ("aboda_video4.avi", Orientation::Upright),
            ("omz_cars_768x768.h264", Orientation::Upright),
        ] {
            let Some(path) = shared_clip(name) else { return };
            let path = path.canonicalize().unwrap();
            let (notes, end) = receive(uri(format!("file://{}", path.display())), 1).await;
            assert_eq!(end, None, "{name}");
            let keyframe = &notes.keyframes.lock().unwrap()[0];
            assert_eq!(keyframe.orientation, turned, "{name}");
            Decoder::new().decode(keyframe).unwrap();
        }
    }
}
