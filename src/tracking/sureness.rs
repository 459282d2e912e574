//! How surely a stay is what it is taken for.

use super::Stay;

/// The detector must have been this often as certain of a thing as it must be
/// to begin a stay. Signs and captions reach that score once in many looks.
const STRONG_SIGHTINGS_MIN: u32 = 2;

/// The mean score of a stall or a heap must be this share of what begins a stay. Asked in full,
/// stalls that every look of a clip saw a little below were never told; at 0.85 look-alikes were.
/// Of a vehicle it is asked in full: parked ones are seen well above, hardly ever near it.
const MEAN_SHARE: f32 = 0.9;

/// The mean score over all looks in which the detector could have seen a thing, those in which it did
/// not with none, must be this share of what begins a stay: what it sees now and then must be seen well,
/// what it sees badly nearly always. On 601 rendered clips goods and bags that were taken for
/// something else came to 0.63 at most, what was told rightly to 0.78 at least.
const PRESENCE_MIN: f32 = 0.7;
/// A bin that was plain before needs to be seen overflowing in this share of them alone.
const CHANGED_SHARE_MIN: f32 = 0.3;

/// Two cars in traffic may resemble each other; hardly ever do three.
const AGREEMENTS_MIN: u32 = 3;

impl Stay {
    /// The mean score as a share of what begins a stay.
    #[must_use]
    pub fn sureness(&self) -> f32 {
        self.mean_score() / self.sure_from.max(f32::MIN_POSITIVE)
    }

    /// Whether enough looks agree that one and the same thing stands there. Rain,
    /// headlights and busy traffic raise doubts; a score that was high only once does too.
    /// Furniture of the street that looks a little like a stall or a car does so in every
    /// look: the mean score must be as high as what begins a stay, or nearly.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.sureness() >= if self.family.is_fixture() { MEAN_SHARE } else { 1.0 }
            && self.score() >= self.family.best_share() * self.sure_from
            && self.strong_sightings >= STRONG_SIGHTINGS_MIN
            && self.agreements >= AGREEMENTS_MIN
            && self.agreements >= 2 * self.doubts
    }

    /// Whether the detector has seen it often and well enough for what it could have, and more often
    /// than it has denied it. What only flickers is not; but a bin that did not before has changed.
    #[must_use]
    pub fn is_seen_fairly(&self) -> bool {
        let share = self.sightings() as f32 / self.chances.max(1) as f32;
        if self.was_plain {
            return share >= CHANGED_SHARE_MIN;
        }
        share * self.sureness() >= PRESENCE_MIN && self.sightings() > self.contradictions
    }
}
