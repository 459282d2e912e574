//! Rung when something was put into the outbox, so that nobody waits for a tick.

use std::sync::Arc;

use tokio::sync::Notify;

/// Wakes each lane of the dispatcher; cheap to clone. A ring that nobody
/// waits for is kept: the next wait returns at once.
#[derive(Clone, Debug)]
pub struct Bell {
    lanes: Arc<[Notify]>,
}

impl Bell {
    #[must_use]
    pub fn new(lanes: usize) -> Self {
        Self { lanes: (0..lanes).map(|_| Notify::new()).collect() }
    }

    pub fn ring(&self) {
        for lane in self.lanes.iter() {
            lane.notify_one();
        }
    }

    /// Waits for a ring since this lane last waited; for ever if there is no such lane.
    pub(super) async fn rung(&self, lane: usize) {
        match self.lanes.get(lane) {
            Some(lane) => lane.notified().await,
            None => std::future::pending().await,
        }
    }
}
