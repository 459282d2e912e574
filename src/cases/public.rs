//! Copies of evidence for the public: people and plates are made unrecognisable.
//!
//! What is hidden is what the detector saw in that very picture, and the case's
//! own thing. Of a picture of which nobody knows who is in it there is no copy.

use std::fs;

use image::Rgb;
use image::RgbImage;

use crate::detect::Detection;
use crate::detect::Kind;
use crate::geometry::BoxInImage;

use super::Case;
use super::EvidenceError;
use super::EvidenceFolder;
use super::EvidenceRole;
use super::evidence::file_name;
use super::evidence::newest_manifest;
use super::jpeg;
use super::jpeg::Cut;

/// A crowd of more is hidden as a whole.
const BOXES_MAX: usize = 200;
/// Boxes are drawn too small now and then; so much of their size is added on each side.
const MARGIN: f32 = 0.1;
/// Plates hang low.
const PLATE_SHARE: f32 = 1.0 / 3.0;
/// A hidden part has so many tiles along its shorter side: no face and no plate can be read in them.
const TILES: u32 = 4;
/// Small things get tiles of at least so many pixels.
const TILE_MIN: u32 = 8;

/// What a copy for the public hides of these things.
#[must_use]
pub fn private_boxes<'a>(
    things: impl IntoIterator<Item = (Kind, &'a BoxInImage)>,
) -> Vec<BoxInImage> {
    let boxes: Vec<_> = things.into_iter().filter_map(|(kind, b)| hidden_part(kind, b)).collect();
    if boxes.len() > BOXES_MAX { vec![BoxInImage::WHOLE] } else { boxes }
}

/// The same of what a detector saw and of the thing that the case is about.
#[must_use]
pub fn private_boxes_of(seen: &[Detection], thing: Kind, place: &BoxInImage) -> Vec<BoxInImage> {
    let seen = seen.iter().map(|detection| (detection.kind, &detection.box_in_image));
    private_boxes(seen.chain([(thing, place)]))
}

fn hidden_part(kind: Kind, b: &BoxInImage) -> Option<BoxInImage> {
    match kind {
        // Of riders the face and the plate.
        Kind::Person | Kind::TwoWheeler | Kind::Tricycle => Some(b.grown(MARGIN)),
        Kind::Car | Kind::Truck | Kind::Bus => {
            let top = b.y1() - b.height() * PLATE_SHARE;
            Some(BoxInImage::clipped(b.x0(), top, b.x1(), b.y1()).grown(MARGIN))
        }
        Kind::Umbrella
        | Kind::Stall
        | Kind::Garbage
        | Kind::Bin
        | Kind::OverflowingBin
        | Kind::Cone => None,
    }
}

impl EvidenceFolder {
    /// The copy of the case's `number`th whole picture, counted from 1, as
    /// JPEG; none where there is no such picture, its file cannot be read as
    /// one, or it is not known what must be hidden in it.
    ///
    /// # Errors
    /// When the package cannot be read.
    pub fn public_copy(
        &self,
        case: &Case,
        number: usize,
    ) -> Result<Option<Vec<u8>>, EvidenceError> {
        let mut whole = case.evidence.iter().filter(|one| one.role != EvidenceRole::Crop);
        let Some(picture) = number.checked_sub(1).and_then(|at| whole.nth(at)) else {
            return Ok(None);
        };
        let path = self.path_of(picture);
        let Some(package) = path.parent() else { return Ok(None) };
        let (_, manifest) = newest_manifest(package)?;
        let files = manifest.map(|manifest| manifest.files).unwrap_or_default();
        let file = files.into_iter().find(|file| file.name == file_name(picture.role));
        let Some(private) = file.and_then(|file| file.private) else { return Ok(None) };
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(EvidenceError::Read { path, source }),
        };
        let Some(mut copy) = jpeg::decode(&bytes) else { return Ok(None) };
        for part in &private {
            hide(&mut copy, part);
        }
        jpeg::encode(&copy).map(Some)
    }
}

/// Lays tiles of one colour each over the part.
fn hide(picture: &mut RgbImage, part: &BoxInImage) {
    let cut = Cut::of(part, picture.dimensions());
    let tile = (cut.width.min(cut.height) / TILES).max(TILE_MIN);
    let (right, bottom) = (cut.left + cut.width, cut.top + cut.height);
    for top in (cut.top..bottom).step_by(tile as usize) {
        for left in (cut.left..right).step_by(tile as usize) {
            let (to_x, to_y) = ((left + tile).min(right), (top + tile).min(bottom));
            let mean = mean(picture, (left, top), (to_x, to_y));
            for y in top..to_y {
                for x in left..to_x {
                    picture.put_pixel(x, y, mean);
                }
            }
        }
    }
}

fn mean(picture: &RgbImage, (left, top): (u32, u32), (right, bottom): (u32, u32)) -> Rgb<u8> {
    let mut sums = [0u64; 3];
    for y in top..bottom {
        for x in left..right {
            for (sum, part) in sums.iter_mut().zip(picture.get_pixel(x, y).0) {
                *sum += u64::from(part);
            }
        }
    }
    let pixels = u64::from((right - left) * (bottom - top)).max(1);
    Rgb(sums.map(|sum| (sum / pixels) as u8))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use crate::cases::EvidenceContext;
    use crate::cases::Picture;
    use crate::cases::sample;

    use super::*;

    fn kept(private: Option<Vec<BoxInImage>>) -> (tempfile::TempDir, EvidenceFolder, Case) {
        let data = tempfile::tempdir().unwrap();
        let folder = EvidenceFolder::new(data.path(), TimeZone::UTC);
        // Stripes of two pixels, as a plate would be: readable before, one shade after.
        let stripes =
            RgbImage::from_fn(
                320,
                180,
                |x, _| if x / 2 % 2 == 0 { Rgb([0; 3]) } else { Rgb([255; 3]) },
            );
        let jpeg = jpeg::encode(&stripes).unwrap().into();
        let picture = Picture { jpeg, private, ..sample::picture(EvidenceRole::B) };
        let mut case = sample::case(1);
        let context = EvidenceContext::default();
        let written = folder.write(&case, &[picture], Some(&context), case.filed_at).unwrap();
        case.add_evidence(written);
        (data, folder, case)
    }

    fn contrast(picture: &RgbImage, y: u32) -> u8 {
        let row = || (100..140).map(|x| picture.get_pixel(x, y).0[0]);
        row().max().unwrap() - row().min().unwrap()
    }

    #[test]
    fn people_and_plates_cannot_be_made_out_and_the_rest_stays() {
        let person = BoxInImage::clipped(0.0, 0.0, 1.0, 0.3);
        let car = BoxInImage::clipped(0.2, 0.4, 0.6, 1.0);
        let things =
            [(Kind::Person, &person), (Kind::Car, &car), (Kind::Stall, &BoxInImage::WHOLE)];
        let private = private_boxes(things);
        assert_eq!(private.len(), 2, "a stall is nobody's face");
        let (_data, folder, case) = kept(Some(private));
        let copy = jpeg::decode(&folder.public_copy(&case, 1).unwrap().unwrap()).unwrap();
        assert!(contrast(&copy, 20) < 80 && contrast(&copy, 170) < 80, "the person, the plate");
        assert!(contrast(&copy, 100) > 150, "the car's upper part");
        let original = jpeg::decode(&fs::read(folder.path_of(&case.evidence[0])).unwrap()).unwrap();
        assert!(contrast(&original, 20) > 150, "the original is untouched");
        assert!(folder.public_copy(&case, 0).unwrap().is_none());
        assert!(folder.public_copy(&case, 2).unwrap().is_none(), "the crop is no whole picture");
    }

    #[test]
    fn where_nobody_knows_who_is_in_it_there_is_no_copy() {
        let (_data, folder, case) = kept(None);
        assert!(folder.public_copy(&case, 1).unwrap().is_none());
    }

    #[test]
    fn a_crowd_is_hidden_as_a_whole() {
        let b = BoxInImage::clipped(0.1, 0.1, 0.2, 0.2);
        assert_eq!(private_boxes(vec![(Kind::Person, &b); 201]), [BoxInImage::WHOLE]);
        assert_eq!(private_boxes_of(&[], Kind::Car, &b).len(), 1, "the thing itself");
    }
}
