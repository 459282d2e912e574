//! Whole-way scenarios: scripted cameras, a scripted detector, the machine
//! between them, and a clock that the story turns.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod clocks;
mod endings;
mod duties;
mod gates;
mod innocent;
mod page;
mod parked_car;
mod picture;
mod restart;
mod script;
mod second_stream;
mod several_cameras;
mod sinks;
mod street;
mod trouble;
