//! Sinks that are brokers, as the operator wrote them.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::dispatch::BrokerAddress;
use crate::dispatch::Login;
use crate::dispatch::MqttSettings;
use crate::dispatch::NatsSettings;
use crate::dispatch::Topic;
use crate::runtime::Secret;
use crate::written::Table;
use crate::written::Value;

use super::sink::secret;

/// Connecting and the acknowledgement may each take so long, and both must
/// end before an attempt is cut off after a minute.
const TIMEOUT_S: RangeInclusive<f64> = 0.5..=25.0;
const TIMEOUT_USUAL: Duration = Duration::from_secs(10);

const TOPIC_USUAL: &str = "xunjie/cases/{kind}";
const SUBJECT_USUAL: &str = "xunjie.cases.{kind}";
const STREAM_USUAL: &str = "XUNJIE";

/// More servers than any cluster names to its clients.
const SERVERS_MAX: usize = 16;
/// Brokers take at least so much as a client's or stream's name.
const NAME_BYTES_MAX: usize = 64;
/// MQTT writes lengths of user names in two bytes; nobody has one of a tenth of that.
const USERNAME_BYTES_MAX: usize = 512;

/// The settings of `kind = "mqtt"`.
pub(super) fn mqtt(table: &Table<'_>) -> Option<MqttSettings> {
    let url = table.needed("url", "url = \"mqtts://broker.example\"");
    let address = url.and_then(|value| or_fault(&value, BrokerAddress::mqtt(value.text()?)));
    let topic = table.value("topic");
    let topic = match &topic {
        Some(value) => or_fault(value, Topic::mqtt(value.text()?)),
        None => Topic::mqtt(TOPIC_USUAL).ok(),
    };
    let must_be = "1 to 64 printable characters without spaces";
    let client_id = |value: Value<'_>| value.parsed(must_be, |text| name(text, |_| true));
    let client_id = table.value("client_id").and_then(client_id);
    let needs_subscriber = table.value("needs_subscriber").and_then(|value| value.flag());
    let login = login(table);
    let (ca_file, timeout) = (ca_file(table), timeout(table));
    Some(MqttSettings {
        address: address?,
        topic: topic?,
        client_id,
        login: login?,
        ca_file,
        needs_subscriber: needs_subscriber.unwrap_or(true),
        timeout,
    })
}

/// The settings of `kind = "nats"`; `id` is the sink's.
pub(super) fn nats(table: &Table<'_>, id: &str) -> Option<NatsSettings> {
    let url = table.needed("url", "url = \"tls://nats.example\"");
    let addresses = url.and_then(|value| addresses(&value));
    let subject = table.value("subject");
    let subject = match &subject {
        Some(value) => or_fault(value, Topic::nats(value.text()?)),
        None => Topic::nats(SUBJECT_USUAL).ok(),
    };
    let must_be = "1 to 64 characters without spaces, '.', '*', '>', '/' and '\\'";
    let allowed = |c: char| !matches!(c, '.' | '*' | '>' | '/' | '\\');
    let stream = match table.value("stream") {
        Some(value) => value.parsed(must_be, |text| name(text, allowed)),
        None => Some(STREAM_USUAL.to_owned()),
    };
    let create_stream = table.value("create_stream").and_then(|value| value.flag());
    let login = login(table);
    let (ca_file, timeout) = (ca_file(table), timeout(table));
    Some(NatsSettings {
        addresses: addresses?,
        subject: subject?,
        stream: stream?,
        create_stream: create_stream.unwrap_or(false),
        name: format!("xunjie-{id}"),
        login: login?,
        ca_file,
        timeout,
    })
}

/// One server, or several of a cluster with commas between them.
fn addresses(value: &Value<'_>) -> Option<Vec<BrokerAddress>> {
    let servers: Vec<_> = value.text()?.split(',').collect();
    if servers.len() > SERVERS_MAX {
        value.fault(format!("must name at most {SERVERS_MAX} servers"));
        return None;
    }
    or_fault(value, servers.into_iter().map(BrokerAddress::nats).collect())
}

/// Nobody, a user with a password, or a token.
fn login(table: &Table<'_>) -> Option<Login> {
    let must_be = "a text of 1 to 512 bytes without control characters";
    let username = table.value("username").map(|value| {
        value.parsed(must_be, |text| {
            let fits = (1..=USERNAME_BYTES_MAX).contains(&text.len());
            (fits && !text.contains(char::is_control)).then(|| text.to_owned())
        })
    });
    let password = written(table, "password", "password_file");
    let token = written(table, "token", "token_file");
    match (username, password, token) {
        (None, None, None) => Some(Login::Anonymous),
        (Some(username), Some(password), None) => {
            Some(Login::Password { username: username?, password: password.ok()? })
        }
        (None, None, Some(token)) => token.ok().map(Login::Token),
        (Some(_), None, None) => {
            table.missing("password_file", "is missing, as there is a username");
            None
        }
        (None, Some(_), None) => {
            table.missing("username", "is missing, as there is a password");
            None
        }
        (_, _, Some(_)) => {
            table.missing("token", "must not stand beside a username or password");
            None
        }
    }
}

/// A secret is given and cannot be read, which is told already.
struct Unread;

/// The secret, if one of its keys is given.
fn written(
    table: &Table<'_>,
    key: &'static str,
    file_key: &'static str,
) -> Option<Result<Secret, Unread>> {
    let given = table.value(key).is_some() || table.value(file_key).is_some();
    given.then(|| secret(table, key, file_key).ok_or(Unread))
}

fn ca_file(table: &Table<'_>) -> Option<std::path::PathBuf> {
    Some(table.beside_file(table.value("ca_file")?.text()?))
}

fn timeout(table: &Table<'_>) -> Duration {
    let timeout = table.value("timeout_s").and_then(|value| value.seconds(TIMEOUT_S));
    timeout.unwrap_or(TIMEOUT_USUAL)
}

fn name(text: &str, allowed: impl Fn(char) -> bool) -> Option<String> {
    let plain = |c: char| c.is_ascii_graphic() && allowed(c);
    let fits = (1..=NAME_BYTES_MAX).contains(&text.len()) && text.chars().all(plain);
    fits.then(|| text.to_owned())
}

fn or_fault<T, E: std::fmt::Display>(value: &Value<'_>, result: Result<T, E>) -> Option<T> {
    result.map_err(|error| value.fault(error.to_string())).ok()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::Config;
    use crate::config::SinkTarget;

    use super::*;

    fn parsed(text: &str) -> Result<Vec<SinkTarget>, String> {
        let config = Config::parse(Path::new("city.toml"), text).map_err(|e| e.to_string())?;
        Ok(config.sinks.into_iter().map(|sink| sink.target).collect())
    }

    #[test]
    fn what_is_not_written_is_usual() {
        let targets = parsed(
            "[[sink]]\nkind = \"mqtt\"\nurl = \"mqtt://broker\"\n\
             [[sink]]\nkind = \"nats\"\nurl = \"nats://a,tls://b:1\"\n",
        );
        let [SinkTarget::Mqtt(mqtt), SinkTarget::Nats(nats)] = &targets.unwrap()[..] else {
            panic!("two brokers");
        };
        assert_eq!(mqtt.address.to_string(), "broker:1883");
        assert_eq!(mqtt.topic, Topic::mqtt("xunjie/cases/{kind}").unwrap());
        assert!(mqtt.needs_subscriber && mqtt.client_id.is_none() && mqtt.ca_file.is_none());
        let addresses: Vec<_> = nats.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(addresses, ["a:4222", "b:1"]);
        assert_eq!((nats.stream.as_str(), nats.create_stream), ("XUNJIE", false));
        assert_eq!(nats.subject, Topic::nats("xunjie.cases.{kind}").unwrap());
        assert_eq!((&mqtt.login, &nats.login), (&Login::Anonymous, &Login::Anonymous));
        assert_eq!((mqtt.timeout, nats.timeout), (TIMEOUT_USUAL, TIMEOUT_USUAL));
    }

    #[test]
    fn every_fault_is_told_and_no_secret_quoted() {
        let told = parsed(
            r#"
[[sink]]
kind = "mqtt"
url = "mqtt://desk:hunter2@broker"
topic = "xunjie/#"
client_id = "a b"
timeout_s = 60
password = "hunter2"
subject = "a"

[[sink]]
kind = "nats"
url = "nats://a/hunter2"
subject = "xunjie..{kind}"
stream = "a.b"
username = "desk"
password = "hunter2"
token = "hunter2"
token_file = "nowhere"
create_stream = "hunter"
"#,
        );
        let told = told.unwrap_err();
        for fault in [
            "url = \"mqtt://***\": must hold no user and password",
            "topic = \"xunjie/#\": must hold no '+' and no '#'",
            "client_id = \"a b\": must be 1 to 64",
            "timeout_s = 60: must be 0.5 to 25",
            "subject = \"a\": has a meaning only with kind = \"nats\"",
            "username: is missing, as there is a password",
            "url = \"nats://***\": must end after host and port",
            "subject = \"xunjie..{kind}\": must be words with '.' between them",
            "stream = \"a.b\": must be 1 to 64",
            "token: must not stand beside a username or password",
            "must be only one of token and token_file",
            "create_stream = \"hunter\": must be true or false",
        ] {
            assert!(told.contains(fault), "{fault}\n{told}");
        }
        assert!(!told.contains("hunter2"), "{told}");
    }
}
