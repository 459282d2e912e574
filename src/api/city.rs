//! Answers about the city: what a map of it is drawn from, and who works in a grid.

use axum::Json;
use axum::extract::RawQuery;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::city::CityData;
use crate::city::ClassId;
use crate::city::Difference;
use crate::city::DistrictId;
use crate::city::GridId;
use crate::city::PersonId;
use crate::city::RoadId;
use crate::city::RoleId;
use crate::city::UnitId;
use crate::geometry::GeoPoint;
use crate::ingest::CameraId;
use crate::store::OpenCount;
use crate::written::Fault;
use crate::written::FileFaults;

use super::Backend;
use super::CameraPlaceReport;
use super::StepRefusal;
use super::problem::Problem;
use super::problem::quoted;
use super::server::ApiState;

/// All that a map is drawn from. Without city data there are only the cameras
/// whose place the configuration names.
#[derive(Serialize, ToSchema)]
pub(super) struct CityMap {
    /// None without city data.
    name: Option<String>,
    tiles: Option<Tiles>,
    districts: Vec<DistrictOnMap>,
    classes: Vec<ClassOnMap>,
    grids: Vec<GridOnMap>,
    roads: Vec<RoadOnMap>,
    cameras: Vec<CameraOnMap>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Tiles {
    url: String,
    attribution: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct DistrictOnMap {
    id: DistrictId,
    name: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct ClassOnMap {
    id: ClassId,
    name: String,
    code: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct GridOnMap {
    id: GridId,
    name: String,
    district: DistrictId,
    polygon: Vec<GeoPoint>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct RoadOnMap {
    id: RoadId,
    name: String,
    class: Option<String>,
    course: Vec<GeoPoint>,
}

/// A camera of the configuration, whether its place is known or not.
#[derive(Serialize, ToSchema)]
pub(super) struct CameraOnMap {
    camera_id: CameraId,
    name: String,
    place: Option<GeoPoint>,
    grid: Option<GridId>,
    road: Option<RoadId>,
}

pub(super) async fn map(State(state): State<ApiState>) -> Result<Response, Problem> {
    let map = state.ask(|backend| {
        let (city, display) = (backend.city(), backend.display());
        let tiles = display.tiles.map(|tiles| Tiles {
            url: tiles.url().to_owned(),
            attribution: tiles.attribution.unwrap_or_default(),
        });
        city_map(city.as_deref(), backend.places(), tiles)
    });
    Ok(Json(map.await?).into_response())
}

fn city_map(
    city: Option<&CityData>,
    places: Vec<CameraPlaceReport>,
    tiles: Option<Tiles>,
) -> CityMap {
    let cameras = places.into_iter().map(|place| camera(city, place)).collect();
    let mut map = CityMap {
        name: None,
        tiles,
        districts: Vec::new(),
        classes: Vec::new(),
        grids: Vec::new(),
        roads: Vec::new(),
        cameras,
    };
    let Some(city) = city else { return map };
    map.name = Some(city.centre.name.clone());
    let districts = city.centre.districts.iter();
    map.districts = districts
        .map(|district| DistrictOnMap { id: district.id.clone(), name: district.name.clone() })
        .collect();
    let class = |class: &crate::city::Class| ClassOnMap {
        id: class.id.clone(),
        name: class.name.clone(),
        code: class.code.clone(),
    };
    map.classes = city.classes.iter().map(class).collect();
    let grid = |grid: &crate::city::Grid| GridOnMap {
        id: grid.id.clone(),
        name: grid.name.clone(),
        district: grid.district.clone(),
        polygon: grid.area.corners().to_vec(),
    };
    map.grids = city.grids.iter().map(grid).collect();
    let road = |road: &crate::city::Road| RoadOnMap {
        id: road.id.clone(),
        name: road.name.clone(),
        class: road.class.clone(),
        course: road.course.clone(),
    };
    map.roads = city.roads.iter().map(road).collect();
    map
}

/// The city data as they lie in their folder now, held against those in force.
#[derive(Serialize, ToSchema)]
pub(super) struct Checked {
    /// Whether they could be taken up.
    ok: bool,
    /// What taking them up would change.
    differences: Vec<Difference>,
    /// What is no fault, and still worth a look.
    remarks: Vec<String>,
    /// What is wrong, by file.
    files: Vec<FaultyFile>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct FaultyFile {
    file: String,
    faults: Vec<Fault>,
}

/// Changes nothing.
pub(super) async fn check(State(state): State<ApiState>) -> Result<Response, Problem> {
    let book = state.ask(Backend::life_book).await?.ok_or(StepRefusal::NoCity)?;
    let checked = match state.ask(move |_| book.check_city()).await? {
        Ok((differences, remarks)) => Checked { ok: true, differences, remarks, files: Vec::new() },
        Err(faults) => {
            let files = faults.files.into_iter().map(FaultyFile::from).collect();
            Checked { ok: false, differences: Vec::new(), remarks: Vec::new(), files }
        }
    };
    Ok(Json(checked).into_response())
}

impl From<FileFaults> for FaultyFile {
    /// Its name says enough; where its folder lies is nobody's business.
    fn from(faults: FileFaults) -> Self {
        let name = faults.file.file_name().unwrap_or_default();
        Self { file: name.to_string_lossy().into_owned(), faults: faults.faults }
    }
}

/// The city knows a camera's place better than the configuration does.
fn camera(city: Option<&CityData>, told: CameraPlaceReport) -> CameraOnMap {
    let known = city.and_then(|city| city.camera(&told.camera_id));
    let grid = city.and_then(|city| city.grid_of_camera(&told.camera_id));
    CameraOnMap {
        name: known.map_or(told.name, |known| known.name.clone()),
        place: known.map(|known| known.place).or(told.place),
        grid: grid.map(|grid| grid.id.clone()),
        road: known.and_then(|known| known.road.clone()),
        camera_id: told.camera_id,
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct Open {
    open: Vec<OpenCount>,
}

/// How many open cases each camera has, by kind.
pub(super) async fn open(State(state): State<ApiState>) -> Result<Response, Problem> {
    let open = state.ask(super::Backend::open_counts).await??;
    Ok(Json(Open { open }).into_response())
}

#[derive(Serialize, ToSchema)]
pub(super) struct People {
    people: Vec<PersonInGrid>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct PersonInGrid {
    id: PersonId,
    name: String,
    role: RoleId,
    unit: Option<UnitId>,
}

/// Who works in a grid: those to whom a case of it may be given.
pub(super) async fn people(
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let grid = grid_asked(query.as_deref().unwrap_or_default())?;
    let city = state.ask(super::Backend::city).await?;
    let city = city.ok_or_else(|| Problem::not_found("the program runs without city data"))?;
    if city.grid(&grid).is_none() {
        let detail = format!("the city has no grid {}", quoted(grid.as_str()));
        return Err(Problem::not_found(detail));
    }
    let in_grid = city.people.iter().filter(|person| person.grid == grid);
    let person = |person: &crate::city::Person| PersonInGrid {
        id: person.id.clone(),
        name: person.name.clone(),
        role: person.role.clone(),
        unit: person.unit.clone(),
    };
    Ok(Json(People { people: in_grid.map(person).collect() }).into_response())
}

fn grid_asked(query: &str) -> Result<GridId, Problem> {
    let mut grid = None;
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if key != "grid" || grid.is_some() {
            let detail = format!("{} is unknown or given twice; there is only grid", quoted(&key));
            return Err(Problem::bad_request(detail));
        }
        let id = GridId::new(&value);
        grid = Some(id.map_err(|fault| Problem::bad_request(format!("grid: {fault}")))?);
    }
    grid.ok_or_else(|| Problem::bad_request("grid: is missing, as in ?grid=north-07"))
}

#[cfg(test)]
mod tests {
    use crate::city::sample::example;

    use super::*;

    fn place(id: &str, place: Option<GeoPoint>) -> CameraPlaceReport {
        CameraPlaceReport { camera_id: CameraId::new(id).unwrap(), name: id.to_owned(), place }
    }

    #[test]
    fn the_city_knows_a_cameras_place_better_than_the_configuration() {
        let (city, elsewhere) = (example(), GeoPoint::new(1.0, 2.0).unwrap());
        let places = vec![place("cam-002", Some(elsewhere)), place("kerb", Some(elsewhere))];
        let map = city_map(Some(&city), places, None);
        assert_eq!(map.grids.len(), 85);
        assert_eq!(map.cameras[0].grid.as_ref().unwrap().as_str(), "dongguan-08");
        assert_ne!(map.cameras[0].place, Some(elsewhere));
        assert_eq!(map.cameras[1].place, Some(elsewhere));
        assert!(map.roads.iter().any(|road| road.course.len() > 2));
    }

    #[test]
    fn without_city_data_the_map_still_has_the_cameras() {
        let map = city_map(None, vec![place("kerb", None)], None);
        assert_eq!((map.name, map.cameras.len(), map.grids.len()), (None, 1, 0));
    }

    #[test]
    fn asks_for_one_grid_and_nothing_else() {
        assert_eq!(grid_asked("grid=north-07").unwrap().as_str(), "north-07");
        for wrong in ["", "grid=", "grid=a/b", "grid=a&grid=b", "greed=a"] {
            assert!(grid_asked(wrong).is_err(), "{wrong}");
        }
    }
}
