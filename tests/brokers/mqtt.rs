//! MQTT 5 with `mosquitto`.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use xunjie::dispatch::BrokerAddress;
use xunjie::dispatch::Login;
use xunjie::dispatch::Mqtt;
use xunjie::dispatch::MqttSettings;
use xunjie::dispatch::Sink;
use xunjie::dispatch::Topic;
use xunjie::runtime::Secret;

use super::broker::Broker;
use super::broker::installed;
use super::ear::heard;
use super::office::Office;
use super::office::check_story;
use super::office::far_future;
use super::office::id;
use super::office::wait_until;
use super::subscriber::Subscriber;

/// The broker is killed in the middle of each.
const PARTS: i64 = 2;
const CASES_A_PART: i64 = 20;

pub(crate) fn settings(port: u16) -> MqttSettings {
    MqttSettings {
        address: BrokerAddress::mqtt(&format!("mqtt://127.0.0.1:{port}")).unwrap(),
        topic: Topic::mqtt("xunjie/cases/{kind}").unwrap(),
        client_id: None,
        login: Login::Anonymous,
        ca_file: None,
        needs_subscriber: true,
        timeout: Duration::from_secs(5),
    }
}

pub(crate) fn sink(settings: MqttSettings) -> Arc<dyn Sink> {
    Arc::new(Mqtt::new(id("mqtt"), settings, "/xunjie/test").unwrap())
}

fn login(password: &str) -> Login {
    Login::Password { username: "xunjie".to_owned(), password: Secret::new(password) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_killed_in_the_middle_loses_nothing_and_mixes_nothing_up() {
    let Some(mut broker) = Broker::mosquitto("allow_anonymous true").await else { return };
    let subscriber = Subscriber::start(broker.port, "xunjie/cases/+").await;
    let hurried = MqttSettings { timeout: Duration::from_secs(1), ..settings(broker.port) };
    let office = Office::open(vec![sink(hurried)]);
    for part in 0..PARTS {
        let first = part * CASES_A_PART + 1;
        let middle = first + CASES_A_PART / 2;
        office.file_from(first, middle - 1).await;
        office.wait_for_delivered("mqtt", 3 * (first as u64 - 1) + 1).await;
        // Mosquitto acknowledges before it has saved: what it has not yet handed on would
        // die with it, and no publisher could tell. A frozen one acknowledges nothing more,
        // and what it sent before is with those who read.
        broker.freeze();
        office.file_from(middle, first + CASES_A_PART - 1).await;
        office.wait_for_failed_attempt("mqtt").await;
        wait_until(async || subscriber.keys() as u64 >= office.delivered("mqtt")).await;
        eprintln!("killed after {} deliveries", office.delivered("mqtt"));
        broker.kill();
        broker.start_again().await;
    }
    let cases = PARTS * CASES_A_PART;
    office.wait_for_delivered("mqtt", 3 * cases as u64).await;
    let received = subscriber.wait_for(3 * cases as usize).await;
    let again = check_story(&received, cases);
    eprintln!("{} messages, {again} of them again", received.len());
    assert!(received.iter().all(|one| one.place == "xunjie/cases/illegal_parking"));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_nobody_has_subscribed_to_waits_for_a_subscriber() {
    let Some(broker) = Broker::mosquitto("allow_anonymous true").await else { return };
    let office = Office::open(vec![sink(settings(broker.port))]);
    office.file(1).await;
    wait_until(async || {
        let due = office.store.due_deliveries(&id("mqtt"), far_future(), 9).unwrap();
        due.first().is_some_and(|delivery| delivery.attempts >= 2)
    })
    .await;
    assert_eq!(office.delivered("mqtt"), 0);
    let subscriber = Subscriber::start(broker.port, "xunjie/#").await;
    check_story(&subscriber.wait_for(3).await, 1);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_login_is_told_without_the_password() {
    // Mosquitto reads no plain text; its own program turns it into what it reads.
    let Some(maker) = installed("mosquitto_passwd") else { return };
    let Some(mut broker) = Broker::mosquitto("allow_anonymous true").await else { return };
    let passwords = broker.folder.path().join("passwords");
    let arguments = ["-b", "-c", passwords.to_str().unwrap(), "xunjie", "swordfish"];
    let made = std::process::Command::new(maker).args(arguments).status();
    assert!(made.unwrap().success());
    let config = broker.folder.path().join("mosquitto.conf");
    let text = fs::read_to_string(&config).unwrap().replace("allow_anonymous true", "");
    let passwords = format!("{text}password_file {}\nallow_anonymous false\n", passwords.display());
    fs::write(&config, passwords).unwrap();
    broker.kill();
    broker.start_again().await;

    let wrong = MqttSettings { login: login("hunter2"), ..settings(broker.port) };
    let unreached = sink(wrong.clone()).reach().await.unwrap_err();
    assert_eq!(unreached.reason, "the login was refused");
    let office = Office::open(vec![sink(wrong)]);
    office.file(1).await;
    assert_eq!(office.wait_for_dead().await, "the login was refused");
    office.close().await;
    assert!(heard().contains("the login was refused"), "the log says why");

    let right = MqttSettings { login: login("swordfish"), ..settings(broker.port) };
    let reached = sink(right).reach().await.unwrap();
    assert_eq!(reached, format!("broker at 127.0.0.1:{}, logged in", broker.port));
    let log = fs::read_to_string(broker.folder.path().join("log")).unwrap();
    assert!(!heard().contains("hunter2") && !heard().contains("swordfish"), "{}", heard());
    assert!(log.contains("xunjie-mqtt-"), "the broker was told a name of our own: {log}");
}
