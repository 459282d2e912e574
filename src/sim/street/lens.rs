//! What lens and sensor do to a picture: noise, softness, dirt, shaking, colour.

use glam::Vec2;
use glam::Vec3;
use image::RgbImage;
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Faults of one camera, the same all its life.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lens {
    /// Of a pixel by day, in steps of 255; night adds to it.
    pub noise: f32,
    /// Share of a pixel that comes from its neighbours, 0..=1.
    pub softness: f32,
    /// Share of the light that is lost in the corners.
    pub vignette: f32,
    /// Specks and drops on the glass.
    pub dirt: u32,
    /// How far the picture moves in wind, in pixels of a picture 704 wide.
    pub shake_px: f32,
    /// Factors on red, green and blue: a white balance that is off.
    pub cast: Vec3,
    pub saturation: f32,
    pub seed: u64,
}

impl Lens {
    /// Most are good, some are old, dirty or loose.
    #[must_use]
    pub(super) fn of(rng: &mut ChaCha8Rng) -> Self {
        let mut some = |share: f64, from: f32, to: f32| {
            if rng.random_bool(share) { rng.random_range(from..to) } else { from }
        };
        Self {
            noise: some(0.9, 1.0, 5.0),
            softness: some(0.7, 0.0, 0.8),
            vignette: some(0.8, 0.0, 0.4),
            dirt: some(0.25, 0.0, 12.0) as u32,
            shake_px: some(0.15, 0.0, 1.6),
            cast: Vec3::new(some(0.6, 0.95, 1.07), 1.0, some(0.7, 0.92, 1.08)),
            saturation: some(0.8, 0.65, 1.15),
            seed: rng.random(),
        }
    }

    /// A lens without faults.
    #[cfg(test)]
    #[must_use]
    pub(super) const fn perfect() -> Self {
        Self {
            noise: 0.0,
            softness: 0.0,
            vignette: 0.0,
            dirt: 0,
            shake_px: 0.0,
            cast: Vec3::ONE,
            saturation: 1.0,
            seed: 0,
        }
    }

    /// How far the picture numbered so is moved, in pixels of its own size. Truth moves with it.
    #[must_use]
    pub(super) fn shift(&self, picture: u64, width: u32) -> Vec2 {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed ^ picture.wrapping_mul(31));
        let reach = self.shake_px * width as f32 / 704.0;
        if reach < 0.05 {
            return Vec2::ZERO;
        }
        Vec2::new(rng.random_range(-reach..reach), rng.random_range(-reach..reach) * 0.6)
    }

    /// Share of light that each pixel keeps, in 256ths: corners and dirt.
    #[must_use]
    pub(super) fn gains(&self, (width, height): (u32, u32)) -> Vec<u16> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let size = Vec2::new(width as f32, height as f32);
        let specks: Vec<(Vec2, f32, f32)> = (0..self.dirt)
            .map(|_| {
                let at = Vec2::new(rng.random_range(0.0..size.x), rng.random_range(0.0..size.y));
                (at, rng.random_range(0.01..0.05) * size.x, rng.random_range(0.05..0.28))
            })
            .collect();
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        pixels
            .map(|(x, y)| {
                let at = Vec2::new(x as f32, y as f32);
                let off = (at - size / 2.0).length_squared() / (size / 2.0).length_squared();
                let mut gain = 1.0 - self.vignette * off;
                for (middle, radius, strength) in &specks {
                    let near = 1.0 - (at.distance(*middle) / radius).min(1.0);
                    gain *= 1.0 - strength * near * (2.0 - near);
                }
                (gain * 256.0) as u16
            })
            .collect()
    }
}

/// Moves a picture by less than a few pixels; the edge is repeated.
pub(super) fn moved(image: &RgbImage, by: Vec2) -> RgbImage {
    let (width, height) = (image.width() as i32, image.height() as i32);
    let whole = by.floor();
    let part = ((by - whole) * 256.0).as_ivec2();
    let bytes = image.as_raw();
    let mut out = vec![0; bytes.len()];
    let row_of = |y: i32| y.clamp(0, height - 1) as usize * width as usize * 3;
    for y in 0..height {
        let rows = [y - whole.y as i32, y - whole.y as i32 - 1].map(row_of);
        for x in 0..width {
            let columns = [x - whole.x as i32, x - whole.x as i32 - 1]
                .map(|x| x.clamp(0, width - 1) as usize * 3);
            let to = (y as usize * width as usize + x as usize) * 3;
            for channel in 0..3 {
                let at = |row: usize, column: usize| i32::from(bytes[row + column + channel]);
                let line =
                    |row| at(row, columns[0]) * (256 - part.x) + at(row, columns[1]) * part.x;
                let value = line(rows[0]) * (256 - part.y) + line(rows[1]) * part.y;
                out[to + channel] = (value >> 16) as u8;
            }
        }
    }
    RgbImage::from_raw(image.width(), image.height(), out).unwrap_or_else(|| image.clone())
}

/// Mixes each pixel with its neighbours: twice three in a row, weighed 1 2 1, by a share.
pub(super) fn soften(image: &mut RgbImage, share: f32) {
    let weight = (share.clamp(0.0, 1.0) * 64.0) as u16;
    if weight == 0 || image.width() < 3 || image.height() < 3 {
        return;
    }
    let (line, centre) = (image.width() as usize * 3, 256 - 2 * weight);
    let bytes: &mut [u8] = image;
    let mix = |before: u8, here: u8, after: u8| {
        let sides = u32::from(before) + u32::from(after);
        ((sides * u32::from(weight) + u32::from(here) * u32::from(centre)) >> 8) as u8
    };
    for row in bytes.chunks_exact_mut(line) {
        let mut before = [row[0], row[1], row[2]];
        for at in 0..line - 3 {
            let here = row[at];
            row[at] = mix(before[at % 3], here, row[at + 3]);
            before[at % 3] = here;
        }
    }
    let mut above = bytes[..line].to_vec();
    let rows = bytes.len() / line;
    for row in 0..rows - 1 {
        let (upper, lower) = bytes.split_at_mut((row + 1) * line);
        let upper = &mut upper[row * line..];
        for ((here, above), below) in upper.iter_mut().zip(&mut above).zip(lower.iter()) {
            let old = *here;
            *here = mix(*above, old, *below);
            *above = old;
        }
    }
}

/// Vignette, dirt, colour and noise in one go. `gains` come from [`Lens::gains`]; `noise` is in
/// steps of 255; `saturation` 0 is grey.
pub(super) fn expose(
    image: &mut RgbImage,
    gains: &[u16],
    cast: Vec3,
    saturation: f32,
    noise: f32,
    seed: u64,
) {
    let table = noise_table(noise, seed);
    let cast = (cast * 256.0).as_ivec3().to_array();
    let keep = (saturation * 256.0) as i32;
    let mut state = seed | 1;
    for (pixel, gain) in image.chunks_exact_mut(3).zip(gains) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let grey =
            (i32::from(pixel[0]) * 77 + i32::from(pixel[1]) * 151 + i32::from(pixel[2]) * 28) >> 8;
        // Noise of light is common to the three colours; each has a little of its own.
        let common = i32::from(table[(state & 0xfff) as usize]);
        for (channel, value) in pixel.iter_mut().enumerate() {
            let own = i32::from(table[(state >> (12 + 12 * channel) & 0xfff) as usize]) / 2;
            let colour = grey + (((i32::from(*value) - grey) * keep) >> 8);
            let own = (own * keep.min(256)) >> 8;
            let lit = (((colour * cast[channel]) >> 8) * i32::from(*gain)) >> 8;
            *value = (lit + common + own).clamp(0, 255) as u8;
        }
    }
}

/// Values with a bell's spread: the sum of four even ones.
fn noise_table(noise: f32, seed: u64) -> Vec<i8> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x5eed);
    let mut bell = || (0..4).map(|_| rng.random_range(-1.0..1.0_f32)).sum::<f32>() * 0.866;
    (0..4096).map(|_| (bell() * noise).round().clamp(-127.0, 127.0) as i8).collect()
}
