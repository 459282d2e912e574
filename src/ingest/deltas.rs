//! What a stream sent between two keyframes: counted, never looked at.

use std::ops::Add;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// The pictures between keyframes. They hold what moved, so their sizes tell
/// whether anything did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deltas {
    /// None where the way of receiving does not know them, or the stream has none.
    pub units: u32,
    pub bytes: u64,
}

impl Deltas {
    /// Bytes of one of them in the mean; none of none.
    #[must_use]
    pub fn mean_bytes(self) -> Option<f32> {
        (self.units > 0).then(|| self.bytes as f32 / self.units as f32)
    }
}

impl Add for Deltas {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            units: self.units.saturating_add(other.units),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

/// Counts the units of one connection, 25 a second from each of many cameras.
#[derive(Debug, Default)]
pub(super) struct DeltaCount {
    units: AtomicU32,
    bytes: AtomicU64,
    largest: AtomicU64,
}

impl DeltaCount {
    pub(super) fn unit(&self, bytes: usize) {
        let bytes = bytes as u64;
        self.units.fetch_add(1, Relaxed);
        self.bytes.fetch_add(bytes, Relaxed);
        self.largest.fetch_max(bytes, Relaxed);
    }

    /// What came since the last keyframe, without the keyframe that has just
    /// come: it is the largest unit, in whichever order the two are told.
    pub(super) fn take(&self) -> Deltas {
        let (units, bytes) = (self.units.swap(0, Relaxed), self.bytes.swap(0, Relaxed));
        let largest = self.largest.swap(0, Relaxed);
        Deltas { units: units.saturating_sub(1), bytes: bytes.saturating_sub(largest) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keyframe_itself_is_no_delta_whenever_it_is_counted() {
        let count = DeltaCount::default();
        for bytes in [300, 200, 9_000] {
            count.unit(bytes);
        }
        assert_eq!(count.take(), Deltas { units: 2, bytes: 500 });
        for bytes in [9_000, 100] {
            count.unit(bytes);
        }
        let deltas = count.take();
        assert_eq!((deltas, deltas.mean_bytes()), (Deltas { units: 1, bytes: 100 }, Some(100.0)));
        assert_eq!(count.take().mean_bytes(), None);
    }
}
