//! Pictures of the looks before: when did a thing come that the detector saw late, and was it always there?
//!
//! The newest are kept as they came. Of those before, half as wide and high, so many are
//! kept that every two of them span four times the age: a minute ago, an hour ago. A
//! shop front that a detector takes for a stall only when the light has turned is then
//! known to have been there before. 400 cameras hold 24 MB more for it at 4:3, 17 MB at 16:9.

use std::collections::VecDeque;
use std::time::Duration;

use crate::geometry::BoxInImage;
use crate::time::Timestamp;

use super::Looks;
use super::SmallPicture;

/// The newest, as they came.
const NEAR_MAX: usize = 8;
/// The older ones. With the spacing below they reach back an hour at least.
const FAR_MAX: usize = 8;
/// Two of the older ones are this far apart at least.
const FAR_GAP: Duration = Duration::from_secs(30);
/// The ages of those on both sides of a picture that is not needed differ by less than so many times.
const SPAN: u32 = 4;
/// A past look must resemble a vehicle this much to have shown it.
const LIKENESS: f32 = 0.8;
/// And a stall or heap this much: before a shop front that has much of its own to be
/// seen, what is put there changes less, and what has always been there is no matter.
const FIXTURE_LIKENESS: f32 = 0.9;
/// What a picture of so long ago shows has always been there, as far as anyone can say.
const LONG_AGO: Duration = Duration::from_secs(3600);

/// What is looked for in the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    /// It comes and goes by itself.
    Mobile,
    /// A stall or a heap.
    Fixture,
}

/// Since the camera's first look, or since it showed another street.
#[derive(Debug, Default)]
pub(super) struct Past {
    near: VecDeque<(Timestamp, SmallPicture)>,
    /// Oldest first.
    far: Vec<(Timestamp, SmallPicture)>,
    first_at: Option<Timestamp>,
}

impl Past {
    /// When the first look was.
    pub(super) const fn first_at(&self) -> Option<Timestamp> {
        self.first_at
    }

    pub(super) fn last(&self) -> Option<&SmallPicture> {
        self.near.back().map(|(_, picture)| picture)
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The clock was set back by so much.
    pub(super) fn set_back(&mut self, by: Duration) {
        self.near.iter_mut().for_each(|(at, _)| *at = *at - by);
        self.far.iter_mut().for_each(|(at, _)| *at = *at - by);
        self.first_at = self.first_at.map(|at| at - by);
    }

    /// A look is taken, before it is known what it shows.
    pub(super) fn look(&mut self, at: Timestamp) {
        self.first_at.get_or_insert(at);
    }

    /// The look is over; its picture is the newest from now on.
    pub(super) fn remember(&mut self, at: Timestamp, picture: &SmallPicture) {
        self.near.push_back((at, picture.clone()));
        if self.near.len() <= NEAR_MAX {
            return;
        }
        let Some((left_at, left)) = self.near.pop_front() else { return };
        if self.far.last().is_none_or(|(last, _)| left_at.since(*last) >= FAR_GAP) {
            self.far.push((left_at, left.halved()));
            self.thin(at);
        }
    }

    /// In which looks before, newest first, the place looked as it does now, without a break.
    pub(super) fn standing(
        &self,
        place: &BoxInImage,
        now: &SmallPicture,
        thing: Thing,
    ) -> impl Iterator<Item = Timestamp> {
        let looks = Looks::of(now, place);
        let least = if thing == Thing::Fixture { FIXTURE_LIKENESS } else { LIKENESS };
        let alike = move |(at, picture): &(Timestamp, SmallPicture)| {
            let then = Looks::of(picture, place)?;
            (looks.as_ref()?.likeness(&then) >= least).then_some(*at)
        };
        self.near.iter().rev().map_while(alike)
    }

    /// Whether the place of a fixture has looked as it does now since the first look, or for as long as
    /// anyone can say: all of it, or what is not behind the persons that are there now.
    pub(super) fn always_showed(
        &self,
        at: Timestamp,
        place: &BoxInImage,
        now: &SmallPicture,
        persons: &[BoxInImage],
    ) -> bool {
        let always = |in_front| self.always_showed_behind(at, place, now, in_front);
        always(&[]) || (!persons.is_empty() && always(persons))
    }

    /// Half of the pictures since may show something else: what passed in front.
    fn always_showed_behind(
        &self,
        at: Timestamp,
        place: &BoxInImage,
        now: &SmallPicture,
        in_front: &[BoxInImage],
    ) -> bool {
        let looks_in = |picture: &SmallPicture| Looks::of_open(picture, place, in_front);
        let (Some(fine), Some(coarse)) = (looks_in(now), looks_in(&now.halved())) else {
            return false;
        };
        let like = |picture: &SmallPicture, looks: &Looks| {
            looks_in(picture).is_some_and(|then| looks.likeness(&then) >= FIXTURE_LIKENESS)
        };
        let far = self.far.iter().map(|(then, picture)| (*then, like(picture, &coarse)));
        let near = self.near.iter().map(|(then, picture)| (*then, like(picture, &fine)));
        let shown: Vec<(Timestamp, bool)> = far.chain(near).collect();
        let old = |then: Timestamp| Some(then) == self.first_at || at.since(then) >= LONG_AGO;
        shown.iter().enumerate().any(|(index, (then, alike))| {
            let since = &shown[index..];
            let agree = since.iter().filter(|(_, alike)| *alike).count();
            *alike && old(*then) && agree * 2 >= since.len()
        })
    }

    fn thin(&mut self, now: Timestamp) {
        let mut index = 1;
        while index + 1 < self.far.len() {
            let (older, newer) = (self.far[index - 1].0, self.far[index + 1].0);
            if now.since(older) <= now.since(newer) * SPAN {
                self.far.remove(index);
            } else {
                index += 1;
            }
        }
        if self.far.len() > FAR_MAX {
            self.far.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLACE: BoxInImage = BoxInImage::WHOLE;

    /// Each seed is a street of its own; noise is other in every picture.
    fn picture(seed: u32, number: u32) -> SmallPicture {
        in_front_of(seed, seed, number)
    }

    /// The third at the left shows another street.
    fn in_front_of(seed: u32, left: u32, number: u32) -> SmallPicture {
        let luma = (0..96 * 54u32).map(|at| {
            let seed = if at % 96 < 32 { left } else { seed };
            let cell = at % 96 / 8 + at / 96 / 6 * 12 + seed * 977;
            let mixed = (cell + 1).wrapping_mul(2_654_435_761);
            let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(2_246_822_519) >> 25;
            let noise = at.wrapping_mul(number * 2 + 7).wrapping_mul(40_503) >> 29;
            (40 + mixed + noise) as u8
        });
        SmallPicture::from_luma(96, luma.collect())
    }

    fn at(secs: u64) -> Timestamp {
        Timestamp::from_secs(1_000) + Duration::from_secs(secs)
    }

    /// What the looks showed, one every so many seconds; the last is the one that asks.
    fn asked(every_s: u64, shown: &[u32]) -> (bool, usize) {
        let mut past = Past::default();
        let (last, before) = shown.split_last().unwrap();
        for (number, seed) in (0..).zip(before) {
            past.look(at(u64::from(number) * every_s));
            past.remember(at(u64::from(number) * every_s), &picture(*seed, number));
        }
        let now = picture(*last, 9_999);
        let always = past.always_showed(at(before.len() as u64 * every_s), &PLACE, &now, &[]);
        (always, past.standing(&PLACE, &now, Thing::Fixture).count())
    }

    #[test]
    fn what_the_first_look_showed_was_always_there() {
        assert_eq!(asked(4, &[1, 1, 1]), (true, 2));
        assert_eq!(asked(4, &[1; 400]), (true, NEAR_MAX));
        assert_eq!(asked(4, &[[1; 200].as_slice(), &[2; 3], &[1; 6]].concat()), (true, 5));
    }

    #[test]
    fn what_came_since_was_not() {
        assert_eq!(asked(4, &[2, 2, 1, 1, 1]), (false, 2));
        assert_eq!(asked(4, &[[2; 300].as_slice(), &[1; 40]].concat()), (false, NEAR_MAX));
    }

    #[test]
    fn what_left_and_came_back_after_long_was_not() {
        let shown = [[1; 20].as_slice(), &[2; 600], &[1; 4]].concat();
        assert_eq!(asked(4, &shown), (false, 3));
    }

    #[test]
    fn what_an_hour_ago_showed_was_always_there_though_the_camera_began_otherwise() {
        let shown = [[2; 30].as_slice(), &[1; 4_000]].concat();
        assert_eq!(asked(4, &shown), (true, NEAR_MAX));
    }

    #[test]
    fn who_stands_before_what_was_always_there_does_not_make_it_new() {
        let mut past = Past::default();
        for number in 0..9 {
            past.look(at(u64::from(number) * 4));
            past.remember(at(u64::from(number) * 4), &picture(1, number));
        }
        let now = in_front_of(1, 2, 99);
        let person = BoxInImage::clipped(0.0, 0.0, 0.36, 1.0);
        assert!(!past.always_showed(at(40), &PLACE, &now, &[]));
        assert!(past.always_showed(at(40), &PLACE, &now, &[person]));
        let crowd = BoxInImage::clipped(0.0, 0.0, 0.6, 1.0);
        assert!(!past.always_showed(at(40), &PLACE, &now, &[crowd]), "too little of it is seen");
    }

    #[test]
    fn a_flat_place_tells_nothing() {
        let flat = SmallPicture::from_luma(96, vec![90; 96 * 54]);
        let mut past = Past::default();
        past.look(at(0));
        past.remember(at(0), &flat);
        assert!(!past.always_showed(at(4), &PLACE, &flat, &[]));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
        #[test]
        fn few_pictures_are_kept_and_the_oldest_is_the_first_or_an_hour_old(
            gaps in prop::collection::vec(1u64..90, 1..1_500), back in 0u64..2_000,
        ) {
            let mut past = Past::default();
            let tiny = SmallPicture::from_luma(4, vec![1; 8]);
            let mut now = 0;
            for gap in gaps {
                now += gap;
                past.look(at(now));
                past.remember(at(now), &tiny);
                prop_assert!(past.near.len() <= NEAR_MAX && past.far.len() <= FAR_MAX);
                let oldest = past.far.first().or(past.near.front()).unwrap().0;
                let old_enough = at(now).since(oldest) >= LONG_AGO;
                prop_assert!(Some(oldest) == past.first_at() || old_enough, "{now}");
                prop_assert!(past.far.is_sorted_by(|a, b| a.0 < b.0));
            }
            let ages = |past: &Past, now: Timestamp| -> Vec<Duration> {
                past.far.iter().chain(&past.near).map(|(at, _)| now.since(*at)).collect()
            };
            let before = ages(&past, at(now));
            let back = Duration::from_secs(back);
            past.set_back(back);
            prop_assert_eq!(before, ages(&past, at(now) - back));
        }
    }
}
