//! A simulated street seen by a fixed camera, with its truth known to the pixel.

mod canvas;
mod light;
mod mesh;
mod place;
mod thing;
mod view;
