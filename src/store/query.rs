//! Reads cases: one, the open ones, or those a filter names.

use rusqlite::params_from_iter;
use rusqlite::types::Value;
use serde::Serialize;
use utoipa::ToSchema;

use crate::cases::Case;
use crate::cases::CaseChange;
use crate::cases::CaseId;
use crate::cases::CaseState;
use crate::cases::Stage;
use crate::city::ClassId;
use crate::city::GridId;
use crate::ingest::CameraId;
use crate::rules::IncidentKind;
use crate::time::Timestamp;

use super::Store;
use super::StoreError;
use super::error::failed_to;
use super::filing::case_from_body;
use super::filing::stored_case;

/// At most this many cases are read into memory at once.
const CASES_MAX: usize = 10_000;

/// Which cases to read; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFilter {
    pub state: Option<CaseState>,
    pub kind: Option<IncidentKind>,
    pub camera_id: Option<CameraId>,
    /// Filed at this time or later.
    pub since: Option<Timestamp>,
    /// Filed before this time: the way to the next page.
    pub before: Option<Timestamp>,
    /// How they stand at the dispatch centre.
    pub life: LifeFilter,
    /// At most so many; never more than 10,000.
    pub limit: Option<usize>,
}

/// How cases stand at the dispatch centre; what is `None` does not matter.
/// Where anything does, cases without a life do not fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LifeFilter {
    pub stage: Option<Stage>,
    pub grid: Option<GridId>,
    pub class: Option<ClassId>,
    /// Their clock has run out before this instant.
    pub overdue_at: Option<Timestamp>,
}

/// Open cases of one kind at one camera.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OpenCount {
    pub camera_id: CameraId,
    pub kind: IncidentKind,
    pub count: usize,
}

/// The question in SQL. Only what is asked for stands in it, so that the store
/// can go by an index of just that, from the newest case on.
struct Asked {
    /// Lists by how cases stand at the dispatch centre go by the digests.
    by_life: bool,
    /// The digests alone tell which cases fit.
    by_life_alone: bool,
    conditions: String,
    values: Vec<Value>,
}

impl Asked {
    fn of(filter: &CaseFilter) -> Self {
        let CaseFilter { life, since, before, .. } = filter;
        let by_life = *life != LifeFilter::default();
        let by_case = filter.state.is_some() || filter.kind.is_some() || filter.camera_id.is_some();
        let by_life_alone = by_life && !by_case;
        let (conditions, values) = (String::new(), Vec::new());
        let mut asked = Self { by_life, by_life_alone, conditions, values };
        let micros = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
        let text = |text: &str| text.to_owned();
        asked.add("c.state = ", filter.state.map(|state| text(state_name(state))));
        asked.add("c.kind = ", filter.kind.map(|kind| text(kind.name())));
        asked.add("c.camera_id = ", filter.camera_id.as_ref().map(|id| text(id.as_str())));
        asked.add("d.stage = ", life.stage.map(|stage| text(stage.name())));
        asked.add("d.grid_id = ", life.grid.as_ref().map(|grid| text(grid.as_str())));
        asked.add("d.class_id = ", life.class.as_ref().map(|class| text(class.as_str())));
        asked.add("d.due < ", micros(life.overdue_at));
        asked.add(if by_life { "d.listed_at >= " } else { "c.filed_at >= " }, micros(*since));
        asked.add(if by_life { "d.listed_at < " } else { "c.filed_at < " }, micros(*before));
        asked
    }

    fn add(&mut self, condition: &str, value: Option<impl Into<Value>>) {
        let Some(value) = value else { return };
        let word = if self.values.is_empty() { " WHERE " } else { " AND " };
        self.conditions.extend([word, condition, "?"]);
        self.values.push(value.into());
    }

    fn sql(&self) -> String {
        let Self { by_life, conditions, .. } = self;
        if self.by_life_alone {
            // Thousands may fit: only those of the page are read whole.
            return format!(
                "SELECT c.id, c.body FROM (
                    SELECT d.case_id, d.listed_at FROM digests AS d{conditions}
                    ORDER BY d.listed_at DESC, d.case_id LIMIT ?
                 ) AS d CROSS JOIN cases AS c ON c.id = d.case_id
                 ORDER BY d.listed_at DESC, d.case_id"
            );
        }
        // A cross join is taken from left to right: from the few that fit to their cases.
        let (from, order) = if *by_life {
            let from = "digests AS d CROSS JOIN cases AS c ON c.id = d.case_id";
            (from, "d.listed_at DESC, d.case_id")
        } else {
            ("cases AS c", "c.filed_at DESC, c.id")
        };
        format!("SELECT c.id, c.body FROM {from}{conditions} ORDER BY {order} LIMIT ?")
    }
}

impl Store {
    /// The cases that fit the filter, the newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn cases(&self, filter: &CaseFilter) -> Result<Vec<Case>, StoreError> {
        let limit = filter.limit.unwrap_or(CASES_MAX).min(CASES_MAX) as i64;
        let asked = Asked::of(filter);
        let rows: Vec<(String, String)> = self
            .reader()
            .prepare_cached(&asked.sql())
            .and_then(|mut statement| {
                let values = asked.values.iter().cloned().chain([Value::from(limit)]);
                let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
                statement.query_map(params_from_iter(values), row)?.collect()
            })
            .map_err(failed_to("list cases"))?;
        rows.iter().map(|(id, body)| case_from_body(id, body)).collect()
    }

    /// How many open cases each camera has of each kind.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open_counts(&self) -> Result<Vec<OpenCount>, StoreError> {
        let rows: Vec<(String, String, i64)> = self
            .reader()
            .prepare_cached(
                "SELECT camera_id, kind, count(*) FROM cases WHERE state = 'filed'
                 GROUP BY camera_id, kind ORDER BY camera_id, kind",
            )
            .and_then(|mut statement| {
                statement
                    .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                    .collect()
            })
            .map_err(failed_to("count open cases"))?;
        let count = |(camera, kind, count): (String, String, i64)| {
            let camera_id = CameraId::new(&camera).ok()?;
            let kind = IncidentKind::from_name(&kind)?;
            Some(OpenCount { camera_id, kind, count: usize::try_from(count).unwrap_or_default() })
        };
        Ok(rows.into_iter().filter_map(count).collect())
    }

    /// # Errors
    /// When the file cannot be read.
    pub fn case(&self, id: &CaseId) -> Result<Option<Case>, StoreError> {
        stored_case(&self.reader(), id)
    }

    /// The cases whose ids begin so; a few, to tell whether it is only one.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn cases_named(&self, beginning: &str) -> Result<Vec<Case>, StoreError> {
        // Hex has no letter that GLOB reads in its own way; what is no hex names nothing.
        if beginning.is_empty() || !beginning.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(Vec::new());
        }
        let rows: Vec<(String, String)> = self
            .reader()
            .prepare_cached("SELECT id, body FROM cases WHERE id GLOB ?1 || '*' LIMIT 5")
            .and_then(|mut statement| {
                let row = [beginning.to_ascii_lowercase()];
                statement.query_map(row, |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
            })
            .map_err(failed_to("read a case"))?;
        rows.iter().map(|(id, body)| case_from_body(id, body)).collect()
    }

    /// The cases of a camera whose thing still stood there when last seen.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open_cases(&self, camera: &CameraId) -> Result<Vec<Case>, StoreError> {
        let camera_id = Some(camera.clone());
        self.cases(&CaseFilter {
            camera_id,
            state: Some(CaseState::Filed),
            ..CaseFilter::default()
        })
    }

    /// When it was last told to anyone what the camera sees of the case: when
    /// its newest revision came to be that is none of its life.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn last_told(&self, id: &CaseId) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> = self
            .reader()
            .query_row(
                "SELECT max(at) FROM case_history WHERE case_id = ?1 AND what != ?2",
                [id.as_str(), CaseChange::Life.name()],
                |row| row.get(0),
            )
            .map_err(failed_to("read a case's history"))?;
        Ok(at.map(Timestamp::from_micros))
    }
}

pub(super) const fn state_name(state: CaseState) -> &'static str {
    match state {
        CaseState::Filed => "filed",
        CaseState::Cleared => "cleared",
    }
}
