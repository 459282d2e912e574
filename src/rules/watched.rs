//! What is known of one stay in one zone.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::detect::Detection;
use crate::detect::Kind;
use crate::geometry::BoxInImage;
use crate::time::Timestamp;
use crate::tracking::Family;
use crate::tracking::Stay;

use super::Pace;
use super::Scene;
use super::Zone;
use super::garbage_pile::Company;
use super::illegal_parking::Traffic;
use super::place;
use super::watch::NEAR_THRESHOLD;

/// From this overlap on a thing stands where it stood when it was told of.
const TOLD_IOU: f32 = 0.5;

/// From this overlap on a detection speaks of the stay's place.
pub(super) const IN_PLACE_IOU: f32 = 0.45;

/// Nobody near for this part of the time after which it is a violation: it was left.
const LEFT_ALONE_SHARE: u32 = 8;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Watched {
    /// Since when it has stood there while the zone held.
    pub(super) since: Timestamp,
    pub(super) stage: Stage,
    looks: u32,
    looks_with_person: u32,
    /// How sure these looks were of the person, together.
    #[serde(default)]
    persons: f32,
    /// How surely somebody was near at the last look, 0..=1.
    #[serde(default)]
    person_sureness: Option<f32>,
    /// When somebody was surely near last.
    #[serde(default)]
    person_at: Option<Timestamp>,
    #[serde(default)]
    pub(super) traffic: Traffic,
    /// Scores with which the detector saw what the stay is, and something else that stands,
    /// in its place, together.
    #[serde(default)]
    seen_as_it: f32,
    #[serde(default)]
    seen_as_other: f32,
    pub(super) place: BoxInImage,
    /// What it was at the last look.
    #[serde(default = "anything")]
    pub(super) thing: Kind,
    /// What it seems to be has stood there since before the camera looked, so that it can at
    /// most be for a person to look at.
    #[serde(default)]
    pub(super) always_there: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    Timing,
    PreAlarmed,
    Proved,
    /// Another stay already stands for the same matter.
    Duplicate,
    /// It would be proved, had it come while the camera looked.
    ForReview,
}

impl Watched {
    pub(super) fn begin(since: Timestamp, stay: &Stay, always_there: bool) -> Self {
        Self {
            since,
            stage: Stage::Timing,
            looks: 0,
            looks_with_person: 0,
            persons: 0.0,
            person_sureness: None,
            person_at: None,
            traffic: Traffic::default(),
            seen_as_it: 0.0,
            seen_as_other: 0.0,
            place: *stay.place(),
            thing: stay.thing(),
            always_there,
        }
    }

    /// `place` is where the zone speaks of it.
    pub(super) fn look(
        &mut self,
        zone: &Zone,
        (stay, place): (&Stay, BoxInImage),
        scene: &Scene<'_>,
    ) {
        self.looks = self.looks.saturating_add(1);
        if !self.is_told_here(stay) {
            self.place = place;
        }
        self.thing = stay.thing();
        if matches!(self.stage, Stage::Timing | Stage::PreAlarmed) {
            // What had not come to rest yet stands only since then.
            self.since = self.since.max(stay.began_at());
        }
        self.person_sureness = person_near(stay, scene);
        self.count_person(scene.at);
        let (as_it, as_other) = opinions(stay, scene);
        self.seen_as_it += as_it;
        self.seen_as_other += as_other;
        self.traffic.look(zone, stay, scene);
    }

    /// The street is as it was: who stood beside it stands there still.
    pub(super) fn still(&mut self, at: Timestamp) {
        self.looks = self.looks.saturating_add(1);
        self.count_person(at);
    }

    fn count_person(&mut self, at: Timestamp) {
        let Some(sureness) = self.person_sureness else { return };
        self.looks_with_person += 1;
        self.persons += sureness;
        if sureness >= 1.0 {
            self.person_at = Some(at);
        }
    }

    /// The clock was set back by so much.
    pub(super) fn set_back(&mut self, by: Duration) {
        self.since = self.since - by;
        self.person_at = self.person_at.map(|at| at - by);
    }

    /// Whether it has been told of and still stands about where it stood then.
    fn is_told_here(&self, stay: &Stay) -> bool {
        self.stage == Stage::Proved && self.stands_here(stay)
    }

    fn stands_here(&self, stay: &Stay) -> bool {
        self.place.iou(stay.place()) >= TOLD_IOU
    }

    /// Where it stood when the zone spoke of it, if it is more than something that has just come
    /// and still stands there.
    pub(super) fn held_place(&self, stay: &Stay) -> Option<BoxInImage> {
        let held = matches!(self.stage, Stage::PreAlarmed | Stage::Proved);
        (held && self.stands_here(stay)).then_some(self.place)
    }

    /// Whether it is known for what it is.
    pub(super) const fn is_told(&self) -> bool {
        matches!(self.stage, Stage::Proved | Stage::Duplicate | Stage::ForReview)
    }

    /// The share of looks in which somebody may have been near.
    pub(super) fn share_with_person(&self) -> f32 {
        self.looks_with_person as f32 / self.looks.max(1) as f32
    }

    /// Whether the detector rather takes it for another thing: goods, heaps and bins resemble each other.
    pub(super) fn is_rather_other(&self) -> bool {
        self.seen_as_other > self.seen_as_it
    }

    pub(super) fn company(&self, zone: &Zone, at: Timestamp) -> Company {
        let alone_since = self.person_at.unwrap_or(self.since);
        let left_alone = at.since(alone_since) >= zone.violation / LEFT_ALONE_SHARE;
        Company { share: self.persons / self.looks.max(1) as f32, left_alone }
    }

    pub(super) fn pace(&self, zone: &Zone, at: Timestamp) -> Pace {
        match self.stage {
            _ if self.always_there => Pace::Armed,
            Stage::Proved | Stage::Duplicate => Pace::Open,
            _ if at.since(self.since) + NEAR_THRESHOLD >= zone.violation => Pace::Confirming,
            _ => Pace::Candidate,
        }
    }
}

/// How surely somebody is near the stay in this look, 0..=1; none who looks at all like a person.
fn person_near(stay: &Stay, scene: &Scene<'_>) -> Option<f32> {
    let near = scene.persons().filter(|person| place::is_near(person, stay.place()));
    near.map(|person| (person.score / scene.person_score).min(1.0)).max_by(f32::total_cmp)
}

/// The best scores in the stay's place: of its own family, and of other things that stand as stalls and heaps do.
fn opinions(stay: &Stay, scene: &Scene<'_>) -> (f32, f32) {
    let (mut own, mut other) = (0.0_f32, 0.0_f32);
    let in_place = |d: &&Detection| {
        d.box_in_image.iou(stay.place()) >= IN_PLACE_IOU
            || (is_stall_or_heap(Family::of(d.kind))
                && is_stall_or_heap(stay.family())
                && place::are_nested(&d.box_in_image, stay.place()))
    };
    for detection in scene.detections.iter().filter(in_place) {
        match Family::of(detection.kind) {
            family if family == stay.family() => own = own.max(detection.score),
            Family::Bin | Family::Overflow if is_put_up(stay) => {}
            // The stay itself counts how often the bin was denied to overflow.
            Family::Bin if stay.family() == Family::Overflow => {}
            Family::Stall | Family::Garbage | Family::Bin | Family::Overflow => {
                other = other.max(detection.score);
            }
            _ => {}
        }
    }
    (own, other)
}

/// Whether it is a stall that came to where no bin stood: a bin does not come, so what is taken
/// for one there are the goods on the table.
pub(super) fn is_put_up(stay: &Stay) -> bool {
    stay.family() == Family::Stall && !stay.since_start() && !stay.is_at_a_bin()
}

/// A stall is told with the goods around it, a heap with the pole behind it: of these two the
/// boxes differ where they mean the same thing.
const fn is_stall_or_heap(family: Family) -> bool {
    matches!(family, Family::Stall | Family::Garbage)
}

/// For what an earlier version wrote down; the next look says.
const fn anything() -> Kind {
    Kind::Car
}
