//! The whole way with the program as it is shipped: cameras that are played
//! by `xunjie sim serve`, `xunjie run` over them, and a dispatch centre that
//! answers as it likes. Everything is on loopback.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod addresses;
mod bad_input;
mod cameras;
mod case_to_desk;
mod desk;
mod ending;
mod ill_cameras;
mod killed;
mod material;
mod program;
mod second_stream;
mod sim;
