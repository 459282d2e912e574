//! City data for tests: the worked example, and a small city to break.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use super::CityData;
use super::CityFaults;

/// Qinghe, as it ships.
pub(crate) fn example() -> CityData {
    CityData::load(&example_folder()).unwrap()
}

pub(crate) fn example_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/city-example")
}

/// Two grids side by side, one class, two people each.
const SMALL: [(&str, &str); 6] = [
    (
        "centre.toml",
        "name = \"Small\"\nroles = [\"head\", \"sweeper\"]\nhead = \"head\"\n\
         outline = [[113.6, 34.7], [113.62, 34.7], [113.62, 34.71], [113.6, 34.71]]\n\
         [[district]]\nid = \"d\"\nname = \"D\"\n",
    ),
    ("calendar.toml", ""),
    (
        "classes.toml",
        "[[class]]\nid = \"garbage_pile\"\nname = \"Garbage\"\nrole = \"sweeper\"\n\
         limit = \"4 working hours\"\n",
    ),
    (
        "grids.toml",
        "[[grid]]\nid = \"west\"\nname = \"West\"\ndistrict = \"d\"\n\
         polygon = [[113.6, 34.7], [113.61, 34.7], [113.61, 34.71], [113.6, 34.71]]\n\
         [[grid]]\nid = \"east\"\nname = \"East\"\ndistrict = \"d\"\n\
         polygon = [[113.61, 34.7], [113.62, 34.7], [113.62, 34.71], [113.61, 34.71]]\n",
    ),
    (
        "people.csv",
        "id,name,role,grid\na,A,head,west\nb,B,sweeper,west\nc,C,head,east\nd,D,sweeper,east\n",
    ),
    ("cameras.csv", "id,name,lon,lat,grid\nk1,Kerb,113.605,34.705,west\n"),
];

/// Loads the small city, with some of its files written otherwise.
pub(crate) fn small(otherwise: &[(&str, &str)]) -> Result<CityData, CityFaults> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in SMALL.iter().chain(otherwise) {
        fs::write(folder.path().join(name), text).unwrap();
    }
    CityData::load(folder.path())
}

/// All faults of the small city so written, without the folder's name.
pub(crate) fn faults(otherwise: &[(&str, &str)]) -> String {
    let faults = small(otherwise).unwrap_err();
    faults.to_string().replace(&faults.folder.display().to_string(), "CITY")
}

/// The text of one of the small city's files, for a change to it.
pub(crate) fn text(name: &str) -> &'static str {
    SMALL.iter().find(|(file, _)| *file == name).unwrap().1
}
