//! The one writer of the file: what several threads write at once is flushed to the disk once.
//!
//! A flush takes milliseconds, however much is flushed. Each caller does its
//! work in a savepoint of the transaction that is open; who finds nobody
//! behind it commits for all. A caller that is alone waits for no one.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use rusqlite::Connection;
use rusqlite::Savepoint;
use rusqlite::ffi;

use super::StoreError;
use super::error::failed_to;

/// A caller waits for at most so many others, whose work takes some milliseconds in all.
const TOGETHER_MAX: usize = 64;

#[derive(Debug)]
pub(super) struct Writer {
    file: Mutex<File>,
    /// Callers that have not got the file yet. The last of them commits.
    behind: AtomicUsize,
    settled: Condvar,
}

#[derive(Debug)]
struct File {
    connection: Connection,
    /// Work that is done and not committed. Invariant: none while no transaction is open.
    batch: Option<Batch>,
}

/// Works that are committed together, or not at all.
#[derive(Clone, Debug, Default)]
struct Batch {
    works: usize,
    outcome: Arc<OnceLock<Result<(), Failure>>>,
}

/// Why nothing of a batch is on the disk, for each who has a part in it.
#[derive(Clone, Debug)]
struct Failure {
    code: ffi::Error,
    message: Option<String>,
}

impl Writer {
    pub(super) fn new(connection: Connection) -> Self {
        let file = Mutex::new(File { connection, batch: None });
        Self { file, behind: AtomicUsize::new(0), settled: Condvar::new() }
    }

    /// Does `work`, all or nothing of it, which is on the disk when this returns `Ok`.
    pub(super) fn write<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Savepoint<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.behind.fetch_add(1, Ordering::SeqCst);
        let mut file = self.lock();
        self.behind.fetch_sub(1, Ordering::SeqCst);
        // Others have a part in the transaction: a panic must not leave it open.
        let done = catch_unwind(AssertUnwindSafe(|| file.work(doing, work)));
        let batch = file.batch.clone();
        if file.connection.is_autocommit() {
            // The transaction could not begin, or SQLite has undone all of it.
            self.settle(&mut file, Err(Failure::undone(&done)));
        } else if self.behind.load(Ordering::SeqCst) == 0
            || batch.as_ref().is_some_and(|batch| batch.works >= TOGETHER_MAX)
        {
            let committed = file.commit();
            self.settle(&mut file, committed);
        }
        let done = match done {
            Ok(done) => done?,
            Err(panic) => resume_unwind(panic),
        };
        let Some(batch) = batch else { return Ok(done) };
        let waiting = |_: &mut File| batch.outcome.get().is_none();
        drop(self.settled.wait_while(file, waiting).unwrap_or_else(PoisonError::into_inner));
        match batch.outcome.get() {
            Some(Err(failure)) => Err(failed_to(doing)(failure.error())),
            _ => Ok(done),
        }
    }

    /// The connection, while nothing is written.
    #[cfg(test)]
    pub(super) fn alone<T>(&self, look: impl FnOnce(&Connection) -> T) -> T {
        look(&self.lock().connection)
    }

    fn settle(&self, file: &mut File, outcome: Result<(), Failure>) {
        if let Some(batch) = file.batch.take() {
            // Only one settles a batch: it was taken out of the file just now.
            let _ = batch.outcome.set(outcome);
            self.settled.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, File> {
        // Panics are caught while the file is held.
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl File {
    fn work<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Savepoint<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.batch.is_none() {
            self.connection.execute_batch("BEGIN IMMEDIATE").map_err(failed_to(doing))?;
        }
        self.batch.get_or_insert_default().works += 1;
        // Rolled back when it is dropped before its commit.
        let savepoint = self.connection.savepoint().map_err(failed_to(doing))?;
        let done = work(&savepoint)?;
        savepoint.commit().map_err(failed_to(doing))?;
        Ok(done)
    }

    fn commit(&mut self) -> Result<(), Failure> {
        let committed = self.connection.execute_batch("COMMIT").map_err(Failure::of);
        if committed.is_err() && !self.connection.is_autocommit() {
            // It would hold up all who come later; what cannot be undone here is undone at the next start.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        committed
    }
}

impl Failure {
    fn of(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::SqliteFailure(code, message) => Self { code, message },
            other => {
                Self { code: ffi::Error::new(ffi::SQLITE_IOERR), message: Some(other.to_string()) }
            }
        }
    }

    /// One caller's fault, such as a full disk, has undone the work of all.
    fn undone<T>(done: &std::thread::Result<Result<T, StoreError>>) -> Self {
        let code = match done {
            Ok(Err(StoreError::Sqlite { source, .. })) => source.sqlite_error().copied(),
            _ => None,
        };
        let message = Some("the transaction was undone".to_owned());
        Self { code: code.unwrap_or_else(|| ffi::Error::new(ffi::SQLITE_IOERR)), message }
    }

    fn error(&self) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(self.code, self.message.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    fn writer(folder: &tempfile::TempDir) -> Writer {
        let connection = Connection::open(folder.path().join("file")).unwrap();
        let make = "PRAGMA journal_mode = WAL; CREATE TABLE numbers (number INTEGER PRIMARY KEY);";
        connection.execute_batch(make).unwrap();
        Writer::new(connection)
    }

    fn put(writer: &Writer, number: i64) -> Result<(), StoreError> {
        writer.write("put a number", |savepoint| {
            let put = savepoint.execute("INSERT INTO numbers VALUES (?1)", [number]);
            put.map(drop).map_err(failed_to("put a number"))
        })
    }

    fn count(folder: &tempfile::TempDir) -> i64 {
        let other = Connection::open(folder.path().join("file")).unwrap();
        other.query_row("SELECT count(*) FROM numbers", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn what_is_told_written_can_be_read_by_others_and_a_fault_undoes_only_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, together) = (writer(&folder), Barrier::new(8));
        std::thread::scope(|scope| {
            for caller in 0..8 {
                let (writer, together, folder) = (&writer, &together, &folder);
                scope.spawn(move || {
                    together.wait();
                    for turn in 0..50 {
                        let number = caller * 1_000 + turn;
                        put(writer, number).unwrap();
                        assert!(count(folder) > turn, "on the disk");
                        put(writer, number).unwrap_err();
                    }
                });
            }
        });
        assert_eq!(count(&folder), 400);
    }

    #[test]
    fn a_panic_undoes_its_own_work_and_leaves_the_file_usable() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        let panicking = catch_unwind(AssertUnwindSafe(|| {
            writer.write("panic", |savepoint| -> Result<(), StoreError> {
                savepoint.execute("INSERT INTO numbers VALUES (1)", []).unwrap();
                panic!("a bug");
            })
        }));
        panicking.unwrap_err();
        assert_eq!(count(&folder), 0);
        put(&writer, 1).unwrap();
        assert_eq!(count(&folder), 1);
    }

    #[test]
    fn work_that_the_database_undoes_as_a_whole_is_told_as_failed() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        let undone = writer.write("undo all", |savepoint| {
            savepoint.execute_batch("ROLLBACK").map_err(failed_to("undo all"))
        });
        undone.unwrap_err();
        put(&writer, 1).unwrap();
        assert_eq!(count(&folder), 1);
    }
}
