//! What each report means for the cases: a new one, news of one, or nothing worth writing.

use std::collections::HashMap;
use std::sync::Arc;

use crate::cases::Case;
use crate::cases::CaseChange;
use crate::cases::CaseId;
use crate::cases::CaseState;
use crate::cases::EvidenceContext;
use crate::cases::EvidenceError;
use crate::cases::EvidenceFolder;
use crate::cases::Filing;
use crate::cases::LookTimes;
use crate::cases::Picture;
use crate::cases::Step;
use crate::cases::record_stage;
use crate::ingest::CameraId;
use crate::rules::Incident;
use crate::store::Filed;
use crate::store::Placed;
use crate::store::SinkId;
use crate::store::Store;
use crate::store::StoreError;
use crate::time::Clock;
use crate::time::Timestamp;

use super::DeskSettings;
use super::LifeBook;
use super::silence::Held;

/// So many open cases are kept in memory; beyond that they are read again.
const KNOWN_MAX: usize = 4_096;

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum LedgerError {
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LedgerError {
    /// Whether the same report may be written later.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Evidence(EvidenceError::Json { .. } | EvidenceError::Encode { .. }) => false,
            Self::Evidence(_) => true,
            Self::Store(error) => error.may_pass(),
        }
    }
}

/// What writing a report has done.
#[derive(Debug, PartialEq)]
pub(super) enum Written {
    /// The outbox has news of this case.
    News(Box<Case>),
    /// Nobody needs to hear of it.
    Quiet,
}

pub(super) struct Ledger {
    pub(super) store: Arc<Store>,
    pub(super) evidence: Arc<EvidenceFolder>,
    pub(super) sinks: Vec<SinkId>,
    /// Those of the sinks that hear what becomes of a case.
    followers: Vec<SinkId>,
    pub(super) clock: Clock,
    pub(super) settings: DeskSettings,
    pub(super) lives: Option<Arc<LifeBook>>,
    pub(super) known: HashMap<CaseId, Known>,
    /// What is not filed, as long as it may still be.
    pub(super) held: HashMap<CaseId, Held>,
}

/// An open case, newer than the store's in what is no news.
pub(super) struct Known {
    pub(super) case: Case,
    pub(super) stored_at: Timestamp,
    pub(super) told_at: Timestamp,
}

impl Ledger {
    pub(super) fn new(
        store: Arc<Store>,
        evidence: Arc<EvidenceFolder>,
        sinks: Vec<SinkId>,
        clock: Clock,
        settings: DeskSettings,
    ) -> Self {
        let filed_only = &settings.filed_only;
        let followers = sinks.iter().filter(|sink| !filed_only.contains(sink)).cloned().collect();
        let (lives, known, held) = (None, HashMap::new(), HashMap::new());
        Self { store, evidence, sinks, followers, clock, settings, lives, known, held }
    }

    pub(super) fn with_lives(self, lives: Option<Arc<LifeBook>>) -> Self {
        Self { lives, ..self }
    }

    /// A proved incident: a new case, or after a restart one that is there.
    pub(super) fn file(
        &mut self,
        camera: &CameraId,
        incident: &Incident,
        times: LookTimes,
        pictures: &[Picture],
        context: &EvidenceContext,
    ) -> Result<Written, LedgerError> {
        if self.known(&CaseId::of(camera, incident))?.is_some() {
            return self.update(camera, incident, pictures);
        }
        let mut case = self.case_of(camera, incident, times);
        if self.silenced(&case, pictures, context)? {
            return Ok(Written::Quiet);
        }
        let written = self.evidence.write(&case, pictures, Some(context), case.filed_at)?;
        case.add_evidence(written);
        let filed_at = self.clock.now();
        case.filed_at = filed_at;
        case.latency.filed_at = filed_at;
        let placed = self.place(case)?;
        record_stage("file", self.clock.now().since(times.decided_at));
        Ok(self.filed(placed, filed_at))
    }

    /// The case as it would be filed now.
    pub(super) fn case_of(&self, camera: &CameraId, incident: &Incident, times: LookTimes) -> Case {
        let (filed_at, budget) = (self.clock.now(), self.settings.budget);
        let mut case = Case::new(&Filing { camera_id: camera, incident, times, filed_at, budget });
        case.place = self.lives.as_ref().and_then(|lives| lives.place_of(camera));
        case
    }

    fn place(&self, case: Case) -> Result<Placed, StoreError> {
        if let Some(lives) = &self.lives {
            return lives.file(&case, &self.sinks, &self.followers);
        }
        Ok(match self.store.file_case(&case, &self.sinks)? {
            Filed::New => Placed::New(Box::new(case)),
            Filed::AlreadyThere => Placed::AlreadyThere,
        })
    }

    fn filed(&mut self, placed: Placed, at: Timestamp) -> Written {
        match placed {
            Placed::AlreadyThere => Written::Quiet,
            Placed::New(case) => {
                metrics::counter!("xunjie_cases_filed_total", "kind" => case.kind.to_string())
                    .increment(1);
                self.remember((*case).clone(), at, at);
                Written::News(case)
            }
            Placed::Joined { case, first } => {
                metrics::counter!("xunjie_cases_joined_total", "kind" => case.kind.to_string())
                    .increment(1);
                tracing::debug!(case = %case.id, first = %first.id, "one matter, one case");
                self.live(&first, CaseChange::Joined);
                self.remember((*case).clone(), at, at);
                self.remember(*first, at, at);
                Written::News(case)
            }
        }
    }

    /// A filed incident still stands.
    pub(super) fn update(
        &mut self,
        camera: &CameraId,
        incident: &Incident,
        pictures: &[Picture],
    ) -> Result<Written, LedgerError> {
        let id = CaseId::of(camera, incident);
        if self.known(&id)?.is_none() {
            return self.file_if_over(&id, camera, incident, pictures);
        }
        self.again_if_outrun(|ledger| ledger.update_once(&id, incident, pictures))
    }

    fn update_once(
        &mut self,
        id: &CaseId,
        incident: &Incident,
        pictures: &[Picture],
    ) -> Result<Written, LedgerError> {
        let Some(known) = self.known(id)? else { return Ok(Written::Quiet) };
        let (mut case, stored_at, told_at) = (known.case.clone(), known.stored_at, known.told_at);
        let now = self.clock.now();
        if case.cleared_at.is_some_and(|cleared_at| incident.seen_at <= cleared_at) {
            return Ok(Written::Quiet);
        }
        case.see(incident);
        self.look_after(&case);
        let missing = missing_pictures(&case, pictures);
        let joined = case.merged_into.is_some();
        if case.state == CaseState::Cleared {
            case.reopen();
            if joined {
                return self.tell_in_first(case, CaseChange::Reopened, &missing, now);
            }
            self.stands(id, true)?;
            return self.tell(case, CaseChange::Reopened, &missing, now);
        }
        if joined && missing.is_empty() {
            return self.stands_on(case, stored_at, now);
        }
        if joined {
            return self.tell_in_first(case, CaseChange::Evidence, &missing, now);
        }
        if !missing.is_empty() {
            return self.tell(case, CaseChange::Evidence, &missing, now);
        }
        if now.since(told_at) >= self.settings.update_every {
            return self.tell(case, CaseChange::Standing, &[], now);
        }
        if now.since(stored_at) >= self.settings.store_every {
            self.store.refresh_case(&case)?;
            self.remember(case, now, told_at);
        } else {
            self.remember(case, stored_at, told_at);
        }
        Ok(Written::Quiet)
    }

    /// A filed incident is gone.
    pub(super) fn clear(
        &mut self,
        camera: &CameraId,
        incident: &Incident,
        cleared_at: Timestamp,
        pictures: &[Picture],
    ) -> Result<Written, LedgerError> {
        let id = CaseId::of(camera, incident);
        self.held.remove(&id);
        self.again_if_outrun(|ledger| ledger.clear_once(&id, incident, cleared_at, pictures))
    }

    fn clear_once(
        &mut self,
        id: &CaseId,
        incident: &Incident,
        cleared_at: Timestamp,
        pictures: &[Picture],
    ) -> Result<Written, LedgerError> {
        let Some(known) = self.known(id)? else { return Ok(Written::Quiet) };
        if known.case.state == CaseState::Cleared {
            return Ok(Written::Quiet);
        }
        let mut case = known.case.clone();
        case.see(incident);
        let (missing, now) = (missing_pictures(&case, pictures), self.clock.now());
        let joined = case.merged_into.is_some();
        if !joined && self.stands(id, false)? {
            // Another camera of the matter still sees it.
            self.store.refresh_case(&case)?;
            self.remember(case, now, now);
            return Ok(Written::Quiet);
        }
        case.clear(cleared_at);
        let written = if joined {
            self.tell_in_first(case, CaseChange::Cleared, &missing, now)?
        } else {
            self.tell(case, CaseChange::Cleared, &missing, now)?
        };
        self.known.remove(id);
        Ok(written)
    }

    /// Lets go of a cleared case's evidence, telling nobody; returns the bytes freed.
    pub(super) fn let_go(&mut self, mut case: Case) -> Result<u64, LedgerError> {
        let now = self.clock.now();
        self.known.remove(&case.id);
        let freed = self.evidence.let_go(&case, now)?;
        case.lose_evidence(now);
        case.revision += 1;
        self.store.update_case(&case, CaseChange::EvidenceRemoved, now, &[])?;
        Ok(freed)
    }

    /// Writes the next revision, with these pictures, to the store and its outbox.
    pub(super) fn tell(
        &mut self,
        mut case: Case,
        what: CaseChange,
        pictures: &[Picture],
        now: Timestamp,
    ) -> Result<Written, LedgerError> {
        case.revision += 1;
        let written = self.evidence.write(&case, pictures, None, now)?;
        case.add_evidence(written);
        match self.store.update_case(&case, what, now, &self.followers) {
            Ok(revision) => case.revision = revision,
            Err(error) => {
                // The next report reads what really stands in the store.
                self.known.remove(&case.id);
                return Err(error.into());
            }
        }
        self.live(&case, what);
        self.remember(case.clone(), now, now);
        Ok(Written::News(Box::new(case)))
    }

    /// The case's life at the dispatch centre. The case itself is written by
    /// now: a life that could not begin begins later.
    fn live(&self, case: &Case, what: CaseChange) {
        let Some(lives) = &self.lives else { return };
        let done = match what {
            CaseChange::Filed => lives.begin(case),
            CaseChange::Cleared => lives.mark(case, &Step::Clear),
            CaseChange::Reopened | CaseChange::Joined => lives.mark(case, &Step::SeeStill),
            CaseChange::Standing
            | CaseChange::Evidence
            | CaseChange::EvidenceRemoved
            | CaseChange::Life
            | CaseChange::Merged
            | CaseChange::Parted => Ok(()),
        };
        if let Err(error) = done {
            tracing::warn!(case = %case.id, %error, "a case's life is not up to date");
        }
    }

    /// What still stands though somebody said that it is handled. Asked at
    /// every look that is reported, whether or not it is news.
    pub(super) fn look_after(&self, case: &Case) {
        let Some(lives) = &self.lives else { return };
        if let Err(error) = lives.still_stands(case) {
            tracing::warn!(case = %case.id, %error, "a case's life is not up to date");
        }
    }

    pub(super) fn known(&mut self, id: &CaseId) -> Result<Option<&Known>, StoreError> {
        if !self.known.contains_key(id) {
            let Some(case) = self.store.case(id)? else { return Ok(None) };
            let told_at = self.store.last_told(id)?.unwrap_or(case.filed_at);
            self.remember(case, told_at, told_at);
        }
        Ok(self.known.get(id))
    }

    pub(super) fn remember(&mut self, case: Case, stored_at: Timestamp, told_at: Timestamp) {
        if self.known.len() >= KNOWN_MAX && !self.known.contains_key(&case.id) {
            self.known.clear();
        }
        self.known.insert(case.id.clone(), Known { case, stored_at, told_at });
    }
}

/// Those of a role that the case has no picture of.
fn missing_pictures(case: &Case, pictures: &[Picture]) -> Vec<Picture> {
    let has = |role| case.evidence.iter().any(|evidence| evidence.role == role);
    pictures.iter().filter(|picture| !has(picture.role)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::tz::TimeZone;

    use crate::cases::Actor;
    use crate::cases::EvidenceRole;
    use crate::cases::sample;
    use crate::city::sample::example;
    use crate::dispatch::Bell;
    use crate::dispatch::Hearers;
    use crate::dispatch::event::change_of;
    use crate::store::STORE_FILE;
    use crate::time::ClockHand;

    use super::*;

    struct Office {
        ledger: Ledger,
        hand: ClockHand,
        folder: tempfile::TempDir,
    }

    fn office() -> Office {
        let folder = tempfile::tempdir().unwrap();
        let (clock, hand) = Clock::simulated(sample::second(301));
        Office { ledger: ledger_in(&folder, clock), hand, folder }
    }

    fn ledger_in(folder: &tempfile::TempDir, clock: Clock) -> Ledger {
        let store = Arc::new(Store::open(&folder.path().join(STORE_FILE)).unwrap());
        let evidence = Arc::new(EvidenceFolder::new(folder.path(), TimeZone::UTC));
        let sinks = vec![SinkId::new("desk").unwrap()];
        Ledger::new(store, evidence, sinks, clock, DeskSettings::default())
    }

    impl Office {
        fn file(&mut self) -> Written {
            let pictures = [sample::picture(EvidenceRole::A), sample::picture(EvidenceRole::B)];
            let context = EvidenceContext::default();
            let incident = sample::incident(1, 300);
            self.ledger
                .file(&sample::camera(), &incident, sample::times(300), &pictures, &context)
                .unwrap()
        }

        fn stands(&mut self, s: i64, pictures: &[Picture]) -> Written {
            self.hand.set(sample::second(s) + Duration::from_millis(200));
            self.ledger.update(&sample::camera(), &sample::incident(1, s), pictures).unwrap()
        }

        fn clear(&mut self, s: i64) -> Written {
            self.hand.set(sample::second(s));
            let incident = sample::incident(1, s - 60);
            self.ledger.clear(&sample::camera(), &incident, sample::second(s), &[]).unwrap()
        }

        fn stored(&self) -> Case {
            self.ledger
                .store
                .case(&CaseId::of(&sample::camera(), &sample::incident(1, 0)))
                .unwrap()
                .unwrap()
        }
    }

    fn revision(written: &Written) -> Option<u32> {
        match written {
            Written::News(case) => Some(case.revision),
            Written::Quiet => None,
        }
    }

    #[test]
    fn what_still_stands_is_stored_now_and_then_and_told_seldom() {
        let mut office = office();
        assert_eq!(revision(&office.file()), Some(1));
        let news: Vec<(i64, u32)> = (304..=1_600)
            .step_by(4)
            .filter_map(|s| Some((s, revision(&office.stands(s, &[]))?)))
            .collect();
        assert_eq!(news, [(904, 2), (1_504, 3)], "every ten minutes");
        let lag = 1_600.0 - office.stored().dwell_s;
        assert!((0.0..=60.0).contains(&lag), "the store is {lag} s behind");
    }

    #[test]
    fn a_picture_that_comes_later_is_told_at_once_and_only_once() {
        let mut office = office();
        office.file();
        let c = [sample::picture(EvidenceRole::C)];
        assert_eq!(revision(&office.stands(310, &c)), Some(2));
        assert_eq!(revision(&office.stands(314, &c)), None);
        let roles: Vec<_> = office.stored().evidence.iter().map(|one| one.role).collect();
        let all = [EvidenceRole::A, EvidenceRole::B, EvidenceRole::C, EvidenceRole::Crop];
        assert_eq!(roles, all);
    }

    #[test]
    fn an_incident_proved_again_after_a_restart_is_the_same_case() {
        let mut office = office();
        office.file();
        let (clock, hand) = Clock::simulated(sample::second(330));
        office.ledger = ledger_in(&office.folder, clock);
        office.hand = hand;
        assert_eq!(office.file(), Written::Quiet);
        assert_eq!(office.stored().revision, 1);
        assert_eq!(revision(&office.stands(1_000, &[])), Some(2), "and is told of as before");
    }

    #[test]
    fn a_cleared_case_is_told_once_and_reopened_only_by_a_later_sighting() {
        let mut office = office();
        office.file();
        assert_eq!(revision(&office.clear(400)), Some(2));
        assert_eq!(revision(&office.clear(401)), None);
        assert_eq!(revision(&office.stands(350, &[])), None, "late news of the time before");
        assert_eq!(office.stored().state, CaseState::Cleared);
        assert_eq!(revision(&office.stands(420, &[])), Some(3));
        assert_eq!(office.stored().cleared_at, None);
    }

    /// The crew says that it is done; the car stands there until an hour later.
    #[test]
    fn the_camera_says_whether_what_is_handled_is_gone() {
        let mut office = office();
        let (store, clock) = (Arc::clone(&office.ledger.store), office.ledger.clock.clone());
        let lives = Arc::new(LifeBook::new(store, crate::city::sample::example(), clock));
        office.ledger.lives = Some(Arc::clone(&lives));
        office.file();
        let id = office.stored().id;
        let by = crate::cases::Actor::Person("wang".to_owned());
        let to = crate::city::PersonId::new("dongguan-01-enforcement").unwrap();
        let outcome = Some("advised away".to_owned());
        for step in [Step::Dispatch { to }, Step::Accept, Step::Handle { outcome }] {
            lives.take(&id, &step, &by, None).unwrap();
        }
        let life = || lives.report(&id).unwrap().unwrap();
        office.stands(590, &[]);
        assert_eq!(life().still_seen_at, None, "the crew has five minutes");
        office.stands(620, &[]);
        let seen_at = life().still_seen_at.unwrap();
        assert_eq!(seen_at, sample::second(620) + Duration::from_millis(200));
        office.stands(3_900, &[]);
        assert_eq!(life().still_seen_at, Some(seen_at), "once is enough");
        office.hand.set(sample::second(4_200));
        let (incident, gone_at) = (sample::incident(1, 4_100), sample::second(4_190));
        let picture = [sample::picture(EvidenceRole::Cleared)];
        office.ledger.clear(&sample::camera(), &incident, gone_at, &picture).unwrap();
        assert_eq!((life().still_seen_at, life().cleared_at), (None, Some(sample::second(4_200))));
        let roles: Vec<_> = office.stored().evidence.iter().map(|one| one.role).collect();
        assert!(roles.contains(&EvidenceRole::Cleared));
    }

    #[test]
    fn what_the_camera_tells_goes_behind_the_steps_that_people_took() {
        let mut office = office();
        let (store, clock) = (Arc::clone(&office.ledger.store), office.ledger.clock.clone());
        let book = LifeBook::new(Arc::clone(&store), example(), clock);
        let sink = SinkId::new("desk").unwrap();
        let book = Arc::new(book.telling(Hearers::new(vec![sink.clone()], &[], Bell::new(1))));
        office.ledger = office.ledger.with_lives(Some(Arc::clone(&book)));
        office.file();
        let id = office.stored().id;
        let judge = || {
            let by = Actor::Person("wang".to_owned());
            let step = Step::Judge { right: true, reason: None };
            book.take(&id, &step, &by, Some("looked at it")).unwrap();
        };
        judge();
        assert_eq!(revision(&office.stands(310, &[sample::picture(EvidenceRole::C)])), Some(3));
        judge();
        assert_eq!(revision(&office.stands(400, &[])), None, "stored without a word");
        assert_eq!(office.stored().seen_at, sample::second(400));
        assert_eq!(revision(&office.clear(500)), Some(5));

        let mut told = Vec::new();
        while let [news] = &store.due_deliveries(&sink, sample::second(9_999), 9).unwrap()[..] {
            told.push((news.id.revision, change_of(news).to_owned()));
            store.delivered(&news.id, sample::second(9_999), Duration::ZERO).unwrap();
        }
        let words = ["filed", "judged", "updated", "judged", "cleared", "seen_gone"];
        assert_eq!(told, (1..).zip(words.map(str::to_owned)).collect::<Vec<_>>());
        assert_eq!(office.stored().revision, 6);
    }

    #[test]
    fn what_was_never_filed_is_no_news() {
        let mut office = office();
        assert_eq!(office.stands(310, &[]), Written::Quiet);
        assert_eq!(office.clear(400), Written::Quiet);
    }
}
