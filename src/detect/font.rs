//! Letters of 3 × 5 pixels, enough to name a box; not meant to be pretty.

pub(super) const WIDTH: u32 = 3;
pub(super) const HEIGHT: u32 = 5;

/// Whether the pixel (x, y) of a letter is set; capitals and small letters look alike.
pub(super) fn is_set(letter: char, x: u32, y: u32) -> bool {
    let rows = rows(letter.to_ascii_lowercase());
    rows >> ((HEIGHT - 1 - y) * WIDTH + (WIDTH - 1 - x)) & 1 == 1
}

/// Five rows of three pixels, from the top, a row an octal digit.
const fn rows(letter: char) -> u32 {
    match letter {
        '0' => 0o75557,
        '1' => 0o26227,
        '2' => 0o71747,
        '3' => 0o71717,
        '4' => 0o55711,
        '5' => 0o74717,
        '6' => 0o74757,
        '7' => 0o71222,
        '8' => 0o75757,
        '9' => 0o75717,
        'a' => 0o25755,
        'b' => 0o65656,
        'c' => 0o34443,
        'd' => 0o65556,
        'e' => 0o74647,
        'f' => 0o74644,
        'g' => 0o34553,
        'h' => 0o55755,
        'i' => 0o72227,
        'j' => 0o11152,
        'k' => 0o55655,
        'l' => 0o44447,
        'm' => 0o57755,
        'n' => 0o65555,
        'o' => 0o25552,
        'p' => 0o65644,
        'q' => 0o25563,
        'r' => 0o65655,
        's' => 0o34216,
        't' => 0o72222,
        'u' => 0o55557,
        'v' => 0o55552,
        'w' => 0o55775,
        'x' => 0o55255,
        'y' => 0o55222,
        'z' => 0o71247,
        '.' => 0o00002,
        '_' => 0o00007,
        _ => 0,
    }
}
