//! A broker as a child process, on a free port, in a folder of its own.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpStream;

use super::office::wait_until;

/// Another program may take a free port before the broker does.
const PORTS_TRIED: usize = 5;

/// Killed with this value.
pub(crate) struct Broker {
    pub(crate) port: u16,
    pub(crate) folder: TempDir,
    program: PathBuf,
    arguments: Vec<String>,
    child: Child,
}

impl Broker {
    /// Mosquitto that writes down at once what it must not forget; none where
    /// it is not installed.
    pub(crate) async fn mosquitto(more: &str) -> Option<Self> {
        let program = installed("mosquitto")?;
        Some(
            Self::start(program, |port, folder| {
                // As root it would become another user, who may not write here.
                let config = format!(
                    "listener {port} 127.0.0.1\nuser root\npersistence true\n\
                 persistence_location {folder}/\nautosave_interval 1\nautosave_on_changes true\n\
                 max_inflight_messages 0\nlog_dest file {folder}/log\n{more}\n",
                    folder = folder.display(),
                );
                let path = folder.join("mosquitto.conf");
                fs::write(&path, config).unwrap();
                vec!["-c".to_owned(), path.display().to_string()]
            })
            .await,
        )
    }

    /// A NATS server with `JetStream` in files; none where it is not installed.
    pub(crate) async fn nats(more: &str) -> Option<Self> {
        let program = installed("nats-server")?;
        Some(
            Self::start(program, |port, folder| {
                let jetstream = folder.display();
                let config = format!(
                    "listen: \"127.0.0.1:{port}\"\njetstream {{ store_dir: \"{jetstream}\" }}\n{more}\n",
                );
                let path = folder.join("nats.conf");
                fs::write(&path, config).unwrap();
                let log = folder.join("log").display().to_string();
                vec!["-c".to_owned(), path.display().to_string(), "-l".to_owned(), log]
            })
            .await,
        )
    }

    async fn start(program: PathBuf, arguments: impl Fn(u16, &Path) -> Vec<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..PORTS_TRIED {
            let port = free_port();
            let arguments = arguments(port, folder.path());
            let mut child = spawn(&program, &arguments);
            if answers(port, &mut child).await {
                return Self { port, folder, program, arguments, child };
            }
            let _ = (child.kill(), child.wait());
        }
        let log = fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        panic!("{} does not start: {log}", program.display());
    }

    /// Keeps its connections, and neither reads nor writes until it is killed.
    pub(crate) fn freeze(&self) {
        let stopped = Command::new("kill").args(["-STOP", &self.child.id().to_string()]).status();
        assert!(stopped.unwrap().success());
    }

    /// Without a word, as by a power cut.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// On the same port, over the same files.
    pub(crate) async fn start_again(&mut self) {
        self.child = spawn(&self.program, &self.arguments);
        assert!(answers(self.port, &mut self.child).await, "the broker starts again");
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = (self.child.kill(), self.child.wait());
    }
}

/// A port on which nobody listens now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn spawn(program: &Path, arguments: &[String]) -> Child {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Whether it listens; false if it has ended.
async fn answers(port: u16, child: &mut Child) -> bool {
    wait_until(async || {
        let ended = child.try_wait().unwrap().is_some();
        ended || TcpStream::connect(("127.0.0.1", port)).await.is_ok()
    })
    .await;
    // One that could not take the port ends at once, and another may answer there.
    tokio::time::timeout(
        Duration::from_millis(50),
        wait_until(async || child.try_wait().unwrap().is_some()),
    )
    .await
    .is_err()
}

/// Where distributions put such a program; says aloud if it is absent.
pub(crate) fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let more = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    let mut folders = std::env::split_paths(&path).chain(more);
    let found = folders.find_map(|folder| Some(folder.join(name)).filter(|path| path.is_file()));
    if found.is_none() {
        eprintln!("skipped: {name} is absent; deploy/setup.sh installs it");
    }
    found
}
