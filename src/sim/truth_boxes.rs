//! The boxes of a clip's own truth, in the place of a detector's: what is wrong then are the rules.
//!
//! `xunjie sim render --truth` writes them beside a clip. So that they resemble a
//! detector's they can be shifted, missed and joined by boxes of nothing. All
//! chance comes from the seed, the clip and the picture: the same picture is
//! seen in the same way whichever others are looked at.

use std::fs::File;
use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;
use serde::Serialize;

use crate::detect::Detection;
use crate::detect::Kind;
use crate::geometry::BoxInImage;

/// Two days at two pictures a second.
const PICTURES_MAX: usize = 400_000;
/// More than a street holds.
const BOXES_MAX: usize = 1_000;
/// From which score on a box may begin a stay.
const STRONG: f32 = 0.5;
/// The score of every box, if nothing is left to chance.
const SURE: f32 = 0.9;
/// Scores of a flawed detector: about one in three boxes is a weak one.
const SCORES: std::ops::Range<f32> = 0.3..0.95;
/// Places in a clip that a flawed detector takes for something now and then: shop fronts, shadows.
const LOOK_ALIKES: usize = 4;
const INVENTED: [Kind; 5] =
    [Kind::Stall, Kind::Garbage, Kind::Umbrella, Kind::OverflowingBin, Kind::Car];

/// How a detector errs; each a share, 0..=1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Flaws {
    /// Each edge of a box is off by at most this share of the box's size.
    pub shift: f32,
    /// Boxes that it misses.
    pub miss: f32,
    /// Looks in which each of a few places that never change is taken for something, and in
    /// which something is seen anywhere.
    pub invent: f32,
    pub seed: u64,
}

impl Flaws {
    pub const NONE: Self = Self { shift: 0.0, miss: 0.0, invent: 0.0, seed: 0 };

    fn any(&self) -> bool {
        self.shift > 0.0 || self.miss > 0.0 || self.invent > 0.0
    }
}

/// What a detector should see in each picture of a clip.
#[derive(Debug)]
pub struct TruthBoxes {
    /// By time.
    pictures: Vec<(Duration, Vec<(Kind, BoxInImage)>)>,
    flaws: Flaws,
    look_alikes: Vec<(Kind, BoxInImage)>,
    chance: u64,
}

/// Why a file does not tell what each picture shows.
#[derive(Debug, thiserror::Error)]
pub enum TruthBoxesError {
    #[error("cannot read `{path}`, which `xunjie sim render --truth` writes: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("`{path}`, line {line}: {reason}")]
    Line { path: PathBuf, line: usize, reason: String },
}

#[derive(Deserialize)]
struct PictureLine {
    at_s: f32,
    things: Vec<ThingLine>,
}

#[derive(Deserialize)]
struct ThingLine {
    labels: Vec<LabelLine>,
}

#[derive(Deserialize)]
struct LabelLine {
    kind: Kind,
    #[serde(rename = "box")]
    box_in_image: BoxInImage,
}

impl TruthBoxes {
    /// Reads what stands beside the clip: `NAME.jsonl`.
    ///
    /// # Errors
    /// When the file cannot be read or a line is not of its form; the first fault is told.
    pub fn beside(clip: &Path, flaws: Flaws) -> Result<Self, TruthBoxesError> {
        let path = clip.with_extension("jsonl");
        let failed = |source| TruthBoxesError::Read { path: path.clone(), source };
        let file = File::open(&path).map_err(failed)?;
        let mut pictures = Vec::new();
        for (number, line) in BufReader::new(file).lines().enumerate() {
            let line = line.map_err(failed)?;
            let told = |reason: String| TruthBoxesError::Line {
                path: path.clone(),
                line: number + 1,
                reason,
            };
            let picture = picture(&line).map_err(told)?;
            if pictures.len() >= PICTURES_MAX {
                return Err(told(format!("more than {PICTURES_MAX} pictures")));
            }
            pictures.push(picture);
        }
        let name = clip.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self::new(pictures, flaws, &name))
    }

    fn new(
        mut pictures: Vec<(Duration, Vec<(Kind, BoxInImage)>)>,
        flaws: Flaws,
        name: &str,
    ) -> Self {
        pictures.sort_by_key(|(at, _)| *at);
        let chance = name.bytes().fold(flaws.seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut rng = ChaCha8Rng::seed_from_u64(chance);
        let look_alikes = (0..LOOK_ALIKES).map(|_| invented(&mut rng)).collect();
        Self { pictures, flaws, look_alikes, chance }
    }

    /// What a detector says of the picture at this time of the clip.
    #[must_use]
    pub fn at(&self, at: Duration) -> Vec<Detection> {
        let next = self.pictures.partition_point(|(time, _)| *time <= at);
        let nearest = [next.checked_sub(1), Some(next)].into_iter().flatten();
        let nearest = nearest.filter(|index| *index < self.pictures.len());
        let Some(index) = nearest.min_by_key(|index| self.pictures[*index].0.abs_diff(at)) else {
            return Vec::new();
        };
        let boxes = &self.pictures[index].1;
        if !self.flaws.any() {
            let sure = |(kind, b): &(Kind, BoxInImage)| Detection {
                kind: *kind,
                score: SURE,
                box_in_image: *b,
            };
            return boxes.iter().map(sure).collect();
        }
        self.flawed(boxes, index)
    }

    /// From which score on a box may begin a stay.
    #[must_use]
    pub const fn strong_score(&self) -> f32 {
        STRONG
    }

    fn flawed(&self, boxes: &[(Kind, BoxInImage)], picture: usize) -> Vec<Detection> {
        let step = (picture as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut rng = ChaCha8Rng::seed_from_u64(self.chance ^ step);
        let Flaws { shift, miss, invent, .. } = self.flaws;
        let mut seen = Vec::new();
        let mut see = |rng: &mut ChaCha8Rng, (kind, b): (Kind, BoxInImage), share: f32| {
            let shifted = shifted(rng, &b, shift);
            let score = rng.random_range(SCORES);
            if rng.random::<f32>() < share {
                seen.push(Detection { kind, score, box_in_image: shifted });
            }
        };
        for thing in boxes {
            see(&mut rng, *thing, 1.0 - miss);
        }
        for place in &self.look_alikes {
            see(&mut rng, *place, invent);
        }
        let anywhere = invented(&mut rng);
        see(&mut rng, anywhere, invent);
        seen.sort_by(|a, b| b.score.total_cmp(&a.score));
        seen
    }
}

fn picture(line: &str) -> Result<(Duration, Vec<(Kind, BoxInImage)>), String> {
    let line: PictureLine = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let at = Duration::try_from_secs_f32(line.at_s)
        .map_err(|_| format!("at_s = {}: must be seconds from the first picture", line.at_s))?;
    let labels = line.things.into_iter().flat_map(|thing| thing.labels);
    let boxes: Vec<_> = labels.map(|label| (label.kind, label.box_in_image)).collect();
    if boxes.len() > BOXES_MAX {
        return Err(format!("{} boxes, must be at most {BOXES_MAX}", boxes.len()));
    }
    Ok((at, boxes))
}

fn shifted(rng: &mut ChaCha8Rng, b: &BoxInImage, by: f32) -> BoxInImage {
    let mut off = |size: f32| size * by * rng.random_range(-1.0..1.0);
    let [x0, x1] = [b.x0() + off(b.width()), b.x1() + off(b.width())];
    let [y0, y1] = [b.y0() + off(b.height()), b.y1() + off(b.height())];
    BoxInImage::clipped(x0, y0, x1, y1)
}

/// A box of nothing, as large as things on a street are.
fn invented(rng: &mut ChaCha8Rng) -> (Kind, BoxInImage) {
    let kind = INVENTED[rng.random_range(0..INVENTED.len())];
    let (width, height) = (rng.random_range(0.05..0.15), rng.random_range(0.06..0.16));
    let (x, y) = (rng.random_range(0.0..1.0 - width), rng.random_range(0.25..1.0 - height));
    (kind, BoxInImage::clipped(x, y, x + width, y + height))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxes(flaws: Flaws) -> TruthBoxes {
        let car = (Kind::Car, BoxInImage::clipped(0.2, 0.4, 0.4, 0.6));
        let pictures = (0..200).map(|n| (Duration::from_millis(500 * n), vec![car; 4]));
        TruthBoxes::new(pictures.collect(), flaws, "a-1.mp4")
    }

    fn times() -> impl Iterator<Item = Duration> {
        (0..200).map(|n| Duration::from_millis(500 * n))
    }

    #[test]
    fn without_flaws_every_thing_is_seen_where_it_is() {
        let boxes = boxes(Flaws::NONE);
        let seen = boxes.at(Duration::from_millis(1_240));
        assert_eq!(seen.len(), 4);
        assert_eq!(seen[0].box_in_image, BoxInImage::clipped(0.2, 0.4, 0.4, 0.6));
        assert!(seen[0].score >= boxes.strong_score());
    }

    #[test]
    fn a_flawed_detector_misses_its_share_and_stays_near_the_rest() {
        let boxes = boxes(Flaws { shift: 0.05, miss: 0.25, invent: 0.0, seed: 3 });
        let seen: Vec<Detection> = times().flat_map(|at| boxes.at(at)).collect();
        let share = seen.len() as f32 / 800.0;
        assert!((0.7..0.8).contains(&share), "{share}");
        let true_box = BoxInImage::clipped(0.2, 0.4, 0.4, 0.6);
        assert!(seen.iter().all(|seen| seen.box_in_image.iou(&true_box) > 0.8));
        assert!(seen.iter().any(|seen| seen.score < boxes.strong_score()));
    }

    #[test]
    fn invented_boxes_come_again_at_the_same_places() {
        let boxes = boxes(Flaws { shift: 0.0, miss: 1.0, invent: 0.2, seed: 3 });
        let seen: Vec<Detection> = times().flat_map(|at| boxes.at(at)).collect();
        let again = |b: &BoxInImage| seen.iter().filter(|seen| seen.box_in_image == *b).count();
        let most = seen.iter().map(|seen| again(&seen.box_in_image)).max();
        assert!((25..55).contains(&most.unwrap()), "{most:?} of 200 looks");
    }

    #[test]
    fn the_same_seed_sees_the_same_and_another_one_does_not() {
        let flaws = Flaws { shift: 0.05, miss: 0.1, invent: 0.1, seed: 3 };
        let all = |flaws| times().map(|at| boxes(flaws).at(at)).collect::<Vec<_>>();
        assert_eq!(all(flaws), all(flaws));
        assert_ne!(all(flaws), all(Flaws { seed: 4, ..flaws }));
    }

    #[test]
    fn what_is_no_line_of_the_truth_is_told_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let clip = folder.path().join("a-1.mp4");
        let absent = TruthBoxes::beside(&clip, Flaws::NONE).unwrap_err().to_string();
        assert!(absent.contains("sim render --truth"), "{absent}");
        let lines = "{\"at_s\": 0, \"things\": []}\n{\"at_s\": -1, \"things\": []}\n";
        std::fs::write(folder.path().join("a-1.jsonl"), lines).unwrap();
        let told = TruthBoxes::beside(&clip, Flaws::NONE).unwrap_err().to_string();
        assert!(told.contains("line 2: at_s = -1"), "{told}");
    }
}
