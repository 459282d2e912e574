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
    /// Averages the frame's luma over equal cells. Of large cells every second
    /// row is read: half the memory traffic for the same look.
    #[must_use]
    pub fn of(frame: &Frame) -> Self {
        let (full_width, full_height) = (frame.width() as usize, frame.height() as usize);
        let width = WIDTH.min(full_width);
        let height = (full_height * width / full_width).clamp(1, full_height);
        let plane = frame.luma();
        let step = if full_width / width >= 4 { 2 } else { 1 };
        let mut luma = Vec::with_capacity(width * height);
        // First whole rows are added up, in the order in which they lie in
        // memory, then the columns of each cell.
        let mut columns = vec![0u32; full_width];
        for row in 0..height {
            let rows = row * full_height / height..(row + 1) * full_height / height;
            let rows_n = rows.clone().step_by(step).count();
            columns.fill(0);
            for y in rows.step_by(step) {
                let line = &plane.data[y * plane.stride..][..full_width];
                for (sum, sample) in columns.iter_mut().zip(line) {
                    *sum += u32::from(*sample);
                }
            }
            luma.extend((0..width).map(|column| {
                let cell = column * full_width / width..(column + 1) * full_width / width;
                let samples = (cell.len() * rows_n).max(1) as u32;
                (columns[cell].iter().sum::<u32>() / samples) as u8
            }));
        }
        Self { width, height, luma }
    }

    /// Half as wide and as high, each sample the mean of four; a last odd row or column is left out.
    #[must_use]
    pub fn halved(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        if width == 0 || height == 0 {
            return self.clone();
        }
        let mean_of = |row: usize, column: usize| {
            let upper = 2 * row * self.width + 2 * column;
            let lower = upper + self.width;
            let four = [upper, upper + 1, lower, lower + 1].map(|at| u32::from(self.luma[at]));
            (four.iter().sum::<u32>() / 4) as u8
        };
        let cells = (0..height).flat_map(|row| (0..width).map(move |column| (row, column)));
        let luma = cells.map(|(row, column)| mean_of(row, column)).collect();
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
    fn means(&self, place: &BoxInImage, columns: usize, rows: usize) -> Vec<f32> {
        let plane = Plane { data: &self.luma, stride: self.width };
        means(&plane, (self.width, self.height), place, columns, rows)
    }
}

impl Luma for Frame {
    fn means(&self, place: &BoxInImage, columns: usize, rows: usize) -> Vec<f32> {
        let size = (self.width() as usize, self.height() as usize);
        means(&self.luma(), size, place, columns, rows)
    }
}

/// Which samples of an axis stand for a cell: at most `SAMPLES_MAX`, spread evenly.
#[derive(Clone, Copy)]
struct Span {
    first: usize,
    step: usize,
    count: usize,
}

/// The spans of equal cells between two relative places of an axis that is `side` samples long.
fn spans(from: f32, length: f32, cells: usize, side: usize) -> Vec<Span> {
    let cell = length / cells as f32;
    let sample = |place: f32| (place.clamp(0.0, 1.0) * side as f32) as usize;
    let span_of = |at: usize| {
        let start = from + cell * at as f32;
        let first = sample(start).min(side - 1);
        let last = sample(start + cell).clamp(first + 1, side);
        let step = (last - first).div_ceil(SAMPLES_MAX);
        Span { first, step, count: (last - first).div_ceil(step) }
    };
    (0..cells).map(span_of).collect()
}

/// The spans are those of the rows and of the columns, so that a cell costs its samples alone.
fn means(
    plane: &Plane<'_>,
    (width, height): (usize, usize),
    place: &BoxInImage,
    columns: usize,
    rows: usize,
) -> Vec<f32> {
    let across = spans(place.x0(), place.width(), columns, width);
    let down = spans(place.y0(), place.height(), rows, height);
    let mut means = Vec::with_capacity(columns * rows);
    for row in &down {
        for column in &across {
            let mut sum = 0u32;
            for y in 0..row.count {
                let line = &plane.data[(row.first + y * row.step) * plane.stride..][..width];
                for x in 0..column.count {
                    sum += u32::from(line[column.first + x * column.step]);
                }
            }
            means.push(sum as f32 / (row.count * column.count) as f32);
        }
    }
    means
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
        let mean_in = |x0, x1| small.means(&BoxInImage::clipped(x0, 0.4, x1, 0.6), 1, 1)[0];
        let (left, right) = (mean_in(0.1, 0.2), mean_in(0.8, 0.9));
        assert!(left < 1.0 && (right - 200.0).abs() < 1.0);
    }

    #[test]
    fn each_sample_is_the_mean_of_its_cell() {
        let picture = RgbImage::from_fn(500, 301, |x, y| Rgb([((x * 7 + y * 3) % 256) as u8; 3]));
        let frame = Frame::from_rgb(&picture).unwrap();
        let (small, plane) = (SmallPicture::of(&frame), frame.luma());
        assert_eq!((small.width(), small.height()), (192, 115));
        for (at, sample) in small.luma().iter().enumerate() {
            let (column, row) = (at % 192, at / 192);
            let columns = column * 500 / 192..(column + 1) * 500 / 192;
            let rows = row * 301 / 115..(row + 1) * 301 / 115;
            let cell = rows.clone().flat_map(|y| {
                columns.clone().map(move |x| u32::from(plane.data[y * plane.stride + x]))
            });
            let mean = cell.sum::<u32>() as usize / (rows.len() * columns.len());
            assert_eq!(usize::from(*sample), mean, "{column}, {row}");
        }
    }

    #[test]
    fn half_of_it_keeps_the_mean_of_each_four() {
        let small = SmallPicture::from_luma(3, vec![10, 20, 9, 30, 40, 9, 9, 9, 9]);
        let half = small.halved();
        assert_eq!((half.width(), half.height(), half.luma()), (1, 1, [25].as_slice()));
        assert_eq!(half.halved(), half);
    }

    #[test]
    fn takes_pictures_smaller_than_itself() {
        let picture = RgbImage::from_pixel(7, 3, Rgb([90; 3]));
        let small = SmallPicture::of(&Frame::from_rgb(&picture).unwrap());
        assert_eq!((small.width(), small.height()), (7, 3));
        assert!(small.luma().iter().all(|sample| sample.abs_diff(90) <= 1));
    }
}
