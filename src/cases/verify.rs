//! Checks that an evidence package is what its manifests say.

use std::fs;
use std::io;
use std::path::Path;

use crate::time::Timestamp;

use super::CaseId;
use super::Manifest;
use super::evidence::sha256_hex;
use super::manifest::manifest_name;
use super::manifest::manifests_in;

/// How deep a package lies in its evidence folder: year, month, day, case.
const PACKAGE_DEPTH: usize = 4;

/// A package in which every file is what its manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub case_id: CaseId,
    pub files: usize,
    pub manifests: u32,
    /// How many of the manifests before were there and are what was linked.
    /// Those of other cases are missing from an exported package.
    pub links_checked: u32,
    /// The package has no files because the program let go of them then.
    pub let_go_at: Option<Timestamp>,
}

/// What is wrong with a package.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("no manifest in {0:?}")]
    NoManifest(String),
    #[error("{file:?} is not a manifest: {reason}")]
    Manifest { file: String, reason: String },
    #[error("{file:?} is missing")]
    Missing { file: String },
    #[error("{file:?} cannot be read")]
    Read { file: String, source: io::Error },
    #[error("{file:?} differs: its SHA-256 is {found}, the manifest says {said}")]
    Differs { file: String, found: String, said: String },
    #[error("{file:?} is of case {found}, the manifest before it of case {said}")]
    OtherCase { file: String, found: CaseId, said: CaseId },
}

/// Checks every file against the newest manifest, and every manifest against
/// the one that links to it.
///
/// # Errors
/// Names the first file that is missing, differs or cannot be read.
pub fn verify(package: &Path) -> Result<Verified, VerifyError> {
    let manifests = manifests_in(package);
    let newest = read_manifest(package, manifests)?;
    for file in &newest.files {
        check(package, &file.name, &file.sha256)?;
    }
    let mut links_checked = 0;
    for number in 1..=manifests {
        let manifest = read_manifest(package, number)?;
        if manifest.case_id != newest.case_id {
            let file = manifest_name(number);
            let (found, said) = (manifest.case_id, newest.case_id);
            return Err(VerifyError::OtherCase { file, found, said });
        }
        links_checked += u32::from(check_link(package, &manifest)?);
    }
    let let_go_at = newest.let_go_at.filter(|_| newest.files.is_empty());
    let files = newest.files.len();
    Ok(Verified { case_id: newest.case_id, files, manifests, links_checked, let_go_at })
}

fn read_manifest(package: &Path, number: u32) -> Result<Manifest, VerifyError> {
    if number == 0 {
        return Err(VerifyError::NoManifest(package.display().to_string()));
    }
    let file = manifest_name(number);
    let bytes = read(package, &file)?;
    serde_json::from_slice(&bytes)
        .map_err(|error| VerifyError::Manifest { file, reason: error.to_string() })
}

/// Whether the manifest before was there to be checked.
fn check_link(package: &Path, manifest: &Manifest) -> Result<bool, VerifyError> {
    let Some(link) = &manifest.previous else { return Ok(false) };
    // The package lies where it was written, or was copied alone, under its case's name.
    let parts: Vec<_> = link.file.split('/').collect();
    let own =
        parts.len() == PACKAGE_DEPTH + 1 && parts[PACKAGE_DEPTH - 1] == manifest.case_id.as_str();
    let (folder, file) = if own {
        (Some(package), parts[PACKAGE_DEPTH])
    } else {
        (package.ancestors().nth(PACKAGE_DEPTH), link.file.as_str())
    };
    match folder.filter(|folder| stays_inside(file) && folder.join(file).is_file()) {
        Some(folder) => check(folder, file, &link.sha256).map(|()| true),
        None => Ok(false),
    }
}

fn check(folder: &Path, file: &str, said: &str) -> Result<(), VerifyError> {
    if !stays_inside(file) {
        return Err(VerifyError::Missing { file: file.to_owned() });
    }
    let found = sha256_hex(&read(folder, file)?);
    if found == said {
        return Ok(());
    }
    Err(VerifyError::Differs { file: file.to_owned(), found, said: said.to_owned() })
}

fn read(folder: &Path, file: &str) -> Result<Vec<u8>, VerifyError> {
    fs::read(folder.join(file)).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => VerifyError::Missing { file: file.to_owned() },
        _ => VerifyError::Read { file: file.to_owned(), source },
    })
}

/// A forged manifest must not lead out of the folder.
fn stays_inside(file: &str) -> bool {
    let inside = |part| matches!(part, std::path::Component::Normal(_));
    !file.is_empty() && Path::new(file).components().all(inside)
}
