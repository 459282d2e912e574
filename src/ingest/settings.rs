//! What the operator decided about receiving one camera.

use std::fmt;
use std::time::Duration;

use super::CameraId;
use super::uri::CameraUri;
use super::uri::is_rtsp;

/// A keyframe comes every 1 to 4 s from most cameras; 10 s without one is an ill camera.
pub const STALL_LIMIT: Duration = Duration::from_secs(10);

/// Long enough for a slow camera's four answers, short enough to be tried again soon.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Streams in segments (HLS, DASH) come in bursts, a segment of up to 10 s at a time.
const SEGMENTED_PATIENCE: u32 = 3;

/// How one camera is received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraSettings {
    pub id: CameraId,
    /// A camera that is not enabled is shown, but not opened.
    pub enabled: bool,
    pub address: CameraAddress,
    pub source: SourceChoice,
    pub transport: Transport,
    /// Without a keyframe for so long, the camera is stalled; without a byte
    /// for half of it, the connection is lost.
    pub stall_limit: Duration,
    /// From the first packet to the camera until it plays.
    pub connect_timeout: Duration,
}

/// Where a camera's pictures come from.
#[derive(Clone, PartialEq, Eq)]
pub enum CameraAddress {
    Uri(CameraUri),
    /// A GStreamer pipeline description; it may hold passwords.
    Pipeline(String),
}

/// Which way of receiving is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceChoice {
    /// Plain RTSP through the light receiver, everything else, and what that
    /// one cannot talk to, through GStreamer.
    #[default]
    Auto,
    Rtsp,
    Gstreamer,
}

/// How RTP packets travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// Within the RTSP connection: passes every router and loses nothing.
    #[default]
    Tcp,
    Udp,
}

impl CameraSettings {
    /// An enabled camera with defaults for all else.
    #[must_use]
    pub fn new(id: CameraId, address: CameraAddress) -> Self {
        Self {
            id,
            enabled: true,
            address,
            source: SourceChoice::Auto,
            transport: Transport::Tcp,
            stall_limit: STALL_LIMIT,
            connect_timeout: CONNECT_TIMEOUT,
        }
    }

    /// Longest wait for a keyframe while bytes arrive.
    #[must_use]
    pub fn keyframe_limit(&self) -> Duration {
        if self.address.is_segmented() {
            self.stall_limit.saturating_mul(SEGMENTED_PATIENCE)
        } else {
            self.stall_limit
        }
    }

    /// Longest wait for a byte.
    #[must_use]
    pub fn silence_limit(&self) -> Duration {
        if self.address.is_segmented() { self.keyframe_limit() } else { self.stall_limit / 2 }
    }
}

impl CameraAddress {
    /// The address, if it is one that speaks plain RTSP.
    #[must_use]
    pub fn plain_rtsp(&self) -> Option<&CameraUri> {
        self.uri().filter(|uri| uri.scheme() == "rtsp")
    }

    /// Host and port of an RTSP camera, to knock at.
    pub(super) fn rtsp_endpoint(&self) -> Option<String> {
        self.uri().filter(|uri| is_rtsp(uri.scheme())).map(CameraUri::endpoint)
    }

    fn uri(&self) -> Option<&CameraUri> {
        match self {
            Self::Uri(uri) => Some(uri),
            Self::Pipeline(_) => None,
        }
    }

    fn is_segmented(&self) -> bool {
        let playlist = |path: &str| [".m3u8", ".mpd"].iter().any(|end| path.ends_with(end));
        self.uri().is_some_and(|uri| playlist(uri.url().path()))
    }
}

impl fmt::Display for CameraAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uri(uri) => write!(f, "{uri}"),
            Self::Pipeline(_) => f.write_str("a pipeline"),
        }
    }
}

impl fmt::Debug for CameraAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uri(uri) => write!(f, "{uri:?}"),
            Self::Pipeline(_) => f.write_str("Pipeline(***)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(uri: &str) -> CameraSettings {
        let address = CameraAddress::Uri(CameraUri::parse(uri).unwrap());
        CameraSettings::new(CameraId::new("north-7").unwrap(), address)
    }

    #[test]
    fn only_plain_rtsp_goes_through_the_light_receiver() {
        assert!(settings("rtsp://h/s").address.plain_rtsp().is_some());
        for uri in ["rtsps://h/s", "http://h/s.mjpg", "file:///s.mp4", "udp://239.0.0.1:5000"] {
            assert!(settings(uri).address.plain_rtsp().is_none(), "{uri}");
        }
    }

    #[test]
    fn silence_is_noticed_within_the_budget_but_segments_may_come_in_bursts() {
        assert_eq!(settings("rtsp://h/s").silence_limit(), Duration::from_secs(5));
        assert_eq!(settings("http://h/live.m3u8").silence_limit(), Duration::from_secs(30));
    }

    #[test]
    fn never_shows_a_pipeline_or_a_password() {
        let mut camera = settings("rtsp://a:hunter2@h/s");
        assert!(!format!("{camera:?}").contains("hunter2"));
        camera.address = CameraAddress::Pipeline("rtspsrc user-pw=hunter2".into());
        assert!(!format!("{camera:?} {}", camera.address).contains("hunter2"));
    }
}
