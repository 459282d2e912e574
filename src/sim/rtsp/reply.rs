//! RTSP replies.

use std::fmt::Write;

/// What a camera answers.
#[derive(Debug, Default)]
pub(super) struct Reply {
    status: u16,
    headers: String,
    body: String,
    /// The connection ends after it.
    pub(super) last: bool,
}

impl Reply {
    pub(super) fn new(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// Adds a header; neither part may hold a line break.
    pub(super) fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        write!(self.headers, "{name}: {value}\r\n").expect("writing to a string cannot fail");
        self
    }

    pub(super) fn with_body(mut self, media_type: &str, body: String) -> Self {
        self.body = body;
        let length = self.body.len();
        self.with("Content-Type", media_type).with("Content-Length", length)
    }

    pub(super) fn and_close(mut self) -> Self {
        self.last = true;
        self
    }

    pub(super) fn text(&self, sequence: u32) -> String {
        let Self { status, headers, body, .. } = self;
        let reason = reason(*status);
        format!("RTSP/1.0 {status} {reason}\r\nCSeq: {sequence}\r\n{headers}\r\n{body}")
    }
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        454 => "Session Not Found",
        455 => "Method Not Valid in This State",
        461 => "Unsupported Transport",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        551 => "Option not supported",
        _ => "Internal Server Error",
    }
}
