//! How often somebody may try a password: a guesser waits, and is told for how long.

use std::collections::HashMap;
use std::net::IpAddr;
use std::net::Ipv6Addr;
use std::time::Duration;

use crate::time::Timestamp;

/// Attempts count for so long from the first.
const WINDOW: Duration = Duration::from_secs(300);
/// One person at one place; nobody mistypes a password more often.
const OF_USER_AT_ADDRESS_MAX: u32 = 5;
/// Many people may sit behind one address.
const AT_ADDRESS_MAX: u32 = 30;
/// From everywhere together: a password of ten letters outlasts this, and the
/// user can still log in from a place that has not failed until then.
const OF_USER_MAX: u32 = 50;
/// About 100 bytes each.
const COUNTS_MAX: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    UserAtAddress(String, IpAddr),
    Address(IpAddr),
    User(String),
}

impl Key {
    const fn max(&self) -> u32 {
        match self {
            Self::UserAtAddress(..) => OF_USER_AT_ADDRESS_MAX,
            Self::Address(_) => AT_ADDRESS_MAX,
            Self::User(_) => OF_USER_MAX,
        }
    }
}

#[derive(Clone, Copy)]
struct Count {
    since: Timestamp,
    attempts: u32,
}

#[derive(Default)]
pub(super) struct Attempts {
    counts: HashMap<Key, Count>,
}

impl Attempts {
    /// Counts an attempt before it is made, so that many at once count as many.
    ///
    /// # Errors
    /// With how long to wait, when there were too many; then nothing is counted.
    pub(super) fn begin(
        &mut self,
        user: &str,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), Duration> {
        let keys = keys(user, address);
        let wait = keys.iter().filter_map(|key| self.wait(key, now)).max();
        if let Some(wait) = wait {
            return Err(wait);
        }
        for key in keys {
            self.make_room(now);
            let count = self.counts.entry(key).or_insert(Count { since: now, attempts: 0 });
            if now.since(count.since) >= WINDOW {
                *count = Count { since: now, attempts: 0 };
            }
            count.attempts += 1;
        }
        Ok(())
    }

    /// The attempt was no guess: forgets this user's at this address, and this one elsewhere.
    pub(super) fn succeeded(&mut self, user: &str, address: IpAddr) {
        for key in keys(user, address) {
            if matches!(key, Key::UserAtAddress(..)) {
                self.counts.remove(&key);
            } else if let Some(count) = self.counts.get_mut(&key) {
                count.attempts = count.attempts.saturating_sub(1);
            }
        }
    }

    fn wait(&self, key: &Key, now: Timestamp) -> Option<Duration> {
        let count = self.counts.get(key).filter(|count| count.attempts >= key.max())?;
        let left = WINDOW.saturating_sub(now.since(count.since));
        (!left.is_zero()).then_some(left)
    }

    fn make_room(&mut self, now: Timestamp) {
        if self.counts.len() < COUNTS_MAX {
            return;
        }
        self.counts.retain(|_, count| now.since(count.since) < WINDOW);
        if self.counts.len() < COUNTS_MAX {
            return;
        }
        let oldest = self.counts.iter().min_by_key(|(_, count)| count.since);
        if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
            self.counts.remove(&oldest);
        }
    }
}

fn keys(user: &str, address: IpAddr) -> [Key; 3] {
    let place = place(address);
    let user = user.to_owned();
    [Key::UserAtAddress(user.clone(), place), Key::Address(place), Key::User(user)]
}

/// Whoever has one address of IPv6 has the 2⁶⁴ beside it too.
fn place(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let mask = u128::MAX << 64;
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_777_593_600);

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_sixth_attempt_waits_until_the_first_is_five_minutes_old() {
        let mut attempts = Attempts::default();
        let here = address("10.0.0.1");
        for second in 0..5 {
            attempts.begin("li", here, NOW + Duration::from_secs(second)).unwrap();
        }
        let late = NOW + Duration::from_secs(100);
        assert_eq!(attempts.begin("li", here, late), Err(Duration::from_secs(200)));
        attempts.begin("li", address("10.0.0.2"), late).unwrap();
        attempts.begin("wang", here, late).unwrap();
        attempts.begin("li", here, NOW + WINDOW).unwrap();
    }

    #[test]
    fn success_forgets_what_was_mistyped() {
        let mut attempts = Attempts::default();
        let here = address("10.0.0.1");
        for _ in 0..100 {
            attempts.begin("li", here, NOW).unwrap();
            attempts.begin("li", here, NOW).unwrap();
            attempts.succeeded("li", here);
            attempts.succeeded("li", here);
        }
    }

    #[test]
    fn many_names_from_one_place_and_many_places_for_one_name_wait_too() {
        let mut attempts = Attempts::default();
        let tried = (0..100).filter(|number| {
            // Addresses within one network of IPv6 are one place.
            let here = address(&format!("2001:db8::{number:x}"));
            attempts.begin(&format!("user-{number}"), here, NOW).is_ok()
        });
        assert_eq!(tried.count(), AT_ADDRESS_MAX as usize);
        let tried = (0..100).filter(|number| {
            attempts.begin("li", address(&format!("10.0.0.{number}")), NOW).is_ok()
        });
        assert_eq!(tried.count(), OF_USER_MAX as usize);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut attempts = Attempts::default();
        for number in 0..COUNTS_MAX {
            let [a, b] = (number as u16).to_be_bytes();
            let here = IpAddr::from([10, 0, a, b]);
            let _ = attempts.begin(&format!("user-{number}"), here, NOW);
        }
        assert!(attempts.counts.len() <= COUNTS_MAX, "{}", attempts.counts.len());
    }
}
