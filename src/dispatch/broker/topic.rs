//! The topic or subject of an event: a text with fields of the case in it.

use crate::dispatch::event::change_of;
use crate::store::Delivery;

/// Longer than any name a person would give; brokers take far more.
const BYTES_MAX: usize = 256;

/// Stands for a field that a case does not have.
const UNKNOWN: &str = "unknown";

/// A topic of MQTT or a subject of NATS, with `{kind}`, `{change}`, `{camera}`,
/// `{zone}` and `{case}` filled in for each event. No filled-in text can add a
/// level or a wildcard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// The levels, each a row of parts.
    levels: Vec<Vec<Part>>,
    syntax: Syntax,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(Field),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Kind,
    Change,
    Camera,
    Zone,
    Case,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Syntax {
    Mqtt,
    Nats,
}

/// What a topic must be instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    #[error("must be 1 to {BYTES_MAX} bytes without control characters")]
    Text,
    #[error("must not begin with '$', which is the broker's own")]
    Reserved,
    #[error("must hold no '+' and no '#': one event has one topic")]
    MqttWildcard,
    #[error("must be words with '.' between them, without spaces, '*' and '>'")]
    NatsToken,
    #[error("must hold '{{' and '}}' only around kind, change, camera, zone or case")]
    Field,
}

impl Topic {
    /// A topic such as `xunjie/cases/{kind}`.
    ///
    /// # Errors
    /// When it holds wildcards, an unknown field or what MQTT forbids.
    pub fn mqtt(text: &str) -> Result<Self, TopicError> {
        if text.contains(['+', '#']) {
            return Err(TopicError::MqttWildcard);
        }
        Self::parse(text, Syntax::Mqtt)
    }

    /// A subject such as `xunjie.cases.{kind}`.
    ///
    /// # Errors
    /// When it holds wildcards, an unknown field or what NATS forbids.
    pub fn nats(text: &str) -> Result<Self, TopicError> {
        let forbidden = |c: char| c.is_whitespace() || matches!(c, '*' | '>');
        if text.contains(forbidden) || text.split('.').any(str::is_empty) {
            return Err(TopicError::NatsToken);
        }
        Self::parse(text, Syntax::Nats)
    }

    fn parse(text: &str, syntax: Syntax) -> Result<Self, TopicError> {
        if text.is_empty() || text.len() > BYTES_MAX || text.contains(char::is_control) {
            return Err(TopicError::Text);
        }
        if text.starts_with('$') {
            return Err(TopicError::Reserved);
        }
        let levels = text.split(syntax.between()).map(parts_of).collect::<Result<_, _>>()?;
        Ok(Self { levels, syntax })
    }

    /// The topic of this delivery's event.
    #[must_use]
    pub fn of(&self, delivery: &Delivery) -> String {
        self.joined(|level| {
            level.iter().fold(String::new(), |text, part| match part {
                Part::Text(part) => text + part,
                Part::Field(field) => text + &self.syntax.safe(field.of(delivery)),
            })
        })
    }

    /// What covers the topic of every event: each level with a field in it is a wildcard.
    #[must_use]
    pub fn of_all(&self) -> String {
        self.joined(|level| match level {
            [Part::Text(text)] => text.clone(),
            [] => String::new(),
            _ => self.syntax.wildcard().to_owned(),
        })
    }

    fn joined(&self, text_of: impl Fn(&[Part]) -> String) -> String {
        let levels: Vec<_> = self.levels.iter().map(|level| text_of(level)).collect();
        levels.join(self.syntax.between())
    }
}

impl Syntax {
    const fn between(self) -> &'static str {
        match self {
            Self::Mqtt => "/",
            Self::Nats => ".",
        }
    }

    const fn wildcard(self) -> &'static str {
        match self {
            Self::Mqtt => "+",
            Self::Nats => "*",
        }
    }

    /// The text with `_` for all that could change the topic's shape.
    fn safe(self, text: &str) -> String {
        let plain = |c: char| {
            c.is_alphanumeric() || matches!(c, '_' | '-') || (c == '.' && self == Self::Mqtt)
        };
        text.chars().map(|c| if plain(c) { c } else { '_' }).collect()
    }
}

impl Field {
    const ALL: [(&'static str, Self); 5] = [
        ("kind", Self::Kind),
        ("change", Self::Change),
        ("camera", Self::Camera),
        ("zone", Self::Zone),
        ("case", Self::Case),
    ];

    fn of(self, delivery: &Delivery) -> &str {
        let in_case = |key| delivery.case.get(key).and_then(serde_json::Value::as_str);
        let text = match self {
            Self::Kind => in_case("kind"),
            Self::Change => Some(change_of(delivery)),
            Self::Camera => in_case("camera_id"),
            Self::Zone => in_case("zone_id"),
            Self::Case => Some(delivery.id.case_id.as_str()),
        };
        text.filter(|text| !text.is_empty()).unwrap_or(UNKNOWN)
    }
}

fn parts_of(level: &str) -> Result<Vec<Part>, TopicError> {
    let mut parts = Vec::new();
    let mut rest = level;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}').ok_or(TopicError::Field)?;
        let known = Field::ALL.iter().find(|(known, _)| *known == name);
        let (_, field) = known.ok_or(TopicError::Field)?;
        parts.extend(text_part(before)?);
        parts.push(Part::Field(*field));
        rest = behind;
    }
    parts.extend(text_part(rest)?);
    Ok(parts)
}

fn text_part(text: &str) -> Result<Option<Part>, TopicError> {
    if text.contains('}') {
        return Err(TopicError::Field);
    }
    Ok((!text.is_empty()).then(|| Part::Text(text.to_owned())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use crate::cases::CaseChange;
    use crate::cases::CaseId;
    use crate::store::DeliveryId;
    use crate::store::SinkId;
    use crate::time::Timestamp;

    use super::*;

    fn delivery(zone: &str) -> Delivery {
        Delivery {
            id: DeliveryId {
                case_id: CaseId::parse(&"0a".repeat(16)).unwrap(),
                revision: 1,
                sink_id: SinkId::new("desk").unwrap(),
            },
            what: CaseChange::Cleared,
            at: Timestamp::EPOCH,
            case: json!({"kind": "illegal_parking", "camera_id": "pole.17", "zone_id": zone}),
            attempts: 0,
            refusals: 0,
            created_at: Timestamp::EPOCH,
        }
    }

    #[test]
    fn fills_in_what_the_case_says() {
        let topic = Topic::mqtt("city/{camera}/{zone}-{kind}/{change}").unwrap();
        let filled = topic.of(&delivery("a/+#b"));
        assert_eq!(filled, "city/pole.17/a___b-illegal_parking/cleared");
        assert_eq!(topic.of_all(), "city/+/+/+");
        let subject = Topic::nats("xunjie.cases.{camera}").unwrap();
        assert_eq!(subject.of(&delivery("")), "xunjie.cases.pole_17");
        assert_eq!(subject.of_all(), "xunjie.cases.*");
        assert_eq!(Topic::mqtt("z/{zone}").unwrap().of(&delivery("")), "z/unknown");
    }

    #[test]
    fn what_brokers_forbid_is_refused() {
        for text in ["", "a/#", "a/+/b", "$SYS/a", "a\u{0}", "a/{colour}", "a/{kind", "a/}"] {
            assert!(Topic::mqtt(text).is_err(), "{text:?}");
        }
        for text in ["", "a b", "a..b", ".a", "a.*", "a.>", "$JS.a", "a.{kind}}", "a.{k.ind}"] {
            assert!(Topic::nats(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_zone_can_change_the_shape_of_a_subject(zone in ".{0,40}") {
            let subject = Topic::nats("a.{zone}.b").unwrap().of(&delivery(&zone));
            prop_assert_eq!(subject.split('.').count(), 3);
            prop_assert!(Topic::nats(&subject).is_ok(), "{}", subject);
        }

        #[test]
        fn any_text_is_taken_or_refused(text in ".{0,60}") {
            let _ = (Topic::mqtt(&text), Topic::nats(&text));
        }
    }
}
