//! `grids.toml`, `units.csv` and `people.csv`: the city's ground, and who looks after it.

use crate::geometry::Area;
use crate::runtime::Secret;
use crate::written::Columns;
use crate::written::Row;
use crate::written::Spot;
use crate::written::Table;

use super::DistrictId;
use super::GridId;
use super::PersonId;
use super::RoleId;
use super::UnitId;
use super::links::Links;
use super::links::Named;
use super::pieces::area;
use super::pieces::name;
use super::pieces::text;

pub(super) const GRIDS_KEYS: &[&str] = &["grid"];
pub(super) const GRID_KEYS: &[&str] = &["id", "name", "district", "polygon"];
pub(super) const UNIT_COLUMNS: Columns = Columns { needed: &["id", "name"], optional: &["phone"] };
pub(super) const PEOPLE_COLUMNS: Columns =
    Columns { needed: &["id", "name", "role", "grid"], optional: &["unit", "phone"] };

/// A city of ten million has about as many.
const GRIDS_MAX: usize = 5_000;
/// The largest directory seen has 248.
pub(super) const UNITS_MAX: usize = 10_000;
pub(super) const PEOPLE_MAX: usize = 100_000;

/// The piece of ground that one crew looks after.
#[derive(Clone, Debug)]
pub struct Grid {
    pub id: GridId,
    pub name: String,
    pub district: DistrictId,
    pub area: Area,
    /// Where its polygon is written.
    pub(super) spot: Spot,
}

/// A unit connected to the dispatch centre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    pub id: UnitId,
    pub name: String,
    pub phone: Option<Secret>,
}

/// A person who handles cases in one role of one grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    pub name: String,
    pub role: RoleId,
    pub grid: GridId,
    pub unit: Option<UnitId>,
    pub phone: Option<Secret>,
}

pub(super) fn grids(table: &Table<'_>, links: &mut Links) -> Vec<Grid> {
    let tables = table.tables("grid", GRID_KEYS, GRIDS_MAX);
    tables.iter().filter_map(|table| grid(table, links)).collect()
}

fn grid(table: &Table<'_>, links: &mut Links) -> Option<Grid> {
    let id = table
        .needed("id", "id = \"north-07\"")
        .and_then(|value| links.give(Named::Grid, &value, GridId::new));
    let name = table.needed("name", "name = \"Mill Lane\"").and_then(|value| value.text());
    let district = table
        .needed("district", "district = \"north\"")
        .and_then(|value| links.refer(Named::District, &value, DistrictId::new));
    let polygon = table.needed("polygon", "polygon = [[113.60, 34.70], ...]");
    let area = polygon.as_ref().and_then(area);
    let (name, spot) = (name?.to_owned(), polygon?.spot());
    Some(Grid { id: id?, name, district: district?, area: area?, spot })
}

pub(super) fn unit(row: &Row<'_>, links: &mut Links) -> Option<Unit> {
    let id = row.needed("id").and_then(|cell| links.give(Named::Unit, &cell, UnitId::new));
    let name = name(row);
    Some(Unit { id: id?, name: name?, phone: phone(row) })
}

pub(super) fn person(row: &Row<'_>, links: &mut Links) -> Option<Person> {
    let id = row.needed("id").and_then(|cell| links.give(Named::Person, &cell, PersonId::new));
    let name = name(row);
    let role = row.needed("role").and_then(|cell| links.refer(Named::Role, &cell, RoleId::new));
    let grid = row.needed("grid").and_then(|cell| links.refer(Named::Grid, &cell, GridId::new));
    let unit = row.cell("unit").and_then(|cell| links.refer(Named::Unit, &cell, UnitId::new));
    Some(Person { id: id?, name: name?, role: role?, grid: grid?, unit, phone: phone(row) })
}

fn phone(row: &Row<'_>) -> Option<Secret> {
    row.cell("phone").and_then(|cell| text(&cell)).map(Secret::new)
}
