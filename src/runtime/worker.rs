//! Named threads that are started again when they panic: a panic ends one turn, not the program.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::thread::JoinHandle;
use std::time::Duration;

use super::Backoff;
use super::Shutdown;

const RESTART_BASE: Duration = Duration::from_millis(100);
const RESTART_CAP: Duration = Duration::from_secs(10);

/// A thread under supervision; joined when dropped.
#[derive(Debug)]
pub struct Worker {
    name: String,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts a thread that runs `work` until it returns. When it panics, the
    /// panic is logged and counted and `work` runs again after a wait, unless
    /// the shutdown has begun.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        name: impl Into<String>,
        shutdown: Shutdown,
        work: impl FnMut() + Send + 'static,
    ) -> std::io::Result<Self> {
        let name = name.into();
        let builder = std::thread::Builder::new().name(name.clone());
        let thread = builder.spawn({
            let name = name.clone();
            move || supervise(&name, &shutdown, work)
        })?;
        Ok(Self { name, thread: Some(thread) })
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let own = std::thread::current().id();
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != own) {
            // The supervisor catches every panic of the work, so this cannot fail.
            let _ = thread.join();
        }
    }
}

fn supervise(name: &str, shutdown: &Shutdown, mut work: impl FnMut()) {
    let mut backoff = Backoff::new(RESTART_BASE, RESTART_CAP);
    while catch_unwind(AssertUnwindSafe(&mut work)).is_err() {
        metrics::counter!("xunjie_worker_panics_total", "worker" => name.to_owned()).increment(1);
        tracing::error!(worker = name, "a worker panicked; starting it again");
        if shutdown.begins_within(backoff.next_wait()) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicU32;
    use std::sync::atomic::Ordering;

    use super::*;

    #[test]
    fn a_panic_ends_one_turn_and_the_work_goes_on() {
        let (_guard, shutdown) = Shutdown::pair();
        let turns = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&turns);
        let worker = Worker::start("test-worker", shutdown, move || {
            assert!(counted.fetch_add(1, Ordering::SeqCst) > 0, "the first turn panics");
        });
        drop(worker.unwrap());
        assert_eq!(turns.load(Ordering::SeqCst), 2);
    }
}
