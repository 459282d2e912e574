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
    /// The same, each divided by its corner's depth: what lies on the surface goes evenly with 1 / depth.
    per_depth: [(DVec2, f64); 3],
}

/// A place on a face, before it is known what is there: most turn out to be hidden.
pub(super) struct Spot<'a> {
    corners: &'a [Corner; 3],
    shares: [f32; 3],
    pub(super) depth_m: f32,
}

impl Face {
    /// None if it covers nothing.
    pub(super) fn new(corners: [Corner; 3], at: [Vec2; 3]) -> Option<Self> {
        let [a, b, c] = at.map(|corner| corner.as_dvec2());
        let area = (b - a).perp_dot(c - a);
        if area.abs() <= AREA_MIN {
            return None;
        }
        let share =
            |p: DVec2, q: DVec2| (DVec2::new(p.y - q.y, q.x - p.x) / area, p.perp_dot(q) / area);
        let shares = [share(b, c), share(c, a), share(a, b)];
        let per_depth = [0, 1, 2].map(|corner| {
            let (depth_m, (grows, origin)) = (f64::from(corners[corner].seen.z), shares[corner]);
            (grows / depth_m, origin / depth_m)
        });
        Some(Self { corners, shares, per_depth })
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

    /// The place at a sample's middle.
    pub(super) fn at(&self, column: usize, row: usize) -> Spot<'_> {
        let at = DVec2::new(column as f64 + 0.5, row as f64 + 0.5);
        let shares = self.per_depth.map(|(grows, origin)| (grows.dot(at) + origin) as f32);
        let depth_m = 1.0 / (shares[0] + shares[1] + shares[2]);
        Spot { corners: &self.corners, shares, depth_m }
    }
}

impl Spot<'_> {
    /// Where in the mesh it is.
    pub(super) fn own(&self) -> Vec3 {
        self.between(|corner| corner.own)
    }

    pub(super) fn normal(&self) -> Vec3 {
        self.between(|corner| corner.normal)
    }

    fn between(&self, of: impl Fn(&Corner) -> Vec3) -> Vec3 {
        let [a, b, c] = self.shares.map(|share| share * self.depth_m);
        of(&self.corners[0]) * a + of(&self.corners[1]) * b + of(&self.corners[2]) * c
    }
}
