//! Which grid a case lies in, and who is to deal with it now.

use crate::geometry::GeoPoint;
use crate::ingest::CameraId;
use crate::time::Timestamp;

use super::CityData;
use super::Class;
use super::ClassId;
use super::Grid;
use super::GridId;
use super::MatterRule;
use super::Person;
use super::QuietArea;
use super::Unit;
use super::VendingPoint;

/// How the grid was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Located {
    /// The place lies in it.
    Within,
    /// The place lies in none, or is not known: this is the city's default.
    Default,
}

/// Why this person and no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// The class's role in the grid.
    Specialist,
    /// Nobody has the role there, so it falls to the head.
    HeadForWant,
    /// The clock ran out, so the head hears of it.
    HeadForDelay,
}

/// Where a case goes.
#[derive(Clone, Copy, Debug)]
pub struct Route<'a> {
    pub grid: &'a Grid,
    pub located: Located,
    pub class: &'a Class,
    pub person: &'a Person,
    pub reached: Reached,
    /// The person's unit, or else the class's.
    pub unit: Option<&'a Unit>,
}

impl CityData {
    /// The one grid of a place; the default where none holds it.
    #[must_use]
    pub fn grid_at(&self, place: &GeoPoint) -> Option<(&Grid, Located)> {
        let within = self.grids.iter().find(|grid| grid.area.contains(place));
        within.map(|grid| (grid, Located::Within)).or_else(|| self.default_grid())
    }

    /// The grid of a camera's cases; the default for a camera that the city does not know.
    #[must_use]
    pub fn grid_for(&self, camera: &CameraId) -> Option<(&Grid, Located)> {
        match self.grid_of_camera(camera) {
            Some(grid) => {
                let place = self.camera(camera).map(|camera| &camera.place);
                let within = place.is_some_and(|place| grid.area.contains(place));
                Some((grid, if within { Located::Within } else { Located::Default }))
            }
            None => self.default_grid(),
        }
    }

    /// Who deals with a case of the class in the grid: the class's role, and
    /// the head once `due` has passed. None for a class that the city does
    /// not know, or a place that it has no grid for.
    #[must_use]
    pub fn route(
        &self,
        class: &ClassId,
        (grid, located): (&GridId, Located),
        due: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Route<'_>> {
        let (class, grid) = (self.class(class)?, self.grid(grid)?);
        let specialist = self.person_in(&grid.id, &class.role);
        let late = due.is_some_and(|due| due < now);
        let (person, reached) = match specialist {
            Some(person) if !late => (person, Reached::Specialist),
            specialist => {
                let head = self.person_in(&grid.id, &self.centre.head)?;
                let want = specialist.is_none();
                (head, if want { Reached::HeadForWant } else { Reached::HeadForDelay })
            }
        };
        let unit = person.unit.as_ref().or(class.unit.as_ref()).and_then(|id| self.unit(id));
        Some(Route { grid, located, class, person, reached, unit })
    }

    /// When two reports of the class are one matter: the centre's rule where
    /// the class has none of its own.
    #[must_use]
    pub fn matter_rule(&self, class: &Class) -> MatterRule {
        let usual = self.centre.matter;
        MatterRule {
            join_m: class.join_m.unwrap_or(usual.join_m),
            join_hours: class.join_hours.unwrap_or(usual.join_hours),
            ..usual
        }
    }

    /// Where stalls may stand at this place and time.
    #[must_use]
    pub fn permitted_vending(&self, place: &GeoPoint, at: Timestamp) -> Option<&VendingPoint> {
        let zone = self.calendar.zone();
        self.vending_points.iter().find(|point| point.permits(place, at, zone))
    }

    /// The area from which the city wants no case of this class now.
    #[must_use]
    pub fn quiet_area(
        &self,
        class: &ClassId,
        place: &GeoPoint,
        at: Timestamp,
    ) -> Option<&QuietArea> {
        let zone = self.calendar.zone();
        self.quiet_areas.iter().find(|area| area.silences(class, place, at, zone))
    }

    /// Where a case goes whose place is not known.
    #[must_use]
    pub fn default_grid(&self) -> Option<(&Grid, Located)> {
        let id = self.centre.default_grid.as_ref()?;
        self.grid(id).map(|grid| (grid, Located::Default))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;
    use std::time::Duration;

    use proptest::prelude::*;

    use crate::city::sample::example;
    use crate::city::sample::small;
    use crate::city::sample::text;

    use super::*;

    fn camera(id: &str) -> CameraId {
        CameraId::new(id).unwrap()
    }

    #[test]
    fn a_case_goes_to_the_class_s_role_in_the_camera_s_grid() {
        let city = example();
        let class = ClassId::new("garbage_pile").unwrap();
        let now = Timestamp::from_secs(1_780_000_000);
        let (grid, located) = city.grid_for(&camera("cam-001")).unwrap();
        assert_eq!((grid.id.as_str(), located), ("dongguan-01", Located::Within));
        let route = city.route(&class, (&grid.id, located), Some(now), now).unwrap();
        assert_eq!(route.person.id.as_str(), "dongguan-01-sanitation");
        assert_eq!(route.unit.unwrap().id.as_str(), "sanitation-east");
        assert_eq!(route.reached, Reached::Specialist);
    }

    #[test]
    fn it_goes_to_the_head_when_its_clock_has_run_out() {
        let city = example();
        let class = ClassId::new("road_water").unwrap();
        let due = Timestamp::from_secs(1_780_000_000);
        let (grid, located) = city.grid_for(&camera("cam-002")).unwrap();
        let late = due + Duration::from_micros(1);
        let route = city.route(&class, (&grid.id, located), Some(due), late).unwrap();
        assert_eq!(route.reached, Reached::HeadForDelay);
        assert_eq!(route.person.role, city.centre.head);
        assert_eq!(route.person.grid, grid.id);
    }

    #[test]
    fn it_goes_to_the_head_where_nobody_has_the_role() {
        let people = text("people.csv").replace("b,B,sweeper,west\n", "");
        let city = small(&[("people.csv", &people)]).unwrap();
        let class = ClassId::new("garbage_pile").unwrap();
        let (grid, located) = city.grid_for(&camera("k1")).unwrap();
        let route = city.route(&class, (&grid.id, located), None, Timestamp::EPOCH).unwrap();
        assert_eq!((route.person.id.as_str(), route.reached), ("a", Reached::HeadForWant));
    }

    #[test]
    fn a_camera_the_city_does_not_know_falls_to_the_default() {
        let city = example();
        let (grid, located) = city.grid_for(&camera("nobody-wrote-this")).unwrap();
        assert_eq!((grid.id.as_str(), located), ("dongguan-01", Located::Default));
        assert!(small(&[]).unwrap().grid_for(&camera("unknown")).is_none());
    }

    #[test]
    fn permits_hold_in_their_place_and_hours() {
        let city = example();
        let breakfast = city.vending_points[0].place;
        let at = |text| Timestamp::parse(text).unwrap();
        let (open, shut) = (at("2026-05-01T06:00:00+08:00"), at("2026-05-01T09:00:00+08:00"));
        assert!(city.permitted_vending(&breakfast, open).is_some());
        assert!(city.permitted_vending(&breakfast, shut).is_none());
        let fair = &city.quiet_areas[0];
        let [mut lon, mut lat] = [0.0, 0.0];
        for corner in fair.area.corners() {
            (lon, lat) = (lon + corner.lon() / 4.0, lat + corner.lat() / 4.0);
        }
        let middle = GeoPoint::new(lon, lat).unwrap();
        let quiet = |class: &str, when| {
            city.quiet_area(&ClassId::new(class).unwrap(), &middle, at(when)).is_some()
        };
        assert!(quiet("street_vending", "2026-02-20T12:00:00+08:00"));
        assert!(!quiet("street_vending", "2026-02-20T23:00:00+08:00"));
        assert!(!quiet("garbage_pile", "2026-02-20T12:00:00+08:00"));
        assert!(!quiet("street_vending", "2026-03-04T12:00:00+08:00"));
    }

    static EXAMPLE: LazyLock<CityData> = LazyLock::new(example);

    proptest! {
        #[test]
        fn every_place_of_the_district_lies_in_exactly_one_grid(
            lon in 113.59f64..113.73, lat in 34.69f64..34.74,
        ) {
            let city = &*EXAMPLE;
            let place = GeoPoint::new(lon, lat).unwrap();
            let holding = city.grids.iter().filter(|grid| grid.area.contains(&place)).count();
            let within = city.centre.outline.as_ref().unwrap().contains(&place);
            prop_assert_eq!(holding, usize::from(within));
        }
    }
}
