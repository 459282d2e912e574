//! One camera's patrol: from the boxes of a look to what the rules say of it.

use std::time::Duration;

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::Serialize;

use crate::detect::Detection;
use crate::detect::Kind;
use crate::ingest::Deltas;
use crate::ingest::Frame;
use crate::time::Timestamp;
use crate::tracking::SmallPicture;
use crate::tracking::Stay;
use crate::tracking::StayId;
use crate::tracking::StaySettings;
use crate::tracking::Stays;
use crate::tracking::View;
use crate::tracking::ViewState;

use super::GateSettings;
use super::IncidentChange;
use super::IncidentPhase;
use super::Pace;
use super::Scene;
use super::Watch;
use super::WatchMemory;
use super::Zone;
use super::ZoneId;
use super::evidence;
use super::gates::Gates;

/// All that one camera's looks have taught.
#[derive(Debug)]
pub struct Patrol {
    view: View,
    stays: Stays,
    watch: Watch,
    gates: Gates,
}

/// What a look has brought.
#[derive(Debug)]
pub struct Finding {
    pub view: ViewState,
    pub changes: Vec<IncidentChange>,
    /// Stays that a zone speaks of since this look.
    pub newly_watched: Vec<StayId>,
    pub pace: Pace,
}

/// What a patrol knows, to go on after a restart. Zones are not in it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct PatrolMemory {
    stays: Vec<Stay>,
    watch: WatchMemory,
}

impl Patrol {
    #[must_use]
    pub fn new(zones: Vec<Zone>, time_zone: TimeZone, settings: StaySettings) -> Self {
        Self::resume(zones, time_zone, settings, PatrolMemory::default())
    }

    /// Goes on where an earlier run stopped.
    #[must_use]
    pub fn resume(
        zones: Vec<Zone>,
        time_zone: TimeZone,
        settings: StaySettings,
        memory: PatrolMemory,
    ) -> Self {
        Self {
            view: View::default(),
            gates: Gates::new(GateSettings::OFF, &zones),
            stays: Stays::resume(settings, memory.stays),
            watch: Watch::new(zones, time_zone).resume(memory.watch),
        }
    }

    /// With looks spared as the settings say; without this, none is.
    #[must_use]
    pub fn gated(self, settings: GateSettings) -> Self {
        Self { gates: Gates::new(settings, self.watch.zones()), ..self }
    }

    #[must_use]
    pub fn memory(&self) -> PatrolMemory {
        PatrolMemory { stays: self.stays.all().to_vec(), watch: self.watch.memory() }
    }

    #[must_use]
    pub fn stays(&self) -> &[Stay] {
        self.stays.all()
    }

    /// The stays that some zone speaks of.
    #[must_use]
    pub fn watched(&self) -> Vec<&Stay> {
        let watched = self.watch.watched_stays();
        self.stays.all().iter().filter(|stay| watched.contains(&stay.id())).collect()
    }

    /// What has stood there since before the camera looked and would be a matter otherwise:
    /// which stay, in which zone, and since when it is known to have stood there.
    pub fn for_review(&self) -> impl Iterator<Item = (StayId, &ZoneId, Timestamp)> {
        self.watch.for_review()
    }

    /// Judges by other zones from now on. What stands there keeps its dwell,
    /// and what was said of zones that stay under their name is not said again.
    pub fn rezone(&mut self, zones: Vec<Zone>, time_zone: TimeZone) {
        let memory = self.watch.memory();
        self.gates = Gates::new(self.gates.settings(), &zones);
        self.watch = Watch::new(zones, time_zone).resume(memory);
    }

    /// Looks and forgives otherwise from now on. What stands there keeps its dwell.
    pub fn retime(&mut self, gates: GateSettings, settings: StaySettings) {
        self.gates = Gates::new(gates, self.watch.zones());
        self.stays.forgive(settings);
    }

    #[must_use]
    pub fn zones(&self) -> &[Zone] {
        self.watch.zones()
    }

    /// The clock of the pictures was set back by so much. What stands there
    /// keeps its dwell, and the next looks count.
    pub fn set_back(&mut self, by: Duration) {
        self.view.set_back(by);
        self.stays.set_back(by);
        self.watch.set_back(by);
        self.gates.set_back(by);
    }

    /// A turn begins, before decoding: whether it may be passed over, as the
    /// stream says that nothing moved. The street then counts as seen again as it was.
    /// `deltas` are those since the last turn, none after a connection anew.
    pub fn passes_over(
        &mut self,
        at: Timestamp,
        deltas: Option<Deltas>,
        keyframe_bytes: usize,
    ) -> bool {
        self.gates.turn(at, deltas);
        if deltas.is_none() {
            self.gates.wake();
        }
        let passes = self.may_rest(at) && self.gates.hears_nothing(keyframe_bytes);
        if passes {
            self.still(at);
        }
        passes
    }

    /// The next looks are taken whatever the gates say.
    pub fn wake(&mut self) {
        self.gates.wake();
    }

    /// How closely to look from now on.
    #[must_use]
    pub fn pace(&self, at: Timestamp) -> Pace {
        self.watch.pace(at)
    }

    /// Whether the picture can be judged at all. Asked before inference, so
    /// that a covered camera costs none.
    pub fn view(&mut self, at: Timestamp, frame: &Frame) -> Sighted {
        let picture = SmallPicture::of(frame);
        let (view, adopted) = self.view.look(at, &picture);
        // Beside a candidate it matters who passes in the lane next to it.
        let closely = self.watch.pace(at) > Pace::Open;
        let same = self.gates.sees_nothing(self.stays.last_picture(), &picture, closely);
        let good = view == ViewState::Good && !adopted;
        let unchanged = good && same && self.may_rest(at);
        Sighted { at, picture, view, adopted, unchanged }
    }

    /// Takes in what the detector saw. In a picture that shows nothing, or
    /// another street, the clocks of stays stand still; one in which nothing
    /// has changed counts as seen again, without its detections.
    pub fn look(
        &mut self,
        sighted: &Sighted,
        frame: &Frame,
        detections: &[Detection],
        strong: impl Fn(Kind) -> f32,
    ) -> Finding {
        let at = sighted.at;
        if sighted.unchanged {
            self.still(at);
            let (changes, newly_watched) = (Vec::new(), Vec::new());
            return Finding { view: sighted.view, changes, newly_watched, pace: self.pace(at) };
        }
        let mut changes = Vec::new();
        let mut newly_watched = Vec::new();
        if sighted.adopted {
            let scene = Scene { at, stays: &[], movers: &[], detections: &[], person_score: 1.0 };
            changes.extend(self.watch.look(&scene, &self.stays.forget()));
        }
        if sighted.view == ViewState::Good {
            let detections = &evidence::joined(detections);
            let sight = self.stays.look(at, detections, &strong, frame, &sighted.picture);
            let stays = self.stays.all();
            let person_score = strong(Kind::Person);
            let scene = Scene { at, stays, movers: &sight.movers, detections, person_score };
            let before = self.watch.watched_stays();
            changes.extend(self.watch.look(&scene, &sight.ended));
            newly_watched.extend(self.watch.watched_stays().difference(&before));
            self.gates.looked(at);
        }
        for told in changes.iter().filter(|change| change.phase == IncidentPhase::Violation) {
            self.stays.tell(told.incident.stay_id, at);
        }
        let news =
            changes.iter().any(|change: &IncidentChange| change.phase != IncidentPhase::Standing);
        if news || !newly_watched.is_empty() || sighted.view != ViewState::Good {
            self.gates.wake();
        }
        Finding { view: sighted.view, changes, newly_watched, pace: self.watch.pace(at) }
    }

    /// Whether a look at this time could wait: no candidate is near its
    /// threshold, and nothing that is watched is in doubt.
    fn may_rest(&self, at: Timestamp) -> bool {
        let settled = |since| self.watch.is_settled(since, at, self.stays.all());
        self.gates.may_rest(at)
            && self.watch.pace(at) != Pace::Confirming
            && self.gates.looked_at().is_some_and(settled)
    }

    fn still(&mut self, at: Timestamp) {
        self.stays.still(at);
        self.watch.still(at);
    }
}

/// A look whose view has been judged, before inference.
#[derive(Debug)]
pub struct Sighted {
    at: Timestamp,
    picture: SmallPicture,
    view: ViewState,
    adopted: bool,
    unchanged: bool,
}

impl Sighted {
    /// Whether inference would be of use: the picture can be judged, and shows something new.
    #[must_use]
    pub fn asks_detector(&self) -> bool {
        self.view == ViewState::Good && !self.unchanged
    }

    /// Whether the picture shows what the last look's did, and nothing waits for another look.
    #[must_use]
    pub const fn is_unchanged(&self) -> bool {
        self.unchanged
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::geometry::BoxInImage;
    use crate::geometry::Point;
    use crate::geometry::Polygon;
    use crate::ingest::YuvLayout;
    use crate::ingest::YuvMatrix;
    use crate::rules::ZoneId;
    use crate::rules::ZoneKind;
    use crate::time::WeeklyHours;

    use super::*;

    const WIDTH: usize = 192;
    const HEIGHT: usize = 108;
    /// Friday 2026-05-01, 08:00 in China.
    const MORNING: i64 = 1_777_593_600;
    const BEAT_S: i64 = 4;
    const KEYFRAME: usize = 200_000;
    const SILENT: Deltas = Deltas { units: 100, bytes: 90_000 };
    const LOUD: Deltas = Deltas { units: 100, bytes: 900_000 };

    /// The lower half of the picture; a minute is too long.
    fn kerb() -> Zone {
        let corners = [[0.0, 0.5], [1.0, 0.5], [1.0, 1.0], [0.0, 1.0]].map(Point::from);
        Zone {
            id: ZoneId::new("kerb"),
            kind: ZoneKind::NoParking,
            polygon: Polygon::new(corners.to_vec()).unwrap(),
            hours: None,
            pre_alarm: Duration::from_secs(20),
            violation: Duration::from_secs(60),
            exempt: Vec::new(),
        }
    }

    fn place(column: usize, row: f32) -> BoxInImage {
        let x = 0.05 + 0.2 * column as f32;
        BoxInImage::clipped(x, row, x + 0.14, row + 0.16)
    }

    fn car(column: usize) -> BoxInImage {
        place(column, 0.65)
    }

    fn texture(x: usize, y: usize, seed: u32) -> u8 {
        let cell = (y / 4 * 64 + x / 4) as u32 + seed.wrapping_mul(9_973) + 1;
        let mixed = cell.wrapping_mul(2_654_435_761);
        let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(2_246_822_519);
        40 + (mixed >> 25) as u8
    }

    /// A textured street with textured things in it and a little noise.
    fn frame(things: &[BoxInImage], number: i64) -> Frame {
        let mut yuv = vec![128; WIDTH * HEIGHT * 3 / 2];
        for (at, sample) in yuv[..WIDTH * HEIGHT].iter_mut().enumerate() {
            let (x, y) = (at % WIDTH, at / WIDTH);
            let (in_x, in_y) = (x as f32 / WIDTH as f32, y as f32 / HEIGHT as f32);
            let inside = |b: &&BoxInImage| {
                (b.x0()..b.x1()).contains(&in_x) && (b.y0()..b.y1()).contains(&in_y)
            };
            let thing = things.iter().find(inside).map(|b| (b.x0() * 100.0) as u32 + 1);
            let noise = (at as i64).wrapping_mul(number + 7).wrapping_mul(40_503) >> 7 & 1;
            *sample = texture(x, y, thing.unwrap_or(0)) + noise as u8;
        }
        let matrix = YuvMatrix::usual_for(108);
        let (width, height) = (WIDTH as u32, HEIGHT as u32);
        Frame::from_packed(width, height, YuvLayout::I420, matrix, yuv).unwrap()
    }

    /// A camera that is told a story, a beat at a time.
    struct Corner {
        patrol: Patrol,
        beats: i64,
        /// Its pictures are taken so much after the full second.
        after: Duration,
        /// Seconds at which the detector was asked.
        asked: Vec<i64>,
        said: Vec<(i64, IncidentPhase, i64, i64)>,
    }

    impl Corner {
        fn new(settings: GateSettings, zone: Zone) -> Self {
            let time_zone = TimeZone::fixed(jiff::tz::offset(8));
            let patrol = Patrol::new(vec![zone], time_zone, StaySettings::default());
            let patrol = patrol.gated(settings);
            Self { patrol, beats: 0, after: Duration::ZERO, asked: Vec::new(), said: Vec::new() }
        }

        fn secs(&self) -> i64 {
            self.beats * BEAT_S
        }

        /// One turn; true if it was passed over.
        fn turn(&mut self, things: &[BoxInImage], deltas: Option<Deltas>) -> bool {
            self.beats += 1;
            let at = Timestamp::from_secs(MORNING + self.secs()) + self.after;
            if self.patrol.passes_over(at, deltas, KEYFRAME) {
                return true;
            }
            let frame = frame(things, self.beats);
            let sighted = self.patrol.view(at, &frame);
            let mut detections = Vec::new();
            if sighted.asks_detector() {
                self.asked.push(self.secs());
                let seen =
                    |b: &BoxInImage| Detection { kind: Kind::Car, score: 0.8, box_in_image: *b };
                detections.extend(things.iter().map(seen));
            }
            let finding = self.patrol.look(&sighted, &frame, &detections, |_| 0.5);
            let news = finding.changes.iter().filter(|c| c.phase != IncidentPhase::Standing);
            let second = |at: Timestamp| at.secs_from(Timestamp::from_secs(MORNING)) as i64;
            let said = news.map(|change| {
                let incident = &change.incident;
                (second(at), change.phase, second(incident.began_at), second(incident.seen_at))
            });
            self.said.extend(said);
            false
        }

        fn turns(&mut self, turns: usize, things: &[BoxInImage]) {
            for _ in 0..turns {
                self.turn(things, Some(Deltas::default()));
            }
        }
    }

    fn gaps(seconds: &[i64]) -> impl Iterator<Item = i64> {
        seconds.windows(2).map(|pair| pair[1] - pair[0])
    }

    #[test]
    fn a_still_street_is_looked_at_seldom_but_at_least_every_half_minute() {
        let mut corner = Corner::new(GateSettings::ON, kerb());
        corner.turns(150, &[]);
        assert_eq!(corner.asked[..5], [4, 8, 12, 16, 20], "a new scene is looked at");
        assert!(corner.asked.len() <= 30, "{:?}", corner.asked);
        assert!(gaps(&corner.asked).all(|gap| gap <= 30), "{:?}", corner.asked);
    }

    #[test]
    fn streets_that_were_first_seen_together_do_not_come_due_together() {
        const CAMERAS: u64 = 60;
        let mut looks = vec![0; 40];
        for camera in 0..CAMERAS {
            let mut corner = Corner::new(GateSettings::ON, kerb());
            corner.after = Duration::from_micros(camera * 1_237);
            corner.turns(40, &[]);
            corner.asked.iter().for_each(|secs| looks[(secs / BEAT_S - 1) as usize] += 1);
        }
        assert_eq!(looks[..5], [CAMERAS; 5], "a new scene is looked at");
        let most = looks[5..].iter().max().unwrap();
        assert!(*most <= CAMERAS / 3, "{looks:?}");
    }

    #[test]
    fn without_gates_every_turn_is_a_look() {
        let mut corner = Corner::new(GateSettings::OFF, kerb());
        corner.turns(50, &[]);
        assert_eq!(corner.asked.len(), 50);
    }

    #[test]
    fn a_car_that_comes_is_looked_at_at_once_and_for_a_while() {
        let mut corner = Corner::new(GateSettings::ON, kerb());
        corner.turns(29, &[]);
        let came_s = corner.secs() + BEAT_S;
        corner.turns(5, &[car(1)]);
        let expected: Vec<i64> = (0..5).map(|n| came_s + n * BEAT_S).collect();
        assert_eq!(corner.asked[corner.asked.len() - 5..], expected);
    }

    #[test]
    fn what_moves_far_from_every_zone_is_no_reason_to_look() {
        let mut corner = Corner::new(GateSettings::ON, kerb());
        for n in 0..100 {
            corner.turns(1, &[place(n % 4, 0.05)]);
        }
        assert!(corner.asked.len() <= 25, "{:?}", corner.asked);
    }

    #[test]
    fn a_candidate_near_its_threshold_is_looked_at_at_every_turn() {
        let mut corner = Corner::new(GateSettings::ON, kerb());
        corner.turns(20, &[]);
        let came_s = corner.secs() + BEAT_S;
        corner.turns(40, &[car(1)]);
        let near: Vec<i64> = (52..=64).step_by(4).map(|s| came_s + s).collect();
        assert!(near.iter().all(|s| corner.asked.contains(s)), "{:?}", corner.asked);
        let proved: Vec<_> =
            corner.said.iter().filter(|said| said.1 == IncidentPhase::Violation).collect();
        assert_eq!(proved.len(), 1);
        assert_eq!((proved[0].0, proved[0].2), (came_s + 60, came_s));
    }

    #[test]
    fn a_zone_that_begins_to_hold_is_looked_at_then() {
        let hours = WeeklyHours::parse(["fri 08:05-09:00"]).unwrap();
        let mut corner = Corner::new(GateSettings::ON, Zone { hours: Some(hours), ..kerb() });
        corner.turns(100, &[car(1)]);
        assert!(corner.asked.contains(&300), "{:?}", corner.asked);
        assert!(corner.said.iter().any(|said| said.1 == IncidentPhase::Violation && said.0 == 360));
    }

    #[test]
    fn a_silent_stream_is_passed_over_once_it_is_known() {
        let mut corner = Corner::new(GateSettings::ON, kerb());
        let passed = (0..150).filter(|_| corner.turn(&[], Some(SILENT))).count();
        assert!(passed >= 100, "{passed} of 150");
        assert!(gaps(&corner.asked).all(|gap| gap <= 30), "{:?}", corner.asked);
        assert!(!corner.turn(&[car(2)], Some(LOUD)), "it speaks");
        assert!(!corner.turn(&[car(2)], Some(SILENT)), "and is looked at again");
    }

    #[test]
    fn a_camera_that_was_connected_anew_is_a_new_scene() {
        let mut corner = Corner::new(GateSettings::ON, kerb());
        (0..60).for_each(|_| _ = corner.turn(&[], Some(SILENT)));
        assert!(!corner.turn(&[], None));
        let passed = (0..4).filter(|_| corner.turn(&[], Some(SILENT))).count();
        assert_eq!(passed, 0);
    }

    /// Cars that come and go: column, first beat, beats it stays.
    fn story() -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
        prop::collection::vec((0usize..4, 0usize..60, 1usize..60), 0..6)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
        #[test]
        fn the_same_is_said_with_gates_and_without(story in story()) {
            let mut both = [GateSettings::ON, GateSettings::OFF]
                .map(|settings| Corner::new(settings, kerb()));
            let mut before = Vec::new();
            for beat in 0..110 {
                let there = |(_, from, length): &&(usize, usize, usize)| {
                    (*from..from + length).contains(&beat)
                };
                let mut columns: Vec<usize> = story.iter().filter(there).map(|car| car.0).collect();
                columns.sort_unstable();
                columns.dedup();
                let things: Vec<BoxInImage> = columns.iter().map(|column| car(*column)).collect();
                let deltas = Some(if columns == before { SILENT } else { LOUD });
                for corner in &mut both {
                    corner.turn(&things, deltas);
                }
                before = columns;
            }
            let [gated, open] = both;
            prop_assert_eq!(&gated.said, &open.said, "asked at {:?}", gated.asked);
            prop_assert!(gated.asked.len() <= open.asked.len());
        }
    }
}
