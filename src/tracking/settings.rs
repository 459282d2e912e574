//! How much a stay is forgiven, which a configuration may say.

use std::time::Duration;

/// How much a stay is forgiven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaySettings {
    /// Its place is seen without it, nothing in front.
    pub absence_max: Duration,
    /// Something stands or passes in front of it.
    pub hidden_max: Duration,
    /// The camera or the program was away.
    pub offline_max: Duration,
    /// The detector does not see it but its place looks the same.
    pub undetected_max: Duration,
}

impl Default for StaySettings {
    fn default() -> Self {
        Self {
            absence_max: Duration::from_secs(12),
            hidden_max: Duration::from_secs(120),
            offline_max: Duration::from_secs(30 * 60),
            undetected_max: Duration::from_secs(10 * 60),
        }
    }
}
