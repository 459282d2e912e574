//! A simple polygon in the picture: what a zone covers.

use super::BoxInImage;
use super::Point;

/// More corners than any hand-drawn zone has; bounds the cost of a look.
const CORNERS_MAX: usize = 256;

/// Why a list of corners is not a polygon.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PolygonError {
    #[error("{0} corners, needs 3 to {CORNERS_MAX}")]
    Corners(usize),
    #[error("corner {index} is [{x}, {y}], outside 0..=1")]
    Outside { index: usize, x: f32, y: f32 },
    #[error("edges {0} and {1} cross each other")]
    Crossing(usize, usize),
    #[error("covers no area")]
    Empty,
}

/// A polygon in fractions of the picture.
///
/// Invariant: 3 to 256 corners, each within 0..=1, no two edges cross, area above 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Polygon {
    corners: Vec<Point>,
}

impl Polygon {
    /// # Errors
    /// When there are too few or too many corners, one lies outside the
    /// picture, two edges cross, or the polygon covers nothing.
    pub fn new(corners: Vec<Point>) -> Result<Self, PolygonError> {
        if corners.len() < 3 || corners.len() > CORNERS_MAX {
            return Err(PolygonError::Corners(corners.len()));
        }
        for (index, &Point { x, y }) in corners.iter().enumerate() {
            if !((0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y)) {
                return Err(PolygonError::Outside { index, x, y });
            }
        }
        if let Some((first, second)) = crossing_edges(&corners) {
            return Err(PolygonError::Crossing(first, second));
        }
        let polygon = Self { corners };
        if polygon.area() < 1e-6 {
            return Err(PolygonError::Empty);
        }
        Ok(polygon)
    }

    #[must_use]
    pub fn corners(&self) -> &[Point] {
        &self.corners
    }

    /// Area as a fraction of the picture (the shoelace formula).
    #[must_use]
    pub fn area(&self) -> f32 {
        shoelace(&self.corners).abs()
    }

    /// The direction in which the polygon stretches, in fractions of the picture, of length 1:
    /// that of its edges, each as one of two opposite directions and by its length (the mean of
    /// doubled angles, Mardia and Jupp 2000). Along a lane, however its far end tapers.
    #[must_use]
    pub fn axis(&self) -> Point {
        let mut doubled = Point { x: 0.0, y: 0.0 };
        for (from, to) in edges(&self.corners) {
            let (x, y) = (to.x - from.x, to.y - from.y);
            let length = x.hypot(y).max(f32::MIN_POSITIVE);
            doubled.x += (x * x - y * y) / length;
            doubled.y += 2.0 * x * y / length;
        }
        let angle = doubled.y.atan2(doubled.x) / 2.0;
        Point { x: angle.cos(), y: angle.sin() }
    }

    /// The smallest box around the polygon.
    #[must_use]
    pub fn bounds(&self) -> BoxInImage {
        let first = self.corners[0];
        let around = |b: BoxInImage, p: &Point| b.hull(&BoxInImage::clipped(p.x, p.y, p.x, p.y));
        self.corners.iter().fold(BoxInImage::clipped(first.x, first.y, first.x, first.y), around)
    }

    /// Whether the point lies inside (crossing-number rule).
    #[must_use]
    pub fn contains(&self, point: Point) -> bool {
        let mut inside = false;
        for (a, b) in edges(&self.corners) {
            let spans = (a.y > point.y) != (b.y > point.y);
            if spans && point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x {
                inside = !inside;
            }
        }
        inside
    }

    /// Which share of the box lies inside the polygon, 0..=1; 0 for an empty
    /// box. Exact: the polygon is clipped to the box (Sutherland and Hodgman 1974).
    #[must_use]
    pub fn share_of(&self, b: &BoxInImage) -> f32 {
        let own = b.area();
        if own <= 0.0 {
            return 0.0;
        }
        let mut corners = self.corners.clone();
        corners = cut(&corners, |p| p.x - b.x0());
        corners = cut(&corners, |p| b.x1() - p.x);
        corners = cut(&corners, |p| p.y - b.y0());
        corners = cut(&corners, |p| b.y1() - p.y);
        (shoelace(&corners).abs() / own).min(1.0)
    }
}

/// Keeps the part of the outline where `depth` is not negative; `depth` is linear.
fn cut(corners: &[Point], depth: impl Fn(Point) -> f32) -> Vec<Point> {
    let mut kept = Vec::with_capacity(corners.len() + 4);
    for (a, b) in edges(corners) {
        let (from, to) = (depth(a), depth(b));
        if from >= 0.0 {
            kept.push(a);
        }
        if (from >= 0.0) != (to >= 0.0) {
            let share = from / (from - to);
            kept.push(Point { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share });
        }
    }
    kept
}

fn edges(corners: &[Point]) -> impl Iterator<Item = (Point, Point)> {
    let next = corners.iter().cycle().skip(1);
    corners.iter().zip(next).map(|(a, b)| (*a, *b))
}

fn shoelace(corners: &[Point]) -> f32 {
    edges(corners).map(|(a, b)| a.x * b.y - b.x * a.y).sum::<f32>() / 2.0
}

fn crossing_edges(corners: &[Point]) -> Option<(usize, usize)> {
    let all: Vec<_> = edges(corners).collect();
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

/// Whether two edges cross in a point inside both.
fn cross((a, b): (Point, Point), (c, d): (Point, Point)) -> bool {
    let side = |p: Point, q: Point, r: Point| (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x);
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn polygon(corners: &[[f32; 2]]) -> Result<Polygon, PolygonError> {
        Polygon::new(corners.iter().map(|c| Point::from(*c)).collect())
    }

    #[test]
    fn the_axis_of_a_lane_lies_along_it() {
        let across = polygon(&[[0.1, 0.4], [0.9, 0.4], [0.9, 0.5], [0.1, 0.5]]).unwrap().axis();
        assert!(across.x.abs() > 0.999, "{across:?}");
        let away = polygon(&[[0.45, 0.1], [0.55, 0.1], [0.8, 1.0], [0.2, 1.0]]).unwrap().axis();
        assert!(away.y.abs() > 0.999, "{away:?}");
        let aslant = polygon(&[[0.1, 0.0], [0.0, 0.1], [0.8, 0.9], [0.9, 0.8]]).unwrap().axis();
        assert!((aslant.x - aslant.y).abs() < 1e-3 && aslant.x.abs() > 0.7, "{aslant:?}");
    }

    fn triangle() -> Polygon {
        polygon(&[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]).unwrap()
    }

    #[test]
    fn refuses_what_is_no_polygon() {
        assert_eq!(polygon(&[[0.0, 0.0], [1.0, 1.0]]), Err(PolygonError::Corners(2)));
        let outside = polygon(&[[0.0, 0.0], [1.5, 0.0], [0.0, 1.0]]);
        assert_eq!(outside, Err(PolygonError::Outside { index: 1, x: 1.5, y: 0.0 }));
        let bow_tie = polygon(&[[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]);
        assert_eq!(bow_tie, Err(PolygonError::Crossing(0, 2)));
        assert_eq!(polygon(&[[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]]), Err(PolygonError::Empty));
    }

    #[test]
    fn a_box_across_the_diagonal_is_half_inside() {
        let share = triangle().share_of(&BoxInImage::clipped(0.25, 0.25, 0.75, 0.75));
        assert!((share - 0.5).abs() < 1e-5, "{share}");
    }

    proptest! {
        #[test]
        fn share_agrees_with_counting_points(x in 0.0f32..0.8, y in 0.0f32..0.8, size in 0.05f32..0.2) {
            let zone = polygon(&[[0.1, 0.2], [0.9, 0.1], [0.6, 0.5], [0.8, 0.9], [0.2, 0.8]]).unwrap();
            let b = BoxInImage::clipped(x, y, x + size, y + size);
            let mut inside = 0.0f32;
            for i in 0..40 {
                for j in 0..40 {
                    let at = |k: i32| (k as f32 + 0.5) / 40.0 * size;
                    inside += f32::from(u8::from(zone.contains(Point { x: x + at(i), y: y + at(j) })));
                }
            }
            prop_assert!((zone.share_of(&b) - inside / 1600.0).abs() < 0.04);
        }
    }
}
