//! Collects the slices of a keyframe, and only counts those of every other picture.

use bytes::Bytes;

use super::nal::Codec;
use super::nal::NalKind;
use super::parameter_sets::ParameterSets;

/// A 4K keyframe has about 1 MB; what is larger is broken or hostile.
pub(super) const UNIT_BYTES_MAX: usize = 8 << 20;

/// A stream without real keyframes for so long (RTP ticks at 90 kHz) is taken
/// at its word where it says that decoding may begin.
const RECOVERY_AFTER_TICKS: i64 = 3 * 90_000;

/// Supplementary messages kept for such a stream; the ones that matter have a few bytes.
const SEI_BYTES_MAX: usize = 4096;

/// One picture, as it arrived.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AccessUnit {
    /// Payload bytes received for it.
    pub(super) bytes: usize,
    /// RTP timestamp, extended.
    pub(super) timestamp: i64,
    pub(super) picture: Picture,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Picture {
    /// Annex B with parameter sets.
    Key(Bytes),
    /// A keyframe that cannot be used, and why.
    Spoiled(Fault),
    /// Needs others to be decoded: dropped unseen.
    Delta,
}

/// What spoils a keyframe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    PacketLost,
    TooLarge,
    NoParameterSets,
}

impl Fault {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::PacketLost => "packet_lost",
            Self::TooLarge => "too_large",
            Self::NoParameterSets => "no_parameter_sets",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// No slice yet.
    Undecided,
    Key,
    Delta,
}

/// The picture that is arriving.
#[derive(Debug)]
pub(super) struct Collector {
    codec: Codec,
    sets: ParameterSets,
    timestamp: Option<i64>,
    kind: Kind,
    fault: Option<Fault>,
    bytes: usize,
    data: Vec<u8>,
    /// Size of the keyframe before, so that the next one is allocated once.
    bytes_expected: usize,
    /// Timestamp of the picture that the last marker ended.
    marked: Option<i64>,
    /// Some cameras mark every slice instead of the last: then only a new timestamp ends a picture.
    marks_end_pictures: bool,
    /// First picture since the last keyframe.
    keyless_since: Option<i64>,
    /// A sequence parameter set or recovery point stands before this picture.
    may_begin_here: bool,
    sei: Vec<u8>,
}

impl Collector {
    pub(super) fn new(codec: Codec, sets: ParameterSets) -> Self {
        Self {
            codec,
            sets,
            timestamp: None,
            kind: Kind::Undecided,
            fault: None,
            bytes: 0,
            data: Vec::new(),
            bytes_expected: 0,
            marked: None,
            marks_end_pictures: true,
            keyless_since: None,
            may_begin_here: false,
            sei: Vec::new(),
        }
    }

    /// A packet of this timestamp begins; gives the picture before, if this ends it.
    pub(super) fn turn_to(&mut self, timestamp: i64) -> Option<AccessUnit> {
        let previous = (!self.is_at(timestamp)).then(|| self.finish()).flatten();
        // A picture that has no slice yet takes the new timestamp: some
        // cameras give parameter sets one of their own.
        self.timestamp = Some(timestamp);
        previous
    }

    pub(super) fn is_at(&self, timestamp: i64) -> bool {
        self.timestamp == Some(timestamp)
    }

    pub(super) fn count(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// The marker bit: ends the picture if it has a slice (some cameras mark other units too).
    pub(super) fn mark(&mut self) -> Option<AccessUnit> {
        if !self.marks_end_pictures || self.kind == Kind::Undecided {
            return None;
        }
        self.marked = self.timestamp;
        self.finish()
    }

    /// What was collected so far misses something.
    pub(super) fn spoil(&mut self, fault: Fault) {
        if self.kind != Kind::Undecided && self.fault.is_none() {
            self.fault = Some(fault);
            self.data = Vec::new();
        }
    }

    /// A slice begins, of which `head` holds at least the header; true if its bytes are wanted.
    pub(super) fn begin_slice(&mut self, kind: NalKind, head: &[u8]) -> bool {
        let begins_picture = self.codec.begins_picture(head);
        if self.kind == Kind::Undecided && !begins_picture && self.marked == self.timestamp {
            self.marks_end_pictures = false;
        }
        let key_after_delta = self.kind == Kind::Delta && kind == NalKind::KeySlice;
        if self.kind == Kind::Undecided || (key_after_delta && begins_picture) {
            self.decide(kind, head, begins_picture);
        }
        let wanted = self.kind == Kind::Key && self.fault.is_none();
        if wanted {
            self.append(&[0, 0, 0, 1]);
        }
        wanted
    }

    /// Bytes of the slice that is wanted.
    pub(super) fn append(&mut self, bytes: &[u8]) {
        if self.fault.is_some() {
            return;
        }
        if self.data.len() + bytes.len() > UNIT_BYTES_MAX {
            self.spoil(Fault::TooLarge);
            return;
        }
        self.data.extend_from_slice(bytes);
    }

    pub(super) fn parameter_set(&mut self, nal: &[u8]) {
        self.may_begin_here |= self.codec == Codec::H264 && self.codec.nal_type(nal[0]) == 7;
        self.sets.note(nal);
    }

    pub(super) fn sei(&mut self, nal: &[u8]) {
        self.may_begin_here |= self.codec.is_recovery_point(nal);
        let fits = self.sei.len() + nal.len() + 4 <= SEI_BYTES_MAX;
        if fits && self.kind == Kind::Undecided && self.is_without_keys() {
            self.sei.extend_from_slice(&[0, 0, 0, 1]);
            self.sei.extend_from_slice(nal);
        }
    }

    fn decide(&mut self, kind: NalKind, head: &[u8], begins_picture: bool) {
        let open_gop =
            self.may_begin_here && self.is_without_keys() && self.codec.is_intra_slice(head);
        if kind != NalKind::KeySlice && !open_gop {
            self.kind = Kind::Delta;
            self.keyless_since = self.keyless_since.or(self.timestamp);
            return;
        }
        if kind == NalKind::KeySlice {
            self.keyless_since = None;
        }
        self.kind = Kind::Key;
        self.fault = None;
        self.data = Vec::with_capacity(self.bytes_expected);
        if !self.sets.write(&mut self.data) {
            self.spoil(Fault::NoParameterSets);
        }
        let sei = std::mem::take(&mut self.sei);
        self.append(&sei);
        if !begins_picture {
            self.spoil(Fault::PacketLost);
        }
    }

    fn is_without_keys(&self) -> bool {
        let since = self.keyless_since.zip(self.timestamp);
        since.is_some_and(|(since, now)| now.saturating_sub(since) > RECOVERY_AFTER_TICKS)
    }

    fn finish(&mut self) -> Option<AccessUnit> {
        let kind = std::mem::replace(&mut self.kind, Kind::Undecided);
        if kind == Kind::Undecided {
            return None;
        }
        let timestamp = self.timestamp.take()?;
        let data = std::mem::take(&mut self.data);
        let picture = match (kind, self.fault.take()) {
            (Kind::Key, None) => {
                self.bytes_expected = data.len() + data.len() / 8;
                Picture::Key(Bytes::from(data))
            }
            (Kind::Key, Some(fault)) => Picture::Spoiled(fault),
            _ => Picture::Delta,
        };
        self.may_begin_here = false;
        self.sei.clear();
        Some(AccessUnit { bytes: std::mem::take(&mut self.bytes), timestamp, picture })
    }
}
