//! What becomes of a case that joined an earlier one: it is written down like
//! any other, and told of in that one.

use crate::cases::Case;
use crate::cases::CaseChange;
use crate::cases::CaseId;
use crate::cases::CaseState;
use crate::cases::Picture;
use crate::store::StoreError;
use crate::time::Timestamp;

use super::ledger::Ledger;
use super::ledger::LedgerError;
use super::ledger::Written;

/// A person merges a case into a case that was merged seldom more than once.
const CHAIN_MAX: usize = 16;

impl Ledger {
    /// Writes the next revision of a case that sinks do not hear of, and tells
    /// in the first of its matter what there is to tell.
    pub(super) fn tell_in_first(
        &mut self,
        mut case: Case,
        what: CaseChange,
        pictures: &[Picture],
        now: Timestamp,
    ) -> Result<Written, LedgerError> {
        case.revision += 1;
        let written = self.evidence.write(&case, pictures, None, now)?;
        case.add_evidence(written);
        case.revision = self.store.update_case(&case, what, now, &[])?;
        let gone = what == CaseChange::Cleared && !self.stands(&case.id, false)?;
        if what == CaseChange::Reopened {
            self.stands(&case.id, true)?;
        }
        self.remember(case.clone(), now, now);
        let told = match self.follow(&case, gone, now) {
            // This case is written by now: only the first is to be read again.
            Err(LedgerError::Store(StoreError::Revision { .. })) => {
                self.follow(&case, gone, now)?
            }
            told => told?,
        };
        // The overlays to draw are of the pictures that came.
        Ok(if told { Written::News(Box::new(case)) } else { Written::Quiet })
    }

    /// The first of the matter takes in what a later case has seen; tells whether that is news.
    fn follow(&mut self, later: &Case, gone: bool, now: Timestamp) -> Result<bool, LedgerError> {
        let Some((mut first, stored_at, told_at)) = self.first_of(later)? else {
            return Ok(false);
        };
        let pictures = first.follow(later);
        if later.state == CaseState::Filed {
            self.look_after(&first);
        }
        let what = match (first.state, later.state) {
            (CaseState::Filed, CaseState::Cleared) if gone => {
                first.clear(later.cleared_at.unwrap_or(now));
                CaseChange::Cleared
            }
            (CaseState::Cleared, CaseState::Filed) => {
                first.reopen();
                CaseChange::Reopened
            }
            _ if pictures => CaseChange::Evidence,
            _ if now.since(told_at) >= self.settings.update_every => CaseChange::Standing,
            _ => {
                self.remember(first, stored_at, told_at);
                return Ok(false);
            }
        };
        self.tell(first, what, &[], now)?;
        Ok(true)
    }

    /// The case in which this one is told of; what it joined may itself have
    /// been merged by a person since.
    fn first_of(
        &mut self,
        later: &Case,
    ) -> Result<Option<(Case, Timestamp, Timestamp)>, StoreError> {
        let mut next = later.merged_into.clone();
        for _ in 0..CHAIN_MAX {
            let Some(id) = next.take() else { return Ok(None) };
            let Some(known) = self.known(&id)? else { return Ok(None) };
            next.clone_from(&known.case.merged_into);
            if next.is_none() {
                return Ok(Some((known.case.clone(), known.stored_at, known.told_at)));
            }
        }
        Ok(None)
    }

    /// A case that joined another still stands.
    pub(super) fn stands_on(
        &mut self,
        case: Case,
        stored_at: Timestamp,
        now: Timestamp,
    ) -> Result<Written, LedgerError> {
        if now.since(stored_at) < self.settings.store_every {
            self.remember(case, stored_at, now);
            return Ok(Written::Quiet);
        }
        self.store.refresh_case(&case)?;
        self.remember(case.clone(), now, now);
        let told = self.follow(&case, false, now)?;
        Ok(if told { Written::News(Box::new(case)) } else { Written::Quiet })
    }

    /// Notes whether this case's own thing stands; tells whether any of its matter does.
    pub(super) fn stands(&self, id: &CaseId, stands: bool) -> Result<bool, StoreError> {
        if self.lives.is_none() {
            return Ok(stands);
        }
        let state = self.store.note_standing(id, stands)?;
        Ok(state.map_or(stands, |state| state.stands))
    }

    /// Does what `work` says, and once more where the store turned out to know
    /// more of a case than the ledger: somebody has joined or split it since.
    pub(super) fn again_if_outrun(
        &mut self,
        mut work: impl FnMut(&mut Self) -> Result<Written, LedgerError>,
    ) -> Result<Written, LedgerError> {
        match work(self) {
            Err(LedgerError::Store(StoreError::Revision { case, .. })) => {
                self.known.remove(&case);
                work(self)
            }
            done => done,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::tz::TimeZone;

    use crate::cases::Actor;
    use crate::cases::EvidenceContext;
    use crate::cases::EvidenceFolder;
    use crate::cases::EvidenceRole;
    use crate::cases::Stage;
    use crate::cases::Step;
    use crate::cases::sample;
    use crate::city::sample::small;
    use crate::dispatch::Bell;
    use crate::dispatch::DeskSettings;
    use crate::dispatch::Hearers;
    use crate::dispatch::LifeBook;
    use crate::ingest::CameraId;
    use crate::rules::Incident;
    use crate::rules::IncidentKind;
    use crate::runtime::Shutdown;
    use crate::runtime::Worker;
    use crate::store::STORE_FILE;
    use crate::store::SilencedBy;
    use crate::store::SinkId;
    use crate::store::Store;
    use crate::time::Clock;
    use crate::time::ClockHand;

    use super::*;

    const CLASSES: &str = "[[class]]\nid = \"illegal_parking\"\nname = \"Parking\"\n\
        role = \"sweeper\"\nlimit = \"2 urgent hours\"\n";
    /// k2 is some 30 m east of k1, far some 300 m.
    const CAMERAS: &str = "id,name,lon,lat\nk1,Kerb,113.605,34.705\n\
        k2,Corner,113.60533,34.705\nfar,Far,113.6083,34.705\n";

    struct Office {
        ledger: Ledger,
        book: Arc<LifeBook>,
        store: Arc<Store>,
        hand: ClockHand,
        _folder: tempfile::TempDir,
    }

    fn office() -> Office {
        office_of(&format!("{CLASSES}\n"))
    }

    fn office_of(classes: &str) -> Office {
        office_with(&[("classes.toml", classes)])
    }

    fn office_with(files: &[(&str, &str)]) -> Office {
        let folder = tempfile::tempdir().unwrap();
        let (clock, hand) = Clock::simulated(sample::second(301));
        let store = Arc::new(Store::open(&folder.path().join(STORE_FILE)).unwrap());
        let usual = [("classes.toml", CLASSES), ("cameras.csv", CAMERAS)];
        let city = small(&[&usual, files].concat()).unwrap();
        let sinks = vec![SinkId::new("desk").unwrap()];
        let hearers = Hearers::new(sinks.clone(), &[], Bell::new(1));
        let book = LifeBook::new(Arc::clone(&store), city, clock.clone()).telling(hearers);
        let book = Arc::new(book);
        let evidence = Arc::new(EvidenceFolder::new(folder.path(), TimeZone::UTC));
        let settings = DeskSettings::default();
        let ledger = Ledger::new(Arc::clone(&store), evidence, sinks, clock, settings)
            .with_lives(Some(Arc::clone(&book)));
        Office { ledger, book, store, hand, _folder: folder }
    }

    fn camera(id: &str) -> CameraId {
        CameraId::new(id).unwrap()
    }

    /// A car that came 300 s before `s`.
    fn incident(stay: i64, s: i64) -> Incident {
        let incident = sample::incident(stay, s);
        Incident { began_at: sample::second(s - 300), ..incident }
    }

    impl Office {
        fn file(&mut self, by: &str, stay: i64, s: i64) -> Case {
            self.hand.set(sample::second(s + 1));
            let pictures = [sample::picture(EvidenceRole::A), sample::picture(EvidenceRole::B)];
            let (by, context) = (camera(by), EvidenceContext::default());
            let incident = incident(stay, s);
            self.ledger.file(&by, &incident, sample::times(s), &pictures, &context).unwrap();
            self.case(&CaseId::of(&by, &incident))
        }

        fn stands(&mut self, by: &str, stay: i64, s: i64, pictures: &[Picture]) {
            self.hand.set(sample::second(s + 1));
            self.ledger.update(&camera(by), &incident(stay, s), pictures).unwrap();
        }

        fn clear(&mut self, by: &str, stay: i64, s: i64) {
            self.hand.set(sample::second(s + 1));
            let gone_at = sample::second(s);
            self.ledger.clear(&camera(by), &incident(stay, s - 60), gone_at, &[]).unwrap();
        }

        fn case(&self, id: &CaseId) -> Case {
            self.store.case(id).unwrap().unwrap()
        }

        fn stage(&self, case: &Case) -> Stage {
            self.book.report(&case.id).unwrap().unwrap().stage
        }

        fn take(&self, case: &Case, step: &Step) -> Result<(), crate::dispatch::LifeBookError> {
            let wang = Actor::Person("wang".to_owned());
            self.book.take(&case.id, step, &wang, Some("because")).map(drop)
        }

        fn close(&self, case: &Case) {
            let to = self.book.report(&case.id).unwrap().unwrap().route.unwrap().person;
            let handle = Step::Handle { outcome: None };
            for step in [Step::Dispatch { to }, Step::Accept, handle, Step::Check, Step::Close] {
                self.take(case, &step).unwrap();
            }
        }

        /// What the sink has heard of the cases themselves, in order: case and what is new.
        fn heard(&self) -> Vec<(CaseId, CaseChange)> {
            let desk = SinkId::new("desk").unwrap();
            let mut heard = Vec::new();
            loop {
                let due = self.store.due_deliveries(&desk, sample::second(10_000_000), 50).unwrap();
                if due.is_empty() {
                    return heard;
                }
                for delivery in due {
                    let at = sample::second(10_000_000);
                    self.store.delivered(&delivery.id, at, std::time::Duration::MAX).unwrap();
                    if delivery.what != CaseChange::Life {
                        heard.push((delivery.id.case_id, delivery.what));
                    }
                }
            }
        }
    }

    #[test]
    fn what_two_cameras_see_is_one_case() {
        let mut office = office();
        let first = office.file("k1", 1, 300);
        let later = office.file("k2", 2, 330);
        assert_eq!(later.merged_into, Some(first.id.clone()));
        assert_eq!(office.stage(&later), Stage::Merged);
        let told = office.case(&first.id);
        assert_eq!(told.joined[0].evidence, later.evidence);
        assert_eq!(told.joined[0].camera_id, Some(camera("k2")));
        let heard = [(first.id.clone(), CaseChange::Filed), (first.id, CaseChange::Joined)];
        assert_eq!(office.heard(), heard);
        office.store.integrity_check().unwrap();
    }

    #[test]
    fn what_is_further_off_or_later_or_of_another_class_is_another_case() {
        let mut office = office();
        office.file("k1", 1, 300);
        assert_eq!(office.file("far", 2, 330).merged_into, None);
        let day = 24 * 3600;
        assert_eq!(office.file("k2", 3, 302 + day).merged_into, None);
        let mut office = office_of(&format!("{CLASSES}join_m = 20\n"));
        office.file("k1", 1, 300);
        assert_eq!(office.file("k2", 2, 330).merged_into, None, "the class's own metres");
        let mut office = office_of(&format!("{CLASSES}join_hours = 0\n"));
        office.file("k1", 1, 300);
        assert_eq!(office.file("k2", 2, 330).merged_into, None, "the class's own hours");
    }

    #[test]
    fn what_one_camera_sees_standing_at_once_are_several_things() {
        let mut office = office();
        let (one, two) = (office.file("k1", 1, 300), office.file("k1", 2, 310));
        assert_eq!((&one.merged_into, &two.merged_into), (&None, &None));
        let (a, b, c) =
            (office.file("k2", 3, 320), office.file("k2", 4, 330), office.file("k2", 5, 340));
        let mut joined = vec![a.merged_into.unwrap(), b.merged_into.unwrap()];
        joined.sort();
        let mut expected = vec![one.id, two.id];
        expected.sort();
        assert_eq!(joined, expected, "each of one camera's with one of the other's");
        assert_eq!(c.merged_into, None);
    }

    #[test]
    fn what_comes_back_before_its_case_is_closed_joins_it_and_afterwards_links_it() {
        let mut office = office();
        let first = office.file("k1", 1, 300);
        office.clear("k1", 1, 400);
        let again = office.file("k1", 2, 1_000);
        assert_eq!(again.merged_into, Some(first.id.clone()));
        assert_eq!(office.case(&first.id).cleared_at, None, "it stands there again");
        office.close(&first);
        let later = office.file("k1", 3, 2_000);
        assert_eq!(later.merged_into, None);
        let recurs = later.recurs.unwrap();
        assert_eq!((recurs.case_id, recurs.count, recurs.days), (first.id, 2, 30));
    }

    #[test]
    fn three_at_one_place_within_a_month_are_a_hot_spot() {
        let mut office = office();
        let mut filed = Vec::new();
        for (by, stay) in [("k1", 1), ("k2", 2), ("k1", 3), ("far", 4)] {
            let case = office.file(by, stay, 1_000 * stay);
            office.clear(by, stay, 1_000 * stay + 100);
            office.close(&case);
            filed.push(case);
        }
        let spots: Vec<_> = filed.iter().map(|case| case.hot_spot).collect();
        assert_eq!(spots, [None, None, Some(1), None]);
        let found = office.book.hot_spots(None).unwrap();
        assert_eq!(found.len(), 1);
        let ids: Vec<_> = filed[..3].iter().rev().map(|case| case.id.clone()).collect();
        assert_eq!((found[0].hot, found[0].spot.count, &found[0].spot.cases), (true, 3, &ids));
        assert_eq!(found[0].spot.since, filed[2].filed_at);
        assert_eq!(found[0].grid.as_ref().unwrap().as_str(), "west");
        office.hand.advance(std::time::Duration::from_secs(31 * 24 * 3600));
        assert_eq!(office.book.hot_spots(None).unwrap(), []);
    }

    #[test]
    fn a_matter_is_gone_when_no_camera_sees_it_any_more() {
        let mut office = office();
        let first = office.file("k1", 1, 300);
        let later = office.file("k2", 2, 330);
        office.clear("k1", 1, 400);
        assert_eq!(office.case(&first.id).cleared_at, None, "k2 still sees it");
        office.clear("k2", 2, 500);
        assert_eq!(office.case(&later.id).cleared_at, Some(sample::second(500)));
        assert_eq!(office.case(&first.id).cleared_at, Some(sample::second(500)));
        office.stands("k2", 2, 560, &[]);
        assert_eq!(office.case(&first.id).cleared_at, None);
        let what: Vec<_> = office.heard().into_iter().map(|(_, what)| what).collect();
        let expected =
            [CaseChange::Filed, CaseChange::Joined, CaseChange::Cleared, CaseChange::Reopened];
        assert_eq!(what, expected);
    }

    #[test]
    fn later_pictures_of_what_joined_are_told_in_the_first() {
        let mut office = office();
        let first = office.file("k1", 1, 300);
        office.file("k2", 2, 330);
        office.stands("k2", 2, 340, &[sample::picture(EvidenceRole::C)]);
        let joined = &office.case(&first.id).joined[0];
        assert!(joined.evidence.iter().any(|one| one.role == EvidenceRole::C));
        assert!(office.heard().iter().all(|(id, _)| *id == first.id));
    }

    #[test]
    fn what_was_joined_by_mistake_is_split_off_and_filed() {
        let mut office = office();
        let first = office.file("k1", 1, 300);
        let later = office.file("k2", 2, 330);
        office.heard();
        office.take(&later, &Step::Split).unwrap();
        assert_eq!(office.stage(&later), Stage::Filed);
        assert_eq!(office.case(&later.id).merged_into, None);
        assert_eq!(office.case(&first.id).joined, []);
        let mut heard = office.heard();
        heard.sort_by_key(|(_, what)| what.name());
        let expected =
            [(later.id.clone(), CaseChange::Filed), (first.id.clone(), CaseChange::Parted)];
        assert_eq!(heard, expected);
        // The desk has not heard of it: what it knows is of before.
        office.stands("k2", 2, 1_000, &[sample::picture(EvidenceRole::C)]);
        let heard = office.heard();
        assert_eq!(heard, [(later.id, CaseChange::Evidence)]);
        assert!(office.take(&first, &Step::Split).is_err());
    }

    #[test]
    fn a_person_merges_two_cases_and_every_sink_follower_hears_of_both() {
        let mut office = office();
        let first = office.file("k1", 1, 300);
        let other = office.file("far", 2, 330);
        office.heard();
        office.take(&other, &Step::Merge { into: first.id.clone() }).unwrap();
        let mut heard = office.heard();
        heard.sort_by_key(|(_, what)| what.name());
        let expected =
            [(first.id.clone(), CaseChange::Joined), (other.id.clone(), CaseChange::Merged)];
        assert_eq!(heard, expected);
        let into_merged = Step::Merge { into: other.id.clone() };
        let error = office.take(&first, &into_merged).unwrap_err();
        assert!(error.to_string().contains("is not open"), "{error}");
        assert_eq!(office.stage(&first), Stage::Filed, "nothing is written by halves");
        office.take(&other, &Step::Split).unwrap();
        assert_eq!(office.heard().len(), 2);
        assert_eq!(office.case(&other.id).merged_into, None);
    }

    #[test]
    fn a_quiet_area_keeps_a_case_back_until_its_hours_are_over() {
        let area = "[[quiet_area]]\nid = \"fair\"\nreason = \"fair\"\napproved_by = \"Jiang\"\n\
            polygon = [[113.604, 34.704], [113.606, 34.704], [113.606, 34.706], [113.604, 34.706]]\n\
            from = 2026-05-01\nuntil = 2026-05-01\nhours = [\"daily 08:00-09:00\"]\n";
        let mut office = office_with(&[("quiet_areas.toml", area)]);
        let pictures = [sample::picture(EvidenceRole::A), sample::picture(EvidenceRole::B)];
        let (by, context) = (camera("k1"), EvidenceContext::default());
        let silent = incident(1, 300);
        office.ledger.file(&by, &silent, sample::times(300), &pictures, &context).unwrap();
        office.stands("k1", 1, 1_000, &[]);
        assert_eq!(office.heard(), []);
        let kept = office.book.silenced(None, 10).unwrap();
        assert_eq!((kept.len(), kept[0].silence.id.as_str(), kept[0].filed_at), (1, "fair", None));
        // Beyond the area nothing is kept back.
        assert_eq!(office.file("far", 2, 1_010).merged_into, None);
        office.stands("k1", 1, 3_700, &[]);
        let filed = office.case(&CaseId::of(&by, &silent));
        assert!(filed.evidence.len() >= 2, "with the pictures of its proof: {filed:?}");
        assert!(office.book.silenced(None, 10).unwrap()[0].filed_at.is_some());
        assert_eq!(office.heard().len(), 2);
    }

    #[test]
    fn stalls_are_filed_only_beyond_the_permitted_hours() {
        let classes = format!("{CLASSES}{}", CLASSES.replace("illegal_parking", "street_vending"));
        let point = "id,name,lon,lat,radius_m,hours\n\
            stalls,Breakfast,113.605,34.705,30,\"daily 05:30-08:30\"\n";
        let mut office = office_with(&[("classes.toml", &classes), ("vending_points.csv", point)]);
        let stall = |stay, s| Incident { kind: IncidentKind::StreetVending, ..incident(stay, s) };
        let (by, context) = (camera("k1"), EvidenceContext::default());
        office.ledger.file(&by, &stall(1, 300), sample::times(300), &[], &context).unwrap();
        // A car is parked wrongly there all the same, and a stall farther off is not permitted.
        office.file("k1", 2, 310);
        let far = camera("far");
        office.ledger.file(&far, &stall(3, 320), sample::times(320), &[], &context).unwrap();
        assert_eq!(office.heard().len(), 2);
        let kept = office.book.silenced(None, 10).unwrap();
        let reason = (kept[0].silence.by, kept[0].silence.id.as_str());
        assert_eq!((kept.len(), reason), (1, (SilencedBy::VendingPoint, "stalls")));
        // 08:29:59 and 08:31 by the city's clock.
        for (s, heard) in [(1_798, 0), (1_860, 1)] {
            office.hand.set(sample::second(s + 1));
            office.ledger.update(&by, &stall(1, s), &[]).unwrap();
            assert_eq!(office.heard().len(), heard, "{s}");
        }
    }

    #[test]
    fn what_is_gone_before_the_reason_is_over_is_never_filed() {
        let point = "[[duty]]\nid = \"flood\"\nname = \"Flood\"\ncameras = [\"far\"]\n\
            [[duty]]\nid = \"normal\"\nname = \"Order\"\n";
        let mut office = office_with(&[("duties.toml", point)]);
        let (by, context) = (camera("k1"), EvidenceContext::default());
        office.ledger.file(&by, &incident(1, 300), sample::times(300), &[], &context).unwrap();
        office.clear("k1", 1, 400);
        office.book.switch_duty("normal", "li").unwrap();
        assert_eq!(office.heard(), []);
        assert_eq!(office.book.silenced(None, 10).unwrap()[0].filed_at, None);
        let older = office.book.silenced(Some(sample::second(300)), 10).unwrap();
        assert_eq!(older, [], "a page ends where the next begins");
    }

    #[test]
    fn the_duty_in_force_says_who_looks_for_what_and_how_often() {
        let duties = "[[duty]]\nid = \"normal\"\nname = \"Order\"\n\
            [[duty]]\nid = \"flood\"\nname = \"Flood\"\ncameras = [\"far\"]\ninterval_s = 2\n";
        let mut office = office_with(&[("duties.toml", duties)]);
        assert_eq!(office.book.duty().duty.as_deref(), Some("normal"));
        assert_eq!(office.book.duty_interval(&camera("far")), None);
        let error = office.book.switch_duty("snow", "li").unwrap_err();
        assert!(error.to_string().contains("normal, flood"), "{error}");
        office.book.switch_duty("flood", "li").unwrap();
        let two_s = std::time::Duration::from_secs(2);
        assert_eq!(office.book.duty_interval(&camera("far")), Some(two_s));
        assert_eq!(office.book.duty_interval(&camera("k1")), None);
        office.file("far", 1, 300);
        let context = EvidenceContext::default();
        let other = incident(2, 310);
        office.ledger.file(&camera("k1"), &other, sample::times(310), &[], &context).unwrap();
        assert_eq!(office.heard().len(), 1);
        assert_eq!(office.book.silenced(None, 10).unwrap()[0].silence.id, "flood");
        // Another program switches back, as `xunjie city duty` does.
        office.store.switch_duty("normal", "wang", sample::second(320)).unwrap();
        office.book.take_up_duty().unwrap();
        office.stands("k1", 2, 330, &[]);
        assert_eq!(office.heard().len(), 1, "what still stands is filed now");
    }

    #[test]
    fn of_cameras_that_file_at_once_one_is_first() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&folder.path().join(STORE_FILE)).unwrap());
        let line = |n: u8| format!("c{n},C,{},34.705", 113.605 + f64::from(n) * 0.00005);
        let cameras =
            format!("id,name,lon,lat\n{}\n", (0..8).map(line).collect::<Vec<_>>().join("\n"));
        let city = small(&[("classes.toml", CLASSES), ("cameras.csv", &cameras)]).unwrap();
        let (clock, _hand) = Clock::simulated(sample::second(400));
        let book = Arc::new(LifeBook::new(Arc::clone(&store), city, clock));
        let (_guard, end) = Shutdown::pair();
        let workers: Vec<Worker> = (0..8)
            .map(|n| {
                let (book, mut case) = (Arc::clone(&book), sample::case(n + 1));
                let by = camera(&format!("c{n}"));
                case.place = book.place_of(&by);
                case.camera_id = Some(by);
                let file = move || drop(book.file(&case, &[], &[]).unwrap());
                Worker::start(format!("file-{n}"), end.clone(), file).unwrap()
            })
            .collect();
        drop(workers);
        let cases = store.cases(&crate::store::CaseFilter::default()).unwrap();
        let firsts: Vec<_> = cases.iter().filter(|case| case.merged_into.is_none()).collect();
        assert_eq!((cases.len(), firsts.len()), (8, 1));
        assert_eq!(firsts[0].joined.len(), 7);
        store.integrity_check().unwrap();
    }
}
