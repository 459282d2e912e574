//! What a program may do with its token, as a set of scopes.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

/// One thing that a token may be good for. No scope holds another.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// To look at what viewers may look at, metrics and evidence included.
    Read,
    /// To take steps in the life of cases.
    Cases,
    /// To give verdicts on cases.
    Verdicts,
    /// To hand in citizens' reports, as an Open311 client does.
    Requests,
    /// To have city data taken up.
    City,
    /// To have cameras tried again, added or changed.
    Cameras,
    /// Tokens and the audit log.
    Admin,
}

impl Scope {
    pub const ALL: [Self; 7] = [
        Self::Read,
        Self::Cases,
        Self::Verdicts,
        Self::Requests,
        Self::City,
        Self::Cameras,
        Self::Admin,
    ];

    /// The name in JSON, on the command line and in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Cases => "cases",
            Self::Verdicts => "verdicts",
            Self::Requests => "requests",
            Self::City => "city",
            Self::Cameras => "cameras",
            Self::Admin => "admin",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// What a token is good for; written as `read,cases`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    #[must_use]
    pub fn has(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads `read,cases`; the text of the error is the word that is no scope.
    ///
    /// # Errors
    /// When a word is no scope, or there is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let scope = |word: &str| Scope::from_name(word.trim()).ok_or_else(|| word.to_owned());
        text.split(',').map(scope).collect::<Result<_, _>>().map(Self)
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|scope| scope.name()).collect();
        f.write_str(&names.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_read_as_it_is_written() {
        for set in [vec![Scope::Read], vec![Scope::Cases, Scope::Admin], Scope::ALL.to_vec()] {
            let scopes: Scopes = set.into_iter().collect();
            assert_eq!(Scopes::parse(&scopes.to_string()), Ok(scopes));
        }
    }

    #[test]
    fn a_word_that_is_no_scope_is_named() {
        assert_eq!(Scopes::parse("read,root"), Err("root".to_owned()));
        assert_eq!(Scopes::parse(""), Err(String::new()));
    }
}
