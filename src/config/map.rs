//! `[map]`: what lies under the cameras and grids on the page's map.

use crate::api::MapTiles;
use crate::written::Table;

pub(super) const MAP_KEYS: &[&str] = &["tiles", "attribution"];

const ATTRIBUTION_CHARS_MAX: usize = 200;

/// None where nothing is to lie under them.
pub(super) fn map_tiles(table: &Table<'_>) -> Option<MapTiles> {
    let table = table.table("map", MAP_KEYS)?;
    let must_be = "an http or https address such as \"https://tiles.example/{z}/{x}/{y}.png\"";
    let tiles = table.value("tiles").and_then(|value| value.parsed(must_be, MapTiles::new));
    let must_be = format!("one line of at most {ATTRIBUTION_CHARS_MAX} characters");
    let attribution = table.value("attribution").and_then(|value| {
        value.parsed(&must_be, |text| {
            let fits =
                text.chars().count() <= ATTRIBUTION_CHARS_MAX && !text.contains(char::is_control);
            fits.then(|| text.to_owned())
        })
    });
    let mut tiles = tiles?;
    tiles.attribution = attribution;
    Some(tiles)
}
