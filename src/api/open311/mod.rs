//! Open311 `GeoReport` v2: the city's cases as any client of that standard reads
//! them, and citizens' reports as it sends them. XML and JSON.

mod answers;
mod asked;
mod form;
mod refusal;
#[cfg(test)]
mod tests;
mod tree;

pub(super) use answers::definition;
pub(super) use answers::discovery;
pub(super) use answers::report;
pub(super) use answers::request;
pub(super) use answers::requests;
pub(super) use answers::services;
pub(super) use answers::token;
pub(super) use refusal::in_their_words;
