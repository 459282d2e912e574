//! Keeps the one law of the code: a module may use only the modules declared
//! above it in `src/lib.rs`. Also fences each big library into its one module,
//! time and threads into theirs, asks every file to say what it is for, and
//! keeps the metrics' names the same in code, description and documents.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Libraries, and the only place each may be named.
const FENCES: [(&str, &[&str]); 22] = [
    ("gstreamer", &["ingest/", "sim/"]),
    ("gstreamer_app", &["ingest/", "sim/"]),
    ("gstreamer_video", &["ingest/", "sim/"]),
    ("retina", &["ingest/", "sim/"]),
    ("ort", &["detect/runtime.rs"]),
    ("rusqlite", &["store/"]),
    ("axum", &["api/"]),
    (
        "reqwest",
        &[
            "dispatch/webhook.rs",
            "api/tests.rs",
            "api/scripted.rs",
            "api/scripted_city.rs",
            "api/tests_of_page.rs",
            "api/tests_of_cameras.rs",
            "api/door/",
            "api/tls.rs",
            "api/open311/tests.rs",
        ],
    ),
    ("tokio_rustls", &["api/tls.rs"]),
    (
        "rustls",
        &[
            "dispatch/webhook.rs",
            "dispatch/broker/tls.rs",
            "api/tls.rs",
            "api/tests.rs",
            "api/scripted.rs",
        ],
    ),
    ("rumqttc", &["dispatch/broker/mqtt.rs", "dispatch/broker/mqtt_line.rs"]),
    (
        "async_nats",
        &[
            "dispatch/broker/nats.rs",
            "dispatch/broker/nats_line.rs",
            "dispatch/broker/jetstream.rs",
        ],
    ),
    ("hmac", &["dispatch/webhook.rs"]),
    ("metrics_exporter_prometheus", &["runtime/metrics.rs"]),
    ("tracing_subscriber", &["cli/"]),
    ("argon2", &["access/password.rs"]),
    ("rpassword", &["cli/password.rs"]),
    ("clap", &["cli/"]),
    ("anyhow", &["cli/"]),
    ("indicatif", &["cli/"]),
    // What a page draws and sets up is held against the library in tests.
    (
        "toml",
        &[
            "written/",
            "detect/manifest.rs",
            "sim/street/story/script.rs",
            "api/zones.rs",
            "api/camera_book.rs",
        ],
    ),
    ("csv", &["written/"]),
];

/// What only one place may do, because tests or a shutdown depend on it.
const RESERVED: [(&str, &[&str]); 8] = [
    ("std::time::Instant", &["time/clock.rs"]),
    ("std::time::SystemTime", &["time/clock.rs"]),
    ("std::thread::Builder", &["runtime/worker.rs"]),
    ("std::thread::spawn", &[]),
    ("std::thread::sleep", &[]),
    ("std::sync::mpsc", &[]),
    ("process::exit(", &["cli/run.rs", "cli/bench/load.rs"]),
    ("unbounded", &[]),
];

const LINES_MAX: usize = 400;

/// Folders of the root that are not in the repository.
const IGNORED: [&str; 9] = [
    ".git",
    ".runtime",
    "target",
    "data",
    "proptest-regressions",
    "web/node_modules",
    "web/.built",
    "web/.shots",
    "web/dist",
];

#[test]
fn modules_use_only_what_is_declared_above_them() {
    let order = declared_order();
    for (path, text) in sources() {
        let Some(own) = order.iter().position(|module| is_in(&path, module)) else {
            continue; // lib.rs and main.rs stand outside the order.
        };
        for later in &order[own + 1..] {
            for (number, line) in code_lines(&text) {
                assert!(
                    !line.contains(&format!("crate::{later}::")),
                    "{path}:{number}: `{}` may not use `{later}`, which is declared below it",
                    order[own],
                );
            }
        }
    }
}

#[test]
fn imports_name_one_module_a_line() {
    for (path, text) in sources() {
        for (number, line) in code_lines(&text) {
            let hidden = line.contains("crate::{") || line.contains("super::super");
            assert!(!hidden, "{path}:{number}: write `use crate::module::...`, one module a line");
        }
    }
}

#[test]
fn each_library_stays_behind_its_fence() {
    for (path, text) in sources() {
        for (library, homes) in FENCES {
            let trespasses = code_lines(&text).any(|(_, line)| names_crate(line, library));
            let at_home = homes.iter().any(|home| path.starts_with(home));
            assert!(!trespasses || at_home, "{path}: `{library}` belongs in {homes:?}");
        }
    }
}

#[test]
fn time_threads_and_queues_come_from_one_place() {
    for (path, text) in sources() {
        for (words, homes) in RESERVED {
            let at_home = homes.iter().any(|home| path.starts_with(home));
            for (number, line) in code_lines(&text) {
                let trespasses = line.contains(words) && !at_home;
                assert!(!trespasses, "{path}:{number}: `{words}` belongs in {homes:?}");
            }
        }
    }
}

#[test]
fn the_face_of_a_folder_has_no_logic() {
    for (path, text) in sources() {
        if !path.ends_with("mod.rs") {
            continue;
        }
        for (number, line) in code_lines(&text) {
            let shown =
                ["pub(crate) ", "pub(super) ", "pub "].iter().find(|word| line.starts_with(*word));
            let words = &line[shown.map_or(0, |word| word.len())..];
            let declares = ["mod ", "use "].iter().any(|start| words.starts_with(start));
            let harmless = line.is_empty() || line.starts_with("#[") || declares;
            assert!(harmless, "{path}:{number}: move `{line}` into a file of its own");
        }
    }
}

#[test]
fn no_test_is_left_out_and_no_work_is_left_undone() {
    // Put together here, so that this file does not find itself.
    let banned = [concat!("#[", "ignore"), concat!("TO", "DO"), concat!("FIX", "ME")];
    for (path, text) in tracked("rs") {
        for word in banned {
            assert!(!text.contains(word), "{path}: {word} needs a home outside the code");
        }
    }
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    let ours = [
        "rs", "toml", "md", "sh", "css", "js", "mjs", "ts", "tsx", "html", "snap", "txt", "lock",
        "svg",
    ];
    // Put together here, so that this file does not find itself.
    let places = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
    let registry = concat!("registry+", "https://github.com/rust-lang/crates.io-index");
    for (path, text) in ours.iter().flat_map(|ending| tracked(ending)) {
        for place in places {
            assert!(!text.contains(place), "{path}: `{place}` is a place on one machine");
        }
    }
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let mut sources = lock.lines().filter(|line| line.starts_with("source = "));
    let foreign = sources.find(|line| !line.contains(registry));
    assert_eq!(foreign, None, "comes from another registry than the public one");
}

#[test]
fn each_metric_is_recorded_described_and_documented() {
    let described = metric_names(&fs::read_to_string(src().join("runtime/metrics.rs")).unwrap());
    let elsewhere = sources().into_iter().filter(|(path, _)| path != "runtime/metrics.rs");
    let recorded: BTreeSet<_> = elsewhere.flat_map(|(_, text)| metric_names(&text)).collect();
    let operations = root().join("docs/operations.md");
    let documented = metric_names(&fs::read_to_string(operations).unwrap());
    assert_eq!(recorded, described, "left: recorded in src; right: in runtime/metrics.rs");
    assert_eq!(documented, described, "left: in docs/operations.md; right: in runtime/metrics.rs");
}

#[test]
fn each_file_says_what_it_is_for_and_stays_short() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{path}: start with a line saying what the file is for");
        let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
        assert!(lines <= LINES_MAX, "{path}: {lines} lines; split it by subject");
    }
}

/// The modules of `src/lib.rs`, in the order declared.
fn declared_order() -> Vec<String> {
    let text = fs::read_to_string(src().join("lib.rs")).unwrap();
    let modules = text.lines().filter_map(|line| line.strip_prefix("pub mod "));
    modules.map(|name| name.trim_end_matches(';').to_owned()).collect()
}

/// Every Rust file under `src`, as (path from `src`, text).
fn sources() -> Vec<(String, String)> {
    files_under(&src(), "rs")
}

/// Every file of the project that ends so, as (path from the root, text).
fn tracked(ending: &str) -> Vec<(String, String)> {
    files_under(&root(), ending)
}

fn files_under(top: &Path, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![top.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(top).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                let is_ours = !IGNORED.contains(&name.as_str());
                folders.extend(is_ours.then_some(path));
            } else if path.extension().is_some_and(|extension| extension == ending) {
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    found
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn src() -> PathBuf {
    root().join("src")
}

/// The words in `text` that are names of metrics.
fn metric_names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let ours =
        words.filter(|word| word.strip_prefix("xunjie_").is_some_and(|rest| !rest.is_empty()));
    // Prometheus makes these of a histogram's name.
    let plain =
        ours.filter(|word| !["_bucket", "_sum", "_count"].iter().any(|end| word.ends_with(end)));
    plain.map(str::to_owned).collect()
}

fn is_in(path: &str, module: &str) -> bool {
    path == format!("{module}.rs") || path.starts_with(&format!("{module}/"))
}

fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = (1..).zip(text.lines());
    numbered.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Whether `line` names something from the crate `library`, as in `ort::Session`.
fn names_crate(line: &str, library: &str) -> bool {
    let prefix = format!("{library}::");
    line.match_indices(&prefix).any(|(start, _)| {
        !line[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
    })
}
