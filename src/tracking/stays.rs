//! The stays of one camera, look by look.
//!
//! A detector blinks, buses pass, and cars in traffic follow each other into
//! the same place. So a stay goes on while its place looks the same, is
//! forgiven while something hides it, and ends only when its place has been
//! seen without it for a while; and a detection that merely takes the place of
//! another, looking different, begins anew.

use std::time::Duration;

use crate::detect::Detection;
use crate::detect::Kind;
use crate::geometry::BoxInImage;
use crate::time::Timestamp;

use super::Family;
use super::SmallPicture;
use super::Stay;
use super::StayId;
use super::StaySettings;
use super::bins::Bins;
use super::heaps;
use super::looks::Luma;
use super::matching;
use super::past::Past;
use super::past::Thing;
use super::stay::ALIKE;
use super::stay::ESTABLISHED_SIGHTINGS;
use super::stay::UNLIKE;
use super::stay::UNLIKE_NEW;
use super::unseen;
use super::unseen::Comer;

/// More than a street holds; bounds a camera's memory against a broken model.
const STAYS_MAX: usize = 256;
/// Stalls and heaps that are first seen so soon after the camera's first picture may have stood there before.
const SETTLING: Duration = Duration::from_secs(5);
/// Pictures come out of order by less than this; by more, the clock was set back, and waiting
/// until it has caught up would leave the camera blind for as long.
const CLOCK_BACK_MAX: Duration = Duration::from_secs(120);
/// Overlap that cars in traffic hardly ever have by chance: noise in the dark and snow make a
/// thing that has just come look otherwise from one look to the next.
const EXACT_IOU: f32 = 0.85;
/// A stall or heap that looks otherwise and overlaps another for so long does not pass it: buses stop
/// before cars, but what is set down there took its place.
const PASSING_MAX: Duration = Duration::from_secs(10);
/// Who stands in front of a thing is a person by this share of what is asked of one: statues and
/// posts, which are themselves the thing that is taken for something, by less.
const PERSON_SHARE: f32 = 0.75;
/// Overlap at which a box stayed put though its looks changed: the light did.
const STEADY_IOU: f32 = 0.7;
/// Overlap at which a heap in a heap's place is the same one: more was thrown on it.
const HEAP_IOU: f32 = 0.4;

/// A thing that was seen at a place in one look and was gone from it in the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mover {
    pub family: Family,
    pub box_in_image: BoxInImage,
}

/// What one look changed.
#[derive(Debug, Default)]
pub struct Sight {
    pub movers: Vec<Mover>,
    pub ended: Vec<Stay>,
}

/// All stays of one camera.
#[derive(Debug)]
pub struct Stays {
    settings: StaySettings,
    standing: Vec<Stay>,
    past: Past,
    bins: Bins,
    looked_at: Option<Timestamp>,
}

impl Stays {
    #[must_use]
    pub fn new(settings: StaySettings) -> Self {
        Self {
            settings,
            standing: Vec::new(),
            past: Past::default(),
            bins: Bins::default(),
            looked_at: None,
        }
    }

    /// Goes on with the stays of an earlier run.
    #[must_use]
    pub fn resume(settings: StaySettings, stays: Vec<Stay>) -> Self {
        let looked_at = stays.iter().map(Stay::seen_at).max();
        let bins = Bins::of(&stays);
        Self { standing: stays, bins, looked_at, ..Self::new(settings) }
    }

    /// Forgives otherwise from now on.
    pub const fn forgive(&mut self, settings: StaySettings) {
        self.settings = settings;
    }

    #[must_use]
    pub fn all(&self) -> &[Stay] {
        &self.standing
    }

    /// The clock was set back by so much: times noted before go with it, so
    /// that what stands there keeps its dwell.
    pub fn set_back(&mut self, by: Duration) {
        self.standing.iter_mut().for_each(|stay| stay.set_back(by));
        self.past.set_back(by);
        self.bins.set_back(by);
        self.looked_at = self.looked_at.map(|at| at - by);
    }

    /// The picture of the last look, in its small form.
    #[must_use]
    pub fn last_picture(&self) -> Option<&SmallPicture> {
        self.past.last()
    }

    /// The street is as it was at the last look: what was seen then is seen
    /// now. That says no more of what it is, so nothing else is counted.
    pub fn still(&mut self, at: Timestamp) {
        let Some(last) = self.looked_at.filter(|last| *last < at) else { return };
        for stay in self.standing.iter_mut().filter(|stay| stay.seen_at == last) {
            if stay.detected_at == last {
                stay.detected_at = at;
            }
            stay.seen_at = at;
        }
        self.bins.still(last, at);
        self.looked_at = Some(at);
    }

    /// Ends every stay: the camera shows another street.
    pub fn forget(&mut self) -> Vec<Stay> {
        self.past.clear();
        self.bins.clear();
        std::mem::take(&mut self.standing)
    }

    /// Takes in one look: the picture itself, and its small form to be kept.
    /// `strong` says from which score on a kind may begin a stay. A look that is not later than
    /// the last one is left out, unless the camera's clock was set back.
    pub fn look(
        &mut self,
        at: Timestamp,
        detections: &[Detection],
        strong: impl Fn(Kind) -> f32,
        picture: &dyn Luma,
        small: &SmallPicture,
    ) -> Sight {
        let mut sight = Sight::default();
        if let Some(last) = self.looked_at.filter(|last| at <= *last) {
            if last.since(at) <= CLOCK_BACK_MAX {
                return sight;
            }
            sight.ended = self.forget();
        }
        sight.ended.extend(self.drop_outdated(at));
        self.past.look(at);
        let assigned = matching::assign(&self.standing, detections);
        let is_person = |d: &&Detection| {
            Family::of(d.kind) == Family::Person && d.score >= strong(d.kind) * PERSON_SHARE
        };
        let persons = detections.iter().filter(is_person);
        let persons: Vec<BoxInImage> = persons.map(|person| person.box_in_image).collect();
        let mut seen = vec![false; self.standing.len()];
        let mut fresh = Vec::new();
        for (detection, stay) in detections.iter().zip(assigned.iter().copied()) {
            let is_strong = detection.score >= strong(detection.kind);
            let taken = stay.is_some_and(|index| {
                let stay = &mut self.standing[index];
                seen[index] = if unseen::is_partly_hidden(stay, detection, detections) {
                    stay.see_part(at);
                    true
                } else {
                    take_in(stay, at, detection, &persons, picture)
                };
                stay.strong_sightings += u32::from(seen[index] && is_strong);
                stay.sure_from = strong(stay.thing());
                seen[index]
            });
            if !taken && is_strong {
                fresh.push((*detection, stay));
            }
        }
        let comer = |(seen, stay): (_, Option<usize>)| {
            let stay = stay.map(|index| &self.standing[index]);
            let (came, sightings) = stay.map_or((at, 1), |stay| (stay.began_at, stay.sightings()));
            Comer { seen, came, sightings }
        };
        let comers: Vec<Comer<'_>> = detections.iter().zip(assigned).map(comer).collect();
        let mut replaced: Vec<usize> = fresh.iter().filter_map(|(_, stay)| *stay).collect();
        for (index, stay) in self.standing.iter_mut().enumerate().filter(|(at, _)| !seen[*at]) {
            if unseen::judge(stay, at, &comers, picture, &self.settings) {
                replaced.push(index);
            }
        }
        self.replace_and_end(at, &mut sight, &replaced);
        for (detection, _) in &fresh {
            self.begin(at, detection, strong(detection.kind), &persons, picture, small);
        }
        sight.ended.extend(heaps::join(&mut self.standing, at));
        self.bins.look(at, detections);
        self.remember(at, small);
        sight
    }

    /// A case speaks of this stay from now on.
    pub fn tell(&mut self, id: StayId, at: Timestamp) {
        if let Some(stay) = self.standing.iter_mut().find(|stay| stay.id == id) {
            stay.told_at.get_or_insert(at);
        }
    }

    /// Ends what has been away too long to be spoken of: after an outage, which
    /// leaves nobody knowing since when anything stands. The camera begins anew.
    fn drop_outdated(&mut self, at: Timestamp) -> Vec<Stay> {
        let offline_max = self.settings.offline_max;
        if self.looked_at.is_some_and(|last| at.since(last) > offline_max) {
            self.past.clear();
        }
        let outdated = |stay: &mut Stay| at.since(stay.seen_at) > offline_max;
        self.standing.extract_if(.., outdated).collect()
    }

    /// Ends the stays that a different thing has taken the place of, and those
    /// that have been away for too long.
    fn replace_and_end(&mut self, at: Timestamp, sight: &mut Sight, replaced: &[usize]) {
        let settings = self.settings;
        let mut index = 0;
        let ends = |stay: &mut Stay| {
            let is_replaced = replaced.contains(&index);
            index += 1;
            let past = |since: Option<Timestamp>, max: Duration| {
                since.is_some_and(|since| at.since(since) >= max)
            };
            // Seen once and gone from sight: it passed, and so did what hides its place now.
            let passed = stay.sightings() == 1
                && (stay.absent_since.is_some() || stay.hidden_since.is_some());
            is_replaced
                || passed
                || past(stay.absent_since, settings.absence_max)
                || past(stay.hidden_since, unseen::hidden_max(stay, &settings))
        };
        for stay in self.standing.extract_if(.., ends) {
            if stay.sightings() > 1 {
                sight.ended.push(stay);
            } else {
                sight.movers.push(Mover { family: stay.family, box_in_image: stay.place });
            }
        }
    }

    fn begin(
        &mut self,
        at: Timestamp,
        first: &Detection,
        sure_from: f32,
        persons: &[BoxInImage],
        picture: &dyn Luma,
        small: &SmallPicture,
    ) {
        let family = Family::of(first.kind);
        if family == Family::Person || self.standing.len() >= STAYS_MAX {
            return;
        }
        // What is driven comes to stand where another was that is not seen any more.
        let seen_twice = |stay: &&mut Stay| {
            stay.family == family
                && matching::is_nested(&first.box_in_image, &stay.place)
                && (family.is_fixture() || stay.detected_at == at)
        };
        if let Some(same) = self.standing.iter_mut().find(seen_twice) {
            let is_larger = first.box_in_image.area() > same.place.area();
            let is_surer = first.score > same.mean_score();
            let whole = same.thing() == Kind::Umbrella || (is_larger && is_surer);
            if first.kind == Kind::Stall && whole {
                same.grow_into(first, picture);
            } else if family == Family::Garbage && is_larger && same.detected_at < at {
                same.pile_up(at, first, picture);
            }
            return;
        }
        let mut id = StayId(at.as_micros());
        while self.standing.iter().any(|stay| stay.id == id) {
            id.0 += 1;
        }
        let mut stay = Stay::begin(id, at, first, sure_from, picture);
        // That the place looked the same says nothing of what had changed before: the bin
        // was there, and so was what makes it overflow only in part.
        let (place, fixture) = (stay.place, family.is_fixture());
        let mut always = false;
        if family == Family::Overflow {
            stay.was_plain = self.bins.was_plain_at(&place);
            self.bins.overflowing_since(&place).into_iter().for_each(|then| stay.backdate(then));
        } else {
            // The detector may have seen it late.
            let thing = if fixture { Thing::Fixture } else { Thing::Mobile };
            self.past.standing(&place, small, thing).for_each(|then| stay.backdate(then));
            // Vehicles of a jam resemble each other for an hour.
            always = fixture && self.past.always_showed(at, &place, small, persons);
        }
        // A detector may miss in its first looks what has always stood there.
        let settling = self.past.first_at().is_none_or(|first| at.since(first) <= SETTLING);
        stay.since_start = always || (fixture && settling);
        stay.since_start |= Some(stay.began_at) == self.past.first_at();
        stay.at_a_bin = self.bins.stood_at(&stay.place, stay.began_at);
        self.standing.push(stay);
    }

    fn remember(&mut self, at: Timestamp, picture: &SmallPicture) {
        self.looked_at = Some(at);
        self.past.remember(at, picture);
    }
}

/// Lets the stay have the detection at its place; false if it must be a different thing.
fn take_in(
    stay: &mut Stay,
    at: Timestamp,
    detection: &Detection,
    persons: &[BoxInImage],
    picture: &dyn Luma,
) -> bool {
    // Traffic goes where it was seen once; a heap that somebody bends over is the same heap.
    let fixture = stay.family.is_fixture();
    let established = fixture || stay.sightings() >= ESTABLISHED_SIGHTINGS;
    let overlap = stay.place.iou(&detection.box_in_image);
    let (steady, exact) = (overlap >= STEADY_IOU, overlap >= EXACT_IOU);
    let unlike_below = if established || exact { UNLIKE } else { UNLIKE_NEW };
    let likeness = stay.likeness(picture).unwrap_or(1.0);
    if likeness < unlike_below {
        if stay.family == Family::Garbage && !stay.since_start && overlap >= HEAP_IOU {
            stay.refresh_looks(picture);
            stay.see(at, detection, picture);
            return true;
        }
        // What has always been there is no matter; what is put in its place may be one. Who stands
        // before it only makes it look otherwise.
        let always = fixture && stay.since_start;
        if always && persons.iter().any(|person| unseen::is_hidden_by(stay, person)) {
            stay.hidden_since.get_or_insert(at);
            return true;
        }
        if !established || stay.absent_since.is_some() || always {
            return false;
        }
        if !steady {
            // Something like it passes in front; if it stays, the old one runs out.
            let since = *stay.hidden_since.get_or_insert(at);
            let brief = stay.sightings() < ESTABLISHED_SIGHTINGS || at.since(since) >= PASSING_MAX;
            return !(fixture && brief);
        }
        stay.refresh_looks(picture);
    } else if stay.family == Family::Vehicle && established && !steady && likeness < ALIKE {
        // Not quite like it and not quite there: in slow traffic one car follows
        // another into the same place, at night as dark as the one before.
        if stay.absent_since.is_some() {
            return false;
        }
        if stay.hidden_since.is_some() {
            return true;
        }
        stay.doubts = stay.doubts.saturating_add(1);
    }
    stay.see(at, detection, picture);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROAD: usize = 64;

    /// A street of noise with things drawn into it, each its own texture.
    fn picture(things: &[(BoxInImage, u32)]) -> SmallPicture {
        let texture = |x: f32, y: f32, seed: u32| {
            let cell = (x * 24.0 + 64.0) as u32 + (y * 20.0 + 64.0) as u32 * 131;
            (cell.wrapping_mul(seed.wrapping_mul(40_503) | 1).wrapping_mul(2_654_435_761) >> 24)
                as u8
        };
        let luma = (0..ROAD * 36).map(|at| {
            let (x, y) = ((at % ROAD) as f32 / ROAD as f32, (at / ROAD) as f32 / 36.0);
            let inside =
                |b: &BoxInImage| (b.x0()..b.x1()).contains(&x) && (b.y0()..b.y1()).contains(&y);
            let front = things.iter().rev().find(|(b, _)| inside(b));
            let road = texture(x, y, 3) / 4 + 90;
            front.map_or(road, |(b, seed)| texture(x - b.x0(), y - b.y0(), *seed))
        });
        SmallPicture::from_luma(ROAD, luma.collect())
    }

    fn place(x: f32) -> BoxInImage {
        BoxInImage::clipped(x, 0.5, x + 0.25, 0.8)
    }

    fn car(x: f32, score: f32) -> Detection {
        Detection { kind: Kind::Car, score, box_in_image: place(x) }
    }

    struct Street {
        stays: Stays,
        secs: i64,
    }

    impl Street {
        fn new() -> Self {
            Self { stays: Stays::new(StaySettings::default()), secs: 1000 }
        }

        /// One look, two seconds after the last.
        fn look(&mut self, detections: &[Detection], things: &[(BoxInImage, u32)]) -> Sight {
            self.secs += 2;
            let at = Timestamp::from_secs(self.secs);
            let picture = picture(things);
            self.stays.look(at, detections, |_| 0.4, &picture, &picture)
        }

        fn dwell_s(&self) -> Vec<u64> {
            self.stays.all().iter().map(|stay| stay.dwell().as_secs()).collect()
        }
    }

    #[test]
    fn a_parked_car_is_one_stay_through_flicker_and_weak_scores() {
        let mut street = Street::new();
        street.look(&[], &[]);
        let scene = [(place(0.3), 11)];
        for score in [0.6, 0.2, 0.0, 0.0, 0.5, 0.0, 0.15] {
            let seen = car(0.31, score);
            street.look(if score > 0.0 { std::slice::from_ref(&seen) } else { &[] }, &scene);
        }
        assert_eq!(street.dwell_s(), [12]);
        assert!(!street.stays.all()[0].since_start());
    }

    #[test]
    fn what_stood_there_at_the_first_look_is_marked_so() {
        let mut street = Street::new();
        let scene = [(place(0.3), 11)];
        street.look(&[], &scene);
        street.look(&[car(0.3, 0.6)], &scene);
        assert!(street.stays.all()[0].since_start());
        assert_eq!(street.dwell_s(), [2], "seen late, but the first picture shows it");
    }

    #[test]
    fn a_bus_in_front_hides_a_car_and_does_not_end_its_stay() {
        let mut street = Street::new();
        let parked = (place(0.3), 11);
        for _ in 0..4 {
            street.look(&[car(0.3, 0.6)], &[parked]);
        }
        let bus = BoxInImage::clipped(0.2, 0.3, 0.9, 0.95);
        let passing = Detection { kind: Kind::Bus, score: 0.9, box_in_image: bus };
        for _ in 0..10 {
            street.look(&[passing], &[parked, (bus, 23)]);
        }
        street.look(&[car(0.3, 0.6)], &[parked]);
        let car = street.stays.all().iter().find(|stay| stay.thing() == Kind::Car).unwrap();
        assert_eq!(car.dwell().as_secs(), 28);
    }

    /// A car had parked for two seconds when a bus stopped before it for thirteen.
    #[test]
    fn a_car_that_was_seen_three_times_is_remembered_behind_a_bus() {
        let mut street = Street::new();
        street.look(&[], &[]);
        let parked = (place(0.3), 11);
        for _ in 0..3 {
            street.look(&[car(0.3, 0.6)], &[parked]);
        }
        let bus = BoxInImage::clipped(0.2, 0.3, 0.9, 0.95);
        let stops = Detection { kind: Kind::Bus, score: 0.9, box_in_image: bus };
        for _ in 0..9 {
            street.look(&[stops], &[parked, (bus, 23)]);
        }
        street.look(&[car(0.3, 0.6)], &[parked]);
        let car = street.stays.all().iter().find(|stay| stay.thing() == Kind::Car).unwrap();
        assert_eq!(car.dwell().as_secs(), 24);
    }

    /// Parcels had always stood there and looked a little like garbage; the heap that was thrown
    /// before them was taken for the same one, and for nothing new.
    #[test]
    fn a_heap_before_what_was_always_there_is_a_heap_of_its_own() {
        let mut street = Street::new();
        let garbage =
            |score, b: [f32; 4]| Detection { kind: Kind::Garbage, score, box_in_image: b.into() };
        let parcels = garbage(0.45, [0.04, 0.24, 0.17, 0.40]);
        let drawn = (parcels.box_in_image, 11);
        for _ in 0..4 {
            street.look(&[parcels], &[drawn]);
        }
        let heap = garbage(0.7, [0.10, 0.22, 0.18, 0.30]);
        street.look(&[parcels, heap], &[drawn, (heap.box_in_image, 23)]);
        let heap = garbage(0.7, [0.09, 0.24, 0.165, 0.30]);
        for _ in 0..6 {
            street.look(&[heap], &[drawn, (heap.box_in_image, 23)]);
        }
        let new: Vec<_> = street.stays.all().iter().filter(|stay| !stay.since_start()).collect();
        assert_eq!(new.len(), 1);
        assert!(new[0].is_sure(), "{:?}", new[0]);
    }

    /// Somebody who threw bags bent over parcels that had always stood there; they were told as a heap.
    #[test]
    fn what_was_always_there_is_not_new_when_somebody_has_stood_before_it() {
        let mut street = Street::new();
        let parcels = Detection { kind: Kind::Garbage, ..car(0.3, 0.7) };
        let drawn = (parcels.box_in_image, 11);
        for _ in 0..4 {
            street.look(&[parcels], &[drawn]);
        }
        let person = BoxInImage::clipped(0.38, 0.3, 0.6, 0.9);
        let bends = Detection { kind: Kind::Person, score: 0.8, box_in_image: person };
        street.look(&[parcels, bends], &[drawn, (person, 23)]);
        street.look(&[parcels], &[drawn]);
        let stays = street.stays.all();
        assert!(stays.len() == 1 && stays[0].since_start(), "{stays:?}");
        // Without anybody there it has been put in the other's place.
        street.look(&[parcels], &[(place(0.3), 29)]);
        assert!(!street.stays.all()[0].since_start());
    }

    #[test]
    fn a_bus_that_has_left_is_not_hidden_by_a_car_that_it_stood_behind() {
        let mut street = Street::new();
        let bus = BoxInImage::clipped(0.38, 0.4, 0.7, 0.7);
        let seen = Detection { kind: Kind::Bus, score: 0.8, box_in_image: bus };
        for _ in 0..5 {
            street.look(&[car(0.3, 0.8)], &[(place(0.3), 11)]);
        }
        for _ in 0..5 {
            street.look(&[car(0.3, 0.8), seen], &[(bus, 17), (place(0.3), 11)]);
        }
        assert_eq!(street.stays.all().len(), 2);
        for _ in 0..7 {
            street.look(&[car(0.3, 0.8)], &[(place(0.3), 11)]);
        }
        assert_eq!(street.dwell_s(), [32], "the bus is gone, the car is not");
    }

    /// A lorry stopped where the car had stood, then a car like the first; both cars were one.
    #[test]
    fn a_vehicle_on_the_ground_of_another_does_not_hide_it_but_ends_it() {
        let mut street = Street::new();
        street.look(&[], &[]);
        for _ in 0..4 {
            street.look(&[car(0.3, 0.8)], &[(place(0.3), 11)]);
        }
        let lorry = BoxInImage::clipped(0.22, 0.28, 0.62, 0.81);
        let stops = Detection { kind: Kind::Truck, score: 0.9, box_in_image: lorry };
        for _ in 0..3 {
            street.look(&[stops], &[(lorry, 23)]);
        }
        street.look(&[car(0.3, 0.8)], &[(place(0.3), 11)]);
        let car = street.stays.all().iter().find(|stay| stay.thing() == Kind::Car).unwrap();
        assert_eq!(car.dwell().as_secs(), 0);
    }

    /// Behind a van a third of the car can be seen, down to its wheels, and in the van's shade.
    #[test]
    fn what_can_be_seen_of_a_car_beside_a_van_does_not_end_it() {
        let mut street = Street::new();
        street.look(&[], &[]);
        for _ in 0..4 {
            street.look(&[car(0.3, 0.8)], &[(place(0.3), 11)]);
        }
        let van = BoxInImage::clipped(0.38, 0.3, 0.8, 0.95);
        let stops = Detection { kind: Kind::Truck, score: 0.9, box_in_image: van };
        let shaded = (BoxInImage::clipped(0.3, 0.5, 0.38, 0.8), 29);
        let rest = Detection { kind: Kind::Car, score: 0.6, box_in_image: shaded.0 };
        for _ in 0..5 {
            street.look(&[stops, rest], &[(place(0.3), 11), shaded, (van, 23)]);
        }
        street.look(&[car(0.3, 0.8)], &[(place(0.3), 11)]);
        assert!(street.dwell_s().contains(&18), "{:?}", street.dwell_s());
    }

    #[test]
    fn what_was_seen_for_a_moment_is_not_hidden_for_long() {
        // A stall on wheels comes slowly and stops a little further on, before the place where
        // it was seen coming; when it goes, it is seen there again.
        let mut street = Street::new();
        for _ in 0..2 {
            street.look(&[car(0.3, 0.8)], &[(place(0.3), 11)]);
        }
        let set_up = BoxInImage::clipped(0.4, 0.45, 0.8, 0.9);
        let stall = Detection { kind: Kind::Stall, score: 0.9, box_in_image: set_up };
        for _ in 0..10 {
            street.look(&[stall], &[(set_up, 23)]);
        }
        street.look(&[car(0.3, 0.8)], &[(place(0.3), 11)]);
        let car = street.stays.all().iter().find(|stay| stay.thing() == Kind::Car).unwrap();
        assert_eq!(car.dwell().as_secs(), 0);
    }

    #[test]
    fn a_car_half_hidden_keeps_its_place_and_its_looks() {
        let mut street = Street::new();
        let parked = (place(0.3), 11);
        for _ in 0..5 {
            street.look(&[car(0.3, 0.8)], &[parked]);
        }
        for step in 0..8 {
            let edge = 0.48 - step as f32 * 0.01;
            let bus = BoxInImage::clipped(edge, 0.3, 0.95, 0.95);
            let before_it = Detection { kind: Kind::Bus, score: 0.9, box_in_image: bus };
            let rest = BoxInImage::clipped(0.3, 0.5, edge, 0.8);
            let part = Detection { kind: Kind::Car, score: 0.6, box_in_image: rest };
            street.look(&[part, before_it], &[parked, (bus, 23)]);
        }
        street.look(&[car(0.3, 0.8)], &[parked]);
        let car = street.stays.all().iter().find(|stay| stay.thing() == Kind::Car).unwrap();
        assert_eq!((car.dwell().as_secs(), car.place().iou(&place(0.3)) > 0.9), (26, true));
        assert!(car.is_sure());
    }

    /// A stall is made out whole and by its parts at once, from its arrival on.
    #[test]
    fn a_stall_that_is_pushed_to_its_place_stands_there_and_not_where_it_came_from() {
        let stall = |b: BoxInImage| Detection { kind: Kind::Stall, score: 0.8, box_in_image: b };
        let mut street = Street::new();
        for _ in 0..4 {
            street.look(&[], &[]);
        }
        let on_its_way = BoxInImage::clipped(0.30, 0.46, 0.52, 0.80);
        for _ in 0..3 {
            street.look(&[stall(on_its_way)], &[(on_its_way, 11)]);
        }
        let set_up = BoxInImage::clipped(0.36, 0.45, 0.53, 0.73);
        let table = Detection { score: 0.3, ..stall(BoxInImage::clipped(0.40, 0.55, 0.52, 0.73)) };
        for _ in 0..15 {
            street.look(&[stall(set_up), table], &[(set_up, 11)]);
        }
        let found = street.stays.all().iter().map(|stay| stay.place().iou(&set_up));
        assert!(found.fold(0.0, f32::max) > 0.85, "{:?}", street.stays.all());
    }

    #[test]
    fn cars_in_traffic_that_pass_one_place_are_no_stay() {
        let mut street = Street::new();
        for seed in 0..12 {
            street.look(&[car(0.3, 0.8)], &[(place(0.3), 11 + seed * 2)]);
            assert!(street.dwell_s().iter().all(|dwell| *dwell <= 2), "{:?}", street.dwell_s());
        }
    }

    /// Noise in the dark makes a place look half otherwise in every look; the car began anew with each.
    #[test]
    fn a_car_that_has_just_come_stands_through_noise_if_its_box_does() {
        let mut street = Street::new();
        let noisy = BoxInImage::clipped(0.45, 0.5, 0.55, 0.8);
        for seed in 20..28 {
            street.look(&[car(0.3, 0.8)], &[(place(0.3), 11), (noisy, seed)]);
        }
        assert_eq!(street.dwell_s(), [14]);
    }

    #[test]
    fn a_car_stands_where_a_bus_stood_that_is_not_seen_any_more() {
        let mut street = Street::new();
        let bus = BoxInImage::clipped(0.25, 0.3, 0.7, 0.85);
        let seen = Detection { kind: Kind::Bus, score: 0.8, box_in_image: bus };
        for _ in 0..5 {
            street.look(&[seen], &[(bus, 17)]);
        }
        for _ in 0..5 {
            street.look(&[car(0.3, 0.8)], &[(place(0.3), 11)]);
        }
        let stays = street.stays.all();
        assert!(stays.iter().any(|stay| stay.thing() == Kind::Car && stay.dwell().as_secs() == 8));
    }

    #[test]
    fn a_car_seen_once_and_hidden_by_the_next_has_passed() {
        // On a motorway the cars behind hid the place of a silver one until another silver one
        // came by, and both were one car that had stood for seconds.
        let mut street = Street::new();
        let truck = BoxInImage::clipped(0.2, 0.3, 0.9, 0.95);
        let passing = Detection { kind: Kind::Truck, score: 0.9, box_in_image: truck };
        street.look(&[car(0.3, 0.8)], &[(place(0.3), 11)]);
        let sight = street.look(&[passing], &[(truck, 23)]);
        assert_eq!(sight.movers.len(), 1);
        street.look(&[car(0.3, 0.8)], &[(place(0.3), 11)]);
        assert!(street.dwell_s().iter().all(|dwell| *dwell == 0), "{:?}", street.dwell_s());
    }

    #[test]
    fn what_scored_well_only_once_is_never_sure() {
        let mut street = Street::new();
        let scene = [(place(0.3), 11)];
        street.look(&[car(0.3, 0.6)], &scene);
        for _ in 0..30 {
            street.look(&[car(0.3, 0.395)], &scene);
        }
        assert!(!street.stays.all()[0].is_sure());
        street.look(&[car(0.3, 0.5)], &scene);
        assert!(street.stays.all()[0].is_sure());
    }

    #[test]
    fn two_pictures_are_not_enough_to_be_sure_unless_an_earlier_one_shows_it_too() {
        let mut street = Street::new();
        let scene = [(place(0.3), 11)];
        street.look(&[car(0.3, 0.6)], &scene);
        street.look(&[car(0.3, 0.6)], &scene);
        assert!(!street.stays.all()[0].is_sure());
        let mut street = Street::new();
        street.look(&[], &scene);
        street.look(&[car(0.3, 0.6)], &scene);
        street.look(&[car(0.3, 0.6)], &scene);
        assert!(street.stays.all()[0].is_sure());
    }

    #[test]
    fn what_looks_a_little_like_a_thing_in_every_look_is_never_sure() {
        for kind in [Kind::Stall, Kind::Garbage, Kind::Car, Kind::Tricycle] {
            let fixture = Family::of(kind).is_fixture();
            // The mean of all is asked to be 0.4, of fixtures nine tenths of that.
            for (doubtful, sure) in [(0.25, false), (0.33, fixture), (0.38, true)] {
                let mut street = Street::new();
                for score in [0.62, 0.5, doubtful, doubtful, doubtful, doubtful, doubtful] {
                    let seen = Detection { kind, ..car(0.3, score) };
                    street.look(&[seen], &[(place(0.3), 11)]);
                }
                assert_eq!(street.stays.all()[0].is_sure(), sure, "{kind:?} {doubtful}");
            }
        }
    }

    #[test]
    fn a_heap_that_no_look_sees_well_is_never_sure() {
        for (kind, sure) in [(Kind::Garbage, false), (Kind::Stall, true), (Kind::Car, true)] {
            let mut street = Street::new();
            for _ in 0..10 {
                street.look(&[Detection { kind, ..car(0.3, 0.5) }], &[(place(0.3), 11)]);
            }
            assert_eq!(street.stays.all()[0].is_sure(), sure, "{kind:?}");
            street.look(&[Detection { kind, ..car(0.3, 0.65) }], &[(place(0.3), 11)]);
            assert!(street.stays.all()[0].is_sure(), "{kind:?}");
        }
    }

    #[test]
    fn a_heap_that_grows_is_one_heap_from_its_beginning() {
        let mut street = Street::new();
        street.look(&[], &[]);
        let first = BoxInImage::clipped(0.35, 0.6, 0.47, 0.75);
        let seen = |b: BoxInImage| Detection { kind: Kind::Garbage, score: 0.7, box_in_image: b };
        for _ in 0..5 {
            street.look(&[seen(first)], &[(first, 11)]);
        }
        let grown = BoxInImage::clipped(0.3, 0.55, 0.55, 0.8);
        for _ in 0..5 {
            street.look(&[seen(grown)], &[(grown, 17)]);
        }
        assert_eq!(street.dwell_s(), [18]);
        assert!(street.stays.all()[0].place().iou(&grown) > 0.9);
    }

    /// Who bends over a heap hides a part of it, and is taken for one at first.
    #[test]
    fn a_heap_that_is_lost_from_sight_while_more_is_thrown_on_it_is_one_heap() {
        let mut street = Street::new();
        (0..4).for_each(|_| _ = street.look(&[], &[]));
        let heap = |x: f32| BoxInImage::clipped(x, 0.6, x + 0.14, 0.75);
        let seen = |b: BoxInImage| Detection { kind: Kind::Garbage, score: 0.7, box_in_image: b };
        for _ in 0..5 {
            street.look(&[seen(heap(0.33))], &[(heap(0.33), 11)]);
        }
        street.look(&[], &[(heap(0.36), 17)]);
        for _ in 0..4 {
            street.look(&[seen(heap(0.36))], &[(heap(0.36), 17)]);
        }
        assert_eq!(street.dwell_s(), [18]);
    }

    #[test]
    fn what_looks_a_little_like_a_person_hides_nothing_of_a_heap() {
        let heap = BoxInImage::clipped(0.3, 0.6, 0.45, 0.75);
        let with_person = BoxInImage::clipped(0.3, 0.5, 0.48, 0.77);
        let seen = |b: BoxInImage| Detection { kind: Kind::Garbage, score: 0.8, box_in_image: b };
        for (score, expected) in [(0.25, heap), (0.6, with_person)] {
            let mut street = Street::new();
            let body = BoxInImage::clipped(0.38, 0.5, 0.46, 0.77);
            let person = Detection { kind: Kind::Person, score, box_in_image: body };
            for b in [[with_person; 3].as_slice(), &[heap; 12]].concat() {
                street.look(&[seen(b), person], &[(with_person, 11)]);
            }
            let place = street.stays.all()[0].place();
            assert!(place.iou(&expected) > 0.75, "a person by {score}: {place:?}");
        }
    }

    /// Who threw more on it was taken for a part of it, and the heap alone for a second one.
    #[test]
    fn a_heap_that_gets_a_second_box_is_one_heap_from_its_beginning() {
        let mut street = Street::new();
        street.look(&[], &[]);
        let heap = |x: f32| BoxInImage::clipped(x, 0.6, x + 0.14, 0.75);
        let seen = |b: BoxInImage| Detection { kind: Kind::Garbage, score: 0.7, box_in_image: b };
        let with_person = BoxInImage::clipped(0.3, 0.45, 0.55, 0.8);
        let boxes =
            [vec![heap(0.33); 5], vec![with_person], vec![heap(0.26); 2], vec![heap(0.29); 4]];
        for b in boxes.concat() {
            street.look(&[seen(b)], &[(BoxInImage::clipped(0.26, 0.6, 0.47, 0.75), 11)]);
        }
        assert_eq!(street.dwell_s(), [22]);
        assert!(street.stays.all()[0].place().iou(&heap(0.29)) > 0.7);
    }

    /// The second box had been told when the first was found to be the same heap: it vanished without
    /// being cleared, and the heap was told again.
    #[test]
    fn of_two_boxes_of_a_heap_the_one_that_a_case_speaks_of_remains() {
        let heap = |x0: f32, x1: f32| BoxInImage::clipped(x0, 0.6, x1, 0.75);
        let seen = |b: BoxInImage| Detection { kind: Kind::Garbage, score: 0.7, box_in_image: b };
        let drawn = [(heap(0.3, 0.56), 11)];
        for told in [false, true] {
            let mut street = Street::new();
            (0..4).for_each(|_| _ = street.look(&[], &[]));
            for right in [vec![0.42; 3], vec![0.36; 8]].concat() {
                street.look(&[seen(heap(0.3, 0.44)), seen(heap(right, 0.56))], &drawn);
            }
            let [first, second] = street.stays.all() else { panic!("two boxes") };
            let (first, second) = (first.id(), second.id());
            if told {
                street.stays.tell(second, Timestamp::from_secs(street.secs));
            }
            let sights: Vec<Sight> =
                (0..12).map(|_| street.look(&[seen(heap(0.3, 0.56))], &drawn)).collect();
            let (remains, gone) = if told { (second, first) } else { (first, second) };
            assert_eq!(street.stays.all().iter().map(Stay::id).collect::<Vec<_>>(), [remains]);
            let ended: Vec<StayId> =
                sights.iter().flat_map(|sight| &sight.ended).map(Stay::id).collect();
            assert_eq!(ended, [gone], "so that what was said of it is taken back");
            assert_eq!(street.dwell_s(), [44]);
        }
    }

    #[test]
    fn a_camera_that_sways_keeps_its_stays() {
        let mut street = Street::new();
        for sway in [0.0, 0.012, -0.012, 0.012, -0.012, 0.0, 0.012, -0.012] {
            street.look(&[car(0.3 + sway, 0.8)], &[(place(0.3 + sway), 11)]);
        }
        assert_eq!(street.dwell_s(), [14]);
    }

    #[test]
    fn a_car_that_leaves_ends_and_the_next_one_in_its_place_begins_anew() {
        let mut street = Street::new();
        for _ in 0..5 {
            street.look(&[car(0.3, 0.6)], &[(place(0.3), 11)]);
        }
        street.look(&[], &[]);
        let sight = street.look(&[car(0.3, 0.7)], &[(place(0.3), 29)]);
        assert_eq!(sight.ended.len(), 1);
        assert_eq!(sight.ended[0].dwell().as_secs(), 8);
        assert_eq!(street.dwell_s(), [0]);
    }

    #[test]
    fn an_empty_place_ends_a_stay_after_the_forgiven_absence() {
        let mut street = Street::new();
        for _ in 0..5 {
            street.look(&[car(0.3, 0.6)], &[(place(0.3), 11)]);
        }
        let ended: Vec<usize> = (0..9).map(|_| street.look(&[], &[]).ended.len()).collect();
        assert_eq!(ended, [0, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn a_stay_goes_on_after_a_restart() {
        let mut street = Street::new();
        let scene = [(place(0.3), 11)];
        for _ in 0..5 {
            street.look(&[car(0.3, 0.6)], &scene);
        }
        let written = serde_json::to_string(street.stays.all()).unwrap();
        let resumed = serde_json::from_str(&written).unwrap();
        street.stays = Stays::resume(StaySettings::default(), resumed);
        street.secs += 600;
        street.look(&[car(0.3, 0.6)], &scene);
        assert_eq!(street.dwell_s(), [610]);
    }

    #[test]
    fn after_a_long_outage_the_camera_begins_anew() {
        let mut street = Street::new();
        let scene = [(place(0.3), 11)];
        street.look(&[], &[]);
        street.look(&[], &[]);
        street.secs += 20 * 60;
        street.look(&[car(0.3, 0.6)], &scene);
        assert!(
            !street.stays.all()[0].since_start(),
            "it came while the camera was away for a while"
        );
        street.secs += 31 * 60;
        street.look(&[car(0.3, 0.6)], &scene);
        assert!(street.stays.all()[0].since_start(), "nobody knows since when");
    }

    #[test]
    fn what_a_detector_begins_to_see_after_an_hour_was_always_there_if_it_looked_the_same() {
        for (came_s, always) in [(0, true), (3_000, false)] {
            let mut street = Street::new();
            for look in 0..2_000 {
                let scene = [(place(0.3), 11)];
                street.look(&[], if look * 2 >= came_s { &scene } else { &[] });
            }
            let stall = Detection { kind: Kind::Stall, ..car(0.3, 0.6) };
            street.look(&[stall], &[(place(0.3), 11)]);
            assert_eq!(street.stays.all()[0].since_start(), always, "{came_s}");
        }
    }

    #[test]
    fn what_a_detector_sees_from_its_second_look_on_may_always_have_been_there() {
        for (looks_without, always) in [(1, true), (4, false)] {
            let mut street = Street::new();
            for _ in 0..looks_without {
                street.look(&[], &[]);
            }
            let planter = Detection { kind: Kind::Garbage, ..car(0.3, 0.6) };
            let motorcycle = Detection { kind: Kind::OverflowingBin, ..car(0.7, 0.6) };
            street.look(&[planter, motorcycle], &[(place(0.3), 11), (place(0.7), 12)]);
            let marks = street.stays.all().iter().map(Stay::since_start);
            assert_eq!(marks.collect::<Vec<_>>(), [always; 2], "{looks_without}");
        }
    }

    #[test]
    fn a_stall_first_known_by_its_umbrella_stands_where_its_table_does() {
        let mut street = Street::new();
        let (canopy, whole) =
            (BoxInImage::clipped(0.3, 0.3, 0.5, 0.45), BoxInImage::clipped(0.31, 0.3, 0.5, 0.8));
        let seen = |kind, b: BoxInImage| Detection { kind, score: 0.8, box_in_image: b };
        let scene = [(whole, 11)];
        street.look(&[], &[]);
        for _ in 0..4 {
            street.look(&[seen(Kind::Umbrella, canopy)], &scene);
        }
        for _ in 0..4 {
            street.look(&[seen(Kind::Umbrella, canopy), seen(Kind::Stall, whole)], &scene);
        }
        let stays = street.stays.all();
        assert_eq!(stays.len(), 1);
        assert_eq!((stays[0].thing(), stays[0].place().y1()), (Kind::Stall, 0.8));
        assert!((stays[0].mean_score() - 0.8).abs() < 1e-3, "{}", stays[0].mean_score());
        assert_eq!(street.dwell_s(), [14]);
    }

    /// A shop's canopy was taken for an umbrella in every look, weakly, and once for a stall.
    #[test]
    fn a_whole_that_was_seen_once_is_not_known_by_its_score() {
        let mut street = Street::new();
        let (canopy, whole) =
            (BoxInImage::clipped(0.3, 0.3, 0.5, 0.45), BoxInImage::clipped(0.3, 0.3, 0.5, 0.5));
        let seen = |kind, score, b| Detection { kind, score, box_in_image: b };
        let scene = [(whole, 11)];
        street.look(&[], &[]);
        for score in [0.45, 0.45, 0.15, 0.15, 0.15, 0.15] {
            street.look(&[seen(Kind::Umbrella, score, canopy)], &scene);
        }
        let both = [seen(Kind::Umbrella, 0.2, canopy), seen(Kind::Stall, 0.45, whole)];
        for sure in [false, true] {
            street.look(&both, &scene);
            assert_eq!(street.stays.all()[0].thing(), Kind::Stall);
            assert_eq!(street.stays.all()[0].is_sure(), sure, "{:?}", street.stays.all()[0]);
        }
    }

    #[test]
    fn a_stall_first_known_by_a_part_stands_where_the_whole_does_if_that_is_surer() {
        for (whole, expected) in [(0.9, true), (0.45, false)] {
            let mut street = Street::new();
            street.look(&[], &[]);
            let seen = |b, score| Detection { kind: Kind::Stall, score, box_in_image: b };
            let (all, part) = (BoxInImage::clipped(0.3, 0.3, 0.55, 0.8), place(0.3));
            for _ in 0..6 {
                street.look(&[seen(part, 0.5), seen(all, whole)], &[(all, 11)]);
            }
            let stays = street.stays.all();
            assert_eq!(stays.len(), 1);
            assert_eq!(stays[0].place().iou(&all) > 0.9, expected, "the whole by {whole}");
        }
    }

    /// It was taken for one that passes in front of another, and counted from ten seconds later.
    #[test]
    fn a_stall_that_is_pushed_a_little_farther_stands_from_then_on() {
        let mut street = Street::new();
        // What is seen in the first seconds may always have stood there.
        for _ in 0..4 {
            street.look(&[], &[]);
        }
        let stall = |x: f32| Detection { kind: Kind::Stall, ..car(x, 0.9) };
        for (x, seed) in [(0.3, 11), (0.3, 11), (0.36, 17), (0.36, 17), (0.36, 17), (0.36, 17)] {
            street.look(&[stall(x)], &[(place(x), seed)]);
        }
        assert_eq!(street.dwell_s(), [6]);
    }

    #[test]
    fn a_creeping_car_does_not_stand() {
        let mut street = Street::new();
        for step in 0..14u8 {
            let x = 0.05 * f32::from(step);
            street.look(&[car(x, 0.8)], &[(place(x), 11)]);
            assert!(street.dwell_s().iter().all(|dwell| *dwell <= 8), "{:?}", street.dwell_s());
        }
    }

    #[test]
    fn a_box_inside_a_box_is_not_a_second_thing() {
        let mut street = Street::new();
        let inner = BoxInImage::clipped(0.32, 0.55, 0.5, 0.78);
        let part = Detection { kind: Kind::Truck, score: 0.5, box_in_image: inner };
        for _ in 0..5 {
            street.look(&[car(0.3, 0.6), part], &[(place(0.3), 11)]);
        }
        assert_eq!(street.dwell_s().len(), 1);
    }

    #[test]
    fn a_clock_that_was_set_back_begins_anew() {
        let mut street = Street::new();
        for _ in 0..3 {
            street.look(&[car(0.3, 0.6)], &[(place(0.3), 11)]);
        }
        street.secs -= 600;
        assert_eq!(street.look(&[car(0.3, 0.6)], &[(place(0.3), 11)]).ended.len(), 1);
        street.look(&[car(0.3, 0.6)], &[(place(0.3), 11)]);
        assert_eq!(street.dwell_s(), [2]);
    }

    #[test]
    fn a_look_from_the_past_changes_nothing() {
        let mut street = Street::new();
        street.look(&[car(0.3, 0.6)], &[(place(0.3), 11)]);
        street.secs -= 60;
        let sight = street.look(&[], &[]);
        assert!(sight.ended.is_empty());
        assert_eq!(street.stays.all().len(), 1);
    }

    fn there(kind: Kind, score: f32) -> Detection {
        Detection { kind, score, box_in_image: place(0.3) }
    }

    /// In the dark a bin was never seen well enough to begin a stay, and a stall that it was taken
    /// for as it overflowed owned it.
    #[test]
    fn what_comes_to_where_a_bin_was_badly_made_out_stands_at_a_bin() {
        for (score, expected) in [(0.3, true), (0.0, false)] {
            let mut street = Street::new();
            street.look(&[], &[]);
            for _ in 0..4 {
                let bin = there(Kind::Bin, score);
                street.look(if score > 0.0 { std::slice::from_ref(&bin) } else { &[] }, &[]);
            }
            street.look(&[there(Kind::Stall, 0.6)], &[(place(0.3), 11)]);
            assert_eq!(street.stays.all()[0].is_at_a_bin(), expected);
        }
    }

    #[test]
    fn a_bin_overflows_from_when_it_was_first_taken_for_that_however_doubtfully() {
        let mut street = Street::new();
        for score in [0.6, 0.6, 0.6, 0.6, 0.6] {
            street.look(&[there(Kind::Bin, score)], &[]);
        }
        let first = street.secs + 2;
        for score in [0.3, 0.35, 0.6] {
            street.look(&[there(Kind::OverflowingBin, score)], &[]);
        }
        let overflow = street.stays.all().iter().find(|stay| stay.family == Family::Overflow);
        assert_eq!(overflow.unwrap().began_at(), Timestamp::from_secs(first));
    }

    /// A cart on its way was hidden by itself, stood there for a minute and was told beside itself.
    #[test]
    fn a_stall_that_paused_on_its_way_does_not_stay_behind() {
        let stall = |x: f32| Detection { box_in_image: place(x), ..there(Kind::Stall, 0.6) };
        let at = |x: f32| [(place(x), 11)];
        for (pause, expected) in [(2, 1), (6, 2)] {
            let mut street = Street::new();
            street.look(&[], &[]);
            (0..pause).for_each(|_| drop(street.look(&[stall(0.3)], &at(0.3))));
            (0..4).for_each(|_| drop(street.look(&[stall(0.45)], &at(0.45))));
            assert_eq!(street.stays.all().len(), expected, "after {pause} looks at one place");
        }
    }
}
