//! Why a model cannot be used, told before any camera is opened.

use std::io;
use std::path::PathBuf;

use super::runtime::RuntimeError;

/// A model could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("no manifest for model `{name}`, looked for {}", list(looked))]
    NoManifest { name: String, looked: Vec<PathBuf> },
    /// The fault names the line and the value.
    #[error("{}:{line}: {fault}", path.display())]
    Manifest { path: PathBuf, line: usize, fault: String },
    #[error("no model file `{file}`, looked for {}", list(looked))]
    NoFile { file: String, looked: Vec<PathBuf> },
    #[error("cannot read {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} has {bytes} bytes, at most {bytes_max} are taken", path.display())]
    TooLarge { path: PathBuf, bytes: u64, bytes_max: u64 },
    #[error("{} has sha256 {got}, its manifest says {expected}", path.display())]
    Sha256 { path: PathBuf, expected: String, got: String },
    #[error("{} cannot be loaded", path.display())]
    Runtime { path: PathBuf, source: RuntimeError },
    #[error("the system gives no thread to judge pictures in")]
    Thread(#[source] io::Error),
    #[error("{} does not fit its manifest: {fault}", path.display())]
    Unfit { path: PathBuf, fault: String },
}

fn list(paths: &[PathBuf]) -> String {
    let quoted: Vec<_> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
    if quoted.is_empty() { "nothing".to_owned() } else { quoted.join(", ") }
}
