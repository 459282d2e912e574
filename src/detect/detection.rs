//! What a model says of a picture, in our words whatever the model's labels were.

use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::geometry::BoxInImage;
use crate::ingest::Frame;

/// The kinds of thing that rules speak of.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Person,
    TwoWheeler,
    Car,
    Truck,
    Bus,
    Tricycle,
    Umbrella,
    Stall,
    Garbage,
    Bin,
    OverflowingBin,
    Cone,
}

impl Kind {
    pub const ALL: [Self; 12] = [
        Self::Person,
        Self::TwoWheeler,
        Self::Car,
        Self::Truck,
        Self::Bus,
        Self::Tricycle,
        Self::Umbrella,
        Self::Stall,
        Self::Garbage,
        Self::Bin,
        Self::OverflowingBin,
        Self::Cone,
    ];

    /// The name in manifests, JSON and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::TwoWheeler => "two_wheeler",
            Self::Car => "car",
            Self::Truck => "truck",
            Self::Bus => "bus",
            Self::Tricycle => "tricycle",
            Self::Umbrella => "umbrella",
            Self::Stall => "stall",
            Self::Garbage => "garbage",
            Self::Bin => "bin",
            Self::OverflowingBin => "overflowing_bin",
            Self::Cone => "cone",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One thing in one picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    pub kind: Kind,
    /// 0..=1, as the model means it.
    pub score: f32,
    pub box_in_image: BoxInImage,
}

/// Finds things in pictures: a model, or a script in tests. Belongs to one worker.
pub trait Detector: Send {
    /// The things in the picture, at most one box a thing, best first. Boxes
    /// down to the detector's *weak* threshold are given, which is enough to
    /// go on with a stay but not to begin one.
    ///
    /// # Errors
    /// When inference fails; the picture is lost, the detector stays usable.
    fn detect(&mut self, frame: &Frame) -> Result<Vec<Detection>, DetectorError>;

    /// From which score on a box of this kind may begin a stay, 0..=1.
    fn strong_score(&self, kind: Kind) -> f32;
}

/// A picture could not be judged.
#[derive(Debug, thiserror::Error)]
#[error("inference failed: {0}")]
pub struct DetectorError(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_one_name_in_and_out() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(kind.name()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
