//! How a place looks: a patch of luma, compared so that light and contrast do not matter.

use serde::Deserialize;
use serde::Serialize;

use crate::geometry::BoxInImage;

/// Luma that places can be sampled from, whatever its resolution.
pub trait Luma {
    /// The means of the cells of a place, row by row, each 0..=255: of a few samples
    /// spread over the cell, of the nearest one where the cell is smaller than a sample.
    fn means(&self, place: &BoxInImage, columns: usize, rows: usize) -> Vec<f32>;
}

const COLUMNS: usize = 14;
const ROWS: usize = 12;

/// Below this standard deviation (of 0–255) a patch has no looks to speak of.
const CONTRAST_MIN: f32 = 4.0;

/// From this likeness on no better one is looked for.
const CERTAINLY_ALIKE: f32 = 0.85;
/// How far a swaying camera may shift a place, as a share of its size.
const SWAY_SHARE: f32 = 0.04;
const SWAYS: [(i8, i8); 8] = [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)];

/// A patch of 14 × 12 samples with mean 0 and length 1, so that the likeness
/// of two is their product (normalised cross-correlation).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Looks {
    samples: Vec<f32>,
}

impl Looks {
    /// The looks of a place; none if it is too flat to be told from another.
    #[must_use]
    pub fn of(picture: &(impl Luma + ?Sized), place: &BoxInImage) -> Option<Self> {
        Self::normalised(picture.means(place, COLUMNS, ROWS), CONTRAST_MIN)
    }

    /// The looks of what of a place is not behind one of these; none if they leave less than
    /// half of it to be seen. To be compared with others of the same place and the same in front.
    #[must_use]
    pub fn of_open(
        picture: &(impl Luma + ?Sized),
        place: &BoxInImage,
        in_front: &[BoxInImage],
    ) -> Option<Self> {
        let is_open = |index: usize| {
            let x = place.x0() + place.width() * ((index % COLUMNS) as f32 + 0.5) / COLUMNS as f32;
            let y = place.y0() + place.height() * ((index / COLUMNS) as f32 + 0.5) / ROWS as f32;
            !in_front
                .iter()
                .any(|b| (b.x0()..=b.x1()).contains(&x) && (b.y0()..=b.y1()).contains(&y))
        };
        let means = picture.means(place, COLUMNS, ROWS).into_iter().enumerate();
        let open: Vec<f32> =
            means.filter(|(index, _)| is_open(*index)).map(|(_, mean)| mean).collect();
        (open.len() * 2 >= COLUMNS * ROWS).then(|| Self::normalised(open, CONTRAST_MIN)).flatten()
    }

    /// Likeness of two patches: 1 the same, around 0 unrelated, -1 inverted.
    #[must_use]
    pub fn likeness(&self, other: &Self) -> f32 {
        self.samples.iter().zip(&other.samples).map(|(a, b)| a * b).sum()
    }

    /// The likeness of a place in this picture; none where it is too flat to tell. A camera on a
    /// pole sways: the best of the place and its nearest surroundings counts.
    pub fn likeness_about(
        &self,
        picture: &(impl Luma + ?Sized),
        place: &BoxInImage,
    ) -> Option<f32> {
        let likeness_at = |place: &BoxInImage| Some(self.likeness(&Self::of(picture, place)?));
        let likeness = likeness_at(place)?;
        if likeness >= CERTAINLY_ALIKE {
            return Some(likeness);
        }
        let (by_x, by_y) = (place.width() * SWAY_SHARE, place.height() * SWAY_SHARE);
        let around = SWAYS.iter().filter_map(|(x, y)| {
            likeness_at(&place.shifted(f32::from(*x) * by_x, f32::from(*y) * by_y))
        });
        Some(around.fold(likeness, f32::max))
    }

    /// Follows slow change of light: moves `share` (0..=1) of the way to `newer`.
    pub fn follow(&mut self, newer: &Self, share: f32) {
        let mixed = self.samples.iter().zip(&newer.samples).map(|(a, b)| a + (b - a) * share);
        if let Some(mixed) = Self::normalised(mixed.collect(), 0.0) {
            *self = mixed;
        }
    }

    fn normalised(mut samples: Vec<f32>, contrast_min: f32) -> Option<Self> {
        let mean = samples.iter().sum::<f32>() / samples.len() as f32;
        for sample in &mut samples {
            *sample -= mean;
        }
        let length = samples.iter().map(|sample| sample * sample).sum::<f32>().sqrt();
        let deviation = length / (samples.len() as f32).sqrt();
        if deviation <= contrast_min || length <= 0.0 {
            return None;
        }
        for sample in &mut samples {
            *sample /= length;
        }
        Some(Self { samples })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::tracking::SmallPicture;

    use super::*;

    fn picture(seed: u32, gain: f32) -> SmallPicture {
        let luma = (0..96 * 54u32).map(|at| {
            let cell = at % 96 / 6 + at / 96 / 4 * 16;
            let noise = (cell + seed * 977 + 1).wrapping_mul(2_654_435_761);
            let noise = (noise ^ (noise >> 15)).wrapping_mul(2_246_822_519) >> 24;
            (noise as f32 * gain) as u8
        });
        SmallPicture::from_luma(96, luma.collect())
    }

    const PLACE: BoxInImage = BoxInImage::WHOLE;

    #[test]
    fn the_same_thing_in_dimmer_light_looks_the_same() {
        let bright = Looks::of(&picture(1, 1.0), &PLACE).unwrap();
        let dim = Looks::of(&picture(1, 0.4), &PLACE).unwrap();
        assert!(bright.likeness(&dim) > 0.95);
    }

    #[test]
    fn different_things_do_not_look_alike() {
        let one = Looks::of(&picture(1, 1.0), &PLACE).unwrap();
        let other = Looks::of(&picture(7, 1.0), &PLACE).unwrap();
        let likeness = one.likeness(&other);
        assert!(likeness.abs() < 0.5, "{likeness}");
    }

    #[test]
    fn a_flat_place_has_no_looks() {
        assert_eq!(Looks::of(&SmallPicture::from_luma(96, vec![80; 96 * 54]), &PLACE), None);
    }

    proptest! {
        #[test]
        fn likeness_is_within_one(a in 0u32..99, b in 0u32..99, share in 0.0f32..1.0) {
            let mut one = Looks::of(&picture(a, 1.0), &PLACE).unwrap();
            let other = Looks::of(&picture(b, 0.7), &PLACE).unwrap();
            prop_assert!(one.likeness(&other).abs() <= 1.001);
            one.follow(&other, share);
            prop_assert!((one.likeness(&one) - 1.0).abs() < 0.001);
        }
    }
}
