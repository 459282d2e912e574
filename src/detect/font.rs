//! A small pixel font for boxes and captions: capitals, digits and a few signs, drawn by hand for this file.

use image::Rgb;
use image::RgbImage;

/// Pixels from one line to the next, at scale 1: seven of the letter and three between.
pub(crate) const LINE_HEIGHT: u32 = 10;

/// Pixels from one letter to the next, at scale 1: five of the letter and one between.
pub(crate) const ADVANCE: u32 = 6;
/// Pixels of a letter from top to bottom, at scale 1.
pub(crate) const HEIGHT: u32 = ROWS as u32;
const ROWS: usize = 7;
#[cfg(test)]
const COLUMNS: usize = 5;

/// What is written for a letter that the font has not.
const UNKNOWN: [&str; ROWS] = ["#####", "#...#", "#...#", "#...#", "#...#", "#...#", "#####"];

/// Writes from `(x, y)`, the upper left corner, to the right; what leaves the picture is cut off.
pub(crate) fn write(
    canvas: &mut RgbImage,
    (x, y): (u32, u32),
    scale: u32,
    colour: Rgb<u8>,
    text: &str,
) {
    for (number, letter) in (0..).zip(text.chars()) {
        let left = x + number * ADVANCE * scale;
        if left >= canvas.width() {
            return;
        }
        for (row, line) in (0..).zip(shape(letter)) {
            let inked = (0..).zip(line.bytes()).filter(|(_, ink)| *ink == b'#');
            for (column, _) in inked {
                fill(canvas, (left + column * scale, y + row * scale), scale, colour);
            }
        }
    }
}

fn fill(canvas: &mut RgbImage, (x, y): (u32, u32), side: u32, colour: Rgb<u8>) {
    for down in 0..side {
        for right in 0..side {
            if let Some(pixel) = canvas.get_pixel_mut_checked(x + right, y + down) {
                *pixel = colour;
            }
        }
    }
}

fn shape(letter: char) -> [&'static str; ROWS] {
    let letter = letter.to_ascii_uppercase();
    let place = LETTERS.iter().position(|(known, _)| *known == letter);
    let Some(place) = place else { return UNKNOWN };
    let mut rows = [""; ROWS];
    for (row, line) in rows.iter_mut().zip(LETTERS[place].1.split(' ')) {
        *row = line;
    }
    rows
}

/// Each letter in seven rows of five, from the top.
#[rustfmt::skip]
const LETTERS: [(char, &str); 47] = [
    ('0', ".###. #...# #..## #.#.# ##..# #...# .###."),
    ('1', "..#.. .##.. ..#.. ..#.. ..#.. ..#.. .###."),
    ('2', ".###. #...# ....# ..##. .#... #.... #####"),
    ('3', "####. ....# ....# .###. ....# ....# ####."),
    ('4', "...#. ..##. .#.#. #..#. ##### ...#. ...#."),
    ('5', "##### #.... ####. ....# ....# #...# .###."),
    ('6', "..##. .#... #.... ####. #...# #...# .###."),
    ('7', "##### ....# ...#. ..#.. .#... .#... .#..."),
    ('8', ".###. #...# #...# .###. #...# #...# .###."),
    ('9', ".###. #...# #...# .#### ....# ...#. .##.."),
    ('A', ".###. #...# #...# ##### #...# #...# #...#"),
    ('B', "####. #...# #...# ####. #...# #...# ####."),
    ('C', ".#### #.... #.... #.... #.... #.... .####"),
    ('D', "####. #...# #...# #...# #...# #...# ####."),
    ('E', "##### #.... #.... ####. #.... #.... #####"),
    ('F', "##### #.... #.... ####. #.... #.... #...."),
    ('G', ".#### #.... #.... #..## #...# #...# .####"),
    ('H', "#...# #...# #...# ##### #...# #...# #...#"),
    ('I', "##### ..#.. ..#.. ..#.. ..#.. ..#.. #####"),
    ('J', "..### ....# ....# ....# ....# #...# .###."),
    ('K', "#...# #..#. #.#.. ##... #.#.. #..#. #...#"),
    ('L', "#.... #.... #.... #.... #.... #.... #####"),
    ('M', "#...# ##.## #.#.# #.#.# #...# #...# #...#"),
    ('N', "#...# ##..# ##..# #.#.# #..## #..## #...#"),
    ('O', ".###. #...# #...# #...# #...# #...# .###."),
    ('P', "####. #...# #...# ####. #.... #.... #...."),
    ('Q', ".###. #...# #...# #...# #.#.# #..#. .##.#"),
    ('R', "####. #...# #...# ####. #.#.. #..#. #...#"),
    ('S', ".#### #.... #.... .###. ....# ....# ####."),
    ('T', "##### ..#.. ..#.. ..#.. ..#.. ..#.. ..#.."),
    ('U', "#...# #...# #...# #...# #...# #...# .###."),
    ('V', "#...# #...# #...# #...# .#.#. .#.#. ..#.."),
    ('W', "#...# #...# #...# #.#.# #.#.# ##.## #...#"),
    ('X', "#...# .#.#. ..#.. ..#.. ..#.. .#.#. #...#"),
    ('Y', "#...# .#.#. ..#.. ..#.. ..#.. ..#.. ..#.."),
    ('Z', "##### ....# ...#. ..#.. .#... #.... #####"),
    (' ', "..... ..... ..... ..... ..... ..... ....."),
    ('.', "..... ..... ..... ..... ..... .##.. .##.."),
    (':', "..... .##.. .##.. ..... .##.. .##.. ....."),
    ('-', "..... ..... ..... ##### ..... ..... ....."),
    ('_', "..... ..... ..... ..... ..... ..... #####"),
    ('+', "..... ..#.. ..#.. ##### ..#.. ..#.. ....."),
    ('/', "....# ...#. ...#. ..#.. .#... .#... #...."),
    (',', "..... ..... ..... ..... .##.. ..#.. .#..."),
    ('(', "...#. ..#.. .#... .#... .#... ..#.. ...#."),
    (')', ".#... ..#.. ...#. ...#. ...#. ..#.. .#..."),
    ('#', ".#.#. .#.#. ##### .#.#. ##### .#.#. .#.#."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_letter_has_seven_rows_of_five_and_no_twin() {
        for (letter, rows) in LETTERS {
            assert_eq!(rows.split(' ').count(), ROWS, "{letter}");
            assert!(rows.split(' ').all(|row| row.len() == COLUMNS), "{letter}");
            let twins = LETTERS.iter().filter(|(_, other)| *other == rows).count();
            assert_eq!(twins, 1, "{letter} looks like another");
        }
        assert_eq!(shape('a'), shape('A'));
        assert_eq!(shape('车'), UNKNOWN);
    }

    #[test]
    fn writing_over_the_edge_is_cut_off() {
        let mut canvas = RgbImage::new(20, 5);
        write(&mut canvas, (2, 0), 2, Rgb([255; 3]), "HHHHHHHH");
        assert!(canvas.pixels().any(|pixel| pixel.0 == [255; 3]));
    }
}
