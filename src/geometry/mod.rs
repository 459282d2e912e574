//! Points, boxes and polygons in fractions of the picture: 0..=1 from the left and from the top.

mod polygon;
mod rect;

pub use polygon::Polygon;
pub use polygon::PolygonError;
pub use rect::BoxInImage;
pub use rect::Point;
