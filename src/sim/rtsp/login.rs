//! Logins as cameras ask for them: Basic, and Digest with MD5 (RFC 2617).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use md5::Digest;
use md5::Md5;

use crate::runtime::Secret;

const REALM: &str = "xunjie";

/// Who may watch a camera.
#[derive(Clone, Debug)]
pub struct Login {
    pub user: String,
    pub password: Secret,
    pub scheme: LoginScheme,
}

/// How the password travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginScheme {
    Basic,
    Digest,
}

impl Login {
    /// The value of a `WWW-Authenticate` header.
    pub(super) fn challenge(&self, nonce: &str) -> String {
        match self.scheme {
            LoginScheme::Basic => format!("Basic realm=\"{REALM}\""),
            LoginScheme::Digest => {
                format!("Digest realm=\"{REALM}\", nonce=\"{nonce}\", algorithm=MD5")
            }
        }
    }

    /// Whether the value of an `Authorization` header opens the door.
    pub(super) fn admits(&self, authorization: &str, method: &str, nonce: &str) -> bool {
        let Some((scheme, credentials)) = authorization.split_once(' ') else { return false };
        match self.scheme {
            LoginScheme::Basic if scheme.eq_ignore_ascii_case("basic") => {
                let expected = format!("{}:{}", self.user, self.password.expose());
                BASE64_STANDARD.decode(credentials.trim()).is_ok_and(|it| it == expected.as_bytes())
            }
            LoginScheme::Digest if scheme.eq_ignore_ascii_case("digest") => {
                let answer = DigestAnswer::read(credentials);
                answer.realm == REALM
                    && answer.nonce == nonce
                    && answer.username == self.user
                    && answer.response.eq_ignore_ascii_case(&answer.expected(self, method))
            }
            _ => false,
        }
    }
}

/// The parts of a client's answer to a Digest challenge; empty where it left them out.
#[derive(Default)]
struct DigestAnswer<'a> {
    username: &'a str,
    realm: &'a str,
    nonce: &'a str,
    uri: &'a str,
    qop: &'a str,
    nc: &'a str,
    cnonce: &'a str,
    response: &'a str,
}

impl<'a> DigestAnswer<'a> {
    fn read(text: &'a str) -> Self {
        let mut answer = Self::default();
        let mut rest = text;
        while let Some((name, after)) = rest.split_once('=') {
            let name = name.trim_matches([' ', ',']);
            let value;
            (value, rest) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
                None => after.split_once(',').unwrap_or((after, "")),
            };
            match name {
                "username" => answer.username = value,
                "realm" => answer.realm = value,
                "nonce" => answer.nonce = value,
                "uri" => answer.uri = value,
                "qop" => answer.qop = value.trim(),
                "nc" => answer.nc = value.trim(),
                "cnonce" => answer.cnonce = value,
                "response" => answer.response = value,
                _ => {}
            }
        }
        answer
    }

    fn expected(&self, login: &Login, method: &str) -> String {
        let Self { realm, nonce, uri, qop, nc, cnonce, .. } = self;
        let who = md5_hex(&format!("{}:{realm}:{}", login.user, login.password.expose()));
        let what = md5_hex(&format!("{method}:{uri}"));
        if qop.is_empty() {
            return md5_hex(&format!("{who}:{nonce}:{what}"));
        }
        md5_hex(&format!("{who}:{nonce}:{nc}:{cnonce}:{qop}:{what}"))
    }
}

fn md5_hex(text: &str) -> String {
    use std::fmt::Write;
    Md5::digest(text).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
        hex
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn login(user: &str, password: &str, scheme: LoginScheme) -> Login {
        Login { user: user.to_owned(), password: Secret::new(password), scheme }
    }

    /// The example of RFC 2617, section 3.5.
    #[test]
    fn computes_what_the_standard_says() {
        let text = "username=\"Mufasa\", realm=\"testrealm@host.com\", \
            nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", qop=auth, \
            nc=00000001, cnonce=\"0a4f113b\", response=\"6629fae49393a05397450978507c4ef1\"";
        let answer = DigestAnswer::read(text);
        let login = login("Mufasa", "Circle Of Life", LoginScheme::Digest);
        assert_eq!(answer.expected(&login, "GET"), answer.response);
        assert_ne!(answer.expected(&login, "PUT"), answer.response);
    }

    #[test]
    fn digest_admits_only_the_right_password_nonce_and_method() {
        let right = login("admin", "a:b c", LoginScheme::Digest);
        let who = md5_hex("admin:xunjie:a:b c");
        let what = md5_hex("PLAY:rtsp://h/cam0/");
        let response = md5_hex(&format!("{who}:n1:{what}"));
        let header = format!(
            "Digest username=\"admin\", realm=\"xunjie\", nonce=\"n1\", \
             uri=\"rtsp://h/cam0/\", response=\"{response}\""
        );
        assert!(right.admits(&header, "PLAY", "n1"));
        assert!(!right.admits(&header, "PLAY", "n2"));
        assert!(!right.admits(&header, "SETUP", "n1"));
        assert!(!login("admin", "other", LoginScheme::Digest).admits(&header, "PLAY", "n1"));
        assert!(!login("admin", "a:b c", LoginScheme::Basic).admits(&header, "PLAY", "n1"));
    }

    #[test]
    fn basic_admits_only_the_right_password() {
        let right = login("admin", "a:b c", LoginScheme::Basic);
        assert!(right.admits("Basic YWRtaW46YTpiIGM=", "PLAY", ""));
        assert!(!right.admits("Basic YWRtaW46b3RoZXI=", "PLAY", ""));
        assert!(!right.admits("Basic ", "PLAY", ""));
    }

    proptest! {
        #[test]
        fn any_header_is_judged_without_panic(text in "(Digest |Basic )?.{0,80}") {
            let login = login("admin", "secret", LoginScheme::Digest);
            prop_assert!(!login.admits(&text, "PLAY", "n"));
        }
    }
}
