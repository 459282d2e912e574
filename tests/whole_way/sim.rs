//! Cameras in a process of their own, which can be stopped like a machine that hangs.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::AsyncBufReadExt;
use tokio::io::BufReader;
use tokio::process::Child;
use tokio::process::ChildStdout;
use tokio::process::Command;

use super::program::XUNJIE;
use super::program::in_time;
use super::program::signal;

/// `xunjie sim serve`, ended with this value.
pub(crate) struct Sim {
    child: Child,
    urls: Vec<String>,
    /// Kept open: a program that cannot print is ended.
    _stdout: BufReader<ChildStdout>,
}

impl Sim {
    /// Serves the clips on a free port, with these arguments besides.
    pub(crate) async fn serve(clips: &[&Path], arguments: &[&str]) -> Self {
        let mut child = Command::new(XUNJIE)
            .args(["sim", "serve", "--listen", "127.0.0.1:0", "--json"])
            .args(arguments)
            .args(clips)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        in_time("the simulator's addresses", stdout.read_line(&mut line)).await.unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let urls = told["urls"].as_array().unwrap().iter();
        let urls = urls.map(|url| url.as_str().unwrap().to_owned()).collect();
        Self { child, urls, _stdout: stdout }
    }

    pub(crate) fn url(&self, number: usize) -> &str {
        &self.urls[number]
    }

    /// The address with a login in it, as an operator writes it.
    pub(crate) fn url_with(&self, number: usize, login: &str) -> String {
        self.urls[number].replacen("rtsp://", &format!("rtsp://{login}@"), 1)
    }

    /// Sends the process a signal, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        signal(&self.child, name);
    }
}
