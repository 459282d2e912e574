//! Several cases of one matter: what the first tells of those that joined it,
//! and what a later one tells of those before it.

use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ingest::CameraId;
use crate::time::Timestamp;

use super::Case;
use super::CaseId;
use super::CitizenReport;
use super::Evidence;

/// So many are told of in the first case; the record knows of more.
const JOINED_MAX: usize = 100;

/// A later case that joined an earlier one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Joined {
    pub case_id: CaseId,
    /// None where a citizen told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera_id: Option<CameraId>,
    /// What a citizen told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<CitizenReport>,
    /// When it joined.
    pub at: Timestamp,
    /// What it shows, in its own package.
    pub evidence: Vec<Evidence>,
}

/// The matter was there before, and over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Recurrence {
    /// The last case before this one.
    pub case_id: CaseId,
    /// Cases of the class at the place within `days`, this one included.
    pub count: u32,
    pub days: u32,
}

impl Case {
    /// Another camera saw the matter, or this one saw it again. What was gone
    /// stands there once more.
    pub fn join(&mut self, later: &Self, at: Timestamp) {
        if self.joined.len() < JOINED_MAX {
            self.joined.push(Joined {
                case_id: later.id.clone(),
                camera_id: later.camera_id.clone(),
                report: later.report.clone(),
                at,
                evidence: later.evidence.clone(),
            });
        }
        self.reopen();
        self.see_with(later);
    }

    /// Takes in what a case that had joined has seen since. Tells whether it
    /// has pictures that were not told of.
    pub fn follow(&mut self, later: &Self) -> bool {
        self.see_with(later);
        let Some(joined) = self.joined.iter_mut().find(|joined| joined.case_id == later.id) else {
            return false;
        };
        let new = joined.evidence != later.evidence;
        joined.evidence.clone_from(&later.evidence);
        new
    }

    /// It was no matter of this case.
    pub fn unjoin(&mut self, later: &CaseId) {
        self.joined.retain(|joined| joined.case_id != *later);
    }

    fn see_with(&mut self, later: &Self) {
        self.seen_at = self.seen_at.max(later.seen_at);
        self.dwell_s = self.seen_at.since(self.began_at).as_secs_f64();
    }
}

#[cfg(test)]
mod tests {
    use crate::cases::CaseState;
    use crate::cases::EvidenceRole;
    use crate::cases::sample;
    use crate::geometry::BoxInImage;

    use super::*;

    #[test]
    fn a_case_tells_of_what_joined_it_until_it_is_split_off() {
        let (mut first, mut later) = (sample::case(1), sample::case(2));
        first.clear(sample::second(310));
        first.join(&later, sample::second(320));
        assert_eq!((first.state, first.joined.len()), (CaseState::Filed, 1));
        assert!(!first.follow(&later));
        later.add_evidence(vec![Evidence {
            role: EvidenceRole::C,
            captured_at: sample::second(330),
            file: "2026/05/01/2/C.jpg".to_owned(),
            sha256: String::new(),
            width: 1,
            height: 1,
            box_in_image: BoxInImage::WHOLE,
        }]);
        later.seen_at = sample::second(330);
        assert!(first.follow(&later));
        assert_eq!(first.joined[0].evidence, later.evidence);
        assert_eq!((first.seen_at, first.dwell_s), (sample::second(330), 330.0));
        first.unjoin(&later.id);
        assert_eq!(first.joined, []);
    }

    #[test]
    fn what_joins_without_end_fills_no_case() {
        let mut first = sample::case(1);
        for stay in 2..300 {
            first.join(&sample::case(stay), sample::second(400));
        }
        assert_eq!(first.joined.len(), JOINED_MAX);
    }
}
