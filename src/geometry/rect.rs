//! A box in the picture and the measures that stays and rules take of it.

use serde::Deserialize;
use serde::Serialize;

/// A place in the picture: `x` from the left, `y` from the top, both as fractions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f32; 2]", into = "[f32; 2]")]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

impl From<[f32; 2]> for Point {
    fn from([x, y]: [f32; 2]) -> Self {
        Self { x, y }
    }
}

impl From<Point> for [f32; 2] {
    fn from(point: Point) -> Self {
        [point.x, point.y]
    }
}

/// An axis-aligned box in fractions of the picture, written `[x0, y0, x1, y1]`.
///
/// Invariant: finite, `0 <= x0 <= x1 <= 1` and `0 <= y0 <= y1 <= 1`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f32; 4]", into = "[f32; 4]")]
pub struct BoxInImage {
    x0: f32,
    y0: f32,
    x1: f32,
    y1: f32,
}

impl BoxInImage {
    /// The whole picture.
    pub const WHOLE: Self = Self { x0: 0.0, y0: 0.0, x1: 1.0, y1: 1.0 };

    /// Orders the corners and clips them to the picture; what is not a number becomes 0.
    #[must_use]
    pub fn clipped(x0: f32, y0: f32, x1: f32, y1: f32) -> Self {
        let clip = |value: f32| if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) };
        let (x0, y0, x1, y1) = (clip(x0), clip(y0), clip(x1), clip(y1));
        Self { x0: x0.min(x1), y0: y0.min(y1), x1: x0.max(x1), y1: y0.max(y1) }
    }

    #[must_use]
    pub const fn x0(&self) -> f32 {
        self.x0
    }

    #[must_use]
    pub const fn y0(&self) -> f32 {
        self.y0
    }

    #[must_use]
    pub const fn x1(&self) -> f32 {
        self.x1
    }

    #[must_use]
    pub const fn y1(&self) -> f32 {
        self.y1
    }

    #[must_use]
    pub fn width(&self) -> f32 {
        self.x1 - self.x0
    }

    #[must_use]
    pub fn height(&self) -> f32 {
        self.y1 - self.y0
    }

    #[must_use]
    pub fn area(&self) -> f32 {
        self.width() * self.height()
    }

    #[must_use]
    pub fn center(&self) -> Point {
        Point { x: f32::midpoint(self.x0, self.x1), y: f32::midpoint(self.y0, self.y1) }
    }

    /// Where a standing thing touches the ground, seen by a camera that looks
    /// down from a pole: the middle of the lower edge.
    #[must_use]
    pub fn foot(&self) -> Point {
        Point { x: f32::midpoint(self.x0, self.x1), y: self.y1 }
    }

    /// The lower part of the box, `share` (0..=1) of its height: about the
    /// ground that the thing covers.
    #[must_use]
    pub fn footprint(&self, share: f32) -> Self {
        Self { y0: self.y1 - self.height() * share.clamp(0.0, 1.0), ..*self }
    }

    /// The area shared with `other`.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> f32 {
        let width = self.x1.min(other.x1) - self.x0.max(other.x0);
        let height = self.y1.min(other.y1) - self.y0.max(other.y0);
        width.max(0.0) * height.max(0.0)
    }

    /// Intersection over union, 0..=1; 0 where both boxes are empty.
    #[must_use]
    pub fn iou(&self, other: &Self) -> f32 {
        let shared = self.intersection(other);
        let all = self.area() + other.area() - shared;
        if all > 0.0 { shared / all } else { 0.0 }
    }

    /// Which share of this box `other` covers, 0..=1; 0 for an empty box.
    #[must_use]
    pub fn covered_by(&self, other: &Self) -> f32 {
        let own = self.area();
        if own > 0.0 { self.intersection(other) / own } else { 0.0 }
    }

    /// The smallest box around both.
    #[must_use]
    pub fn hull(&self, other: &Self) -> Self {
        Self {
            x0: self.x0.min(other.x0),
            y0: self.y0.min(other.y0),
            x1: self.x1.max(other.x1),
            y1: self.y1.max(other.y1),
        }
    }

    /// Grown by `share` of its own width and height on each side, clipped to the picture.
    #[must_use]
    pub fn grown(&self, share: f32) -> Self {
        let (by_x, by_y) = (self.width() * share, self.height() * share);
        Self::clipped(self.x0 - by_x, self.y0 - by_y, self.x1 + by_x, self.y1 + by_y)
    }

    /// Moved by fractions of the picture, clipped to it.
    #[must_use]
    pub fn shifted(&self, by_x: f32, by_y: f32) -> Self {
        Self::clipped(self.x0 + by_x, self.y0 + by_y, self.x1 + by_x, self.y1 + by_y)
    }

    /// The point `share` (0..=1) of the way from this box to `other`, corner by corner.
    #[must_use]
    pub fn toward(&self, other: &Self, share: f32) -> Self {
        let mix = |from: f32, to: f32| from + (to - from) * share;
        Self::clipped(
            mix(self.x0, other.x0),
            mix(self.y0, other.y0),
            mix(self.x1, other.x1),
            mix(self.y1, other.y1),
        )
    }

    /// Distance between the centers in units of the smaller box's mean side,
    /// so that near and far things are judged alike. Infinite for empty boxes.
    #[must_use]
    pub fn distance_in_sizes(&self, other: &Self) -> f32 {
        let size = |b: &Self| f32::midpoint(b.width(), b.height());
        let smaller = size(self).min(size(other));
        if smaller <= 0.0 {
            return f32::INFINITY;
        }
        let (a, b) = (self.center(), other.center());
        (a.x - b.x).hypot(a.y - b.y) / smaller
    }
}

impl From<[f32; 4]> for BoxInImage {
    fn from([x0, y0, x1, y1]: [f32; 4]) -> Self {
        Self::clipped(x0, y0, x1, y1)
    }
}

impl From<BoxInImage> for [f32; 4] {
    fn from(b: BoxInImage) -> Self {
        [b.x0, b.y0, b.x1, b.y1]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_box() -> impl Strategy<Value = BoxInImage> {
        (0.0f32..1.0, 0.0f32..1.0, 0.0f32..1.0, 0.0f32..1.0)
            .prop_map(|(x0, y0, x1, y1)| BoxInImage::clipped(x0, y0, x1, y1))
    }

    proptest! {
        #[test]
        fn iou_is_symmetric_and_a_fraction(a in any_box(), b in any_box()) {
            prop_assert!((0.0..=1.0 + 1e-5).contains(&a.iou(&b)));
            prop_assert!((a.iou(&b) - b.iou(&a)).abs() < 1e-5);
        }

        #[test]
        fn a_hull_covers_both(a in any_box(), b in any_box()) {
            let hull = a.hull(&b);
            prop_assert!(a.area() <= 0.0 || a.covered_by(&hull) > 0.999);
            prop_assert!(b.area() <= 0.0 || b.covered_by(&hull) > 0.999);
        }

        #[test]
        fn any_numbers_make_a_valid_box(x0: f32, y0: f32, x1: f32, y1: f32) {
            let b = BoxInImage::clipped(x0, y0, x1, y1);
            prop_assert!(0.0 <= b.x0() && b.x0() <= b.x1() && b.x1() <= 1.0);
            prop_assert!(0.0 <= b.y0() && b.y0() <= b.y1() && b.y1() <= 1.0);
        }
    }

    #[test]
    fn a_box_is_identical_to_itself() {
        let b = BoxInImage::clipped(0.1, 0.2, 0.5, 0.9);
        assert!((b.iou(&b) - 1.0).abs() < 1e-6);
        assert!(b.distance_in_sizes(&b) < 1e-6);
    }

    #[test]
    fn the_footprint_keeps_the_lower_edge() {
        let b = BoxInImage::clipped(0.0, 0.2, 0.4, 0.6).footprint(0.25);
        assert!((b.y0() - 0.5).abs() < 1e-6 && (b.y1() - 0.6).abs() < 1e-6);
    }
}
