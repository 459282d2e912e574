//! What the camera of a place sees well enough: each spot is chosen by this.

use glam::Vec2;
use glam::Vec3;

use super::Ground;
use super::Spot;
use crate::sim::street::view::View;

/// Share of the picture's sides that spots keep clear of.
const MARGIN: f32 = 0.02;
/// Pixel counts below are meant for a picture of this width.
const WIDTH_MEANT: f32 = 704.0;
/// Zones end here, in metres from the lens: beyond, a pixel is half a car.
const FAR_M: f32 = 70.0;

/// Length, width and height of what stands at a spot, and how much of the picture it must fill.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim::street) struct Guise {
    pub size: Vec3,
    /// Larger side of its box, in pixels of a picture 704 wide.
    pub longest_px: f32,
    pub height_px: f32,
}

impl Guise {
    pub(in crate::sim::street) const CAR: Self =
        Self { size: Vec3::new(4.6, 1.9, 1.5), longest_px: 46.0, height_px: 16.0 };
    pub(in crate::sim::street) const BUS: Self =
        Self { size: Vec3::new(11.0, 2.5, 3.0), longest_px: 56.0, height_px: 30.0 };
    pub(in crate::sim::street) const STALL: Self =
        Self { size: Vec3::new(1.4, 1.1, 1.1), longest_px: 26.0, height_px: 25.0 };
    pub(in crate::sim::street) const PERSON: Self =
        Self { size: Vec3::new(0.5, 0.5, 1.7), longest_px: 29.0, height_px: 29.0 };
}

pub(in crate::sim::street) struct Sight<'a>(pub &'a View);

impl Sight<'_> {
    /// Whether all of a guise is in the picture, large enough and not so large that it fills it.
    pub(in crate::sim::street) fn shows(&self, spot: &Spot, guise: Guise) -> bool {
        let Some((least, most)) = self.box_of(spot, guise.size) else { return false };
        let size = self.size();
        let edge = size * MARGIN;
        let [width, height] = ((most - least) * (WIDTH_MEANT / size.x)).to_array();
        least.cmpge(edge).all()
            && most.cmple(size - edge).all()
            && width.max(height) >= guise.longest_px
            && height >= guise.height_px
            && (most - least).cmple(size * 0.55).all()
    }

    /// Whether a point of the ground is in the picture and not endlessly far.
    pub(in crate::sim::street) fn sees(&self, at: Vec2) -> bool {
        let near = at.distance(self.0.mount().position.truncate()) < FAR_M;
        let inside = |pixel: Vec2| {
            let edge = self.size() * MARGIN;
            pixel.cmpge(edge).all() && pixel.cmple(self.size() - edge).all()
        };
        near && self.0.pixel_of(at.extend(0.0)).is_some_and(inside)
    }

    /// Share of a guise's box that is within the picture.
    pub(in crate::sim::street) fn share_seen(&self, spot: &Spot, guise: Guise) -> f32 {
        let Some((least, most)) = self.box_of(spot, guise.size) else { return 0.0 };
        let whole = (most - least).element_product();
        let seen = most.min(self.size()) - least.max(Vec2::ZERO);
        seen.max(Vec2::ZERO).element_product() / whole.max(1.0)
    }

    /// The box in the picture round a thing that stands at a spot, if all of it is before the lens.
    pub(in crate::sim::street) fn box_of(&self, spot: &Spot, size: Vec3) -> Option<(Vec2, Vec2)> {
        let mut least = Vec2::splat(f32::INFINITY);
        let mut most = Vec2::splat(f32::NEG_INFINITY);
        let along = Vec2::from_angle(spot.heading);
        for corner in 0..8_u32 {
            let sign = |bit: u32| if corner >> bit & 1 == 0 { -0.5 } else { 0.5 };
            let off = along * (size.x * sign(0)) + along.perp() * (size.y * sign(1));
            let up = spot.floor_m + size.z * (sign(2) + 0.5);
            let pixel = self.0.pixel_of((spot.at + off).extend(up))?;
            least = least.min(pixel);
            most = most.max(pixel);
        }
        Some((least, most))
    }

    /// The part of an upright rectangle of the ground that the picture shows; convex.
    pub(in crate::sim::street) fn clip(&self, least: Vec2, most: Vec2) -> Ground {
        let mut ground = vec![
            Vec2::new(least.x, least.y),
            Vec2::new(most.x, least.y),
            Vec2::new(most.x, most.y),
            Vec2::new(least.x, most.y),
        ];
        let half = self.0.mount().field / 2.0;
        let aspect = self.size().y / self.size().x;
        let (tan_x, tan_y) = (half.tan() * 0.99, half.tan() * aspect * 0.99);
        // Distance inside each edge of the picture, as the lens sees it: linear on the ground.
        let edges: [&dyn Fn(Vec3) -> f32; 6] = [
            &|seen| seen.z * tan_x - seen.x,
            &|seen| seen.z * tan_x + seen.x,
            &|seen| seen.z * tan_y - seen.y,
            &|seen| seen.z * tan_y + seen.y,
            &|seen| seen.z - 0.5,
            &|seen| FAR_M - seen.z,
        ];
        for inside in edges {
            let seen = |at: &Vec2| inside(self.0.seen_from_lens(at.extend(0.0)));
            ground = clip_half(&ground, seen);
        }
        ground
    }

    fn size(&self) -> Vec2 {
        let (width, height) = self.0.mount().size;
        Vec2::new(width as f32, height as f32)
    }
}

/// The part of a convex polygon where `inside` is not negative (Sutherland and Hodgman).
fn clip_half(ground: &[Vec2], inside: impl Fn(&Vec2) -> f32) -> Ground {
    let mut kept = Vec::with_capacity(ground.len() + 1);
    for (at, corner) in ground.iter().enumerate() {
        let next = &ground[(at + 1) % ground.len()];
        let (here, there) = (inside(corner), inside(next));
        if here >= 0.0 {
            kept.push(*corner);
        }
        if (here >= 0.0) != (there >= 0.0) {
            kept.push(corner.lerp(*next, here / (here - there)));
        }
    }
    kept
}
