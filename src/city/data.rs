//! City data as a whole: every file read, held against the others, and found without fault.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::path::PathBuf;

use serde::Serialize;

use crate::ingest::CameraId;
use crate::written::Columns;
use crate::written::Fault;
use crate::written::FileFaults;
use crate::written::Row;
use crate::written::Table;
use crate::written::read_sheet;
use crate::written::read_so_far;

use super::Berth;
use super::CameraPlace;
use super::Centre;
use super::CityFile;
use super::Class;
use super::ClassId;
use super::Duty;
use super::Grid;
use super::GridId;
use super::Person;
use super::QuietArea;
use super::Road;
use super::RoleId;
use super::Unit;
use super::UnitId;
use super::VendingPoint;
use super::WorkCalendar;
use super::centre;
use super::classes;
use super::crossing;
use super::duties;
use super::files;
use super::grids;
use super::links::Links;
use super::permits;
use super::places;

/// City data without fault: every name that is used is given, every grid has
/// one head, grids neither overlap nor leave gaps, and every camera lies in one.
#[derive(Debug)]
pub struct CityData {
    /// Where it was read from.
    pub folder: PathBuf,
    pub centre: Centre,
    pub calendar: WorkCalendar,
    pub classes: Vec<Class>,
    pub grids: Vec<Grid>,
    pub units: Vec<Unit>,
    pub people: Vec<Person>,
    pub roads: Vec<Road>,
    pub cameras: Vec<CameraPlace>,
    pub berths: Vec<Berth>,
    pub vending_points: Vec<VendingPoint>,
    pub quiet_areas: Vec<QuietArea>,
    /// The first is in force until another is.
    pub duties: Vec<Duty>,
    /// What is no fault, and still worth a look.
    pub remarks: Vec<String>,
    index: Index,
}

/// Where things stand in their lists.
#[derive(Debug, Default)]
struct Index {
    classes: HashMap<ClassId, usize>,
    grids: HashMap<GridId, usize>,
    units: HashMap<UnitId, usize>,
    cameras: HashMap<CameraId, usize>,
    people: HashMap<(GridId, RoleId), usize>,
    grid_of_camera: HashMap<CameraId, usize>,
}

/// All faults of all files of a city's folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CityFaults {
    pub folder: PathBuf,
    /// Each has at least one.
    pub files: Vec<FileFaults>,
}

/// All that was understood, before it is known whether it holds together.
pub(super) struct Draft {
    pub(super) centre: Option<Centre>,
    pub(super) exceptions: centre::Exceptions,
    pub(super) classes: Vec<Class>,
    pub(super) grids: Vec<Grid>,
    units: Vec<Unit>,
    pub(super) people: Vec<Person>,
    roads: Vec<Road>,
    pub(super) cameras: Vec<CameraPlace>,
    berths: Vec<Berth>,
    vending_points: Vec<VendingPoint>,
    quiet_areas: Vec<QuietArea>,
    duties: Vec<Duty>,
}

impl CityData {
    /// Reads every file of the folder.
    ///
    /// # Errors
    /// All that is wrong with any of them, and between them.
    pub fn load(folder: &Path) -> Result<Self, CityFaults> {
        let mut reading = Reading { folder, links: Links::default() };
        let draft = reading.draft();
        let mut links = reading.links;
        links.check();
        let mut remarks = Vec::new();
        let grid_of_camera = crossing::check(&draft, &mut links, &mut remarks);
        let calendar = calendar_of(&draft, &mut links);
        let mut files = files::strangers(folder);
        for (file, faults) in links.faults.into_iter().filter(|(_, faults)| !faults.is_empty()) {
            files.push(FileFaults::new(&folder.join(file.name()), faults));
        }
        match (draft.centre, calendar) {
            (Some(centre), Some(calendar)) if files.is_empty() => {
                let index = Index { grid_of_camera, ..Index::default() };
                Ok(Self {
                    folder: folder.to_owned(),
                    centre,
                    calendar,
                    classes: draft.classes,
                    grids: draft.grids,
                    units: draft.units,
                    people: draft.people,
                    roads: draft.roads,
                    cameras: draft.cameras,
                    berths: draft.berths,
                    vending_points: draft.vending_points,
                    quiet_areas: draft.quiet_areas,
                    duties: draft.duties,
                    remarks,
                    index,
                }
                .indexed())
            }
            _ => Err(CityFaults { folder: folder.to_owned(), files }),
        }
    }

    /// The same folder, read again.
    ///
    /// # Errors
    /// As [`Self::load`], and when the time zone is another: what runs has one calendar.
    pub fn reload(&self) -> Result<Self, CityFaults> {
        let newer = Self::load(&self.folder)?;
        if newer.calendar.zone() == self.calendar.zone() {
            return Ok(newer);
        }
        let message = "must stay as it is until the program is started again".to_owned();
        let key = Some("time_zone".to_owned());
        let fault = Fault { line: None, key, value: None, message };
        let file = FileFaults::new(&self.folder.join(CityFile::Centre.name()), vec![fault]);
        Err(CityFaults { folder: self.folder.clone(), files: vec![file] })
    }

    fn indexed(mut self) -> Self {
        let index = &mut self.index;
        let numbered = |(number, id)| (id, number);
        let ids = self.classes.iter().map(|class| class.id.clone());
        index.classes = ids.enumerate().map(numbered).collect();
        let ids = self.grids.iter().map(|grid| grid.id.clone());
        index.grids = ids.enumerate().map(|(number, id)| (id, number)).collect();
        let ids = self.units.iter().map(|unit| unit.id.clone());
        index.units = ids.enumerate().map(|(number, id)| (id, number)).collect();
        let ids = self.cameras.iter().map(|camera| camera.id.clone());
        index.cameras = ids.enumerate().map(|(number, id)| (id, number)).collect();
        for (number, person) in self.people.iter().enumerate() {
            let post = (person.grid.clone(), person.role.clone());
            // Of several in one role the first in the file is asked first.
            index.people.entry(post).or_insert(number);
        }
        self
    }

    #[must_use]
    pub fn class(&self, id: &ClassId) -> Option<&Class> {
        self.index.classes.get(id).map(|at| &self.classes[*at])
    }

    #[must_use]
    pub fn grid(&self, id: &GridId) -> Option<&Grid> {
        self.index.grids.get(id).map(|at| &self.grids[*at])
    }

    #[must_use]
    pub fn unit(&self, id: &UnitId) -> Option<&Unit> {
        self.index.units.get(id).map(|at| &self.units[*at])
    }

    #[must_use]
    pub fn camera(&self, id: &CameraId) -> Option<&CameraPlace> {
        self.index.cameras.get(id).map(|at| &self.cameras[*at])
    }

    /// The first person of the file in that role of the grid.
    #[must_use]
    pub fn person_in(&self, grid: &GridId, role: &RoleId) -> Option<&Person> {
        let at = self.index.people.get(&(grid.clone(), role.clone()))?;
        Some(&self.people[*at])
    }

    /// The grid that the camera was found to lie in; none if the city does not know the camera.
    #[must_use]
    pub fn grid_of_camera(&self, id: &CameraId) -> Option<&Grid> {
        self.index.grid_of_camera.get(id).map(|at| &self.grids[*at])
    }
}

/// The files of one folder as they are read, one after the other.
struct Reading<'a> {
    folder: &'a Path,
    links: Links,
}

impl Reading<'_> {
    fn draft(&mut self) -> Draft {
        let centre = self.toml(CityFile::Centre, centre::CENTRE_KEYS, |table, links| {
            centre::centre(table, links)
        });
        let week = centre.as_ref().map(|centre| centre.week);
        let exceptions = self.toml(CityFile::Calendar, centre::CALENDAR_KEYS, |table, _| {
            Some(centre::exceptions(table, week))
        });
        let classes = self.toml(CityFile::Classes, classes::CATALOGUE_KEYS, |table, links| {
            Some(classes::classes(table, links))
        });
        let grids = self.toml(CityFile::Grids, grids::GRIDS_KEYS, |table, links| {
            Some(grids::grids(table, links))
        });
        let quiet_areas = self.toml(CityFile::QuietAreas, permits::QUIET_KEYS, |table, links| {
            Some(permits::quiet_areas(table, links))
        });
        let duties = self.toml(CityFile::Duties, duties::DUTIES_KEYS, |table, links| {
            Some(duties::duties(table, links))
        });
        Draft {
            centre,
            exceptions: exceptions.unwrap_or_default(),
            classes: classes.unwrap_or_default(),
            grids: grids.unwrap_or_default(),
            quiet_areas: quiet_areas.unwrap_or_default(),
            duties: duties.unwrap_or_default(),
            units: self.sheet(CityFile::Units, grids::UNIT_COLUMNS, grids::UNITS_MAX, grids::unit),
            people: self.sheet(
                CityFile::People,
                grids::PEOPLE_COLUMNS,
                grids::PEOPLE_MAX,
                grids::person,
            ),
            roads: self.sheet(
                CityFile::Roads,
                places::ROAD_COLUMNS,
                places::ROADS_MAX,
                places::road,
            ),
            cameras: self.sheet(
                CityFile::Cameras,
                places::CAMERA_COLUMNS,
                places::CAMERAS_MAX,
                places::camera,
            ),
            berths: self.sheet(
                CityFile::Berths,
                places::BERTH_COLUMNS,
                places::BERTHS_MAX,
                places::berth,
            ),
            vending_points: self.sheet(
                CityFile::VendingPoints,
                permits::VENDING_COLUMNS,
                permits::VENDING_POINTS_MAX,
                permits::vending_point,
            ),
        }
    }

    fn toml<T>(
        &mut self,
        file: CityFile,
        keys: &'static [&'static str],
        read: impl FnOnce(&Table<'_>, &mut Links) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(file)?;
        let path = self.folder.join(file.name());
        let (value, faults) = read_so_far(&path, &text, keys, |table| read(table, &mut self.links));
        self.take_faults(file, faults);
        value
    }

    fn sheet<T>(
        &mut self,
        file: CityFile,
        columns: Columns,
        rows_max: usize,
        read: impl Fn(&Row<'_>, &mut Links) -> Option<T>,
    ) -> Vec<T> {
        let Some(text) = self.text(file).filter(|text| !text.is_empty()) else {
            return Vec::new();
        };
        let links = &mut self.links;
        let (rows, faults) = read_sheet(&text, columns, rows_max, |row| read(row, links));
        self.take_faults(file, faults);
        rows
    }

    fn text(&mut self, file: CityFile) -> Option<String> {
        self.links.file = file;
        match file.text(self.folder) {
            Ok(text) => Some(text),
            Err(error) => {
                self.take_faults(file, error.faults);
                None
            }
        }
    }

    /// A fault without a key is one of the file, not of a value in it.
    fn take_faults(&mut self, file: CityFile, faults: Vec<Fault>) {
        if faults.iter().any(|fault| fault.key.is_none()) {
            self.links.unsure.insert(file);
        }
        self.links.faults.entry(file).or_default().extend(faults);
    }
}

fn calendar_of(draft: &Draft, links: &mut Links) -> Option<WorkCalendar> {
    let centre = draft.centre.as_ref()?;
    let days = draft.exceptions.clone();
    let (zone, spans) = (centre.time_zone.clone(), centre.spans.clone());
    let calendar = WorkCalendar::new(zone, centre.week, spans, days.holidays, days.make_up_days);
    match calendar {
        Ok(calendar) => Some(calendar),
        Err(error) => {
            // What the hours and the week lack has been told where they are written.
            if links.faults.values().all(Vec::is_empty) {
                let message = error.to_string();
                let fault = Fault { line: None, key: None, value: None, message };
                links.fault(CityFile::Calendar, fault);
            }
            None
        }
    }
}

impl fmt::Display for CityFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            writeln!(f, "{file}")?;
        }
        let faults: usize = self.files.iter().map(|file| file.faults.len()).sum();
        let noun = if faults == 1 { "fault" } else { "faults" };
        write!(f, "{faults} {noun} in the city data of {}", self.folder.display())
    }
}

impl std::error::Error for CityFaults {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::city::sample::example;
    use crate::city::sample::faults;
    use crate::city::sample::small;
    use crate::city::sample::text;

    #[test]
    fn the_worked_example_is_a_district_of_85_grids_without_fault_or_remark() {
        let city = example();
        assert_eq!((city.grids.len(), city.centre.districts.len()), (85, 6));
        assert_eq!(city.people.len(), 85 * 6, "a head and five specialists a grid");
        assert_eq!(city.remarks, [""; 0]);
        for camera in &city.cameras {
            assert!(city.grid_of_camera(&camera.id).is_some(), "{}", camera.id);
        }
        assert!(!city.calendar.is_worked("2026-10-02".parse().unwrap()));
        assert!(city.calendar.is_worked("2026-10-10".parse().unwrap()));
    }

    #[test]
    fn all_faults_of_all_files_are_told_at_once() {
        let told = faults(&[
            (
                "centre.toml",
                "name = \"Small\"\nroles = [\"head\", \"sweeper\"]\nhead = \"haed\"\n\
                 working_hours = [\"14:00-18:00\", \"08:00-12:00\"]\ndefault_grid = \"north\"\n\
                 [clocks]\nintake = \"15\"\n[[district]]\nid = \"d\"\nname = \"D\"\n",
            ),
            (
                "calendar.toml",
                "make_up_days = [2026-10-09, 2026-10-03]\n\
                 [[holiday]]\nname = \"N\"\nfrom = 2026-10-01\nto = 2026-10-07\n\
                 [[holiday]]\nname = \"M\"\nfrom = 2026-10-01\nto = 2026-09-01\n",
            ),
            (
                "classes.toml",
                "[[class]]\nid = \"garbage_pile\"\nname = \"G\"\nrole = \"sweper\"\n\
                 unit = \"u\"\nlimit = \"4 hours\"\n",
            ),
            (
                "people.csv",
                "id,name,role,grid,phone\na,A,head,west,1\na,B,sweeper,wst,2\n,C,head,east,\n",
            ),
            ("cameras.csv", "id,name,lon,lat\nk 1,Kerb,113.605,345\n"),
            ("camera.csv", "id\n"),
        ]);
        insta::assert_snapshot!(told);
    }

    #[test]
    fn a_file_that_is_missing_or_broken_is_not_blamed_on_others() {
        let folder = tempfile::tempdir().unwrap();
        let told = super::CityData::load(folder.path()).unwrap_err();
        assert_eq!(told.files.len(), 5, "the files that are needed: {told}");
        let told = faults(&[("grids.toml", "[[grid]\n")]);
        assert!(told.contains("grids.toml:1: column"), "{told}");
        assert!(!told.contains("is no grid"), "{told}");
    }

    #[test]
    fn overlaps_and_gaps_are_told_with_size_and_place() {
        let grids = text("grids.toml");
        let moved = grids.replace("[113.61, 34.7], [113.62", "[113.611, 34.7], [113.62");
        let told = faults(&[("grids.toml", &moved)]);
        assert!(
            told.contains("lie in no grid") && told.contains("grid east and grid west"),
            "{told}"
        );
        let moved = grids.replace("[113.61, 34.7], [113.62", "[113.609, 34.7], [113.62");
        let told = faults(&[("grids.toml", &moved)]);
        assert!(told.contains("lies over grid west by "), "{told}");
    }

    #[test]
    fn a_grid_without_a_head_or_with_two_is_a_fault() {
        let people = text("people.csv");
        let none = people.replace("a,A,head,west\n", "");
        let told = faults(&[("people.csv", &none)]);
        assert!(told.contains("grid.west: has 0 people of role \"head\""), "{told}");
        let two = format!("{people}e,E,head,east\n");
        let told = faults(&[("people.csv", &two)]);
        assert!(told.contains("grid.east: has 2 people of role \"head\""), "{told}");
    }

    #[test]
    fn a_camera_beyond_all_grids_goes_to_the_default_or_is_told() {
        let cameras = "id,name,lon,lat,grid\nfar,Far,113.7,34.7,\nk,Kerb,113.605,34.705,east\n";
        let told = faults(&[("cameras.csv", cameras)]);
        assert!(told.contains("cameras.csv:2: far.lon = \"113.7\": lies in no grid"), "{told}");
        assert!(told.contains("k.grid = \"east\": its place lies in grid west"), "{told}");
        let centre = format!("default_grid = \"east\"\n{}", text("centre.toml"));
        let cameras = "id,name,lon,lat\nfar,Far,113.7,34.7\n";
        let city = small(&[("cameras.csv", cameras), ("centre.toml", &centre)]).unwrap();
        let far = city.cameras[0].id.clone();
        assert_eq!(city.grid_of_camera(&far).unwrap().id.as_str(), "east");
        assert!(city.remarks.iter().any(|remark| remark.contains("camera far")));
    }

    #[test]
    fn nobody_s_number_is_quoted() {
        let people = format!("id,name,role,grid,phone\na,A,head,west,{}\n", "138".repeat(100));
        assert!(!faults(&[("people.csv", &people)]).contains("138138"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_damage_is_read_or_refused(file in 0usize..12, at in 0usize..2_000, with in "\\PC{0,6}") {
            let file = super::CityFile::ALL[file].name();
            let path = crate::city::sample::example_folder().join(file);
            let mut damaged = std::fs::read_to_string(path).unwrap();
            let at = (at..damaged.len()).find(|at| damaged.is_char_boundary(*at)).unwrap_or(0);
            damaged.insert_str(at, &with);
            let _ = small(&[(file, &damaged)]);
        }
    }
}
