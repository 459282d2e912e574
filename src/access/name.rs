//! Names of users and of tokens.

use std::fmt;

use serde::Serialize;

const CHARS_MAX: usize = 64;

/// A text that is no name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name is 1 to {CHARS_MAX} letters, digits, '.', '_', '-' and '@'")]
pub struct NameFault;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// # Errors
            /// When the text is no name.
            pub fn new(text: &str) -> Result<Self, NameFault> {
                if is_name(text) { Ok(Self(text.to_owned())) } else { Err(NameFault) }
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
    };
}

name! {
    /// What a person logs in with: 1 to 64 letters of any script, digits, `.`, `_`, `-` and `@`.
    UserName
}
name! {
    /// What a token is called, as the program that it is for; formed as a user's name.
    TokenName
}

fn is_name(text: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@');
    (1..=CHARS_MAX).contains(&text.chars().count()) && text.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_names_of_any_script_and_nothing_that_breaks_a_line() {
        for name in ["li", "李明", "li.ming@desk-2", "a_b"] {
            assert_eq!(UserName::new(name).unwrap().as_str(), name);
        }
        for text in ["", "li ming", "a\nb", "a/b", "<b>", &"x".repeat(65)] {
            assert_eq!(UserName::new(text), Err(NameFault), "{text:?}");
        }
    }
}
