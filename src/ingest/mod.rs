//! From a camera's address to its newest keyframe, and from a keyframe to a picture.

mod attempt;
mod camera;
mod fleet;
mod frame;
mod id;
mod keyframe;
mod rtsp;
#[cfg(test)]
mod scripted;
mod settings;
mod source;
mod standing;
mod status;
mod uri;

pub use camera::KeyframeSink;
pub use camera::SourceMaker;
pub use camera::Sources;
pub use fleet::ATTEMPTS_AT_ONCE;
pub use fleet::Fleet;
pub use fleet::FleetError;
pub use frame::Frame;
pub use frame::FrameError;
pub use frame::Orientation;
pub use frame::Plane;
pub use frame::YuvLayout;
pub use frame::YuvMatrix;
pub use id::CameraId;
pub use id::CameraIdError;
pub use keyframe::CaptureClock;
pub use keyframe::Keyframe;
pub use rtsp::RtspSource;
pub use settings::CONNECT_TIMEOUT;
pub use settings::CameraAddress;
pub use settings::CameraSettings;
pub use settings::STALL_LIMIT;
pub use settings::SourceChoice;
pub use settings::Transport;
pub use source::Feed;
pub use source::Source;
pub use source::SourceEnd;
pub use status::CameraPhase;
pub use status::CameraStatus;
pub use uri::CameraLogin;
pub use uri::CameraUri;
pub use uri::CameraUriError;
