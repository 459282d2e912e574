//! `classes.toml`: the catalogue of what the city has dealt with, by whom and how fast.

use crate::written::Table;

use super::ClassId;
use super::Limit;
use super::RoleId;
use super::UnitId;
use super::centre::JOIN_HOURS;
use super::centre::JOIN_M;
use super::centre::limit;
use super::links::Links;
use super::links::Named;

pub(super) const CATALOGUE_KEYS: &[&str] = &["class"];
pub(super) const CLASS_KEYS: &[&str] =
    &["id", "name", "code", "role", "unit", "limit", "extend_by", "review", "join_m", "join_hours"];

/// The largest catalogue seen has 243.
const CLASSES_MAX: usize = 5_000;

/// One class of the city's catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// What the program finds has the program's own name, `illegal_parking`.
    pub id: ClassId,
    /// For people.
    pub name: String,
    /// The city's own code.
    pub code: Option<String>,
    /// Who in the grid handles it.
    pub role: RoleId,
    /// Who handles it if the grid's people do not.
    pub unit: Option<UnitId>,
    /// From dispatched to handled.
    pub limit: Limit,
    /// What one extension adds; as much again as `limit` if not written.
    pub extend_by: Limit,
    /// Whether a person looks at it before it is filed.
    pub review: bool,
    /// As the centre's, where this class differs; see [`super::MatterRule`].
    pub join_m: Option<f64>,
    pub join_hours: Option<u32>,
}

pub(super) fn classes(table: &Table<'_>, links: &mut Links) -> Vec<Class> {
    let tables = table.tables("class", CLASS_KEYS, CLASSES_MAX);
    tables.iter().filter_map(|table| class(table, links)).collect()
}

fn class(table: &Table<'_>, links: &mut Links) -> Option<Class> {
    let id = table
        .needed("id", "id = \"illegal_parking\"")
        .and_then(|value| links.give(Named::Class, &value, ClassId::new));
    let name = table.needed("name", "name = \"Illegal parking\"").and_then(|value| value.text());
    let code = table.value("code").and_then(|value| value.text()).map(str::to_owned);
    let role = table
        .needed("role", "role = \"enforcement\"")
        .and_then(|value| links.refer(Named::Role, &value, RoleId::new));
    let unit = table.value("unit").and_then(|value| links.refer(Named::Unit, &value, UnitId::new));
    let takes = table.needed("limit", "limit = \"2 urgent hours\"").and_then(|value| limit(&value));
    let extend_by = table.value("extend_by").and_then(|value| limit(&value));
    let review = table.value("review").and_then(|value| value.flag()).unwrap_or(false);
    let join_m = table.value("join_m").and_then(|value| value.number(JOIN_M));
    let join_hours = table.value("join_hours").and_then(|value| value.count(JOIN_HOURS));
    Some(Class {
        id: id?,
        name: name?.to_owned(),
        code,
        role: role?,
        unit,
        limit: takes?,
        extend_by: extend_by.or(takes)?,
        review,
        join_m,
        join_hours: join_hours.map(|hours| hours as u32),
    })
}
