//! How lengths of time are spread, counted in buckets that grow with the length.
//!
//! Counting is one atomic addition and the memory is fixed, so that it may
//! stand on every look of every camera for as long as the program runs.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Buckets to each doubling: a length is known within one part in 128.
const STEPS_BITS: u32 = 7;
const STEPS: usize = 1 << STEPS_BITS;
/// Lengths are kept in microseconds up to 2³², which is 71 minutes; longer ones count as that.
const MICROS_BITS: u32 = 32;
const BUCKETS: usize = (MICROS_BITS - STEPS_BITS + 1) as usize * STEPS;

/// Counts lengths from any number of threads. Takes 26 KiB.
#[derive(Debug)]
pub struct Histogram {
    counts: Box<[AtomicU64]>,
}

/// What a histogram held at one moment, or what it has counted between two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    counts: Vec<u64>,
}

impl Histogram {
    pub fn record(&self, length: Duration) {
        self.counts[bucket_of(length)].fetch_add(1, Ordering::Relaxed);
    }

    #[must_use]
    pub fn spread(&self) -> Spread {
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed));
        Spread { counts: counts.collect() }
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect() }
    }
}

impl Default for Spread {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS] }
    }
}

impl Spread {
    /// How many lengths there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// What came after `earlier`, which must be of the same histogram.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let pairs = self.counts.iter().zip(&earlier.counts);
        Self { counts: pairs.map(|(now, then)| now.saturating_sub(*then)).collect() }
    }

    /// Adds one length.
    pub fn add(&mut self, length: Duration) {
        self.counts[bucket_of(length)] += 1;
    }

    /// The length that `share` (0..=1) of all do not exceed, never told too
    /// short and at most one part in 128 too long; none of nothing.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let count = self.count();
        let rank = ((count as f64 * share.clamp(0.0, 1.0)).ceil() as u64).clamp(1, count.max(1));
        let mut seen = 0;
        let reached = |count: &u64| {
            seen += count;
            seen >= rank
        };
        self.counts.iter().position(reached).map(|bucket| Duration::from_micros(end_of(bucket)))
    }
}

/// The first `STEPS` buckets hold a microsecond each, the next `STEPS` too,
/// then each doubling of the length is cut into `STEPS`.
fn bucket_of(length: Duration) -> usize {
    let longest = u128::from(u32::MAX);
    let micros = length.as_micros().min(longest) as u64;
    let bits = u64::BITS - micros.leading_zeros();
    let shift = bits.saturating_sub(STEPS_BITS + 1);
    ((shift as usize) << STEPS_BITS) + (micros >> shift) as usize
}

/// The longest length of a bucket in microseconds.
fn end_of(bucket: usize) -> u64 {
    let shift = (bucket >> STEPS_BITS).saturating_sub(1);
    let step = (bucket - (shift << STEPS_BITS)) as u64;
    ((step + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tells_quantiles_of_what_was_counted_since() {
        let histogram = Histogram::default();
        histogram.record(Duration::from_secs(900));
        let before = histogram.spread();
        (1..=100).for_each(|ms| histogram.record(Duration::from_millis(ms)));
        let spread = histogram.spread().since(&before);
        assert_eq!(spread.count(), 100);
        for (share, ms) in [(0.0, 1.0), (0.5, 50.0), (0.99, 99.0), (1.0, 100.0)] {
            let told = spread.quantile(share).unwrap().as_secs_f64() * 1e3;
            assert!((ms..ms * 1.008).contains(&told), "{share}: {told} for {ms}");
        }
    }

    #[test]
    fn nothing_counted_has_no_quantile() {
        assert_eq!(Spread::default().quantile(0.5), None);
    }

    #[test]
    fn a_length_added_later_counts_like_the_others() {
        let mut spread = Spread::default();
        spread.add(Duration::from_secs(7));
        assert!(spread.quantile(0.5).unwrap() >= Duration::from_secs(7));
    }

    proptest! {
        #[test]
        fn a_length_is_told_within_one_part_in_128(micros in 0u64..=u64::from(u32::MAX)) {
            let told = end_of(bucket_of(Duration::from_micros(micros)));
            prop_assert!(told >= micros && told - micros <= micros / 128, "{told} for {micros}");
        }

        #[test]
        fn no_length_is_too_long_to_be_counted(secs in any::<u64>()) {
            prop_assert!(bucket_of(Duration::from_secs(secs)) < BUCKETS);
        }
    }
}
