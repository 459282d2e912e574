//! A TOML file with the place of everything in it, and the list of faults found so far.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use toml::de::DeTable;

use super::Fault;
use super::FileFaults;
use super::table::Table;

/// Four thousand cameras with twenty zones each fit well; more is not a configuration.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// A file with more is no configuration at all; bounds the memory it can claim.
pub(super) const FAULTS_MAX: usize = 10_000;

/// Where the readers of one file put the faults they find.
pub(crate) struct Notes<'a> {
    pub(crate) file: &'a Path,
    text: &'a str,
    /// Where each line begins.
    line_starts: Vec<usize>,
    /// Lines on which the TOML itself is at fault.
    broken_lines: BTreeSet<usize>,
    faults: RefCell<Vec<Fault>>,
}

/// Reads the file as text.
pub(crate) fn text_of(file: &Path) -> Result<String, FileFaults> {
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|opened| opened.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(|error| FileFaults::of_file(file, None, format!("cannot be read: {error}")))?;
    if FILE_BYTES_MAX < bytes.len() as u64 {
        let message = format!("is longer than {} MiB", FILE_BYTES_MAX >> 20);
        return Err(FileFaults::of_file(file, None, message));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.split(|byte| *byte == b'\n').count();
        FileFaults::of_file(file, Some(line), "is not UTF-8 text here".to_owned())
    })
}

/// Parses the text and has its top table read. A file with broken TOML is
/// read as far as it can be understood, so that its other faults are told too.
pub(crate) fn read<T>(
    file: &Path,
    text: &str,
    keys: &'static [&'static str],
    reader: impl FnOnce(&Table<'_>) -> Option<T>,
) -> Result<T, FileFaults> {
    let (value, mut faults) = read_so_far(file, text, keys, reader);
    match value {
        Some(value) if faults.is_empty() => Ok(value),
        _ => {
            if faults.is_empty() {
                // A reader that gives nothing has said why; this only keeps an oversight from panicking.
                let message = "cannot be understood".to_owned();
                faults.push(Fault { line: None, key: None, value: None, message });
            }
            Err(FileFaults::new(file, faults))
        }
    }
}

/// As [`read`], and gives what was understood beside the faults, so that it
/// can be held against other files before all faults are told.
pub(crate) fn read_so_far<T>(
    file: &Path,
    text: &str,
    keys: &'static [&'static str],
    reader: impl FnOnce(&Table<'_>) -> T,
) -> (T, Vec<Fault>) {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut notes = Notes {
        file,
        text,
        line_starts: [0]
            .into_iter()
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect(),
        broken_lines: BTreeSet::new(),
        faults: RefCell::default(),
    };
    notes.note_broken(&errors);
    let value = reader(&Table::top(document.get_ref(), keys, &notes));
    (value, notes.faults.into_inner())
}

impl Notes<'_> {
    /// Counted from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= at)
    }

    /// Whether any of the TOML is broken, so that what seems to be missing may stand there.
    pub(crate) fn broken(&self) -> bool {
        !self.broken_lines.is_empty()
    }

    /// Notes a fault of the keys and values at `place`, unless the TOML is
    /// broken there: then what was read is not what was written.
    pub(crate) fn note(
        &self,
        place: Range<usize>,
        key: String,
        value: Option<String>,
        message: String,
    ) {
        let lines = self.line(place.start)..=self.line(place.end.max(place.start));
        let line = Some(*lines.start());
        let mut faults = self.faults.borrow_mut();
        if self.broken_lines.range(lines).next().is_none() && faults.len() < FAULTS_MAX {
            faults.push(Fault { line, key: Some(key), value, message });
        }
    }

    /// The first error of each line; the others mostly follow from it. The
    /// parser's messages do not quote the text, which may hold a password.
    fn note_broken(&mut self, errors: &[toml::de::Error]) {
        for error in errors {
            let place = error.span().unwrap_or(0..0);
            let line = self.line(place.start);
            if !self.broken_lines.insert(line) || self.broken_lines.len() > FAULTS_MAX {
                continue;
            }
            let before = self.text.get(self.line_starts[line - 1]..place.start).unwrap_or_default();
            let column = 1 + before.chars().count();
            let message = error.message().trim_end_matches(", expected nothing");
            let message = format!("column {column}: {message}");
            self.faults.get_mut().push(Fault { line: Some(line), key: None, value: None, message });
        }
    }
}
