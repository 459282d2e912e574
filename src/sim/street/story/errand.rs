//! People on an errand: they come, do something, and go.

use glam::Vec2;
use rand::Rng;

use crate::sim::street::place::Spot;
use crate::sim::street::thing::Fill;
use crate::sim::street::thing::Pose;
use crate::sim::street::thing::Thing;

use super::Actor;
use super::Scene;
use super::Way;
use super::cast::Stay;
use super::script::ActorScript;
use super::script::SpotName;
use super::spots::Stage;
use super::spots::floor_at;
use super::spots::half_size;

/// How long it takes to put something down.
const BEND_S: f32 = 2.0;
/// From one who brings garbage to the next, at most.
const NEXT_DROP_S: (f32, f32) = (4.0, 9.0);

/// A person's day, written as it goes.
pub(crate) struct Diary<'a, 'b> {
    pub(crate) stage: &'a mut Stage<'b>,
    pub(crate) now: f32,
    pub(crate) at: Vec2,
    scenes: Vec<Scene>,
}

impl<'a, 'b> Diary<'a, 'b> {
    /// Comes along the corners and is at the last one at `arrives`.
    pub(crate) fn arriving(stage: &'a mut Stage<'b>, corners: Vec<Vec2>, arrives: f32) -> Self {
        let speed = stage.rng.random_range(1.0..1.5);
        let begins = arrives - Way::walk(corners.clone(), speed, 0.0).lasts();
        let at = corners.first().copied().unwrap_or_default();
        let mut diary = Self { stage, now: begins, at, scenes: Vec::new() };
        diary.walk(corners, speed);
        diary
    }

    /// Is there from `now` on.
    pub(crate) const fn standing(stage: &'a mut Stage<'b>, at: Vec2, now: f32) -> Self {
        Self { stage, now, at, scenes: Vec::new() }
    }

    pub(crate) fn walk(&mut self, corners: Vec<Vec2>, speed: f32) {
        let Some(last) = corners.last().copied() else { return };
        let way = Way::walk(corners, speed, self.now);
        let ends = self.now + way.lasts();
        self.scenes.push(Scene::new(self.now, ends, Thing::Person(Pose::Walking), way));
        (self.now, self.at) = (ends, last);
    }

    pub(crate) fn stand(&mut self, until: f32, pose: Pose, heading: f32) {
        if until <= self.now {
            return;
        }
        let floor_m = floor_at(self.stage.place, self.at);
        let way = Way::Still(Spot { at: self.at, heading, floor_m });
        self.scenes.push(Scene::new(self.now, until, Thing::Person(pose), way));
        self.now = until;
    }

    /// Stands, turning now and then.
    pub(crate) fn linger(&mut self, until: f32, pose: Pose, towards: Vec2) {
        while self.now < until {
            let turn = self.stage.rng.random_range(-0.7..0.7);
            let heading = (towards - self.at).to_angle() + turn;
            let next = self.now + self.stage.rng.random_range(4.0..9.0);
            self.stand(next.min(until), pose, heading);
        }
    }

    pub(crate) fn leave(mut self) -> Actor {
        let way = self.stage.way_out(self.at);
        let speed = self.stage.rng.random_range(1.0..1.5);
        self.walk(way, speed);
        self.end()
    }

    pub(crate) fn end(self) -> Actor {
        Actor { id: String::new(), look: self.stage.rng.random(), scenes: self.scenes }
    }
}

/// Garbage that people bring, at `from` and later again.
pub(crate) fn drop_garbage(
    stage: &mut Stage<'_>,
    script: &ActorScript,
    thing: Thing,
) -> Option<(Vec<Actor>, Stay)> {
    let look = stage.rng.random();
    let spot = stage.spot(script.at, thing, look, script.event.as_deref())?;
    let from = script.from_s.map_or(8.0, |span| stage.pick(span)).max(8.0);
    let last = stage.length_s - 1.0;
    let to = script.for_s.map_or(last, |span| (from + stage.pick(span)).min(last));
    let mut scenes = Vec::new();
    let mut actors = Vec::new();
    let (mut now, mut scale) = (from, if script.grows > 0 { 0.75 } else { 1.0 });
    for visit in 0..=script.grows {
        actors.push(putting_down(stage, &spot, thing, now));
        let wait = stage.rng.random_range(NEXT_DROP_S.0..NEXT_DROP_S.1);
        let until = if visit == script.grows { to } else { (now + wait).min(to) };
        let grown = scale + 0.22;
        let scene = Scene::new(now, until, thing, Way::Still(spot));
        scenes.push(if visit == 0 {
            scene.growing(scale, scale, 1.0)
        } else {
            let scene = scene.growing(scale, grown, 0.8);
            scale = grown;
            scene
        });
        now = until;
    }
    actors.push(Actor { id: script.id.clone(), look, scenes });
    Some((actors, Stay { thing, look, spot, from, to }))
}

/// Someone who bends over the spot at `now`.
fn putting_down(stage: &mut Stage<'_>, spot: &Spot, thing: Thing, now: f32) -> Actor {
    let reach = half_size(thing, spot.heading).x + 0.45;
    let side = if stage.rng.random() { reach } else { -reach };
    let beside = spot.at + Vec2::X * side;
    let way = stage.way_in(beside);
    let mut diary = Diary::arriving(stage, way, now - BEND_S / 2.0);
    let heading = (spot.at - beside).to_angle();
    diary.stand(now + BEND_S / 2.0, Pose::Bent, heading);
    diary.leave()
}

/// A bin that is filled; the stay is that of its last state.
pub(crate) fn fill_bin(
    stage: &mut Stage<'_>,
    script: &ActorScript,
    thing: Thing,
    last: Fill,
) -> Option<(Vec<Actor>, Stay)> {
    let filled = |fill| {
        if matches!(thing, Thing::Container(_)) { Thing::Container(fill) } else { Thing::Bin(fill) }
    };
    let look = stage.rng.random();
    let spot = stage.spot(script.at, filled(last), look, script.event.as_deref())?;
    let from = script.from_s.map_or(14.0, |span| stage.pick(span)).max(9.0);
    let to = (stage.length_s - 8.0).min(script.for_s.map_or(1e6, |span| from + stage.pick(span)));
    let full_from = (from - stage.rng.random_range(4.0..8.0)).max(1.0);
    let still = |from, to, fill| Scene::new(from, to, filled(fill), Way::Still(spot));
    let mut scenes = vec![still(0.0, full_from, Fill::Closed)];
    if last == Fill::Overflowing {
        scenes.push(still(full_from, from, Fill::Full));
    }
    scenes.push(still(from, to, last));
    scenes.push(still(to, f32::INFINITY, Fill::Closed));
    let mut actors: Vec<Actor> =
        [full_from, from, to].map(|now| putting_down(stage, &spot, thing, now.max(7.0))).into();
    actors.push(Actor { id: script.id.clone(), look, scenes });
    Some((actors, Stay { thing: filled(last), look, spot, from, to }))
}

/// People who come to look at the other, or to buy of it.
pub(crate) fn visit(stage: &mut Stage<'_>, other: &Stay) -> Actor {
    let until = other.to.min(stage.length_s - 10.0);
    let arrives = stage.pick([other.from + 1.0, (until - 8.0).max(other.from + 2.0)]);
    let half = half_size(other.thing, other.spot.heading);
    let along = stage.rng.random_range(-half.x..half.x.max(0.1));
    let to_road = -other.spot.at.y.signum();
    let at = other.spot.at + Vec2::new(along, (half.y + 0.4) * to_road);
    let way = stage.way_in(at);
    let stays = stage.rng.random_range(5.0..12.0);
    let mut diary = Diary::arriving(stage, way, arrives);
    diary.linger((arrives + stays).min(until.max(arrives + 2.0)), Pose::Standing, other.spot.at);
    diary.leave()
}

/// One who gets out and walks off.
pub(crate) fn alight(stage: &mut Stage<'_>, other: &Stay, number: u32) -> Actor {
    let at = door_of(stage, other);
    let now = other.from + 1.2 + 1.3 * number as f32;
    let way = stage.way_out(at);
    let speed = stage.rng.random_range(1.0..1.5);
    let mut diary = Diary::standing(stage, at, now);
    diary.stand(now + 0.8, Pose::Standing, 1.5);
    diary.walk(way, speed);
    diary.end()
}

/// One who waits for the other to come, and gets in.
pub(crate) fn board(stage: &mut Stage<'_>, other: &Stay, number: u32) -> Actor {
    let door = door_of(stage, other);
    let aside = stage.rng.random_range(-3.0..3.0);
    let waits_at = Vec2::new(door.x + aside, door.y + door.y.signum() * 1.2);
    let way = stage.way_in(waits_at);
    let comes = stage.rng.random_range(0.5..0.8) * other.from;
    let gets_in = other.from + 2.0 + 1.4 * number as f32;
    let mut diary = Diary::arriving(stage, way, comes);
    diary.linger(gets_in, Pose::Standing, door);
    diary.walk(vec![waits_at, door], 1.2);
    diary.end()
}

/// One who walks up and down near the other.
pub(crate) fn hang(stage: &mut Stage<'_>, other: &Stay) -> Actor {
    let until = stage.length_s - 12.0;
    let begins = stage.rng.random_range(6.0..14.0);
    let near = |stage: &mut Stage<'_>| {
        let away = Vec2::new(stage.rng.random_range(-6.0..6.0), stage.rng.random_range(-0.4..0.4));
        let to_road = -other.spot.at.y.signum();
        other.spot.at + away + Vec2::Y * to_road * 1.3
    };
    let first = near(stage);
    let way = stage.way_in(first);
    let mut diary = Diary::arriving(stage, way, begins);
    while diary.now < until {
        let next = near(diary.stage);
        let corners = vec![diary.at, next];
        diary.walk(corners, 1.1);
        let rest = diary.now + diary.stage.rng.random_range(0.5..2.5);
        diary.stand(rest, Pose::Standing, 0.0);
    }
    diary.leave()
}

/// A worker who carries parcels from the other to the nearest door, and the parcels there.
pub(crate) fn unload(stage: &mut Stage<'_>, other: &Stay) -> Vec<Actor> {
    let from = door_of(stage, other);
    let doors = stage.place.shop_doors.iter().filter(|door| door.at.y * from.y > 0.0);
    let door = doors.min_by(|a, b| a.at.distance(from).total_cmp(&b.at.distance(from))).copied();
    let spot = door.or_else(|| stage.spot(SpotName::Door, Thing::Parcels, 0, None));
    let Some(spot) = spot else { return Vec::new() };
    let beside = spot.at + Vec2::X * 0.9;
    let until = other.to.min(stage.length_s - 6.0) - 3.0;
    let mut diary = Diary::standing(stage, from, other.from + 2.0);
    let (mut first, mut trips) = (None, Vec::new());
    while diary.now < until {
        trips.push((diary.now, vec![from, beside]));
        diary.walk(vec![from, beside], 1.1);
        first.get_or_insert(diary.now);
        let rest = diary.now + 1.5;
        diary.stand(rest, Pose::Bent, 3.0);
        trips.push((diary.now, vec![beside, from]));
        diary.walk(vec![beside, from], 1.3);
        let rest = diary.now + 1.2;
        diary.stand(rest, Pose::Bent, 1.5);
    }
    let worker = diary.end();
    let cart = pushed(Thing::HandTruck, stage.rng.random(), trips, 1.1);
    let mut parcels = Actor { id: String::new(), look: stage.rng.random(), scenes: Vec::new() };
    if let Some(first) = first {
        let scene = Scene::new(first, until + 2.0, Thing::Parcels, Way::Still(spot));
        parcels.scenes.push(scene.growing(0.5, 1.0, until - first));
    }
    vec![worker, cart, parcels]
}

/// A thing pushed along the ways, a little ahead of who pushes it.
fn pushed(thing: Thing, look: u64, trips: Vec<(f32, Vec<Vec2>)>, speed: f32) -> Actor {
    let scene = |(begins, corners): (f32, Vec<Vec2>)| {
        let way = Way::walk(corners, speed, begins - 0.6);
        Scene::new(begins, begins + way.lasts() - 0.6, thing, way)
    };
    Actor { id: String::new(), look, scenes: trips.into_iter().map(scene).collect() }
}

/// Beside a vehicle, towards the pavement.
fn door_of(stage: &mut Stage<'_>, other: &Stay) -> Vec2 {
    let half = half_size(other.thing, other.spot.heading);
    let along = stage.rng.random_range(-0.5..0.5) * half.x;
    other.spot.at + Vec2::new(along, (half.y + 0.4) * other.spot.at.y.signum())
}
