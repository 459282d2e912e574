//! The one source of "now": the machine's clock, or one that a test or a replay turns by hand.

#![expect(clippy::disallowed_methods, reason = "this file is where the machine is asked")]

use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use tokio::sync::watch;

use super::Timestamp;

/// A step of the machine's wall clock larger than this is followed at once;
/// smaller differences are the ordinary noise of reading two clocks.
const STEP_MIN: Duration = Duration::from_secs(1);

/// Cheap to clone; all clones tell the same time.
#[derive(Clone, Debug)]
pub struct Clock {
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    System,
    Simulated(watch::Receiver<Timestamp>),
}

/// Turns a simulated clock. The time never goes back.
#[derive(Debug)]
pub struct ClockHand {
    time: watch::Sender<Timestamp>,
}

impl Clock {
    /// The machine's clock: runs with the monotonic clock between steps of the
    /// wall clock, so that differences of two readings are true durations.
    #[must_use]
    pub const fn system() -> Self {
        Self { kind: Kind::System }
    }

    /// A clock that stands still until its hand is turned.
    #[must_use]
    pub fn simulated(start: Timestamp) -> (Self, ClockHand) {
        let (time, reading) = watch::channel(start);
        (Self { kind: Kind::Simulated(reading) }, ClockHand { time })
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.kind {
            Kind::System => system_now(),
            Kind::Simulated(time) => *time.borrow(),
        }
    }

    /// Waits until this clock shows `deadline`; for ever if its hand is gone before.
    pub async fn sleep_until(&self, deadline: Timestamp) {
        match &self.kind {
            Kind::System => tokio::time::sleep(deadline.since(self.now())).await,
            Kind::Simulated(time) => {
                let mut time = time.clone();
                if time.wait_for(|now| *now >= deadline).await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        }
    }

    /// Waits for `length` on this clock.
    pub async fn sleep(&self, length: Duration) {
        self.sleep_until(self.now() + length).await;
    }
}

impl ClockHand {
    /// Turns the clock forward.
    pub fn advance(&self, by: Duration) {
        self.time.send_modify(|now| *now = *now + by);
    }

    /// Sets the clock to `to`; does nothing if it is already later.
    pub fn set(&self, to: Timestamp) {
        self.time.send_modify(|now| *now = to.max(*now));
    }
}

fn system_now() -> Timestamp {
    static ANCHOR: OnceLock<Arc<std::sync::Mutex<(Instant, Timestamp)>>> = OnceLock::new();
    let anchor = ANCHOR.get_or_init(|| Arc::new((Instant::now(), wall()).into()));
    let mut anchor = anchor.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let now = anchor.1 + anchor.0.elapsed();
    let wall = wall();
    let off = now.since(wall).max(wall.since(now));
    if off < STEP_MIN {
        return now;
    }
    *anchor = (Instant::now(), wall);
    wall
}

fn wall() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::EPOCH + since_epoch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_hand_reaches_its_time() {
        let (clock, hand) = Clock::simulated(Timestamp::from_secs(100));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(Timestamp::from_secs(3700)).await }
        });
        hand.advance(Duration::from_secs(3601));
        sleeper.await.unwrap();
        assert_eq!(clock.now(), Timestamp::from_secs(3701));
    }

    #[test]
    fn a_simulated_clock_never_goes_back() {
        let (clock, hand) = Clock::simulated(Timestamp::from_secs(100));
        hand.set(Timestamp::from_secs(50));
        assert_eq!(clock.now(), Timestamp::from_secs(100));
    }

    #[test]
    fn the_machines_clock_does_not_run_backwards() {
        let clock = Clock::system();
        let first = clock.now();
        assert!(first <= clock.now());
        assert!(Timestamp::from_secs(1_700_000_000) < first);
    }
}
