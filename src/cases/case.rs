//! A case: one matter, told to the city once and kept up to date.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;
use utoipa::ToSchema;

use crate::city::ClassId;
use crate::detect::Kind;
use crate::geometry::BoxInImage;
use crate::geometry::GeoPoint;
use crate::ingest::CameraId;
use crate::rules::Incident;
use crate::rules::ZoneId;
use crate::time::Timestamp;

use super::CitizenReport;
use super::Evidence;
use super::Joined;
use super::LookTimes;
use super::Recurrence;

/// Names a case for ever: the same incident gives the same id, also after a
/// restart, so that nothing is filed twice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CaseId(String);

impl CaseId {
    /// The first 16 bytes of SHA-256 over camera, zone, kind and stay, in hex.
    #[must_use]
    pub fn of(camera: &CameraId, incident: &Incident) -> Self {
        let kind = incident.kind.name();
        let text = format!("{camera}|{}|{kind}|{}", incident.zone_id, incident.stay_id);
        let digest = Sha256::digest(text.as_bytes());
        Self(hex(&digest[..16]))
    }

    /// Names a citizen's report, whose `key` no other has.
    #[must_use]
    pub fn of_report(key: &str) -> Self {
        Self(hex(&Sha256::digest(format!("report|{key}").as_bytes())[..16]))
    }

    /// Names a case that somebody asks for; only hex is kept in mind.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.len() == 32
            && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        hex.then(|| Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Lower-case hex.
#[must_use]
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or('0'))
        .collect()
}

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// The thing still stands there.
    Filed,
    /// The thing is gone.
    Cleared,
}

/// As written to the store, to sinks and to `case show`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Case {
    pub id: CaseId,
    /// The class of the city's catalogue; what cameras find has the program's own name.
    pub kind: ClassId,
    /// The camera that saw it; none where a citizen told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera_id: Option<CameraId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_id: Option<ZoneId>,
    pub state: CaseState,
    /// Counts from 1; each update is one more.
    pub revision: u32,
    /// What stands there, as the camera has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thing: Option<Kind>,
    pub began_at: Timestamp,
    /// It stood there when the camera was first looked at: it began at `began_at` or earlier.
    pub began_before_start: bool,
    /// Capture time of the picture that proved it.
    pub proved_at: Timestamp,
    pub filed_at: Timestamp,
    pub seen_at: Timestamp,
    pub cleared_at: Option<Timestamp>,
    #[serde(rename = "box")]
    pub box_in_image: BoxInImage,
    pub score: f32,
    pub dwell_s: f64,
    /// What is kept now.
    pub evidence: Vec<Evidence>,
    /// When evidence was let go of because its time, or the room for it, was
    /// over. The store's history tells what it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence_removed_at: Option<Timestamp>,
    pub latency: CaseLatency,
    /// The middle of what the camera watches; unknown without city data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<GeoPoint>,
    /// The earlier case that it is told of in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<CaseId>,
    /// Later cases of the same matter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<Joined>,
    /// The matter was there before, and over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurs: Option<Recurrence>,
    /// The number of the hot spot that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hot_spot: Option<u32>,
    /// What a citizen told, where none but citizens know of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<CitizenReport>,
}

impl Case {
    /// The camera that saw it, or who else found it.
    #[must_use]
    pub fn finder(&self) -> &str {
        self.camera_id.as_ref().map_or("citizen", CameraId::as_str)
    }

    /// The zone in which the camera saw it; empty where none did.
    #[must_use]
    pub fn zone(&self) -> &str {
        self.zone_id.as_ref().map_or("", ZoneId::as_str)
    }
}

/// The steps of the picture that proved the case, and what came after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CaseLatency {
    #[serde(flatten)]
    pub look: LookTimes,
    pub filed_at: Timestamp,
    /// First acknowledged by any sink.
    pub delivered_at: Option<Timestamp>,
    /// Milliseconds from received to decided.
    pub decision_ms: f64,
    /// Milliseconds from received to first acknowledged.
    pub emission_ms: Option<f64>,
    /// Which budgets were missed: `decision`, `emission`.
    pub over_budget: Vec<String>,
}
