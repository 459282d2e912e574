//! Why the record could not be read or written.

use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::cases::CaseId;
use crate::cases::LifeError;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("no store at {path}", path = path.display())]
    Absent { path: PathBuf },
    #[error("cannot open the store {path}", path = path.display())]
    Open { path: PathBuf, source: rusqlite::Error },
    #[error("the store {path} has version {found}, this program knows up to {known}", path = path.display())]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("the store failed to {doing}")]
    Sqlite { doing: &'static str, source: rusqlite::Error },
    #[error("the stored case {case} cannot be read")]
    Body { case: String, source: serde_json::Error },
    #[error("case {case} is at revision {stored}, cannot become {given}")]
    Revision { case: CaseId, stored: u32, given: u32 },
    #[error("no case {0} in the store")]
    Unknown(CaseId),
    #[error("case {0} is not open, so nothing can be merged into it")]
    NotOpen(CaseId),
    #[error("the stored life of a case cannot be read")]
    Life(#[source] LifeError),
    #[error("there is a user {0:?} already")]
    UserThere(String),
    #[error("there is no user {0:?}")]
    NoUser(String),
    #[error("the first user must be an administrator, so that there is one")]
    FirstUser,
    #[error("no administrator who can log in would be left")]
    LastAdministrator,
    #[error("there is a valid token {0:?} already; revoke it first")]
    TokenThere(String),
    #[error("there are {max} {what}, which is as many as there may be")]
    TooMany { what: &'static str, max: i64 },
    #[error("the store is damaged: {0}")]
    Damaged(String),
}

impl StoreError {
    /// Whether the same call may succeed later: the disk is full, locked or
    /// away, which a person can mend while the program waits.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        let (Self::Open { source, .. } | Self::Sqlite { source, .. }) = self else {
            return false;
        };
        matches!(
            source.sqlite_error_code(),
            Some(
                ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::DiskFull
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::ReadOnly
                    | ErrorCode::CannotOpen
                    | ErrorCode::PermissionDenied
                    | ErrorCode::OutOfMemory
                    | ErrorCode::FileLockingProtocolFailed
            )
        )
    }
}

/// Says what was being done when SQLite failed.
pub(super) fn failed_to(doing: &'static str) -> impl Fn(rusqlite::Error) -> StoreError {
    move |source| StoreError::Sqlite { doing, source }
}
