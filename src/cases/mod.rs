//! What the city receives: a case, its evidence, and the time that each step took.

mod album;
mod case;
mod change;
mod evidence;
mod jpeg;
mod latency;
mod manifest;
mod overlay;
mod picture;
mod retention;
#[cfg(test)]
pub(crate) mod sample;
mod verify;

pub use album::Album;
pub use case::Case;
pub use case::CaseId;
pub use case::CaseLatency;
pub use case::CaseState;
pub use change::CaseChange;
pub use change::Filing;
pub use evidence::EvidenceError;
pub use evidence::EvidenceFolder;
pub use latency::Budget;
pub use latency::LookTimes;
pub use latency::count_violation;
pub use latency::record_stage;
pub use manifest::EvidenceContext;
pub use manifest::Manifest;
pub use manifest::ManifestFile;
pub use manifest::ManifestLink;
pub use manifest::StreamName;
pub use picture::Evidence;
pub use picture::EvidenceRole;
pub use picture::Origin;
pub use picture::Picture;
pub use retention::Measuring;
pub use retention::Retention;
pub use verify::Verified;
pub use verify::VerifyError;
pub use verify::verify;
