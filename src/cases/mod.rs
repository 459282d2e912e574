//! What the city receives: a case, its evidence, and the time that each step took.

mod album;
mod case;
mod latency;
mod picture;

pub use album::Album;
pub use case::Case;
pub use case::CaseId;
pub use case::CaseLatency;
pub use case::CaseState;
pub use latency::Budget;
pub use latency::LookTimes;
pub use picture::Evidence;
pub use picture::EvidenceRole;
pub use picture::Picture;
