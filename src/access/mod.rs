//! Who may do what: people with roles, programs with scopes, and the record of what they did.
//!
//! What is secret here, passwords and tokens, is kept only as a hash, and shows
//! itself nowhere.

mod audit;
mod name;
mod password;
mod role;
mod scope;
mod token;
mod user;

pub use audit::AuditEntry;
pub use audit::AuditNote;
pub use name::NameFault;
pub use name::TokenName;
pub use name::UserName;
pub use password::PasswordFault;
pub use password::PasswordHash;
pub use role::Role;
pub use scope::Scope;
pub use scope::Scopes;
pub use token::RandomFault;
pub use token::TokenHash;
pub use token::random_text;
pub use token::token_text;
pub use user::Token;
pub use user::TokenId;
pub use user::User;
