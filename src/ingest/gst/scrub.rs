//! Takes secrets out of GStreamer's messages, which quote addresses and descriptions as they were given.

/// What must not be seen of one camera.
#[derive(Clone, Default)]
pub(super) struct Scrub {
    secrets: Vec<String>,
}

/// Properties and query keys whose values are secret, in pipeline descriptions and addresses.
const KEYS: [&str; 8] =
    ["user-pw=", "proxy-pw=", "password=", "passphrase=", "passwd=", "pwd=", "token=", "key="];

/// Longer messages are cut: they are shown on a dashboard.
const LENGTH_MAX: usize = 300;

impl Scrub {
    /// Knows the secrets that stand in `text`, and `others`.
    pub(super) fn of(text: &str, others: &[&str]) -> Self {
        let mut secrets: Vec<String> = others.iter().map(|other| (*other).to_owned()).collect();
        for key in KEYS {
            for (at, _) in text.to_ascii_lowercase().match_indices(key) {
                let value = text.get(at + key.len()..).unwrap_or_default();
                let value = value.trim_start_matches(['"', '\'', '\\']);
                let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '&' | '!');
                secrets.push(value.split(ends).next().unwrap_or_default().to_owned());
            }
        }
        secrets.extend(logins(text).map(str::to_owned));
        let percent = |secret: &String| {
            url::form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>()
        };
        let encoded: Vec<String> = secrets.iter().map(percent).collect();
        secrets.extend(encoded);
        secrets.retain(|secret| !secret.is_empty());
        // The longest first, so that one within another leaves nothing.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self { secrets }
    }

    /// `message` without the secrets, on one line.
    pub(super) fn clean(&self, message: &str) -> String {
        let mut clean = message.split_whitespace().collect::<Vec<_>>().join(" ");
        for secret in &self.secrets {
            clean = clean.replace(secret, "***");
        }
        // A login that a server sent us, in a redirection.
        let others: Vec<String> = logins(&clean).map(str::to_owned).collect();
        for login in others {
            clean = clean.replace(&format!("{login}@"), "***@");
        }
        clean.trim_end_matches('.').chars().take(LENGTH_MAX).collect()
    }
}

/// What stands between `//` and `@` of each address in `text`.
fn logins(text: &str) -> impl Iterator<Item = &str> {
    text.split("://").skip(1).filter_map(|rest| {
        let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'');
        let host = rest.split(ends).next()?;
        host.rsplit_once('@').map(|(login, _)| login).filter(|login| !login.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(known: &str, message: &str, expected: &str) {
        assert_eq!(Scrub::of(known, &["hunter 2"]).clean(message), expected);
    }

    #[test]
    fn leaves_no_secret_in_a_message() {
        check(
            "",
            "login with \"hunter 2\" or hunter+2 failed.",
            "login with \"***\" or *** failed",
        );
        check("", "cannot open rtsp://bob:s3@10.0.0.1/x", "cannot open rtsp://***@10.0.0.1/x");
        check("srt://h:1?passphrase=abcdef0123&mode=x", "bad abcdef0123", "bad ***");
        check("rtspsrc user-id=bob user-pw=\"s3cr3t\" ! fakesink", "401 for s3cr3t", "401 for ***");
        check("", "nothing to hide at rtsp://10.0.0.1/x", "nothing to hide at rtsp://10.0.0.1/x");
    }

    proptest! {
        #[test]
        fn a_login_never_survives(text: String, login in "[a-z]{3,8}:[0-9]{6,9}") {
            let message = format!("{text} rtsp://{login}@host/{text}");
            prop_assert!(!Scrub::of("", &[]).clean(&message).contains(&login));
        }
    }
}
