//! Where cases go, as the operator wrote it.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use crate::dispatch::MqttSettings;
use crate::dispatch::NatsSettings;
use crate::runtime::Secret;
use crate::written::Ids;
use crate::written::Table;
use crate::written::Value;

use super::address::secret_in_file;
use super::address::webhook_url;
use super::broker::mqtt;
use super::broker::nats;

pub(super) const SINK_KEYS: &[&str] = &[
    "id",
    "kind",
    "path",
    "url",
    "secret",
    "secret_file",
    "timeout_s",
    "topic",
    "client_id",
    "needs_subscriber",
    "subject",
    "stream",
    "create_stream",
    "username",
    "password",
    "password_file",
    "token",
    "token_file",
    "ca_file",
    "give_up_after_s",
    "updates",
];

/// The kinds in which a key has a meaning, where that is not every kind.
pub(super) const KINDS_OF_KEY: [(&str, &[&str]); 17] = [
    ("path", &["jsonl"]),
    ("url", &["webhook", "mqtt", "nats"]),
    ("secret", &["webhook"]),
    ("secret_file", &["webhook"]),
    ("timeout_s", &["webhook", "mqtt", "nats"]),
    ("topic", &["mqtt"]),
    ("client_id", &["mqtt"]),
    ("needs_subscriber", &["mqtt"]),
    ("subject", &["nats"]),
    ("stream", &["nats"]),
    ("create_stream", &["nats"]),
    ("username", &["mqtt", "nats"]),
    ("password", &["mqtt", "nats"]),
    ("password_file", &["mqtt", "nats"]),
    ("token", &["nats"]),
    ("token_file", &["nats"]),
    ("ca_file", &["mqtt", "nats"]),
];

/// Each sink has its own outbox and its own worker.
const SINKS_MAX: usize = 32;

const TIMEOUT_S: RangeInclusive<f64> = 0.5..=120.0;
const TIMEOUT_USUAL: Duration = Duration::from_secs(10);

/// A minute is one retry or two; after a month nobody asks for the case.
const GIVE_UP_AFTER_S: RangeInclusive<f64> = 60.0..=2_678_400.0;
const GIVE_UP_AFTER_USUAL: Duration = Duration::from_secs(24 * 3600);

/// One `[[sink]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkConfig {
    /// Unique; the kind's name if none is given. 1 to 64 of `a-z A-Z 0-9 . _ -`.
    pub id: String,
    pub target: SinkTarget,
    /// Age at which a delivery becomes a dead letter.
    pub give_up_after: Duration,
    /// Whether changes of a case are sent after it was filed.
    pub updates: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SinkTarget {
    Jsonl {
        /// None is the standard output.
        path: Option<PathBuf>,
    },
    Webhook {
        /// http or https, with a host; may hold a password or token.
        url: Secret,
        /// Signs each delivery; none sends them unsigned.
        secret: Option<Secret>,
        timeout: Duration,
    },
    Mqtt(Box<MqttSettings>),
    Nats(Box<NatsSettings>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum SinkKind {
    Jsonl,
    Webhook,
    Mqtt,
    Nats,
}

impl SinkKind {
    const ALL: [(&'static str, Self); 4] = [
        ("jsonl", Self::Jsonl),
        ("webhook", Self::Webhook),
        ("mqtt", Self::Mqtt),
        ("nats", Self::Nats),
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Webhook => "webhook",
            Self::Mqtt => "mqtt",
            Self::Nats => "nats",
        }
    }
}

/// All `[[sink]]` of the table; JSON lines on the standard output if there is none.
pub(super) fn sinks_of(table: &Table<'_>) -> Vec<SinkConfig> {
    if table.value("sink").is_none() {
        return vec![SinkConfig {
            id: "jsonl".to_owned(),
            target: SinkTarget::Jsonl { path: None },
            give_up_after: GIVE_UP_AFTER_USUAL,
            updates: true,
        }];
    }
    let mut ids = Ids::default();
    let tables = table.tables("sink", SINK_KEYS, SINKS_MAX);
    tables.iter().filter_map(|table| sink(table, &mut ids)).collect()
}

fn sink(table: &Table<'_>, ids: &mut Ids) -> Option<SinkConfig> {
    let kind_value = table.needed("kind", "kind = \"webhook\"");
    let kind = kind_value.as_ref().and_then(|value| value.choice(&SinkKind::ALL));
    let id_value = table.value("id");
    let id = match (&id_value, kind) {
        (Some(value), _) => sink_id(value),
        (None, kind) => kind.map(|kind| kind.name().to_owned()),
    };
    if let (Some(id), Some(value)) = (&id, id_value.or(kind_value)) {
        ids.claim(id, &value);
    }
    let target = kind.and_then(|kind| target(kind, table, id.as_deref()));
    let give_up_after =
        table.value("give_up_after_s").and_then(|value| value.seconds(GIVE_UP_AFTER_S));
    let updates = table.value("updates").and_then(|value| value.flag()).unwrap_or(true);
    Some(SinkConfig {
        id: id?,
        target: target?,
        give_up_after: give_up_after.unwrap_or(GIVE_UP_AFTER_USUAL),
        updates,
    })
}

fn target(kind: SinkKind, table: &Table<'_>, id: Option<&str>) -> Option<SinkTarget> {
    for (key, kinds) in KINDS_OF_KEY {
        let foreign = table.value(key).filter(|_| !kinds.contains(&kind.name()));
        if let Some(value) = foreign {
            let kinds: Vec<_> = kinds.iter().map(|kind| format!("{kind:?}")).collect();
            value.fault(format!("has a meaning only with kind = {}", kinds.join(" or ")));
        }
    }
    match kind {
        SinkKind::Jsonl => jsonl(table),
        SinkKind::Webhook => webhook(table),
        SinkKind::Mqtt => mqtt(table).map(|settings| SinkTarget::Mqtt(Box::new(settings))),
        SinkKind::Nats => {
            let id = id.unwrap_or(kind.name());
            nats(table, id).map(|settings| SinkTarget::Nats(Box::new(settings)))
        }
    }
}

fn sink_id(value: &Value<'_>) -> Option<String> {
    value.parsed("1 to 64 of the letters a to z, digits, '.', '_' and '-'", |text| {
        is_plain_name(text).then(|| text.to_owned())
    })
}

/// Whether the text can stand in a path, a URL or a metric.
pub(super) fn is_plain_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=64).contains(&text.len()) && text.chars().all(allowed) && text.chars().any(|c| c != '.')
}

fn jsonl(table: &Table<'_>) -> Option<SinkTarget> {
    let path = table.needed("path", "path = \"cases.jsonl\", or \"-\" for the standard output")?;
    let path = path.text()?;
    Some(SinkTarget::Jsonl { path: (path != "-").then(|| table.beside_file(path)) })
}

fn webhook(table: &Table<'_>) -> Option<SinkTarget> {
    let url = table
        .needed("url", "url = \"https://desk.example/cases\"")
        .and_then(|value| webhook_url(value.text()?).map_err(|message| value.fault(message)).ok());
    let timeout = table.value("timeout_s").and_then(|value| value.seconds(TIMEOUT_S));
    let secret = secret(table, "secret", "secret_file");
    Some(SinkTarget::Webhook { url: url?, secret, timeout: timeout.unwrap_or(TIMEOUT_USUAL) })
}

/// A secret under `key`, or in the file named under `file_key`; a fault if both are given.
pub(super) fn secret(
    table: &Table<'_>,
    key: &'static str,
    file_key: &'static str,
) -> Option<Secret> {
    let (written, in_file) = (table.value(key), table.value(file_key));
    if let (Some(_), Some(file)) = (&written, &in_file) {
        file.fault(format!("stands beside {key}, must be only one of {key} and {file_key}"));
    }
    match (written, in_file) {
        (Some(value), _) => value.text().map(Secret::new),
        (None, Some(value)) => secret_in_file(table, &value),
        (None, None) => None,
    }
}
