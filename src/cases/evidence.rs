//! Writes evidence packages: pictures first, then the manifest that vouches for them.
//!
//! Every file is written beside its place, flushed to the disk and moved
//! there, so that a name never stands for half a file. Nothing refers to a
//! package before all of it is on the disk.

use std::fs;
use std::fs::File;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use image::RgbImage;
use jiff::tz::TimeZone;
use sha2::Digest;
use sha2::Sha256;

use crate::geometry::BoxInImage;
use crate::time::Timestamp;

use super::Case;
use super::Evidence;
use super::EvidenceContext;
use super::EvidenceRole;
use super::Manifest;
use super::ManifestFile;
use super::ManifestLink;
use super::Picture;
use super::case::hex;
use super::manifest::manifest_name;
use super::manifest::manifests_in;
use super::overlay::jpeg_from;
use super::overlay::rgb_from;

/// The crop shows the thing and so much of its own size around it on each side.
const CROP_MARGIN: f32 = 0.25;

/// The newest manifest of the folder, to which the next one links.
const CHAIN_HEAD: &str = "chain-head.json";

/// Why evidence could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    #[error("cannot write evidence to {path}", path = path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot read evidence from {path}", path = path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("evidence file {path} is not understood", path = path.display())]
    Json { path: PathBuf, source: serde_json::Error },
}

/// The folder that all packages of a program are in, as `YYYY/MM/DD/<case id>/`.
#[derive(Debug)]
pub struct EvidenceFolder {
    root: PathBuf,
    /// Whose days name the folders.
    time_zone: TimeZone,
    /// One manifest at a time, so that the chain has no fork.
    chain: Mutex<()>,
}

impl EvidenceFolder {
    /// Within the program's data folder; made when first needed.
    #[must_use]
    pub fn new(data_dir: &Path, time_zone: TimeZone) -> Self {
        Self { root: data_dir.join("evidence"), time_zone, chain: Mutex::new(()) }
    }

    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    #[must_use]
    pub const fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    /// Where a file that [`Evidence::file`] names is.
    #[must_use]
    pub fn path_of(&self, evidence: &Evidence) -> PathBuf {
        self.root.join(&evidence.file)
    }

    /// The case's package, on the day on which it was proved.
    #[must_use]
    pub fn package_of(&self, case: &Case) -> PathBuf {
        self.root.join(self.package_name(case))
    }

    /// Writes the pictures, a crop of the thing if B is among them, and a
    /// manifest of all that the package then has. Writing the same pictures
    /// again does no harm. A picture that cannot be decoded is kept, without
    /// a crop. `context` is only needed for the first pictures.
    ///
    /// # Errors
    /// When the folder or a file cannot be written; the manifest, if there
    /// was one, stands as before.
    pub fn write(
        &self,
        case: &Case,
        pictures: &[Picture],
        context: Option<&EvidenceContext>,
        now: Timestamp,
    ) -> Result<Vec<Evidence>, EvidenceError> {
        let package = self.package_of(case);
        fs::create_dir_all(&package).map_err(cannot_write(&package))?;
        let mut written = Vec::new();
        for picture in pictures {
            written.push(self.write_picture(case, picture)?);
            if picture.role == EvidenceRole::B
                && let Some(crop) = crop_of(picture)
            {
                written.push(self.write_picture(case, &crop)?);
            }
        }
        if !written.is_empty() {
            self.write_manifest(case, &written, context, now)?;
        }
        Ok(written.into_iter().map(|(evidence, _)| evidence).collect())
    }

    fn write_picture(
        &self,
        case: &Case,
        picture: &Picture,
    ) -> Result<(Evidence, u64), EvidenceError> {
        let name = file_name(picture.role);
        write_whole(&self.package_of(case), name, &picture.jpeg)?;
        let evidence = Evidence {
            role: picture.role,
            captured_at: picture.captured_at,
            file: format!("{}/{name}", self.package_name(case)),
            sha256: sha256_hex(&picture.jpeg),
            width: picture.width,
            height: picture.height,
            box_in_image: picture.box_in_image,
        };
        Ok((evidence, picture.jpeg.len() as u64))
    }

    fn write_manifest(
        &self,
        case: &Case,
        written: &[(Evidence, u64)],
        context: Option<&EvidenceContext>,
        now: Timestamp,
    ) -> Result<(), EvidenceError> {
        let _one_at_a_time = self.chain.lock().unwrap_or_else(PoisonError::into_inner);
        let package = self.package_of(case);
        let count = manifests_in(&package);
        let newest: Option<Manifest> = match count {
            0 => None,
            _ => read_json(&package.join(manifest_name(count)))?,
        };
        let (mut files, old_context) =
            newest.map_or_else(Default::default, |newest| (newest.files, newest.context));
        let before = files.clone();
        for (evidence, bytes) in written {
            files.retain(|file| file.role != evidence.role);
            files.push(manifest_file(evidence, *bytes));
        }
        files.sort_by_key(|file| file.role);
        if files == before {
            return Ok(());
        }
        let manifest = Manifest {
            case_id: case.id.clone(),
            written_at: now,
            files,
            context: old_context.or_else(|| context.cloned()),
            previous: read_json(&self.root.join(CHAIN_HEAD))?,
        };
        let name = manifest_name(count + 1);
        let bytes = json_of(&manifest, &package.join(&name))?;
        write_whole(&package, &name, &bytes)?;
        sync_up_to(&package, &self.root)?;
        let head = ManifestLink {
            file: format!("{}/{name}", self.package_name(case)),
            sha256: sha256_hex(&bytes),
        };
        let bytes = json_of(&head, &self.root.join(CHAIN_HEAD))?;
        write_whole(&self.root, CHAIN_HEAD, &bytes)
    }

    fn package_name(&self, case: &Case) -> String {
        let day = case.proved_at.zoned(&self.time_zone);
        format!("{}/{}", day.strftime("%Y/%m/%d"), case.id)
    }
}

/// The name of a picture's file in its package.
pub(super) const fn file_name(role: EvidenceRole) -> &'static str {
    match role {
        EvidenceRole::A => "A.jpg",
        EvidenceRole::B => "B.jpg",
        EvidenceRole::C => "C.jpg",
        EvidenceRole::Crop => "crop.jpg",
        EvidenceRole::Cleared => "cleared.jpg",
    }
}

/// Lower-case hex of SHA-256.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Writes a file so that its name stands for all of the bytes or for what it stood for before.
pub(super) fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), EvidenceError> {
    let (path, draft) = (folder.join(name), folder.join(format!(".{name}.part")));
    let written = File::create(&draft)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&draft, &path))
        .and_then(|()| File::open(folder)?.sync_all());
    written.map_err(|source| {
        // What is left of a full disk is given back; if even that fails there is nothing to add.
        let _ = fs::remove_file(&draft);
        EvidenceError::Write { path, source }
    })
}

/// Flushes the folders between a package and the root: they may be new.
fn sync_up_to(package: &Path, root: &Path) -> Result<(), EvidenceError> {
    for folder in package.ancestors().skip(1).take_while(|folder| folder.starts_with(root)) {
        File::open(folder).and_then(|open| open.sync_all()).map_err(cannot_write(folder))?;
    }
    Ok(())
}

/// `None` where there is no such file, and where it is damaged: then the loss
/// is told, and new evidence is kept all the same.
fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, EvidenceError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(EvidenceError::Read { path: path.to_owned(), source }),
    };
    let parsed = serde_json::from_slice(&bytes);
    if let Err(reason) = &parsed {
        tracing::error!(path = %path.display(), %reason, "an evidence file is damaged; going on without it");
    }
    Ok(parsed.ok())
}

fn json_of<T: serde::Serialize>(value: &T, path: &Path) -> Result<Vec<u8>, EvidenceError> {
    serde_json::to_vec_pretty(value)
        .map_err(|source| EvidenceError::Json { path: path.to_owned(), source })
}

fn cannot_write(path: &Path) -> impl Fn(io::Error) -> EvidenceError {
    move |source| EvidenceError::Write { path: path.to_owned(), source }
}

fn manifest_file(evidence: &Evidence, bytes: u64) -> ManifestFile {
    ManifestFile {
        name: file_name(evidence.role).to_owned(),
        sha256: evidence.sha256.clone(),
        bytes,
        captured_at: evidence.captured_at,
        role: evidence.role,
    }
}

/// The thing alone, cut from the picture; `None` where the picture cannot be decoded.
fn crop_of(picture: &Picture) -> Option<Picture> {
    let whole = rgb_from(&picture.jpeg)?;
    let cut = picture.box_in_image.grown(CROP_MARGIN);
    let (width, height) = (whole.width() as f32, whole.height() as f32);
    let (x, y) = ((cut.x0() * width) as u32, (cut.y0() * height) as u32);
    let right = ((cut.x1() * width).ceil() as u32).min(whole.width());
    let bottom = ((cut.y1() * height).ceil() as u32).min(whole.height());
    let (x, y) = (x.min(whole.width() - 1), y.min(whole.height() - 1));
    let size = ((right.max(x + 1)) - x, (bottom.max(y + 1)) - y);
    let crop: RgbImage = image::imageops::crop_imm(&whole, x, y, size.0, size.1).to_image();
    Some(Picture {
        role: EvidenceRole::Crop,
        captured_at: picture.captured_at,
        jpeg: jpeg_from(&crop)?.into(),
        width: size.0,
        height: size.1,
        box_in_image: BoxInImage::clipped(
            (picture.box_in_image.x0() * width - x as f32) / size.0 as f32,
            (picture.box_in_image.y0() * height - y as f32) / size.1 as f32,
            (picture.box_in_image.x1() * width - x as f32) / size.0 as f32,
            (picture.box_in_image.y1() * height - y as f32) / size.1 as f32,
        ),
    })
}
