//! Whether a recording lacks its end, by its container's own header: GStreamer plays such files without a word.

use std::fs::File;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;

/// Outer boxes of an MP4 that are looked at. A fragmented recording has two
/// for every fragment; a forged one could have millions.
const BOXES_MAX: usize = 20_000;

/// How a file ends, as far as its container says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Whole, or its container does not say: playing it will tell.
    Whole,
    /// A part of the file reaches beyond its end.
    CutShort,
    /// Cut short, and what was lost is the index without which none of it can be read.
    IndexLost,
}

/// Reads the file's outermost headers.
pub(super) fn ending_of(file: &mut File) -> Ending {
    ending(file).unwrap_or(Ending::Whole)
}

fn ending(file: &mut File) -> std::io::Result<Ending> {
    let length = file.metadata()?.len();
    let mut head = [0; 12];
    file.read_exact(&mut head)?;
    match (&head[..4], &head[4..8], &head[8..]) {
        (b"RIFF", size, b"AVI ") if u64::from(u32::from_le_bytes(four(size))) + 8 > length => {
            Ok(Ending::CutShort)
        }
        (_, b"ftyp", _) => ending_of_mp4(file, length),
        _ => Ok(Ending::Whole),
    }
}

/// Walks along the outer boxes, each of which begins with its size and name.
fn ending_of_mp4(file: &mut File, length: u64) -> std::io::Result<Ending> {
    let (mut at, mut indexed) = (0u64, false);
    for _ in 0..BOXES_MAX {
        let mut head = [0; 16];
        file.seek(SeekFrom::Start(at))?;
        if file.read(&mut head)? < 8 {
            break;
        }
        let size = match u32::from_be_bytes(four(&head[..4])) {
            0 => break, // This box goes on to the end of the file.
            1 => u64::from_be_bytes(eight(&head[8..])),
            size => u64::from(size),
        };
        at = at.saturating_add(size);
        if at > length {
            return Ok(if indexed { Ending::CutShort } else { Ending::IndexLost });
        }
        if size < 8 {
            break;
        }
        indexed |= &head[4..8] == b"moov";
    }
    Ok(Ending::Whole)
}

fn four(bytes: &[u8]) -> [u8; 4] {
    std::array::from_fn(|at| bytes[at])
}

fn eight(bytes: &[u8]) -> [u8; 8] {
    std::array::from_fn(|at| bytes[at])
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    fn file(content: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        file.rewind().unwrap();
        file
    }

    #[track_caller]
    fn check(content: &[u8], expected: Ending) {
        assert_eq!(ending_of(&mut file(content)), expected, "{content:?}");
    }

    #[test]
    fn sees_a_part_that_reaches_beyond_the_end() {
        let (kind, index) = (b"\0\0\0\x0cftypisom".as_slice(), b"\0\0\0\x08moov".as_slice());
        let pictures = b"\0\0\0\x10mdat12345678".as_slice();
        check(&[kind, pictures, index].concat(), Ending::Whole);
        check(&[kind, index, &pictures[..15]].concat(), Ending::CutShort);
        check(&[kind, &pictures[..15]].concat(), Ending::IndexLost);
        check(b"RIFF\x06\0\0\0AVI xx", Ending::Whole);
        check(b"RIFF\x06\0\0\0AVI x", Ending::CutShort);
    }

    proptest! {
        #[test]
        fn reads_any_bytes_without_harm(mut content: Vec<u8>, mp4: bool) {
            if mp4 && content.len() > 8 {
                content[4..8].copy_from_slice(b"ftyp");
            }
            ending_of(&mut file(&content));
        }
    }
}
