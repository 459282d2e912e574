//! What hides a stay, and what became of one that the detector did not see.

use std::time::Duration;

use crate::detect::Detection;
use crate::detect::Kind;
use crate::geometry::BoxInImage;
use crate::time::Timestamp;

use super::Family;
use super::Stay;
use super::StaySettings;
use super::looks::Luma;
use super::matching;
use super::stay::ALIKE;
use super::stay::ESTABLISHED_SIGHTINGS;

/// Share of a place that something in front must cover to hide it.
const HIDING_SHARE: f32 = 0.25;
/// A thing may be hidden for so many times as long as it is known to have stood, or so long; longer
/// if it was seen often enough to be known, however fast the looks came.
const HIDDEN_PER_DWELL: u32 = 4;
const HIDDEN_LEAST: Duration = Duration::from_secs(10);
const HIDDEN_LEAST_KNOWN: Duration = Duration::from_secs(20);
/// A vehicle before another stands nearer to the camera, and lower in the picture; one on its ground
/// has its lower edge within this share of the smaller one's height, and covers its place by this
/// share: what covers less may be what can be seen of the other beside something in front.
const GROUND_DEPTH: f32 = 0.12;
const GROUND_SHARE: f32 = 0.7;
/// A stall on its way to its place pauses for less than this.
const PAUSE_MAX: Duration = Duration::from_secs(10);
/// What is less than this share as sure as what is seen beside it hides nothing: who bends over
/// a heap is seen well, and what in the heap looks a little like a person is not.
const HIDER_SHARE: f32 = 0.35;
/// A box within a stay's by the one share, and smaller by the other, is a part of it.
const PART_INSIDE: f32 = 0.8;
const PART_MAX: f32 = 0.85;

/// How long the stay may be hidden: what was seen for a moment on its way is not there for
/// minutes because something larger came to stand before it.
pub(super) fn hidden_max(stay: &Stay, settings: &StaySettings) -> Duration {
    let known = stay.sightings() >= ESTABLISHED_SIGHTINGS;
    let least = if known { HIDDEN_LEAST_KNOWN } else { HIDDEN_LEAST };
    (stay.dwell() * HIDDEN_PER_DWELL).max(least).min(settings.hidden_max)
}

/// Whether the detection is what can be seen of the stay beside something in front. Its place
/// and looks as a whole are known, and must not become those of the part. What else is taken for
/// a stall or heap within a stall's or heap's place is a part of it and hides nothing.
pub(super) fn is_partly_hidden(stay: &Stay, seen: &Detection, detections: &[Detection]) -> bool {
    let (part, whole) = (&seen.box_in_image, &stay.place);
    let smaller = part.area() < whole.area() * PART_MAX && part.covered_by(whole) >= PART_INSIDE;
    let own = |d: &Detection| stay.family.is_fixture() && Family::of(d.kind) == stay.family;
    let hides = |d: &Detection| {
        d != seen
            && !own(d)
            && d.score >= seen.score * HIDER_SHARE
            && is_hidden_by(stay, &d.box_in_image)
    };
    smaller && stay.sightings() >= ESTABLISHED_SIGHTINGS && detections.iter().any(hides)
}

/// Whether so much of its place lies behind the box that it may look otherwise.
pub(super) fn is_hidden_by(stay: &Stay, front: &BoxInImage) -> bool {
    stay.place.covered_by(front) >= HIDING_SHARE
}

/// What a look showed, and since when and in how many looks it has been there.
pub(super) struct Comer<'a> {
    pub(super) seen: &'a Detection,
    pub(super) came: Timestamp,
    pub(super) sightings: u32,
}

/// What became of a stay that the detector did not see in this look, which showed these things:
/// true if it has gone, as another vehicle stands where it stood.
pub(super) fn judge(
    stay: &mut Stay,
    at: Timestamp,
    comers: &[Comer<'_>],
    picture: &dyn Luma,
    settings: &StaySettings,
) -> bool {
    let at_place = |d: &Detection| matching::is_at(&stay.place, &d.box_in_image);
    if stay.family == Family::Overflow
        && comers.iter().any(|comer| comer.seen.kind == Kind::Bin && at_place(comer.seen))
    {
        stay.contradict(at);
        return false;
    }
    // A bin that was emptied looks much like one that overflows: only the detector knows.
    let denied = stay.family == Family::Overflow && stay.absent_since.is_some();
    let looks_the_same =
        !denied && stay.likeness(picture).is_some_and(|likeness| likeness >= ALIKE);
    if looks_the_same && at.since(stay.detected_at) <= settings.undetected_max {
        stay.miss();
        stay.stand(at, picture);
        return false;
    }
    if comers.iter().any(|comer| stands_in_place_of(stay, comer) || has_moved_on(stay, comer)) {
        return true;
    }
    // What stood there before it came did not hide it then.
    let hides = |comer: &Comer<'_>| {
        comer.came > stay.began_at && is_hidden_by(stay, &comer.seen.box_in_image)
    };
    if comers.iter().any(hides) {
        stay.absent_since = None;
        stay.hidden_since.get_or_insert(at);
    } else {
        stay.miss();
        stay.doubts = stay.doubts.saturating_add(1);
        stay.absent_since.get_or_insert(at);
    }
    false
}

/// Whether a vehicle that has come to stand is on the ground where this one stood. Cars that stop
/// and go hid the place of one for a minute, each a little farther on, until one resembled it.
fn stands_in_place_of(stay: &Stay, comer: &Comer<'_>) -> bool {
    let (old, new) = (&stay.place, &comer.seen.box_in_image);
    let depth = (old.y1() - new.y1()).abs() / old.height().min(new.height());
    stay.family == Family::Vehicle
        && Family::of(comer.seen.kind) == Family::Vehicle
        && comer.came > stay.detected_at
        && comer.sightings >= ESTABLISHED_SIGHTINGS
        && depth <= GROUND_DEPTH
        && old.covered_by(new) >= GROUND_SHARE
}

/// Whether a stall that stood for a moment is the one that stands beside it now: a cart that is pushed
/// to its place pauses on the way, and does not stay behind itself.
fn has_moved_on(stay: &Stay, comer: &Comer<'_>) -> bool {
    stay.family == Family::Stall
        && Family::of(comer.seen.kind) == Family::Stall
        && stay.dwell() < PAUSE_MAX
        && comer.came > stay.detected_at
        && comer.sightings >= ESTABLISHED_SIGHTINGS
        && is_hidden_by(stay, &comer.seen.box_in_image)
}
