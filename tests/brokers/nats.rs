//! `JetStream` with `nats-server`.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream;

use xunjie::dispatch::BrokerAddress;
use xunjie::dispatch::Login;
use xunjie::dispatch::Nats;
use xunjie::dispatch::NatsSettings;
use xunjie::dispatch::Sink;
use xunjie::dispatch::Topic;
use xunjie::runtime::Secret;

use super::broker::Broker;
use super::ear::heard;
use super::ear::listen;
use super::office::Office;
use super::office::Received;
use super::office::check_story;
use super::office::id;

const CASES: i64 = 40;

pub(crate) fn settings(port: u16) -> NatsSettings {
    NatsSettings {
        addresses: vec![BrokerAddress::nats(&format!("nats://127.0.0.1:{port}")).unwrap()],
        subject: Topic::nats("xunjie.cases.{kind}").unwrap(),
        stream: "XUNJIE".to_owned(),
        create_stream: true,
        name: "xunjie-test".to_owned(),
        login: Login::Anonymous,
        ca_file: None,
        timeout: Duration::from_secs(5),
    }
}

pub(crate) fn sink(settings: NatsSettings) -> Arc<dyn Sink> {
    Arc::new(Nats::new(id("nats"), settings, "/xunjie/test").unwrap())
}

/// All that the stream holds, in its order.
pub(crate) async fn kept(port: u16) -> Vec<Received> {
    let client = async_nats::connect(format!("nats://127.0.0.1:{port}")).await.unwrap();
    let stream = jetstream::new(client).get_stream("XUNJIE").await.unwrap();
    let state = stream.cached_info().state.clone();
    let mut received = Vec::new();
    for sequence in state.first_sequence..=state.last_sequence {
        let message = stream.get_raw_message(sequence).await.unwrap();
        let header = |name: &str| message.headers.get(name).unwrap().as_str().to_owned();
        assert!(header("Content-Type").starts_with("application/cloudevents+json"));
        let (key, place) = (header("Nats-Msg-Id"), message.subject.to_string());
        received.push(Received { key, place, body: message.payload.to_vec() });
    }
    received
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_in_the_middle_keeps_each_event_once_and_in_order() {
    let Some(mut server) = Broker::nats("").await else { return };
    let office = Office::open(vec![sink(settings(server.port))]);
    let filing = office.file(CASES);
    let killing = async {
        for delivered in [20, 60] {
            office.wait_for_delivered("nats", delivered).await;
            server.kill();
            eprintln!("killed after {} deliveries", office.delivered("nats"));
            server.start_again().await;
        }
    };
    tokio::join!(filing, killing);
    office.wait_for_delivered("nats", 3 * CASES as u64).await;
    let kept = kept(server.port).await;
    assert_eq!(check_story(&kept, CASES), 0, "the stream knows a repeat by its key");
    assert!(kept.iter().all(|one| one.place == "xunjie.cases.illegal_parking"));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_missing_is_told_with_the_command_that_makes_it() {
    let Some(server) = Broker::nats("").await else { return };
    let told = NatsSettings { create_stream: false, ..settings(server.port) };
    let office = Office::open(vec![sink(told)]);
    office.file(1).await;
    let reason = office.wait_for_dead().await;
    let command = "nats stream add XUNJIE --subjects 'xunjie.cases.*'";
    assert!(reason.contains("no stream XUNJIE") && reason.contains(command), "{reason}");
    office.close().await;

    let made = sink(settings(server.port));
    for _ in 0..2 {
        let reached = made.reach().await.unwrap();
        assert!(
            reached.ends_with("the stream XUNJIE will be made"),
            "looking makes none: {reached}"
        );
    }
    let office = Office::open(vec![made]);
    office.file(1).await;
    office.wait_for_delivered("nats", 3).await;
    office.close().await;
    let reached = sink(settings(server.port)).reach().await.unwrap();
    assert_eq!(reached, format!("stream XUNJIE at 127.0.0.1:{}", server.port));
    let elsewhere =
        NatsSettings { subject: Topic::nats("city.{kind}").unwrap(), ..settings(server.port) };
    let reason = sink(elsewhere).reach().await.unwrap_err().reason;
    assert!(reason.contains("does not take city.*"), "{reason}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_login_is_told_without_the_password() {
    let users = "authorization { users = [\
        { user: xunjie, password: swordfish }, \
        { user: reader, password: swordfish, permissions: { publish: \"$JS.API.>\" } }] }";
    let Some(server) = Broker::nats(users).await else { return };
    let login = |username: &str, password: &str| NatsSettings {
        login: Login::Password { username: username.to_owned(), password: Secret::new(password) },
        ..settings(server.port)
    };
    let unreached = sink(login("xunjie", "hunter2")).reach().await.unwrap_err();
    assert_eq!(unreached.reason, "the login was refused");
    sink(login("xunjie", "swordfish")).reach().await.unwrap();

    // May look at the stream, and make it, but not write to it.
    let office = Office::open(vec![sink(login("reader", "swordfish"))]);
    office.file(1).await;
    assert_eq!(office.wait_for_dead().await, "publishing to the subject is not allowed");
    office.close().await;
    assert!(!heard().contains("hunter2") && !heard().contains("swordfish"), "{}", heard());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_opens_the_door() {
    let Some(server) = Broker::nats("authorization { token: swordfish }").await else { return };
    listen();
    let with =
        |token| NatsSettings { login: Login::Token(Secret::new(token)), ..settings(server.port) };
    sink(with("swordfish")).reach().await.unwrap();
    let unreached = sink(with("hunter2")).reach().await.unwrap_err();
    assert_eq!(unreached.reason, "the login was refused");
    assert!(!heard().contains("hunter2"), "{}", heard());
    assert!(!format!("{:?}", with("hunter2")).contains("hunter2"));
}
