//! The manifest of an evidence package: what belongs to it, what it was judged by, and what came before.

use std::path::Path;

use serde::Deserialize;
use serde::Serialize;

use crate::geometry::BoxInImage;
use crate::time::Timestamp;

use super::CaseId;
use super::EvidenceRole;
use super::Origin;

/// What the case was judged by, as an auditor asks for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EvidenceContext {
    /// The model's name, with its version if it has one.
    pub model: String,
    /// Of the model's file, in lower-case hex.
    pub model_sha256: Option<String>,
    /// The kind of the zone, as in `no_parking`.
    pub zone_kind: String,
    /// Dwell from which the thing was watched closely.
    pub pre_alarm_s: f64,
    /// Dwell from which it was an incident.
    pub violation_s: f64,
    /// The detector's score from which a stay may begin.
    pub score_min: f32,
}

/// A file of the package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ManifestFile {
    pub name: String,
    /// In lower-case hex.
    pub sha256: String,
    pub bytes: u64,
    pub captured_at: Timestamp,
    pub role: EvidenceRole,
    /// Of a camera with two streams: which of them the picture is from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamName>,
    /// Why it is not from the full-size one, if it should have been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What a copy for the public hides; unknown if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<Vec<BoxInImage>>,
}

/// One of a camera's two streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamName {
    Detect,
    Evidence,
}

impl StreamName {
    /// What the manifest says of where a picture is from.
    pub(super) fn and_note(origin: &Origin) -> (Option<Self>, Option<String>) {
        match origin {
            Origin::OnlyStream => (None, None),
            Origin::DetectStream => (Some(Self::Detect), None),
            Origin::EvidenceStream => (Some(Self::Evidence), None),
            Origin::Instead(reason) => (Some(Self::Detect), Some(reason.clone())),
        }
    }
}

/// The manifest written before this one, whatever case it was of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestLink {
    /// Path from the evidence folder.
    pub file: String,
    /// Of the file's bytes, in lower-case hex.
    pub sha256: String,
}

/// `manifest.json` in a package's folder. When pictures are added, a new one
/// is written beside it (`manifest.2.json`…), so that none ever changes and
/// each can vouch for the one before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub case_id: CaseId,
    pub written_at: Timestamp,
    pub files: Vec<ManifestFile>,
    /// Unknown where the package's first manifest could not be read.
    pub context: Option<EvidenceContext>,
    pub previous: Option<ManifestLink>,
    /// When the files that the manifest before this one names were let go of
    /// by the program itself, as their time was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub let_go_at: Option<Timestamp>,
}

/// A package gets one with each addition of pictures, which are a handful of
/// roles; a folder with more was not written by us.
const MANIFESTS_MAX: u32 = 1_000;

impl Manifest {
    /// Whether its package has no files because they were let go of.
    pub(super) const fn is_let_go(&self) -> bool {
        self.let_go_at.is_some() && self.files.is_empty()
    }
}

/// What the names of all manifests begin with, and of no picture.
pub(super) const MANIFEST_PREFIX: &str = "manifest.";

/// The name of a package's `number`th manifest, counted from 1.
pub(super) fn manifest_name(number: u32) -> String {
    if number == 1 { "manifest.json".to_owned() } else { format!("manifest.{number}.json") }
}

/// How many manifests the package has: they are numbered without a gap.
pub(super) fn manifests_in(package: &Path) -> u32 {
    let is_there = |number: &u32| package.join(manifest_name(*number)).is_file();
    (1..MANIFESTS_MAX).take_while(is_there).last().unwrap_or(0)
}
