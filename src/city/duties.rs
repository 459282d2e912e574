//! `duties.toml`: what cameras look for, and how often, in ordinary times and in a flood.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::ingest::CameraId;
use crate::written::Table;

use super::ClassId;
use super::links::Links;
use super::links::Named;
use super::pieces::list_of;
use super::places::any_name;
use super::places::camera_id;

pub(super) const DUTIES_KEYS: &[&str] = &["duty"];
pub(super) const DUTY_KEYS: &[&str] = &["id", "name", "classes", "cameras", "interval_s"];

const DUTIES_MAX: usize = 100;
const CLASSES_MAX: usize = 5_000;
const CAMERAS_MAX: usize = 50_000;
/// As a camera's own, in the configuration.
const INTERVAL_S: RangeInclusive<f64> = 0.2..=3_600.0;

/// What cameras look for while it is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    pub id: String,
    pub name: String,
    /// Every class if empty.
    pub classes: Vec<ClassId>,
    /// Every camera if empty.
    pub cameras: Vec<CameraId>,
    /// From one look to the next; each camera's own if none.
    pub interval: Option<Duration>,
}

pub(super) fn duties(table: &Table<'_>, links: &mut Links) -> Vec<Duty> {
    let tables = table.tables("duty", DUTY_KEYS, DUTIES_MAX);
    tables.iter().filter_map(|table| duty(table, links)).collect()
}

fn duty(table: &Table<'_>, links: &mut Links) -> Option<Duty> {
    let id = table
        .needed("id", "id = \"flood\"")
        .and_then(|value| links.give(Named::Duty, &value, any_name));
    let name = table.needed("name", "name = \"Flood season\"").and_then(|value| value.text());
    let classes = table.value("classes").map(|value| {
        list_of(&value, CLASSES_MAX, |class| links.refer(Named::Class, class, ClassId::new))
    });
    let cameras = table.value("cameras").map(|value| {
        list_of(&value, CAMERAS_MAX, |camera| links.refer(Named::Camera, camera, camera_id))
    });
    let interval = table.value("interval_s").and_then(|value| value.seconds(INTERVAL_S));
    Some(Duty {
        id: id?,
        name: name?.to_owned(),
        classes: classes.unwrap_or_default(),
        cameras: cameras.unwrap_or_default(),
        interval,
    })
}
