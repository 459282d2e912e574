//! What the simulator must know of H.264 and H.265: where a NAL unit begins and what it is for.

use std::fmt;

/// The codecs that can be served as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VideoCodec {
    H264,
    H265,
}

/// What a NAL unit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NalRole {
    VideoParameters,
    SequenceParameters,
    PictureParameters,
    /// A slice of a picture that can be decoded alone.
    Keyframe,
    /// Delimiters and filling, which RTP does without.
    Padding,
    Other,
}

impl VideoCodec {
    /// The role of a NAL unit; `Padding` for one too short to be anything.
    pub(super) fn role(self, nal: &[u8]) -> NalRole {
        let Some(first) = nal.first().filter(|_| nal.len() > self.header_len()) else {
            return NalRole::Padding;
        };
        match (self, first & 0x1f, first >> 1 & 0x3f) {
            (Self::H264, 5, _) | (Self::H265, _, 16..=21) => NalRole::Keyframe,
            (Self::H264, 7, _) | (Self::H265, _, 33) => NalRole::SequenceParameters,
            (Self::H264, 8, _) | (Self::H265, _, 34) => NalRole::PictureParameters,
            (Self::H265, _, 32) => NalRole::VideoParameters,
            (Self::H264, 9..=12, _) | (Self::H265, _, 35..=38) => NalRole::Padding,
            _ => NalRole::Other,
        }
    }

    pub(super) const fn header_len(self) -> usize {
        match self {
            Self::H264 => 1,
            Self::H265 => 2,
        }
    }
}

impl fmt::Display for VideoCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::H264 => "H.264",
            Self::H265 => "H.265",
        })
    }
}

/// The NAL units of Annex B bytes, without start codes and trailing zeros.
pub(super) fn nals(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = after_start_code(bytes);
    std::iter::from_fn(move || {
        let from = rest?;
        let next = start_code(from);
        let nal = &from[..next.unwrap_or(from.len())];
        rest = next.and_then(|at| after_start_code(&from[at..]));
        let used = nal.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        Some(&nal[..used])
    })
    .filter(|nal| !nal.is_empty())
}

fn after_start_code(bytes: &[u8]) -> Option<&[u8]> {
    start_code(bytes).map(|at| &bytes[at + 3..])
}

/// Where the next `00 00 01` begins.
fn start_code(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(code) = bytes.get(at..at + 3) {
        match code {
            [0, 0, 1] => return Some(at),
            // The third byte can be no part of a start code, so all three are passed.
            [_, _, third] if *third > 1 => at += 3,
            _ => at += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_every_unit_between_start_codes(
            units in proptest::collection::vec(proptest::collection::vec(1u8.., 1..40), 0..8),
            long: bool,
        ) {
            let code: &[u8] = if long { &[0, 0, 0, 1] } else { &[0, 0, 1] };
            let bytes: Vec<u8> = units.iter().flat_map(|unit| [code, unit].concat()).collect();
            let found: Vec<_> = nals(&bytes).map(<[u8]>::to_vec).collect();
            prop_assert_eq!(found, units);
        }

        #[test]
        fn any_bytes_are_cut_without_panic(bytes in proptest::collection::vec(0u8..3, 0..60)) {
            for nal in nals(&bytes) {
                prop_assert!(!nal.is_empty() && start_code(nal).is_none());
            }
        }
    }

    #[test]
    fn tells_keyframes_from_the_rest() {
        assert_eq!(VideoCodec::H264.role(&[0x65, 0x88]), NalRole::Keyframe);
        assert_eq!(VideoCodec::H264.role(&[0x41, 0x88]), NalRole::Other);
        assert_eq!(VideoCodec::H265.role(&[0x26, 0x01, 0xaf]), NalRole::Keyframe);
        assert_eq!(VideoCodec::H265.role(&[0x40, 0x01, 0x0c]), NalRole::VideoParameters);
        assert_eq!(VideoCodec::H265.role(&[0x26]), NalRole::Padding);
    }
}
