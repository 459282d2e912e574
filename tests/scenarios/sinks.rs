//! Each sink hears what it asked for, in order, once it listens.

use std::fs;
use std::sync::atomic::Ordering::SeqCst;

use xunjie::cases::CaseChange;
use xunjie::cases::CaseState;
use xunjie::cases::EvidenceRole;

use crate::picture::car;
use crate::street::KERB;
use crate::street::Plan;
use crate::street::has;
use crate::street::kerb;

#[test]
fn a_sink_that_was_away_for_an_hour_hears_all_in_order_once() {
    let mut street = kerb();
    street.desk.away.store(true, SeqCst);
    street.run_s(20);
    street.park("kerb", car(1, 60));
    street.run_s(80);
    street.wait_for_case("picture C", |case| has(case, EvidenceRole::C));
    street.leave("kerb", car(1, 60));
    street.run_s(3600);
    street.wait_for_case("the end", |case| case.state == CaseState::Cleared);
    assert_eq!(street.desk.all(), []);
    assert!(street.progress().deliveries_waiting >= 3);
    street.desk.away.store(false, SeqCst);
    // Longer than the longest wait between two attempts.
    street.wait("the delivery", |street| {
        street.advance(std::time::Duration::from_secs(10));
        street.progress().deliveries_waiting == 0
    });
    let heard = street.desk.all();
    let news: Vec<_> = heard.iter().map(|heard| heard.what).collect();
    assert_eq!(news.first(), Some(&CaseChange::Filed));
    assert_eq!(news.last(), Some(&CaseChange::Cleared));
    let revisions: Vec<_> = heard.iter().map(|heard| heard.revision).collect();
    assert!(revisions.is_sorted_by(|a, b| a < b), "{revisions:?}");
}

#[test]
fn a_sink_without_updates_hears_only_of_the_filing() {
    let sinks = "[[sink]]\nkind = \"jsonl\"\nid = \"brief\"\npath = \"brief.jsonl\"\nupdates = false\n\
                 [[sink]]\nkind = \"jsonl\"\nid = \"full\"\npath = \"full.jsonl\"\n";
    let mut street = Plan::new().camera("kerb", &[KERB]).more(sinks).open();
    street.run_s(20);
    street.park("kerb", car(1, 60));
    street.run_s(80);
    street.leave("kerb", car(1, 60));
    street.run_s(30);
    street.wait_for_case("the end", |case| case.state == CaseState::Cleared);
    street.wait("the deliveries", |street| street.progress().deliveries_waiting == 0);
    let folder = street.data().parent().unwrap().to_owned();
    let lines = |name: &str| fs::read_to_string(folder.join(name)).unwrap().lines().count();
    assert_eq!((lines("brief.jsonl"), lines("full.jsonl")), (1, 3));
}
