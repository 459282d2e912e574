//! The register of first violations: found by plate or shop, only added to.

use rusqlite::OptionalExtension;
use rusqlite::Row;
use rusqlite::params;

use crate::cases::CaseId;
use crate::cases::Subject;
use crate::cases::Violation;
use crate::city::ClassId;
use crate::time::Timestamp;

use super::Store;
use super::StoreError;
use super::error::failed_to;

/// Who has more entries has them on many pages; the newest are what is asked for.
const ENTRIES_MAX: i64 = 1_000;

impl Store {
    /// What is registered of a plate or a shop, the newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn violations(&self, subject: &Subject) -> Result<Vec<Violation>, StoreError> {
        let (kind, name) = subject.parts();
        self.reader()
            .prepare_cached(
                "SELECT case_id, class_id, at, by, excused, why FROM violations
                 WHERE subject = ?1 AND name = ?2 ORDER BY at DESC, number DESC LIMIT ?3",
            )
            .and_then(|mut statement| {
                let asked = params![kind, name, ENTRIES_MAX];
                statement.query_map(asked, |row| violation_of(subject, row))?.collect()
            })
            .map_err(failed_to("read the register"))
    }

    /// Adds an entry, unless one that excuses this subject for this class
    /// stands there since `again_after`: then that one is returned and nothing
    /// is written. Only what excuses is held against earlier excuses.
    ///
    /// # Errors
    /// When the case has no life, or the disk fails; then nothing is written.
    pub fn register(
        &self,
        violation: &Violation,
        again_after: Timestamp,
    ) -> Result<Option<Violation>, StoreError> {
        let (kind, name) = violation.subject.parts();
        self.write("write the register", |transaction| {
            let failed = failed_to("write the register");
            let class = violation.class.as_str();
            if violation.excused {
                let before = transaction
                    .prepare_cached(
                        "SELECT case_id, class_id, at, by, excused, why FROM violations
                         WHERE subject = ?1 AND name = ?2 AND class_id = ?3 AND excused = 1
                           AND at >= ?4 ORDER BY at DESC LIMIT 1",
                    )
                    .and_then(|mut statement| {
                        let asked = params![kind, name, class, again_after.as_micros()];
                        statement
                            .query_row(asked, |row| violation_of(&violation.subject, row))
                            .optional()
                    })
                    .map_err(&failed)?;
                if before.is_some() {
                    return Ok(before);
                }
            }
            let case = violation.case_id.as_str();
            transaction
                .execute(
                    "INSERT INTO violations (subject, name, case_id, class_id, at, by, excused, why)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    params![
                        kind,
                        name,
                        case,
                        class,
                        violation.at.as_micros(),
                        violation.by,
                        violation.excused,
                        violation.why
                    ],
                )
                .map_err(&failed)?;
            if violation.excused {
                transaction
                    .execute("UPDATE digests SET excused = excused + 1 WHERE case_id = ?1", [case])
                    .map_err(&failed)?;
            }
            Ok(None)
        })
    }
}

fn violation_of(subject: &Subject, row: &Row<'_>) -> rusqlite::Result<Violation> {
    let named =
        |at: usize| rusqlite::Error::InvalidColumnName(format!("column {at} holds no name"));
    Ok(Violation {
        subject: subject.clone(),
        case_id: CaseId::parse(&row.get::<_, String>(0)?).ok_or_else(|| named(0))?,
        class: ClassId::new(&row.get::<_, String>(1)?).map_err(|_| named(1))?,
        at: Timestamp::from_micros(row.get(2)?),
        by: row.get(3)?,
        excused: row.get(4)?,
        why: row.get(5)?,
    })
}
