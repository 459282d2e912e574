//! What can go wrong while filming.

use std::path::PathBuf;

use crate::sim::street::story::ScriptError;

/// Why a scenario is not filmed.
#[derive(Debug, thiserror::Error)]
pub enum FilmError {
    #[error(transparent)]
    Script(#[from] ScriptError),
    #[error("scenario {name:?}, seed {seed}: no street in {tries} has room for it")]
    NoRoom { name: String, seed: u64, tries: u32 },
    #[error("cannot write {path:?}")]
    Write { path: PathBuf, source: std::io::Error },
    #[error("cannot encode {path:?}: {reason}")]
    Encode { path: PathBuf, reason: String },
    #[error("told to stop")]
    Stopped,
}
