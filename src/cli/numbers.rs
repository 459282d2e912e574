//! How numbers are written on the command line.

use std::time::Duration;

/// Longer lengths of time are a slip of the finger.
const SECONDS_MAX: f64 = 86_400.0;

/// A length of time in seconds, with or without an `s` behind it.
///
/// # Errors
/// When the text is no number of seconds from 0.001 to 86,400.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let fault = || format!("must be 0.001 to {SECONDS_MAX} seconds, as in 4 or 2.5s");
    let number: f64 = text.trim_end_matches('s').parse().map_err(|_| fault())?;
    if !(0.001..=SECONDS_MAX).contains(&number) {
        return Err(fault());
    }
    Ok(Duration::from_secs_f64(number))
}

/// A share of a whole.
///
/// # Errors
/// When the text is no number from 0 to 1.
pub(crate) fn share(text: &str) -> Result<f32, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "must be 0 to 1, as in 0.1".to_owned())
}
