//! `xunjie bench`: how much this machine carries, measured on cameras of its own.
//!
//! Three processes, so that each one's cost is its own: the cameras (`xunjie
//! sim serve`), the pipeline under load (`xunjie bench pipeline`, hidden), and
//! the one that was called, which starts, collects and tells.

mod bare;
mod capacity;
mod chart;
mod children;
mod figures;
mod load;
mod model;
mod report;
mod scratch;
mod search;
mod subject;

pub(crate) use capacity::CapacityArgs;
pub(crate) use capacity::capacity;
pub(crate) use load::pipeline;
pub(crate) use model::ModelArgs;
pub(crate) use model::model;
