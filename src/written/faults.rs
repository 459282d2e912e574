//! What is wrong with a file the operator wrote: every fault, each with its line, key and bound.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;

use serde::Serialize;
use utoipa::ToSchema;

/// More than anyone reads at once; the count in the last line is the true one.
const SHOWN_MAX: usize = 1000;

/// One thing to put right. Holds no secret: values that may hold one are shown as `***`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// Counted from 1; none when the file as a whole is at fault.
    pub line: Option<usize>,
    /// The way to the key, as in `camera.kerb.interval_s`; none for faults of the TOML itself.
    pub key: Option<String>,
    /// The offending value as it may be shown; none where there is none, or none to show.
    pub value: Option<String>,
    /// What it must be instead.
    pub message: String,
}

/// All faults of one file. Shown with a line a fault in the file's order, then their number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileFaults {
    pub file: PathBuf,
    pub faults: Vec<Fault>,
}

/// A value's place in its file, kept to find fault with it after other files are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) line: usize,
    pub(crate) key: String,
    pub(crate) value: Option<String>,
}

impl Spot {
    pub(crate) fn fault(&self, message: impl Into<String>) -> Fault {
        let (key, value) = (Some(self.key.clone()), self.value.clone());
        Fault { line: Some(self.line), key, value, message: message.into() }
    }
}

impl FileFaults {
    pub(crate) fn new(file: &Path, mut faults: Vec<Fault>) -> Self {
        faults.sort_by_key(|fault| fault.line);
        Self { file: file.to_owned(), faults }
    }

    /// The file cannot be read at all, or only up to a line.
    pub(crate) fn of_file(file: &Path, line: Option<usize>, message: String) -> Self {
        Self::new(file, vec![Fault { line, key: None, value: None, message }])
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(key) = &self.key {
            f.write_str(key)?;
            if let Some(value) = &self.value {
                write!(f, " = {value}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}

impl fmt::Display for FileFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        for fault in self.faults.iter().take(SHOWN_MAX) {
            match fault.line {
                Some(line) => writeln!(f, "{file}:{line}: {fault}")?,
                None => writeln!(f, "{file}: {fault}")?,
            }
        }
        match self.faults.len() {
            1 => write!(f, "1 fault in {file}"),
            count @ ..=SHOWN_MAX => write!(f, "{count} faults in {file}"),
            count => {
                write!(f, "{count} faults in {file}, of which the first {SHOWN_MAX} are shown")
            }
        }
    }
}

impl std::error::Error for FileFaults {}
