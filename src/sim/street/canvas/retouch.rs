//! A canvas used again and again: what was drawn over the scenery is taken off, and only that is developed anew.

use glam::Vec3;
use image::RgbImage;

use super::Canvas;

impl Canvas {
    /// From here on, what is drawn can be taken off again by [`Self::wash`].
    pub(crate) fn begin_layer(&mut self) {
        self.touched.iter_mut().for_each(|row| *row = (u32::MAX, 0));
        self.covered.truncate(1);
    }

    /// Takes off what was drawn since `clean` was cloned of this canvas or washed last.
    pub(crate) fn wash(&mut self, clean: &Self) {
        for (row, (from, to)) in self.touched.iter().enumerate() {
            if from < to {
                let span = row * self.width + *from as usize..row * self.width + *to as usize;
                self.samples[span.clone()].copy_from_slice(&clean.samples[span]);
            }
        }
        self.begin_layer();
    }

    /// Part of a row counts as drawn on.
    pub(super) fn touch(&mut self, row: usize, from: usize, to: usize) {
        let touched = &mut self.touched[row];
        *touched = (touched.0.min(from as u32), touched.1.max(to as u32));
    }

    /// Changes the light of the samples that belong to things by how far they are.
    pub(crate) fn for_each_owned(&mut self, change: impl Fn(f32, &mut Vec3)) {
        for (row, (from, to)) in self.touched.iter().enumerate() {
            if from < to {
                let first = row * self.width;
                let drawn = &mut self.samples[first + *from as usize..first + *to as usize];
                for sample in drawn.iter_mut().filter(|sample| sample.owner != super::SCENERY) {
                    change(sample.depth_m, &mut sample.colour);
                }
            }
        }
    }

    /// Develops the pixels on which was drawn since the last wash onto a picture of the rest.
    pub(crate) fn develop_onto(&self, picture: &mut RgbImage, exposure: f32) {
        let table = super::sensor_table();
        let per_side = self.samples_per_side;
        let share = exposure / (per_side * per_side) as f32;
        let width = self.width / per_side;
        for y in 0..self.height / per_side {
            let rows = &self.touched[y * per_side..(y + 1) * per_side];
            let from = rows.iter().map(|row| row.0).min().unwrap_or(0) as usize / per_side;
            let to = (rows.iter().map(|row| row.1).max().unwrap_or(0) as usize).div_ceil(per_side);
            for x in from..to.min(width) {
                let mut light = Vec3::ZERO;
                for line in 0..per_side {
                    let first = (y * per_side + line) * self.width + x * per_side;
                    for sample in &self.samples[first..first + per_side] {
                        light += sample.colour;
                    }
                }
                let value = (light * share).to_array().map(|light| {
                    let root = light.max(0.0).sqrt() * super::TABLE_STEPS;
                    table[(root as usize).min(table.len() - 1)]
                });
                picture.put_pixel(x as u32, y as u32, image::Rgb(value));
            }
        }
    }
}
