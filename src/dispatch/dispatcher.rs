//! Takes the outbox to the sinks: one lane for each, so that a slow or dead one holds up no other.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::cases::Budget;
use crate::runtime::Backoff;
use crate::runtime::Shutdown;
use crate::store::SinkId;
use crate::store::Store;
use crate::time::Clock;

use super::Bell;
use super::DispatchError;
use super::Sink;
use super::SinkBook;
use super::attempt::Attempt;
use super::lane::Lane;
use super::sink_book::SinkBoard;

/// Waits before a lane that panicked runs again.
const RESTART: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DispatchSettings {
    /// Deliveries under way at once, at each sink; at least 1.
    pub in_flight_max: usize,
    /// News older than this are given up at the next failure.
    pub give_up_after: Duration,
    /// The same for single sinks, by name.
    pub give_up_after_of: BTreeMap<SinkId, Duration>,
    /// News refused so often in a row are given up. Refusals are at least
    /// half of `backoff_cap` apart.
    pub refusals_max: u32,
    /// The wait after the first failure; it doubles with each more.
    pub backoff_base: Duration,
    /// No wait is longer, whatever a receiver asks for.
    pub backoff_cap: Duration,
    /// From the proving picture received to the first acknowledgement.
    pub emission_budget: Duration,
    /// How long a shutdown waits for deliveries under way.
    pub drain: Duration,
}

impl Default for DispatchSettings {
    fn default() -> Self {
        Self {
            in_flight_max: 8,
            give_up_after: Duration::from_secs(7 * 24 * 3600),
            give_up_after_of: BTreeMap::new(),
            refusals_max: 12,
            backoff_base: Duration::from_secs(1),
            backoff_cap: Duration::from_secs(300),
            emission_budget: Budget::default().emission,
            drain: Duration::from_secs(5),
        }
    }
}

/// Runs the lanes until the shutdown. What is not delivered by then is
/// delivered after the next start.
#[derive(Debug)]
pub struct Dispatcher {
    bell: Bell,
    board: SinkBoard,
    sinks: Vec<SinkId>,
    lanes: Vec<JoinHandle<()>>,
}

impl Dispatcher {
    /// Starts a lane for each sink on the runtime; what the store holds from
    /// before is attempted at once.
    ///
    /// # Errors
    /// When two sinks have the same name: each would take the other's news.
    pub fn start(
        runtime: &Handle,
        store: &Arc<Store>,
        sinks: Vec<Arc<dyn Sink>>,
        clock: &Clock,
        settings: &DispatchSettings,
        shutdown: &Shutdown,
    ) -> Result<Self, DispatchError> {
        let ids: Vec<SinkId> = sinks.iter().map(|sink| sink.id().clone()).collect();
        if let Some(twin) = ids.iter().enumerate().find(|(at, id)| ids[..*at].contains(id)) {
            return Err(DispatchError::SameName(twin.1.clone()));
        }
        let (bell, board) = (Bell::new(sinks.len()), SinkBoard::of(&sinks));
        let start_lane = |(number, sink): (usize, Arc<dyn Sink>)| {
            let (store, clock, mut settings) = (Arc::clone(store), clock.clone(), settings.clone());
            if let Some(own) = settings.give_up_after_of.remove(sink.id()) {
                settings.give_up_after = own;
            }
            let attempt = Attempt { sink, store, clock, settings };
            let board = board.clone();
            runtime.spawn(supervise(number, attempt, bell.clone(), board, shutdown.clone()))
        };
        let lanes = sinks.into_iter().enumerate().map(start_lane).collect();
        Ok(Self { bell, board, sinks: ids, lanes })
    }

    /// To be rung when something was put into the outbox.
    #[must_use]
    pub fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// The sinks for those who look after them.
    #[must_use]
    pub fn book(&self, store: &Arc<Store>, clock: &Clock) -> SinkBook {
        let (store, board) = (Arc::clone(store), self.board.clone());
        SinkBook { store, board, bell: self.bell.clone(), clock: clock.clone() }
    }

    #[must_use]
    pub fn sinks(&self) -> &[SinkId] {
        &self.sinks
    }

    /// Waits until every lane has ended, after the shutdown.
    pub async fn ended(self) {
        for lane in self.lanes {
            // A lane catches its own panics; it can only be stopped by the runtime's end.
            let _ = lane.await;
        }
    }
}

/// A panic in a lane is a bug; it ends what was under way, which is made again.
async fn supervise(
    number: usize,
    attempt: Attempt,
    bell: Bell,
    board: SinkBoard,
    shutdown: Shutdown,
) {
    let mut backoff = Backoff::new(RESTART.0, RESTART.1);
    loop {
        let (attempt, board) = (attempt.clone(), board.clone());
        let sink = attempt.sink.id().clone();
        let lane = Lane::new(number, attempt, bell.clone(), board, shutdown.clone());
        if AssertUnwindSafe(lane.run()).catch_unwind().await.is_ok() || shutdown.has_begun() {
            return;
        }
        tracing::error!(%sink, "a lane panicked; starting it again");
        tokio::time::sleep(backoff.next_wait()).await;
    }
}
