//! Why a session ended, in words for an operator.
//!
//! `retina` keeps its errors opaque: a status code and a text for developers,
//! with dumps of bytes. The text's beginning tells the cases apart; it is never shown.

use crate::ingest::CameraPhase;
use crate::ingest::CameraUri;
use crate::ingest::EndCause;
use crate::ingest::SourceEnd;
use crate::ingest::Transport;

pub(super) fn lost(reason: impl Into<String>) -> SourceEnd {
    end(CameraPhase::Lost, reason)
}

pub(super) fn refused(reason: impl Into<String>) -> SourceEnd {
    end(CameraPhase::Refused, reason)
}

/// The camera speaks in a way that only another receiver may understand.
pub(super) fn odd(reason: impl Into<String>) -> SourceEnd {
    SourceEnd { try_another_source: true, ..refused(reason) }
}

/// Nobody answered.
pub(super) fn silent(reason: impl Into<String>) -> SourceEnd {
    lost(reason).because(EndCause::Silence)
}

fn login(reason: &str) -> SourceEnd {
    refused(reason).because(EndCause::Login)
}

fn end(phase: CameraPhase, reason: impl Into<String>) -> SourceEnd {
    let (reason, cause) = (reason.into(), EndCause::Other);
    SourceEnd { phase, reason, try_another_source: false, cause }
}

/// Whether the error is about one packet, so that the next may be fine.
pub(super) fn concerns_one_packet(error: &retina::Error) -> bool {
    error.status_code().is_none() && error.to_string().contains("\npkt: ")
}

/// What an error of the session means for `uri`. `step` is what was being
/// done, as in "asked for its streams".
pub(super) fn from_session(
    error: &retina::Error,
    step: &str,
    uri: &CameraUri,
    transport: Transport,
) -> SourceEnd {
    let text = error.to_string();
    tracing::debug!(camera = %uri, step, error = %uri.scrubbed(&text), "an RTSP session ended");
    match error.status_code() {
        Some(status) => from_status(status, step, uri, transport),
        None => from_text(&text, step, uri),
    }
}

fn from_status(status: u16, step: &str, uri: &CameraUri, transport: Transport) -> SourceEnd {
    match status {
        // The camera agreed, but what it said cannot be used.
        200..=299 => odd(format!("the camera's answer cannot be understood when {step}")),
        300..=399 => odd(format!("the camera sends us elsewhere ({status})")),
        401 if uri.login().is_some() => login("the camera refused the login (401)"),
        401 => login("the camera asks for a login, and none is set (401)"),
        403 => login("the camera forbids access (403)"),
        404 => refused("no such path on the camera (404)").because(EndCause::NoVideo),
        415 => odd("the camera's media type is not supported (415)").because(EndCause::Codec),
        453 | 500 | 503 => lost(format!("the camera is too busy or starting ({status})")),
        454 => lost("the camera forgot the session (454)"),
        461 => refused(format!("the camera refused transport {} (461)", name(transport))),
        _ => odd(format!("the camera answered {status} when {step}")),
    }
}

pub(super) fn name(transport: Transport) -> &'static str {
    match transport {
        Transport::Tcp => "TCP",
        Transport::Udp => "UDP",
    }
}

fn from_text(text: &str, step: &str, uri: &CameraUri) -> SourceEnd {
    let has = |part: &str| text.contains(part);
    let peer = uri.endpoint();
    if text.starts_with("Unable to connect") {
        silent(connection_failure(text, &peer))
    } else if has("EOF") {
        lost("the camera closed the connection")
    } else if has("keepalive") {
        silent("the camera no longer answers")
    } else if has("reset") || has("Broken pipe") {
        lost("the camera reset the connection")
    } else if text.starts_with("RTSP framing error") {
        odd(format!("{peer} does not speak RTSP when {step}"))
    } else if text.starts_with("Error re") || text.starts_with("Error writing") {
        lost("the connection broke")
    } else {
        odd(format!("the camera's answer cannot be understood when {step}"))
    }
}

/// Why there is no connection to `peer`, from the system's own words.
pub(in crate::ingest) fn connection_failure(text: &str, peer: &str) -> String {
    let has = |part: &str| text.contains(part);
    if has("refused") {
        format!("connection refused by {peer}")
    } else if has("lookup") {
        format!("no address is known for {peer}")
    } else if has("unreachable") || has("No route") {
        format!("{peer} is unreachable")
    } else {
        format!("cannot connect to {peer}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri() -> CameraUri {
        CameraUri::parse("rtsp://a:hunter2@10.0.0.7/s").unwrap()
    }

    #[test]
    fn tells_connections_from_refusals_in_plain_words() {
        let told = |text| from_text(text, "asked to play", &uri()).reason;
        let refused = "Unable to connect to RTSP server: Connection refused (os error 111)";
        assert_eq!(told(refused), "connection refused by 10.0.0.7:554");
        assert_eq!(
            told("Error reading from RTSP peer: EOF while"),
            "the camera closed the connection"
        );
        assert!(from_text("RTSP framing error: x", "asked to play", &uri()).try_another_source);
    }

    #[test]
    fn tells_refusals_by_status() {
        let told = |status| from_status(status, "asked to play", &uri(), Transport::Tcp);
        assert_eq!(told(401).reason, "the camera refused the login (401)");
        assert_eq!(told(404).phase, CameraPhase::Refused);
        assert_eq!(told(403).cause, EndCause::Login);
        assert_eq!(told(503).phase, CameraPhase::Lost);
        assert!(told(551).try_another_source && !told(401).try_another_source);
    }
}
