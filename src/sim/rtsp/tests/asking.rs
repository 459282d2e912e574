//! Requests that are wrong, hostile or never come.

use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::stage::DEADLINE;
use super::stage::served;
use crate::sim::Clip;
use crate::sim::Server;
use crate::sim::rtsp::connection::SILENCE_MAX;
use crate::time::Clock;
use crate::time::Timestamp;

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

pub(super) async fn read_head(stream: &mut TcpStream) -> String {
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
    hand.advance(SILENCE_MAX);
    assert!(hears_the_end(&mut stream).await);
}
