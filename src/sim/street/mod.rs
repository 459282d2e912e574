//! A simulated street seen by a fixed camera, with its truth known to the pixel.

mod canvas;
mod conditions;
mod daylight;
mod film;
mod lens;
mod light;
mod mesh;
mod place;
#[cfg(test)]
mod sheet;
mod scenery;
mod thing;
mod trouble;
mod view;
mod weather;
