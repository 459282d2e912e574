//! When the pictures of a clip are due: from whatever timestamps it has, or none.

use std::time::Duration;

use super::order::Place;

/// What a clip without timestamps is played at.
const FALLBACK_INTERVAL_US: u64 = 40_000;

/// Timestamps that span more than this are noise: nobody loops a longer clip.
const SPAN_MAX: Duration = Duration::from_secs(24 * 3600);

/// Times of a clip in microseconds, in decode order, counted from its first picture.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "a plain number carries its unit last")]
pub(super) struct Timing {
    /// When each unit is sent; never falls.
    pub(super) sent_us: Vec<u64>,
    /// When each picture is shown; out of order where a codec looks ahead.
    pub(super) shown_us: Vec<u64>,
    /// From the beginning to the beginning of the next lap.
    pub(super) lap_us: u64,
    /// How much earlier than its showing time a unit is sent at most.
    pub(super) ahead_us: u64,
}

impl Timing {
    /// Times from the presentation timestamps of at least one unit in decode
    /// order; without them, from the order of showing, as far as it is known.
    pub(super) fn from_shown(shown_us: &[Option<u64>], places: &[Option<Place>]) -> Self {
        let known: Option<Vec<u64>> = shown_us.iter().copied().collect();
        let known = known.filter(|times| span_us(times) <= SPAN_MAX.as_micros() as u64);
        let shown = known.filter(|times| times.len() < 2 || span_us(times) > 0);
        let shown = shown.unwrap_or_else(|| evenly(places));
        Self::from_known(&shown)
    }

    fn from_known(shown: &[u64]) -> Self {
        let first = shown.iter().min().copied().unwrap_or(0);
        let shown_us: Vec<u64> = shown.iter().map(|at| at - first).collect();
        // The k-th unit is sent when the k-th picture is shown: the steadiest
        // order that needs no decode timestamps, which many files lack.
        let mut sent_us = shown_us.clone();
        sent_us.sort_unstable();
        let ahead = shown_us.iter().zip(&sent_us).map(|(shown, sent)| shown.saturating_sub(*sent));
        let ahead_us = ahead.max().unwrap_or(0);
        let span = sent_us.last().copied().unwrap_or(0);
        let intervals = (sent_us.len() as u64).saturating_sub(1).max(1);
        let lap_us =
            span + (span / intervals).max(if span == 0 { FALLBACK_INTERVAL_US } else { 1 });
        Self { sent_us, shown_us, lap_us, ahead_us }
    }
}

/// Times at even intervals, in the order of showing if every picture's place is known.
fn evenly(places: &[Option<Place>]) -> Vec<u64> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    if places.iter().all(Option::is_some) {
        order.sort_by_key(|at| places[*at]);
    }
    let mut shown_us = vec![0; places.len()];
    for (rank, at) in (0..).zip(order) {
        shown_us[at] = rank * FALLBACK_INTERVAL_US;
    }
    shown_us
}

fn span_us(times: &[u64]) -> u64 {
    let least = times.iter().min().copied().unwrap_or(0);
    times.iter().max().copied().unwrap_or(0) - least
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_clip_without_timestamps_plays_at_25_pictures_a_second() {
        let timing = Timing::from_shown(&[None, Some(7), None], &[None; 3]);
        assert_eq!(timing.sent_us, [0, 40_000, 80_000]);
        assert_eq!(timing.shown_us, timing.sent_us);
        assert_eq!(timing.lap_us, 120_000);
        let places = [(1, 0), (1, 4), (1, 2), (2, 0)].map(Some);
        let timing = Timing::from_shown(&[None; 4], &places);
        assert_eq!(timing.shown_us, [0, 80_000, 40_000, 120_000]);
    }

    #[test]
    fn pictures_shown_out_of_order_are_sent_steadily() {
        let timing =
            Timing::from_shown(&[100, 220, 140, 180].map(|ms| Some(ms * 1000)), &[None; 4]);
        assert_eq!(timing.sent_us, [0, 40_000, 80_000, 120_000]);
        assert_eq!(timing.shown_us, [0, 120_000, 40_000, 80_000]);
        assert_eq!((timing.ahead_us, timing.lap_us), (80_000, 160_000));
    }

    #[test]
    fn a_single_picture_is_repeated_at_25_a_second() {
        assert_eq!(Timing::from_shown(&[Some(5)], &[None]).lap_us, 40_000);
    }

    proptest! {
        #[test]
        fn every_lap_is_longer_than_its_last_picture(
            shown in proptest::collection::vec(proptest::option::weighted(0.9, any::<u64>()), 1..20),
        ) {
            let timing = Timing::from_shown(&shown, &vec![None; shown.len()]);
            prop_assert!(timing.sent_us.is_sorted());
            prop_assert!(timing.lap_us > *timing.sent_us.last().unwrap());
            prop_assert_eq!(timing.sent_us.len(), shown.len());
        }
    }
}
