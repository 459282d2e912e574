//! What the HTTP face asks of the running program, and the words of the answers.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

use crate::cases::Actor;
use crate::cases::Budget;
use crate::cases::Case;
use crate::cases::CaseChange;
use crate::cases::CaseId;
use crate::cases::CaseState;
use crate::cases::Precision;
use crate::cases::Report;
use crate::cases::ReportQuery;
use crate::cases::Step;
use crate::cases::Subject;
use crate::cases::Violation;
use crate::city::CityData;
use crate::city::CityFaults;
use crate::city::ClassId;
use crate::city::Difference;
use crate::dispatch::HotSpotReport;
use crate::dispatch::LifeBook;
use crate::dispatch::LifeReport;
use crate::dispatch::SinkBook;
use crate::ingest::CameraId;
use crate::rules::IncidentKind;
use crate::store::LifeFilter;
use crate::store::OpenCount;
use crate::store::Standing;
use crate::time::Timestamp;

use super::CameraBook;
use super::CameraPlaceReport;
use super::CameraReport;
use super::Display;
use super::Drawing;
use super::Scene;
use super::ZoneRefusal;
use super::ZoneSheet;

/// The running program as the HTTP face sees it. Calls may wait for a disk,
/// not for a camera; they come from threads of the server's own.
pub trait Backend: Send + Sync + 'static {
    /// Every camera, in the operator's order.
    fn cameras(&self) -> Vec<CameraReport>;

    /// One camera; none of that name.
    fn camera(&self, id: &CameraId) -> Option<CameraReport> {
        self.cameras().into_iter().find(|camera| camera.status.camera_id == *id)
    }

    /// What is drawn and what stands in a camera's picture; none if there is no such camera.
    fn scene(&self, id: &CameraId) -> Option<Scene>;

    /// The picture of the camera's last look; none if there is none to show,
    /// or no time to make it just now. May be of an earlier look where many ask.
    fn picture(&self, _id: &CameraId, _size: PictureSize) -> Option<CameraPicture> {
        None
    }

    /// The zones of a camera as they are written; none if there is no such camera.
    fn zones(&self, _id: &CameraId) -> Option<ZoneSheet> {
        None
    }

    /// Checks zones that are written as in a configuration and, if they are to
    /// be saved, has the camera judged by them at once and from now on.
    ///
    /// # Errors
    /// When there is no such camera, they have faults, or the disk fails; then nothing has changed.
    fn draw_zones(
        &self,
        _id: &CameraId,
        _text: &str,
        _drawing: Drawing,
    ) -> Result<ZoneSheet, ZoneRefusal> {
        Err(ZoneRefusal::NoCamera)
    }

    /// Takes the camera's last drawing back.
    ///
    /// # Errors
    /// When there is no such camera, nothing was drawn, or the disk fails.
    fn undo_zones(&self, _id: &CameraId) -> Result<ZoneSheet, ZoneRefusal> {
        Err(ZoneRefusal::NoCamera)
    }

    /// Where cameras are set up; none where they cannot be.
    fn camera_book(&self) -> Option<Arc<dyn CameraBook>> {
        None
    }

    /// Has a camera tried again at once instead of after its wait; false if there is no such camera.
    fn retry(&self, id: &CameraId) -> bool;

    /// Cases that fit, newest filed first, at most `query.limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn cases(&self, query: &CaseQuery) -> Result<Vec<Case>, BackendError>;

    /// One case; none of that name.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn case(&self, id: &CaseId) -> Result<Option<Case>, BackendError>;

    /// What became of a case, oldest first; empty if there is none of that name.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn history(&self, _id: &CaseId) -> Result<Vec<HistoryStep>, BackendError> {
        Ok(Vec::new())
    }

    /// What became of cases after the change numbered `after`, oldest first,
    /// at most `limit`; without `after` nothing but the newest change's number.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn news(&self, _after: Option<i64>, _limit: usize) -> Result<CaseNews, BackendError> {
        Ok(CaseNews::default())
    }

    /// Where a file of a case's evidence lies; none if the case has no such
    /// file. The name is one of the few that evidence has: no path, no dots beyond its ending.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn evidence_file(&self, id: &CaseId, name: &str) -> Result<Option<PathBuf>, BackendError>;

    /// A copy of a whole picture of the case, counted from 1, on which people
    /// and plates are hidden, as JPEG; none where there is none to give.
    ///
    /// # Errors
    /// When the store or the evidence cannot be read.
    fn public_copy(&self, _id: &CaseId, _number: usize) -> Result<Option<Vec<u8>>, BackendError> {
        Ok(None)
    }

    /// Where a case stands at the dispatch centre; none if its life has not begun.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn life(&self, _id: &CaseId) -> Result<Option<LifeReport>, BackendError> {
        Ok(None)
    }

    /// Takes a step in the life of a case.
    ///
    /// # Errors
    /// When it cannot be taken; then nothing has changed.
    fn take_step(
        &self,
        _id: &CaseId,
        _step: &Step,
        _by: &Actor,
        _why: Option<&str>,
    ) -> Result<LifeReport, StepRefusal> {
        Err(StepRefusal::NoCity)
    }

    /// The sinks: what waits for them, and what was given up.
    fn sink_book(&self) -> Option<Arc<SinkBook>> {
        None
    }

    /// Where citizens' reports are taken and cases told of; none without city data.
    fn life_book(&self) -> Option<Arc<LifeBook>> {
        None
    }

    /// Places where matters come back, of one class or of all; none without city data.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn hot_spots(&self, _class: Option<&ClassId>) -> Result<Vec<HotSpotReport>, BackendError> {
        Ok(Vec::new())
    }

    /// Today in the city, and its time zone; none without city data.
    fn city_day(&self) -> Option<(Date, TimeZone)> {
        None
    }

    /// Counts the cases of some days.
    ///
    /// # Errors
    /// Without city data, and when the store cannot be read.
    fn report(&self, _query: ReportQuery) -> Result<Report, StepRefusal> {
        Err(StepRefusal::NoCity)
    }

    /// How often cases found in this span were right, held against a goal of 0 to 1.
    ///
    /// # Errors
    /// Without city data, and when the store cannot be read.
    fn precision(
        &self,
        _span: (Timestamp, Timestamp),
        _goal: f64,
    ) -> Result<Precision, StepRefusal> {
        Err(StepRefusal::NoCity)
    }

    /// What is registered of a plate or a shop, the newest first.
    ///
    /// # Errors
    /// Without city data, and when the store cannot be read.
    fn violations(&self, _subject: &Subject) -> Result<Vec<Violation>, StepRefusal> {
        Err(StepRefusal::NoCity)
    }

    /// Notes a violation, and whether it is excused; tells what is then registered.
    ///
    /// # Errors
    /// When it cannot be noted or excused; then nothing has changed.
    fn register(
        &self,
        _subject: Subject,
        _case: &CaseId,
        _excused: bool,
        _by: &str,
        _why: &str,
    ) -> Result<Vec<Violation>, StepRefusal> {
        Err(StepRefusal::NoCity)
    }

    /// Reads the city data again and takes them up, all or nothing.
    ///
    /// # Errors
    /// When there are none, or the new ones have faults; then the old ones stay.
    fn reload_city(&self) -> Result<Vec<Difference>, ReloadRefusal> {
        Err(ReloadRefusal::NoCity)
    }

    /// Where those of the cases stand at the dispatch centre whose life has begun.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn standings(&self, _ids: &[CaseId]) -> Result<Vec<Standing>, BackendError> {
        Ok(Vec::new())
    }

    /// How many open cases each camera has of each kind.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn open_counts(&self) -> Result<Vec<OpenCount>, BackendError> {
        Ok(Vec::new())
    }

    /// The city data that hold now; none if there are none.
    fn city(&self) -> Option<Arc<CityData>> {
        None
    }

    /// Every camera's name and place, in the operator's order.
    fn places(&self) -> Vec<CameraPlaceReport> {
        Vec::new()
    }

    /// How the page is to show things.
    fn display(&self) -> Display {
        Display::default()
    }

    /// What has moved lately.
    fn progress(&self) -> Progress;

    /// What times are held against.
    fn budget(&self) -> Budget {
        Budget::default()
    }
}

/// How large a camera's picture is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureSize {
    /// As the camera took it.
    Whole,
    /// For a tile: a few hundred pixels wide.
    Small,
}

/// A camera's picture, as JPEG.
#[derive(Clone, Debug)]
pub struct CameraPicture {
    pub jpeg: Arc<[u8]>,
    pub captured_at: Timestamp,
}

/// One step in a case's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HistoryStep {
    pub revision: u32,
    pub at: Timestamp,
    pub what: CaseChange,
}

/// What became of cases lately.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseNews {
    /// The number of the last change told of here, to go on from.
    pub last: i64,
    /// Cases as they are now, with what became of them.
    pub changes: Vec<(CaseChange, Case)>,
}

/// Why city data were not taken up.
#[derive(Debug, thiserror::Error)]
pub enum ReloadRefusal {
    #[error("the program runs without city data")]
    NoCity,
    #[error(transparent)]
    Faults(#[from] CityFaults),
}

/// Why a step was not taken; the texts are for whoever asked for it.
#[derive(Debug, thiserror::Error)]
pub enum StepRefusal {
    #[error("the program runs without city data, so cases have no life")]
    NoCity,
    #[error("{0}")]
    Unknown(String),
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Backend(#[from] BackendError),
}

/// The running program could not answer; the text is for its operator and holds no secret.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BackendError(pub String);

/// Which cases are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseQuery {
    pub state: Option<CaseState>,
    pub kind: Option<IncidentKind>,
    pub camera_id: Option<CameraId>,
    pub life: LifeFilter,
    /// Only those whose clock has run out.
    pub overdue: bool,
    /// Only cases filed before this instant: the next page.
    pub filed_before: Option<Timestamp>,
    /// 1 or more.
    pub limit: usize,
}

/// What has moved lately, and what says of itself that it is ill.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Progress {
    pub started_at: Timestamp,
    /// Pictures done with since the start.
    pub looks: u64,
    pub last_look_at: Option<Timestamp>,
    pub open_cases: usize,
    /// Deliveries not acknowledged yet.
    pub deliveries_waiting: usize,
    pub oldest_delivery_at: Option<Timestamp>,
    pub dead_letters: usize,
    /// What a part says of itself, in plain words, as in `the disk of data/ is full`.
    pub problems: Vec<String>,
}
