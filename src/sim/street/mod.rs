//! A simulated street seen by a fixed camera, with its truth known to the pixel.

pub mod canvas;
pub mod light;
pub mod mesh;
mod place;
pub mod shapes;
pub mod thing;
pub mod things;
pub mod view;
