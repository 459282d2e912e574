//! The threads that cameras are received on, whatever their number.

use std::io;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::runtime::Handle;
use tokio::runtime::Runtime;

use crate::runtime::Shutdown;

use super::CameraSettings;
use super::Transport;

/// Receiving is waiting: one thread carries hundreds of cameras, the second
/// keeps them moving while the first is in a system call.
const RESTING_THREADS: usize = 2;
/// For what cannot wait, of which there is little.
const PROMPT_THREADS: usize = 1;
/// Packets of many cameras are taken in one round, which costs less than waking up for each, and
/// wait so much longer at most: nothing beside the seconds between two looks. Within the RTSP
/// connection none is lost meanwhile, as the sender is slowed down before the buffer is full.
const REST: Duration = Duration::from_millis(100);

/// Threads that rest between two looks for packets, and others that look at once.
#[derive(Debug)]
pub struct Receiving {
    resting: Runtime,
    prompt: Runtime,
}

/// Where to begin to receive; cheap to clone.
#[derive(Clone, Debug)]
pub struct Receivers {
    resting: Handle,
    prompt: Handle,
}

impl Receiving {
    /// # Errors
    /// When the system gives no thread.
    pub fn start() -> io::Result<Self> {
        let mut resting = builder("ingest", RESTING_THREADS);
        let (guard, pause) = Shutdown::pair();
        resting.on_thread_park(move || {
            // Nobody begins this shutdown: it is a wait, and its guard must live as long.
            let _held = &guard;
            let _begun = pause.begins_within(REST);
        });
        let prompt = builder("ingest-prompt", PROMPT_THREADS).build()?;
        Ok(Self { resting: resting.build()?, prompt })
    }

    #[must_use]
    pub fn receivers(&self) -> Receivers {
        let (resting, prompt) = (self.resting.handle().clone(), self.prompt.handle().clone());
        Receivers { resting, prompt }
    }

    /// Ends what is received; what lingers is cut after so long.
    pub fn end(self, wait_max: Duration) {
        self.prompt.shutdown_background();
        self.resting.shutdown_timeout(wait_max);
    }
}

impl Receivers {
    /// For a camera that is watched. Datagrams that nobody takes are lost once a small buffer is
    /// full, which a keyframe fills within milliseconds, so only a connection can wait.
    pub(super) fn watching(&self, settings: &CameraSettings) -> &Handle {
        let by_connection = settings.transport == Transport::Tcp;
        let can_wait = by_connection && settings.address.plain_rtsp().is_some();
        if can_wait { &self.resting } else { &self.prompt }
    }

    /// For a single picture that somebody waits for.
    pub(super) fn at_once(&self) -> &Handle {
        &self.prompt
    }
}

/// One runtime for everything.
impl From<Handle> for Receivers {
    fn from(handle: Handle) -> Self {
        Self { resting: handle.clone(), prompt: handle }
    }
}

fn builder(name: &str, threads: usize) -> Builder {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(threads).thread_name(name).enable_all();
    builder
}
