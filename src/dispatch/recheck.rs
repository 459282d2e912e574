//! The camera looks again: what somebody said is handled and still stands.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use crate::cases::Case;
use crate::cases::CaseId;
use crate::cases::Life;
use crate::cases::Stage;
use crate::cases::Step;
use crate::store::StoreError;
use crate::time::Timestamp;

use super::LifeBook;
use super::LifeBookError;

/// A city handles some thousand cases a day and checks them within the next;
/// beyond this the oldest are left to people.
const CASES_MAX: usize = 20_000;

/// When cases were said to be handled, so that a look need not ask the disk.
/// Read from the store when first asked for.
#[derive(Debug, Default)]
pub(super) struct SaidDone(Mutex<Option<HashMap<CaseId, Timestamp>>>);

impl SaidDone {
    /// Takes in a step that was taken.
    pub(super) fn follow(&self, life: &Life, step: &Step, at: Timestamp) {
        // While nobody has asked there is nothing to keep up with: the store has it.
        let mut cases = self.cases();
        let Some(cases) = cases.as_mut() else { return };
        if !matches!(life.stage(), Stage::Handled | Stage::Checked) {
            cases.remove(life.case_id());
        } else if matches!(step, Step::Handle { .. }) && cases.len() < CASES_MAX {
            cases.insert(life.case_id().clone(), at);
        }
    }

    fn forget(&self, case: &CaseId) {
        if let Some(cases) = self.cases().as_mut() {
            cases.remove(case);
        }
    }

    fn cases(&self) -> MutexGuard<'_, Option<HashMap<CaseId, Timestamp>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LifeBook {
    /// The camera has seen the thing of this case at `case.seen_at`. If that
    /// is later after "handled" than the city's `recheck` the case says so,
    /// once each time it is said to be handled. Returns whether it does now.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn still_stands(&self, case: &Case) -> Result<bool, LifeBookError> {
        let Some(said_at) = self.said_done_at(&case.id)? else { return Ok(false) };
        let city = self.city();
        if case.seen_at <= city.calendar.due(said_at, city.centre.rules.recheck) {
            return Ok(false);
        }
        self.mark(case, &Step::SeeStill)?;
        self.said_done.forget(&case.id);
        Ok(true)
    }

    fn said_done_at(&self, id: &CaseId) -> Result<Option<Timestamp>, StoreError> {
        let mut cases = self.said_done.cases();
        if let Some(cases) = cases.as_ref() {
            return Ok(cases.get(id).copied());
        }
        let stored = self.store.handled_cases(CASES_MAX)?;
        let known = cases.insert(stored.into_iter().collect());
        Ok(known.get(id).copied())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use crate::cases::Actor;
    use crate::cases::sample;
    use crate::city::PersonId;
    use crate::city::sample::example;
    use crate::ingest::CameraId;
    use crate::store::STORE_FILE;
    use crate::store::Store;
    use crate::time::Clock;

    use super::*;

    fn handled(book: &LifeBook, case: &Case) {
        let by = Actor::Person("wang".to_owned());
        let step = Step::Handle { outcome: None };
        book.take(&case.id, &step, &by, None).unwrap();
    }

    #[test]
    fn the_camera_contradicts_the_handler_each_time_and_not_before_the_recheck() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&folder.path().join(STORE_FILE)).unwrap());
        let (clock, hand) = Clock::simulated(sample::second(400));
        let book = LifeBook::new(Arc::clone(&store), example(), clock.clone());
        let mut case = sample::case(1);
        case.camera_id = Some(CameraId::new("cam-002").unwrap());
        store.file_case(&case, &[]).unwrap();
        book.begin(&case).unwrap();
        let by = Actor::Person("wang".to_owned());
        let to = PersonId::new("dongguan-08-enforcement").unwrap();
        for step in [Step::Dispatch { to }, Step::Accept] {
            book.take(&case.id, &step, &by, None).unwrap();
        }
        let mut seen = |book: &LifeBook, s: i64| {
            case.seen_at = sample::second(s);
            hand.set(sample::second(s));
            book.still_stands(&case).unwrap()
        };
        assert!(!seen(&book, 500), "nobody said that it is handled");
        hand.set(sample::second(600));
        let one = sample::case(1);
        handled(&book, &one);
        assert!(!seen(&book, 900), "the crew has five minutes to clear the place");
        // The program is started again: what was said is in the store.
        let again = LifeBook::new(Arc::clone(&store), example(), clock);
        assert!(seen(&again, 901));
        assert!(!seen(&again, 930), "once is enough");
        let report = again.report(&one.id).unwrap().unwrap();
        assert_eq!(report.still_seen_at, Some(sample::second(901)));
        assert_eq!(report.stage, Stage::Handled);
        again.take(&one.id, &Step::Return, &by, Some("still there")).unwrap();
        handled(&again, &one);
        assert_eq!(again.report(&one.id).unwrap().unwrap().still_seen_at, None);
        let later = 930 + 301;
        assert!(seen(&again, later), "and each time it is said again");
        hand.advance(Duration::from_secs(60));
        again.mark(&one, &Step::Clear).unwrap();
        let report = again.report(&one.id).unwrap().unwrap();
        assert!(report.cleared_at.is_some() && report.still_seen_at.is_none());
    }
}
