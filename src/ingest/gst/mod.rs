//! Everything that GStreamer does: decoding keyframes, reading clips, receiving what is not plain RTSP.

mod decoder;
mod driven;
mod init;
mod picture;
mod turn;

#[cfg(test)]
mod testing;

pub use decoder::DecodeError;
pub use decoder::Decoder;
pub use init::GstError;
pub use init::init;
