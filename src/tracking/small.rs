//! A picture's luma at thumbnail size: enough to tell whether a place still looks the same.

use serde::Deserialize;
use serde::Serialize;

use crate::geometry::BoxInImage;
use crate::ingest::Frame;
use crate::ingest::Plane;

use super::looks::Luma;

/// Width in samples. At 192 × 108 a camera's memory of a dozen looks is 250 kB.
const WIDTH: usize = 192;

/// Samples along each side of a cell whose mean is asked for.
const SAMPLES_MAX: usize = 4;

/// Luma averaged over cells; at most 192 samples wide, of the picture's own shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmallPicture {
    width: usize,
    height: usize,
    luma: Vec<u8>,
}

impl SmallPicture {
    /// Averages the frame's luma over equal cells. Large cells are sampled on
    /// every second row and column: half the memory traffic for the same look.
    #[must_use]
    pub fn of(frame: &Frame) -> Self {
        let (full_width, full_height) = (frame.width() as usize, frame.height() as usize);
        let width = WIDTH.min(full_width);
        let height = (full_height * width / full_width).clamp(1, full_height);
        let plane = frame.luma();
        let step = if full_width / width >= 4 { 2 } else { 1 };
        let mut luma = Vec::with_capacity(width * height);
        let mut sums = vec![0u32; width];
        for row in 0..height {
            let rows = row * full_height / height..(row + 1) * full_height / height;
            let rows_n = rows.clone().step_by(step).count() as u32;
            sums.fill(0);
            for y in rows.step_by(step) {
                let line = &plane.data[y * plane.stride..][..full_width];
                for (column, sum) in sums.iter_mut().enumerate() {
                    let cell =
                        &line[column * full_width / width..(column + 1) * full_width / width];
                    *sum += cell.iter().step_by(step).map(|sample| u32::from(*sample)).sum::<u32>();
                }
            }
            luma.extend(sums.iter().enumerate().map(|(column, sum)| {
                let cell = (column + 1) * full_width / width - column * full_width / width;
                (sum / (cell.div_ceil(step) as u32 * rows_n).max(1)) as u8
            }));
        }
        Self { width, height, luma }
    }

    /// From samples row by row, for tests and scripted cameras.
    #[must_use]
    pub fn from_luma(width: usize, luma: Vec<u8>) -> Self {
        let width = width.clamp(1, luma.len().max(1));
        let height = luma.len() / width;
        Self { width, height, luma }
    }

    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    #[must_use]
    pub const fn height(&self) -> usize {
        self.height
    }

    #[must_use]
    pub fn luma(&self) -> &[u8] {
        &self.luma
    }
}

impl Luma for SmallPicture {
    fn mean_in(&self, b: &BoxInImage) -> f32 {
        mean_in(&Plane { data: &self.luma, stride: self.width }, (self.width, self.height), b)
    }
}

impl Luma for Frame {
    fn mean_in(&self, b: &BoxInImage) -> f32 {
        mean_in(&self.luma(), (self.width() as usize, self.height() as usize), b)
    }
}

/// The mean of at most 4 × 4 samples spread over the box.
fn mean_in(plane: &Plane<'_>, (width, height): (usize, usize), b: &BoxInImage) -> f32 {
    let span = |from: f32, to: f32, side: usize| {
        let first = ((from * side as f32) as usize).min(side - 1);
        let last = ((to * side as f32) as usize).clamp(first + 1, side);
        (first..last).step_by((last - first).div_ceil(SAMPLES_MAX))
    };
    let (columns, rows) = (span(b.x0(), b.x1(), width), span(b.y0(), b.y1(), height));
    let (mut sum, mut count) = (0u32, 0u32);
    for y in rows {
        for x in columns.clone() {
            sum += u32::from(plane.data[y * plane.stride + x]);
            count += 1;
        }
    }
    sum as f32 / count.max(1) as f32
}

#[cfg(test)]
mod tests {
    use image::Rgb;
    use image::RgbImage;

    use super::*;

    #[test]
    fn keeps_the_shape_and_the_mean() {
        let picture =
            RgbImage::from_fn(1280, 720, |x, _| if x < 640 { Rgb([0; 3]) } else { Rgb([200; 3]) });
        let small = SmallPicture::of(&Frame::from_rgb(&picture).unwrap());
        assert_eq!((small.width(), small.height()), (192, 108));
        let left = small.mean_in(&BoxInImage::clipped(0.1, 0.4, 0.2, 0.6));
        let right = small.mean_in(&BoxInImage::clipped(0.8, 0.4, 0.9, 0.6));
        assert!(left < 1.0 && (right - 200.0).abs() < 1.0);
    }

    #[test]
    fn takes_pictures_smaller_than_itself() {
        let picture = RgbImage::from_pixel(7, 3, Rgb([90; 3]));
        let small = SmallPicture::of(&Frame::from_rgb(&picture).unwrap());
        assert_eq!((small.width(), small.height()), (7, 3));
        assert!(small.luma().iter().all(|sample| sample.abs_diff(90) <= 1));
    }
}
