//! A picture being drawn: colour, depth and whose sample it is, so that the truth is known to the pixel.
//!
//! Each pixel has several samples, whose mean it becomes: edges are smooth and
//! a thing's share of a pixel is known.

use glam::Affine3A;
use glam::Vec2;
use glam::Vec3;
use image::RgbImage;

use super::light::Light;
use super::mesh::Material;
use super::mesh::Mesh;
use super::view::NEAR_M;
use super::view::View;

mod face;
mod retouch;
mod shine;

use face::Face;
use face::Spot;

/// More make no smoother edges.
const SAMPLES_PER_SIDE_MAX: usize = 4;

/// Owner of what no truth speaks of: road, houses, trees.
pub(super) const SCENERY: u16 = 0;

/// How far a shadow may hang over the surface that it falls on: a kerb's height and a bit.
const SHADOW_DEPTH_M: f32 = 0.35;

/// Where a thing is in the picture, counted in samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Extent {
    /// Samples that it would fill if nothing hid it, within the picture.
    pub samples: u32,
    /// Samples that are seen.
    pub seen: u32,
    /// Smallest and largest pixel coordinates of the seen ones; empty if none is.
    pub least: Vec2,
    pub most: Vec2,
}

/// One sample of the picture.
#[derive(Clone, Copy, Debug)]
struct Sample {
    /// Linear light.
    colour: Vec3,
    depth_m: f32,
    owner: u16,
    /// Last thing that was drawn here, seen or not.
    stamp: u16,
    /// Level, so that shadows fall on it.
    flat: bool,
    /// In the shadow of something already; two shadows are no darker.
    shaded: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Canvas {
    view: View,
    width: usize,
    height: usize,
    samples_per_side: usize,
    samples: Vec<Sample>,
    /// By owner: samples that it would fill if nothing hid it.
    covered: Vec<u32>,
    /// By row: the columns between which was drawn since the last wash.
    touched: Vec<(u32, u32)>,
}

/// A corner on its way to the picture.
#[derive(Clone, Copy)]
struct Corner {
    seen: Vec3,
    own: Vec3,
    normal: Vec3,
}

impl Canvas {
    /// An empty picture; `samples_per_side` squared samples a pixel: 2 is smooth, 1 is quick.
    #[must_use]
    pub(super) fn new(view: View, samples_per_side: usize) -> Self {
        let samples_per_side = samples_per_side.clamp(1, SAMPLES_PER_SIDE_MAX);
        let (width, height) = view.mount().size;
        let [width, height] = [width, height].map(|side| side as usize * samples_per_side);
        let empty = Sample {
            colour: Vec3::ZERO,
            depth_m: f32::INFINITY,
            owner: SCENERY,
            stamp: SCENERY,
            flat: false,
            shaded: false,
        };
        Self {
            view,
            width,
            height,
            samples_per_side,
            samples: vec![empty; width * height],
            covered: Vec::new(),
            touched: vec![(u32::MAX, 0); height],
        }
    }

    #[cfg(test)]
    #[must_use]
    pub(super) const fn view(&self) -> &View {
        &self.view
    }

    /// Fills what nothing has been drawn on, from the height above the
    /// horizon (sine of the angle; below it negative) of each sample's ray.
    pub(super) fn paint_sky(&mut self, sky: impl Fn(f32) -> Vec3) {
        let pitch = self.view.mount().pitch;
        let half = (self.view.mount().field / 2.0).tan();
        for row in 0..self.height {
            let down =
                (row as f32 + 0.5 - self.height as f32 / 2.0) * 2.0 * half / self.width as f32;
            let up = (-pitch - down.atan()).sin();
            let colour = sky(up);
            for sample in &mut self.samples[row * self.width..(row + 1) * self.width] {
                if sample.depth_m.is_infinite() {
                    sample.colour = colour;
                }
            }
        }
    }

    /// Draws a mesh as `owner`'s, lit. Near hides far.
    pub(super) fn draw(
        &mut self,
        mesh: &Mesh,
        world_from_mesh: Affine3A,
        owner: u16,
        light: &Light,
    ) {
        let turned = world_from_mesh.matrix3.inverse().transpose();
        let eye = self.view.mount().position;
        let (middle, radius_m) = mesh.reach(world_from_mesh);
        let light = &light.near(middle, radius_m);
        self.covered.resize(self.covered.len().max(usize::from(owner) + 1), 0);
        for triangle in &mesh.triangles {
            let material = mesh.materials[usize::from(triangle.material)];
            let corners = triangle.corners.map(|vertex| {
                let world = world_from_mesh.transform_point3(vertex.position);
                let normal = Vec3::from(turned * glam::Vec3A::from(vertex.normal));
                Corner { seen: self.view.seen_from_lens(world), own: vertex.position, normal }
            });
            let flat = corners.iter().all(|corner| corner.normal.z > 0.9 * corner.normal.length());
            // The samples of one pixel are shaded alike.
            let mut shaded = (usize::MAX, Vec3::ZERO);
            self.fill(corners, |canvas, at, spot| {
                let depth_m = spot.depth_m;
                let pixel = canvas.pixel_of_sample(at);
                let sample = &mut canvas.samples[at];
                if sample.stamp != owner {
                    sample.stamp = owner;
                    canvas.covered[usize::from(owner)] += 1;
                }
                if depth_m >= sample.depth_m {
                    return;
                }
                if shaded.0 != pixel {
                    let (own, normal) = (spot.own(), spot.normal());
                    let world = world_from_mesh.transform_point3(own);
                    shaded = (pixel, light.shade(&textured(material, own), world, normal, eye));
                }
                let colour = shaded.1;
                *sample = Sample { colour, depth_m, owner, stamp: owner, flat, shaded: false };
            });
        }
    }

    /// Lets a mesh throw its shadow on the level ground around it, `floor_m`
    /// high, away from the sun. The strength is taken from the sun's share of the light.
    pub(super) fn draw_shadow(
        &mut self,
        mesh: &Mesh,
        world_from_mesh: Affine3A,
        floor_m: f32,
        light: &Light,
    ) {
        let Some(away) = light.shadow_of_one_metre() else { return };
        let keep = light.kept_in_shadow();
        for triangle in &mesh.triangles {
            let corners = triangle.corners.map(|vertex| {
                let world = world_from_mesh.transform_point3(vertex.position);
                let fallen = world.truncate() + away * (world.z - floor_m).max(0.0);
                let seen = self.view.seen_from_lens(fallen.extend(floor_m));
                Corner { seen, own: Vec3::ZERO, normal: Vec3::Z }
            });
            self.fill(corners, |canvas, at, spot| {
                let sample = &mut canvas.samples[at];
                let depth_m = spot.depth_m;
                let near = (sample.depth_m - depth_m).abs() < SHADOW_DEPTH_M + 0.02 * depth_m;
                if near && sample.flat && !sample.shaded {
                    sample.shaded = true;
                    sample.colour *= keep;
                }
            });
        }
    }

    /// Changes every sample's light by how far its surface is (infinite for
    /// the sky), for fog and dusk.
    pub(super) fn for_each_sample(&mut self, change: impl Fn(f32, &mut Vec3)) {
        for sample in &mut self.samples {
            change(sample.depth_m, &mut sample.colour);
        }
    }

    /// What each owner fills, by number, the scenery first. An owner that was drawn in
    /// two goes with another between them is counted twice.
    #[must_use]
    pub(super) fn extents(&self) -> Vec<Extent> {
        let nothing = Extent {
            samples: 0,
            seen: 0,
            least: Vec2::splat(f32::INFINITY),
            most: Vec2::splat(f32::NEG_INFINITY),
        };
        let of_owner = |samples: &u32| Extent { samples: *samples, ..nothing };
        let mut extents: Vec<Extent> = self.covered.iter().map(of_owner).collect();
        let per_side = self.samples_per_side as f32;
        for (row, line) in self.samples.chunks_exact(self.width).enumerate() {
            let (from, to) = self.touched[row];
            let drawn = line.iter().enumerate().take(to as usize).skip(from as usize);
            let owned = drawn.filter(|(_, sample)| sample.owner != SCENERY);
            for (column, sample) in owned {
                let extent = &mut extents[usize::from(sample.owner)];
                let at = Vec2::new(column as f32, row as f32) / per_side;
                extent.seen += 1;
                extent.least = extent.least.min(at);
                extent.most = extent.most.max(at + 1.0 / per_side);
            }
        }
        extents
    }

    /// The picture as a camera's sensor gives it: `exposure` times the light,
    /// what is too bright cut off softly.
    #[must_use]
    pub(super) fn develop(&self, exposure: f32) -> RgbImage {
        let per_side = self.samples_per_side;
        let share = exposure / (per_side * per_side) as f32;
        let [width, height] = [self.width / per_side, self.height / per_side];
        let table = sensor_table();
        let mut image = RgbImage::new(width as u32, height as u32);
        let mut row_light = vec![Vec3::ZERO; width];
        let lines = self.samples.chunks_exact(self.width * per_side);
        for (row, lines) in image.chunks_exact_mut(width * 3).zip(lines) {
            row_light.fill(Vec3::ZERO);
            for line in lines.chunks_exact(self.width) {
                for (light, samples) in row_light.iter_mut().zip(line.chunks_exact(per_side)) {
                    *light += samples.iter().map(|sample| sample.colour).sum::<Vec3>();
                }
            }
            for (pixel, light) in row.chunks_exact_mut(3).zip(&row_light) {
                for (value, light) in pixel.iter_mut().zip((*light * share).to_array()) {
                    let root = light.max(0.0).sqrt() * TABLE_STEPS;
                    *value = table[(root as usize).min(table.len() - 1)];
                }
            }
        }
        image
    }

    fn pixel_of_sample(&self, at: usize) -> usize {
        let (row, column) = (at / self.width, at % self.width);
        row / self.samples_per_side * self.width + column / self.samples_per_side
    }

    /// Calls `paint(canvas, sample index, place on the triangle)` for each sample whose
    /// middle is inside the triangle.
    fn fill(&mut self, corners: [Corner; 3], mut paint: impl FnMut(&mut Self, usize, &Spot<'_>)) {
        let (clipped, count) = clip_near(corners);
        for at in 2..count {
            self.fill_before_lens([clipped[0], clipped[at - 1], clipped[at]], &mut paint);
        }
    }

    fn fill_before_lens(
        &mut self,
        corners: [Corner; 3],
        paint: &mut impl FnMut(&mut Self, usize, &Spot<'_>),
    ) {
        let per_side = self.samples_per_side as f32;
        let [a, b, c] = corners.map(|corner| self.view.pixel_of_seen(corner.seen) * per_side);
        let Some(face) = Face::new(corners, [a, b, c]) else { return };
        let high = self.height as f32;
        let least = (a.y.min(b.y).min(c.y).clamp(0.0, high) / per_side).floor() as usize;
        let most = (a.y.max(b.y).max(c.y).clamp(0.0, high) / per_side).ceil() as usize;
        let per_side = self.samples_per_side;
        // Pixel by pixel, so that what is dear to know is found out once for all samples of one.
        for y in least..most {
            let mut spans = [(0, 0); SAMPLES_PER_SIDE_MAX];
            let (mut from, mut to) = (usize::MAX, 0);
            for (row, span) in (y * per_side..).zip(&mut spans[..per_side]) {
                *span = face.span(row, self.width);
                if span.0 < span.1 {
                    self.touch(row, span.0, span.1);
                    (from, to) = (from.min(span.0), to.max(span.1));
                }
            }
            for x in from / per_side..to.div_ceil(per_side) {
                for (row, span) in (y * per_side..).zip(&spans[..per_side]) {
                    for column in span.0.max(x * per_side)..span.1.min((x + 1) * per_side) {
                        paint(self, row * self.width + column, &face.at(column, row));
                    }
                }
            }
        }
    }
}

/// The part of a triangle that is before the lens: up to four corners (Sutherland and Hodgman).
fn clip_near(corners: [Corner; 3]) -> ([Corner; 4], usize) {
    let mut kept = [corners[0]; 4];
    let mut count = 0;
    for (at, corner) in corners.iter().enumerate() {
        let next = &corners[(at + 1) % 3];
        let (inside, next_inside) = (corner.seen.z > NEAR_M, next.seen.z > NEAR_M);
        if inside {
            kept[count] = *corner;
            count += 1;
        }
        if inside != next_inside {
            let share = (NEAR_M - corner.seen.z) / (next.seen.z - corner.seen.z);
            kept[count] = Corner {
                seen: corner.seen.lerp(next.seen, share),
                own: corner.own.lerp(next.own, share),
                normal: corner.normal.lerp(next.normal, share),
            };
            count += 1;
        }
    }
    (kept, count)
}

/// The material at a place of its own: its colour wanders with the place.
fn textured(material: Material, own: Vec3) -> Material {
    if material.grain <= 0.0 {
        return material;
    }
    let fine = grain(own / material.grain_m);
    let coarse = grain(own / (material.grain_m * 7.0));
    material.times(1.0 + material.grain * (0.6 * fine + 0.4 * coarse))
}

/// Value noise: -1..=1, smooth, the same for the same place.
fn grain(at: Vec3) -> f32 {
    let cell = at.floor();
    let part = at - cell;
    let part = part * part * (3.0 - 2.0 * part);
    let mut value = 0.0;
    for corner in 0..8_u32 {
        let step = glam::UVec3::new(corner & 1, corner >> 1 & 1, corner >> 2).as_vec3();
        let weight = (step * part + (1.0 - step) * (1.0 - part)).element_product();
        value += weight * hashed(cell + step);
    }
    value
}

fn hashed(cell: Vec3) -> f32 {
    let [x, y, z] = cell.to_array().map(|part| part as i32 as u32);
    let mut mixed = x.wrapping_mul(0x8da6_b343) ^ y.wrapping_mul(0xd816_3841);
    mixed ^= z.wrapping_mul(0xcb1a_b31f);
    mixed = (mixed ^ mixed >> 15).wrapping_mul(0x2c1b_3c6d);
    mixed ^= mixed >> 13;
    (mixed & 0xffff) as f32 / 32_767.5 - 1.0
}

/// Steps of [`sensor_table`] from no light to full light.
const TABLE_STEPS: f32 = 1024.0;

/// [`sensor_value`] by the root of the light, which spreads the dark ones out: a power
/// for each pixel would cost more than all else in developing. Ends at four times full light.
fn sensor_table() -> Vec<u8> {
    let light = |step: u32| ((step as f32 + 0.5) / TABLE_STEPS).powi(2);
    (0..2 * TABLE_STEPS as u32).map(|step| sensor_value(light(step))).collect()
}

/// sRGB, with a shoulder above 80% instead of a hard edge.
fn sensor_value(light: f32) -> u8 {
    const KNEE: f32 = 0.8;
    let cut = if light <= KNEE {
        light.max(0.0)
    } else {
        KNEE + (1.0 - KNEE) * (1.0 - (-(light - KNEE) / (1.0 - KNEE)).exp())
    };
    (cut.powf(1.0 / 2.2) * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use crate::sim::street::view::Mount;

    use super::*;

    fn canvas() -> Canvas {
        let mount = Mount {
            position: Vec3::new(0.0, 0.0, 4.0),
            heading: 0.0,
            pitch: 0.3,
            field: 1.0,
            size: (160, 120),
        };
        Canvas::new(View::new(mount), 2)
    }

    fn cube(size: f32) -> Mesh {
        let mut mesh = Mesh::new();
        let middle = Vec3::Z * size / 2.0;
        mesh.cuboid(middle, Vec3::splat(size), Material::matt(180, 180, 180));
        mesh
    }

    fn at(x: f32, y: f32) -> Affine3A {
        Affine3A::from_translation(Vec3::new(x, y, 0.0))
    }

    #[test]
    fn what_stands_before_hides_what_stands_behind_and_is_counted() {
        let mut canvas = canvas();
        let light = Light::overcast();
        canvas.draw(&cube(1.0), at(14.0, 0.0), 1, &light);
        let alone = canvas.extents()[1];
        assert_eq!(alone.samples, alone.seen);
        canvas.draw(&cube(1.0), at(10.0, 0.6), 2, &light);
        let [_, behind, before] = canvas.extents()[..] else { panic!("three owners") };
        assert!(behind.seen < behind.samples, "{behind:?}");
        assert_eq!(before.seen, before.samples);
    }

    #[test]
    fn an_extent_is_where_the_corners_are() {
        let mut canvas = canvas();
        canvas.draw(&cube(2.0), at(12.0, 0.0), 1, &Light::overcast());
        let extent = canvas.extents()[1];
        let pixel = |x, y, z| canvas.view().pixel_of(Vec3::new(x, y, z)).unwrap();
        let least = Vec2::new(pixel(11.0, 1.0, 2.0).x, pixel(13.0, 0.0, 2.0).y);
        let most = Vec2::new(pixel(11.0, -1.0, 2.0).x, pixel(11.0, 0.0, 0.0).y);
        assert!((extent.least - least).abs().max_element() < 1.0, "{extent:?} {least}");
        assert!((extent.most - most).abs().max_element() < 1.0, "{extent:?} {most}");
    }

    #[test]
    fn what_is_half_behind_the_lens_does_not_wrap_around() {
        let mut canvas = canvas();
        let mut road = Mesh::new();
        let corners = [(-50.0, -5.0), (50.0, -5.0), (50.0, 5.0), (-50.0, 5.0)];
        road.polygon(&corners.map(|(x, y)| Vec3::new(x, y, 0.0)), Material::matt(90, 90, 90));
        canvas.draw(&road, Affine3A::IDENTITY, 1, &Light::overcast());
        let extent = canvas.extents()[1];
        assert!(extent.most.y > 119.0 && extent.least.y > 20.0, "{extent:?}");
    }

    #[test]
    fn a_shadow_darkens_the_ground_once_and_the_thing_not_at_all() {
        let mut canvas = canvas();
        let light = Light::sunny(Vec3::new(0.5, 1.0, 1.0));
        let mut road = Mesh::new();
        let corners = [(2.0, -9.0), (40.0, -9.0), (40.0, 9.0), (2.0, 9.0)];
        road.polygon(&corners.map(|(x, y)| Vec3::new(x, y, 0.0)), Material::matt(90, 90, 90));
        canvas.draw(&road, Affine3A::IDENTITY, SCENERY, &light);
        canvas.draw(&cube(1.0), at(12.0, 0.0), 1, &light);
        let before = canvas.develop(1.0);
        canvas.draw_shadow(&cube(1.0), at(12.0, 0.0), 0.0, &light);
        let after = canvas.develop(1.0);
        let fallen = canvas.view().pixel_of(Vec3::new(11.8, -0.7, 0.0)).unwrap();
        let [was, is] =
            [&before, &after].map(|all| all.get_pixel(fallen.x as u32, fallen.y as u32));
        assert!(is[0] + 10 < was[0], "{was:?} {is:?}");
        let own = canvas.view().pixel_of(Vec3::new(11.5, 0.0, 0.6)).unwrap();
        assert_eq!(
            before.get_pixel(own.x as u32, own.y as u32),
            after.get_pixel(own.x as u32, own.y as u32)
        );
    }
}
