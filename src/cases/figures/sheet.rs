//! A report as CSV that a spreadsheet opens with a double click.

use super::Language;
use super::Report;
use super::ReportRow;
use super::words::COLUMNS;
use super::words::Cell;
use super::words::FIRST_MEDIAN;
use super::words::RANK;
use super::words::SCORE;
use super::words::TOTAL;
use super::words::by_words;

/// Tells Excel that the file is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

impl Report {
    /// One line a row, the total last. Shares are from 0 to 1, times in seconds.
    #[must_use]
    pub fn to_csv(&self, language: Language) -> String {
        let mut text = BYTE_ORDER_MARK.to_owned();
        let say = |words| language.pick(words).to_owned();
        let mut titles = vec!["id".to_owned(), say(by_words(self.by)), say(RANK), say(SCORE)];
        for (at, column) in COLUMNS.iter().enumerate() {
            let title = language.pick(column.title);
            // Some of the median times are called as the counts of their stages are.
            titles.push(if at >= FIRST_MEDIAN { format!("{title} s") } else { title.to_owned() });
        }
        line(&mut text, &titles);
        for row in &self.rows {
            line(&mut text, &cells(row));
        }
        let name = say(TOTAL);
        let figures = self.total.clone();
        line(
            &mut text,
            &cells(&ReportRow { id: String::new(), name, rank: None, score: None, figures }),
        );
        text
    }
}

fn cells(row: &ReportRow) -> Vec<String> {
    let number = |number: Option<f64>| number.map_or_else(String::new, |n| n.to_string());
    let rank = row.rank.map_or_else(String::new, |rank| rank.to_string());
    let mut cells = vec![row.id.clone(), row.name.clone(), rank, number(row.score)];
    cells.extend(COLUMNS.iter().map(|column| match (column.cell)(&row.figures) {
        Cell::Count(count) => count.to_string(),
        Cell::Share(share) => number(share.map(|share| (share * 1e4).round() / 1e4)),
        Cell::Seconds(seconds) => number(seconds),
    }));
    cells
}

fn line(text: &mut String, cells: &[String]) {
    let cells: Vec<_> = cells.iter().map(|cell| written(cell)).collect();
    text.push_str(&cells.join(","));
    text.push_str("\r\n");
}

/// A cell that a spreadsheet shows as it is, whatever somebody named a road:
/// what would be run as a formula is put behind an apostrophe.
fn written(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cell = if formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_run_as_a_formula_or_breaks_its_line() {
        let cells = [
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("Renmin Road, east", "\"Renmin Road, east\""),
            ("two\nlines", "\"two\nlines\""),
            ("人民路", "人民路"),
            ("2026-05-01", "2026-05-01"),
        ];
        for (cell, expected) in cells {
            assert_eq!(written(cell), expected);
        }
    }
}
