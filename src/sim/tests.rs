//! The whole server over loopback, with `retina` as the client, as the program itself uses it.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
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
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::runtime::Handle;

use super::*;
use crate::ingest::CameraId;
use crate::runtime::Secret;
use crate::time::Clock;
use crate::time::Timestamp;

/// Far more than anything here takes; a test that needs it has failed.
const DEADLINE: Duration = Duration::from_secs(20);

/// 50 pictures with a keyframe every 10, encoded by an element; none where it is not installed.
fn encoded(encoder: &str, folder: &Path) -> Option<PathBuf> {
    gstreamer::init().unwrap();
    if gstreamer::ElementFactory::find(encoder.split(' ').next().unwrap()).is_none() {
        eprintln!("skipped: GStreamer's {encoder} is absent");
        return None;
    }
    let path = folder.join("clip.mkv");
    let line = format!(
        "videotestsrc num-buffers=50 pattern=snow ! video/x-raw,width=160,height=120,framerate=25/1 \
         ! {encoder} ! matroskamux ! filesink location={}",
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

const X264: &str = "x264enc key-int-max=10 bitrate=2000 option-string=scenecut=0 ! h264parse";
const X265: &str =
    "x265enc key-int-max=10 bitrate=2000 option-string=scenecut=0:open-gop=0 ! h265parse";

fn loaded(encoder: &str) -> Option<Arc<Clip>> {
    let folder = tempfile::tempdir().unwrap();
    encoded(encoder, folder.path()).map(|path| Clip::load(&path).unwrap())
}

fn served(clip: &Arc<Clip>, login: Option<&Login>, clock: Clock) -> Server {
    let camera = |name| SimCamera {
        name: CameraId::new(name).unwrap(),
        clip: Arc::clone(clip),
        offset: Duration::ZERO,
        login: login.cloned(),
        fault: Fault::None,
    };
    let cameras = vec![camera("cam0"), camera("cam1")];
    let listen = "127.0.0.1:0".parse().unwrap();
    Server::start(ServerSettings { listen, cameras, join: Join::Soon }, clock, &Handle::current())
        .unwrap()
}

fn admin(password: &str, scheme: LoginScheme) -> Login {
    Login { user: "admin".to_owned(), password: Secret::new(password), scheme }
}

/// Plays a camera until `enough` says so; what arrived and the NTP time of the first report.
async fn watch(
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

fn tcp() -> Transport {
    Transport::Tcp(TcpTransportOptions::default())
}

fn udp() -> Transport {
    Transport::Udp(UdpTransportOptions::default())
}

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

/// Says something to the server and hears the status of each reply.
async fn converse(server: &Server, requests: &[&str]) -> (TcpStream, Vec<String>) {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let mut statuses = Vec::new();
    for request in requests {
        stream.write_all(request.as_bytes()).await.unwrap();
        let head = tokio::time::timeout(DEADLINE, read_head(&mut stream)).await.unwrap();
        statuses.push(head.split(' ').nth(1).unwrap_or("").to_owned());
    }
    (stream, statuses)
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

async fn hears_the_end(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    // A reset is an end too.
    tokio::time::timeout(DEADLINE, stream.read_to_end(&mut rest)).await.is_ok()
}

#[tokio::test]
async fn answers_wrong_requests_with_the_right_status() {
    let server = served(&Clip::scripted(50, 10), None, Clock::system());
    let check = async |method: &str, path: &str, header: &str, expected: &str| {
        let url = format!("rtsp://{}/{path}", server.address());
        let request = format!("{method} {url} RTSP/1.0\r\nCSeq: 9\r\n{header}\r\n");
        let (_, statuses) = converse(&server, &[&request]).await;
        assert_eq!(statuses, [expected], "{request}");
    };
    check("OPTIONS", "", "", "200").await;
    check("DESCRIBE", "cam1/", "", "200").await;
    check("DESCRIBE", "", "", "404").await;
    check("PLAY", "cam1", "", "454").await;
    check("PLAY", "cam1", "Session: 12\r\n", "454").await;
    check("GET_PARAMETER", "cam1", "", "200").await;
    check("SETUP", "cam1/trackID=0", "Transport: RTP/AVP;multicast\r\n", "461").await;
    check("SETUP", "cam1/trackID=0", "Transport: RTP/AVP/TCP;unicast\r\n", "200").await;
    check("RECORD", "cam1", "", "501").await;
    check("DESCRIBE", "cam1", "Require: what-nobody-has\r\n", "551").await;
    check("DESCRIBE", "cam1", "Content-Length: 99999999\r\n", "400").await;
}

#[tokio::test]
async fn ends_a_connection_that_sends_garbage_or_never_ends_its_headers() {
    let server = served(&Clip::scripted(50, 10), None, Clock::system());
    let endless = "DESCRIBE rtsp://h/cam0 RTSP/1.0\r\n".to_owned() + &"a: b\r\n".repeat(8000);
    for bytes in ["\x16\x03\x01\x02\x00", endless.as_str()] {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        // The server may have closed before it has heard all.
        let _ = stream.write_all(bytes.as_bytes()).await;
        assert!(hears_the_end(&mut stream).await);
    }
}

#[tokio::test]
async fn forgets_a_client_that_falls_silent() {
    let (clock, hand) = Clock::simulated(Timestamp::from_secs(1_800_000_000));
    let server = served(&Clip::scripted(50, 10), None, clock);
    let (mut stream, _) = converse(&server, &["OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"]).await;
    assert_eq!(server.figures().connections, 1);
    hand.advance(connection::SILENCE_MAX);
    assert!(hears_the_end(&mut stream).await);
}

/// Lets a camera fail while it is watched, and tells how that ends.
async fn failing(fault: Fault) -> (Server, Result<usize, retina::Error>) {
    let server = served(&Clip::scripted(50, 10), None, Clock::system());
    let url = server.url(0).unwrap();
    let session = Session::describe(url.parse().unwrap(), SessionOptions::default()).await;
    let mut session = session.unwrap();
    session.setup(0, SetupOptions::default().transport(tcp())).await.unwrap();
    let mut session = session.play(PlayOptions::default()).await.unwrap().demuxed().unwrap();
    let mut frames = 0;
    let watching = async {
        loop {
            match session.next().await {
                None => return Ok(frames),
                Some(Err(error)) => return Err(error),
                Some(Ok(CodecItem::VideoFrame(_))) => frames += 1,
                Some(Ok(_)) => {}
            }
            if frames == 5 {
                server.set_fault(0, fault);
            }
        }
    };
    let end = tokio::time::timeout(DEADLINE, watching).await.expect("the fault ends the stream");
    (server, end)
}

#[tokio::test]
async fn a_camera_that_drops_its_connections_is_there_again_at_once() {
    let (server, end) = failing(Fault::Drop).await;
    assert!(end.is_err() || end.is_ok_and(|frames| frames < 20));
    let again = watch(server.url(0).unwrap(), None, tcp(), |frames| !frames.is_empty());
    assert!(tokio::time::timeout(DEADLINE, again).await.unwrap().is_ok());
}

#[tokio::test]
async fn a_camera_that_reboots_serves_nobody_meanwhile_and_the_others_go_on() {
    let (server, _) = failing(Fault::Reboot(Duration::from_secs(3600))).await;
    let url = server.url(0).unwrap();
    assert!(watch(&url, None, tcp(), |frames| !frames.is_empty()).await.is_err());
    let other = watch(server.url(1).unwrap(), None, tcp(), |frames| !frames.is_empty());
    assert!(tokio::time::timeout(DEADLINE, other).await.unwrap().is_ok());
    server.set_fault(0, Fault::None);
    assert!(watch(&url, None, tcp(), |frames| !frames.is_empty()).await.is_ok());
}

#[tokio::test]
async fn a_camera_that_refuses_says_so() {
    let (server, _) = failing(Fault::Refuse).await;
    let url = server.url(0).unwrap();
    let error = watch(&url, None, tcp(), |_| true).await.unwrap_err().to_string();
    assert!(error.contains("503"), "{error}");
    server.set_fault(0, Fault::RefuseLogin);
    let error = watch(&url, Some("any"), tcp(), |_| true).await.unwrap_err().to_string();
    assert!(error.contains("401"), "{error}");
}

#[tokio::test]
async fn garbage_ends_the_session_with_an_error() {
    let (_server, end) = failing(Fault::Garbage).await;
    assert!(end.is_err(), "{end:?}");
}

#[tokio::test]
async fn a_camera_that_hangs_says_nothing_and_keeps_the_connection() {
    let server = served(&Clip::scripted(50, 10), None, Clock::system());
    server.set_fault(0, Fault::Hang);
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let describe = format!("DESCRIBE {} RTSP/1.0\r\nCSeq: 1\r\n\r\n", server.url(0).unwrap());
    stream.write_all(describe.as_bytes()).await.unwrap();
    let silence = tokio::time::timeout(Duration::from_millis(300), stream.read_u8()).await;
    assert!(silence.is_err(), "{silence:?}");
    server.set_fault(0, Fault::None);
    stream.write_all(describe.as_bytes()).await.unwrap();
    let head = tokio::time::timeout(DEADLINE, read_head(&mut stream)).await.unwrap();
    assert!(head.starts_with("RTSP/1.0 200 OK"), "{head}");
}

#[tokio::test]
async fn a_camera_with_a_wrong_clock_says_so_in_its_reports() {
    let server = served(&Clip::scripted(50, 10), None, Clock::system());
    server.set_fault(0, Fault::ClockJump(-86_400));
    let url = server.url(0).unwrap();
    let (_, ntp) = watch(&url, None, tcp(), |frames| !frames.is_empty()).await.unwrap();
    let told = Timestamp::from_secs((ntp.unwrap() >> 32) as i64 - 2_208_988_800);
    let behind = Clock::system().now().secs_from(told);
    assert!((86_390.0..86_420.0).contains(&behind), "{behind}");
}

#[tokio::test]
async fn leaves_pictures_out_for_a_client_that_does_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let Some(path) =
        encoded("x264enc key-int-max=10 quantizer=1 pass=quant ! h264parse", folder.path())
    else {
        return;
    };
    let (clock, hand) = Clock::simulated(Timestamp::from_secs(1_800_000_000));
    let server = served(&Clip::load(&path).unwrap(), None, clock);
    let url = server.url(0).unwrap();
    let set_up = format!(
        "SETUP {url}/trackID=0 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;unicast\r\n\r\n"
    );
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(set_up.as_bytes()).await.unwrap();
    let head = read_head(&mut stream).await;
    let session = head.split("Session: ").nth(1).unwrap().split(';').next().unwrap();
    let play = format!("PLAY {url} RTSP/1.0\r\nCSeq: 2\r\nSession: {session}\r\n\r\n");
    stream.write_all(play.as_bytes()).await.unwrap();
    assert!(read_head(&mut stream).await.starts_with("RTSP/1.0 200"));
    let dropping = async {
        while server.figures().units_dropped == 0 {
            hand.advance(Duration::from_millis(40));
            tokio::time::sleep(Duration::from_millis(1)).await;
            let keep_alive = "OPTIONS * RTSP/1.0\r\nCSeq: 3\r\n\r\n";
            stream.write_all(keep_alive.as_bytes()).await.unwrap();
        }
    };
    tokio::time::timeout(DEADLINE, dropping).await.expect("pictures are left out");
    assert_eq!(server.figures().connections, 1);
}

#[test]
fn tells_why_a_file_cannot_be_served() {
    let folder = tempfile::tempdir().unwrap();
    let absent = Clip::load(&folder.path().join("absent.mp4")).unwrap_err().to_string();
    assert!(absent.contains("absent.mp4") && absent.contains("No such file"), "{absent}");
    assert!(Clip::load(folder.path()).unwrap_err().to_string().contains("folder"));
    let noise = folder.path().join("noise.mp4");
    std::fs::write(&noise, Bytes::from(vec![0x5a; 5000])).unwrap();
    assert!(matches!(Clip::load(&noise), Err(SimError::Read { .. })));
    if let Some(path) = encoded("jpegenc", folder.path()) {
        let error = Clip::load(&path).unwrap_err().to_string();
        assert!(error.contains("Motion JPEG") && error.contains("only H.264 and H.265"), "{error}");
    }
}

#[test]
fn loads_every_clip_that_can_be_served() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/material/clips");
    let Ok(clips) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: {} is absent", folder.display());
        return;
    };
    for path in clips.map(|entry| entry.unwrap().path()) {
        let clip = Clip::load(&path);
        if path.extension().is_some_and(|extension| extension == "avi") {
            assert!(clip.unwrap_err().to_string().contains("MPEG-4"), "{}", path.display());
        } else {
            let clip = clip.unwrap();
            assert!(clip.keyframes() > 0 && clip.pictures() >= 200, "{}", path.display());
            assert!((8.0..90.0).contains(&clip.length().as_secs_f64()), "{}", path.display());
        }
    }
}
