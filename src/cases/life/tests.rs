//! Lives of cases: what they come to, and that no sequence of steps breaks them.

use std::sync::LazyLock;

use jiff::tz::TimeZone;
use proptest::prelude::*;

use crate::cases::CaseId;
use crate::cases::life::step::tests::every_step;
use crate::city::Limit;
use crate::city::PersonId;
use crate::city::StageRules;
use crate::city::WorkCalendar;
use crate::time::Timestamp;

use super::*;

static CALENDAR: LazyLock<WorkCalendar> =
    LazyLock::new(|| WorkCalendar::usual(TimeZone::fixed(jiff::tz::offset(8))));

/// Garbage: four working hours.
fn clocks() -> Clocks<'static> {
    let four_hours = Limit::parse("4 working hours").unwrap();
    Clocks {
        calendar: &CALENDAR,
        rules: StageRules::default(),
        handle: four_hours,
        extend_by: four_hours,
    }
}

/// 2026-05-11 is a Monday.
fn at(local: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-05-{local}:00+08:00")).unwrap()
}

fn id(digit: char) -> CaseId {
    CaseId::parse(&digit.to_string().repeat(32)).unwrap()
}

fn begun() -> Life {
    Life::begin(id('a'), Actor::Program, at("11T09:00"), &clocks())
}

fn li() -> PersonId {
    PersonId::new("li").unwrap()
}

fn request(step: Step, local: &str) -> StepRequest {
    let why = step.needs_why().then(|| "because".to_owned());
    StepRequest { step, by: Actor::Person("wang".to_owned()), at: at(local), why }
}

#[track_caller]
fn take(life: &mut Life, step: Step, local: &str) -> LifeEntry {
    life.take(request(step, local), &clocks()).unwrap();
    life.entries().last().unwrap().clone()
}

#[track_caller]
fn refused(life: &mut Life, step: Step, local: &str) -> String {
    let before = life.clone();
    let error = life.take(request(step, local), &clocks()).unwrap_err();
    assert_eq!(*life, before);
    error.to_string()
}

fn accepted() -> Life {
    let mut life = begun();
    take(&mut life, Step::File, "11T09:00");
    take(&mut life, Step::Dispatch { to: li() }, "11T09:00");
    take(&mut life, Step::Accept, "11T09:10");
    life
}

#[test]
fn a_case_goes_its_whole_way_within_its_clocks() {
    let mut life = begun();
    assert_eq!(life.due(at("11T09:00"), &clocks()), Some(at("11T09:15")));
    assert_eq!(take(&mut life, Step::File, "11T09:10").due, Some(at("11T09:25")));
    let sent = take(&mut life, Step::Dispatch { to: li() }, "11T09:20");
    assert_eq!((sent.due, sent.late), (Some(at("11T15:20")), false));
    assert_eq!(life.handler(), Some(&li()));
    take(&mut life, Step::Accept, "11T10:00");
    let done = take(&mut life, Step::Handle { outcome: Some("cleaned".to_owned()) }, "11T16:00");
    assert!(done.late, "it was due at 15:20");
    take(&mut life, Step::Check, "12T09:00");
    take(&mut life, Step::Close, "12T09:00");
    assert_eq!((life.stage(), life.entries().len()), (Stage::Closed, 7));
    assert_eq!(life.due(at("13T09:00"), &clocks()), None);
}

#[test]
fn a_step_that_cannot_be_taken_names_stage_and_step() {
    let mut life = begun();
    assert_eq!(refused(&mut life, Step::Close, "11T09:00"), "cannot close a case that is found");
    take(&mut life, Step::Reject, "11T09:01");
    let told = refused(&mut life, Step::File, "11T09:02");
    assert_eq!(told, "cannot file a case that is rejected");
    let mut life = accepted();
    let told = refused(&mut life, Step::Merge { into: id('a') }, "11T09:20");
    assert!(told.ends_with("into itself"), "{told}");
    let told = refused(&mut life, Step::Handle { outcome: None }, "11T08:00");
    assert!(told.contains("before its last step"), "{told}");
}

#[test]
fn a_return_needs_a_reason() {
    let mut life = accepted();
    let mut without = request(Step::Return, "11T09:20");
    without.why = Some("  ".to_owned());
    let error = life.take(without, &clocks()).unwrap_err();
    assert_eq!(error, LifeError::WhyMissing { stage: Stage::Accepted, step: "return" });
    let back = take(&mut life, Step::Return, "11T09:20");
    assert_eq!((back.stage, back.due), (Stage::Filed, Some(at("11T09:35"))));
    assert_eq!(life.handler(), None);
}

#[test]
fn work_that_was_not_done_goes_back_with_what_is_left_of_its_clock() {
    let mut life = accepted();
    take(&mut life, Step::Handle { outcome: None }, "11T11:00");
    let back = take(&mut life, Step::Return, "12T08:30");
    assert_eq!((back.stage, back.due), (Stage::Accepted, Some(at("12T10:30"))));
}

#[test]
fn a_suspension_stops_the_clock_and_ends_by_itself() {
    let mut life = accepted();
    take(&mut life, Step::Suspend { until: at("13T08:00") }, "11T10:00");
    assert_eq!(life.due(at("12T10:00"), &clocks()), None);
    assert_eq!(life.suspension(at("12T10:00")).map(|s| s.since), Some(at("11T10:00")));
    let told = refused(&mut life, Step::Handle { outcome: None }, "12T10:00");
    assert!(told.contains("suspended until"), "{told}");
    let mut resumed = life.clone();
    assert_eq!(take(&mut resumed, Step::Resume, "12T08:00").due, Some(at("12T11:00")));
    // Nobody resumed this one: of its four hours three were left.
    assert_eq!(life.due(at("13T09:00"), &clocks()), Some(at("13T11:00")));
    let done = take(&mut life, Step::Handle { outcome: None }, "13T10:00");
    assert!(!done.late);
    let resumption = &life.entries()[life.entries().len() - 2];
    assert_eq!((&resumption.by, resumption.at), (&Actor::Program, at("13T08:00")));
}

#[test]
fn a_suspension_does_not_heal_what_is_late() {
    let mut life = accepted();
    take(&mut life, Step::Suspend { until: at("13T08:00") }, "11T17:00");
    assert!(life.is_overdue(at("12T08:00"), &clocks()));
    assert_eq!(take(&mut life, Step::Resume, "12T08:00").due, Some(at("11T15:00")));
}

#[test]
fn suspensions_last_no_more_than_a_year_together() {
    let mut life = accepted();
    let year = at("11T10:00") + std::time::Duration::from_secs(365 * 24 * 3600);
    take(&mut life, Step::Suspend { until: year }, "11T10:00");
    take(&mut life, Step::Resume, "21T10:00");
    let told = refused(
        &mut life,
        Step::Suspend { until: year + (year.since(at("11T10:00"))) },
        "21T11:00",
    );
    assert!(told.ends_with("355 of 365 are left"), "{told}");
    let told = refused(&mut life, Step::Suspend { until: at("21T11:00") }, "21T11:00");
    assert!(told.contains("not later"), "{told}");
}

#[test]
fn a_case_is_extended_twice_and_not_when_it_is_late() {
    let mut life = accepted();
    assert_eq!(take(&mut life, Step::Extend, "11T10:00").due, Some(at("12T09:00")));
    assert_eq!(take(&mut life, Step::Extend, "11T10:00").due, Some(at("12T15:00")));
    let told = refused(&mut life, Step::Extend, "11T10:00");
    assert_eq!(told, "cannot extend a case that is accepted more than 2 times");
    let told = refused(&mut accepted(), Step::Extend, "11T16:00");
    assert!(told.contains("was due at"), "{told}");
}

#[test]
fn a_camera_says_that_it_is_gone_or_that_it_still_stands() {
    let mut life = accepted();
    let told = refused(&mut life, Step::SeeStill, "11T10:00");
    assert_eq!(told, "cannot see_still a case that is accepted");
    take(&mut life, Step::Clear, "11T10:00");
    assert_eq!(life.cleared_at(), Some(at("11T10:00")));
    take(&mut life, Step::SeeStill, "11T10:05");
    assert_eq!((life.cleared_at(), life.stage()), (None, Stage::Accepted));
    let mut life = accepted();
    take(&mut life, Step::Handle { outcome: None }, "11T10:00");
    take(&mut life, Step::SeeStill, "11T10:05");
    assert_eq!((life.still_seen_at(), life.stage()), (Some(at("11T10:05")), Stage::Handled));
    refused(&mut life, Step::SeeStill, "11T10:06");
}

#[test]
fn a_verdict_can_be_given_after_the_end() {
    let mut life = begun();
    take(&mut life, Step::Reject, "11T09:05");
    assert_eq!(life.verdict(), Some(Verdict { right: false, reason: None }));
    let reason = Some(FalseReason::ShortStop);
    take(&mut life, Step::Judge { right: false, reason }, "12T09:05");
    assert_eq!(life.verdict(), Some(Verdict { right: false, reason }));
    take(&mut life, Step::Judge { right: true, reason: None }, "12T09:06");
    let verdict = Some(Verdict { right: true, reason: None });
    assert_eq!((life.verdict(), life.stage()), (verdict, Stage::Rejected));
    assert_eq!(life.entries().len(), 4, "no word is taken back, the last one counts");
}

#[test]
fn a_false_verdict_ends_an_open_case_and_a_true_one_leaves_it() {
    let mut life = accepted();
    take(&mut life, Step::Judge { right: true, reason: None }, "11T10:00");
    assert_eq!(life.stage(), Stage::Accepted);
    let reason = Some(FalseReason::Queue);
    let told = refused(&mut life, Step::Judge { right: true, reason }, "11T10:00");
    assert!(told.contains("the reason queue"), "{told}");
    let done = take(&mut life, Step::Judge { right: false, reason }, "11T10:01");
    assert_eq!((done.stage, done.why), (Stage::Rejected, None), "the reason says why");
    assert_eq!(life.due(at("12T10:00"), &clocks()), None);
    let mut without = request(Step::Judge { right: false, reason: None }, "11T10:05");
    without.why = None;
    assert!(accepted().take(without, &clocks()).is_err());
}

/// Until verdicts had reasons, a false one left an open case as it was.
#[test]
fn an_older_history_with_a_false_verdict_on_an_open_case_is_read_back() {
    let mut entries = accepted().entries().to_vec();
    let last = entries.last().unwrap().clone();
    let step = Some(Step::Judge { right: false, reason: None });
    entries.push(LifeEntry { number: 5, step, why: Some("plants".to_owned()), ..last });
    let life = Life::replay(id('a'), entries).unwrap();
    assert_eq!((life.verdict().map(|v| v.right), life.stage()), (Some(false), Stage::Accepted));
}

#[test]
fn a_history_that_was_touched_is_not_read_back() {
    let life = accepted();
    let text = serde_json::to_string(&life).unwrap();
    assert_eq!(serde_json::from_str::<Life>(&text).unwrap(), life);
    let mut shorter = life.entries().to_vec();
    shorter.remove(1);
    assert!(Life::replay(id('a'), shorter).is_err());
    let mut leaps = life.entries().to_vec();
    leaps[3].stage = Stage::Closed;
    let told = Life::replay(id('a'), leaps).unwrap_err().to_string();
    assert!(told.starts_with("entry 4 of the history does not follow"), "{told}");
    assert!(Life::replay(id('a'), Vec::new()).is_err());
}

/// Steps at random, each some time after the one before or a little earlier.
fn steps() -> impl Strategy<Value = Vec<(usize, i64, bool)>> {
    let any = (0..every_step().len(), -3_600i64..400_000, prop::bool::weighted(0.9));
    prop::collection::vec(any, 0..60)
}

proptest! {
    #[test]
    fn no_sequence_of_steps_loses_history_or_leaves_the_declared_way(steps in steps()) {
        let mut life = begun();
        let mut now = at("11T09:00");
        for (step, later_s, with_why) in steps {
            now = Timestamp::from_micros(now.as_micros() + later_s * 1_000_000);
            let step = every_step()[step].clone();
            let step = match step {
                Step::Suspend { .. } => Step::Suspend { until: now + std::time::Duration::from_secs(90_000) },
                other => other,
            };
            let why = with_why.then(|| "because".to_owned());
            let before = life.clone();
            let request = StepRequest { step: step.clone(), by: Actor::Program, at: now, why };
            if life.take(request, &clocks()).is_ok() {
                    prop_assert_eq!(life.entries().last().unwrap().step.as_ref(), Some(&step));
                    let (old, new) = life.entries().split_at(before.entries().len());
                    prop_assert_eq!(old, before.entries());
                    prop_assert!((1..=2).contains(&new.len()));
                    let mut stage = before.stage();
                    for entry in new {
                        let to = stage.after(entry.step.as_ref().unwrap());
                        prop_assert_eq!(to, Some(entry.stage));
                        stage = entry.stage;
                    }
                    prop_assert_eq!(stage, life.stage());
            } else {
                prop_assert_eq!(&life, &before);
            }
            let due = life.due(now, &clocks());
            prop_assert!(!life.stage().is_end() || due.is_none());
            let waits = life.suspension(now).is_some();
            prop_assert!(due.is_some() || waits || life.stage().is_end());
            let text = serde_json::to_string(&life).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Life>(&text).unwrap(), &life);
        }
    }
}
