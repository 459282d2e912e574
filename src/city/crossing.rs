//! What must hold between the files of city data: ground covered once, a head
//! for every grid, a grid for every camera.

use std::collections::HashMap;
use std::collections::HashSet;

use crate::geometry::GeoPoint;
use crate::ingest::CameraId;
use crate::rules::IncidentKind;
use crate::written::Fault;

use super::CityFile;
use super::GridId;
use super::coverage::Extent;
use super::coverage::Flaw;
use super::coverage::flaws;
use super::data::Draft;
use super::links::Links;

/// So many corners are walked over in a second or two; a city has a few thousand.
const CORNERS_MAX: usize = 40_000;

/// Notes what does not hold, and tells in which grid of the list each camera lies.
pub(super) fn check(
    draft: &Draft,
    links: &mut Links,
    remarks: &mut Vec<String>,
) -> HashMap<CameraId, usize> {
    check_ground(draft, links, remarks);
    check_posts(draft, links, remarks);
    check_catalogue(draft, links, remarks);
    place_cameras(draft, links, remarks)
}

fn check_ground(draft: &Draft, links: &mut Links, remarks: &mut Vec<String>) {
    let Some(centre) = &draft.centre else { return };
    let areas: Vec<_> = draft.grids.iter().map(|grid| &grid.area).collect();
    let corners: usize = areas.iter().map(|area| area.corners().len()).sum();
    if corners > CORNERS_MAX {
        let message = format!("{corners} corners in all grids, must be at most {CORNERS_MAX}");
        links.fault(CityFile::Grids, Fault { line: None, key: None, value: None, message });
        return;
    }
    if draft.grids.is_empty() && !links.faults.contains_key(&CityFile::Grids) {
        let message = "there is no grid, must be one [[grid]] or more".to_owned();
        links.fault(CityFile::Grids, Fault { line: None, key: None, value: None, message });
        return;
    }
    if centre.outline.is_none() {
        remarks
            .push("centre.toml has no outline: gaps between grids are not looked for".to_owned());
    }
    // A grid that was not understood would show as a gap.
    let all_read = links.faults.get(&CityFile::Grids).is_none_or(Vec::is_empty);
    let outline = centre.outline.as_ref().filter(|_| all_read);
    for (flaw, extent) in flaws(&areas, outline) {
        if extent.square_metres <= centre.border_tolerance_m2 {
            continue;
        }
        let spot = |number: usize| &draft.grids[number].spot;
        let id = |number: Option<usize>| match number {
            Some(number) => format!("grid {}", draft.grids[number].id),
            None => "the outline".to_owned(),
        };
        let how_much = how_much(&extent);
        let fault = match flaw {
            Flaw::Overlap(a, b) => {
                let message = format!("lies over {} by {how_much}", id(Some(a)));
                spot(b).fault(message)
            }
            Flaw::Gap(a, b) => {
                let message = format!(
                    "{how_much} between {} and {} lie in no grid",
                    id(b.max(a)),
                    id(a.min(b))
                );
                match b.or(a) {
                    Some(number) => spot(number).fault(message),
                    None => Fault { line: None, key: None, value: None, message },
                }
            }
        };
        links.fault(CityFile::Grids, fault);
    }
}

fn how_much(extent: &Extent) -> String {
    let at = extent.at;
    format!("{:.0} m² at [{:.5}, {:.5}]", extent.square_metres, at.lon(), at.lat())
}

/// Every grid has one head; a role that a class asks for and a grid lacks is remarked.
fn check_posts(draft: &Draft, links: &mut Links, remarks: &mut Vec<String>) {
    let Some(centre) = &draft.centre else { return };
    let people_known = links.faults.get(&CityFile::People).is_none_or(Vec::is_empty);
    if !people_known {
        return;
    }
    let mut heads: HashMap<&GridId, usize> = HashMap::new();
    for person in draft.people.iter().filter(|person| person.role == centre.head) {
        *heads.entry(&person.grid).or_default() += 1;
    }
    let posts: HashSet<_> = draft.people.iter().map(|p| (&p.grid, &p.role)).collect();
    let mut roles: Vec<_> = draft.classes.iter().map(|class| &class.role).collect();
    roles.sort();
    roles.dedup();
    for grid in &draft.grids {
        let count = heads.get(&grid.id).copied().unwrap_or(0);
        if count != 1 {
            let (head, file) = (centre.head.as_str(), CityFile::People.name());
            let message = format!("has {count} people of role {head:?} in {file}, must be one");
            let mut spot = grid.spot.clone();
            (spot.key, spot.value) = (format!("grid.{}", grid.id), None);
            links.fault(CityFile::Grids, spot.fault(message));
        }
        for role in roles.iter().filter(|role| !posts.contains(&(&grid.id, **role))) {
            remarks.push(format!(
                "grid {} has nobody of role {role}: its cases go to the head",
                grid.id
            ));
        }
    }
}

/// What the program finds and the catalogue lacks would have no limit and no handler.
fn check_catalogue(draft: &Draft, links: &Links, remarks: &mut Vec<String>) {
    if links.faults.get(&CityFile::Classes).is_some_and(|faults| !faults.is_empty()) {
        return;
    }
    for kind in IncidentKind::ALL {
        if !draft.classes.iter().any(|class| class.id.as_str() == kind.name()) {
            let name = kind.name();
            remarks.push(format!("classes.toml has no class {name}: such cases go to nobody"));
        }
    }
}

fn place_cameras(
    draft: &Draft,
    links: &mut Links,
    remarks: &mut Vec<String>,
) -> HashMap<CameraId, usize> {
    let default_grid = draft.centre.as_ref().and_then(|centre| centre.default_grid.as_ref());
    let default_at = default_grid.and_then(|id| draft.grids.iter().position(|grid| grid.id == *id));
    let all_read = links.faults.get(&CityFile::Grids).is_none_or(Vec::is_empty);
    let mut placed = HashMap::new();
    for camera in &draft.cameras {
        let found = grid_at(draft, &camera.place);
        if let (Some(found), Some((said, spot))) = (found, &camera.grid)
            && draft.grids[found].id != *said
        {
            let id = &draft.grids[found].id;
            let message = format!("its place lies in grid {id}, must be that or left out");
            links.fault(CityFile::Cameras, spot.fault(message));
        }
        let Some(at) = found.or(default_at) else {
            if all_read && let Some(spot) = &camera.spot {
                let message = "lies in no grid, and centre.toml names no default_grid";
                links.fault(CityFile::Cameras, spot.fault(message));
            }
            continue;
        };
        if found.is_none() {
            let grid = &draft.grids[at].id;
            remarks.push(format!(
                "camera {} lies in no grid: its cases go to {grid}, the default",
                camera.id
            ));
        }
        placed.insert(camera.id.clone(), at);
    }
    placed
}

/// The first grid that holds the place; there is no second where there is no fault.
fn grid_at(draft: &Draft, place: &GeoPoint) -> Option<usize> {
    draft.grids.iter().position(|grid| grid.area.contains(place))
}
