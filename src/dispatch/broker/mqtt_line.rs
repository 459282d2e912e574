//! One connection to an MQTT broker, from its greeting to its first fault.

use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use rumqttc::AsyncClient;
use rumqttc::Broker;
use rumqttc::ConnAck;
use rumqttc::ConnectReturnCode;
use rumqttc::ConnectionError;
use rumqttc::Event;
use rumqttc::EventLoop;
use rumqttc::IncomingPacketSizeLimit;
use rumqttc::MqttOptions;
use rumqttc::Packet;
use rumqttc::PubAckReason;
use rumqttc::PublishNoticeError;
use rumqttc::PublishOptions;
use rumqttc::PublishProperties;
use rumqttc::PublishResult;
use rumqttc::QoS;
use rumqttc::StateError;
use rumqttc::TlsConfiguration;
use rumqttc::Transport;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::dispatch::DeliveryFailure;
use crate::dispatch::event::EVENT_TYPE;

use super::BrokerAddress;
use super::Login;
use super::line::Connection;

/// Publishes that may wait for their acknowledgement; more than a lane ever has under way.
const IN_FLIGHT_MAX: u16 = 32;
/// Nothing is subscribed to, so that a broker has little to say.
const INCOMING_BYTES_MAX: u32 = 64 * 1024;
/// A broker that is silent for so long, and as long again, is gone.
const KEEP_ALIVE_S: u16 = 15;
/// Around the body stand a topic, a key and a content type of some hundred bytes.
const ENVELOPE_BYTES_MAX: usize = 1024;
/// Carries the idempotency key.
const KEY_PROPERTY: &str = "Idempotency-Key";

/// How to reach the broker.
pub(super) struct Greeting<'a> {
    pub(super) address: &'a BrokerAddress,
    pub(super) client_id: &'a str,
    pub(super) login: &'a Login,
    /// In PEM form; the system's own if there are none.
    pub(super) certificates: Option<&'a [u8]>,
    pub(super) timeout: Duration,
}

/// An event on its way.
pub(super) struct Message {
    pub(super) topic: String,
    pub(super) key: String,
    pub(super) body: String,
}

/// Ends with its first fault: what was not acknowledged by then fails.
pub(super) struct MqttLine {
    client: AsyncClient,
    over: CancellationToken,
    fault: Arc<OnceLock<DeliveryFailure>>,
    body_bytes_max: usize,
    _pump: AbortOnDropHandle<()>,
}

impl Connection for MqttLine {
    fn stands(&self) -> bool {
        !self.over.is_cancelled()
    }
}

impl MqttLine {
    /// Connects, logs in and waits for the broker's answer.
    pub(super) async fn open(greeting: Greeting<'_>) -> Result<Self, DeliveryFailure> {
        let timeout = greeting.timeout;
        let options = options(&greeting)?;
        let (client, mut events) =
            AsyncClient::builder(options).capacity(usize::from(IN_FLIGHT_MAX)).build();
        let answer = tokio::time::timeout(timeout, greeted(&mut events)).await;
        let accepted = answer.unwrap_or_else(|_| {
            Err(DeliveryFailure::away(format!("no answer within {timeout:?}")))
        })?;
        let body_bytes_max = body_bytes_max(&accepted)?;
        let (over, fault) = (CancellationToken::new(), Arc::default());
        let pump = tokio::spawn(pump(events, over.clone(), Arc::clone(&fault)));
        Ok(Self { client, over, fault, body_bytes_max, _pump: AbortOnDropHandle::new(pump) })
    }

    /// Publishes, and waits until the broker says that it has the message.
    pub(super) async fn publish(&self, message: Message) -> Result<PubAckReason, DeliveryFailure> {
        let Message { topic, key, body } = message;
        if body.len() > self.body_bytes_max {
            let reason = format!("the event has {} bytes, more than the broker takes", body.len());
            return Err(DeliveryFailure::refused(reason));
        }
        let properties = PublishProperties {
            payload_format_indicator: Some(1),
            content_type: Some(EVENT_TYPE.to_owned()),
            user_properties: vec![(KEY_PROPERTY.to_owned(), key)],
            ..PublishProperties::default()
        };
        let options = PublishOptions::new(QoS::AtLeastOnce).properties(properties);
        let sent = self.client.publish_tracked(topic, body, options).await;
        let notice = sent.map_err(|_| self.broken())?;
        match notice.wait_async().await {
            Ok(PublishResult::Qos1(answer)) => Ok(answer.reason),
            Err(PublishNoticeError::V5PubAck(reason)) => Ok(reason),
            Ok(_) | Err(_) => Err(self.broken()),
        }
    }

    /// Gives the connection up; what is under way fails.
    pub(super) fn end(&self, failure: DeliveryFailure) -> DeliveryFailure {
        let failure = self.fault.get_or_init(|| failure).clone();
        self.over.cancel();
        failure
    }

    fn broken(&self) -> DeliveryFailure {
        self.end(DeliveryFailure::away("the connection broke"))
    }
}

fn options(greeting: &Greeting<'_>) -> Result<MqttOptions, DeliveryFailure> {
    let address = greeting.address;
    let broker = Broker::tcp(address.host.clone(), address.port);
    let mut options = MqttOptions::new(greeting.client_id, broker);
    if address.tls {
        super::tls::choose_cryptography();
        options.set_transport(transport(greeting.certificates)?);
    }
    match greeting.login {
        Login::Anonymous => {}
        Login::Password { username, password } => {
            options.set_credentials(username, password.expose().as_bytes().to_vec());
        }
        // The configuration gives tokens to NATS only.
        Login::Token(token) => {
            options.set_password(token.expose().as_bytes().to_vec());
        }
    }
    options
        // The outbox remembers what was not delivered; the broker need not.
        .set_clean_start(true)
        .set_keep_alive(KEEP_ALIVE_S)
        .set_connect_timeout(greeting.timeout)
        .set_outgoing_inflight_upper_limit(IN_FLIGHT_MAX)
        .set_incoming_packet_size_limit(IncomingPacketSizeLimit::Bytes(INCOMING_BYTES_MAX));
    Ok(options)
}

fn transport(certificates: Option<&[u8]>) -> Result<Transport, DeliveryFailure> {
    let Some(certificates) = certificates else {
        return Transport::try_tls_with_default_config().map_err(|_| {
            DeliveryFailure::away("the system has no certificates to check the broker by")
        });
    };
    let (ca, alpn, client_auth) = (certificates.to_vec(), None, None);
    Ok(Transport::tls_with_config(TlsConfiguration::Simple { ca, alpn, client_auth }))
}

async fn greeted(events: &mut EventLoop) -> Result<ConnAck, DeliveryFailure> {
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(accepted))) => return Ok(accepted),
            Ok(_) => {}
            Err(error) => return Err(in_words(&error)),
        }
    }
}

/// Drives the connection until it is over.
async fn pump(
    mut events: EventLoop,
    over: CancellationToken,
    fault: Arc<OnceLock<DeliveryFailure>>,
) {
    let broken = async {
        loop {
            if let Err(error) = events.poll().await {
                return in_words(&error);
            }
        }
    };
    if let Some(failure) = over.run_until_cancelled(broken).await {
        // One that was noted first says more.
        let _ = fault.set(failure);
    }
    over.cancel();
}

/// The largest body that the broker takes, by what it said when it accepted us.
fn body_bytes_max(accepted: &ConnAck) -> Result<usize, DeliveryFailure> {
    let Some(properties) = &accepted.properties else {
        return Ok(usize::MAX);
    };
    if properties.max_qos == Some(0) {
        return Err(DeliveryFailure::refused("the broker acknowledges nothing (it has no QoS 1)"));
    }
    let packet = properties.max_packet_size.map_or(usize::MAX, |bytes| bytes as usize);
    Ok(packet.saturating_sub(ENVELOPE_BYTES_MAX))
}

/// What went wrong, without anything that the broker wrote.
fn in_words(error: &ConnectionError) -> DeliveryFailure {
    match error {
        ConnectionError::ConnectionRefused(code)
        | ConnectionError::MqttState(StateError::ConnFail { reason: code }) => refusal(*code),
        ConnectionError::Timeout(_) => DeliveryFailure::away("cannot connect in time"),
        ConnectionError::Io(error) | ConnectionError::MqttState(StateError::Io(error)) => {
            DeliveryFailure::away(format!("the connection failed: {error}"))
        }
        ConnectionError::Tls(error) => DeliveryFailure::away(format!("cannot encrypt: {error}")),
        ConnectionError::MqttState(StateError::ServerDisconnect { reason_code, .. }) => {
            DeliveryFailure::away(format!("the broker ended the connection: {reason_code:?}"))
        }
        ConnectionError::MqttState(StateError::AwaitPingResp) => {
            DeliveryFailure::away("the broker fell silent")
        }
        ConnectionError::MqttState(StateError::ConnectionAborted) => {
            DeliveryFailure::away("the broker closed the connection")
        }
        _ => DeliveryFailure::away("the broker does not keep to MQTT 5"),
    }
}

fn refusal(code: ConnectReturnCode) -> DeliveryFailure {
    use ConnectReturnCode as Code;
    match code {
        Code::BadUserNamePassword | Code::NotAuthorized | Code::BadAuthenticationMethod => {
            DeliveryFailure::refused("the login was refused")
        }
        Code::ClientIdentifierNotValid | Code::BadClientId => {
            DeliveryFailure::refused("the client_id was refused")
        }
        Code::UnsupportedProtocolVersion | Code::RefusedProtocolVersion => {
            DeliveryFailure::refused("the broker does not speak MQTT 5")
        }
        Code::Banned => DeliveryFailure::refused("the broker has banned this client"),
        busy => DeliveryFailure::away(format!("the broker takes no connection: {busy:?}")),
    }
}
