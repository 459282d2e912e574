//! A sink that publishes each event into a stream of NATS `JetStream`.
//!
//! The idempotency key is the message's `Nats-Msg-Id`: within the stream's
//! duplicate window the server itself keeps only the first of several with
//! the same key. It is also the event's `id`, for receivers that see a repeat
//! after that. One case's events come in their order.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use async_nats::jetstream::context::PublishError;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use futures::future::BoxFuture;

use crate::dispatch::DeliveryFailure;
use crate::dispatch::DispatchError;
use crate::dispatch::Sink;
use crate::dispatch::cloud_event;
use crate::dispatch::event::EVENT_TYPE;
use crate::store::Delivery;
use crate::store::SinkId;

use super::BrokerAddress;
use super::Login;
use super::Topic;
use super::jetstream::Found;
use super::jetstream::WhereMissing;
use super::jetstream::check_stream;
use super::jetstream::in_words;
use super::line::Line;
use super::nats_line::Greeting;
use super::nats_line::NatsLine;
use super::tls::certificates_in;

/// Where and how to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatsSettings {
    /// Servers of one cluster; at least one.
    pub addresses: Vec<BrokerAddress>,
    pub subject: Topic,
    /// The stream that keeps the events.
    pub stream: String,
    /// Whether to make the stream where there is none.
    pub create_stream: bool,
    /// The connection's name in the server's lists.
    pub name: String,
    pub login: Login,
    /// Certificates in PEM form that the server's is checked by; the system's own if none.
    pub ca_file: Option<PathBuf>,
    /// For connecting, and again for the acknowledgement.
    pub timeout: Duration,
}

/// Publishes events into a stream.
pub struct Nats {
    id: SinkId,
    settings: NatsSettings,
    source: String,
    line: Line<NatsLine>,
}

impl Nats {
    /// `source` is a URI reference that names this installation in each event.
    ///
    /// # Errors
    /// When the file of certificates cannot be used.
    pub fn new(
        id: SinkId,
        settings: NatsSettings,
        source: impl Into<String>,
    ) -> Result<Self, DispatchError> {
        if let Some(path) = &settings.ca_file {
            certificates_in(&id, path)?;
        }
        Ok(Self { id, settings, source: source.into(), line: Line::new() })
    }

    /// A connection on which the stream was found ready.
    async fn open(&self) -> Result<NatsLine, DeliveryFailure> {
        let missing =
            if self.settings.create_stream { WhereMissing::Create } else { WhereMissing::Tell };
        let line = self.connect().await?;
        self.check(&line, missing).await?;
        Ok(line)
    }

    async fn connect(&self) -> Result<NatsLine, DeliveryFailure> {
        let greeting = Greeting {
            addresses: &self.settings.addresses,
            name: &self.settings.name,
            login: &self.settings.login,
            ca_file: self.settings.ca_file.as_deref(),
            timeout: self.settings.timeout,
        };
        NatsLine::open(greeting).await
    }

    async fn check(
        &self,
        line: &NatsLine,
        missing: WhereMissing,
    ) -> Result<Found, DeliveryFailure> {
        let subject = self.settings.subject.of_all();
        let checked = check_stream(&line.context, &self.settings.stream, &subject, missing);
        line.while_it_stands(checked).await?
    }

    async fn publish(&self, delivery: &Delivery) -> Result<(), DeliveryFailure> {
        let line = Box::pin(self.line.take(self.open())).await?;
        let message = PublishMessage::build()
            .payload(cloud_event(delivery, &self.source).to_string().into())
            .message_id(delivery.id.idempotency_key())
            .expected_stream(&self.settings.stream)
            .header("Content-Type", EVENT_TYPE);
        let subject = self.settings.subject.of(delivery);
        let answer = async { line.context.send_publish(subject, message).await?.await };
        match line.while_it_stands(answer).await? {
            Ok(_) => Ok(()),
            Err(error) => Err(self.judge(&line, &error)),
        }
    }

    fn judge(&self, line: &NatsLine, error: &PublishError) -> DeliveryFailure {
        let cause = std::error::Error::source(error);
        match error.kind() {
            PublishErrorKind::MaxPayloadExceeded => {
                DeliveryFailure::refused("the event is larger than the server takes")
            }
            // It may have gone, or have lost its subject: the next connection looks.
            PublishErrorKind::StreamNotFound => {
                line.end(DeliveryFailure::away("no stream took the event"))
            }
            // It may lie in a buffer somewhere; nothing else may overtake it.
            PublishErrorKind::TimedOut => line.end(DeliveryFailure::away(format!(
                "no acknowledgement within {:?}",
                self.settings.timeout
            ))),
            PublishErrorKind::Other => match cause.and_then(|cause| cause.downcast_ref()) {
                Some(error) => in_words(error),
                None => line.end(DeliveryFailure::away("the event could not be published")),
            },
            _ => line.end(DeliveryFailure::away("the connection broke")),
        }
    }
}

impl Sink for Nats {
    fn id(&self) -> &SinkId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        "nats"
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> BoxFuture<'a, Result<(), DeliveryFailure>> {
        Box::pin(self.publish(delivery))
    }

    fn reach(&self) -> BoxFuture<'_, Result<String, DeliveryFailure>> {
        Box::pin(async {
            let line = self.connect().await?;
            let (stream, address) = (&self.settings.stream, &line.address);
            match self.check(&line, WhereMissing::Tell).await {
                Ok(Found::Ready) => Ok(format!("stream {stream} at {address}")),
                Ok(Found::ShortMemory(window)) => Ok(format!(
                    "stream {stream} at {address}; its duplicate window of {window:?} is shorter \
                     than the waits between attempts, so a repeat may stay in it"
                )),
                Err(failure)
                    if self.settings.create_stream && failure.reason.contains("no stream") =>
                {
                    Ok(format!("server at {address}; the stream {stream} will be made"))
                }
                Err(failure) => Err(failure),
            }
        })
    }
}

impl fmt::Debug for Nats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Nats");
        shown.field("id", &self.id).field("settings", &self.settings).finish_non_exhaustive()
    }
}
