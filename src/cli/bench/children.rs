//! The bench's other processes: started from this same program, and gone with whoever holds them.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;
use serde::Deserialize;
use tokio::io::AsyncBufReadExt;
use tokio::io::AsyncWriteExt;
use tokio::io::BufReader;
use tokio::io::Lines;
use tokio::process::Child;
use tokio::process::ChildStdin;
use tokio::process::ChildStdout;
use tokio::process::Command;

use super::figures::Line;
use super::figures::Load;

/// Of a child's standard error, its last words.
const LAST_WORDS_MAX: usize = 2_000;

/// Cameras on air; they go off when it is dropped.
#[derive(Debug)]
pub(super) struct Cameras {
    pub(super) urls: Vec<String>,
    _process: Process,
}

/// The pipeline under load; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Pipeline {
    process: Process,
    /// Closing it tells the process to end.
    _input: ChildStdin,
}

#[derive(Debug)]
struct Process {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
    last_words: Arc<Mutex<String>>,
}

/// What `sim serve --json` prints.
#[derive(Deserialize)]
struct OnAir {
    urls: Vec<String>,
}

impl Cameras {
    pub(super) async fn start(clips: &[PathBuf], cameras: usize, burst: bool) -> Result<Self> {
        let mut command = own_program()?;
        command.args(["sim", "serve", "--listen", "127.0.0.1:0", "--json"]);
        command.arg("--cameras").arg(cameras.to_string());
        if burst {
            command.arg("--burst");
        }
        // What follows is no option, whatever a clip is called.
        command.arg("--").args(clips).stdin(Stdio::null());
        let mut process = Process::start(command)?;
        let Some(line) = process.output.next_line().await? else {
            bail!("the cameras do not start: {}", process.last_words().await);
        };
        let OnAir { urls } = serde_json::from_str(&line).context("no addresses of cameras")?;
        Ok(Self { urls, _process: process })
    }
}

impl Pipeline {
    pub(super) async fn start(load: &Load) -> Result<Self> {
        let mut command = own_program()?;
        command.args(["bench", "pipeline"]).stdin(Stdio::piped());
        if std::env::var_os("XUNJIE_LOG").is_none() {
            command.env("XUNJIE_LOG", "error");
        }
        let mut process = Process::start(command)?;
        let mut input = process.child.stdin.take().context("no way to the pipeline")?;
        input.write_all(format!("{}\n", serde_json::to_string(load)?).as_bytes()).await?;
        Ok(Self { process, _input: input })
    }

    /// What it says next.
    pub(super) async fn next(&mut self) -> Result<Line> {
        match self.process.output.next_line().await? {
            Some(line) => serde_json::from_str(&line).context("the pipeline talks nonsense"),
            None => bail!("the pipeline ended early: {}", self.process.last_words().await),
        }
    }
}

impl Process {
    fn start(mut command: Command) -> Result<Self> {
        let mut child = command.spawn().context("cannot start a process")?;
        let output = child.stdout.take().context("a process without output")?;
        let mut errors = BufReader::new(child.stderr.take().context("a process without errors")?);
        let last_words = Arc::new(Mutex::new(String::new()));
        let heard = Arc::clone(&last_words);
        tokio::spawn(async move {
            let mut line = Vec::new();
            while errors.read_until(b'\n', &mut line).await.is_ok_and(|bytes| bytes > 0) {
                let text = String::from_utf8_lossy(&line);
                let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                if heard.len() + text.len() > LAST_WORDS_MAX {
                    heard.clear();
                }
                heard.push_str(&text);
                drop(heard);
                line.clear();
            }
        });
        Ok(Self { child, output: BufReader::new(output).lines(), last_words })
    }

    /// How it ended and what it said of that.
    async fn last_words(&mut self) -> String {
        let ended = self.child.wait().await.map_or_else(|error| error.to_string(), in_words);
        // What it said last may still be on its way to us.
        tokio::task::yield_now().await;
        let words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
        format!("{ended}\n{}", words.trim_end())
    }
}

fn own_program() -> Result<Command> {
    let program = std::env::current_exe().context("this program does not know where it lies")?;
    let mut command = Command::new(program);
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own: Ctrl-C is for us, and we end it.
        .process_group(0)
        .kill_on_drop(true);
    Ok(command)
}

fn in_words(status: ExitStatus) -> String {
    status.to_string()
}
