//! The life of a case: filed, seen again, completed, cleared, acknowledged.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ingest::CameraId;
use crate::rules::Incident;
use crate::time::Timestamp;

use super::Budget;
use super::Case;
use super::CaseId;
use super::CaseLatency;
use super::CaseState;
use super::Evidence;
use super::LookTimes;

/// What is new in a revision of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseChange {
    Filed,
    /// Pictures were added.
    Evidence,
    /// It still stands there.
    Standing,
    Cleared,
    /// It was thought gone and stands there again.
    Reopened,
    /// Its evidence was let go of; nobody is told.
    EvidenceRemoved,
    /// A step was taken in its life at the dispatch centre; what is told says which.
    Life,
    /// It is told of in an earlier case; nobody is told of it itself.
    Merged,
    /// Another case of the same matter joined it.
    Joined,
    /// What had joined it has been split off.
    Parted,
}

impl CaseChange {
    const ALL: [Self; 10] = [
        Self::Filed,
        Self::Evidence,
        Self::Standing,
        Self::Cleared,
        Self::Reopened,
        Self::EvidenceRemoved,
        Self::Life,
        Self::Merged,
        Self::Joined,
        Self::Parted,
    ];

    /// The name in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Filed => "filed",
            Self::Evidence => "evidence",
            Self::Standing => "standing",
            Self::Cleared => "cleared",
            Self::Reopened => "reopened",
            Self::EvidenceRemoved => "evidence_removed",
            Self::Life => "life",
            Self::Merged => "merged",
            Self::Joined => "joined",
            Self::Parted => "parted",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.name() == name)
    }
}

/// What a new case is made of.
#[derive(Debug)]
pub struct Filing<'a> {
    pub camera_id: &'a CameraId,
    pub incident: &'a Incident,
    pub times: LookTimes,
    pub filed_at: Timestamp,
    pub budget: Budget,
}

impl Case {
    /// The first revision, without evidence yet.
    #[must_use]
    pub fn new(filing: &Filing<'_>) -> Self {
        let Filing { camera_id, incident, times, filed_at, budget } = *filing;
        let late = times.decision() > budget.decision;
        Self {
            id: CaseId::of(camera_id, incident),
            kind: incident.kind.into(),
            camera_id: Some(camera_id.clone()),
            zone_id: Some(incident.zone_id.clone()),
            state: CaseState::Filed,
            revision: 1,
            thing: Some(incident.thing),
            began_at: incident.began_at,
            began_before_start: incident.since_start,
            proved_at: times.captured_at,
            filed_at,
            seen_at: incident.seen_at,
            cleared_at: None,
            box_in_image: incident.box_in_image,
            score: incident.score,
            dwell_s: incident.dwell().as_secs_f64(),
            evidence: Vec::new(),
            evidence_removed_at: None,
            latency: CaseLatency {
                look: times,
                filed_at,
                delivered_at: None,
                decision_ms: millis(times.decision()),
                emission_ms: None,
                over_budget: late.then(|| "decision".to_owned()).into_iter().collect(),
            },
            place: None,
            merged_into: None,
            joined: Vec::new(),
            recurs: None,
            hot_spot: None,
            report: None,
        }
    }

    /// Takes in what a later look saw. What stands there, since when and
    /// where the case was filed stay.
    pub fn see(&mut self, incident: &Incident) {
        self.seen_at = self.seen_at.max(incident.seen_at);
        self.box_in_image = incident.box_in_image;
        self.score = self.score.max(incident.score);
        self.dwell_s = self.seen_at.since(self.began_at).as_secs_f64();
    }

    /// The thing is gone.
    pub fn clear(&mut self, cleared_at: Timestamp) {
        self.state = CaseState::Cleared;
        self.cleared_at = Some(cleared_at);
    }

    /// The thing was not gone.
    pub fn reopen(&mut self) {
        self.state = CaseState::Filed;
        self.cleared_at = None;
    }

    /// Adds pictures; one of a role that is there already takes its place.
    pub fn add_evidence(&mut self, added: Vec<Evidence>) {
        self.evidence.retain(|old| added.iter().all(|new| new.role != old.role));
        self.evidence.extend(added);
        self.evidence.sort_by_key(|evidence| evidence.role);
    }

    /// Its evidence was let go of.
    pub fn lose_evidence(&mut self, at: Timestamp) {
        self.evidence.clear();
        self.evidence_removed_at = Some(at);
    }

    /// Completes the latency at the first acknowledgement by any sink, and
    /// tells the time from the proving picture received to now. `None` later.
    pub fn acknowledge(&mut self, at: Timestamp, emission_budget: Duration) -> Option<Duration> {
        if self.latency.delivered_at.is_some() {
            return None;
        }
        let emission = at.since(self.latency.look.received_at);
        self.latency.delivered_at = Some(at);
        self.latency.emission_ms = Some(millis(emission));
        if emission > emission_budget {
            self.latency.over_budget.push("emission".to_owned());
        }
        Some(emission)
    }
}

fn millis(length: Duration) -> f64 {
    length.as_micros() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use crate::cases::EvidenceRole::A;
    use crate::cases::EvidenceRole::B;
    use crate::cases::EvidenceRole::C;
    use crate::detect::Kind;
    use crate::geometry::BoxInImage;
    use crate::rules::IncidentKind;
    use crate::rules::ZoneId;
    use crate::tracking::StayId;

    use super::*;

    fn millisecond(ms: i64) -> Timestamp {
        Timestamp::parse("2026-05-01T08:00:00Z").unwrap() + Duration::from_millis(ms as u64)
    }

    fn incident() -> Incident {
        Incident {
            kind: IncidentKind::IllegalParking,
            zone_id: ZoneId::new("kerb"),
            stay_id: StayId(7),
            thing: Kind::Car,
            began_at: millisecond(0),
            seen_at: millisecond(300_000),
            box_in_image: BoxInImage::clipped(0.25, 0.5, 0.5, 0.75),
            score: 0.75,
            since_start: false,
        }
    }

    fn filed(decided_after_ms: i64) -> Case {
        let at = |ms| millisecond(300_100 + ms);
        let times = LookTimes {
            captured_at: millisecond(300_000),
            received_at: at(0),
            taken_at: at(20),
            decoded_at: at(40),
            inferred_at: at(60),
            decided_at: at(decided_after_ms),
        };
        let camera = CameraId::new("pole-17").unwrap();
        let budget = Budget::default();
        let filed_at = at(decided_after_ms + 50);
        Case::new(&Filing { camera_id: &camera, incident: &incident(), times, filed_at, budget })
    }

    #[test]
    fn a_case_is_written_as_the_city_reads_it() {
        let mut case = filed(70);
        case.acknowledge(millisecond(300_500), Budget::default().emission);
        case.clear(millisecond(400_000));
        case.add_evidence(vec![Evidence {
            role: A,
            captured_at: millisecond(0),
            file: "2026/05/01/0/A.jpg".to_owned(),
            sha256: "00".repeat(32),
            width: 1280,
            height: 720,
            box_in_image: incident().box_in_image,
        }]);
        insta::assert_json_snapshot!(case);
        let text = serde_json::to_string(&case).unwrap();
        assert_eq!(serde_json::from_str::<Case>(&text).unwrap(), case);
    }

    #[test]
    fn a_missed_budget_stands_in_the_case() {
        let mut case = filed(1_500);
        assert_eq!(case.latency.over_budget, ["decision"]);
        let emission = case.acknowledge(millisecond(302_600), Budget::default().emission);
        assert_eq!(emission, Some(Duration::from_millis(2_500)));
        assert_eq!(case.latency.over_budget, ["decision", "emission"]);
        assert_eq!(case.acknowledge(millisecond(309_000), Duration::ZERO), None);
        assert_eq!(case.latency.delivered_at, Some(millisecond(302_600)));
    }

    #[test]
    fn a_picture_of_the_same_role_takes_the_place_of_the_old() {
        let mut case = filed(70);
        let evidence = |role, file: &str| Evidence {
            role,
            captured_at: millisecond(0),
            file: file.to_owned(),
            sha256: String::new(),
            width: 1,
            height: 1,
            box_in_image: BoxInImage::WHOLE,
        };
        case.add_evidence(vec![evidence(B, "b"), evidence(A, "a")]);
        case.add_evidence(vec![evidence(C, "c"), evidence(B, "b2")]);
        let files: Vec<_> = case.evidence.iter().map(|evidence| evidence.file.as_str()).collect();
        assert_eq!(files, ["a", "b2", "c"]);
    }
}
