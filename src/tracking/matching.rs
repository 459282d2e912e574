//! Which detection is which stay: same family, same place, best overlap first.

use crate::detect::Detection;
use crate::geometry::BoxInImage;

use super::Family;
use super::Stay;

/// Overlap from which two boxes are at one place.
const IOU_MIN: f32 = 0.4;
/// Boxes of small things jitter by much of their size; near centers will do for them.
const DISTANCE_MAX: f32 = 0.3;
/// Two boxes of one family, one in the other by this share, are one thing seen twice.
const NESTED_SHARE: f32 = 0.8;

/// For each detection the index of its stay, if any; no stay is given twice.
pub(super) fn assign(stays: &[Stay], detections: &[Detection]) -> Vec<Option<usize>> {
    let mut pairs = Vec::new();
    for (d, detection) in detections.iter().enumerate() {
        for (s, stay) in stays.iter().enumerate() {
            if stay.family == Family::of(detection.kind) {
                pairs.extend(
                    nearness(&stay.place, &detection.box_in_image).map(|near| (near, d, s)),
                );
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut taken = vec![false; stays.len()];
    let mut assigned = vec![None; detections.len()];
    for (_, d, s) in pairs {
        if assigned[d].is_none() && !taken[s] {
            assigned[d] = Some(s);
            taken[s] = true;
        }
    }
    assigned
}

/// Whether two boxes are at one place.
pub(super) fn is_at(place: &BoxInImage, seen: &BoxInImage) -> bool {
    nearness(place, seen).is_some() || is_nested(place, seen)
}

/// How well two boxes are at one place, 0..=1; none if they are not.
fn nearness(place: &BoxInImage, seen: &BoxInImage) -> Option<f32> {
    let iou = place.iou(seen);
    let (small, large) = (place.area().min(seen.area()), place.area().max(seen.area()));
    let alike_in_size = small * 2.5 >= large;
    let near = alike_in_size && place.distance_in_sizes(seen) <= DISTANCE_MAX;
    (iou >= IOU_MIN || near).then_some(iou)
}

/// Whether the box is one that another of its family already stands for.
pub(super) fn is_nested(inner: &BoxInImage, outer: &BoxInImage) -> bool {
    let (small, large) = if inner.area() <= outer.area() { (inner, outer) } else { (outer, inner) };
    small.covered_by(large) >= NESTED_SHARE
}
