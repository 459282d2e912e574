//! Pictures that prove a case: as taken from the way, and as kept with the case.

use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

use crate::geometry::BoxInImage;
use crate::time::Timestamp;

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EvidenceRole {
    /// When the stay began.
    A,
    /// At the threshold.
    B,
    /// When the case was filed.
    C,
    /// The thing alone, cut from B.
    #[serde(rename = "crop")]
    Crop,
    /// The place after the thing was gone.
    #[serde(rename = "cleared")]
    Cleared,
}

/// A picture on its way into a case. The original: nothing is drawn on it.
#[derive(Clone, Debug)]
pub struct Picture {
    pub role: EvidenceRole,
    pub captured_at: Timestamp,
    pub jpeg: Arc<[u8]>,
    pub width: u32,
    pub height: u32,
    pub box_in_image: BoxInImage,
}

/// A picture as kept with a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    pub role: EvidenceRole,
    pub captured_at: Timestamp,
    /// Path from the evidence folder, as in `2026/05/01/<case>/A.jpg`.
    pub file: String,
    /// Of the file's bytes, in lower-case hex.
    pub sha256: String,
    pub width: u32,
    pub height: u32,
    #[serde(rename = "box")]
    pub box_in_image: BoxInImage,
}
