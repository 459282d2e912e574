//! Bad input is told in words, ends the program, and opens no camera.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;

use sha2::Digest;
use sha2::Sha256;

use super::material::MODEL;
use super::material::material;
use super::program::City;
use super::program::Program;

/// A city with one camera, at which somebody notices if it is called.
struct Watched {
    city: City,
    camera: TcpListener,
}

impl Watched {
    fn new(text: &str) -> Self {
        let camera = TcpListener::bind("127.0.0.1:0").unwrap();
        camera.set_nonblocking(true).unwrap();
        let address = camera.local_addr().unwrap();
        let city = City::new(&format!(
            "{text}\n[[camera]]\nid = \"kerb\"\nuri = \"rtsp://{address}/kerb\"\n"
        ));
        Self { city, camera }
    }

    /// Runs it, and gives what it complains of. No camera may have been called by then.
    async fn complaint(&self) -> String {
        let config = self.city.config();
        let output = self.city.xunjie(&["run", config.to_str().unwrap()]).await;
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        let called = self.camera.accept().map(|(_, caller)| caller);
        let uncalled = called.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        assert!(uncalled, "the camera was called by {called:?}: {told}");
        told
    }
}

/// The complaint has all these words.
fn check(told: &str, words: &[&str]) {
    eprintln!("{}", told.trim_end());
    for word in words {
        assert!(told.contains(word), "{word:?} is not in: {told}");
    }
    assert!(!told.contains("panicked"), "{told}");
}

#[tokio::test]
async fn a_configuration_with_ten_faults_tells_all_ten() {
    let watched = Watched::new(
        "time_zone = \"Asia/Shangai\"\n\
        workers = 1000\n\
        interval = 4\n\
        budget = { decision_s = -1 }\n\
        [[sink]]\n\
        kind = \"webhok\"\n\
        [[camera]]\n\
        id = \"gate\"\n\
        uri = \"ftp://192.168.1.64/stream1\"\n\
        stall_limit_s = \"ten\"\n\
        [[camera.zone]]\n\
        id = \"gate\"\n\
        kind = \"noparking\"\n\
        polygon = [[0.1, 0.4], [0.6, 0.4]]\n\
        violation_s = -5",
    );
    let told = watched.complaint().await;
    check(&told, &["10 faults in ", "city.toml"]);
    let faults = [
        ":3: time_zone",
        ":4: workers",
        ":5: interval",
        ":6: budget.decision_s",
        ":8: sink",
        ":11: camera.gate.uri",
        ":12: camera.gate.stall_limit_s",
        ":15: camera.gate.zone.gate.kind",
        ":16: camera.gate.zone.gate.polygon",
        ":17: camera.gate.zone.gate.violation_s",
    ];
    check(&told, &faults);
}

#[tokio::test]
async fn a_configuration_that_is_absent_is_told() {
    let city = City::new("");
    let output = city.xunjie(&["run", "nowhere.toml"]).await;
    assert_eq!(output.status.code(), Some(1));
    check(&String::from_utf8(output.stderr).unwrap(), &["nowhere.toml"]);
}

#[tokio::test]
async fn a_model_that_cannot_be_used_is_told_before_any_camera_is_opened() {
    let Some(model) = material(MODEL) else { return };
    let whole = fs::read(&model).unwrap();
    let half = &whole[..whole.len() / 2];
    let manifest =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("models/yolox_nano.toml"))
            .unwrap();
    let with = |from: &str, to: &str| {
        assert!(manifest.contains(from), "{from}");
        manifest.replace(from, to)
    };
    let said = manifest.split('"').find(|part| part.len() == 64).unwrap().to_owned();
    let sum = |bytes: &[u8]| format!("{:x}", Sha256::digest(bytes));
    let text = "this is no model".repeat(100);
    let cases: [(&str, String, &[u8], &[&str]); 6] = [
        ("truncated", with(&said, &sum(half)), half, &["model.onnx"]),
        ("another file", manifest.clone(), half, &["model.onnx", &said]),
        ("no model", with(&said, &sum(text.as_bytes())), text.as_bytes(), &["model.onnx"]),
        ("unknown family", with("\"yolox\"", "\"yolo99\""), &whole, &["yolo99", "yolox"]),
        ("other shape", with("[416, 416]", "[320, 320]"), &whole, &["320", "416"]),
        ("no manifest", String::new(), &whole, &["own.toml"]),
    ];
    for (name, manifest, bytes, words) in cases {
        let watched = Watched::new("model = \"own\"\nmodel_dirs = [\"models\"]");
        let models = watched.city.folder().join("models");
        fs::create_dir(&models).unwrap();
        fs::write(models.join("own.toml"), manifest.replace("yolox_nano.onnx", "model.onnx"))
            .unwrap();
        fs::write(models.join("model.onnx"), bytes).unwrap();
        eprintln!("-- {name}");
        check(&watched.complaint().await, words);
    }
}

#[tokio::test]
async fn a_place_that_cannot_be_used_is_told_before_any_camera_is_opened() {
    if material(MODEL).is_none() {
        return;
    }
    let in_the_way = Watched::new("");
    fs::write(in_the_way.city.data(), "a file where the folder should be").unwrap();
    check(&in_the_way.complaint().await, &["data folder", "/data\"", "because not a directory"]);

    let no_store = Watched::new("");
    fs::create_dir(no_store.city.data()).unwrap();
    fs::write(no_store.city.data().join("xunjie.db"), "not a database".repeat(500)).unwrap();
    check(&no_store.complaint().await, &["xunjie.db", "because"]);

    let no_file = Watched::new("[[sink]]\nkind = \"jsonl\"\npath = \"nowhere/cases.jsonl\"");
    check(&no_file.complaint().await, &["nowhere/cases.jsonl", "because"]);

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let no_port = Watched::new("");
    let text = fs::read_to_string(no_port.city.config()).unwrap();
    no_port.city.write(&text.replacen("127.0.0.1:0", &address.to_string(), 1));
    check(&no_port.complaint().await, &["cannot listen", &address.to_string(), "because"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_program_on_the_same_data_folder_is_refused_until_the_first_is_gone() {
    if material(MODEL).is_none() {
        return;
    }
    let watched = Watched::new("");
    let all = fs::read_to_string(watched.city.config()).unwrap();
    let (no_cameras, _) = all.split_once("[[camera]]").unwrap();
    watched.city.write(no_cameras);
    let first = Program::start(&watched.city.config()).await;
    watched.city.write(&all);
    check(&watched.complaint().await, &["another xunjie", "/data\""]);
    // Whoever was killed holds nothing any more.
    first.kill().await;
    watched.city.write(no_cameras);
    let next = Program::start(&watched.city.config()).await;
    let (status, _, log) = next.end().await;
    assert!(status.success(), "{log}");
}
