//! A decoded picture in planar YUV, as decoders give it.

use gstreamer_video::VideoFrame;
use gstreamer_video::prelude::*;
use gstreamer_video::video_frame::Readable;
use image::Rgb;
use image::RgbImage;

/// Sides beyond this are refused: no street camera has them, a forged header may.
const SIDE_MAX: u32 = 16_384;

/// How the chroma of a 4:2:0 picture lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum YuvLayout {
    /// Planes Y, U, V; chroma halved both ways.
    I420,
    /// Planes Y and interleaved UV.
    Nv12,
}

/// Which numbers turn YUV into RGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YuvMatrix {
    /// BT.709 (HD) if true, BT.601 (SD, JPEG) if false.
    pub bt709: bool,
    /// Luma 0–255 (JPEG) if true, 16–235 if false.
    pub full_range: bool,
}

/// How a picture must be turned clockwise to stand upright.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Orientation {
    #[default]
    Upright,
    Turn90,
    Turn180,
    Turn270,
}

/// One plane: rows of `stride` bytes, of which the first ones hold samples.
#[derive(Clone, Copy, Debug)]
pub struct Plane<'a> {
    pub data: &'a [u8],
    pub stride: usize,
}

/// A picture or a part of one, where it lies in memory: copied freely.
#[derive(Clone, Copy, Debug)]
pub struct FrameView<'a> {
    /// In pixels, at least 1.
    pub width: u32,
    /// In pixels, at least 1.
    pub height: u32,
    pub layout: YuvLayout,
    pub matrix: YuvMatrix,
    /// At least `width` samples in each of `height` rows.
    pub luma: Plane<'a>,
    /// (U, V) for I420; (UV, UV) for NV12, where V starts one byte later.
    pub chroma: (Plane<'a>, Plane<'a>),
}

/// A decoded picture. Not cloned: it is shared by reference.
#[derive(Debug)]
pub struct Frame {
    width: u32,
    height: u32,
    layout: YuvLayout,
    matrix: YuvMatrix,
    pixels: Pixels,
}

/// Where the samples lie.
#[derive(Debug)]
enum Pixels {
    /// Tightly packed planes.
    Packed(Vec<u8>),
    /// In the decoder's own memory, given back when the picture is dropped.
    /// Invariant: every plane holds all rows that `Frame` promises.
    Mapped(Box<VideoFrame<Readable>>),
}

/// Why bytes are not a picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    #[error("picture of {width}x{height}, sides must be 1 to {SIDE_MAX}")]
    Size { width: u32, height: u32 },
    #[error("{got} bytes for a picture of {width}x{height}, needs {needed}")]
    Bytes { width: u32, height: u32, got: usize, needed: usize },
}

impl Frame {
    /// A picture from tightly packed planes: Y of width × height, then the
    /// chroma of ⌈width/2⌉ × ⌈height/2⌉ a component.
    ///
    /// # Errors
    /// When a side is 0 or too large or the bytes do not fill the planes exactly.
    pub fn from_packed(
        width: u32,
        height: u32,
        layout: YuvLayout,
        matrix: YuvMatrix,
        pixels: Vec<u8>,
    ) -> Result<Self, FrameError> {
        if !(1..=SIDE_MAX).contains(&width) || !(1..=SIDE_MAX).contains(&height) {
            return Err(FrameError::Size { width, height });
        }
        let (luma, chroma) = plane_sizes(width, height);
        let (got, needed) = (pixels.len(), luma + 2 * chroma);
        if got != needed {
            return Err(FrameError::Bytes { width, height, got, needed });
        }
        Ok(Self { width, height, layout, matrix, pixels: Pixels::Packed(pixels) })
    }

    /// A picture that stays where the decoder put it. `None` when its planes
    /// are not laid out as `layout` says, or do not hold every row.
    pub(super) fn from_mapped(
        mapped: VideoFrame<Readable>,
        layout: YuvLayout,
        matrix: YuvMatrix,
    ) -> Option<Self> {
        let (width, height) = (mapped.width(), mapped.height());
        if !(1..=SIDE_MAX).contains(&width) || !(1..=SIDE_MAX).contains(&height) {
            return None;
        }
        let half = (width.div_ceil(2) as usize, height.div_ceil(2) as usize);
        let full = (width as usize, height as usize);
        let planes = match layout {
            YuvLayout::I420 => vec![full, half, half],
            YuvLayout::Nv12 => vec![full, (2 * half.0, half.1)],
        };
        for (at, (row, rows)) in planes.into_iter().enumerate() {
            let stride = usize::try_from(*mapped.plane_stride().get(at)?).ok()?;
            let held = mapped.plane_data(at as u32).ok()?.len();
            if stride < row || held < stride * (rows - 1) + row {
                return None;
            }
        }
        let pixels = Pixels::Mapped(Box::new(mapped));
        Some(Self { width, height, layout, matrix, pixels })
    }

    /// A picture from RGB, for photographs and tests (BT.601, full range).
    ///
    /// # Errors
    /// When a side is 0 or too large.
    pub fn from_rgb(picture: &RgbImage) -> Result<Self, FrameError> {
        let (width, height) = picture.dimensions();
        let (luma, chroma) = plane_sizes(width, height);
        let mut pixels = vec![0; luma + 2 * chroma];
        let (y_plane, uv) = pixels.split_at_mut(luma);
        let (u_plane, v_plane) = uv.split_at_mut(chroma);
        for (sample, pixel) in y_plane.iter_mut().zip(picture.pixels()) {
            let [r, g, b] = pixel.0.map(f32::from);
            *sample = (0.299 * r + 0.587 * g + 0.114 * b).round() as u8;
        }
        let chroma_width = width.div_ceil(2);
        for (at, (u, v)) in u_plane.iter_mut().zip(v_plane).enumerate() {
            let (x, y) = (at as u32 % chroma_width * 2, at as u32 / chroma_width * 2);
            let [r, g, b] = picture.get_pixel(x, y).0.map(f32::from);
            *u = (128.0 - 0.168_736 * r - 0.331_264 * g + 0.5 * b).round().clamp(0.0, 255.0) as u8;
            *v = (128.0 + 0.5 * r - 0.418_688 * g - 0.081_312 * b).round().clamp(0.0, 255.0) as u8;
        }
        let matrix = YuvMatrix { bt709: false, full_range: true };
        Self::from_packed(width, height, YuvLayout::I420, matrix, pixels)
    }

    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }

    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    #[must_use]
    pub const fn layout(&self) -> YuvLayout {
        self.layout
    }

    #[must_use]
    pub const fn matrix(&self) -> YuvMatrix {
        self.matrix
    }

    /// Luma: at least `width` samples in each of `height` rows.
    #[must_use]
    pub fn luma(&self) -> Plane<'_> {
        match &self.pixels {
            Pixels::Packed(pixels) => {
                let (luma, _) = plane_sizes(self.width, self.height);
                Plane { data: &pixels[..luma], stride: self.width as usize }
            }
            Pixels::Mapped(mapped) => mapped_plane(mapped, 0),
        }
    }

    /// Chroma: (U, V) for I420; (UV, UV) for NV12, where V starts one byte later.
    #[must_use]
    pub fn chroma(&self) -> (Plane<'_>, Plane<'_>) {
        let (luma, chroma) = plane_sizes(self.width, self.height);
        let half = self.width.div_ceil(2) as usize;
        match (&self.pixels, self.layout) {
            (Pixels::Packed(pixels), YuvLayout::I420) => {
                let (u, v) = pixels[luma..].split_at(chroma);
                (Plane { data: u, stride: half }, Plane { data: v, stride: half })
            }
            (Pixels::Packed(pixels), YuvLayout::Nv12) => {
                let uv = Plane { data: &pixels[luma..], stride: 2 * half };
                (uv, uv)
            }
            (Pixels::Mapped(mapped), YuvLayout::I420) => {
                (mapped_plane(mapped, 1), mapped_plane(mapped, 2))
            }
            (Pixels::Mapped(mapped), YuvLayout::Nv12) => {
                (mapped_plane(mapped, 1), mapped_plane(mapped, 1))
            }
        }
    }

    /// The whole picture.
    #[must_use]
    pub fn view(&self) -> FrameView<'_> {
        FrameView {
            width: self.width,
            height: self.height,
            layout: self.layout,
            matrix: self.matrix,
            luma: self.luma(),
            chroma: self.chroma(),
        }
    }

    /// The picture in RGB: for evidence, not for the way (it costs a full-size copy).
    #[must_use]
    pub fn to_rgb(&self) -> RgbImage {
        let (luma, (u, v)) = (self.luma(), self.chroma());
        let (step, shift) = match self.layout {
            YuvLayout::I420 => (1, 0),
            YuvLayout::Nv12 => (2, 1),
        };
        let convert = self.matrix.to_rgb();
        RgbImage::from_fn(self.width, self.height, |x, y| {
            let (x, y) = (x as usize, y as usize);
            let at = x / 2 * step;
            Rgb(convert(
                luma.data[y * luma.stride + x],
                u.data[y / 2 * u.stride + at],
                v.data[y / 2 * v.stride + at + shift],
            ))
        })
    }
}

impl<'a> FrameView<'a> {
    /// The part of `width` × `height` pixels from `left` and `top` on, which
    /// must be even: a chroma sample stands for two luma samples each way.
    /// `None` where it is empty or reaches beyond the picture.
    #[must_use]
    pub fn part(&self, left: u32, top: u32, width: u32, height: u32) -> Option<Self> {
        let fits = |from: u32, len: u32, all: u32| {
            from.is_multiple_of(2) && len > 0 && from.checked_add(len).is_some_and(|end| end <= all)
        };
        if !fits(left, width, self.width) || !fits(top, height, self.height) {
            return None;
        }
        let (left, top) = (left as usize, top as usize);
        let from = |plane: Plane<'a>, column: usize, row: usize| Plane {
            data: &plane.data[row * plane.stride + column..],
            ..plane
        };
        let column = match self.layout {
            YuvLayout::I420 => left / 2,
            YuvLayout::Nv12 => left,
        };
        let (u, v) = self.chroma;
        Some(Self {
            width,
            height,
            luma: from(self.luma, left, top),
            chroma: (from(u, column, top / 2), from(v, column, top / 2)),
            ..*self
        })
    }
}

impl YuvMatrix {
    /// What a decoder means that does not say: HD is BT.709, the rest BT.601.
    #[must_use]
    pub const fn usual_for(height: u32) -> Self {
        Self { bt709: height >= 720, full_range: false }
    }

    /// Coefficients `(luma gain, luma offset, v→r, u→g, v→g, u→b)` (ITU-R BT.601 and BT.709).
    #[must_use]
    pub const fn coefficients(self) -> (f32, f32, f32, f32, f32, f32) {
        let (gain, offset, chroma) =
            if self.full_range { (1.0, 0.0, 1.0) } else { (255.0 / 219.0, 16.0, 255.0 / 224.0) };
        let (vr, ug, vg, ub) = if self.bt709 {
            (1.5748, -0.187_324, -0.468_124, 1.8556)
        } else {
            (1.402, -0.344_136, -0.714_136, 1.772)
        };
        (gain, offset, vr * chroma, ug * chroma, vg * chroma, ub * chroma)
    }

    fn to_rgb(self) -> impl Fn(u8, u8, u8) -> [u8; 3] {
        let (gain, offset, vr, ug, vg, ub) = self.coefficients();
        move |y, u, v| {
            let y = (f32::from(y) - offset) * gain;
            let (u, v) = (f32::from(u) - 128.0, f32::from(v) - 128.0);
            [y + vr * v, y + ug * u + vg * v, y + ub * u].map(|c| (c + 0.5) as u8)
        }
    }
}

fn mapped_plane(mapped: &VideoFrame<Readable>, at: usize) -> Plane<'_> {
    let data = mapped.plane_data(at as u32).expect("every plane was read when it was mapped");
    Plane { data, stride: mapped.plane_stride()[at] as usize }
}

/// Bytes of the luma plane and of one chroma component.
const fn plane_sizes(width: u32, height: u32) -> (usize, usize) {
    let luma = width as usize * height as usize;
    (luma, width.div_ceil(2) as usize * height.div_ceil(2) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_survive_the_way_through_yuv() {
        let picture =
            RgbImage::from_fn(
                6,
                4,
                |x, _| if x < 2 { Rgb([200, 40, 30]) } else { Rgb([20, 90, 160]) },
            );
        let back = Frame::from_rgb(&picture).unwrap().to_rgb();
        for (a, b) in picture.pixels().zip(back.pixels()) {
            assert!(a.0.iter().zip(b.0).all(|(a, b)| a.abs_diff(b) <= 3), "{a:?} became {b:?}");
        }
    }

    #[test]
    fn a_part_shows_what_the_whole_shows_there_and_nothing_reaches_beyond() {
        for layout in [YuvLayout::I420, YuvLayout::Nv12] {
            let (width, height) = (7_u32, 5_u32);
            let bytes = (0..35 + 2 * 12).collect();
            let matrix = YuvMatrix::usual_for(5);
            let frame = Frame::from_packed(width, height, layout, matrix, bytes).unwrap();
            let whole = frame.view();
            let part = whole.part(4, 2, 3, 3).unwrap();
            let (step, shift) = if layout == YuvLayout::Nv12 { (2, 1) } else { (1, 0) };
            let at = |view: &FrameView<'_>, x: usize, y: usize| {
                let (u, v) = view.chroma;
                let of = |plane: Plane<'_>, x: usize, y: usize| plane.data[y * plane.stride + x];
                let chroma = (x / 2 * step, y / 2);
                (of(view.luma, x, y), of(u, chroma.0, chroma.1), of(v, chroma.0 + shift, chroma.1))
            };
            for (x, y) in [(0, 0), (1, 1), (2, 2)] {
                assert_eq!(at(&part, x, y), at(&whole, x + 4, y + 2), "{layout:?} {x},{y}");
            }
            for (left, top, width, height) in
                [(1, 0, 2, 2), (0, 3, 2, 2), (4, 0, 4, 1), (0, 4, 1, 2), (0, 0, 0, 1), (8, 0, 1, 1)]
            {
                assert!(whole.part(left, top, width, height).is_none(), "{left},{top}");
            }
        }
    }

    #[test]
    fn refuses_bytes_that_do_not_fill_the_planes() {
        let matrix = YuvMatrix::usual_for(2);
        let error = Frame::from_packed(3, 3, YuvLayout::I420, matrix, vec![0; 16]).unwrap_err();
        assert_eq!(error, FrameError::Bytes { width: 3, height: 3, got: 16, needed: 17 });
        let error = Frame::from_packed(0, 3, YuvLayout::I420, matrix, vec![]).unwrap_err();
        assert_eq!(error, FrameError::Size { width: 0, height: 3 });
    }
}
