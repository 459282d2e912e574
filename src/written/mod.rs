//! Files that a person wrote, read so that all their faults are told at once.
//!
//! Nothing is read by serde: a small reader walks the file and notes each
//! fault with its line, value and bound, and never quotes a secret.

mod document;
mod faults;
mod near;
mod shown;
mod table;
mod unique;
mod value;

pub use faults::Fault;
pub use faults::FileFaults;

pub(crate) use document::read;
pub(crate) use document::text_of;
pub(crate) use table::Table;
pub(crate) use unique::Ids;
pub(crate) use value::Value;
