//! A triangle before the lens, in samples: which samples it covers, and what it is at each.

use glam::DVec2;
use glam::Vec2;
use glam::Vec3;

use super::Corner;

/// Thinner than this, in square samples, a triangle covers nothing.
const AREA_MIN: f64 = 1e-6;

pub(super) struct Face {
    corners: [Corner; 3],
    /// Of each corner's share of a place: how it grows with x and y, and what it is at the origin.
    shares: [(DVec2, f64); 3],
}

impl Face {
    /// None if it covers nothing.
    pub(super) fn new(corners: [Corner; 3], at: [Vec2; 3]) -> Option<Self> {
        let [a, b, c] = at.map(|corner| corner.as_dvec2());
        let area = (b - a).perp_dot(c - a);
        let share =
            |p: DVec2, q: DVec2| (DVec2::new(p.y - q.y, q.x - p.x) / area, p.perp_dot(q) / area);
        (area.abs() > AREA_MIN)
            .then(|| Self { corners, shares: [share(b, c), share(c, a), share(a, b)] })
    }

    /// The columns of a row, from and to, whose samples' middles are inside.
    pub(super) fn span(&self, row: usize, width: usize) -> (usize, usize) {
        let y = row as f64 + 0.5;
        let (mut from, mut to) = (0.0_f64, width as f64);
        for (grows, origin) in self.shares {
            let rest = grows.y * y + origin;
            if grows.x.abs() < 1e-12 {
                if rest < 0.0 {
                    return (0, 0);
                }
                continue;
            }
            let edge = -rest / grows.x - 0.5;
            if grows.x > 0.0 {
                from = from.max(edge.ceil());
            } else {
                to = to.min(edge.floor() + 1.0);
            }
        }
        if from < to { (from as usize, to as usize) } else { (0, 0) }
    }

    /// Depth, place in the mesh and normal at a sample's middle.
    pub(super) fn at(&self, column: usize, row: usize) -> (f32, Vec3, Vec3) {
        let at = DVec2::new(column as f64 + 0.5, row as f64 + 0.5);
        let share = |number: usize| {
            let (grows, origin) = self.shares[number];
            (grows.dot(at) + origin) as f32 / self.corners[number].seen.z
        };
        // Depth and what belongs to the surface go evenly with 1 / depth, not with pixels.
        let shares = [share(0), share(1), share(2)];
        let depth_m = 1.0 / (shares[0] + shares[1] + shares[2]);
        let [a, b, c] = shares.map(|share| share * depth_m);
        let corners = &self.corners;
        let own = corners[0].own * a + corners[1].own * b + corners[2].own * c;
        let normal = corners[0].normal * a + corners[1].normal * b + corners[2].normal * c;
        (depth_m, own, normal)
    }
}
