//! What the operator wrote, read and checked: a city's configuration, and the scenarios of `eval`.
//!
//! Read with `written`, so that all faults of a file are told at once.

mod address;
#[cfg(test)]
mod agreement;
mod broker;
mod camera;
mod city;
mod drawn;
mod kept;
mod map;
mod scenario;
mod sink;
mod zone;

pub use camera::CAMERAS_MAX;
pub use camera::CameraAddress;
pub use camera::CameraConfig;
pub use camera::Place;
pub use camera::SourceChoice;
pub use camera::Transport;
pub use camera::Usual;
pub use city::Config;
pub use city::EXAMPLE;
pub use city::EvidenceConfig;
pub use city::Provider;
pub use city::TlsConfig;
pub use drawn::drawn_zones;
pub use kept::kept_camera;
pub use scenario::Scenario;
pub use scenario::TruthEvent;
pub use sink::SinkConfig;
pub use sink::SinkTarget;
