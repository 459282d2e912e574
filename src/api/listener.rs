//! Connections come in bounded number, and one on which nothing moves is let go.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::task::Context;
use std::task::Poll;
use std::task::ready;
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use axum::serve::Listener;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio::time::Sleep;

use super::tls::Tls;
use super::tls::Wire;

/// Dashboards and scrapers are few; more connections than this wait in the system's own queue.
const CONNECTIONS_MAX: usize = 256;
/// Nobody takes all the places: half of them do for a control room behind one address.
const CONNECTIONS_OF_ADDRESS_MAX: usize = 128;
/// A page asks every few seconds; a connection still for longer is forgotten by the other end.
const IDLE_MAX: Duration = Duration::from_secs(30);

pub(super) struct BoundedListener {
    listener: TcpListener,
    places: Arc<Semaphore>,
    by_address: Arc<ByAddress>,
    tls: Option<Arc<Tls>>,
}

/// A connection that holds one of the places while it is open.
pub(super) struct Connection {
    stream: TcpStream,
    idle: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
    _seat: Seat,
}

/// How many connections each address holds.
#[derive(Default)]
struct ByAddress {
    held: Mutex<HashMap<IpAddr, usize>>,
}

/// One of the connections of its address, until it is dropped.
struct Seat {
    address: IpAddr,
    by_address: Arc<ByAddress>,
}

impl ByAddress {
    /// None where the address holds as many as it may.
    fn seat(self: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(address).or_default();
        if *count >= CONNECTIONS_OF_ADDRESS_MAX {
            return None;
        }
        *count += 1;
        Some(Seat { address, by_address: Arc::clone(self) })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut held = self.by_address.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.address);
            }
        }
    }
}

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

impl Connected<IncomingStream<'_, BoundedListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, BoundedListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

impl BoundedListener {
    /// Speaks TLS where it is given, plain HTTP where not.
    pub(super) fn new(listener: TcpListener, tls: Option<Arc<Tls>>) -> Self {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        Self { listener, places, by_address: Arc::default(), tls }
    }
}

impl Listener for BoundedListener {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let places = Arc::clone(&self.places);
        let place = places.acquire_owned().await.expect("the semaphore is never closed");
        loop {
            // Axum's own accept waits and goes on where the system is short of files.
            let (stream, address) = Listener::accept(&mut self.listener).await;
            // One that holds too many already is hung up on.
            let Some(seat) = self.by_address.seat(address.ip().to_canonical()) else { continue };
            let idle = Box::pin(tokio::time::sleep(IDLE_MAX));
            let connection = Connection { stream, idle, _place: place, _seat: seat };
            return (Wire::new(connection, self.tls.as_deref()), address);
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connection {
    fn moved(&mut self) {
        self.idle.as_mut().reset(Instant::now() + IDLE_MAX);
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, buffer) {
            self.moved();
            return Poll::Ready(read);
        }
        ready!(self.idle.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes));
        self.moved();
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_all_the_places_and_what_is_given_back_can_be_taken_again() {
        let by_address = Arc::new(ByAddress::default());
        let (here, there) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let mut seats: Vec<_> = (0..).map_while(|_| by_address.seat(here)).collect();
        assert_eq!(seats.len(), CONNECTIONS_OF_ADDRESS_MAX);
        assert!(by_address.seat(there).is_some());
        seats.pop();
        assert!(by_address.seat(here).is_some() && by_address.seat(here).is_some());
        drop(seats);
        assert!(by_address.held.lock().unwrap().is_empty());
    }
}
