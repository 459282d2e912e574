//! The page in a real browser: a case appears by itself, is opened, and the program's restart is survived.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use crate::picture::car;
use crate::street::KERB;
use crate::street::Plan;

/// What `web/scripts/story.mjs` starts; the same places are named there.
const BROWSERS: [&str; 3] =
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

#[test]
fn the_page_shows_a_case_as_it_comes_and_survives_a_restart() {
    let Some(story) = story() else { return };
    // A port of its own, so that the program comes back where the page looks for it.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut street =
        Plan::new().camera("kerb", &[KERB]).camera("gate", &[KERB]).listen(address).open();
    street.run_s(20);
    let mut teller = Command::new("node")
        .arg(story)
        .arg(format!("http://{address}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut answers = teller.stdin.take().unwrap();
    let wishes = BufReader::new(teller.stdout.take().unwrap()).lines();
    let mut ended = false;
    for wish in wishes.map_while(Result::ok) {
        match wish.as_str() {
            "park" => {
                street.park("kerb", car(1, 60));
                street.run_s(80);
            }
            "stop" => street.stop(),
            "start" => street.restart_after(Duration::from_secs(30)),
            "leave" => {
                street.leave("kerb", car(1, 60));
                street.run_s(40);
            }
            "end" => {
                ended = true;
                continue;
            }
            other => panic!("the story wants {other:?}, which nobody knows"),
        }
        writeln!(answers, "done").unwrap();
    }
    assert!(
        teller.wait().unwrap().success() && ended,
        "the story went wrong; its own words are above"
    );
}

/// The story's file, where all is there that it needs; says so where it is not.
fn story() -> Option<PathBuf> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
    let has_browser = std::env::var_os("CHROMIUM").is_some()
        || BROWSERS.iter().any(|path| Path::new(path).exists());
    let needs = [
        (Command::new("node").arg("--version").output().is_ok(), "Node is absent"),
        (has_browser, "Chromium is absent"),
        (web.join("node_modules/playwright-core").is_dir(), "web/node_modules is absent"),
        (web.join("dist/index.html").is_file(), "the page of web/ is not built"),
    ];
    for (_, lack) in needs.iter().filter(|(there, _)| !there) {
        eprintln!("skipped: {lack}; `make test` brings what can be had");
    }
    needs.iter().all(|(there, _)| *there).then(|| web.join("scripts/story.mjs"))
}
