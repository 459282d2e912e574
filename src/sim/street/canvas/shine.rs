//! Light and mirroring that are added to a canvas after it was drawn.

use glam::Vec2;
use glam::Vec3;

use super::Canvas;
use super::SCENERY;
use crate::sim::street::light::Lamp;

/// A lamp added later is not told from the dark beyond this, in metres.
const POOL_M: f32 = 7.0;

/// Share of light that streets give back.
const GIVEN_BACK: f32 = 0.16;

impl Canvas {
    /// Lets lamps shine on what has been drawn: headlights on the backdrop.
    pub(crate) fn shine(&mut self, lamps: &[Lamp]) {
        for lamp in lamps {
            let Some((least, most)) = self.pool(lamp.position) else { continue };
            for row in least.y as usize..most.y as usize {
                self.touch(row, least.x as usize, most.x as usize);
                for column in least.x as usize..most.x as usize {
                    self.shine_on(row, column, lamp);
                }
            }
        }
    }

    fn shine_on(&mut self, row: usize, column: usize, lamp: &Lamp) {
        let sample = self.samples[row * self.width + column];
        if sample.depth_m.is_infinite() {
            return;
        }
        let at = Vec2::new(column as f32 + 0.5, row as f32 + 0.5) / self.samples_per_side as f32;
        let world = self.view.world_of(at, sample.depth_m);
        let squared = world.distance_squared(lamp.position);
        if squared >= POOL_M * POOL_M {
            return;
        }
        let rim = 1.0 - squared / (POOL_M * POOL_M);
        let added = lamp.power * (rim * rim / (1.0 + squared));
        // What the ground gives back is not known any more: asphalt and paving, about.
        self.samples[row * self.width + column].colour += added * GIVEN_BACK;
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
