//! A sink that posts each event to a URL, signed.
//!
//! What a receiver should do:
//! 1. Take the body's bytes as they came, compute HMAC-SHA256 over them with
//!    the shared secret, write it in lower-case hex, and compare it in
//!    constant time with what follows `sha256=` in `X-Xunjie-Signature`.
//! 2. Remember the `Idempotency-Key` (it is also the event's `id`, which the
//!    signature covers) and answer 200 to one it has seen, doing nothing. The
//!    key does not repeat for other news, so a replayed request changes
//!    nothing; a receiver that forgets keys after some days should refuse
//!    events whose signed `time` is older than that.
//! 3. Answer 2xx only when the case is safely kept.
//!
//! What the answer means: 2xx acknowledges. 408, 425, 429, 5xx, no answer in
//! time or no connection: tried again, after `Retry-After` where it is said.
//! Everything else, redirections too, is a refusal: something is set wrongly,
//! it is tried again slowly and given up after some refusals in a row.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use futures::future::BoxFuture;
use hmac::Hmac;
use hmac::Mac;
use reqwest::Client;
use reqwest::Response;
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use reqwest::header::RETRY_AFTER;
use sha2::Sha256;
use url::Host;
use url::Url;

use crate::runtime::Secret;
use crate::store::Delivery;
use crate::store::SinkId;

use super::DeliveryFailure;
use super::DispatchError;
use super::FailureKind;
use super::Sink;
use super::cloud_event;
use super::event::EVENT_TYPE;

/// Carries `sha256=` and the signature in lower-case hex.
pub const SIGNATURE_HEADER: &str = "X-Xunjie-Signature";

const KEY_HEADER: &str = "Idempotency-Key";

/// So much of an answer's body is read, only to keep the connection for the next post.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// A connection must stand in this share of the time-out, so that the rest is left for the answer.
const CONNECT_SHARE: f64 = 0.5;

/// Where and how to post. Shows neither the path and query of its URL nor its secret.
#[derive(Clone)]
pub struct WebhookSettings {
    pub url: Url,
    /// Signs the body; unsigned if none.
    pub secret: Option<Secret>,
    /// For connecting, sending and the answer together.
    pub timeout: Duration,
    /// A URI reference that names this installation in each event.
    pub source: String,
}

/// Posts events to a URL.
#[derive(Debug)]
pub struct Webhook {
    id: SinkId,
    settings: WebhookSettings,
    client: Client,
}

impl Webhook {
    /// # Errors
    /// When the URL is not HTTP or HTTPS, or the system has no certificates to check HTTPS by.
    pub fn new(id: SinkId, settings: WebhookSettings) -> Result<Self, DispatchError> {
        if !matches!(settings.url.scheme(), "http" | "https") {
            let scheme = settings.url.scheme().to_owned();
            return Err(DispatchError::Scheme { sink: id, scheme });
        }
        match client_for(&settings) {
            Ok(client) => Ok(Self { id, settings, client }),
            Err(error) => Err(DispatchError::Client { sink: id, reason: root_cause(&error) }),
        }
    }

    async fn post(&self, delivery: &Delivery) -> Result<(), DeliveryFailure> {
        let body = cloud_event(delivery, &self.settings.source).to_string();
        let mut request = self
            .client
            .post(self.settings.url.clone())
            .header(CONTENT_TYPE, EVENT_TYPE)
            .header(KEY_HEADER, delivery.id.idempotency_key());
        if let Some(secret) = &self.settings.secret {
            let signature = format!("sha256={}", signature(secret, body.as_bytes()));
            request = request.header(SIGNATURE_HEADER, signature);
        }
        match request.body(body).send().await {
            Ok(response) => judge(response).await,
            Err(error) => Err(DeliveryFailure::away(self.in_words(&error))),
        }
    }

    fn in_words(&self, error: &reqwest::Error) -> String {
        if error.is_timeout() {
            format!("no answer within {:?}", self.settings.timeout)
        } else if error.is_connect() {
            format!("cannot connect: {}", root_cause(error))
        } else {
            format!("the request failed: {}", root_cause(error))
        }
    }
}

impl Sink for Webhook {
    fn id(&self) -> &SinkId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        "webhook"
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> BoxFuture<'a, Result<(), DeliveryFailure>> {
        Box::pin(self.post(delivery))
    }

    /// Any answer to a HEAD will do: what the receiver thinks of an event only an event can tell.
    fn reach(&self) -> BoxFuture<'_, Result<String, DeliveryFailure>> {
        Box::pin(async {
            match self.client.head(self.settings.url.clone()).send().await {
                Ok(_) => {
                    Ok(format!("answers at {}", self.settings.url.origin().ascii_serialization()))
                }
                Err(error) => Err(DeliveryFailure::away(self.in_words(&error))),
            }
        })
    }
}

impl fmt::Debug for WebhookSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSettings")
            .field("origin", &self.url.origin().ascii_serialization())
            .field("secret", &self.secret)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// HMAC-SHA256 of the body, in lower-case hex.
///
/// # Panics
/// Never: HMAC takes keys of every length.
#[must_use]
pub fn signature(secret: &Secret, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
        .expect("HMAC takes keys of every length");
    mac.update(body);
    mac.finalize().into_bytes().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

fn client_for(settings: &WebhookSettings) -> reqwest::Result<Client> {
    // Fails only where a provider is installed already, which then serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("xunjie/", env!("CARGO_PKG_VERSION")))
        .timeout(settings.timeout)
        .connect_timeout(settings.timeout.mul_f64(CONNECT_SHARE))
        // Another host must not get what was signed for this one.
        .redirect(reqwest::redirect::Policy::none());
    if settings.url.scheme() == "http" {
        // Plain HTTP works also on a system without a store of certificates.
        builder = builder.tls_certs_only([]);
    }
    if is_loopback(&settings.url) {
        builder = builder.no_proxy();
    }
    builder.build()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

async fn judge(response: Response) -> Result<(), DeliveryFailure> {
    let status = response.status();
    let retry_after = retry_after(&response);
    read_away(response).await;
    if status.is_success() {
        return Ok(());
    }
    Err(DeliveryFailure {
        kind: kind_of(status),
        reason: format!("answered {status}"),
        retry_after,
    })
}

fn kind_of(status: StatusCode) -> FailureKind {
    let passes = matches!(
        status,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
    );
    if passes || status.is_server_error() { FailureKind::Away } else { FailureKind::Refused }
}

/// In seconds; the form with a date is not used by receivers of webhooks.
fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

async fn read_away(mut response: Response) {
    let mut read = 0;
    // The status has said all; a body that breaks off changes nothing.
    while let Ok(Some(chunk)) = response.chunk().await {
        read += chunk.len();
        if read > ANSWER_BYTES_MAX {
            return;
        }
    }
}

/// The innermost cause: the outer ones quote the URL.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if cause.downcast_ref::<reqwest::Error>().is_some() {
        return "the request could not be made".to_owned();
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str) -> WebhookSettings {
        WebhookSettings {
            url: Url::parse(url).unwrap(),
            secret: Some(Secret::new("hunter2")),
            timeout: Duration::from_secs(5),
            source: "/xunjie".to_owned(),
        }
    }

    #[test]
    fn the_signature_is_that_of_rfc_4231() {
        let signed = signature(&Secret::new("Jefe"), b"what do ya want for nothing?");
        assert_eq!(signed, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn shows_neither_secret_nor_query() {
        let webhook = Webhook::new(
            SinkId::new("desk").unwrap(),
            settings("http://user:swordfish@127.0.0.1:9/in?token=xyzzy"),
        );
        let shown = format!("{:?}", webhook.unwrap());
        for secret in ["hunter2", "swordfish", "xyzzy"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn other_schemes_are_refused() {
        let error = Webhook::new(SinkId::new("desk").unwrap(), settings("ftp://h/x")).unwrap_err();
        assert!(error.to_string().contains("ftp"), "{error}");
    }

    #[test]
    fn only_what_may_pass_is_tried_again_soon() {
        for (status, kind) in [
            (408, FailureKind::Away),
            (429, FailureKind::Away),
            (503, FailureKind::Away),
            (301, FailureKind::Refused),
            (401, FailureKind::Refused),
            (422, FailureKind::Refused),
        ] {
            assert_eq!(kind_of(StatusCode::from_u16(status).unwrap()), kind, "{status}");
        }
    }
}
