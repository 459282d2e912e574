//! Playing over loopback, with the client that the program itself uses.

use std::sync::Arc;
use std::time::Duration;

use retina::client::Transport;
use retina::codec::VideoFrame;

use super::stage::DEADLINE;
use super::stage::X264;
use super::stage::X265;
use super::stage::admin;
use super::stage::loaded;
use super::stage::loaded_large;
use super::stage::served;
use super::stage::tcp;
use super::stage::udp;
use super::stage::watch;
use crate::ingest;
use crate::ingest::CameraAddress;
use crate::ingest::CameraId;
use crate::ingest::CameraSettings;
use crate::ingest::CameraUri;
use crate::ingest::Fleet;
use crate::ingest::Keyframe;
use crate::ingest::Receiving;
use crate::ingest::SourceChoice;
use crate::ingest::Sources;
use crate::sim::Clip;
use crate::sim::Login;
use crate::sim::LoginScheme;
use crate::time::Clock;
use crate::time::Timestamp;

/// Over the end of the clip of 50 pictures.
fn two_laps(frames: &[VideoFrame]) -> bool {
    frames.len() >= 60
}

async fn check_plays(encoder: &str, transport: Transport, login: Option<Login>) {
    let Some(clip) = loaded(encoder) else { return };
    assert_eq!((clip.pictures(), clip.keyframes(), clip.size()), (50, 5, (160, 120)));
    let password = login.as_ref().map(|login| login.password.expose().to_owned());
    let server = served(&clip, login.as_ref(), Clock::system());
    let url = server.url(0).unwrap();
    let watching = watch(&url, password.as_deref(), transport, two_laps);
    let (frames, ntp) = tokio::time::timeout(DEADLINE, watching).await.unwrap().unwrap();
    assert!(frames[0].is_random_access_point());
    let keyframes: Vec<_> = (0..60).filter(|at| frames[*at].is_random_access_point()).collect();
    assert_eq!(keyframes, [0, 10, 20, 30, 40, 50]);
    let mut ticks: Vec<_> = frames.iter().map(|frame| frame.timestamp().timestamp()).collect();
    ticks.sort_unstable();
    let even = ticks[..50].windows(2).all(|pair| (3590..=3610).contains(&(pair[1] - pair[0])));
    assert!(even, "{ticks:?}");
    let seconds = (ntp.expect("a sender report") >> 32) as i64 - 2_208_988_800;
    let now = Clock::system().now();
    assert!(now.secs_from(Timestamp::from_secs(seconds)).abs() < 30.0, "{seconds}");
}

#[tokio::test]
async fn plays_h264_over_tcp() {
    check_plays(X264, tcp(), None).await;
}

#[tokio::test]
async fn plays_h264_over_udp() {
    check_plays(X264, udp(), None).await;
}

#[tokio::test]
async fn plays_h265_over_tcp_to_who_answers_a_digest() {
    check_plays(X265, tcp(), Some(admin("secret 1", LoginScheme::Digest))).await;
}

#[tokio::test]
async fn plays_h265_over_udp_to_who_has_the_password() {
    check_plays(X265, udp(), Some(admin("secret 1", LoginScheme::Basic))).await;
}

#[tokio::test]
async fn turns_away_a_wrong_password_and_an_unknown_camera() {
    for scheme in [LoginScheme::Basic, LoginScheme::Digest] {
        let login = admin("right", scheme);
        let server = served(&Clip::scripted(50, 10), Some(&login), Clock::system());
        let watching = watch(server.url(0).unwrap(), Some("wrong"), tcp(), |_| true);
        let error = watching.await.unwrap_err().to_string();
        assert!(error.contains("401"), "{error}");
        let unknown = format!("rtsp://{}/cam2", server.address());
        let error = watch(&unknown, Some("right"), tcp(), |_| true).await.unwrap_err().to_string();
        assert!(error.contains("404"), "{error}");
        assert!(server.url(2).is_none());
    }
}

/// A keyframe of a megabyte comes within some 25 ms, and a socket holds a fifth of it.
#[tokio::test(flavor = "multi_thread")]
async fn large_keyframes_over_udp_arrive_whole_at_the_fleet() {
    let Some(clip) = loaded_large() else { return };
    let server = served(&clip, None, Clock::system());
    let receiving = Receiving::start().unwrap();
    let sources = Sources::with_gstreamer(Arc::new(|_, _| Err("not wanted here".to_owned())));
    let fleet = Fleet::new(receiving.receivers(), Clock::system(), sources, 1);
    let (sender, mut arrived) = tokio::sync::mpsc::channel(1);
    let address = CameraAddress::Uri(CameraUri::parse(&server.url(0).unwrap()).unwrap());
    let mut camera = CameraSettings::new(CameraId::new("square").unwrap(), address);
    (camera.transport, camera.source) = (ingest::Transport::Udp, SourceChoice::Rtsp);
    let sink = move |keyframe: Keyframe| {
        let _ = sender.try_send(keyframe.data.len());
    };
    fleet.add(camera, Arc::new(sink)).unwrap();
    // A busy machine may lose one: threads that rest lose each.
    let size = tokio::time::timeout(DEADLINE, arrived.recv()).await.unwrap().unwrap();
    assert!(size > 400_000, "{size} bytes would fit the socket's buffer");
    drop(fleet);
    receiving.end(Duration::ZERO);
}
