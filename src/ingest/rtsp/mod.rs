//! Plain RTSP, received with the `retina` crate: no thread and no decoder per
//! camera, and deltas dropped before they are copied.

mod access_unit;
mod capture;
mod depacketizer;
mod failure;
mod nal;
mod parameter_sets;
mod source;

#[cfg(test)]
mod fake_camera;
#[cfg(test)]
mod loopback_tests;

pub(super) use failure::connection_failure;
pub use source::RtspSource;
