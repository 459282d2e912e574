//! RTP payloads of H.264 (RFC 6184) and H.265 (RFC 7798) to keyframes.
//!
//! Written here rather than taken from `retina`'s `demuxed()`, which puts
//! every picture together before we see it: it scans and copies all bytes of
//! all deltas, its ring buffer grows to the size of the largest picture (for
//! 1,000 cameras hundreds of MB), and one odd packet ends the session. At the
//! packet level each packet is copied once, by `retina` (some 220 of them a
//! second at 2.5 Mbit/s), the ring stays at 64 KiB, and a delta's packet is
//! dropped after a look at its first two bytes.

use super::access_unit::AccessUnit;
use super::access_unit::Collector;
use super::access_unit::Fault;
use super::access_unit::UNIT_BYTES_MAX;
use super::nal::Codec;
use super::nal::NalKind;
use super::nal::split_annex_b;
use super::parameter_sets::ParameterSets;

/// A buffer for odd fragments larger than this is given back after use.
const ASIDE_BYTES_KEPT: usize = 4096;

/// One RTP packet, in order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet<'a> {
    pub(super) payload: &'a [u8],
    /// Extended RTP timestamp.
    pub(super) timestamp: i64,
    /// The marker bit.
    pub(super) marked: bool,
    /// Packets before this one did not arrive.
    pub(super) after_loss: bool,
}

/// What becomes of the NAL unit that is arriving in fragments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fragment {
    None,
    /// Part of a keyframe: appended.
    Wanted,
    /// Part of a delta, or its beginning was lost.
    Unwanted,
    /// Not a slice by its type, but perhaps a whole Annex B stream: kept aside until its end.
    Aside,
}

/// Forgives what cameras are known to do: markers on units that end nothing,
/// fragments that change their type, Annex B inside RTP, padding, markers on every slice.
#[derive(Debug)]
pub(super) struct Depacketizer {
    codec: Codec,
    unit: Collector,
    fragment: Fragment,
    aside: Vec<u8>,
}

impl Depacketizer {
    /// `sets` are those known before the first packet.
    pub(super) fn new(codec: Codec, sets: ParameterSets) -> Self {
        let unit = Collector::new(codec, sets);
        Self { codec, unit, fragment: Fragment::None, aside: Vec::new() }
    }

    /// Takes one packet and gives the pictures that it ends.
    pub(super) fn push(&mut self, packet: Packet<'_>, mut give: impl FnMut(AccessUnit)) {
        let breaks_off = self.fragment != Fragment::None && !self.unit.is_at(packet.timestamp);
        if packet.after_loss || breaks_off {
            self.end_fragment();
            self.unit.spoil(Fault::PacketLost);
        }
        if let Some(ended) = self.unit.turn_to(packet.timestamp) {
            give(ended);
        }
        self.unit.count(packet.payload.len());
        self.payload(packet.payload);
        if packet.marked {
            if self.fragment == Fragment::Aside {
                self.take_aside();
            }
            self.end_fragment();
            if let Some(ended) = self.unit.mark() {
                give(ended);
            }
        }
    }

    fn payload(&mut self, payload: &[u8]) {
        let Some(first) = payload.first() else { return };
        match (self.codec, self.codec.nal_type(*first)) {
            (Codec::H264, 24) => self.aggregate(&payload[1..]),
            (Codec::H265, 48) => self.aggregate(payload.get(2..).unwrap_or_default()),
            (Codec::H264, 28) if payload.len() > 2 => {
                let header = [(first & 0xe0) | (payload[1] & 0x1f), 0];
                self.fragment(payload[1], &header[..1], &payload[2..]);
            }
            (Codec::H265, 49) if payload.len() > 3 => {
                let header = [(first & 0x81) | ((payload[2] & 0x3f) << 1), payload[1]];
                self.fragment(payload[2], &header, &payload[3..]);
            }
            _ => {
                self.end_fragment();
                self.whole(payload);
            }
        }
    }

    /// Several NAL units, each after its length.
    fn aggregate(&mut self, mut rest: &[u8]) {
        self.end_fragment();
        while let Some((length, after)) = rest.split_first_chunk::<2>() {
            let length = usize::from(u16::from_be_bytes(*length));
            let Some((nal, after)) = after.split_at_checked(length) else {
                self.unit.spoil(Fault::PacketLost);
                return;
            };
            self.whole(nal);
            rest = after;
        }
    }

    /// A part of a NAL unit; `flags` has the start bit first and the end bit second.
    fn fragment(&mut self, flags: u8, header: &[u8], body: &[u8]) {
        let (starts, ends) = (flags & 0x80 != 0, flags & 0x40 != 0);
        if starts {
            self.end_fragment();
            self.begin_fragment(header, body);
        } else {
            // The type in later fragments is not looked at: some cameras change it midway.
            match self.fragment {
                Fragment::Wanted => self.unit.append(body),
                Fragment::Aside if self.aside.len() + body.len() <= UNIT_BYTES_MAX => {
                    self.aside.extend_from_slice(body);
                }
                Fragment::Aside => self.end_fragment(),
                Fragment::Unwanted => {}
                Fragment::None => self.begin_without_start(header),
            }
        }
        if ends {
            if self.fragment == Fragment::Aside {
                self.take_aside();
            }
            self.fragment = Fragment::None;
        }
    }

    fn begin_fragment(&mut self, header: &[u8], body: &[u8]) {
        let kind = self.codec.kind(self.codec.nal_type(header[0]));
        self.fragment = match kind {
            NalKind::KeySlice | NalKind::Slice => {
                // Sixteen bytes hold all that a decision needs of a slice.
                let mut head = [0; 18];
                let (front, back) = head.split_at_mut(header.len());
                let known = body.len().min(16);
                front.copy_from_slice(header);
                back[..known].copy_from_slice(&body[..known]);
                if self.unit.begin_slice(kind, &head[..header.len() + known]) {
                    self.unit.append(header);
                    self.unit.append(body);
                    Fragment::Wanted
                } else {
                    Fragment::Unwanted
                }
            }
            NalKind::Ignored => Fragment::Unwanted,
            NalKind::ParameterSet | NalKind::Sei | NalKind::Delimiter => {
                self.aside.clear();
                self.aside.extend_from_slice(header);
                self.aside.extend_from_slice(body);
                Fragment::Aside
            }
        };
    }

    /// A middle or end without its beginning. If it belongs to a keyframe,
    /// that keyframe must be known as spoiled, not pass as whole.
    fn begin_without_start(&mut self, header: &[u8]) {
        let kind = self.codec.kind(self.codec.nal_type(header[0]));
        if matches!(kind, NalKind::KeySlice | NalKind::Slice) {
            self.unit.begin_slice(kind, header);
            self.unit.spoil(Fault::PacketLost);
        }
        self.fragment = Fragment::Unwanted;
    }

    /// A fragmented unit is over, with or without its end.
    fn end_fragment(&mut self) {
        if self.fragment == Fragment::Aside {
            self.aside = Vec::new();
        }
        self.fragment = Fragment::None;
    }

    fn take_aside(&mut self) {
        let mut aside = std::mem::take(&mut self.aside);
        self.whole(&aside);
        self.fragment = Fragment::None;
        if aside.capacity() <= ASIDE_BYTES_KEPT {
            aside.clear();
            self.aside = aside;
        }
    }

    /// A NAL unit, or an Annex B stream in the place of one.
    fn whole(&mut self, nal: &[u8]) {
        let Some(first) = nal.first() else { return };
        let has_start_code = nal.starts_with(&[0, 0, 1]) || nal.starts_with(&[0, 0, 0, 1]);
        let kind = self.codec.kind(self.codec.nal_type(*first));
        let is_slice = matches!(kind, NalKind::KeySlice | NalKind::Slice);
        if is_slice && !has_start_code {
            self.one(nal);
        } else {
            split_annex_b(nal).for_each(|nal| self.one(nal));
        }
    }

    fn one(&mut self, nal: &[u8]) {
        let Some(first) = nal.first() else { return };
        match self.codec.kind(self.codec.nal_type(*first)) {
            kind @ (NalKind::KeySlice | NalKind::Slice) => {
                if self.unit.begin_slice(kind, nal) {
                    self.unit.append(nal);
                }
            }
            NalKind::ParameterSet => self.unit.parameter_set(nal),
            NalKind::Sei => self.unit.sei(nal),
            NalKind::Delimiter | NalKind::Ignored => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::ingest::rtsp::access_unit::Picture;

    use super::*;

    const SPS: &[u8] = &[0x67, 66, 0, 30, 0x80, 5];
    const PPS: &[u8] = &[0x68, 0x80, 2];
    const IDR: &[u8] = &[0x65, 0x88, 1, 2, 3, 4];
    const IDR_SECOND_SLICE: &[u8] = &[0x65, 0x48, 9, 9];
    const DELTA: &[u8] = &[0x41, 0x9a, 7, 7];
    const SEI: &[u8] = &[0x06, 5, 1, 1];

    /// Packets as (payload, timestamp, marked), in order and complete.
    fn pictures(codec: Codec, packets: &[(&[u8], i64, bool)]) -> Vec<Picture> {
        let packets = packets.iter().map(|(payload, timestamp, marked)| Packet {
            payload,
            timestamp: *timestamp,
            marked: *marked,
            after_loss: false,
        });
        run(codec, packets)
    }

    fn run<'a>(codec: Codec, packets: impl Iterator<Item = Packet<'a>>) -> Vec<Picture> {
        let mut depacketizer = Depacketizer::new(codec, ParameterSets::new(codec));
        let mut found = Vec::new();
        packets.for_each(|packet| depacketizer.push(packet, |unit| found.push(unit.picture)));
        found
    }

    fn key(nals: &[&[u8]]) -> Picture {
        let with_codes = nals.iter().flat_map(|nal| [&[0, 0, 0, 1][..], nal].concat());
        Picture::Key(with_codes.collect::<Vec<_>>().into())
    }

    #[test]
    fn gives_keyframes_with_parameter_sets_and_only_counts_deltas() {
        let packets = [(SPS, 0, false), (PPS, 0, false), (IDR, 0, true), (DELTA, 3600, true)];
        assert_eq!(pictures(Codec::H264, &packets), [key(&[SPS, PPS, IDR]), Picture::Delta]);
    }

    #[test]
    fn joins_fragments_even_if_their_type_changes_midway() {
        let stap = [&[24, 0, 6][..], SPS, &[0, 3], PPS].concat();
        let packets = [
            (&stap[..], 0, false),
            (&[0x7c, 0x85, 0x88, 1], 0, false),
            (&[0x7c, 0x01, 2, 3], 0, false),
            (&[0x7c, 0x45, 4], 0, true),
        ];
        assert_eq!(pictures(Codec::H264, &packets), [key(&[SPS, PPS, IDR])]);
    }

    #[test]
    fn a_marker_on_parameter_sets_or_sei_ends_nothing() {
        let packets = [(SPS, 0, true), (PPS, 10, true), (SEI, 20, true), (IDR, 20, true)];
        assert_eq!(pictures(Codec::H264, &packets), [key(&[SPS, PPS, IDR])]);
    }

    #[test]
    fn a_new_timestamp_ends_a_picture_without_marker() {
        let packets = [(SPS, 0, false), (PPS, 0, false), (IDR, 0, false), (DELTA, 3600, false)];
        assert_eq!(pictures(Codec::H264, &packets), [key(&[SPS, PPS, IDR])]);
    }

    #[test]
    fn joins_several_slices_and_learns_from_markers_on_each() {
        let sets = [(SPS, 0, false), (PPS, 0, false)];
        let both = [(IDR, 0, false), (IDR_SECOND_SLICE, 0, true)];
        let whole = key(&[SPS, PPS, IDR, IDR_SECOND_SLICE]);
        assert_eq!(pictures(Codec::H264, &[&sets[..], &both].concat()), [whole]);

        let marked = |at| [(IDR, at, true), (IDR_SECOND_SLICE, at, true)];
        let packets = [&sets[..], &marked(0), &marked(10), &[(DELTA, 20, true)]].concat();
        let found = pictures(Codec::H264, &packets);
        assert_eq!(found.last(), Some(&key(&[SPS, PPS, IDR, IDR_SECOND_SLICE])));
    }

    #[test]
    fn reads_annex_b_streams_inside_a_packet_and_inside_fragments() {
        let stream = [SPS, &[0, 0, 0, 1], PPS, &[0, 0, 1], IDR].concat();
        let expected = [key(&[SPS, PPS, IDR])];
        assert_eq!(pictures(Codec::H264, &[(&stream, 0, true)]), expected);

        let with_code = [&[0, 0, 0, 1], &stream[..]].concat();
        assert_eq!(pictures(Codec::H264, &[(&with_code, 0, true)]), expected);

        let (front, back) = stream[1..].split_at(7);
        let (front, back) = ([&[0x7c, 0x87], front].concat(), [&[0x7c, 0x47], back].concat());
        assert_eq!(pictures(Codec::H264, &[(&front, 0, false), (&back, 0, true)]), expected);
    }

    #[test]
    fn a_keyframe_with_a_lost_packet_is_not_given() {
        let start: &[u8] = &[0x7c, 0x85, 0x88, 1];
        let end: &[u8] = &[0x7c, 0x45, 4];
        for first_lost in [true, false] {
            let mut packets = vec![(SPS, false), (PPS, false), (start, false), (end, true)];
            if first_lost {
                packets.remove(2);
            }
            let last = packets.len() - 1;
            let packets = packets.into_iter().enumerate().map(|(i, (payload, marked))| Packet {
                payload,
                timestamp: 0,
                marked,
                after_loss: i == last,
            });
            assert_eq!(run(Codec::H264, packets), [Picture::Spoiled(Fault::PacketLost)]);
        }
    }

    #[test]
    fn a_keyframe_without_parameter_sets_or_too_large_is_not_given() {
        let found = pictures(Codec::H264, &[(IDR, 0, true)]);
        assert_eq!(found, [Picture::Spoiled(Fault::NoParameterSets)]);

        let middle = [&[0x7c, 0x05][..], &vec![7; 60_000]].concat();
        let mut packets =
            vec![(SPS, 0, false), (PPS, 0, false), (&[0x7c, 0x85, 0x88][..], 0, false)];
        packets.extend((0..200).map(|_| (&middle[..], 0, false)));
        packets.push((DELTA, 10, true));
        let found = pictures(Codec::H264, &packets);
        assert_eq!(found, [Picture::Spoiled(Fault::TooLarge), Picture::Delta]);
    }

    #[test]
    fn takes_intra_pictures_of_a_stream_that_has_no_idr() {
        // first_mb_in_slice 0, slice_type 7 (I): 1 0001000
        let intra: &[u8] = &[0x41, 0b1000_1000, 0, 1];
        let recovery_point: &[u8] = &[0x06, 6, 1, 0xc4];
        let second = 90_000;
        let group = |s: i64| {
            let at = s * second;
            [
                (SPS, at, false),
                (PPS, at, false),
                (recovery_point, at, false),
                (intra, at, true),
                (DELTA, at + 3600, true),
            ]
        };
        let found = pictures(Codec::H264, &[group(0), group(2), group(4)].concat());
        assert_eq!(found.iter().filter(|p| **p == Picture::Delta).count(), 5);
        assert_eq!(found[4], key(&[SPS, PPS, recovery_point, intra]));
    }

    #[test]
    fn reads_h265_in_single_units_aggregates_and_fragments() {
        let (vps, sps, pps): (&[u8], &[u8], &[u8]) = (&[64, 1, 7], &[66, 1, 8], &[68, 1, 0x80]);
        let idr: &[u8] = &[38, 1, 0x80, 1, 2, 3];
        let aggregate = [&[96, 1, 0, 3][..], vps, &[0, 3], sps, &[0, 3], pps].concat();
        let packets = [
            (&aggregate[..], 0, false),
            (&[98, 1, 0x93, 0x80, 1], 0, false),
            (&[98, 1, 0x53, 2, 3], 0, true),
            (&[2, 1, 0x80, 5], 3600, true),
        ];
        let found = pictures(Codec::H265, &packets);
        assert_eq!(found, [key(&[vps, sps, pps, idr]), Picture::Delta]);
    }

    fn any_packet() -> impl Strategy<Value = (Vec<u8>, i64, bool, bool)> {
        let first = prop::sample::select(vec![
            0x65_u8, 0x41, 0x67, 0x68, 6, 9, 24, 28, 0x7c, 0, 38, 2, 64, 66, 68, 96, 98, 0xff,
        ]);
        let payload = (first, prop::collection::vec(any::<u8>(), 0..40))
            .prop_map(|(first, rest)| [&[first][..], &rest].concat());
        let payload = prop_oneof![payload, prop::collection::vec(0_u8..2, 0..12)];
        (payload, -3..3_i64, any::<bool>(), prop::bool::weighted(0.1))
    }

    proptest! {
        #[test]
        fn any_packets_in_any_order_are_taken_in_bounded_memory(
            packets in prop::collection::vec(any_packet(), 0..200),
            h264: bool,
        ) {
            let codec = if h264 { Codec::H264 } else { Codec::H265 };
            let mut depacketizer = Depacketizer::new(codec, ParameterSets::new(codec));
            let received: usize = packets.iter().map(|(payload, ..)| payload.len()).sum();
            let mut told = 0;
            for (payload, timestamp, marked, after_loss) in &packets {
                let packet = Packet {
                    payload,
                    timestamp: *timestamp,
                    marked: *marked,
                    after_loss: *after_loss,
                };
                depacketizer.push(packet, |unit| told += unit.bytes);
                prop_assert!(depacketizer.aside.len() <= received);
            }
            prop_assert!(told <= received);
        }
    }
}
