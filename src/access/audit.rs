//! One line of the audit log: who did what, when, from where, and what came of it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::time::Timestamp;

/// What is to be written down; the store gives it its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditNote {
    pub at: Timestamp,
    /// A user's name, `token NAME`, `this machine` where nobody need log in,
    /// `command line NAME`, or `nobody`.
    pub who: String,
    /// The address that it came from; `-` for the command line.
    pub address: String,
    /// As in `POST /api/city/reload` or `user add li`; never a secret.
    pub what: String,
    /// The status of the answer, or `done`.
    pub result: String,
    /// What else a reader wants to know, such as a token's scopes.
    pub note: Option<String>,
}

/// A line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Rises by one from entry to entry, so that a gap shows.
    pub number: i64,
    pub at: Timestamp,
    pub who: String,
    pub address: String,
    pub what: String,
    pub result: String,
    pub note: Option<String>,
}
