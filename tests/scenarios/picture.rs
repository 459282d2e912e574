//! Pictures that tell the scripted detector what is in them.
//!
//! A picture is a textured street with textured things on it, as the rules'
//! comparison of looks needs. Its upper rows carry the things in code, so
//! that what is detected has truly gone the whole way with its picture.

use bytes::Bytes;

use xunjie::detect::Detection;
use xunjie::detect::DetectorError;
use xunjie::detect::Kind;
use xunjie::geometry::BoxInImage;
use xunjie::ingest::CaptureClock;
use xunjie::ingest::Frame;
use xunjie::ingest::Keyframe;
use xunjie::ingest::Orientation;
use xunjie::time::Timestamp;

pub(crate) const WIDTH: usize = 192;
pub(crate) const HEIGHT: usize = 108;
const CAPS: &str = "video/x-raw,format=I420,width=192,height=108,framerate=0/1";
/// Bytes of code a thing.
const CODE: usize = 6;
const SCORE: f32 = 0.9;

/// A thing in the picture; its place is left, top, width, height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Thing {
    pub(crate) kind: Kind,
    /// Two things of one number look the same.
    pub(crate) number: u8,
    pub(crate) place: [u8; 4],
}

/// What is the matter with a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    DetectorFails,
    DetectorPanics,
    /// Fewer bytes than a picture has.
    CutShort,
    /// Black.
    Covered,
}

pub(crate) fn car(number: u8, left: u8) -> Thing {
    Thing { kind: Kind::Car, number, place: [left, 70, 28, 18] }
}

pub(crate) fn box_of(thing: Thing) -> BoxInImage {
    let [x, y, w, h] = thing.place.map(f32::from);
    let (width, height) = (WIDTH as f32, HEIGHT as f32);
    BoxInImage::clipped(x / width, y / height, (x + w) / width, (y + h) / height)
}

/// The keyframe of a street with these things, later ones in front.
pub(crate) fn keyframe(at: Timestamp, things: &[Thing], fault: Fault, number: u64) -> Keyframe {
    let mut pixels = vec![128; WIDTH * HEIGHT * 3 / 2];
    let luma = &mut pixels[..WIDTH * HEIGHT];
    if fault == Fault::Covered {
        luma.fill(16);
        // A covered sensor has noise too.
        luma[WIDTH + number as usize % WIDTH] = 18;
    } else {
        paint(luma, [0, 0, WIDTH as u8, HEIGHT as u8], 255);
        for thing in things {
            paint(luma, thing.place, thing.number);
        }
        write_code(luma, things, fault, number);
    }
    if fault == Fault::CutShort {
        pixels.truncate(1000);
    }
    Keyframe {
        data: Bytes::from(pixels),
        caps: CAPS.into(),
        orientation: Orientation::Upright,
        captured_at: at,
        capture_clock: CaptureClock::SenderReport,
        received_at: at,
        deltas: None,
    }
}

/// The same street on the second stream, twice as wide and high.
pub(crate) fn full_keyframe(at: Timestamp) -> Keyframe {
    let luma = (0..4 * WIDTH * HEIGHT).map(|at| (at % 251) as u8);
    let pixels: Vec<u8> = luma.chain(vec![128; 2 * WIDTH * HEIGHT]).collect();
    Keyframe {
        data: Bytes::from(pixels),
        caps: "video/x-raw,format=I420,width=384,height=216,framerate=0/1".into(),
        orientation: Orientation::Upright,
        captured_at: at,
        capture_clock: CaptureClock::SenderReport,
        received_at: at,
        deltas: None,
    }
}

/// Samples in which two pictures differ, but for the rows of code: what moved in between.
pub(crate) fn moved(before: &Keyframe, now: &Keyframe) -> usize {
    let samples = before.data.iter().zip(now.data.iter()).skip(2 * WIDTH);
    samples.filter(|(a, b)| a != b).count()
}

/// Reads the code, as a model would see the things.
pub(crate) fn detect(frame: &Frame) -> Result<Vec<Detection>, DetectorError> {
    let code = frame.luma().data;
    match code[1] {
        1 => return Err(DetectorError("as the picture asks".to_owned())),
        2 => panic!("as the picture asks"),
        _ => {}
    }
    let things = code[2..].chunks_exact(CODE).take(usize::from(code[0]));
    let things = things.map(|code| Thing {
        kind: Kind::ALL[usize::from(code[0])],
        number: code[1],
        place: [code[2], code[3], code[4], code[5]],
    });
    let seen = things.map(|thing| Detection {
        kind: thing.kind,
        score: SCORE,
        box_in_image: box_of(thing),
    });
    Ok(seen.collect())
}

fn write_code(luma: &mut [u8], things: &[Thing], fault: Fault, number: u64) {
    assert!(2 + things.len() * CODE < WIDTH, "one row holds the code");
    luma[0] = things.len() as u8;
    luma[1] = match fault {
        Fault::DetectorFails => 1,
        Fault::DetectorPanics => 2,
        _ => 0,
    };
    for (thing, code) in things.iter().zip(luma[2..].chunks_exact_mut(CODE)) {
        let kind = Kind::ALL.iter().position(|kind| *kind == thing.kind).unwrap_or_default();
        code[..2].copy_from_slice(&[kind as u8, thing.number]);
        code[2..].copy_from_slice(&thing.place);
    }
    // No two pictures of a live sensor are the same.
    luma[WIDTH..WIDTH + 8].copy_from_slice(&number.to_le_bytes());
}

/// Blocks of 4 x 4 pixels whose brightness follows from the number.
fn paint(luma: &mut [u8], [x, y, w, h]: [u8; 4], number: u8) {
    for row in 0..usize::from(h) {
        for column in 0..usize::from(w) {
            let cell = (row / 4 * 64 + column / 4) as u32 + u32::from(number) * 9973 + 1;
            let mixed = cell.wrapping_mul(2_654_435_761);
            let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(2_246_822_519) >> 24;
            let at = (usize::from(y) + row) * WIDTH + usize::from(x) + column;
            luma[at] = 40 + (mixed as u8 >> 1);
        }
    }
}
