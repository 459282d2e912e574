//! What is put under load: the whole pipeline, or its receiving alone.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use anyhow::Result;

use crate::config::Config;
use crate::ingest::ATTEMPTS_AT_ONCE;
use crate::ingest::CameraAddress;
use crate::ingest::CameraId;
use crate::ingest::CameraSettings;
use crate::ingest::CameraStatus;
use crate::ingest::CameraUri;
use crate::ingest::Fleet;
use crate::ingest::LookCounts;
use crate::ingest::LookFigures;
use crate::ingest::Receiving;
use crate::pipeline::Machine;
use crate::pipeline::Parts;
use crate::time::Clock;
use crate::time::Timestamp;

use super::figures::Load;
use super::figures::Task;

/// Looks left out for want of time, among those skipped.
pub(super) const OVERLOAD: &str = "overload";

pub(super) enum Subject {
    Pipeline(Box<Machine>),
    /// The fleet before its threads, so that it ends first.
    Receiving {
        fleet: Fleet,
        _receiving: Box<Receiving>,
    },
}

impl Subject {
    pub(super) fn start(load: &Load, clock: &Clock) -> Result<Self> {
        if load.task == Task::ReceiveOnly {
            return receiving(load, clock);
        }
        let config = Config::parse(Path::new("bench.toml"), &configuration(load)?)?;
        let machine = Machine::start(&config, Parts::default(), clock)?;
        Ok(Self::Pipeline(Box::new(machine)))
    }

    pub(super) fn statuses(&self) -> Vec<CameraStatus> {
        match self {
            Self::Pipeline(machine) => {
                let cameras = machine.backend().cameras().into_iter();
                cameras.map(|camera| camera.status).collect()
            }
            Self::Receiving { fleet, .. } => fleet.statuses(),
        }
    }

    /// When each camera was last looked at; nothing where none ever is.
    pub(super) fn last_looks(&self) -> Vec<Option<Timestamp>> {
        match self {
            Self::Pipeline(machine) => {
                let cameras = machine.backend().cameras().into_iter();
                cameras.map(|camera| camera.last_look_at).collect()
            }
            Self::Receiving { .. } => Vec::new(),
        }
    }

    /// What the looks come to, and the keyframes and pictures without one by reason.
    pub(super) fn counts(&self) -> (LookCounts, BTreeMap<String, u64>) {
        let Self::Pipeline(machine) = self else { return Default::default() };
        let counts = machine.schedule().tally().counts();
        let looks = machine.schedule().looks();
        let sum = |of: &dyn Fn(&LookFigures) -> u64| looks.iter().map(|(_, looks)| of(looks)).sum();
        let reasons = [
            ("not_due", sum(&|looks| looks.skipped_not_due)),
            (OVERLOAD, sum(&|looks| looks.skipped_overload)),
            ("still", sum(&|looks| looks.skipped_still)),
            ("unchanged", sum(&|looks| looks.skipped_unchanged)),
            ("failed", counts.failed),
        ];
        let skipped = reasons.map(|(reason, count)| (reason.to_owned(), count));
        (counts, BTreeMap::from(skipped))
    }
}

fn receiving(load: &Load, clock: &Clock) -> Result<Subject> {
    let receiving = Receiving::start()?;
    let sources = Parts::default().sources;
    let fleet = Fleet::new(receiving.receivers(), clock.clone(), sources, ATTEMPTS_AT_ONCE);
    for (number, url) in load.urls.iter().enumerate() {
        let address = CameraAddress::Uri(CameraUri::parse(url)?);
        let settings = CameraSettings::new(CameraId::new(&format!("cam{number}"))?, address);
        fleet.add(settings, Arc::new(drop))?;
    }
    Ok(Subject::Receiving { fleet, _receiving: Box::new(receiving) })
}

/// A city of the cameras, each with one zone, so that the rules have work too.
fn configuration(load: &Load) -> Result<String> {
    let folder = load.folder.to_str().context("the temporary folder's name is no text")?;
    let mut text = String::from("listen = \"\"\n");
    writeln!(text, "data_dir = {folder:?}\nmodel = {:?}", load.model)?;
    writeln!(text, "interval_s = {}", load.interval_s)?;
    writeln!(text, "gates = {}", load.task == Task::LookGated)?;
    for (number, url) in load.urls.iter().enumerate() {
        writeln!(text, "[[camera]]\nid = \"cam{number}\"\nuri = {url:?}")?;
        text.push_str("[[camera.zone]]\nid = \"kerb\"\nkind = \"no_parking\"\n");
        text.push_str("polygon = [[0.1, 0.3], [0.9, 0.3], [0.9, 0.95], [0.1, 0.95]]\n");
    }
    Ok(text)
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use super::*;

    pub(in crate::cli::bench) fn load() -> Load {
        Load {
            urls: vec!["rtsp://127.0.0.1:8554/cam0".to_owned(); 2],
            folder: "scratch \"here\"".into(),
            model: "yolox_nano".to_owned(),
            task: Task::Look,
            interval_s: 4.0,
            seconds: 10.0,
        }
    }

    #[test]
    fn the_configuration_is_one_that_the_program_takes() {
        let text = configuration(&load()).unwrap();
        let config = Config::parse(Path::new("bench.toml"), &text).unwrap();
        assert_eq!(config.cameras.len(), 2);
        assert_eq!(config.cameras[1].zones.len(), 1);
        assert!(config.cameras.iter().all(|camera| !camera.gates));
        assert_eq!((config.listen, config.usual.interval), (None, Duration::from_secs(4)));
        assert!(config.data_dir.ends_with("scratch \"here\""));
    }
}
