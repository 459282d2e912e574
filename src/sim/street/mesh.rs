//! Shapes made of triangles, and the few ways in which all things of the street are built from them.

use std::f32::consts::TAU;

use glam::Affine3A;
use glam::Vec3;
use glam::Vec3A;

/// What a surface looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Material {
    /// Share of light given back: linear red, green, blue, 0..=1.
    pub colour: Vec3,
    /// How much the colour wanders from place to place, 0..=1.
    pub grain: f32,
    /// From one patch of grain to the next, in metres.
    pub grain_m: f32,
    /// Share of the sky that it mirrors, 0..=1: paint, glass.
    pub gloss: f32,
    /// Light of its own, in units of full daylight: lamps, signs at night.
    pub glow: f32,
}

impl Material {
    /// Matt and even, from a colour as screens name it (sRGB, 0–255).
    #[must_use]
    pub(super) fn matt(red: u8, green: u8, blue: u8) -> Self {
        let colour = Vec3::new(linear(red), linear(green), linear(blue));
        Self { colour, grain: 0.0, grain_m: 0.1, gloss: 0.0, glow: 0.0 }
    }

    #[must_use]
    pub(super) fn grained(self, grain: f32, grain_m: f32) -> Self {
        Self { grain, grain_m, ..self }
    }

    #[must_use]
    pub(super) fn glossy(self, gloss: f32) -> Self {
        Self { gloss, ..self }
    }

    #[must_use]
    pub(super) fn glowing(self, glow: f32) -> Self {
        Self { glow, ..self }
    }

    /// The same, darker or lighter.
    #[must_use]
    pub(super) fn times(self, factor: f32) -> Self {
        Self { colour: (self.colour * factor).clamp(Vec3::ZERO, Vec3::ONE), ..self }
    }
}

/// The transfer function of sRGB (IEC 61966-2-1), by its usual power of 2.2.
fn linear(value: u8) -> f32 {
    (f32::from(value) / 255.0).powf(2.2)
}

/// A corner of a triangle, in the thing's own space (metres).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Vertex {
    pub position: Vec3,
    /// Of length one; shared by neighbours where the surface is round.
    pub normal: Vec3,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Triangle {
    pub corners: [Vertex; 3],
    /// Index into the mesh's materials.
    pub material: u16,
}

/// A thing's surface. Both sides of every triangle are seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Mesh {
    pub triangles: Vec<Triangle>,
    pub materials: Vec<Material>,
}

impl Mesh {
    #[must_use]
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// A ball in the world that holds it all: its middle and its radius, in metres.
    #[must_use]
    pub(super) fn reach(&self, world_from_mesh: Affine3A) -> (Vec3, f32) {
        let corners = || self.triangles.iter().flat_map(|triangle| triangle.corners);
        let bounds = corners().fold(None, |bounds: Option<(Vec3, Vec3)>, corner| {
            let (least, most) = bounds.unwrap_or((corner.position, corner.position));
            Some((least.min(corner.position), most.max(corner.position)))
        });
        let (least, most) = bounds.unwrap_or_default();
        let axes = world_from_mesh.matrix3;
        let grown = [axes.x_axis, axes.y_axis, axes.z_axis].map(Vec3A::length);
        let radius_m = least.distance(most) / 2.0 * grown.into_iter().fold(0.0, f32::max);
        (world_from_mesh.transform_point3(least.midpoint(most)), radius_m)
    }

    /// Adds another mesh, moved.
    pub(super) fn add(&mut self, other: &Self, moved: Affine3A) {
        let first = self.materials.len() as u16;
        self.materials.extend_from_slice(&other.materials);
        let turned = moved.matrix3.inverse().transpose();
        let place = |vertex: Vertex| Vertex {
            position: moved.transform_point3(vertex.position),
            normal: Vec3::from(turned * glam::Vec3A::from(vertex.normal)).normalize_or_zero(),
        };
        self.triangles.extend(other.triangles.iter().map(|triangle| Triangle {
            corners: triangle.corners.map(place),
            material: triangle.material + first,
        }));
    }

    /// A box with its middle at `centre`.
    pub(super) fn cuboid(&mut self, centre: Vec3, size: Vec3, material: Material) {
        let half = size / 2.0;
        for axis in 0..3 {
            for side in [-1.0, 1.0] {
                let [mut out, mut along, mut across] = [Vec3::ZERO; 3];
                out[axis] = half[axis] * side;
                along[(axis + 1) % 3] = half[(axis + 1) % 3];
                across[(axis + 2) % 3] = half[(axis + 2) % 3];
                let middle = centre + out;
                self.polygon(
                    &[
                        middle - along - across,
                        middle + along - across,
                        middle + along + across,
                        middle - along + across,
                    ],
                    material,
                );
            }
        }
    }

    /// A flat convex polygon.
    pub(super) fn polygon(&mut self, corners: &[Vec3], material: Material) {
        let &[a, b, c, ..] = corners else { return };
        let normal = (b - a).cross(c - a).normalize_or_zero();
        let material = self.material(material);
        for pair in corners[1..].windows(2) {
            let corners = [a, pair[0], pair[1]].map(|position| Vertex { position, normal });
            self.triangles.push(Triangle { corners, material });
        }
    }

    /// A round bar or a truncated cone from `from` to `to`, with a radius at each end, both closed.
    pub(super) fn bar(
        &mut self,
        from: (Vec3, f32),
        to: (Vec3, f32),
        sides: u32,
        material: Material,
    ) {
        let axis = (to.0 - from.0).normalize_or_zero();
        let (u, v) = axis.any_orthonormal_pair();
        let material = self.material(material);
        let ring = |at: u32| {
            let (sin, cos) = (TAU * at as f32 / sides as f32).sin_cos();
            u * cos + v * sin
        };
        for at in 0..sides {
            let (out, next) = (ring(at), ring(at + 1));
            let corner =
                |end: (Vec3, f32), out: Vec3| Vertex { position: end.0 + out * end.1, normal: out };
            let [a, b] = [corner(from, out), corner(from, next)];
            let [c, d] = [corner(to, next), corner(to, out)];
            self.triangles.push(Triangle { corners: [a, b, c], material });
            self.triangles.push(Triangle { corners: [a, c, d], material });
            for (end, normal) in [(from, -axis), (to, axis)] {
                let corners = [end.0, end.0 + out * end.1, end.0 + next * end.1];
                let corners = corners.map(|position| Vertex { position, normal });
                self.triangles.push(Triangle { corners, material });
            }
        }
    }

    /// A ball, or an egg where the radii differ. `bulge(direction)` moves each
    /// point of the surface outwards (1 is the egg itself), for bags and heaps.
    pub(super) fn egg(
        &mut self,
        centre: Vec3,
        radii: Vec3,
        steps: u32,
        bulge: impl Fn(Vec3) -> f32,
        material: Material,
    ) {
        let material = self.material(material);
        let point = |row: u32, column: u32| {
            let (sin, cos) = (TAU / 2.0 * row as f32 / steps as f32).sin_cos();
            let (turn_sin, turn_cos) = (TAU * column as f32 / (2 * steps) as f32).sin_cos();
            let out = Vec3::new(sin * turn_cos, sin * turn_sin, cos);
            let position = centre + out * radii * bulge(out);
            Vertex { position, normal: (out / radii).normalize_or_zero() }
        };
        for row in 0..steps {
            for column in 0..2 * steps {
                let [a, b] = [point(row, column), point(row + 1, column)];
                let [c, d] = [point(row + 1, column + 1), point(row, column + 1)];
                self.triangles.push(Triangle { corners: [a, b, c], material });
                self.triangles.push(Triangle { corners: [a, c, d], material });
            }
        }
    }

    pub(super) fn material(&mut self, material: Material) -> u16 {
        if self.materials.last() != Some(&material) {
            self.materials.push(material);
        }
        (self.materials.len() - 1) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_has_twelve_triangles_that_face_outwards() {
        let mut mesh = Mesh::new();
        mesh.cuboid(Vec3::new(3.0, 2.0, 1.0), Vec3::ONE, Material::matt(1, 2, 3));
        assert_eq!(mesh.triangles.len(), 12);
        for triangle in &mesh.triangles {
            let [a, b, c] = triangle.corners;
            let middle = (a.position + b.position + c.position) / 3.0;
            let out = (middle - Vec3::new(3.0, 2.0, 1.0)).dot(a.normal).abs();
            assert!((out - 0.5).abs() < 1e-5);
        }
    }

    #[test]
    fn a_mesh_added_keeps_its_materials_and_is_moved() {
        let mut part = Mesh::new();
        part.cuboid(Vec3::ZERO, Vec3::ONE, Material::matt(200, 0, 0));
        let mut whole = Mesh::new();
        whole.cuboid(Vec3::ZERO, Vec3::ONE, Material::matt(0, 200, 0));
        whole.add(&part, Affine3A::from_translation(Vec3::Z * 5.0));
        let added = whole.triangles[12];
        assert_eq!(whole.materials[usize::from(added.material)], Material::matt(200, 0, 0));
        assert!(added.corners.iter().all(|corner| corner.position.z > 4.0));
    }
}
