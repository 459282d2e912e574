//! Knows who may come in: sessions, tokens, and whether one must log in at all.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header;
use tokio::sync::Semaphore;

use crate::access::AuditNote;
use crate::access::PasswordHash;
use crate::access::TokenHash;
use crate::access::UserName;
use crate::api::problem::Problem;
use crate::runtime::Secret;
use crate::store::Store;
use crate::store::StoreError;
use crate::time::Clock;

use super::Caller;
use super::Who;
use super::attempts::Attempts;
use super::sessions::Session;
use super::sessions::Sessions;

/// Each takes 19 MiB and a core for some tens of milliseconds.
const HASHES_AT_ONCE: usize = 2;

/// How the server is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Door {
    /// Only from this machine; where it is not, everybody logs in, users or not.
    pub loopback: bool,
    /// Over TLS, so that cookies may say so.
    pub tls: bool,
}

/// Who may come in, for all requests together.
pub struct Access {
    store: Arc<Store>,
    clock: Clock,
    door: Door,
    sessions: Mutex<Sessions>,
    attempts: Mutex<Attempts>,
    hashing: Semaphore,
}

/// What a request shows to be let in.
pub(super) enum Credential {
    None,
    Session(Secret),
    Token(Secret),
}

/// A session that has begun.
pub(crate) struct Login {
    pub(crate) cookie: Secret,
    pub(crate) who: Who,
}

impl Access {
    #[must_use]
    pub fn new(store: Arc<Store>, clock: Clock, door: Door) -> Self {
        Self {
            store,
            clock,
            door,
            sessions: Mutex::default(),
            attempts: Mutex::default(),
            hashing: Semaphore::new(HASHES_AT_ONCE),
        }
    }

    /// Asks the store from a thread that may wait.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let store = Arc::clone(&self.store);
        let answer = tokio::task::spawn_blocking(move || question(&store)).await;
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(fault)) => Err(fault.into()),
            Err(fault) => {
                tracing::error!(%fault, "a question to the store was not answered");
                let detail = "the program could not answer; its log says why";
                Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail))
            }
        }
    }

    /// Whether no other machine can reach it.
    pub(crate) const fn is_for_this_machine_only(&self) -> bool {
        self.door.loopback
    }

    /// Whether everybody must log in.
    pub(crate) async fn asks_for_login(&self) -> Result<bool, Problem> {
        if !self.door.loopback {
            return Ok(true);
        }
        self.ask(Store::has_users).await
    }

    /// Writes a line of the audit log.
    pub(crate) async fn record(
        &self,
        caller: &Caller,
        what: String,
        result: String,
        note: Option<String>,
    ) -> Result<(), Problem> {
        let (at, who) = (self.clock.now(), caller.who.in_words());
        let address = caller.address.to_canonical().to_string();
        let line = AuditNote { at, who, address, what, result, note };
        self.ask(move |store| store.audit(&line)).await
    }

    /// Finds out who sends a request that shows this.
    pub(super) async fn identify(
        &self,
        credential: &Credential,
        address: IpAddr,
    ) -> Result<Caller, Problem> {
        let who = match credential {
            Credential::Token(text) => Some(self.program(text).await?),
            Credential::Session(cookie) => self.person(cookie).await?,
            Credential::None => None,
        };
        let who = match who {
            Some(who) => who,
            None if self.asks_for_login().await? => Who::Nobody,
            None => Who::ThisMachine,
        };
        Ok(Caller { who, address })
    }

    async fn program(&self, text: &Secret) -> Result<Who, Problem> {
        let (hash, now) = (TokenHash::of(text.expose()), self.clock.now());
        let token = self.ask(move |store| store.token(&hash)).await?;
        let token = token.filter(|token| token.is_valid(now));
        let token = token
            .ok_or_else(|| Problem::unauthorized("the token is unknown, expired or revoked"))?;
        Ok(Who::Program { name: token.name, scopes: token.scopes })
    }

    /// None where there is no such session any more.
    async fn person(&self, cookie: &Secret) -> Result<Option<Who>, Problem> {
        let session = self.sessions().of(cookie, self.clock.now());
        let Some(session) = session else { return Ok(None) };
        let name = session.user.clone();
        let user = self.ask(move |store| store.user(&name)).await?;
        let still =
            |user: &crate::access::User| user.enabled && user.generation == session.generation;
        let user = user.map(|(user, _)| user).filter(still);
        if user.is_none() {
            self.sessions().end(cookie);
        }
        Ok(user.map(|user| who(&session, user.role)))
    }

    /// Begins a session for who knows the password.
    ///
    /// # Errors
    /// 401 when they do not, 429 when it was tried too often, 409 where there are no users.
    pub(crate) async fn log_in(
        &self,
        name: &str,
        password: Secret,
        address: IpAddr,
    ) -> Result<Login, Problem> {
        if !self.ask(Store::has_users).await? {
            let detail = "there are no users, so nobody can log in; `xunjie user add` adds one";
            return Err(Problem::new(StatusCode::CONFLICT, detail));
        }
        let known = UserName::new(name).map_err(|_| wrong());
        // Whatever stands where a name should is one name to the count.
        let counted = known.as_ref().map_or("", UserName::as_str).to_owned();
        let begun = self.attempts().begin(&counted, address, self.clock.now());
        begun.map_err(|wait| {
            count("limited");
            Problem::too_many("too many attempts to log in", wait)
        })?;
        let done = self.check_password(known, password).await;
        count(if done.is_ok() { "ok" } else { "wrong" });
        let user = done?;
        self.attempts().succeeded(&counted, address);
        let begun = self.sessions().begin(&user, self.clock.now());
        let (cookie, session) = begun
            .map_err(|fault| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, fault.to_string()))?;
        Ok(Login { cookie, who: who(&session, user.role) })
    }

    async fn check_password(
        &self,
        name: Result<UserName, Problem>,
        password: Secret,
    ) -> Result<crate::access::User, Problem> {
        let name = name?;
        let _turn = self.hashing.acquire().await;
        let found = self.ask(move |store| {
            let found = store.user(&name)?;
            let Some((user, hash)) = found else {
                PasswordHash::of_nobody(&password);
                return Ok(None);
            };
            Ok(hash.is_of(&password).then_some(user))
        });
        found.await?.filter(|user| user.enabled).ok_or_else(wrong)
    }

    /// Ends the session that a request belongs to.
    pub(crate) fn log_out(&self, headers: &HeaderMap) {
        if let Some(cookie) = self.cookie_in(headers) {
            self.sessions().end(&cookie);
        }
    }

    /// The cookie that holds a session's text, or takes it away.
    pub(crate) fn set_cookie(&self, text: &Secret, keep_s: u64) -> String {
        let secure = if self.door.tls { "; Secure" } else { "" };
        let (name, text) = (self.cookie_name(), text.expose());
        format!("{name}={text}; Path=/; HttpOnly; SameSite=Strict; Max-Age={keep_s}{secure}")
    }

    /// A browser takes the second name only over TLS and only from this very host.
    const fn cookie_name(&self) -> &'static str {
        if self.door.tls { "__Host-xunjie-session" } else { "xunjie-session" }
    }

    pub(super) fn cookie_in(&self, headers: &HeaderMap) -> Option<Secret> {
        let texts = headers.get_all(header::COOKIE).into_iter();
        let cookies = texts.filter_map(|text| text.to_str().ok()).flat_map(|text| text.split(';'));
        let mut named = cookies.filter_map(|cookie| cookie.trim().split_once('='));
        let (_, text) = named.find(|(name, _)| *name == self.cookie_name())?;
        Some(Secret::new(text))
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        // No change of them is done by halves.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("door", &self.door).finish_non_exhaustive()
    }
}

fn who(session: &Session, role: crate::access::Role) -> Who {
    Who::Person {
        name: session.user.clone(),
        role,
        csrf: session.csrf.clone(),
        session_ends_at: session.ends_at,
    }
}

/// The same for all that can be wrong, so that no name is told apart from another.
fn wrong() -> Problem {
    Problem::unauthorized("user or password is wrong")
}

fn count(outcome: &'static str) {
    metrics::counter!("xunjie_logins_total", "outcome" => outcome).increment(1);
}
