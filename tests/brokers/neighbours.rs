//! One sink that is dead or silent holds no other.

use std::sync::Arc;

use tokio::net::TcpListener;

use xunjie::dispatch::Jsonl;
use xunjie::dispatch::Mqtt;
use xunjie::dispatch::Nats;
use xunjie::dispatch::Sink;

use super::broker::Broker;
use super::broker::free_port;
use super::mqtt;
use super::nats;
use super::office::Office;
use super::office::id;
use super::office::lines_of;

const CASES: i64 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_and_silent_brokers_hold_up_neither_a_file_nor_a_broker_that_is_well() {
    // Takes connections, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_port = silent.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cases.jsonl");
    let mqtt_at = |name, port| Mqtt::new(id(name), mqtt::settings(port), "/x").unwrap();
    let nats_at = |name, port| Nats::new(id(name), nats::settings(port), "/x").unwrap();
    let mut sinks: Vec<Arc<dyn Sink>> = vec![
        Arc::new(mqtt_at("mqtt-silent", silent_port)),
        Arc::new(nats_at("nats-silent", silent_port)),
        Arc::new(mqtt_at("mqtt-dead", free_port())),
        Arc::new(nats_at("nats-dead", free_port())),
        Arc::new(Jsonl::to_file(id("file"), &path, "/x").unwrap()),
    ];
    let server = Broker::nats("").await;
    if let Some(server) = &server {
        sinks.push(nats::sink(nats::settings(server.port)));
    }
    let office = Office::open(sinks);
    office.file(CASES).await;
    let all = 3 * CASES as u64;
    office.wait_for_delivered("file", all).await;
    if server.is_some() {
        office.wait_for_delivered("nats", all).await;
    }
    assert_eq!(lines_of(&path), all as usize);
    for away in ["mqtt-silent", "nats-silent", "mqtt-dead", "nats-dead"] {
        assert_eq!(office.pending(away), all, "{away}: nothing is given up");
    }
    office.close().await;
}
