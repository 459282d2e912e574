//! From a script to its actors: who they are, where and when, by the seed.

use rand::Rng;

use crate::sim::street::place::Spot;
use crate::sim::street::thing::Fill;
use crate::sim::street::thing::Thing;

use super::Actor;
use super::Script;
use super::crowd;
use super::errand;
use super::names::one_of;
use super::script::Act;
use super::script::ActorScript;
use super::spots::Stage;
use super::spots::floor_at;
use super::spots::half_size;
use super::stall;
use super::traffic;
use super::vehicle;

/// How long a sanitation truck stands before and after it has taken the garbage.
const COLLECT_S: (f32, f32) = (5.0, 3.5);

/// Between vehicles in the first and the second row, in metres.
const BESIDE_M: f32 = 0.5;

/// Everyone on the street, and what truly is a matter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cast {
    pub(crate) actors: Vec<Actor>,
    pub(crate) happenings: Vec<Happening>,
}

/// A matter: an actor stands in a zone where it may not.
#[derive(Clone, Debug)]
pub(crate) struct Happening {
    pub(crate) zone: String,
    /// When it came to a standstill, and when it was gone; in seconds.
    pub(crate) begins: f32,
    pub(crate) ends: f32,
    pub(crate) stay: Stay,
}

/// Where and when something stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stay {
    pub(crate) thing: Thing,
    pub(crate) look: u64,
    pub(crate) spot: Spot,
    pub(crate) from: f32,
    pub(crate) to: f32,
}

/// Casts the script on the stage; none if the place has no room for what matters.
pub(crate) fn story(stage: &mut Stage<'_>, script: &Script) -> Option<Cast> {
    let mut cast = Cast::default();
    let mut stays: Vec<(String, Stay)> = Vec::new();
    for actor in &script.actors {
        let count = stage.rng.random_range(actor.count[0]..=actor.count[1].max(actor.count[0]));
        for number in 0..count {
            let thing = one_of(&actor.thing, stage.rng);
            let other = actor
                .near
                .as_ref()
                .and_then(|near| stays.iter().find(|(id, _)| id == near).map(|(_, stay)| *stay));
            let (actors, stay) = play(stage, actor, (thing, number), other.as_ref())?;
            cast.actors.extend(actors);
            let Some(stay) = stay else { continue };
            stays.push((actor.id.clone(), stay));
            if let Some(zone) = &actor.event {
                let (begins, ends) = (stay.from, stay.to.min(stage.length_s));
                cast.happenings.push(Happening { zone: zone.clone(), begins, ends, stay });
            }
        }
    }
    let stays: Vec<Stay> = stays.into_iter().map(|(_, stay)| stay).collect();
    let clutter = stage.rng.random_range(script.clutter[0]..=script.clutter[1]);
    cast.actors.extend(crowd::clutter(stage, clutter, &stays));
    let people = stage.pick(script.people);
    let mut others = crowd::passers_by(stage, people);
    others.extend(traffic::traffic(stage, &script.traffic, &stays));
    others.extend(traffic::riders(stage, people * 0.4, &stays));
    let others = crowd::without_clashes(stage.place, stage.length_s, &cast.actors, others);
    cast.actors.extend(others);
    Some(cast)
}

type Played = (Vec<Actor>, Option<Stay>);

/// One actor's part, with all who go with it; none if there is no place for it.
fn play(
    stage: &mut Stage<'_>,
    script: &ActorScript,
    (thing, number): (Thing, u32),
    other: Option<&Stay>,
) -> Option<Played> {
    let alone = |(actor, stay): (Actor, Stay)| (vec![actor], Some(stay));
    let many = |(actors, stay): (Vec<Actor>, Stay)| (actors, Some(stay));
    let only = |actor: Actor| Some((vec![actor], None));
    match script.act {
        Act::Stand => stall::stand(stage, script, thing).map(alone),
        Act::Park => vehicle::park(stage, script, thing).map(alone),
        Act::SetUp => stall::set_up(stage, script, thing).map(many),
        Act::PassThrough => Some((stall::pass_through(stage, script, thing), None)),
        Act::Drop => errand::drop_garbage(stage, script, thing).map(many),
        Act::Fill => errand::fill_bin(stage, script, thing, Fill::Overflowing).map(many),
        Act::FillToTheRim => errand::fill_bin(stage, script, thing, Fill::Full).map(many),
        Act::Collect => Some(collect(stage, other?)),
        Act::Visit => only(errand::visit(stage, other?)),
        Act::Alight => only(errand::alight(stage, other?, number)),
        Act::Board => only(errand::board(stage, other?, number)),
        Act::Unload => Some((errand::unload(stage, other?), None)),
        Act::Hang => only(errand::hang(stage, other?)),
        Act::Hide => Some(hide(stage, script, thing, other?)),
    }
}

/// A large vehicle that stops beside the other for a while.
fn hide(stage: &mut Stage<'_>, script: &ActorScript, thing: Thing, other: &Stay) -> Played {
    let inwards = -other.spot.at.y.signum();
    let half = half_size(other.thing, other.spot.heading).y + half_size(thing, 0.0).y;
    let at = other.spot.at + glam::Vec2::Y * (half + BESIDE_M) * inwards;
    let spot = Spot { at, ..other.spot };
    let from = other.from + script.from_s.map_or(8.0, |span| stage.pick(span));
    let to = from + script.for_s.map_or(8.0, |span| stage.pick(span));
    let who = (String::new(), thing, stage.rng.random());
    let (actor, stay) = vehicle::parked(stage, who, spot, (Some(from), Some(to)));
    (vec![actor], Some(stay))
}

/// The sanitation truck that takes the other away at its end, and its worker.
fn collect(stage: &mut Stage<'_>, other: &Stay) -> Played {
    let side = other.spot.at.y.signum();
    let y = (stage.place.kerb_y - 1.4) * side;
    let heading = if side < 0.0 { 0.0 } else { std::f32::consts::PI };
    let at = glam::Vec2::new(other.spot.at.x + 1.5 * heading.cos(), y);
    let spot = Spot { at, heading, floor_m: floor_at(stage.place, at) };
    let who = (String::new(), Thing::SanitationTruck, stage.rng.random());
    let times = (Some(other.to - COLLECT_S.0), Some(other.to + COLLECT_S.1));
    stage.take(&spot, Thing::SanitationTruck);
    let (truck, stay) = vehicle::parked(stage, who, spot, times);
    let out = glam::Vec2::new(other.spot.at.x, (stage.place.kerb_y + 0.2) * side);
    let near = other.spot.at.move_towards(out, 0.7);
    let mut worker = errand::Diary::arriving(stage, vec![out, near], other.to - 1.0);
    worker.stand(other.to + 0.5, crate::sim::street::thing::Pose::Bent, 1.0);
    worker.walk(vec![near, out], 1.4);
    (vec![truck, worker.end()], Some(stay))
}
