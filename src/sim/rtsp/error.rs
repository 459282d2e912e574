//! What can go wrong before a camera is on air.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a clip or a server cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    #[error("clip {path:?} cannot be read: {reason}")]
    Read { path: PathBuf, reason: String },
    #[error(
        "clip {path:?} is {codec}; only H.264 and H.265 can be served without transcoding \
         (ffmpeg -i CLIP -c:v libx264 -g 50 OUT.mp4 makes one)"
    )]
    Codec { path: PathBuf, codec: String },
    #[error("clip {path:?} has no keyframe with its parameter sets")]
    Keyframe { path: PathBuf },
    #[error("clip {path:?} holds more than {bytes_max} bytes of video")]
    Size { path: PathBuf, bytes_max: usize },
    #[error("clip {path:?} cannot be made smaller: {reason}")]
    Smaller { path: PathBuf, reason: String },
    #[error("cannot listen on {address}; another program may, and --listen names another address")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("camera {0:?} is there twice")]
    Twice(String),
    #[error(
        "{0:?} is no fault; write drop, refuse, refuse-login, hang, garbage, corrupt, \
             pause:SECONDS, reboot:SECONDS, clock-jump:SECONDS, other-size:SECONDS, no-reports or none"
    )]
    Fault(String),
}
