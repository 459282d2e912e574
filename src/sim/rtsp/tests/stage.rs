//! What the tests stand on: small clips, a server, and `retina` as the client.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use gstreamer::prelude::*;
use retina::client::Credentials;
use retina::client::PlayOptions;
use retina::client::Session;
use retina::client::SessionOptions;
use retina::client::SetupOptions;
use retina::client::TcpTransportOptions;
use retina::client::Transport;
use retina::client::UdpTransportOptions;
use retina::codec::CodecItem;
use retina::codec::VideoFrame;
use tokio::runtime::Handle;

use crate::ingest::CameraId;
use crate::runtime::Secret;
use crate::sim::Clip;
use crate::sim::Fault;
use crate::sim::Join;
use crate::sim::Login;
use crate::sim::LoginScheme;
use crate::sim::Server;
use crate::sim::ServerSettings;
use crate::sim::SimCamera;
use crate::time::Clock;

/// Far more than anything here takes; a test that needs it has failed.
pub(super) const DEADLINE: Duration = Duration::from_secs(20);

/// 50 pictures with a keyframe every 10, encoded by an element; none where it is not installed.
pub(super) fn encoded(encoder: &str, folder: &Path) -> Option<PathBuf> {
    filmed("pattern=snow ! video/x-raw,width=160,height=120", encoder, folder)
}

/// The same of another pattern.
fn filmed(pattern: &str, encoder: &str, folder: &Path) -> Option<PathBuf> {
    gstreamer::init().unwrap();
    if gstreamer::ElementFactory::find(encoder.split(' ').next().unwrap()).is_none() {
        eprintln!("skipped: GStreamer's {encoder} is absent");
        return None;
    }
    let path = folder.join("clip.mkv");
    let line = format!(
        "videotestsrc num-buffers=50 {pattern},framerate=25/1 ! {encoder} ! matroskamux ! filesink location={}",
        path.display()
    );
    let pipeline = gstreamer::parse::launch(&line).unwrap();
    pipeline.set_state(gstreamer::State::Playing).unwrap();
    let kinds = [gstreamer::MessageType::Eos, gstreamer::MessageType::Error];
    let wait = gstreamer::ClockTime::from_seconds(DEADLINE.as_secs());
    let end = pipeline.bus().unwrap().timed_pop_filtered(wait, &kinds).unwrap();
    pipeline.set_state(gstreamer::State::Null).unwrap();
    assert_eq!(end.type_(), gstreamer::MessageType::Eos);
    Some(path)
}

pub(super) const X264: &str =
    "x264enc key-int-max=10 bitrate=2000 option-string=scenecut=0 ! h264parse";
pub(super) const X265: &str =
    "x265enc key-int-max=10 bitrate=2000 option-string=scenecut=0:open-gop=0 ! h265parse";

pub(super) fn loaded(encoder: &str) -> Option<Arc<Clip>> {
    let folder = tempfile::tempdir().unwrap();
    encoded(encoder, folder.path()).map(|path| Clip::load(&path).unwrap())
}

/// A still picture full of detail: keyframes as large as those of a 4K camera, and little between.
pub(super) fn loaded_large() -> Option<Arc<Clip>> {
    let folder = tempfile::tempdir().unwrap();
    let pattern = "pattern=zone-plate kx2=40 ky2=40 ! video/x-raw,width=1280,height=720";
    let encoder =
        "x264enc key-int-max=10 quantizer=1 pass=quant option-string=scenecut=0 ! h264parse";
    filmed(pattern, encoder, folder.path()).map(|path| Clip::load(&path).unwrap())
}

pub(super) fn served(clip: &Arc<Clip>, login: Option<&Login>, clock: Clock) -> Server {
    let camera = |name| SimCamera {
        name: CameraId::new(name).unwrap(),
        clip: Arc::clone(clip),
        other: None,
        offset: Duration::ZERO,
        login: login.cloned(),
        fault: Fault::None,
    };
    let cameras = vec![camera("cam0"), camera("cam1")];
    let listen = "127.0.0.1:0".parse().unwrap();
    Server::start(ServerSettings { listen, cameras, join: Join::Soon }, clock, &Handle::current())
        .unwrap()
}

pub(super) fn admin(password: &str, scheme: LoginScheme) -> Login {
    Login { user: "admin".to_owned(), password: Secret::new(password), scheme }
}

/// Plays a camera until `enough` says so; what arrived and the NTP time of the first report.
pub(super) async fn watch(
    url: impl AsRef<str>,
    password: Option<&str>,
    transport: Transport,
    enough: impl Fn(&[VideoFrame]) -> bool,
) -> Result<(Vec<VideoFrame>, Option<u64>), retina::Error> {
    let creds = password.map(|password| Credentials {
        username: "admin".to_owned(),
        password: password.to_owned(),
    });
    let options = SessionOptions::default().creds(creds);
    let mut session = Session::describe(url.as_ref().parse().unwrap(), options).await?;
    assert!(session.streams()[0].parameters().is_some(), "the description has parameter sets");
    session.setup(0, SetupOptions::default().transport(transport)).await?;
    let mut session = session.play(PlayOptions::default()).await?.demuxed()?;
    let (mut frames, mut ntp) = (Vec::new(), None);
    while !enough(&frames) {
        match session.next().await.expect("the stream goes on")? {
            CodecItem::VideoFrame(frame) => {
                assert_eq!(frame.loss(), 0);
                frames.push(frame);
            }
            CodecItem::Rtcp(report) => {
                let sender = report.pkts().find_map(|packet| match packet.as_typed() {
                    Ok(Some(retina::rtcp::TypedPacketRef::SenderReport(report))) => Some(report),
                    _ => None,
                });
                ntp = ntp.or(sender.map(|report| report.ntp_timestamp().0));
            }
            _ => {}
        }
    }
    Ok((frames, ntp))
}

pub(super) fn tcp() -> Transport {
    Transport::Tcp(TcpTransportOptions::default())
}

pub(super) fn udp() -> Transport {
    Transport::Udp(UdpTransportOptions::default())
}
