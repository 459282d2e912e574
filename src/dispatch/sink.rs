//! Where cases go: what a sink must do, and how it says that it could not.

use std::time::Duration;

use futures::future::BoxFuture;

use crate::store::Delivery;
use crate::store::SinkId;

/// A receiver of cases.
pub trait Sink: Send + Sync {
    fn id(&self) -> &SinkId;

    /// What the configuration calls its kind.
    fn kind(&self) -> &'static str {
        "scripted"
    }

    /// Hands over one piece of news; `Ok` means that the receiver has it for
    /// good. May be called with the same news again, with several at once,
    /// and dropped at any moment.
    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> BoxFuture<'a, Result<(), DeliveryFailure>>;

    /// Whether the receiver is there and would have us, found out without
    /// handing over or changing anything; says what was found, for a person.
    fn reach(&self) -> BoxFuture<'_, Result<String, DeliveryFailure>> {
        Box::pin(std::future::ready(Ok(String::new())))
    }
}

/// Why a delivery was not acknowledged. The reason holds no secret: no
/// password, no query of a URL, nothing that the receiver wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct DeliveryFailure {
    pub kind: FailureKind,
    pub reason: String,
    /// The receiver asked to be left alone for so long.
    pub retry_after: Option<Duration>,
}

/// What to expect of another attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The receiver is away or busy: the next attempt may do.
    Away,
    /// The receiver says no: it will, until a person changes something.
    Refused,
}

impl DeliveryFailure {
    #[must_use]
    pub fn away(reason: impl Into<String>) -> Self {
        Self { kind: FailureKind::Away, reason: reason.into(), retry_after: None }
    }

    #[must_use]
    pub fn refused(reason: impl Into<String>) -> Self {
        Self { kind: FailureKind::Refused, reason: reason.into(), retry_after: None }
    }
}
