//! The life of a case at the dispatch centre: its stages, the steps between
//! them, its clock, and a history that is only added to.

mod clock;
mod entry;
mod error;
mod news;
mod reason;
mod stage;
mod state;
mod step;
mod story;
#[cfg(test)]
mod tests;

pub use clock::Clocks;
pub use entry::LifeEntry;
pub use error::LifeError;
pub use news::LifeNews;
pub use reason::FalseReason;
pub use stage::Stage;
pub use state::Suspension;
pub use state::Verdict;
pub use step::Actor;
pub use step::Step;
pub use step::StepRequest;
pub use story::Life;
