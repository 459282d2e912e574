//! Keeps the one law of the code: a module may use only the modules declared
//! above it in `src/lib.rs`. Also fences each big library into its one module,
//! and asks every file to say what it is for.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Libraries, and the only place each may be named.
const FENCES: [(&str, &[&str]); 7] = [
    ("gstreamer", &["ingest/", "sim/"]),
    ("gstreamer_app", &["ingest/", "sim/"]),
    ("gstreamer_video", &["ingest/", "sim/"]),
    ("retina", &["ingest/", "sim/"]),
    ("ort", &["detect/runtime.rs"]),
    ("rusqlite", &["store/"]),
    ("axum", &["api/"]),
];

const LINES_MAX: usize = 400;

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
    let mut found = Vec::new();
    let mut folders = vec![src()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(src()).unwrap().to_str().unwrap().to_owned();
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    found
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
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
