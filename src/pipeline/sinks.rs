//! Turns the sinks that the operator wrote into those that deliver, and says whether they can be reached.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use url::Url;

use crate::config::SinkConfig;
use crate::config::SinkTarget;
use crate::dispatch::Jsonl;
use crate::dispatch::Mqtt;
use crate::dispatch::Nats;
use crate::dispatch::Sink;
use crate::dispatch::Webhook;
use crate::dispatch::WebhookSettings;
use crate::store::SinkId;

use super::StartError;

/// Names this installation in each event.
const EVENT_SOURCE: &str = "/xunjie";

/// What was found at a sink, without handing anything over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkReach {
    pub id: String,
    /// What it is and where, or why it cannot be reached; holds no secret.
    pub found: Result<String, String>,
}

/// Looks at all sinks at once, for as long as `patience`. Makes no file and no stream.
///
/// # Errors
/// When the system gives no runtime.
pub fn reach_sinks(sinks: &[SinkConfig], patience: Duration) -> Result<Vec<SinkReach>, StartError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(StartError::Thread)?;
    let each = sinks.iter().map(|config| async move {
        let found = tokio::time::timeout(patience, reach(config)).await;
        let found = found.unwrap_or_else(|_| Err(format!("no answer within {patience:?}")));
        SinkReach { id: config.id.clone(), found }
    });
    Ok(runtime.block_on(join_all(each)))
}

/// A sink, ready to deliver.
pub(super) fn sink(sink: &SinkConfig) -> Result<Arc<dyn Sink>, StartError> {
    let id = SinkId::new(&sink.id)?;
    Ok(match &sink.target {
        SinkTarget::Jsonl { path: None } => Arc::new(Jsonl::to_standard_output(id, EVENT_SOURCE)),
        SinkTarget::Jsonl { path: Some(path) } => Arc::new(Jsonl::to_file(id, path, EVENT_SOURCE)?),
        SinkTarget::Webhook { url, secret, timeout } => {
            let url = Url::parse(url.expose())
                .map_err(|_| StartError::SinkUrl { id: sink.id.clone() })?;
            let (secret, timeout) = (secret.clone(), *timeout);
            let source = EVENT_SOURCE.to_owned();
            Arc::new(Webhook::new(id, WebhookSettings { url, secret, timeout, source })?)
        }
        SinkTarget::Mqtt(settings) => {
            Arc::new(Mqtt::new(id, settings.as_ref().clone(), EVENT_SOURCE)?)
        }
        SinkTarget::Nats(settings) => {
            Arc::new(Nats::new(id, settings.as_ref().clone(), EVENT_SOURCE)?)
        }
    })
}

async fn reach(config: &SinkConfig) -> Result<String, String> {
    match &config.target {
        SinkTarget::Jsonl { path: None } => Ok("the standard output".to_owned()),
        SinkTarget::Jsonl { path: Some(path) } => match writable(path) {
            Ok(()) => Ok(format!("writes {}", path.display())),
            Err(error) => Err(format!("cannot write {}: {error}", path.display())),
        },
        _ => {
            let sink = sink(config).map_err(|error| causes(&error))?;
            sink.reach().await.map_err(|failure| failure.reason)
        }
    }
}

/// Whether the file is there to be written, or a folder that it can be made in.
fn writable(path: &Path) -> io::Result<()> {
    if path.exists() {
        return OpenOptions::new().append(true).open(path).map(drop);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::read_dir(folder.map_or_else(|| PathBuf::from("."), Path::to_owned)).map(drop)
}

fn causes(error: &StartError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    use super::*;

    #[test]
    fn looking_at_a_sink_makes_nothing_and_tells_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        // Nobody listens on a port that was just given back.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let text = format!(
            "[[sink]]\nkind = \"jsonl\"\npath = \"cases.jsonl\"\n\
             [[sink]]\nid = \"lost\"\nkind = \"jsonl\"\npath = \"no/cases.jsonl\"\n\
             [[sink]]\nkind = \"webhook\"\nurl = \"http://u:hunter2@127.0.0.1:{port}/in\"\n\
             [[sink]]\nkind = \"mqtt\"\nurl = \"mqtt://127.0.0.1:{port}\"\n\
             [[sink]]\nkind = \"nats\"\nurl = \"nats://127.0.0.1:{port}\"\n"
        );
        let config = Config::parse(&folder.path().join("city.toml"), &text).unwrap();
        let found = reach_sinks(&config.sinks, Duration::from_secs(20)).unwrap();
        assert!(found[0].found.is_ok() && !folder.path().join("cases.jsonl").exists());
        assert!(found[1].found.is_err());
        for sink in &found[2..] {
            let reason = sink.found.clone().unwrap_err();
            assert!(reason.contains("refused"), "{}: {reason}", sink.id);
            assert!(!reason.contains("hunter2"), "{reason}");
        }
    }
}
