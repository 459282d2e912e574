//! The ways in which a camera may be written down, and the README's own.

use std::fs;
use std::path::Path;

use super::material::KERB;
use super::material::clip;
use super::program::City;
use super::program::Program;
use super::sim::Sim;

const USER: &str = "watchman";
const PASSWORD: &str = "kormoran-0815-mittag";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_of_writing_a_camera_down_comes_live() {
    let Some(clip) = clip(KERB) else { return };
    let login = format!("{USER}:{PASSWORD}");
    let digest = Sim::serve(&[&clip], &["--login", &login]).await;
    let basic = Sim::serve(&[&clip], &["--login", &login, "--basic"]).await;
    let (by_digest, by_basic) = (digest.url_with(0, &login), basic.url_with(0, &login));
    let path = clip.canonicalize().unwrap();
    let path = path.display();
    let bare = digest.url(0);
    let cameras = [
        ("digest", format!("uri = {by_digest:?}")),
        ("basic", format!("uri = {by_basic:?}")),
        ("digest-over-udp", format!("uri = {by_digest:?}\ntransport = \"udp\"")),
        ("digest-by-gstreamer", format!("uri = {by_digest:?}\nsource = \"gstreamer\"")),
        ("basic-by-gstreamer", format!("uri = {by_basic:?}\nsource = \"gstreamer\"")),
        ("a-file", format!("uri = \"file://{path}\"")),
        ("own-file", format!("pipeline = \"filesrc location={path} ! qtdemux ! h264parse\"")),
        (
            "own-rtsp",
            format!(
                "pipeline = \"rtspsrc location={bare} protocols=tcp user-id={USER} \
                user-pw={PASSWORD} ! rtph264depay ! h264parse\""
            ),
        ),
    ];
    let text = cameras.iter().map(|(id, how)| format!("[[camera]]\nid = {id:?}\n{how}\n"));
    let city = City::new(&format!("interval_s = 1\n{}", text.collect::<String>()));
    let program = Program::start_with(&city.config(), "debug").await;
    for (id, _) in &cameras {
        let camera = program
            .until_camera(id, |it| it["phase"] == "live" && it["last_look_at"].is_string())
            .await;
        eprintln!("{id}: {} keyframes, clock {}", camera["keyframes"], camera["capture_clock"]);
    }
    // The clip of 75 s has some 38 keyframes: none was rushed through.
    for (id, _) in &cameras {
        let camera = program.camera(id).await;
        assert!(camera["keyframes"].as_u64() < Some(30), "{camera}");
        assert_eq!(camera["reconnects"], 0, "{camera}");
    }
    let told = program.text("/api/cameras").await + &program.text("/metrics").await;
    let (status, took, log) = program.end().await;
    assert!(status.success() && took.as_secs() < 5, "{status} after {took:?}");
    for line in told.lines().chain(log.lines()) {
        assert!(!line.contains(PASSWORD), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_five_lines_of_the_readme_watch_a_camera() {
    let Some(clip) = clip(KERB) else { return };
    let sim = Sim::serve(&[&clip], &["--login", "user:password"]).await;
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let five = readme.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let address = five.split('"').find(|part| part.starts_with("rtsp://user:password@")).unwrap();
    let five = five.replace(address, &sim.url_with(0, "user:password"));
    let city = City::new("");
    city.write(&five);
    let config = city.config();
    let told = city.told_by(&["check", config.to_str().unwrap()]).await;
    eprintln!("{told}");
    assert!(told.contains("live") && told.contains("640x360"), "{told}");

    // The usual port may be taken on the machine of this test.
    city.write(&format!("listen = \"127.0.0.1:0\"\n{five}"));
    let program = Program::start(&config).await;
    let looked = |camera: &serde_json::Value| camera["last_look_at"].is_string();
    let camera = program.until_camera("kerb", looked).await;
    assert_eq!(camera["zones"][0]["id"], "kerb");
    let (status, _, log) = program.end().await;
    assert!(status.success(), "{log}");
    assert!(!log.contains("password"), "{log}");
}
