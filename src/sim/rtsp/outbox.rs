//! What is on its way to one client: one system call an access unit while the client keeps up.

use std::io;
use std::io::IoSlice;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use tokio::net::TcpStream;

use super::clip::Unit;

/// What may wait for a slow client: several seconds of video.
const WAITING_BYTES_MAX: usize = 1 << 20;

/// Packets a system call; twice as many slices stay below the system's 1,024.
const PACKETS_A_CALL: usize = 64;

/// The sending half of a connection.
#[derive(Debug)]
pub(super) struct Outbox {
    pub(super) stream: TcpStream,
    waiting: Vec<u8>,
    /// How much of `waiting` is gone already.
    gone: usize,
    bytes_sent: Arc<AtomicU64>,
}

impl Outbox {
    pub(super) const fn new(stream: TcpStream, bytes_sent: Arc<AtomicU64>) -> Self {
        Self { stream, waiting: Vec::new(), gone: 0, bytes_sent }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.waiting.len() == self.gone
    }

    /// Whether so many bytes more may wait. One unit always may where nothing waits.
    pub(super) const fn has_room_for(&self, bytes: usize) -> bool {
        self.is_empty() || self.waiting.len() - self.gone + bytes <= WAITING_BYTES_MAX
    }

    /// Sends bytes, or what the system does not take of them later. Fails for a
    /// client that asks and never reads.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.has_room_for(bytes.len()) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.waiting.extend_from_slice(bytes);
        self.flush()
    }

    /// Sends what waits, as far as the system takes it.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        while !self.is_empty() {
            match taken(self.stream.try_write(&self.waiting[self.gone..]))? {
                0 => return Ok(()),
                taken => self.gone += taken,
            }
        }
        // A fresh one rather than an empty one: a slow client's memory is given back.
        self.bytes_sent.fetch_add(self.gone as u64, Ordering::Relaxed);
        (self.waiting, self.gone) = (Vec::new(), 0);
        Ok(())
    }

    /// Sends the packets of a unit, each behind its header of `header_len` bytes.
    pub(super) fn send_unit(
        &mut self,
        headers: &[u8],
        header_len: usize,
        unit: &Unit,
    ) -> io::Result<()> {
        let mut sent = 0;
        if self.is_empty() {
            sent = self.write_packets(headers, header_len, unit)?;
            self.bytes_sent.fetch_add(sent as u64, Ordering::Relaxed);
            if sent == headers.len() + unit.payload_bytes() {
                return Ok(());
            }
        } else if self.gone > WAITING_BYTES_MAX {
            self.waiting.drain(..self.gone);
            self.bytes_sent.fetch_add(self.gone as u64, Ordering::Relaxed);
            self.gone = 0;
        }
        for (header, packet) in headers.chunks(header_len).zip(unit.packets()) {
            for slice in [header, packet] {
                self.waiting.extend_from_slice(&slice[sent.min(slice.len())..]);
                sent = sent.saturating_sub(slice.len());
            }
        }
        Ok(())
    }

    /// Writes straight from the shared payloads; returns how many bytes the system took.
    fn write_packets(&self, headers: &[u8], header_len: usize, unit: &Unit) -> io::Result<usize> {
        let mut packets = headers.chunks(header_len).zip(unit.packets());
        let mut sent = 0;
        loop {
            let mut slices = [IoSlice::new(&[]); 2 * PACKETS_A_CALL];
            let (mut used, mut bytes) = (0, 0);
            for (header, packet) in packets.by_ref().take(PACKETS_A_CALL) {
                slices[used] = IoSlice::new(header);
                slices[used + 1] = IoSlice::new(packet);
                used += 2;
                bytes += header.len() + packet.len();
            }
            if used == 0 {
                return Ok(sent);
            }
            let taken = taken(self.stream.try_write_vectored(&slices[..used]))?;
            sent += taken;
            if taken < bytes {
                return Ok(sent);
            }
        }
    }
}

/// Nothing taken is no failure; the client is slow.
fn taken(written: io::Result<usize>) -> io::Result<usize> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        Ok(0) => Err(io::ErrorKind::WriteZero.into()),
        written => written,
    }
}
