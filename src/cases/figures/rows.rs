//! Which row of a report a case falls into, and what the row is called.

use std::collections::HashMap;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::city::CameraPlace;
use crate::city::CityData;
use crate::city::GridId;
use crate::city::PersonId;
use crate::city::UnitId;
use crate::ingest::CameraId;
use crate::time::Timestamp;

use super::Digest;
use super::ReportBy;
use super::ReportQuery;
use super::count::Count;
use super::question::start_of;

/// The rows, in the order in which they came or follow each other.
pub(super) struct Rows<'a> {
    city: &'a CityData,
    by: ReportBy,
    /// Where each row of time begins.
    starts: Vec<Timestamp>,
    units: HashMap<&'a PersonId, Option<&'a UnitId>>,
    roads: HashMap<&'a CameraId, &'a str>,
    known: HashMap<String, usize>,
    pub(super) counts: Vec<(String, Count)>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(city: &'a CityData, query: &ReportQuery) -> Self {
        let mut rows = Self {
            city,
            by: query.by,
            starts: Vec::new(),
            units: HashMap::new(),
            roads: HashMap::new(),
            known: HashMap::new(),
            counts: Vec::new(),
        };
        match query.by {
            ReportBy::Day | ReportBy::Week | ReportBy::Month => {
                rows.periods(query, city.calendar.zone());
            }
            ReportBy::Unit => {
                let people = city.people.iter();
                rows.units = people.map(|person| (&person.id, person.unit.as_ref())).collect();
            }
            ReportBy::Road => {
                let on_road =
                    |camera: &'a CameraPlace| Some((&camera.id, camera.road.as_ref()?.as_str()));
                rows.roads = city.cameras.iter().filter_map(on_road).collect();
            }
            // A grid without a case stands in the report all the same.
            ReportBy::Grid => city.grids.iter().for_each(|grid| {
                rows.number_of(grid.id.as_str());
            }),
            ReportBy::Class => {}
        }
        rows
    }

    fn periods(&mut self, query: &ReportQuery, zone: &TimeZone) {
        let mut day = Some(query.from);
        while let Some(starts) = day.filter(|day| *day <= query.to) {
            self.starts.push(start_of(starts, zone));
            self.counts.push((starts.to_string(), Count::default()));
            day = next(starts, query.by);
        }
    }

    /// The row of the case; a new one where it is the first of its row.
    pub(super) fn of(&mut self, digest: &Digest) -> &mut Count {
        let number = match self.by {
            ReportBy::Day | ReportBy::Week | ReportBy::Month => {
                let begun = self.starts.partition_point(|at| *at <= digest.course.found_at);
                begun.saturating_sub(1)
            }
            ReportBy::Grid => self.number_of(digest.grid.as_ref().map_or("", GridId::as_str)),
            ReportBy::Class => self.number_of(digest.class.as_str()),
            ReportBy::Road => {
                let camera = digest.camera.as_ref();
                let road = camera.and_then(|camera| self.roads.get(camera)).copied();
                self.number_of(road.unwrap_or_default())
            }
            ReportBy::Unit => {
                let city = self.city;
                let own = digest.course.handler.as_ref().and_then(|person| self.units.get(person));
                let of_class = || city.class(&digest.class).and_then(|c| c.unit.as_ref());
                let unit = own.copied().flatten().or_else(of_class);
                self.number_of(unit.map_or("", UnitId::as_str))
            }
        };
        &mut self.counts[number].1
    }

    fn number_of(&mut self, id: &str) -> usize {
        if let Some(number) = self.known.get(id) {
            return *number;
        }
        let number = self.counts.len();
        self.known.insert(id.to_owned(), number);
        self.counts.push((id.to_owned(), Count::default()));
        number
    }
}

/// What people call the row; its id where the city has no name for it.
pub(super) fn name_of(city: &CityData, by: ReportBy, id: &str) -> String {
    let name = match by {
        ReportBy::Day | ReportBy::Week | ReportBy::Month => None,
        ReportBy::Grid => {
            city.grids.iter().find(|grid| grid.id.as_str() == id).map(|grid| &grid.name)
        }
        ReportBy::Unit => {
            city.units.iter().find(|unit| unit.id.as_str() == id).map(|unit| &unit.name)
        }
        ReportBy::Road => {
            city.roads.iter().find(|road| road.id.as_str() == id).map(|road| &road.name)
        }
        ReportBy::Class => {
            city.classes.iter().find(|class| class.id.as_str() == id).map(|class| &class.name)
        }
    };
    name.map_or_else(|| id.to_owned(), Clone::clone)
}

/// The first day of the next row: weeks begin on Mondays, months on their first.
fn next(day: Date, by: ReportBy) -> Option<Date> {
    match by {
        ReportBy::Week => {
            let left = 7 - i64::from(day.weekday().to_monday_zero_offset());
            day.checked_add(left.days()).ok()
        }
        ReportBy::Month => day.first_of_month().checked_add(1.month()).ok(),
        _ => day.tomorrow().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_on_mondays_and_months_on_their_first() {
        let friday: Date = "2026-05-29".parse().unwrap();
        assert_eq!(next(friday, ReportBy::Week).unwrap().to_string(), "2026-06-01");
        assert_eq!(next(friday, ReportBy::Month).unwrap().to_string(), "2026-06-01");
        assert_eq!(next(friday, ReportBy::Day).unwrap().to_string(), "2026-05-30");
    }
}
