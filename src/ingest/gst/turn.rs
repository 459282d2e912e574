//! Turns a picture upright, plane by plane: the one copy that a rotation flag costs.

use crate::ingest::Frame;
use crate::ingest::FrameError;
use crate::ingest::Orientation;
use crate::ingest::Plane;
use crate::ingest::YuvLayout;

/// The picture turned by `orientation`; the same picture if it stands upright.
///
/// # Errors
/// Never for a picture that exists; the type is that of making a frame.
pub(super) fn upright(frame: Frame, orientation: Orientation) -> Result<Frame, FrameError> {
    if orientation == Orientation::Upright {
        return Ok(frame);
    }
    let (width, height) = (frame.width(), frame.height());
    let half = (width.div_ceil(2) as usize, height.div_ceil(2) as usize);
    let full = (width as usize, height as usize);
    let mut pixels = Vec::with_capacity(full.0 * full.1 + 2 * half.0 * half.1);
    turn_plane::<1>(frame.luma(), full, orientation, &mut pixels);
    let (u, v) = frame.chroma();
    match frame.layout() {
        YuvLayout::I420 => {
            turn_plane::<1>(u, half, orientation, &mut pixels);
            turn_plane::<1>(v, half, orientation, &mut pixels);
        }
        YuvLayout::Nv12 => turn_plane::<2>(u, half, orientation, &mut pixels),
    }
    let (width, height) = match orientation {
        Orientation::Upright | Orientation::Turn180 => (width, height),
        Orientation::Turn90 | Orientation::Turn270 => (height, width),
    };
    Frame::from_packed(width, height, frame.layout(), frame.matrix(), pixels)
}

/// Appends the turned samples, each of `N` bytes, of a plane of `size` samples.
fn turn_plane<const N: usize>(
    plane: Plane<'_>,
    (width, height): (usize, usize),
    orientation: Orientation,
    turned: &mut Vec<u8>,
) {
    let (rows, columns) = match orientation {
        Orientation::Upright | Orientation::Turn180 => (height, width),
        Orientation::Turn90 | Orientation::Turn270 => (width, height),
    };
    for row in 0..rows {
        for column in 0..columns {
            let (x, y) = match orientation {
                Orientation::Upright => (column, row),
                Orientation::Turn90 => (row, height - 1 - column),
                Orientation::Turn180 => (width - 1 - column, height - 1 - row),
                Orientation::Turn270 => (width - 1 - row, column),
            };
            let at = y * plane.stride + x * N;
            turned.extend_from_slice(&plane.data[at..at + N]);
        }
    }
}

#[cfg(test)]
mod tests {
    use image::Rgb;
    use image::RgbImage;
    use image::imageops;
    use proptest::prelude::*;

    use super::*;
    use crate::ingest::YuvMatrix;

    fn frame(width: u32, height: u32, layout: YuvLayout, seed: u8) -> Frame {
        let bytes = width * height + 2 * width.div_ceil(2) * height.div_ceil(2);
        let pixels = (0..bytes).map(|at| (at as u8).wrapping_mul(31).wrapping_add(seed)).collect();
        Frame::from_packed(width, height, layout, YuvMatrix::usual_for(height), pixels).unwrap()
    }

    fn samples(frame: &Frame) -> Vec<u8> {
        let (u, v) = frame.chroma();
        [frame.luma().data, u.data, v.data].concat()
    }

    #[test]
    fn a_quarter_turn_clockwise_puts_the_left_column_on_top() {
        let colours = |x: u32, y: u32| Rgb([40 + 60 * (x / 2) as u8, 30 + 50 * (y / 2) as u8, 90]);
        let picture = RgbImage::from_fn(8, 4, colours);
        for (orientation, expected) in [
            (Orientation::Turn90, imageops::rotate90(&picture)),
            (Orientation::Turn180, imageops::rotate180(&picture)),
            (Orientation::Turn270, imageops::rotate270(&picture)),
        ] {
            let turned = upright(Frame::from_rgb(&picture).unwrap(), orientation).unwrap().to_rgb();
            assert_eq!(turned.dimensions(), expected.dimensions());
            for (a, b) in turned.pixels().zip(expected.pixels()) {
                assert!(a.0.iter().zip(b.0).all(|(a, b)| a.abs_diff(b) <= 3), "{orientation:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn turning_there_and_back_changes_nothing(
            width in 1u32..20, height in 1u32..20, nv12: bool, seed: u8,
        ) {
            let layout = if nv12 { YuvLayout::Nv12 } else { YuvLayout::I420 };
            let first = frame(width, height, layout, seed);
            let expected = samples(&first);
            let there = upright(first, Orientation::Turn90).unwrap();
            prop_assert_eq!((there.width(), there.height()), (height, width));
            let back = upright(there, Orientation::Turn270).unwrap();
            prop_assert_eq!(samples(&back), expected);
        }
    }
}
