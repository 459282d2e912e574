//! Keeps what is documented, what is shown as an example and what is read in step.

use std::collections::BTreeSet;
use std::path::Path;

use crate::written::FileFaults;

use super::Config;
use super::EXAMPLE;
use super::Scenario;
use super::camera::CAMERA_KEYS;
use super::city::BUDGET_KEYS;
use super::city::CITY_KEYS;
use super::city::EVIDENCE_KEYS;
use super::city::TLS_KEYS;
use super::map::MAP_KEYS;
use super::scenario::EVENT_KEYS;
use super::scenario::SCENARIO_KEYS;
use super::sink::KINDS_OF_KEY;
use super::sink::SINK_KEYS;
use super::zone::ZONE_KEYS;

const DOCUMENTATION: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md"));

/// Heading of the documentation, known keys, and what comes before a key of that table.
const SECTIONS: [(&str, &[&str], &str); 10] = [
    ("Top", CITY_KEYS, ""),
    ("`[budget]`", BUDGET_KEYS, "[budget]"),
    ("`[evidence]`", EVIDENCE_KEYS, "[evidence]"),
    ("`[tls]`", TLS_KEYS, "[tls]"),
    ("`[map]`", MAP_KEYS, "[map]"),
    ("`[[camera]]`", CAMERA_KEYS, "[[camera]]"),
    ("`[[camera.zone]]`", ZONE_KEYS, "[[camera]]\n[[camera.zone]]"),
    ("`[[sink]]`", SINK_KEYS, "[[sink]]"),
    ("Scenario", SCENARIO_KEYS, ""),
    ("`[[event]]`", EVENT_KEYS, "[[event]]"),
];

/// The keys in the first column of the table under the heading.
fn documented(heading: &str) -> BTreeSet<&'static str> {
    let (_, rest) = DOCUMENTATION.split_once(&format!("## {heading}\n")).unwrap();
    let section = rest.split("\n#").next().unwrap();
    section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect()
}

fn faults_of(heading: &str, text: &str) -> FileFaults {
    let file = Path::new("city.toml");
    if matches!(heading, "Scenario" | "`[[event]]`") {
        Scenario::parse(file, text).unwrap_err()
    } else {
        Config::parse(file, text).unwrap_err()
    }
}

#[test]
fn every_key_that_is_read_is_documented_and_the_other_way_round() {
    for (heading, keys, _) in SECTIONS {
        assert_eq!(documented(heading), keys.iter().copied().collect(), "{heading}");
    }
}

#[test]
fn every_known_key_is_read_and_its_value_judged() {
    for (heading, keys, before) in SECTIONS {
        for key in keys {
            // No key takes a date without a time. Sinks judge a key by their kind.
            let kinds = KINDS_OF_KEY.iter().find(|(known, _)| known == key);
            let kind = match kinds.filter(|_| heading == "`[[sink]]`") {
                Some((_, kinds)) => format!("kind = {:?}\n", kinds[0]),
                None => String::new(),
            };
            let text = format!("{before}\n{kind}{key} = 1979-05-27\n");
            let faults = faults_of(heading, &text);
            let line = text.lines().count();
            let told = faults.faults.iter().find(|fault| fault.line == Some(line));
            let told = told.unwrap_or_else(|| panic!("{heading} {key} is not judged: {faults}"));
            assert!(told.message.contains("must be"), "{heading} {key}: {told}");
        }
    }
}

#[test]
fn the_example_has_no_faults_and_shows_every_key() {
    Config::parse(Path::new("city.toml"), EXAMPLE).unwrap();
    for (heading, keys, _) in &SECTIONS[..8] {
        for key in *keys {
            let shown = |line: &str| {
                let line = line.trim_start_matches("# ");
                line.starts_with(&format!("{key} ="))
                    || line.trim_start_matches('[').starts_with(key)
                    || line.contains(&format!(".{key}]]"))
            };
            assert!(EXAMPLE.lines().any(shown), "{heading} {key}");
        }
    }
}

#[test]
fn what_the_example_has_commented_out_is_the_default() {
    let alternatives = [
        "model_dirs",
        "hosts",
        "[tls]",
        "certificate",
        "key",
        "city",
        "[map]",
        "tiles",
        "attribution",
        "uri_file",
        "evidence_uri_file",
        "secret_file",
        "password_file",
        "token",
        "ca_file",
        "client_id",
    ];
    let shown = EXAMPLE.lines().map(|line| match line.strip_prefix("# ") {
        Some(key) if alternatives.iter().any(|other| key.starts_with(other)) => line,
        Some(key) if key.contains(" = ") || key.starts_with('[') => key,
        _ => line,
    });
    let shown = shown.collect::<Vec<_>>().join("\n");
    let read = |text: &str| format!("{:?}", Config::parse(Path::new("city.toml"), text).unwrap());
    assert_ne!(shown, EXAMPLE);
    assert_eq!(read(&shown), read(EXAMPLE));
}

#[test]
fn the_least_configuration_of_the_documentation_works() {
    let (_, rest) = DOCUMENTATION.split_once("```toml\n").unwrap();
    let (least, _) = rest.split_once("```").unwrap();
    let config = Config::parse(Path::new("city.toml"), least).unwrap();
    assert_eq!(config.cameras.len(), 1);
    assert_eq!(config.cameras[0].zones.len(), 1);
    assert_eq!(config.sinks.len(), 1, "cases go to the standard output");
}
