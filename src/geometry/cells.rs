//! The ground in numbered cells, so that what lies near a place is found by ranges of numbers.

use std::ops::RangeInclusive;

use super::GeoPoint;
use super::ground::EARTH_M;

/// A thousandth of a degree, some 111 m from south to north: reports within
/// the usual 50 m of a place lie in one row of cells or two.
const CELLS_A_DEGREE: f64 = 1_000.0;
const COLUMNS: i64 = 360_000;
const ROWS: i64 = 180_000;
/// Rounding must not leave out a place that is just near enough.
const SLACK: f64 = 1e-9;

/// The number of the cell that the place lies in; cells of a row follow each other.
#[must_use]
pub fn cell_of(place: &GeoPoint) -> i64 {
    row_of(place.lat()) * COLUMNS + column_of(place.lon())
}

/// The cells of every place within so many metres, as runs of numbers. They
/// hold places further off too, so the distance must still be asked.
#[must_use]
pub fn cells_around(place: &GeoPoint, metres: f64) -> Vec<RangeInclusive<i64>> {
    let angle = (metres.max(0.0) / EARTH_M).min(std::f64::consts::PI);
    let reach = angle.to_degrees() + SLACK;
    let (south, north) = (row_of(place.lat() - reach), row_of(place.lat() + reach));
    let columns = columns_around(place, angle);
    let runs = (south..=north).flat_map(|row| {
        let start = row * COLUMNS;
        columns.iter().map(move |run| start + run.start()..=start + run.end())
    });
    runs.collect()
}

/// One run of columns, or two where the date line lies between.
fn columns_around(place: &GeoPoint, angle: f64) -> Vec<RangeInclusive<i64>> {
    // How far east a circle on the sphere reaches; around a pole, everywhere.
    let sine = angle.sin() / place.lat().to_radians().cos().max(SLACK);
    let around_pole = angle >= std::f64::consts::FRAC_PI_2 || sine >= 1.0 - SLACK;
    let reach = if around_pole { 180.0 } else { sine.asin().to_degrees() + SLACK };
    let (west, east) = (place.lon() - reach, place.lon() + reach);
    match (west < -180.0, east > 180.0) {
        (true, true) => vec![0..=COLUMNS - 1],
        _ if reach >= 180.0 => vec![0..=COLUMNS - 1],
        (true, false) => vec![0..=column_of(east), column_of(west + 360.0)..=COLUMNS - 1],
        (false, true) => vec![0..=column_of(east - 360.0), column_of(west)..=COLUMNS - 1],
        (false, false) => vec![column_of(west)..=column_of(east)],
    }
}

fn row_of(lat: f64) -> i64 {
    (((lat + 90.0) * CELLS_A_DEGREE).floor() as i64).clamp(0, ROWS - 1)
}

fn column_of(lon: f64) -> i64 {
    (((lon + 180.0) * CELLS_A_DEGREE).floor() as i64).clamp(0, COLUMNS - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn point(lon: f64, lat: f64) -> GeoPoint {
        GeoPoint::new(lon, lat).unwrap()
    }

    /// Anywhere, and often where longitudes end or meet.
    fn places() -> impl Strategy<Value = GeoPoint> {
        let lon = prop_oneof![
            -180.0f64..=180.0,
            -180.0f64..=-179.99,
            179.99f64..=180.0,
            113.59f64..113.73
        ];
        let lat = prop_oneof![-90.0f64..=90.0, 89.99f64..=90.0, -90.0f64..=-89.99, 34.69f64..34.74];
        (lon, lat).prop_map(|(lon, lat)| point(lon, lat))
    }

    #[test]
    fn a_search_of_fifty_metres_looks_at_few_cells() {
        let cells = cells_around(&point(113.605_5, 34.704_9), 50.0);
        let count: i64 = cells.iter().map(|run| run.end() - run.start() + 1).sum();
        assert!((1..=9).contains(&count), "{count} cells");
    }

    proptest! {
        #[test]
        fn whatever_is_near_lies_in_the_cells_around(
            place in places(), east in -1.0f64..1.0, north in -1.0f64..1.0, metres in 0.0f64..5_000.0,
        ) {
            // Up to some five kilometres off, in degrees of the place.
            let lat = (place.lat() + north * 0.05).clamp(-90.0, 90.0);
            let wide = 0.05 / lat.to_radians().cos().max(1e-4);
            let lon = place.lon() + east * wide.min(360.0);
            let lon = if lon > 180.0 { lon - 360.0 } else if lon < -180.0 { lon + 360.0 } else { lon };
            let other = point(lon.clamp(-180.0, 180.0), lat);
            let near = place.metres_to(&other) <= metres;
            let found = cells_around(&place, metres).iter().any(|run| run.contains(&cell_of(&other)));
            prop_assert!(found || !near, "{} m off", place.metres_to(&other));
        }

        #[test]
        fn distances_are_those_of_the_ground(a in places(), b in places(), c in places()) {
            let (there, back) = (a.metres_to(&b), b.metres_to(&a));
            prop_assert!((there - back).abs() <= 1e-6 * there.max(1.0));
            prop_assert!(a.metres_to(&a) < 1e-6);
            prop_assert!(a.metres_to(&c) <= there + b.metres_to(&c) + 1.0);
            prop_assert!(there <= std::f64::consts::PI * EARTH_M + 1.0);
        }
    }
}
