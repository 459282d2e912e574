//! A sink that publishes each event to an MQTT 5 broker, with `QoS` 1.
//!
//! What a receiver should do: subscribe with `QoS` 1 and a session that outlives
//! its connection (a session expiry interval and clean start off), and do
//! nothing for an `Idempotency-Key` it has seen (a user property, also the
//! event's `id`). One case's events come in their order.
//!
//! A message is delivered when the broker has acknowledged it. A broker that
//! says that nobody has subscribed has thrown the message away; it is sent
//! again later, unless `needs_subscriber` is off.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use futures::future::BoxFuture;
use rumqttc::PubAckReason;

use crate::dispatch::DeliveryFailure;
use crate::dispatch::DispatchError;
use crate::dispatch::Sink;
use crate::dispatch::cloud_event;
use crate::store::Delivery;
use crate::store::SinkId;

use super::BrokerAddress;
use super::Login;
use super::Topic;
use super::line::Line;
use super::mqtt_line::Greeting;
use super::mqtt_line::Message;
use super::mqtt_line::MqttLine;
use super::tls::certificates_in;

/// Where and how to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MqttSettings {
    pub address: BrokerAddress,
    pub topic: Topic,
    /// The broker ends an older connection of the same name, so no two programs may share one.
    pub client_id: Option<String>,
    pub login: Login,
    /// Certificates in PEM form that the broker's is checked by; the system's own if none.
    pub ca_file: Option<PathBuf>,
    /// Whether a message that nobody has subscribed to counts as not delivered.
    pub needs_subscriber: bool,
    /// For connecting, and again for the acknowledgement.
    pub timeout: Duration,
}

/// Publishes events to an MQTT broker.
pub struct Mqtt {
    id: SinkId,
    settings: MqttSettings,
    source: String,
    client_id: String,
    certificates: Option<Vec<u8>>,
    line: Line<MqttLine>,
}

impl Mqtt {
    /// `source` is a URI reference that names this installation in each event.
    ///
    /// # Errors
    /// When the file of certificates cannot be used.
    pub fn new(
        id: SinkId,
        settings: MqttSettings,
        source: impl Into<String>,
    ) -> Result<Self, DispatchError> {
        let path = settings.ca_file.as_deref();
        let certificates = path.map(|path| certificates_in(&id, path)).transpose()?;
        // The same at each connection, so that the broker ends the one before
        // and nothing late comes out of it.
        let usual = || format!("xunjie-{id}-{:08x}", rand::random::<u32>());
        let client_id = settings.client_id.clone().unwrap_or_else(usual);
        let line = Line::new();
        Ok(Self { id, settings, source: source.into(), client_id, certificates, line })
    }

    fn open(&self) -> impl Future<Output = Result<MqttLine, DeliveryFailure>> + Send {
        MqttLine::open(Greeting {
            address: &self.settings.address,
            client_id: &self.client_id,
            login: &self.settings.login,
            certificates: self.certificates.as_deref(),
            timeout: self.settings.timeout,
        })
    }

    async fn publish(&self, delivery: &Delivery) -> Result<(), DeliveryFailure> {
        let line = self.line.take(self.open()).await?;
        let message = Message {
            topic: self.settings.topic.of(delivery),
            key: delivery.id.idempotency_key(),
            body: cloud_event(delivery, &self.source).to_string(),
        };
        let timeout = self.settings.timeout;
        match tokio::time::timeout(timeout, line.publish(message)).await {
            Ok(answer) => judge(answer?, self.settings.needs_subscriber),
            // It may lie in a buffer somewhere; nothing else may overtake it.
            Err(_) => {
                Err(line
                    .end(DeliveryFailure::away(format!("no acknowledgement within {timeout:?}"))))
            }
        }
    }
}

impl Sink for Mqtt {
    fn id(&self) -> &SinkId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        "mqtt"
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> BoxFuture<'a, Result<(), DeliveryFailure>> {
        Box::pin(self.publish(delivery))
    }

    fn reach(&self) -> BoxFuture<'_, Result<String, DeliveryFailure>> {
        Box::pin(async {
            self.line.take(self.open()).await?;
            let login = match self.settings.login {
                Login::Anonymous => "",
                _ => ", logged in",
            };
            Ok(format!("broker at {}{login}", self.settings.address))
        })
    }
}

impl fmt::Debug for Mqtt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Mqtt");
        shown.field("id", &self.id).field("settings", &self.settings).finish_non_exhaustive()
    }
}

fn judge(answer: PubAckReason, needs_subscriber: bool) -> Result<(), DeliveryFailure> {
    match answer {
        PubAckReason::NoMatchingSubscribers if needs_subscriber => {
            Err(DeliveryFailure::away("nobody has subscribed to the topic"))
        }
        PubAckReason::Success | PubAckReason::NoMatchingSubscribers => Ok(()),
        PubAckReason::NotAuthorized => {
            Err(DeliveryFailure::refused("publishing to the topic is not allowed"))
        }
        PubAckReason::TopicNameInvalid | PubAckReason::PayloadFormatInvalid => {
            Err(DeliveryFailure::refused(format!("the message was refused: {answer:?}")))
        }
        busy => Err(DeliveryFailure::away(format!("the message was not taken: {busy:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use crate::dispatch::FailureKind;
    use crate::runtime::Secret;

    use super::*;

    fn settings() -> MqttSettings {
        MqttSettings {
            address: BrokerAddress::mqtt("mqtt://127.0.0.1:1").unwrap(),
            topic: Topic::mqtt("xunjie/cases/{kind}").unwrap(),
            client_id: None,
            login: Login::Password { username: "desk".into(), password: Secret::new("hunter2") },
            ca_file: None,
            needs_subscriber: true,
            timeout: Duration::from_secs(5),
        }
    }

    #[test]
    fn shows_no_password_and_two_programs_get_two_names() {
        let new = || Mqtt::new(SinkId::new("desk").unwrap(), settings(), "/x").unwrap();
        let (one, other) = (new(), new());
        assert!(!format!("{one:?}").contains("hunter2"));
        assert_ne!(one.client_id, other.client_id);
    }

    #[test]
    fn a_message_that_nobody_gets_is_not_delivered() {
        let nobody = PubAckReason::NoMatchingSubscribers;
        assert_eq!(judge(nobody, true).unwrap_err().kind, FailureKind::Away);
        assert_eq!(judge(nobody, false), Ok(()));
        assert_eq!(judge(PubAckReason::Success, true), Ok(()));
        let refused = judge(PubAckReason::NotAuthorized, true).unwrap_err();
        assert_eq!(refused.kind, FailureKind::Refused);
    }
}
