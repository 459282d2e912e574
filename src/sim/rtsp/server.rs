//! The RTSP server: accepts clients and gives each a task of its own on the caller's runtime.

use std::collections::HashMap;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::net::TcpSocket;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::task::JoinSet;

use crate::time::Clock;

use super::Fault;
use super::Join;
use super::SimCamera;
use super::SimError;
use super::camera::Camera;
use super::connection::serve;
use super::fault::ActiveFault;

/// A thousand cameras, each with a few clients.
const CONNECTIONS_MAX: usize = 4096;

/// A thousand clients may come at once.
const BACKLOG: u32 = 1024;

/// After the system gave no connection, most often for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What a server serves.
#[derive(Debug)]
pub struct ServerSettings {
    /// Port 0 takes any free one.
    pub listen: SocketAddr,
    pub cameras: Vec<SimCamera>,
    pub join: Join,
}

/// Cameras on air until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    names: Vec<String>,
    cameras: Vec<Arc<Camera>>,
    site: Arc<Site>,
    accepting: AbortHandle,
}

/// What a server has done since its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Connections there are now.
    pub connections: usize,
    /// Connections that play now.
    pub playing: usize,
    pub bytes_sent: u64,
    /// Access units left out because their client was too slow.
    pub units_dropped: u64,
}

impl Server {
    /// Puts cameras on air; they run on `runtime`.
    ///
    /// # Errors
    /// When the address cannot be had or two cameras share a name.
    pub fn start(
        settings: ServerSettings,
        clock: Clock,
        runtime: &Handle,
    ) -> Result<Self, SimError> {
        let listen = settings.listen;
        let failed = |source| SimError::Listen { address: listen, source };
        let _context = runtime.enter();
        let listener = bind(listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let now = clock.now();
        let mut site =
            Site { cameras: HashMap::new(), clock, join: settings.join, totals: Totals::default() };
        let (mut names, mut cameras) = (Vec::new(), Vec::new());
        for camera in settings.cameras {
            let name = camera.name.to_string();
            let camera = Arc::new(Camera::new(camera, now));
            if site.cameras.insert(name.clone(), Arc::clone(&camera)).is_some() {
                return Err(SimError::Twice(name));
            }
            names.push(name);
            cameras.push(camera);
        }
        let site = Arc::new(site);
        let accepting = runtime.spawn(accept(listener, Arc::clone(&site))).abort_handle();
        Ok(Self { address, names, cameras, site, accepting })
    }

    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many cameras there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The address of camera `index`, without login; none beyond the last.
    #[must_use]
    pub fn url(&self, index: usize) -> Option<String> {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
        }
        self.names.get(index).map(|name| format!("rtsp://{address}/{name}"))
    }

    /// Lets camera `index` fail, or recover with [`Fault::None`]; nothing happens beyond the last.
    pub fn set_fault(&self, index: usize, fault: Fault) {
        if let Some(camera) = self.cameras.get(index) {
            camera.fault.send_replace(ActiveFault { fault, since: self.site.clock.now() });
        }
    }

    #[must_use]
    pub fn figures(&self) -> Figures {
        let totals = &self.site.totals;
        Figures {
            connections: totals.connections.now(),
            playing: totals.playing.now(),
            bytes_sent: totals.bytes_sent.load(Ordering::Relaxed),
            units_dropped: totals.units_dropped.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The connections end with it: they are its tasks.
        self.accepting.abort();
    }
}

/// What all connections share.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) cameras: HashMap<String, Arc<Camera>>,
    pub(super) clock: Clock,
    pub(super) join: Join,
    pub(super) totals: Totals,
}

#[derive(Debug, Default)]
pub(super) struct Totals {
    pub(super) connections: Count,
    pub(super) playing: Count,
    pub(super) bytes_sent: Arc<AtomicU64>,
    pub(super) units_dropped: AtomicU64,
}

/// How many of something there are.
#[derive(Debug, Default)]
pub(super) struct Count(Arc<AtomicUsize>);

/// One of them, until it is dropped.
#[derive(Debug)]
pub(super) struct Counted(Arc<AtomicUsize>);

impl Count {
    pub(super) fn count(&self) -> Counted {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted(Arc::clone(&self.0))
    }

    fn now(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv6() { TcpSocket::new_v6() } else { TcpSocket::new_v4() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn accept(listener: TcpListener, site: Arc<Site>) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = listener.accept().await;
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, _)) if connections.len() < CONNECTIONS_MAX => {
                let counted = site.totals.connections.count();
                let site = Arc::clone(&site);
                connections.spawn(async move {
                    let _counted = counted;
                    serve(stream, site).await;
                });
            }
            Ok(_) => tracing::warn!(CONNECTIONS_MAX, "the simulator turns a client away"),
            Err(error) => {
                tracing::warn!(%error, "the simulator cannot accept a client");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
