//! Rounder shapes than boxes: skins, tubes, turned pieces, hulls with windows, mounds.

use std::f32::consts::TAU;

use glam::Vec2;
use glam::Vec3;

use super::mesh::Material;
use super::mesh::Mesh;
use super::mesh::Triangle;
use super::mesh::Vertex;

/// Neighbours that turn from each other by more than this (a cosine) have an edge between them; others look round.
const EDGE: f32 = 0.3;

/// How far a panel lies before its wall, in metres, so that the wall does not shine through.
const PANEL_M: f32 = 0.012;

/// A flat or nearly flat face as seen from outside: low left, low right, high right, high left.
pub(super) type Wall = [Vec3; 4];

/// One horizontal cut through a hull.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    pub z: f32,
    /// Smallest and largest x, in metres.
    pub rear: f32,
    pub front: f32,
    /// Half of the width across.
    pub half: f32,
}

impl Level {
    #[must_use]
    pub(super) const fn new(z: f32, rear: f32, front: f32, half: f32) -> Self {
        Self { z, rear, front, half }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Front,
    Rear,
    Left,
    Right,
}

/// The face of a hull between two of its levels, without its bevelled corners.
#[must_use]
pub(super) fn wall_between(low: Level, high: Level, side: Side, bevel: f32) -> Wall {
    let place = |level: Level, forward: f32, left: f32| {
        let middle = f32::midpoint(level.front, level.rear);
        let long = ((level.front - level.rear) / 2.0).max(bevel);
        let (reach_x, reach_y) = match side {
            Side::Front | Side::Rear => (long, level.half - bevel),
            Side::Left | Side::Right => (long - bevel, level.half),
        };
        Vec3::new(middle + forward * reach_x, left * reach_y.max(0.0), level.z)
    };
    let [first, second] = match side {
        Side::Front => [(1.0, -1.0), (1.0, 1.0)],
        Side::Rear => [(-1.0, 1.0), (-1.0, -1.0)],
        Side::Left => [(1.0, 1.0), (-1.0, 1.0)],
        Side::Right => [(-1.0, -1.0), (1.0, -1.0)],
    };
    [
        place(low, first.0, first.1),
        place(low, second.0, second.1),
        place(high, second.0, second.1),
        place(high, first.0, first.1),
    ]
}

/// A place on a wall: `across` from its left, `up` from its foot, both 0..=1.
#[must_use]
pub(super) fn on_wall(wall: &Wall, across: f32, up: f32) -> Vec3 {
    wall[0].lerp(wall[1], across).lerp(wall[3].lerp(wall[2], across), up)
}

impl Mesh {
    /// A surface through rows of points, all of the same number. It is round where
    /// it bends a little and has an edge where it bends much. A row whose last
    /// point is its first goes all around.
    pub(super) fn skin(&mut self, rows: &[Vec<Vec3>], material: Material) {
        let columns = rows.iter().map(Vec::len).min().unwrap_or(0);
        if rows.len() < 2 || columns < 2 {
            return;
        }
        let closed = rows.iter().all(|row| row[0].distance(row[columns - 1]) < 1e-5);
        let face = |low: &[Vec3], high: &[Vec3], at: usize| {
            (high[at + 1] - low[at]).cross(high[at] - low[at + 1]).normalize_or_zero()
        };
        let faces: Vec<Vec<Vec3>> = rows
            .windows(2)
            .map(|pair| (0..columns - 1).map(|at| face(&pair[0], &pair[1], at)).collect())
            .collect();
        let vertex = |row: usize, column: usize, own: Vec3| {
            let normal = mean_around(&faces, (row, column), closed, own);
            Vertex { position: rows[row][column], normal }
        };
        let material = self.material(material);
        for (row, line) in faces.iter().enumerate() {
            for (column, own) in line.iter().enumerate() {
                let [a, b] = [vertex(row, column, *own), vertex(row + 1, column, *own)];
                let [c, d] = [vertex(row + 1, column + 1, *own), vertex(row, column + 1, *own)];
                for corners in [[a, b, c], [a, c, d]] {
                    let [p, q, r] = corners.map(|corner| corner.position);
                    if (q - p).cross(r - p).length() > 1e-8 {
                        self.triangles.push(Triangle { corners, material });
                    }
                }
            }
        }
    }

    /// A round tube through points with radii, closed at both ends.
    pub(super) fn tube(&mut self, points: &[(Vec3, f32)], sides: u32, material: Material) {
        let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
        let mut aside = (points[points.len().min(2) - 1].0 - first.0)
            .try_normalize()
            .unwrap_or(Vec3::Z)
            .any_orthonormal_vector();
        let mut rows = vec![vec![first.0; sides as usize + 1]];
        for (at, (centre, radius)) in points.iter().enumerate() {
            let before = points[at.saturating_sub(1)].0;
            let after = points[(at + 1).min(points.len() - 1)].0;
            let along = (after - before).normalize_or(Vec3::Z);
            aside = (aside - along * aside.dot(along))
                .try_normalize()
                .unwrap_or_else(|| along.any_orthonormal_vector());
            let up = along.cross(aside);
            rows.push(ring(sides, |cos, sin| *centre + (aside * cos + up * sin) * *radius));
        }
        rows.push(vec![last.0; sides as usize + 1]);
        self.skin(&rows, material);
    }

    /// A piece as from a lathe, upright on `base`: heights with their radii in x and y, from below.
    pub(super) fn turned(
        &mut self,
        base: Vec3,
        rings: &[(f32, f32, f32)],
        sides: u32,
        material: Material,
    ) {
        let (Some(first), Some(last)) = (rings.first(), rings.last()) else { return };
        let mut rows = vec![vec![base + Vec3::Z * first.0; sides as usize + 1]];
        for (z, x_radius, y_radius) in rings {
            rows.push(ring(sides, |cos, sin| base + Vec3::new(x_radius * cos, y_radius * sin, *z)));
        }
        rows.push(vec![base + Vec3::Z * last.0; sides as usize + 1]);
        self.skin(&rows, material);
    }

    /// A closed body from horizontal cuts, from below, with its upright edges cut off by `bevel` metres.
    pub(super) fn hull(&mut self, levels: &[Level], bevel: f32, material: Material) {
        let cut = |level: &Level| {
            let [front, left] =
                [Side::Front, Side::Left].map(|side| wall_between(*level, *level, side, bevel));
            let [rear, right] =
                [Side::Rear, Side::Right].map(|side| wall_between(*level, *level, side, bevel));
            let faces = [front, left, rear, right];
            let mut row: Vec<Vec3> = faces.iter().flat_map(|face| [face[0], face[1]]).collect();
            row.push(row[0]);
            row
        };
        let mut rows: Vec<Vec<Vec3>> = levels.iter().map(cut).collect();
        let lid = |row: &Vec<Vec3>| {
            let middle = row[1..].iter().sum::<Vec3>() / (row.len() - 1).max(1) as f32;
            vec![middle; row.len()]
        };
        let (Some(foot), Some(top)) = (rows.first().map(lid), rows.last().map(lid)) else { return };
        rows.insert(0, foot);
        rows.push(top);
        self.skin(&rows, material);
    }

    /// A part of a wall in another material, from the left and from the foot as shares of it.
    pub(super) fn panel(
        &mut self,
        wall: &Wall,
        across: (f32, f32),
        up: (f32, f32),
        material: Material,
    ) {
        let out = (wall[1] - wall[0]).cross(wall[3] - wall[0]).normalize_or_zero() * PANEL_M;
        let corners = [(across.0, up.0), (across.1, up.0), (across.1, up.1), (across.0, up.1)];
        self.polygon(&corners.map(|(x, y)| on_wall(wall, x, y) + out), material);
    }

    /// A heap on the ground: round from above, `height` at its middle, uneven by
    /// `bump(direction)`, where 1 is even.
    pub(super) fn mound(
        &mut self,
        base: Vec3,
        radii: Vec2,
        height: f32,
        steps: u32,
        bump: impl Fn(Vec3) -> f32,
        material: Material,
    ) {
        let row = |step: u32| {
            let out = step as f32 / steps as f32;
            ring(steps * 3, |cos, sin| {
                let flat = Vec3::new(cos * out, sin * out, 0.0);
                let uneven = bump(flat * 2.0 + Vec3::Z);
                let wide = bump(Vec3::new(cos, sin, 0.0));
                let up = (1.0 - out * out).max(0.0) * height * uneven;
                base + Vec3::new(flat.x * radii.x * wide, flat.y * radii.y * wide, up)
            })
        };
        let rows: Vec<Vec<Vec3>> = (0..=steps).map(row).collect();
        self.skin(&rows, material);
    }
}

/// Points all around, the first once more at the end.
fn ring(sides: u32, place: impl Fn(f32, f32) -> Vec3) -> Vec<Vec3> {
    let at = |side: u32| {
        let (sin, cos) = (TAU * (side % sides) as f32 / sides as f32).sin_cos();
        place(cos, sin)
    };
    (0..=sides).map(at).collect()
}

/// The mean of the faces around a corner that go on from `own` without an edge.
fn mean_around(faces: &[Vec<Vec3>], at: (usize, usize), closed: bool, own: Vec3) -> Vec3 {
    let (row, column) = at;
    let bands = faces[0].len();
    let beside = if closed {
        [(column + bands - 1) % bands, column % bands]
    } else {
        [column.saturating_sub(1).min(bands - 1), column.min(bands - 1)]
    };
    let lines = &faces[row.saturating_sub(1)..=row.min(faces.len() - 1)];
    let around = lines.iter().flat_map(|line| beside.map(|band| line[band]));
    around.filter(|face| face.dot(own) > EDGE).sum::<Vec3>().normalize_or(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tube_is_round_at_its_side_and_has_an_edge_at_its_end() {
        let mut mesh = Mesh::new();
        let points = [(Vec3::ZERO, 0.1), (Vec3::Z, 0.1)];
        mesh.tube(&points, 8, Material::matt(9, 9, 9));
        let slanted =
            |triangle: &Triangle| triangle.corners.iter().any(|corner| corner.normal.z.abs() > 0.1);
        let (ends, sides): (Vec<Triangle>, Vec<Triangle>) =
            mesh.triangles.iter().partition(|triangle| slanted(triangle));
        assert_eq!((ends.len(), sides.len()), (16, 16));
        assert!(ends.iter().all(|end| end.corners.iter().all(|at| at.normal.z.abs() > 0.99)));
        assert!(sides.iter().all(|side| side.corners[0].normal != side.corners[2].normal));
    }

    #[test]
    fn the_walls_of_a_hull_look_outwards() {
        let levels = [Level::new(0.0, -2.0, 2.0, 1.0), Level::new(1.0, -1.8, 1.7, 0.8)];
        for (side, out) in [
            (Side::Front, Vec3::X),
            (Side::Rear, Vec3::NEG_X),
            (Side::Left, Vec3::Y),
            (Side::Right, Vec3::NEG_Y),
        ] {
            let wall = wall_between(levels[0], levels[1], side, 0.1);
            let normal = (wall[1] - wall[0]).cross(wall[3] - wall[0]).normalize();
            assert!(normal.dot(out) > 0.9, "{side:?} {normal}");
        }
    }
}
