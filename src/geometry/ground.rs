//! Places and areas on the ground, in degrees east and north (WGS 84).
//!
//! Areas that share a border share it exactly: a place on it lies in one of
//! them and never in both, as long as both name the border's corners.

use serde::Deserialize;
use serde::Serialize;

/// Mean radius of the earth.
pub(super) const EARTH_M: f64 = 6_371_008.8;

/// A surveyed border has fewer; bounds the cost of asking where a place lies.
const CORNERS_MAX: usize = 1_000;

/// Less is no area, but a slip of the pen.
const AREA_M2_MIN: f64 = 1.0;

/// A place on the ground, written `[lon, lat]`.
///
/// Invariant: finite, `lon` within ±180 and `lat` within ±90 degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 2]", into = "[f64; 2]")]
pub struct GeoPoint {
    lon: f64,
    lat: f64,
}

/// Why a list of corners is no area.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AreaError {
    #[error("{0} corners, needs 3 to {CORNERS_MAX}")]
    Corners(usize),
    #[error("edges {0} and {1} cross each other")]
    Crossing(usize, usize),
    #[error("covers no ground")]
    Empty,
    #[error("[{0}, {1}] is no longitude and latitude in degrees")]
    Outside(f64, f64),
}

impl GeoPoint {
    /// # Errors
    /// When either is no number or beyond the poles or the date line.
    pub fn new(lon: f64, lat: f64) -> Result<Self, AreaError> {
        let on_earth = (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat);
        if on_earth { Ok(Self { lon, lat }) } else { Err(AreaError::Outside(lon, lat)) }
    }

    /// Degrees east.
    #[must_use]
    pub const fn lon(&self) -> f64 {
        self.lon
    }

    /// Degrees north.
    #[must_use]
    pub const fn lat(&self) -> f64 {
        self.lat
    }

    /// Metres along the ground (haversine).
    #[must_use]
    pub fn metres_to(&self, other: &Self) -> f64 {
        let half = |a: f64, b: f64| ((b - a).to_radians() / 2.0).sin().powi(2);
        let across = half(self.lon, other.lon);
        let (own, others) = (self.lat.to_radians().cos(), other.lat.to_radians().cos());
        let chord = half(self.lat, other.lat) + own * others * across;
        2.0 * EARTH_M * chord.clamp(0.0, 1.0).sqrt().asin()
    }
}

impl TryFrom<[f64; 2]> for GeoPoint {
    type Error = AreaError;

    fn try_from([lon, lat]: [f64; 2]) -> Result<Self, AreaError> {
        Self::new(lon, lat)
    }
}

impl From<GeoPoint> for [f64; 2] {
    fn from(point: GeoPoint) -> Self {
        [point.lon, point.lat]
    }
}

/// A piece of ground within one outline.
///
/// Invariant: 3 to 1,000 corners, no two edges cross, at least a square metre.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    corners: Vec<GeoPoint>,
    /// West, south, east and north of it all.
    bounds: [f64; 4],
}

impl Area {
    /// # Errors
    /// When there are too few or too many corners, two edges cross, or it covers nothing.
    pub fn new(corners: Vec<GeoPoint>) -> Result<Self, AreaError> {
        if corners.len() < 3 || corners.len() > CORNERS_MAX {
            return Err(AreaError::Corners(corners.len()));
        }
        let first = corners[0];
        let bounds = corners.iter().fold([first.lon, first.lat, first.lon, first.lat], |b, p| {
            [b[0].min(p.lon), b[1].min(p.lat), b[2].max(p.lon), b[3].max(p.lat)]
        });
        let area = Self { corners, bounds };
        if let Some((first, second)) = area.crossing_edges() {
            return Err(AreaError::Crossing(first, second));
        }
        if area.square_metres() < AREA_M2_MIN {
            return Err(AreaError::Empty);
        }
        Ok(area)
    }

    #[must_use]
    pub fn corners(&self) -> &[GeoPoint] {
        &self.corners
    }

    /// Each corner with the next, the last with the first.
    pub fn edges(&self) -> impl Iterator<Item = (GeoPoint, GeoPoint)> + '_ {
        let next = self.corners.iter().cycle().skip(1);
        self.corners.iter().zip(next).map(|(a, b)| (*a, *b))
    }

    /// Whether the place lies inside. Of two areas with a border in common one
    /// holds a place on it.
    #[must_use]
    pub fn contains(&self, place: &GeoPoint) -> bool {
        let [west, south, east, north] = self.bounds;
        if place.lon < west || place.lon > east || place.lat < south || place.lat > north {
            return false;
        }
        let passed = self.edges().filter(|(a, b)| {
            let spans = (a.lat > place.lat) != (b.lat > place.lat);
            spans && place.lon < lon_at(*a, *b, place.lat)
        });
        passed.count() % 2 == 1
    }

    /// Good to a thousandth over a city.
    #[must_use]
    pub fn square_metres(&self) -> f64 {
        // Counted from a corner, so that large degrees do not eat small areas.
        let o = self.corners[0];
        let cross = |(a, b): (GeoPoint, GeoPoint)| {
            (a.lon - o.lon) * (b.lat - o.lat) - (b.lon - o.lon) * (a.lat - o.lat)
        };
        let square_degrees = self.edges().map(cross).sum::<f64>().abs() / 2.0;
        square_degrees * square_metres_of_degree(f64::midpoint(self.bounds[1], self.bounds[3]))
    }

    fn crossing_edges(&self) -> Option<(usize, usize)> {
        let all: Vec<_> = self.edges().collect();
        for first in 0..all.len() {
            for second in first + 2..all.len() {
                let neighbours = first == 0 && second == all.len() - 1;
                if !neighbours && cross(all[first], all[second]) {
                    return Some((first, second));
                }
            }
        }
        None
    }
}

/// Where the edge passes the latitude, the same whichever way it is walked.
#[must_use]
pub fn lon_at(a: GeoPoint, b: GeoPoint, lat: f64) -> f64 {
    let (low, high) = if a.lat <= b.lat { (a, b) } else { (b, a) };
    if high.lat <= low.lat {
        return low.lon.min(high.lon);
    }
    low.lon + (high.lon - low.lon) * ((lat - low.lat) / (high.lat - low.lat))
}

/// Square metres of a square degree at the latitude.
#[must_use]
pub fn square_metres_of_degree(lat: f64) -> f64 {
    let degree_m = EARTH_M.to_radians();
    degree_m * degree_m * lat.to_radians().cos()
}

/// Whether two edges cross in a point inside both.
fn cross((a, b): (GeoPoint, GeoPoint), (c, d): (GeoPoint, GeoPoint)) -> bool {
    let side = |p: GeoPoint, q: GeoPoint, r: GeoPoint| {
        (q.lon - p.lon) * (r.lat - p.lat) - (q.lat - p.lat) * (r.lon - p.lon)
    };
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn point(lon: f64, lat: f64) -> GeoPoint {
        GeoPoint::new(lon, lat).unwrap()
    }

    fn area(corners: &[[f64; 2]]) -> Result<Area, AreaError> {
        Area::new(corners.iter().map(|[lon, lat]| point(*lon, *lat)).collect())
    }

    #[test]
    fn refuses_what_is_no_area() {
        assert_eq!(area(&[[0.0, 0.0], [1.0, 1.0]]), Err(AreaError::Corners(2)));
        let bow_tie = area(&[[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]);
        assert_eq!(bow_tie, Err(AreaError::Crossing(0, 2)));
        assert_eq!(area(&[[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]]), Err(AreaError::Empty));
        assert!(GeoPoint::new(f64::NAN, 0.0).is_err());
        assert!(GeoPoint::new(0.0, 90.1).is_err());
    }

    #[test]
    fn measures_the_ground() {
        // A minute of latitude was once the nautical mile.
        let mile = point(113.6, 34.75).metres_to(&point(113.6, 34.75 + 1.0 / 60.0));
        assert!((mile - 1_853.0).abs() < 1.0, "{mile}");
        let square = area(&[[113.0, 34.0], [113.01, 34.0], [113.01, 34.01], [113.0, 34.01]]);
        let expected = 1_111.95f64.powi(2) * 34.005f64.to_radians().cos();
        let measured = square.unwrap().square_metres();
        assert!((measured / expected - 1.0).abs() < 1e-3, "{measured}");
    }

    proptest! {
        #[test]
        fn a_place_lies_in_one_of_two_areas_that_share_a_border(
            x in -0.2f64..0.2, lat in 0.0f64..1.0, on_border: bool,
        ) {
            let (south, north) = ([0.5 + x, 0.0], [0.5 - x, 1.0]);
            let west = area(&[[0.0, 0.0], south, north, [0.0, 1.0]]).unwrap();
            let east = area(&[north, south, [1.0, 0.0], [1.0, 1.0]]).unwrap();
            let border = lon_at(point(south[0], south[1]), point(north[0], north[1]), lat);
            let place = point(if on_border { border } else { 0.5 }, lat);
            prop_assert!(west.contains(&place) != east.contains(&place));
        }
    }
}
