//! Pictures for people who look at cameras, made when they are asked for.
//!
//! Decoding competes with the looks, so all viewers together get a small share
//! of one core: when it is used up they see the picture that was made last.

use std::collections::BTreeMap;
use std::time::Duration;

use image::Rgb;
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

use crate::api::CameraPicture;
use crate::api::PictureSize;
use crate::ingest::CameraId;
use crate::ingest::Decoder;
use crate::ingest::Frame;
use crate::ingest::Keyframe;
use crate::ingest::YuvLayout;
use crate::runtime::thread_cpu;
use crate::time::Clock;
use crate::time::Timestamp;

/// Good enough to see by; evidence has its own pictures.
const JPEG_QUALITY: u8 = 75;
/// A tile is drawn about this wide.
const SMALL_WIDTH_MAX: u32 = 480;
/// The share of one core that making pictures may take, over time.
const CORE_SHARE: f64 = 0.1;
/// So much may be spent at once: a wall of some forty tiles that is opened.
const CREDIT_MAX: Duration = Duration::from_millis(1_500);
/// Small pictures that are kept, of about 25 KB each.
const SMALL_KEPT_MAX: usize = 512;
/// Whole pictures that are kept, of up to some MB each.
const WHOLE_KEPT_MAX: usize = 8;

/// What has been made, and what more may be spent.
pub(super) struct Showing {
    clock: Clock,
    decoder: Decoder,
    small: Kept,
    whole: Kept,
    credit: Credit,
}

/// The last picture made of each camera, of the cameras asked for last.
struct Kept {
    made: BTreeMap<CameraId, CameraPicture>,
    len_max: usize,
}

/// Time that may be spent; it grows back with time.
struct Credit {
    left: Duration,
    counted_at: Timestamp,
}

impl Showing {
    pub(super) fn new(clock: Clock) -> Self {
        let credit = Credit { left: CREDIT_MAX, counted_at: clock.now() };
        Self {
            clock,
            decoder: Decoder::new(),
            small: Kept::new(SMALL_KEPT_MAX),
            whole: Kept::new(WHOLE_KEPT_MAX),
            credit,
        }
    }

    /// The picture of `keyframe`, or an earlier one of the same camera where
    /// there is no time for it; none where there is neither.
    pub(super) fn picture(
        &mut self,
        camera: &CameraId,
        keyframe: &Keyframe,
        size: PictureSize,
    ) -> Option<CameraPicture> {
        let kept = match size {
            PictureSize::Small => &mut self.small,
            PictureSize::Whole => &mut self.whole,
        };
        let last = kept.made.get(camera).cloned();
        let is_fresh = last.as_ref().is_some_and(|last| last.captured_at == keyframe.captured_at);
        if is_fresh || !self.credit.is_left(self.clock.now()) {
            return last;
        }
        // What it costs the core, not how long a busy machine lets it wait.
        let began = thread_cpu();
        let jpeg = self.decoder.decode(keyframe).ok().and_then(|frame| encode(&frame, size));
        self.credit.spend(thread_cpu().saturating_sub(began));
        let picture = CameraPicture { jpeg: jpeg?.into(), captured_at: keyframe.captured_at };
        kept.keep(camera, picture.clone());
        Some(picture)
    }
}

impl Kept {
    fn new(len_max: usize) -> Self {
        Self { made: BTreeMap::new(), len_max }
    }

    fn keep(&mut self, camera: &CameraId, picture: CameraPicture) {
        self.made.insert(camera.clone(), picture);
        if self.made.len() > self.len_max {
            let oldest = self.made.iter().min_by_key(|(_, picture)| picture.captured_at);
            if let Some(oldest) = oldest.map(|(camera, _)| camera.clone()) {
                self.made.remove(&oldest);
            }
        }
    }
}

impl Credit {
    fn is_left(&mut self, now: Timestamp) -> bool {
        let grown = now.since(self.counted_at).mul_f64(CORE_SHARE);
        self.left = (self.left + grown).min(CREDIT_MAX);
        self.counted_at = now;
        !self.left.is_zero()
    }

    fn spend(&mut self, time: Duration) {
        self.left = self.left.saturating_sub(time);
    }
}

pub(super) fn encode(frame: &Frame, size: PictureSize) -> Option<Vec<u8>> {
    let picture = match size {
        PictureSize::Whole => frame.to_rgb(),
        PictureSize::Small => reduced(frame, frame.width().div_ceil(SMALL_WIDTH_MAX)),
    };
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY).encode_image(&picture).ok()?;
    Some(jpeg)
}

/// The picture with `step` × `step` pixels made one: mean luma, and the chroma of the middle.
fn reduced(frame: &Frame, step: u32) -> RgbImage {
    let step = step.clamp(1, frame.width().min(frame.height())) as usize;
    let (luma, (u, v)) = (frame.luma(), frame.chroma());
    let (chroma_step, v_shift) = match frame.layout() {
        YuvLayout::I420 => (1, 0),
        YuvLayout::Nv12 => (2, 1),
    };
    let (gain, offset, vr, ug, vg, ub) = frame.matrix().coefficients();
    let sides = (frame.width() / step as u32, frame.height() / step as u32);
    RgbImage::from_fn(sides.0, sides.1, |x, y| {
        let (left, top) = (x as usize * step, y as usize * step);
        let rows = (top..top + step).map(|row| &luma.data[row * luma.stride + left..][..step]);
        let sum: u32 = rows.flatten().map(|sample| u32::from(*sample)).sum();
        let middle = (left + step / 2, top + step / 2);
        let (column, row) = (middle.0 / 2 * chroma_step, middle.1 / 2);
        let light = (sum as f32 / (step * step) as f32 - offset) * gain;
        let u = f32::from(u.data[row * u.stride + column]) - 128.0;
        let v = f32::from(v.data[row * v.stride + column + v_shift]) - 128.0;
        let rgb = [light + vr * v, light + ug * u + vg * v, light + ub * u];
        Rgb(rgb.map(|c| (c + 0.5) as u8))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reduced_picture_keeps_its_colours_and_its_shape() {
        for (width, height, step) in [(960, 540, 2), (97, 55, 3), (5, 3, 1), (4, 4, 9)] {
            let left = |x: u32| x < width / 2;
            let picture = RgbImage::from_fn(width, height, |x, _| {
                if left(x) { Rgb([200, 40, 30]) } else { Rgb([20, 90, 160]) }
            });
            let small = reduced(&Frame::from_rgb(&picture).unwrap(), step);
            let step = step.min(width.min(height));
            assert_eq!(small.dimensions(), (width / step, height / step));
            let corner = small.get_pixel(0, 0).0;
            if step < 4 {
                assert!(corner[0].abs_diff(200) < 6 && corner[2].abs_diff(30) < 6, "{corner:?}");
            }
        }
    }

    #[test]
    fn what_is_spent_grows_back_with_time_but_not_beyond_its_bound() {
        let start = Timestamp::from_secs(1_777_593_600);
        let mut credit = Credit { left: CREDIT_MAX, counted_at: start };
        credit.spend(Duration::from_secs(60));
        assert!(!credit.is_left(start));
        assert!(credit.is_left(start + Duration::from_secs(1)));
        assert_eq!(credit.left, Duration::from_millis(100));
        assert!(credit.is_left(start + Duration::from_secs(3_600)));
        assert_eq!(credit.left, CREDIT_MAX);
    }

    #[test]
    fn pictures_of_the_cameras_asked_for_longest_ago_are_let_go_of() {
        let mut kept = Kept::new(2);
        for (second, name) in [(1, "a"), (3, "b"), (2, "c")] {
            let captured_at = Timestamp::from_secs(second);
            let picture = CameraPicture { jpeg: [0_u8].as_slice().into(), captured_at };
            kept.keep(&CameraId::new(name).unwrap(), picture);
        }
        let names: Vec<_> = kept.made.keys().map(CameraId::as_str).collect();
        assert_eq!(names, ["b", "c"]);
    }
}
