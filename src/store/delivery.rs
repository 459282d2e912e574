//! One attempt's worth of news for one sink, as kept in the outbox.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::cases::CaseChange;
use crate::cases::CaseId;
use crate::time::Timestamp;

const SINK_ID_LENGTH_MAX: usize = 64;

/// The name of a sink. Invariant: 1 to 64 of `a-z A-Z 0-9 . _ -`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SinkId(Arc<str>);

/// A text that cannot name a sink.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no sink id: 1 to {SINK_ID_LENGTH_MAX} of letters, digits, '.', '_' and '-'")]
pub struct SinkIdError(String);

impl SinkId {
    /// # Errors
    /// When the text is empty, too long, or has other characters.
    pub fn new(text: &str) -> Result<Self, SinkIdError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if text.is_empty() || text.len() > SINK_ID_LENGTH_MAX || !text.chars().all(allowed) {
            return Err(SinkIdError(text.chars().take(2 * SINK_ID_LENGTH_MAX).collect()));
        }
        Ok(Self(text.into()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for SinkId {
    type Error = SinkIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}

impl From<SinkId> for String {
    fn from(id: SinkId) -> Self {
        id.0.as_ref().to_owned()
    }
}

/// Which news for whom: one row of the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
pub struct DeliveryId {
    pub case_id: CaseId,
    pub revision: u32,
    pub sink_id: SinkId,
}

impl DeliveryId {
    /// Names the news, the same at every attempt and at every sink, so that a
    /// receiver can tell a repetition: `<case id>-<revision>`.
    #[must_use]
    pub fn idempotency_key(&self) -> String {
        format!("{}-{}", self.case_id, self.revision)
    }

    /// The row of the news so named at a sink; none if the text names none.
    #[must_use]
    pub fn of_key(key: &str, sink_id: SinkId) -> Option<Self> {
        let (case, revision) = key.rsplit_once('-')?;
        let revision: u32 = revision.parse().ok()?;
        let id = Self { case_id: CaseId::parse(case)?, revision, sink_id };
        // Written otherwise, as with a plus sign, it is another text.
        (id.idempotency_key() == key).then_some(id)
    }
}

/// News of a case on its way to a sink.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub what: CaseChange,
    /// When this revision of the case came to be.
    pub at: Timestamp,
    /// The case as it was then, in JSON.
    pub case: serde_json::Value,
    /// Failed attempts so far.
    pub attempts: u32,
    /// How often in a row the sink has refused it, as opposed to not answering.
    pub refusals: u32,
    pub created_at: Timestamp,
}

/// The outbox of one sink in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeliveryCount {
    pub sink_id: SinkId,
    pub pending: u64,
    pub delivered: u64,
    pub dead: u64,
    pub oldest_pending_at: Option<Timestamp>,
}

impl DeliveryCount {
    pub(super) const fn none(sink_id: SinkId) -> Self {
        Self { sink_id, pending: 0, delivered: 0, dead: 0, oldest_pending_at: None }
    }

    pub(super) fn add(&mut self, state: &str, count: u64) {
        match state {
            "pending" => self.pending += count,
            "delivered" => self.delivered += count,
            _ => self.dead += count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leads_back_to_its_news_and_nothing_else_does() {
        let sink = SinkId::new("desk").unwrap();
        let case_id = CaseId::parse(&"0".repeat(32)).unwrap();
        let id = DeliveryId { case_id, revision: 7, sink_id: sink.clone() };
        assert_eq!(DeliveryId::of_key(&id.idempotency_key(), sink.clone()), Some(id.clone()));
        for wrong in ["", "-", "7", &format!("{}-+7", id.case_id), &format!("{}-", id.case_id)] {
            assert_eq!(DeliveryId::of_key(wrong, sink.clone()), None, "{wrong}");
        }
    }
}
