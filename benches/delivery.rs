//! How soon do the sinks have a case, when so many are filed a second and four sinks are up?
//!
//! Estimate: a case is one commit, and so is each of its four
//! acknowledgements: 2,500 commits a second at 500 cases. A disk that takes
//! 5 ms for a flush makes 200 of them one by one; together, with eight
//! deliveries under way at each sink, some 30 share a flush. So 500 should
//! be kept, with an emission of a few flushes, some tens of milliseconds.
//!
//! Cases are filed at their appointed times, whether or not those before are
//! done, and waited for from those times, so that no delay can hide another.
//! They come without pictures: `outbox` measures what those cost.
//! Run with `cargo bench --bench delivery`; `-- 500 20` sets cases a second and seconds.

#![expect(clippy::print_stdout, reason = "a bench tells its figures")]
#![expect(clippy::unwrap_used, reason = "a bench may stop at the first surprise")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use rusqlite::Connection;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use xunjie::dispatch::BrokerAddress;
use xunjie::dispatch::DispatchSettings;
use xunjie::dispatch::Dispatcher;
use xunjie::dispatch::Jsonl;
use xunjie::dispatch::Login;
use xunjie::dispatch::Mqtt;
use xunjie::dispatch::MqttSettings;
use xunjie::dispatch::Nats;
use xunjie::dispatch::NatsSettings;
use xunjie::dispatch::Sink;
use xunjie::dispatch::Topic;
use xunjie::dispatch::Webhook;
use xunjie::dispatch::WebhookSettings;
use xunjie::ingest::CameraId;
use xunjie::runtime::Shutdown;
use xunjie::store::STORE_FILE;
use xunjie::store::SinkId;
use xunjie::store::Store;
use xunjie::time::Clock;

mod cases;
#[path = "../tests/brokers/broker.rs"]
#[expect(dead_code, reason = "the tests do more with brokers")]
mod broker;
#[path = "../tests/brokers/office.rs"]
#[expect(dead_code, reason = "the tests do more with an office")]
mod office;
#[path = "../tests/brokers/subscriber.rs"]
#[expect(dead_code, reason = "the tests look at what was received")]
mod subscriber;
#[path = "../tests/brokers/ear.rs"]
#[expect(dead_code, reason = "only the tests listen")]
mod ear;

use broker::Broker;
use cases::parked;
use subscriber::Subscriber;

const CASES_A_SECOND: u64 = 500;
const SECONDS: u64 = 20;
/// Cases that may be under way into the store at once, as from so many hands.
const HANDS: usize = 32;
/// Between two looks at whether all is delivered.
const GLANCE: Duration = Duration::from_millis(50);

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|arg| arg.parse().ok()).collect();
    let rate = numbers.first().copied().unwrap_or(CASES_A_SECOND).max(1);
    let seconds = numbers.get(1).copied().unwrap_or(SECONDS).max(1);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(measure(rate, rate * seconds));
}

async fn measure(rate: u64, count: u64) {
    let data = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mosquitto = Broker::mosquitto("allow_anonymous true\nautosave_on_changes false").await;
    let nats = Broker::nats("").await;
    let mut sinks = vec![webhook().await, jsonl(data.path())];
    let mut subscriber = None;
    if let Some(broker) = &mosquitto {
        subscriber = Some(Subscriber::start(broker.port, "xunjie/#").await);
        sinks.push(mqtt_sink(broker.port));
    }
    sinks.extend(nats.as_ref().map(|server| nats_sink(server.port)));

    let store = Arc::new(Store::open(&data.path().join(STORE_FILE)).unwrap());
    let (guard, shutdown) = Shutdown::pair();
    let (clock, settings) = (Clock::system(), DispatchSettings::default());
    let dispatcher =
        Dispatcher::start(&Handle::current(), &store, sinks, &clock, &settings, &shutdown).unwrap();
    let began_at = clock.now();
    file(&store, &dispatcher, &clock, rate, count).await;
    let filed_within = clock.now().since(began_at);
    let waits = |sink| store.outbox_depth(sink).unwrap().0 > 0;
    while dispatcher.sinks().iter().any(waits) {
        tokio::time::sleep(GLANCE).await;
    }
    let delivered_within = clock.now().since(began_at);
    println!(
        "{count} cases, {rate} asked a second: {:.0} a second filed, the last delivered {:.1} s later",
        count as f64 / filed_within.as_secs_f64(),
        delivered_within.saturating_sub(filed_within).as_secs_f64(),
    );
    tell(data.path());
    drop((guard, subscriber));
}

/// Files each case at its time, or as soon after it as there is a hand free.
async fn file(store: &Arc<Store>, dispatcher: &Dispatcher, clock: &Clock, rate: u64, count: u64) {
    let hands = Arc::new(Semaphore::new(HANDS));
    let camera = CameraId::new("pole-17").unwrap();
    let began_at = clock.now();
    for number in 0..count {
        let due_at = began_at + Duration::from_micros(number * 1_000_000 / rate);
        clock.sleep_until(due_at).await;
        let hand = Arc::clone(&hands).acquire_owned().await.unwrap();
        let (store, bell) = (Arc::clone(store), dispatcher.bell());
        let (sinks, camera) = (dispatcher.sinks().to_vec(), camera.clone());
        tokio::task::spawn_blocking(move || {
            // Its proving picture is taken to be received at its appointed time.
            let case = parked(&camera, number as i64, due_at);
            store.file_case(&case, &sinks).unwrap();
            bell.ring();
            drop(hand);
        });
    }
    drop(hands.acquire_many(HANDS as u32).await.unwrap());
}

fn tell(data: &Path) {
    let record = Connection::open(data.join(STORE_FILE)).unwrap();
    let read = |query: &str| -> Vec<f64> {
        let mut statement = record.prepare(query).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    println!("{:<12} {:>9} {:>9} {:>9}", "ms", "p50", "p99", "max");
    row("emission", read("SELECT json_extract(body, '$.latency.emission_ms') FROM cases"));
    for sink in ["webhook", "jsonl", "mqtt", "nats"] {
        let waits = read(&format!(
            "SELECT (delivered_at - created_at) / 1000.0 FROM deliveries WHERE sink_id = '{sink}'"
        ));
        row(sink, waits);
    }
}

fn row(name: &str, mut values: Vec<f64>) {
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else {
        println!("{name:<12} absent");
        return;
    };
    let at = |share: f64| values[((last as f64) * share).ceil() as usize];
    println!("{name:<12} {:>9.1} {:>9.1} {:>9.1}", at(0.5), at(0.99), at(1.0));
}

fn id(name: &str) -> SinkId {
    SinkId::new(name).unwrap()
}

async fn webhook() -> Arc<dyn Sink> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/in", listener.local_addr().unwrap()).parse().unwrap();
    let router = Router::new().route("/in", post(|_: axum::body::Bytes| async {}));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let (secret, timeout, source) = (None, Duration::from_secs(10), "/xunjie".to_owned());
    let settings = WebhookSettings { url, secret, timeout, source };
    Arc::new(Webhook::new(id("webhook"), settings).unwrap())
}

fn jsonl(data: &Path) -> Arc<dyn Sink> {
    Arc::new(Jsonl::to_file(id("jsonl"), &data.join("cases.jsonl"), "/xunjie").unwrap())
}

fn mqtt_sink(port: u16) -> Arc<dyn Sink> {
    let settings = MqttSettings {
        address: BrokerAddress::mqtt(&format!("mqtt://127.0.0.1:{port}")).unwrap(),
        topic: Topic::mqtt("xunjie/cases/{kind}").unwrap(),
        client_id: None,
        login: Login::Anonymous,
        ca_file: None,
        needs_subscriber: true,
        timeout: Duration::from_secs(10),
    };
    Arc::new(Mqtt::new(id("mqtt"), settings, "/xunjie").unwrap())
}

fn nats_sink(port: u16) -> Arc<dyn Sink> {
    let settings = NatsSettings {
        addresses: vec![BrokerAddress::nats(&format!("nats://127.0.0.1:{port}")).unwrap()],
        subject: Topic::nats("xunjie.cases.{kind}").unwrap(),
        stream: "XUNJIE".to_owned(),
        create_stream: true,
        name: "xunjie-bench".to_owned(),
        login: Login::Anonymous,
        ca_file: None,
        timeout: Duration::from_secs(10),
    };
    Arc::new(Nats::new(id("nats"), settings, "/xunjie").unwrap())
}
