//! A street to tell stories on: scripted cameras, the real machine, a clock that the story turns.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use xunjie::api::CameraReport;
use xunjie::api::CaseQuery;
use xunjie::api::Progress;
use xunjie::api::ReviewReport;
use xunjie::cases::Case;
use xunjie::cases::EvidenceRole;
use xunjie::config::Config;
use xunjie::detect::Detector;
use xunjie::detect::ScriptedDetector;
use xunjie::dispatch::LifeBook;
use xunjie::dispatch::Sink;
use xunjie::ingest::CameraId;
use xunjie::ingest::Frame;
use xunjie::ingest::Keyframe;
use xunjie::pipeline::DetectorMaker;
use xunjie::pipeline::Machine;
use xunjie::pipeline::Parts;
use xunjie::runtime::Shutdown;
use xunjie::store::CaseFilter;
use xunjie::store::LifeFilter;
use xunjie::store::STORE_FILE;
use xunjie::store::Store;
use xunjie::time::Clock;
use xunjie::time::ClockHand;
use xunjie::time::Timestamp;

use crate::picture;
use crate::picture::Fault;
use crate::picture::Thing;
use crate::script::Recorder;
use crate::script::ScriptedCameras;

/// Friday 2026-05-01, 08:00 in China.
pub(crate) const MORNING: Timestamp = Timestamp::from_secs(1_777_593_600);
/// Between two keyframes of a camera.
pub(crate) const BEAT: Duration = Duration::from_secs(4);
/// For what the machine does by itself; longer than a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(60);
/// How soon a condition is looked at again.
const SOON: Duration = Duration::from_millis(1);

/// The kerb in the lower half of the picture; a minute is too long.
pub(crate) const KERB: &str = "id = \"kerb\"\nkind = \"no_parking\"\n\
    polygon = [[0.0, 0.5], [1.0, 0.5], [1.0, 1.0], [0.0, 1.0]]\npre_alarm_s = 20\nviolation_s = 60\n";

/// Called at each inference, before the answer: a story that wants slow models waits here.
pub(crate) type BeforeDetect = Arc<dyn Fn(&Frame) + Send + Sync>;

/// What a story sets up before it begins.
pub(crate) struct Plan {
    /// Id and zones of each camera.
    cameras: Vec<(String, Vec<String>)>,
    workers: usize,
    before_detect: BeforeDetect,
    listen: Option<SocketAddr>,
    keys: String,
    more: String,
    second_streams: bool,
}

pub(crate) struct Street {
    plan: Plan,
    data: TempDir,
    clock: Clock,
    hand: ClockHand,
    scripts: ScriptedCameras,
    scenes: BTreeMap<String, Scene>,
    pub(crate) desk: Arc<Recorder>,
    machine: Option<Machine>,
    pictures: u64,
}

/// What a camera sees now.
#[derive(Default)]
struct Scene {
    things: Vec<Thing>,
    fault: Option<Fault>,
    /// Pictures pushed to the machine that runs now.
    pushed: u64,
    /// Whether its second stream can be reached.
    full: bool,
    /// The camera's clock is behind by so much.
    behind: Duration,
}

impl Plan {
    pub(crate) fn new() -> Self {
        let before_detect: BeforeDetect = Arc::new(|_| ());
        let (keys, more) = Default::default();
        let (workers, second_streams, listen) = (2, false, None);
        Self { cameras: Vec::new(), workers, before_detect, listen, keys, more, second_streams }
    }

    pub(crate) fn camera(mut self, id: &str, zones: &[&str]) -> Self {
        self.cameras.push((id.to_owned(), zones.iter().map(|&zone| zone.to_owned()).collect()));
        self
    }

    pub(crate) fn workers(self, workers: usize) -> Self {
        Self { workers, ..self }
    }

    pub(crate) fn before_detect(self, before: impl Fn(&Frame) + Send + Sync + 'static) -> Self {
        Self { before_detect: Arc::new(before), ..self }
    }

    /// Every camera has a second stream.
    pub(crate) fn second_streams(self) -> Self {
        Self { second_streams: true, ..self }
    }

    /// More keys of the configuration's top.
    pub(crate) fn keys(self, toml: &str) -> Self {
        Self { keys: toml.to_owned(), ..self }
    }

    /// Serves the page there; nobody else's story has one.
    pub(crate) fn listen(self, address: SocketAddr) -> Self {
        Self { listen: Some(address), ..self }
    }

    /// More tables of the configuration, as sinks.
    pub(crate) fn more(self, toml: &str) -> Self {
        Self { more: toml.to_owned(), ..self }
    }

    pub(crate) fn open(self) -> Street {
        let (clock, hand) = Clock::simulated(MORNING);
        let scenes = self.cameras.iter().map(|(id, _)| (id.clone(), Scene::default())).collect();
        let mut street = Street {
            plan: self,
            data: tempfile::tempdir().unwrap(),
            clock,
            hand,
            scripts: ScriptedCameras::default(),
            scenes,
            desk: Arc::new(Recorder::new("desk")),
            machine: None,
            pictures: 0,
        };
        street.start();
        street
    }

    pub(crate) fn config(&self, folder: &Path) -> Config {
        let listen = self.listen.map(|address| address.to_string()).unwrap_or_default();
        let workers = self.workers;
        let mut toml = format!("listen = {listen:?}\nworkers = {workers}\ninterval_s = 4\n");
        toml += &self.keys;
        if !self.more.contains("[[sink]]") {
            toml += "sink = []\n";
        }
        for (id, zones) in &self.cameras {
            toml += "[[camera]]\n";
            toml.extend([format!("id = {id:?}\n"), "pipeline = \"scripted\"\n".to_owned()]);
            if self.second_streams {
                toml += "evidence_uri = \"rtsp://user:hunter2@127.0.0.1:9/full\"\n";
            }
            for zone in zones {
                toml.extend(["[[camera.zone]]\n", zone]);
            }
        }
        toml += &self.more;
        Config::parse(&folder.join("city.toml"), &toml).unwrap()
    }
}

/// A street with one camera and its kerb.
pub(crate) fn kerb() -> Street {
    Plan::new().camera("kerb", &[KERB]).open()
}

impl Street {
    fn start(&mut self) {
        let config = self.plan.config(self.data.path());
        let before = Arc::clone(&self.plan.before_detect);
        let make = move || {
            let before = Arc::clone(&before);
            let script = move |_, frame: &Frame| {
                before(frame);
                picture::detect(frame)
            };
            Box::new(ScriptedDetector::new(script)) as Box<dyn Detector>
        };
        let parts = Parts {
            detectors: DetectorMaker::Made(Box::new(make)),
            sources: self.scripts.sources(),
            more_sinks: vec![Arc::clone(&self.desk) as Arc<dyn Sink>],
            ..Parts::default()
        };
        self.scenes.values_mut().for_each(|scene| scene.pushed = 0);
        self.machine = Some(Machine::start(&config, parts, &self.clock).unwrap());
    }

    /// Ends the machine; the street goes on without it.
    pub(crate) fn stop(&mut self) {
        self.machine = None;
    }

    /// Ends the machine, lets time pass and starts it on the same data.
    pub(crate) fn restart_after(&mut self, away: Duration) {
        self.stop();
        self.hand.advance(away);
        self.start();
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.data.path().join("data")
    }

    /// A camera that the machine does not know yet: somebody may try it and add it.
    pub(crate) fn put_up(&mut self, camera: &str) {
        self.scenes.entry(camera.to_owned()).or_default();
    }

    /// After it was tried: from here on the machine sees all that it shows.
    pub(crate) fn begin_anew(&mut self, camera: &str) {
        let script = self.scripts.of(&id(camera));
        self.wait("the camera to be let go of", |_| script.forget());
        self.scene(camera).pushed = 0;
    }

    pub(crate) fn park(&mut self, camera: &str, thing: Thing) {
        self.scene(camera).things.push(thing);
    }

    /// The thing leaves.
    pub(crate) fn leave(&mut self, camera: &str, thing: Thing) {
        self.scene(camera).things.retain(|other| *other != thing);
    }

    pub(crate) fn fault(&mut self, camera: &str, fault: Fault) {
        self.scene(camera).fault = Some(fault);
    }

    /// The camera's second stream can be reached from the next picture on.
    pub(crate) fn open_second_stream(&mut self, camera: &str) {
        self.scene(camera).full = true;
    }

    /// From now on the camera's clock says what it was so long before.
    pub(crate) fn set_back(&mut self, camera: &str, behind: Duration) {
        self.scene(camera).behind = behind;
    }

    pub(crate) fn unplug(&mut self, camera: &str) {
        let script = self.scripts.of(&id(camera));
        script.unplug();
        self.wait("the camera to be gone", |_| !script.is_connected());
    }

    /// Plugs the camera in, and lets time pass until the machine has found it.
    pub(crate) fn plug_in(&mut self, camera: &str) {
        let script = self.scripts.of(&id(camera));
        script.plug_in();
        self.wait("the camera to be found again", |street| {
            street.hand.advance(Duration::from_millis(100));
            script.is_connected()
        });
    }

    /// Lets time pass; every camera shows its street at each beat, and each
    /// picture is done with before the next.
    pub(crate) fn run(&mut self, length: Duration) {
        let mut left = length;
        while !left.is_zero() {
            let step = left.min(BEAT);
            self.hand.advance(step);
            self.show();
            self.settle();
            left -= step;
        }
    }

    pub(crate) fn run_s(&mut self, seconds: u64) {
        self.run(Duration::from_secs(seconds));
    }

    pub(crate) fn advance(&self, length: Duration) {
        self.hand.advance(length);
    }

    /// Every camera that is plugged in shows one picture.
    pub(crate) fn show(&mut self) {
        let now = self.clock.now();
        for (camera, scene) in &mut self.scenes {
            let script = self.scripts.of(&id(camera));
            if !script.is_plugged() {
                continue;
            }
            script.show_full(scene.full.then(|| picture::full_keyframe(now)));
            self.pictures += 1;
            scene.pushed += 1;
            let fault = scene.fault.unwrap_or(Fault::None);
            let keyframe = picture::keyframe(now, &scene.things, fault, self.pictures);
            let back = now.since(Timestamp::EPOCH).saturating_sub(scene.behind);
            script.push(Keyframe { captured_at: Timestamp::EPOCH + back, ..keyframe });
        }
    }

    /// Waits until every picture is looked at or left out.
    pub(crate) fn settle(&self) {
        self.wait("every picture to be done with", Self::is_settled);
    }

    /// Whether every picture is looked at or left out before the machine's clock has gone on by so much.
    pub(crate) fn settles_within(&self, length: Duration) -> bool {
        self.comes_within(length, Self::is_settled)
    }

    fn is_settled(&self) -> bool {
        self.reports().iter().all(|report| {
            let done = report.looks + report.skipped_not_due + report.skipped_overload;
            done == self.scenes[report.status.camera_id.as_str()].pushed
        })
    }

    /// Waits for what the machine does by itself.
    pub(crate) fn wait(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let has_come = self.comes_within(PATIENCE, is_so);
        assert!(has_come, "waited in vain for {what}: {:#?}", self.reports());
    }

    fn comes_within(&self, length: Duration, is_so: impl Fn(&Self) -> bool) -> bool {
        let (_guard, pause) = Shutdown::pair();
        let machine = Clock::system();
        let deadline = machine.now() + length;
        while !is_so(self) {
            if machine.now() >= deadline {
                return false;
            }
            let _ = pause.begins_within(SOON);
        }
        true
    }

    pub(crate) fn reports(&self) -> Vec<CameraReport> {
        self.machine.as_ref().unwrap().backend().cameras()
    }

    pub(crate) fn report(&self, camera: &str) -> CameraReport {
        self.machine.as_ref().unwrap().backend().camera(&id(camera)).unwrap()
    }

    pub(crate) fn progress(&self) -> Progress {
        self.machine.as_ref().unwrap().backend().progress()
    }

    /// The city's book; only a street in a city has one.
    pub(crate) fn book(&self) -> Arc<LifeBook> {
        self.machine.as_ref().unwrap().backend().life_book().unwrap()
    }

    /// The longest dwell of what stands before the camera.
    pub(crate) fn dwell_s(&self, camera: &str) -> f64 {
        let scene = self.machine.as_ref().unwrap().backend().scene(&id(camera)).unwrap();
        scene.stays.iter().map(|stay| stay.dwell_s).fold(0.0, f64::max)
    }

    /// What a person should look at before this camera.
    pub(crate) fn for_review(&self, camera: &str) -> Vec<ReviewReport> {
        let scene = self.machine.as_ref().unwrap().backend().scene(&id(camera)).unwrap();
        scene.stays.into_iter().filter_map(|stay| stay.for_review).collect()
    }

    pub(crate) fn cases(&self) -> Vec<Case> {
        let (state, kind, camera_id, filed_before) = (None, None, None, None);
        let (life, overdue, limit) = (LifeFilter::default(), false, 1000);
        let query = CaseQuery { state, kind, camera_id, life, overdue, filed_before, limit };
        self.machine.as_ref().unwrap().backend().cases(&query).unwrap()
    }

    /// The one case of this street, once it is as wanted.
    pub(crate) fn wait_for_case(&self, what: &str, is_so: impl Fn(&Case) -> bool) -> Case {
        self.wait(what, |street| street.cases().first().is_some_and(&is_so));
        let mut cases = self.cases();
        assert_eq!(cases.len(), 1, "one matter is one case: {cases:#?}");
        cases.remove(0)
    }

    /// Ends the machine and tells all cases that it has filed. Every report is
    /// written by then, so what is not there was never reported.
    pub(crate) fn end(mut self) -> Vec<Case> {
        self.stop();
        let store = Store::open(&self.data().join(STORE_FILE)).unwrap();
        store.cases(&CaseFilter::default()).unwrap()
    }

    fn scene(&mut self, camera: &str) -> &mut Scene {
        self.scenes.get_mut(camera).unwrap()
    }
}

pub(crate) fn id(camera: &str) -> CameraId {
    CameraId::new(camera).unwrap()
}

pub(crate) fn has(case: &Case, role: EvidenceRole) -> bool {
    case.evidence.iter().any(|evidence| evidence.role == role)
}
