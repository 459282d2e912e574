//! Cameras and a sink that do what the story says.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::SeqCst;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::mpsc;

use xunjie::cases::CaseChange;
use xunjie::cases::CaseId;
use xunjie::dispatch::DeliveryFailure;
use xunjie::dispatch::Sink;
use xunjie::ingest::CameraAddress;
use xunjie::ingest::CameraId;
use xunjie::ingest::CameraPhase;
use xunjie::ingest::EndCause;
use xunjie::ingest::Feed;
use xunjie::ingest::Keyframe;
use xunjie::ingest::Source;
use xunjie::ingest::SourceEnd;
use xunjie::ingest::SourceMaker;
use xunjie::ingest::Sources;
use xunjie::store::Delivery;
use xunjie::store::SinkId;

use crate::picture;

/// Pictures between two keyframes, and the bytes of one in which nothing moves.
const DELTAS: usize = 25;
const DELTA_BYTES: usize = 40;

/// All scripted cameras; they outlive the machine that watches them.
#[derive(Clone, Default)]
pub(crate) struct ScriptedCameras {
    by_id: Arc<Mutex<HashMap<CameraId, Arc<ScriptedCamera>>>>,
}

pub(crate) struct ScriptedCamera {
    /// None ends the connection.
    sender: mpsc::UnboundedSender<Option<Keyframe>>,
    keyframes: tokio::sync::Mutex<mpsc::UnboundedReceiver<Option<Keyframe>>>,
    plugged: AtomicBool,
    connected: AtomicBool,
    /// What the second stream shows now; none if it cannot be reached.
    full: Mutex<Option<Keyframe>>,
}

impl ScriptedCameras {
    pub(crate) fn of(&self, id: &CameraId) -> Arc<ScriptedCamera> {
        let mut cameras = self.by_id.lock().unwrap();
        Arc::clone(cameras.entry(id.clone()).or_insert_with(|| {
            let (sender, keyframes) = mpsc::unbounded_channel();
            let keyframes = tokio::sync::Mutex::new(keyframes);
            let (plugged, connected) = (AtomicBool::new(true), AtomicBool::new(false));
            let full = Mutex::default();
            Arc::new(ScriptedCamera { sender, keyframes, plugged, connected, full })
        }))
    }

    pub(crate) fn sources(&self) -> Sources {
        let cameras = self.clone();
        let maker: SourceMaker = Arc::new(move |settings, _| {
            let camera = cameras.of(&settings.id);
            // What somebody adds has an address, too.
            let second = settings.address.to_string().ends_with("/full");
            Ok(match settings.address {
                CameraAddress::Uri(_) if second => {
                    Box::new(SecondStream(camera)) as Box<dyn Source>
                }
                CameraAddress::Uri(_) | CameraAddress::Pipeline(_) => {
                    Box::new(ScriptedSource(camera))
                }
            })
        });
        Sources { rtsp: Arc::clone(&maker), gstreamer: maker }
    }
}

impl ScriptedCamera {
    pub(crate) fn push(&self, keyframe: Keyframe) {
        self.sender.send(Some(keyframe)).unwrap();
    }

    pub(crate) fn show_full(&self, keyframe: Option<Keyframe>) {
        *self.full.lock().unwrap() = keyframe;
    }

    pub(crate) fn unplug(&self) {
        self.plugged.store(false, SeqCst);
        self.sender.send(None).unwrap();
    }

    pub(crate) fn plug_in(&self) {
        self.plugged.store(true, SeqCst);
    }

    pub(crate) fn is_plugged(&self) -> bool {
        self.plugged.load(SeqCst)
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.connected.load(SeqCst)
    }

    /// Forgets what it showed to nobody; tells whether nobody watches just now.
    pub(crate) fn forget(&self) -> bool {
        let Ok(mut keyframes) = self.keyframes.try_lock() else { return false };
        while keyframes.try_recv().is_ok() {}
        true
    }

    async fn show(&self, feed: &dyn Feed) -> SourceEnd {
        let mut keyframes = self.keyframes.lock().await;
        if self.is_plugged() {
            feed.connected("scripted pictures");
            self.connected.store(true, SeqCst);
            let mut before = None::<Keyframe>;
            while let Some(Some(keyframe)) = keyframes.recv().await {
                if let Some(before) = before.replace(keyframe.clone()) {
                    let moved = picture::moved(&before, &keyframe);
                    (0..DELTAS).for_each(|_| feed.unit(DELTA_BYTES + moved));
                }
                feed.unit(keyframe.data.len());
                feed.keyframe(keyframe);
            }
            self.connected.store(false, SeqCst);
        }
        let (phase, reason) = (CameraPhase::Lost, "somebody pulled the plug".to_owned());
        SourceEnd { phase, reason, try_another_source: false, cause: EndCause::Other }
    }
}

struct ScriptedSource(Arc<ScriptedCamera>);

impl Source for ScriptedSource {
    fn attempt<'a>(&'a mut self, feed: &'a dyn Feed) -> BoxFuture<'a, SourceEnd> {
        self.0.show(feed).boxed()
    }
}

struct SecondStream(Arc<ScriptedCamera>);

impl Source for SecondStream {
    fn attempt<'a>(&'a mut self, feed: &'a dyn Feed) -> BoxFuture<'a, SourceEnd> {
        async move {
            let full = self.0.full.lock().unwrap().clone();
            if let Some(full) = full {
                feed.connected("scripted pictures, full-size");
                feed.keyframe(full);
                std::future::pending::<()>().await;
            }
            let (phase, reason) = (CameraPhase::Refused, "no such stream".to_owned());
            SourceEnd { phase, reason, try_another_source: false, cause: EndCause::Other }
        }
        .boxed()
    }
}

/// What a sink was told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Heard {
    pub(crate) case: CaseId,
    pub(crate) revision: u32,
    pub(crate) what: CaseChange,
}

/// Notes what it is told, unless the story says that it refuses.
pub(crate) struct Recorder {
    id: SinkId,
    pub(crate) heard: Mutex<Vec<Heard>>,
    pub(crate) away: AtomicBool,
}

impl Recorder {
    pub(crate) fn new(id: &str) -> Self {
        let (heard, away) = (Mutex::default(), AtomicBool::new(false));
        Self { id: SinkId::new(id).unwrap(), heard, away }
    }

    pub(crate) fn all(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

impl Sink for Recorder {
    fn id(&self) -> &SinkId {
        &self.id
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> BoxFuture<'a, Result<(), DeliveryFailure>> {
        let (case, revision) = (delivery.id.case_id.clone(), delivery.id.revision);
        let heard = Heard { case, revision, what: delivery.what };
        let told = if self.away.load(SeqCst) {
            Err(DeliveryFailure::away("closed, as the story says"))
        } else {
            self.heard.lock().unwrap().push(heard);
            Ok(())
        };
        async move { told }.boxed()
    }
}
