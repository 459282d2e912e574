//! Who asks.

use std::convert::Infallible;
use std::net::IpAddr;
use std::net::Ipv4Addr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::access::Role;
use crate::access::Scope;
use crate::access::Scopes;
use crate::access::TokenName;
use crate::access::UserName;
use crate::api::problem::Problem;
use crate::cases::Actor;
use crate::runtime::Secret;
use crate::time::Timestamp;

/// Longest name of a person that a program vouches for.
const BY_CHARS_MAX: usize = 100;

/// Whoever sent a request, as the door found out; handlers take it as an argument.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) who: Who,
    pub(crate) address: IpAddr,
}

#[derive(Clone, Debug)]
pub(crate) enum Who {
    /// Somebody who did not say, where one must.
    Nobody,
    /// Whoever sits at this machine, where there are no users.
    ThisMachine,
    Person {
        name: UserName,
        role: Role,
        /// What the session's pages send along with each change.
        csrf: Secret,
        session_ends_at: Timestamp,
    },
    Program {
        name: TokenName,
        scopes: Scopes,
    },
}

impl Who {
    #[cfg(test)]
    pub(crate) fn person(name: UserName, role: Role) -> Self {
        Self::Person { name, role, csrf: Secret::new(""), session_ends_at: Timestamp::EPOCH }
    }

    /// As the audit log names them.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Nobody => "nobody".to_owned(),
            Self::ThisMachine => "this machine".to_owned(),
            Self::Person { name, .. } => name.to_string(),
            Self::Program { name, .. } => format!("token {name}"),
        }
    }
}

impl Caller {
    /// Whether they may look at what viewers may look at.
    pub(crate) fn may_read(&self) -> bool {
        match &self.who {
            Who::Nobody => false,
            Who::ThisMachine | Who::Person { .. } => true,
            Who::Program { scopes, .. } => scopes.has(Scope::Read),
        }
    }

    /// Refuses a program whose token lacks this scope, where a route is open to several.
    pub(crate) fn needs_scope(&self, scope: Scope) -> Result<(), Problem> {
        match &self.who {
            Who::Program { name, scopes } if !scopes.has(scope) => {
                Err(Problem::forbidden(format!(
                    "this is for tokens with the scope {}, and {name} has {scopes}",
                    scope.name()
                )))
            }
            _ => Ok(()),
        }
    }

    /// Who takes a step: the person who is logged in. A program may say for
    /// which person it acts, and is named with them. Where nobody need log in
    /// the request says who.
    pub(crate) fn actor(&self, by: Option<String>) -> Result<Actor, Problem> {
        if let Some(by) = &by {
            let chars = by.chars().count();
            if by.trim().is_empty() || chars > BY_CHARS_MAX || by.contains(char::is_control) {
                let detail = format!("by: must be a name of 1 to {BY_CHARS_MAX} characters");
                return Err(Problem::bad_request(detail));
            }
        }
        match (&self.who, by) {
            (Who::Person { name, .. }, None) => Ok(Actor::Person(name.to_string())),
            (Who::Person { name, .. }, Some(by)) if by == name.as_str() => Ok(Actor::Person(by)),
            (Who::Person { name, .. }, Some(_)) => {
                Err(Problem::forbidden(format!("by: {name} is logged in, nobody else")))
            }
            (Who::Program { name, .. }, Some(by)) => Ok(Actor::Person(format!("{by} ({name})"))),
            (Who::Program { name, .. }, None) => Ok(Actor::Person(format!("({name})"))),
            (Who::ThisMachine | Who::Nobody, Some(by)) => Ok(Actor::Person(by)),
            (Who::ThisMachine | Who::Nobody, None) => {
                Err(Problem::bad_request("by: is missing, and nobody is logged in"))
            }
        }
    }
}

/// Where no door stands before the handler, nobody asks.
impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let nobody = || Self { who: Who::Nobody, address: IpAddr::V4(Ipv4Addr::UNSPECIFIED) };
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(nobody))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(who: Who, by: Option<&str>, expected: Option<&str>) {
        let caller = Caller { who, address: IpAddr::V4(Ipv4Addr::LOCALHOST) };
        let actor = caller.actor(by.map(str::to_owned)).ok();
        let expected = expected.map(|name| Actor::Person(name.to_owned()));
        assert_eq!(actor, expected, "{caller:?} {by:?}");
    }

    #[test]
    fn a_step_is_taken_by_who_is_logged_in_and_nobody_else() {
        let li = || Who::person(UserName::new("li").unwrap(), Role::Dispatcher);
        check(li(), None, Some("li"));
        check(li(), Some("li"), Some("li"));
        check(li(), Some("wang"), None);
    }

    #[test]
    fn a_program_is_named_beside_the_person_it_acts_for() {
        let desk =
            || Who::Program { name: TokenName::new("desk").unwrap(), scopes: Scopes::default() };
        check(desk(), Some("li"), Some("li (desk)"));
        check(desk(), None, Some("(desk)"));
        check(desk(), Some("l\ni"), None);
    }

    #[test]
    fn where_nobody_logs_in_the_request_says_who() {
        check(Who::ThisMachine, Some("li"), Some("li"));
        check(Who::ThisMachine, None, None);
        check(Who::ThisMachine, Some(" "), None);
    }
}
