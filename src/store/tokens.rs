//! Tokens of programs: what they are good for, and the hash of each.

use std::time::Duration;

use rusqlite::OptionalExtension;
use rusqlite::Row;
use rusqlite::params;

use crate::access::Scopes;
use crate::access::Token;
use crate::access::TokenHash;
use crate::access::TokenId;
use crate::access::TokenName;
use crate::time::Timestamp;

use super::Store;
use super::StoreError;
use super::error::failed_to;

/// More programs than a city connects.
const TOKENS_MAX: i64 = 1_000;
/// So long the list still shows those that are over.
const OVER_KEPT: Duration = Duration::from_secs(180 * 24 * 3600);
const COLUMNS: &str = "id, name, scopes, made_by, made_at, expires_at, revoked_at";

impl Store {
    /// All tokens, the newest first, and for half a year those that are over.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.keys()
            .prepare_cached(&format!("SELECT {COLUMNS} FROM tokens ORDER BY made_at DESC, id"))
            .and_then(|mut statement| statement.query_map([], token)?.collect())
            .map_err(failed_to("list tokens"))
    }

    /// The token of this hash, valid or not; none if there never was one.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn token(&self, hash: &TokenHash) -> Result<Option<Token>, StoreError> {
        self.keys()
            .prepare_cached(&format!("SELECT {COLUMNS} FROM tokens WHERE hash = ?1"))
            .and_then(|mut statement| statement.query_row([hash.as_bytes()], token).optional())
            .map_err(failed_to("look up a token"))
    }

    /// Adds a token.
    ///
    /// # Errors
    /// When a valid one has that name, or there are as many as there may be, or the disk fails.
    pub fn add_token(&self, token: &Token, hash: &TokenHash) -> Result<(), StoreError> {
        let now = token.made_at.as_micros();
        let over_since = (token.made_at - OVER_KEPT).as_micros();
        self.write("add a token", |transaction| {
            let one = |sql: &str, at: i64| transaction.execute(sql, [at]);
            one("DELETE FROM tokens WHERE coalesce(revoked_at, expires_at) < ?1", over_since)
                .map_err(failed_to("add a token"))?;
            let sql = "SELECT count(*), count(*) FILTER
                (WHERE name = ?1 AND revoked_at IS NULL AND expires_at > ?2) FROM tokens";
            let counts = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
            let (all, named) = transaction
                .query_row(sql, params![token.name.as_str(), now], counts)
                .map_err(failed_to("add a token"))?;
            if named > 0 {
                return Err(StoreError::TokenThere(token.name.to_string()));
            }
            if all >= TOKENS_MAX {
                return Err(StoreError::TooMany { what: "tokens", max: TOKENS_MAX });
            }
            let row = params![
                token.id.as_str(),
                token.name.as_str(),
                hash.as_bytes(),
                token.scopes.to_string(),
                token.made_by,
                now,
                token.expires_at.as_micros(),
            ];
            transaction
                .execute("INSERT INTO tokens VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, NULL)", row)
                .map_err(failed_to("add a token"))?;
            Ok(())
        })
    }

    /// Revokes a token for ever; gives it as it is then. None if there is no such token.
    ///
    /// # Errors
    /// When the disk or the file fails.
    pub fn revoke_token(&self, id: &TokenId, at: Timestamp) -> Result<Option<Token>, StoreError> {
        self.write("revoke a token", |transaction| {
            let sql = format!(
                "UPDATE tokens SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1
                 RETURNING {COLUMNS}"
            );
            transaction
                .query_row(&sql, params![id.as_str(), at.as_micros()], token)
                .optional()
                .map_err(failed_to("revoke a token"))
        })
    }
}

fn token(row: &Row<'_>) -> rusqlite::Result<Token> {
    let text = |at: usize| row.get::<_, String>(at);
    let damaged =
        |at| rusqlite::Error::InvalidColumnType(at, COLUMNS.into(), rusqlite::types::Type::Text);
    Ok(Token {
        id: TokenId::parse(&text(0)?).ok_or_else(|| damaged(0))?,
        name: TokenName::new(&text(1)?).map_err(|_| damaged(1))?,
        scopes: Scopes::parse(&text(2)?).map_err(|_| damaged(2))?,
        made_by: text(3)?,
        made_at: Timestamp::from_micros(row.get(4)?),
        expires_at: Timestamp::from_micros(row.get(5)?),
        revoked_at: row.get::<_, Option<i64>>(6)?.map(Timestamp::from_micros),
    })
}

#[cfg(test)]
mod tests {
    use crate::access::Scope;
    use crate::store::STORE_FILE;

    use super::*;

    const AT: Timestamp = Timestamp::from_secs(1_777_593_600);
    const DAY: Duration = Duration::from_secs(24 * 3600);

    fn made(name: &str, at: Timestamp) -> Token {
        Token {
            id: TokenId::new().unwrap(),
            name: TokenName::new(name).unwrap(),
            scopes: [Scope::Read, Scope::Cases].into_iter().collect(),
            made_by: "li".to_owned(),
            made_at: at,
            expires_at: at + DAY,
            revoked_at: None,
        }
    }

    #[test]
    fn a_token_is_found_by_its_hash_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join(STORE_FILE)).unwrap();
        let (desk, hash) = (made("desk", AT), TokenHash::of("xj_1"));
        store.add_token(&desk, &hash).unwrap();
        assert_eq!(store.token(&hash).unwrap(), Some(desk.clone()));
        assert_eq!(store.token(&TokenHash::of("xj_2")).unwrap(), None);
        let twice = store.add_token(&made("desk", AT), &TokenHash::of("xj_3")).unwrap_err();
        assert!(matches!(twice, StoreError::TokenThere(_)), "{twice}");

        let revoked = store.revoke_token(&desk.id, AT).unwrap().unwrap();
        assert!(desk.is_valid(AT) && !revoked.is_valid(AT) && !desk.is_valid(AT + DAY));
        let again = store.revoke_token(&desk.id, AT + DAY).unwrap().unwrap();
        assert_eq!(again.revoked_at, Some(AT), "it was revoked the first time");
        assert_eq!(store.revoke_token(&TokenId::new().unwrap(), AT).unwrap(), None);
        store.add_token(&made("desk", AT), &TokenHash::of("xj_4")).unwrap();
        assert_eq!(store.tokens().unwrap().len(), 2);
        store.add_token(&made("late", AT + OVER_KEPT + DAY * 2), &TokenHash::of("xj_5")).unwrap();
        assert_eq!(store.tokens().unwrap().len(), 1);
    }
}
