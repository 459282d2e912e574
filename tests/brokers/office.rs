//! Cases in a store and a dispatcher that takes them to sinks.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use xunjie::cases::Budget;
use xunjie::cases::Case;
use xunjie::cases::CaseChange;
use xunjie::cases::Filing;
use xunjie::cases::LookTimes;
use xunjie::detect::Kind;
use xunjie::dispatch::Bell;
use xunjie::dispatch::DispatchSettings;
use xunjie::dispatch::Dispatcher;
use xunjie::dispatch::Sink;
use xunjie::geometry::BoxInImage;
use xunjie::ingest::CameraId;
use xunjie::rules::Incident;
use xunjie::rules::IncidentKind;
use xunjie::rules::ZoneId;
use xunjie::runtime::Shutdown;
use xunjie::runtime::ShutdownGuard;
use xunjie::store::STORE_FILE;
use xunjie::store::SinkId;
use xunjie::store::Store;
use xunjie::time::Clock;
use xunjie::time::Timestamp;
use xunjie::tracking::StayId;

use super::ear::listen;

/// Longer than any of these tests needs, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at whether something has come to pass.
const GLANCE: Duration = Duration::from_millis(5);

/// What a receiver got, by its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) key: String,
    pub(crate) place: String,
    pub(crate) body: Vec<u8>,
}

/// A store and its dispatcher.
pub(crate) struct Office {
    pub(crate) store: Arc<Store>,
    dispatcher: Dispatcher,
    guard: ShutdownGuard,
    _data: tempfile::TempDir,
}

impl Office {
    pub(crate) fn open(sinks: Vec<Arc<dyn Sink>>) -> Self {
        listen();
        let data = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&data.path().join(STORE_FILE)).unwrap());
        let (guard, shutdown) = Shutdown::pair();
        let (clock, runtime) = (Clock::system(), tokio::runtime::Handle::current());
        let dispatcher =
            Dispatcher::start(&runtime, &store, sinks, &clock, &quick(), &shutdown).unwrap();
        Self { store, dispatcher, guard, _data: data }
    }

    /// Files so many cases, each with one update and a clearing.
    pub(crate) async fn file(&self, cases: i64) {
        self.file_from(1, cases).await;
    }

    /// Files the cases of these stays, as [`Self::file`] does.
    pub(crate) async fn file_from(&self, first: i64, last: i64) {
        let (store, sinks) = (Arc::clone(&self.store), self.dispatcher.sinks().to_vec());
        let bell = self.dispatcher.bell();
        let filed = tokio::task::spawn_blocking(move || {
            for stay in first..=last {
                let mut case = case(stay);
                store.file_case(&case, &sinks).unwrap();
                bell.ring();
                for what in [CaseChange::Standing, CaseChange::Cleared] {
                    case.revision += 1;
                    let now = Clock::system().now();
                    store.update_case(&case, what, now, &sinks).unwrap();
                }
            }
            bell.ring();
        });
        filed.await.unwrap();
    }

    pub(crate) fn bell(&self) -> Bell {
        self.dispatcher.bell()
    }

    pub(crate) fn delivered(&self, sink: &str) -> u64 {
        let counts = self.store.delivery_counts().unwrap();
        counts
            .iter()
            .find(|count| count.sink_id.as_str() == sink)
            .map_or(0, |count| count.delivered)
    }

    pub(crate) async fn wait_for_delivered(&self, sink: &str, count: u64) {
        let given_up = || self.store.dead_letters(1).unwrap();
        wait_until(async || self.delivered(sink) >= count || !given_up().is_empty()).await;
        assert_eq!(given_up(), [], "nothing is given up");
    }

    /// Waits until an attempt fails that has not failed by now.
    pub(crate) async fn wait_for_failed_attempt(&self, sink: &str) {
        let attempts = || -> HashMap<_, _> {
            let due = self.store.due_deliveries(&id(sink), far_future(), usize::from(u16::MAX));
            due.unwrap().into_iter().map(|due| (due.id, due.attempts)).collect()
        };
        let before = attempts();
        wait_until(async || {
            let mut now = attempts().into_iter();
            now.any(|(id, now)| now > before.get(&id).copied().unwrap_or(0))
        })
        .await;
    }

    /// Waits until news was given up, and tells why.
    pub(crate) async fn wait_for_dead(&self) -> String {
        wait_until(async || !self.store.dead_letters(1).unwrap().is_empty()).await;
        self.store.dead_letters(1).unwrap().remove(0).last_error.unwrap()
    }

    pub(crate) fn pending(&self, sink: &str) -> u64 {
        self.store.outbox_depth(&SinkId::new(sink).unwrap()).unwrap().0
    }

    pub(crate) async fn close(self) {
        drop(self.guard);
        tokio::time::timeout(PATIENCE, self.dispatcher.ended()).await.unwrap();
    }
}

/// Waits until it has come to pass, and fails if it does not.
#[track_caller]
pub(crate) fn wait_until(mut ready: impl AsyncFnMut() -> bool) -> impl Future<Output = ()> {
    let asked_at = std::panic::Location::caller();
    async move {
        let waiting = async {
            while !ready().await {
                tokio::time::sleep(GLANCE).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "{asked_at}: it should have come to pass by now");
    }
}

/// Every revision of every case came, the same key always with the same
/// body, and to a receiver that passes over keys it knows, each case's
/// revisions in their order. Tells how many came again: what a broker that
/// was killed had handed on and not yet noted as taken, it hands on again.
pub(crate) fn check_story(received: &[Received], cases: i64) -> usize {
    let mut bodies: BTreeMap<&str, &[u8]> = BTreeMap::new();
    let mut told: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for message in received {
        let event: Value = serde_json::from_slice(&message.body).unwrap();
        assert_eq!(event["id"], message.key.as_str(), "no event without its key");
        assert_eq!(event["specversion"], "1.0");
        if let Some(first) = bodies.insert(&message.key, &message.body) {
            assert_eq!(first, message.body, "{} came with another body", message.key);
            continue;
        }
        let case = event["subject"].as_str().unwrap().to_owned();
        told.entry(case).or_default().push(event["data"]["revision"].as_u64().unwrap());
    }
    assert_eq!(told.len(), cases as usize, "every case came");
    for (case, revisions) in told {
        assert_eq!(revisions, [1, 2, 3], "case {case}");
    }
    received.len() - bodies.len()
}

/// Waits as in earnest, but a hundred times shorter.
fn quick() -> DispatchSettings {
    DispatchSettings {
        backoff_base: Duration::from_millis(10),
        backoff_cap: Duration::from_millis(100),
        refusals_max: 3,
        drain: Duration::from_millis(200),
        ..DispatchSettings::default()
    }
}

/// When everything is due that is not delivered.
pub(crate) fn far_future() -> Timestamp {
    Clock::system().now() + Duration::from_secs(3600)
}

pub(crate) fn id(name: &str) -> SinkId {
    SinkId::new(name).unwrap()
}

/// The lines of a file that a sink writes.
pub(crate) fn lines_of(path: &Path) -> usize {
    std::fs::read_to_string(path).unwrap_or_default().lines().count()
}

fn second(s: i64) -> Timestamp {
    Timestamp::from_secs(1_777_593_600 + s)
}

pub(crate) fn case(stay: i64) -> Case {
    let incident = Incident {
        kind: IncidentKind::IllegalParking,
        zone_id: ZoneId::new("kerb"),
        stay_id: StayId(stay),
        thing: Kind::Car,
        began_at: second(0),
        seen_at: second(300),
        box_in_image: BoxInImage::clipped(0.25, 0.5, 0.5, 0.75),
        score: 0.75,
        since_start: false,
    };
    let now = Clock::system().now();
    Case::new(&Filing {
        camera_id: &CameraId::new("cam-002").unwrap(),
        incident: &incident,
        times: LookTimes {
            captured_at: second(300),
            received_at: now,
            taken_at: now,
            decoded_at: now,
            inferred_at: now,
            decided_at: now,
        },
        filed_at: now,
        budget: Budget::default(),
    })
}
