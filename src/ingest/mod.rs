//! From a camera's address to its newest keyframe, and from a keyframe to a picture.

mod frame;
mod gst;
mod id;
mod keyframe;
mod source;
mod status;

pub use frame::Frame;
pub use frame::FrameError;
pub use frame::Orientation;
pub use frame::Plane;
pub use frame::YuvLayout;
pub use frame::YuvMatrix;
pub use gst::ClipError;
pub use gst::ClipFrame;
pub use gst::ClipReader;
pub use gst::DecodeError;
pub use gst::Decoder;
pub use gst::GstAddress;
pub use gst::GstError;
pub use gst::GstSource;
pub use gst::init;
pub use id::CameraId;
pub use id::CameraIdError;
pub use keyframe::CaptureClock;
pub use keyframe::Keyframe;
pub use source::Feed;
pub use source::Source;
pub use source::SourceEnd;
pub use status::CameraPhase;
pub use status::CameraStatus;
