//! A clip in memory: its access units, cut into RTP payloads once for all cameras that show it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::SimError;
use super::VideoCodec;
use super::codec::NalRole;
use super::codec::nals;
use super::order::PictureOrder;
use super::order::Place;
use super::packets::Payloads;
use super::reader::Reader;
use super::timing::Timing;

/// Ten minutes at 3.5 Mbit/s; a longer clip belongs on a real server.
const CLIP_BYTES_MAX: usize = 256 << 20;

/// A clip ready to be served. Invariant: it has at least one unit, and the first is a keyframe.
#[derive(Debug)]
pub struct Clip {
    codec: VideoCodec,
    size: (u32, u32),
    parameters: ParameterSets,
    units: Vec<Unit>,
    lap_us: u64,
    ahead_us: u64,
}

/// The first parameter sets of a clip, for its description.
#[derive(Debug, Default)]
pub(super) struct ParameterSets {
    /// Only H.265 has one.
    pub(super) video: Vec<u8>,
    pub(super) sequence: Vec<u8>,
    pub(super) picture: Vec<u8>,
}

/// One access unit as RTP payloads.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) keyframe: bool,
    /// From the clip's beginning, in microseconds.
    pub(super) sent_us: u64,
    pub(super) shown_us: u64,
    payloads: Bytes,
    lens: Box<[u16]>,
}

impl Clip {
    /// Reads a file's video into memory. Blocks while it reads.
    ///
    /// # Errors
    /// When the file cannot be read, is neither H.264 nor H.265, has no
    /// keyframe, or is too large.
    pub fn load(path: &Path) -> Result<Arc<Self>, SimError> {
        let mut reader = Reader::open(path)?;
        let mut gathered = Gathered::default();
        while let Some(unit) = reader.next_unit()? {
            gathered.add(unit.codec, &unit.bytes, unit.shown_us);
            if gathered.bytes > CLIP_BYTES_MAX {
                return Err(SimError::Size { path: path.to_owned(), bytes_max: CLIP_BYTES_MAX });
            }
        }
        let clip = gathered.finish(reader.codec(), reader.size());
        clip.map(Arc::new).ok_or_else(|| SimError::Keyframe { path: path.to_owned() })
    }

    #[must_use]
    pub const fn codec(&self) -> VideoCodec {
        self.codec
    }

    /// Width and height in pixels; 0 where the stream does not tell.
    #[must_use]
    pub const fn size(&self) -> (u32, u32) {
        self.size
    }

    /// From its first picture to the first of the next lap.
    #[must_use]
    pub const fn length(&self) -> Duration {
        Duration::from_micros(self.lap_us)
    }

    #[must_use]
    pub fn pictures(&self) -> usize {
        self.units.len()
    }

    #[must_use]
    pub fn keyframes(&self) -> usize {
        self.units.iter().filter(|unit| unit.keyframe).count()
    }

    /// The bytes a second that it takes, RTP headers not counted.
    #[must_use]
    pub fn bytes_per_second(&self) -> f64 {
        let bytes: usize = self.units.iter().map(Unit::payload_bytes).sum();
        bytes as f64 / self.length().as_secs_f64()
    }

    pub(super) fn units(&self) -> &[Unit] {
        &self.units
    }

    pub(super) const fn parameters(&self) -> &ParameterSets {
        &self.parameters
    }

    pub(super) const fn lap_us(&self) -> u64 {
        self.lap_us
    }

    /// How much earlier than its showing time a unit is sent at most.
    pub(super) const fn ahead_us(&self) -> u64 {
        self.ahead_us
    }
}

impl Unit {
    pub(super) fn payload_bytes(&self) -> usize {
        self.payloads.len()
    }

    pub(super) fn packet_count(&self) -> usize {
        self.lens.len()
    }

    /// The payload of each packet.
    pub(super) fn packets(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest: &[u8] = &self.payloads;
        self.lens.iter().map(move |len| {
            let (packet, after) = rest.split_at(usize::from(*len));
            rest = after;
            packet
        })
    }
}

/// What was read so far.
#[derive(Default)]
struct Gathered {
    parameters: ParameterSets,
    units: Vec<(bool, Payloads)>,
    shown_us: Vec<Option<u64>>,
    order: PictureOrder,
    places: Vec<Option<Place>>,
    bytes: usize,
}

impl Gathered {
    /// Units before the first keyframe are left out: nobody could decode them.
    fn add(&mut self, codec: VideoCodec, annex_b: &[u8], shown_us: Option<u64>) {
        let mut payloads = Payloads::default();
        let (mut keyframe, mut place) = (false, None);
        for nal in nals(annex_b) {
            let role = codec.role(nal);
            if role == NalRole::Padding {
                continue;
            }
            keyframe |= role == NalRole::Keyframe;
            self.parameters.keep_first(role, nal);
            if codec == VideoCodec::H264 && place.is_none() {
                place = self.order.see(nal);
            }
            payloads.add(codec, nal);
        }
        if payloads.lens.is_empty() || (self.units.is_empty() && !keyframe) {
            return;
        }
        self.bytes += payloads.bytes.len();
        self.units.push((keyframe, payloads));
        self.shown_us.push(shown_us);
        self.places.push(place);
    }

    fn finish(self, codec: Option<VideoCodec>, size: (u32, u32)) -> Option<Clip> {
        let codec = codec.filter(|codec| self.parameters.complete(*codec))?;
        if self.units.is_empty() {
            return None;
        }
        let timing = Timing::from_shown(&self.shown_us, &self.places);
        let times = timing.sent_us.into_iter().zip(timing.shown_us);
        let units = self.units.into_iter().zip(times).map(|((keyframe, payloads), times)| Unit {
            keyframe,
            sent_us: times.0,
            shown_us: times.1,
            payloads: payloads.bytes.into(),
            lens: payloads.lens.into(),
        });
        let (lap_us, ahead_us) = (timing.lap_us, timing.ahead_us);
        let units = units.collect();
        Some(Clip { codec, size, parameters: self.parameters, units, lap_us, ahead_us })
    }
}

impl ParameterSets {
    fn keep_first(&mut self, role: NalRole, nal: &[u8]) {
        let kept = match role {
            NalRole::VideoParameters => &mut self.video,
            NalRole::SequenceParameters => &mut self.sequence,
            NalRole::PictureParameters => &mut self.picture,
            _ => return,
        };
        if kept.is_empty() {
            nal.clone_into(kept);
        }
    }

    fn complete(&self, codec: VideoCodec) -> bool {
        let video = codec == VideoCodec::H264 || !self.video.is_empty();
        video && self.sequence.len() >= 4 && !self.picture.is_empty()
    }
}

#[cfg(test)]
impl Clip {
    /// A clip of `pictures` small units at 25 a second with a keyframe every `gop`.
    pub(super) fn scripted(pictures: usize, gop: usize) -> Arc<Self> {
        /// What x264 writes for 64x64 baseline.
        const SEQUENCE: &[u8] =
            b"\x67\x42\xc0\x0a\xd9\x04\x26\xc0\x44\0\0\x03\0\x04\0\0\x03\0\xc8\x3c\x48\x99\x20";
        const PICTURE: &[u8] = b"\x68\xcb\x83\xcb\x20";
        let code = &b"\0\0\x01"[..];
        let keyframe = [code, SEQUENCE, code, PICTURE, code, b"\x65\x88\x84"].concat();
        let mut gathered = Gathered::default();
        for at in 0..pictures {
            let bytes = if at % gop == 0 { keyframe.as_slice() } else { b"\0\0\x01\x41\x9a\x21" };
            gathered.add(VideoCodec::H264, bytes, Some(at as u64 * 40_000));
        }
        Arc::new(gathered.finish(Some(VideoCodec::H264), (64, 64)).unwrap())
    }
}
