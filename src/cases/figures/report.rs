//! A report: cases found within some days, counted into rows and ranked.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::city::CityData;
use crate::city::ClassId;
use crate::city::LimitClock;
use crate::city::WorkMeter;
use crate::ingest::CameraId;
use crate::rules::ZoneId;
use crate::time::Timestamp;

use super::Digest;
use super::Figures;
use super::Language;
use super::ReportBy;
use super::ReportFormat;
use super::ReportQuery;
use super::ReportStyle;
use super::count::Count;
use super::count::Seen;
use super::places::Places;
use super::rows::Rows;
use super::rows::name_of;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// So many hot spots and outcomes are told, the greatest first: what fits a page.
const TOLD_MAX: usize = 20;
/// Outcomes are free words; more than this are no list that anyone reads.
const OUTCOMES_MAX: usize = 1_000;

/// The report, ready to be written in any form.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The dispatch centre's name.
    pub city: String,
    /// First and last day, both of which belong to it.
    pub from: String,
    pub to: String,
    pub time_zone: String,
    /// What is open stands as it stood then.
    pub as_of: Timestamp,
    pub by: ReportBy,
    /// The formula of the ranking; none where rows are times.
    pub formula: Option<&'static str>,
    pub total: Figures,
    pub rows: Vec<ReportRow>,
    /// The hottest first.
    pub hot_spots: Vec<HotPlace>,
    /// What became of cases, in the handlers' words, the commonest first.
    pub outcomes: Vec<(String, u64)>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReportRow {
    /// A day, or an id; empty for cases without one.
    pub id: String,
    pub name: String,
    /// The best is 1; equal scores share a rank.
    pub rank: Option<u32>,
    /// 0 to 100.
    pub score: Option<f64>,
    #[serde(flatten)]
    pub figures: Figures,
}

/// A place at which the same class came back often.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HotPlace {
    pub camera: CameraId,
    pub camera_name: String,
    pub zone: ZoneId,
    pub class: ClassId,
    /// Found there within the report's days.
    pub cases: u64,
    pub last_at: Timestamp,
}

/// Scores as the report states them.
pub(super) const FORMULA: &str = "score = 50 × handled on time ÷ (on time + overdue) \
    + 20 × dispatched in time ÷ dispatched + 20 × (1 − returned ÷ dispatched) \
    + 10 × (1 − repeats ÷ matters); a share of nothing counts in full; \
    fewer than 5 cases on time or overdue are not ranked";

/// Takes in cases in the order in which they were found, then tells.
pub struct Reporter<'a> {
    city: &'a CityData,
    query: ReportQuery,
    now: Timestamp,
    from: Timestamp,
    meter: WorkMeter,
    on_work_clock: HashSet<&'a ClassId>,
    rows: Rows<'a>,
    total: Count,
    places: Places<'a>,
    outcomes: BTreeMap<String, u64>,
}

impl<'a> Reporter<'a> {
    #[must_use]
    pub fn new(city: &'a CityData, query: ReportQuery, now: Timestamp) -> Self {
        let (from, to) = query.span(city.calendar.zone());
        let working =
            city.classes.iter().filter(|class| class.limit.clock() == LimitClock::Working);
        Self {
            meter: WorkMeter::new(&city.calendar, from, now.max(to)),
            on_work_clock: working.map(|class| &class.id).collect(),
            rows: Rows::new(city, &query),
            total: Count::default(),
            places: Places::new(city, memory_of(city)),
            outcomes: BTreeMap::new(),
            city,
            query,
            now,
            from,
        }
    }

    /// From when to when cases are needed: those before the report's days only tell repeats.
    #[must_use]
    pub fn span(&self) -> (Timestamp, Timestamp) {
        let (from, to) = self.query.span(self.city.calendar.zone());
        (from - memory_of(self.city), to)
    }

    /// The next case. Cases come in the order in which they were found.
    pub fn add(&mut self, digest: &Digest) {
        let within = digest.course.found_at >= self.from;
        let (repeat, hot) =
            if digest.is_matter() { self.places.add(digest, within) } else { (false, false) };
        if !within {
            return;
        }
        let seen = Seen { now: self.now, handling: self.handling(digest), repeat, hot };
        self.total.add(digest, &seen);
        self.rows.of(digest).add(digest, &seen);
        if let Some(outcome) = &digest.course.outcome {
            let full = self.outcomes.len() >= OUTCOMES_MAX;
            match self.outcomes.get_mut(outcome) {
                Some(count) => *count += 1,
                None if full => {}
                None => drop(self.outcomes.insert(outcome.clone(), 1)),
            }
        }
    }

    fn handling(&self, digest: &Digest) -> Option<Duration> {
        let (from, to) = (digest.course.dispatched_at?, digest.course.handled_at?);
        let works = self.on_work_clock.contains(&digest.class);
        Some(if works { self.meter.between(from, to) } else { to.since(from) })
    }

    #[must_use]
    pub fn finish(self) -> Report {
        let (city, by) = (self.city, self.query.by);
        let row = |(id, count): (String, Count)| {
            let figures = count.finish();
            let score = if by.is_time() { None } else { figures.score() };
            ReportRow { name: name_of(city, by, &id), id, rank: None, score, figures }
        };
        let mut rows: Vec<_> = self.rows.counts.into_iter().map(row).collect();
        if !by.is_time() {
            rank(&mut rows);
        }
        Report {
            city: city.centre.name.clone(),
            from: self.query.from.to_string(),
            to: self.query.to.to_string(),
            time_zone: city.calendar.zone().iana_name().unwrap_or("UTC").to_owned(),
            as_of: self.now,
            by,
            formula: (!by.is_time()).then_some(FORMULA),
            total: self.total.finish(),
            rows,
            hot_spots: hottest(&self.places),
            outcomes: commonest(self.outcomes),
        }
    }
}

impl Report {
    /// In the form asked for. `style` matters to HTML alone.
    #[must_use]
    pub fn written(
        &self,
        format: ReportFormat,
        language: Language,
        style: ReportStyle,
        zone: &TimeZone,
    ) -> String {
        match format {
            ReportFormat::Html => self.to_html(language, style, zone),
            ReportFormat::Csv => self.to_csv(language),
            // Texts, numbers and lists of them are always JSON.
            ReportFormat::Json => serde_json::to_string_pretty(self).unwrap_or_default(),
        }
    }
}

/// The best first, then those without a score by their number of cases.
fn rank(rows: &mut [ReportRow]) {
    let score = |row: &ReportRow| row.score.unwrap_or(-1.0);
    rows.sort_by(|a, b| {
        let by_score = score(b).total_cmp(&score(a));
        by_score.then_with(|| b.figures.found.cmp(&a.figures.found)).then_with(|| a.id.cmp(&b.id))
    });
    let mut last: Option<(f64, u32)> = None;
    for (place, row) in (1..).zip(rows) {
        let Some(score) = row.score else { break };
        let rank =
            last.filter(|(s, _)| s.total_cmp(&score).is_eq()).map_or(place, |(_, rank)| rank);
        last = Some((score, rank));
        row.rank = Some(rank);
    }
}

/// A case counts as a repeat of another for so long.
fn memory_of(city: &CityData) -> Duration {
    DAY * city.centre.matter.hot_spot_days
}

fn hottest(places: &Places<'_>) -> Vec<HotPlace> {
    let mut hot: Vec<_> = places.hot().collect();
    hot.sort_by(|a, b| {
        let place = |spot: &HotPlace| (spot.camera.clone(), spot.zone.clone(), spot.class.clone());
        b.cases.cmp(&a.cases).then_with(|| place(a).cmp(&place(b)))
    });
    hot.truncate(TOLD_MAX);
    hot
}

fn commonest(outcomes: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut outcomes: Vec<_> = outcomes.into_iter().collect();
    // Stable: of equal counts the order of the words stays.
    outcomes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    outcomes.truncate(TOLD_MAX);
    outcomes
}
