//! Addresses and secrets: checked without ever quoting them, and read from files of their own.

use std::fs::File;
use std::io::Read;

use url::Url;

use crate::runtime::Secret;
use crate::written::Table;
use crate::written::Value;

/// What GStreamer and we can open; anything else is written as a pipeline.
const CAMERA_SCHEMES: [&str; 12] =
    ["rtsp", "rtsps", "rtmp", "rtmps", "srt", "udp", "rtp", "tcp", "http", "https", "file", "v4l2"];

/// These have a host; of the others some listen or name a file.
const SCHEMES_WITH_HOST: [&str; 6] = ["rtsp", "rtsps", "rtmp", "rtmps", "http", "https"];

/// Longer than any address or key that is meant.
const SECRET_BYTES_MAX: u64 = 4096;

/// The address of a camera, or what it must be instead.
pub(super) fn camera_uri(text: &str) -> Result<Secret, String> {
    let text = text.trim();
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err("must be a URI such as rtsp://user:password@192.168.1.64:554/stream1".into());
    };
    let scheme = scheme.to_ascii_lowercase();
    if !CAMERA_SCHEMES.contains(&scheme.as_str()) {
        return Err(format!("must begin with one of {}", CAMERA_SCHEMES.join(", ")));
    }
    if rest.is_empty() || SECRET_BYTES_MAX < text.len() as u64 || text.contains(char::is_control) {
        return Err(format!("must name a host or file in at most {SECRET_BYTES_MAX} bytes"));
    }
    if SCHEMES_WITH_HOST.contains(&scheme.as_str()) {
        check_host(text)?;
    }
    Ok(Secret::new(text))
}

/// The address of a webhook, or what it must be instead.
pub(super) fn webhook_url(text: &str) -> Result<Secret, String> {
    let text = text.trim();
    match text.split_once("://") {
        Some((scheme, _)) if ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) => {
            check_host(text).map(|()| Secret::new(text))
        }
        _ => Err("must be a URL that begins with https:// or http://".into()),
    }
}

/// Whether this is RTSP without encryption, which our own receiver speaks.
pub(super) fn is_plain_rtsp(uri: &Secret) -> bool {
    uri.expose().get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("rtsp://"))
}

/// The text of the file that `value` names: one line, for a secret. Notes why if it cannot be read.
pub(super) fn secret_in_file(table: &Table<'_>, value: &Value<'_>) -> Option<Secret> {
    let path = table.beside_file(value.text()?);
    let mut text = String::new();
    let read =
        File::open(path).and_then(|file| file.take(SECRET_BYTES_MAX + 1).read_to_string(&mut text));
    if let Err(error) = read {
        value.fault(format!("cannot be read: {error}"));
        return None;
    }
    let line = text.trim();
    if line.is_empty() || line.contains('\n') || SECRET_BYTES_MAX < text.len() as u64 {
        value.fault(format!("must be a file of one line of at most {SECRET_BYTES_MAX} bytes"));
        return None;
    }
    Some(Secret::new(line))
}

fn check_host(text: &str) -> Result<(), String> {
    match Url::parse(text) {
        Ok(url) if url.host_str().is_some_and(|host| !host.is_empty()) => Ok(()),
        Ok(_) => Err("must name a host".into()),
        Err(error) if text.contains('@') => Err(format!(
            "{error}; in a password write '/' as %2F, '?' as %3F, '#' as %23, '@' as %40"
        )),
        Err(error) => Err(format!("{error}; must be as in scheme://host:port/path")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, fault: Option<&str>) {
        let told = camera_uri(text).err();
        match fault {
            None => assert_eq!(told, None, "{text}"),
            Some(fault) => {
                assert!(told.as_ref().is_some_and(|told| told.contains(fault)), "{text}: {told:?}");
            }
        }
    }

    #[test]
    fn takes_what_cameras_and_streams_are_reached_by() {
        check("rtsp://user:password@192.168.1.64:554/stream1", None);
        check("rtsp://cam.lan/user=admin&password=x&channel=1", None);
        check("RTSPS://[fe80::1]/live", None);
        check("udp://@239.0.0.1:5004", None);
        check("srt://:7001?mode=listener", None);
        check("file:///clips/a.mp4", None);
    }

    #[test]
    fn says_what_is_wrong_with_an_address() {
        check("192.168.1.64", Some("must be a URI such as"));
        check("ftp://host/a.mp4", Some("must begin with one of rtsp"));
        check("rtsp://", Some("must name a host"));
        check("rtsp:///stream1", Some("host"));
        check("rtsp://host:port/x", Some("port"));
        check("rtsp://admin:a/b@host/x", Some("%2F"));
    }

    proptest! {
        #[test]
        fn any_text_is_taken_or_refused(text in ".{0,60}") {
            let _ = camera_uri(&text);
            let _ = webhook_url(&text);
        }
    }
}
