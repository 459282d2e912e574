//! The durable record of cases, deliveries and stays (SQLite).
//!
//! One writer at a time; what a method wrote is on the disk when it returns.

mod audit;
mod bulk;
mod database;
mod delivery;
mod digests;
mod error;
mod filing;
mod hot_spots;
mod life;
mod matter;
mod merging;
mod news;
mod outbox;
mod query;
mod requests;
mod retention;
mod schema;
mod silenced;
mod snapshots;
mod tokens;
mod users;
mod violations;
mod writer;

pub use audit::AUDIT_PAGE_MAX;
pub use database::STORE_FILE;
pub use database::Store;
pub use delivery::Delivery;
pub use delivery::DeliveryCount;
pub use delivery::DeliveryId;
pub use delivery::SinkId;
pub use delivery::SinkIdError;
pub use digests::Judged;
pub use error::StoreError;
pub use filing::Filed;
pub use hot_spots::HotSpot;
pub use life::LifeKeys;
pub use life::Standing;
pub use matter::LifeOf;
pub use matter::MatterState;
pub use matter::NewCase;
pub use matter::Placed;
pub use merging::LifeAddition;
pub use news::CaseNewsItem;
pub use news::HistoryEntry;
pub use outbox::DeadLetter;
pub use query::CaseFilter;
pub use query::LifeFilter;
pub use query::OpenCount;
pub use requests::Request;
pub use requests::RequestFilter;
pub use silenced::Silence;
pub use silenced::Silenced;
pub use silenced::SilencedBy;
pub use silenced::SwitchedDuty;
