//! Pictures that prove a case: as taken from the way, and as kept with the case.

use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::geometry::BoxInImage;
use crate::ingest::Frame;
use crate::time::Timestamp;

use super::EvidenceError;
use super::jpeg;
use super::jpeg::Cut;
use super::jpeg::FrameView;

/// The crop shows the thing and so much of its own size around it on each side.
const CROP_MARGIN: f32 = 0.25;

/// What a picture shows.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
pub enum EvidenceRole {
    /// When the stay began.
    A,
    /// At the threshold.
    B,
    /// When the case was filed.
    C,
    /// The thing alone, cut from B.
    #[serde(rename = "crop")]
    Crop,
    /// The place after the thing was gone.
    #[serde(rename = "cleared")]
    Cleared,
}

/// Which stream of its camera a picture is from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// The camera has one stream.
    #[default]
    OnlyStream,
    /// The one that is looked at, of two.
    DetectStream,
    /// The full-size one, of two.
    EvidenceStream,
    /// The one that is looked at, as the full-size one gave none, and why; without secrets.
    Instead(String),
}

/// A picture on its way into a case. The original: nothing is drawn on it.
#[derive(Clone, Debug)]
pub struct Picture {
    pub role: EvidenceRole,
    pub captured_at: Timestamp,
    pub jpeg: Arc<[u8]>,
    pub width: u32,
    pub height: u32,
    pub box_in_image: BoxInImage,
    pub origin: Origin,
    /// What a copy for the public hides; none where nobody knows who is in it.
    pub private: Option<Vec<BoxInImage>>,
}

impl Picture {
    /// The whole frame. The box is the thing's, for those who draw it later.
    ///
    /// # Errors
    /// When the frame has a side that JPEG cannot have.
    pub fn take(
        frame: &Frame,
        role: EvidenceRole,
        captured_at: Timestamp,
        box_in_image: BoxInImage,
    ) -> Result<Self, EvidenceError> {
        let (width, height) = (frame.width(), frame.height());
        let whole = Cut::of(&BoxInImage::WHOLE, (width, height));
        let jpeg = jpeg::encode(&FrameView::new(frame, whole))?.into();
        let origin = Origin::default();
        let private = None;
        Ok(Self { role, captured_at, jpeg, width, height, box_in_image, origin, private })
    }

    /// With what a copy for the public hides.
    #[must_use]
    pub fn hiding(self, private: Option<Vec<BoxInImage>>) -> Self {
        Self { private, ..self }
    }

    #[must_use]
    pub fn from_stream(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    /// The thing alone with some of its surroundings, to go with B. Made from
    /// the frame it costs a small fraction of what B costs; made later, from
    /// B's JPEG, it would cost more than B.
    ///
    /// # Errors
    /// As for [`Picture::take`].
    pub fn crop(
        frame: &Frame,
        captured_at: Timestamp,
        box_in_image: BoxInImage,
    ) -> Result<Self, EvidenceError> {
        let size = (frame.width(), frame.height());
        let cut = Cut::of(&box_in_image.grown(CROP_MARGIN), size);
        let jpeg = jpeg::encode(&FrameView::new(frame, cut))?.into();
        Ok(Self::of_cut(cut, size, captured_at, box_in_image, jpeg))
    }

    /// `None` where the picture cannot be decoded.
    pub(super) fn crop_of_jpeg(b: &Self) -> Option<Self> {
        let whole = jpeg::decode(&b.jpeg)?;
        let size = whole.dimensions();
        let cut = Cut::of(&b.box_in_image.grown(CROP_MARGIN), size);
        let view = image::imageops::crop_imm(&whole, cut.left, cut.top, cut.width, cut.height);
        let jpeg = jpeg::encode(&*view).ok()?.into();
        let crop = Self::of_cut(cut, size, b.captured_at, b.box_in_image, jpeg);
        Some(crop.from_stream(b.origin.clone()))
    }

    fn of_cut(
        cut: Cut,
        size: (u32, u32),
        captured_at: Timestamp,
        box_in_image: BoxInImage,
        jpeg: Arc<[u8]>,
    ) -> Self {
        let (role, width, height) = (EvidenceRole::Crop, cut.width, cut.height);
        let box_in_image = cut.place(&box_in_image, size);
        let origin = Origin::default();
        let private = None;
        Self { role, captured_at, jpeg, width, height, box_in_image, origin, private }
    }
}

/// A picture as kept with a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    pub role: EvidenceRole,
    pub captured_at: Timestamp,
    /// Path from the evidence folder, as in `2026/05/01/<case>/A.jpg`.
    pub file: String,
    /// Of the file's bytes, in lower-case hex.
    pub sha256: String,
    pub width: u32,
    pub height: u32,
    #[serde(rename = "box")]
    pub box_in_image: BoxInImage,
}

#[cfg(test)]
mod tests {
    use image::Rgb;
    use image::RgbImage;

    use super::*;

    /// A red thing in a grey street, sides odd.
    fn street() -> (RgbImage, BoxInImage) {
        let red = |x, y| (160..320).contains(&x) && (180..270).contains(&y);
        let picture = RgbImage::from_fn(641, 361, |x, y| {
            if red(x, y) { Rgb([200, 40, 30]) } else { Rgb([90, (x / 8) as u8, 100]) }
        });
        (picture, BoxInImage::clipped(160.0 / 641.0, 180.0 / 361.0, 320.0 / 641.0, 270.0 / 361.0))
    }

    #[test]
    fn a_taken_picture_is_what_the_camera_saw() {
        let (street, thing) = street();
        let frame = Frame::from_rgb(&street).unwrap();
        let taken = Picture::take(&frame, EvidenceRole::B, Timestamp::from_secs(7), thing).unwrap();
        assert_eq!((taken.width, taken.height, taken.box_in_image), (641, 361, thing));
        assert!((5_000..60_000).contains(&taken.jpeg.len()), "{} bytes", taken.jpeg.len());
        let back = jpeg::decode(&taken.jpeg).unwrap();
        assert_eq!(back.dimensions(), (641, 361));
        for (x, y) in [(2, 2), (240, 225), (600, 350), (640, 360)] {
            let (saw, kept) = (street.get_pixel(x, y).0, back.get_pixel(x, y).0);
            let close = saw.iter().zip(kept).all(|(saw, kept)| saw.abs_diff(kept) <= 8);
            assert!(close, "({x}, {y}): {saw:?} became {kept:?}");
        }
    }

    #[test]
    fn a_crop_has_the_thing_in_its_middle_whichever_way_it_was_made() {
        let (street, thing) = street();
        let frame = Frame::from_rgb(&street).unwrap();
        let at = Timestamp::from_secs(7);
        let b = Picture::take(&frame, EvidenceRole::B, at, thing).unwrap();
        for crop in [Picture::crop(&frame, at, thing).unwrap(), Picture::crop_of_jpeg(&b).unwrap()]
        {
            assert_eq!(crop.role, EvidenceRole::Crop);
            assert!((240..=242).contains(&crop.width) && (134..=137).contains(&crop.height));
            let back = jpeg::decode(&crop.jpeg).unwrap();
            assert_eq!(back.dimensions(), (crop.width, crop.height));
            assert!(back.get_pixel(120, 68).0[0] > 150 && back.get_pixel(10, 10).0[0] < 120);
            assert!((crop.box_in_image.x0() - 1.0 / 6.0).abs() < 0.02, "{:?}", crop.box_in_image);
        }
    }

    #[test]
    fn a_box_at_the_edge_or_without_size_still_gives_a_crop() {
        let frame = Frame::from_rgb(&RgbImage::new(9, 7)).unwrap();
        for (x0, y0, x1, y1) in [(1.0, 1.0, 1.0, 1.0), (0.0, 0.0, 0.0, 0.0), (0.9, 0.0, 1.0, 1.0)] {
            let thing = BoxInImage::clipped(x0, y0, x1, y1);
            let crop = Picture::crop(&frame, Timestamp::EPOCH, thing).unwrap();
            assert!(crop.width >= 1 && crop.height >= 1, "{thing:?}");
        }
    }
}
