//! Takes the way's reports from a bounded queue and writes them down, one after the other.
//!
//! A full disk or a locked store loses nothing: the desk tries the same report
//! again, the queue fills, and the workers wait.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::cases::Budget;
use crate::cases::Case;
use crate::cases::EvidenceFolder;
use crate::cases::Retention;
use crate::ingest::CameraId;
use crate::runtime::Backoff;
use crate::runtime::QueueReceiver;
use crate::runtime::QueueSender;
use crate::runtime::Shutdown;
use crate::runtime::ShutdownGuard;
use crate::runtime::WhenFull;
use crate::runtime::Worker;
use crate::runtime::queue;
use crate::store::SinkId;
use crate::store::Store;
use crate::time::Clock;
use crate::time::Timestamp;

use super::Bell;
use super::DeskItem;
use super::LifeBook;
use super::ledger::Ledger;
use super::ledger::LedgerError;
use super::ledger::Written;
use super::tidying::Tidying;

/// Waits between attempts to write a report.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));
/// How soon the desk hears of a shutdown, and sees to its snapshots, while nothing comes in.
const IDLE: Duration = Duration::from_millis(100);
/// Snapshots of many cameras are written together: one flush of the disk a second, not one a camera.
const SNAPSHOTS_EVERY: Duration = Duration::from_secs(1);
const SNAPSHOTS_MAX: usize = 256;
/// So many overlays may wait for a quiet moment; beyond that they are drawn at once.
const OVERLAYS_MAX: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskSettings {
    /// Reports that may wait; beyond that their senders wait.
    pub queue_len: usize,
    /// A case that still stands is stored so often, telling nobody.
    pub store_every: Duration,
    /// A case that still stands is told of so often.
    pub update_every: Duration,
    pub budget: Budget,
    /// Sinks that hear that a case was filed, and not what becomes of it.
    pub filed_only: Vec<SinkId>,
    pub retention: Retention,
    /// How long a shutdown waits for reports that cannot be written.
    pub drain: Duration,
}

impl Default for DeskSettings {
    fn default() -> Self {
        Self {
            queue_len: 256,
            store_every: Duration::from_secs(60),
            update_every: Duration::from_secs(600),
            budget: Budget::default(),
            filed_only: Vec::new(),
            retention: Retention::default(),
            drain: Duration::from_secs(10),
        }
    }
}

/// What the desk works with.
#[derive(Debug)]
pub struct DeskParts {
    pub store: Arc<Store>,
    pub evidence: Arc<EvidenceFolder>,
    /// Who hears of cases.
    pub sinks: Vec<SinkId>,
    /// Rung when there is news.
    pub bell: Bell,
    /// Where the lives of cases are kept; none without city data.
    pub lives: Option<Arc<LifeBook>>,
    pub clock: Clock,
}

/// The desk's thread; joined when dropped. It ends when every sender is gone
/// or the shutdown has begun, in both cases after the last report. End the
/// senders first: a report sent later is not written.
#[derive(Debug)]
pub struct Desk {
    worker: Worker,
    stuck: Arc<AtomicBool>,
}

impl Desk {
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        parts: DeskParts,
        settings: DeskSettings,
        shutdown: Shutdown,
    ) -> io::Result<(QueueSender<DeskItem>, Self)> {
        let (sender, reports) = queue("desk", settings.queue_len, WhenFull::Wait);
        let drain = settings.drain;
        let DeskParts { store, evidence, sinks, bell, lives, clock } = parts;
        let stuck = Arc::new(AtomicBool::new(false));
        let mut clerk = Clerk {
            ledger: Ledger::new(store, evidence, sinks, clock, settings).with_lives(lives),
            reports,
            bell,
            shutdown: shutdown.clone(),
            drain,
            late_at: None,
            own_end: Shutdown::pair(),
            stuck: Arc::clone(&stuck),
            current: None,
            panics: 0,
            snapshots: HashMap::new(),
            snapshots_due_at: Timestamp::EPOCH,
            snapshots_fail: false,
            overlays: VecDeque::new(),
            tidying: Tidying::new(),
        };
        let worker = Worker::start("desk", shutdown, move || clerk.work())?;
        Ok((sender, Self { worker, stuck }))
    }

    /// Whether a report waits because it cannot be written now, as on a full
    /// disk: a person must act. Also the gauge `xunjie_desk_stuck`.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.stuck.load(Ordering::Relaxed)
    }

    /// What [`Self::is_stuck`] reads, for those who outlive the desk.
    #[must_use]
    pub fn stuck_sign(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stuck)
    }

    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.worker.has_ended()
    }
}

struct Clerk {
    ledger: Ledger,
    reports: QueueReceiver<DeskItem>,
    bell: Bell,
    shutdown: Shutdown,
    drain: Duration,
    /// When the patience after the shutdown ends, on the machine's clock.
    late_at: Option<Timestamp>,
    /// Never begins while the clerk lives: what pauses after the shutdown wait on.
    own_end: (ShutdownGuard, Shutdown),
    stuck: Arc<AtomicBool>,
    /// The report in hand, kept here so that a panic does not lose it.
    current: Option<DeskItem>,
    panics: u8,
    snapshots: HashMap<CameraId, Vec<u8>>,
    snapshots_due_at: Timestamp,
    snapshots_fail: bool,
    overlays: VecDeque<Case>,
    tidying: Tidying,
}

impl Clerk {
    fn work(&mut self) {
        self.after_panic();
        self.write_current();
        loop {
            let idle = self.overlays.is_empty() && !self.tidying.is_due(self.ledger.clock.now());
            let wait = if idle { IDLE } else { Duration::ZERO };
            match self.reports.receive_within(wait) {
                Ok(Some(report)) => {
                    self.current = Some(report);
                    self.write_current();
                }
                Ok(None) if self.shutdown.has_begun() => break,
                Ok(None) if self.overlays.is_empty() => self.tidying.take_turn(&mut self.ledger),
                Ok(None) => self.draw_overlay(),
                Err(_) => break,
            }
            self.save_snapshots_when_due();
            while self.overlays.len() > OVERLAYS_MAX {
                self.draw_overlay();
            }
            if self.is_late() {
                break;
            }
        }
        self.close();
    }

    /// A report that made the desk panic is tried once more, then given up.
    fn after_panic(&mut self) {
        self.panics = if self.current.is_some() { self.panics + 1 } else { 0 };
        if self.panics > 1
            && let Some(report) = self.current.take()
        {
            tracing::error!(camera = %camera_of(&report), "a report cannot be written and is lost");
            self.panics = 0;
        }
    }

    fn write_current(&mut self) {
        let mut backoff = Backoff::new(RETRY.0, RETRY.1);
        while let Some(report) = self.current.take() {
            let written = self.write(&report);
            let Err(error) = written else { break };
            let camera = camera_of(&report);
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            metrics::counter!("xunjie_desk_failures_total").increment(1);
            if !error.may_pass() || self.is_late() {
                tracing::error!(%camera, %error, cause, "a report cannot be written and is lost");
                break;
            }
            if backoff.attempts() == 0 {
                tracing::error!(%camera, %error, cause, "a report cannot be written; trying on");
            }
            self.current = Some(report);
            self.show_stuck(true);
            // What fills the disk may be what is past its time.
            self.tidying.take_turn(&mut self.ledger);
            self.pause(backoff.next_wait());
        }
        if backoff.attempts() > 0 {
            self.show_stuck(false);
            tracing::info!(attempts = backoff.attempts(), "the desk goes on");
        }
    }

    fn write(&mut self, report: &DeskItem) -> Result<(), LedgerError> {
        // Put back while it is written, so that a panic finds it.
        self.current = Some(report.clone());
        let written = match report {
            DeskItem::File { camera, incident, times, pictures, context } => {
                self.ledger.file(camera, incident, *times, pictures, context)
            }
            DeskItem::Update { camera, incident, pictures } => {
                self.ledger.update(camera, incident, pictures)
            }
            DeskItem::Clear { camera, incident, cleared_at, pictures } => {
                self.ledger.clear(camera, incident, *cleared_at, pictures)
            }
            DeskItem::Snapshot { camera, bytes } => {
                self.snapshots.insert(camera.clone(), bytes.clone());
                Ok(Written::Quiet)
            }
        };
        self.current = None;
        if let Written::News(case) = written? {
            self.bell.ring();
            self.overlays.push_back(*case);
        }
        Ok(())
    }

    fn save_snapshots_when_due(&mut self) {
        let now = self.ledger.clock.now();
        let many = self.snapshots.len() >= SNAPSHOTS_MAX && !self.snapshots_fail;
        if many || now >= self.snapshots_due_at {
            self.save_snapshots();
            self.snapshots_due_at = now + SNAPSHOTS_EVERY;
        }
    }

    /// What cannot be written stays for the next time; a newer one of the same camera takes its place.
    fn save_snapshots(&mut self) {
        if self.snapshots.is_empty() {
            return;
        }
        let batch: Vec<_> = self.snapshots.drain().collect();
        let saved = self.ledger.store.save_snapshots(&batch);
        if let Err(error) = &saved {
            if !self.snapshots_fail {
                tracing::error!(%error, cameras = batch.len(), "stays cannot be kept; trying on");
            }
            self.snapshots.extend(batch);
        }
        self.snapshots_fail = saved.is_err();
    }

    fn draw_overlay(&mut self) {
        let Some(case) = self.overlays.pop_front() else { return };
        if let Err(error) = self.ledger.evidence.draw_overlays(&case) {
            tracing::warn!(case = %case.id, %error, "no overlays for this case");
        }
    }

    fn close(&mut self) {
        self.save_snapshots();
        while !self.overlays.is_empty() && !self.is_late() {
            self.draw_overlay();
        }
        let lost = self.reports.len();
        if lost > 0 || !self.snapshots.is_empty() {
            let snapshots = self.snapshots.len();
            tracing::error!(lost, snapshots, "the desk closes with reports unwritten");
        }
    }

    /// Whether the shutdown began longer ago than its patience.
    fn is_late(&mut self) -> bool {
        if !self.shutdown.has_begun() {
            return false;
        }
        let now = Clock::system().now();
        *self.late_at.get_or_insert(now + self.drain) <= now
    }

    fn pause(&self, length: Duration) {
        let begun = self.shutdown.has_begun();
        let (wait_on, length) =
            if begun { (&self.own_end.1, length.min(IDLE)) } else { (&self.shutdown, length) };
        // Either way the report is tried again; what ended the wait does not matter.
        let _ = wait_on.begins_within(length);
    }

    fn show_stuck(&self, stuck: bool) {
        self.stuck.store(stuck, Ordering::Relaxed);
        metrics::gauge!("xunjie_desk_stuck").set(f64::from(u8::from(stuck)));
    }
}

fn camera_of(report: &DeskItem) -> &CameraId {
    match report {
        DeskItem::File { camera, .. }
        | DeskItem::Update { camera, .. }
        | DeskItem::Clear { camera, .. }
        | DeskItem::Snapshot { camera, .. } => camera,
    }
}
