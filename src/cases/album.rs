//! Keyframes kept because they may become evidence: the first picture of each watched stay.
//!
//! They stay compressed and are decoded only if a case is filed; several stays
//! that began in one picture share it.

use std::collections::BTreeSet;
use std::collections::VecDeque;

use crate::ingest::Keyframe;
use crate::tracking::StayId;

/// A dozen 1080p keyframes a camera; at 400 cameras far below a gigabyte even
/// if all of them are full.
const BYTES_MAX: usize = 2 * 1024 * 1024;

/// One camera's album. When it is full the oldest picture goes, and a case of
/// its stays begins with the picture at the threshold.
#[derive(Debug, Default)]
pub struct Album {
    pages: VecDeque<Page>,
    bytes: usize,
}

#[derive(Debug)]
struct Page {
    keyframe: Keyframe,
    stays: BTreeSet<StayId>,
}

impl Album {
    /// These stays are first watched in this picture.
    pub fn keep(&mut self, keyframe: &Keyframe, stays: &[StayId]) {
        let known = |stay: &StayId| self.pages.iter().any(|page| page.stays.contains(stay));
        let new: BTreeSet<_> = stays.iter().copied().filter(|stay| !known(stay)).collect();
        if new.is_empty() || keyframe.data.len() > BYTES_MAX {
            return;
        }
        self.bytes += keyframe.data.len();
        self.pages.push_back(Page { keyframe: keyframe.clone(), stays: new });
        while self.bytes > BYTES_MAX {
            let Some(oldest) = self.pages.pop_front() else { break };
            self.bytes -= oldest.keyframe.data.len();
        }
    }

    /// The picture in which the stay was first watched, if still kept.
    #[must_use]
    pub fn first_of(&self, stay: StayId) -> Option<&Keyframe> {
        self.pages.iter().find(|page| page.stays.contains(&stay)).map(|page| &page.keyframe)
    }

    /// Lets go of what belongs to no stay any more.
    pub fn retain(&mut self, still_there: impl Fn(StayId) -> bool) {
        self.pages.retain_mut(|page| {
            page.stays.retain(|stay| still_there(*stay));
            !page.stays.is_empty()
        });
        self.bytes = self.pages.iter().map(|page| page.keyframe.data.len()).sum();
    }

    /// Compressed bytes held.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use crate::ingest::CaptureClock;
    use crate::ingest::Orientation;
    use crate::time::Timestamp;

    use super::*;

    fn keyframe(secs: i64, bytes: usize) -> Keyframe {
        let at = Timestamp::from_secs(secs);
        Keyframe {
            data: Bytes::from(vec![0; bytes]),
            caps: "video/x-h264".into(),
            orientation: Orientation::Upright,
            captured_at: at,
            capture_clock: CaptureClock::Arrival,
            received_at: at,
            deltas: None,
        }
    }

    #[test]
    fn keeps_the_first_picture_of_a_stay_and_shares_it() {
        let mut album = Album::default();
        album.keep(&keyframe(1, 100), &[StayId(1), StayId(2)]);
        album.keep(&keyframe(5, 100), &[StayId(1)]);
        assert_eq!(album.first_of(StayId(1)).map(|k| k.captured_at), Some(Timestamp::from_secs(1)));
        assert_eq!(album.bytes(), 100);
        album.retain(|stay| stay == StayId(2));
        assert!(album.first_of(StayId(1)).is_none() && album.first_of(StayId(2)).is_some());
    }

    #[test]
    fn a_full_album_lets_the_oldest_go() {
        let mut album = Album::default();
        for n in 0..5 {
            album.keep(&keyframe(n, BYTES_MAX / 3), &[StayId(n)]);
        }
        assert!(album.bytes() <= BYTES_MAX);
        assert!(album.first_of(StayId(0)).is_none() && album.first_of(StayId(4)).is_some());
    }
}
