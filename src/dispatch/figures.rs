//! What the book of lives can tell of many cases: reports, how often cases
//! are right, and the register of first violations.

use std::time::Duration;

use jiff::civil::Date;

use crate::cases::CaseId;
use crate::cases::Precision;
use crate::cases::Report;
use crate::cases::ReportQuery;
use crate::cases::Reporter;
use crate::cases::Subject;
use crate::cases::Violation;
use crate::store::StoreError;
use crate::time::Timestamp;

use super::LifeBook;
use super::LifeBookError;

const DAY: Duration = Duration::from_secs(24 * 3600);

impl LifeBook {
    /// Today in the city.
    #[must_use]
    pub fn today(&self) -> Date {
        self.clock.now().zoned(self.city().calendar.zone()).date()
    }

    /// Counts the cases that were found in the days of the question. It reads
    /// every case of them, so it takes a fraction of a second.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn city_report(&self, query: ReportQuery) -> Result<Report, StoreError> {
        let city = self.city();
        let mut reporter = Reporter::new(&city, query, self.clock.now());
        self.store.each_digest(reporter.span(), |digest| reporter.add(digest))?;
        Ok(reporter.finish())
    }

    /// How often the cases found in this span were right, as far as people
    /// have judged them, held against `goal`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn precision(
        &self,
        span: (Timestamp, Timestamp),
        goal: f64,
    ) -> Result<Precision, StoreError> {
        Ok(Precision::of(&self.store.verdict_counts(span)?, goal))
    }

    /// What is registered of a plate or a shop, the newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn violations(&self, subject: &Subject) -> Result<Vec<Violation>, StoreError> {
        self.store.violations(subject)
    }

    /// Notes a violation of a case, and whether it is excused as the first.
    /// Returns what is now registered of the subject.
    ///
    /// # Errors
    /// When the case is unknown, or the subject was excused for its class
    /// before, within the city's days; then nothing is written.
    pub fn register(
        &self,
        subject: Subject,
        case: &CaseId,
        excused: bool,
        by: &str,
        why: &str,
    ) -> Result<Vec<Violation>, LifeBookError> {
        let known = self.store.life(case)?;
        let (_, keys) = known.ok_or_else(|| LifeBookError::Unknown(case.clone()))?;
        let at = self.clock.now();
        let again_after = at - DAY * u32::from(self.city().centre.rules.excuse_again_days);
        let violation = Violation {
            subject,
            case_id: case.clone(),
            class: keys.class,
            at,
            by: by.to_owned(),
            excused,
            why: why.to_owned(),
        };
        if let Some(before) = self.store.register(&violation, again_after)? {
            let Violation { class, at, case_id, .. } = before;
            return Err(LifeBookError::ExcusedAlready { class, at, case: case_id });
        }
        Ok(self.store.violations(&violation.subject)?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::cases::Actor;
    use crate::cases::Case;
    use crate::cases::Course;
    use crate::cases::FalseReason;
    use crate::cases::PUBLISHED_PRECISION;
    use crate::cases::ReportBy;
    use crate::cases::Step;
    use crate::cases::sample;
    use crate::city::PersonId;
    use crate::city::sample::example;
    use crate::store::STORE_FILE;
    use crate::store::Store;
    use crate::time::Clock;

    use super::*;

    const ALL: (Timestamp, Timestamp) = (Timestamp::EPOCH, Timestamp::from_micros(i64::MAX));

    fn book(cases: i64) -> (LifeBook, Vec<Case>, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&folder.path().join(STORE_FILE)).unwrap());
        let (clock, _hand) = Clock::simulated(sample::second(1_000));
        let book = LifeBook::new(Arc::clone(&store), example(), clock);
        let cases: Vec<_> = (1..=cases).map(sample::case).collect();
        for case in &cases {
            store.file_case(case, &[]).unwrap();
            book.begin(case).unwrap();
        }
        (book, cases, folder)
    }

    fn wang() -> Actor {
        Actor::Person("wang".to_owned())
    }

    #[test]
    fn what_is_counted_agrees_with_the_history_after_every_step() {
        let (book, cases, _folder) = book(1);
        let to = PersonId::new("dongguan-08-enforcement").unwrap();
        let steps = [
            Step::Dispatch { to },
            Step::Accept,
            Step::Handle { outcome: Some("towed".to_owned()) },
            Step::Return,
            Step::Handle { outcome: None },
            Step::Check,
            Step::Close,
            Step::Judge { right: false, reason: Some(FalseReason::Queue) },
            Step::Judge { right: true, reason: None },
        ];
        for step in steps {
            let why = step.needs_why().then_some("because");
            book.take(&cases[0].id, &step, &wang(), why).unwrap();
            let (life, keys) = book.store.life(&cases[0].id).unwrap().unwrap();
            let mut digests = Vec::new();
            book.store.each_digest(ALL, |digest| digests.push(digest.clone())).unwrap();
            assert_eq!(digests.len(), 1);
            assert_eq!(digests[0].course, Course::of(&life), "{step}");
            assert_eq!((digests[0].due, &digests[0].grid), (keys.due, &keys.grid));
        }
    }

    #[test]
    fn a_changed_verdict_counts_once_and_as_the_last_one() {
        let (book, cases, _folder) = book(3);
        let judge = |case: &Case, right, reason| {
            book.take(&case.id, &Step::Judge { right, reason }, &wang(), None).unwrap()
        };
        judge(&cases[0], true, None);
        let life = judge(&cases[0], false, Some(FalseReason::Queue));
        assert_eq!(life.stage, crate::cases::Stage::Rejected);
        judge(&cases[1], true, None);
        let precision = book.precision(ALL, PUBLISHED_PRECISION).unwrap();
        assert_eq!((precision.all.share.right, precision.all.share.judged), (1, 2));
        assert_eq!(precision.all.commonest_reason, Some(FalseReason::Queue));
        assert_eq!(precision.zones[0].id, "pole-17/kerb");
        let rejected = book.take(&cases[2].id, &Step::Reject, &wang(), Some("no car")).unwrap();
        let last = rejected.entries.last().unwrap();
        assert_eq!(last.step, Some(Step::Judge { right: false, reason: None }));
    }

    #[test]
    fn what_was_excused_is_counted_in_the_report_and_again_only_after_the_citys_days() {
        let (book, cases, _folder) = book(2);
        let plate = || Subject::plate("豫A12345").unwrap();
        book.register(plate(), &cases[0].id, true, "wang", "moved at once").unwrap();
        let error = book.register(plate(), &cases[1].id, true, "wang", "again").unwrap_err();
        assert!(matches!(error, LifeBookError::ExcusedAlready { .. }), "{error}");
        assert_eq!(book.register(plate(), &cases[1].id, false, "wang", "fined").unwrap().len(), 2);
        let unknown = CaseId::parse(&"9".repeat(32)).unwrap();
        let error = book.register(plate(), &unknown, true, "wang", "no case").unwrap_err();
        assert!(matches!(error, LifeBookError::Unknown(_)), "{error}");
        book.take(&cases[0].id, &Step::Judge { right: true, reason: None }, &wang(), None).unwrap();
        let query = ReportQuery::new(None, None, ReportBy::Class, book.today()).unwrap();
        let report = book.city_report(query).unwrap();
        assert_eq!((report.total.found, report.total.excused), (2, 1), "steps after it keep it");
    }
}
