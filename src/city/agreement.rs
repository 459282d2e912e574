//! Keeps what `docs/city.md` says of the files and what is read of them in step.

use std::collections::BTreeSet;

use super::CityFile;
use super::centre;
use super::classes;
use super::duties;
use super::grids;
use super::permits;
use super::places;

const DOCUMENTATION: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/city.md"));

/// The keys or columns in the first column of the table under the heading.
fn documented(heading: &str) -> BTreeSet<&'static str> {
    let (_, rest) = DOCUMENTATION
        .split_once(&format!("### {heading}\n"))
        .unwrap_or_else(|| panic!("docs/city.md has no heading {heading}"));
    let section = rest.split("\n#").next().unwrap();
    section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect()
}

#[test]
fn every_key_and_column_is_documented_and_the_other_way_round() {
    let tables: [(&str, &[&str]); 14] = [
        ("`centre.toml`", centre::CENTRE_KEYS),
        ("`[clocks]`", centre::CLOCK_KEYS),
        ("`[matter]`", centre::MATTER_KEYS),
        ("`[[district]]`", centre::DISTRICT_KEYS),
        ("`calendar.toml`", centre::CALENDAR_KEYS),
        ("`[[holiday]]`", centre::HOLIDAY_KEYS),
        ("`classes.toml`", classes::CATALOGUE_KEYS),
        ("`[[class]]`", classes::CLASS_KEYS),
        ("`grids.toml`", grids::GRIDS_KEYS),
        ("`[[grid]]`", grids::GRID_KEYS),
        ("`quiet_areas.toml`", permits::QUIET_KEYS),
        ("`[[quiet_area]]`", permits::QUIET_AREA_KEYS),
        ("`duties.toml`", duties::DUTIES_KEYS),
        ("`[[duty]]`", duties::DUTY_KEYS),
    ];
    for (heading, keys) in tables {
        assert_eq!(documented(heading), keys.iter().copied().collect(), "{heading}");
    }
    let sheets = [
        ("`units.csv`", grids::UNIT_COLUMNS),
        ("`people.csv`", grids::PEOPLE_COLUMNS),
        ("`roads.csv`", places::ROAD_COLUMNS),
        ("`cameras.csv`", places::CAMERA_COLUMNS),
        ("`berths.csv`", places::BERTH_COLUMNS),
        ("`vending_points.csv`", permits::VENDING_COLUMNS),
    ];
    for (heading, columns) in sheets {
        let columns = [columns.needed, columns.optional].concat();
        assert_eq!(documented(heading), columns.into_iter().collect(), "{heading}");
    }
}

#[test]
fn every_file_is_documented() {
    for file in CityFile::ALL {
        assert!(DOCUMENTATION.contains(&format!("### `{}`", file.name())), "{}", file.name());
    }
}
