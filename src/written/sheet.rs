//! A CSV file as spreadsheets write it: a line of column names, then a row a thing.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::RangeInclusive;

use csv::StringRecord;

use super::Fault;
use super::document::FAULTS_MAX;
use super::faults::Spot;
use super::near::nearest;
use super::shown::text_shown;

/// Ids longer than this are no ids and not used to name a row in faults.
const ID_SHOWN_MAX: usize = 64;

/// The columns that a sheet may have.
#[derive(Clone, Copy)]
pub(crate) struct Columns {
    /// Must be there, and filled in every row.
    pub(crate) needed: &'static [&'static str],
    /// May be left out, as a whole or in a row.
    pub(crate) optional: &'static [&'static str],
}

/// What all rows of a sheet share.
struct Notes {
    /// Where each known column stands.
    places: HashMap<&'static str, usize>,
    faults: RefCell<Vec<Fault>>,
}

/// One row; blank cells count as not given.
pub(crate) struct Row<'a> {
    record: &'a StringRecord,
    line: usize,
    /// The row's id, or `#3` where it has none fit to be shown.
    name: String,
    notes: &'a Notes,
}

/// One cell with something in it.
pub(crate) struct Cell<'a> {
    column: &'static str,
    text: &'a str,
    row: &'a Row<'a>,
}

/// Has each row read, and tells all faults of the sheet. Rows that the
/// `reader` gives nothing for are left out; it has said why.
pub(crate) fn read_sheet<T>(
    text: &str,
    columns: Columns,
    rows_max: usize,
    mut reader: impl FnMut(&Row<'_>) -> Option<T>,
) -> (Vec<T>, Vec<Fault>) {
    let mut builder = csv::ReaderBuilder::new();
    let mut sheet = builder.flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut notes = Notes { places: HashMap::new(), faults: RefCell::default() };
    match sheet.headers() {
        Ok(header) => notes.find_columns(&header.clone(), columns),
        Err(error) => notes.note(1, None, None, format!("cannot be read: {error}")),
    }
    let width = sheet.headers().map_or(0, StringRecord::len);
    let (mut rows, mut record, mut number) = (Vec::new(), StringRecord::new(), 0);
    loop {
        match sheet.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                notes.note(1, None, None, format!("cannot be read: {error}"));
                break;
            }
        }
        number += 1;
        let line = record.position().map_or(0, csv::Position::line) as usize;
        if number > rows_max {
            notes.note(line, None, None, format!("is row {number}: must be at most {rows_max}"));
            break;
        }
        if record.len() != width {
            let cells = record.len();
            let message =
                format!("has {cells} cells, must have {width}; a comma within needs quotes");
            notes.note(line, None, None, message);
            continue;
        }
        rows.extend(reader(&Row::new(&record, line, number, &notes)));
    }
    (rows, notes.faults.into_inner())
}

impl Notes {
    fn find_columns(&mut self, header: &StringRecord, columns: Columns) {
        let known: Vec<_> = [columns.needed, columns.optional].concat();
        for (place, name) in header.iter().enumerate() {
            match known.iter().find(|known| **known == name) {
                Some(known) if self.places.contains_key(known) => {
                    self.note(1, Some(name.to_owned()), None, "is a column already".to_owned());
                }
                Some(known) => {
                    self.places.insert(known, place);
                }
                None => {
                    let message = match nearest(name, &known) {
                        Some(known) => format!("unknown column, did you mean {known:?}?"),
                        None => format!("unknown column, known here are {}", known.join(", ")),
                    };
                    self.note(1, Some(text_shown(name)), None, message);
                }
            }
        }
        for name in columns.needed.iter().filter(|name| !self.places.contains_key(*name)) {
            self.note(1, Some((*name).to_owned()), None, "column is missing".to_owned());
        }
    }

    fn note(&self, line: usize, key: Option<String>, value: Option<String>, message: String) {
        let mut faults = self.faults.borrow_mut();
        if faults.len() < FAULTS_MAX {
            faults.push(Fault { line: Some(line), key, value, message });
        }
    }
}

impl<'a> Row<'a> {
    fn new(record: &'a StringRecord, line: usize, number: usize, notes: &'a Notes) -> Self {
        let id = notes.places.get("id").and_then(|place| record.get(*place)).unwrap_or_default();
        let fit = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
        let shown = (1..=ID_SHOWN_MAX).contains(&id.len()) && id.chars().all(fit);
        let name = if shown { id.to_owned() } else { format!("#{number}") };
        Self { record, line, name, notes }
    }

    /// The cell under the column, if there is anything in it.
    pub(crate) fn cell(&'a self, column: &'static str) -> Option<Cell<'a>> {
        let text = self.record.get(*self.notes.places.get(column)?)?;
        (!text.is_empty()).then_some(Cell { column, text, row: self })
    }

    /// The cell under the column; a fault if it is blank.
    pub(crate) fn needed(&'a self, column: &'static str) -> Option<Cell<'a>> {
        let cell = self.cell(column);
        if cell.is_none() && self.notes.places.contains_key(column) {
            let key = format!("{}.{column}", self.name);
            self.notes.note(self.line, Some(key), None, "is missing".to_owned());
        }
        cell
    }
}

impl Cell<'_> {
    /// Notes that this cell is at fault.
    pub(crate) fn fault(&self, message: impl Into<String>) {
        let Spot { line, key, value } = self.spot();
        self.row.notes.note(line, Some(key), value, message.into());
    }

    /// Where it stands, for a fault that shows only when other files are read.
    pub(crate) fn spot(&self) -> Spot {
        let key = format!("{}.{}", self.row.name, self.column);
        // Somebody's number is nobody else's business, also when it is written wrongly.
        let value = (self.column != "phone").then(|| text_shown(self.text));
        Spot { line: self.row.line, key, value }
    }

    /// What `parse` makes of it; `must_be` says what it takes.
    pub(crate) fn parsed<T>(
        &self,
        must_be: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let parsed = parse(self.text);
        if parsed.is_none() {
            self.fault(format!("must be {must_be}"));
        }
        parsed
    }

    /// A number within the bounds.
    pub(crate) fn number(&self, bounds: RangeInclusive<f64>) -> Option<f64> {
        let must_be = format!("a number, {} to {}", bounds.start(), bounds.end());
        self.parsed(&must_be, |text| text.parse().ok().filter(|number| bounds.contains(number)))
    }

    pub(crate) fn flag(&self) -> Option<bool> {
        self.parsed("yes or no", |text| match text {
            "yes" | "true" | "是" => Some(true),
            "no" | "false" | "否" => Some(false),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COLUMNS: Columns = Columns { needed: &["id", "lon"], optional: &["name", "open"] };

    fn read(text: &str) -> (Vec<(String, f64)>, Vec<String>) {
        let (rows, faults) = read_sheet(text, COLUMNS, 3, |row| {
            let id = row.needed("id").map(|cell| cell.text.to_owned());
            let lon = row.needed("lon").and_then(|cell| cell.number(-180.0..=180.0));
            let _ = row.cell("open").and_then(|cell| cell.flag());
            Some((id?, lon?))
        });
        let told = |fault: &Fault| format!("{}: {fault}", fault.line.unwrap());
        (rows, faults.iter().map(told).collect())
    }

    #[test]
    fn reads_what_a_spreadsheet_writes() {
        let (rows, faults) = read("\u{feff}name, id,lon\r\n\"North, gate\",a,1.5\r\n,b,2\r\n");
        assert_eq!(faults, [""; 0]);
        assert_eq!(rows, [("a".to_owned(), 1.5), ("b".to_owned(), 2.0)]);
    }

    #[test]
    fn tells_every_fault_with_its_line_and_leaves_the_row_out() {
        let (rows, faults) = read("id,lon,opn\na,200,yes\n,x,\nb,1\n");
        assert!(rows.is_empty());
        assert_eq!(
            faults,
            [
                "1: \"opn\": unknown column, did you mean \"open\"?",
                "2: a.lon = \"200\": must be a number, -180 to 180",
                "3: #2.id: is missing",
                "3: #2.lon = \"x\": must be a number, -180 to 180",
                "4: has 2 cells, must have 3; a comma within needs quotes",
            ]
        );
        assert_eq!(
            read("id,open\na,maybe\n").1,
            ["1: lon: column is missing", "2: a.open = \"maybe\": must be yes or no",]
        );
    }

    #[test]
    fn takes_no_more_rows_than_it_was_told() {
        let (rows, faults) = read("id,lon\na,1\nb,1\nc,1\nd,1\ne,1\n");
        assert_eq!((rows.len(), faults), (3, vec!["5: is row 4: must be at most 3".to_owned()]));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a-z,\"\n\r ]{0,60}|\\PC{0,40}") {
            let _ = read(&text);
        }
    }
}
