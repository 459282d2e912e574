//! The HTTP face of a running program: health, metrics, cameras, cases.
//!
//! It asks a [`Backend`] and changes nothing but what somebody asks for: a
//! camera is tried again or set up, zones are drawn, a case takes a step.
//! Who may do what is decided at its `door` and declared, route by route, in
//! `routes.rs`. It answers only to names it knows.

mod audit;
mod backend;
mod bodies;
mod body;
mod camera_book;
mod camera_report;
mod camera_routes;
mod camera_setup;
mod cameras;
mod cases;
mod city;
mod display;
mod doc;
mod door;
mod duties;
mod events;
mod exposition;
mod feed;
mod figures;
mod guard;
mod health;
mod hotspots;
mod latency;
mod listener;
mod lives;
mod machine;
mod open311;
mod openapi;
mod page;
mod problem;
mod query;
mod route;
mod routes;
mod server;
mod session;
mod sinks;
mod tls;
mod tokens;
mod users;
mod zones;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod scripted;
#[cfg(test)]
mod scripted_cameras;
#[cfg(test)]
mod scripted_city;
#[cfg(test)]
mod scripted_figures;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_cameras;
#[cfg(test)]
mod tests_of_page;

pub use backend::Backend;
pub use backend::BackendError;
pub use backend::CameraPicture;
pub use backend::CaseNews;
pub use backend::CaseQuery;
pub use backend::HistoryStep;
pub use backend::PictureSize;
pub use backend::Progress;
pub use backend::ReloadRefusal;
pub use backend::StepRefusal;
pub use camera_book::CameraBook;
pub use camera_book::CameraForm;
pub use camera_book::CameraRefusal;
pub use camera_book::CameraSheet;
pub use camera_book::MASK;
pub use camera_book::TrialOutcome;
pub use camera_book::TrialReport;
pub(crate) use camera_book::given;
pub use camera_report::CameraReport;
pub use camera_report::ReviewReport;
pub use camera_report::Scene;
pub use camera_report::StayReport;
pub use camera_report::ZoneReport;
pub use display::CameraPlaceReport;
pub use display::Display;
pub use display::MapTiles;
pub use door::Access;
pub use door::Door;
pub use health::Health;
pub use health::HealthState;
pub use latency::StageLatency;
pub use latency::stage_latencies;
pub use server::ApiServer;
pub use server::ApiState;
pub use server::serve;
pub use tls::Tls;
pub use tls::TlsError;
pub use tls::TlsFiles;
pub use zones::Drawing;
pub use zones::ZoneForm;
pub use zones::ZoneRefusal;
pub use zones::ZoneSheet;
