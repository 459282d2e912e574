//! Passwords: judged once, kept as argon2id hashes, compared without telling how far they agree.

use std::fmt;
use std::sync::OnceLock;

use argon2::Argon2;
use argon2::PasswordHasher;
use argon2::PasswordVerifier;
use argon2::password_hash::SaltString;

use crate::runtime::Secret;

use super::RandomFault;
use super::UserName;
use super::token::random_bytes;

/// NIST SP 800-63B asks for 8; ten keep a stolen hash busy for longer.
const CHARS_MIN: usize = 10;
/// Longer than any sentence that somebody types; bounds the work of hashing.
const BYTES_MAX: usize = 256;

/// Why a text is no password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    #[error("the password has fewer than {CHARS_MIN} characters")]
    Short,
    #[error("the password has more than {BYTES_MAX} bytes")]
    Long,
    #[error("the password holds the user's name or repeats one character")]
    Guessable,
    #[error("the password cannot be hashed")]
    Hash,
    #[error(transparent)]
    Random(#[from] RandomFault),
}

/// An argon2id hash with its salt and parameters (19 MiB, two passes, one
/// lane: what OWASP asks for), as the store keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Judges a new password of a user and hashes it; takes some tens of milliseconds.
    ///
    /// # Errors
    /// When the password is too short, too long or too easy.
    pub fn of(user: &UserName, password: &Secret) -> Result<Self, PasswordFault> {
        judge(user, password.expose())?;
        Self::hash(password)
    }

    fn hash(password: &Secret) -> Result<Self, PasswordFault> {
        let salt =
            SaltString::encode_b64(&random_bytes::<16>()?).map_err(|_| PasswordFault::Hash)?;
        let hash = Argon2::default().hash_password(password.expose().as_bytes(), &salt);
        hash.map(|hash| Self(hash.to_string())).map_err(|_| PasswordFault::Hash)
    }

    /// A hash out of the store.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The hash with salt and parameters, for the store only.
    #[must_use]
    pub fn to_store(&self) -> &str {
        &self.0
    }

    /// Whether it is the hash of this password; takes some tens of milliseconds.
    #[must_use]
    pub fn is_of(&self, password: &Secret) -> bool {
        let fits = password.expose().len() <= BYTES_MAX;
        let hash = argon2::PasswordHash::new(&self.0);
        let verified = |hash: argon2::PasswordHash<'_>| {
            Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok()
        };
        fits && hash.is_ok_and(verified)
    }

    /// Takes as long as [`PasswordHash::is_of`] and comes to nothing: for users
    /// that are not there, so that the wait does not tell them from those that are.
    pub fn of_nobody(password: &Secret) {
        static NOBODY: OnceLock<Option<PasswordHash>> = OnceLock::new();
        let nobody = NOBODY.get_or_init(|| Self::hash(&Secret::new("nobody's own password")).ok());
        if let Some(nobody) = nobody {
            let _ = nobody.is_of(password);
        }
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

fn judge(user: &UserName, password: &str) -> Result<(), PasswordFault> {
    if password.chars().count() < CHARS_MIN {
        return Err(PasswordFault::Short);
    }
    if password.len() > BYTES_MAX {
        return Err(PasswordFault::Long);
    }
    let first = password.chars().next();
    let one_character = password.chars().all(|c| Some(c) == first);
    let names_user = password.to_lowercase().contains(&user.as_str().to_lowercase())
        && user.as_str().chars().count() * 2 > password.chars().count();
    if one_character || names_user { Err(PasswordFault::Guessable) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn li() -> UserName {
        UserName::new("li").unwrap()
    }

    #[test]
    fn a_hash_is_of_its_password_and_shows_nothing_of_it() {
        let password = Secret::new("correct horse");
        let hash = PasswordHash::of(&li(), &password).unwrap();
        assert!(hash.is_of(&password) && !hash.is_of(&Secret::new("correct horsf")));
        assert!(hash.to_store().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(format!("{hash:?}"), "***");
        assert_ne!(hash, PasswordHash::of(&li(), &password).unwrap(), "the salt is the same");
        assert!(PasswordHash::stored(hash.to_store().to_owned()).is_of(&password));
        assert!(!PasswordHash::stored("broken".to_owned()).is_of(&password));
    }

    #[test]
    fn refuses_what_is_soon_guessed() {
        #[track_caller]
        fn check(user: &str, password: &str, fault: &PasswordFault) {
            let user = UserName::new(user).unwrap();
            let told = PasswordHash::of(&user, &Secret::new(password)).unwrap_err();
            assert_eq!(&told, fault, "{password}");
        }
        check("li", "ninechars", &PasswordFault::Short);
        check("li", "aaaaaaaaaaaa", &PasswordFault::Guessable);
        check("dispatcher", "Dispatcher1", &PasswordFault::Guessable);
        check("li", &"long".repeat(65), &PasswordFault::Long);
    }
}
