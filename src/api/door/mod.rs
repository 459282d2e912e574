//! The door: who asks, whether they may, and the record of what they did.

mod admit;
mod attempts;
mod caller;
mod keeper;
mod need;
mod sessions;
#[cfg(test)]
mod tests;

pub(crate) use admit::Gate;
pub(crate) use admit::Noted;
pub(crate) use admit::admit;
pub(crate) use caller::Caller;
pub(crate) use caller::Who;
pub use keeper::Access;
pub use keeper::Door;
pub(crate) use need::Need;
pub(crate) use need::Rule;
pub(crate) use sessions::SESSION_LENGTH_MAX;
