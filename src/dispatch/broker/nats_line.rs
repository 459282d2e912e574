//! One connection to a NATS server, from its greeting to its first fault.

use std::path::Path;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use async_nats::Client;
use async_nats::ConnectError;
use async_nats::ConnectErrorKind;
use async_nats::ConnectOptions;
use async_nats::Event;
use async_nats::ServerAddr;
use async_nats::jetstream::Context;
use async_nats::jetstream::ContextBuilder;
use tokio_util::sync::CancellationToken;

use crate::dispatch::DeliveryFailure;

use super::BrokerAddress;
use super::Login;
use super::line::Connection;

/// Acknowledgements that may be waited for; more than a lane ever has under way.
const IN_FLIGHT_MAX: usize = 32;

/// How to reach the server.
pub(super) struct Greeting<'a> {
    /// Any of a cluster's servers will do.
    pub(super) addresses: &'a [BrokerAddress],
    pub(super) name: &'a str,
    pub(super) login: &'a Login,
    pub(super) ca_file: Option<&'a Path>,
    pub(super) timeout: Duration,
}

/// Ends with its first fault: what was not acknowledged by then fails.
pub(super) struct NatsLine {
    pub(super) context: Context,
    pub(super) address: String,
    _client: Client,
    signs: Signs,
}

/// What the client says of the connection beside our calls.
#[derive(Clone, Default)]
struct Signs {
    over: CancellationToken,
    fault: Arc<OnceLock<DeliveryFailure>>,
}

impl Connection for NatsLine {
    fn stands(&self) -> bool {
        !self.signs.over.is_cancelled()
    }
}

impl NatsLine {
    /// Connects and logs in.
    pub(super) async fn open(greeting: Greeting<'_>) -> Result<Self, DeliveryFailure> {
        let servers = greeting.addresses.iter().map(server).collect::<Result<Vec<_>, _>>()?;
        let signs = Signs::default();
        let options = options(&greeting, servers.len(), &signs);
        let timeout = greeting.timeout;
        let connected = tokio::time::timeout(timeout, options.connect(servers)).await;
        let client = match connected {
            Ok(Ok(client)) => client,
            Ok(Err(error)) => return Err(in_words(&error)),
            Err(_) => return Err(DeliveryFailure::away(format!("no answer within {timeout:?}"))),
        };
        let context = ContextBuilder::new()
            .timeout(timeout)
            .ack_timeout(timeout)
            .max_ack_inflight(IN_FLIGHT_MAX)
            .build(client.clone());
        let addresses: Vec<_> = greeting.addresses.iter().map(ToString::to_string).collect();
        Ok(Self { context, address: addresses.join(", "), _client: client, signs })
    }

    /// Waits for `answer`, or for the connection to break.
    pub(super) async fn while_it_stands<T>(
        &self,
        answer: impl Future<Output = T>,
    ) -> Result<T, DeliveryFailure> {
        let answered = self.signs.over.run_until_cancelled(answer).await;
        answered.ok_or_else(|| self.end(DeliveryFailure::away("the connection broke")))
    }

    /// Gives the connection up; what is under way fails.
    pub(super) fn end(&self, failure: DeliveryFailure) -> DeliveryFailure {
        let failure = self.signs.fault.get_or_init(|| failure).clone();
        self.signs.over.cancel();
        failure
    }
}

impl Signs {
    fn note(&self, event: &Event) {
        let failure = match event {
            Event::Connected | Event::SlowConsumer(_) => return,
            Event::ServerError(error) if is_about_permissions(&error.to_string()) => {
                DeliveryFailure::refused("publishing to the subject is not allowed")
            }
            _ => DeliveryFailure::away("the connection broke"),
        };
        // The first says most.
        let _ = self.fault.set(failure);
        self.over.cancel();
    }
}

fn is_about_permissions(text: &str) -> bool {
    text.to_ascii_lowercase().contains("permissions violation")
}

fn server(address: &BrokerAddress) -> Result<ServerAddr, DeliveryFailure> {
    let scheme = if address.tls { "tls" } else { "nats" };
    let parsed = format!("{scheme}://{address}").parse();
    parsed.map_err(|_| DeliveryFailure::refused("the url cannot be used"))
}

fn options(greeting: &Greeting<'_>, servers: usize, signs: &Signs) -> ConnectOptions {
    super::tls::choose_cryptography();
    let signs = signs.clone();
    let mut options = ConnectOptions::new()
        .name(greeting.name)
        .connection_timeout(greeting.timeout)
        .require_tls(greeting.addresses.iter().any(|address| address.tls))
        // Only the addresses that the operator named; a server may tell of ones that we cannot reach.
        .ignore_discovered_servers()
        // The lane says when to try again.
        .max_reconnects(servers)
        .reconnect_delay_callback(|_| Duration::ZERO)
        .event_callback(move |event| {
            signs.note(&event);
            std::future::ready(())
        });
    if let Some(path) = greeting.ca_file {
        options = options.add_root_certificates(path.to_owned());
    }
    match greeting.login {
        Login::Anonymous => options,
        Login::Password { username, password } => {
            options.user_and_password(username.clone(), password.expose().to_owned())
        }
        Login::Token(token) => options.token(token.expose().to_owned()),
    }
}

/// What went wrong, without anything that the server wrote.
fn in_words(error: &ConnectError) -> DeliveryFailure {
    let cause = std::error::Error::source(error);
    let io = cause.and_then(|cause| cause.downcast_ref::<std::io::Error>());
    match (error.kind(), io) {
        (ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation, _) => {
            DeliveryFailure::refused("the login was refused")
        }
        (ConnectErrorKind::Dns, _) => DeliveryFailure::away("no such host"),
        (ConnectErrorKind::TimedOut, _) => DeliveryFailure::away("cannot connect in time"),
        (ConnectErrorKind::Tls, Some(error)) => {
            DeliveryFailure::away(format!("cannot encrypt: {error}"))
        }
        (ConnectErrorKind::Tls, None) => DeliveryFailure::away("cannot encrypt"),
        (_, Some(error)) => DeliveryFailure::away(format!("cannot connect: {error}")),
        (_, None) => DeliveryFailure::away("the server took no connection"),
    }
}
