//! The file, its one writer and its reader.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::OpenFlags;
use rusqlite::Savepoint;

use super::StoreError;
use super::digests;
use super::error::failed_to;
use super::schema;
use super::writer::Writer;

/// The file's name within the program's data folder.
pub const STORE_FILE: &str = "xunjie.db";

/// How long a call waits for another program (a backup, `case list`) to let go of the file.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// Cases, their history, the outbox and the cameras' snapshots. Shared by
/// reference; its calls block on the disk, so async code makes them on a
/// blocking thread.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    writer: Writer,
    reader: Mutex<Connection>,
    /// Reads who may do what: no request waits there behind a long list of cases.
    keys: Mutex<Connection>,
}

impl Store {
    /// Opens the store, or makes it, and brings its tables up to date.
    ///
    /// # Errors
    /// When the file cannot be opened or written, is no store, or was written
    /// by a newer program.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, OpenFlags::SQLITE_OPEN_CREATE)
    }

    /// Opens a store that is there, as for a look at its cases while the program runs.
    ///
    /// # Errors
    /// As for [`Store::open`], and when there is none.
    pub fn open_existing(path: &Path) -> Result<Self, StoreError> {
        if !path.is_file() {
            return Err(StoreError::Absent { path: path.to_owned() });
        }
        Self::open_with(path, OpenFlags::empty())
    }

    fn open_with(path: &Path, more: OpenFlags) -> Result<Self, StoreError> {
        let cannot_open = |source| StoreError::Open { path: path.to_owned(), source };
        let mut writer = connect(path, more).map_err(cannot_open)?;
        let found = schema::migrate(&mut writer).map_err(cannot_open)?;
        if found > schema::VERSION {
            return Err(StoreError::Newer { path: path.to_owned(), found, known: schema::VERSION });
        }
        digests::complete(&mut writer)?;
        let reader = connect_reader(path).map_err(cannot_open)?;
        let keys = connect_reader(path).map_err(cannot_open)?;
        let (path, writer) = (path.to_owned(), Writer::new(writer));
        Ok(Self { path, writer, reader: reader.into(), keys: keys.into() })
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Looks through the whole file.
    ///
    /// # Errors
    /// When something in it is damaged, or it cannot be read.
    pub fn integrity_check(&self) -> Result<(), StoreError> {
        let reader = self.reader();
        let finding: String = reader
            .pragma_query_value(None, "integrity_check", |row| row.get(0))
            .map_err(failed_to("check itself"))?;
        if finding != "ok" {
            return Err(StoreError::Damaged(finding));
        }
        let orphans: i64 = reader
            .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))
            .map_err(failed_to("check itself"))?;
        match orphans {
            0 => Ok(()),
            _ => Err(StoreError::Damaged(format!("{orphans} rows refer to nothing"))),
        }
    }

    pub(super) fn reader(&self) -> MutexGuard<'_, Connection> {
        // A panic leaves no half-done change behind: transactions roll back when dropped.
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn keys(&self) -> MutexGuard<'_, Connection> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A reader of one's own, for who goes through many rows and would hold up the others.
    pub(super) fn own_reader(&self) -> Result<Connection, StoreError> {
        let cannot_open = |source| StoreError::Open { path: self.path.clone(), source };
        connect_reader(&self.path).map_err(cannot_open)
    }

    /// Does `work`, all or nothing of it, which is on the disk when this
    /// returns `Ok`. What other threads write at the same time may go there with it.
    pub(super) fn write<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Savepoint<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.writer.write(doing, work)
    }
}

fn connect_reader(path: &Path) -> rusqlite::Result<Connection> {
    let reader = connect(path, OpenFlags::empty())?;
    reader.pragma_update(None, "query_only", true)?;
    Ok(reader)
}

fn connect(path: &Path, more: OpenFlags) -> rusqlite::Result<Connection> {
    // Each connection is behind a mutex of ours, so SQLite needs none of its own.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_WAIT)?;
    // FULL: a commit is on the disk, not only in the system's memory, when it returns.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
    )?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use crate::cases::sample;

    use super::*;

    #[test]
    fn a_second_opening_finds_the_same_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(STORE_FILE);
        drop(Store::open(&path).unwrap());
        let store = Store::open(&path).unwrap();
        assert_eq!(schema::version(&store.reader()).unwrap(), schema::VERSION);
        store.integrity_check().unwrap();
    }

    #[test]
    fn refuses_what_a_newer_program_wrote_and_what_is_no_store() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(STORE_FILE);
        let store = Store::open(&path).unwrap();
        store.writer.alone(|writer| writer.pragma_update(None, "user_version", 99).unwrap());
        drop(store);
        let error = Store::open(&path).unwrap_err();
        let known = format!("has version 99, this program knows up to {}", schema::VERSION);
        assert!(error.to_string().ends_with(&known), "{error}");

        let text = folder.path().join("text.db");
        std::fs::write(&text, "not a database, but long enough to be taken for one".repeat(40))
            .unwrap();
        assert!(matches!(Store::open(&text), Err(StoreError::Open { .. })));
        let absent = folder.path().join("absent.db");
        assert!(matches!(Store::open_existing(&absent), Err(StoreError::Absent { .. })));
        assert!(!absent.exists());
    }

    #[test]
    fn a_full_disk_may_pass_and_leaves_nothing_by_halves() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join(STORE_FILE)).unwrap();
        let limit = |pages: i64| {
            store.writer.alone(|writer| {
                writer.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
            });
        };
        limit(1);
        let large = vec![(sample::camera(), vec![7; 1_000_000])];
        let error = store.save_snapshots(&large).unwrap_err();
        assert!(error.may_pass(), "{error:?}");
        assert_eq!(store.load_snapshot(&sample::camera()).unwrap(), None);
        limit(1_000_000);
        store.save_snapshots(&large).unwrap();
    }

    #[test]
    fn the_history_can_only_be_added_to() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join(STORE_FILE)).unwrap();
        let insert = "INSERT INTO cases VALUES ('a', '', '', '', '', 1, 0, '', NULL, 0);
            INSERT INTO case_history VALUES ('a', 1, 0, 'filed', '');";
        let error = store.writer.alone(|writer| {
            writer.execute_batch(insert).unwrap();
            writer.execute("DELETE FROM case_history", []).unwrap_err()
        });
        assert!(error.to_string().contains("only added to"));
    }
}
