//! The names that a city gives its classes, grids, people and things.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

use crate::rules::IncidentKind;

const CHARS_MAX: usize = 64;

/// What an id may be, for messages.
pub(super) const MUST_BE: &str = "1 to 64 letters, digits, '.', '_' or '-'";

/// A text that is no id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no id: must be {MUST_BE}")]
pub struct NameError(String);

impl NameError {
    pub(super) fn of(text: &str) -> Self {
        Self(text.chars().take(CHARS_MAX).collect())
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Invariant: 1 to 64 letters of any script, digits, `.`, `_` or `-`.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// # Errors
            /// When the text is empty, too long, or has other characters.
            pub fn new(text: &str) -> Result<Self, NameError> {
                let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
                let fits = (1..=CHARS_MAX).contains(&text.chars().count());
                if fits && text.chars().all(allowed) {
                    return Ok(Self(text.into()));
                }
                Err(NameError::of(text))
            }

            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.as_ref().to_owned()
            }
        }
    };
}

name!(
    /// A class of the city's catalogue; those that the program finds are named
    /// as it names them, `illegal_parking`.
    ClassId
);
impl ClassId {
    /// The name in metrics, JSON and questions.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl From<IncidentKind> for ClassId {
    fn from(kind: IncidentKind) -> Self {
        Self(kind.name().into())
    }
}

impl PartialEq<IncidentKind> for ClassId {
    fn eq(&self, kind: &IncidentKind) -> bool {
        self.name() == kind.name()
    }
}

name!(
    /// What a person does in a grid: `head`, `sanitation`.
    RoleId
);
name!(
    /// A sub-district.
    DistrictId
);
name!(
    /// A grid: the piece of ground that one crew looks after.
    GridId
);
name!(
    /// A unit connected to the dispatch centre.
    UnitId
);
name!(
    /// A person who handles cases.
    PersonId
);
name!(
    /// A road.
    RoadId
);
