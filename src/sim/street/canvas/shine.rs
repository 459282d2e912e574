//! Light and mirroring that are added to a canvas after it was drawn.

use glam::Vec2;
use glam::Vec3;

use super::Canvas;
use super::SCENERY;
use crate::sim::street::light::Lamp;

/// A lamp added later is not told from the dark beyond this, in metres.
const POOL_M: f32 = 7.0;

/// Samples of a pixel whose depths differ by no more lie on one surface.
const ALIKE_M: f32 = 0.3;

/// Share of light that streets give back.
const GIVEN_BACK: f32 = 0.16;

impl Canvas {
    /// Lets lamps shine on what has been drawn: headlights on the backdrop.
    pub(crate) fn shine(&mut self, lamps: &[Lamp]) {
        let per_side = self.samples_per_side;
        for lamp in lamps {
            let Some((least, most)) = self.pool(lamp.position) else { continue };
            let (from, to) = (least.x as usize / per_side, (most.x as usize).div_ceil(per_side));
            for y in least.y as usize / per_side..(most.y as usize).div_ceil(per_side) {
                for row in y * per_side..(y + 1) * per_side {
                    self.touch(row, from * per_side, to * per_side);
                }
                for x in from..to {
                    self.shine_on(x, y, lamp);
                }
            }
        }
    }

    /// The samples of one pixel are lit alike, but for those that lie on something else.
    fn shine_on(&mut self, x: usize, y: usize, lamp: &Lamp) {
        let per_side = self.samples_per_side;
        let lamp_m = self.view.seen_from_lens(lamp.position).z;
        let mut lit = (f32::INFINITY, Vec3::ZERO);
        for row in y * per_side..(y + 1) * per_side {
            for at in row * self.width + x * per_side..row * self.width + (x + 1) * per_side {
                let depth_m = self.samples[at].depth_m;
                // Farther before or behind the lamp than it reaches, as most of its square is.
                if (depth_m - lamp_m).abs() >= POOL_M {
                    continue;
                }
                if (depth_m - lit.0).abs() > ALIKE_M {
                    lit = (
                        depth_m,
                        self.light_at(Vec2::new(x as f32, y as f32) + 0.5, depth_m, lamp),
                    );
                }
                self.samples[at].colour += lit.1;
            }
        }
    }

    /// What a lamp adds to what is seen at a pixel, so far away.
    fn light_at(&self, pixel: Vec2, depth_m: f32, lamp: &Lamp) -> Vec3 {
        let squared = self.view.world_of(pixel, depth_m).distance_squared(lamp.position);
        // What the ground gives back is not known any more: asphalt and paving, about.
        let rim = (1.0 - squared / (POOL_M * POOL_M)).max(0.0);
        lamp.power * (GIVEN_BACK * rim * rim / (1.0 + squared))
    }

    /// Samples that may be within reach of a lamp: least and most column and row.
    fn pool(&self, middle: Vec3) -> Option<(Vec2, Vec2)> {
        let size = Vec2::new(self.width as f32, self.height as f32);
        let depth_m = self.view.seen_from_lens(middle).z;
        let pixel = self.view.pixel_of(middle)? * self.samples_per_side as f32;
        if depth_m < 1.0 {
            return None;
        }
        let reach = self.view.pixels_per_metre(depth_m) * POOL_M * self.samples_per_side as f32;
        let least = (pixel - reach).clamp(Vec2::ZERO, size);
        let most = (pixel + reach).clamp(Vec2::ZERO, size);
        Some((least, most))
    }

    /// Lets level ground mirror what stands behind it, as wet roads do: each column of
    /// samples is mirrored at the foot of what was met last, going down.
    pub(crate) fn mirror(&mut self, share: f32) {
        let mut feet = vec![0; self.width];
        for row in 1..self.height {
            for (column, foot) in feet.iter_mut().enumerate() {
                let at = row * self.width + column;
                let sample = self.samples[at];
                if !sample.flat || sample.owner != SCENERY {
                    *foot = row;
                } else if let Some(colour) = self.mirrored(row, column, *foot) {
                    let away = (row - *foot) as f32 / self.height as f32;
                    let keep = share * (1.0 - away * 1.8).max(0.0);
                    self.samples[at].colour += (colour - sample.colour) * keep;
                }
            }
        }
    }

    /// What a sample of the ground mirrors, if it stands upright and is in the picture.
    fn mirrored(&self, row: usize, column: usize, foot: usize) -> Option<Vec3> {
        // Ripples take the light from a little higher or lower, the more the farther it comes.
        let mixed = (row * self.width + column).wrapping_mul(0x9e37_79b1);
        let ripple = (mixed >> 11 & 7) as f32 / 3.5 - 1.0;
        let below = (row - foot) as f32;
        let from = foot as f32 - (below * 1.15 + ripple * (4.0 + 0.3 * below)).max(0.0);
        if from < 0.0 || foot == 0 {
            return None;
        }
        let sample = self.samples[from as usize * self.width + column];
        (!sample.flat).then_some(sample.colour)
    }
}
