//! A camera's address with its login set apart, so that printing the address cannot show a password.

use std::fmt;

use url::Url;

use crate::runtime::Secret;

/// Words before `=` in a path or query behind which cameras expect a password.
const SECRET_KEYS: [&str; 7] = ["password", "passwd", "pwd", "pass", "token", "secret", "key"];

/// An absolute URI. Invariant: `url` has no user-info; an `rtsp` or `rtsps` address names a host.
#[derive(Clone, PartialEq, Eq)]
pub struct CameraUri {
    url: Url,
    login: Option<CameraLogin>,
}

/// What a camera asks for before it shows pictures; percent-decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraLogin {
    pub user: String,
    pub password: Secret,
}

/// Why a text is no camera's address; quotes the address without its login.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CameraUriError {
    #[error("{uri:?} is no address such as rtsp://user:password@10.0.0.7/stream: {reason}")]
    Malformed { uri: String, reason: String },
    #[error("{uri:?} names no host")]
    Host { uri: String },
    #[error("{uri:?} has '@' after its host: write / ? # @ in a password as %2F %3F %23 %40")]
    LoginSplit { uri: String },
}

impl CameraUri {
    /// Splits the login from the address.
    ///
    /// # Errors
    /// When the text is no absolute URI, an RTSP address has no host, or a
    /// password holds characters that cut the address in the wrong place.
    pub fn parse(text: &str) -> Result<Self, CameraUriError> {
        let text = text.trim();
        let mut url = Url::parse(text).map_err(|e| CameraUriError::Malformed {
            uri: without_login(text),
            reason: e.to_string(),
        })?;
        if url.cannot_be_a_base() {
            // Most likely a login without a scheme before it: `admin:password@…`.
            let reason = "it needs a scheme and //".to_owned();
            return Err(CameraUriError::Malformed { uri: without_login(text), reason });
        }
        let has_login = !url.username().is_empty() || url.password().is_some();
        let rest_after_host = &url[url::Position::BeforePath..];
        if !has_login && url.has_host() && rest_after_host.contains('@') {
            return Err(CameraUriError::LoginSplit { uri: without_login(text) });
        }
        if is_rtsp(url.scheme()) && url.host_str().is_none_or(str::is_empty) {
            return Err(CameraUriError::Host { uri: without_login(text) });
        }
        let login = has_login.then(|| CameraLogin {
            user: percent_decoded(url.username()),
            password: Secret::new(percent_decoded(url.password().unwrap_or_default())),
        });
        if has_login && (url.set_username("").is_err() || url.set_password(None).is_err()) {
            return Err(CameraUriError::Host { uri: without_login(text) });
        }
        Ok(Self { url, login })
    }

    #[must_use]
    pub fn scheme(&self) -> &str {
        self.url.scheme()
    }

    /// Host and port as one would dial them, as in `10.0.0.7:554`; empty for addresses without a host.
    #[must_use]
    pub fn endpoint(&self) -> String {
        let Some(host) = self.url.host_str() else { return String::new() };
        match self.url.port_or_known_default().or_else(|| default_port(self.scheme())) {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// The address without the login. Its path or query may still hold a
    /// camera's own password: show the `CameraUri` itself instead.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    #[must_use]
    pub fn login(&self) -> Option<&CameraLogin> {
        self.login.as_ref()
    }

    /// The same address with another login, or with none.
    #[must_use]
    pub fn with(self, login: Option<CameraLogin>) -> Self {
        Self { login, ..self }
    }

    /// The whole address with its login, for a library that takes no other form.
    #[must_use]
    pub fn with_login(&self) -> Secret {
        let mut url = self.url.clone();
        if let Some(login) = &self.login {
            // Only an address without a host takes no login. What stands for
            // itself in a login must not be read as an escape when it is parsed.
            let escaped = |text: &str| text.replace('%', "%25");
            let _ = url.set_username(&escaped(&login.user));
            let _ = url.set_password(Some(&escaped(login.password.expose())));
        }
        Secret::new(String::from(url))
    }

    /// `text`, which came from elsewhere, without this address's passwords.
    #[must_use]
    pub fn scrubbed(&self, text: &str) -> String {
        let mut clean = hide_keyed_secrets(text);
        if let Some(login) = self.login.as_ref().filter(|login| login.password.expose().len() > 1) {
            clean = clean.replace(login.password.expose(), "***");
        }
        clean
    }
}

impl fmt::Display for CameraUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hide_keyed_secrets(self.url.as_str()))
    }
}

impl fmt::Debug for CameraUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.login.is_some() { " with login" } else { "" };
        write!(f, "CameraUri({self}{mark})")
    }
}

pub(super) fn is_rtsp(scheme: &str) -> bool {
    matches!(scheme, "rtsp" | "rtsps")
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "rtsp" => Some(554),
        "rtsps" => Some(322),
        "rtmp" => Some(1935),
        _ => None,
    }
}

/// `text` with everything between the scheme and the last `@` taken out.
fn without_login(text: &str) -> String {
    let start = text.find("://").map_or(0, |at| at + 3);
    let clean = match text.rfind('@') {
        Some(at) if at >= start => format!("{}***{}", &text[..start], &text[at..]),
        _ => text.to_owned(),
    };
    hide_keyed_secrets(&clean)
}

/// `text` with what follows a key such as `password=` taken out, up to the next separator.
fn hide_keyed_secrets(text: &str) -> String {
    // Lower-casing ASCII only keeps every byte at its place.
    let lower = text.to_ascii_lowercase();
    let mut clean = String::with_capacity(text.len());
    let mut done = 0;
    while let Some((value, end)) = next_secret(&lower, done) {
        clean.push_str(&text[done..value]);
        if value < end {
            clean.push_str("***");
        }
        done = end;
    }
    clean.push_str(&text[done..]);
    clean
}

/// Where the next secret's value begins and ends, at or after `from`.
fn next_secret(lower: &str, from: usize) -> Option<(usize, usize)> {
    let starts = SECRET_KEYS.iter().filter_map(|key| {
        let with_equals = format!("{key}=");
        lower[from..].find(&with_equals).map(|at| from + at + with_equals.len())
    });
    let value = starts.min()?;
    let rest = &lower[value..];
    let length = rest.find(|c: char| "&;/?#\"' ".contains(c)).unwrap_or(rest.len());
    Some((value, value + length))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let decoded = hex
            .filter(|two| first == b'%' && two.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        bytes.push(decoded.unwrap_or(first));
        rest = if decoded.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, shown: &str, user: &str, password: &str) {
        let uri = CameraUri::parse(text).unwrap();
        assert_eq!(uri.to_string(), shown);
        let login = uri.login().unwrap();
        assert_eq!((login.user.as_str(), login.password.expose()), (user, password));
    }

    #[test]
    fn sets_the_login_apart_and_decodes_it() {
        check("rtsp://admin:pw@10.0.0.7/s", "rtsp://10.0.0.7/s", "admin", "pw");
        check("rtsp://a:p%40ss%2f@h:8554/s?x=1", "rtsp://h:8554/s?x=1", "a", "p@ss/");
        check("rtsp://a:p@ss@h/", "rtsp://h/", "a", "p@ss");
        check("rtsp://a:100%@h/", "rtsp://h/", "a", "100%");
        assert_eq!(CameraUri::parse("rtsp://h/s").unwrap().login(), None);
    }

    #[test]
    fn hides_passwords_that_cameras_take_in_path_or_query() {
        let shown = |text| CameraUri::parse(text).unwrap().to_string();
        assert_eq!(
            shown("rtsp://h/a?user=x&PassWord=hunter2&c=1"),
            "rtsp://h/a?user=x&PassWord=***&c=1"
        );
        assert_eq!(
            shown("rtsp://h/user=x_password=hunter2_c=1.sdp"),
            "rtsp://h/user=x_password=***"
        );
        assert_eq!(shown("http://h/m?token=abc"), "http://h/m?token=***");
    }

    #[test]
    fn errors_do_not_quote_the_login() {
        let split = ["rtsp://admin:hun/ter2@h/", "rtsp://admin:99/hunter2@h/"];
        for text in [&split[..], &["rtsp://a:hunter2@", "admin:hunter2@10.0.0.7/s"]].concat() {
            let e = CameraUri::parse(text).unwrap_err();
            assert!(!e.to_string().contains("ter2"), "{e}");
        }
        assert!(CameraUri::parse("rtsp:///path").is_err());
        assert!(CameraUri::parse("10.0.0.7/stream").is_err());
    }

    #[test]
    fn puts_the_login_back_only_when_asked() {
        let uri = CameraUri::parse("rtsps://a:p%40ss@h/s").unwrap();
        assert_eq!(uri.with_login().expose(), "rtsps://a:p%40ss@h/s");
        assert_eq!(format!("{uri:?}"), "CameraUri(rtsps://h/s with login)");
        assert_eq!(uri.scrubbed("bad login p@ss"), "bad login ***");
    }

    #[test]
    fn knows_where_to_dial() {
        let endpoint = |text| CameraUri::parse(text).unwrap().endpoint();
        assert_eq!(endpoint("rtsp://10.0.0.7/s"), "10.0.0.7:554");
        assert_eq!(endpoint("rtsp://[::1]:8554/s"), "[::1]:8554");
        assert_eq!(endpoint("file:///clip.mp4"), "");
    }

    proptest! {
        #[test]
        fn never_shows_a_password(password in "[a-zA-Z0-9@:/?#%&= ]{6,20}") {
            let shown = match CameraUri::parse(&format!("rtsp://operator:{password}@10.0.0.7/s")) {
                Ok(uri) => format!("{uri} {uri:?}"),
                Err(e) => format!("{e} {e:?}"),
            };
            prop_assert!(!shown.contains(password.trim()), "{}", shown);
        }

        /// As somebody types it into a field of its own.
        #[test]
        fn any_login_is_put_into_an_address_and_found_there_again(
            user in "[a-zA-Z0-9@:/?#%& é]{1,12}",
            password in "[a-zA-Z0-9@:/?#%& é]{0,12}",
        ) {
            let login = CameraLogin { user, password: Secret::new(password) };
            let bare = CameraUri::parse("rtsp://10.0.0.7/s").unwrap();
            let whole = bare.with(Some(login.clone())).with_login();
            let found = CameraUri::parse(whole.expose()).unwrap();
            prop_assert_eq!(found.login(), Some(&login));
            prop_assert_eq!(found.to_string(), "rtsp://10.0.0.7/s");
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in "\\PC{0,60}") {
            let _ = CameraUri::parse(&text).map(|uri| (uri.to_string(), uri.with_login()));
        }
    }
}
