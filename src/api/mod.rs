//! The HTTP face of a running program: health, metrics, cameras, cases.
//!
//! It asks a [`Backend`] and changes nothing but to have a camera tried again,
//! and to take a step in the life of a case that somebody asks for.
//! There is no login yet, so it belongs on loopback, and it answers only to
//! names it knows.

mod backend;
mod cameras;
mod cases;
mod events;
mod exposition;
mod feed;
mod guard;
mod health;
mod latency;
mod listener;
mod lives;
mod machine;
mod page;
mod problem;
mod query;
mod server;

#[cfg(test)]
mod scripted;
#[cfg(test)]
mod tests;

pub use backend::Backend;
pub use backend::BackendError;
pub use backend::CameraPicture;
pub use backend::CameraReport;
pub use backend::CaseNews;
pub use backend::CaseQuery;
pub use backend::HistoryStep;
pub use backend::PictureSize;
pub use backend::Progress;
pub use backend::ReloadRefusal;
pub use backend::ReviewReport;
pub use backend::Scene;
pub use backend::StayReport;
pub use backend::StepRefusal;
pub use backend::ZoneReport;
pub use health::Health;
pub use health::HealthState;
pub use latency::StageLatency;
pub use latency::stage_latencies;
pub use server::ApiServer;
pub use server::ApiState;
pub use server::serve;
