//! Cases as the public asks for them, and who reported which.

use rusqlite::Connection;
use rusqlite::OptionalExtension;
use rusqlite::Row;
use rusqlite::named_params;
use rusqlite::params;

use crate::cases::Case;
use crate::cases::CaseId;
use crate::cases::CitizenReporter;
use crate::cases::Stage;
use crate::city::ClassId;
use crate::city::GridId;
use crate::time::Timestamp;

use super::Store;
use super::StoreError;
use super::error::failed_to;
use super::filing::case_from_body;

/// Which cases to read; of those told of in an earlier one, none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestFilter {
    /// Any of these; all if empty.
    pub classes: Vec<ClassId>,
    pub open: Option<bool>,
    /// Filed at this time or later.
    pub since: Timestamp,
    /// Filed at this time or earlier.
    pub until: Timestamp,
    pub limit: usize,
}

/// A case and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub case: Case,
    pub class: ClassId,
    pub grid: Option<GridId>,
    pub stage: Stage,
    /// When its present stage is to end.
    pub due: Option<Timestamp>,
    pub updated_at: Timestamp,
}

const REQUEST: &str = "SELECT c.id, c.body, l.class_id, l.grid_id, l.stage, l.due,
        max(c.filed_at, coalesce((SELECT max(at) FROM life_entries WHERE case_id = c.id), 0))
     FROM cases c JOIN lives l ON l.case_id = c.id";

impl Store {
    /// Cases that fit, the newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn requests(&self, filter: &RequestFilter) -> Result<Vec<Request>, StoreError> {
        let classes: Vec<&str> = filter.classes.iter().map(ClassId::as_str).collect();
        let classes = serde_json::Value::from(classes).to_string();
        let query = format!(
            "{REQUEST}
             WHERE c.filed_at BETWEEN :since AND :until AND l.stage <> 'merged'
               AND (:every_class OR l.class_id IN (SELECT value FROM json_each(:classes)))
               AND (:open IS NULL OR (l.stage NOT IN ('closed', 'rejected')) = :open)
             ORDER BY c.filed_at DESC, c.id LIMIT :limit"
        );
        let rows: Vec<_> = self
            .reader()
            .prepare_cached(&query)
            .and_then(|mut statement| {
                let asked = named_params! {
                    ":since": filter.since.as_micros(),
                    ":until": filter.until.as_micros(),
                    ":every_class": filter.classes.is_empty(),
                    ":classes": classes,
                    ":open": filter.open,
                    ":limit": filter.limit as i64,
                };
                statement.query_map(asked, raw)?.collect()
            })
            .map_err(failed_to("list requests"))?;
        rows.into_iter().map(request).collect()
    }

    /// One case, also one that is told of in an earlier one; none of that
    /// name, or none whose life has begun.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn request(&self, id: &CaseId) -> Result<Option<Request>, StoreError> {
        let row = self
            .reader()
            .prepare_cached(&format!("{REQUEST} WHERE c.id = ?1"))
            .and_then(|mut statement| statement.query_row([id.as_str()], raw).optional())
            .map_err(failed_to("read a request"))?;
        row.map(request).transpose()
    }

    /// Who reported the case: personal data, not to be shown but masked.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn reporter(&self, id: &CaseId) -> Result<Option<CitizenReporter>, StoreError> {
        let body: Option<String> = self
            .reader()
            .query_row("SELECT body FROM reporters WHERE case_id = ?1", [id.as_str()], |row| {
                row.get(0)
            })
            .optional()
            .map_err(failed_to("read a reporter"))?;
        let read = |body: String| {
            serde_json::from_str(&body)
                .map_err(|source| StoreError::Body { case: id.to_string(), source })
        };
        body.map(read).transpose()
    }
}

/// Keeps who reported a case, where one is known.
pub(super) fn put_reporter(
    transaction: &Connection,
    id: &CaseId,
    reporter: Option<&CitizenReporter>,
) -> Result<(), StoreError> {
    let Some(reporter) = reporter else { return Ok(()) };
    let body = serde_json::to_string(reporter)
        .map_err(|source| StoreError::Body { case: id.to_string(), source })?;
    transaction
        .execute("INSERT INTO reporters VALUES (?1, ?2)", params![id.as_str(), body])
        .map(drop)
        .map_err(failed_to("keep a reporter"))
}

type Raw = (String, String, String, Option<String>, String, Option<i64>, i64);

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
}

fn request((id, body, class, grid, stage, due, updated_at): Raw) -> Result<Request, StoreError> {
    let damaged = |error: crate::city::NameError| StoreError::Damaged(error.to_string());
    let unknown = || StoreError::Damaged(format!("{stage:?} is no stage"));
    Ok(Request {
        case: case_from_body(&id, &body)?,
        class: ClassId::new(&class).map_err(damaged)?,
        grid: grid.map(|grid| GridId::new(&grid)).transpose().map_err(damaged)?,
        stage: Stage::from_name(&stage).ok_or_else(unknown)?,
        due: due.map(Timestamp::from_micros),
        updated_at: Timestamp::from_micros(updated_at),
    })
}
