//! What came back where: cases of one class within the matter's reach of each other.
//!
//! Where the city knows a camera's place, what its neighbours found counts as
//! found there too, as it does when cases are filed; where it does not, the
//! camera's own zone is the place.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::time::Duration;

use crate::city::CityData;
use crate::city::ClassId;
use crate::geometry::GeoPoint;
use crate::geometry::cell_of;
use crate::geometry::cells_around;
use crate::ingest::CameraId;
use crate::rules::ZoneId;
use crate::time::Timestamp;

use super::Digest;
use super::report::HotPlace;

/// Places at which something was found, each with those that are near.
pub(super) struct Places<'a> {
    city: &'a CityData,
    /// For so long a case is remembered.
    memory: Duration,
    /// So many within that time are a hot spot.
    needed: usize,
    spots: Vec<Spot>,
    known: HashMap<Key, usize>,
    in_cell: HashMap<(ClassId, i64), Vec<usize>>,
}

/// A camera with a place, or a zone of one without, and a class.
type Key = (CameraId, Option<ZoneId>, ClassId);

struct Spot {
    camera: CameraId,
    /// Of the last case.
    zone: ZoneId,
    class: ClassId,
    place: Option<GeoPoint>,
    /// Others of the class within reach.
    near: Vec<usize>,
    /// Those found of late.
    recent: VecDeque<Timestamp>,
    last_at: Timestamp,
    /// Found within the report's days.
    cases: u64,
    hot: bool,
}

impl<'a> Places<'a> {
    pub(super) fn new(city: &'a CityData, memory: Duration) -> Self {
        let needed = city.centre.matter.hot_spot_cases as usize;
        let (known, in_cell) = (HashMap::new(), HashMap::new());
        Self { city, memory, needed, spots: Vec::new(), known, in_cell }
    }

    /// Whether the case is a repeat, and whether with it its place becomes a hot spot.
    pub(super) fn add(&mut self, digest: &Digest, within: bool) -> (bool, bool) {
        let Some(camera) = &digest.camera else { return (false, false) };
        let (number, found_at) = (self.number_of(camera, digest), digest.course.found_at);
        let memory = self.memory;
        let all = || std::iter::once(number).chain(self.spots[number].near.iter().copied());
        let is_recent = |at: &&Timestamp| found_at.since(**at) <= memory;
        let recent: usize =
            all().map(|one| self.spots[one].recent.iter().filter(is_recent).count()).sum();
        let is_hot = all().any(|one| self.spots[one].hot);
        let hot = within && !is_hot && recent + 1 >= self.needed;
        let spot = &mut self.spots[number];
        while spot.recent.front().is_some_and(|first| found_at.since(*first) > memory) {
            spot.recent.pop_front();
        }
        spot.recent.push_back(found_at);
        spot.last_at = found_at;
        spot.zone.clone_from(&digest.zone);
        spot.hot |= hot;
        spot.cases += u64::from(within);
        (recent > 0, hot)
    }

    /// The places that became hot spots.
    pub(super) fn hot(&self) -> impl Iterator<Item = HotPlace> + '_ {
        let told = |spot: &Spot| {
            let near = || spot.near.iter().map(|one| &self.spots[*one]);
            let name = self.city.camera(&spot.camera).map(|place| place.name.clone());
            HotPlace {
                camera_name: name.unwrap_or_default(),
                camera: spot.camera.clone(),
                zone: spot.zone.clone(),
                class: spot.class.clone(),
                cases: spot.cases + near().map(|one| one.cases).sum::<u64>(),
                last_at: near().map(|one| one.last_at).fold(spot.last_at, Timestamp::max),
            }
        };
        self.spots.iter().filter(|spot| spot.hot).map(told)
    }

    fn number_of(&mut self, camera: &CameraId, digest: &Digest) -> usize {
        let place = self.city.camera(camera).map(|camera| camera.place);
        let zone = place.is_none().then(|| digest.zone.clone());
        let key = (camera.clone(), zone, digest.class.clone());
        if let Some(number) = self.known.get(&key) {
            return *number;
        }
        let number = self.spots.len();
        let near = place.map(|place| self.near(&digest.class, &place)).unwrap_or_default();
        for other in &near {
            self.spots[*other].near.push(number);
        }
        if let Some(place) = &place {
            let cell = (digest.class.clone(), cell_of(place));
            self.in_cell.entry(cell).or_default().push(number);
        }
        self.spots.push(Spot {
            camera: camera.clone(),
            zone: digest.zone.clone(),
            class: digest.class.clone(),
            place,
            near,
            recent: VecDeque::new(),
            last_at: Timestamp::EPOCH,
            cases: 0,
            hot: false,
        });
        self.known.insert(key, number);
        number
    }

    /// Spots of the class within its matter's reach of the place.
    fn near(&self, class: &ClassId, place: &GeoPoint) -> Vec<usize> {
        let own = self.city.class(class).map(|class| self.city.matter_rule(class));
        let reach = own.unwrap_or(self.city.centre.matter).join_m;
        let runs = cells_around(place, reach).into_iter();
        let cells = runs.flatten().filter_map(|cell| self.in_cell.get(&(class.clone(), cell)));
        let is_near = |number: &usize| {
            let other = self.spots[*number].place;
            other.is_some_and(|other| other.metres_to(place) <= reach)
        };
        cells.flatten().copied().filter(is_near).collect()
    }
}
