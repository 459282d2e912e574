//! Keeps the life of each case by the city's rules: begins it, takes the steps
//! that people and cameras ask for, and tells the grid's head what is late.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;

use serde::Serialize;
use utoipa::ToSchema;

use crate::cases::Actor;
use crate::cases::Case;
use crate::cases::CaseId;
use crate::cases::Clocks;
use crate::cases::FalseReason;
use crate::cases::Life;
use crate::cases::LifeEntry;
use crate::cases::LifeError;
use crate::cases::Stage;
use crate::cases::Step;
use crate::cases::StepRequest;
use crate::city::CityData;
use crate::city::CityFaults;
use crate::city::Class;
use crate::city::ClassId;
use crate::city::Difference;
use crate::city::GridId;
use crate::city::Located;
use crate::city::PersonId;
use crate::city::Reached;
use crate::city::UnitId;
use crate::store::Filed;
use crate::store::LifeAddition;
use crate::store::LifeKeys;
use crate::store::Store;
use crate::store::StoreError;
use crate::time::Clock;
use crate::time::Timestamp;

use super::Hearers;
use super::duty::DutyInForce;
use super::matters::count_begun;
use super::matters::finder_of;
use super::recheck::SaidDone;

/// Another step may come between reading and writing; a person does not try more often either.
const TRIES_MAX: u32 = 3;

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LifeBookError {
    #[error("no case {0}, or none whose life has begun")]
    Unknown(CaseId),
    #[error("the city's catalogue has no class {0}")]
    NoClass(String),
    #[error("case {0} is not open, so nothing can be merged into it")]
    NotOpen(CaseId),
    #[error("the city has no duty {asked:?}; there are {}", known.join(", "))]
    NoDuty { asked: String, known: Vec<String> },
    #[error("the city has no person {0}")]
    NoPerson(PersonId),
    #[error("excused already for {class} at {at}, in case {case}")]
    ExcusedAlready { class: ClassId, at: Timestamp, case: CaseId },
    #[error(transparent)]
    Life(#[from] LifeError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where a case stands, for people and programs.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LifeReport {
    pub case_id: CaseId,
    pub class: ClassId,
    pub grid: Option<GridId>,
    pub stage: Stage,
    /// By when the stage is to end; none at an end, and while the clock is stopped.
    pub due: Option<Timestamp>,
    pub overdue: bool,
    pub suspended_until: Option<Timestamp>,
    pub extensions: u8,
    /// Who was sent.
    pub handler: Option<PersonId>,
    /// Who is to deal with it now; none at an end, or without a grid.
    pub route: Option<RouteReport>,
    /// Since when the camera sees it gone.
    pub cleared_at: Option<Timestamp>,
    /// When the camera saw it though it was said to be handled or gone.
    pub still_seen_at: Option<Timestamp>,
    pub merged_into: Option<CaseId>,
    /// Whether a person said that it was right to file it.
    pub right: Option<bool>,
    /// Why it was not.
    pub false_reason: Option<FalseReason>,
    pub entries: Vec<LifeEntry>,
}

/// Whom a case goes to, and why to this person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RouteReport {
    pub person: PersonId,
    pub unit: Option<UnitId>,
    pub because: &'static str,
}

/// The lives of all cases. Shared by reference; its calls wait for the disk.
#[derive(Debug)]
pub struct LifeBook {
    pub(super) store: Arc<Store>,
    city: RwLock<Arc<CityData>>,
    pub(super) clock: Clock,
    pub(super) hearers: Hearers,
    /// Cases that somebody said are handled, and that the camera has not spoken of since.
    pub(super) said_done: SaidDone,
    pub(super) duty: RwLock<Arc<DutyInForce>>,
}

impl LifeBook {
    /// A book that nobody hears of.
    #[must_use]
    pub fn new(store: Arc<Store>, city: CityData, clock: Clock) -> Self {
        let duty = RwLock::new(Arc::new(DutyInForce::of(&city, None)));
        let (city, said_done) = (RwLock::new(Arc::new(city)), SaidDone::default());
        Self { store, city, clock, hearers: Hearers::none(), said_done, duty }
    }

    /// Each step is news for those who hear what becomes of a case.
    #[must_use]
    pub fn telling(self, hearers: Hearers) -> Self {
        Self { hearers, ..self }
    }

    /// The city data that hold now.
    #[must_use]
    pub fn city(&self) -> Arc<CityData> {
        Arc::clone(&self.city.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the city's folder again and takes it up, all or nothing. Steps
    /// from now on follow it; deadlines that are set stay. Tells what is different.
    ///
    /// # Errors
    /// When the folder has faults: then the city data stay as they were.
    pub fn reload_city(&self) -> Result<Vec<Difference>, CityFaults> {
        let old = self.city();
        let new = old.reload()?;
        let differences = old.difference(&new);
        *self.city.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        if let Err(error) = self.take_up_duty() {
            tracing::warn!(%error, "the duty is as it was");
        }
        for Difference { file, added, removed, changed } in &differences {
            let (added, removed, changed) = (added.count, removed.count, changed.count);
            tracing::info!(file, added, removed, changed, "city data taken up");
        }
        Ok(differences)
    }

    /// The city's folder as it is now, without taking it up: what is different, and what is remarkable.
    ///
    /// # Errors
    /// When the folder has faults.
    pub fn check_city(&self) -> Result<(Vec<Difference>, Vec<String>), CityFaults> {
        let old = self.city();
        let new = old.reload()?;
        Ok((old.difference(&new), new.remarks))
    }

    /// Begins the life of a filed case: found when it was proved, then filed,
    /// or put up for review where the class asks for it.
    ///
    /// # Errors
    /// When the catalogue lacks its class, or the disk fails.
    pub fn begin(&self, case: &Case) -> Result<(), LifeBookError> {
        let city = self.city();
        let class = class_of(&city, case.kind.name())?;
        let (life, keys) = self.life_of(&city, class, case)?;
        // That it was filed, those who hear of cases know by now.
        let untold = class.review && case.merged_into.is_none();
        let hearers = if untold { &self.hearers.followers[..] } else { &[] };
        if self.store.begin_life(&life, &keys, hearers)? == Filed::New {
            self.hearers.bell.ring();
            count_begun(life.stage().name());
        }
        Ok(())
    }

    /// Begins the lives of cases that have none: filed before there were any,
    /// or while the disk failed. Returns how many.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn begin_missing(&self) -> Result<usize, LifeBookError> {
        let mut begun = 0;
        loop {
            let (cases, before) = (self.store.cases_without_life()?, begun);
            for case in &cases {
                match self.begin(case) {
                    Ok(()) => begun += 1,
                    Err(error @ LifeBookError::Store(_)) => return Err(error),
                    Err(error) => tracing::debug!(case = %case.id, %error, "a case has no life"),
                }
            }
            // Those that cannot begin are found again each time.
            if begun == before {
                self.note_places()?;
                return Ok(begun);
            }
        }
    }

    /// Takes a step now.
    ///
    /// # Errors
    /// When the case is unknown or the step cannot be taken; then nothing is written.
    pub fn take(
        &self,
        id: &CaseId,
        step: &Step,
        by: &Actor,
        why: Option<&str>,
    ) -> Result<LifeReport, LifeBookError> {
        let step = &step.as_written();
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_take(id, step, by, why) {
                Err(LifeBookError::Store(StoreError::Revision { .. })) if tries < TRIES_MAX => {}
                taken => return taken,
            }
        }
    }

    fn try_take(
        &self,
        id: &CaseId,
        step: &Step,
        by: &Actor,
        why: Option<&str>,
    ) -> Result<LifeReport, LifeBookError> {
        let city = self.city();
        let (mut life, mut keys) =
            self.store.life(id)?.ok_or_else(|| LifeBookError::Unknown(id.clone()))?;
        let clocks = Clocks::of(&city, class_of(&city, keys.class.as_str())?);
        if let Step::Dispatch { to } | Step::Reassign { to } = step
            && !city.people.iter().any(|person| person.id == *to)
        {
            return Err(LifeBookError::NoPerson(to.clone()));
        }
        let known = life.entries().len();
        // The machine's clock may have been set back since the last step.
        let last = life.entries().last().map_or(Timestamp::EPOCH, |entry| entry.at);
        let now = self.clock.now().max(last);
        let why = why.map(str::to_owned);
        life.take(StepRequest { step: step.clone(), by: by.clone(), at: now, why }, &clocks)?;
        keys.due = due_if_untouched(&life, &clocks, now);
        let starts_anew =
            matches!(step, Step::Dispatch { .. } | Step::Extend | Step::Return | Step::Split);
        keys.escalated = keys.escalated && !starts_anew;
        let addition = LifeAddition { life: &life, known, keys: &keys, at: now };
        self.write_step(step, &addition)?;
        self.said_done.follow(&life, step, now);
        metrics::counter!("xunjie_life_steps_total", "step" => step.name()).increment(1);
        Ok(report(&city, &life, &keys, now))
    }

    /// What the camera sees of a case: gone, or still there though it was
    /// said to be handled or gone. What says nothing new is no fault.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn mark(&self, case: &Case, mark: &Step) -> Result<(), LifeBookError> {
        let by = finder_of(case);
        match self.take(&case.id, mark, &by, None) {
            Err(error @ LifeBookError::Store(_)) => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Where the case stands; none if its life has not begun.
    ///
    /// # Errors
    /// When the store cannot be read, or the catalogue has lost its class.
    pub fn report(&self, id: &CaseId) -> Result<Option<LifeReport>, LifeBookError> {
        let Some((life, keys)) = self.store.life(id)? else { return Ok(None) };
        Ok(Some(report(&self.city(), &life, &keys, self.clock.now())))
    }

    /// Hands what is late to the heads of the grids, once each. Returns how many.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn escalate(&self) -> Result<usize, LifeBookError> {
        let mut escalated = 0;
        for id in self.store.lives_to_escalate(self.clock.now())? {
            match self.escalate_one(&id) {
                Ok(told) => escalated += usize::from(told),
                Err(error @ LifeBookError::Store(_)) => return Err(error),
                Err(error) => tracing::warn!(case = %id, %error, "a late case finds no head"),
            }
        }
        if escalated > 0 {
            metrics::counter!("xunjie_lives_escalated_total").increment(escalated as u64);
        }
        Ok(escalated)
    }

    /// False for a suspended case, which has time.
    fn escalate_one(&self, id: &CaseId) -> Result<bool, LifeBookError> {
        let (life, keys) =
            self.store.life(id)?.ok_or_else(|| LifeBookError::Unknown(id.clone()))?;
        if life.suspension(self.clock.now()).is_some() {
            return Ok(false);
        }
        let city = self.city();
        let head = keys.grid.as_ref().and_then(|grid| city.person_in(grid, &city.centre.head));
        if let Some(head) = head.filter(|head| life.handler() != Some(&head.id)) {
            let step = Step::Reassign { to: head.id.clone() };
            self.take(id, &step, &Actor::Program, Some("its clock has run out"))?;
        }
        // Read again: the step has been added, and perhaps somebody else's.
        let (life, keys) =
            self.store.life(id)?.ok_or_else(|| LifeBookError::Unknown(id.clone()))?;
        let told = LifeKeys { escalated: true, ..keys };
        self.store.add_to_life(&life, life.entries().len(), &told, &[])?;
        Ok(true)
    }
}

pub(super) fn class_of<'a>(city: &'a CityData, name: &str) -> Result<&'a Class, LifeBookError> {
    let class = ClassId::new(name).ok().and_then(|id| city.class(&id));
    class.ok_or_else(|| LifeBookError::NoClass(name.to_owned()))
}

/// When the clock runs out if nothing is done: that of a suspended case goes on by itself.
pub(super) fn due_if_untouched(
    life: &Life,
    clocks: &Clocks<'_>,
    now: Timestamp,
) -> Option<Timestamp> {
    let goes_on_at = life.suspension(now).map_or(now, |suspension| suspension.until);
    life.due(goes_on_at, clocks)
}

fn report(city: &CityData, life: &Life, keys: &LifeKeys, now: Timestamp) -> LifeReport {
    let suspended_until = life.suspension(now).map(|suspension| suspension.until);
    let due = if suspended_until.is_some() && keys.due.is_some_and(|due| now <= due) {
        None
    } else {
        keys.due
    };
    let grid = keys.grid.as_ref().filter(|_| !life.stage().is_end());
    // Only who is on the case can be late with it; before that the dispatcher is.
    let handling = due.filter(|_| life.stage().is_with_handler());
    let route = grid.and_then(|grid| {
        let route = city.route(&keys.class, (grid, Located::Within), handling, now)?;
        let because = match route.reached {
            Reached::Specialist => "the class's role in the grid",
            Reached::HeadForWant => "nobody has the role in the grid",
            Reached::HeadForDelay => "the clock has run out",
        };
        let unit = route.unit.map(|unit| unit.id.clone());
        Some(RouteReport { person: route.person.id.clone(), unit, because })
    });
    LifeReport {
        case_id: life.case_id().clone(),
        class: keys.class.clone(),
        grid: keys.grid.clone(),
        stage: life.stage(),
        due,
        overdue: due.is_some_and(|due| due < now),
        suspended_until,
        extensions: life.extensions(),
        handler: life.handler().cloned(),
        route,
        cleared_at: life.cleared_at(),
        still_seen_at: life.still_seen_at(),
        merged_into: life.merged_into().cloned(),
        right: life.verdict().map(|verdict| verdict.right),
        false_reason: life.verdict().and_then(|verdict| verdict.reason),
        entries: life.entries().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::cases::CaseChange;
    use crate::cases::sample;
    use crate::city::sample::example;
    use crate::dispatch::Bell;
    use crate::ingest::CameraId;
    use crate::store::CaseFilter;
    use crate::store::Delivery;
    use crate::store::LifeFilter;
    use crate::store::STORE_FILE;
    use crate::store::SinkId;
    use crate::time::ClockHand;

    use super::*;

    struct Desk {
        book: LifeBook,
        store: Arc<Store>,
        case: Case,
        hand: ClockHand,
        _folder: tempfile::TempDir,
    }

    fn centre() -> SinkId {
        SinkId::new("centre").unwrap()
    }

    /// A parked car before cam-002, filed on Friday, 1 May 2026 — a holiday.
    fn desk() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&folder.path().join(STORE_FILE)).unwrap());
        let mut case = sample::case(1);
        case.camera_id = Some(CameraId::new("cam-002").unwrap());
        store.file_case(&case, &[]).unwrap();
        let (clock, hand) = Clock::simulated(case.filed_at);
        let book = LifeBook::new(Arc::clone(&store), example(), clock);
        let book = book.telling(Hearers::new(vec![centre()], &[], Bell::new(1)));
        Desk { book, store, case, hand, _folder: folder }
    }

    impl Desk {
        #[expect(clippy::needless_pass_by_value, reason = "steps are written where they are taken")]
        fn take(&self, step: Step) -> LifeReport {
            let why = step.needs_why().then_some("because");
            self.book.take(&self.case.id, &step, &Actor::Person("wang".to_owned()), why).unwrap()
        }

        fn listed(&self, life: LifeFilter) -> usize {
            self.store.cases(&CaseFilter { life, ..CaseFilter::default() }).unwrap().len()
        }

        fn send(&self) -> PersonId {
            self.book.begin(&self.case).unwrap();
            let report = self.book.report(&self.case.id).unwrap().unwrap();
            let to = report.route.unwrap().person;
            self.take(Step::Dispatch { to: to.clone() });
            to
        }

        /// Takes all that waits for the sink, in the order in which it is due.
        fn heard(&self) -> Vec<Delivery> {
            let mut heard = Vec::new();
            let at = self.case.filed_at + Duration::from_secs(1_000_000);
            loop {
                let due = self.store.due_deliveries(&centre(), at, 9).unwrap();
                let [delivery] = &due[..] else { return heard };
                self.store.delivered(&delivery.id, at, Duration::ZERO).unwrap();
                heard.extend(due);
            }
        }
    }

    #[test]
    fn each_step_is_news_in_its_turn_and_says_who_did_what() {
        let mut desk = desk();
        let to = desk.send();
        desk.take(Step::Accept);
        desk.book.mark(&desk.case, &Step::Clear).unwrap();
        desk.book.take(&desk.case.id, &Step::Close, &Actor::Program, None).unwrap_err();
        // The camera has heard of none of it: its news goes behind.
        desk.case.revision = 2;
        let at = desk.case.filed_at;
        let what = CaseChange::Standing;
        assert_eq!(desk.store.update_case(&desk.case, what, at, &[centre()]).unwrap(), 5);
        desk.store.update_case(&desk.case, what, at, &[centre()]).unwrap_err();

        let heard = desk.heard();
        let told: Vec<_> = heard
            .iter()
            .map(|news| (news.id.revision, news.case["life"]["change"].as_str()))
            .collect();
        let words = [Some("dispatched"), Some("accepted"), Some("seen_gone"), None];
        assert_eq!(told, (2..).zip(words).collect::<Vec<_>>());
        let life = &heard[0].case["life"];
        assert_eq!(life["to"], to.as_str());
        assert_eq!(life["grid"], "dongguan-08");
        assert_eq!(life["by"], serde_json::json!({"person": "wang"}));
        assert_eq!(life["stage"], "dispatched");
        assert_eq!(life["number"], 3);
        assert_eq!(heard[0].case["id"], desk.case.id.as_str(), "the case itself stands beside it");
        assert_eq!(desk.store.last_told(&desk.case.id).unwrap(), Some(at), "by the camera");
        desk.store.integrity_check().unwrap();
    }

    #[test]
    fn a_class_that_asks_for_review_is_told_of_at_once_and_another_is_not() {
        let desk = desk();
        desk.book.begin(&desk.case).unwrap();
        assert_eq!(desk.heard(), []);
        let mut city = example();
        for class in &mut city.classes {
            class.review = true;
        }
        *desk.book.city.write().unwrap() = Arc::new(city);
        let other = sample::case(2);
        desk.store.file_case(&other, &[]).unwrap();
        desk.book.begin(&other).unwrap();
        let heard = desk.heard();
        assert_eq!(heard[0].case["life"]["change"], "in_review");
        assert_eq!((heard.len(), heard[0].id.revision), (1, 2));
    }

    #[test]
    fn a_filed_case_is_routed_to_the_role_of_its_grid() {
        let desk = desk();
        assert_eq!(desk.book.begin_missing().unwrap(), 1);
        assert_eq!(desk.book.begin_missing().unwrap(), 0);
        let report = desk.book.report(&desk.case.id).unwrap().unwrap();
        assert_eq!((report.stage, report.entries.len()), (Stage::Filed, 2));
        assert_eq!(report.due, Some(desk.case.filed_at + Duration::from_secs(900)));
        let grid = report.grid.unwrap();
        assert_eq!(grid.as_str(), "dongguan-08");
        let person = report.route.unwrap().person;
        assert_eq!(person.as_str(), format!("{grid}-enforcement"));
    }

    #[test]
    fn what_is_late_goes_to_the_head_once() {
        let desk = desk();
        desk.send();
        desk.hand.advance(Duration::from_secs(2 * 3600));
        assert_eq!(desk.book.escalate().unwrap(), 0, "two urgent hours are not over");
        desk.hand.advance(Duration::from_secs(1));
        assert_eq!(desk.book.escalate().unwrap(), 1);
        assert_eq!(desk.book.escalate().unwrap(), 0);
        let report = desk.book.report(&desk.case.id).unwrap().unwrap();
        assert_eq!(report.handler.unwrap().as_str(), "dongguan-08-head");
        let last = report.entries.last().unwrap();
        assert_eq!(last.why.as_deref(), Some("its clock has run out"));
        assert!(report.overdue);
    }

    #[test]
    fn cases_are_listed_by_stage_grid_class_and_delay() {
        let desk = desk();
        desk.send();
        let all = LifeFilter::default();
        let stage = |stage| LifeFilter { stage: Some(stage), ..all.clone() };
        assert_eq!(desk.listed(stage(Stage::Dispatched)), 1);
        assert_eq!(desk.listed(stage(Stage::Filed)), 0);
        let grid = |grid| LifeFilter { grid: Some(GridId::new(grid).unwrap()), ..all.clone() };
        assert_eq!((desk.listed(grid("dongguan-08")), desk.listed(grid("xihe-01"))), (1, 0));
        let class = |class| LifeFilter { class: Some(ClassId::new(class).unwrap()), ..all.clone() };
        let (own, other) = (class("illegal_parking"), class("garbage_pile"));
        assert_eq!((desk.listed(own), desk.listed(other)), (1, 0));
        let late = |hours: u64| LifeFilter {
            overdue_at: Some(desk.case.filed_at + Duration::from_secs(hours * 3600)),
            ..all.clone()
        };
        assert_eq!((desk.listed(late(1)), desk.listed(late(3))), (0, 1));
    }

    #[test]
    fn a_step_that_cannot_be_taken_leaves_no_trace() {
        let desk = desk();
        desk.send();
        let wang = Actor::Person("wang".to_owned());
        let stranger = PersonId::new("nobody").unwrap();
        let steps = [Step::Close, Step::Return, Step::Reassign { to: stranger }];
        for step in steps {
            assert!(desk.book.take(&desk.case.id, &step, &wang, None).is_err());
        }
        let report = desk.book.report(&desk.case.id).unwrap().unwrap();
        assert_eq!(report.entries.len(), 3);
        let unknown = CaseId::parse(&"9".repeat(32)).unwrap();
        let error = desk.book.take(&unknown, &Step::Accept, &wang, None).unwrap_err();
        assert!(matches!(error, LifeBookError::Unknown(_)));
    }

    #[test]
    fn a_camera_says_what_the_handler_does_not() {
        let desk = desk();
        desk.send();
        desk.take(Step::Accept);
        desk.book.mark(&desk.case, &Step::SeeStill).unwrap();
        desk.take(Step::Handle { outcome: Some("advised away".to_owned()) });
        desk.book.mark(&desk.case, &Step::SeeStill).unwrap();
        let report = desk.book.report(&desk.case.id).unwrap().unwrap();
        assert!(report.still_seen_at.is_some());
        desk.book.mark(&desk.case, &Step::Clear).unwrap();
        desk.book.mark(&desk.case, &Step::Clear).unwrap();
        let report = desk.book.report(&desk.case.id).unwrap().unwrap();
        assert!(report.cleared_at.is_some() && report.still_seen_at.is_none());
        let marks = report.entries.iter().filter(|e| e.step.as_ref().is_some_and(Step::is_mark));
        assert_eq!(marks.count(), 2);
    }

    #[test]
    fn the_clock_of_a_suspended_case_is_stopped_and_goes_on_by_itself() {
        let desk = desk();
        desk.send();
        let until = desk.case.filed_at + Duration::from_secs(24 * 3600);
        let report = desk.take(Step::Suspend { until });
        assert_eq!((report.due, report.suspended_until), (None, Some(until)));
        desk.hand.advance(Duration::from_secs(25 * 3600));
        assert_eq!(desk.book.escalate().unwrap(), 0);
        desk.hand.advance(Duration::from_secs(2 * 3600));
        assert_eq!(desk.book.escalate().unwrap(), 1);
    }

    #[test]
    fn history_can_neither_be_changed_nor_cut() {
        let desk = desk();
        desk.send();
        let (life, keys) = desk.store.life(&desk.case.id).unwrap().unwrap();
        let error = desk.store.add_to_life(&life, 1, &keys, &[]).unwrap_err();
        assert!(matches!(error, StoreError::Revision { stored: 3, .. }), "{error}");
        desk.store.integrity_check().unwrap();
    }
}
