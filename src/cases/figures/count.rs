//! Counts cases into one row of a report.

use std::time::Duration;

use serde::Serialize;

use crate::cases::Stage;
use crate::time::Timestamp;

use super::Digest;

/// Fewer cases than this tell nothing of who handled them.
const RANKED_CASES_MIN: u64 = 5;
/// What each part of the score weighs; together 100.
pub(super) const WEIGHTS: [f64; 4] = [50.0, 20.0, 20.0, 10.0];

/// One row: cases found in its time, or that fell to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    pub found: u64,
    pub filed: u64,
    /// They were none.
    pub rejected: u64,
    /// They are told of in other cases.
    pub merged: u64,
    pub dispatched: u64,
    pub handled: u64,
    pub closed: u64,
    /// Somebody was sent within the time of intake and dispatch.
    pub sent_in_time: u64,
    /// Handled in time.
    pub on_time: u64,
    /// Handled late, or late and not handled.
    pub overdue: u64,
    /// Cases that came back once or more.
    pub returned: u64,
    /// Cases after another of the same class at the same place.
    pub repeats: u64,
    /// Places that became hot spots.
    pub hot_spots: u64,
    /// First violations that were excused.
    pub excused: u64,
    /// With a person's verdict, and of these the right ones.
    pub judged: u64,
    pub right: u64,
    /// Shares from 0 to 1; none of nothing.
    pub on_time_share: Option<f64>,
    pub sent_in_time_share: Option<f64>,
    pub returned_share: Option<f64>,
    pub repeat_share: Option<f64>,
    pub right_share: Option<f64>,
    pub median: Medians,
}

/// Median seconds of each stage; handling on its class's clock, and without
/// cases that were suspended. None where no case went through.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Medians {
    /// Found to filed.
    pub intake_s: Option<f64>,
    /// Filed to dispatched.
    pub dispatch_s: Option<f64>,
    /// Dispatched to accepted.
    pub accept_s: Option<f64>,
    /// Dispatched to handled.
    pub handle_s: Option<f64>,
    /// Handled to checked.
    pub check_s: Option<f64>,
    /// Checked to closed.
    pub close_s: Option<f64>,
    /// Found to closed, day and night.
    pub whole_s: Option<f64>,
}

/// A row while it is counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Count {
    pub(super) figures: Figures,
    lengths: [Vec<f32>; 7],
}

/// What counting one case needs to know besides its digest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) now: Timestamp,
    /// From dispatched to handled on the class's clock.
    pub(super) handling: Option<Duration>,
    pub(super) repeat: bool,
    pub(super) hot: bool,
}

impl Count {
    pub(super) fn add(&mut self, digest: &Digest, seen: &Seen) {
        let (figures, course) = (&mut self.figures, &digest.course);
        let count = |number: &mut u64, holds: bool| *number += u64::from(holds);
        count(&mut figures.found, true);
        count(&mut figures.rejected, course.stage == Stage::Rejected);
        count(&mut figures.merged, course.stage == Stage::Merged);
        figures.excused += u64::from(digest.excused);
        count(&mut figures.judged, course.right.is_some());
        count(&mut figures.right, course.right == Some(true));
        if !digest.is_matter() {
            return;
        }
        count(&mut figures.filed, course.filed_at.is_some());
        count(&mut figures.dispatched, course.dispatched_at.is_some());
        count(&mut figures.sent_in_time, course.dispatched_at.is_some() && !course.sent_late);
        count(&mut figures.handled, course.handled_at.is_some());
        count(&mut figures.closed, course.stage == Stage::Closed);
        count(&mut figures.on_time, digest.is_on_time());
        count(&mut figures.overdue, digest.is_overdue(seen.now));
        count(&mut figures.returned, course.returns > 0);
        count(&mut figures.repeats, seen.repeat);
        count(&mut figures.hot_spots, seen.hot);
        let between = |from: Option<Timestamp>, to: Option<Timestamp>| Some(to?.since(from?));
        let closed_at = course.ended_at.filter(|_| course.stage == Stage::Closed);
        let lengths = [
            between(Some(course.found_at), course.filed_at),
            between(course.filed_at, course.dispatched_at),
            between(course.dispatched_at, course.accepted_at),
            seen.handling.filter(|_| !course.suspended),
            between(course.handled_at, course.checked_at),
            between(course.checked_at, closed_at),
            between(Some(course.found_at), closed_at),
        ];
        for (all, length) in self.lengths.iter_mut().zip(lengths) {
            all.extend(length.map(|length| length.as_secs_f32()));
        }
    }

    pub(super) fn finish(self) -> Figures {
        let mut figures = self.figures;
        let share = |part: u64, of: u64| (of > 0).then(|| part as f64 / of as f64);
        let matters = figures.found - figures.rejected - figures.merged;
        figures.on_time_share = share(figures.on_time, figures.on_time + figures.overdue);
        figures.sent_in_time_share = share(figures.sent_in_time, figures.dispatched);
        figures.returned_share = share(figures.returned, figures.dispatched);
        figures.repeat_share = share(figures.repeats, matters);
        figures.right_share = share(figures.right, figures.judged);
        let [intake_s, dispatch_s, accept_s, handle_s, check_s, close_s, whole_s] =
            self.lengths.map(median);
        figures.median =
            Medians { intake_s, dispatch_s, accept_s, handle_s, check_s, close_s, whole_s };
        figures
    }
}

impl Figures {
    /// 0 to 100, as the report's formula says; none where there is too little to go by.
    #[must_use]
    pub fn score(&self) -> Option<f64> {
        if self.on_time + self.overdue < RANKED_CASES_MIN {
            return None;
        }
        let parts = [
            self.on_time_share.unwrap_or(1.0),
            self.sent_in_time_share.unwrap_or(1.0),
            1.0 - self.returned_share.unwrap_or(0.0),
            1.0 - self.repeat_share.unwrap_or(0.0),
        ];
        let score: f64 = parts.iter().zip(WEIGHTS).map(|(part, weight)| part * weight).sum();
        // One decimal is what is shown, so that equal scores share a rank.
        Some((score * 10.0).round() / 10.0)
    }
}

/// The middle one; of an even number the lower middle, which is one of the cases.
fn median(mut lengths: Vec<f32>) -> Option<f64> {
    let middle = lengths.len().checked_sub(1)? / 2;
    let (_, median, _) = lengths.select_nth_unstable_by(middle, f32::total_cmp);
    Some((f64::from(*median) * 10.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_one_of_the_lengths() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![9.0, 1.0, 5.0]), Some(5.0));
        assert_eq!(median(vec![9.0, 1.0, 5.0, 2.0]), Some(2.0));
    }

    #[test]
    fn the_score_is_the_stated_sum_and_none_of_too_few() {
        let few = Figures { on_time: 4, ..Figures::default() };
        assert_eq!(few.score(), None);
        let figures = Figures {
            on_time: 8,
            overdue: 2,
            on_time_share: Some(0.8),
            sent_in_time_share: Some(0.5),
            returned_share: Some(0.1),
            repeat_share: None,
            ..Figures::default()
        };
        assert_eq!(figures.score(), Some(50.0 * 0.8 + 20.0 * 0.5 + 20.0 * 0.9 + 10.0));
        assert!((WEIGHTS.iter().sum::<f64>() - 100.0).abs() < 1e-9);
    }
}
