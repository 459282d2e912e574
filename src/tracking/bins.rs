//! Where bins stand, however badly they are made out, and how often they were seen to overflow.
//!
//! In the dark a bin may be seen too badly in every look to begin a stay. It is a bin all the same:
//! what comes to its place was not set down on open ground.

use std::time::Duration;

use crate::detect::Detection;
use crate::detect::Kind;
use crate::geometry::BoxInImage;
use crate::time::Timestamp;

use super::Family;
use super::Stay;

/// More than a street holds; bounds a camera's memory against a broken model.
const BINS_MAX: usize = 64;
/// What has not been made out for so long is forgotten: it was taken away, or never was.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(10 * 60);
/// Nobody knows what a bin was meanwhile that has not been made out for longer.
const GAP_MAX: Duration = Duration::from_secs(12);
/// From this overlap on two boxes are of one bin.
const SAME_IOU: f32 = 0.4;
/// A bin stood there before if it was made out in so many looks and so long before.
const LOOKS_MIN: u32 = 3;
const BEFORE: Duration = Duration::from_secs(5);
/// From this overlap on a thing came to where a bin stood; so it did if its box, with who fills the
/// bin, holds the bin by that share and is not much larger.
const AT_A_BIN_IOU: f32 = 0.45;
const BIN_INSIDE: f32 = 0.8;
const BIN_SIZE: f32 = 0.25;
/// How a bin usually looks is known after so many looks, and is plain if it was taken for an
/// overflowing one in at most this share of them.
const HABIT_LOOKS: u32 = 8;
const PLAIN_SHARE: f32 = 0.1;
/// How fast its place follows what is seen, a look.
const PLACE_SHARE: f32 = 0.2;
/// When so many looks have been counted, each counts half from then on, so that a bin that is
/// emptied is a plain one again.
const LOOKS_MAX: u32 = 64;

#[derive(Clone, Debug)]
struct Bin {
    place: BoxInImage,
    first_at: Timestamp,
    last_at: Timestamp,
    /// Looks in which it was taken for one that does not overflow, and for one that does.
    plain: u32,
    overflowing: u32,
    /// Since when it has been taken for an overflowing one alone.
    overflowing_since: Option<Timestamp>,
    /// In how many looks: not counted above, as they tell what is now and not what was.
    overflowing_now: u32,
}

/// The bins of one camera.
#[derive(Debug, Default)]
pub(super) struct Bins {
    known: Vec<Bin>,
}

impl Bins {
    /// What an earlier run knew of them by its stays.
    pub(super) fn of(stays: &[Stay]) -> Self {
        let is_bin = |stay: &&Stay| stay.family == Family::Bin;
        let bin = |stay: &Stay| Bin {
            last_at: stay.detected_at,
            plain: stay.sightings().min(LOOKS_MAX / 2),
            ..Bin::unknown(stay.began_at, stay.place)
        };
        Self { known: stays.iter().filter(is_bin).take(BINS_MAX).map(bin).collect() }
    }

    /// Takes in what one look showed.
    pub(super) fn look(&mut self, at: Timestamp, detections: &[Detection]) {
        self.known.retain(|bin| at.since(bin.last_at) <= FORGOTTEN_AFTER);
        let is_bin = |d: &&Detection| matches!(d.kind, Kind::Bin | Kind::OverflowingBin);
        for seen in detections.iter().filter(is_bin) {
            let iou = |bin: &Bin| bin.place.iou(&seen.box_in_image);
            let nearest = (0..self.known.len())
                .max_by(|a, b| iou(&self.known[*a]).total_cmp(&iou(&self.known[*b])))
                .filter(|nearest| iou(&self.known[*nearest]) >= SAME_IOU);
            if let Some(nearest) = nearest {
                self.known[nearest].see(at, seen);
            } else {
                self.make_room();
                self.known.push(Bin::first(at, seen));
            }
        }
    }

    /// What is taken for a bin here and there, and hardly twice at one place, goes first.
    fn make_room(&mut self) {
        if self.known.len() < BINS_MAX {
            return;
        }
        let seen = |index: &usize| (self.known[*index].looks(), self.known[*index].last_at);
        if let Some(least) = (0..self.known.len()).min_by_key(seen) {
            self.known.remove(least);
        }
    }

    /// Whether a thing that has stood at the place since `began_at` came to where a bin stood.
    pub(super) fn stood_at(&self, place: &BoxInImage, began_at: Timestamp) -> bool {
        self.known.iter().any(|bin| {
            bin.looks() >= LOOKS_MIN
                && began_at.since(bin.first_at) >= BEFORE
                && is_at_a_bin(place, &bin.place)
        })
    }

    /// Whether the bin at the place is known well, and as one that did not overflow until lately.
    pub(super) fn was_plain_at(&self, place: &BoxInImage) -> bool {
        self.known.iter().any(|bin| {
            let looks = bin.plain + bin.overflowing;
            looks >= HABIT_LOOKS
                && bin.overflowing as f32 <= looks as f32 * PLAIN_SHARE
                && is_at_a_bin(place, &bin.place)
        })
    }

    /// Since when the bin at the place has been taken for an overflowing one alone, however doubtfully.
    pub(super) fn overflowing_since(&self, place: &BoxInImage) -> Option<Timestamp> {
        let here = self.known.iter().filter(|bin| is_at_a_bin(place, &bin.place));
        here.filter_map(|bin| bin.overflowing_since).min()
    }

    /// The street is as it was at the look before.
    pub(super) fn still(&mut self, before: Timestamp, at: Timestamp) {
        let seen_then = self.known.iter_mut().filter(|bin| bin.last_at == before);
        seen_then.for_each(|bin| bin.last_at = at);
    }

    pub(super) fn clear(&mut self) {
        self.known.clear();
    }

    /// The clock was set back by so much.
    pub(super) fn set_back(&mut self, by: Duration) {
        for bin in &mut self.known {
            let now = bin.overflowing_since.as_mut();
            let times = [&mut bin.first_at, &mut bin.last_at];
            times.into_iter().chain(now).for_each(|at| *at = *at - by);
        }
    }
}

impl Bin {
    fn first(at: Timestamp, seen: &Detection) -> Self {
        let mut bin = Self::unknown(at, seen.box_in_image);
        bin.count(at, seen);
        bin
    }

    const fn unknown(at: Timestamp, place: BoxInImage) -> Self {
        Self {
            place,
            first_at: at,
            last_at: at,
            plain: 0,
            overflowing: 0,
            overflowing_since: None,
            overflowing_now: 0,
        }
    }

    const fn looks(&self) -> u32 {
        self.plain + self.overflowing + self.overflowing_now
    }

    fn see(&mut self, at: Timestamp, seen: &Detection) {
        // Boxes come best first: another one of the same look is the same bin, seen worse.
        if self.last_at == at {
            return;
        }
        if at.since(self.last_at) > GAP_MAX {
            self.settle();
        }
        self.last_at = at;
        self.place = self.place.toward(&seen.box_in_image, PLACE_SHARE);
        self.count(at, seen);
    }

    /// What it was taken for until now has become what was.
    fn settle(&mut self) {
        self.overflowing_since = None;
        self.overflowing += std::mem::take(&mut self.overflowing_now).min(LOOKS_MAX);
    }

    fn count(&mut self, at: Timestamp, seen: &Detection) {
        if seen.kind == Kind::OverflowingBin {
            self.overflowing_since.get_or_insert(at);
            self.overflowing_now = self.overflowing_now.saturating_add(1);
            return;
        }
        self.settle();
        self.plain += 1;
        if self.plain + self.overflowing >= LOOKS_MAX {
            self.plain /= 2;
            self.overflowing /= 2;
        }
    }
}

fn is_at_a_bin(place: &BoxInImage, bin: &BoxInImage) -> bool {
    let holds = bin.covered_by(place) >= BIN_INSIDE && bin.area() >= place.area() * BIN_SIZE;
    holds || bin.iou(place) >= AT_A_BIN_IOU
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1000;

    fn at(secs: usize) -> Timestamp {
        Timestamp::from_secs(START + secs as i64)
    }

    fn here() -> BoxInImage {
        BoxInImage::clipped(0.3, 0.5, 0.4, 0.7)
    }

    /// A look a second: `b` a bin, `o` one that overflows, anything else nothing.
    fn after(script: &str) -> Bins {
        let mut bins = Bins::default();
        for (secs, letter) in script.chars().enumerate() {
            let kind = match letter {
                'b' => Some(Kind::Bin),
                'o' => Some(Kind::OverflowingBin),
                _ => None,
            };
            let seen = kind.map(|kind| Detection { kind, score: 0.3, box_in_image: here() });
            bins.look(at(secs), seen.as_slice());
        }
        bins
    }

    #[test]
    fn a_bin_stood_where_one_was_made_out_often_and_long_enough_before() {
        for (script, expected) in [("b.b..b", true), ("b.b...", false), (".....bbb", false)] {
            let bins = after(script);
            assert_eq!(bins.stood_at(&here(), at(script.len())), expected, "{script}");
        }
    }

    #[test]
    fn a_thing_came_to_a_bin_if_it_holds_it_and_is_not_much_larger() {
        let bins = after("bbbbbb");
        for (thing, expected) in [
            ([0.28, 0.4, 0.45, 0.72], true),
            ([0.2, 0.2, 0.6, 0.72], false),
            ([0.38, 0.5, 0.48, 0.7], false),
        ] {
            assert_eq!(bins.stood_at(&thing.into(), at(6)), expected, "{thing:?}");
        }
    }

    #[test]
    fn a_bin_is_plain_if_it_hardly_ever_overflowed_until_lately() {
        let cases = [
            ("bbbbbbbb", true),
            ("bbbbbbb", false),
            ("bbbbobbbbbbb", true),
            ("bbbboboobbbb", false),
            ("bbbbbbbbbbooooooooooo", true),
        ];
        for (script, expected) in cases {
            assert_eq!(after(script).was_plain_at(&here()), expected, "{script}");
        }
    }

    #[test]
    fn a_bin_that_was_emptied_is_plain_again() {
        let overflowed = "o".repeat(60);
        assert!(!after(&(overflowed.clone() + &"b".repeat(30))).was_plain_at(&here()));
        assert!(after(&(overflowed + &"b".repeat(250))).was_plain_at(&here()));
    }

    #[test]
    fn it_overflows_since_it_was_last_seen_not_to() {
        let since = |script: &str| after(script).overflowing_since(&here());
        assert_eq!(since("bbbo.ob.o.o"), Some(at(8)));
        assert_eq!(since("bbboob"), None);
        assert_eq!(since("bbbo............oo"), Some(at(16)), "nobody knows what it was meanwhile");
    }

    #[test]
    fn a_bin_is_forgotten_when_it_has_long_not_been_seen_though_the_street_changed() {
        let late = Timestamp::from_secs(START + 5) + FORGOTTEN_AFTER + Duration::from_secs(1);
        let (mut looked_at, mut still) = (after("bbbbbb"), after("bbbbbb"));
        looked_at.look(late, &[]);
        still.still(at(5), late);
        still.look(late, &[]);
        assert!(!looked_at.stood_at(&here(), late));
        assert!(still.stood_at(&here(), late));
    }

    #[test]
    fn times_go_with_a_clock_that_is_set_back() {
        let mut bins = after("bbbbbo");
        bins.set_back(Duration::from_secs(100));
        let then = Timestamp::from_secs(START + 5 - 100);
        assert_eq!(bins.overflowing_since(&here()), Some(then));
        assert!(bins.stood_at(&here(), then));
        assert!(!bins.stood_at(&here(), Timestamp::from_secs(START + 4 - 100)));
    }

    #[test]
    fn a_bin_is_kept_though_many_things_are_taken_for_one_once() {
        let mut bins = after("bbbbbb");
        for number in 0..200_u8 {
            let (x, y) = (f32::from(number % 20) * 0.05, 0.75 + f32::from(number / 20) * 0.02);
            let place = BoxInImage::clipped(x, y, x + 0.04, y + 0.015);
            let seen = Detection { kind: Kind::Bin, score: 0.9, box_in_image: place };
            bins.look(at(6 + usize::from(number)), &[seen]);
        }
        assert_eq!(bins.known.len(), BINS_MAX);
        assert!(bins.stood_at(&here(), at(300)));
    }
}
