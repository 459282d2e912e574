//! A folder of labelled pictures: `images/NAME.jpg` with `labels/NAME.txt`, as YOLO's tools write them.
//!
//! A line of a label is `id x y width height`: the place of the kind in
//! [`Kind::ALL`], then the box's middle and size in fractions of the picture.
//! `ignore/NAME.txt`, where there is one, holds boxes in which nothing counts
//! for or against a model; `labelled.tsv` tells per picture, after its name and
//! a tab, the ids of which every thing was labelled. Without it all were.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::detect::Kind;
use crate::geometry::BoxInImage;

/// A label file is a few lines; one of a picture with a thousand things is below this.
const LABEL_BYTES_MAX: u64 = 1 << 20;
/// Folders hold thousands of pictures; more is another kind of folder.
const PICTURES_MAX: usize = 1_000_000;

/// One picture and what is in it.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledPicture {
    pub path: PathBuf,
    pub things: Vec<(Kind, BoxInImage)>,
    /// Neither for nor against.
    pub ignored: Vec<BoxInImage>,
    /// Of these kinds everything is labelled; of others only what is labelled is known.
    pub complete: Vec<Kind>,
}

/// Why a folder is no folder of labelled pictures.
#[derive(Debug, thiserror::Error)]
pub enum PicturesError {
    #[error("cannot read `{path}`: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("no pictures (.jpg, .jpeg, .png) in `{0}`")]
    Empty(PathBuf),
    #[error("more than {max} pictures in `{path}`")]
    Many { path: PathBuf, max: usize },
    #[error("`{path}`, line {line}: {fault}")]
    Line { path: PathBuf, line: usize, fault: String },
}

/// Reads the labels of all pictures of a folder, by name.
///
/// # Errors
/// When a file cannot be read or a line is no label; the first fault is told.
pub fn labelled_pictures(folder: &Path) -> Result<Vec<LabelledPicture>, PicturesError> {
    let complete = complete_kinds(&folder.join("labelled.tsv"))?;
    let images = folder.join("images");
    let reading = |source| PicturesError::Read { path: images.clone(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(&images).map_err(reading)? {
        let path = entry.map_err(reading)?.path();
        let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
        if ["jpg", "jpeg", "png"].contains(&end.to_ascii_lowercase().as_str()) {
            paths.push(path);
        }
        if paths.len() > PICTURES_MAX {
            return Err(PicturesError::Many { path: images, max: PICTURES_MAX });
        }
    }
    if paths.is_empty() {
        return Err(PicturesError::Empty(images));
    }
    paths.sort();
    let picture = |path: PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let beside = |part: &str| folder.join(part).join(format!("{name}.txt"));
        let complete = match &complete {
            Some(by_name) => by_name.get(&name).cloned().unwrap_or_default(),
            None => Kind::ALL.to_vec(),
        };
        let ignored = labels(&beside("ignore"))?.into_iter().map(|(_, ignored)| ignored).collect();
        Ok(LabelledPicture { things: labels(&beside("labels"))?, ignored, complete, path })
    };
    paths.into_iter().map(picture).collect()
}

/// The lines of a label file; none where there is no file.
fn labels(path: &Path) -> Result<Vec<(Kind, BoxInImage)>, PicturesError> {
    let Some(text) = text_of(path)? else { return Ok(Vec::new()) };
    let at_line =
        |(number, line): (usize, &str)| label(line).map_err(|fault| fault_at(path, number, fault));
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(at_line).collect()
}

fn label(line: &str) -> Result<(Kind, BoxInImage), String> {
    let mut words = line.split_ascii_whitespace();
    let kind = words.next().and_then(kind_of_id);
    let kind = kind.ok_or_else(|| format!("`{line:.80}` begins with no id of a kind, 0 to 11"))?;
    let numbers: Option<Vec<f32>> = words.map(|word| word.parse().ok()).collect();
    let Some([x, y, width, height]) =
        numbers.as_deref().filter(|all| all.iter().all(|n| n.is_finite()))
    else {
        return Err(format!("`{line:.80}` has not four numbers after the id"));
    };
    let (half_width, half_height) = (width / 2.0, height / 2.0);
    let box_in_image =
        BoxInImage::clipped(x - half_width, y - half_height, x + half_width, y + half_height);
    Ok((kind, box_in_image))
}

fn kind_of_id(word: &str) -> Option<Kind> {
    Kind::ALL.get(word.parse::<usize>().ok()?).copied()
}

/// By name of the picture; none where there is no file.
fn complete_kinds(path: &Path) -> Result<Option<HashMap<String, Vec<Kind>>>, PicturesError> {
    let Some(text) = text_of(path)? else { return Ok(None) };
    let mut by_name = HashMap::new();
    for (number, line) in text.lines().enumerate() {
        let (name, ids) = line.split_once('\t').unwrap_or((line, ""));
        let ids = ids.split(',').map(str::trim).filter(|id| !id.is_empty());
        let kinds: Option<Vec<Kind>> = ids.map(kind_of_id).collect();
        let kinds = kinds
            .ok_or_else(|| fault_at(path, number, format!("`{line:.80}` lists no ids 0 to 11")))?;
        by_name.insert(name.to_owned(), kinds);
    }
    Ok(Some(by_name))
}

fn fault_at(path: &Path, number: usize, fault: String) -> PicturesError {
    PicturesError::Line { path: path.to_owned(), line: number + 1, fault }
}

fn text_of(path: &Path) -> Result<Option<String>, PicturesError> {
    let read = |source| PicturesError::Read { path: path.to_owned(), source };
    match fs::metadata(path) {
        Ok(there) if there.len() > LABEL_BYTES_MAX => {
            let fault = format!("{} bytes, at most {LABEL_BYTES_MAX}", there.len());
            Err(read(std::io::Error::other(fault)))
        }
        Ok(_) => fs::read_to_string(path).map(Some).map_err(read),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(read(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn a_picture_has_its_things_its_doubts_and_the_kinds_that_are_complete() {
        let folder = folder(&[
            ("images/b.jpg", ""),
            ("images/a.png", ""),
            ("images/notes.md", ""),
            ("labels/b.txt", "2 0.5 0.5 0.2 0.4\n\n10 0.9 0.9 0.4 0.4\n"),
            ("ignore/b.txt", "0 0.1 0.1 0.1 0.1\n"),
            ("labelled.tsv", "b\t2,10\na\t\n"),
        ]);
        let [first, second] = &labelled_pictures(folder.path()).unwrap()[..] else {
            panic!("two pictures")
        };
        assert!(first.path.ends_with("a.png") && first.complete.is_empty());
        assert_eq!(second.complete, [Kind::Car, Kind::OverflowingBin]);
        assert_eq!(second.things[0], (Kind::Car, BoxInImage::clipped(0.4, 0.3, 0.6, 0.7)));
        assert!(second.things[1].1.x1() <= 1.0);
        assert_eq!(second.ignored.len(), 1);
    }

    #[test]
    fn a_line_that_is_no_label_is_told_with_its_place() {
        for (line, word) in
            [("12 0 0 1 1", "0 to 11"), ("3 0.1 nan 1 1", "four numbers"), ("3 1 1 1", "four")]
        {
            let folder = folder(&[("images/a.jpg", ""), ("labels/a.txt", line)]);
            let error = labelled_pictures(folder.path()).unwrap_err().to_string();
            assert!(error.contains("a.txt`, line 1") && error.contains(word), "{error}");
        }
    }

    #[test]
    fn a_folder_without_pictures_is_told() {
        let folder = folder(&[("images/notes.md", "")]);
        let error = labelled_pictures(folder.path()).unwrap_err().to_string();
        assert!(error.contains("no pictures"), "{error}");
    }
}
