//! Boxes and their names on a picture, to look at.

use image::Rgb;
use image::RgbImage;

use crate::detect::Detection;
use crate::detect::Kind;

use super::font;

/// A letter's pixel is this many of the picture's, for each so many of its shorter side.
const SIDE_PER_LETTER_SCALE: u32 = 400;

/// Draws each box with its kind and score, the best one on top.
pub fn draw(picture: &mut RgbImage, detections: &[Detection]) {
    let (width, height) = picture.dimensions();
    let scale = (width.min(height) / SIDE_PER_LETTER_SCALE).max(1);
    for found in detections.iter().rev() {
        let (b, colour) = (found.box_in_image, colour(found.kind));
        let (x0, y0) = (b.x0() * width as f32, b.y0() * height as f32);
        let (x1, y1) = (b.x1() * width as f32, b.y1() * height as f32);
        let (x0, y0, x1, y1) = (x0 as u32, y0 as u32, x1 as u32, y1 as u32);
        let (across, down) = ((x1 - x0).max(1), (y1 - y0).max(1));
        fill(picture, (x0, y0), (across, scale), colour);
        fill(picture, (x0, y1.saturating_sub(scale)), (across, scale), colour);
        fill(picture, (x0, y0), (scale, down), colour);
        fill(picture, (x1.saturating_sub(scale), y0), (scale, down), colour);
        let text = format!("{} {:.2}", found.kind.name(), found.score);
        write(picture, (x0, y0.saturating_sub((font::HEIGHT + 2) * scale)), &text, scale, colour);
    }
}

/// The text on a plate of `colour`.
fn write(picture: &mut RgbImage, at: (u32, u32), text: &str, scale: u32, colour: Rgb<u8>) {
    let length = text.chars().count() as u32;
    let plate = ((font::ADVANCE * length + 1) * scale, (font::HEIGHT + 2) * scale);
    fill(picture, at, plate, colour);
    font::write(picture, (at.0 + scale, at.1 + scale), scale, Rgb([0, 0, 0]), text);
}

/// A rectangle, as far as it lies in the picture.
fn fill(picture: &mut RgbImage, at: (u32, u32), size: (u32, u32), colour: Rgb<u8>) {
    let (width, height) = picture.dimensions();
    for y in at.1..at.1.saturating_add(size.1).min(height) {
        for x in at.0..at.0.saturating_add(size.0).min(width) {
            picture.put_pixel(x, y, colour);
        }
    }
}

const fn colour(kind: Kind) -> Rgb<u8> {
    match kind {
        Kind::Person => Rgb([255, 120, 120]),
        Kind::TwoWheeler | Kind::Tricycle => Rgb([255, 200, 60]),
        Kind::Car => Rgb([80, 230, 120]),
        Kind::Truck | Kind::Bus => Rgb([90, 190, 255]),
        Kind::Umbrella | Kind::Stall => Rgb([240, 120, 255]),
        Kind::Garbage | Kind::Bin | Kind::OverflowingBin => Rgb([255, 255, 255]),
        Kind::Cone => Rgb([255, 140, 0]),
    }
}

#[cfg(test)]
mod tests {
    use crate::geometry::BoxInImage;

    use super::*;

    #[test]
    fn draws_an_outline_and_stays_inside() {
        let mut picture = RgbImage::new(100, 80);
        let draw_at = |picture: &mut RgbImage, b| {
            draw(picture, &[Detection { kind: Kind::Car, score: 0.5, box_in_image: b }]);
        };
        draw_at(&mut picture, BoxInImage::clipped(0.2, 0.5, 0.6, 0.9));
        assert_eq!(*picture.get_pixel(59, 60), colour(Kind::Car));
        assert_eq!(*picture.get_pixel(40, 60), Rgb([0, 0, 0]));
        draw_at(&mut picture, BoxInImage::WHOLE);
        draw_at(&mut picture, BoxInImage::clipped(1.0, 1.0, 1.0, 1.0));
        draw_at(&mut RgbImage::new(1, 1), BoxInImage::WHOLE);
    }
}
