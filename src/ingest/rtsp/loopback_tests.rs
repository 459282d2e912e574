//! The receiver against cameras on the loopback, well behaved and otherwise.

use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::Notify;

use crate::ingest::CameraAddress;
use crate::ingest::CameraId;
use crate::ingest::CameraPhase;
use crate::ingest::CameraSettings;
use crate::ingest::CameraUri;
use crate::ingest::CaptureClock;
use crate::ingest::Feed;
use crate::ingest::Keyframe;
use crate::ingest::Source;
use crate::ingest::SourceEnd;
use crate::ingest::Transport;
use crate::time::Clock;

use super::RtspSource;
use super::fake_camera::FakeCamera;
use super::fake_camera::IDR;
use super::fake_camera::Manner;
use super::fake_camera::PPS;
use super::fake_camera::SPS;

const DEADLINE: Duration = Duration::from_secs(20);

#[derive(Default)]
struct Seen {
    keyframes: Mutex<Vec<Keyframe>>,
    descriptions: Mutex<Vec<String>>,
    more: Notify,
}

impl Feed for Seen {
    fn connected(&self, description: &str) {
        self.descriptions.lock().unwrap().push(description.to_owned());
    }

    fn unit(&self, bytes: usize) {
        assert!(bytes > 0);
    }

    fn keyframe(&self, keyframe: Keyframe) {
        self.keyframes.lock().unwrap().push(keyframe);
        self.more.notify_one();
    }
}

impl Seen {
    async fn keyframes(&self, wanted: usize) -> Vec<Keyframe> {
        loop {
            let seen = self.keyframes.lock().unwrap().clone();
            if seen.len() >= wanted {
                return seen;
            }
            self.more.notified().await;
        }
    }
}

fn source(camera: &FakeCamera, login: &str, transport: Transport) -> RtspSource {
    let uri = CameraUri::parse(&format!("rtsp://{login}{}/s", camera.address)).unwrap();
    let id = CameraId::new("north").unwrap();
    let mut settings = CameraSettings::new(id, CameraAddress::Uri(uri));
    settings.transport = transport;
    settings.connect_timeout = Duration::from_secs(2);
    RtspSource::new(&settings, Clock::system()).unwrap()
}

/// The first keyframes that a camera's source gives.
async fn receive(mut source: RtspSource, wanted: usize) -> (Vec<Keyframe>, Vec<String>) {
    let seen = Seen::default();
    let keyframes = async {
        tokio::select! {
            end = source.attempt(&seen) => panic!("ended: {end:?}"),
            keyframes = seen.keyframes(wanted) => keyframes,
        }
    };
    let keyframes = tokio::time::timeout(DEADLINE, keyframes).await.unwrap();
    (keyframes, seen.descriptions.into_inner().unwrap())
}

async fn end_of(manner: Manner, login: &str) -> SourceEnd {
    let camera = FakeCamera::start(manner).await;
    let mut source = source(&camera, login, Transport::Tcp);
    let seen = Seen::default();
    tokio::time::timeout(DEADLINE, source.attempt(&seen)).await.unwrap()
}

fn check_pictures(keyframes: &[Keyframe]) {
    let expected = [SPS, PPS, IDR].map(|nal| [&[0, 0, 0, 1], nal].concat()).concat();
    for keyframe in keyframes {
        assert_eq!(keyframe.data, expected);
        assert!(keyframe.caps.starts_with("video/x-h264"));
        assert!(keyframe.captured_at <= keyframe.received_at);
    }
}

#[tokio::test]
async fn receives_keyframes_with_their_sets_and_the_cameras_own_time() {
    let camera = FakeCamera::start(Manner::Plays).await;
    let (keyframes, descriptions) = receive(source(&camera, "", Transport::Tcp), 4).await;
    check_pictures(&keyframes);
    assert_eq!(descriptions, ["H.264 over TCP"]);
    assert_eq!(keyframes[3].capture_clock, CaptureClock::SenderReport);
}

#[tokio::test]
async fn receives_over_udp() {
    let camera = FakeCamera::start(Manner::Plays).await;
    let (keyframes, descriptions) = receive(source(&camera, "", Transport::Udp), 2).await;
    check_pictures(&keyframes);
    assert_eq!(descriptions, ["H.264 over UDP"]);
    assert_eq!(keyframes[1].capture_clock, CaptureClock::Arrival);
}

#[tokio::test]
async fn logs_in_by_digest() {
    let camera = FakeCamera::start(Manner::Login).await;
    let (keyframes, _) = receive(source(&camera, "operator:secret@", Transport::Tcp), 1).await;
    check_pictures(&keyframes);
}

#[tokio::test]
async fn tells_why_it_was_refused_without_telling_the_password() {
    for (manner, login, words) in [
        (Manner::Login, "operator:hunter2@", "refused the login"),
        (Manner::Login, "", "asks for a login"),
        (Manner::Status(404), "operator:hunter2@", "no such path"),
        (Manner::Jpeg, "operator:hunter2@", "neither H.264 nor H.265"),
    ] {
        let end = end_of(manner, login).await;
        assert_eq!(end.phase, CameraPhase::Refused);
        assert!(end.reason.contains(words) && !end.reason.contains("hunter2"), "{end:?}");
        assert_eq!(end.try_another_source, manner == Manner::Jpeg);
    }
}

#[tokio::test]
async fn tells_how_it_lost_a_camera() {
    let end = end_of(Manner::Closes, "").await;
    assert_eq!(
        (end.phase, end.reason.as_str()),
        (CameraPhase::Lost, "the camera closed the connection")
    );
    let end = end_of(Manner::Mute, "").await;
    assert_eq!(end.phase, CameraPhase::Lost);
    assert!(end.reason.ends_with("within 2 s"), "{end:?}");
    let end = end_of(Manner::Status(503), "").await;
    assert_eq!(end.phase, CameraPhase::Lost);

    let gone = FakeCamera::start(Manner::Plays).await;
    let mut source = source(&gone, "", Transport::Tcp);
    let address = gone.address;
    drop(gone);
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    let end = source.attempt(&Seen::default()).await;
    assert_eq!(end.reason, format!("connection refused by {address}"));
}

#[tokio::test]
async fn garbage_ends_with_a_reason() {
    for seed in 0..40 {
        for manner in [Manner::Garbage(seed), Manner::GarbageWhilePlaying(seed)] {
            let end = end_of(manner, "").await;
            assert_ne!(end.phase, CameraPhase::Live);
            assert!(!end.reason.is_empty() && end.reason.len() < 120, "{end:?}");
            assert!(!end.reason.contains('\n'), "{end:?}");
        }
    }
}
