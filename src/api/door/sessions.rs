//! Sessions of people who logged in, kept in memory: after a restart one logs in again.

use std::collections::HashMap;
use std::time::Duration;

use crate::access::RandomFault;
use crate::access::TokenHash;
use crate::access::User;
use crate::access::UserName;
use crate::access::random_text;
use crate::runtime::Secret;
use crate::time::Timestamp;

/// A shift and its handing over; then one logs in again.
pub(crate) const SESSION_LENGTH_MAX: Duration = Duration::from_secs(12 * 3600);
/// A page that is open counts as use.
const SESSION_IDLE_MAX: Duration = Duration::from_secs(2 * 3600);
/// About 200 bytes each.
const SESSIONS_MAX: usize = 2_000;
/// A desk, a telephone and a wall; one who logs in once more is logged out where they began first.
const SESSIONS_OF_USER_MAX: usize = 10;

#[derive(Clone)]
pub(super) struct Session {
    pub(super) user: UserName,
    /// Of the user when they logged in.
    pub(super) generation: i64,
    pub(super) csrf: Secret,
    pub(super) ends_at: Timestamp,
    began_at: Timestamp,
    used_at: Timestamp,
}

/// By the hash of what stands in the cookie.
#[derive(Default)]
pub(super) struct Sessions {
    all: HashMap<TokenHash, Session>,
}

impl Sessions {
    /// Begins a session; gives what the cookie is to hold.
    pub(super) fn begin(
        &mut self,
        user: &User,
        now: Timestamp,
    ) -> Result<(Secret, Session), RandomFault> {
        self.all.retain(|_, session| !session.is_over(now));
        let own = |session: &Session| session.user == user.name;
        if self.all.values().filter(|session| own(session)).count() >= SESSIONS_OF_USER_MAX {
            self.end_oldest(own);
        }
        if self.all.len() >= SESSIONS_MAX {
            self.end_oldest(|_| true);
        }
        let cookie = random_text()?;
        let session = Session {
            user: user.name.clone(),
            generation: user.generation,
            csrf: random_text()?,
            ends_at: now + SESSION_LENGTH_MAX,
            began_at: now,
            used_at: now,
        };
        self.all.insert(TokenHash::of(cookie.expose()), session.clone());
        Ok((cookie, session))
    }

    /// The session of this cookie, which counts as used; none if there is none or it is over.
    pub(super) fn of(&mut self, cookie: &Secret, now: Timestamp) -> Option<Session> {
        let key = TokenHash::of(cookie.expose());
        let session = self.all.get_mut(&key)?;
        if session.is_over(now) {
            self.all.remove(&key);
            return None;
        }
        session.used_at = session.used_at.max(now);
        Some(session.clone())
    }

    pub(super) fn end(&mut self, cookie: &Secret) {
        self.all.remove(&TokenHash::of(cookie.expose()));
    }

    fn end_oldest(&mut self, of: impl Fn(&Session) -> bool) {
        let these = self.all.iter().filter(|(_, session)| of(session));
        let oldest = these.min_by_key(|(_, session)| session.began_at).map(|(key, _)| *key);
        if let Some(oldest) = oldest {
            self.all.remove(&oldest);
        }
    }
}

impl Session {
    fn is_over(&self, now: Timestamp) -> bool {
        now >= self.ends_at || now.since(self.used_at) >= SESSION_IDLE_MAX
    }
}

#[cfg(test)]
mod tests {
    use crate::access::Role;

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_777_593_600);
    const HOUR: Duration = Duration::from_secs(3600);

    fn user(name: &str) -> User {
        User {
            name: UserName::new(name).unwrap(),
            role: Role::Viewer,
            enabled: true,
            generation: 1,
            added_at: NOW,
            password_at: NOW,
        }
    }

    #[test]
    fn a_session_ends_when_idle_and_when_it_was_long() {
        let mut sessions = Sessions::default();
        let (idle, _) = sessions.begin(&user("li"), NOW).unwrap();
        let (busy, _) = sessions.begin(&user("li"), NOW).unwrap();
        for hour in 1..12 {
            assert!(sessions.of(&busy, NOW + HOUR * hour).is_some(), "hour {hour}");
        }
        assert!(sessions.of(&busy, NOW + HOUR * 12).is_none());
        assert!(sessions.of(&idle, NOW + HOUR * 2).is_none());
        assert!(sessions.all.is_empty());
    }

    #[test]
    fn nobody_has_more_than_ten_and_all_together_are_bounded() {
        let mut sessions = Sessions::default();
        let (first, _) = sessions.begin(&user("li"), NOW).unwrap();
        for second in 1..=SESSIONS_OF_USER_MAX {
            let later = NOW + Duration::from_secs(second as u64);
            sessions.begin(&user("li"), later).unwrap();
        }
        assert!(sessions.of(&first, NOW).is_none());
        assert_eq!(sessions.all.len(), SESSIONS_OF_USER_MAX);
        for number in 0..SESSIONS_MAX + 5 {
            sessions.begin(&user(&format!("user-{number}")), NOW).unwrap();
        }
        assert_eq!(sessions.all.len(), SESSIONS_MAX);
    }

    #[test]
    fn only_the_cookies_own_text_opens_a_session() {
        let mut sessions = Sessions::default();
        let (cookie, session) = sessions.begin(&user("li"), NOW).unwrap();
        assert_ne!(session.csrf, cookie);
        assert!(sessions.of(&session.csrf, NOW).is_none());
        sessions.end(&cookie);
        assert!(sessions.of(&cookie, NOW).is_none());
    }
}
