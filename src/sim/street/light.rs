//! The light that falls on the street: sun, sky, lamps.

use glam::Vec2;
use glam::Vec3;

use super::mesh::Material;

/// A lamp's light is told from the dark up to here, in metres.
const LAMP_REACH_M: f32 = 24.0;

/// A point of light: a street lamp, a stall's bulb, the middle of a headlight's pool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lamp {
    pub position: Vec3,
    /// Light at one metre, red, green, blue.
    pub power: Vec3,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Light {
    /// Towards the sun or the moon, of length one.
    pub sun_from: Vec3,
    /// Its light on a surface that faces it; zero when clouds hide it.
    pub sun: Vec3,
    /// From above, and half of it from the ground, on every surface.
    pub sky: Vec3,
    pub lamps: Vec<Lamp>,
}

impl Light {
    /// An even grey day.
    #[cfg(test)]
    #[must_use]
    pub(super) fn overcast() -> Self {
        Self { sun_from: Vec3::Z, sun: Vec3::ZERO, sky: Vec3::splat(0.9), lamps: Vec::new() }
    }

    /// A clear day with the sun towards `sun_from`.
    #[cfg(test)]
    #[must_use]
    pub(super) fn sunny(sun_from: Vec3) -> Self {
        Self {
            sun_from: sun_from.normalize(),
            sun: Vec3::new(0.85, 0.8, 0.7),
            sky: Vec3::new(0.32, 0.36, 0.42),
            lamps: Vec::new(),
        }
    }

    /// The same for what lies within `radius_m` of a place: without the lamps that do not reach there.
    #[must_use]
    pub(super) fn near(&self, place: Vec3, radius_m: f32) -> Self {
        let reach_m = LAMP_REACH_M + radius_m;
        let reaches = |lamp: &&Lamp| lamp.position.distance_squared(place) < reach_m * reach_m;
        let lamps = self.lamps.iter().filter(reaches).copied().collect();
        Self { lamps, ..*self }
    }

    /// The light that a surface sends to `eye`. Both of its sides are alike.
    #[must_use]
    pub(super) fn shade(&self, material: &Material, world: Vec3, normal: Vec3, eye: Vec3) -> Vec3 {
        let to_eye = (eye - world).normalize_or_zero();
        let normal = normal.normalize_or_zero();
        let normal = if normal.dot(to_eye) < 0.0 { -normal } else { normal };
        let falling = self.falling(world, normal);
        let mirrored = to_eye.reflect(normal) * -1.0;
        let sky = self.sky * (0.4 + 0.6 * mirrored.z.max(0.0));
        let spark = self.sun * mirrored.dot(self.sun_from).max(0.0).powi(40) * 1.5;
        material.colour * (falling + Vec3::splat(material.glow)) + (sky + spark) * material.gloss
    }

    /// The light that arrives at a surface from sun, sky and lamps.
    #[must_use]
    pub(super) fn falling(&self, world: Vec3, normal: Vec3) -> Vec3 {
        let mut falling = self.sky * (0.75 + 0.25 * normal.z);
        falling += self.sun * normal.dot(self.sun_from).max(0.0);
        for lamp in &self.lamps {
            let away = lamp.position - world;
            let squared = away.length_squared();
            if squared < LAMP_REACH_M * LAMP_REACH_M {
                let facing = 0.3 + 0.7 * (normal.dot(away) / squared.sqrt().max(0.1)).max(0.0);
                // Fades to nothing at the end of its reach, so that no edge is seen there.
                let rim = 1.0 - squared / (LAMP_REACH_M * LAMP_REACH_M);
                falling += lamp.power * (facing * rim * rim / (1.0 + squared));
            }
        }
        falling
    }

    /// By how much the camera lengthens its exposure. Night stays darker than day.
    #[must_use]
    pub(super) fn exposure(&self) -> f32 {
        let sky = self.sky.max_element() + 0.6 * self.sun.max_element() * self.sun_from.z.max(0.0);
        let lamps = if self.lamps.is_empty() { 0.0 } else { 0.05 };
        (1.15 / (sky + lamps)).powf(0.74).clamp(0.7, 9.0)
    }

    /// Where the tip of an upright metre's shadow falls, if the sun throws one
    /// that is neither faint nor endless.
    #[must_use]
    pub(super) fn shadow_of_one_metre(&self) -> Option<Vec2> {
        let shines = self.sun.max_element() > 0.05 && self.sun_from.z > 0.15;
        shines.then(|| -self.sun_from.truncate() / self.sun_from.z)
    }

    /// Share of the light on level ground that is left where the sun does not reach.
    #[must_use]
    pub(super) fn kept_in_shadow(&self) -> f32 {
        let sun = self.sun.max_element() * self.sun_from.z.max(0.0);
        let sky = self.sky.max_element();
        sky / (sky + sun).max(1e-3)
    }
}
