//! A thing standing at a place: the same kind of thing, there, and looking alike.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::detect::Detection;
use crate::detect::Kind;
use crate::geometry::BoxInImage;
use crate::time::Timestamp;

use super::Family;
use super::Looks;
use super::StayId;
use super::looks::Luma;
use super::votes::Votes;

/// From this likeness on a place looks as it did.
pub(super) const ALIKE: f32 = 0.7;
/// Below this likeness another thing, or something in front, is seen.
pub(super) const UNLIKE: f32 = 0.45;
/// A thing that has only just come must look more alike than one that is
/// known: cars in traffic resemble each other.
pub(super) const UNLIKE_NEW: f32 = 0.75;
/// Detections of one place from which it is a stay and not a passing thing.
pub(super) const ESTABLISHED_SIGHTINGS: u32 = 3;
/// How fast looks follow the light, a look.
const LOOKS_SHARE: f32 = 0.2;
/// Sightings over which the place is averaged; then it moves slowly, so that
/// a creeping queue leaves its place behind.
const PLACE_SIGHTINGS_MAX: u32 = 8;
/// When the place has moved this much, its looks are taken anew.
const LOOKS_IOU_MIN: f32 = 0.85;

/// Whose mean place has gone further than this from where it was first, as a share of its size,
/// does not stand: a vendor who walks away from the camera hardly leaves the box.
const DRIFT_MAX: f32 = 0.45;
/// Sightings until it is known where it was first.
const ANCHOR_SIGHTINGS: u32 = 4;

/// A thing that stands at a place.
///
/// Invariant: `began_at <= seen_at`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stay {
    pub(super) id: StayId,
    pub(super) family: Family,
    #[serde(flatten)]
    votes: Votes,
    pub(super) place: BoxInImage,
    /// Its place when it began to stand.
    #[serde(default)]
    anchor: Option<BoxInImage>,
    pub(super) began_at: Timestamp,
    pub(super) seen_at: Timestamp,
    /// Last time the detector itself saw it.
    pub(super) detected_at: Timestamp,
    pub(super) since_start: bool,
    /// A bin stood there when it began.
    #[serde(default)]
    pub(super) at_a_bin: bool,
    /// That bin was known well, and as one that does not overflow.
    #[serde(default)]
    pub(super) was_plain: bool,
    sightings: u32,
    /// Looks in which the detector could have seen it: nothing was in front.
    #[serde(default)]
    pub(super) chances: u32,
    /// Looks in which the detector saw something there that it cannot be at the same time.
    #[serde(default)]
    pub(super) contradictions: u32,
    /// Looks in which the detector saw it well enough to begin a stay.
    pub(super) strong_sightings: u32,
    /// The score from which what it is taken for may begin a stay.
    #[serde(default)]
    pub(super) sure_from: f32,
    /// Looks in which its place did not look like it, nothing being in front.
    pub(super) doubts: u32,
    /// Looks in which it did, detected or not.
    pub(super) agreements: u32,
    score_max: f32,
    pub(super) looks: Option<Looks>,
    looks_place: BoxInImage,
    /// Since when it has been gone with nothing in front of it.
    pub(super) absent_since: Option<Timestamp>,
    /// Since when something in front has hidden it.
    pub(super) hidden_since: Option<Timestamp>,
    /// When a case first spoke of it.
    #[serde(default)]
    pub(super) told_at: Option<Timestamp>,
}

impl Stay {
    /// `sure_from` is the score from which such a thing may begin a stay.
    pub(super) fn begin(
        id: StayId,
        at: Timestamp,
        first: &Detection,
        sure_from: f32,
        picture: &dyn Luma,
    ) -> Self {
        let place = first.box_in_image;
        Self {
            id,
            family: Family::of(first.kind),
            votes: Votes::of(first),
            place,
            anchor: None,
            began_at: at,
            seen_at: at,
            detected_at: at,
            since_start: false,
            at_a_bin: false,
            was_plain: false,
            sightings: 1,
            chances: 1,
            contradictions: 0,
            strong_sightings: 1,
            sure_from,
            doubts: 0,
            agreements: 1,
            score_max: first.score,
            looks: Looks::of(picture, &place),
            looks_place: place,
            absent_since: None,
            hidden_since: None,
            told_at: None,
        }
    }

    #[must_use]
    pub const fn id(&self) -> StayId {
        self.id
    }

    #[must_use]
    pub const fn family(&self) -> Family {
        self.family
    }

    /// What the detector most believed it to be.
    #[must_use]
    pub fn thing(&self) -> Kind {
        self.votes.winner()
    }

    /// The kind's share in what the detector took it for, weighed by the scores, 0..=1.
    #[must_use]
    pub fn share_of(&self, kind: Kind) -> f32 {
        self.votes.share_of(kind)
    }

    #[must_use]
    pub const fn place(&self) -> &BoxInImage {
        &self.place
    }

    /// Capture time of the first picture in which it stood there.
    #[must_use]
    pub const fn began_at(&self) -> Timestamp {
        self.began_at
    }

    /// Capture time of the last picture in which it stood there.
    #[must_use]
    pub const fn seen_at(&self) -> Timestamp {
        self.seen_at
    }

    /// Capture time of the last picture in which the detector itself saw it.
    #[must_use]
    pub const fn detected_at(&self) -> Timestamp {
        self.detected_at
    }

    /// It stood there in the first picture that the camera gave.
    #[must_use]
    pub const fn since_start(&self) -> bool {
        self.since_start
    }

    /// A bin stood there when it began, and may be what is seen. That bin's own stay may have ended since.
    #[must_use]
    pub const fn is_at_a_bin(&self) -> bool {
        self.at_a_bin
    }

    /// In how many looks the detector saw it.
    #[must_use]
    pub const fn sightings(&self) -> u32 {
        self.sightings
    }

    /// Since when its place has been seen without it, nothing being in front.
    #[must_use]
    pub const fn absent_since(&self) -> Option<Timestamp> {
        self.absent_since
    }

    /// Whether it is there to be seen: neither gone nor hidden.
    #[must_use]
    pub const fn is_in_sight(&self) -> bool {
        self.absent_since.is_none() && self.hidden_since.is_none()
    }

    /// The detector's mean score where it was detected, 0..=1; as the whole, if first by a part.
    #[must_use]
    pub fn mean_score(&self) -> f32 {
        self.votes.mean_score()
    }

    /// The detector's best score for it, 0..=1.
    #[must_use]
    pub const fn score(&self) -> f32 {
        self.score_max
    }

    /// How long it is known to have stood; time since it was last seen does not count.
    #[must_use]
    pub fn dwell(&self) -> Duration {
        self.seen_at.since(self.began_at)
    }

    /// How its place looks in this picture compared with before, -1..=1; none
    /// where it is too flat to tell.
    pub(super) fn likeness(&self, picture: &dyn Luma) -> Option<f32> {
        self.looks.as_ref()?.likeness_about(picture, &self.looks_place)
    }

    /// The detector saw it.
    pub(super) fn see(&mut self, at: Timestamp, detection: &Detection, picture: &dyn Luma) {
        self.votes.add(detection);
        self.count_sighting(at);
        self.score_max = self.score_max.max(detection.score);
        let share = 1.0 / self.sightings.min(PLACE_SIGHTINGS_MAX) as f32;
        self.place = self.place.toward(&detection.box_in_image, share);
        self.stand(at, picture);
        self.notice_drift(at);
        if self.place.iou(&self.looks_place) < LOOKS_IOU_MIN {
            self.looks_place = self.place;
            self.looks = Looks::of(picture, &self.place);
        }
    }

    /// The detector saw what of it is not hidden.
    pub(super) fn see_part(&mut self, at: Timestamp) {
        self.count_sighting(at);
        self.seen_at = self.seen_at.max(at);
        self.absent_since = None;
        self.hidden_since = None;
    }

    fn count_sighting(&mut self, at: Timestamp) {
        self.sightings = self.sightings.saturating_add(1);
        self.chances = self.chances.saturating_add(1);
        self.detected_at = self.detected_at.max(at);
    }

    /// What has drifted away from where it began stands only since now.
    fn notice_drift(&mut self, at: Timestamp) {
        let anchor = self.anchor.filter(|_| self.sightings > ANCHOR_SIGHTINGS);
        let Some(anchor) = anchor else {
            self.anchor = Some(self.place);
            return;
        };
        let (from, to) = (anchor.center(), self.place.center());
        let size = |b: &BoxInImage| f32::midpoint(b.width(), b.height());
        // Of the larger one, as half of it may be hidden now or have been then.
        let larger = size(&anchor).max(size(&self.place));
        if (from.x - to.x).hypot(from.y - to.y) > DRIFT_MAX * larger {
            self.anchor = Some(self.place);
            self.began_at = at;
            self.since_start = false;
        }
    }

    /// A larger box of it: it was known by a part, as a stall by its umbrella. How well it was
    /// known by that counts as one look at the whole.
    pub(super) fn grow_into(&mut self, whole: &Detection, picture: &dyn Luma) {
        let part = Detection { score: self.mean_score(), ..*whole };
        self.votes = Votes::of(&part);
        self.votes.add(whole);
        self.take_place(whole, picture);
    }

    /// A larger box around it: more was thrown on the heap.
    pub(super) fn pile_up(&mut self, at: Timestamp, whole: &Detection, picture: &dyn Luma) {
        self.votes.add(whole);
        self.count_sighting(at);
        self.strong_sightings = self.strong_sightings.saturating_add(1);
        self.score_max = self.score_max.max(whole.score);
        self.take_place(whole, picture);
        self.stand(at, picture);
    }

    fn take_place(&mut self, of: &Detection, picture: &dyn Luma) {
        self.place = of.box_in_image;
        self.anchor = Some(self.place);
        self.looks_place = self.place;
        self.looks = Looks::of(picture, &self.place);
    }

    /// Another box of the same heap, which has become the better known.
    pub(super) fn absorb(&mut self, other: &Self) {
        self.votes = other.votes.clone();
        self.sightings = self.sightings.saturating_add(other.sightings);
        self.strong_sightings = self.strong_sightings.saturating_add(other.strong_sightings);
        self.agreements = self.agreements.saturating_add(other.agreements);
        self.score_max = self.score_max.max(other.score_max);
        (self.seen_at, self.detected_at) = (other.seen_at, other.detected_at);
        (self.place, self.anchor) = (other.place, other.anchor);
        (self.looks, self.looks_place) = (other.looks.clone(), other.looks_place);
        (self.absent_since, self.hidden_since) = (None, None);
    }

    /// The detector could have seen it and did not.
    pub(super) fn miss(&mut self) {
        self.chances = self.chances.saturating_add(1);
    }

    /// The detector saw what it cannot be at the same time: it is gone, or never was.
    pub(super) fn contradict(&mut self, at: Timestamp) {
        self.miss();
        self.contradictions = self.contradictions.saturating_add(1);
        self.absent_since.get_or_insert(at);
    }

    /// It stands there, detected or not.
    pub(super) fn stand(&mut self, at: Timestamp, picture: &dyn Luma) {
        self.seen_at = self.seen_at.max(at);
        self.agreements = self.agreements.saturating_add(1);
        self.absent_since = None;
        self.hidden_since = None;
        match (&mut self.looks, Looks::of(picture, &self.looks_place)) {
            (Some(looks), Some(now)) => looks.follow(&now, LOOKS_SHARE),
            (looks @ None, now) => *looks = now,
            (Some(_), None) => {}
        }
    }

    /// Takes its looks anew: the light has changed, the thing has not.
    pub(super) fn refresh_looks(&mut self, picture: &dyn Luma) {
        self.doubts = self.doubts.saturating_add(1);
        self.looks_place = self.place;
        self.looks = Looks::of(picture, &self.place);
    }

    /// The clock was set back by so much.
    pub(super) fn set_back(&mut self, by: Duration) {
        let always = [&mut self.began_at, &mut self.seen_at, &mut self.detected_at];
        let now = [&mut self.absent_since, &mut self.hidden_since, &mut self.told_at];
        always.into_iter().chain(now.into_iter().flatten()).for_each(|at| *at = *at - by);
    }

    /// It was already there at `at`, as an earlier picture shows.
    pub(super) fn backdate(&mut self, at: Timestamp) {
        self.began_at = self.began_at.min(at);
        self.agreements = self.agreements.saturating_add(1);
    }
}
