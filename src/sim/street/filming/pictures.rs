//! Pictures for a detector to learn from, each with its labels.

use std::path::Path;
use std::path::PathBuf;

use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::sim::street::story::Script;
use crate::sim::street::story::all;
use crate::sim::street::thing::Posed;

use super::FilmError;
use super::Reel;
use super::labels::Labels;
use super::scatter::scatter;
use super::studio::Shown;

/// Pictures taken of one street before the camera is put up elsewhere.
const PER_STREET: u32 = 16;
/// How many of them are moments of a story; on the others things are scattered.
const OF_STORY: u32 = 6;
/// Seeds of streets to learn from are far from those that people write.
const SEEDS_FROM: u64 = 1 << 40;
/// Sizes of pictures: the longest side is what detectors take.
const SIZES: [(u32, u32); 4] = [(640, 480), (640, 360), (640, 524), (640, 400)];

/// What is to be taken.
#[derive(Clone, Debug)]
pub struct PicturesSettings {
    pub folder: PathBuf,
    /// The numbers of the pictures: streets are the same however the work is divided.
    pub from: u32,
    pub to: u32,
    pub seed: u64,
    pub size: Option<(u32, u32)>,
}

/// Takes pictures into `folder/images`, `folder/labels` and `folder/ignore`. `tell` is
/// told of each and says whether to go on.
///
/// # Errors
/// When a file cannot be written, or `tell` says no.
pub fn take_pictures(
    settings: &PicturesSettings,
    mut tell: impl FnMut() -> bool,
) -> Result<(), FilmError> {
    let scripts = all()?;
    for folder in ["images", "labels", "ignore"] {
        let path = settings.folder.join(folder);
        std::fs::create_dir_all(&path).map_err(|source| FilmError::Write { path, source })?;
    }
    let streets = settings.from / PER_STREET..settings.to.div_ceil(PER_STREET);
    for street in streets {
        let mut rng = ChaCha8Rng::seed_from_u64(settings.seed ^ (u64::from(street) << 24));
        let mut reel = reel(&scripts, settings, street, &mut rng)?;
        for number in street * PER_STREET..(street + 1) * PER_STREET {
            let of_story = number % PER_STREET < OF_STORY;
            // All are drawn, so that a picture is the same whichever ones are asked for.
            let (things, quality) = arrange(&reel, of_story, &mut rng);
            if (settings.from..settings.to).contains(&number) {
                let (picture, shown) = reel.studio.shoot(&things, u64::from(number));
                write(&settings.folder, number + 1, &picture, quality)?;
                label(&settings.folder, number + 1, &mut reel, &shown)?;
                if !tell() {
                    return Err(FilmError::Stopped);
                }
            }
        }
    }
    Ok(())
}

fn reel(
    scripts: &[Script],
    settings: &PicturesSettings,
    street: u32,
    rng: &mut ChaCha8Rng,
) -> Result<Reel, FilmError> {
    let size = settings.size.unwrap_or(SIZES[rng.random_range(0..SIZES.len())]);
    let seed = SEEDS_FROM + settings.seed * 1_000_003 + u64::from(street);
    let first = rng.random_range(0..scripts.len());
    let script = &scripts[first];
    Reel::new(&Script { trouble: None, ..script.clone() }, seed, Some(size))
}

fn arrange(reel: &Reel, of_story: bool, rng: &mut ChaCha8Rng) -> (Vec<Posed>, u8) {
    let time = reel.rate.time_s(rng.random_range(0..reel.pictures()));
    let quality = rng.random_range(45..95);
    if of_story {
        let things = reel.at(time).into_iter().map(|(_, posed, _)| posed).collect();
        return (things, quality);
    }
    let things = scatter(&reel.studio.place, &reel.studio.view, reel.studio.dark(), rng);
    (things, quality)
}

fn write(folder: &Path, number: u32, picture: &RgbImage, quality: u8) -> Result<(), FilmError> {
    let path = folder.join("images").join(format!("{number:06}.jpg"));
    let mut bytes = Vec::new();
    let encoded = JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture);
    encoded.map_err(|error| FilmError::Encode { path: path.clone(), reason: error.to_string() })?;
    std::fs::write(&path, bytes).map_err(|source| FilmError::Write { path, source })
}

fn label(folder: &Path, number: u32, reel: &mut Reel, shown: &[Shown]) -> Result<(), FilmError> {
    let mut labels = Labels::default();
    for shown in shown {
        let mesh = reel.studio.shape(&shown.posed);
        labels.add(&reel.studio.view, shown, &mesh);
    }
    for (kind, text) in [("labels", &labels.known), ("ignore", &labels.ignored)] {
        let path = folder.join(kind).join(format!("{number:06}.txt"));
        std::fs::write(&path, text).map_err(|source| FilmError::Write { path, source })?;
    }
    Ok(())
}
