//! The stage of a story: the place, what is still free of it, and how well the camera sees it.

use std::collections::BTreeMap;

use glam::Vec2;
use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::geometry::BoxInImage;
use crate::geometry::Polygon;
use crate::sim::street::place::Place;
use crate::sim::street::place::Spot;
use crate::sim::street::thing::Posed;
use crate::sim::street::thing::Thing;
use crate::sim::street::things::footprint;
use crate::sim::street::view::View;

use super::script::Span;
use super::script::SpotName;

/// A matter must be so large (root of its share of the picture), so far within
/// the picture and so much of it in sight: what a person at the screen would see at once.
const MATTER_SIZE: f32 = 0.06;
const MATTER_INSIDE: f32 = 0.9;
const MATTER_SEEN: f32 = 0.8;
/// Something that plays along may be less plain to see.
const PART_SIZE: f32 = 0.035;
const PART_INSIDE: f32 = 0.7;
const PART_SEEN: f32 = 0.5;
/// The lower part of a box, which the rules take for the ground that a thing covers.
const FOOTPRINT: f32 = 0.4;
/// Well above the half from which the rules count a thing as in a zone.
const SHARE_IN_ZONE: f32 = 0.6;
/// Between things that stand beside each other, in metres.
const GAP_M: f32 = 0.5;

/// How the camera sees a thing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glimpse {
    /// As if nothing hid it, within the picture.
    pub(crate) box_in_image: BoxInImage,
    /// Share of it that is within the picture.
    pub(crate) inside: f32,
    /// Share of that which neither the scenery hides nor what stands there with it.
    pub(crate) seen: f32,
}

/// What stories are put on.
pub(crate) struct Stage<'a> {
    pub(crate) place: &'a Place,
    pub(crate) view: View,
    pub(crate) length_s: f32,
    pub(crate) rng: &'a mut ChaCha8Rng,
    pub(crate) zones: BTreeMap<String, Polygon>,
    /// How each of these things is seen where they stand there together.
    pub(crate) eye: &'a mut dyn FnMut(&[Posed]) -> Vec<Option<Glimpse>>,
    /// Middles and half sizes of what stands somewhere already.
    pub(crate) taken: Vec<(Vec2, Vec2)>,
    /// The matters that have their spots already.
    pub(crate) matters: Vec<Posed>,
}

impl Stage<'_> {
    pub(crate) fn pick(&mut self, span: Span) -> f32 {
        if span[1] > span[0] { self.rng.random_range(span[0]..span[1]) } else { span[0] }
    }

    /// How the thing is seen if it stands there alone.
    pub(crate) fn glimpse(&mut self, posed: &Posed) -> Option<Glimpse> {
        (self.eye)(std::slice::from_ref(posed)).pop().flatten()
    }

    /// Whether it and the matters that stand already hide hardly anything of each other.
    fn leaves_matters_in_sight(&mut self, posed: &Posed) -> bool {
        let together: Vec<Posed> = self.matters.iter().copied().chain([*posed]).collect();
        let glimpses = (self.eye)(&together);
        glimpses.iter().all(|seen| seen.is_some_and(|seen| seen.seen >= MATTER_SEEN))
    }

    /// A free spot for the thing, one of those named. For a matter of a zone: well
    /// seen beside the other matters and within the zone, or none at all.
    pub(crate) fn spot(
        &mut self,
        name: SpotName,
        thing: Thing,
        look: u64,
        zone: Option<&str>,
    ) -> Option<Spot> {
        let mut spots = self.spots(name);
        spots.shuffle(self.rng);
        spots.retain(|spot| self.is_free(spot, thing));
        let zone = zone.and_then(|zone| self.zones.get(zone).cloned());
        let mut best: Option<(f32, Spot)> = None;
        for spot in spots {
            let posed = standing(thing, look, &spot);
            let Some(glimpse) = self.glimpse(&posed) else { continue };
            let size = glimpse.box_in_image.area().sqrt();
            let fits = match &zone {
                Some(zone) => {
                    let ground = glimpse.box_in_image.footprint(FOOTPRINT);
                    zone.share_of(&ground) >= SHARE_IN_ZONE
                        && glimpse.inside >= MATTER_INSIDE
                        && glimpse.seen >= MATTER_SEEN
                        && size >= MATTER_SIZE
                        && self.leaves_matters_in_sight(&posed)
                }
                None => {
                    glimpse.inside >= PART_INSIDE && glimpse.seen >= PART_SEEN && size >= PART_SIZE
                }
            };
            if fits {
                best = Some((f32::INFINITY, spot));
                break;
            }
            let worth = size * glimpse.inside * glimpse.seen;
            if zone.is_none() && best.is_none_or(|(most, _)| worth > most) {
                best = Some((worth, spot));
            }
        }
        let (_, spot) = best?;
        self.take(&spot, thing);
        if zone.is_some() {
            self.matters.push(standing(thing, look, &spot));
        }
        Some(spot)
    }

    pub(crate) fn take(&mut self, spot: &Spot, thing: Thing) {
        self.taken.push((spot.at, half_size(thing, spot.heading)));
    }

    pub(crate) fn is_free(&self, spot: &Spot, thing: Thing) -> bool {
        let half = half_size(thing, spot.heading);
        self.taken.iter().all(|(at, other)| {
            let apart = (*at - spot.at).abs() - *other - half;
            apart.max_element() > GAP_M
        })
    }

    fn spots(&self, name: SpotName) -> Vec<Spot> {
        let place = self.place;
        match name {
            SpotName::Kerb => place.kerb_spots.clone(),
            SpotName::SecondRow => place.second_row_spots.clone(),
            SpotName::Berth => place.berths.clone(),
            SpotName::Pavement => place.pavement_spots.clone(),
            SpotName::Door => place.shop_doors.clone(),
            SpotName::BusStop => vec![place.bus_stop],
            SpotName::VendingPoint => around(&place.vending_point),
            SpotName::CollectionPoint => around(&place.collection_point),
            SpotName::Bin => place.bin_spots.clone(),
        }
    }

    /// From where to where the camera sees the ground at this distance from the road's middle.
    pub(crate) fn seen_x(&self, y: f32) -> (f32, f32) {
        let (width, height) = self.view.mount().size;
        let inside = |x: &f32| {
            let pixel = self.view.pixel_of(Vec2::new(*x, y).extend(0.0));
            pixel.is_some_and(|at| {
                (0.0..width as f32).contains(&at.x) && (0.0..height as f32).contains(&at.y)
            })
        };
        let (least, most) = self.place.reach_x;
        let steps = ((most - least) / 0.5) as usize;
        let mut seen = (0..=steps).map(|step| least + step as f32 * 0.5).filter(inside);
        let first = seen.next().unwrap_or(least);
        (first, seen.next_back().unwrap_or(first).max(first))
    }

    /// From a house's door along the pavement to `at`, on the side of the street where `at` is.
    pub(crate) fn way_in(&mut self, at: Vec2) -> Vec<Vec2> {
        let side = if self.rng.random() { 1.0 } else { -1.0 };
        let along = self.rng.random_range(4.0..9.0) * side;
        let house = (self.place.kerb_y + self.place.pavement_width) * at.y.signum();
        let near = Vec2::new(at.x + along * 0.7, at.y + (house - at.y) * 0.3);
        vec![Vec2::new(at.x + along, house), near, at]
    }

    pub(crate) fn way_out(&mut self, at: Vec2) -> Vec<Vec2> {
        let mut way = self.way_in(at);
        way.reverse();
        way
    }
}

/// The thing as it stands at a spot.
pub(crate) fn standing(thing: Thing, look: u64, spot: &Spot) -> Posed {
    Posed { heading: spot.heading, floor_m: spot.floor_m, ..Posed::new(thing, look, spot.at) }
}

/// Height of the ground at a place.
pub(crate) fn floor_at(place: &Place, at: Vec2) -> f32 {
    if at.y.abs() > place.kerb_y { place.kerb_height } else { 0.0 }
}

/// Half of what the thing covers along and across the street.
pub(crate) fn half_size(thing: Thing, heading: f32) -> Vec2 {
    let size = footprint(thing) / 2.0;
    let (sin, cos) = (heading.sin().abs(), heading.cos().abs());
    Vec2::new(size.x * cos + size.y * sin, size.x * sin + size.y * cos)
}

/// At the point or a little beside, so that what stands there is within the point's area.
fn around(spot: &Spot) -> Vec<Spot> {
    let beside = |along: f32| Spot { at: spot.at + Vec2::X * along, ..*spot };
    [0.0, -0.2, 0.2, -0.4, 0.4].map(beside).to_vec()
}
