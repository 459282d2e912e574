//! Traffic in the lanes: each driver keeps behind the one before, stops at red and goes round what stands.
//!
//! The drivers follow the intelligent driver model (Treiber, Hennecke and Helbing 2000),
//! played in even steps before the first picture.

use std::f32::consts::PI;
use std::sync::Arc;

use glam::Vec2;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::sim::street::place::Lane;
use crate::sim::street::thing::Rider;
use crate::sim::street::thing::Thing;
use crate::sim::street::things::footprint;

use super::Actor;
use super::Scene;
use super::Way;
use super::cast::Stay;
use super::script::TrafficScript;
use super::spots::Stage;
use super::spots::half_size;
use super::way::Driven;

const STEP_S: f32 = 0.1;
/// Every second step is kept; between them the way is straight enough.
const KEPT_STEPS: usize = 2;
const ACCELERATION: f32 = 1.7;
const BRAKING: f32 = 2.2;
const HEADWAY_S: f32 = 1.2;
const GAP_M: f32 = 2.0;
/// Vehicles come so far from beyond the picture's edge.
const BEYOND_M: f32 = 9.0;
/// Room to what one drives round, and over what length one swings out.
const ROOM_M: f32 = 0.55;
const SWING_M: f32 = 13.0;
const SWING_S: f32 = 1.6;
/// A lane from which one must swing further than this is left for another one.
const SWING_MAX: f32 = 1.3;
/// In a jam: how long it stands and how long it goes, in seconds.
const JAM_STANDS: (f32, f32) = (24.0, 30.0);
const JAM_GOES: f32 = 4.0;

/// What stands in the way, when and where.
#[derive(Clone, Copy)]
struct Obstacle {
    at: Vec2,
    half: Vec2,
    from: f32,
    to: f32,
}

/// One driver on the way through.
struct Driver {
    thing: Thing,
    length: f32,
    wish: f32,
    starts: f32,
    /// Along the lane from its beginning, and how fast.
    s: f32,
    v: f32,
    places: Vec<Vec2>,
    gone: bool,
}

/// When a lane's end is closed, and where its stop line is.
struct Signal {
    line_s: f32,
    red: Vec<(f32, f32)>,
}

impl Signal {
    fn is_red(&self, now: f32) -> bool {
        self.red.iter().any(|(from, to)| (*from..*to).contains(&now))
    }
}

/// All of the traffic; lanes that a stand blocks are left to others or swung out of.
pub(crate) fn traffic(stage: &mut Stage<'_>, script: &TrafficScript, stays: &[Stay]) -> Vec<Actor> {
    let obstacle = |stay: &Stay| Obstacle {
        at: stay.spot.at,
        half: half_size(stay.thing, stay.spot.heading),
        from: stay.from,
        to: stay.to,
    };
    let obstacles: Vec<Obstacle> = stays.iter().map(obstacle).collect();
    let lanes = stage.place.lanes.clone();
    let mut actors = Vec::new();
    let mut closed = vec![false; lanes.len()];
    for (number, lane) in lanes.iter().enumerate() {
        let swing = swing_needed(lane, &obstacles, stage.place.kerb_y);
        let others = |other: &Lane| other.heading.cos() * lane.heading.cos() > 0.0;
        let sibling = lanes.iter().enumerate().any(|(n, other)| {
            n != number
                && others(other)
                && swing_needed(other, &obstacles, stage.place.kerb_y) < 0.1
        });
        if swing > SWING_MAX && sibling {
            closed[number] = true;
        } else if swing > 0.1 {
            // Whom it would swing towards stays away.
            let inwards = lane.middle_y - lane.middle_y.signum() * swing;
            for (n, other) in lanes.iter().enumerate() {
                closed[n] |= n != number && (other.middle_y - inwards).abs() < 2.5;
            }
        }
    }
    for (lane, closed) in lanes.iter().zip(closed) {
        let per_minute = stage.pick(script.per_minute);
        let queues = queueing_heading(&lanes) * lane.heading.cos() > 0.0;
        if !closed && per_minute > 0.0 {
            actors.extend(lane_traffic(stage, lane, (script, per_minute, queues), &obstacles));
        }
    }
    actors
}

/// The cosine of the heading of the lanes that queue: those that the camera sees best.
pub(crate) fn queueing_heading(lanes: &[Lane]) -> f32 {
    lanes
        .iter()
        .min_by(|a, b| a.middle_y.total_cmp(&b.middle_y))
        .map_or(1.0, |lane| lane.heading.cos())
}

fn lane_traffic(
    stage: &mut Stage<'_>,
    lane: &Lane,
    (script, per_minute, queues): (&TrafficScript, f32, bool),
    obstacles: &[Obstacle],
) -> Vec<Actor> {
    let direction = if lane.heading.cos() > 0.0 { 1.0 } else { -1.0 };
    let (least, most) = stage.seen_x(lane.middle_y);
    let (least, most) = (least - BEYOND_M, most + BEYOND_M);
    let length = most - least;
    let entry = if direction > 0.0 { least } else { most };
    let signal = signal(stage, script, (entry, direction, length), queues);
    let mut starts = plan(stage.rng, per_minute, script, stage.length_s - length / 8.0);
    starts.reverse();
    let mut drivers: Vec<Driver> = Vec::new();
    let steps = (stage.length_s / STEP_S) as usize + 20;
    for step in 0..steps {
        let now = step as f32 * STEP_S;
        let room = drivers.iter().filter(|d| !d.gone).map(|d| d.s - d.length).fold(1e6, f32::min);
        if starts.last().is_some_and(|start| *start <= now) && room > 7.0 {
            starts.pop();
            drivers.push(driver(stage.rng, now, room));
        }
        advance(&mut drivers, &signal, now, length);
        if step % KEPT_STEPS == 0 {
            for driver in drivers.iter_mut().filter(|driver| !driver.gone) {
                let x = entry + driver.s * direction;
                let y = lane.middle_y + swing_at(lane, obstacles, stage.place.kerb_y, x, now);
                driver.places.push(Vec2::new(x, y));
            }
        }
    }
    drivers.into_iter().map(|driver| driver.into_actor(stage.rng, direction)).collect()
}

fn plan(rng: &mut ChaCha8Rng, per_minute: f32, script: &TrafficScript, last: f32) -> Vec<f32> {
    let mut starts = Vec::new();
    let mut now = rng.random_range(0.0..3.0);
    while now < last {
        starts.push(now);
        let dense = script.jam || script.red.is_some_and(|_| now < 25.0);
        let mean = if dense { 3.5 } else { 60.0 / per_minute };
        now += 1.8 - (1.0 - rng.random::<f32>()).ln() * (mean - 1.8).max(0.3);
    }
    starts
}

fn signal(
    stage: &mut Stage<'_>,
    script: &TrafficScript,
    (entry, direction, length): (f32, f32, f32),
    queues: bool,
) -> Signal {
    let line_s = |x: f32| (x - entry) * direction;
    let mut red = Vec::new();
    let mut at = length - BEYOND_M;
    if let Some([from, long]) = script.red.filter(|_| queues) {
        let from = stage.pick(from);
        red.push((from, from + stage.pick(long)));
        if let Some((least, most)) = stage.place.crossing_x {
            let line = line_s(if direction > 0.0 { least } else { most }) - 1.0;
            if (length * 0.3..length).contains(&line) {
                at = line;
            }
        }
    }
    if script.jam {
        let mut now = stage.rng.random_range(4.0..8.0);
        while now < stage.length_s - 16.0 {
            let stands = stage.pick([JAM_STANDS.0, JAM_STANDS.1]);
            red.push((now, (now + stands).min(stage.length_s - 14.0)));
            now += stands + JAM_GOES;
        }
    }
    Signal { line_s: at, red }
}

fn driver(rng: &mut ChaCha8Rng, starts: f32, room: f32) -> Driver {
    let thing = match rng.random_range(0..100) {
        0..64 => Thing::Car,
        64..76 => Thing::Van,
        76..83 => Thing::Truck,
        83..88 => Thing::Bus,
        88..95 => Thing::Tricycle(Rider::On),
        _ => Thing::EBike(Rider::On),
    };
    let slow = matches!(thing, Thing::Tricycle(_) | Thing::EBike(_));
    let wish = if slow { rng.random_range(5.0..6.5) } else { rng.random_range(7.5..11.0) };
    let v = if room < 30.0 { wish * 0.6 } else { wish };
    Driver {
        thing,
        length: footprint(thing).x,
        wish,
        starts,
        s: 0.0,
        v,
        places: Vec::new(),
        gone: false,
    }
}

/// One step of all drivers of a lane, who stand in the order in which they came.
fn advance(drivers: &mut [Driver], signal: &Signal, now: f32, length: f32) {
    let mut before: Option<(f32, f32)> = None;
    for driver in drivers.iter_mut().filter(|driver| !driver.gone) {
        let front = driver.s + driver.length / 2.0;
        let (mut gap, mut closing) =
            before.map_or((1e4, 0.0), |(rear, v)| (rear - front, driver.v - v));
        let to_line = signal.line_s - front;
        let can_stop = to_line > driver.v * driver.v / (2.0 * BRAKING * 1.6);
        if signal.is_red(now) && to_line > 0.0 && can_stop && to_line + GAP_M < gap {
            (gap, closing) = (to_line + GAP_M, driver.v);
        }
        let wished_gap = GAP_M
            + (driver.v * HEADWAY_S + driver.v * closing / (2.0 * (ACCELERATION * BRAKING).sqrt()))
                .max(0.0);
        let free = 1.0 - (driver.v / driver.wish).powi(4);
        let pressed = (wished_gap / gap.max(0.1)).powi(2);
        let change = (ACCELERATION * (free - pressed)).max(-6.0);
        driver.v = (driver.v + change * STEP_S).max(0.0);
        driver.s += driver.v * STEP_S;
        driver.gone = driver.s > length;
        before = Some((driver.s - driver.length / 2.0, driver.v));
    }
}

impl Driver {
    fn into_actor(self, rng: &mut ChaCha8Rng, direction: f32) -> Actor {
        let step = STEP_S * KEPT_STEPS as f32;
        let ends = self.starts + step * self.places.len() as f32;
        let driven = Driven { starts: self.starts, step, places: self.places, direction };
        let scene = Scene::new(self.starts, ends, self.thing, Way::Driven(Arc::new(driven)));
        Actor { id: String::new(), look: rng.random(), scenes: vec![scene] }
    }
}

/// How far from its lane's middle one must swing to pass all obstacles.
fn swing_needed(lane: &Lane, obstacles: &[Obstacle], kerb_y: f32) -> f32 {
    obstacles.iter().map(|obstacle| clearance(lane, obstacle, kerb_y)).fold(0.0, f32::max)
}

fn clearance(lane: &Lane, obstacle: &Obstacle, kerb_y: f32) -> f32 {
    let on_road = obstacle.at.y.abs() < kerb_y + 0.3;
    let away = (obstacle.at.y - lane.middle_y).abs();
    if on_road { (obstacle.half.y + 1.0 + ROOM_M - away).max(0.0) } else { 0.0 }
}

/// The swing at a place and time, towards the middle of the road.
fn swing_at(lane: &Lane, obstacles: &[Obstacle], kerb_y: f32, x: f32, now: f32) -> f32 {
    let one = |obstacle: &Obstacle| {
        let off = ((x - obstacle.at.x).abs() - obstacle.half.x - 3.0).max(0.0) / SWING_M;
        let near = (1.0 - off).clamp(0.0, 1.0);
        let since = ((now - obstacle.from) / SWING_S + 1.0).clamp(0.0, 1.0);
        let until = ((obstacle.to - now) / SWING_S + 1.0).clamp(0.0, 1.0);
        let eased = near * near * (3.0 - 2.0 * near) * since * until;
        // Towards the middle of the road, or to its own side round who stands there.
        let side = (lane.middle_y - obstacle.at.y).signum();
        clearance(lane, obstacle, kerb_y) * eased * side
    };
    let swings = obstacles.iter().map(one);
    swings.fold(0.0, |most: f32, swing| if swing.abs() > most.abs() { swing } else { most })
}

/// Riders near the kerb, who keep their speed.
pub(crate) fn riders(stage: &mut Stage<'_>, per_minute: f32, stays: &[Stay]) -> Vec<Actor> {
    let obstacle = |stay: &Stay| Obstacle {
        at: stay.spot.at,
        half: half_size(stay.thing, stay.spot.heading),
        from: stay.from,
        to: stay.to,
    };
    let obstacles: Vec<Obstacle> = stays.iter().map(obstacle).collect();
    let mut actors = Vec::new();
    for side in [-1.0_f32, 1.0] {
        let y = side * (stage.place.kerb_y - 0.75);
        let lane = Lane { middle_y: y, width: 1.5, heading: if side < 0.0 { 0.0 } else { PI } };
        let direction = -side;
        let (least, most) = stage.seen_x(y);
        let length = most - least + 2.0 * BEYOND_M;
        let entry = if direction > 0.0 { least - BEYOND_M } else { most + BEYOND_M };
        let mut now = stage.rng.random_range(0.0..15.0);
        while now < stage.length_s - length / 4.5 {
            let thing = if stage.rng.random_bool(0.6) {
                Thing::EBike(Rider::On)
            } else {
                Thing::Bicycle(Rider::On)
            };
            let speed = stage.rng.random_range(3.8..6.0);
            let step = STEP_S * KEPT_STEPS as f32;
            let steps = (length / speed / step) as usize;
            let place = |number: usize| {
                let later = number as f32 * step;
                let x = entry + direction * speed * later;
                let swing = swing_at(&lane, &obstacles, stage.place.kerb_y, x, now + later);
                Vec2::new(x, y + swing)
            };
            let driven =
                Driven { starts: now, step, places: (0..steps).map(place).collect(), direction };
            let scene =
                Scene::new(now, now + step * steps as f32, thing, Way::Driven(Arc::new(driven)));
            actors.push(Actor { id: String::new(), look: stage.rng.random(), scenes: vec![scene] });
            now += stage.rng.random_range(0.4..1.6) * 60.0 / per_minute.max(0.2);
        }
    }
    actors
}
