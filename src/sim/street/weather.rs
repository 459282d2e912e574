//! Rain, snow, fog and the low sun, over the scenery, the canvas and the picture.

use glam::Vec2;
use glam::Vec3;
use image::RgbImage;
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::canvas::Canvas;
use super::light::Light;
use super::mesh::Material;
use super::mesh::Mesh;
use super::scenery::Scenery;

/// What falls from the sky or hangs in the air; the numbers go from hardly any (0) to heavy (1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Weather {
    Clear,
    Rain(f32),
    /// After rain: wet, nothing falls.
    Wet,
    Snow(f32),
    Fog(f32),
    /// The sun low before the lens.
    Glare(f32),
}

impl Weather {
    /// The scenery as this weather leaves it: wet and dark, or white.
    #[must_use]
    pub(super) fn on(self, scenery: &Scenery) -> Scenery {
        let mut scenery = scenery.clone();
        match self {
            Self::Rain(_) | Self::Wet => wetten(&mut scenery.ground),
            Self::Snow(amount) => {
                whiten(&mut scenery.ground, 0.25 + 0.6 * amount);
                cap(&mut scenery.standing, 0.3 + 0.6 * amount);
            }
            Self::Clear | Self::Fog(_) | Self::Glare(_) => {}
        }
        scenery
    }

    /// What hangs between the lens and the things.
    pub(super) fn veil(self, canvas: &mut Canvas, light: &Light) {
        canvas.for_each_sample(self.air(light));
    }

    /// The same where things were drawn on scenery that is veiled already.
    pub(super) fn veil_things(self, canvas: &mut Canvas, light: &Light) {
        canvas.for_each_owned(self.air(light));
    }

    /// What the air between does to light that comes from so many metres away.
    fn air(self, light: &Light) -> impl Fn(f32, &mut Vec3) + use<> {
        let (reach_m, most) = match self {
            Self::Fog(amount) => (90.0 - 72.0 * amount, 0.96),
            Self::Rain(amount) => (320.0 - 200.0 * amount, 0.8),
            Self::Snow(amount) => (220.0 - 160.0 * amount, 0.9),
            Self::Clear | Self::Wet | Self::Glare(_) => (900.0, 0.5),
        };
        let lamps = if light.lamps.is_empty() { 0.0 } else { 0.012 };
        let air = light.sky * 0.72 + light.sun * 0.25 + lamps;
        move |depth_m, colour| {
            let away = depth_m.min(600.0) / reach_m;
            // Close to 1 - exp(-away), which would take longer than all else here.
            let share = most * (1.0 - 1.0 / (1.0 + away + 0.5 * away * away));
            *colour += (air - *colour) * share;
        }
    }

    /// What falls before the lens in one picture, or dazzles it. `sun` is where the sun is in
    /// the picture, `bright` how light the falling drops are, 0..=1.
    pub(super) fn fall(
        self,
        image: &mut RgbImage,
        seed: u64,
        picture: u64,
        sun: Option<Vec2>,
        bright: f32,
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ picture.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        // The wind is the same in all pictures.
        let wind = ((seed >> 8 & 0xff) as f32 / 255.0 - 0.5) * 0.5;
        match self {
            Self::Rain(amount) => streaks(image, &mut rng, amount, wind, bright),
            Self::Snow(amount) => flakes(image, &mut rng, amount, bright),
            Self::Glare(amount) => dazzle(image, sun, amount),
            Self::Clear | Self::Wet | Self::Fog(_) => {}
        }
    }
}

fn wetten(mesh: &mut Mesh) {
    for material in &mut mesh.materials {
        *material = Material { grain: material.grain * 0.7, ..material.times(0.58) }.glossy(0.2);
    }
}

fn whiten(mesh: &mut Mesh, amount: f32) {
    let white = Vec3::new(0.74, 0.77, 0.82);
    for (at, material) in mesh.materials.iter_mut().enumerate() {
        // What is painted over the ground keeps more of its colour: tracks, markings, worn tiles.
        let kept = ((at as u32).wrapping_mul(2_654_435_761) >> 16 & 0xff) as f32 / 255.0;
        let share = (amount * (0.85 + 0.3 * kept)).min(0.95);
        material.colour = material.colour.lerp(white, share);
        material.grain = material.grain.clamp(0.08, 0.14);
    }
}

/// Snow on what faces up: roofs, crowns, hedges.
fn cap(mesh: &mut Mesh, amount: f32) {
    let white = Material::matt(225, 228, 234).times(0.55 + 0.45 * amount);
    mesh.materials.push(white.grained(0.1, 0.4));
    let snow = (mesh.materials.len() - 1) as u16;
    for triangle in &mut mesh.triangles {
        let up = triangle.corners.iter().map(|corner| corner.normal.z.abs()).sum::<f32>() / 3.0;
        if up > 1.0 - 0.45 * amount {
            triangle.material = snow;
        }
    }
}

fn streaks(image: &mut RgbImage, rng: &mut ChaCha8Rng, amount: f32, wind: f32, bright: f32) {
    let (width, height) = (image.width() as f32, image.height() as f32);
    let scale = width / 704.0;
    for _ in 0..(60.0 + 420.0 * amount) as usize {
        let near = rng.random_range(0.2..1.0_f32).powi(2);
        let long = (6.0 + 34.0 * near) * scale;
        let from = Vec2::new(rng.random_range(0.0..width), rng.random_range(-long..height));
        let strength = rng.random_range(0.08..0.24) * (0.5 + near) * (0.4 + 0.6 * bright);
        let lean = wind + rng.random_range(-0.04..0.04);
        for step in 0..long as usize {
            let at = from + Vec2::new(lean, 1.0) * step as f32;
            mix(image, at, strength, 205.0);
            if near > 0.6 {
                mix(image, at + Vec2::X, strength * 0.5, 205.0);
            }
        }
    }
}

fn flakes(image: &mut RgbImage, rng: &mut ChaCha8Rng, amount: f32, bright: f32) {
    let (width, height) = (image.width() as f32, image.height() as f32);
    let scale = width / 704.0;
    for _ in 0..(150.0 + 700.0 * amount) as usize {
        let near = rng.random_range(0.0..1.0_f32).powi(5);
        let radius = (0.7 + 4.0 * near) * scale;
        let middle = Vec2::new(rng.random_range(0.0..width), rng.random_range(0.0..height));
        let strength = (0.85 - 0.45 * near) * (0.35 + 0.65 * bright);
        let reach = radius.ceil() as i32;
        for y in -reach..=reach {
            for x in -reach..=reach {
                let off = Vec2::new(x as f32, y as f32 * 0.8);
                let share = (1.0 - off.length() / (radius + 0.5)).clamp(0.0, 1.0);
                mix(image, middle + Vec2::new(x as f32, y as f32), strength * share, 238.0);
            }
        }
    }
}

/// Light that spreads in the lens around the sun, and a veil over all.
fn dazzle(image: &mut RgbImage, sun: Option<Vec2>, amount: f32) {
    let (width, height) = (image.width() as f32, image.height() as f32);
    let sun = sun.unwrap_or(Vec2::new(width * 0.5, -height * 0.3));
    let sun = sun.clamp(Vec2::ZERO, Vec2::new(width, height));
    // A ghost on the other side of the middle, as lenses of several glasses make.
    let ghost = Vec2::new(width, height) - sun * 0.8 - Vec2::new(width, height) * 0.1;
    let reach = height * 0.55;
    for (y, row) in image.rows_mut().enumerate() {
        for (x, pixel) in row.enumerate() {
            let at = Vec2::new(x as f32, y as f32);
            let halo = 1.0 / (1.0 + at.distance_squared(sun) / (reach * reach * 0.35));
            let ghost = 1.0 - (at.distance(ghost) / (height * 0.06)).min(1.0);
            let added = amount * (215.0 * halo + 70.0 + 24.0 * ghost.sqrt());
            for (value, warm) in pixel.0.iter_mut().zip([1.0, 0.94, 0.8]) {
                let old = f32::from(*value);
                *value = (old + added * warm * (1.0 - old / 300.0)).min(255.0) as u8;
            }
        }
    }
}

fn mix(image: &mut RgbImage, at: Vec2, share: f32, towards: f32) {
    if at.cmplt(Vec2::ZERO).any() || share <= 0.0 {
        return;
    }
    let (x, y) = (at.x as u32, at.y as u32);
    if x < image.width() && y < image.height() {
        for value in &mut image.get_pixel_mut(x, y).0 {
            *value = (f32::from(*value) + (towards - f32::from(*value)) * share) as u8;
        }
    }
}
