//! Hot spots: places where a class of matter comes back and back.

use rusqlite::Row;
use rusqlite::Savepoint;
use rusqlite::params;
use serde::Serialize;
use utoipa::ToSchema;

use crate::cases::CaseId;
use crate::city::ClassId;
use crate::geometry::GeoPoint;
use crate::geometry::cell_of;
use crate::geometry::cells_around;
use crate::time::Timestamp;

use super::NewCase;
use super::Store;
use super::StoreError;
use super::error::failed_to;

/// So many rows are read at most: hundreds of hot spots with dozens of cases.
const ROWS_MAX: i64 = 20_000;
/// So many cases of one are named; the count is the true one.
const NAMED_MAX: usize = 50;

/// A place where a class of matter came up often within the days that the city set.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct HotSpot {
    pub number: u32,
    pub class: ClassId,
    /// Of the case that made it one.
    pub place: GeoPoint,
    /// Since when it is one.
    pub since: Timestamp,
    /// Cases since the time asked for.
    pub count: usize,
    /// The newest of them, at most fifty.
    pub cases: Vec<CaseId>,
}

impl Store {
    /// Hot spots with a case filed at `since` or later, the one with the most cases first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn hot_spots(&self, since: Timestamp) -> Result<Vec<HotSpot>, StoreError> {
        let rows: Vec<Option<(HotSpot, CaseId)>> = self
            .reader()
            .prepare_cached(
                "SELECT h.number, h.class_id, h.lon, h.lat, h.since, m.case_id
                 FROM hot_spots h JOIN matters m ON m.hot_spot = h.number
                 WHERE m.hot_spot IS NOT NULL AND m.filed_at >= ?1
                 ORDER BY h.number, m.filed_at DESC LIMIT ?2",
            )
            .and_then(|mut statement| {
                statement.query_map(params![since.as_micros(), ROWS_MAX], hot_spot)?.collect()
            })
            .map_err(failed_to("list hot spots"))?;
        let mut spots: Vec<HotSpot> = Vec::new();
        for (spot, case) in rows.into_iter().flatten() {
            if spots.last().is_none_or(|last| last.number != spot.number) {
                spots.push(spot);
            }
            let Some(last) = spots.last_mut() else { continue };
            last.count += 1;
            if last.cases.len() < NAMED_MAX {
                last.cases.push(case);
            }
        }
        spots.sort_by_key(|spot| std::cmp::Reverse(spot.count));
        Ok(spots)
    }
}

fn hot_spot(row: &Row<'_>) -> rusqlite::Result<Option<(HotSpot, CaseId)>> {
    let (class, case): (String, String) = (row.get(1)?, row.get(5)?);
    let place = GeoPoint::new(row.get(2)?, row.get(3)?);
    let (number, since) = (row.get(0)?, Timestamp::from_micros(row.get(4)?));
    let spot = ClassId::new(&class).ok().zip(place.ok()).map(|(class, place)| HotSpot {
        number,
        class,
        place,
        since,
        count: 0,
        cases: Vec::new(),
    });
    Ok(spot.zip(CaseId::parse(&case)))
}

/// The hot spot at the place of the case, a new one if there is none, with
/// the cases before this one belonging to it too.
pub(super) fn note(
    transaction: &Savepoint<'_>,
    new: &NewCase<'_>,
    before: &[CaseId],
) -> Result<u32, StoreError> {
    let number = match known(transaction, new)? {
        Some(number) => number,
        None => begin(transaction, new)?,
    };
    let mut statement = transaction
        .prepare_cached("UPDATE matters SET hot_spot = ?2 WHERE case_id = ?1 AND hot_spot IS NULL")
        .map_err(failed_to("note a hot spot"))?;
    for id in before {
        statement.execute(params![id.as_str(), number]).map_err(failed_to("note a hot spot"))?;
    }
    Ok(number)
}

fn known(transaction: &Savepoint<'_>, new: &NewCase<'_>) -> Result<Option<u32>, StoreError> {
    let mut statement = transaction
        .prepare_cached(
            "SELECT number, lon, lat FROM hot_spots
             WHERE class_id = ?1 AND cell BETWEEN ?2 AND ?3",
        )
        .map_err(failed_to("look for a hot spot"))?;
    let mut nearest: Option<(f64, u32)> = None;
    for run in cells_around(&new.place, new.rule.join_m) {
        let rows: Vec<(u32, f64, f64)> = statement
            .query_map(params![new.class.as_str(), run.start(), run.end()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .and_then(Iterator::collect)
            .map_err(failed_to("look for a hot spot"))?;
        for (number, lon, lat) in rows {
            let Ok(place) = GeoPoint::new(lon, lat) else { continue };
            let metres = new.place.metres_to(&place);
            let nearer = nearest.is_none_or(|(before, _)| metres < before);
            if metres <= new.rule.join_m && nearer {
                nearest = Some((metres, number));
            }
        }
    }
    Ok(nearest.map(|(_, number)| number))
}

fn begin(transaction: &Savepoint<'_>, new: &NewCase<'_>) -> Result<u32, StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO hot_spots (class_id, lon, lat, cell, since) VALUES (?1, ?2, ?3, ?4, ?5)
             RETURNING number",
        )
        .and_then(|mut statement| {
            let (lon, lat) = (new.place.lon(), new.place.lat());
            let since = new.case.filed_at.as_micros();
            let row = params![new.class.as_str(), lon, lat, cell_of(&new.place), since];
            statement.query_row(row, |row| row.get(0))
        })
        .map_err(failed_to("note a hot spot"))
}
