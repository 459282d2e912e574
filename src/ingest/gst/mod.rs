//! Everything that GStreamer does: decoding keyframes, reading clips, receiving what is not plain RTSP.

mod clip;
mod clip_line;
mod cut;
mod decoder;
mod driven;
mod inbox;
mod init;
mod orientation;
mod picture;
mod receiving;
mod scrub;
mod source;
mod tail;
mod turn;

#[cfg(test)]
mod testing;

pub use clip::ClipError;
pub use clip::ClipFrame;
pub use clip::ClipReader;
pub use decoder::DecodeError;
pub use decoder::Decoder;
pub use init::GstError;
pub use init::init;
pub use source::GstAddress;
pub use source::GstSource;
