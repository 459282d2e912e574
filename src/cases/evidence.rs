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
use std::sync::MutexGuard;
use std::sync::PoisonError;

use jiff::tz::TimeZone;
use sha2::Digest;
use sha2::Sha256;

use crate::time::Timestamp;

use super::Case;
use super::Evidence;
use super::EvidenceContext;
use super::EvidenceRole;
use super::Manifest;
use super::ManifestFile;
use super::ManifestLink;
use super::Picture;
use super::StreamName;
use super::case::hex;
use super::manifest::manifest_name;
use super::manifest::manifests_in;

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
    #[error("a picture of {width} by {height} pixels cannot be JPEG")]
    Encode { width: u32, height: u32, source: image::ImageError },
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

    /// Writes the pictures and a manifest of all that the package then has.
    /// Writing the same pictures again does no harm. A B that comes without a
    /// crop gets one, which costs its decoding; one that cannot be decoded is
    /// kept alone. `context` is only needed for the first pictures.
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
        make_folder(&package)?;
        let mut written = Vec::new();
        for picture in pictures {
            written.push(self.write_picture(case, picture)?);
        }
        if let Some(crop) = missing_crop(pictures) {
            written.push(self.write_picture(case, &crop)?);
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
    ) -> Result<(Evidence, ManifestFile), EvidenceError> {
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
        let file = manifest_file(&evidence, picture);
        Ok((evidence, file))
    }

    fn write_manifest(
        &self,
        case: &Case,
        written: &[(Evidence, ManifestFile)],
        context: Option<&EvidenceContext>,
        now: Timestamp,
    ) -> Result<(), EvidenceError> {
        let _one_at_a_time = self.one_at_a_time();
        let package = self.package_of(case);
        let (count, newest) = newest_manifest(&package)?;
        let (mut files, old_context) =
            newest.map_or_else(Default::default, |newest| (newest.files, newest.context));
        let before = files.clone();
        for (_, new) in written {
            files.retain(|file| file.role != new.role);
            files.push(new.clone());
        }
        files.sort_by_key(|file| file.role);
        if files == before {
            return flush_folder(&package);
        }
        let manifest = Manifest {
            case_id: case.id.clone(),
            written_at: now,
            files,
            context: old_context.or_else(|| context.cloned()),
            previous: None,
            let_go_at: None,
        };
        self.chain(&package, count + 1, manifest)
    }

    /// Held while a manifest is written.
    pub(super) fn one_at_a_time(&self) -> MutexGuard<'_, ()> {
        self.chain.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the package's `number`th manifest as the newest of the chain.
    pub(super) fn chain(
        &self,
        package: &Path,
        number: u32,
        mut manifest: Manifest,
    ) -> Result<(), EvidenceError> {
        manifest.previous = read_json(&self.root.join(CHAIN_HEAD))?;
        let name = manifest_name(number);
        let bytes = json_of(&manifest, &package.join(&name))?;
        write_whole(package, &name, &bytes)?;
        // One flush of the folder for all the names that were put into it.
        flush_folder(package)?;
        let within = package.strip_prefix(&self.root).unwrap_or(package);
        let head = ManifestLink {
            file: format!("{}/{name}", within.display()),
            sha256: sha256_hex(&bytes),
        };
        let bytes = json_of(&head, &self.root.join(CHAIN_HEAD))?;
        // Not flushed once more: a head lost with the power is the one before,
        // to which the next manifest then links, and every link still holds.
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

/// Writes a file so that its name stands for all of the bytes or for what it
/// stood for before. Which of the two is only sure when the folder is flushed.
pub(super) fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), EvidenceError> {
    let (path, draft) = (folder.join(name), folder.join(format!(".{name}.part")));
    let written = File::create(&draft)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&draft, &path));
    written.map_err(|source| {
        // What is left of a full disk is given back; if even that fails there is nothing to add.
        let _ = fs::remove_file(&draft);
        EvidenceError::Write { path, source }
    })
}

/// Makes a folder and those above it that are not there, and flushes their names to the disk.
fn make_folder(folder: &Path) -> Result<(), EvidenceError> {
    let missing = folder.ancestors().take_while(|folder| !folder.exists()).count();
    fs::create_dir_all(folder).map_err(cannot_write(folder))?;
    folder.ancestors().skip(1).take(missing).try_for_each(flush_folder)
}

fn flush_folder(folder: &Path) -> Result<(), EvidenceError> {
    // A relative path's first part lies in the folder that the program was started in.
    let opened = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(opened).and_then(|open| open.sync_all()).map_err(cannot_write(folder))
}

/// How many manifests the package has, and the last of them.
pub(super) fn newest_manifest(package: &Path) -> Result<(u32, Option<Manifest>), EvidenceError> {
    match manifests_in(package) {
        0 => Ok((0, None)),
        count => Ok((count, read_json(&package.join(manifest_name(count)))?)),
    }
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

pub(super) fn cannot_write(path: &Path) -> impl Fn(io::Error) -> EvidenceError {
    move |source| EvidenceError::Write { path: path.to_owned(), source }
}

/// The crop that should have come with B.
fn missing_crop(pictures: &[Picture]) -> Option<Picture> {
    if pictures.iter().any(|picture| picture.role == EvidenceRole::Crop) {
        return None;
    }
    let b = pictures.iter().find(|picture| picture.role == EvidenceRole::B)?;
    Picture::crop_of_jpeg(b)
}

fn manifest_file(evidence: &Evidence, picture: &Picture) -> ManifestFile {
    let (stream, note) = StreamName::and_note(&picture.origin);
    ManifestFile {
        name: file_name(evidence.role).to_owned(),
        sha256: evidence.sha256.clone(),
        bytes: picture.jpeg.len() as u64,
        captured_at: evidence.captured_at,
        role: evidence.role,
        stream,
        note,
        private: picture.private.clone(),
    }
}

#[cfg(test)]
mod tests {
    use crate::cases::VerifyError;
    use crate::cases::jpeg;
    use crate::cases::sample;
    use crate::cases::verify;

    use super::*;

    const A_AND_B: [EvidenceRole; 2] = [EvidenceRole::A, EvidenceRole::B];

    fn written(
        folder: &EvidenceFolder,
        stay: i64,
        roles: &[EvidenceRole],
    ) -> (Case, Vec<Evidence>) {
        let case = sample::case(stay);
        let pictures: Vec<_> = roles.iter().map(|role| sample::picture(*role)).collect();
        let context = EvidenceContext { model: "yolox_nano".to_owned(), ..Default::default() };
        let evidence = folder.write(&case, &pictures, Some(&context), sample::second(301)).unwrap();
        (case, evidence)
    }

    #[test]
    fn keeps_the_originals_and_a_crop_of_the_thing() {
        let data = tempfile::tempdir().unwrap();
        let folder = EvidenceFolder::new(data.path(), TimeZone::UTC);
        let (case, evidence) = written(&folder, 1, &A_AND_B);
        assert_eq!(evidence[0].file, format!("2026/05/01/{}/A.jpg", case.id));
        let original = sample::picture(EvidenceRole::A).jpeg;
        assert_eq!(fs::read(folder.path_of(&evidence[0])).unwrap(), *original);
        let crop = jpeg::decode(&fs::read(folder.path_of(&evidence[2])).unwrap()).unwrap();
        assert_eq!((crop.width(), crop.height()), (evidence[2].width, evidence[2].height));
        // A quarter of the thing's size is around it, and the thing is in the middle.
        assert!((119..=122).contains(&crop.width()) && (67..=69).contains(&crop.height()));
        assert!(crop.get_pixel(60, 34).0[0] > 150 && crop.get_pixel(5, 5).0[0] < 100);
        assert!((evidence[2].box_in_image.x0() - 1.0 / 6.0).abs() < 0.02);
    }

    #[test]
    fn a_manifest_vouches_for_each_file_and_for_the_manifest_before() {
        let data = tempfile::tempdir().unwrap();
        let folder = EvidenceFolder::new(data.path(), TimeZone::UTC);
        let (first, _) = written(&folder, 1, &A_AND_B);
        let (second, _) = written(&folder, 2, &A_AND_B);
        written(&folder, 1, &[EvidenceRole::C]);
        let found = verify(&folder.package_of(&first)).unwrap();
        assert_eq!((found.files, found.manifests, found.links_checked), (4, 2, 1));
        assert_eq!(verify(&folder.package_of(&second)).unwrap().links_checked, 1);
        let newest: Manifest =
            read_json(&folder.package_of(&first).join("manifest.2.json")).unwrap().unwrap();
        assert_eq!(newest.context.unwrap().model, "yolox_nano");

        let manifest = folder.package_of(&first).join("manifest.json");
        let text = fs::read_to_string(&manifest).unwrap().replace("yolox_nano", "yolox_tiny");
        fs::write(&manifest, text).unwrap();
        let error = verify(&folder.package_of(&second)).unwrap_err();
        assert!(
            matches!(error, VerifyError::Differs { file, .. } if file.ends_with("manifest.json"))
        );
    }

    #[test]
    fn the_file_that_differs_or_is_missing_is_named() {
        let data = tempfile::tempdir().unwrap();
        let folder = EvidenceFolder::new(data.path(), TimeZone::UTC);
        let (case, evidence) = written(&folder, 1, &A_AND_B);
        let file = folder.path_of(&evidence[1]);
        let mut bytes = fs::read(&file).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&file, bytes).unwrap();
        let error = verify(&folder.package_of(&case)).unwrap_err();
        assert!(matches!(error, VerifyError::Differs { file, .. } if file == "B.jpg"));
        fs::remove_file(&file).unwrap();
        let error = verify(&folder.package_of(&case)).unwrap_err();
        assert_eq!(error.to_string(), "\"B.jpg\" is missing");
        assert!(matches!(verify(data.path()), Err(VerifyError::NoManifest(_))));
    }

    #[test]
    fn writing_the_same_again_changes_nothing() {
        let data = tempfile::tempdir().unwrap();
        let folder = EvidenceFolder::new(data.path(), TimeZone::UTC);
        let (case, first) = written(&folder, 1, &A_AND_B);
        let head = fs::read(folder.root().join(CHAIN_HEAD)).unwrap();
        assert_eq!(written(&folder, 1, &A_AND_B).1, first);
        assert_eq!(fs::read(folder.root().join(CHAIN_HEAD)).unwrap(), head);
        assert_eq!(manifests_in(&folder.package_of(&case)), 1);
    }

    #[test]
    fn a_picture_that_cannot_be_decoded_is_kept_without_a_crop() {
        let data = tempfile::tempdir().unwrap();
        let folder = EvidenceFolder::new(data.path(), TimeZone::UTC);
        let jpeg = sample::picture(EvidenceRole::B).jpeg;
        for bytes in [&b"not a picture"[..], &jpeg[..20], &[]] {
            let ill = Picture { jpeg: bytes.into(), ..sample::picture(EvidenceRole::B) };
            let case = sample::case(bytes.len() as i64);
            let evidence = folder.write(&case, &[ill], None, sample::second(301)).unwrap();
            assert_eq!(evidence.len(), 1);
            verify(&folder.package_of(&case)).unwrap();
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named_and_left_as_it_was() {
        let data = tempfile::tempdir().unwrap();
        fs::write(data.path().join("evidence"), "in the way").unwrap();
        let folder = EvidenceFolder::new(data.path(), TimeZone::UTC);
        let pictures = [sample::picture(EvidenceRole::A)];
        let error =
            folder.write(&sample::case(1), &pictures, None, sample::second(301)).unwrap_err();
        assert!(error.to_string().starts_with("cannot write evidence to "), "{error}");

        let data = tempfile::tempdir().unwrap();
        let folder = EvidenceFolder::new(data.path(), TimeZone::UTC);
        let package = folder.package_of(&sample::case(1));
        fs::create_dir_all(package.join("A.jpg")).unwrap();
        folder.write(&sample::case(1), &pictures, None, sample::second(301)).unwrap_err();
        let left: Vec<_> = fs::read_dir(&package).unwrap().collect();
        assert_eq!(left.len(), 1, "no half-written file is left: {left:?}");
    }

    #[test]
    fn overlays_are_larger_copies_and_the_manifest_still_holds() {
        let data = tempfile::tempdir().unwrap();
        let folder = EvidenceFolder::new(data.path(), TimeZone::UTC);
        let (mut case, evidence) = written(&folder, 1, &A_AND_B);
        case.add_evidence(evidence);
        assert_eq!(folder.draw_overlays(&case).unwrap(), 2);
        let package = folder.package_of(&case);
        let overlay = jpeg::decode(&fs::read(package.join("B.overlay.jpg")).unwrap()).unwrap();
        assert_eq!(overlay.width(), 320);
        assert!(overlay.height() > 180);
        let strip = (180..overlay.height()).flat_map(|y| (0..320).map(move |x| (x, y)));
        let lit = strip.filter(|(x, y)| overlay.get_pixel(*x, *y).0[1] > 128).count();
        assert!(lit > 200, "the caption has {lit} bright pixels");
        verify(&package).unwrap();
    }
}
