//! The machine ends, also when a part does not start or hangs.

use std::sync::Arc;

use xunjie::detect::Detector;
use xunjie::detect::ScriptedDetector;
use xunjie::pipeline::DetectorMaker;
use xunjie::pipeline::Machine;
use xunjie::pipeline::Parts;
use xunjie::time::Clock;

use crate::script::ScriptedCameras;
use crate::street::KERB;
use crate::street::MORNING;
use crate::street::Plan;

/// The workers were joined before they were told to end, so a program that
/// could not start a camera hung instead of saying so.
#[test]
fn a_machine_that_cannot_start_says_so_and_leaves_nothing_running() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Plan::new().camera("kerb", &[KERB]).config(folder.path());
    config.cameras.push(config.cameras[0].clone());
    let make = || Box::new(ScriptedDetector::by_call(Vec::new())) as Box<dyn Detector>;
    let cameras = ScriptedCameras::default();
    let alive = Arc::new(());
    let held = Arc::clone(&alive);
    let sources = cameras.sources();
    let parts = Parts {
        detectors: DetectorMaker::Made(Box::new(move || {
            let held = Arc::clone(&held);
            let _ = make();
            Box::new(ScriptedDetector::new(move |_, _| {
                let _ = &held;
                Ok(Vec::new())
            }))
        })),
        sources,
        more_sinks: Vec::new(),
    };
    let (clock, _hand) = Clock::simulated(MORNING);
    let error = Machine::start(&config, parts, &clock).err().unwrap();
    assert!(error.to_string().contains("kerb"), "{error}");
    assert_eq!(Arc::strong_count(&alive), 1, "a worker still holds its detector");
}
