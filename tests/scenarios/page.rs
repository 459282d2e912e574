//! The page in a real browser: a case appears by itself, is opened, and the program's restart is survived.

use std::fs;
use std::fs::File;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use xunjie::access::PasswordHash;
use xunjie::access::Role;
use xunjie::access::UserName;
use xunjie::runtime::Secret;
use xunjie::store::STORE_FILE;
use xunjie::store::Store;
use xunjie::time::Clock;

use crate::picture::car;
use crate::street::KERB;
use crate::street::MORNING;
use crate::street::Plan;

/// What `web/scripts/story.mjs` starts; the same places are named there.
const BROWSERS: [&str; 3] =
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

#[test]
fn the_page_shows_a_case_as_it_comes_and_survives_a_restart() {
    let Some(story) = story() else { return };
    // A port of its own, so that the program comes back where the page looks for it.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let city = city();
    let mut street = Plan::new()
        .camera("kerb", &[KERB])
        .camera("gate", &[KERB])
        .camera("yard", &[])
        .listen(address)
        .keys(&format!("city = {:?}\n", city.path()))
        .open();
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
            "put up a camera" => {
                street.put_up("lane");
                street.run_s(6);
            }
            "it was tried" => street.begin_anew("lane"),
            "show" => street.run_s(12),
            "park in the lane" => {
                street.park("lane", car(1, 60));
                street.run_s(80);
            }
            "add users" => {
                // The audit log lets go of what is old by the machine's own clock.
                street.advance(Clock::system().now().since(MORNING));
                street.run_s(20);
                add_users(&street.data());
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

/// As `xunjie user add` does beside the running program.
fn add_users(data: &Path) {
    let store = Store::open(&data.join(STORE_FILE)).unwrap();
    for (name, role) in [("chief", Role::Administrator), ("watcher", Role::Viewer)] {
        let name = UserName::new(name).unwrap();
        let hash = PasswordHash::of(&name, &Secret::new("a long pass phrase")).unwrap();
        store.add_user(&name, role, &hash, MORNING).unwrap();
    }
}

/// The worked example of a city, with the street's cameras in its first grid.
fn city() -> tempfile::TempDir {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/city-example");
    let city = tempfile::tempdir().unwrap();
    for file in example.read_dir().unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), city.path().join(file.file_name())).unwrap();
    }
    let mut cameras = File::options().append(true).open(city.path().join("cameras.csv")).unwrap();
    writeln!(cameras, "kerb,The kerb,,113.60390,34.70350,,\ngate,The gate,,113.60400,34.70300,,")
        .unwrap();
    city
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
