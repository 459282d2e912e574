//! The one connection of a sink: opened when it is needed, shared by all deliveries under way.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use tokio::sync::Mutex;

use crate::dispatch::DeliveryFailure;

/// A connection that can break.
pub(super) trait Connection: Send + Sync {
    /// Whether it may still be used.
    fn stands(&self) -> bool;
}

/// Holds the connection while it stands.
#[derive(Debug)]
pub(super) struct Line<C> {
    held: Mutex<Held<C>>,
    /// Counts attempts to open, so that those who waited for one share its outcome.
    tries: AtomicU64,
}

#[derive(Debug)]
enum Held<C> {
    Nothing,
    Connection(Arc<C>),
    Failure(DeliveryFailure),
}

impl<C: Connection> Line<C> {
    pub(super) fn new() -> Self {
        Self { held: Mutex::new(Held::Nothing), tries: AtomicU64::new(0) }
    }

    /// The connection, made by `open` where there is none that stands. Eight
    /// deliveries that want one at the same time try once, not eight times.
    pub(super) async fn take(
        &self,
        open: impl Future<Output = Result<C, DeliveryFailure>> + Send,
    ) -> Result<Arc<C>, DeliveryFailure> {
        let tries = self.tries.load(Ordering::Acquire);
        let mut held = self.held.lock().await;
        match &*held {
            Held::Connection(connection) if connection.stands() => {
                return Ok(Arc::clone(connection));
            }
            Held::Failure(failure) if self.tries.load(Ordering::Acquire) != tries => {
                return Err(failure.clone());
            }
            _ => *held = Held::Nothing,
        }
        let opened = open.await;
        self.tries.fetch_add(1, Ordering::AcqRel);
        match opened {
            Ok(connection) => {
                let connection = Arc::new(connection);
                *held = Held::Connection(Arc::clone(&connection));
                Ok(connection)
            }
            Err(failure) => {
                *held = Held::Failure(failure.clone());
                Err(failure)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::sync::atomic::AtomicUsize;

    use futures::future::join_all;

    use super::*;

    #[derive(Debug)]
    struct Wire(AtomicBool);

    impl Connection for Wire {
        fn stands(&self) -> bool {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn who_waited_for_an_attempt_shares_its_failure_and_who_comes_later_tries_anew() {
        let (line, opened) = (Line::<Wire>::new(), AtomicUsize::new(0));
        let fail = || async {
            opened.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Err(DeliveryFailure::away("nobody there"))
        };
        let results = join_all((0..8).map(|_| line.take(fail()))).await;
        assert!(results.iter().all(Result::is_err));
        assert_eq!(opened.load(Ordering::Relaxed), 1);
        line.take(fail()).await.unwrap_err();
        assert_eq!(opened.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn a_connection_is_kept_while_it_stands() {
        let line = Line::new();
        let open = || async { Ok(Wire(AtomicBool::new(true))) };
        let first = line.take(open()).await.unwrap();
        assert!(Arc::ptr_eq(&first, &line.take(open()).await.unwrap()));
        first.0.store(false, Ordering::Relaxed);
        assert!(!Arc::ptr_eq(&first, &line.take(open()).await.unwrap()));
    }
}
