//! Watches the stays of one camera against its zones: the timers that all rules share.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::Serialize;

use crate::geometry::BoxInImage;
use crate::time::Timestamp;
use crate::tracking::Stay;
use crate::tracking::StayId;

use super::Incident;
use super::IncidentChange;
use super::IncidentKind;
use super::IncidentPhase;
use super::Scene;
use super::Zone;
use super::ZoneId;
use super::matter;
use super::matter::Placed;
use super::watched::Stage;
use super::watched::Watched;

/// So many pictures must agree that a thing is there before it is a matter.
const SIGHTINGS_MIN: u32 = 2;
/// Within this time of its threshold a stay is looked at on every keyframe.
pub(super) const NEAR_THRESHOLD: Duration = Duration::from_secs(10);

/// How closely a camera should be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// No zone holds now.
    Idle,
    /// Zones hold, nothing stands in them.
    Armed,
    /// A proved matter still stands.
    Open,
    /// Something stands and may become a matter.
    Candidate,
    /// Something is near its threshold.
    Confirming,
}

/// One camera's zones and what is known of the stays in them.
#[derive(Debug)]
pub struct Watch {
    zones: Vec<Zone>,
    time_zone: TimeZone,
    watched: BTreeMap<(ZoneId, StayId), Watched>,
    /// Stalls and heaps of which a zone did not speak while it held, and in how many looks.
    spared: BTreeMap<(ZoneId, StayId), u32>,
    /// The last look at which a zone with hours did not hold.
    closed_at: BTreeMap<ZoneId, Timestamp>,
}

/// What a watch knows, to go on after a restart.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct WatchMemory {
    watched: Vec<(ZoneId, StayId, Watched)>,
    #[serde(default)]
    spared: Vec<(ZoneId, StayId, u32)>,
}

impl Watch {
    #[must_use]
    pub const fn new(zones: Vec<Zone>, time_zone: TimeZone) -> Self {
        Self {
            zones,
            time_zone,
            watched: BTreeMap::new(),
            spared: BTreeMap::new(),
            closed_at: BTreeMap::new(),
        }
    }

    /// Goes on with what an earlier run knew; what concerns zones that are
    /// gone is left out.
    #[must_use]
    pub fn resume(mut self, memory: WatchMemory) -> Self {
        let zones = &self.zones;
        let is_there = |id: &ZoneId| zones.iter().any(|zone| zone.id == *id);
        let watched = memory.watched.into_iter().filter(|(zone, ..)| is_there(zone));
        self.watched = watched.map(|(zone, stay, watched)| ((zone, stay), watched)).collect();
        let spared = memory.spared.into_iter().filter(|(zone, ..)| is_there(zone));
        self.spared = spared.map(|(zone, stay, looks)| ((zone, stay), looks)).collect();
        self
    }

    #[must_use]
    pub fn memory(&self) -> WatchMemory {
        let entries = self.watched.iter();
        let watched = entries.map(|((zone, stay), w)| (zone.clone(), *stay, w.clone())).collect();
        let entries = self.spared.iter();
        let spared = entries.map(|((zone, stay), looks)| (zone.clone(), *stay, *looks)).collect();
        WatchMemory { watched, spared }
    }

    /// The clock was set back by so much: times noted before go with it.
    pub fn set_back(&mut self, by: Duration) {
        for watched in self.watched.values_mut() {
            watched.set_back(by);
        }
        self.closed_at.values_mut().for_each(|at| *at = *at - by);
    }

    /// The stays that some zone speaks of now.
    #[must_use]
    pub fn watched_stays(&self) -> BTreeSet<StayId> {
        self.watched.keys().map(|(_, stay)| *stay).collect()
    }

    /// What has stood there since before the camera looked and would be a matter otherwise:
    /// which stay, in which zone, and since when it is known to have stood there.
    pub fn for_review(&self) -> impl Iterator<Item = (StayId, &ZoneId, Timestamp)> {
        let listed = self.watched.iter().filter(|(_, watched)| watched.stage == Stage::ForReview);
        listed.map(|((zone, stay), watched)| (*stay, zone, watched.since))
    }

    #[must_use]
    pub fn zones(&self) -> &[Zone] {
        &self.zones
    }

    /// Judges one look: what has become a matter, still is one, or is no more.
    pub fn look(&mut self, scene: &Scene<'_>, ended: &[Stay]) -> Vec<IncidentChange> {
        let mut changes = Vec::new();
        for stay in ended {
            self.end(stay, &mut changes);
        }
        let zones = std::mem::take(&mut self.zones);
        let holding: Vec<&Zone> =
            zones.iter().filter(|zone| zone.holds_at(scene.at, &self.time_zone)).collect();
        for zone in &zones {
            let holds = holding.iter().any(|other| other.id == zone.id);
            if !holds {
                self.closed_at.insert(zone.id.clone(), scene.at);
            }
            let kind = zone.kind.forbids();
            for stay in scene.stays {
                let spoken_of = kind.filter(|_| holds).and_then(|kind| {
                    let speaks =
                        |place: &BoxInImage| matter::concerns(kind, zone, stay, place, &holding);
                    let own = Some(*stay.place()).filter(speaks);
                    let place = own.or_else(|| self.held_place(zone, stay).filter(speaks))?;
                    Some((kind, place))
                });
                if let Some((kind, place)) = spoken_of {
                    changes.extend(self.judge(kind, (zone, &zones), (stay, place), scene));
                    continue;
                }
                if holds && kind.is_some_and(|kind| matter::may_concern(kind, stay)) {
                    *self.spared.entry((zone.id.clone(), stay.id())).or_default() += 1;
                }
                changes.extend(self.release(zone, stay));
            }
        }
        drop(holding);
        self.zones = zones;
        // What only passed ends without a word.
        let standing: BTreeSet<StayId> = scene.stays.iter().map(Stay::id).collect();
        self.watched.retain(|(_, stay), _| standing.contains(stay));
        self.spared.retain(|(_, stay), _| standing.contains(stay));
        changes
    }

    /// The street is as it was at the last look: who stood beside a thing
    /// stands there still.
    pub fn still(&mut self, at: Timestamp) {
        self.watched.values_mut().for_each(|watched| watched.still(at));
    }

    /// Whether nothing here waits for the next look: all that is watched is in
    /// sight and known for what it is, and no zone has begun or ceased to hold since.
    #[must_use]
    pub fn is_settled(&self, since: Timestamp, at: Timestamp, stays: &[Stay]) -> bool {
        let same_hours = self.zones.iter().all(|zone| {
            zone.holds_at(since, &self.time_zone) == zone.holds_at(at, &self.time_zone)
        });
        let known = |stay: &Stay, watched: &Watched| {
            stay.is_in_sight() && (watched.is_told() || watched.always_there || stay.is_sure())
        };
        same_hours
            && self.watched.iter().all(|((_, id), watched)| {
                stays.iter().find(|stay| stay.id() == *id).is_some_and(|stay| known(stay, watched))
            })
    }

    /// How closely to look from now on.
    #[must_use]
    pub fn pace(&self, at: Timestamp) -> Pace {
        let holds = self
            .zones
            .iter()
            .any(|zone| zone.kind.forbids().is_some() && zone.holds_at(at, &self.time_zone));
        let paces = self.watched.iter().map(|((zone_id, _), watched)| {
            let zone = self.zones.iter().find(|zone| zone.id == *zone_id);
            zone.map_or(Pace::Idle, |zone| watched.pace(zone, at))
        });
        paces.max().unwrap_or(Pace::Idle).max(if holds { Pace::Armed } else { Pace::Idle })
    }

    fn judge(
        &mut self,
        kind: IncidentKind,
        (zone, zones): (&Zone, &[Zone]),
        (stay, place): (&Stay, BoxInImage),
        scene: &Scene<'_>,
    ) -> Option<IncidentChange> {
        let key = (zone.id.clone(), stay.id());
        let closed_since =
            self.closed_at.get(&zone.id).is_some_and(|closed| *closed >= stay.began_at());
        let time_zone = &self.time_zone;
        // What stood where it may for most of the time, and is now being taken away, stands
        // where it may not only since then.
        let spared = self.is_spared(zone, stay);
        let part_of_spared = scene.stays.iter().any(|other| {
            other.id() != stay.id()
                && other.is_sure()
                && other.thing() == stay.thing()
                && other.place().y1() > stay.place().y1()
                && self.is_spared(zone, other)
                && matter::is_same((other.thing(), other.place()), (stay.thing(), stay.place()))
        });
        let from_its_beginning = !closed_since
            && !spared
            && matter::concerned_at_once(kind, zone, stay, zones, time_zone);
        let watched = self.watched.entry(key.clone()).or_insert_with(|| {
            let since = if from_its_beginning { stay.began_at() } else { scene.at };
            let always_there = stay.since_start() && matter::needs_a_beginning(kind);
            Watched::begin(since, stay, always_there)
        });
        watched.look(zone, (stay, place), scene);
        let seen_now = stay.seen_at() == scene.at;
        let dwell = stay.seen_at().since(watched.since);
        let sure = stay.sightings() >= SIGHTINGS_MIN && stay.is_sure() && seen_now;
        let since = watched.since;
        let (stage, always_there) = (watched.stage, watched.always_there);
        // A place may look as it did for a while after the thing has left: the picture that
        // proves it must show it.
        let shown = stay.detected_at() == scene.at;
        let proved = sure
            && shown
            && !part_of_spared
            && dwell >= zone.violation
            && !matter::held_back(kind, zone, stay, scene, watched);
        let (stage, phase) = match stage {
            Stage::Timing | Stage::PreAlarmed
                if proved && self.is_known_matter(zone, stay, matter::is_same) =>
            {
                (Stage::Duplicate, None)
            }
            Stage::Timing if always_there && proved => {
                (Stage::ForReview, Some(IncidentPhase::ForReview))
            }
            Stage::Timing if always_there => (stage, None),
            Stage::Timing | Stage::PreAlarmed if proved => {
                (Stage::Proved, Some(IncidentPhase::Violation))
            }
            // What stood for both is gone; this one still stands.
            Stage::Duplicate if !self.is_known_matter(zone, stay, matter::is_still_same) => {
                (if always_there { Stage::Timing } else { Stage::PreAlarmed }, None)
            }
            Stage::Timing if sure && dwell >= zone.pre_alarm => {
                (Stage::PreAlarmed, Some(IncidentPhase::PreAlarm))
            }
            Stage::Proved if seen_now => (stage, Some(IncidentPhase::Standing)),
            _ => (stage, None),
        };
        if let Some(watched) = self.watched.get_mut(&key) {
            watched.stage = stage;
        }
        phase.map(|phase| IncidentChange { phase, incident: incident(kind, zone, stay, since) })
    }

    /// Where the stay stood when the zone spoke of it, if it stands there still. A box jitters;
    /// at the zone's edge each step over it would be the end of one matter and the beginning of another.
    fn held_place(&self, zone: &Zone, stay: &Stay) -> Option<BoxInImage> {
        self.watched.get(&(zone.id.clone(), stay.id()))?.held_place(stay)
    }

    /// Whether the zone did not speak of it, though it held, for most of the time.
    fn is_spared(&self, zone: &Zone, stay: &Stay) -> bool {
        let looks = self.spared.get(&(zone.id.clone(), stay.id()));
        looks.is_some_and(|looks| looks * 2 > stay.sightings())
    }

    /// Whether a matter that has been told already covers this stay's place; `is_same` says when
    /// two things are one.
    fn is_known_matter(
        &self,
        zone: &Zone,
        stay: &Stay,
        is_same: impl Fn(Placed<'_>, Placed<'_>) -> bool,
    ) -> bool {
        self.watched.iter().any(|((zone_id, stay_id), watched)| {
            let told = (watched.thing, &watched.place);
            *zone_id == zone.id
                && *stay_id != stay.id()
                && watched.stage == Stage::Proved
                && (is_same(told, (stay.thing(), stay.place())) || matter::is_end_of(stay, told))
        })
    }

    /// The stay is gone.
    fn end(&mut self, stay: &Stay, changes: &mut Vec<IncidentChange>) {
        for zone in std::mem::take(&mut self.zones) {
            changes.extend(self.release(&zone, stay));
            self.zones.push(zone);
        }
    }

    /// The zone speaks of the stay no longer.
    fn release(&mut self, zone: &Zone, stay: &Stay) -> Option<IncidentChange> {
        let kind = zone.kind.forbids()?;
        let watched = self.watched.remove(&(zone.id.clone(), stay.id()))?;
        let phase = match watched.stage {
            Stage::Proved => IncidentPhase::Cleared,
            Stage::PreAlarmed => IncidentPhase::Dropped,
            Stage::Timing | Stage::Duplicate | Stage::ForReview => return None,
        };
        Some(IncidentChange { phase, incident: incident(kind, zone, stay, watched.since) })
    }
}

fn incident(kind: IncidentKind, zone: &Zone, stay: &Stay, since: Timestamp) -> Incident {
    Incident {
        kind,
        zone_id: zone.id.clone(),
        stay_id: stay.id(),
        thing: stay.thing(),
        began_at: since,
        seen_at: stay.seen_at(),
        box_in_image: *stay.place(),
        score: stay.score(),
        since_start: stay.since_start(),
    }
}

#[cfg(test)]
mod tests {
    use crate::detect::Detection;
    use crate::detect::Kind;
    use crate::geometry::Point;
    use crate::geometry::Polygon;
    use crate::rules::ZoneKind;
    use crate::time::WeeklyHours;
    use crate::tracking::SmallPicture;
    use crate::tracking::StaySettings;
    use crate::tracking::Stays;

    use super::*;

    /// A camera whose pictures are flat, so that only the script says what is seen.
    struct Corner {
        stays: Stays,
        watch: Watch,
        secs: i64,
        said: Vec<(i64, IncidentPhase, IncidentKind)>,
        /// What every picture shows.
        picture: SmallPicture,
    }

    /// Friday 2026-05-01, 08:00 in China.
    const MORNING: i64 = 1_777_593_600;

    fn zone(id: &str, kind: ZoneKind, [x0, y0, x1, y1]: [f32; 4]) -> Zone {
        let corners = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]].map(Point::from);
        Zone {
            id: ZoneId::new(id),
            kind,
            polygon: Polygon::new(corners.to_vec()).unwrap(),
            hours: None,
            pre_alarm: Duration::from_secs(10),
            violation: Duration::from_secs(30),
            exempt: Vec::new(),
        }
    }

    fn thing(kind: Kind, x: f32) -> Detection {
        thing_at(kind, [x, 0.5, x + 0.15, 0.65])
    }

    fn thing_at(kind: Kind, b: [f32; 4]) -> Detection {
        Detection { kind, score: 0.8, box_in_image: b.into() }
    }

    impl Corner {
        /// A camera that has looked at the empty street for a while.
        fn new(zones: Vec<Zone>) -> Self {
            let mut corner = Self::dark(zones);
            corner.secs -= 8;
            corner.look(&[]);
            corner.secs = MORNING;
            corner.look(&[]);
            corner
        }

        /// The camera's first look shows these.
        fn beginning_with(detections: &[Detection], zones: Vec<Zone>) -> Self {
            let mut corner = Self::dark(zones);
            corner.look(detections);
            corner
        }

        fn dark(zones: Vec<Zone>) -> Self {
            let watch = Watch::new(zones, TimeZone::fixed(jiff::tz::offset(8)));
            Self {
                stays: Stays::new(StaySettings::default()),
                watch,
                secs: MORNING,
                said: Vec::new(),
                picture: SmallPicture::from_luma(32, vec![90; 32 * 18]),
            }
        }

        /// All places look the same from look to look, so that a thing stands while it is not detected.
        fn textured(mut self) -> Self {
            let texture = |at: u32| (at.wrapping_mul(2_654_435_761) >> 24) as u8;
            self.picture = SmallPicture::from_luma(32, (0..32 * 18).map(texture).collect());
            self
        }

        /// One look, two seconds after the last.
        fn look(&mut self, detections: &[Detection]) {
            self.secs += 2;
            let at = Timestamp::from_secs(self.secs);
            let picture = &self.picture;
            let sight = self.stays.look(at, detections, |_| 0.4, picture, picture);
            let (stays, movers) = (self.stays.all(), sight.movers.as_slice());
            let scene = Scene { at, stays, movers, detections, person_score: 0.4 };
            for change in self.watch.look(&scene, &sight.ended) {
                if change.phase != IncidentPhase::Standing {
                    self.said.push((self.secs - MORNING, change.phase, change.incident.kind));
                }
            }
        }

        /// Only what is written down is known from here on.
        fn restart(&mut self) {
            let written = serde_json::to_string(&self.watch.memory()).unwrap();
            let fresh = Watch::new(self.watch.zones().to_vec(), self.watch.time_zone.clone());
            self.watch = fresh.resume(serde_json::from_str(&written).unwrap());
        }

        fn looks(&mut self, count: usize, detections: &[Detection]) -> &mut Self {
            for _ in 0..count {
                self.look(detections);
            }
            self
        }

        fn phases(&self) -> Vec<IncidentPhase> {
            self.said.iter().map(|(_, phase, _)| *phase).collect()
        }

        fn violations(&self) -> usize {
            self.phases().iter().filter(|phase| **phase == IncidentPhase::Violation).count()
        }
    }

    const KERB: [f32; 4] = [0.0, 0.4, 1.0, 0.8];

    #[test]
    fn a_parked_car_is_pre_alarmed_proved_once_and_cleared_when_gone() {
        let mut corner = Corner::new(vec![zone("kerb", ZoneKind::NoParking, KERB)]);
        corner.looks(40, &[thing(Kind::Car, 0.3)]).looks(20, &[]);
        let times: Vec<_> = corner.said.iter().map(|(secs, phase, _)| (*secs, *phase)).collect();
        let expected = [
            (14, IncidentPhase::PreAlarm),
            (34, IncidentPhase::Violation),
            (96, IncidentPhase::Cleared),
        ];
        assert_eq!(times, expected);
    }

    #[test]
    fn a_car_that_leaves_in_time_is_dropped() {
        let mut corner = Corner::new(vec![zone("kerb", ZoneKind::NoParking, KERB)]);
        corner.looks(10, &[thing(Kind::Car, 0.3)]).looks(20, &[]);
        assert_eq!(corner.phases(), [IncidentPhase::PreAlarm, IncidentPhase::Dropped]);
    }

    #[test]
    fn a_car_in_a_berth_inside_a_no_parking_zone_is_legal() {
        let berth = zone("berth", ZoneKind::Berth, [0.25, 0.4, 0.5, 0.8]);
        let mut corner = Corner::new(vec![zone("kerb", ZoneKind::NoParking, KERB), berth]);
        corner.looks(60, &[thing(Kind::Car, 0.3)]);
        assert!(corner.said.is_empty());
    }

    #[test]
    fn a_car_whose_ground_is_outside_the_zone_is_not_in_it() {
        let far = zone("far", ZoneKind::NoParking, [0.0, 0.3, 1.0, 0.55]);
        let mut corner = Corner::new(vec![far]);
        corner.looks(60, &[thing(Kind::Car, 0.3)]);
        assert!(corner.said.is_empty());
    }

    #[test]
    fn a_queue_at_a_red_light_is_no_parking() {
        for kind in [ZoneKind::Lane, ZoneKind::NoParking] {
            let mut corner = Corner::new(vec![zone("lane", kind, KERB)]);
            let queue = [thing(Kind::Car, 0.1), thing(Kind::Car, 0.3), thing(Kind::Truck, 0.5)];
            corner.looks(40, &queue).looks(20, &[]);
            assert_eq!(corner.violations(), 0, "{kind:?}");
        }
    }

    #[test]
    fn a_car_in_a_lane_that_others_pass_is_parked() {
        let mut corner = Corner::new(vec![zone("lane", ZoneKind::Lane, KERB)]);
        let parked = thing(Kind::Car, 0.3);
        corner.looks(16, &[parked]);
        assert_eq!(corner.violations(), 0, "nothing has passed yet");
        for x in [0.5, 0.1, 0.5, 0.1] {
            corner.look(&[parked, thing(Kind::Car, x)]);
        }
        assert_eq!(corner.violations(), 1);
    }

    /// The head of a queue has no neighbour that stands near, and those who close up in the lane
    /// beside were counted as passing.
    #[test]
    fn who_is_only_approached_is_not_passed() {
        let mut corner = Corner::new(vec![zone("lanes", ZoneKind::Lane, KERB)]);
        let first = thing(Kind::Truck, 0.5);
        corner.looks(4, &[first]);
        for x in [0.1, 0.2, 0.3, 0.1, 0.2, 0.3, 0.1, 0.2, 0.3, 0.1, 0.2, 0.3] {
            corner.look(&[first, thing(Kind::Car, x)]);
        }
        corner.looks(16, &[first]);
        assert_eq!(corner.violations(), 0);
        for x in [0.1, 0.3, 0.7, 0.85] {
            corner.look(&[first, thing(Kind::Car, x)]);
        }
        corner.look(&[first]);
        assert_eq!(corner.violations(), 1, "one went beyond it");
    }

    /// In a jam everybody creeps: the lane beside goes on, and nobody stands for long.
    #[test]
    fn who_is_in_line_with_others_is_not_parked() {
        let mut corner = Corner::new(vec![zone("lanes", ZoneKind::Lane, KERB)]);
        let caught = thing(Kind::Car, 0.4);
        let beside = |x: f32| thing_at(Kind::Car, [x, 0.62, x + 0.15, 0.77]);
        for look in 0..24 {
            let creep = [0.0, 0.1, 0.2][look % 3];
            let line = [thing(Kind::Car, 0.1 + creep), caught, thing(Kind::Car, 0.55 + creep)];
            let passing = beside([0.1, 0.3, 0.5, 0.7][look % 4]);
            corner.look(&[line[0], line[1], line[2], passing]);
        }
        assert_eq!(corner.violations(), 0);
        for look in 0..60 {
            corner.look(&[caught, beside([0.1, 0.3, 0.5, 0.7][look % 4])]);
        }
        assert_eq!(corner.violations(), 1, "the jam has dissolved, and others pass");
    }

    /// At a red light those who came later rolled by into the lane beside, three were
    /// counted as passing, and the whole queue was reported.
    #[test]
    fn a_queue_stays_one_while_others_close_up_beside_it() {
        let mut corner = Corner::new(vec![zone("lanes", ZoneKind::Lane, KERB)]);
        let queue = [thing(Kind::Car, 0.3), thing(Kind::Car, 0.5)];
        corner.looks(4, &queue);
        for x in [0.7, 0.1, 0.7, 0.1, 0.7, 0.1, 0.7, 0.1] {
            corner.look(&[queue[0], queue[1], thing(Kind::Car, x)]);
        }
        corner.looks(16, &queue);
        assert_eq!(corner.violations(), 0);
    }

    #[test]
    fn who_stays_when_the_queue_has_gone_is_parked() {
        let mut corner = Corner::new(vec![zone("kerb", ZoneKind::NoParking, KERB)]);
        let (stays, leaves) = (thing(Kind::Car, 0.3), thing(Kind::Car, 0.5));
        corner.looks(20, &[stays, leaves]).look(&[stays]);
        assert_eq!(corner.violations(), 0, "it may be about to set off too");
        corner.look(&[stays]);
        assert_eq!(corner.violations(), 1);
    }

    /// The street that a bus had hidden looked like the bus, and the car beside it went on waiting.
    #[test]
    fn a_street_that_looks_like_the_bus_that_left_it_does_not_queue() {
        let mut corner = Corner::new(vec![zone("kerb", ZoneKind::NoParking, KERB)]).textured();
        let (stays, leaves) = (thing(Kind::Car, 0.3), thing(Kind::Bus, 0.5));
        corner.looks(20, &[stays, leaves]).looks(3, &[stays]);
        assert_eq!(corner.violations(), 0, "the detector may miss a bus for a while");
        corner.look(&[stays]);
        assert_eq!(corner.violations(), 1);
    }

    /// Beyond a lorry at the picture's edge nobody was ever seen, so nobody had passed it.
    #[test]
    fn who_has_a_stream_of_traffic_beside_him_is_parked_though_nobody_is_seen_beyond() {
        let mut corner = Corner::new(vec![zone("kerb", ZoneKind::NoParking, KERB)]);
        let (parked, behind) = (thing(Kind::Truck, 0.3), thing(Kind::Car, 0.5));
        let beside = |x: f32| thing_at(Kind::Car, [x, 0.62, x + 0.15, 0.77]);
        for (looks, expected) in [(10, 0), (14, 1)] {
            for look in 0..looks {
                corner.look(&[parked, behind, beside([0.1, 0.32][look % 2])]);
            }
            assert_eq!(corner.violations(), expected);
        }
    }

    #[test]
    fn a_bus_at_its_stop_is_exempt_where_the_zone_says_so() {
        let stop = Zone { exempt: vec![Kind::Bus], ..zone("stop", ZoneKind::NoStopping, KERB) };
        let mut corner = Corner::new(vec![stop]);
        corner.looks(40, &[thing(Kind::Bus, 0.3)]);
        assert!(corner.said.is_empty());
    }

    #[test]
    fn what_may_be_a_bus_is_exempt_and_what_hardly_ever_looks_like_one_is_not() {
        for (bus_every, expected) in [(4, 0), (8, 1)] {
            let stop = Zone { exempt: vec![Kind::Bus], ..zone("stop", ZoneKind::NoStopping, KERB) };
            let mut corner = Corner::new(vec![stop]);
            for look in 0..40 {
                let kind = if look % bus_every == 0 { Kind::Bus } else { Kind::Truck };
                corner.look(&[thing(kind, 0.3)]);
            }
            assert_eq!(corner.violations(), expected, "a bus in every look of {bus_every}");
        }
    }

    #[test]
    fn outside_its_hours_a_zone_says_nothing_and_time_before_them_does_not_count() {
        let hours = WeeklyHours::parse(["fri 08:01-09:00"]).unwrap();
        let kerb = Zone { hours: Some(hours), ..zone("kerb", ZoneKind::NoParking, KERB) };
        let mut corner = Corner::new(vec![kerb]);
        corner.looks(80, &[thing(Kind::Car, 0.3)]);
        let violation = corner.said.iter().find(|(_, phase, _)| *phase == IncidentPhase::Violation);
        assert_eq!(violation.map(|(secs, ..)| *secs), Some(90));
    }

    #[test]
    fn a_kept_stall_is_vending_and_an_abandoned_one_is_not() {
        let vendor = thing_at(Kind::Person, [0.46, 0.4, 0.52, 0.66]);
        let mut corner = Corner::new(vec![zone("walk", ZoneKind::NoVending, KERB)]);
        corner.looks(30, &[thing(Kind::Stall, 0.3), vendor]);
        assert_eq!(corner.violations(), 1);
        let mut corner = Corner::new(vec![zone("walk", ZoneKind::NoVending, KERB)]);
        corner.looks(30, &[thing(Kind::Stall, 0.3)]);
        assert_eq!(corner.violations(), 0);
    }

    #[test]
    fn what_stood_where_it_may_and_is_taken_away_is_no_matter() {
        let vendor = thing_at(Kind::Person, [0.5, 0.4, 0.56, 0.66]);
        let permitted = zone("market", ZoneKind::VendingPermitted, [0.2, 0.5, 0.385, 0.7]);
        let walk = zone("walk", ZoneKind::NoVending, KERB);
        let mut corner = Corner::new(vec![walk, permitted]);
        corner.looks(30, &[thing(Kind::Stall, 0.3), vendor]);
        corner.restart();
        corner.looks(6, &[thing(Kind::Stall, 0.33), vendor]);
        assert!(corner.said.is_empty(), "{:?}", corner.said);
        // Who then goes on selling beside the market does so for as long as he stands there.
        corner.looks(20, &[thing(Kind::Stall, 0.33), vendor]);
        assert_eq!(corner.violations(), 1);
    }

    /// A box cut short by what stands in front has its foot too high, and one box of a stall may
    /// hold less of it than another.
    #[test]
    fn a_stall_at_a_permitted_point_is_none_whatever_part_of_it_is_seen() {
        let vendor = thing_at(Kind::Person, [0.5, 0.4, 0.56, 0.66]);
        let part = thing_at(Kind::Stall, [0.3, 0.46, 0.45, 0.6]);
        for (from, seen) in
            [(0.66, vec![thing(Kind::Stall, 0.3)]), (0.64, vec![thing(Kind::Stall, 0.3), part])]
        {
            let permitted = zone("market", ZoneKind::VendingPermitted, [0.2, from, 0.6, 0.8]);
            let mut corner = Corner::new(vec![zone("walk", ZoneKind::NoVending, KERB), permitted]);
            let seen: Vec<_> = seen.into_iter().chain([vendor]).collect();
            assert_eq!(corner.looks(40, &seen).violations(), 0, "permitted from {from} on");
        }
    }

    #[test]
    fn what_has_always_stood_there_is_for_review_and_no_case() {
        let vendor = thing_at(Kind::Person, [0.46, 0.4, 0.52, 0.66]);
        for (kind, zone_kind) in
            [(Kind::Stall, ZoneKind::NoVending), (Kind::Garbage, ZoneKind::NoDumping)]
        {
            let seen = [thing(kind, 0.3), vendor];
            let seen = if kind == Kind::Stall { &seen[..] } else { &seen[..1] };
            let mut corner = Corner::beginning_with(seen, vec![zone("walk", zone_kind, KERB)]);
            corner.looks(60, seen);
            assert_eq!(corner.phases(), [IncidentPhase::ForReview], "{kind:?}");
            let listed: Vec<_> = corner.watch.for_review().map(|(_, _, since)| since).collect();
            assert_eq!(listed, [Timestamp::from_secs(MORNING + 2)]);
            assert_eq!(corner.watch.pace(Timestamp::from_secs(corner.secs)), Pace::Armed);
            corner.looks(20, &[]);
            assert_eq!(corner.phases().len(), 1, "nothing was told, so nothing is cleared");
            assert_eq!(corner.watch.for_review().count(), 0);
            corner.looks(30, seen);
            assert_eq!(corner.violations(), 1, "it was gone and has come again");
        }
    }

    #[test]
    fn a_car_that_has_always_stood_there_is_a_case() {
        let car = thing(Kind::Car, 0.3);
        let kerb = zone("kerb", ZoneKind::NoParking, KERB);
        let mut corner = Corner::beginning_with(&[car], vec![kerb]);
        assert_eq!(corner.looks(30, &[car]).violations(), 1);
    }

    #[test]
    fn what_the_detector_sees_now_and_then_is_no_matter() {
        for (every, expected) in [(5, 0), (2, 1)] {
            let walk = zone("walk", ZoneKind::NoDumping, KERB);
            let mut corner = Corner::new(vec![walk]).textured();
            for look in 0..60 {
                let seen = thing(Kind::Garbage, 0.3);
                corner.look(if look % every == 0 { std::slice::from_ref(&seen) } else { &[] });
            }
            assert_eq!(corner.violations(), expected, "one look in {every}");
        }
    }

    #[test]
    fn a_bin_that_overflows_is_a_matter_from_then_on_until_it_is_emptied() {
        let (bin, full) = (thing(Kind::Bin, 0.3), thing(Kind::OverflowingBin, 0.3));
        let walk = zone("walk", ZoneKind::NoDumping, KERB);
        let mut corner = Corner::beginning_with(&[bin], vec![walk]).textured();
        // Seen from 62 s on; now and then the detector thinks better of it, or sees nothing.
        corner.looks(29, &[bin]);
        for look in 0..30 {
            match look % 5 {
                3 => corner.look(&[bin]),
                4 => corner.look(&[]),
                _ => corner.look(&[full]),
            }
        }
        corner.looks(20, &[bin]);
        let times: Vec<_> = corner.said.iter().map(|(secs, phase, _)| (*secs, *phase)).collect();
        let expected = [
            (72, IncidentPhase::PreAlarm),
            (92, IncidentPhase::Violation),
            (130, IncidentPhase::Cleared),
        ];
        assert_eq!(times, expected);
    }

    #[test]
    fn a_bin_that_is_taken_for_an_overflowing_one_now_and_then_is_no_matter() {
        let (bin, full) = (thing(Kind::Bin, 0.3), thing(Kind::OverflowingBin, 0.3));
        let mut corner = Corner::new(vec![zone("walk", ZoneKind::NoDumping, KERB)]).textured();
        for look in 0..90 {
            let seen = if look % 3 == 0 { full } else { bin };
            corner.look(&[seen]);
        }
        assert_eq!(corner.violations(), 0);
    }

    #[test]
    fn a_stall_its_umbrella_and_its_tricycle_are_one_matter_and_two_stalls_are_two() {
        let vendor = thing_at(Kind::Person, [0.46, 0.4, 0.52, 0.66]);
        let umbrella = thing_at(Kind::Umbrella, [0.28, 0.34, 0.47, 0.51]);
        let tricycle = thing(Kind::Tricycle, 0.46);
        let walk = || zone("walk", ZoneKind::NoVending, [0.0, 0.3, 1.0, 0.8]);
        let mut corner = Corner::new(vec![walk()]);
        corner.looks(40, &[thing(Kind::Stall, 0.3), umbrella, tricycle, vendor]);
        assert_eq!(corner.violations(), 1);
        let mut corner = Corner::new(vec![walk()]);
        corner.looks(40, &[thing(Kind::Stall, 0.3), thing(Kind::Stall, 0.53), vendor]);
        assert_eq!(corner.violations(), 2);
    }

    #[test]
    fn at_a_permitted_point_vending_is_legal_in_its_hours_only() {
        let vendor = thing_at(Kind::Person, [0.46, 0.4, 0.52, 0.66]);
        for (hours, expected) in [("daily 06:00-20:00", 0), ("daily 18:00-22:00", 1)] {
            let hours = WeeklyHours::parse([hours]).unwrap();
            let permitted =
                Zone { hours: Some(hours), ..zone("point", ZoneKind::VendingPermitted, KERB) };
            let mut corner = Corner::new(vec![zone("walk", ZoneKind::NoVending, KERB), permitted]);
            corner.looks(30, &[thing(Kind::Stall, 0.3), vendor]);
            assert_eq!(corner.violations(), expected);
        }
    }

    #[test]
    fn the_end_of_a_stall_that_is_only_just_taken_for_one_is_no_second_stall() {
        let vendor = thing_at(Kind::Person, [0.46, 0.4, 0.52, 0.66]);
        for (score, expected) in [(0.42, 1), (0.5, 2)] {
            let mut corner = Corner::new(vec![zone("walk", ZoneKind::NoVending, KERB)]);
            let behind = thing_at(Kind::Stall, [0.3, 0.4, 0.45, 0.55]);
            let behind = Detection { score, ..behind };
            corner.looks(20, &[thing(Kind::Stall, 0.3), behind, vendor]);
            assert_eq!(corner.violations(), expected, "by {score}");
            corner.looks(20, &[behind, vendor]);
            assert_eq!(corner.violations(), 2, "when the first has gone it is one by itself");
        }
    }

    #[test]
    fn a_vendor_who_walks_through_is_not_vending() {
        let mut corner = Corner::new(vec![zone("walk", ZoneKind::NoVending, KERB)]);
        for step in 0..18u8 {
            let x = 0.04 * f32::from(step);
            let vendor = thing_at(Kind::Person, [x + 0.16, 0.4, x + 0.22, 0.66]);
            corner.looks(2, &[thing(Kind::Stall, x), vendor]);
        }
        assert_eq!(corner.violations(), 0);
    }

    #[test]
    fn dumped_garbage_is_found_but_not_at_a_collection_point_nor_beside_a_stall() {
        let kerb = || zone("kerb", ZoneKind::NoDumping, KERB);
        let bags = thing(Kind::Garbage, 0.3);
        let mut corner = Corner::new(vec![kerb()]);
        assert_eq!(corner.looks(30, &[bags]).violations(), 1);
        let mut corner = Corner::new(vec![kerb(), zone("point", ZoneKind::CollectionPoint, KERB)]);
        assert_eq!(corner.looks(30, &[bags]).violations(), 0);
        let mut corner = Corner::new(vec![kerb()]);
        let goods = Detection { score: 0.6, ..bags };
        assert_eq!(corner.looks(30, &[goods, thing(Kind::Stall, 0.46)]).violations(), 0);
    }

    #[test]
    fn what_is_surely_a_heap_is_nobodys_beside_a_stall_and_among_people_too() {
        let (heap, stall) = (thing(Kind::Garbage, 0.3), thing(Kind::Stall, 0.46));
        let somebody = thing_at(Kind::Person, [0.46, 0.4, 0.52, 0.66]);
        for other in [stall, somebody] {
            let mut corner = Corner::new(vec![zone("kerb", ZoneKind::NoDumping, KERB)]);
            assert_eq!(corner.looks(30, &[heap, other]).violations(), 1, "{:?}", other.kind);
        }
    }

    #[test]
    fn what_is_hardly_a_stall_has_no_goods() {
        let mut corner = Corner::new(vec![zone("kerb", ZoneKind::NoDumping, KERB)]);
        let umbrella = Detection { score: 0.41, ..thing(Kind::Umbrella, 0.46) };
        let faint = Detection { score: 0.2, ..umbrella };
        let heap = Detection { score: 0.6, ..thing(Kind::Garbage, 0.3) };
        corner.look(&[heap, umbrella]);
        assert_eq!(corner.looks(29, &[heap, faint]).violations(), 1);
    }

    #[test]
    fn a_stall_seen_around_a_heap_owns_it_only_if_it_is_the_surer_one() {
        for (stall, expected) in [(0.5, 1), (0.8, 0)] {
            let mut corner = Corner::new(vec![zone("kerb", ZoneKind::NoDumping, KERB)]);
            let around = thing_at(Kind::Stall, [0.28, 0.35, 0.47, 0.66]);
            let around = Detection { score: stall, ..around };
            let heap = Detection { score: 0.6, ..thing(Kind::Garbage, 0.3) };
            corner.looks(30, &[heap, around]);
            assert_eq!(corner.violations(), expected, "a stall by {stall}");
        }
    }

    #[test]
    fn a_case_waits_for_a_picture_that_shows_the_thing() {
        let mut corner = Corner::new(vec![zone("kerb", ZoneKind::NoParking, KERB)]).textured();
        corner.looks(14, &[thing(Kind::Car, 0.3)]).looks(3, &[]);
        assert_eq!(corner.violations(), 0, "its place looks as it did, but nobody saw it there");
        corner.look(&[thing(Kind::Car, 0.3)]);
        assert_eq!(corner.violations(), 1);
    }

    #[test]
    fn bags_beside_their_owner_are_not_dumped_until_the_owner_has_gone() {
        let owner = thing_at(Kind::Person, [0.46, 0.4, 0.52, 0.66]);
        let bags = Detection { score: 0.6, ..thing(Kind::Garbage, 0.3) };
        let mut corner = Corner::new(vec![zone("kerb", ZoneKind::NoDumping, KERB)]);
        assert_eq!(corner.looks(30, &[bags, owner]).violations(), 0);
        assert_eq!(corner.looks(20, &[bags]).violations(), 1);
    }

    #[test]
    fn a_post_that_looks_a_little_like_a_person_owns_no_bags() {
        let post = thing_at(Kind::Person, [0.46, 0.4, 0.52, 0.66]);
        let bags = Detection { score: 0.6, ..thing(Kind::Garbage, 0.3) };
        let scored = |score| Detection { score, ..post };
        for (score, expected) in [(0.12, 1), (0.3, 1), (0.4, 0)] {
            let mut corner = Corner::new(vec![zone("kerb", ZoneKind::NoDumping, KERB)]);
            corner.looks(30, &[bags, scored(score)]);
            assert_eq!(corner.violations(), expected, "a person by {score}");
        }
    }

    #[test]
    fn a_thing_that_is_taken_for_two_is_the_one_it_is_taken_for_most() {
        let zones = || {
            let stalls = zone("walk", ZoneKind::NoVending, KERB);
            vec![stalls, zone("kerb", ZoneKind::NoDumping, KERB)]
        };
        let passer = thing_at(Kind::Person, [0.56, 0.4, 0.62, 0.66]);
        let scored = |kind, score| Detection { score, ..thing(kind, 0.3) };
        let cases =
            [(0.9, 0.5, IncidentKind::StreetVending), (0.5, 0.9, IncidentKind::GarbagePile)];
        for (stall, garbage, expected) in cases {
            let mut corner = Corner::new(zones());
            let seen = [scored(Kind::Stall, stall), scored(Kind::Garbage, garbage)];
            // Near for long enough to keep a stall, and not for long enough to own bags.
            corner.looks(9, &[seen[0], seen[1], passer]).looks(31, &seen);
            let violations = corner.said.iter().filter(|said| said.1 == IncidentPhase::Violation);
            let kinds: Vec<_> = violations.map(|said| said.2).collect();
            assert_eq!(kinds, [expected]);
        }
    }

    /// A table full of goods resembles a bin that overflows, but bins do not come.
    #[test]
    fn a_stall_that_is_rather_taken_for_a_bin_is_one_unless_a_bin_stood_there() {
        let vendor = thing_at(Kind::Person, [0.46, 0.4, 0.52, 0.66]);
        let as_bin = Detection { score: 0.9, ..thing(Kind::OverflowingBin, 0.3) };
        for (before, expected) in [(&[][..], 1), (&[thing(Kind::Bin, 0.3)][..], 0)] {
            let mut corner = Corner::new(vec![zone("walk", ZoneKind::NoVending, KERB)]);
            corner.looks(10, before).looks(30, &[as_bin, thing(Kind::Stall, 0.3), vendor]);
            assert_eq!(corner.violations(), expected);
        }
    }

    #[test]
    fn what_came_and_is_a_stall_now_and_then_is_no_bin_that_overflows() {
        let (as_bin, stall) = (thing(Kind::OverflowingBin, 0.3), thing(Kind::Stall, 0.3));
        let within = thing_at(Kind::Bin, [0.31, 0.56, 0.38, 0.65]);
        let small = thing_at(Kind::Bin, [0.31, 0.59, 0.36, 0.65]);
        let bin = thing(Kind::Bin, 0.3);
        for (before, expected) in [(&[][..], 0), (&[bin], 1), (&[within], 1), (&[small], 0)] {
            let walk = zone("walk", ZoneKind::NoDumping, KERB);
            let mut corner = Corner::new(vec![walk]);
            corner.looks(10, before);
            // The place looks otherwise from now on.
            let mut corner = corner.textured();
            corner.looks(5, &[as_bin, stall]).looks(25, &[as_bin]);
            assert_eq!(corner.violations(), expected);
        }
    }

    /// Who fills a bin may be taken for a stall beside it, and that place looks the same later on.
    #[test]
    fn what_was_a_stall_before_the_bin_overflowed_does_not_own_it() {
        let (full, bin) = (thing(Kind::OverflowingBin, 0.3), thing(Kind::Bin, 0.3));
        let stall = thing_at(Kind::Stall, [0.4, 0.42, 0.52, 0.6]);
        let walk = zone("walk", ZoneKind::NoDumping, [0.2, 0.2, 0.9, 0.9]);
        let mut corner = Corner::new(vec![walk]).textured();
        corner.looks(8, &[bin]).looks(2, &[bin, stall]).looks(2, &[bin]);
        assert_eq!(corner.looks(30, &[full]).violations(), 1);
    }

    #[test]
    fn what_was_a_bin_before_overflows_though_it_was_a_stall_for_some_looks() {
        let (full, stall) = (thing(Kind::OverflowingBin, 0.3), thing(Kind::Stall, 0.3));
        let walk = zone("walk", ZoneKind::NoDumping, KERB);
        let violation = Duration::from_secs(60);
        let mut corner = Corner::new(vec![Zone { violation, ..walk }]);
        corner.looks(4, &[thing(Kind::Bin, 0.3)]);
        let mut corner = corner.textured();
        corner.looks(5, &[full, stall]).looks(35, &[full]);
        assert_eq!(corner.violations(), 1);
    }

    /// A bin at dusk was a plain one in every look, and from one picture on in three of five.
    #[test]
    fn a_plain_bin_that_overflows_in_few_looks_from_now_on_has_changed() {
        let (full, bin) = (thing(Kind::OverflowingBin, 0.3), thing(Kind::Bin, 0.3));
        let flickering = [full, full, bin, bin, bin];
        for (before, expected) in [([bin; 5], 1), (flickering, 0)] {
            let walk = zone("walk", ZoneKind::NoDumping, KERB);
            let mut corner = Corner::new(vec![walk]).textured();
            for seen in [before; 3].iter().chain(&[flickering; 8]).flatten() {
                corner.look(&[*seen]);
            }
            assert_eq!(corner.violations(), expected);
        }
    }

    /// A shape beside it that is seen often and hardly as a stall owned a bin.
    #[test]
    fn what_is_doubtfully_a_stall_where_a_bin_stood_does_not_own_it() {
        let (full, bin) = (thing(Kind::OverflowingBin, 0.3), thing(Kind::Bin, 0.3));
        let stall = |score| Detection { score, ..thing(Kind::Stall, 0.3) };
        for (score, expected) in [(0.25, 1), (0.6, 0)] {
            let mut corner = Corner::new(vec![zone("walk", ZoneKind::NoDumping, KERB)]);
            corner.looks(5, &[bin]).looks(1, &[full, stall(0.45)]);
            assert_eq!(corner.looks(30, &[full, stall(score)]).violations(), expected, "{score}");
        }
    }

    /// Something beside a bin was a stall in one look, and its place looked the same later on.
    #[test]
    fn what_was_a_stall_in_one_look_does_not_own_the_bin_beside_it() {
        let (full, bin) = (thing(Kind::OverflowingBin, 0.3), thing(Kind::Bin, 0.3));
        let stall = thing_at(Kind::Stall, [0.44, 0.42, 0.56, 0.6]);
        let mut corner = Corner::new(vec![zone("walk", ZoneKind::NoDumping, KERB)]);
        corner.looks(10, &[bin]);
        let mut corner = corner.textured();
        corner.looks(1, &[full, stall]).looks(30, &[full]);
        assert_eq!(corner.violations(), 1);
    }

    /// The lower end of a heap at the kerb, made out by little, lay on the road; nothing of it was told.
    #[test]
    fn the_part_of_a_heap_outside_the_zone_must_be_sure_to_speak_for_the_whole() {
        let heap = thing_at(Kind::Garbage, [0.3, 0.66, 0.45, 0.78]);
        let end = |score| Detection { score, ..thing_at(Kind::Garbage, [0.3, 0.72, 0.45, 0.86]) };
        for (score, expected) in [(0.2, 1), (0.8, 0)] {
            let mut corner = Corner::new(vec![zone("walk", ZoneKind::NoDumping, KERB)]);
            corner.looks(1, &[heap, end(0.45)]);
            assert_eq!(corner.looks(30, &[heap, end(score)]).violations(), expected, "{score}");
        }
    }

    #[test]
    fn the_end_of_a_stall_is_no_bin_that_overflows() {
        let bin = thing_at(Kind::OverflowingBin, [0.45, 0.5, 0.5, 0.65]);
        let mut corner = Corner::new(vec![zone("kerb", ZoneKind::NoDumping, KERB)]);
        // The stall comes while the camera looks: what has always been there says nothing.
        corner.looks(20, &[]);
        assert_eq!(corner.looks(30, &[bin, thing(Kind::Stall, 0.3)]).violations(), 0);
        assert_eq!(corner.looks(30, &[bin]).violations(), 1, "the stall has gone");
    }

    /// Behind a queue something was a tricycle now and then, and a little like one in between.
    #[test]
    fn what_is_like_a_vehicle_in_few_looks_only_is_none() {
        let seen = |score| Detection { score, ..thing(Kind::Tricycle, 0.3) };
        for (doubtful, expected) in [(0.38, 1), (0.2, 0)] {
            let mut corner = Corner::new(vec![zone("kerb", ZoneKind::NoParking, KERB)]);
            for look in 0..30 {
                corner.look(&[seen(if look % 4 == 0 { 0.5 } else { doubtful })]);
            }
            assert_eq!(corner.violations(), expected, "{doubtful}");
        }
    }

    #[test]
    fn a_matter_told_before_a_restart_is_not_told_again() {
        let mut corner = Corner::new(vec![zone("kerb", ZoneKind::NoParking, KERB)]);
        corner.looks(30, &[thing(Kind::Car, 0.3)]);
        corner.restart();
        corner.looks(30, &[thing(Kind::Car, 0.3)]);
        assert_eq!(corner.violations(), 1);
    }

    #[test]
    fn hours_that_close_and_open_again_count_from_the_opening() {
        let hours = WeeklyHours::parse(["fri 08:00-08:01", "fri 08:02-09:00"]).unwrap();
        let kerb = Zone { hours: Some(hours), ..zone("kerb", ZoneKind::NoParking, KERB) };
        let mut corner = Corner::new(vec![kerb]);
        corner.looks(80, &[thing(Kind::Car, 0.3)]);
        let violations = corner.said.iter().filter(|said| said.1 == IncidentPhase::Violation);
        let times: Vec<i64> = violations.map(|(secs, ..)| *secs).collect();
        assert_eq!(times, [34, 150]);
    }

    #[test]
    fn what_passes_is_forgotten() {
        // What had been seen once ended without a word, was watched for ever, and kept the
        // camera looking as closely as if something were near its threshold.
        let mut corner = Corner::new(vec![zone("kerb", ZoneKind::NoParking, KERB)]);
        for step in 0..40u8 {
            corner.look(&[thing(Kind::Car, 0.4 * f32::from(step % 3))]);
        }
        corner.looks(20, &[]);
        assert!(corner.watch.memory().watched.is_empty());
        assert_eq!(corner.watch.pace(Timestamp::from_secs(corner.secs)), Pace::Armed);
    }

    #[test]
    fn a_car_at_the_edge_of_a_zone_is_told_once() {
        let edge = zone("edge", ZoneKind::NoParking, [0.0, 0.4, 0.375, 0.8]);
        let mut corner = Corner::new(vec![edge]);
        for step in 0..80u8 {
            let sway = if step / 10 % 2 == 0 { -0.02 } else { 0.02 };
            corner.look(&[thing(Kind::Car, 0.3 + sway)]);
        }
        assert_eq!(corner.phases(), [IncidentPhase::PreAlarm, IncidentPhase::Violation]);
    }

    #[test]
    fn on_the_pavement_nobody_queues() {
        let mut corner = Corner::new(vec![zone("walk", ZoneKind::Pavement, KERB)]);
        corner.looks(20, &[thing(Kind::Car, 0.1), thing(Kind::Car, 0.3)]);
        assert_eq!(corner.violations(), 2);
    }

    #[test]
    fn the_pace_follows_what_stands() {
        let mut corner = Corner::new(vec![zone("kerb", ZoneKind::NoParking, KERB)]);
        let pace = |corner: &Corner| corner.watch.pace(Timestamp::from_secs(corner.secs));
        assert_eq!(pace(&corner), Pace::Armed);
        assert_eq!(pace(corner.looks(2, &[thing(Kind::Car, 0.3)])), Pace::Candidate);
        assert_eq!(pace(corner.looks(10, &[thing(Kind::Car, 0.3)])), Pace::Confirming);
        assert_eq!(pace(corner.looks(10, &[thing(Kind::Car, 0.3)])), Pace::Open);
    }
}
