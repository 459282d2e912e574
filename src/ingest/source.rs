//! What every way of receiving a camera has in common.

use futures::future::BoxFuture;

use super::CameraPhase;
use super::Keyframe;

/// One way to receive one camera.
pub trait Source: Send {
    /// Makes one attempt: connects and receives until the camera ends it.
    /// Dropping the future ends the attempt and frees all it held.
    fn attempt<'a>(&'a mut self, feed: &'a dyn Feed) -> BoxFuture<'a, SourceEnd>;
}

/// Where a source puts what it receives.
pub trait Feed: Send + Sync {
    /// The camera answered and said what it sends, as in `H.264 1920x1080 over TCP`.
    fn connected(&self, description: &str);

    /// An access unit of so many bytes arrived, keyframe or not.
    fn unit(&self, bytes: usize);

    /// A whole keyframe arrived.
    fn keyframe(&self, keyframe: Keyframe);
}

/// Why an attempt ended, in words that hold no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceEnd {
    /// `Lost`, `Stalled` or `Refused`.
    pub phase: CameraPhase,
    pub reason: String,
    /// This source will never manage with this camera; another may.
    pub try_another_source: bool,
    pub cause: EndCause,
}

/// What stood in the way, for those who tell people what to do about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EndCause {
    /// Nobody is there, or nobody answers.
    Silence,
    /// A login is missing or refused.
    Login,
    /// It answers, and has no video for us there.
    NoVideo,
    /// It sends what cannot be read here.
    Codec,
    /// The reason tells.
    #[default]
    Other,
}

impl SourceEnd {
    pub(super) fn because(self, cause: EndCause) -> Self {
        Self { cause, ..self }
    }
}
