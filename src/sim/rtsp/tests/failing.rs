//! Faults on demand, and clients that are slow.

use std::time::Duration;

use futures::StreamExt;
use retina::client::PlayOptions;
use retina::client::Session;
use retina::client::SessionOptions;
use retina::client::SetupOptions;
use retina::codec::CodecItem;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::asking::read_head;
use super::stage::DEADLINE;
use super::stage::encoded;
use super::stage::served;
use super::stage::tcp;
use super::stage::watch;
use crate::sim::Clip;
use crate::sim::Fault;
use crate::sim::Server;
use crate::time::Clock;
use crate::time::Timestamp;

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
