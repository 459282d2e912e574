//! What the page is told of how to show things, and where cameras are.

use url::Url;

use crate::geometry::GeoPoint;
use crate::ingest::CameraId;

/// An address of tiles is a line of text, not a program.
const URL_CHARS_MAX: usize = 500;

/// How the page is to show things.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Display {
    /// By how much the dwell of zones is shortened, in a demonstration; none in earnest.
    pub time_scale: Option<f64>,
    /// Where the map's background comes from; none is drawn without.
    pub tiles: Option<MapTiles>,
}

/// A server of map tiles.
///
/// Invariant: `url` is an http or https address with `{z}`, `{x}` and `{y}`
/// behind its host, without a login; `origin` is what a page may be allowed to load from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapTiles {
    url: String,
    origin: String,
    /// Whose map it is, as its licence may ask to be shown.
    pub attribution: Option<String>,
}

/// A camera of the configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraPlaceReport {
    pub camera_id: CameraId,
    pub name: String,
    /// None where the configuration does not say.
    pub place: Option<GeoPoint>,
}

impl MapTiles {
    /// None if the text is no such address.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let places = ["{z}", "{x}", "{y}"];
        let plain =
            |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '"' | ';' | ',');
        if text.len() > URL_CHARS_MAX || !text.chars().all(plain) {
            return None;
        }
        let filled = places.iter().fold(text.to_owned(), |text, place| text.replace(place, "0"));
        let url = Url::parse(&filled).ok()?;
        let fits = matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && places.iter().all(|place| text.contains(place));
        // A host that is filled in could be anyone's.
        let (_, behind_scheme) = text.split_once("://")?;
        let host = behind_scheme.split(['/', '?']).next()?;
        (fits && !host.contains('{')).then(|| Self {
            url: text.to_owned(),
            origin: url.origin().ascii_serialization(),
            attribution: None,
        })
    }

    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// As in `https://tiles.example`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_addresses_of_tiles_and_knows_where_they_come_from() {
        let tiles = MapTiles::new("https://tiles.example:8443/osm/{z}/{x}/{y}.png?k=1").unwrap();
        assert_eq!(tiles.origin(), "https://tiles.example:8443");
        assert!(MapTiles::new("http://10.0.0.9/{z}/{x}/{y}.png").is_some());
    }

    #[test]
    fn refuses_what_could_lead_elsewhere() {
        let wrong = [
            "",
            "tiles/{z}/{x}/{y}.png",
            "ftp://tiles.example/{z}/{x}/{y}.png",
            "https://tiles.example/{z}/{x}.png",
            "https://{x}.tiles.example/{z}/{x}/{y}.png",
            "https://user:secret@tiles.example/{z}/{x}/{y}.png",
            "https://tiles.example/{z}/{x}/{y}.png; script-src *",
            "javascript:alert(1)//{z}{x}{y}",
        ];
        for text in wrong {
            assert_eq!(MapTiles::new(text), None, "{text}");
        }
    }
}
