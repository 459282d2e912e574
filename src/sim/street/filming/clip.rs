//! A scenario as a clip with its truth beside it.

use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use crate::sim::street::story::Script;

use super::FilmError;
use super::FilmRate;
use super::Reel;
use super::encoder::Encoder;
use super::truth::PictureTruth;

/// How a clip is filmed.
#[derive(Clone, Copy, Debug)]
pub struct FilmSettings {
    /// In pixels; one that cameras send if none is given.
    pub size: Option<(u32, u32)>,
    pub rate: FilmRate,
    /// Write the truth of each picture too.
    pub each_picture: bool,
}

/// The files of a filmed scenario.
#[derive(Clone, Debug)]
pub struct Filmed {
    pub clip: PathBuf,
    pub truth: PathBuf,
}

impl Filmed {
    /// The files of an earlier run, if they are in the folder.
    #[must_use]
    pub fn kept(script: &Script, seed: u64, folder: &Path) -> Option<Self> {
        let name = format!("{}-{seed}", script.name);
        let clip = folder.join(format!("{name}.mp4"));
        let truth = folder.join(format!("{name}.toml"));
        (clip.is_file() && truth.is_file()).then_some(Self { clip, truth })
    }

    /// The zones as `[[camera.zone]]` of a configuration.
    ///
    /// # Errors
    /// When the truth cannot be read.
    pub fn camera_zones(&self) -> std::io::Result<String> {
        let text = std::fs::read_to_string(&self.truth)?;
        let zones = text.find("[[zone]]").map_or("", |at| &text[at..]);
        let zones = zones.split("[[event]]").next().unwrap_or_default();
        Ok(zones.replace("[[zone]]", "[[camera.zone]]"))
    }
}

/// Films a scenario into `folder`: `NAME-SEED.mp4`, and `NAME-SEED.toml` in the form that
/// `xunjie eval` reads. `tell` is told of each picture and says whether to go on.
///
/// # Errors
/// When no street has room for it, a file cannot be written, or `tell` says no.
pub fn film(
    script: &Script,
    seed: u64,
    folder: &Path,
    settings: FilmSettings,
    mut tell: impl FnMut(u32, u32) -> bool,
) -> Result<Filmed, FilmError> {
    let mut reel = Reel::new(script, seed, settings.size)?;
    reel.rate = settings.rate;
    let name = format!("{}-{seed}", script.name);
    let clip = folder.join(format!("{name}.mp4"));
    let mut encoder = Encoder::create(&clip, reel.size(), reel.quantizer, settings.rate)?;
    let mut lines = Vec::new();
    for number in 0..reel.pictures() {
        let (picture, acting) = reel.picture(number);
        encoder.add(&picture)?;
        if settings.each_picture {
            let at_s = settings.rate.time_s(number);
            lines.push(PictureTruth::new(number, at_s, &acting, &mut reel.studio));
        }
        if !tell(number + 1, reel.pictures()) {
            return Err(FilmError::Stopped);
        }
    }
    if settings.each_picture {
        write_lines(&folder.join(format!("{name}.jsonl")), &lines)?;
    }
    // The clip comes last: where it is, its truth is.
    let truth = folder.join(format!("{name}.toml"));
    let text = reel.truth(&format!("{name}.mp4"));
    std::fs::write(&truth, text)
        .map_err(|source| FilmError::Write { path: truth.clone(), source })?;
    encoder.finish()?;
    Ok(Filmed { clip, truth })
}

fn write_lines(path: &Path, lines: &[PictureTruth]) -> Result<(), FilmError> {
    let failed = |source| FilmError::Write { path: path.to_owned(), source };
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).map_err(failed)?);
    for line in lines {
        let text = serde_json::to_string(line).map_err(std::io::Error::from).map_err(failed)?;
        writeln!(file, "{text}").map_err(failed)?;
    }
    file.flush().map_err(failed)
}
