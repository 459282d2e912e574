//! Waits between attempts: doubling, capped and jittered, so that a fleet does not knock in step.

use std::time::Duration;

use rand::Rng;

/// Waits of `base`, twice `base`, four times `base`… up to `cap`, each
/// shortened by a random share of up to a half.
#[derive(Clone, Debug)]
pub struct Backoff {
    base: Duration,
    cap: Duration,
    attempts: u32,
}

impl Backoff {
    #[must_use]
    pub const fn new(base: Duration, cap: Duration) -> Self {
        Self { base, cap, attempts: 0 }
    }

    /// Continues a row of waits of which `attempts` are already done.
    #[must_use]
    pub const fn after(self, attempts: u32) -> Self {
        Self { attempts, ..self }
    }

    /// Failed attempts since the last reset.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The wait before the next attempt.
    pub fn next_wait(&mut self) -> Duration {
        let doubled = self.base.saturating_mul(1 << self.attempts.min(20));
        self.attempts = self.attempts.saturating_add(1);
        doubled.min(self.cap).mul_f64(rand::rng().random_range(0.5..=1.0))
    }

    /// Starts the row anew, after a success.
    pub fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn stays_between_half_the_base_and_the_cap(attempts in 0u32..u32::MAX) {
            let (base, cap) = (Duration::from_secs(1), Duration::from_secs(30));
            let wait = Backoff::new(base, cap).after(attempts).next_wait();
            prop_assert!(base / 2 <= wait && wait <= cap);
        }
    }

    #[test]
    fn grows_until_a_success_resets_it() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));
        let first = backoff.next_wait();
        backoff.next_wait();
        assert!(first < backoff.next_wait());
        backoff.reset();
        assert!(backoff.next_wait() <= Duration::from_secs(1));
    }
}
