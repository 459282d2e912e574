//! When a camera took a picture: from its sender reports where they can be believed, else at arrival.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::time::Timestamp;

use crate::ingest::CaptureClock;

/// Encoder, network and a slow receiver together hold a picture back for less than this.
/// A camera that says more has a wrong clock, and arrival is nearer to the truth.
const EARLIER_MAX: Duration = Duration::from_secs(10);

/// A well set clock is not ahead of ours by more than this.
const LATER_MAX: Duration = Duration::from_secs(1);

/// A time told before that is further ahead of an arrival than this was told
/// by a clock which has been set back since.
const SET_BACK_MIN: Duration = Duration::from_secs(15);

/// Seconds from 1900, where NTP begins, to 1970.
const NTP_TO_UNIX_S: i64 = 2_208_988_800;

/// The last sender report, and the last time given. Times given never go back,
/// unless our own clock does.
#[derive(Debug)]
pub(super) struct CaptureTimes {
    /// Ticks of the RTP timestamp a second.
    clock_rate: NonZeroU32,
    /// The camera's time at an extended RTP timestamp.
    report: Option<(Timestamp, i64)>,
    last: Option<Timestamp>,
}

impl CaptureTimes {
    pub(super) fn new() -> Self {
        Self { clock_rate: NonZeroU32::MIN, report: None, last: None }
    }

    /// Timestamps and reports begin anew; times given before still stand.
    pub(super) fn begin_session(&mut self, clock_rate: NonZeroU32) {
        (self.clock_rate, self.report) = (clock_rate, None);
    }

    /// Notes a sender report: NTP time (32.32 bits) and the RTP timestamp it belongs to.
    pub(super) fn note_report(&mut self, ntp: u64, rtp: i64) {
        let secs = i64::try_from(ntp >> 32).unwrap_or_default() - NTP_TO_UNIX_S;
        let micros = i64::try_from(((ntp & 0xffff_ffff) * 1_000_000) >> 32).unwrap_or_default();
        self.report = Some((Timestamp::from_micros(secs * 1_000_000 + micros), rtp));
    }

    /// Capture time of a picture with the timestamp `rtp` whose last byte came at `arrival`.
    pub(super) fn capture(&mut self, rtp: i64, arrival: Timestamp) -> (Timestamp, CaptureClock) {
        // Our own clock was set back: what was told before no longer binds.
        self.last = self.last.filter(|last| last.since(arrival) <= SET_BACK_MIN);
        let reported = self.reported(rtp).filter(|at| self.is_believable(*at, arrival));
        let (at, clock) = match reported {
            Some(at) => (at.min(arrival), CaptureClock::SenderReport),
            None => (arrival, CaptureClock::Arrival),
        };
        let at = self.last.map_or(at, |last| at.max(last));
        self.last = Some(at);
        (at, clock)
    }

    fn reported(&self, rtp: i64) -> Option<Timestamp> {
        let (at, rtp_then) = self.report?;
        let ticks = i128::from(rtp) - i128::from(rtp_then);
        let micros = ticks * 1_000_000 / i128::from(self.clock_rate.get());
        let micros = i64::try_from(micros).ok()?.checked_add(at.as_micros())?;
        Some(Timestamp::from_micros(micros))
    }

    fn is_believable(&self, at: Timestamp, arrival: Timestamp) -> bool {
        let near = arrival.since(at) <= EARLIER_MAX && at.since(arrival) <= LATER_MAX;
        near && self.last.is_none_or(|last| at.min(arrival) > last)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_777_000_000;

    fn times() -> CaptureTimes {
        let mut times = CaptureTimes::new();
        times.begin_session(NonZeroU32::new(90_000).unwrap());
        times
    }

    fn ntp(unix_s: i64) -> u64 {
        u64::try_from(unix_s + NTP_TO_UNIX_S).unwrap() << 32
    }

    fn check(camera_says_s: i64, expected: CaptureClock) {
        let mut times = times();
        times.note_report(ntp(camera_says_s), 0);
        let (at, clock) = times.capture(90_000, Timestamp::from_secs(NOW));
        assert_eq!(clock, expected, "report of {camera_says_s}");
        if clock == CaptureClock::SenderReport {
            assert_eq!(at, Timestamp::from_secs((camera_says_s + 1).min(NOW)));
        } else {
            assert_eq!(at, Timestamp::from_secs(NOW));
        }
    }

    #[test]
    fn believes_a_camera_whose_clock_is_near_ours() {
        check(NOW - 2, CaptureClock::SenderReport);
        check(NOW, CaptureClock::SenderReport);
        check(NOW + 8 * 3600, CaptureClock::Arrival);
        check(0, CaptureClock::Arrival);
        check(NOW - 30, CaptureClock::Arrival);
    }

    #[test]
    fn takes_arrival_until_a_report_comes_and_when_the_cameras_clock_steps_back() {
        let mut times = times();
        let arrival = |s| Timestamp::from_secs(NOW + s);
        assert_eq!(times.capture(0, arrival(0)).1, CaptureClock::Arrival);
        times.note_report(ntp(NOW + 2), 180_000);
        assert_eq!(times.capture(180_000, arrival(3)), (arrival(2), CaptureClock::SenderReport));
        times.note_report(ntp(NOW - 2), 360_000);
        assert_eq!(times.capture(360_000, arrival(5)), (arrival(5), CaptureClock::Arrival));
    }

    proptest! {
        #[test]
        fn never_goes_back(reports in prop::collection::vec((any::<u64>(), any::<i64>(), 0i64..3), 1..40)) {
            let (mut times, mut now, mut last) = (times(), NOW, Timestamp::EPOCH);
            for (ntp, rtp, passed) in reports {
                now += passed;
                times.note_report(ntp, rtp);
                let (at, _) = times.capture(rtp, Timestamp::from_secs(now));
                prop_assert!(last <= at && at <= Timestamp::from_secs(now));
                last = at;
            }
        }
    }
}
