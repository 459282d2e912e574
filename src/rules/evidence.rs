//! What a detector is torn between.
//!
//! Goods on a cloth, a heap of bags and what spills from a bin resemble each
//! other. A detector that is unsure which of them it sees is not unsure that
//! something is there: each score alone stays low, while together they are firm.

use crate::detect::Detection;
use crate::detect::Kind;

/// From this overlap on two boxes speak of the same thing.
const SAME_PLACE_IOU: f32 = 0.5;

/// Kinds that are taken for each other, and each of them a matter where it may not be.
const ALIKE: [Kind; 4] = [Kind::Stall, Kind::Tricycle, Kind::Garbage, Kind::OverflowingBin];

/// The detections with the evidence of a place joined: the kind that is seen
/// best there gets the chance that any of them is right, as if the scores were
/// independent chances (noisy or); the others get less in proportion, so that
/// what it is most taken for is not changed by it. Best first, as they came.
pub(super) fn joined(detections: &[Detection]) -> Vec<Detection> {
    let mut all: Vec<_> = detections.iter().map(|one| join(one, detections)).collect();
    all.sort_by(|a, b| b.score.total_cmp(&a.score));
    all
}

fn join(one: &Detection, detections: &[Detection]) -> Detection {
    if !ALIKE.contains(&one.kind) {
        return *one;
    }
    let here = |kind: Kind| {
        let same = detections.iter().filter(|other| {
            other.kind == kind && one.box_in_image.iou(&other.box_in_image) >= SAME_PLACE_IOU
        });
        same.map(|other| other.score).fold(0.0, f32::max)
    };
    let scores = ALIKE.map(here);
    let best = scores.into_iter().fold(0.0, f32::max);
    if scores.into_iter().filter(|score| *score > 0.0).count() < 2 {
        return *one;
    }
    let none: f32 = scores.into_iter().map(|score| 1.0 - score).product();
    Detection { score: (1.0 - none) * one.score / best, ..*one }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::geometry::BoxInImage;

    use super::*;

    fn seen(kind: Kind, score: f32, x: f32) -> Detection {
        Detection { kind, score, box_in_image: BoxInImage::clipped(x, 0.4, x + 0.1, 0.5) }
    }

    #[test]
    fn what_is_half_goods_and_half_a_heap_is_surely_something() {
        let torn = [seen(Kind::Stall, 0.5, 0.4), seen(Kind::Garbage, 0.4, 0.41)];
        let joined = joined(&torn);
        assert!((joined[0].score - 0.7).abs() < 1e-6 && joined[0].kind == Kind::Stall);
        assert!((joined[1].score - 0.56).abs() < 1e-6, "in proportion");
    }

    #[test]
    fn what_stands_elsewhere_or_is_of_another_sort_adds_nothing() {
        let apart = [
            seen(Kind::Stall, 0.5, 0.1),
            seen(Kind::Garbage, 0.4, 0.5),
            seen(Kind::Person, 0.3, 0.1),
            seen(Kind::Bin, 0.2, 0.5),
        ];
        assert_eq!(joined(&apart), apart);
    }

    fn any() -> impl Strategy<Value = Vec<Detection>> {
        let one = (0..Kind::ALL.len(), 0.01..1.0_f32, 0.0..0.9_f32);
        prop::collection::vec(
            one.prop_map(|(kind, score, x)| seen(Kind::ALL[kind], score, x)),
            0..12,
        )
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_score_leaves_its_range(detections in any()) {
            let joined = joined(&detections);
            prop_assert_eq!(joined.len(), detections.len());
            prop_assert!(joined.is_sorted_by(|a, b| a.score >= b.score));
            prop_assert!(joined.iter().all(|one| (0.0..=1.0).contains(&one.score)));
            for one in &detections {
                let same = |other: &&Detection| other.kind == one.kind && other.box_in_image == one.box_in_image;
                prop_assert!(joined.iter().filter(same).any(|other| other.score >= one.score - 1e-6));
            }
        }
    }
}
