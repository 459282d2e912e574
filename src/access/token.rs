//! Texts that nobody guesses, and the hash that is kept of them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::Digest;
use sha2::Sha256;

use crate::runtime::Secret;

/// Tells a token of ours from other secrets, for whoever finds one where it should not be.
const TOKEN_MARK: &str = "xj_";

/// The system gives no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random bytes")]
pub struct RandomFault;

/// SHA-256 of a text of 256 random bits: such a text cannot be guessed, so no
/// slow hash is needed. Hashes are compared, never the texts, so how long a
/// comparison takes tells nothing of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A new token: `xj_` and 256 random bits.
///
/// # Errors
/// When the system gives no random bytes.
pub fn token_text() -> Result<Secret, RandomFault> {
    let text = random_text()?;
    Ok(Secret::new(format!("{TOKEN_MARK}{}", text.expose())))
}

/// 256 random bits in letters, digits, `-` and `_`.
///
/// # Errors
/// When the system gives no random bytes.
pub fn random_text() -> Result<Secret, RandomFault> {
    random_bytes::<32>().map(|bytes| Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
}

pub(super) fn random_bytes<const N: usize>() -> Result<[u8; N], RandomFault> {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes).map_err(|_| RandomFault)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_tokens_are_the_same_and_all_stand_in_a_header() {
        let (one, other) = (token_text().unwrap(), token_text().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.expose().len(), TOKEN_MARK.len() + 43);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        assert!(one.expose().chars().all(plain), "{}", one.expose());
        assert_ne!(TokenHash::of(one.expose()), TokenHash::of(other.expose()));
    }
}
