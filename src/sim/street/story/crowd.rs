//! Passers-by, and what stands about on any pavement.

use glam::Vec2;
use rand::Rng;

use crate::sim::street::place::Place;
use crate::sim::street::thing::Fill;
use crate::sim::street::thing::Pose;
use crate::sim::street::thing::Posed;
use crate::sim::street::thing::Rider;
use crate::sim::street::thing::Thing;

use super::Actor;
use super::Scene;
use super::Way;
use super::cast::Stay;
use super::script::SpotName;
use super::spots::Stage;
use super::spots::half_size;
use super::spots::standing;

/// Who is nearer than this to something walks through it, in metres.
const ELBOW_M: f32 = 0.35;
/// Share of a thing of the story that what stands about may hide.
const HIDDEN_MAX: f32 = 0.2;
/// From one moment to the next when ways are checked against each other.
const CHECK_S: f32 = 0.4;

/// People who walk along the pavements, from door to door.
pub(crate) fn passers_by(stage: &mut Stage<'_>, per_minute: f32) -> Vec<Actor> {
    let count = (per_minute * stage.length_s / 60.0).round() as u32;
    let mut people = Vec::new();
    for _ in 0..count {
        let side = if stage.rng.random_bool(0.6) { -1.0 } else { 1.0 };
        let inner = stage.place.kerb_y + 0.7;
        let outer = (stage.place.kerb_y + stage.place.pavement_width - 0.6).max(inner + 0.2);
        let y = stage.rng.random_range(inner..outer) * side;
        let (least, most) = stage.seen_x(y);
        let speed = stage.rng.random_range(0.95..1.6);
        let starts = stage.rng.random_range(0.0..(stage.length_s - 20.0).max(1.0));
        let longest = (stage.length_s - starts - 3.0) * speed;
        let from = stage.rng.random_range(least - 3.0..most.max(least) + 3.0);
        let ahead = if stage.rng.random() { 1.0 } else { -1.0 };
        let to = from + ahead * stage.rng.random_range(8.0..45.0_f32).min(longest);
        let house = (stage.place.kerb_y + stage.place.pavement_width + 0.2) * side;
        let corners = vec![
            Vec2::new(from - ahead * 1.5, house),
            Vec2::new(from, y),
            Vec2::new(to, y + stage.rng.random_range(-0.3..0.3)),
            Vec2::new(to + ahead * 1.5, house),
        ];
        let way = Way::walk(corners, speed, starts);
        let ends = starts + way.lasts();
        let scene = Scene::new(starts, ends, Thing::Person(Pose::Walking), way);
        people.push(Actor { id: String::new(), look: stage.rng.random(), scenes: vec![scene] });
    }
    people
}

/// Things of no matter, which stand all the time: at pavement spots that are left, where they
/// hide nothing of the story from the camera.
pub(crate) fn clutter(stage: &mut Stage<'_>, count: u32, story: &[Stay]) -> Vec<Actor> {
    const THINGS: [Thing; 14] = [
        Thing::Bicycle(Rider::Away),
        Thing::EBike(Rider::Away),
        Thing::EBike(Rider::Away),
        Thing::Planter,
        Thing::Statue,
        Thing::Bollard,
        Thing::StreetSign,
        Thing::Parcels,
        Thing::Leaves,
        Thing::Puddle,
        Thing::Bench,
        Thing::Cone,
        Thing::Bin(Fill::Closed),
        Thing::Kiosk,
    ];
    let mut actors = Vec::new();
    for _ in 0..count {
        let thing = THINGS[stage.rng.random_range(0..THINGS.len())];
        let name = match thing {
            Thing::Bin(_) => SpotName::Bin,
            Thing::Parcels | Thing::StreetSign => SpotName::Door,
            _ => SpotName::Pavement,
        };
        let look = stage.rng.random();
        let spot = stage.spot(name, thing, look, None);
        if let Some(spot) = spot.filter(|spot| !hides(stage, &standing(thing, look, spot), story)) {
            let scene = Scene::new(0.0, f32::INFINITY, thing, Way::Still(spot));
            actors.push(Actor { id: String::new(), look, scenes: vec![scene] });
        }
    }
    actors
}

/// Whether the thing stands between the camera and something of the story.
fn hides(stage: &mut Stage<'_>, thing: &Posed, story: &[Stay]) -> bool {
    let camera = stage.view.mount().position.truncate();
    let Some(own) = stage.glimpse(thing) else { return false };
    story.iter().any(|stay| {
        let behind = camera.distance(stay.spot.at) > camera.distance(thing.at);
        let other = behind.then(|| stage.glimpse(&standing(stay.thing, stay.look, &stay.spot)));
        other.flatten().is_some_and(|other| {
            let hidden = own.box_in_image.intersection(&other.box_in_image);
            hidden > other.box_in_image.area() * HIDDEN_MAX
        })
    })
}

/// Leaves out those of the others who would go through one of the story's things.
pub(crate) fn without_clashes(
    place: &Place,
    length_s: f32,
    story: &[Actor],
    others: Vec<Actor>,
) -> Vec<Actor> {
    let steps = (length_s / CHECK_S) as usize;
    let moments: Vec<f32> = (0..steps).map(|step| step as f32 * CHECK_S).collect();
    let spans: Vec<Vec<(Vec2, Vec2)>> =
        moments.iter().map(|now| solid(place, story, *now)).collect();
    let clashes = |actor: &Actor| {
        moments.iter().zip(&spans).any(|(now, story)| {
            let Some(own) = actor.at(*now, place, false) else { return false };
            let half = half_size(own.posed.thing, own.posed.heading);
            story.iter().any(|(at, other)| {
                let apart = (*at - own.posed.at).abs() - *other - half;
                apart.max_element() < ELBOW_M * 0.5
            })
        })
    };
    others.into_iter().filter(|actor| !clashes(actor)).collect()
}

/// What nobody walks through, people apart: they step aside.
fn solid(place: &Place, story: &[Actor], now: f32) -> Vec<(Vec2, Vec2)> {
    let seen = story.iter().filter_map(|actor| actor.at(now, place, false));
    let solid = seen.filter(|seen| {
        !matches!(seen.posed.thing, Thing::Person(_) | Thing::Leaves | Thing::Puddle)
    });
    solid.map(|seen| (seen.posed.at, half_size(seen.posed.thing, seen.posed.heading))).collect()
}
