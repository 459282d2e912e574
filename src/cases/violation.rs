//! The register of first violations: a plate or a shop, and what was let pass or not.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::city::ClassId;
use crate::time::Timestamp;

use super::CaseId;

/// The longest plates have eight signs; foreign ones a few more.
const PLATE_CHARS: std::ops::RangeInclusive<usize> = 4..=12;
const SHOP_CHARS_MAX: usize = 100;

/// Who or what violates, as far as somebody knows it.
///
/// Invariant: a plate has 4 to 12 letters and digits, in capitals; a shop's
/// name 1 to 100 characters without a line's end, single spaces between words.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", try_from = "Written", into = "Written")]
pub enum Subject {
    Plate(String),
    Shop(String),
}

/// As it is written in JSON: `{"plate": "豫A12345"}`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Written {
    Plate(String),
    Shop(String),
}

/// A text that names neither plate nor shop. It is not quoted: a plate is a person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    #[error("a plate has 4 to 12 letters and digits")]
    Plate,
    #[error("a shop's name has 1 to {SHOP_CHARS_MAX} characters")]
    Shop,
}

/// One entry of the register. Never changed, never taken out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    #[serde(flatten)]
    pub subject: Subject,
    pub case_id: CaseId,
    pub class: ClassId,
    pub at: Timestamp,
    pub by: String,
    /// It was let pass as the first of its class.
    pub excused: bool,
    pub why: String,
}

impl Subject {
    /// The same plate however it is spaced: " 豫a·12345" is "豫A12345".
    ///
    /// # Errors
    /// When it has other signs, too few or too many.
    pub fn plate(text: &str) -> Result<Self, SubjectError> {
        let between = |c: char| c.is_whitespace() || matches!(c, '·' | '•' | '-' | '.');
        let plate: String =
            text.chars().filter(|c| !between(*c)).flat_map(char::to_uppercase).take(64).collect();
        let fits = PLATE_CHARS.contains(&plate.chars().count());
        if fits && plate.chars().all(char::is_alphanumeric) {
            return Ok(Self::Plate(plate));
        }
        Err(SubjectError::Plate)
    }

    /// # Errors
    /// When it is empty or too long, or has signs that are no text.
    pub fn shop(text: &str) -> Result<Self, SubjectError> {
        let words: Vec<_> = text.split_whitespace().take(SHOP_CHARS_MAX).collect();
        let name = words.join(" ");
        let fits = (1..=SHOP_CHARS_MAX).contains(&name.chars().count());
        if fits && !name.chars().any(char::is_control) {
            return Ok(Self::Shop(name));
        }
        Err(SubjectError::Shop)
    }

    /// The two columns in the store.
    #[must_use]
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Plate(plate) => ("plate", plate),
            Self::Shop(shop) => ("shop", shop),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = self.parts();
        write!(f, "{kind} {name}")
    }
}

impl TryFrom<Written> for Subject {
    type Error = SubjectError;

    fn try_from(written: Written) -> Result<Self, SubjectError> {
        match written {
            Written::Plate(text) => Self::plate(&text),
            Written::Shop(text) => Self::shop(&text),
        }
    }
}

impl From<Subject> for Written {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::Plate(plate) => Self::Plate(plate),
            Subject::Shop(shop) => Self::Shop(shop),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plate_is_the_same_however_it_is_spaced() {
        let plate = Subject::plate("豫A12345").unwrap();
        for text in [" 豫a·12345", "豫A 12345 ", "豫A-123.45"] {
            assert_eq!(Subject::plate(text), Ok(plate.clone()), "{text}");
        }
        for text in ["", "豫A1", "豫A12345678901", "豫A_2345", "'; DROP"] {
            assert_eq!(Subject::plate(text), Err(SubjectError::Plate), "{text}");
        }
    }

    #[test]
    fn a_shop_is_named_in_one_line() {
        let shop = Subject::shop("  老王 \n 烧烤 ").unwrap();
        assert_eq!(shop.parts(), ("shop", "老王 烧烤"));
        assert!(Subject::shop(" ").is_err() && Subject::shop(&"x".repeat(101)).is_err());
        assert!(Subject::shop("a\u{7}b").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_reads_the_same_again(text in "\\PC{0,80}") {
            for subject in [Subject::plate(&text), Subject::shop(&text)].into_iter().flatten() {
                let json = serde_json::to_string(&subject).unwrap();
                prop_assert_eq!(serde_json::from_str::<Subject>(&json).unwrap(), subject);
            }
        }
    }
}
