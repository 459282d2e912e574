//! Copies of evidence for people: the thing's box drawn, a caption below. The originals stay untouched.
//!
//! Overlays are not in the manifest: they prove nothing and can be drawn again
//! from the originals, so they are made after the case is out.

use std::fs;

use image::Rgb;
use image::RgbImage;

use crate::detect::font;

use super::Case;
use super::Evidence;
use super::EvidenceError;
use super::EvidenceFolder;
use super::EvidenceRole;
use super::evidence::file_name;
use super::evidence::write_whole;
use super::jpeg;
use super::retention::OVERLAY_SUFFIX;

const BOX_COLOUR: Rgb<u8> = Rgb([255, 64, 48]);
const STRIP_COLOUR: Rgb<u8> = Rgb([24, 26, 30]);
const TEXT_COLOUR: Rgb<u8> = Rgb([240, 240, 236]);
/// Of what is the same on each picture of the case.
const FAINT_COLOUR: Rgb<u8> = Rgb([156, 164, 176]);

/// A letter's pixel is one of the picture's for each begun so many of its
/// width, so that the text is as easy to read on large pictures as on small ones.
const WIDTH_PER_SCALE: u32 = 480;
/// Columns left and right of the text, rows above and below it, at scale 1.
const MARGIN: u32 = 5;
/// Columns between two words, at scale 1.
const GAP: u32 = 3 * font::ADVANCE;

/// What stands under a picture, word by word; a word is never broken.
struct Caption {
    /// When it was taken and what it proves.
    own: Vec<String>,
    /// Of which case.
    shared: Vec<String>,
}

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
            let name = file_name(evidence.role).replace(".jpg", OVERLAY_SUFFIX);
            write_whole(&self.package_of(case), &name, &overlay)?;
            drawn += 1;
        }
        Ok(drawn)
    }

    fn caption(&self, case: &Case, evidence: &Evidence, number: usize, of: usize) -> Caption {
        let time = evidence.captured_at.zoned(self.time_zone());
        let own = vec![
            time.strftime("%Y-%m-%d %H:%M:%S %:z").to_string(),
            format!("picture {number} of {of}"),
            standing(case, evidence),
        ];
        let shared = vec![
            case.kind.name().replace('_', " "),
            format!("camera {}", case.finder()),
            format!("zone {}", case.zone()),
            format!("case {}", case.id),
        ];
        Caption { own, shared }
    }
}

/// For how long the thing had stood there.
fn standing(case: &Case, evidence: &Evidence) -> String {
    if evidence.role == EvidenceRole::Cleared {
        return "gone".to_owned();
    }
    let dwell_s = evidence.captured_at.since(case.began_at).as_secs();
    let (hours, minutes, seconds) = (dwell_s / 3600, dwell_s / 60 % 60, dwell_s % 60);
    let at_least = if case.began_before_start { "at least " } else { "" };
    format!("standing for {at_least}{hours}:{minutes:02}:{seconds:02}")
}

/// The picture with the box drawn, above a strip with the caption: the strip
/// is added below, so that it hides nothing.
fn overlay_of(mut picture: RgbImage, evidence: &Evidence, caption: &Caption) -> RgbImage {
    draw_box(&mut picture, evidence);
    let (width, height) = picture.dimensions();
    let scale = width.div_ceil(WIDTH_PER_SCALE);
    let room = width.saturating_sub(2 * MARGIN * scale);
    let own = lines_of(&caption.own, room / scale);
    let shared = lines_of(&caption.shared, room / scale);
    let line = font::LINE_HEIGHT * scale;
    let strip = (own.len() + shared.len()) as u32 * line + 2 * MARGIN * scale;
    let mut canvas = RgbImage::from_pixel(width, height + strip, STRIP_COLOUR);
    image::imageops::replace(&mut canvas, &picture, 0, 0);
    let bright = own.iter().map(|line| (TEXT_COLOUR, line));
    let faint = shared.iter().map(|line| (FAINT_COLOUR, line));
    for (at, (colour, words)) in (0..).zip(bright.chain(faint)) {
        let y = height + MARGIN * scale + at * line;
        for (column, word) in words {
            font::write(&mut canvas, ((MARGIN + column) * scale, y), scale, colour, word);
        }
    }
    canvas
}

/// Words with the column at which each begins, in lines of at most so many
/// columns; a word that is longer has a line alone and is cut off.
fn lines_of(words: &[String], columns: u32) -> Vec<Vec<(u32, &str)>> {
    let (mut lines, mut column) = (vec![Vec::new()], 0);
    for word in words {
        let width = word.chars().count() as u32 * font::ADVANCE;
        if column > 0 && column + width > columns {
            lines.push(Vec::new());
            column = 0;
        }
        if let Some(line) = lines.last_mut() {
            line.push((column, word.as_str()));
        }
        column += width + GAP;
    }
    lines
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_picture_gets_more_lines_and_no_broken_word() {
        let words = ["abc", "de", "fghijk"].map(str::to_owned);
        let wide = lines_of(&words, 200);
        assert_eq!(wide, [[(0, "abc"), (36, "de"), (66, "fghijk")]]);
        let narrow = lines_of(&words, 50);
        assert_eq!(narrow, [vec![(0, "abc"), (36, "de")], vec![(0, "fghijk")]][..]);
        assert_eq!(lines_of(&words, 0).len(), 3);
    }
}
