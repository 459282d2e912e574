//! A sink that writes one event a line, to a file or to the standard output.

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use futures::future::BoxFuture;

use crate::store::Delivery;
use crate::store::SinkId;

use super::DeliveryFailure;
use super::DispatchError;
use super::Sink;
use super::cloud_event;

/// A line is acknowledged when it is on the disk (or handed to the terminal or pipe).
#[derive(Debug)]
pub struct Jsonl {
    id: SinkId,
    source: String,
    place: Arc<Place>,
}

#[derive(Debug)]
enum Place {
    File(Mutex<File>),
    StandardOutput,
}

impl Jsonl {
    /// Appends to a file, which is made if it is not there. Half a line left
    /// by a crash is ended, so that it spoils no other.
    ///
    /// # Errors
    /// When the file cannot be opened for writing.
    pub fn to_file(
        id: SinkId,
        path: &Path,
        source: impl Into<String>,
    ) -> Result<Self, DispatchError> {
        let file = open_at_a_line(path).map_err(|cause| DispatchError::File {
            sink: id.clone(),
            path: path.to_owned(),
            source: cause,
        })?;
        Ok(Self { id, source: source.into(), place: Arc::new(Place::File(Mutex::new(file))) })
    }

    #[must_use]
    pub fn to_standard_output(id: SinkId, source: impl Into<String>) -> Self {
        Self { id, source: source.into(), place: Arc::new(Place::StandardOutput) }
    }
}

impl Sink for Jsonl {
    fn id(&self) -> &SinkId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        "jsonl"
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> BoxFuture<'a, Result<(), DeliveryFailure>> {
        Box::pin(async move {
            let line = format!("{}\n", cloud_event(delivery, &self.source));
            let place = Arc::clone(&self.place);
            let written = tokio::task::spawn_blocking(move || place.write(line.as_bytes())).await;
            match written {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(DeliveryFailure::away(format!("cannot write: {error}"))),
                Err(error) => Err(DeliveryFailure::away(format!("cannot write: {error}"))),
            }
        })
    }
}

impl Place {
    fn write(&self, line: &[u8]) -> io::Result<()> {
        match self {
            Self::File(file) => {
                append(&mut file.lock().unwrap_or_else(PoisonError::into_inner), line)
            }
            Self::StandardOutput => {
                let mut output = io::stdout().lock();
                output.write_all(line)?;
                output.flush()
            }
        }
    }
}

/// All of the line or none of it: a full disk leaves no half.
fn append(file: &mut File, line: &[u8]) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    let written = file.write_all(line).and_then(|()| file.sync_data());
    if written.is_err() {
        // A pipe or terminal cannot be cut; what was written there is written.
        let _ = file.set_len(length);
    }
    written
}

fn open_at_a_line(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
    let length = file.seek(SeekFrom::End(0)).unwrap_or(0);
    if length > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_line_spoils_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cases.jsonl");
        std::fs::write(&path, "{\"whole\":1}\n{\"hal").unwrap();
        let mut file = open_at_a_line(&path).unwrap();
        append(&mut file, b"{\"next\":1}\n").unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "{\"whole\":1}\n{\"hal\n{\"next\":1}\n");
    }

    #[test]
    fn a_folder_is_refused_before_anything_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let id = SinkId::new("file").unwrap();
        let error = Jsonl::to_file(id, folder.path(), "x").unwrap_err();
        assert!(matches!(error, DispatchError::File { .. }), "{error}");
    }
}
