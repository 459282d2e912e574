//! `vending_points.csv` and `quiet_areas.toml`: where the city permits what it
//! forbids elsewhere, and where it wants to hear nothing for a while.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::geometry::Area;
use crate::geometry::GeoPoint;
use crate::time::Timestamp;
use crate::time::WeeklyHours;
use crate::written::Columns;
use crate::written::Row;
use crate::written::Table;

use super::ClassId;
use super::links::Links;
use super::links::Named;
use super::pieces::area;
use super::pieces::date;
use super::pieces::hours;
use super::pieces::hours_in_cell;
use super::pieces::list_of;
use super::pieces::name;
use super::pieces::place;
use super::places::any_name;

pub(super) const VENDING_COLUMNS: Columns =
    Columns { needed: &["id", "name", "lon", "lat", "radius_m"], optional: &["hours"] };
pub(super) const QUIET_KEYS: &[&str] = &["quiet_area"];
pub(super) const QUIET_AREA_KEYS: &[&str] =
    &["id", "reason", "approved_by", "classes", "polygon", "from", "until", "hours"];

pub(super) const VENDING_POINTS_MAX: usize = 50_000;
const QUIET_AREAS_MAX: usize = 5_000;
const CLASSES_MAX: usize = 5_000;

/// A place where stalls may stand.
#[derive(Clone, Debug, PartialEq)]
pub struct VendingPoint {
    pub id: String,
    pub name: String,
    pub place: GeoPoint,
    /// How far around the place stalls may stand.
    pub radius_m: f64,
    /// Always if none.
    pub hours: Option<WeeklyHours>,
}

/// Ground from which the city wants no cases for a while, with who approved it.
#[derive(Clone, Debug, PartialEq)]
pub struct QuietArea {
    pub id: String,
    pub reason: String,
    pub approved_by: String,
    /// Every class if empty.
    pub classes: Vec<ClassId>,
    pub area: Area,
    /// First and last day of it.
    pub from: Date,
    pub until: Date,
    /// Always if none.
    pub hours: Option<WeeklyHours>,
}

impl VendingPoint {
    #[must_use]
    pub fn permits(&self, place: &GeoPoint, at: Timestamp, zone: &TimeZone) -> bool {
        let open = self.hours.as_ref().is_none_or(|hours| hours.contain(at, zone));
        open && self.place.metres_to(place) <= self.radius_m
    }
}

impl QuietArea {
    #[must_use]
    pub fn silences(
        &self,
        class: &ClassId,
        place: &GeoPoint,
        at: Timestamp,
        zone: &TimeZone,
    ) -> bool {
        let meant = self.classes.is_empty() || self.classes.contains(class);
        let today = at.zoned(zone).date();
        let in_force = self.from <= today && today <= self.until;
        let open = self.hours.as_ref().is_none_or(|hours| hours.contain(at, zone));
        meant && in_force && open && self.area.contains(place)
    }
}

pub(super) fn vending_point(row: &Row<'_>, links: &mut Links) -> Option<VendingPoint> {
    let id = row.needed("id").and_then(|cell| links.give(Named::VendingPoint, &cell, any_name));
    let name = name(row);
    let place = place(row);
    let radius_m = row.needed("radius_m").and_then(|cell| cell.number(1.0..=1_000.0));
    let hours = row.cell("hours").and_then(|cell| hours_in_cell(&cell));
    Some(VendingPoint { id: id?, name: name?, place: place?, radius_m: radius_m?, hours })
}

pub(super) fn quiet_areas(table: &Table<'_>, links: &mut Links) -> Vec<QuietArea> {
    let tables = table.tables("quiet_area", QUIET_AREA_KEYS, QUIET_AREAS_MAX);
    tables.iter().filter_map(|table| quiet_area(table, links)).collect()
}

fn quiet_area(table: &Table<'_>, links: &mut Links) -> Option<QuietArea> {
    let id = table
        .needed("id", "id = \"night-market\"")
        .and_then(|value| links.give(Named::QuietArea, &value, any_name));
    let reason = table.needed("reason", "reason = \"night market\"").and_then(|value| value.text());
    let approved_by =
        table.needed("approved_by", "approved_by = \"Li\"").and_then(|value| value.text());
    let classes = table.value("classes").map(|value| {
        list_of(&value, CLASSES_MAX, |class| links.refer(Named::Class, class, ClassId::new))
    });
    let polygon =
        table.needed("polygon", "polygon = [[113.60, 34.70], ...]").and_then(|value| area(&value));
    let from = table.needed("from", "from = 2026-05-01").and_then(|value| date(&value));
    let until = table.needed("until", "until = 2026-05-07");
    let last = until.as_ref().and_then(date);
    let hours = table.value("hours").and_then(|value| hours(&value));
    if let (Some(from), Some(last), Some(until)) = (from, last, &until)
        && last < from
    {
        until.fault(format!("must be {from} or later, which is from"));
    }
    Some(QuietArea {
        id: id?,
        reason: reason?.to_owned(),
        approved_by: approved_by?.to_owned(),
        classes: classes.unwrap_or_default(),
        area: polygon?,
        from: from?,
        until: last?,
        hours,
    })
}
