//! Whether a camera's stream says that nothing moved: the sizes of its deltas, held against its own noise.
//!
//! Not every stream can say so. One of constant bitrate may send as much of a
//! still picture as of any other. So a stream is believed only after it has
//! agreed with the pictures for a while, and once it has been as usual while a
//! picture changed, only if it has since been heard to speak.

use crate::ingest::Deltas;

/// A mean delta below this share of a keyframe says that nothing moved,
/// whatever is usual; rate control would have filled it.
const SILENT_SHARE: f32 = 1.0 / 32.0;
/// Above its usual size by this many usual deviations, a delta is loud.
const DEVIATIONS: f32 = 4.0;
/// The deviation is at least this share of the usual size.
const DEVIATION_MIN: f32 = 0.08;
/// How far one look moves what is usual, as a share of it.
const STEP: f32 = 0.05;
/// Looks at which it must have agreed with the picture, at first; each time
/// it did not, twice as many are asked for.
const AGREEMENTS_MIN: u32 = 12;
const AGREEMENTS_MAX: u32 = 512;
/// So often it must have been loud as the picture changed, once it was not.
const LOUD_MIN: u32 = 3;

/// What is known of one camera's stream.
#[derive(Clone, Debug)]
pub struct StreamGauge {
    /// Median size of a delta while nothing changes, and of its distance from that.
    usual: Option<(f32, f32)>,
    agreements: u32,
    agreements_needed: u32,
    /// Since it was last as usual while the picture changed; none if it never was.
    loud_changes: Option<u32>,
}

impl Default for StreamGauge {
    fn default() -> Self {
        let (agreements, agreements_needed) = (0, AGREEMENTS_MIN);
        Self { usual: None, agreements, agreements_needed, loud_changes: None }
    }
}

impl StreamGauge {
    /// Whether nothing has moved since the last look, as far as this stream is to be believed.
    #[must_use]
    pub fn says_still(&self, deltas: Deltas, keyframe_bytes: usize) -> bool {
        let silent = is_silent(deltas, keyframe_bytes);
        let trusted = self.agreements >= self.agreements_needed;
        let speaks = self.loud_changes.is_none_or(|times| times >= LOUD_MIN);
        trusted && self.is_usual(deltas) && (silent || speaks)
    }

    /// A picture was looked at after these deltas.
    pub fn learn(&mut self, deltas: Deltas, changed: bool) {
        let Some(size) = deltas.mean_bytes() else { return };
        match (self.is_usual(deltas), changed) {
            (true, true) if self.usual.is_some() => {
                self.agreements = 0;
                self.loud_changes = Some(0);
                self.agreements_needed = (self.agreements_needed * 2).min(AGREEMENTS_MAX);
            }
            (true, false) => self.agreements = self.agreements.saturating_add(1),
            (false, true) => {
                self.loud_changes = self.loud_changes.map(|times| times.saturating_add(1));
            }
            _ => {}
        }
        if changed {
            return;
        }
        let (usual, deviation) = self.usual.get_or_insert((size, size / 4.0));
        let step = STEP * usual.max(1.0);
        *deviation += if (size - *usual).abs() > *deviation { step } else { -step };
        *deviation = deviation.clamp(DEVIATION_MIN * *usual, usual.max(1.0));
        *usual = (*usual + if size > *usual { step } else { -step }).max(0.0);
    }

    fn is_usual(&self, deltas: Deltas) -> bool {
        let size = deltas.mean_bytes();
        let limit = self.usual.map(|(usual, deviation)| usual + DEVIATIONS * deviation);
        size.zip(limit).is_some_and(|(size, limit)| size <= limit)
    }
}

fn is_silent(deltas: Deltas, keyframe_bytes: usize) -> bool {
    deltas.mean_bytes().is_some_and(|size| size <= keyframe_bytes as f32 * SILENT_SHARE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYFRAME: usize = 200_000;

    fn deltas(mean: u64) -> Deltas {
        Deltas { units: 50, bytes: 50 * mean }
    }

    /// Looks at a still picture, sizes swaying by a tenth.
    fn still(gauge: &mut StreamGauge, mean: u64, looks: u64) {
        (0..looks).for_each(|n| gauge.learn(deltas(mean + mean * (n % 3) / 20), false));
    }

    #[test]
    fn a_stream_that_has_been_silent_with_the_picture_is_believed() {
        let mut gauge = StreamGauge::default();
        assert!(!gauge.says_still(deltas(900), KEYFRAME), "not at once");
        still(&mut gauge, 900, 20);
        assert!(gauge.says_still(deltas(950), KEYFRAME));
        assert!(!gauge.says_still(deltas(3_000), KEYFRAME));
        assert!(!gauge.says_still(Deltas::default(), KEYFRAME), "nothing known is no silence");
    }

    #[test]
    fn a_stream_of_constant_bitrate_is_believed_again_only_once_it_has_spoken() {
        let mut gauge = StreamGauge::default();
        still(&mut gauge, 10_000, 40);
        assert!(gauge.says_still(deltas(10_000), KEYFRAME), "so far it was right");
        gauge.learn(deltas(10_000), true);
        still(&mut gauge, 10_000, 100);
        assert!(!gauge.says_still(deltas(10_000), KEYFRAME));
        (0..LOUD_MIN).for_each(|_| gauge.learn(deltas(30_000), true));
        assert!(gauge.says_still(deltas(10_000), KEYFRAME));
    }

    #[test]
    fn silence_while_the_picture_changed_costs_twice_the_trust() {
        let mut gauge = StreamGauge::default();
        still(&mut gauge, 900, 20);
        gauge.learn(deltas(900), true);
        still(&mut gauge, 900, u64::from(AGREEMENTS_MIN));
        assert!(!gauge.says_still(deltas(900), KEYFRAME));
        still(&mut gauge, 900, u64::from(AGREEMENTS_MIN));
        assert!(gauge.says_still(deltas(900), KEYFRAME));
    }

    #[test]
    fn what_moves_is_not_learned_as_usual() {
        let mut gauge = StreamGauge::default();
        still(&mut gauge, 900, 20);
        (0..100).for_each(|_| gauge.learn(deltas(5_000), true));
        assert!(!gauge.says_still(deltas(5_000), KEYFRAME));
        assert!(gauge.says_still(deltas(900), KEYFRAME));
    }

    #[test]
    fn follows_a_camera_whose_noise_grows_at_night() {
        let mut gauge = StreamGauge::default();
        still(&mut gauge, 900, 20);
        assert!(!gauge.says_still(deltas(3_000), KEYFRAME));
        still(&mut gauge, 3_000, 120);
        assert!(gauge.says_still(deltas(3_000), KEYFRAME));
    }
}
