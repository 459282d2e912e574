//! The newest parameter sets of a stream, to be put before each keyframe.

use super::nal::Bits;
use super::nal::Codec;
use super::nal::split_annex_b;

/// Real sets have some tens of bytes, with scaling lists a few hundred.
const SET_BYTES_MAX: usize = 4096;

/// Cameras use one of each type; some a few picture parameter sets.
const SETS_MAX: usize = 16;

/// Newest set of each type and id, in the order a decoder wants them.
#[derive(Debug)]
pub(super) struct ParameterSets {
    codec: Codec,
    /// Invariant: sorted by key, at most `SETS_MAX`.
    sets: Vec<(SetKey, Box<[u8]>)>,
}

/// NAL type and the set's own id.
type SetKey = (u8, u32);

impl ParameterSets {
    pub(super) fn new(codec: Codec) -> Self {
        Self { codec, sets: Vec::new() }
    }

    /// Remembers all sets of an Annex B stream.
    pub(super) fn note_all(&mut self, stream: &[u8]) {
        split_annex_b(stream).for_each(|nal| self.note(nal));
    }

    /// Remembers a set in place of its elder. Sets of other layers and
    /// oversized ones are left out.
    pub(super) fn note(&mut self, nal: &[u8]) {
        let Some(key) = self.key(nal).filter(|_| nal.len() <= SET_BYTES_MAX) else { return };
        match self.sets.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(at) if *self.sets[at].1 == *nal => {}
            Ok(at) => self.sets[at].1 = nal.into(),
            Err(_) if self.sets.len() == SETS_MAX => {}
            Err(at) => self.sets.insert(at, (key, nal.into())),
        }
    }

    /// Writes all sets with start codes; false if a decoder could not begin with them.
    pub(super) fn write(&self, out: &mut Vec<u8>) -> bool {
        for (_, set) in &self.sets {
            out.extend_from_slice(&[0, 0, 0, 1]);
            out.extend_from_slice(set);
        }
        let needed: [u8; 2] = match self.codec {
            Codec::H264 => [7, 8],
            Codec::H265 => [33, 34],
        };
        needed.iter().all(|nal_type| self.sets.iter().any(|((found, _), _)| found == nal_type))
    }

    fn key(&self, nal: &[u8]) -> Option<SetKey> {
        let nal_type = self.codec.nal_type(*nal.first()?);
        let id = match (self.codec, nal_type) {
            // Profile, constraints and level stand before a sequence's id.
            (Codec::H264, 7) => Bits::new(nal.get(4..)?).exp_golomb()?,
            (Codec::H264, 8) => Bits::new(nal.get(1..)?).exp_golomb()?,
            // A layer other than the base one is nothing for our decoders.
            (Codec::H265, _) if nal[0] & 1 != 0 || nal.get(1)? >> 3 != 0 => return None,
            (Codec::H265, 34) => Bits::new(nal.get(2..)?).exp_golomb()?,
            // Cameras send one video and one sequence set; their ids stand too deep to be read here.
            _ => 0,
        };
        Some((nal_type, id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_each_id_wins_and_order_is_a_decoders() {
        let mut sets = ParameterSets::new(Codec::H264);
        let mut out = Vec::new();
        sets.note(&[0x68, 0x80, 1]);
        assert!(!sets.write(&mut out));
        sets.note_all(&[0, 0, 1, 0x67, 66, 0, 30, 0x80, 5, 0, 0, 0, 1, 0x68, 0x80, 2]);
        out.clear();
        assert!(sets.write(&mut out));
        assert_eq!(out, [0, 0, 0, 1, 0x67, 66, 0, 30, 0x80, 5, 0, 0, 0, 1, 0x68, 0x80, 2]);
    }

    #[test]
    fn forged_sets_do_not_grow_without_bound() {
        let mut sets = ParameterSets::new(Codec::H264);
        for id in 0..=255 {
            sets.note(&[0x68, id, 1]);
            sets.note(&vec![0x67; 10_000]);
        }
        let mut out = Vec::new();
        sets.write(&mut out);
        assert!(out.len() <= SETS_MAX * (SET_BYTES_MAX + 4));
    }
}
