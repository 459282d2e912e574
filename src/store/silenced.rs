//! What cameras proved and the city does not want to hear of, with the reason;
//! and the duty in force.

use std::time::Duration;

use rusqlite::OptionalExtension;
use rusqlite::Row;
use rusqlite::params;
use serde::Serialize;
use utoipa::ToSchema;

use crate::cases::Case;
use crate::cases::CaseId;
use crate::city::ClassId;
use crate::ingest::CameraId;
use crate::time::Timestamp;

use super::Store;
use super::StoreError;
use super::error::failed_to;

/// A silence is kept so long; who asks later asks the history of what was filed.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

/// What keeps a case from being filed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SilencedBy {
    QuietArea,
    VendingPoint,
    Duty,
}

/// Why a case is not filed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Silence {
    pub by: SilencedBy,
    /// The area's, point's or duty's id.
    pub id: String,
    /// In words.
    pub reason: String,
}

/// A case that was not filed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Silenced {
    pub case_id: CaseId,
    pub at: Timestamp,
    pub class: ClassId,
    pub camera_id: Option<CameraId>,
    #[serde(flatten)]
    pub silence: Silence,
    /// When it was filed after all, as it stood there longer than the reason did.
    pub filed_at: Option<Timestamp>,
}

/// A duty that somebody switched on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwitchedDuty {
    pub duty: String,
    pub by: String,
    pub at: Timestamp,
}

impl SilencedBy {
    pub const ALL: [Self; 3] = [Self::QuietArea, Self::VendingPoint, Self::Duty];

    /// The name in the store, in JSON and in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::QuietArea => "quiet_area",
            Self::VendingPoint => "vending_point",
            Self::Duty => "duty",
        }
    }
}

impl Store {
    /// Keeps that a case was not filed, and why. Tells whether that is new.
    ///
    /// # Errors
    /// When the disk or the file fails.
    pub fn keep_silenced(&self, case: &Case, silence: &Silence) -> Result<bool, StoreError> {
        self.write("keep what is not filed", |transaction| {
            let added = transaction
                .prepare_cached(
                    "INSERT OR IGNORE INTO silenced
                        (case_id, at, class_id, camera_id, by_what, by_id, reason)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )
                .and_then(|mut statement| {
                    statement.execute(params![
                        case.id.as_str(),
                        case.filed_at.as_micros(),
                        case.kind.as_str(),
                        case.camera_id.as_ref().map(CameraId::as_str),
                        silence.by.name(),
                        silence.id,
                        silence.reason,
                    ])
                })
                .map_err(failed_to("keep what is not filed"))?;
            transaction
                .prepare_cached("DELETE FROM silenced WHERE at < ?1")
                .and_then(|mut statement| statement.execute([(case.filed_at - KEPT).as_micros()]))
                .map_err(failed_to("let go of old silences"))?;
            Ok(added > 0)
        })
    }

    /// Whether the case was kept from being filed, and has not been since.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn is_silenced(&self, id: &CaseId) -> Result<bool, StoreError> {
        self.reader()
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM silenced WHERE case_id = ?1 AND filed_at IS NULL)",
            )
            .and_then(|mut statement| statement.query_row([id.as_str()], |row| row.get(0)))
            .map_err(failed_to("read what is not filed"))
    }

    /// It was filed after all.
    ///
    /// # Errors
    /// When the disk or the file fails.
    pub fn end_silence(&self, id: &CaseId, at: Timestamp) -> Result<(), StoreError> {
        self.write("end a silence", |transaction| {
            transaction
                .execute(
                    "UPDATE silenced SET filed_at = ?2 WHERE case_id = ?1 AND filed_at IS NULL",
                    params![id.as_str(), at.as_micros()],
                )
                .map(drop)
                .map_err(failed_to("end a silence"))
        })
    }

    /// What was not filed, the newest first, at most `limit`; with `before` only what is older.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn silenced(
        &self,
        before: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<Silenced>, StoreError> {
        let before = before.map_or(i64::MAX, Timestamp::as_micros);
        let rows: Vec<Option<Silenced>> = self
            .reader()
            .prepare_cached(
                "SELECT case_id, at, class_id, camera_id, by_what, by_id, reason, filed_at
                 FROM silenced WHERE at < ?1 ORDER BY at DESC LIMIT ?2",
            )
            .and_then(|mut statement| {
                statement.query_map([before, limit as i64], silenced)?.collect()
            })
            .map_err(failed_to("list what is not filed"))?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// The duty that was switched on last; none if none ever was.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn duty(&self) -> Result<Option<SwitchedDuty>, StoreError> {
        let text = "SELECT duty, switched_by, at FROM duties ORDER BY number DESC LIMIT 1";
        let switched = |row: &Row<'_>| {
            let at = Timestamp::from_micros(row.get(2)?);
            Ok(SwitchedDuty { duty: row.get(0)?, by: row.get(1)?, at })
        };
        self.reader().query_row(text, [], switched).optional().map_err(failed_to("read the duty"))
    }

    /// Switches a duty on; who did it and when stays written down.
    ///
    /// # Errors
    /// When the disk or the file fails.
    pub fn switch_duty(&self, duty: &str, by: &str, at: Timestamp) -> Result<(), StoreError> {
        self.write("switch the duty", |transaction| {
            transaction
                .execute(
                    "INSERT INTO duties (duty, switched_by, at) VALUES (?1, ?2, ?3)",
                    params![duty, by, at.as_micros()],
                )
                .map(drop)
                .map_err(failed_to("switch the duty"))
        })
    }
}

fn silenced(row: &Row<'_>) -> rusqlite::Result<Option<Silenced>> {
    let (id, class, by): (String, String, String) = (row.get(0)?, row.get(2)?, row.get(4)?);
    let camera: Option<String> = row.get(3)?;
    let (at, filed_at): (i64, Option<i64>) = (row.get(1)?, row.get(7)?);
    let (by_id, reason) = (row.get(5)?, row.get(6)?);
    let by = SilencedBy::ALL.into_iter().find(|one| one.name() == by);
    let known = CaseId::parse(&id).zip(ClassId::new(&class).ok()).zip(by);
    Ok(known.map(|((case_id, class), by)| Silenced {
        case_id,
        at: Timestamp::from_micros(at),
        class,
        camera_id: camera.and_then(|camera| CameraId::new(&camera).ok()),
        silence: Silence { by, id: by_id, reason },
        filed_at: filed_at.map(Timestamp::from_micros),
    }))
}
