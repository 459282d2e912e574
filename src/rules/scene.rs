//! What the rules are told of one look.

use crate::detect::Detection;
use crate::detect::Kind;
use crate::time::Timestamp;
use crate::tracking::Mover;
use crate::tracking::Stay;

/// One look at one camera: what stands, what moves, who is there.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    pub at: Timestamp,
    pub stays: &'a [Stay],
    pub movers: &'a [Mover],
    pub detections: &'a [Detection],
    /// From which score on what looks like a person is one, above 0.
    pub person_score: f32,
}

impl<'a> Scene<'a> {
    /// The people in the picture.
    pub fn persons(&self) -> impl Iterator<Item = &'a Detection> + use<'a> {
        self.detections.iter().filter(|detection| detection.kind == Kind::Person)
    }
}
