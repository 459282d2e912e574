//! One thing's whole appearance: what it is and where, from when to when.

use crate::sim::street::place::Place;
use crate::sim::street::thing::Posed;
use crate::sim::street::thing::Thing;

use super::Way;
use super::spots::floor_at;

/// A part of an appearance in which the thing stays what it is and moves in one way.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    /// In seconds from the beginning.
    pub from: f32,
    pub to: f32,
    pub thing: Thing,
    pub way: Way,
    /// Size at its beginning and at its end, of which it is after `growth_s`.
    pub scale: (f32, f32),
    pub growth_s: f32,
}

#[derive(Clone, Debug)]
pub(crate) struct Actor {
    /// What the script calls it; empty for traffic and passers-by.
    pub id: String,
    /// The seed of its looks.
    pub look: u64,
    pub scenes: Vec<Scene>,
}

/// A thing at a moment, and whether it moves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub posed: Posed,
    pub moving: bool,
}

impl Scene {
    pub(crate) const fn new(from: f32, to: f32, thing: Thing, way: Way) -> Self {
        Self { from, to, thing, way, scale: (1.0, 1.0), growth_s: 1.0 }
    }

    pub(crate) fn growing(mut self, from: f32, to: f32, growth_s: f32) -> Self {
        self.scale = (from, to);
        self.growth_s = growth_s;
        self
    }
}

impl Actor {
    /// Where it is at the time, if it is on the street at all. `dark` lights its lamps.
    pub(crate) fn at(&self, time: f32, place: &Place, dark: bool) -> Option<Seen> {
        let scene = self.scenes.iter().find(|scene| scene.from <= time && time < scene.to)?;
        let placed = scene.way.at(time);
        let grown = ((time - scene.from) / scene.growth_s.max(0.01)).clamp(0.0, 1.0);
        let floor_m = match &scene.way {
            Way::Still(spot) => spot.floor_m,
            _ => floor_at(place, placed.at),
        };
        let vehicle = matches!(
            scene.thing,
            Thing::Car | Thing::Van | Thing::Truck | Thing::SanitationTruck | Thing::Bus
        );
        let lit = dark && (placed.moving || !vehicle || matches!(scene.thing, Thing::Bus));
        let posed = Posed {
            thing: scene.thing,
            look: self.look,
            at: placed.at,
            heading: placed.heading,
            phase: placed.phase,
            scale: scene.scale.0 + (scene.scale.1 - scene.scale.0) * grown,
            lit,
            floor_m,
        };
        Some(Seen { posed, moving: placed.moving })
    }
}
