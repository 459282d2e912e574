//! Files that a person wrote, read so that all their faults are told at once.
//!
//! Nothing is read by serde: a small reader walks the file and notes each
//! fault with its line, value and bound, and never quotes a secret.

mod document;
mod faults;
mod near;
mod sheet;
mod shown;
mod table;
mod time_zone;
mod unique;
mod value;

pub use faults::Fault;
pub use faults::FileFaults;

pub(crate) use document::read;
pub(crate) use document::read_so_far;
pub(crate) use document::text_of;
pub(crate) use faults::Spot;
pub(crate) use near::nearest;
pub(crate) use sheet::Cell;
pub(crate) use sheet::Columns;
pub(crate) use sheet::Row;
pub(crate) use sheet::read_sheet;
pub(crate) use table::Table;
pub(crate) use time_zone::time_zone;
pub(crate) use time_zone::time_zone_usual;
pub(crate) use unique::Ids;
pub(crate) use value::Value;
