//! Reads RTSP requests out of whatever a client sends.

/// A request with its body; real ones have a few hundred bytes.
pub(super) const REQUEST_BYTES_MAX: usize = 16 * 1024;

const HEADERS_MAX: usize = 64;

/// What the bytes received so far are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// The beginning of something.
    Incomplete,
    /// A request, and how many bytes it took.
    Request(Request, usize),
    /// So many bytes that nobody needs, such as a client's RTCP; more than there are, perhaps.
    Skip(usize),
    /// No RTSP, and the sequence number to complain to.
    Bad(u32),
}

/// A request's head; its body is of no interest to a camera.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) uri: String,
    pub(super) sequence: u32,
    headers: Vec<(String, String)>,
}

impl Request {
    /// The first header of that name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The camera's name: the path without slashes at its ends, query and track.
    pub(super) fn camera_name(&self) -> &str {
        let after_scheme = self.uri.split_once("://").map_or("", |(_, rest)| rest);
        let path = after_scheme.split_once('/').map_or("", |(_, path)| path);
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        path.trim_end_matches('/').trim_end_matches("trackID=0").trim_matches('/')
    }
}

/// Reads the first thing in `bytes`.
pub(super) fn parse(bytes: &[u8]) -> Parsed {
    match bytes {
        // An interleaved packet: `$`, channel, length.
        [b'$', _, high, low, ..] => {
            return Parsed::Skip(4 + usize::from(u16::from_be_bytes([*high, *low])));
        }
        [] | [b'$', ..] => return Parsed::Incomplete,
        [b'\r' | b'\n', ..] => return Parsed::Skip(1),
        [b'A'..=b'Z', ..] => {}
        _ => return Parsed::Bad(0),
    }
    let Some(head_len) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return if bytes.len() < REQUEST_BYTES_MAX { Parsed::Incomplete } else { Parsed::Bad(0) };
    };
    let Some(request) = std::str::from_utf8(&bytes[..head_len]).ok().and_then(parse_head) else {
        return Parsed::Bad(0);
    };
    let body_len = request.header("Content-Length").map_or(Some(0), |text| text.parse().ok());
    let total = body_len.and_then(|body: usize| body.checked_add(head_len + 4));
    match total.filter(|total| *total <= REQUEST_BYTES_MAX) {
        Some(total) if total <= bytes.len() => Parsed::Request(request, total),
        Some(_) => Parsed::Incomplete,
        None => Parsed::Bad(request.sequence),
    }
}

fn parse_head(head: &str) -> Option<Request> {
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, uri, version) = (words.next()?, words.next()?, words.next()?);
    let known_form = version.starts_with("RTSP/1.") && words.next().is_none();
    if !known_form || uri.is_empty() || uri.contains(char::is_control) {
        return None;
    }
    let mut headers = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(':')?;
        if headers.len() == HEADERS_MAX || value.contains(char::is_control) {
            return None;
        }
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    let mut request =
        Request { method: method.to_owned(), uri: uri.to_owned(), sequence: 0, headers };
    request.sequence = request.header("CSeq")?.parse().ok()?;
    Some(request)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAY: &[u8] = b"PLAY rtsp://h:1/cam-7/trackID=0?x=1 RTSP/1.0\r\nCSeq: 4\r\n\
        session: abc;timeout=60\r\n\r\n$";

    #[test]
    fn reads_a_request_and_leaves_the_rest() {
        let Parsed::Request(request, used) = parse(PLAY) else { panic!("no request") };
        assert_eq!(used, PLAY.len() - 1);
        assert_eq!((request.method.as_str(), request.sequence), ("PLAY", 4));
        assert_eq!(request.camera_name(), "cam-7");
        assert_eq!(request.header("Session"), Some("abc;timeout=60"));
    }

    #[test]
    fn skips_what_a_client_reports() {
        assert_eq!(parse(b"$\x01\x00\x20abc"), Parsed::Skip(36));
        assert_eq!(parse(b"$\x01\x00"), Parsed::Incomplete);
    }

    #[test]
    fn refuses_what_is_no_request() {
        let check = |bytes: &[u8]| assert!(matches!(parse(bytes), Parsed::Bad(_)), "{bytes:?}");
        check(b"\x16\x03\x01\x02");
        check(b"GET / HTTP/1.1\r\nCSeq: 1\r\n\r\n");
        check(b"PLAY rtsp://h/ RTSP/1.0\r\n\r\n");
        check(b"PLAY rtsp://h/ RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 99999999\r\n\r\n");
        check(&[b'A'; REQUEST_BYTES_MAX]);
        let endless = b"PLAY rtsp://h/ RTSP/1.0\r\n".iter().chain(b"a: b\r\n".iter().cycle());
        check(&endless.take(REQUEST_BYTES_MAX).copied().collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn a_broken_request_never_takes_more_than_there_is(at in 0..PLAY.len(), byte: u8) {
            let mut bytes = PLAY.to_vec();
            bytes[at] = byte;
            if let Parsed::Request(request, used) = parse(&bytes) {
                prop_assert!(used <= bytes.len());
                let _ = request.camera_name();
            }
        }
    }
}
