//! Names that one file gives and another uses, held against each other when all are read.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;

use crate::written::Cell;
use crate::written::Fault;
use crate::written::Spot;
use crate::written::Value;
use crate::written::nearest;

use super::CityFile;
use super::ids::MUST_BE;
use super::ids::NameError;

/// What has names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Named {
    District,
    Role,
    Class,
    Grid,
    Unit,
    Person,
    Road,
    Camera,
    Berth,
    VendingPoint,
    QuietArea,
    Duty,
}

impl Named {
    const fn in_words(self) -> (&'static str, CityFile) {
        match self {
            Self::District => ("district", CityFile::Centre),
            Self::Role => ("role", CityFile::Centre),
            Self::Class => ("class", CityFile::Classes),
            Self::Grid => ("grid", CityFile::Grids),
            Self::Unit => ("unit", CityFile::Units),
            Self::Person => ("person", CityFile::People),
            Self::Road => ("road", CityFile::Roads),
            Self::Camera => ("camera", CityFile::Cameras),
            Self::Berth => ("berth", CityFile::Berths),
            Self::VendingPoint => ("vending point", CityFile::VendingPoints),
            Self::QuietArea => ("quiet area", CityFile::QuietAreas),
            Self::Duty => ("duty", CityFile::Duties),
        }
    }
}

/// A value of either kind of file.
pub(super) trait Piece {
    fn parsed<T>(&self, must_be: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T>;
    fn spot(&self) -> Spot;
}

impl Piece for Value<'_> {
    fn parsed<T>(&self, must_be: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        Value::parsed(self, must_be, parse)
    }

    fn spot(&self) -> Spot {
        Value::spot(self)
    }
}

impl Piece for Cell<'_> {
    fn parsed<T>(&self, must_be: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        Cell::parsed(self, must_be, parse)
    }

    fn spot(&self) -> Spot {
        Cell::spot(self)
    }
}

/// The names given and used so far, and the faults that show between them.
#[derive(Default)]
pub(super) struct Links {
    /// The file being read.
    pub(super) file: CityFile,
    /// With the line of each.
    given: HashMap<Named, HashMap<String, usize>>,
    used: Vec<(CityFile, Named, String, Spot)>,
    pub(super) faults: BTreeMap<CityFile, Vec<Fault>>,
    /// Files that were not understood to their end: what they give is not all known.
    pub(super) unsure: HashSet<CityFile>,
}

impl Links {
    /// The name that the piece gives to a thing, which must be the only one to have it.
    pub(super) fn give<T>(
        &mut self,
        what: Named,
        piece: &impl Piece,
        new: impl FnOnce(&str) -> Result<T, NameError>,
    ) -> Option<T> {
        let (id, text) = named(piece, new)?;
        let given = self.given.entry(what).or_default();
        if let Some(line) = given.get(&text) {
            let message = format!("is taken on line {line}, must be another");
            self.fault(self.file, piece.spot().fault(message));
        } else {
            given.insert(text, piece.spot().line);
        }
        Some(id)
    }

    /// The name of a thing that some file must give.
    pub(super) fn refer<T>(
        &mut self,
        what: Named,
        piece: &impl Piece,
        new: impl FnOnce(&str) -> Result<T, NameError>,
    ) -> Option<T> {
        let (id, text) = named(piece, new)?;
        self.used.push((self.file, what, text, piece.spot()));
        Some(id)
    }

    pub(super) fn fault(&mut self, file: CityFile, fault: Fault) {
        self.faults.entry(file).or_default().push(fault);
    }

    /// Finds the names that are used and not given.
    pub(super) fn check(&mut self) {
        for (file, what, text, spot) in std::mem::take(&mut self.used) {
            let given = self.given.get(&what);
            let (noun, home) = what.in_words();
            let found = given.is_some_and(|given| given.contains_key(&text));
            if found || self.unsure.contains(&home) {
                continue;
            }
            let known: Vec<_> = given.into_iter().flatten().map(|(id, _)| id.as_str()).collect();
            let meant = match nearest(&text, &known) {
                Some(known) => format!(", did you mean {known:?}?"),
                None => String::new(),
            };
            self.fault(file, spot.fault(format!("is no {noun} of {}{meant}", home.name())));
        }
    }
}

fn named<T>(
    piece: &impl Piece,
    new: impl FnOnce(&str) -> Result<T, NameError>,
) -> Option<(T, String)> {
    piece.parsed(MUST_BE, |text| Some((new(text).ok()?, text.to_owned())))
}
