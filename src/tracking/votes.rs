//! What the detector took a thing for, look by look.

use serde::Deserialize;
use serde::Serialize;

use crate::detect::Detection;
use crate::detect::Kind;

/// Each look votes for a kind, with its score.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Votes {
    /// Sum of scores by kind, in the order of `Kind::ALL`.
    #[serde(rename = "votes")]
    scores: [f32; Kind::ALL.len()],
    /// How many scores these are.
    #[serde(default, rename = "votes_cast")]
    cast: u32,
}

impl Votes {
    pub(super) fn of(first: &Detection) -> Self {
        let mut votes = Self::default();
        votes.add(first);
        votes
    }

    pub(super) fn add(&mut self, detection: &Detection) {
        if let Some(at) = Kind::ALL.iter().position(|kind| *kind == detection.kind) {
            self.scores[at] += detection.score;
            self.cast = self.cast.saturating_add(1);
        }
    }

    /// The kind with the most of them.
    pub(super) fn winner(&self) -> Kind {
        let votes = Kind::ALL.into_iter().zip(self.scores);
        votes.max_by(|a, b| a.1.total_cmp(&b.1)).map_or(Kind::Car, |(kind, _)| kind)
    }

    /// The kind's share of them, 0..=1.
    pub(super) fn share_of(&self, kind: Kind) -> f32 {
        let at = Kind::ALL.iter().position(|other| *other == kind);
        at.map_or(0.0, |at| self.scores[at]) / self.sum().max(f32::MIN_POSITIVE)
    }

    /// The mean score, 0..=1.
    pub(super) fn mean_score(&self) -> f32 {
        self.sum() / self.cast.max(1) as f32
    }

    fn sum(&self) -> f32 {
        self.scores.iter().sum()
    }
}
