//! What is different in newer city data, by file and id, for whoever has them taken up.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::CityData;
use super::CityFile;

/// So many ids of a kind are named; the counts are the true ones.
const NAMED_MAX: usize = 100;

/// What is different in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Difference {
    pub file: &'static str,
    pub added: Ids,
    pub removed: Ids,
    /// The id stayed, something else did not.
    pub changed: Ids,
}

/// A few ids, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ids {
    pub count: usize,
    /// The first hundred.
    pub named: Vec<String>,
}

impl CityData {
    /// Each file that says something else in `newer`. Lines that only moved are no difference.
    #[must_use]
    pub fn difference(&self, newer: &Self) -> Vec<Difference> {
        let (old, new) = (self, newer);
        let whole = |file, old: String, new: String| {
            (old != new).then(|| Difference {
                file: CityFile::name(file),
                added: Ids::default(),
                removed: Ids::default(),
                changed: Ids { count: 1, named: Vec::new() },
            })
        };
        let differences = [
            whole(CityFile::Centre, format!("{:?}", old.centre), format!("{:?}", new.centre)),
            whole(CityFile::Calendar, format!("{:?}", old.calendar), format!("{:?}", new.calendar)),
            compare(
                CityFile::Classes,
                &old.classes,
                &new.classes,
                |c| c.id.to_string(),
                |a, b| a == b,
            ),
            compare(
                CityFile::Grids,
                &old.grids,
                &new.grids,
                |g| g.id.to_string(),
                |a, b| (&a.name, &a.district, &a.area) == (&b.name, &b.district, &b.area),
            ),
            compare(CityFile::Units, &old.units, &new.units, |u| u.id.to_string(), |a, b| a == b),
            compare(
                CityFile::People,
                &old.people,
                &new.people,
                |p| p.id.to_string(),
                |a, b| a == b,
            ),
            compare(CityFile::Roads, &old.roads, &new.roads, |r| r.id.to_string(), |a, b| a == b),
            compare(
                CityFile::Cameras,
                &old.cameras,
                &new.cameras,
                |c| c.id.to_string(),
                |a, b| {
                    (&a.name, &a.pole, &a.place, &a.road) == (&b.name, &b.pole, &b.place, &b.road)
                },
            ),
            compare(CityFile::Berths, &old.berths, &new.berths, |b| b.id.clone(), |a, b| a == b),
            compare(
                CityFile::VendingPoints,
                &old.vending_points,
                &new.vending_points,
                |point| point.id.clone(),
                |a, b| a == b,
            ),
            compare(
                CityFile::QuietAreas,
                &old.quiet_areas,
                &new.quiet_areas,
                |area| area.id.clone(),
                |a, b| a == b,
            ),
            compare(CityFile::Duties, &old.duties, &new.duties, |d| d.id.clone(), |a, b| a == b),
        ];
        differences.into_iter().flatten().collect()
    }
}

fn compare<T>(
    file: CityFile,
    old: &[T],
    new: &[T],
    id_of: impl Fn(&T) -> String,
    same: impl Fn(&T, &T) -> bool,
) -> Option<Difference> {
    let by_id = |all: &[T]| -> BTreeMap<String, usize> {
        all.iter().enumerate().map(|(at, thing)| (id_of(thing), at)).collect()
    };
    let (before, after) = (by_id(old), by_id(new));
    let added = after.keys().filter(|id| !before.contains_key(*id));
    let removed = before.keys().filter(|id| !after.contains_key(*id));
    let changed = before.iter().filter_map(|(id, was)| {
        let is = after.get(id)?;
        (!same(&old[*was], &new[*is])).then_some(id)
    });
    let (added, removed, changed) = (Ids::of(added), Ids::of(removed), Ids::of(changed));
    let any = added.count + removed.count + changed.count > 0;
    any.then(|| Difference { file: file.name(), added, removed, changed })
}

impl Ids {
    fn of<'a>(ids: impl Iterator<Item = &'a String>) -> Self {
        let mut named = Self::default();
        for id in ids {
            named.count += 1;
            if named.count <= NAMED_MAX {
                named.named.push(id.clone());
            }
        }
        named
    }
}

#[cfg(test)]
mod tests {
    use crate::city::sample::small;
    use crate::city::sample::text;

    use super::*;

    fn ids(named: &[&str]) -> Ids {
        Ids { count: named.len(), named: named.iter().map(|id| (*id).to_owned()).collect() }
    }

    #[test]
    fn tells_what_came_went_and_changed_but_not_what_moved() {
        let old = small(&[]).unwrap();
        assert_eq!(old.difference(&small(&[]).unwrap()), []);
        let people = "id,name,role,grid\na,A,head,west\nc,Chen,head,east\n\
                      d,D,sweeper,east\ne,E,sweeper,west\n";
        let grids = format!("# One line further down.\n{}", text("grids.toml"));
        let new = small(&[("people.csv", people), ("grids.toml", &grids)]).unwrap();
        let expected = Difference {
            file: "people.csv",
            added: ids(&["e"]),
            removed: ids(&["b"]),
            changed: ids(&["c"]),
        };
        assert_eq!(old.difference(&new), [expected]);
    }

    #[test]
    fn a_change_of_the_centre_or_the_calendar_is_told() {
        let old = small(&[]).unwrap();
        let centre = text("centre.toml").replace("\"Small\"", "\"Smaller\"");
        let calendar = "make_up_days = [2026-10-10]";
        let new = small(&[("centre.toml", &centre), ("calendar.toml", calendar)]).unwrap();
        let files: Vec<_> = old.difference(&new).iter().map(|changed| changed.file).collect();
        assert_eq!(files, ["centre.toml", "calendar.toml"]);
    }
}
