//! Users and the hashes of their passwords.

use rusqlite::Connection;
use rusqlite::OptionalExtension;
use rusqlite::Row;
use rusqlite::params;

use crate::access::PasswordHash;
use crate::access::Role;
use crate::access::User;
use crate::access::UserName;
use crate::time::Timestamp;

use super::Store;
use super::StoreError;
use super::error::failed_to;

/// More people than any city's dispatch centre employs.
const USERS_MAX: i64 = 1_000;
const COLUMNS: &str = "name, role, enabled, generation, added_at, password_at, password";

impl Store {
    /// Whether anybody can log in at all.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn has_users(&self) -> Result<bool, StoreError> {
        self.keys()
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM users)")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .map_err(failed_to("look for users"))
    }

    /// All users, by name.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn users(&self) -> Result<Vec<User>, StoreError> {
        let rows: Vec<(User, PasswordHash)> = self
            .keys()
            .prepare_cached(&format!("SELECT {COLUMNS} FROM users ORDER BY name"))
            .and_then(|mut statement| statement.query_map([], user)?.collect())
            .map_err(failed_to("list users"))?;
        Ok(rows.into_iter().map(|(user, _)| user).collect())
    }

    /// One user with the hash of the password; none of that name.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn user(&self, name: &UserName) -> Result<Option<(User, PasswordHash)>, StoreError> {
        self.keys()
            .prepare_cached(&format!("SELECT {COLUMNS} FROM users WHERE name = ?1"))
            .and_then(|mut statement| statement.query_row([name.as_str()], user).optional())
            .map_err(failed_to("look up a user"))
    }

    /// Adds a user who may log in at once.
    ///
    /// # Errors
    /// When there is one of that name, or as many as there may be, or it is the
    /// first and no administrator, or the disk fails.
    pub fn add_user(
        &self,
        name: &UserName,
        role: Role,
        password: &PasswordHash,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write("add a user", |transaction| {
            let count: i64 = transaction
                .query_row("SELECT count(*) FROM users", [], |row| row.get(0))
                .map_err(failed_to("add a user"))?;
            if count >= USERS_MAX {
                return Err(StoreError::TooMany { what: "users", max: USERS_MAX });
            }
            if count == 0 && role != Role::Administrator {
                return Err(StoreError::FirstUser);
            }
            let at = at.as_micros();
            // The first generation of one who was removed before differs from all of theirs.
            let added = transaction
                .execute(
                    "INSERT INTO users
                     (name, role, enabled, password, generation, added_at, password_at)
                     VALUES (?1, ?2, 1, ?3, ?4, ?4, ?4) ON CONFLICT DO NOTHING",
                    params![name.as_str(), role.name(), password.to_store(), at],
                )
                .map_err(failed_to("add a user"))?;
            if added == 1 { Ok(()) } else { Err(StoreError::UserThere(name.to_string())) }
        })
    }

    /// Gives a user another password; sessions begun with the old one end.
    ///
    /// # Errors
    /// When there is no such user, or the disk fails.
    pub fn set_password(
        &self,
        name: &UserName,
        password: &PasswordHash,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write("change a password", |transaction| {
            let sql = "UPDATE users SET password = ?2, password_at = ?3,
                       generation = generation + 1 WHERE name = ?1";
            let row = params![name.as_str(), password.to_store(), at.as_micros()];
            changed(transaction.execute(sql, row), name)
        })
    }

    /// Lets a user log in or no longer; sessions end.
    ///
    /// # Errors
    /// When there is no such user, or no administrator would be left, or the disk fails.
    pub fn set_enabled(&self, name: &UserName, enabled: bool) -> Result<(), StoreError> {
        self.write("change a user", |transaction| {
            let sql = "UPDATE users SET enabled = ?2, generation = generation + 1 WHERE name = ?1";
            changed(transaction.execute(sql, params![name.as_str(), enabled]), name)?;
            some_administrator(transaction)
        })
    }

    /// Gives a user another role; sessions end.
    ///
    /// # Errors
    /// As for [`Store::set_enabled`].
    pub fn set_role(&self, name: &UserName, role: Role) -> Result<(), StoreError> {
        self.write("change a user", |transaction| {
            let sql = "UPDATE users SET role = ?2, generation = generation + 1 WHERE name = ?1";
            changed(transaction.execute(sql, params![name.as_str(), role.name()]), name)?;
            some_administrator(transaction)
        })
    }

    /// Removes a user; sessions end. What they did stays on record.
    ///
    /// # Errors
    /// When there is no such user, or others but no administrator would be
    /// left, or the disk fails.
    pub fn remove_user(&self, name: &UserName) -> Result<(), StoreError> {
        self.write("remove a user", |transaction| {
            let removed = transaction.execute("DELETE FROM users WHERE name = ?1", [name.as_str()]);
            changed(removed, name)?;
            some_administrator(transaction)
        })
    }
}

fn user(row: &Row<'_>) -> rusqlite::Result<(User, PasswordHash)> {
    let text = |at: usize| row.get::<_, String>(at);
    let damaged =
        |at| rusqlite::Error::InvalidColumnType(at, COLUMNS.into(), rusqlite::types::Type::Text);
    let user = User {
        name: UserName::new(&text(0)?).map_err(|_| damaged(0))?,
        role: Role::from_name(&text(1)?).ok_or_else(|| damaged(1))?,
        enabled: row.get(2)?,
        generation: row.get(3)?,
        added_at: Timestamp::from_micros(row.get(4)?),
        password_at: Timestamp::from_micros(row.get(5)?),
    };
    Ok((user, PasswordHash::stored(text(6)?)))
}

fn changed(rows: rusqlite::Result<usize>, name: &UserName) -> Result<(), StoreError> {
    match rows.map_err(failed_to("change a user"))? {
        0 => Err(StoreError::NoUser(name.to_string())),
        _ => Ok(()),
    }
}

/// Nobody could add another administrator but from the command line.
fn some_administrator(connection: &Connection) -> Result<(), StoreError> {
    let sql = "SELECT count(*), count(*) FILTER (WHERE role = 'administrator' AND enabled)
               FROM users";
    let counts = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
    match connection.query_row(sql, [], counts).map_err(failed_to("count administrators"))? {
        (1.., 0) => Err(StoreError::LastAdministrator),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::store::STORE_FILE;

    use super::*;

    const AT: Timestamp = Timestamp::from_secs(1_777_593_600);

    fn name(text: &str) -> UserName {
        UserName::new(text).unwrap()
    }

    fn hash(text: &str) -> PasswordHash {
        PasswordHash::stored(text.to_owned())
    }

    #[test]
    fn users_are_added_changed_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join(STORE_FILE)).unwrap();
        assert!(!store.has_users().unwrap());
        let first = store.add_user(&name("li"), Role::Dispatcher, &hash("a"), AT).unwrap_err();
        assert!(matches!(first, StoreError::FirstUser), "{first}");
        store.add_user(&name("li"), Role::Administrator, &hash("a"), AT).unwrap();
        store.add_user(&name("wang"), Role::Viewer, &hash("b"), AT).unwrap();
        let twice = store.add_user(&name("li"), Role::Viewer, &hash("c"), AT).unwrap_err();
        assert!(matches!(twice, StoreError::UserThere(_)), "{twice}");
        let (first, kept) = store.user(&name("li")).unwrap().unwrap();
        assert_eq!((first.role, first.enabled, kept), (Role::Administrator, true, hash("a")));

        store.set_password(&name("li"), &hash("d"), AT).unwrap();
        let (second, kept) = store.user(&name("li")).unwrap().unwrap();
        assert_ne!(first.generation, second.generation);
        assert_eq!(kept, hash("d"));
        store.remove_user(&name("wang")).unwrap();
        let gone = store.set_enabled(&name("wang"), true).unwrap_err();
        assert!(matches!(gone, StoreError::NoUser(_)), "{gone}");
        assert_eq!(store.users().unwrap().len(), 1);
        store.remove_user(&name("li")).unwrap();
        assert!(!store.has_users().unwrap());
    }

    #[test]
    fn while_there_are_users_one_administrator_stays() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join(STORE_FILE)).unwrap();
        store.add_user(&name("li"), Role::Administrator, &hash("a"), AT).unwrap();
        store.add_user(&name("wang"), Role::Dispatcher, &hash("b"), AT).unwrap();
        let refusals = [
            store.remove_user(&name("li")),
            store.set_enabled(&name("li"), false),
            store.set_role(&name("li"), Role::Viewer),
        ];
        for refusal in refusals {
            assert!(matches!(refusal, Err(StoreError::LastAdministrator)), "{refusal:?}");
        }
        assert_eq!(store.user(&name("li")).unwrap().unwrap().0.role, Role::Administrator);
        store.set_role(&name("wang"), Role::Administrator).unwrap();
        store.set_enabled(&name("li"), false).unwrap();
    }
}
