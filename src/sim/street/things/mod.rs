//! The shapes of all things of the street, each in many looks.
//!
//! [`mesh_of`] is the one way in: a thing's look, phase and lamps in, its
//! surface out, in the thing's own space. The same pose gives the same surface.

mod bins;
mod bodywork;
mod build;
mod bulky;
mod bus;
mod cars;
mod dice;
mod figure;
mod furniture;
mod garbage;
mod goods;
mod lookalikes;
mod lorries;
mod outfit;
mod paint;
mod parts;
mod people;
mod shades;
#[cfg(test)]
mod sheet;
mod stalls;
mod tricycles;
mod two_wheelers;
mod vans;

pub(super) use build::footprint;
pub(super) use build::mesh_of;
