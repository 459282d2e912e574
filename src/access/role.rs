//! What a person may do, as one of three roles.

use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

/// Each role may do all that the ones before it may.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks at everything, evidence included, and changes nothing.
    Viewer,
    /// Works with cases: takes steps, gives verdicts, has a camera tried again.
    Dispatcher,
    /// Everything else: city data, tokens, the audit log.
    Administrator,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Dispatcher, Self::Administrator];

    /// The name in JSON, on the command line and in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Dispatcher => "dispatcher",
            Self::Administrator => "administrator",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_is_more_than_the_one_before_it() {
        assert!(Role::ALL.is_sorted_by(|less, more| less < more));
        assert!(Role::ALL.into_iter().all(|role| Role::from_name(role.name()) == Some(role)));
        assert_eq!(Role::from_name("root"), None);
    }
}
