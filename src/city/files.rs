//! The files of city data: their names, and reading them.

use std::fs;
use std::path::Path;

use crate::written::Fault;
use crate::written::FileFaults;
use crate::written::nearest;
use crate::written::text_of;

/// One file of the city's folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CityFile {
    #[default]
    Centre,
    Calendar,
    Classes,
    Grids,
    Units,
    People,
    Roads,
    Cameras,
    Berths,
    VendingPoints,
    QuietAreas,
    Duties,
}

impl CityFile {
    pub const ALL: [Self; 12] = [
        Self::Centre,
        Self::Calendar,
        Self::Classes,
        Self::Grids,
        Self::Units,
        Self::People,
        Self::Roads,
        Self::Cameras,
        Self::Berths,
        Self::VendingPoints,
        Self::QuietAreas,
        Self::Duties,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Centre => "centre.toml",
            Self::Calendar => "calendar.toml",
            Self::Classes => "classes.toml",
            Self::Grids => "grids.toml",
            Self::Units => "units.csv",
            Self::People => "people.csv",
            Self::Roads => "roads.csv",
            Self::Cameras => "cameras.csv",
            Self::Berths => "berths.csv",
            Self::VendingPoints => "vending_points.csv",
            Self::QuietAreas => "quiet_areas.toml",
            Self::Duties => "duties.toml",
        }
    }

    /// Whether no case could find its way without it.
    const fn is_needed(self) -> bool {
        matches!(self, Self::Centre | Self::Calendar | Self::Classes | Self::Grids | Self::People)
    }

    /// The file's text; empty where it may be left out and is.
    pub(super) fn text(self, folder: &Path) -> Result<String, FileFaults> {
        let path = folder.join(self.name());
        let left_out = !self.is_needed() && !path.exists();
        if left_out { Ok(String::new()) } else { text_of(&path) }
    }
}

/// Files that look like city data and are not: a slip in the name would
/// otherwise leave a whole file out in silence.
pub(super) fn strangers(folder: &Path) -> Vec<FileFaults> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let known = CityFile::ALL.map(CityFile::name);
    let mut names: Vec<_> =
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    let strange = names.iter().filter(|name| {
        let path = Path::new(name);
        let data = path.extension().is_some_and(|ending| ending == "toml" || ending == "csv");
        data && !name.starts_with('.') && !known.contains(&name.as_str())
    });
    let fault = |name: &String| {
        let message = match nearest(name, &known) {
            Some(known) => format!("is no file of city data, did you mean {known:?}?"),
            None => format!("is no file of city data, which are {}", known.join(", ")),
        };
        let fault = Fault { line: None, key: None, value: None, message };
        FileFaults { file: folder.join(name), faults: vec![fault] }
    };
    strange.map(fault).collect()
}
