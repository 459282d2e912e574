//! Both brokers behind TLS, with a certificate of their own.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use xunjie::dispatch::BrokerAddress;
use xunjie::dispatch::MqttSettings;
use xunjie::dispatch::NatsSettings;

use super::broker::Broker;
use super::mqtt;
use super::nats;

const REQUEST: &str = "\
[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = localhost
[extensions]
basicConstraints = critical,CA:FALSE
subjectAltName = DNS:localhost,IP:127.0.0.1
";

/// Writes `cert.pem` and `key.pem`; says aloud if openssl is absent.
fn make_certificate(folder: &Path) -> Option<()> {
    let path = |name: &str| folder.join(name).display().to_string();
    fs::write(folder.join("request.conf"), REQUEST).unwrap();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
        .args(["-config", &path("request.conf"), "-days", "2"])
        .args(["-keyout", &path("key.pem"), "-out", &path("cert.pem")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if made.is_err() {
        eprintln!("skipped: openssl is absent");
    }
    made.ok().map(|status| assert!(status.success(), "openssl makes a certificate"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_mqtt_broker_is_believed_by_its_certificate_only() {
    let folder = tempfile::tempdir().unwrap();
    let Some(()) = make_certificate(folder.path()) else { return };
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let tls =
        format!("allow_anonymous true\ncertfile {}\nkeyfile {}", cert.display(), key.display());
    let Some(broker) = Broker::mosquitto(&tls).await else { return };
    let plain = mqtt::settings(broker.port);
    let url = format!("mqtts://localhost:{}", broker.port);
    let stranger = MqttSettings { address: BrokerAddress::mqtt(&url).unwrap(), ..plain.clone() };
    let known = MqttSettings { ca_file: Some(cert), ..stranger.clone() };
    mqtt::sink(known).reach().await.unwrap();
    mqtt::sink(stranger).reach().await.unwrap_err();
    mqtt::sink(plain).reach().await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nats_server_is_believed_by_its_certificate_only() {
    let folder = tempfile::tempdir().unwrap();
    let Some(()) = make_certificate(folder.path()) else { return };
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let tls = format!("tls {{ cert_file: {cert:?}, key_file: {key:?} }}");
    let Some(server) = Broker::nats(&tls).await else { return };
    let url = format!("tls://localhost:{}", server.port);
    let stranger = NatsSettings {
        addresses: vec![BrokerAddress::nats(&url).unwrap()],
        ..nats::settings(server.port)
    };
    let known = NatsSettings { ca_file: Some(cert), ..stranger.clone() };
    nats::sink(known).reach().await.unwrap();
    nats::sink(stranger).reach().await.unwrap_err();
}
