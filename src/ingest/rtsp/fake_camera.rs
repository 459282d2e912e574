//! A camera on the loopback that answers as a test wants: a few hand-made pictures, or trouble.

use std::net::SocketAddr;

use md5::Digest;
use md5::Md5;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

use crate::time::Clock;

/// Two sets that a real camera of 704x480 sends.
pub(super) const SPS: &[u8] = &[
    0x67, 0x4d, 0x00, 0x1e, 0x95, 0xa8, 0x2c, 0x1e, 0x64, 0x40, 0x00, 0x00, 0x03, 0x00, 0x40, 0x00,
    0x00, 0x0c, 0xb8, 0x20,
];
pub(super) const PPS: &[u8] = &[0x68, 0xee, 0x3c, 0x80];
pub(super) const IDR: &[u8] = &[0x65, 0x88, 0x84, 0x21, 0xa0, 0x11];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Sends pictures for ever.
    Plays,
    /// Sends two pictures and closes the connection.
    Closes,
    /// Accepts, and says nothing.
    Mute,
    /// Answers with bytes that are no RTSP.
    Garbage(u64),
    /// Plays bytes that are no RTP.
    GarbageWhilePlaying(u64),
    /// Asks for the login `operator`, `secret`.
    Login,
    Status(u16),
    Jpeg,
}

pub(super) struct FakeCamera {
    pub(super) address: SocketAddr,
    task: JoinHandle<()>,
}

impl FakeCamera {
    pub(super) async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(async move { serve(stream, manner).await.ok() });
            }
        });
        Self { address, task }
    }
}

impl Drop for FakeCamera {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What is left of a connection's request: the first line's method and the rest as text.
struct Request {
    method: String,
    text: String,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        let line = self.text.lines().find(|line| line.to_lowercase().starts_with(name))?;
        line.split_once(':').map(|(_, value)| value.trim())
    }
}

async fn serve(mut stream: TcpStream, manner: Manner) -> std::io::Result<()> {
    let mut udp = None;
    loop {
        let request = read_request(&mut stream).await?;
        match manner {
            Manner::Mute => return std::future::pending().await,
            Manner::Garbage(seed) => return stream.write_all(&noise(seed, 4000)).await,
            _ => {}
        }
        let cseq = request.header("cseq").unwrap_or("0").to_owned();
        let (status, extra, body) = answer(&request, manner, &mut udp);
        let length = body.len();
        let reply = format!(
            "RTSP/1.0 {status} Said\r\nCSeq: {cseq}\r\n{extra}Content-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(reply.as_bytes()).await?;
        if request.method == "PLAY" && status == 200 {
            return play(stream, manner, udp).await;
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> std::io::Result<Request> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await?);
    }
    let text = String::from_utf8(bytes).unwrap();
    let method = text.split(' ').next().unwrap_or_default().to_owned();
    Ok(Request { method, text })
}

fn answer(request: &Request, manner: Manner, udp: &mut Option<UdpSocket>) -> (u16, String, String) {
    if let Manner::Status(status) = manner {
        return (status, String::new(), String::new());
    }
    if manner == Manner::Login && !is_authorised(request) {
        let ask = "WWW-Authenticate: Digest realm=\"gate\", nonce=\"n1\"\r\n".to_owned();
        return (401, ask, String::new());
    }
    match request.method.as_str() {
        "DESCRIBE" => (200, "Content-Type: application/sdp\r\n".to_owned(), sdp(manner)),
        "SETUP" => {
            let asked = request.header("transport").unwrap_or_default();
            let ports =
                asked.split_once("client_port=").and_then(|(_, ports)| ports.split_once('-'));
            let transport = match ports.and_then(|(first, _)| first.parse().ok()) {
                Some(port) => {
                    let (socket, own) = udp_to(port);
                    *udp = Some(socket);
                    format!("RTP/AVP/UDP;unicast;client_port={port};server_port={own}-{}", own + 1)
                }
                None => asked.to_owned(),
            };
            (200, format!("Session: 1;timeout=60\r\nTransport: {transport}\r\n"), String::new())
        }
        _ => (200, "Session: 1\r\n".to_owned(), String::new()),
    }
}

fn sdp(manner: Manner) -> String {
    let format = if manner == Manner::Jpeg {
        "m=video 0 RTP/AVP 26\r\n"
    } else {
        "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n"
    };
    format!("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n{format}a=control:track1\r\n")
}

fn is_authorised(request: &Request) -> bool {
    let Some(given) = request.header("authorization") else { return false };
    let field = |name: &str| {
        let (_, rest) = given.split_once(&format!("{name}=\""))?;
        rest.split('"').next()
    };
    let hash = |text: String| {
        let digest = Md5::digest(text.as_bytes());
        format!("{:032x}", u128::from_be_bytes(digest.into()))
    };
    let uri = field("uri").unwrap_or_default();
    let user = hash("operator:gate:secret".to_owned());
    let asked = hash(format!("{}:{uri}", request.method));
    field("response") == Some(hash(format!("{user}:n1:{asked}")).as_str())
}

/// A socket that sends to the client's `port`, and its own port.
fn udp_to(port: u16) -> (UdpSocket, u16) {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(("127.0.0.1", port)).unwrap();
    socket.set_nonblocking(true).unwrap();
    let own = socket.local_addr().unwrap().port();
    (UdpSocket::from_std(socket).unwrap(), own)
}

async fn play(
    mut stream: TcpStream,
    manner: Manner,
    udp: Option<UdpSocket>,
) -> std::io::Result<()> {
    for picture in 0_u32.. {
        if let Manner::GarbageWhilePlaying(seed) = manner {
            let noise = noise(seed + u64::from(picture), 300);
            // First as well framed packets, then without any frame.
            stream.write_all(&if picture < 20 { framed(0, &noise) } else { noise }).await?;
            continue;
        }
        if manner == Manner::Closes && picture == 2 {
            return Ok(());
        }
        let (seq, ticks) = (picture * 3, picture * 3600);
        let packets = [(SPS, false), (PPS, false), (IDR, true)];
        for (i, (nal, marked)) in (0..).zip(packets) {
            let packet = rtp((seq + i) as u16, ticks, marked, nal);
            match &udp {
                Some(socket) => {
                    socket.send(&packet).await?;
                }
                None => stream.write_all(&framed(0, &packet)).await?,
            }
        }
        if udp.is_none() {
            stream.write_all(&framed(1, &sender_report(ticks))).await?;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    Ok(())
}

fn framed(channel: u8, packet: &[u8]) -> Vec<u8> {
    let length = u16::try_from(packet.len()).unwrap().to_be_bytes();
    [&[b'$', channel][..], &length, packet].concat()
}

fn rtp(seq: u16, ticks: u32, marked: bool, nal: &[u8]) -> Vec<u8> {
    let marker = if marked { 0x80 } else { 0 };
    let header = [0x80, marker | 0x60];
    [&header[..], &seq.to_be_bytes(), &ticks.to_be_bytes(), &[0, 0, 0, 7], nal].concat()
}

fn sender_report(ticks: u32) -> Vec<u8> {
    let micros = Clock::system().now().as_micros();
    let secs = u32::try_from(micros / 1_000_000 + 2_208_988_800).unwrap();
    let fraction = ((micros % 1_000_000) as u64 * (1 << 32) / 1_000_000) as u32;
    let words = [0x80c8_0006, 7, secs, fraction, ticks, 0, 0];
    words.iter().flat_map(|word: &u32| word.to_be_bytes()).collect()
}

/// Bytes that look like nothing, the same ones for the same seed.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    (0..length).map(|_| next()).collect()
}
