//! One client's connection: reads its requests, answers them, and sends what it plays.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::runtime::Secret;
use crate::time::Timestamp;

use super::Fault;
use super::Login;
use super::LoginScheme;
use super::camera::Camera;
use super::fault::Access;
use super::fault::ActiveFault;
use super::outbox::Outbox;
use super::reply::Reply;
use super::request::Parsed;
use super::request::Request;
use super::request::parse;
use super::sdp::describe;
use super::server::Site;
use super::session::Session;
use super::transport::Transport;
use super::transport::Wish;

/// A client that says nothing for so long is gone.
pub(super) const SILENCE_MAX: Duration = Duration::from_secs(60);

/// A connection without anything to send looks this often whether its camera failed.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// How often a camera that hangs looks whether it still does.
const HANG_INTERVAL: Duration = Duration::from_millis(200);

const METHODS: &str =
    "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER, TEARDOWN";

/// Serves a client until it goes, falls silent or is thrown out.
pub(super) async fn serve(stream: TcpStream, site: Arc<Site>) {
    let (Ok(own), Ok(peer)) = (stream.local_addr(), stream.peer_addr()) else { return };
    // Without it the end of every unit would wait for the client's acknowledgement.
    let _ = stream.set_nodelay(true);
    let mut connection = Connection {
        out: Outbox::new(stream, Arc::clone(&site.totals.bytes_sent)),
        received: Vec::new(),
        to_skip: 0,
        heard_at: site.clock.now(),
        nonce: format!("{:032x}", rand::random::<u128>()),
        camera: None,
        session: None,
        own: own.ip(),
        peer: peer.ip(),
        site,
    };
    if let Err(error) = connection.run().await {
        tracing::debug!(%peer, %error, "a simulator's client is gone");
    }
}

struct Connection {
    site: Arc<Site>,
    out: Outbox,
    /// The beginning of a request.
    received: Vec<u8>,
    /// So many bytes to come are of no interest.
    to_skip: usize,
    heard_at: Timestamp,
    /// Of the Digest challenges on this connection.
    nonce: String,
    /// The camera last asked for, and its faults.
    camera: Option<(Arc<Camera>, watch::Receiver<ActiveFault>)>,
    session: Option<Session>,
    own: IpAddr,
    peer: IpAddr,
}

impl Connection {
    async fn run(&mut self) -> io::Result<()> {
        loop {
            let now = self.site.clock.now();
            match self.access(now) {
                Access::Closed => return Ok(()),
                Access::Unanswered => {
                    self.hang().await?;
                    continue;
                }
                Access::Served | Access::Refused | Access::LoginRefused => {}
            }
            if now.since(self.heard_at) >= SILENCE_MAX && !self.has_heard_by_udp(now) {
                return Ok(());
            }
            let ready = self.wait(now).await?;
            if ready.is_writable() {
                self.out.flush()?;
            }
            if ready.is_readable() && !self.read().await? {
                return Ok(());
            }
            let fault = self.fault();
            if let Some(session) = &mut self.session {
                session.send_due(&mut self.out, &self.site, fault).await?;
            }
        }
    }

    /// What the camera's fault leaves of this connection.
    fn access(&mut self, now: Timestamp) -> Access {
        let Some((_, faults)) = &mut self.camera else { return Access::Served };
        if faults.has_changed().unwrap_or(false) && faults.borrow_and_update().ends_connections() {
            return Access::Closed;
        }
        faults.borrow().access(now)
    }

    fn fault(&self) -> Fault {
        self.camera.as_ref().map_or(Fault::None, |(_, faults)| faults.borrow().fault)
    }

    /// Says and hears nothing for a moment; fails once the client has given up.
    async fn hang(&mut self) -> io::Result<()> {
        self.site.clock.sleep(HANG_INTERVAL).await;
        self.heard_at = self.site.clock.now();
        let look = self.out.stream.ready(Interest::READABLE);
        match tokio::time::timeout(Duration::ZERO, look).await {
            Ok(Ok(ready)) if !ready.is_read_closed() => Ok(()),
            Ok(_) => Err(io::ErrorKind::ConnectionAborted.into()),
            Err(_) => Ok(()),
        }
    }

    fn has_heard_by_udp(&mut self, now: Timestamp) -> bool {
        let heard = self.session.as_ref().is_some_and(|session| session.transport.has_heard());
        if heard {
            self.heard_at = now;
        }
        heard
    }

    /// Waits until there is something to read, to send or to look at.
    async fn wait(&self, now: Timestamp) -> io::Result<tokio::io::Ready> {
        let interest = if self.out.is_empty() {
            Interest::READABLE
        } else {
            Interest::READABLE.add(Interest::WRITABLE)
        };
        let due = self.session.as_ref().and_then(|session| session.due(self.fault()));
        let deadline = due.unwrap_or(now + LOOK_INTERVAL).min(now + LOOK_INTERVAL);
        tokio::select! {
            ready = self.out.stream.ready(interest) => ready,
            () = self.site.clock.sleep_until(deadline) => Ok(tokio::io::Ready::EMPTY),
        }
    }

    /// Reads once and answers what became whole; false when the connection must end.
    async fn read(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 4096];
        let len = match self.out.stream.try_read(&mut buffer) {
            Ok(0) => return Ok(false),
            Ok(len) => len,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
            Err(error) => return Err(error),
        };
        self.heard_at = self.site.clock.now();
        let skipped = self.to_skip.min(len);
        self.to_skip -= skipped;
        self.received.extend_from_slice(&buffer[skipped..len]);
        let goes_on = self.answer_all().await?;
        // A client that floods us with requests does not keep the others waiting.
        tokio::task::yield_now().await;
        Ok(goes_on)
    }

    async fn answer_all(&mut self) -> io::Result<bool> {
        loop {
            let (reply, sequence) = match parse(&self.received) {
                Parsed::Incomplete => return Ok(true),
                Parsed::Skip(len) => {
                    let present = len.min(self.received.len());
                    self.received.drain(..present);
                    self.to_skip = len - present;
                    continue;
                }
                Parsed::Bad(sequence) => (Some(Reply::new(400).and_close()), sequence),
                Parsed::Request(request, len) => {
                    self.received.drain(..len);
                    (self.answer(&request).await, request.sequence)
                }
            };
            let Some(reply) = reply else { return Ok(true) };
            self.out.send(reply.text(sequence).as_bytes())?;
            if reply.last {
                return Ok(false);
            }
        }
    }

    /// The reply to a request; none from a camera that is dead.
    async fn answer(&mut self, request: &Request) -> Option<Reply> {
        let found = self.site.cameras.get(request.camera_name()).cloned();
        if let Some(camera) = &found {
            self.watch(camera);
        }
        let access = self.access(self.site.clock.now());
        match access {
            Access::Closed | Access::Unanswered => return None,
            Access::Refused => return Some(Reply::new(503).and_close()),
            Access::Served | Access::LoginRefused => {}
        }
        if request.method == "OPTIONS" {
            return Some(Reply::new(200).with("Public", METHODS));
        }
        let own = || self.session.as_ref().map(|session| Arc::clone(&session.camera));
        let Some(camera) = found.or_else(|| own().filter(|_| request.uri == "*")) else {
            return Some(Reply::new(404));
        };
        if request.header("Require").is_some() {
            return Some(Reply::new(551).with("Unsupported", "all"));
        }
        if let Some(challenge) = self.challenge(&camera, request, access) {
            return Some(Reply::new(401).with("WWW-Authenticate", challenge));
        }
        Some(match request.method.as_str() {
            "DESCRIBE" => {
                let base = request.uri.trim_end_matches('/');
                Reply::new(200)
                    .with("Content-Base", format_args!("{base}/"))
                    .with_body("application/sdp", describe(&camera.clip, self.own))
            }
            "SETUP" => self.set_up(camera, request).await,
            "PLAY" | "PAUSE" | "TEARDOWN" | "GET_PARAMETER" | "SET_PARAMETER" => {
                self.control(request)
            }
            _ => Reply::new(501).with("Public", METHODS),
        })
    }

    /// From now on this camera's faults are ours.
    fn watch(&mut self, camera: &Arc<Camera>) {
        if !self.camera.as_ref().is_some_and(|(own, _)| Arc::ptr_eq(own, camera)) {
            self.camera = Some((Arc::clone(camera), camera.fault.subscribe()));
        }
    }

    /// What the client must answer before it is let in; none if it has.
    fn challenge(&self, camera: &Camera, request: &Request, access: Access) -> Option<String> {
        let unknown = || Login {
            user: String::new(),
            password: Secret::new(""),
            scheme: LoginScheme::Digest,
        };
        if access == Access::LoginRefused {
            let login = camera.login.clone().unwrap_or_else(unknown);
            return Some(login.challenge(&self.nonce));
        }
        let login = camera.login.as_ref()?;
        let answer = request.header("Authorization").unwrap_or("");
        let admitted = login.admits(answer, &request.method, &self.nonce);
        (!admitted).then(|| login.challenge(&self.nonce))
    }

    async fn set_up(&mut self, camera: Arc<Camera>, request: &Request) -> Reply {
        let wish = request.header("Transport").and_then(Wish::parse);
        let Some(wish) = wish else { return Reply::new(461) };
        let Ok(transport) = Transport::set_up(wish, self.own, self.peer).await else {
            return Reply::new(461);
        };
        let id = format!("{:016x}", rand::random::<u64>());
        let session = self.session.insert(Session::new(id, camera, transport));
        match session.transport.header(session.ssrc) {
            Ok(transport) => Reply::new(200)
                .with("Transport", transport)
                .with("Session", format_args!("{};timeout={}", session.id, SILENCE_MAX.as_secs())),
            Err(_) => Reply::new(461),
        }
    }

    /// What needs a session.
    fn control(&mut self, request: &Request) -> Reply {
        let asked = request.header("Session").map(|text| text.split(';').next().unwrap_or(text));
        let keeps_alive = request.method.ends_with("_PARAMETER");
        let session = self.session.as_mut().filter(|session| asked == Some(&session.id));
        let Some(session) = session else {
            return Reply::new(if keeps_alive && asked.is_none() { 200 } else { 454 });
        };
        let reply = Reply::new(200).with("Session", &session.id);
        match request.method.as_str() {
            "PLAY" => {
                let (sequence, tick) = session.play(&self.site);
                let track = request.uri.trim_end_matches('/').trim_end_matches("/trackID=0");
                reply.with("Range", "npt=now-").with(
                    "RTP-Info",
                    format_args!("url={track}/trackID=0;seq={sequence};rtptime={tick}"),
                )
            }
            "PAUSE" => {
                session.pause();
                reply
            }
            "TEARDOWN" => {
                self.session = None;
                reply.and_close()
            }
            _ => reply,
        }
    }
}
