//! The district in which the demo's streets lie: the worked example of the
//! documentation, with cameras of the demo's own.

use std::fs;
use std::path::Path;

use anyhow::Context;
use anyhow::Result;

/// What the demo takes from the example as it is.
const FILES: [(&str, &str); 7] = [
    ("centre.toml", include_str!("../../../docs/city-example/centre.toml")),
    ("calendar.toml", include_str!("../../../docs/city-example/calendar.toml")),
    ("classes.toml", include_str!("../../../docs/city-example/classes.toml")),
    ("grids.toml", include_str!("../../../docs/city-example/grids.toml")),
    ("people.csv", include_str!("../../../docs/city-example/people.csv")),
    ("units.csv", include_str!("../../../docs/city-example/units.csv")),
    ("roads.csv", include_str!("../../../docs/city-example/roads.csv")),
];
const EXAMPLE_CAMERAS: &str = include_str!("../../../docs/city-example/cameras.csv");
/// One camera of the demo stands where every so manieth of the example does,
/// so that they are spread over the district.
const EVERY: usize = 11;

/// Writes the city's folder for cameras of these names and titles.
pub(super) fn write(folder: &Path, cameras: &[(&str, String)]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let own = ("cameras.csv", places(cameras));
    let files = FILES.iter().map(|(name, text)| (*name, (*text).to_owned())).chain([own]);
    for (name, text) in files {
        let file = folder.join(name);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

/// The example's places under the demo's names.
fn places(cameras: &[(&str, String)]) -> String {
    let mut text = String::from("id,name,pole,lon,lat,road\n");
    let rows = EXAMPLE_CAMERAS.lines().skip(1).step_by(EVERY);
    for ((id, title), row) in cameras.iter().zip(rows) {
        // From the right, as a name may hold a comma.
        let mut cells = row.rsplit(',');
        let (_grid, road) = (cells.next(), cells.next().unwrap_or_default());
        let (lat, lon) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        let title = title.replace('"', "'");
        text.extend([*id, ",\"", &title, "\",,", lon, ",", lat, ",", road, "\n"]);
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::city::CityData;
    use crate::ingest::CameraId;

    use super::*;

    #[test]
    fn the_demos_district_is_without_fault_and_every_camera_lies_in_a_grid() {
        let folder = tempfile::tempdir().unwrap();
        let names: Vec<_> = (0..10).map(|number| format!("camera-{number}")).collect();
        let cameras: Vec<_> =
            names.iter().map(|name| (name.as_str(), "A \"street\"".to_owned())).collect();
        write(folder.path(), &cameras).unwrap();
        let city = CityData::load(folder.path()).unwrap();
        for name in &names {
            let camera = CameraId::new(name).unwrap();
            assert!(city.grid_of_camera(&camera).is_some(), "{name}");
        }
    }
}
