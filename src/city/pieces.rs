//! Values that several files of city data have: dates, areas, places, hours, lists.

use jiff::civil::Date;

use crate::geometry::Area;
use crate::geometry::GeoPoint;
use crate::time::WeeklyHours;
use crate::written::Cell;
use crate::written::Row;
use crate::written::Value;

/// A name that a person reads on one line.
const NAME_CHARS_MAX: usize = 200;
const HOURS_MUST_BE: &str =
    "days and hours such as \"mon-fri 07:00-21:00\" or \"daily 22:00-06:00\"";
const HOURS_MAX: usize = 100;
/// A road with a bend each hundred metres for 20 km.
const COURSE_POINTS_MAX: usize = 200;

/// What `read` makes of each element; it has said why where it gives nothing.
pub(super) fn list_of<T>(
    value: &Value<'_>,
    count_max: usize,
    read: impl FnMut(&Value<'_>) -> Option<T>,
) -> Vec<T> {
    let Some(elements) = value.elements().filter(|elements| elements.len() <= count_max) else {
        value.fault(format!("must be a list of at most {count_max}, written [..., ...]"));
        return Vec::new();
    };
    elements.iter().filter_map(read).collect()
}

/// A day, written 2026-10-01 with quotes or without.
pub(super) fn date(value: &Value<'_>) -> Option<Date> {
    let text = value.as_datetime_text().or_else(|| value.as_str().map(str::to_owned));
    let day = text.and_then(|text| text.parse().ok());
    if day.is_none() {
        value.fault("must be a day such as 2026-10-01");
    }
    day
}

/// Corners in degrees, longitude first.
pub(super) fn area(value: &Value<'_>) -> Option<Area> {
    let corner = |element: &Value<'_>| {
        let [lon, lat] = element.numbers::<2>()?;
        Some(GeoPoint::new(lon, lat))
    };
    let corners: Option<Vec<_>> =
        value.elements().and_then(|elements| elements.iter().map(corner).collect());
    let Some(corners) = corners else {
        value.fault("must be a list of corners in degrees such as [[113.60, 34.70], ...]");
        return None;
    };
    let corners: Result<Vec<_>, _> = corners.into_iter().collect();
    match corners.and_then(Area::new) {
        Ok(area) => Some(area),
        Err(error) => {
            value.fault(format!("{error}; must be corners [lon, lat] without crossing"));
            None
        }
    }
}

pub(super) fn hours(value: &Value<'_>) -> Option<WeeklyHours> {
    let texts = list_of(value, HOURS_MAX, |element| {
        element
            .parsed(HOURS_MUST_BE, |text| WeeklyHours::parse([text]).ok().map(|_| text.to_owned()))
    });
    WeeklyHours::parse(texts.iter().map(String::as_str)).ok()
}

/// Spans divided by semicolons.
pub(super) fn hours_in_cell(cell: &Cell<'_>) -> Option<WeeklyHours> {
    let must_be = format!("{HOURS_MUST_BE}, divided by ';'");
    cell.parsed(&must_be, |text| {
        WeeklyHours::parse(text.split(';').take(HOURS_MAX).map(str::trim)).ok()
    })
}

/// Places divided by semicolons, each its longitude and its latitude.
pub(super) fn course(cell: &Cell<'_>) -> Option<Vec<GeoPoint>> {
    let must_be = format!(
        "2 to {COURSE_POINTS_MAX} places in degrees such as \"113.60 34.70; 113.61 34.70\""
    );
    let point = |text: &str| {
        let (lon, lat) = text.trim().split_once(' ')?;
        GeoPoint::new(lon.trim().parse().ok()?, lat.trim().parse().ok()?).ok()
    };
    cell.parsed(&must_be, |text| {
        let points: Vec<_> = text.split(';').take(COURSE_POINTS_MAX + 1).map(point).collect();
        let fits = (2..=COURSE_POINTS_MAX).contains(&points.len());
        if fits { points.into_iter().collect() } else { None }
    })
}

/// The columns `lon` and `lat`.
pub(super) fn place(row: &Row<'_>) -> Option<GeoPoint> {
    let lon = row.needed("lon").and_then(|cell| cell.number(-180.0..=180.0));
    let lat = row.needed("lat").and_then(|cell| cell.number(-90.0..=90.0));
    GeoPoint::new(lon?, lat?).ok()
}

/// The column `name`.
pub(super) fn name(row: &Row<'_>) -> Option<String> {
    text(&row.needed("name")?)
}

/// A text on one line.
pub(super) fn text(cell: &Cell<'_>) -> Option<String> {
    cell.parsed(&format!("one line of at most {NAME_CHARS_MAX} characters"), |text| {
        let fits = text.chars().count() <= NAME_CHARS_MAX && !text.contains(char::is_control);
        fits.then(|| text.to_owned())
    })
}
