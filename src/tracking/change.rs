//! Whether a place looks different than before, told block by block against the camera's own noise.

use crate::geometry::BoxInImage;

use super::SmallPicture;

/// Side of a block in samples of the small picture: 40 pixels of 1080p, less
/// than the smallest thing that a model finds.
const BLOCK: usize = 4;
/// Mean difference of a block's samples, of 0–255, from which it may have
/// changed: below this lies what encoders do to a still picture.
const DIFFERENCE_MIN: f32 = 3.0;
/// From here on a block has changed, however restless it usually is: leaves
/// and water must not hide a car that comes to stand before them.
const DIFFERENCE_MAX: f32 = 10.0;
/// A block has changed when it differs by this many times of its usual.
const USUAL_TIMES: f32 = 3.0;
/// The usual difference is a median, found in steps of this size: single
/// pictures, however different, move it by no more.
const STEP: f32 = 0.1;

/// What has changed between two looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where it matters.
    pub within: bool,
    pub anywhere: bool,
}

/// Learns how much each block differs from one picture to the next while
/// nothing happens.
#[derive(Clone, Debug, Default)]
pub struct ChangeGauge {
    width: usize,
    height: usize,
    blocks: Vec<Block>,
}

#[derive(Clone, Debug)]
struct Block {
    usual: f32,
    matters: bool,
}

impl Change {
    /// Nothing is known of before.
    pub const UNKNOWN: Self = Self { within: true, anywhere: true };
}

impl ChangeGauge {
    /// Compares two pictures and learns from them. `matters` says of a block
    /// whether it is one of those that count as within; it must not change
    /// while the camera's pictures keep their size.
    pub fn compare(
        &mut self,
        before: &SmallPicture,
        now: &SmallPicture,
        matters: impl Fn(&BoxInImage) -> bool,
    ) -> Change {
        let size = (now.width(), now.height());
        if (before.width(), before.height()) != size || size.0 < BLOCK || size.1 < BLOCK {
            return Change::UNKNOWN;
        }
        if (self.width, self.height) != size {
            self.begin(size, matters);
        }
        // Light that comes and goes over the whole street is no change.
        let brighter = mean(now) - mean(before);
        let columns = self.width / BLOCK;
        let mut change = Change { within: false, anywhere: false };
        for (number, block) in self.blocks.iter_mut().enumerate() {
            let corner = number / columns * BLOCK * size.0 + number % columns * BLOCK;
            let difference = difference((before, now), corner, brighter);
            let limit = (block.usual * USUAL_TIMES).clamp(DIFFERENCE_MIN, DIFFERENCE_MAX);
            change.anywhere |= difference > limit;
            change.within |= difference > limit && block.matters;
            let toward = if difference > block.usual { STEP } else { -STEP };
            block.usual = (block.usual + toward).clamp(0.0, DIFFERENCE_MAX / USUAL_TIMES);
        }
        change
    }

    fn begin(&mut self, (width, height): (usize, usize), matters: impl Fn(&BoxInImage) -> bool) {
        (self.width, self.height) = (width, height);
        let (columns, rows) = (width / BLOCK, height / BLOCK);
        let edge = |at: usize, side: usize| (at * BLOCK) as f32 / side as f32;
        let place = |row: usize, column: usize| {
            let (x0, x1) = (edge(column, width), edge(column + 1, width));
            BoxInImage::clipped(x0, edge(row, height), x1, edge(row + 1, height))
        };
        let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        self.blocks = places
            .map(|(row, column)| Block { usual: 0.0, matters: matters(&place(row, column)) })
            .collect();
    }
}

fn mean(picture: &SmallPicture) -> f32 {
    let sum: u32 = picture.luma().iter().map(|sample| u32::from(*sample)).sum();
    sum as f32 / picture.luma().len().max(1) as f32
}

fn difference((before, now): (&SmallPicture, &SmallPicture), corner: usize, brighter: f32) -> f32 {
    let mut sum = 0.0;
    for row in 0..BLOCK {
        let from = corner + row * now.width();
        let rows = before.luma()[from..from + BLOCK].iter().zip(&now.luma()[from..from + BLOCK]);
        sum += rows.map(|(a, b)| (f32::from(*b) - f32::from(*a) - brighter).abs()).sum::<f32>();
    }
    sum / (BLOCK * BLOCK) as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WIDTH: usize = 96;
    const HEIGHT: usize = 54;

    fn street(seed: u32, noise: u32) -> Vec<u8> {
        let at = |at: usize| {
            let road = 90 + (at % WIDTH / 8 + at / WIDTH / 8) as u32 * 3;
            let mixed = (at as u32 ^ seed.wrapping_mul(977)).wrapping_mul(2_654_435_761);
            let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(2_246_822_519) >> 16;
            (road + mixed % (noise + 1)) as u8
        };
        (0..WIDTH * HEIGHT).map(at).collect()
    }

    /// A thing of 8 by 6 samples.
    fn with_thing(mut luma: Vec<u8>, (x, y): (usize, usize), darker: u8) -> SmallPicture {
        for row in y..y + 6 {
            for sample in &mut luma[row * WIDTH + x..row * WIDTH + x + 8] {
                *sample = sample.saturating_sub(darker);
            }
        }
        SmallPicture::from_luma(WIDTH, luma)
    }

    fn picture(seed: u32, noise: u32) -> SmallPicture {
        SmallPicture::from_luma(WIDTH, street(seed, noise))
    }

    /// Only the right half matters.
    fn right(place: &BoxInImage) -> bool {
        place.x0() >= 0.5
    }

    const NONE: Change = Change { within: false, anywhere: false };

    #[test]
    fn a_still_street_is_unchanged_in_noise_and_in_other_light() {
        let mut gauge = ChangeGauge::default();
        for seed in 0..20 {
            assert_eq!(gauge.compare(&picture(seed, 3), &picture(seed + 1, 3), right), NONE);
        }
        let brighter = street(3, 3).into_iter().map(|sample| sample + 20).collect();
        let brighter = SmallPicture::from_luma(WIDTH, brighter);
        assert_eq!(gauge.compare(&picture(3, 3), &brighter, right), NONE);
    }

    #[test]
    fn a_thing_that_comes_or_goes_is_a_change_where_it_stands() {
        let mut gauge = ChangeGauge::default();
        let empty = picture(1, 3);
        let (left, right_side) =
            (with_thing(street(2, 3), (12, 20), 40), with_thing(street(2, 3), (70, 20), 40));
        let elsewhere = Change { within: false, anywhere: true };
        assert_eq!(gauge.compare(&empty, &left, right), elsewhere);
        assert_eq!(gauge.compare(&empty, &right_side, right), Change::UNKNOWN);
        assert_eq!(gauge.compare(&right_side, &empty, right), Change::UNKNOWN);
    }

    #[test]
    fn a_noisy_night_becomes_usual_and_a_thing_in_it_is_still_seen() {
        let mut gauge = ChangeGauge::default();
        let at_first = gauge.compare(&picture(0, 12), &picture(1, 12), right);
        for seed in 1..100 {
            gauge.compare(&picture(seed, 12), &picture(seed + 1, 12), right);
        }
        assert!(at_first.anywhere);
        assert_eq!(gauge.compare(&picture(200, 12), &picture(201, 12), right), NONE);
        let thing = with_thing(street(202, 12), (70, 20), 40);
        assert!(gauge.compare(&picture(201, 12), &thing, right).within);
    }

    #[test]
    fn where_something_always_moves_a_large_difference_still_counts() {
        let mut gauge = ChangeGauge::default();
        for seed in 0..300 {
            gauge.compare(&picture(seed, 80), &picture(seed + 1, 80), right);
        }
        assert!(gauge.compare(&picture(1, 80), &picture(2, 80), right).within);
    }

    #[test]
    fn pictures_of_another_size_cannot_be_compared() {
        let mut gauge = ChangeGauge::default();
        let other = SmallPicture::from_luma(48, vec![90; 48 * 27]);
        assert_eq!(gauge.compare(&picture(1, 0), &other, right), Change::UNKNOWN);
        let tiny = SmallPicture::from_luma(2, vec![1, 2]);
        assert_eq!(gauge.compare(&tiny, &tiny, right), Change::UNKNOWN);
    }

    proptest! {
        #[test]
        fn any_two_pictures_can_be_compared(
            a in prop::collection::vec(any::<u8>(), 1..600),
            b in prop::collection::vec(any::<u8>(), 1..600),
            width in 1usize..40,
        ) {
            let mut gauge = ChangeGauge::default();
            let (a, b) = (SmallPicture::from_luma(width, a), SmallPicture::from_luma(width, b));
            let change = gauge.compare(&a, &b, right);
            prop_assert!(!change.within || change.anywhere);
            gauge.compare(&b, &a, right);
        }
    }
}
