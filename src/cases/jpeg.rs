//! Pictures to JPEG and back. What comes from a decoder is compressed as it lies: no RGB copy is made of it.

use std::io::Cursor;

use image::GenericImageView;
use image::ImageFormat;
use image::ImageReader;
use image::Limits;
use image::Rgb;
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

use crate::geometry::BoxInImage;
use crate::ingest::Frame;
use crate::ingest::Plane;
use crate::ingest::YuvLayout;

use super::EvidenceError;

/// Sides beyond this are not decoded: no street camera has them, a forged header may.
const SIDE_MAX: u32 = 16_384;
/// A picture of 8K in RGB, twice: what decoding may take.
const DECODED_BYTES_MAX: u64 = 2 * 7_680 * 4_320 * 3;
/// Good enough to read a plate by, at about a third of the size of quality 95.
const QUALITY: u8 = 90;
/// A street scene takes about so many pixels a byte; the buffer then grows once at most.
const PIXELS_PER_BYTE: usize = 4;

/// # Errors
/// When the picture has a side that JPEG cannot have.
pub(super) fn encode(
    picture: &impl GenericImageView<Pixel = Rgb<u8>>,
) -> Result<Vec<u8>, EvidenceError> {
    let (width, height) = picture.dimensions();
    let mut bytes = Vec::with_capacity(width as usize * height as usize / PIXELS_PER_BYTE);
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .encode_image(picture)
        .map_err(|source| EvidenceError::Encode { width, height, source })?;
    Ok(bytes)
}

/// `None` where the bytes are no JPEG of a sane size.
pub(super) fn decode(jpeg: &[u8]) -> Option<RgbImage> {
    let mut reader = ImageReader::with_format(Cursor::new(jpeg), ImageFormat::Jpeg);
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    reader.limits(limits);
    let picture = reader.decode().ok()?.into_rgb8();
    (picture.width() > 0 && picture.height() > 0).then_some(picture)
}

/// Whole pixels of a picture: at least one, none outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Cut {
    /// The pixels that the box touches, of a picture of (width, height), both at least 1.
    pub(super) fn of(area: &BoxInImage, (width, height): (u32, u32)) -> Self {
        let from = |share: f32, side: u32| ((share * side as f32) as u32).min(side - 1);
        let to = |share: f32, side: u32| ((share * side as f32).ceil() as u32).min(side);
        let (left, top) = (from(area.x0(), width), from(area.y0(), height));
        let right = to(area.x1(), width).max(left + 1);
        let bottom = to(area.y1(), height).max(top + 1);
        Self { left, top, width: right - left, height: bottom - top }
    }

    /// A box of the picture of (width, height), as it lies in the cut.
    pub(super) fn place(&self, area: &BoxInImage, (width, height): (u32, u32)) -> BoxInImage {
        let x = |share: f32| (share * width as f32 - self.left as f32) / self.width as f32;
        let y = |share: f32| (share * height as f32 - self.top as f32) / self.height as f32;
        BoxInImage::clipped(x(area.x0()), y(area.y0()), x(area.x1()), y(area.y1()))
    }
}

/// A part of a decoded picture, turned into RGB pixel by pixel as it is read.
pub(super) struct FrameView<'a> {
    cut: Cut,
    luma: Plane<'a>,
    u: Plane<'a>,
    v: Plane<'a>,
    /// Bytes from one chroma sample to the next, and from U to V where they share a plane.
    chroma_step: usize,
    v_offset: usize,
    /// As the frame's matrix gives them.
    coefficients: (f32, f32, f32, f32, f32, f32),
}

impl<'a> FrameView<'a> {
    /// `cut` must lie in the frame.
    pub(super) fn new(frame: &'a Frame, cut: Cut) -> Self {
        let (u, v) = frame.chroma();
        let (chroma_step, v_offset) = match frame.layout() {
            YuvLayout::I420 => (1, 0),
            YuvLayout::Nv12 => (2, 1),
        };
        let (luma, coefficients) = (frame.luma(), frame.matrix().coefficients());
        Self { cut, luma, u, v, chroma_step, v_offset, coefficients }
    }
}

impl GenericImageView for FrameView<'_> {
    type Pixel = Rgb<u8>;

    fn dimensions(&self) -> (u32, u32) {
        (self.cut.width, self.cut.height)
    }

    fn get_pixel(&self, x: u32, y: u32) -> Rgb<u8> {
        let (x, y) = ((x + self.cut.left) as usize, (y + self.cut.top) as usize);
        let (at, half) = (x / 2 * self.chroma_step, y / 2);
        let y = f32::from(self.luma.data[y * self.luma.stride + x]);
        let u = f32::from(self.u.data[half * self.u.stride + at]) - 128.0;
        let v = f32::from(self.v.data[half * self.v.stride + at + self.v_offset]) - 128.0;
        let (gain, offset, vr, ug, vg, ub) = self.coefficients;
        let y = (y - offset) * gain + 0.5;
        Rgb([(y + vr * v) as u8, (y + ug * u + vg * v) as u8, (y + ub * u) as u8])
    }
}
