//! Answers what the HTTP face asks of the running machine.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::Weak;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::api::Backend;
use crate::api::BackendError;
use crate::api::CameraBook;
use crate::api::CameraPicture;
use crate::api::CameraPlaceReport;
use crate::api::CameraReport;
use crate::api::CaseNews;
use crate::api::CaseQuery;
use crate::api::Display;
use crate::api::Drawing;
use crate::api::HistoryStep;
use crate::api::PictureSize;
use crate::api::Progress;
use crate::api::ReloadRefusal;
use crate::api::Scene;
use crate::api::StepRefusal;
use crate::api::ZoneRefusal;
use crate::api::ZoneSheet;
use crate::cases::Actor;
use crate::cases::Budget;
use crate::cases::Case;
use crate::cases::CaseId;
use crate::cases::EvidenceFolder;
use crate::cases::Precision;
use crate::cases::Report;
use crate::cases::ReportQuery;
use crate::cases::Step;
use crate::cases::Subject;
use crate::cases::Violation;
use crate::city::CityData;
use crate::city::ClassId;
use crate::city::Difference;
use crate::dispatch::HotSpotReport;
use crate::dispatch::LifeBook;
use crate::dispatch::LifeBookError;
use crate::dispatch::LifeReport;
use crate::dispatch::SinkBook;
use crate::ingest::CameraId;
use crate::ingest::CameraPhase;
use crate::ingest::CameraStatus;
use crate::ingest::Fleet;
use crate::ingest::LookFigures;
use crate::ingest::Schedule;
use crate::store::CaseFilter;
use crate::store::HistoryEntry;
use crate::store::LifeFilter;
use crate::store::OpenCount;
use crate::store::Standing;
use crate::store::Store;
use crate::store::StoreError;
use crate::time::Clock;
use crate::time::Timestamp;

use super::drawing::Zoning;
use super::post::Posts;
use super::post::Station;
use super::roster::Roster;
use super::showing::Showing;

/// The running machine, for those who ask. It keeps nothing from ending.
pub(super) struct Running {
    pub(super) fleet: Weak<Fleet>,
    pub(super) schedule: Arc<Schedule>,
    pub(super) posts: Arc<Posts>,
    pub(super) store: Arc<Store>,
    pub(super) evidence: Arc<EvidenceFolder>,
    pub(super) started_at: Timestamp,
    /// Pictures that somebody asks to see; the workers have decoders of their own.
    pub(super) showing: Mutex<Showing>,
    pub(super) budget: Budget,
    pub(super) roster: Arc<Roster>,
    pub(super) zones: Arc<Zoning>,
    pub(super) display: Display,
    /// Whether a report waits because it cannot be written.
    pub(super) desk_stuck: Arc<AtomicBool>,
    /// The lives of cases; none without city data.
    pub(super) lives: Option<Arc<LifeBook>>,
    pub(super) sinks: Arc<SinkBook>,
    pub(super) clock: Clock,
}

impl Backend for Running {
    fn cameras(&self) -> Vec<CameraReport> {
        let Some(fleet) = self.fleet.upgrade() else { return Vec::new() };
        let statuses = fleet.statuses().into_iter();
        let mut statuses: BTreeMap<_, _> =
            statuses.map(|status| (status.camera_id.clone(), status)).collect();
        let mut looks: BTreeMap<_, _> = self.schedule.looks().into_iter().collect();
        let (stations, added) = (self.posts.all(), self.roster.added());
        let report = |station: &Arc<Station>| {
            let status = statuses.remove(&station.camera)?;
            let looks = looks.remove(&station.camera).unwrap_or_default();
            let added = added.contains(&station.camera);
            Some(CameraReport { added, ..report_of(station, status, &looks) })
        };
        stations.iter().filter_map(report).collect()
    }

    fn scene(&self, id: &CameraId) -> Option<Scene> {
        let station = self.posts.of(id)?;
        let facts = station.facts();
        let captured_at = facts.last.as_ref().map(|keyframe| keyframe.captured_at);
        Some(Scene { captured_at, zones: facts.zones.clone(), stays: facts.stays.clone() })
    }

    fn picture(&self, id: &CameraId, size: PictureSize) -> Option<CameraPicture> {
        let keyframe = self.posts.of(id)?.facts().last.clone()?;
        let mut showing = self.showing.lock().unwrap_or_else(PoisonError::into_inner);
        showing.picture(id, &keyframe, size)
    }

    fn zones(&self, id: &CameraId) -> Option<ZoneSheet> {
        self.posts.of(id).map(|station| self.zones.sheet(&station))
    }

    fn draw_zones(
        &self,
        id: &CameraId,
        text: &str,
        drawing: Drawing,
    ) -> Result<ZoneSheet, ZoneRefusal> {
        let station = self.posts.of(id).ok_or(ZoneRefusal::NoCamera)?;
        self.zones.draw(&station, text, drawing)
    }

    fn undo_zones(&self, id: &CameraId) -> Result<ZoneSheet, ZoneRefusal> {
        let station = self.posts.of(id).ok_or(ZoneRefusal::NoCamera)?;
        self.zones.undo(&station)
    }

    fn camera_book(&self) -> Option<Arc<dyn CameraBook>> {
        Some(Arc::clone(&self.roster) as Arc<dyn CameraBook>)
    }

    fn retry(&self, id: &CameraId) -> bool {
        self.fleet.upgrade().is_some_and(|fleet| fleet.retry_now(id).is_ok())
    }

    fn cases(&self, query: &CaseQuery) -> Result<Vec<Case>, BackendError> {
        let filter = CaseFilter {
            state: query.state,
            kind: query.kind,
            camera_id: query.camera_id.clone(),
            before: query.filed_before,
            life: LifeFilter {
                overdue_at: query.overdue.then(|| self.clock.now()),
                ..query.life.clone()
            },
            limit: Some(query.limit),
            ..CaseFilter::default()
        };
        self.store.cases(&filter).map_err(in_words)
    }

    fn case(&self, id: &CaseId) -> Result<Option<Case>, BackendError> {
        self.store.case(id).map_err(in_words)
    }

    fn history(&self, id: &CaseId) -> Result<Vec<HistoryStep>, BackendError> {
        let step = |entry: HistoryEntry| HistoryStep {
            revision: entry.revision,
            at: entry.at,
            what: entry.what,
        };
        Ok(self.store.history(id).map_err(in_words)?.into_iter().map(step).collect())
    }

    fn news(&self, after: Option<i64>, limit: usize) -> Result<CaseNews, BackendError> {
        let Some(after) = after else {
            let last = self.store.last_change().map_err(in_words)?;
            return Ok(CaseNews { last, changes: Vec::new() });
        };
        let items = self.store.changes_after(after, limit).map_err(in_words)?;
        let last = items.last().map_or(after, |item| item.number);
        Ok(CaseNews {
            last,
            changes: items.into_iter().map(|item| (item.what, item.case)).collect(),
        })
    }

    fn evidence_file(&self, id: &CaseId, name: &str) -> Result<Option<PathBuf>, BackendError> {
        let Some(case) = self.case(id)? else { return Ok(None) };
        let file = self.evidence.package_of(&case).join(name);
        Ok(file.is_file().then_some(file))
    }

    fn public_copy(&self, id: &CaseId, number: usize) -> Result<Option<Vec<u8>>, BackendError> {
        let Some(case) = self.case(id)? else { return Ok(None) };
        self.evidence.public_copy(&case, number).map_err(|error| BackendError(error.to_string()))
    }

    fn life(&self, id: &CaseId) -> Result<Option<LifeReport>, BackendError> {
        let Some(lives) = &self.lives else { return Ok(None) };
        lives.report(id).map_err(|error| BackendError(error.to_string()))
    }

    fn take_step(
        &self,
        id: &CaseId,
        step: &Step,
        by: &Actor,
        why: Option<&str>,
    ) -> Result<LifeReport, StepRefusal> {
        let lives = self.book()?;
        lives.take(id, step, by, why).map_err(refusal)
    }

    fn city_day(&self) -> Option<(Date, TimeZone)> {
        let lives = self.lives.as_ref()?;
        Some((lives.today(), lives.city().calendar.zone().clone()))
    }

    fn report(&self, query: ReportQuery) -> Result<Report, StepRefusal> {
        Ok(self.book()?.city_report(query).map_err(in_words)?)
    }

    fn precision(&self, span: (Timestamp, Timestamp), goal: f64) -> Result<Precision, StepRefusal> {
        Ok(self.book()?.precision(span, goal).map_err(in_words)?)
    }

    fn violations(&self, subject: &Subject) -> Result<Vec<Violation>, StepRefusal> {
        Ok(self.book()?.violations(subject).map_err(in_words)?)
    }

    fn register(
        &self,
        subject: Subject,
        case: &CaseId,
        excused: bool,
        by: &str,
        why: &str,
    ) -> Result<Vec<Violation>, StepRefusal> {
        self.book()?.register(subject, case, excused, by, why).map_err(refusal)
    }

    fn sink_book(&self) -> Option<Arc<SinkBook>> {
        Some(Arc::clone(&self.sinks))
    }

    fn life_book(&self) -> Option<Arc<LifeBook>> {
        self.lives.clone()
    }

    fn hot_spots(&self, class: Option<&ClassId>) -> Result<Vec<HotSpotReport>, BackendError> {
        let Some(lives) = &self.lives else { return Ok(Vec::new()) };
        lives.hot_spots(class).map_err(in_words)
    }

    fn reload_city(&self) -> Result<Vec<Difference>, ReloadRefusal> {
        let lives = self.lives.as_ref().ok_or(ReloadRefusal::NoCity)?;
        Ok(lives.reload_city()?)
    }

    fn standings(&self, ids: &[CaseId]) -> Result<Vec<Standing>, BackendError> {
        self.store.standings(ids).map_err(in_words)
    }

    fn open_counts(&self) -> Result<Vec<OpenCount>, BackendError> {
        self.store.open_counts().map_err(in_words)
    }

    fn city(&self) -> Option<Arc<CityData>> {
        self.lives.as_ref().map(|lives| lives.city())
    }

    fn places(&self) -> Vec<CameraPlaceReport> {
        self.roster.places()
    }

    fn display(&self) -> Display {
        self.display.clone()
    }

    fn budget(&self) -> Budget {
        self.budget
    }

    fn progress(&self) -> Progress {
        let looks = self.schedule.looks().iter().map(|(_, looks)| looks.looks).sum();
        let stations = self.posts.all();
        let last_look_at = stations.iter().filter_map(|station| station.facts().looked_at).max();
        let open_cases = stations.iter().map(|station| station.facts().open_cases).sum();
        let (counts, mut problems) = match self.store.delivery_counts() {
            Ok(counts) => (counts, Vec::new()),
            Err(error) => (Vec::new(), vec![format!("the store cannot be read: {error}")]),
        };
        if self.desk_stuck.load(Ordering::Relaxed) {
            problems
                .push("a report cannot be written: is the disk of the data folder full?".into());
        }
        Progress {
            started_at: self.started_at,
            looks,
            last_look_at,
            open_cases,
            deliveries_waiting: counts.iter().map(|count| count.pending as usize).sum(),
            oldest_delivery_at: counts.iter().filter_map(|count| count.oldest_pending_at).min(),
            dead_letters: counts.iter().map(|count| count.dead as usize).sum(),
            problems,
        }
    }
}

impl Running {
    fn book(&self) -> Result<&LifeBook, StepRefusal> {
        self.lives.as_deref().ok_or(StepRefusal::NoCity)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn refusal(error: LifeBookError) -> StepRefusal {
    match error {
        LifeBookError::Unknown(_) => StepRefusal::Unknown(error.to_string()),
        LifeBookError::Store(_) => BackendError(error.to_string()).into(),
        LifeBookError::NoClass(_)
        | LifeBookError::NoPerson(_)
        | LifeBookError::NotOpen(_)
        | LifeBookError::NoDuty { .. }
        | LifeBookError::ExcusedAlready { .. }
        | LifeBookError::Life(_) => StepRefusal::Refused(error.to_string()),
    }
}

fn report_of(station: &Station, mut status: CameraStatus, looks: &LookFigures) -> CameraReport {
    let facts = station.facts();
    if status.phase == CameraPhase::Live && status.reason.is_empty() {
        status.reason.clone_from(&facts.trouble);
    }
    CameraReport {
        status,
        asked_interval_s: looks.asked_interval_s,
        kept_interval_s: looks.kept_interval_s,
        looks: looks.looks,
        skipped_not_due: looks.skipped_not_due,
        skipped_overload: looks.skipped_overload,
        skipped_still: looks.skipped_still,
        skipped_unchanged: looks.skipped_unchanged,
        last_look_at: facts.looked_at,
        open_cases: facts.open_cases,
        added: false,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn in_words(error: StoreError) -> BackendError {
    BackendError(error.to_string())
}
