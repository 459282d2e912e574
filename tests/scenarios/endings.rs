//! The machine ends, also when a part does not start or hangs.

use std::sync::Arc;
use std::time::Duration;

use xunjie::detect::Detector;
use xunjie::detect::ScriptedDetector;
use xunjie::pipeline::DetectorMaker;
use xunjie::pipeline::Machine;
use xunjie::pipeline::Parts;
use xunjie::time::Clock;

use crate::picture::car;
use crate::script::ScriptedCameras;
use crate::street::BEAT;
use crate::street::KERB;
use crate::street::MORNING;
use crate::street::Plan;

/// More than enough to fill the desk's queue, if each tenth look tells it something.
const BEATS_MAX: u32 = 300;

/// The workers were joined before they were told to end, so a program that
/// could not start a camera hung instead of saying so.
#[test]
fn a_machine_that_cannot_start_says_so_and_leaves_nothing_running() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Plan::new().camera("kerb", &[KERB]).config(folder.path());
    config.cameras.push(config.cameras[0].clone());
    let cameras = ScriptedCameras::default();
    let alive = Arc::new(());
    let held = Arc::clone(&alive);
    let sources = cameras.sources();
    let parts = Parts {
        detectors: DetectorMaker::Made(Box::new(move || {
            let held = Arc::clone(&held);
            Box::new(ScriptedDetector::new(move |_, _| {
                let _ = &held;
                Ok(Vec::new())
            })) as Box<dyn Detector>
        })),
        sources,
        ..Parts::default()
    };
    let (clock, _hand) = Clock::simulated(MORNING);
    let error = Machine::start(&config, parts, &clock).err().unwrap();
    assert!(error.to_string().contains("kerb"), "{error}");
    assert_eq!(Arc::strong_count(&alive), 1, "a worker still holds its detector");
}

/// The workers waited for a place in the full queue of a desk that waited for
/// the disk, and the machine waited for the workers before it told the desk.
#[test]
fn a_machine_whose_disk_takes_nothing_ends_within_its_deadline() {
    let cameras: Vec<String> = (0..12).map(|n| format!("camera-{n}")).collect();
    let plan = cameras.iter().fold(Plan::new(), |plan, id| plan.camera(id, &[KERB]));
    let mut street = plan.open();
    street.run_s(20);
    let evidence = street.data().join("evidence");
    let _ = std::fs::remove_dir_all(&evidence);
    std::fs::write(&evidence, "a file where the folder was").unwrap();
    for id in &cameras {
        street.park(id, car(1, 60));
    }
    street.run_s(64);
    street.wait("the desk to be stuck", |street| !street.progress().problems.is_empty());
    // However many looks it takes to fill the desk's queue: a look that found no change tells it nothing.
    let is_stuck = (0..BEATS_MAX).any(|_| {
        street.advance(BEAT);
        street.show();
        !street.settles_within(Duration::from_secs(5))
    });
    assert!(is_stuck, "the workers never waited for the desk: {:#?}", street.reports());
    let began_at = Clock::system().now();
    street.stop();
    let took = Clock::system().now().since(began_at);
    assert!(took < Duration::from_secs(40), "{took:?}");
}
