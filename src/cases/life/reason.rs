//! Why a case was none: the list from which a person chooses.
//!
//! It follows what a camera most often takes for a matter that is none, so
//! that verdicts say what to mend: the detector, a zone, or the city's data.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

/// What was wrong with a case that was none.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FalseReason {
    /// A queue at a light, or a jam.
    Queue,
    /// Somebody got in or out; a bus at its stop, a taxi at its rank.
    ShortStop,
    /// Several things stood there one after the other and were taken for one.
    SeveralThings,
    /// It belongs there and has stood for ever: a kiosk, a planter, a sculpture.
    Fixture,
    /// A legal berth or frame, permitted hours, works, police, an ambulance, sanitation.
    Permitted,
    /// The camera was moved, turned, covered or out of focus.
    CameraMoved,
    /// Headlights, a shadow, rain, snow, glare, night.
    BadPicture,
    /// A vendor walking past, a trolley, a rider, a shop that is unloading.
    PassingBy,
    /// Bags at a collection point before the collection, a full bin that does not overflow.
    CollectionPoint,
    /// Something else was taken for it: leaves, goods for sale, potted plants.
    SomethingElse,
    /// The thing is real and stands outside the zone, or the zone is drawn wrongly.
    OutsideZone,
    /// It has been told of already.
    SameMatter,
    Other,
}

impl FalseReason {
    pub const ALL: [Self; 13] = [
        Self::Queue,
        Self::ShortStop,
        Self::SeveralThings,
        Self::Fixture,
        Self::Permitted,
        Self::CameraMoved,
        Self::BadPicture,
        Self::PassingBy,
        Self::CollectionPoint,
        Self::SomethingElse,
        Self::OutsideZone,
        Self::SameMatter,
        Self::Other,
    ];

    /// The name in the store, in JSON and in questions.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::ShortStop => "short_stop",
            Self::SeveralThings => "several_things",
            Self::Fixture => "fixture",
            Self::Permitted => "permitted",
            Self::CameraMoved => "camera_moved",
            Self::BadPicture => "bad_picture",
            Self::PassingBy => "passing_by",
            Self::CollectionPoint => "collection_point",
            Self::SomethingElse => "something_else",
            Self::OutsideZone => "outside_zone",
            Self::SameMatter => "same_matter",
            Self::Other => "other",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }

    /// Whether the detector was right all the same, and only the matter was
    /// none; unknown where the reason does not tell.
    #[must_use]
    pub const fn thing_was_there(self) -> Option<bool> {
        match self {
            Self::Queue
            | Self::ShortStop
            | Self::SeveralThings
            | Self::Permitted
            | Self::CollectionPoint
            | Self::OutsideZone
            | Self::SameMatter => Some(true),
            Self::Fixture | Self::BadPicture | Self::SomethingElse => Some(false),
            Self::CameraMoved | Self::PassingBy | Self::Other => None,
        }
    }
}

impl fmt::Display for FalseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_by_the_name_that_json_has() {
        for reason in FalseReason::ALL {
            assert_eq!(FalseReason::from_name(reason.name()), Some(reason));
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.name());
        }
        assert_eq!(FalseReason::from_name("because"), None);
    }
}
