//! Vehicles with a part in the story: they come along their lane, stand, and leave.

use glam::Vec2;
use rand::Rng;

use crate::sim::street::place::Spot;
use crate::sim::street::thing::Thing;

use super::Actor;
use super::Scene;
use super::Way;
use super::cast::Stay;
use super::script::ActorScript;
use super::spots::Stage;
use super::spots::half_size;

/// Nobody stays for less, in seconds.
const STAND_MIN: f32 = 3.0;
/// How a driver brakes and pulls out takes so much longer than going on.
const CHANGE_S: f32 = 2.6;
/// Beyond the picture's edge, in metres, so that nothing appears in sight.
const BEYOND_M: f32 = 6.0;

/// Room before and behind for pulling in and out.
const SWING_ROOM_M: f32 = 4.0;

/// A vehicle that parks as its script says.
pub(crate) fn park(
    stage: &mut Stage<'_>,
    script: &ActorScript,
    thing: Thing,
) -> Option<(Actor, Stay)> {
    let look = stage.rng.random();
    let spot = stage.spot(script.at, thing, look, script.event.as_deref())?;
    let from = script.from_s.map(|span| stage.pick(span));
    // Nobody else parks where it swings in and out.
    let swing = half_size(thing, spot.heading) + Vec2::X * SWING_ROOM_M;
    stage.taken.push((spot.at, swing));
    let until =
        script.for_s.map(|span| stage.pick(span)).map(|length| from.unwrap_or(0.0) + length);
    Some(parked(stage, (script.id.clone(), thing, look), spot, (from, until)))
}

/// A vehicle at a spot: comes at `from` (it is there already if none) and leaves at `until`
/// (if none: so that it is gone at the end, or never if it was there already).
pub(crate) fn parked(
    stage: &mut Stage<'_>,
    (id, thing, look): (String, Thing, u64),
    spot: Spot,
    (from, until): (Option<f32>, Option<f32>),
) -> (Actor, Stay) {
    let speed = stage.rng.random_range(7.5..10.0);
    let lanes = stage.place.lanes.iter();
    let apart = |y: f32| (y - spot.at.y).abs();
    let lane = lanes.min_by(|a, b| apart(a.middle_y).total_cmp(&apart(b.middle_y))).copied();
    let (lane_y, heading) = lane.map_or((0.0, 0.0), |lane| (lane.middle_y, lane.heading));
    let direction = if heading.cos() > 0.0 { 1.0 } else { -1.0 };
    let (least, most) = stage.seen_x(lane_y);
    let (before, after) = if direction > 0.0 {
        (spot.at.x - least, most - spot.at.x)
    } else {
        (most - spot.at.x, spot.at.x - least)
    };
    let takes = |way: f32| (way.max(0.0) + BEYOND_M) / speed + CHANGE_S;
    let stops = from.map(|from| from.max(takes(before) + 0.2));
    let gone_by = stage.length_s - takes(after) - 0.5;
    let leaves = match (stops, until, from) {
        (None, None, _) => None,
        (stops, Some(until), from) => {
            // What comes later than was said stays as long as was said.
            let late = stops.unwrap_or(0.0) - from.unwrap_or(0.0);
            Some((until + late).min(gone_by))
        }
        (Some(_), None, _) => Some(gone_by),
    };
    let stand_from = stops.unwrap_or(0.0);
    let leaves = leaves.map(|leaves| leaves.max(stand_from + STAND_MIN));
    let stand_to = leaves.unwrap_or(f32::INFINITY);
    let mut scenes = Vec::new();
    if let Some(stops) = stops {
        let way = Way::PullIn { spot, lane_y, direction, speed, stops };
        scenes.push(Scene::new((stops - takes(before)).max(0.0), stops, thing, way));
    }
    scenes.push(Scene::new(stand_from, stand_to, thing, Way::Still(spot)));
    if let Some(starts) = leaves {
        let way = Way::PullOut { spot, lane_y, direction, speed, starts };
        scenes.push(Scene::new(starts, starts + takes(after) + 1.0, thing, way));
    }
    let stay = Stay { thing, look, spot, from: stand_from, to: stand_to };
    (Actor { id, look, scenes }, stay)
}
