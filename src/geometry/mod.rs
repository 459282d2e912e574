//! Points, boxes and polygons in fractions of the picture: 0..=1 from the left
//! and from the top; and places and areas on the ground, in degrees.

mod cells;
mod ground;
mod polygon;
mod rect;

pub use cells::cell_of;
pub use cells::cells_around;
pub use ground::Area;
pub use ground::AreaError;
pub use ground::GeoPoint;
pub use ground::lon_at;
pub use ground::square_metres_of_degree;
pub use polygon::Polygon;
pub use polygon::PolygonError;
pub use rect::BoxInImage;
pub use rect::Point;
