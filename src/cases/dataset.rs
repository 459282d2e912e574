//! Writes pictures of judged cases as a folder for a detector to learn from,
//! in the layout that `models/training/data.py` reads below `train/`.
//!
//! A verdict speaks of one box and of nothing around it. So each picture comes
//! with that box — as a thing where it was one, as proof of absence where it
//! was none — and with all the rest marked as unknown.

use std::collections::HashMap;
use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use crate::city::ClassId;
use crate::detect::Kind;
use crate::geometry::BoxInImage;
use crate::ingest::CameraId;
use crate::rules::ZoneId;
use crate::time::Timestamp;

use super::Case;
use super::CaseId;
use super::Evidence;
use super::EvidenceFolder;
use super::EvidenceRole;
use super::FalseReason;
use super::Verdict;
use super::evidence::file_name;

/// What has been written, one JSON object a line, each after its picture.
const JOURNAL: &str = "pictures.jsonl";
/// Which classes are known in each picture, as `data.py` reads it.
const LABELLED: &str = "labelled.tsv";
/// Pictures of one camera are one scene: they are learned from or tested on together.
const SCENES: &str = "scenes.tsv";

#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    #[error("cannot write {path}", path = path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot read {path}", path = path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{path} stands there already and is another picture", path = path.display())]
    Differs { path: PathBuf },
    #[error("line {line} of {path} is not of a data set", path = path.display())]
    Journal { path: PathBuf, line: usize, source: serde_json::Error },
    #[error("another program writes to {path}", path = path.display())]
    Busy { path: PathBuf },
}

/// One picture of the data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetPicture {
    /// Its name, without an ending.
    pub picture: String,
    pub case: CaseId,
    pub role: EvidenceRole,
    pub captured_at: Timestamp,
    pub camera: CameraId,
    pub zone: ZoneId,
    pub kind: ClassId,
    pub thing: Kind,
    #[serde(rename = "box")]
    pub box_in_image: BoxInImage,
    /// What a person said of the case.
    pub right: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<FalseReason>,
}

/// What adding a case has done, in pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Added {
    pub written: usize,
    /// They were there from an earlier run.
    pub already: usize,
    /// They were there under a verdict that has changed since; they stay as they are.
    pub outdated: usize,
    /// Their files are gone.
    pub missing: usize,
}

/// A folder that pictures are added to. Nothing in it is ever overwritten.
#[derive(Debug)]
pub struct Dataset {
    folder: PathBuf,
    known: HashMap<String, DatasetPicture>,
    journal: File,
    labelled: File,
    scenes: File,
}

impl Dataset {
    /// Makes the folder, or goes on with one of an earlier run.
    ///
    /// # Errors
    /// When it cannot be read or written, is no such folder, or somebody else writes to it.
    pub fn open(folder: &Path) -> Result<Self, DatasetError> {
        for part in ["images", "labels", "ignore"] {
            let path = folder.join(part);
            fs::create_dir_all(&path).map_err(|source| DatasetError::Write { path, source })?;
        }
        let journal = appended(&folder.join(JOURNAL))?;
        match journal.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DatasetError::Busy { path: folder.to_owned() });
            }
            Err(TryLockError::Error(source)) => {
                return Err(DatasetError::Write { path: folder.join(JOURNAL), source });
            }
        }
        Ok(Self {
            known: known(&folder.join(JOURNAL))?,
            labelled: appended(&folder.join(LABELLED))?,
            scenes: appended(&folder.join(SCENES))?,
            folder: folder.to_owned(),
            journal,
        })
    }

    /// Pictures that are in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Adds pictures A, B and C of a judged case, as far as they are kept.
    ///
    /// # Errors
    /// When a file cannot be written, or another picture has its name.
    pub fn add(
        &mut self,
        case: &Case,
        verdict: Verdict,
        kept: &EvidenceFolder,
    ) -> Result<Added, DatasetError> {
        let mut added = Added::default();
        let whole = [EvidenceRole::A, EvidenceRole::B, EvidenceRole::C];
        for evidence in case.evidence.iter().filter(|one| whole.contains(&one.role)) {
            let Some(picture) = picture_of(case, evidence, verdict) else { continue };
            let known = self.known.get(&picture.picture);
            let told = known.map(|known| (known.right, known.reason));
            match told {
                Some(told) if told == (verdict.right, verdict.reason) => added.already += 1,
                Some(_) => added.outdated += 1,
                None if self.write(picture, &kept.path_of(evidence))? => added.written += 1,
                None => added.missing += 1,
            }
        }
        Ok(added)
    }

    /// False where the picture's file is gone. The picture comes last: without
    /// its labels it would be read as a street with nothing in it.
    fn write(&mut self, picture: DatasetPicture, from: &Path) -> Result<bool, DatasetError> {
        let bytes = match fs::read(from) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(source) => return Err(DatasetError::Read { path: from.to_owned(), source }),
        };
        let name = &picture.picture;
        let labels = labels(&picture);
        self.put(&format!("ignore/{name}.txt"), labels.ignored.as_bytes())?;
        self.put(&format!("labels/{name}.txt"), labels.things.as_bytes())?;
        append(&mut self.labelled, &self.folder, &format!("{name}\t{}\n", labels.known))?;
        append(&mut self.scenes, &self.folder, &format!("{name}\t{}\n", picture.camera))?;
        self.put(&format!("images/{name}.jpg"), &bytes)?;
        let line = serde_json::to_string(&picture).map_err(|source| DatasetError::Journal {
            path: self.folder.join(JOURNAL),
            line: self.known.len(),
            source,
        })?;
        append(&mut self.journal, &self.folder, &format!("{line}\n"))?;
        self.known.insert(picture.picture.clone(), picture);
        Ok(true)
    }

    /// Writes a file under its name when it is whole. What stands there stays.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), DatasetError> {
        let (path, draft) = (self.folder.join(name), self.folder.join(".part"));
        match fs::read(&path) {
            Ok(there) if there == bytes => return Ok(()),
            Ok(_) => return Err(DatasetError::Differs { path }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(DatasetError::Read { path, source }),
        }
        fs::write(&draft, bytes)
            .and_then(|()| fs::rename(&draft, &path))
            .map_err(|source| DatasetError::Write { path, source })
    }
}

/// None of what no camera saw.
fn picture_of(case: &Case, evidence: &Evidence, verdict: Verdict) -> Option<DatasetPicture> {
    let file = file_name(evidence.role);
    Some(DatasetPicture {
        picture: format!("{}-{}", case.id, file.trim_end_matches(".jpg")),
        case: case.id.clone(),
        role: evidence.role,
        captured_at: evidence.captured_at,
        camera: case.camera_id.clone()?,
        zone: case.zone_id.clone()?,
        kind: case.kind.clone(),
        thing: case.thing?,
        box_in_image: evidence.box_in_image,
        right: verdict.right,
        reason: verdict.reason,
    })
}

struct Labels {
    things: String,
    ignored: String,
    /// The class of which the box tells everything; empty where it tells nothing.
    known: String,
}

fn labels(picture: &DatasetPicture) -> Labels {
    let id = Kind::ALL.iter().position(|kind| *kind == picture.thing).unwrap_or_default();
    let told = if picture.right {
        Some(true)
    } else {
        picture.reason.and_then(FalseReason::thing_was_there)
    };
    let thing = row(id, &picture.box_in_image);
    let around: String = around(&picture.box_in_image).iter().map(|part| row(id, part)).collect();
    match told {
        Some(true) => Labels { things: thing, ignored: around, known: id.to_string() },
        Some(false) => Labels { things: String::new(), ignored: around, known: id.to_string() },
        None => Labels {
            things: String::new(),
            ignored: row(id, &BoxInImage::WHOLE),
            known: String::new(),
        },
    }
}

/// Class, middle and size, as YOLO's tools write them; nothing of a box without size.
fn row(id: usize, b: &BoxInImage) -> String {
    let (width, height) = (b.x1() - b.x0(), b.y1() - b.y0());
    if width <= 0.0 || height <= 0.0 {
        return String::new();
    }
    let (x, y) = (f32::midpoint(b.x0(), b.x1()), f32::midpoint(b.y0(), b.y1()));
    format!("{id} {x:.6} {y:.6} {width:.6} {height:.6}\n")
}

/// All of the picture but the box: above, below, left and right of it.
fn around(b: &BoxInImage) -> [BoxInImage; 4] {
    [
        BoxInImage::clipped(0.0, 0.0, 1.0, b.y0()),
        BoxInImage::clipped(0.0, b.y1(), 1.0, 1.0),
        BoxInImage::clipped(0.0, b.y0(), b.x0(), b.y1()),
        BoxInImage::clipped(b.x1(), b.y0(), 1.0, b.y1()),
    ]
}

fn known(path: &Path) -> Result<HashMap<String, DatasetPicture>, DatasetError> {
    let text = fs::read_to_string(path)
        .map_err(|source| DatasetError::Read { path: path.to_owned(), source })?;
    let read = |(number, line): (usize, &str)| -> Result<_, DatasetError> {
        let picture: DatasetPicture = serde_json::from_str(line).map_err(|source| {
            DatasetError::Journal { path: path.to_owned(), line: number + 1, source }
        })?;
        Ok((picture.picture.clone(), picture))
    };
    text.lines().enumerate().map(read).collect()
}

/// Opens a file to add lines to. Half a line, of a run that was cut off, is taken away.
fn appended(path: &Path) -> Result<File, DatasetError> {
    let opened = || -> io::Result<File> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        let text = fs::read(path)?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if whole < text.len() {
            file.set_len(whole as u64)?;
        }
        Ok(file)
    };
    opened().map_err(|source| DatasetError::Write { path: path.to_owned(), source })
}

fn append(file: &mut File, folder: &Path, line: &str) -> Result<(), DatasetError> {
    let written = file.write_all(line.as_bytes());
    written.map_err(|source| DatasetError::Write { path: folder.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use crate::cases::EvidenceContext;
    use crate::cases::sample;

    use super::*;

    fn case(stay: i64, kept: &EvidenceFolder) -> Case {
        let mut case = sample::case(stay);
        let pictures = [sample::picture(EvidenceRole::A), sample::picture(EvidenceRole::B)];
        let context = EvidenceContext::default();
        case.add_evidence(kept.write(&case, &pictures, Some(&context), case.filed_at).unwrap());
        case
    }

    fn wrong(reason: FalseReason) -> Verdict {
        Verdict { right: false, reason: Some(reason) }
    }

    fn text(folder: &Path, name: &str) -> String {
        fs::read_to_string(folder.join(name)).unwrap()
    }

    #[test]
    fn a_verdict_labels_its_box_and_leaves_the_rest_unknown() {
        let (data, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let kept = EvidenceFolder::new(data.path(), TimeZone::UTC);
        let mut dataset = Dataset::open(out.path()).unwrap();
        let verdicts = [FalseReason::Queue, FalseReason::SomethingElse, FalseReason::Other];
        let cases: Vec<_> = (1..).zip(verdicts).map(|(stay, _)| case(stay, &kept)).collect();
        for (case, reason) in cases.iter().zip(verdicts) {
            let added = dataset.add(case, wrong(reason), &kept).unwrap();
            assert_eq!(added, Added { written: 2, ..Added::default() }, "no crop, no manifest");
        }
        let labels =
            |at: usize, kind: &str| text(out.path(), &format!("{kind}/{}-B.txt", cases[at].id));
        assert_eq!(
            labels(0, "labels"),
            "2 0.375000 0.625000 0.250000 0.250000\n",
            "a car that queues"
        );
        assert_eq!(labels(0, "ignore").lines().count(), 4);
        assert_eq!(labels(1, "labels"), "", "no car");
        assert_eq!(labels(1, "ignore"), labels(0, "ignore"));
        assert_eq!(labels(2, "ignore"), "2 0.500000 0.500000 1.000000 1.000000\n");
        let known = text(out.path(), LABELLED);
        assert!(known.contains(&format!("{}-A\t2\n", cases[1].id)), "{known}");
        assert!(known.contains(&format!("{}-A\t\n", cases[2].id)), "{known}");
        assert!(text(out.path(), SCENES).lines().all(|line| line.ends_with("\tpole-17")));
        let b = fs::read(out.path().join(format!("images/{}-B.jpg", cases[0].id))).unwrap();
        assert_eq!(b, *sample::picture(EvidenceRole::B).jpeg);
    }

    #[test]
    fn goes_on_where_it_was_cut_off_and_overwrites_nothing() {
        let (data, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let kept = EvidenceFolder::new(data.path(), TimeZone::UTC);
        let (first, second) = (case(1, &kept), case(2, &kept));
        let verdict = wrong(FalseReason::Queue);
        let mut dataset = Dataset::open(out.path()).unwrap();
        dataset.add(&first, verdict, &kept).unwrap();
        assert!(matches!(Dataset::open(out.path()), Err(DatasetError::Busy { .. })));
        drop(dataset);
        // Cut off within a line of the journal, after the picture was written.
        let journal = text(out.path(), JOURNAL);
        fs::write(out.path().join(JOURNAL), &journal[..journal.len() - 9]).unwrap();
        let mut dataset = Dataset::open(out.path()).unwrap();
        let added = dataset.add(&first, verdict, &kept).unwrap();
        assert_eq!((added.already, added.written), (1, 1));
        let outdated = dataset.add(&first, wrong(FalseReason::Permitted), &kept).unwrap();
        assert_eq!(outdated.outdated, 2);
        fs::write(out.path().join(format!("images/{}-A.jpg", second.id)), b"mine").unwrap();
        let error = dataset.add(&second, verdict, &kept).unwrap_err();
        assert!(matches!(error, DatasetError::Differs { .. }), "{error}");
        drop(dataset);
        assert_eq!(Dataset::open(out.path()).unwrap().len(), 2);
        fs::write(out.path().join(JOURNAL), "{\"picture\": 1}\n").unwrap();
        assert!(matches!(Dataset::open(out.path()), Err(DatasetError::Journal { line: 1, .. })));
    }
}
