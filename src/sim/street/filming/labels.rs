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

impl Labels {
    pub(crate) fn add(&mut self, view: &View, shown: &Shown, mesh: &Mesh) {
        let Some(kind) = shown.posed.thing.kind() else { return };
        let size = view.mount().size;
        let Some(seen) = shown.seen_box(size) else { return };
        self.add_box(kind, seen, shown, size);
        if let Some((kind, part)) = part_of(view, &shown.posed, mesh) {
            let part = BoxInImage::clipped(
                part.x0().max(seen.x0()),
                part.y0().max(seen.y0()),
                part.x1().min(seen.x1()),
                part.y1().min(seen.y1()),
            );
            if part.area() > 0.0 {
                self.add_box(kind, part, shown, size);
            }
        }
    }

    fn add_box(&mut self, kind: Kind, seen: BoxInImage, shown: &Shown, size: (u32, u32)) {
        let visible = shown.visible();
        if visible < SLIVER {
            return;
        }
        let inside = shown.whole.map_or(0.0, |whole| whole.inside);
        let (width, height) = (seen.width() * size.0 as f32, seen.height() * size.1 as f32);
        let plain = visible >= VISIBLE_MIN && inside >= INSIDE_MIN;
        let known = plain && width.min(height) >= SIDE_MIN_PX;
        let text = if known { &mut self.known } else { &mut self.ignored };
        let id = Kind::ALL.iter().position(|known| *known == kind).unwrap_or(0);
        let (cx, cy) = (f32::midpoint(seen.x0(), seen.x1()), f32::midpoint(seen.y0(), seen.y1()));
        // Writing into a text does not fail.
        let _ = writeln!(text, "{id} {cx:.5} {cy:.5} {:.5} {:.5}", seen.width(), seen.height());
    }
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
