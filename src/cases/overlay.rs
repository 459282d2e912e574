//! Copies of evidence for people: the thing's box drawn, a caption below. The originals stay untouched.
//!
//! Overlays are not in the manifest: they prove nothing and can be drawn again
//! from the originals, so they are made after the case is out.

use std::fs;

use image::Rgb;
use image::RgbImage;

use super::Case;
use super::Evidence;
use super::EvidenceError;
use super::EvidenceFolder;
use super::EvidenceRole;
use super::evidence::file_name;
use super::evidence::write_whole;
use super::font;
use super::jpeg;

const BOX_COLOUR: Rgb<u8> = Rgb([255, 40, 40]);
const TEXT_COLOUR: Rgb<u8> = Rgb([255, 255, 255]);
const STRIP_COLOUR: Rgb<u8> = Rgb([0, 0, 0]);

/// The lines under a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caption(pub Vec<String>);

impl EvidenceFolder {
    /// Draws `A.overlay.jpg`, `B.overlay.jpg`… of the case's pictures. One
    /// that is missing or cannot be decoded is passed over.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn draw_overlays(&self, case: &Case) -> Result<usize, EvidenceError> {
        let whole: Vec<_> =
            case.evidence.iter().filter(|one| one.role != EvidenceRole::Crop).collect();
        let mut drawn = 0;
        for (at, evidence) in whole.iter().enumerate() {
            let Ok(bytes) = fs::read(self.path_of(evidence)) else { continue };
            let Some(picture) = jpeg::decode(&bytes) else { continue };
            let caption = self.caption(case, evidence, at + 1, whole.len());
            let Ok(overlay) = jpeg::encode(&overlay_of(picture, evidence, &caption)) else {
                continue;
            };
            let name = file_name(evidence.role).replace(".jpg", ".overlay.jpg");
            write_whole(&self.package_of(case), &name, &overlay)?;
            drawn += 1;
        }
        Ok(drawn)
    }

    fn caption(&self, case: &Case, evidence: &Evidence, number: usize, of: usize) -> Caption {
        let dwell_s = evidence.captured_at.since(case.began_at).as_secs();
        let (minutes, seconds) = (dwell_s / 60, dwell_s % 60);
        let time = evidence.captured_at.in_zone(self.time_zone());
        let (camera, zone, kind) = (&case.camera_id, &case.zone_id, case.kind.name());
        Caption(vec![
            format!("{time}  CAMERA {camera}  ZONE {zone}"),
            format!("{kind}  {minutes}M{seconds:02}S  CASE {}  PICTURE {number} OF {of}", case.id),
        ])
    }
}

/// The picture with the box drawn, above a strip with the caption: the strip
/// is added below, so that it hides nothing.
fn overlay_of(mut picture: RgbImage, evidence: &Evidence, caption: &Caption) -> RgbImage {
    draw_box(&mut picture, evidence);
    let scale = font::scale_for(picture.width(), &caption.0);
    let line = font::LINE_HEIGHT * scale;
    let (width, height) = picture.dimensions();
    let strip = line * caption.0.len() as u32 + scale * 2;
    let mut canvas = RgbImage::from_pixel(width, height + strip, STRIP_COLOUR);
    image::imageops::replace(&mut canvas, &picture, 0, 0);
    for (at, text) in (0..).zip(&caption.0) {
        let y = height + scale * 2 + at * line;
        font::write(&mut canvas, (scale * 2, y), scale, TEXT_COLOUR, text);
    }
    canvas
}

fn draw_box(picture: &mut RgbImage, evidence: &Evidence) {
    let (width, height) = picture.dimensions();
    let thickness = (width.max(height) / 400).max(2);
    let at = |share: f32, side: u32| ((share * side as f32) as u32).min(side - 1);
    let b = &evidence.box_in_image;
    let (x0, x1) = (at(b.x0(), width), at(b.x1(), width));
    let (y0, y1) = (at(b.y0(), height), at(b.y1(), height));
    for depth in 0..thickness {
        let (left, right) = (x0.saturating_sub(depth), (x1 + depth).min(width - 1));
        let (top, bottom) = (y0.saturating_sub(depth), (y1 + depth).min(height - 1));
        for x in left..=right {
            picture.put_pixel(x, top, BOX_COLOUR);
            picture.put_pixel(x, bottom, BOX_COLOUR);
        }
        for y in top..=bottom {
            picture.put_pixel(left, y, BOX_COLOUR);
            picture.put_pixel(right, y, BOX_COLOUR);
        }
    }
}
