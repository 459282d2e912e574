//! What happens to cameras: something hangs over the lens, a light blinds it, it turns, it loses its focus.

use glam::Vec2;
use image::RgbImage;
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::lens::soften;
use super::view::Mount;

/// A state in which a camera's pictures are of no use. A frozen picture is the sender's matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Trouble {
    /// A cloth or a hand before the lens.
    Covered,
    /// Washed out by a strong light.
    Blinded,
    OutOfFocus,
}

impl Trouble {
    /// Changes a picture as the trouble does. The same seed gives the same cloth.
    pub(super) fn befall(self, image: &mut RgbImage, seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        match self {
            Self::Covered => cover(image, &mut rng),
            Self::Blinded => blind(image, &mut rng),
            Self::OutOfFocus => defocus(image),
        }
    }
}

/// The mount of a camera that someone has turned away, so far that zones no longer fit.
#[must_use]
pub(super) fn turned(mount: &Mount, rng: &mut ChaCha8Rng) -> Mount {
    let sign = if rng.random() { 1.0 } else { -1.0 };
    Mount {
        heading: mount.heading + sign * rng.random_range(0.35..1.2),
        pitch: (mount.pitch + rng.random_range(-0.15..0.2)).clamp(0.1, 0.9),
        ..*mount
    }
}

fn cover(image: &mut RgbImage, rng: &mut ChaCha8Rng) {
    let cloth = [0; 3].map(|_| rng.random_range(8.0..42.0_f32));
    let folds = [0; 3].map(|_| {
        let across = Vec2::from_angle(rng.random_range(0.0..6.3)) * rng.random_range(2.0..9.0);
        (across / image.width() as f32, rng.random_range(0.0..6.3_f32))
    });
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        let at = Vec2::new(x as f32, y as f32);
        let fold: f32 = folds.iter().map(|(across, phase)| (across.dot(at) + phase).sin()).sum();
        for (value, cloth) in pixel.0.iter_mut().zip(cloth) {
            let through = f32::from(*value) * 0.02;
            *value = (cloth * (1.0 + 0.18 * fold) + through).clamp(0.0, 255.0) as u8;
        }
    }
}

fn blind(image: &mut RgbImage, rng: &mut ChaCha8Rng) {
    let size = Vec2::new(image.width() as f32, image.height() as f32);
    let middle = size * Vec2::new(rng.random_range(0.25..0.75), rng.random_range(0.2..0.6));
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        let away = Vec2::new(x as f32, y as f32).distance(middle) / size.x;
        let light = 215.0 + 60.0 * (1.0 - away);
        for value in &mut pixel.0 {
            *value = (f32::from(*value) * 0.1 + light * 0.93).min(255.0) as u8;
        }
    }
}

/// A blur of several per cent of the width: by shrinking, softening and growing again.
fn defocus(image: &mut RgbImage) {
    use image::imageops::FilterType;
    let (width, height) = image.dimensions();
    let small = (width.div_ceil(14), height.div_ceil(14));
    let mut blurred = image::imageops::resize(image, small.0, small.1, FilterType::Triangle);
    soften(&mut blurred, 1.0);
    *image = image::imageops::resize(&blurred, width, height, FilterType::CatmullRom);
}
