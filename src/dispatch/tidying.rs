//! Lets go of what is past its time while the desk has nothing else to do, a little at a time.

use std::mem;
use std::time::Duration;

use crate::cases::Measuring;
use crate::time::Timestamp;

use super::ledger::Ledger;
use super::ledger::LedgerError;

/// Evidence may pass its limits for so long.
const EVERY: Duration = Duration::from_secs(600);
/// Each takes some flushes of the disk, for which a report may have to wait.
const CASES_PER_TURN: usize = 4;
const FOLDERS_PER_TURN: usize = 64;
/// One transaction of a few milliseconds.
const DELIVERIES_PER_TURN: usize = 500;

/// Where a round of tidying stands. A round begins with the desk and then every ten minutes.
#[derive(Debug)]
enum Stage {
    Resting,
    /// Evidence that was kept long enough.
    Old,
    Measuring(Measuring),
    /// Evidence beyond the room for it, of which so many bytes are there.
    Full(u64),
    Outbox,
}

/// One round after the other.
#[derive(Debug)]
pub(super) struct Tidying {
    stage: Stage,
    next_at: Timestamp,
    /// Of this round.
    cases: usize,
    bytes_freed: u64,
    fails: bool,
}

impl Tidying {
    pub(super) const fn new() -> Self {
        let next_at = Timestamp::EPOCH;
        Self { stage: Stage::Resting, next_at, cases: 0, bytes_freed: 0, fails: false }
    }

    /// Whether a turn would do anything.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        !matches!(self.stage, Stage::Resting) || now >= self.next_at
    }

    /// Does a little, if anything is due. What fails is left for the next round.
    pub(super) fn take_turn(&mut self, ledger: &mut Ledger) {
        let now = ledger.clock.now();
        if !self.is_due(now) {
            return;
        }
        // Resting until the turn is done: a panic ends the round.
        let stage = mem::replace(&mut self.stage, Stage::Resting);
        if matches!(stage, Stage::Resting) {
            (self.next_at, self.cases, self.bytes_freed) = (now + EVERY, 0, 0);
        }
        match self.after(stage, ledger, now) {
            Ok(stage) => self.stage = stage,
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                if !mem::replace(&mut self.fails, true) {
                    tracing::error!(%error, cause, "what is past its time cannot be let go of");
                }
            }
        }
        if matches!(self.stage, Stage::Resting) && self.cases > 0 {
            let (cases, bytes) = (self.cases, self.bytes_freed);
            tracing::info!(cases, bytes, "evidence past its time was let go of");
        }
    }

    fn after(
        &mut self,
        stage: Stage,
        ledger: &mut Ledger,
        now: Timestamp,
    ) -> Result<Stage, LedgerError> {
        let retention = ledger.settings.retention;
        let kept_since = before(now, retention.keep);
        match stage {
            Stage::Resting | Stage::Old => {
                let (cases, _) = self.let_go(ledger, kept_since, u64::MAX)?;
                let done = cases < CASES_PER_TURN;
                Ok(if done { Stage::Measuring(ledger.evidence.measure()) } else { Stage::Old })
            }
            Stage::Measuring(mut measuring) => Ok(match measuring.go_on(FOLDERS_PER_TURN) {
                Some(bytes) => {
                    show_bytes(bytes);
                    Stage::Full(bytes)
                }
                None => Stage::Measuring(measuring),
            }),
            Stage::Full(bytes) if bytes <= retention.bytes_max => Ok(Stage::Outbox),
            Stage::Full(bytes) => {
                let (cases, freed) = self.let_go(ledger, now, bytes - retention.bytes_max)?;
                let left = bytes.saturating_sub(freed);
                show_bytes(left);
                Ok(if cases == 0 { Stage::Outbox } else { Stage::Full(left) })
            }
            Stage::Outbox => {
                let pruned = ledger.store.prune_delivered(kept_since, DELIVERIES_PER_TURN)?;
                self.fails = false;
                Ok(if pruned < DELIVERIES_PER_TURN { Stage::Resting } else { Stage::Outbox })
            }
        }
    }

    /// Lets go of the evidence of a few cases until so many bytes are free;
    /// returns of how many cases, and how many bytes.
    fn let_go(
        &mut self,
        ledger: &mut Ledger,
        cleared_before: Timestamp,
        bytes_wanted: u64,
    ) -> Result<(usize, u64), LedgerError> {
        let (mut cases, mut freed) = (0, 0);
        for case in ledger.store.cases_to_let_go(cleared_before, CASES_PER_TURN)? {
            if freed >= bytes_wanted {
                break;
            }
            freed += ledger.let_go(case)?;
            cases += 1;
        }
        self.cases += cases;
        self.bytes_freed += freed;
        Ok((cases, freed))
    }
}

fn before(now: Timestamp, length: Duration) -> Timestamp {
    let micros = i64::try_from(length.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(now.as_micros().saturating_sub(micros))
}

fn show_bytes(bytes: u64) {
    metrics::gauge!("xunjie_evidence_bytes").set(bytes as f64);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::tz::TimeZone;

    use crate::cases::Case;
    use crate::cases::CaseId;
    use crate::cases::CaseState;
    use crate::cases::EvidenceContext;
    use crate::cases::EvidenceFolder;
    use crate::cases::EvidenceRole;
    use crate::cases::Retention;
    use crate::cases::sample;
    use crate::cases::verify;
    use crate::dispatch::DeskSettings;
    use crate::store::CaseFilter;
    use crate::store::STORE_FILE;
    use crate::store::SinkId;
    use crate::store::Store;
    use crate::time::Clock;
    use crate::time::ClockHand;

    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    struct Office {
        ledger: Ledger,
        tidying: Tidying,
        hand: ClockHand,
        _folder: tempfile::TempDir,
    }

    impl Office {
        fn new(retention: Retention) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let (clock, hand) = Clock::simulated(sample::second(301));
            let store = Arc::new(Store::open(&folder.path().join(STORE_FILE)).unwrap());
            let evidence = Arc::new(EvidenceFolder::new(folder.path(), TimeZone::UTC));
            let settings = DeskSettings { retention, ..DeskSettings::default() };
            let sinks = vec![SinkId::new("desk").unwrap()];
            let ledger = Ledger::new(store, evidence, sinks, clock, settings);
            Self { ledger, tidying: Tidying::new(), hand, _folder: folder }
        }

        fn file(&mut self, stay: i64) {
            let incident = sample::incident(stay, 300);
            let pictures = [sample::picture(EvidenceRole::A), sample::picture(EvidenceRole::B)];
            let (camera, times) = (sample::camera(), sample::times(300));
            let context = EvidenceContext::default();
            self.ledger.file(&camera, &incident, times, &pictures, &context).unwrap();
        }

        fn clear(&mut self, stay: i64) {
            let (incident, now) = (sample::incident(stay, 300), self.ledger.clock.now());
            self.ledger.clear(&sample::camera(), &incident, now, &[]).unwrap();
        }

        /// A whole round; tells how many turns it took.
        fn tidy(&mut self) -> usize {
            self.hand.advance(EVERY);
            let mut turns = 0;
            while self.tidying.is_due(self.ledger.clock.now()) {
                self.tidying.take_turn(&mut self.ledger);
                turns += 1;
            }
            turns
        }

        fn case(&self, stay: i64) -> Case {
            let id = CaseId::of(&sample::camera(), &sample::incident(stay, 0));
            self.ledger.store.case(&id).unwrap().unwrap()
        }

        fn with_evidence(&self) -> usize {
            let cases = self.ledger.store.cases(&CaseFilter::default()).unwrap();
            cases.iter().filter(|case| !case.evidence.is_empty()).count()
        }
    }

    #[test]
    fn evidence_goes_when_its_case_is_cleared_for_longer_than_it_is_kept() {
        let mut office = Office::new(Retention { keep: 3 * DAY, ..Retention::default() });
        for stay in 1..=11 {
            office.file(stay);
        }
        for stay in 1..=10 {
            office.clear(stay);
        }
        office.tidy();
        assert_eq!(office.with_evidence(), 11);
        office.hand.advance(3 * DAY);
        assert!(office.tidy() >= 3, "no turn takes all of them");
        assert_eq!(office.with_evidence(), 1);
        assert_eq!(office.case(11).evidence_removed_at, None, "it still stands");

        let case = office.case(1);
        assert_eq!((case.state, case.revision), (CaseState::Cleared, 3));
        let removed_at = case.evidence_removed_at.unwrap();
        let verified = verify(&office.ledger.evidence.package_of(&case)).unwrap();
        assert_eq!(verified.let_go_at, Some(removed_at));
        let due = office.ledger.store.delivery_counts().unwrap();
        assert_eq!(due[0].pending, 21, "nobody is told");
    }

    #[test]
    fn the_longest_cleared_go_first_until_the_rest_has_room() {
        let mut office = Office::new(Retention { bytes_max: u64::MAX, ..Retention::default() });
        for stay in 1..=6 {
            office.file(stay);
        }
        for stay in [3, 1, 5, 2, 4] {
            office.clear(stay);
            office.hand.advance(Duration::from_secs(60));
        }
        let measured = |office: &Office| office.ledger.evidence.measure().go_on(1_000).unwrap();
        let all = measured(&office);
        office.ledger.settings.retention.bytes_max = all / 2;
        office.tidy();
        let left: Vec<i64> = (1..=6).filter(|s| !office.case(*s).evidence.is_empty()).collect();
        assert_eq!(left, [4, 6], "what is left of a package makes the fourth go too");
        assert!(measured(&office) <= all / 2);
        office.ledger.settings.retention.bytes_max = 0;
        office.tidy();
        assert_eq!(office.with_evidence(), 1, "what stands there keeps its evidence");
    }

    #[test]
    fn a_case_that_is_reopened_after_its_evidence_went_is_told_of_as_before() {
        let mut office = Office::new(Retention { bytes_max: 0, ..Retention::default() });
        office.file(1);
        office.clear(1);
        office.tidy();
        let later = sample::incident(1, 2_000);
        let c = [sample::picture(EvidenceRole::C)];
        office.ledger.update(&sample::camera(), &later, &c).unwrap();
        let case = office.case(1);
        assert_eq!((case.state, case.revision), (CaseState::Filed, 4));
        assert_eq!(case.evidence.len(), 1);
        verify(&office.ledger.evidence.package_of(&case)).unwrap();
    }

    #[test]
    fn a_round_that_fails_is_tried_again_in_ten_minutes() {
        let mut office = Office::new(Retention { keep: Duration::ZERO, ..Retention::default() });
        office.file(1);
        office.clear(1);
        let package = office.ledger.evidence.package_of(&office.case(1));
        // A folder where the next manifest's draft should be.
        let in_the_way = package.join(".manifest.2.json.part");
        std::fs::create_dir(&in_the_way).unwrap();
        assert_eq!(office.tidy(), 1);
        assert_eq!(office.with_evidence(), 1);
        std::fs::remove_dir(&in_the_way).unwrap();
        office.tidy();
        assert_eq!(office.with_evidence(), 0);
    }
}
