//! Vendors: they come with their stall, set it up, sell, and leave; or only pass through.

use glam::Vec2;
use rand::Rng;

use crate::sim::street::place::Spot;
use crate::sim::street::thing::Pose;
use crate::sim::street::thing::StallStyle;
use crate::sim::street::thing::Thing;

use super::Actor;
use super::Scene;
use super::Way;
use super::cast::Stay;
use super::errand::Diary;
use super::script::ActorScript;
use super::spots::Stage;
use super::spots::floor_at;
use super::spots::half_size;

/// A barrow is pushed so fast, in m/s.
const PUSHING: (f32, f32) = (0.8, 1.1);
/// Who pushes walks so far behind the barrow's middle, in metres.
const BEHIND_M: f32 = 1.35;

/// A stall with its vendor.
pub(crate) fn set_up(
    stage: &mut Stage<'_>,
    script: &ActorScript,
    thing: Thing,
) -> Option<(Vec<Actor>, Stay)> {
    let look = stage.rng.random();
    let spot = stage.spot(script.at, thing, look, script.event.as_deref())?;
    let last = stage.length_s - 12.0;
    let from = script.from_s.map(|span| stage.pick(span));
    let to = match (from, script.for_s) {
        (_, Some(span)) => (from.unwrap_or(0.0) + stage.pick(span)).min(last),
        (Some(_), None) => last,
        (None, None) => f32::INFINITY,
    };
    let rolls = matches!(thing, Thing::Stall(StallStyle::Cart | StallStyle::Tricycle));
    let (actors, stay) = if rolls {
        rolling(stage, (script, thing, look), spot, (from, to))
    } else {
        folding(stage, (script, thing, look), spot, (from, to))
    };
    Some((actors, stay))
}

/// A stall on wheels: pushed to its spot, sold from, pushed away.
fn rolling(
    stage: &mut Stage<'_>,
    (script, thing, look): (&ActorScript, Thing, u64),
    spot: Spot,
    (from, to): (Option<f32>, f32),
) -> (Vec<Actor>, Stay) {
    let speed = stage.rng.random_range(PUSHING.0..PUSHING.1);
    let way_in = stage.way_in(spot.at);
    let takes = Way::walk(way_in.clone(), speed, 0.0).lasts();
    let from = from.map(|from| from.max(takes + 1.0));
    let stand_from = from.unwrap_or(0.0);
    // It stands as it came.
    let heading =
        from.map_or(spot.heading, |_| Way::walk(way_in.clone(), 1.0, 0.0).at(1e3).heading);
    let stands = Spot { heading, ..spot };
    let way_out = stage.way_out(spot.at);
    let mut scenes = Vec::new();
    if let Some(from) = from {
        let way = Way::walk(way_in.clone(), speed, from - takes);
        scenes.push(Scene::new(from - takes, from, thing, way));
    }
    scenes.push(Scene::new(stand_from, to, thing, Way::Still(stands)));
    if to.is_finite() {
        let way = Way::walk(way_out.clone(), speed, to);
        scenes.push(Scene::new(to, to + way.lasts(), thing, way));
    }
    let keeps_at = keeper_place(stage, thing, &stands);
    let mut diary = match from {
        Some(from) => {
            let mut corners = way_in;
            corners.push(keeps_at);
            let reaches = from + BEHIND_M / speed;
            let behind = Way::walk(corners.clone(), speed, 0.0).lasts();
            Diary::arriving(stage, corners, reaches + behind - takes)
        }
        None => Diary::standing(stage, keeps_at, 0.0),
    };
    keep(&mut diary, &stands, to);
    if to.is_finite() {
        let mut corners = way_out;
        corners.insert(0, diary.at);
        diary.now = diary.now.max(to);
        diary.walk(corners, speed);
    }
    let vendor = diary.end();
    let stay = Stay { thing, look, spot: stands, from: stand_from, to };
    (vec![Actor { id: script.id.clone(), look, scenes }, vendor], stay)
}

/// A stall that is put up where it stands.
fn folding(
    stage: &mut Stage<'_>,
    (script, thing, look): (&ActorScript, Thing, u64),
    spot: Spot,
    (from, to): (Option<f32>, f32),
) -> (Vec<Actor>, Stay) {
    let from = from.map(|from| from.max(11.0));
    let stand_from = from.unwrap_or(0.0);
    let scene = Scene::new(stand_from, to, thing, Way::Still(spot));
    let scene = if from.is_some() { scene.growing(0.7, 1.0, 1.5) } else { scene };
    let stall = Actor { id: script.id.clone(), look, scenes: vec![scene] };
    let keeps_at = keeper_place(stage, thing, &spot);
    let mut actors = vec![stall];
    let mut diary = match from {
        Some(from) => {
            let way = stage.way_in(keeps_at);
            let cart = barrow(stage, &way, from - 2.5);
            actors.push(cart);
            Diary::arriving(stage, way, from - 2.5)
        }
        None => Diary::standing(stage, keeps_at, 0.0),
    };
    let heading = (spot.at - keeps_at).to_angle();
    diary.stand(stand_from + 1.0, Pose::Bent, heading);
    keep(&mut diary, &spot, to);
    actors.push(if to.is_finite() { diary.leave() } else { diary.end() });
    let stay = Stay { thing, look, spot, from: stand_from, to };
    (actors, stay)
}

/// The hand truck that goods come on; it is put aside when they are up.
fn barrow(stage: &mut Stage<'_>, way: &[Vec2], arrives: f32) -> Actor {
    let speed = 1.2;
    let begins = arrives - Way::walk(way.to_vec(), speed, 0.0).lasts();
    let way = Way::walk(way.to_vec(), speed, begins - 0.7);
    let scene = Scene::new(begins, arrives + 2.0, Thing::HandTruck, way);
    Actor { id: String::new(), look: stage.rng.random(), scenes: vec![scene] }
}

/// The vendor stays with the stall: stands, sits, steps aside for a moment.
fn keep(diary: &mut Diary<'_, '_>, stall: &Spot, to: f32) {
    let until = to.min(diary.stage.length_s + 1.0);
    let home = diary.at;
    let sits = diary.stage.rng.random_bool(0.3);
    while diary.now < until {
        let pose = if sits { Pose::Sitting } else { Pose::Standing };
        let next = (diary.now + diary.stage.rng.random_range(8.0..18.0)).min(until);
        let towards = stall.at;
        diary.linger(next, pose, towards);
        if until - diary.now > 8.0 && !sits {
            let aside = diary.stage.rng.random_range(-0.8..0.8);
            let beside = home + Vec2::X * aside;
            diary.walk(vec![diary.at, beside], 0.9);
        }
    }
}

/// Behind the stall, seen from the road, or at its end.
fn keeper_place(stage: &mut Stage<'_>, thing: Thing, spot: &Spot) -> Vec2 {
    let half = half_size(thing, spot.heading);
    let from_road = spot.at.y.signum();
    if stage.rng.random_bool(0.5) {
        let along = stage.rng.random_range(-0.5..0.5) * half.x;
        spot.at + Vec2::new(along, (half.y + 0.45) * from_road)
    } else {
        let side = if stage.rng.random() { 1.0 } else { -1.0 };
        spot.at + Vec2::new((half.x + 0.5) * side, 0.0)
    }
}

/// A vendor who walks through with the stall and never stands.
pub(crate) fn pass_through(
    stage: &mut Stage<'_>,
    script: &ActorScript,
    thing: Thing,
) -> Vec<Actor> {
    let look = stage.rng.random();
    let speed = stage.rng.random_range(PUSHING.0..PUSHING.1) + 0.1;
    let spots = &stage.place.pavement_spots;
    if spots.is_empty() {
        return Vec::new();
    }
    let y = spots[stage.rng.random_range(0..spots.len())].at.y;
    let begins = script.from_s.map_or(2.0, |span| stage.pick(span));
    let (least, most) = stage.seen_x(y);
    let longest = (stage.length_s - begins - 12.0) * speed;
    let middle = f32::midpoint(least, most);
    let half = ((most - least) / 2.0).min(longest / 2.0).min(18.0);
    let house = (stage.place.kerb_y + stage.place.pavement_width) * y.signum();
    let mut corners = vec![
        Vec2::new(middle - half - 2.0, house),
        Vec2::new(middle - half, y),
        Vec2::new(middle + half, y),
        Vec2::new(middle + half + 2.0, house),
    ];
    if stage.rng.random() {
        corners.reverse();
    }
    let walk = |starts: f32| Way::walk(corners.clone(), speed, starts);
    let lasts = walk(0.0).lasts();
    let goes = Scene::new(begins, begins + lasts, thing, walk(begins));
    let later = begins + BEHIND_M / speed;
    let follows = Scene::new(later, later + lasts, Thing::Person(Pose::Walking), walk(later));
    let vendor = Actor { id: String::new(), look: stage.rng.random(), scenes: vec![follows] };
    vec![Actor { id: script.id.clone(), look, scenes: vec![goes] }, vendor]
}

/// Something that stands as the script says.
pub(crate) fn stand(
    stage: &mut Stage<'_>,
    script: &ActorScript,
    thing: Thing,
) -> Option<(Actor, Stay)> {
    let look = stage.rng.random();
    let mut spot = stage.spot(script.at, thing, look, script.event.as_deref())?;
    spot.floor_m = floor_at(stage.place, spot.at);
    let from = script.from_s.map_or(0.0, |span| stage.pick(span));
    let to = script.for_s.map_or(f32::INFINITY, |span| from + stage.pick(span));
    let scene = Scene::new(from, to, thing, Way::Still(spot));
    let actor = Actor { id: script.id.clone(), look, scenes: vec![scene] };
    Some((actor, Stay { thing, look, spot, from, to }))
}
