//! Labels of a picture for a detector to learn from.

use std::fmt::Write as _;

use crate::detect::Kind;
use crate::geometry::BoxInImage;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::thing::Posed;
use crate::sim::street::thing::StallStyle;
use crate::sim::street::thing::Thing;
use crate::sim::street::view::View;

use super::boxes;
use super::studio::Shown;

/// Less of a thing in sight than this is neither to be found nor to be missed.
const VISIBLE_MIN: f32 = 0.35;
/// As much of it must lie within the picture.
const INSIDE_MIN: f32 = 0.3;
/// Shorter sides than this, in pixels, are too small to learn from.
const SIDE_MIN_PX: f32 = 8.0;
/// A sliver of a thing needs no box to be ignored.
const SLIVER: f32 = 0.03;
/// From this height on an umbrella's own part of its stall begins, in metres.
const CANOPY_M: f32 = 1.75;

/// What a picture shows, as text files of the usual form: a line a thing, `id cx cy w h` in fractions.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    pub(crate) known: String,
    /// What counts neither way.
    pub(crate) ignored: String,
}

/// What a detector should say of a thing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label {
    pub(crate) kind: Kind,
    pub(crate) box_in_image: BoxInImage,
    /// So plain to see that it should be found; else it counts neither way.
    pub(crate) plain: bool,
}

impl Labels {
    pub(crate) fn add(&mut self, view: &View, shown: &Shown, mesh: &Mesh) {
        for label in labels_of(view, shown, mesh) {
            let text = if label.plain { &mut self.known } else { &mut self.ignored };
            let id = Kind::ALL.iter().position(|known| *known == label.kind).unwrap_or(0);
            let b = label.box_in_image;
            let at = b.center();
            // Writing into a text does not fail.
            let _ =
                writeln!(text, "{id} {:.5} {:.5} {:.5} {:.5}", at.x, at.y, b.width(), b.height());
        }
    }
}

/// What a detector should say of the thing: nothing of look-alikes and slivers, and of a stall
/// under an umbrella two things.
pub(crate) fn labels_of(view: &View, shown: &Shown, mesh: &Mesh) -> Vec<Label> {
    let size = view.mount().size;
    let visible = shown.visible();
    let Some(kind) = shown.posed.thing.kind().filter(|_| visible >= SLIVER) else {
        return Vec::new();
    };
    let Some(seen) = shown.seen_box(size) else { return Vec::new() };
    let inside = shown.whole.map_or(0.0, |whole| whole.inside);
    let in_sight = visible >= VISIBLE_MIN && inside >= INSIDE_MIN;
    let label = |kind: Kind, b: BoxInImage| {
        let (width, height) = (b.width() * size.0 as f32, b.height() * size.1 as f32);
        let plain = in_sight && width.min(height) >= SIDE_MIN_PX;
        Label { kind, box_in_image: b, plain }
    };
    let part = part_of(view, &shown.posed, mesh).map(|(kind, part)| {
        let (x0, y0) = (part.x0().max(seen.x0()), part.y0().max(seen.y0()));
        let (x1, y1) = (part.x1().min(seen.x1()), part.y1().min(seen.y1()));
        (kind, BoxInImage::clipped(x0, y0, x1.max(x0), y1.max(y0)))
    });
    let part = part.filter(|(_, part)| part.area() > 0.0);
    let labels = std::iter::once((kind, seen)).chain(part);
    labels.map(|(kind, b)| label(kind, b)).collect()
}

/// A second thing that is part of the first: the umbrella of a stall. A rider is part of the
/// two-wheeler and no person of its own, as in the real sets that a model learns from too.
fn part_of(view: &View, posed: &Posed, mesh: &Mesh) -> Option<(Kind, BoxInImage)> {
    if posed.thing != Thing::Stall(StallStyle::Umbrella) {
        return None;
    }
    let canopy = boxes::glimpse(view, mesh, posed, CANOPY_M * posed.scale)?;
    Some((Kind::Umbrella, canopy.box_in_image))
}
