//! Cuts NAL units into RTP payloads: whole where they fit, else as fragments (RFC 6184 and RFC 7798).

use super::VideoCodec;

/// With all headers a packet stays below an Ethernet frame's 1,500 bytes.
pub(super) const PAYLOAD_BYTES_MAX: usize = 1400;

/// H.264's FU-A and H.265's FU.
const FU_A: u8 = 28;
const FU: u8 = 49;

/// The payloads of an access unit, end to end, and the length of each.
#[derive(Debug, Default)]
pub(super) struct Payloads {
    pub(super) bytes: Vec<u8>,
    pub(super) lens: Vec<u16>,
}

impl Payloads {
    /// Adds a NAL unit, which must be longer than its header.
    pub(super) fn add(&mut self, codec: VideoCodec, nal: &[u8]) {
        if nal.len() <= PAYLOAD_BYTES_MAX {
            self.lens.push(nal.len() as u16);
            self.bytes.extend_from_slice(nal);
            return;
        }
        let (header, body) = nal.split_at(codec.header_len());
        let mut prefix = fragment_prefix(codec, header);
        let part_bytes = PAYLOAD_BYTES_MAX - prefix.len();
        let parts = body.len().div_ceil(part_bytes);
        let kind = *prefix.last().expect("a prefix has two or three bytes");
        for (number, part) in (1..).zip(body.chunks(part_bytes)) {
            let start = if number == 1 { 0x80 } else { 0 };
            let end = if number == parts { 0x40 } else { 0 };
            *prefix.last_mut().expect("a prefix has two or three bytes") = kind | start | end;
            self.lens.push((prefix.len() + part.len()) as u16);
            self.bytes.extend_from_slice(&prefix);
            self.bytes.extend_from_slice(part);
        }
    }
}

/// What stands before each fragment; its last byte is the NAL unit's type,
/// to which the marks of the first and last fragment are added.
fn fragment_prefix(codec: VideoCodec, header: &[u8]) -> Vec<u8> {
    let first = header[0];
    match codec {
        VideoCodec::H264 => vec![first & 0xe0 | FU_A, first & 0x1f],
        VideoCodec::H265 => vec![first & 0x81 | FU << 1, header[1], first >> 1 & 0x3f],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Puts payloads together again as a receiver does.
    fn reassemble(codec: VideoCodec, payloads: &Payloads) -> Vec<Vec<u8>> {
        let mut nals: Vec<Vec<u8>> = Vec::new();
        let mut rest = payloads.bytes.as_slice();
        for len in &payloads.lens {
            let (payload, after) = rest.split_at(usize::from(*len));
            rest = after;
            match (codec, payload[0] & 0x1f, payload[0] >> 1 & 0x3f) {
                (VideoCodec::H264, FU_A, _) => {
                    if payload[1] & 0x80 != 0 {
                        nals.push(vec![payload[0] & 0xe0 | payload[1] & 0x1f]);
                    }
                    nals.last_mut().unwrap().extend_from_slice(&payload[2..]);
                }
                (VideoCodec::H265, _, FU) => {
                    if payload[2] & 0x80 != 0 {
                        nals.push(vec![payload[0] & 0x81 | (payload[2] & 0x3f) << 1, payload[1]]);
                    }
                    nals.last_mut().unwrap().extend_from_slice(&payload[3..]);
                }
                _ => nals.push(payload.to_vec()),
            }
        }
        assert!(rest.is_empty());
        nals
    }

    proptest! {
        #[test]
        fn what_is_cut_can_be_put_together(
            units in proptest::collection::vec((1u8..24, 0u8..4, 3usize..9000, any::<u8>()), 1..6),
        ) {
            for codec in [VideoCodec::H264, VideoCodec::H265] {
                let nals: Vec<Vec<u8>> = units.iter().map(|(kind, importance, len, fill)| {
                    let mut nal = vec![*fill; *len];
                    nal[0] = match codec {
                        VideoCodec::H264 => importance << 5 | kind,
                        VideoCodec::H265 => kind << 1,
                    };
                    nal
                }).collect();
                let mut payloads = Payloads::default();
                for nal in &nals {
                    payloads.add(codec, nal);
                }
                prop_assert!(payloads.lens.iter().all(|len| usize::from(*len) <= PAYLOAD_BYTES_MAX));
                prop_assert_eq!(reassemble(codec, &payloads), nals);
            }
        }
    }

    #[test]
    fn marks_the_first_and_the_last_fragment() {
        let mut payloads = Payloads::default();
        let nal = [&[0x65][..], &[7; 3 * 1398]].concat();
        payloads.add(VideoCodec::H264, &nal);
        assert_eq!(payloads.lens, [1400, 1400, 1400]);
        let marks: Vec<_> = payloads.bytes.chunks(1400).map(|packet| packet[1]).collect();
        assert_eq!(marks, [0x85, 0x05, 0x45]);
        assert_eq!(payloads.bytes[0], 0x7c);
    }
}
