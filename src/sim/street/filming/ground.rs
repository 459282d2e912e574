//! Zones: pieces of the ground as polygons of the picture.

use glam::Vec2;
use glam::Vec3;

use crate::geometry::Point;
use crate::geometry::Polygon;
use crate::sim::street::place::Ground;
use crate::sim::street::place::Place;
use crate::sim::street::story::GroundName;
use crate::sim::street::story::floor_at;
use crate::sim::street::story::queueing_heading;
use crate::sim::street::view::View;

/// Ground nearer to the lens than this, along its axis, is left out, in metres.
const NEAR_M: f32 = 0.5;
/// Corners nearer to each other are one corner, in fractions of the picture.
const CORNER_MIN: f32 = 0.002;

/// The polygon in the picture of a named piece of the place's ground, if it is in the picture.
pub(crate) fn polygon_of(name: GroundName, place: &Place, view: &View) -> Option<Polygon> {
    let ground = named(name, place);
    let middle = ground.iter().sum::<Vec2>() / ground.len().max(1) as f32;
    let floor_m = floor_at(place, middle);
    let seen: Vec<Vec3> =
        ground.iter().map(|corner| view.seen_from_lens(corner.extend(floor_m))).collect();
    let before = cut(&seen, |corner| corner.z - NEAR_M, Vec3::lerp);
    let (width, height) = view.mount().size;
    let size = Vec2::new(width as f32, height as f32);
    let mut corners: Vec<Vec2> =
        before.iter().map(|corner| view.pixel_of_seen(*corner) / size).collect();
    corners = cut(&corners, |corner| corner.x, Vec2::lerp);
    corners = cut(&corners, |corner| 1.0 - corner.x, Vec2::lerp);
    corners = cut(&corners, |corner| corner.y, Vec2::lerp);
    corners = cut(&corners, |corner| 1.0 - corner.y, Vec2::lerp);
    corners.dedup_by(|a, b| a.distance(*b) < CORNER_MIN);
    while corners.len() > 1 && corners[0].distance(corners[corners.len() - 1]) < CORNER_MIN {
        corners.pop();
    }
    let point = |corner: &Vec2| {
        let at = corner.clamp(Vec2::ZERO, Vec2::ONE);
        Point { x: at.x, y: at.y }
    };
    Polygon::new(corners.iter().map(point).collect()).ok()
}

fn named(name: GroundName, place: &Place) -> Ground {
    match name {
        GroundName::KerbStrip => place.kerb_strip.clone(),
        GroundName::Road => place.road.clone(),
        GroundName::Lanes => queueing_lanes(place),
        GroundName::Pavement => place.pavement.clone(),
        GroundName::BerthStrip => place.berth_strip.clone(),
        GroundName::VendingArea => place.vending_area.clone(),
        GroundName::CollectionArea => place.collection_area.clone(),
        GroundName::BusStopArea => place.bus_stop_area.clone(),
    }
}

/// The lanes in which a queue stands, as long as the road is a zone.
fn queueing_lanes(place: &Place) -> Ground {
    let heading = queueing_heading(&place.lanes);
    let same = place.lanes.iter().filter(|lane| lane.heading.cos() * heading > 0.0);
    let edges = same.flat_map(|lane| [-0.5, 0.5].map(|side| lane.middle_y + side * lane.width));
    let (low, high) = edges.fold((f32::MAX, f32::MIN), |(low, high), y| (low.min(y), high.max(y)));
    let along = place.road.iter().map(|corner| corner.x);
    let (from, to) = along.fold((f32::MAX, f32::MIN), |(from, to), x| (from.min(x), to.max(x)));
    vec![Vec2::new(from, low), Vec2::new(to, low), Vec2::new(to, high), Vec2::new(from, high)]
}

/// The part of an outline where `depth` is not negative (Sutherland and Hodgman 1974).
fn cut<T: Copy>(
    corners: &[T],
    depth: impl Fn(&T) -> f32,
    between: impl Fn(T, T, f32) -> T,
) -> Vec<T> {
    let mut kept = Vec::with_capacity(corners.len() + 2);
    for (at, from) in corners.iter().enumerate() {
        let to = &corners[(at + 1) % corners.len()];
        let (a, b) = (depth(from), depth(to));
        if a >= 0.0 {
            kept.push(*from);
        }
        if (a >= 0.0) != (b >= 0.0) {
            kept.push(between(*from, *to, a / (a - b)));
        }
    }
    kept
}
