//! How a value from the file may be quoted in a fault: short, on one line, and never a secret.

use toml::de::DeValue;

/// Longer texts are cut here; the line number tells the rest.
const CHARS_MAX: usize = 60;

/// What may be shown of the value under a key of this name; none where nothing helps.
pub(crate) fn value_shown(key: &str, value: &DeValue<'_>) -> Option<String> {
    match (key, value) {
        ("uri" | "evidence_uri" | "url", DeValue::String(text)) => Some(address_shown(text)),
        ("uri" | "evidence_uri" | "url" | "secret" | "password" | "token" | "pipeline", _) => {
            Some("***".to_owned())
        }
        (_, DeValue::String(text)) => Some(text_shown(text)),
        (_, DeValue::Integer(number)) => Some(cut(&number.to_string())),
        (_, DeValue::Float(number)) => Some(cut(&number.to_string())),
        (_, DeValue::Boolean(flag)) => Some(flag.to_string()),
        (_, DeValue::Datetime(at)) => Some(at.to_string()),
        (_, DeValue::Array(_)) => {
            let mut shown = String::new();
            append_numbers(&mut shown, value).then(|| cut(&shown))
        }
        (_, DeValue::Table(_)) => None,
    }
}

/// Appends a list of numbers, or of such lists, as far as it will be shown;
/// false if it holds anything else.
fn append_numbers(shown: &mut String, value: &DeValue<'_>) -> bool {
    match value {
        DeValue::Integer(number) => shown.push_str(&number.to_string()),
        DeValue::Float(number) => shown.push_str(&number.to_string()),
        DeValue::Array(elements) => {
            shown.push('[');
            for (index, element) in elements.iter().enumerate() {
                if CHARS_MAX < shown.len() {
                    return true;
                }
                shown.push_str(if index == 0 { "" } else { ", " });
                if !append_numbers(shown, element.get_ref()) {
                    return false;
                }
            }
            shown.push(']');
        }
        _ => return false,
    }
    true
}

/// A text in quotes; one that looks like an address with a password is not shown.
pub(crate) fn text_shown(text: &str) -> String {
    if text.contains("://") || text.contains('@') {
        return address_shown(text);
    }
    cut(&format!("{text:?}"))
}

/// Only the scheme: user, password, host and path can be told apart only in an address
/// without faults, and some makes of camera put the password into the path.
fn address_shown(text: &str) -> String {
    match text.split_once("://") {
        Some((scheme, _)) if is_scheme(scheme) => format!("\"{scheme}://***\""),
        _ => "\"***\"".to_owned(),
    }
}

fn is_scheme(text: &str) -> bool {
    (2..=6).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric())
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(key: &str, text: &str, expected: &str) {
        assert_eq!(value_shown(key, &DeValue::String(text.into())).as_deref(), Some(expected));
    }

    #[test]
    fn shows_the_scheme_of_an_address_and_nothing_else() {
        check("uri", "ftp://admin:hunter2@10.0.0.1/x", "\"ftp://***\"");
        check("uri", "admin:hunter2@10.0.0.1", "\"***\"");
        check("url", "hunter2 ://", "\"***\"");
        check("id", "rtsp://admin:hunter2@10.0.0.1", "\"rtsp://***\"");
        check("name", "admin:hunter2@10.0.0.1", "\"***\"");
        check("secret", "hunter2", "***");
        check("password", "hunter2", "***");
        check("token", "hunter2", "***");
        check("pipeline", "rtspsrc location=rtsp://admin:hunter2@10.0.0.1", "***");
    }

    #[test]
    fn stays_on_one_line_and_short() {
        check("id", "a\nb", "\"a\\nb\"");
        check("id", &"ü".repeat(1000), &format!("\"{}…", "ü".repeat(59)));
    }
}
