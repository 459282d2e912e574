//! The fixed camera's view of the street: from metres in the world to pixels of the picture.
//!
//! World: x along the road, y across it, z up from the road's surface, in
//! metres. Picture: x to the right, y down, in pixels, from the top left corner.

use glam::Vec2;
use glam::Vec3;

/// Nothing nearer than this is drawn: the lens stands on a pole, not in the crowd.
pub(super) const NEAR_M: f32 = 0.3;

/// How a camera is mounted and what its lens shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mount {
    /// Where the lens is, in metres.
    pub position: Vec3,
    /// Where it looks to, counter-clockwise from the x axis as seen from above, in radians.
    pub heading: f32,
    /// How far it looks down from the horizon, in radians.
    pub pitch: f32,
    /// The horizontal field of view, in radians.
    pub field: f32,
    /// Width and height of the picture in pixels.
    pub size: (u32, u32),
}

/// A pinhole camera, ready to project.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    mount: Mount,
    right: Vec3,
    down: Vec3,
    forward: Vec3,
    focal_px: f32,
    centre: Vec2,
}

impl View {
    #[must_use]
    pub(super) fn new(mount: Mount) -> Self {
        let (sin, cos) = mount.heading.sin_cos();
        let level = Vec3::new(cos, sin, 0.0);
        let forward = level * mount.pitch.cos() - Vec3::Z * mount.pitch.sin();
        let right = Vec3::new(sin, -cos, 0.0);
        let (width, height) = (mount.size.0 as f32, mount.size.1 as f32);
        Self {
            mount,
            right,
            down: forward.cross(right),
            forward,
            focal_px: width / 2.0 / (mount.field / 2.0).tan(),
            centre: Vec2::new(width, height) / 2.0,
        }
    }

    #[must_use]
    pub(super) const fn mount(&self) -> &Mount {
        &self.mount
    }

    /// Right, down and forward distances from the lens, in metres.
    #[must_use]
    pub(super) fn seen_from_lens(&self, world: Vec3) -> Vec3 {
        let away = world - self.mount.position;
        Vec3::new(away.dot(self.right), away.dot(self.down), away.dot(self.forward))
    }

    /// Pixels of a point given by [`Self::seen_from_lens`]; it must be before the lens.
    #[must_use]
    pub(super) fn pixel_of_seen(&self, seen: Vec3) -> Vec2 {
        self.centre + Vec2::new(seen.x, seen.y) * (self.focal_px / seen.z)
    }

    /// Pixels of a point in the world, if it is before the lens; it may lie beside the picture.
    #[must_use]
    pub(super) fn pixel_of(&self, world: Vec3) -> Option<Vec2> {
        let seen = self.seen_from_lens(world);
        (seen.z > NEAR_M).then(|| self.pixel_of_seen(seen))
    }

    /// How large a metre across is at a depth.
    #[must_use]
    pub(super) fn pixels_per_metre(&self, depth_m: f32) -> f32 {
        self.focal_px / depth_m
    }

    /// The point of the world that a pixel shows at a depth, as [`Self::seen_from_lens`] counts it.
    #[must_use]
    pub(super) fn world_of(&self, pixel: Vec2, depth_m: f32) -> Vec3 {
        let off = (pixel - self.centre) / self.focal_px;
        let ray = self.forward + self.right * off.x + self.down * off.y;
        self.mount.position + ray * depth_m
    }

    /// Where on the road's surface a pixel looks, if not to the sky.
    #[must_use]
    pub(super) fn ground_of(&self, pixel: Vec2) -> Option<Vec2> {
        let off = (pixel - self.centre) / self.focal_px;
        let ray = self.forward + self.right * off.x + self.down * off.y;
        let steps = -self.mount.position.z / ray.z;
        (ray.z < -1e-4).then(|| (self.mount.position + ray * steps).truncate())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn view(height_m: f32, pitch: f32, heading: f32) -> View {
        View::new(Mount {
            position: Vec3::new(1.0, -4.0, height_m),
            heading,
            pitch,
            field: 1.2,
            size: (704, 576),
        })
    }

    #[test]
    fn what_it_looks_at_is_in_the_middle() {
        let view = view(5.0, 0.5, 0.0);
        let ahead = Vec3::new(1.0, -4.0, 0.0) + Vec3::X * (5.0 / 0.5_f32.tan());
        let pixel = view.pixel_of(ahead).unwrap();
        assert!((pixel - Vec2::new(352.0, 288.0)).length() < 0.1, "{pixel}");
    }

    #[test]
    fn left_in_the_world_is_left_in_the_picture_and_high_is_up() {
        let view = view(5.0, 0.3, 0.0);
        let middle = view.pixel_of(Vec3::new(15.0, -4.0, 0.0)).unwrap();
        assert!(view.pixel_of(Vec3::new(15.0, -2.0, 0.0)).unwrap().x < middle.x);
        assert!(view.pixel_of(Vec3::new(15.0, -4.0, 1.0)).unwrap().y < middle.y);
        assert_eq!(view.pixel_of(Vec3::new(-15.0, -4.0, 0.0)), None);
    }

    proptest! {
        #[test]
        fn ground_and_pixel_are_each_others_inverse(
            height in 3.0_f32..8.0, pitch in 0.2_f32..0.7, heading in -3.0_f32..3.0,
            x in 0.0_f32..704.0, y in 300.0_f32..576.0,
        ) {
            let view = view(height, pitch, heading);
            let ground = view.ground_of(Vec2::new(x, y)).unwrap();
            let back = view.pixel_of(ground.extend(0.0)).unwrap();
            prop_assert!((back - Vec2::new(x, y)).length() < 0.5, "{back}");
        }
    }
}
