//! From a keyframe to its picture. A decoder belongs to one worker and serves all cameras in turn.

use std::str::FromStr;
use std::sync::Arc;

use gstreamer as gst;
use gstreamer_video as gst_video;

use crate::ingest::Frame;
use crate::ingest::Keyframe;

use super::driven::DrivenDecoder;
use super::init::GstError;
use super::init::init;
use super::init::video_decoders;
use super::picture::frame_from;
use super::turn::upright;

/// Codecs kept ready. A city has H.264, H.265 and JPEG; a decoder costs
/// megabytes, so those used least lately make room.
const CODECS_MAX: usize = 4;

/// Descriptions kept read: one a codec, and those of the makes that say more.
const READ_MAX: usize = 8;

/// Decodes keyframes in the calling thread, one at a time.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The most recently used last.
    codecs: Vec<Codec>,
    /// What was last read, the newest last: all cameras of a codec share one text.
    read: Vec<ReadCaps>,
}

/// A keyframe's description, read.
#[derive(Clone, Debug)]
struct ReadCaps {
    text: Arc<str>,
    caps: gst::Caps,
    media_type: Arc<str>,
}

#[derive(Debug)]
struct Codec {
    media_type: String,
    decoder: DrivenDecoder,
}

/// Why a keyframe has no picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error(transparent)]
    Gst(#[from] GstError),
    #[error("{caps:?} does not say what the keyframe is")]
    Caps { caps: String },
    #[error("no decoder takes {caps:?}: {reason}")]
    Start { caps: String, reason: String },
    #[error("keyframe of {bytes} bytes cannot be decoded: {reason}")]
    Corrupt { bytes: usize, reason: String },
}

impl Decoder {
    /// Ready for anything; decoders are made when first needed.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The keyframe's picture, upright. In I420 and NV12 it stays in the
    /// decoder's memory; other formats are converted.
    ///
    /// # Errors
    /// When the keyframe is damaged, or nothing here can decode it. The next
    /// keyframe starts afresh.
    pub fn decode(&mut self, keyframe: &Keyframe) -> Result<Frame, DecodeError> {
        init()?;
        let ReadCaps { caps, media_type, .. } = self.read_caps(&keyframe.caps)?;
        let (buffer, info) = if &*media_type == "video/x-raw" {
            let info = gst_video::VideoInfo::from_caps(&caps);
            let info = info.map_err(|_| unknown(&keyframe.caps))?;
            (gst::Buffer::from_slice(keyframe.data.clone()), info)
        } else {
            self.through_codec(&media_type, keyframe, &caps)?
        };
        let corrupt = |reason| DecodeError::Corrupt { bytes: keyframe.data.len(), reason };
        let frame = frame_from(buffer, &info).map_err(corrupt)?;
        upright(frame, keyframe.orientation).map_err(|error| corrupt(error.to_string()))
    }

    fn read_caps(&mut self, text: &Arc<str>) -> Result<ReadCaps, DecodeError> {
        if let Some(read) = self.read.iter().rev().find(|read| read.text == *text) {
            return Ok(read.clone());
        }
        let caps = gst::Caps::from_str(text).map_err(|_| unknown(text))?;
        let structure = caps.structure(0).filter(|_| caps.is_fixed());
        let media_type = structure.ok_or_else(|| unknown(text))?.name().as_str().into();
        let read = ReadCaps { text: Arc::clone(text), caps, media_type };
        if self.read.len() >= READ_MAX {
            self.read.remove(0);
        }
        self.read.push(read.clone());
        Ok(read)
    }

    fn through_codec(
        &mut self,
        media_type: &str,
        keyframe: &Keyframe,
        caps: &gst::Caps,
    ) -> Result<(gst::Buffer, gst_video::VideoInfo), DecodeError> {
        // Taken out, and put back only if it worked: a codec that failed is not used again.
        let mut codec = match self.codecs.iter().position(|codec| codec.media_type == media_type) {
            Some(at) => self.codecs.remove(at),
            None => Codec::start(media_type, caps, &keyframe.caps)?,
        };
        let decoded = codec.decoder.decode(&keyframe.data, caps, &keyframe.caps);
        let bytes = keyframe.data.len();
        let picture = decoded.map_err(|reason| DecodeError::Corrupt { bytes, reason })?;
        if self.codecs.len() >= CODECS_MAX {
            self.codecs.remove(0);
        }
        self.codecs.push(codec);
        Ok(picture)
    }
}

fn unknown(caps: &str) -> DecodeError {
    DecodeError::Caps { caps: caps.chars().take(200).collect() }
}

impl Codec {
    /// The first decoder by rank that starts: a hardware decoder may be
    /// installed where its hardware is not.
    fn start(media_type: &str, caps: &gst::Caps, text: &Arc<str>) -> Result<Self, DecodeError> {
        let mut reason = String::new();
        for element in video_decoders(caps)? {
            match DrivenDecoder::start(element, caps, text) {
                Ok(decoder) => return Ok(Self { media_type: media_type.to_owned(), decoder }),
                Err(why) if reason.is_empty() => reason = why,
                Err(_) => {}
            }
        }
        Err(DecodeError::Start { caps: media_type.to_owned(), reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::Orientation;
    use crate::ingest::YuvLayout;
    use crate::ingest::gst::testing::H264;
    use crate::ingest::gst::testing::H264_KEYS;
    use crate::ingest::gst::testing::H265;
    use crate::ingest::gst::testing::has;
    use crate::ingest::gst::testing::keyframe;
    use crate::ingest::gst::testing::keyframes;

    /// Pictures that differ from one another, of a size.
    fn ball(pictures: u32, size: &str) -> String {
        format!("videotestsrc pattern=ball num-buffers={pictures} ! video/x-raw,format=I420,{size}")
    }

    fn mean_luma(frame: &Frame) -> f64 {
        let luma = frame.luma();
        let rows = luma.data.chunks(luma.stride).take(frame.height() as usize);
        let sum: u64 =
            rows.flat_map(|row| &row[..frame.width() as usize]).map(|y| u64::from(*y)).sum();
        sum as f64 / f64::from(frame.width() * frame.height())
    }

    /// The middle of what is bright, as row and column.
    fn ball_at(frame: &Frame) -> (u64, u64) {
        let (luma, mut rows, mut columns, mut bright) = (frame.luma(), 0, 0, 0);
        for (y, row) in luma.data.chunks(luma.stride).enumerate().take(frame.height() as usize) {
            for (x, _) in
                row.iter().take(frame.width() as usize).enumerate().filter(|at| *at.1 > 120)
            {
                (rows, columns, bright) = (rows + y as u64, columns + x as u64, bright + 1);
            }
        }
        (rows / bright, columns / bright)
    }

    #[test]
    fn gives_one_picture_at_once_for_each_of_two_hundred_keyframes() {
        if !has(&["x264enc"]) {
            return;
        }
        let raw = keyframes(&ball(800, "width=320,height=180"), None);
        let keyframes =
            keyframes(&format!("{} ! {H264_KEYS}", ball(800, "width=320,height=180")), Some(H264));
        assert_eq!(keyframes.len(), 200);
        let mut decoder = Decoder::new();
        for (keyframe, raw) in keyframes.iter().zip(raw.iter().step_by(4)) {
            let (frame, expected) =
                (decoder.decode(keyframe).unwrap(), decoder.decode(raw).unwrap());
            assert_eq!((frame.width(), frame.height()), (320, 180));
            assert_eq!(frame.layout(), YuvLayout::I420);
            let ((y, x), (row, column)) = (ball_at(&frame), ball_at(&expected));
            assert!(y.abs_diff(row) < 3 && x.abs_diff(column) < 3, "a picture of another keyframe");
        }
    }

    #[test]
    fn serves_cameras_of_other_sizes_and_codecs_in_turn() {
        if !has(&["x264enc", "x265enc", "jpegenc"]) {
            return;
        }
        let large =
            keyframes(&format!("{} ! {H264_KEYS}", ball(12, "width=640,height=362")), Some(H264));
        let small =
            keyframes(&format!("{} ! {H264_KEYS}", ball(12, "width=160,height=90")), Some(H264));
        let hevc = format!(
            "{} ! x265enc key-int-max=4 speed-preset=ultrafast ! h265parse config-interval=-1 ! {H265}",
            ball(12, "width=320,height=180")
        );
        let hevc = keyframes(&hevc, Some(H265));
        let jpeg = keyframes(&format!("{} ! jpegenc", ball(12, "width=200,height=120")), None);
        let mut decoder = Decoder::new();
        for at in [0, 1, 2, 0, 1] {
            for (keyframes, size) in [
                (&large, (640, 362)),
                (&small, (160, 90)),
                (&hevc, (320, 180)),
                (&jpeg, (200, 120)),
            ] {
                let frame = decoder.decode(&keyframes[at]).unwrap();
                assert_eq!((frame.width(), frame.height()), size);
            }
        }
        assert!(decoder.decode(&jpeg[0]).unwrap().matrix().full_range);
        assert!(!decoder.decode(&large[0]).unwrap().matrix().full_range);
    }

    #[test]
    fn a_damaged_keyframe_is_told_and_the_next_one_decodes() {
        if !has(&["x264enc"]) {
            return;
        }
        let good =
            keyframes(&format!("{} ! {H264_KEYS}", ball(8, "width=320,height=180")), Some(H264));
        let mut decoder = Decoder::new();
        decoder.decode(&good[0]).unwrap();
        for bad in [
            keyframe(vec![], H264),
            keyframe(vec![0x55; 5_000], H264),
            keyframe(good[0].data.slice(..40), H264),
            keyframe(vec![0; 300], "image/jpeg"),
            keyframe(vec![1, 2, 3], "video/x-raw,format=I420,width=64,height=64,framerate=0/1"),
        ] {
            let error = decoder.decode(&bad).unwrap_err();
            assert!(matches!(error, DecodeError::Corrupt { .. }), "{error:?}");
            assert_eq!(decoder.decode(&good[1]).unwrap().width(), 320);
        }
    }

    #[test]
    fn caps_that_say_nothing_are_refused() {
        let mut decoder = Decoder::new();
        for caps in ["", "ANY", "video/x-h264,width=[1,2]", "no caps at all,,,", "video/x-raw"] {
            let error = decoder.decode(&keyframe(vec![0; 9], caps)).unwrap_err();
            assert!(matches!(error, DecodeError::Caps { .. }), "{caps:?}: {error:?}");
        }
        let error = decoder.decode(&keyframe(vec![0; 9], "video/x-unheard-of")).unwrap_err();
        assert!(matches!(error, DecodeError::Gst(GstError::NoDecoder { .. })), "{error:?}");
    }

    #[test]
    fn other_formats_are_converted_and_keep_their_brightness() {
        let white = "videotestsrc pattern=white num-buffers=1 ! video/x-raw,width=64,height=48";
        let mut decoder = Decoder::new();
        for format in ["YUY2", "Y42B", "GRAY8", "RGB", "I420_10LE", "NV12"] {
            let raw = keyframes(&format!("{white},format={format}"), None);
            let frame = decoder.decode(&raw[0]).unwrap();
            let pixel = frame.to_rgb().get_pixel(30, 20).0;
            assert!(pixel.iter().all(|value| *value > 250), "{format} became {pixel:?}");
            assert!(mean_luma(&frame) > 200.0);
        }
    }

    #[test]
    fn a_turned_camera_gives_an_upright_picture() {
        let raw = keyframes(&ball(1, "width=64,height=48"), None);
        let mut decoder = Decoder::new();
        let lying = decoder.decode(&raw[0]).unwrap();
        let turned = Keyframe { orientation: Orientation::Turn90, ..raw[0].clone() };
        let upright = decoder.decode(&turned).unwrap();
        assert_eq!((upright.width(), upright.height()), (48, 64));
        assert!((mean_luma(&lying) - mean_luma(&upright)).abs() < 1e-9);
    }

    #[test]
    fn memory_does_not_grow_with_the_number_of_pictures() {
        if !has(&["x264enc"]) {
            return;
        }
        let keyframes =
            keyframes(&format!("{} ! {H264_KEYS}", ball(16, "width=640,height=360")), Some(H264));
        let mut decoder = Decoder::new();
        let mut decode = |times: usize| {
            for at in 0..times {
                decoder.decode(&keyframes[at % 4]).unwrap();
            }
            resident_kib()
        };
        decode(200);
        // Other tests allocate meanwhile, so one batch proves nothing; a leak of
        // one picture in ten would grow every batch by 8 MB.
        let batches: Vec<u64> = (0..8).map(|_| decode(250)).collect();
        let steady = batches.windows(2).filter(|pair| pair[1] < pair[0] + 2_048).count();
        assert!(steady >= 3, "resident KiB after each batch: {batches:?}");
    }

    fn resident_kib() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}
