//! What cases come to when they are counted: reports over days, grids, units,
//! roads and classes, and how often cases are right. From their histories alone.

mod count;
mod digest;
mod page;
mod places;
mod precision;
mod question;
mod report;
mod rows;
mod sheet;
#[cfg(test)]
mod tests;
mod words;

pub use count::Figures;
pub use count::Medians;
pub use digest::Course;
pub use digest::Digest;
pub use page::ReportStyle;
pub use precision::PUBLISHED_PRECISION;
pub use precision::Precision;
pub use precision::PrecisionRow;
pub use precision::Share;
pub use precision::VerdictCount;
pub use question::QuestionError;
pub use question::ReportBy;
pub use question::ReportQuery;
pub use report::HotPlace;
pub use report::Report;
pub use report::ReportRow;
pub use report::Reporter;
pub use words::Language;
pub use words::ReportFormat;
