//! What a NAL unit is for, told from its first bytes.

use std::sync::Arc;
use std::sync::LazyLock;

/// A compression that an RTSP camera sends as NAL units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    H264,
    H265,
}

/// What a NAL unit means to someone who wants keyframes only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NalKind {
    /// Part of a picture that can be decoded alone.
    KeySlice,
    /// Part of a picture that needs others.
    Slice,
    ParameterSet,
    Sei,
    /// Access unit delimiters and ends of sequence: carry nothing themselves.
    Delimiter,
    Ignored,
}

impl Codec {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::H264 => "H.264",
            Self::H265 => "H.265",
        }
    }

    /// The same text for every keyframe of every camera.
    pub(super) fn caps(self) -> Arc<str> {
        static H264: LazyLock<Arc<str>> =
            LazyLock::new(|| "video/x-h264,stream-format=byte-stream,alignment=au".into());
        static H265: LazyLock<Arc<str>> =
            LazyLock::new(|| "video/x-h265,stream-format=byte-stream,alignment=au".into());
        Arc::clone(match self {
            Self::H264 => &H264,
            Self::H265 => &H265,
        })
    }

    pub(super) fn header_len(self) -> usize {
        match self {
            Self::H264 => 1,
            Self::H265 => 2,
        }
    }

    pub(super) fn nal_type(self, first_byte: u8) -> u8 {
        match self {
            Self::H264 => first_byte & 0x1f,
            Self::H265 => (first_byte >> 1) & 0x3f,
        }
    }

    pub(super) fn kind(self, nal_type: u8) -> NalKind {
        match (self, nal_type) {
            (Self::H264, 5) | (Self::H265, 16..=21) => NalKind::KeySlice,
            (Self::H264, 1..=4) | (Self::H265, 0..=9) => NalKind::Slice,
            (Self::H264, 7 | 8) | (Self::H265, 32..=34) => NalKind::ParameterSet,
            (Self::H264, 6) | (Self::H265, 39 | 40) => NalKind::Sei,
            (Self::H264, 9..=11) | (Self::H265, 35..=37) => NalKind::Delimiter,
            _ => NalKind::Ignored,
        }
    }

    /// Whether the slice begins a picture: in both codecs the first bit after
    /// the header says so (`first_mb_in_slice` 0, `first_slice_segment_in_pic_flag`).
    pub(super) fn begins_picture(self, slice: &[u8]) -> bool {
        slice.get(self.header_len()).is_some_and(|byte| byte & 0x80 != 0)
    }

    /// Whether an H.264 slice refers to no other picture (slice types I and SI).
    pub(super) fn is_intra_slice(self, slice: &[u8]) -> bool {
        let mut bits = Bits::new(slice.get(1..).unwrap_or_default());
        let slice_type = bits.exp_golomb().and_then(|_first_mb| bits.exp_golomb());
        self == Self::H264 && slice_type.is_some_and(|kind| matches!(kind, 2 | 4 | 7 | 9))
    }

    /// Whether an H.264 SEI message says that decoding may begin here.
    pub(super) fn is_recovery_point(self, sei: &[u8]) -> bool {
        self == Self::H264 && sei.get(1) == Some(&6)
    }
}

/// The NAL units of an Annex B stream, or the one unit that has no start codes in it.
/// Zeros at a unit's end are padding and left out.
pub(super) fn split_annex_b(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(stream);
    let units = std::iter::from_fn(move || {
        let here = rest?;
        let start_code = here.windows(3).position(|three| three == [0, 0, 1]);
        rest = start_code.map(|at| &here[at + 3..]);
        Some(without_padding(&here[..start_code.unwrap_or(here.len())]))
    });
    units.filter(|unit| !unit.is_empty())
}

fn without_padding(unit: &[u8]) -> &[u8] {
    let end = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &unit[..end]
}

/// Reads the numbers at the beginning of a NAL unit. Emulation prevention is
/// not undone: the few bits read here come before it can occur.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    read: usize,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, read: 0 }
    }

    /// An unsigned Exp-Golomb number of up to 31 bits.
    pub(super) fn exp_golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.bit()? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        let mut number = 1_u64;
        for _ in 0..zeros {
            number = (number << 1) | u64::from(self.bit()?);
        }
        u32::try_from(number - 1).ok()
    }

    fn bit(&mut self) -> Option<u8> {
        let byte = self.data.get(self.read / 8)?;
        let bit = (byte >> (7 - self.read % 8)) & 1;
        self.read += 1;
        Some(bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_at_start_codes_of_either_length_and_drops_padding() {
        let units: Vec<_> = split_annex_b(&[0, 0, 0, 1, 7, 9, 0, 0, 1, 8, 3, 0, 0]).collect();
        assert_eq!(units, [&[7, 9][..], &[8, 3]]);
        assert_eq!(split_annex_b(&[5, 1, 2]).collect::<Vec<_>>(), [[5, 1, 2]]);
        assert_eq!(split_annex_b(&[]).count() + split_annex_b(&[0, 0, 0, 1]).count(), 0);
    }

    #[test]
    fn reads_exp_golomb_numbers() {
        // 1 | 010 | 00111 -> 0, 1, 6
        let mut bits = Bits::new(&[0b1010_0011, 0b1000_0000]);
        assert_eq!([(); 3].map(|()| bits.exp_golomb()), [Some(0), Some(1), Some(6)]);
        assert_eq!(Bits::new(&[0; 8]).exp_golomb(), None);
    }

    #[test]
    fn tells_keys_from_deltas() {
        assert_eq!(Codec::H264.kind(Codec::H264.nal_type(0x65)), NalKind::KeySlice);
        assert_eq!(Codec::H264.kind(Codec::H264.nal_type(0x41)), NalKind::Slice);
        assert_eq!(Codec::H265.kind(Codec::H265.nal_type(19 << 1)), NalKind::KeySlice);
        assert_eq!(Codec::H265.kind(Codec::H265.nal_type(1 << 1)), NalKind::Slice);
    }
}
