//! What the scripted program of the tests says of a city, and what a page hears of it.

use std::time::Duration;

use serde_json::Value;

use crate::dispatch::LifeReport;
use crate::ingest::CameraId;
use crate::rules::IncidentKind;
use crate::store::OpenCount;
use crate::store::Standing;
use crate::time::Timestamp;

use super::scripted::Script;
use super::*;

pub(super) fn standing(life: LifeReport) -> Standing {
    Standing { case_id: life.case_id, stage: life.stage, grid: life.grid, due: life.due }
}

/// A program that started at `start` and has nothing to complain of.
pub(super) fn progress(start: Timestamp) -> Progress {
    Progress {
        started_at: start,
        looks: 120,
        last_look_at: Some(start + Duration::from_secs(3)),
        open_cases: 1,
        deliveries_waiting: 0,
        oldest_delivery_at: None,
        dead_letters: 0,
        problems: Vec::new(),
    }
}

pub(super) fn open_counts() -> Vec<OpenCount> {
    let camera_id = CameraId::new("north").unwrap();
    vec![OpenCount { camera_id, kind: IncidentKind::GarbagePile, count: 3 }]
}

pub(super) fn place(camera: &CameraReport) -> CameraPlaceReport {
    CameraPlaceReport {
        camera_id: camera.status.camera_id.clone(),
        name: format!("{}'s corner", camera.status.camera_id),
        place: None,
    }
}

pub(super) fn display() -> Display {
    let tiles = MapTiles::new("https://tiles.example/{z}/{x}/{y}.png");
    Display { time_scale: Some(30.0), tiles }
}

pub(super) fn drawn(
    script: &Script,
    id: &CameraId,
    text: &str,
    drawing: Drawing,
) -> Result<ZoneSheet, ZoneRefusal> {
    if !script.knows(id) {
        return Err(ZoneRefusal::NoCamera);
    }
    script.steps.lock().unwrap().push(format!("{drawing:?} {text}"));
    if text.contains("fault") {
        return Err(ZoneRefusal::Faults("zone[0].id is a fault".into()));
    }
    Ok(ZoneSheet { drawn: drawing == Drawing::Save, ..ZoneSheet::default() })
}

/// The events that a page has heard.
#[derive(Default)]
pub(super) struct Heard {
    text: String,
    pub(super) names: Vec<String>,
}

impl Heard {
    /// Listens until an event of that name, and gives its JSON.
    pub(super) async fn until(&mut self, listening: &mut reqwest::Response, name: &str) -> Value {
        let patience = Duration::from_secs(30);
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |key: &str| {
                    let line = event.lines().find_map(|line| line.strip_prefix(key));
                    line.unwrap_or_default().trim_start().to_owned()
                };
                let (heard, json) = (field("event:"), field("data:"));
                self.text = rest.to_owned();
                self.names.push(heard.clone());
                if heard == name {
                    return serde_json::from_str(&json).unwrap();
                }
            }
            let chunk = tokio::time::timeout(patience, listening.chunk()).await;
            let chunk = chunk.unwrap_or_else(|_| panic!("no {name} after {:?}", self.names));
            self.text.push_str(std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap());
        }
    }
}
