//! One client's view of one camera: its RTP stream from PLAY to TEARDOWN.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rand::Rng;

use crate::time::Timestamp;

use super::Clip;
use super::Fault;
use super::camera::Camera;
use super::clip::Unit;
use super::outbox::Outbox;
use super::packets::PAYLOAD_BYTES_MAX;
use super::playhead::Playhead;
use super::report::SenderReport;
use super::sdp::PAYLOAD_TYPE;
use super::server::Counted;
use super::server::Site;
use super::transport::Transport;

/// RFC 3550's usual interval between reports.
const REPORT_INTERVAL: Duration = Duration::from_secs(5);

/// Units are sent on this grid, so that one waking of the machine serves many cameras.
const GRID_US: i64 = 5_000;

/// A client further behind than this, after the machine slept, begins anew.
const LAG_MAX: Duration = Duration::from_secs(2);

/// Packets sent by UDP at once, and the pause after them: a receiver's usual
/// buffer holds about a hundred packets, a large keyframe has more.
const UDP_BURST: usize = 32;
const UDP_PAUSE: Duration = Duration::from_millis(1);

/// `$`, channel and length before each packet inside the RTSP connection, and RTP's own header.
const FRAME_LEN: usize = 4;
const RTP_LEN: usize = 12;

/// A session; ends with its connection.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) camera: Arc<Camera>,
    pub(super) transport: Transport,
    pub(super) ssrc: u32,
    sequence: u16,
    /// Where the client's time line begins, in ticks.
    first_tick: u32,
    packets: u32,
    payload_bytes: u32,
    playing: Option<(Playhead, Counted)>,
    reported_at: Option<Timestamp>,
    /// Units are left out until the next keyframe.
    skipping: bool,
    /// The clip of another size is being sent.
    other: bool,
}

impl Session {
    pub(super) fn new(id: String, camera: Arc<Camera>, transport: Transport) -> Self {
        Self {
            id,
            camera,
            transport,
            ssrc: rand::random(),
            sequence: rand::random(),
            first_tick: rand::random(),
            packets: 0,
            payload_bytes: 0,
            playing: None,
            reported_at: None,
            skipping: false,
            other: false,
        }
    }

    /// Begins to play, if it does not; returns the first packet's sequence number and timestamp.
    pub(super) fn play(&mut self, site: &Site) -> (u16, u32) {
        let Self { camera, first_tick, sequence, .. } = self;
        let (head, _) = self.playing.get_or_insert_with(|| {
            let now = site.clock.now();
            let head = Playhead::join(&camera.clip, camera.started, now, site.join);
            (head, site.totals.playing.count())
        });
        (*sequence, first_tick.wrapping_add(head.ticks(&camera.clip)))
    }

    pub(super) fn pause(&mut self) {
        self.playing = None;
        self.reported_at = None;
    }

    /// When the next unit must be sent.
    pub(super) fn due(&self, fault: Fault) -> Option<Timestamp> {
        let (head, _) = self.playing.as_ref()?;
        let held_back = match fault {
            Fault::PauseBeforeKeyframe(pause) if head.unit(self.clip()).keyframe => pause,
            _ => Duration::ZERO,
        };
        let due = (head.due(self.clip()) + held_back).as_micros();
        Some(Timestamp::from_micros(due + (GRID_US - due.rem_euclid(GRID_US)) % GRID_US))
    }

    /// What is being sent.
    fn clip(&self) -> &Arc<Clip> {
        let other = self.camera.other.as_ref().filter(|_| self.other);
        other.unwrap_or(&self.camera.clip)
    }

    /// Takes the clip of the other size if it is its turn; whether that changed anything.
    fn switch_size(&mut self, fault: Fault, now: Timestamp) -> bool {
        let others_turn = match fault {
            Fault::OtherSize(turn) => {
                let turns = now.since(self.camera.started).as_micros() / turn.as_micros().max(1);
                turns % 2 == 1
            }
            _ => false,
        };
        let switched = others_turn != self.other && self.camera.other.is_some();
        self.other = others_turn;
        switched
    }

    /// Sends every unit whose time has come.
    pub(super) async fn send_due(
        &mut self,
        out: &mut Outbox,
        site: &Site,
        fault: Fault,
    ) -> io::Result<()> {
        let camera = Arc::clone(&self.camera);
        let switched = self.switch_size(fault, site.clock.now());
        let clip = Arc::clone(self.clip());
        if let Some((head, _)) = self.playing.as_mut().filter(|_| switched) {
            *head = Playhead::join(&clip, camera.started, site.clock.now(), site.join);
        }
        while let Some(due) = self.due(fault) {
            let now = site.clock.now();
            let Some((head, _)) = self.playing.as_mut().filter(|_| due <= now) else { break };
            if now.since(due) > LAG_MAX {
                *head = Playhead::join(&clip, camera.started, now, site.join);
                self.reported_at = None;
                continue;
            }
            let sent = *head;
            head.advance(&clip);
            self.report(sent, now, out, fault)?;
            let tick = self.first_tick.wrapping_add(sent.ticks(&clip));
            self.send_unit(sent.unit(&clip), tick, out, site, fault).await?;
        }
        Ok(())
    }

    async fn send_unit(
        &mut self,
        unit: &Unit,
        tick: u32,
        out: &mut Outbox,
        site: &Site,
        fault: Fault,
    ) -> io::Result<()> {
        self.skipping &= !unit.keyframe;
        let bytes = unit.payload_bytes() + unit.packet_count() * (FRAME_LEN + RTP_LEN);
        if self.skipping || !out.has_room_for(bytes) {
            self.skipping = true;
            site.totals.units_dropped.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        let headers = self.headers(unit, tick);
        match (&self.transport, fault) {
            (Transport::Interleaved { .. }, Fault::Garbage | Fault::Corrupt) => {
                out.send(&spoilt(&headers, unit, fault))
            }
            (Transport::Interleaved { .. }, _) => {
                out.send_unit(&headers, FRAME_LEN + RTP_LEN, unit)
            }
            (Transport::Udp { rtp, .. }, _) => {
                let sent = send_by_udp(rtp, &headers, unit, fault).await;
                site.totals.bytes_sent.fetch_add(sent, Ordering::Relaxed);
                Ok(())
            }
        }
    }

    /// The headers of all of a unit's packets, each framed for its way inside the connection.
    fn headers(&mut self, unit: &Unit, tick: u32) -> Vec<u8> {
        let channel = match self.transport {
            Transport::Interleaved { rtp_channel, .. } => rtp_channel,
            Transport::Udp { .. } => 0,
        };
        let mut headers = Vec::with_capacity(unit.packet_count() * (FRAME_LEN + RTP_LEN));
        let last = unit.packet_count() - 1;
        for (number, packet) in unit.packets().enumerate() {
            let marker = if number == last { 0x80 } else { 0 };
            let mut header = [0; FRAME_LEN + RTP_LEN];
            header[..2].copy_from_slice(&[b'$', channel]);
            header[2..4].copy_from_slice(&((RTP_LEN + packet.len()) as u16).to_be_bytes());
            header[4..6].copy_from_slice(&[0x80, PAYLOAD_TYPE | marker]);
            header[6..8].copy_from_slice(&self.sequence.to_be_bytes());
            header[8..12].copy_from_slice(&tick.to_be_bytes());
            header[12..].copy_from_slice(&self.ssrc.to_be_bytes());
            headers.extend_from_slice(&header);
            self.sequence = self.sequence.wrapping_add(1);
        }
        self.packets = self.packets.wrapping_add(unit.packet_count() as u32);
        self.payload_bytes = self.payload_bytes.wrapping_add(unit.payload_bytes() as u32);
        headers
    }

    /// Sends a sender report if one is due: before the first unit, then at intervals.
    fn report(
        &mut self,
        head: Playhead,
        now: Timestamp,
        out: &mut Outbox,
        fault: Fault,
    ) -> io::Result<()> {
        let recent = self.reported_at.is_some_and(|at| now.since(at) < REPORT_INTERVAL);
        if recent || matches!(fault, Fault::NoSenderReports | Fault::Garbage) {
            return Ok(());
        }
        self.reported_at = Some(now);
        let jump_us = match fault {
            Fault::ClockJump(seconds) => seconds.saturating_mul(1_000_000),
            _ => 0,
        };
        let report = SenderReport {
            ssrc: self.ssrc,
            at: Timestamp::from_micros(now.as_micros().saturating_add(jump_us)),
            rtp_timestamp: self.first_tick.wrapping_add(head.ticks_at(self.clip(), now)),
            packets: self.packets,
            payload_bytes: self.payload_bytes,
        };
        let packet = report.packet();
        match &self.transport {
            Transport::Interleaved { rtcp_channel, .. } => {
                let len = (packet.len() as u16).to_be_bytes();
                let frame = [&[b'$', *rtcp_channel], &len[..], &packet].concat();
                if out.has_room_for(frame.len()) { out.send(&frame) } else { Ok(()) }
            }
            Transport::Udp { rtcp, .. } => {
                // A report that is lost is followed by another.
                let _ = rtcp.try_send(&packet);
                Ok(())
            }
        }
    }
}

/// Sends a unit's packets; returns the bytes. What the network does not take is lost, as with UDP anywhere.
async fn send_by_udp(
    rtp: &tokio::net::UdpSocket,
    headers: &[u8],
    unit: &Unit,
    fault: Fault,
) -> u64 {
    let mut sent = 0;
    let mut datagram = [0; RTP_LEN + PAYLOAD_BYTES_MAX];
    let packets = headers.chunks(FRAME_LEN + RTP_LEN).zip(unit.packets());
    for (number, (header, packet)) in packets.enumerate() {
        if number > 0 && number % UDP_BURST == 0 {
            tokio::time::sleep(UDP_PAUSE).await;
        }
        let datagram = &mut datagram[..RTP_LEN + packet.len()];
        datagram[..RTP_LEN].copy_from_slice(&header[FRAME_LEN..]);
        datagram[RTP_LEN..].copy_from_slice(packet);
        spoil(datagram, fault);
        sent += rtp.try_send(datagram).unwrap_or(0) as u64;
    }
    sent
}

/// A unit as a broken camera sends it inside the connection.
fn spoilt(headers: &[u8], unit: &Unit, fault: Fault) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (header, packet) in headers.chunks(FRAME_LEN + RTP_LEN).zip(unit.packets()) {
        let from = bytes.len();
        bytes.extend_from_slice(header);
        bytes.extend_from_slice(packet);
        let framed = if fault == Fault::Garbage { 0 } else { FRAME_LEN };
        spoil(&mut bytes[from + framed..], fault);
    }
    bytes
}

fn spoil(bytes: &mut [u8], fault: Fault) {
    let mut random = rand::rng();
    match fault {
        Fault::Garbage => random.fill(bytes),
        Fault::Corrupt => {
            for _ in 0..=bytes.len() / 16 {
                let at = random.random_range(0..bytes.len());
                bytes[at] = random.random();
            }
        }
        _ => {}
    }
}
