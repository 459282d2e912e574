//! Where cases go, as the operator wrote it.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use crate::runtime::Secret;
use crate::written::Ids;
use crate::written::Table;
use crate::written::Value;

use super::address::secret_in_file;
use super::address::webhook_url;

pub(super) const SINK_KEYS: &[&str] = &[
    "id",
    "kind",
    "path",
    "url",
    "secret",
    "secret_file",
    "timeout_s",
    "give_up_after_s",
    "updates",
];

const WEBHOOK_ONLY: [&str; 4] = ["url", "secret", "secret_file", "timeout_s"];

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
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum SinkKind {
    Jsonl,
    Webhook,
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
    let kinds = [("jsonl", SinkKind::Jsonl), ("webhook", SinkKind::Webhook)];
    let kind_value = table.needed("kind", "kind = \"webhook\"");
    let kind = kind_value.as_ref().and_then(|value| value.choice(&kinds));
    let id_value = table.value("id");
    let id = match (&id_value, kind) {
        (Some(value), _) => sink_id(value),
        (None, Some(SinkKind::Jsonl)) => Some("jsonl".to_owned()),
        (None, Some(SinkKind::Webhook)) => Some("webhook".to_owned()),
        (None, None) => None,
    };
    if let (Some(id), Some(value)) = (&id, id_value.or(kind_value)) {
        ids.claim(id, &value);
    }
    let target = match kind {
        Some(SinkKind::Jsonl) => jsonl(table),
        Some(SinkKind::Webhook) => webhook(table),
        None => None,
    };
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
    for value in WEBHOOK_ONLY.into_iter().filter_map(|key| table.value(key)) {
        value.fault("has a meaning only with kind = \"webhook\"");
    }
    let path = table.needed("path", "path = \"cases.jsonl\", or \"-\" for the standard output")?;
    let path = path.text()?;
    Some(SinkTarget::Jsonl { path: (path != "-").then(|| table.beside_file(path)) })
}

fn webhook(table: &Table<'_>) -> Option<SinkTarget> {
    if let Some(value) = table.value("path") {
        value.fault("has a meaning only with kind = \"jsonl\"");
    }
    let url = table
        .needed("url", "url = \"https://desk.example/cases\"")
        .and_then(|value| webhook_url(value.text()?).map_err(|message| value.fault(message)).ok());
    let timeout = table.value("timeout_s").and_then(|value| value.seconds(TIMEOUT_S));
    let secret = secret(table);
    Some(SinkTarget::Webhook { url: url?, secret, timeout: timeout.unwrap_or(TIMEOUT_USUAL) })
}

fn secret(table: &Table<'_>) -> Option<Secret> {
    let (written, in_file) = (table.value("secret"), table.value("secret_file"));
    if let (Some(_), Some(file)) = (&written, &in_file) {
        file.fault("stands beside secret, must be only one of secret and secret_file");
    }
    match (written, in_file) {
        (Some(value), _) => value.text().map(Secret::new),
        (None, Some(value)) => secret_in_file(table, &value),
        (None, None) => None,
    }
}
