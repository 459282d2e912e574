//! One box a thing: of boxes that overlap much, the best stays.

use crate::detect::Detection;
use crate::detect::Kind;

use super::output::Candidate;
use super::placement::Placement;

/// More things than a street shows; the worst ones are dropped.
const DETECTIONS_MAX: usize = 300;

/// Boxes compared with each other; a model gone mad may give thousands.
const CANDIDATES_MAX: usize = 1500;

/// The detections among `candidates`, best first: boxes of one kind that
/// overlap at least `nms_iou` are one thing, and so are vehicles of different
/// kinds, because a van is seen as a car and as a truck.
pub(super) fn detections(
    candidates: &mut Vec<Candidate>,
    placement: &Placement,
    nms_iou: f32,
) -> Vec<Detection> {
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    candidates.truncate(CANDIDATES_MAX);
    let mut kept: Vec<Detection> = Vec::new();
    for candidate in candidates.iter() {
        let Some(box_in_image) = placement.image_from_tensor(candidate.box_in_tensor) else {
            continue;
        };
        let same = |other: &Detection| {
            alike(candidate.kind, other.kind) && box_in_image.iou(&other.box_in_image) >= nms_iou
        };
        if kept.iter().any(same) {
            continue;
        }
        kept.push(Detection { kind: candidate.kind, score: candidate.score, box_in_image });
        if kept.len() == DETECTIONS_MAX {
            break;
        }
    }
    kept
}

/// Whether one thing may be seen as both.
fn alike(a: Kind, b: Kind) -> bool {
    let vehicle = |kind| matches!(kind, Kind::Car | Kind::Truck | Kind::Bus | Kind::Tricycle);
    let bin = |kind| matches!(kind, Kind::Bin | Kind::OverflowingBin);
    a == b || (vehicle(a) && vehicle(b)) || (bin(a) && bin(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Placement = Placement { left: 0, top: 0, width: 100, height: 100 };

    fn check(boxes: &[(Kind, f32, [f32; 4])], expected: &[(Kind, f32)]) {
        let mut candidates: Vec<_> = boxes
            .iter()
            .map(|&(kind, score, box_in_tensor)| Candidate { kind, score, box_in_tensor })
            .collect();
        let kept = detections(&mut candidates, &WHOLE, 0.5);
        let kept: Vec<_> = kept.iter().map(|found| (found.kind, found.score)).collect();
        assert_eq!(kept, expected);
    }

    const VAN: [f32; 4] = [10.0, 10.0, 50.0, 40.0];
    const NEARLY: [f32; 4] = [11.0, 10.0, 52.0, 41.0];

    #[test]
    fn a_van_seen_as_car_and_truck_is_one_thing() {
        let boxes = [(Kind::Truck, 0.5, VAN), (Kind::Car, 0.7, NEARLY), (Kind::Bus, 0.2, VAN)];
        check(&boxes, &[(Kind::Car, 0.7)]);
    }

    #[test]
    fn a_rider_stays_beside_the_two_wheeler() {
        let boxes = [(Kind::Person, 0.6, VAN), (Kind::TwoWheeler, 0.7, NEARLY)];
        check(&boxes, &[(Kind::TwoWheeler, 0.7), (Kind::Person, 0.6)]);
    }

    #[test]
    fn neighbours_stay_apart() {
        let next = [45.0, 10.0, 85.0, 40.0];
        let boxes = [(Kind::Car, 0.5, VAN), (Kind::Car, 0.6, next)];
        check(&boxes, &[(Kind::Car, 0.6), (Kind::Car, 0.5)]);
    }

    #[test]
    fn hostile_boxes_and_crowds_are_bounded() {
        check(&[(Kind::Car, 1.0, [f32::NAN; 4]), (Kind::Car, 0.9, [f32::INFINITY; 4])], &[]);
        let mut crowd: Vec<_> = (0..5000)
            .map(|at| {
                let (x, y) = ((at % 100) as f32, (at / 100) as f32);
                Candidate { kind: Kind::Car, score: 0.5, box_in_tensor: [x, y, x + 0.9, y + 0.9] }
            })
            .collect();
        assert_eq!(detections(&mut crowd, &WHOLE, 0.5).len(), DETECTIONS_MAX);
    }
}
