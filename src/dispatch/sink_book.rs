//! The sinks as a person sees them: what waits, what was given up, and sending it again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use serde::Serialize;
use utoipa::ToSchema;

use crate::store::DeadLetter;
use crate::store::DeliveryCount;
use crate::store::DeliveryId;
use crate::store::SinkId;
use crate::store::Store;
use crate::store::StoreError;
use crate::time::Clock;
use crate::time::Timestamp;

use super::Bell;
use super::Sink;
use super::attempt::Outcome;

/// Whether a sink takes what it is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SinkState {
    /// The last attempt was acknowledged, or there was none since the start.
    #[default]
    Well,
    /// The last attempt failed and is tried again.
    Failing,
    /// The last attempt failed for good.
    GivingUp,
    /// The configuration no longer names it; what waits for it waits for ever.
    Gone,
}

/// A sink in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SinkReport {
    pub sink: SinkId,
    /// webhook, jsonl, mqtt or nats; none where it is gone.
    pub kind: Option<String>,
    pub state: SinkState,
    /// News not acknowledged yet.
    pub queued: u64,
    /// Acknowledged, as far as it is still on record.
    pub delivered: u64,
    /// Attempts since the start that were not acknowledged.
    pub failed: u64,
    /// Given up until they are sent again.
    pub dead: u64,
    /// Since the start.
    pub last_delivered_at: Option<Timestamp>,
    /// Why the last failed attempt failed; holds no secret.
    pub last_error: Option<String>,
    pub last_error_at: Option<Timestamp>,
    pub oldest_queued_at: Option<Timestamp>,
    /// How long the oldest has waited.
    pub oldest_waiting_s: Option<f64>,
}

/// Why nothing was sent again.
#[derive(Debug, thiserror::Error)]
pub enum ResendError {
    #[error("there is no sink {0}")]
    NoSink(SinkId),
    #[error("the configuration no longer names the sink {0}")]
    Gone(SinkId),
    #[error("{0} was not given up at {1}")]
    NotDead(String, SinkId),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What each sink did since the start; shared by reference.
#[derive(Clone, Debug, Default)]
pub(super) struct SinkBoard {
    sinks: Arc<BTreeMap<SinkId, Entry>>,
}

#[derive(Debug)]
struct Entry {
    kind: &'static str,
    seen: Mutex<Seen>,
}

#[derive(Clone, Debug, Default)]
struct Seen {
    state: SinkState,
    failed: u64,
    last_delivered_at: Option<Timestamp>,
    last_error: Option<(Timestamp, String)>,
}

impl SinkBoard {
    pub(super) fn of(sinks: &[Arc<dyn Sink>]) -> Self {
        let entry = |sink: &Arc<dyn Sink>| {
            (sink.id().clone(), Entry { kind: sink.kind(), seen: Mutex::default() })
        };
        Self { sinks: Arc::new(sinks.iter().map(entry).collect()) }
    }

    pub(super) fn note(&self, sink: &SinkId, outcome: &Outcome, at: Timestamp) {
        let Some(entry) = self.sinks.get(sink) else { return };
        let mut seen = entry.seen();
        match outcome {
            Outcome::Delivered => {
                seen.state = SinkState::Well;
                seen.last_delivered_at = Some(at);
            }
            Outcome::Failed(failure) | Outcome::GivenUp(failure) => {
                let given_up = matches!(outcome, Outcome::GivenUp(_));
                seen.state = if given_up { SinkState::GivingUp } else { SinkState::Failing };
                seen.failed += 1;
                seen.last_error = Some((at, failure.reason.clone()));
            }
        }
    }
}

impl Entry {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sinks of a running program. Its calls wait for the disk.
#[derive(Debug)]
pub struct SinkBook {
    pub(super) store: Arc<Store>,
    pub(super) board: SinkBoard,
    pub(super) bell: Bell,
    pub(super) clock: Clock,
}

impl SinkBook {
    /// Every sink of the configuration, and those gone that something still waits for, by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn report(&self) -> Result<Vec<SinkReport>, StoreError> {
        let counts = self.store.delivery_counts()?;
        let mut counts: BTreeMap<SinkId, DeliveryCount> =
            counts.into_iter().map(|count| (count.sink_id.clone(), count)).collect();
        let mut reports = Vec::new();
        for (sink, entry) in self.board.sinks.iter() {
            let (count, seen) = (counts.remove(sink), entry.seen().clone());
            reports.push(self.one(sink, Some(entry.kind), seen, count.as_ref())?);
        }
        let waits = |count: &DeliveryCount| count.pending + count.dead > 0;
        for (sink, count) in counts.into_iter().filter(|(_, count)| waits(count)) {
            let seen = Seen { state: SinkState::Gone, ..Seen::default() };
            reports.push(self.one(&sink, None, seen, Some(&count))?);
        }
        reports.sort_by(|a, b| a.sink.cmp(&b.sink));
        Ok(reports)
    }

    fn one(
        &self,
        sink: &SinkId,
        kind: Option<&str>,
        seen: Seen,
        count: Option<&DeliveryCount>,
    ) -> Result<SinkReport, StoreError> {
        let (dead, oldest) = count.map_or((0, None), |count| (count.dead, count.oldest_pending_at));
        let mut last_error = seen.last_error;
        if last_error.is_none() && dead > 0 {
            let newest = self.store.dead_letters_of(sink, None, 1)?.pop();
            last_error = newest.and_then(|one| Some((one.created_at, one.last_error?)));
        }
        let (last_error_at, last_error) = last_error.unzip();
        Ok(SinkReport {
            sink: sink.clone(),
            kind: kind.map(str::to_owned),
            state: seen.state,
            queued: count.map_or(0, |count| count.pending),
            delivered: count.map_or(0, |count| count.delivered),
            failed: seen.failed,
            dead,
            last_delivered_at: seen.last_delivered_at,
            last_error,
            last_error_at,
            oldest_queued_at: oldest,
            oldest_waiting_s: oldest.map(|at| self.clock.now().since(at).as_secs_f64()),
        })
    }

    /// What was given up at a sink, the newest first; with `before` only numbers below it.
    ///
    /// # Errors
    /// When there is no such sink, or the store cannot be read.
    pub fn dead(
        &self,
        sink: &SinkId,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, ResendError> {
        let dead = self.store.dead_letters_of(sink, before, limit)?;
        let is_known = self.board.sinks.contains_key(sink);
        if dead.is_empty() && !is_known && !self.is_on_record(sink)? {
            return Err(ResendError::NoSink(sink.clone()));
        }
        Ok(dead)
    }

    /// Sends what was given up at a sink again, all of it or one; returns how many.
    ///
    /// # Errors
    /// When there is no such sink, the one is not dead, or the disk fails.
    pub fn resend(&self, sink: &SinkId, only: Option<&str>) -> Result<usize, ResendError> {
        if !self.board.sinks.contains_key(sink) {
            let known = self.is_on_record(sink)?;
            let error = if known { ResendError::Gone } else { ResendError::NoSink };
            return Err(error(sink.clone()));
        }
        let now = self.clock.now();
        let resent = match only {
            None => self.store.resend_dead(Some(sink), now)?,
            Some(key) => {
                let id = DeliveryId::of_key(key, sink.clone());
                let sent = id.map(|id| self.store.resend_one(&id, now)).transpose()?;
                if sent != Some(true) {
                    return Err(ResendError::NotDead(key.to_owned(), sink.clone()));
                }
                1
            }
        };
        tracing::info!(%sink, resent, "deliveries are sent again by hand");
        self.bell.ring();
        Ok(resent)
    }

    fn is_on_record(&self, sink: &SinkId) -> Result<bool, StoreError> {
        Ok(self.store.delivery_counts()?.iter().any(|count| count.sink_id == *sink))
    }
}

#[cfg(test)]
mod tests {
    use futures::future::BoxFuture;

    use crate::cases::sample;
    use crate::dispatch::DeliveryFailure;
    use crate::store::Delivery;
    use crate::store::STORE_FILE;

    use super::*;

    struct Silent(SinkId);

    impl Sink for Silent {
        fn id(&self) -> &SinkId {
            &self.0
        }

        fn deliver<'a>(
            &'a self,
            _delivery: &'a Delivery,
        ) -> BoxFuture<'a, Result<(), DeliveryFailure>> {
            Box::pin(std::future::ready(Ok(())))
        }
    }

    #[test]
    fn a_sink_is_told_with_what_waits_and_why_and_one_that_is_gone_too() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&folder.path().join(STORE_FILE)).unwrap());
        let [desk, old] = ["desk", "old"].map(|name| SinkId::new(name).unwrap());
        let sinks: Vec<Arc<dyn Sink>> = vec![Arc::new(Silent(desk.clone()))];
        let (clock, _) = Clock::simulated(sample::second(400));
        let (board, bell) = (SinkBoard::of(&sinks), Bell::new(1));
        let book = SinkBook { store: Arc::clone(&store), board, bell, clock };
        assert_eq!(book.report().unwrap()[0].state, SinkState::Well);
        store.file_case(&sample::case(1), &[desk.clone(), old.clone()]).unwrap();
        let id = |sink: &SinkId| DeliveryId {
            case_id: sample::case(1).id,
            revision: 1,
            sink_id: sink.clone(),
        };
        let failure = DeliveryFailure::refused("answered 401");
        book.board.note(&desk, &Outcome::Failed(failure.clone()), sample::second(390));
        let told = book.report().unwrap();
        assert_eq!((told[0].state, told[0].queued, told[0].failed), (SinkState::Failing, 1, 1));
        assert_eq!(told[0].last_error.as_deref(), Some("answered 401"));
        assert_eq!(told[0].oldest_waiting_s, Some(99.0));
        assert_eq!((told[1].state, &told[1].kind), (SinkState::Gone, &None));

        store.dead(&id(&desk), "answered 401").unwrap();
        store.dead(&id(&old), "answered 500").unwrap();
        book.board.note(&desk, &Outcome::GivenUp(failure), sample::second(395));
        assert_eq!(book.report().unwrap()[0].state, SinkState::GivingUp);
        assert_eq!(book.report().unwrap()[1].last_error.as_deref(), Some("answered 500"));
        let key = book.dead(&desk, None, 9).unwrap()[0].delivery.clone();
        let nobody = SinkId::new("nobody").unwrap();
        assert!(matches!(book.dead(&nobody, None, 9), Err(ResendError::NoSink(_))));
        assert!(matches!(book.resend(&nobody, None), Err(ResendError::NoSink(_))));
        assert!(matches!(book.resend(&old, None), Err(ResendError::Gone(_))));
        assert!(matches!(book.resend(&desk, Some("x-1")), Err(ResendError::NotDead(..))));
        assert_eq!(book.resend(&desk, Some(&key)).unwrap(), 1);
        assert_eq!(book.resend(&desk, None).unwrap(), 0);
        assert_eq!(book.report().unwrap()[0].queued, 1);
    }
}
