//! What the operator wrote, read and checked: a city's configuration, and the scenarios of `eval`.
//!
//! Nothing is read by serde: a small reader walks the document, so that all
//! faults of a file are told at once, each with its line, and none quotes a secret.

mod address;
#[cfg(test)]
mod agreement;
mod camera;
mod city;
mod document;
mod faults;
mod near;
mod scenario;
mod shown;
mod sink;
mod table;
mod unique;
mod value;
mod zone;

pub use camera::CameraAddress;
pub use camera::CameraConfig;
pub use camera::Place;
pub use camera::SourceChoice;
pub use camera::Transport;
pub use city::Config;
pub use city::EXAMPLE;
pub use city::EvidenceConfig;
pub use city::Provider;
pub use faults::ConfigFaults;
pub use faults::Fault;
pub use scenario::Scenario;
pub use scenario::TruthEvent;
pub use sink::SinkConfig;
pub use sink::SinkTarget;
