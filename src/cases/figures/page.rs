//! A report as one page of HTML that reads on a screen and prints on A4.

use std::fmt::Write;

use jiff::tz::TimeZone;

use crate::time::Timestamp;

use super::Language;
use super::Report;
use super::ReportRow;
use super::words::AS_OF;
use super::words::CASES;
use super::words::CLASS;
use super::words::COLUMNS;
use super::words::Cell;
use super::words::FIRST_MEDIAN;
use super::words::FORMULA;
use super::words::HOT_SPOTS;
use super::words::HOW;
use super::words::LAST;
use super::words::MEDIANS;
use super::words::NO_CASES;
use super::words::NONE;
use super::words::NOTES;
use super::words::OUTCOME;
use super::words::OUTCOMES;
use super::words::PLACE;
use super::words::RANK;
use super::words::SCORE;
use super::words::TITLE;
use super::words::TO;
use super::words::TOTAL;
use super::words::Words;
use super::words::by_words;
use super::words::page_columns;

/// How the page is dressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportStyle {
    /// In the page itself, for a file.
    Within,
    /// At this address, for a server that lets no page bring its own.
    At(&'static str),
}

impl ReportStyle {
    /// The style sheet's text.
    pub const SHEET: &'static str = include_str!("page.css");
}

/// Figures that stand in large letters at the head, by their keys.
const HEADLINES: [&str; 6] =
    ["found", "filed", "on_time_share", "overdue", "repeat_share", "right_share"];
/// The figure that is drawn as a bar.
const BAR: &str = "on_time_share";
const BAR_WIDTH: f64 = 28.0;

impl Report {
    /// The whole page; foreign words are escaped. Times stand in `zone`.
    #[must_use]
    pub fn to_html(&self, language: Language, style: ReportStyle, zone: &TimeZone) -> String {
        let page = Page { report: self, language, zone, html: String::new() };
        page.written(style)
    }
}

struct Page<'a> {
    report: &'a Report,
    language: Language,
    zone: &'a TimeZone,
    html: String,
}

impl Page<'_> {
    fn written(mut self, style: ReportStyle) -> String {
        let (report, code) = (self.report, self.language.code());
        let title = format!("{} · {}", report.city, self.say(TITLE));
        let title = escaped(&title);
        let style = match style {
            ReportStyle::Within => format!("<style>{}</style>", ReportStyle::SHEET),
            ReportStyle::At(address) => format!("<link rel=\"stylesheet\" href=\"{address}\">"),
        };
        self.put(&format!(
            "<!doctype html>\n<html lang=\"{code}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title} {} {} {}</title>\n{style}\n</head>\n<body>\n<header><h1>{title}</h1>\n\
             <p>{} {} {} · {} {}</p></header>\n",
            report.from,
            self.say(TO),
            report.to,
            report.from,
            self.say(TO),
            report.to,
            self.say(AS_OF),
            self.minute(report.as_of),
        ));
        self.headlines();
        self.table();
        self.lists();
        self.notes();
        self.put("</body>\n</html>\n");
        self.html
    }

    fn headlines(&mut self) {
        self.put("<dl>");
        for key in HEADLINES {
            let Some(column) = COLUMNS.iter().find(|column| column.key == key) else { continue };
            let cell = shown((column.cell)(&self.report.total));
            let title = self.say(column.title);
            self.put(&format!("<div><dt>{title}</dt><dd>{cell}</dd></div>"));
        }
        self.put("</dl>\n");
    }

    fn table(&mut self) {
        let (report, ranked) = (self.report, !self.report.by.is_time());
        if report.total.found == 0 {
            let none = self.say(NO_CASES);
            self.put(&format!("<p class=\"none\">{none}</p>\n"));
        }
        let lead = if ranked { 3 } else { 1 };
        let medians = COLUMNS.len() - FIRST_MEDIAN;
        let counts = lead + page_columns().count() - medians;
        let (of_cases, of_medians) = (self.say(CASES), self.say(MEDIANS));
        self.put(&format!(
            "<table class=\"figures\">\n<thead><tr class=\"groups\"><th colspan=\"{counts}\">{of_cases}</th>\
             <th colspan=\"{medians}\" class=\"first\">{of_medians}</th></tr>\n<tr>"
        ));
        if ranked {
            let rank = self.say(RANK);
            self.put(&format!("<th>{rank}</th>"));
        }
        let by = self.say(by_words(report.by));
        self.put(&format!("<th class=\"name\">{by}</th>"));
        if ranked {
            let score = self.say(SCORE);
            self.put(&format!("<th>{score}</th>"));
        }
        for (at, column) in page_columns() {
            let (class, title) = (edge(at), self.say(column.title));
            self.put(&format!("<th{class}>{title}</th>"));
        }
        self.put("</tr></thead>\n<tbody>\n");
        for row in &report.rows {
            self.row(row, ranked);
        }
        self.put("</tbody>\n<tfoot>\n");
        let name = self.say(TOTAL).to_owned();
        let figures = report.total.clone();
        let total = ReportRow { id: "total".to_owned(), name, rank: None, score: None, figures };
        self.row(&total, ranked);
        self.put("</tfoot></table>\n");
    }

    fn row(&mut self, row: &ReportRow, ranked: bool) {
        self.put("<tr>");
        if ranked {
            let rank = row.rank.map_or_else(String::new, |rank| rank.to_string());
            self.put(&format!("<td>{rank}</td>"));
        }
        let name = if row.id.is_empty() { self.say(NONE) } else { row.name.as_str() };
        self.put(&format!("<th class=\"name\">{}</th>", escaped(name)));
        if ranked {
            let score = row.score.map_or_else(|| "–".to_owned(), |score| format!("{score:.1}"));
            self.put(&format!("<td class=\"score\">{score}</td>"));
        }
        for (at, column) in page_columns() {
            let cell = (column.cell)(&row.figures);
            let bar = match cell {
                Cell::Share(Some(share)) if column.key == BAR => bar(share),
                _ => String::new(),
            };
            let (class, text) = (edge(at), shown(cell));
            self.put(&format!("<td{class}>{bar}{text}</td>"));
        }
        self.put("</tr>\n");
    }

    fn lists(&mut self) {
        let report = self.report;
        self.put("<div class=\"lists\">\n");
        if !report.hot_spots.is_empty() {
            let [title, place, class, cases, last] =
                [HOT_SPOTS, PLACE, CLASS, CASES, LAST].map(|words| self.say(words));
            self.put(&format!(
                "<section><h2>{title}</h2><table><thead><tr><th class=\"name\">{place}</th>\
                 <th class=\"name\">{class}</th><th>{cases}</th><th>{last}</th></tr></thead><tbody>\n"
            ));
            for spot in &report.hot_spots {
                let name = if spot.camera_name.is_empty() {
                    format!("{}, {}", spot.camera, spot.zone)
                } else {
                    format!("{} ({}, {})", spot.camera_name, spot.camera, spot.zone)
                };
                let line = format!(
                    "<tr><th class=\"name\">{}</th><td class=\"name\">{}</td><td>{}</td><td>{}</td></tr>\n",
                    escaped(&name),
                    escaped(spot.class.as_str()),
                    spot.cases,
                    self.minute(spot.last_at)
                );
                self.put(&line);
            }
            self.put("</tbody></table></section>\n");
        }
        if !report.outcomes.is_empty() {
            let [title, outcome, cases] = [OUTCOMES, OUTCOME, CASES].map(|words| self.say(words));
            self.put(&format!(
                "<section><h2>{title}</h2><table><thead><tr><th class=\"name\">{outcome}</th>\
                 <th>{cases}</th></tr></thead><tbody>\n"
            ));
            for (outcome, count) in &report.outcomes {
                let outcome = escaped(outcome);
                self.put(&format!("<tr><th class=\"name\">{outcome}</th><td>{count}</td></tr>\n"));
            }
            self.put("</tbody></table></section>\n");
        }
        self.put("</div>\n");
    }

    fn notes(&mut self) {
        let how = self.say(HOW);
        self.put(&format!("<section class=\"notes\"><h2>{how}</h2><ul>\n"));
        let formula = self.report.formula.map(|_| FORMULA);
        for words in NOTES.into_iter().chain(formula) {
            let note = escaped(self.say(words));
            self.put(&format!("<li>{note}</li>\n"));
        }
        self.put("</ul></section>\n");
    }

    const fn say(&self, words: Words) -> &'static str {
        self.language.pick(words)
    }

    fn minute(&self, at: Timestamp) -> String {
        at.zoned(self.zone).strftime("%Y-%m-%d %H:%M").to_string()
    }

    fn put(&mut self, html: &str) {
        self.html.push_str(html);
    }
}

const fn edge(column: usize) -> &'static str {
    if column == FIRST_MEDIAN { " class=\"first\"" } else { "" }
}

fn bar(share: f64) -> String {
    let mut svg = String::new();
    let length = BAR_WIDTH * share.clamp(0.0, 1.0);
    // Writing to a text cannot fail.
    let _ = write!(
        svg,
        "<svg width=\"{BAR_WIDTH}\" height=\"6\" aria-hidden=\"true\">\
         <rect width=\"{BAR_WIDTH}\" height=\"6\" fill=\"#e3e6ea\"/>\
         <rect width=\"{length:.1}\" height=\"6\" fill=\"#2f6f4f\"/></svg> "
    );
    svg
}

fn shown(cell: Cell) -> String {
    match cell {
        Cell::Count(count) => count.to_string(),
        Cell::Share(Some(share)) => format!("{:.1}%", share * 100.0),
        Cell::Seconds(Some(seconds)) => length_in_words(seconds),
        Cell::Share(None) | Cell::Seconds(None) => "–".to_owned(),
    }
}

/// As people read a length: "45s", "12m", "3h 05m", "2d 4h".
fn length_in_words(seconds: f64) -> String {
    let minutes = (seconds / 60.0).round() as u64;
    match minutes {
        0 => format!("{seconds:.0}s"),
        1..60 => format!("{minutes}m"),
        60..2_880 => format!("{}h {:02}m", minutes / 60, minutes % 60),
        _ => format!("{}d {}h", minutes / 1_440, minutes / 60 % 24),
    }
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            letter => html.push(letter),
        }
    }
    html
}
