//! The name of a camera, as the operator wrote it.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

const LENGTH_MAX: usize = 64;

/// Invariant: 1 to 64 of `a-z A-Z 0-9 . _ -`, so that it can stand in paths, URLs and metrics.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CameraId(Arc<str>);

/// A text that cannot name a camera.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no id: 1 to {LENGTH_MAX} of letters, digits, '.', '_' and '-'")]
pub struct CameraIdError(String);

impl CameraId {
    /// # Errors
    /// When the text is empty, too long, or has other characters.
    pub fn new(text: &str) -> Result<Self, CameraIdError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let dots_only = text.chars().all(|c| c == '.');
        if text.len() > LENGTH_MAX || dots_only || !text.chars().all(allowed) {
            return Err(CameraIdError(text.chars().take(2 * LENGTH_MAX).collect()));
        }
        Ok(Self(text.into()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CameraId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for CameraId {
    type Error = CameraIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}

impl From<CameraId> for String {
    fn from(id: CameraId) -> Self {
        id.0.as_ref().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_could_leave_its_folder() {
        for text in ["", ".", "..", "a/b", "a b", "é", &"x".repeat(65)] {
            assert!(CameraId::new(text).is_err(), "{text:?}");
        }
        assert!(CameraId::new("pole-17.north_2").is_ok());
    }
}
