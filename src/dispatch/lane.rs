//! The way to one sink: attempts what is due, a few at once, and sleeps until there is more.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::Id;
use tokio::task::JoinError;
use tokio::task::JoinSet;

use crate::runtime::Shutdown;
use crate::store::Delivery;
use crate::store::DeliveryId;
use crate::store::StoreError;
use crate::time::Timestamp;

use super::Bell;
use super::attempt::Attempt;
use super::attempt::Outcome;
use super::sink_book::SinkBoard;

/// How long to wait for a store that could not be read or written.
const STORE_WAIT: Duration = Duration::from_secs(1);

/// Another program may have put dead letters back, as `xunjie sink resend` does; it rings no bell.
const GLANCE: Duration = Duration::from_secs(30);

/// A sink that takes every other case does not fill the log.
const TELL_EVERY: Duration = Duration::from_secs(60);

pub(super) struct Lane {
    number: usize,
    attempt: Attempt,
    bell: Bell,
    board: SinkBoard,
    shutdown: Shutdown,
    tasks: JoinSet<Result<Outcome, StoreError>>,
    in_flight: HashMap<Id, DeliveryId>,
    /// Nothing is begun before this time, after the store failed.
    paused_until: Option<Timestamp>,
    /// What the log said last, so that it says it once.
    told: Told,
    told_at: Timestamp,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Well,
    Failing,
    GivingUp,
}

/// What the store has for this sink.
struct Due {
    deliveries: Vec<Delivery>,
    next_at: Option<Timestamp>,
}

impl Lane {
    pub(super) fn new(
        number: usize,
        attempt: Attempt,
        bell: Bell,
        board: SinkBoard,
        shutdown: Shutdown,
    ) -> Self {
        Self {
            number,
            attempt,
            bell,
            board,
            shutdown,
            tasks: JoinSet::new(),
            in_flight: HashMap::new(),
            paused_until: None,
            told: Told::Well,
            told_at: Timestamp::EPOCH,
        }
    }

    pub(super) async fn run(mut self) {
        while !self.shutdown.has_begun() {
            let now = self.attempt.clock.now();
            let wake_at = match self.paused_until.filter(|until| *until > now) {
                Some(until) => Some(until),
                None => self.begin_due().await,
            };
            let glance_at = now + GLANCE;
            let wake_at = wake_at.map_or(glance_at, |at| at.min(glance_at));
            tokio::select! {
                () = self.shutdown.begun() => {}
                () = self.bell.rung(self.number) => {}
                Some(ended) = self.tasks.join_next_with_id() => self.settle(ended),
                () = self.attempt.clock.sleep_until(wake_at) => {}
            }
        }
        let drain = self.attempt.settings.drain;
        let drained = tokio::time::timeout(drain, async {
            while let Some(ended) = self.tasks.join_next_with_id().await {
                self.settle(ended);
            }
        });
        // What is late is cut off; the store still holds it.
        let _ = drained.await;
    }

    /// Begins as many due deliveries as there are free places, and tells when to look again.
    async fn begin_due(&mut self) -> Option<Timestamp> {
        let places = self.attempt.settings.in_flight_max.max(1);
        if self.tasks.len() >= places {
            return None;
        }
        let due = match self.look(places + self.tasks.len()).await {
            Ok(due) => due,
            Err(error) => return Some(self.pause(&error)),
        };
        self.paused_until = None;
        for delivery in due.deliveries {
            let under_way = self.in_flight.values().any(|id| *id == delivery.id);
            if under_way || self.tasks.len() >= places {
                continue;
            }
            let id = delivery.id.clone();
            let task = self.tasks.spawn(self.attempt.clone().make(delivery));
            self.in_flight.insert(task.id(), id);
        }
        due.next_at
    }

    async fn look(&self, limit: usize) -> Result<Due, StoreError> {
        let (store, sink) = (Arc::clone(&self.attempt.store), self.attempt.sink.id().clone());
        let now = self.attempt.clock.now();
        let looked = tokio::task::spawn_blocking(move || {
            let (pending, dead) = store.outbox_depth(&sink)?;
            show_depth(sink.as_str(), "pending", pending);
            show_depth(sink.as_str(), "dead", dead);
            let deliveries = store.due_deliveries(&sink, now, limit)?;
            Ok(Due { deliveries, next_at: store.next_due(&sink, now)? })
        });
        looked.await.unwrap_or_else(|stopped| Err(StoreError::Damaged(stopped.to_string())))
    }

    fn settle(&mut self, ended: Result<(Id, Result<Outcome, StoreError>), JoinError>) {
        match ended {
            Ok((task, outcome)) => {
                let id = self.in_flight.remove(&task);
                match outcome {
                    Ok(outcome) => {
                        let now = self.attempt.clock.now();
                        self.board.note(self.attempt.sink.id(), &outcome, now);
                        self.tell(id.as_ref(), &outcome);
                    }
                    Err(error) => drop(self.pause(&error)),
                }
            }
            // The attempt catches the sink's panics; this is one of ours. It is due again.
            Err(error) => {
                self.in_flight.remove(&error.id());
                self.pause(&StoreError::Damaged(error.to_string()));
            }
        }
    }

    fn pause(&mut self, error: &StoreError) -> Timestamp {
        if self.paused_until.is_none() {
            let cause = std::error::Error::source(error).map(ToString::to_string);
            tracing::error!(
                sink = %self.attempt.sink.id(), %error, cause, "deliveries wait for the store"
            );
        }
        let until = self.attempt.clock.now() + STORE_WAIT;
        self.paused_until = Some(until);
        until
    }

    /// The first failure after a success is told, and the first success after a failure.
    fn tell(&mut self, id: Option<&DeliveryId>, outcome: &Outcome) {
        let sink = self.attempt.sink.id();
        let key = id.map(DeliveryId::idempotency_key);
        let now = match outcome {
            Outcome::Delivered => Told::Well,
            Outcome::Failed(_) => Told::Failing.max(self.told),
            Outcome::GivenUp(_) => Told::GivingUp,
        };
        let at = self.attempt.clock.now();
        let too_soon = at.since(self.told_at) < TELL_EVERY && now != Told::GivingUp;
        if now == self.told || too_soon {
            return;
        }
        (self.told, self.told_at) = (now, at);
        match outcome {
            Outcome::Delivered => tracing::info!(%sink, "the sink takes cases again"),
            Outcome::Failed(reason) => {
                tracing::warn!(%sink, key, %reason, "the sink takes no cases");
            }
            Outcome::GivenUp(reason) => {
                tracing::error!(%sink, key, %reason, "deliveries are given up until sent again by hand");
            }
        }
    }
}

fn show_depth(sink: &str, state: &'static str, depth: u64) {
    metrics::gauge!("xunjie_outbox_depth", "sink" => sink.to_owned(), "state" => state)
        .set(depth as f64);
}
