//! Who hears of cases, for those who file and change them beside the desk.

use crate::store::SinkId;

use super::Bell;

#[derive(Clone, Debug)]
pub struct Hearers {
    /// Hear of every new case.
    pub sinks: Vec<SinkId>,
    /// Those of them that hear what becomes of it.
    pub followers: Vec<SinkId>,
    /// Rung when there is news.
    pub bell: Bell,
}

impl Hearers {
    #[must_use]
    pub fn new(sinks: Vec<SinkId>, filed_only: &[SinkId], bell: Bell) -> Self {
        let followers = sinks.iter().filter(|sink| !filed_only.contains(sink)).cloned().collect();
        Self { sinks, followers, bell }
    }

    /// Nobody hears of anything.
    #[must_use]
    pub fn none() -> Self {
        Self::new(Vec::new(), &[], Bell::new(0))
    }
}
