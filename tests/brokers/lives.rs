//! What becomes of a case at the dispatch centre, told through a broker that is killed meanwhile.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use xunjie::cases::Actor;
use xunjie::cases::CaseChange;
use xunjie::cases::Step;
use xunjie::city::CityData;
use xunjie::dispatch::Hearers;
use xunjie::dispatch::LifeBook;
use xunjie::time::Clock;

use super::broker::Broker;
use super::nats;
use super::office::Office;
use super::office::case;
use super::office::id;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_step_in_the_life_of_a_case_is_an_event_in_its_order() {
    let Some(mut server) = Broker::nats("").await else { return };
    let office = Office::open(vec![nats::sink(nats::settings(server.port))]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/city-example");
    let city = CityData::load(&folder).unwrap();
    let book = LifeBook::new(Arc::clone(&office.store), city, Clock::system());
    let book = book.telling(Hearers::new(vec![id("nats")], &[], office.bell()));

    let mut case = case(1);
    office.store.file_case(&case, &[id("nats")]).unwrap();
    book.begin(&case).unwrap();
    let to = book.report(&case.id).unwrap().unwrap().route.unwrap().person;
    let step = |step: Step, why: Option<&str>| {
        book.take(&case.id, &step, &Actor::Person("wang".to_owned()), why).unwrap();
    };
    step(Step::Dispatch { to }, None);
    step(Step::Accept, None);
    office.wait_for_delivered("nats", 2).await;
    server.kill();
    step(Step::Handle { outcome: Some("towed".to_owned()) }, None);
    step(Step::Return, Some("it still stands there"));
    server.start_again().await;
    // The camera, which knows of no step.
    case.revision = 2;
    let (now, what) = (Clock::system().now(), CaseChange::Cleared);
    office.store.update_case(&case, what, now, &[id("nats")]).unwrap();
    book.mark(&case, &Step::Clear).unwrap();
    book.take(&case.id, &Step::Reject, &Actor::Program, Some("an error")).unwrap();
    office.wait_for_delivered("nats", 8).await;

    let kept = nats::kept(server.port).await;
    let events: Vec<Value> =
        kept.iter().map(|one| serde_json::from_slice(&one.body).unwrap()).collect();
    let types: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    let words = "filed dispatched accepted handled returned cleared seen_gone rejected";
    let expected: Vec<_> = words.split(' ').map(|word| format!("cn.xunjie.case.{word}")).collect();
    assert_eq!(types, expected);
    for (number, (event, one)) in events.iter().zip(&kept).enumerate() {
        assert_eq!(one.key, format!("{}-{}", case.id, number + 1), "each has a key of its own");
        assert_eq!(event["subject"], case.id.as_str());
    }
    assert_eq!(events[3]["data"]["life"]["outcome"], "towed");
    assert_eq!(events[4]["data"]["life"]["why"], "it still stands there");
    office.close().await;
}
