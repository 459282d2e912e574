//! A user and a token, as the store knows them; neither holds what is secret.

use std::fmt;

use serde::Serialize;
use utoipa::ToSchema;

use crate::time::Timestamp;

use super::RandomFault;
use super::Role;
use super::Scopes;
use super::TokenName;
use super::UserName;
use super::token::random_bytes;

/// A person who logs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct User {
    pub name: UserName,
    pub role: Role,
    /// One who is not cannot log in and is thrown out.
    pub enabled: bool,
    /// Another after each change: sessions of an earlier one have ended.
    #[serde(skip)]
    pub generation: i64,
    pub added_at: Timestamp,
    pub password_at: Timestamp,
}

/// Names a token in lists and where it is revoked: 12 hex digits, no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct TokenId(String);

impl TokenId {
    /// # Errors
    /// When the system gives no random bytes.
    pub fn new() -> Result<Self, RandomFault> {
        let [a, b, c, d, e, f] = random_bytes::<6>()?;
        Ok(Self(format!("{:012x}", u64::from_be_bytes([0, 0, a, b, c, d, e, f]))))
    }

    /// None if the text is no id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 12 && text.bytes().all(hex)).then(|| Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a program shows instead of logging in; its text is known to that program only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Token {
    pub id: TokenId,
    pub name: TokenName,
    pub scopes: Scopes,
    /// Who made it: a user, or the command line. It outlives them.
    pub made_by: String,
    pub made_at: Timestamp,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
}

impl Token {
    /// Whether it is good for anything at `now`.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id = TokenId::new().unwrap();
        assert_eq!(TokenId::parse(id.as_str()), Some(id));
        for text in ["", "0123456789aB", "0123456789ab0", "0123456789a'"] {
            assert_eq!(TokenId::parse(text), None, "{text}");
        }
    }
}
