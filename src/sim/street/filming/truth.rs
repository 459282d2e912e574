//! What is true of a clip, in the form that `xunjie eval` reads, and picture by picture for who asks.

use std::fmt::Write as _;

use serde::Serialize;

use crate::detect::Kind;
use crate::geometry::BoxInImage;
use crate::geometry::Polygon;
use crate::sim::street::story::Happening;
use crate::sim::street::story::ZoneScript;

use super::Reel;
use super::labels::Label;
use super::labels::labels_of;
use super::reel::Acting;
use super::studio::Shown;
use super::studio::Studio;

/// A line of the truth picture by picture.
#[derive(Debug, Serialize)]
pub(crate) struct PictureTruth {
    picture: u32,
    at_s: f32,
    things: Vec<ThingTruth>,
}

#[derive(Debug, Serialize)]
struct ThingTruth {
    /// The thing by the name of its shape, as scripts call it, and its name in the script.
    thing: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    id: String,
    /// What a detector should call it; none for look-alikes.
    kind: Option<Kind>,
    moving: bool,
    /// Around what is seen of it.
    #[serde(rename = "box")]
    box_in_image: Option<BoxInImage>,
    /// As if nothing hid it.
    whole_box: Option<BoxInImage>,
    /// Share of it that nothing hides.
    visible: f32,
    /// What a detector should say of it; nothing of look-alikes and of what is hardly seen.
    labels: Vec<LabelTruth>,
}

#[derive(Debug, Serialize)]
struct LabelTruth {
    kind: Kind,
    #[serde(rename = "box")]
    box_in_image: BoxInImage,
}

impl PictureTruth {
    pub(crate) fn new(picture: u32, at_s: f32, acting: &[Acting], studio: &mut Studio) -> Self {
        let size = studio.place.mount.size;
        let thing = |acting: &Acting| ThingTruth {
            labels: labels(studio, &acting.shown),
            thing: format!("{:?}", acting.shown.posed.thing),
            id: acting.id.clone(),
            kind: acting.shown.posed.thing.kind(),
            moving: acting.moving,
            box_in_image: acting.shown.seen_box(size),
            whole_box: acting.shown.whole.map(|whole| whole.box_in_image),
            visible: acting.shown.visible(),
        };
        Self { picture, at_s, things: acting.iter().map(thing).collect() }
    }
}

fn labels(studio: &mut Studio, shown: &Shown) -> Vec<LabelTruth> {
    let mesh = studio.shape(&shown.posed);
    let plain = labels_of(&studio.view, shown, &mesh).into_iter().filter(|label| label.plain);
    plain.map(|Label { kind, box_in_image, .. }| LabelTruth { kind, box_in_image }).collect()
}

impl Reel {
    /// The scenario file beside a clip of that name.
    pub(crate) fn truth(&mut self, clip: &str) -> String {
        let mut text =
            format!("# {}, seed {}: {}\n", self.script.name, self.seed, self.script.title);
        write_line(&mut text, &format!("clip = {clip:?}"));
        if let Some(start) = &self.script.clock_start {
            write_line(&mut text, &format!("clock_start = {start:?}"));
        }
        for (zone, polygon) in &self.zones {
            text.push_str(&zone_text(zone, polygon));
        }
        for happening in self.cast.happenings.clone() {
            let event = self.event_text(&happening);
            text.push_str(&event);
        }
        text
    }

    fn event_text(&mut self, happening: &Happening) -> String {
        let zone = self.zones.iter().find(|(zone, _)| zone.id == happening.zone);
        let kind = zone.and_then(|(zone, _)| zone.kind.forbids()).map_or("", |kind| kind.name());
        let mut text = format!("\n[[event]]\nkind = {kind:?}\nzone = {:?}\n", happening.zone);
        write_line(&mut text, &format!("begins_s = {:.1}", happening.begins));
        if happening.ends < self.script.seconds {
            write_line(&mut text, &format!("ends_s = {:.1}", happening.ends));
        }
        if let Some(seen) = self.box_of(happening) {
            let corners = [seen.x0(), seen.y0(), seen.x1(), seen.y1()];
            let corners = corners.map(|corner| format!("{corner:.4}")).join(", ");
            write_line(&mut text, &format!("box = [{corners}]"));
        }
        text
    }

    /// Where the thing is when its time is up.
    pub(crate) fn box_of(&mut self, happening: &Happening) -> Option<BoxInImage> {
        let zone = self.zones.iter().find(|(zone, _)| zone.id == happening.zone)?;
        let proved = happening.begins + zone.0.violation_s;
        let actor = self.cast.actors.iter().find(|actor| actor.look == happening.stay.look)?;
        let posed = actor.at(proved, &self.studio.place, false)?.posed;
        self.studio.glimpse(&posed).map(|glimpse| glimpse.box_in_image)
    }
}

fn zone_text(zone: &ZoneScript, polygon: &Polygon) -> String {
    let corners = polygon.corners().iter().map(|at| format!("[{:.4}, {:.4}]", at.x, at.y));
    let corners: Vec<String> = corners.collect();
    let mut text = format!("\n[[zone]]\nid = {:?}\nkind = {:?}\n", zone.id, zone.kind.name());
    write_line(&mut text, &format!("polygon = [{}]", corners.join(", ")));
    write_line(&mut text, &format!("pre_alarm_s = {}", zone.pre_alarm_s));
    write_line(&mut text, &format!("violation_s = {}", zone.violation_s));
    if !zone.hours.is_empty() {
        write_line(&mut text, &format!("hours = {:?}", zone.hours));
    }
    if !zone.exempt.is_empty() {
        let kinds: Vec<&str> = zone.exempt.iter().map(|kind| kind.name()).collect();
        write_line(&mut text, &format!("exempt = {kinds:?}"));
    }
    text
}

fn write_line(text: &mut String, line: &str) {
    // Writing into a text does not fail.
    let _ = writeln!(text, "{line}");
}
