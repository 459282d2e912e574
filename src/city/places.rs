//! `roads.csv`, `cameras.csv` and `berths.csv`: what stands where.

use crate::geometry::GeoPoint;
use crate::ingest::CameraId;
use crate::written::Columns;
use crate::written::Row;
use crate::written::Spot;

use super::GridId;
use super::RoadId;
use super::UnitId;
use super::ids::NameError;
use super::links::Links;
use super::links::Named;
use super::pieces::course;
use super::pieces::name;
use super::pieces::place;
use super::pieces::text;

pub(super) const ROAD_COLUMNS: Columns =
    Columns { needed: &["id", "name"], optional: &["class", "unit", "course"] };
pub(super) const CAMERA_COLUMNS: Columns =
    Columns { needed: &["id", "name", "lon", "lat"], optional: &["pole", "road", "grid"] };
pub(super) const BERTH_COLUMNS: Columns =
    Columns { needed: &["id", "lon", "lat", "in_service"], optional: &["road", "camera"] };

pub(super) const ROADS_MAX: usize = 50_000;
/// Several machines share a city; one register serves them all.
pub(super) const CAMERAS_MAX: usize = 50_000;
pub(super) const BERTHS_MAX: usize = 500_000;

#[derive(Clone, Debug, PartialEq)]
pub struct Road {
    pub id: RoadId,
    pub name: String,
    /// As the city classes its roads.
    pub class: Option<String>,
    pub unit: Option<UnitId>,
    /// Along its middle, for maps; empty if not written.
    pub course: Vec<GeoPoint>,
}

/// Where a camera is and what it belongs to.
#[derive(Clone, Debug)]
pub struct CameraPlace {
    /// As in the configuration.
    pub id: CameraId,
    pub name: String,
    pub pole: Option<String>,
    /// The middle of what it watches.
    pub place: GeoPoint,
    pub road: Option<RoadId>,
    /// The grid that the city says it lies in.
    pub(super) grid: Option<(GridId, Spot)>,
    pub(super) spot: Option<Spot>,
}

/// A place to park.
#[derive(Clone, Debug, PartialEq)]
pub struct Berth {
    pub id: String,
    pub place: GeoPoint,
    pub road: Option<RoadId>,
    /// The camera that watches it.
    pub camera: Option<CameraId>,
    pub in_service: bool,
}

pub(super) fn road(row: &Row<'_>, links: &mut Links) -> Option<Road> {
    let id = row.needed("id").and_then(|cell| links.give(Named::Road, &cell, RoadId::new));
    let name = name(row);
    let class = row.cell("class").and_then(|cell| text(&cell));
    let unit = row.cell("unit").and_then(|cell| links.refer(Named::Unit, &cell, UnitId::new));
    let course = row.cell("course").and_then(|cell| course(&cell)).unwrap_or_default();
    Some(Road { id: id?, name: name?, class, unit, course })
}

pub(super) fn camera(row: &Row<'_>, links: &mut Links) -> Option<CameraPlace> {
    let id = row.needed("id").and_then(|cell| links.give(Named::Camera, &cell, camera_id));
    let name = name(row);
    let place = place(row);
    let road = row.cell("road").and_then(|cell| links.refer(Named::Road, &cell, RoadId::new));
    let grid = row
        .cell("grid")
        .and_then(|cell| Some((links.refer(Named::Grid, &cell, GridId::new)?, cell.spot())));
    Some(CameraPlace {
        id: id?,
        name: name?,
        pole: row.cell("pole").and_then(|cell| text(&cell)),
        place: place?,
        road,
        grid,
        spot: row.cell("lon").map(|cell| cell.spot()),
    })
}

pub(super) fn berth(row: &Row<'_>, links: &mut Links) -> Option<Berth> {
    let id = row.needed("id").and_then(|cell| links.give(Named::Berth, &cell, any_name));
    let place = place(row);
    let road = row.cell("road").and_then(|cell| links.refer(Named::Road, &cell, RoadId::new));
    let camera = row.cell("camera").and_then(|cell| links.refer(Named::Camera, &cell, camera_id));
    let in_service = row.needed("in_service").and_then(|cell| cell.flag());
    Some(Berth { id: id?, place: place?, road, camera, in_service: in_service? })
}

pub(super) fn camera_id(text: &str) -> Result<CameraId, NameError> {
    CameraId::new(text).map_err(|_| NameError::of(text))
}

pub(super) fn any_name(text: &str) -> Result<String, NameError> {
    UnitId::new(text).map(String::from)
}
