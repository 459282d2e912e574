//! `xunjie run` as a child process, its log and its HTTP face.

use std::fs;
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::process::Output;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use reqwest::Method;
use reqwest::RequestBuilder;
use reqwest::Response;
use serde_json::Value;
use tokio::io::AsyncBufReadExt;
use tokio::io::AsyncRead;
use tokio::io::BufReader;
use tokio::process::Child;
use tokio::process::Command;
use tokio::time::Instant;

use xunjie::cases::Case;
use xunjie::store::CaseFilter;
use xunjie::store::STORE_FILE;
use xunjie::store::Store;

/// The program under test.
pub(crate) const XUNJIE: &str = env!("CARGO_BIN_EXE_xunjie");

/// Longer than any wait of these tests needs, even on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at whether something has come to pass.
const GLANCE: Duration = Duration::from_millis(50);

/// `xunjie run`, killed with this value.
pub(crate) struct Program {
    child: Child,
    log: Arc<Mutex<String>>,
    address: SocketAddr,
}

impl Program {
    /// Starts it and waits until it tells its address, so `listen` must have port 0.
    pub(crate) async fn start(config: &Path) -> Self {
        Self::start_with(config, "info").await
    }

    pub(crate) async fn start_with(config: &Path, log_level: &str) -> Self {
        let mut child = Command::new(XUNJIE)
            .arg("run")
            .arg(config)
            .env("XUNJIE_LOG", log_level)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let log: Arc<Mutex<String>> = Arc::default();
        collect(child.stdout.take().unwrap(), &log);
        collect(child.stderr.take().unwrap(), &log);
        let address = until("the program tells its address", async || {
            let log = log.lock().unwrap();
            assert!(!log.contains("xunjie: "), "the program does not start: {log}");
            let (_, rest) = log.split_once("see http://")?;
            rest.split_once('/')?.0.parse().ok()
        })
        .await;
        Self { child, log, address }
    }

    /// All that it has printed so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    fn request(&self, method: &Method, path: &str) -> RequestBuilder {
        // Only the first of all tests installs it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        client.request(method.clone(), format!("http://{}{path}", self.address))
    }

    async fn fetch(&self, path: &str) -> Response {
        let answer = in_time(path, self.request(&Method::GET, path).send()).await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer
    }

    pub(crate) async fn text(&self, path: &str) -> String {
        self.fetch(path).await.text().await.unwrap()
    }

    pub(crate) async fn bytes(&self, path: &str) -> Vec<u8> {
        self.fetch(path).await.bytes().await.unwrap().to_vec()
    }

    /// Asks with a body, if it is one; gives the status and the JSON, if it is some.
    pub(crate) async fn ask(&self, method: &Method, path: &str, body: &Value) -> (u16, Value) {
        let request = self.request(method, path);
        let request = if body.is_null() { request } else { request.json(body) };
        let answer = in_time(path, request.send()).await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.text(path).await).unwrap()
    }

    pub(crate) async fn camera(&self, id: &str) -> Value {
        self.json(&format!("/api/cameras/{id}")).await
    }

    /// Waits until the camera is as wanted, and gives what was then told of it.
    pub(crate) async fn until_camera(&self, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let waiting = async {
            loop {
                let camera = self.camera(id).await;
                if wanted(&camera) {
                    return camera;
                }
                tokio::time::sleep(GLANCE).await;
            }
        };
        let Ok(camera) = tokio::time::timeout(PATIENCE, waiting).await else {
            panic!("camera {id} is not so: {}\n{}", self.camera(id).await, self.log());
        };
        camera
    }

    /// `kill -9`: nothing is finished.
    pub(crate) async fn kill(mut self) -> String {
        self.child.kill().await.unwrap();
        self.log()
    }

    /// SIGTERM; gives what it ended with, how long that took, and all that it printed.
    pub(crate) async fn end(mut self) -> (ExitStatus, Duration, String) {
        let began = Instant::now();
        signal(&self.child, "TERM");
        let status = in_time("the end", self.child.wait()).await.unwrap();
        (status, began.elapsed(), self.log())
    }
}

/// A temporary city: its configuration, and the data folder beside it.
pub(crate) struct City {
    folder: tempfile::TempDir,
}

impl City {
    /// Writes the configuration; the keys every test wants are put before `text`.
    pub(crate) fn new(text: &str) -> Self {
        let city = Self { folder: tempfile::tempdir().unwrap() };
        // What these tests expect of their real clips was taken with this model.
        let model = if text.contains("model = ") { "" } else { "model = \"yolox_nano\"\n" };
        city.write(&format!("listen = \"127.0.0.1:0\"\n{model}{text}"));
        city
    }

    /// Writes the configuration just so.
    pub(crate) fn write(&self, text: &str) {
        fs::write(self.config(), text).unwrap();
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder().join("city.toml")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    /// The store, looked through for damage.
    pub(crate) fn store(&self) -> Store {
        let store = Store::open_existing(&self.data().join(STORE_FILE)).unwrap();
        store.integrity_check().unwrap();
        store
    }

    pub(crate) fn cases(&self) -> Vec<Case> {
        self.store().cases(&CaseFilter::default()).unwrap()
    }

    /// Runs a command of the program to its end.
    pub(crate) async fn xunjie(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(XUNJIE);
        command.args(arguments).current_dir(self.folder()).stdin(Stdio::null()).kill_on_drop(true);
        in_time("a command's end", command.output()).await.unwrap()
    }

    /// What a command prints; it must succeed.
    pub(crate) async fn told_by(&self, arguments: &[&str]) -> String {
        let output = self.xunjie(arguments).await;
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Sends a child of ours a signal.
pub(crate) fn signal(child: &Child, name: &str) {
    let pid = child.id().expect("the child runs until it is waited for").to_string();
    let sent = std::process::Command::new("kill").args(["-s", name, &pid]).status().unwrap();
    assert!(sent.success(), "kill -s {name}");
}

pub(crate) async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(PATIENCE, work).await;
    done.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

/// Asks again and again until there is an answer.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    in_time(what, async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(GLANCE).await;
        }
    })
    .await
}

fn collect(stream: impl AsyncRead + Send + Unpin + 'static, log: &Arc<Mutex<String>>) {
    let log = Arc::clone(log);
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let mut log = log.lock().unwrap();
            log.push_str(&line);
            log.push('\n');
        }
    });
}
