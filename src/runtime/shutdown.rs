//! Shutdown is dropping one guard: whoever holds a `Shutdown` hears of it.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// Hears of the shutdown; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    token: CancellationToken,
    /// Closed at shutdown, so that plain threads can wait on it.
    closed: Option<crossbeam_channel::Receiver<()>>,
}

/// Begins the shutdown when dropped.
#[derive(Debug)]
pub struct ShutdownGuard {
    token: CancellationToken,
    _open: crossbeam_channel::Sender<()>,
}

impl Shutdown {
    /// A guard, and what hears of its end.
    #[must_use]
    pub fn pair() -> (ShutdownGuard, Self) {
        let (open, closed) = crossbeam_channel::bounded(0);
        let token = CancellationToken::new();
        let guard = ShutdownGuard { token: token.clone(), _open: open };
        (guard, Self { token, closed: Some(closed) })
    }

    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits for the shutdown.
    pub async fn begun(&self) {
        self.token.cancelled().await;
    }

    /// Waits on a plain thread for `length` or until the shutdown; true if it has begun.
    #[must_use]
    pub fn begins_within(&self, length: Duration) -> bool {
        match &self.closed {
            Some(closed) => {
                let timed_out = crossbeam_channel::RecvTimeoutError::Timeout;
                closed.recv_timeout(length) != Err(timed_out)
            }
            None => self.has_begun(),
        }
    }
}

impl Drop for ShutdownGuard {
    fn drop(&mut self) {
        self.token.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn dropping_the_guard_reaches_tasks_and_threads() {
        let (guard, shutdown) = Shutdown::pair();
        assert!(!shutdown.has_begun() && !shutdown.begins_within(Duration::ZERO));
        drop(guard);
        shutdown.begun().await;
        assert!(shutdown.begins_within(Duration::from_secs(3600)));
    }
}
