//! What a citizen told: the matter goes into the case, who told it stays beside it.

use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::city::ClassId;
use crate::geometry::BoxInImage;
use crate::geometry::GeoPoint;
use crate::time::Timestamp;

use super::Case;
use super::CaseId;
use super::CaseLatency;
use super::CaseState;
use super::LookTimes;

/// So many digits in a row are somebody's number.
const NUMBER_DIGITS_MIN: usize = 7;

/// The matter as a citizen told it, without numbers and addresses of people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CitizenReport {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// Who told it: personal data, kept beside the case.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CitizenReporter {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// A picture that they offer; it may show anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_url: Option<String>,
}

impl CitizenReporter {
    /// As it may be shown: the name's first letter, the ends of the number.
    #[must_use]
    pub fn masked(&self) -> Self {
        let first = |name: &String| name.chars().take(1).chain("**".chars()).collect();
        Self {
            name: self.name.as_ref().map(first),
            phone: self.phone.as_deref().map(masked_number),
            email: self.email.as_deref().map(masked),
            media_url: None,
        }
    }

    #[must_use]
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

impl std::fmt::Debug for CitizenReporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CitizenReporter(***)")
    }
}

impl Case {
    /// The first revision of a case that a citizen told of.
    #[must_use]
    pub fn reported(
        id: CaseId,
        class: &ClassId,
        place: Option<GeoPoint>,
        report: CitizenReport,
        at: Timestamp,
    ) -> Self {
        let look = LookTimes::at(at);
        Self {
            id,
            kind: class.clone(),
            camera_id: None,
            zone_id: None,
            state: CaseState::Filed,
            revision: 1,
            thing: None,
            began_at: at,
            began_before_start: true,
            proved_at: at,
            filed_at: at,
            seen_at: at,
            cleared_at: None,
            box_in_image: BoxInImage::WHOLE,
            score: 1.0,
            dwell_s: 0.0,
            evidence: Vec::new(),
            evidence_removed_at: None,
            latency: CaseLatency {
                look,
                filed_at: at,
                delivered_at: None,
                decision_ms: 0.0,
                emission_ms: None,
                over_budget: Vec::new(),
            },
            place,
            merged_into: None,
            joined: Vec::new(),
            recurs: None,
            hot_spot: None,
            report: Some(report),
        }
    }
}

/// The text with every long number and every mail address masked, and
/// without characters that no text has.
#[must_use]
pub fn masked(text: &str) -> String {
    let tidy: String = text
        .chars()
        .map(|c| {
            if c.is_control() && c != '\n' || matches!(c, '\u{fffe}' | '\u{ffff}') {
                ' '
            } else {
                c
            }
        })
        .collect();
    without_mail(&without_numbers(&tidy))
}

fn without_numbers(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = number_end(&chars, at);
        if end == at {
            shown.push(chars[at]);
            at += 1;
        } else {
            let number: String = chars[at..end].iter().collect();
            let digits = number.chars().filter(|c| is_digit(*c)).count();
            let is_somebody = digits >= NUMBER_DIGITS_MIN;
            shown.push_str(&if is_somebody { masked_number(&number) } else { number });
            at = end;
        }
    }
    shown
}

/// Behind the last digit of a number that begins here, however it is divided.
fn number_end(chars: &[char], from: usize) -> usize {
    if !is_digit(chars[from]) {
        return from;
    }
    let mut end = from;
    for (at, c) in chars.iter().enumerate().skip(from) {
        if is_digit(*c) {
            end = at + 1;
        } else if !matches!(c, ' ' | '-' | '.' | '(' | ')' | '/') || at > end + 2 {
            break;
        }
    }
    end
}

fn masked_number(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(|c| is_digit(*c)).collect();
    let (head, tail) = if digits.len() >= 11 { (3, 4) } else { (2, 2) };
    if digits.len() < head + tail + 1 {
        return "****".to_owned();
    }
    let head: String = digits[..head].iter().collect();
    let tail: String = digits[digits.len() - tail..].iter().collect();
    format!("{head}****{tail}")
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || ('０'..='９').contains(&c)
}

fn without_mail(text: &str) -> String {
    let part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '%');
    let mut shown = String::with_capacity(text.len());
    for (number, part) in text.split('@').enumerate() {
        if number > 0 {
            let name = shown.chars().rev().take_while(|c| part_of_name(*c)).count();
            let follows = part.chars().next().is_some_and(part_of_name);
            if name > 0 && follows {
                for _ in 0..name {
                    shown.pop();
                }
                shown.push_str("***");
            }
            shown.push('@');
        }
        shown.push_str(part);
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, shown: &str) {
        assert_eq!(masked(text), shown);
    }

    #[test]
    fn numbers_and_mail_addresses_of_people_are_masked() {
        check("call 13812345678, at 7 Renmin Road", "call 138****5678, at 7 Renmin Road");
        check("138 1234 5678或(0371)6789-1234", "138****5678或(037****1234");
        check("１３８１２３４５６７８", "１３８****５６７８");
        check("li.wei@example.cn or @here", "***@example.cn or @here");
        check("3 cars since 08:30", "3 cars since 08:30");
        check("a\u{0}b\nc", "a b\nc");
    }

    #[test]
    fn a_reporter_is_shown_by_the_ends_and_never_by_debug() {
        let reporter = CitizenReporter {
            name: Some("李伟".to_owned()),
            phone: Some("13812345678".to_owned()),
            email: Some("li@example.cn".to_owned()),
            media_url: Some("https://example.cn/face.jpg".to_owned()),
        };
        let json = serde_json::to_string(&reporter.masked()).unwrap();
        assert_eq!(json, r#"{"name":"李**","phone":"138****5678","email":"***@example.cn"}"#);
        assert!(!format!("{reporter:?}").contains("138"));
    }

    proptest! {
        #[test]
        fn no_long_number_is_shown(text in "[0-9 a-z@.()-]{0,60}|\\PC{0,60}") {
            let mut run = 0;
            for c in masked(&text).chars() {
                run = if is_digit(c) { run + 1 } else { 0 };
                prop_assert!(run < NUMBER_DIGITS_MIN);
            }
        }
    }
}
