//! How well boxes agree with labelled pictures: average precision, as Pascal VOC and COCO define it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::detect::Detection;
use crate::detect::Kind;
use crate::geometry::BoxInImage;

use super::pictures::LabelledPicture;

/// Boxes agree from this intersection over union on.
const SAME_IOU: f32 = 0.5;
/// A box that lies this far in a doubtful one counts neither way.
const IN_DOUBT: f32 = 0.5;

/// Collects what a model said of picture after picture.
#[derive(Clone, Debug, Default)]
pub struct Accuracy {
    kinds: BTreeMap<Kind, Record>,
}

/// One kind's boxes so far.
#[derive(Clone, Debug, Default)]
struct Record {
    things: usize,
    /// Score, and whether it found a thing that no better box had found.
    boxes: Vec<(f32, bool)>,
}

/// How well a kind is found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct KindAccuracy {
    /// Things in the pictures.
    pub things: usize,
    /// Area under the curve of precision over recall, precision made falling
    /// (all points, intersection over union 0.5), 0..=1.
    pub ap50: f64,
    /// Of the boxes from the kind's strong threshold on, those that are right; 1 if there is none.
    pub precision: f64,
    /// Of the things, those found by these boxes.
    pub recall: f64,
}

impl Accuracy {
    /// Holds the boxes of one picture against its labels. Kinds that are
    /// labelled in part are left out where they are not complete.
    pub fn add(&mut self, picture: &LabelledPicture, found: &[Detection]) {
        for kind in picture.complete.iter().copied() {
            let things: Vec<BoxInImage> = picture
                .things
                .iter()
                .filter(|thing| thing.0 == kind)
                .map(|thing| thing.1)
                .collect();
            let record = self.kinds.entry(kind).or_default();
            record.things += things.len();
            let mut boxes: Vec<&Detection> = found.iter().filter(|one| one.kind == kind).collect();
            boxes.sort_by(|a, b| b.score.total_cmp(&a.score));
            let mut free = vec![true; things.len()];
            for one in boxes {
                let iou = |at: &usize| things[*at].iou(&one.box_in_image);
                let nearest = (0..things.len())
                    .filter(|at| free[*at])
                    .max_by(|a, b| iou(a).total_cmp(&iou(b)));
                let hit = nearest.filter(|at| iou(at) >= SAME_IOU);
                if let Some(at) = hit {
                    free[at] = false;
                }
                let in_doubt =
                    |ignored: &BoxInImage| one.box_in_image.covered_by(ignored) >= IN_DOUBT;
                if hit.is_some() || !picture.ignored.iter().any(in_doubt) {
                    record.boxes.push((one.score, hit.is_some()));
                }
            }
        }
    }

    /// Per kind that the pictures show; `strong` gives a kind's threshold.
    #[must_use]
    pub fn by_kind(&self, strong: impl Fn(Kind) -> f32) -> BTreeMap<Kind, KindAccuracy> {
        let shown = self.kinds.iter().filter(|(_, record)| record.things > 0);
        shown.map(|(kind, record)| (*kind, record.accuracy(strong(*kind)))).collect()
    }
}

impl Record {
    fn accuracy(&self, strong: f32) -> KindAccuracy {
        let mut boxes = self.boxes.clone();
        boxes.sort_by(|a, b| b.0.total_cmp(&a.0));
        let things = self.things as f64;
        let mut hits = 0.0;
        let mut curve = Vec::with_capacity(boxes.len());
        for (at, (_, hit)) in boxes.iter().enumerate() {
            hits += f64::from(u8::from(*hit));
            curve.push((hits / things, hits / (at + 1) as f64));
        }
        let mut best = 0.0_f64;
        for point in curve.iter_mut().rev() {
            best = best.max(point.1);
            point.1 = best;
        }
        let mut reached = 0.0;
        let mut ap50 = 0.0;
        for (recall, precision) in curve {
            ap50 += (recall - reached) * precision;
            reached = recall;
        }
        let strong = boxes.iter().filter(|(score, _)| *score >= strong);
        let (said, right) =
            strong.fold((0, 0), |(said, right), (_, hit)| (said + 1, right + usize::from(*hit)));
        KindAccuracy {
            things: self.things,
            ap50,
            precision: if said == 0 { 1.0 } else { f64::from(right as u32) / f64::from(said) },
            recall: right as f64 / things,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn square(x: f32, side: f32) -> BoxInImage {
        BoxInImage::clipped(x, 0.1, x + side, 0.1 + side)
    }

    fn picture(things: &[f32], ignored: &[BoxInImage], complete: &[Kind]) -> LabelledPicture {
        LabelledPicture {
            path: PathBuf::new(),
            things: things.iter().map(|x| (Kind::Car, square(*x, 0.1))).collect(),
            ignored: ignored.to_vec(),
            complete: complete.to_vec(),
        }
    }

    fn car(score: f32, x: f32) -> Detection {
        Detection { kind: Kind::Car, score, box_in_image: square(x, 0.1) }
    }

    fn accuracy(picture: &LabelledPicture, found: &[Detection]) -> KindAccuracy {
        let mut accuracy = Accuracy::default();
        accuracy.add(picture, found);
        accuracy.by_kind(|_| 0.5)[&Kind::Car]
    }

    #[test]
    fn all_found_and_nothing_else_is_one() {
        let all =
            accuracy(&picture(&[0.1, 0.5], &[], &[Kind::Car]), &[car(0.9, 0.1), car(0.8, 0.5)]);
        assert_eq!(all, KindAccuracy { things: 2, ap50: 1.0, precision: 1.0, recall: 1.0 });
    }

    #[test]
    fn a_false_box_above_a_right_one_costs_its_share() {
        // By hand: recall 0.5 at precision 1, recall 1 at precision 2/3.
        let found = [car(0.9, 0.1), car(0.8, 0.8), car(0.3, 0.5)];
        let some = accuracy(&picture(&[0.1, 0.5], &[], &[Kind::Car]), &found);
        assert!((some.ap50 - (0.5 + 0.5 * 2.0 / 3.0)).abs() < 1e-9, "{some:?}");
        assert!((some.precision - 0.5).abs() < 1e-9 && (some.recall - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_second_box_of_the_same_thing_is_false() {
        let twice = accuracy(&picture(&[0.1], &[], &[Kind::Car]), &[car(0.9, 0.1), car(0.8, 0.1)]);
        assert!((twice.precision - 0.5).abs() < 1e-9, "{twice:?}");
    }

    #[test]
    fn boxes_in_doubtful_places_and_of_kinds_not_complete_count_neither_way() {
        let found = [car(0.9, 0.1), car(0.8, 0.7)];
        let doubt = picture(&[0.1], &[square(0.68, 0.2)], &[Kind::Car]);
        assert!((accuracy(&doubt, &found).precision - 1.0).abs() < 1e-9);
        let mut unknown = Accuracy::default();
        unknown.add(&picture(&[0.1], &[], &[]), &found);
        assert!(unknown.by_kind(|_| 0.5).is_empty());
    }
}
