//! A decoder's output buffer as a `Frame`: where it lies if it can be read as it is, converted once if not.

use gstreamer as gst;
use gstreamer_video as gst_video;
use gstreamer_video::VideoColorMatrix;
use gstreamer_video::VideoColorRange;
use gstreamer_video::VideoFormat;

use crate::ingest::Frame;
use crate::ingest::YuvLayout;
use crate::ingest::YuvMatrix;

/// A readable picture from a raw buffer described by `info`.
///
/// # Errors
/// In words, when the buffer does not hold such a picture.
pub(super) fn frame_from(
    buffer: gst::Buffer,
    info: &gst_video::VideoInfo,
) -> Result<Frame, String> {
    let unreadable = || format!("a picture of {} cannot be read", described(info));
    let mapped = gst_video::VideoFrame::from_buffer_readable(buffer, info);
    let mapped = mapped.map_err(|_| unreadable())?;
    let layout = match info.format() {
        VideoFormat::I420 => YuvLayout::I420,
        VideoFormat::Nv12 => YuvLayout::Nv12,
        _ => return converted(&mapped, info),
    };
    Frame::from_mapped(mapped, layout, matrix_of(info)).ok_or_else(unreadable)
}

/// Other formats (4:2:2, ten bits, grey, RGB) become I420: one copy, seldom needed.
fn converted(
    mapped: &gst_video::VideoFrame<gst_video::video_frame::Readable>,
    info: &gst_video::VideoInfo,
) -> Result<Frame, String> {
    let failed = |_| format!("a picture of {} cannot be converted to I420", described(info));
    let wanted = gst_video::VideoInfo::builder(VideoFormat::I420, info.width(), info.height())
        .fps(info.fps())
        .interlace_mode(info.interlace_mode());
    let wanted = if info.is_yuv() { wanted.colorimetry(&info.colorimetry()) } else { wanted };
    let wanted = wanted.build().map_err(failed)?;
    let converter = gst_video::VideoConverter::new(info, &wanted, None).map_err(failed)?;
    let buffer = gst::Buffer::with_size(wanted.size()).map_err(failed)?;
    let mut target = gst_video::VideoFrame::from_buffer_writable(buffer, &wanted)
        .map_err(|_| format!("no room for a picture of {}", described(info)))?;
    converter.frame(mapped, &mut target);
    let mapped = gst_video::VideoFrame::from_buffer_readable(target.into_buffer(), &wanted);
    mapped
        .ok()
        .and_then(|mapped| Frame::from_mapped(mapped, YuvLayout::I420, matrix_of(&wanted)))
        .ok_or_else(|| format!("a picture of {} cannot be read", described(info)))
}

/// What the stream says of its colours, or what is usual for its height.
fn matrix_of(info: &gst_video::VideoInfo) -> YuvMatrix {
    let said = info.colorimetry();
    let usual = YuvMatrix::usual_for(info.height());
    let bt709 = match said.matrix() {
        VideoColorMatrix::Bt709 | VideoColorMatrix::Bt2020 => true,
        VideoColorMatrix::Bt601 | VideoColorMatrix::Fcc | VideoColorMatrix::Smpte240m => false,
        _ => usual.bt709,
    };
    YuvMatrix { bt709, full_range: said.range() == VideoColorRange::Range0_255 }
}

fn described(info: &gst_video::VideoInfo) -> String {
    format!("{}x{} {}", info.width(), info.height(), info.format())
}
