//! Things scattered over a street at random, so that a detector sees every kind about equally often.

use std::f32::consts::PI;

use glam::Vec2;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::detect::Kind;
use crate::sim::street::place::Place;
use crate::sim::street::story::floor_at;
use crate::sim::street::story::half_size;
use crate::sim::street::thing::Fill;
use crate::sim::street::thing::GarbageStyle;
use crate::sim::street::thing::Pose;
use crate::sim::street::thing::Posed;
use crate::sim::street::thing::Rider;
use crate::sim::street::thing::StallStyle;
use crate::sim::street::thing::Thing;
use crate::sim::street::view::View;

/// Places tried for a thing.
const TRIES: u32 = 14;
/// Share of things that no detector should speak of.
const LOOK_ALIKES: f64 = 0.2;
/// Upper part of the picture that is sky and far away.
const SKY: f32 = 0.18;
/// Small kinds need to be near: their places are looked for below this part of the picture.
const NEAR: f32 = 0.38;

/// Dense and without a story: vehicles on the road, the rest mostly on the pavement.
pub(crate) fn scatter(place: &Place, view: &View, dark: bool, rng: &mut ChaCha8Rng) -> Vec<Posed> {
    let mut things: Vec<Posed> = Vec::new();
    let count = rng.random_range(6..24);
    for _ in 0..count {
        let thing = draw(rng);
        let Some(mut posed) = put(thing, place, view, &things, rng) else { continue };
        posed.lit = dark && rng.random_bool(0.7);
        things.push(posed);
        if matches!(thing, Thing::Stall(_)) && rng.random_bool(0.85) {
            things.push(beside(&posed, Thing::Person(standing_pose(rng)), place, rng));
        }
        if matches!(thing, Thing::Stall(StallStyle::Table | StallStyle::Spread))
            && rng.random_bool(0.2)
        {
            things.push(Posed { thing: Thing::Umbrella, look: rng.random(), ..posed });
        }
        if matches!(thing, Thing::Garbage(_)) && rng.random_bool(0.3) {
            things.push(beside(&posed, Thing::Person(standing_pose(rng)), place, rng));
        }
    }
    things
}

const OTHERS: [Thing; 13] = [
    Thing::Planter,
    Thing::Statue,
    Thing::Kiosk,
    Thing::Bollard,
    Thing::StreetSign,
    Thing::Parcels,
    Thing::Parcels,
    Thing::HandTruck,
    Thing::Leaves,
    Thing::Leaves,
    Thing::Puddle,
    Thing::RoadBarrier,
    Thing::Bench,
];

fn draw(rng: &mut ChaCha8Rng) -> Thing {
    if rng.random_bool(LOOK_ALIKES) {
        return OTHERS[rng.random_range(0..OTHERS.len())];
    }
    let kind = rng.random_range(0..Kind::ALL.len() + RARE.len());
    let kind = Kind::ALL.iter().chain(&RARE).nth(kind).copied().unwrap_or(Kind::Person);
    one_of_kind(kind, rng)
}

/// Stories bring people and vehicles enough, and what is small hides behind them.
const RARE: [Kind; 10] = [
    Kind::Stall,
    Kind::Stall,
    Kind::Stall,
    Kind::Garbage,
    Kind::Garbage,
    Kind::Garbage,
    Kind::Garbage,
    Kind::Umbrella,
    Kind::Bin,
    Kind::OverflowingBin,
];

fn one_of_kind(kind: Kind, rng: &mut ChaCha8Rng) -> Thing {
    let mut of = |things: &[Thing]| things[rng.random_range(0..things.len())];
    match kind {
        Kind::Person => of(&[
            Thing::Person(Pose::Standing),
            Thing::Person(Pose::Walking),
            Thing::Person(Pose::Walking),
            Thing::Person(Pose::Bent),
            Thing::Person(Pose::Sitting),
        ]),
        Kind::TwoWheeler => of(&[
            Thing::Bicycle(Rider::On),
            Thing::Bicycle(Rider::Away),
            Thing::EBike(Rider::On),
            Thing::EBike(Rider::Away),
        ]),
        Kind::Car => Thing::Car,
        Kind::Truck => of(&[Thing::Van, Thing::Van, Thing::Truck, Thing::SanitationTruck]),
        Kind::Bus => Thing::Bus,
        Kind::Tricycle => of(&[Thing::Tricycle(Rider::On), Thing::Tricycle(Rider::Away)]),
        Kind::Umbrella => of(&[Thing::Umbrella, Thing::Umbrella, Thing::Tent]),
        Kind::Stall => Thing::Stall(match rng.random_range(0..7) {
            0 => StallStyle::Table,
            1 => StallStyle::Cart,
            2 => StallStyle::Tricycle,
            3 => StallStyle::Umbrella,
            4 => StallStyle::Rail,
            // What lies on the ground is the hardest to tell from a heap.
            _ => StallStyle::Spread,
        }),
        Kind::Garbage => Thing::Garbage(match rng.random_range(0..8) {
            0 | 1 => GarbageStyle::Bags,
            2 => GarbageStyle::Heap,
            3 | 4 => GarbageStyle::Boxes,
            5 => GarbageStyle::Rubble,
            _ => GarbageStyle::Bulky,
        }),
        Kind::Bin => of(&[
            Thing::Bin(Fill::Closed),
            Thing::Bin(Fill::Full),
            Thing::Container(Fill::Closed),
            Thing::Container(Fill::Full),
        ]),
        Kind::OverflowingBin => {
            of(&[Thing::Bin(Fill::Overflowing), Thing::Container(Fill::Overflowing)])
        }
        Kind::Cone => Thing::Cone,
    }
}

/// Somewhere in the picture where it may be, on ground that is free.
fn put(
    thing: Thing,
    place: &Place,
    view: &View,
    others: &[Posed],
    rng: &mut ChaCha8Rng,
) -> Option<Posed> {
    let (width, height) = view.mount().size;
    let vehicle = matches!(
        thing,
        Thing::Car | Thing::Van | Thing::Truck | Thing::SanitationTruck | Thing::Bus
    );
    let wheeled = matches!(thing, Thing::Tricycle(_) | Thing::Bicycle(_) | Thing::EBike(_));
    let on_pavement = if vehicle {
        0.1
    } else if wheeled {
        0.5
    } else {
        0.85
    };
    let wants_pavement = rng.random_bool(on_pavement);
    let top = if vehicle { SKY } else { NEAR };
    let least = height as f32 * top;
    for _ in 0..TRIES {
        let pixel =
            Vec2::new(rng.random_range(0.0..width as f32), rng.random_range(least..height as f32));
        let Some(at) = view.ground_of(pixel) else { continue };
        let out = at.y.abs();
        let (from, to) = place.reach_x;
        let on_street =
            out < place.kerb_y + place.pavement_width - 0.3 && (from..to).contains(&at.x);
        if !on_street || (out > place.kerb_y) != wants_pavement {
            continue;
        }
        let along = if at.y < 0.0 { 0.0 } else { PI };
        let heading = if vehicle || (wheeled && !wants_pavement) {
            along + rng.random_range(-0.12..0.12) + if rng.random_bool(0.08) { 1.3 } else { 0.0 }
        } else {
            rng.random_range(-PI..PI)
        };
        let half = half_size(thing, heading);
        let free = others.iter().all(|other| {
            let apart = (other.at - at).abs() - half_size(other.thing, other.heading) - half;
            apart.max_element() > -0.1
        });
        if free {
            let scale = match thing {
                Thing::Garbage(_) => rng.random_range(0.7..1.5),
                _ => rng.random_range(0.92..1.08),
            };
            let (look, phase) = (rng.random(), rng.random_range(0.0..1.0));
            let floor_m = floor_at(place, at);
            let posed = Posed::new(thing, look, at);
            return Some(Posed { heading, phase, scale, floor_m, ..posed });
        }
    }
    None
}

fn standing_pose(rng: &mut ChaCha8Rng) -> Pose {
    [Pose::Standing, Pose::Standing, Pose::Sitting, Pose::Bent][rng.random_range(0..4)]
}

/// Someone right beside the other.
fn beside(other: &Posed, thing: Thing, place: &Place, rng: &mut ChaCha8Rng) -> Posed {
    let half = half_size(other.thing, other.heading);
    let (sin, cos) = rng.random_range(-PI..PI).sin_cos();
    let at = other.at + Vec2::new(cos * (half.x + 0.5), sin * (half.y + 0.45));
    let heading = (other.at - at).to_angle() + rng.random_range(-0.8..0.8);
    let floor_m = floor_at(place, at);
    Posed { heading, floor_m, ..Posed::new(thing, rng.random(), at) }
}
