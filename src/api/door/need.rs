//! What a route asks of whoever wants something of it.

use axum::http::Method;

use crate::access::Role;
use crate::access::Scope;
use crate::api::problem::Problem;

use super::Caller;
use super::Who;

/// Who may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Everybody who reaches this machine, logged in or not.
    Open,
    /// Whoever has logged in.
    Session,
    /// People of this role or a higher one, and programs whose token has one of these scopes.
    Of(Role, &'static [Scope]),
}

impl Need {
    pub(crate) const fn viewer(scopes: &'static [Scope]) -> Self {
        Self::Of(Role::Viewer, scopes)
    }

    pub(crate) const fn dispatcher(scopes: &'static [Scope]) -> Self {
        Self::Of(Role::Dispatcher, scopes)
    }

    pub(crate) const fn administrator(scopes: &'static [Scope]) -> Self {
        Self::Of(Role::Administrator, scopes)
    }

    /// Refuses who may not: 401 to who has not said who they are, 403 to the others.
    pub(crate) fn refusal(self, caller: &Caller) -> Option<Problem> {
        let (role, scopes) = match (self, &caller.who) {
            (Self::Open, _)
            | (Self::Session, Who::Person { .. })
            | (Self::Of(..), Who::ThisMachine) => return None,
            (Self::Session, Who::ThisMachine) => {
                return Some(Problem::forbidden("there are no users, so nobody is logged in"));
            }
            (Self::Session, Who::Program { .. }) => {
                return Some(Problem::forbidden("a token has no session"));
            }
            (Self::Of(role, scopes), _) => (role, scopes),
            (Self::Session, Who::Nobody) => (Role::Viewer, [].as_slice()),
        };
        match &caller.who {
            Who::Nobody => Some(Problem::unauthorized(
                "log in with POST /api/session, or send a token as Authorization: Bearer",
            )),
            Who::Person { role: own, .. } if *own >= role => None,
            Who::Person { name, role: own, .. } => Some(Problem::forbidden(format!(
                "this is for the role {}, and {name} is {}",
                role.name(),
                own.name()
            ))),
            Who::Program { scopes: own, .. } if scopes.iter().any(|scope| own.has(*scope)) => None,
            Who::Program { name, scopes: own } => {
                let wanted: Vec<_> = scopes.iter().map(|scope| scope.name()).collect();
                let wanted = wanted.join(" or ");
                Some(Problem::forbidden(format!(
                    "this is for tokens with the scope {wanted}, and {name} has {own}"
                )))
            }
            Who::ThisMachine => None,
        }
    }
}

/// All that the door knows of a route.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a remark of the table by itself")]
pub(crate) struct Rule {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) need: Need,
    /// A look at it is written into the audit log.
    pub(crate) evidence: bool,
    /// Its handler writes the audit log itself, as it knows better who asked.
    pub(crate) records_itself: bool,
    /// A token may also stand in the query or in a form, as Open311's clients send it.
    pub(crate) takes_api_key: bool,
    /// The answer goes on until whoever asked may no longer have it.
    pub(crate) streams: bool,
}

impl Rule {
    pub(crate) const fn new(method: Method, path: &'static str, need: Need) -> Self {
        Self {
            method,
            path,
            need,
            evidence: false,
            records_itself: false,
            takes_api_key: false,
            streams: false,
        }
    }

    /// Whether the audit log hears of it.
    pub(crate) fn is_recorded(&self) -> bool {
        !self.records_itself && (self.evidence || !self.method.is_safe())
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::net::Ipv4Addr;

    use axum::http::StatusCode;

    use crate::access::TokenName;
    use crate::access::UserName;

    use super::*;

    fn check(need: Need, who: Who, expected: Option<StatusCode>) {
        let caller = Caller { who, address: IpAddr::V4(Ipv4Addr::LOCALHOST) };
        let told = need.refusal(&caller).map(|problem| problem.status());
        assert_eq!(told, expected, "{need:?} {caller:?}");
    }

    fn person(role: Role) -> Who {
        Who::person(UserName::new("li").unwrap(), role)
    }

    fn program(scopes: &[Scope]) -> Who {
        let scopes = scopes.iter().copied().collect();
        Who::Program { name: TokenName::new("desk").unwrap(), scopes }
    }

    #[test]
    fn people_need_the_role_or_a_higher_one() {
        let need = Need::dispatcher(&[Scope::Cases]);
        check(need, Who::Nobody, Some(StatusCode::UNAUTHORIZED));
        check(need, person(Role::Viewer), Some(StatusCode::FORBIDDEN));
        check(need, person(Role::Dispatcher), None);
        check(need, person(Role::Administrator), None);
        check(need, Who::ThisMachine, None);
    }

    #[test]
    fn programs_need_one_of_the_scopes_whatever_else_they_have() {
        let need = Need::dispatcher(&[Scope::Cases, Scope::Verdicts]);
        check(need, program(&[Scope::Verdicts]), None);
        check(need, program(&[Scope::Read, Scope::Admin]), Some(StatusCode::FORBIDDEN));
        check(Need::Session, program(&Scope::ALL), Some(StatusCode::FORBIDDEN));
        check(Need::Open, Who::Nobody, None);
        check(Need::Session, Who::Nobody, Some(StatusCode::UNAUTHORIZED));
    }
}
