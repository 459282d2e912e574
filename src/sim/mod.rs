//! Cameras that are not there: clips served over RTSP, clips replayed, alerts held against the truth.

mod score;

pub use score::Alert;
pub use score::Score;
pub use score::Tallies;
pub use score::Tally;
pub use score::Truth;
pub use score::tally;
