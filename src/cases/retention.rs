//! Lets go of evidence whose time is over, and measures how much there is.
//!
//! The pictures go, the manifests stay: they are small, the chain runs through
//! them, and a last one says that the pictures were let go of and not lost.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use crate::time::Timestamp;

use super::Case;
use super::EvidenceError;
use super::EvidenceFolder;
use super::Manifest;
use super::evidence::cannot_write;
use super::evidence::newest_manifest;
use super::manifest::MANIFEST_PREFIX;

/// Ends the names of pictures drawn for people, of which no manifest speaks.
pub(super) const OVERLAY_SUFFIX: &str = ".overlay.jpg";

/// How much evidence of cleared cases is kept; what passes either limit goes,
/// the longest cleared first. That of open cases always stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// After the case was cleared.
    pub keep: Duration,
    /// Of all files in the evidence folder.
    pub bytes_max: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self { keep: Duration::from_secs(30 * 24 * 3600), bytes_max: 10 << 30 }
    }
}

impl EvidenceFolder {
    /// Lets go of a case's pictures and returns how many bytes that freed.
    /// Begun again after an interruption, it goes on where it stopped.
    ///
    /// # Errors
    /// When a file cannot be written or removed; then the manifest already
    /// says that the pictures are let go of, or all of them are there.
    pub fn let_go(&self, case: &Case, now: Timestamp) -> Result<u64, EvidenceError> {
        let kept_in = case.evidence.first().map(|first| self.path_of(first));
        let package = kept_in.as_deref().and_then(Path::parent).map(Path::to_path_buf);
        let package = package.unwrap_or_else(|| self.package_of(case));
        // Overlays first: they make room for the manifest where the disk is full.
        let mut freed = remove_files(&package, |name| name.ends_with(OVERLAY_SUFFIX))?;
        let one_at_a_time = self.one_at_a_time();
        let (count, newest) = newest_manifest(&package)?;
        if count > 0 && !newest.as_ref().is_some_and(Manifest::is_let_go) {
            let manifest = Manifest {
                case_id: case.id.clone(),
                written_at: now,
                files: Vec::new(),
                context: newest.and_then(|newest| newest.context),
                previous: None,
                let_go_at: Some(now),
            };
            self.chain(&package, count + 1, manifest)?;
        }
        drop(one_at_a_time);
        freed += remove_files(&package, |name| !name.starts_with(MANIFEST_PREFIX))?;
        Ok(freed)
    }

    /// Begins to measure what the folder holds.
    #[must_use]
    pub fn measure(&self) -> Measuring {
        Measuring { folders: vec![self.root().to_owned()], bytes: 0 }
    }
}

/// Adds up the sizes of all files of the evidence folder, some folders at a time.
#[derive(Debug)]
pub struct Measuring {
    folders: Vec<PathBuf>,
    bytes: u64,
}

impl Measuring {
    /// Looks into at most so many more folders; the sum in bytes when none is
    /// left. What cannot be read is taken for empty.
    pub fn go_on(&mut self, folders_max: usize) -> Option<u64> {
        for _ in 0..folders_max {
            let Some(folder) = self.folders.pop() else { break };
            let Ok(entries) = fs::read_dir(folder) else { continue };
            for entry in entries.flatten() {
                let Ok(about) = entry.metadata() else { continue };
                if about.is_dir() {
                    self.folders.push(entry.path());
                } else {
                    self.bytes += about.len();
                }
            }
        }
        self.folders.is_empty().then_some(self.bytes)
    }
}

/// Removes files by name and returns how many bytes they had; a folder that is gone has none.
fn remove_files(folder: &Path, goes: impl Fn(&str) -> bool) -> Result<u64, EvidenceError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(source) => return Err(EvidenceError::Read { path: folder.to_owned(), source }),
    };
    let mut freed = 0;
    for entry in entries.flatten() {
        let about = entry.metadata().map_err(cannot_write(&entry.path()))?;
        if about.is_file() && goes(&entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path()).map_err(cannot_write(&entry.path()))?;
            freed += about.len();
        }
    }
    Ok(freed)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use crate::cases::EvidenceContext;
    use crate::cases::EvidenceRole;
    use crate::cases::VerifyError;
    use crate::cases::sample;
    use crate::cases::verify;

    use super::*;

    fn written(folder: &EvidenceFolder, stay: i64, role: EvidenceRole) -> Case {
        let mut case = sample::case(stay);
        let context = EvidenceContext::default();
        let pictures = [sample::picture(role)];
        let evidence = folder.write(&case, &pictures, Some(&context), sample::second(301)).unwrap();
        case.add_evidence(evidence);
        folder.draw_overlays(&case).unwrap();
        case
    }

    fn measured(folder: &EvidenceFolder) -> u64 {
        let mut measuring = folder.measure();
        loop {
            if let Some(bytes) = measuring.go_on(1) {
                return bytes;
            }
        }
    }

    #[test]
    fn let_go_is_not_missing_and_the_chain_still_holds() {
        let data = tempfile::tempdir().unwrap();
        let folder = EvidenceFolder::new(data.path(), TimeZone::UTC);
        let (old, new) =
            (written(&folder, 1, EvidenceRole::A), written(&folder, 2, EvidenceRole::A));
        let before = measured(&folder);
        let freed = folder.let_go(&old, sample::second(900)).unwrap();
        assert!(freed > 1_000 && measured(&folder) < before);
        let package = folder.package_of(&old);
        let verified = verify(&package).unwrap();
        assert_eq!((verified.files, verified.let_go_at), (0, Some(sample::second(900))));
        assert_eq!((verified.manifests, verified.links_checked), (2, 1));
        assert!(!package.join("A.jpg").exists() && !package.join("A.overlay.jpg").exists());
        assert_eq!(verify(&folder.package_of(&new)).unwrap().links_checked, 1);

        fs::remove_file(folder.path_of(&new.evidence[0])).unwrap();
        let error = verify(&folder.package_of(&new)).unwrap_err();
        assert!(matches!(error, VerifyError::Missing { .. }));
        fs::remove_file(package.join("manifest.json")).unwrap();
        verify(&package).unwrap_err();
    }

    #[test]
    fn an_interrupted_letting_go_is_finished_without_a_second_manifest() {
        let data = tempfile::tempdir().unwrap();
        let folder = EvidenceFolder::new(data.path(), TimeZone::UTC);
        let case = written(&folder, 1, EvidenceRole::A);
        let package = folder.package_of(&case);
        let jpeg = fs::read(package.join("A.jpg")).unwrap();
        folder.let_go(&case, sample::second(900)).unwrap();
        fs::write(package.join("A.jpg"), &jpeg).unwrap();
        assert_eq!(folder.let_go(&case, sample::second(901)).unwrap(), jpeg.len() as u64);
        assert_eq!(verify(&package).unwrap().manifests, 2);
        fs::remove_dir_all(&package).unwrap();
        assert_eq!(folder.let_go(&case, sample::second(902)).unwrap(), 0, "gone by other hands");
    }

    #[test]
    fn a_case_that_is_reopened_gets_new_pictures_after_the_old_were_let_go() {
        let data = tempfile::tempdir().unwrap();
        let folder = EvidenceFolder::new(data.path(), TimeZone::UTC);
        let mut case = written(&folder, 1, EvidenceRole::A);
        folder.let_go(&case, sample::second(900)).unwrap();
        case.lose_evidence(sample::second(900));
        let pictures = [sample::picture(EvidenceRole::C)];
        folder.write(&case, &pictures, None, sample::second(950)).unwrap();
        let verified = verify(&folder.package_of(&case)).unwrap();
        assert_eq!((verified.files, verified.manifests, verified.let_go_at), (1, 3, None));
    }
}
