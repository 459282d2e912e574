//! The stream that keeps the events: whether it is there, takes them, and acknowledges.

use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::CreateStreamErrorKind;
use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::stream::Config;

use crate::dispatch::DeliveryFailure;

/// Longer than the longest wait between two attempts, so that a repeat is known as one.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(15 * 60);
/// A lane waits at most five minutes between attempts, and an attempt takes at most one.
const DUPLICATE_WINDOW_MIN: Duration = Duration::from_secs(6 * 60);
/// As long as a sink may try; a stream that we make must not grow for ever.
const KEPT: Duration = Duration::from_secs(31 * 24 * 3600);

/// A server of a stream's own making answers 503 where it is short of something.
const SHORT_OF: usize = 503;

/// What to do where there is no stream.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WhereMissing {
    Create,
    Tell,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Ready,
    /// Repeats of an event may stay in it, under the same key.
    ShortMemory(Duration),
}

/// Looks the stream up and makes sure that it takes and acknowledges what is
/// published under `subject`, which may hold wildcards.
pub(super) async fn check_stream(
    context: &Context,
    name: &str,
    subject: &str,
    missing: WhereMissing,
) -> Result<Found, DeliveryFailure> {
    match context.get_stream(name).await {
        Ok(stream) => judge(&stream.cached_info().config, subject),
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(error)
                if error.error_code() == ErrorCode::STREAM_NOT_FOUND =>
            {
                match missing {
                    WhereMissing::Create => create(context, name, subject).await,
                    WhereMissing::Tell => {
                        Err(DeliveryFailure::refused(missing_words(name, subject)))
                    }
                }
            }
            GetStreamErrorKind::JetStream(error) => Err(in_words(&error)),
            GetStreamErrorKind::Request => Err(DeliveryFailure::away(
                "JetStream does not answer; the server may be starting or run without it (-js)",
            )),
            _ => Err(DeliveryFailure::refused(format!("{name:?} is no name of a stream"))),
        },
    }
}

async fn create(context: &Context, name: &str, subject: &str) -> Result<Found, DeliveryFailure> {
    let config = Config {
        name: name.to_owned(),
        subjects: vec![subject.to_owned()],
        duplicate_window: DUPLICATE_WINDOW,
        max_age: KEPT,
        num_replicas: 1,
        ..Config::default()
    };
    match context.create_stream(config).await {
        Ok(_) => {
            tracing::info!(stream = name, subject, "made the stream");
            Ok(Found::Ready)
        }
        Err(error) => Err(match error.kind() {
            CreateStreamErrorKind::JetStream(error) => in_words(&error),
            _ => DeliveryFailure::away(format!("the stream {name} could not be made")),
        }),
    }
}

fn judge(config: &Config, subject: &str) -> Result<Found, DeliveryFailure> {
    let name = &config.name;
    if !config.subjects.iter().any(|pattern| covers(pattern, subject)) {
        return Err(DeliveryFailure::refused(format!(
            "the stream {name} does not take {subject}; add it to its subjects with: \
             nats stream edit {name} --subjects …"
        )));
    }
    if config.no_ack || config.sealed {
        let reason = format!("the stream {name} acknowledges nothing (it is sealed or has no_ack)");
        return Err(DeliveryFailure::refused(reason));
    }
    if config.duplicate_window < DUPLICATE_WINDOW_MIN {
        return Ok(Found::ShortMemory(config.duplicate_window));
    }
    Ok(Found::Ready)
}

/// A fault that the server names by number; what it writes of it is not passed on.
pub(super) fn in_words(error: &async_nats::jetstream::Error) -> DeliveryFailure {
    let code = error.error_code();
    if [ErrorCode::JETSTREAM_NOT_ENABLED, ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT]
        .contains(&code)
    {
        return DeliveryFailure::refused("the server runs without JetStream (-js)");
    }
    let reason = format!("the stream answered with error {}", code.0);
    if error.code() == SHORT_OF {
        DeliveryFailure::away(reason)
    } else {
        DeliveryFailure::refused(reason)
    }
}

fn missing_words(name: &str, subject: &str) -> String {
    format!(
        "there is no stream {name}; create it with: nats stream add {name} --subjects '{subject}' \
         --storage file --dupe-window 15m --defaults (or set create_stream = true)"
    )
}

/// Whether every subject that `subject` stands for falls under `pattern`.
fn covers(pattern: &str, subject: &str) -> bool {
    let mut tokens = subject.split('.');
    for wanted in pattern.split('.') {
        let token = tokens.next();
        match (wanted, token) {
            (">", Some(_)) => return true,
            ("*", Some(_)) => {}
            (wanted, Some(token)) if wanted == token => {}
            _ => return false,
        }
    }
    tokens.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_what_falls_under_it() {
        for (pattern, subject, expected) in [
            ("xunjie.cases.*", "xunjie.cases.*", true),
            ("xunjie.>", "xunjie.cases.*", true),
            (">", "xunjie.cases.*", true),
            ("*.cases.*", "xunjie.cases.garbage_pile", true),
            ("xunjie.cases.garbage_pile", "xunjie.cases.*", false),
            ("xunjie.cases", "xunjie.cases.*", false),
            ("xunjie.cases.*.*", "xunjie.cases.*", false),
            ("xunjie.cases.>", "xunjie.cases", false),
        ] {
            assert_eq!(covers(pattern, subject), expected, "{pattern} {subject}");
        }
    }

    #[test]
    fn a_stream_that_does_not_take_or_keep_events_is_told_of() {
        let config = |subject: &str| Config {
            name: "XUNJIE".into(),
            subjects: vec![subject.into()],
            duplicate_window: Duration::from_secs(120),
            ..Config::default()
        };
        let subject = "xunjie.cases.*";
        assert_eq!(
            judge(&config(subject), subject),
            Ok(Found::ShortMemory(Duration::from_secs(120)))
        );
        assert!(judge(&config("other.>"), subject).unwrap_err().reason.contains("does not take"));
        let silent = Config { no_ack: true, ..config(subject) };
        assert!(judge(&silent, subject).unwrap_err().reason.contains("acknowledges nothing"));
        assert!(missing_words("XUNJIE", subject).contains("nats stream add XUNJIE"));
    }
}
