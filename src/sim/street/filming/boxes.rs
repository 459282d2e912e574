//! Boxes of things in the picture, from their shapes.

use glam::Vec2;

use crate::geometry::BoxInImage;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::story::Glimpse;
use crate::sim::street::thing::Posed;
use crate::sim::street::view::View;

/// The box around a shape as if nothing hid it, and the share of it within the picture;
/// `above_m` leaves out what is lower. None if all of it is beside the picture.
pub(crate) fn glimpse(view: &View, mesh: &Mesh, posed: &Posed, above_m: f32) -> Option<Glimpse> {
    let world_from_mesh = posed.world_from_thing();
    let (mut least, mut most) = (Vec2::INFINITY, Vec2::NEG_INFINITY);
    let corners = mesh.triangles.iter().flat_map(|triangle| triangle.corners);
    for corner in corners {
        let world = world_from_mesh.transform_point3(corner.position);
        if world.z - posed.floor_m < above_m {
            continue;
        }
        // What reaches behind the lens is no thing to speak of.
        let pixel = view.pixel_of(world)?;
        (least, most) = (least.min(pixel), most.max(pixel));
    }
    let (width, height) = view.mount().size;
    let size = Vec2::new(width as f32, height as f32);
    let (least, most) = (least / size, most / size);
    let inside = BoxInImage::clipped(least.x, least.y, most.x, most.y);
    let whole = (most - least).element_product();
    if !whole.is_finite() || whole <= 0.0 || inside.area() <= 0.0 {
        return None;
    }
    Some(Glimpse { box_in_image: inside, inside: inside.area() / whole, seen: 1.0 })
}
