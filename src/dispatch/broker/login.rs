//! Who the program is at a broker.

use crate::runtime::Secret;

/// Shows no password and no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// The broker takes everybody.
    Anonymous,
    Password {
        username: String,
        password: Secret,
    },
    /// NATS only.
    Token(Secret),
}
