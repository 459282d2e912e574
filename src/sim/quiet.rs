//! False alerts where nothing was to be found, as a rate that can be held against others'.

use serde::Serialize;

const DAY_S: f64 = 86_400.0;
/// A bound that the true rate stays below in 95 of 100 such measurements.
const CHANCE_ABOVE: f64 = 0.05;

/// What came of clips without an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Quiet {
    pub clips: usize,
    /// What was played of them, in days of one camera.
    pub camera_days: f64,
    pub false_alerts: usize,
    /// None where nothing was played.
    pub per_camera_day: Option<f64>,
    /// The most that the true rate may be, as far as so short a time can tell (95 %).
    pub per_camera_day_at_most: Option<f64>,
}

impl Quiet {
    /// `played_s` is in seconds, over all clips.
    #[must_use]
    pub fn of(clips: usize, played_s: f64, false_alerts: usize) -> Self {
        let camera_days = played_s / DAY_S;
        let rate = |count: f64| (camera_days > 0.0).then(|| count / camera_days);
        Self {
            clips,
            camera_days,
            false_alerts,
            per_camera_day: rate(false_alerts as f64),
            per_camera_day_at_most: rate(count_at_most(false_alerts)),
        }
    }
}

/// The mean of the Poisson distribution that gives no more than `seen` with the
/// chance [`CHANCE_ABOVE`] (the upper end of Garwood's interval, 1936).
fn count_at_most(seen: usize) -> f64 {
    let seen = seen as f64;
    // Five widths above what was seen the chance is far below the one sought.
    let (mut low, mut high) = (seen, seen + 5.0 * (seen + 1.0).sqrt());
    for _ in 0..60 {
        let mean = f64::midpoint(low, high);
        if chance_of_at_most(seen, mean) > CHANCE_ABOVE {
            low = mean;
        } else {
            high = mean;
        }
    }
    high
}

/// The chance that a Poisson distribution of this mean gives at most `count`, a whole number.
fn chance_of_at_most(count: f64, mean: f64) -> f64 {
    // Terms as shares of the last, so that none is too small for a number.
    let (mut share, mut sum, mut log_factorial) = (1.0, 1.0, 0.0);
    let mut at = count;
    while at > 0.0 {
        share *= at / mean;
        sum += share;
        log_factorial += at.ln();
        at -= 1.0;
    }
    (count * mean.ln() - mean - log_factorial).exp() * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_that_of_the_tables() {
        // Half the quantile 0.95 of chi-squared with 2 (n + 1) degrees of freedom.
        for (seen, bound) in [(0, 2.9957), (1, 4.7439), (3, 7.7537), (10, 16.9622), (50, 63.2871)] {
            assert!((count_at_most(seen) - bound).abs() < 1e-3, "{seen}: {}", count_at_most(seen));
        }
        let many = count_at_most(5_000);
        assert!((5_110.0..5_130.0).contains(&many), "{many}");
    }

    #[test]
    fn a_rate_is_told_by_the_camera_day() {
        let quiet = Quiet::of(48, 3_600.0, 2);
        assert_eq!((quiet.clips, quiet.false_alerts), (48, 2));
        assert!((quiet.per_camera_day.unwrap() - 48.0).abs() < 1e-9);
        assert!((quiet.per_camera_day_at_most.unwrap() - 24.0 * 6.2958).abs() < 0.1);
    }

    #[test]
    fn where_nothing_was_played_there_is_no_rate() {
        let quiet = Quiet::of(0, 0.0, 0);
        assert_eq!((quiet.per_camera_day, quiet.per_camera_day_at_most), (None, None));
    }
}
