//! Why the way to the city could not be set up.

use std::path::PathBuf;

use crate::store::SinkId;

#[derive(Debug, thiserror::Error)]
pub enum DispatchError {
    #[error("sink {sink} cannot write to {path}", path = path.display())]
    File { sink: SinkId, path: PathBuf, source: std::io::Error },
    #[error("sink {sink} has a url of scheme {scheme:?}, needs http or https")]
    Scheme { sink: SinkId, scheme: String },
    #[error("sink {sink} has no working http client: {reason}")]
    Client { sink: SinkId, reason: String },
    #[error("sink {sink} cannot use the certificates in {path}: {reason}", path = path.display())]
    Certificates { sink: SinkId, path: PathBuf, reason: String },
    #[error("two sinks are named {0}")]
    SameName(SinkId),
}
