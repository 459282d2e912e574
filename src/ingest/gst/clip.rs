//! Reads a recorded clip picture by picture, for replay and evaluation: every picture, in order, at any speed.

use std::fs::File;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use gstreamer as gst;
use gstreamer_video as gst_video;

use crate::ingest::Frame;
use crate::ingest::Orientation;

use super::clip_line::ClipLine;
use super::clip_line::Pull;
use super::init::GstError;
use super::init::init;
use super::orientation::orientation_at;
use super::picture::frame_from;
use super::turn::upright;

/// Pictures a second of a clip that says nothing of time.
const FPS_ASSUMED: (i32, i32) = (25, 1);

/// Frame rates beyond this are not believed: writers put the clock rate there.
const FPS_MAX: i32 = 240;

/// A clip that ends this much before its container's duration was cut short.
/// Smaller gaps are sound tracks that go on longer, and rounding.
const CUT_MIN: Duration = Duration::from_secs(2);

/// One picture of a clip.
#[derive(Debug)]
pub struct ClipFrame {
    /// Since the first picture; never less than that of the picture before.
    pub at: Duration,
    /// Upright.
    pub frame: Frame,
}

/// Why a clip gives no picture, or no more of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClipError {
    #[error(transparent)]
    Gst(#[from] GstError),
    #[error("cannot play {path:?}: {reason}")]
    Open { path: PathBuf, reason: String },
    #[error("{path:?} is broken {:.1} s after its first picture: {reason}", at.as_secs_f64())]
    Broken { path: PathBuf, at: Duration, reason: String },
}

/// An open clip.
#[derive(Debug)]
pub struct ClipReader {
    path: PathBuf,
    line: ClipLine,
    /// The first picture, taken at opening.
    first: Option<gst::Sample>,
    timing: Timing,
    orientation: Orientation,
    duration: Option<Duration>,
    ended: bool,
}

/// Gives each picture its time.
#[derive(Debug)]
struct Timing {
    /// Between pictures where nothing says otherwise.
    step: Duration,
    /// The clip's own times are absent or not to be believed.
    assumed: bool,
    origin: Option<gst::ClockTime>,
    pictures: u32,
    last: Duration,
}

impl ClipReader {
    /// Opens a clip and decodes its first picture.
    ///
    /// # Errors
    /// When the file cannot be read, holds no video, or none that can be decoded.
    pub fn open(path: &Path) -> Result<Self, ClipError> {
        init()?;
        let refused = |reason: String| ClipError::Open { path: path.to_owned(), reason };
        let file = File::open(path).map_err(|error| refused(error.to_string()))?;
        let about = file.metadata().map_err(|error| refused(error.to_string()))?;
        if !about.is_file() {
            return Err(refused("it is no file".to_owned()));
        }
        if about.len() == 0 {
            return Err(refused("the file is empty".to_owned()));
        }
        let line = ClipLine::start(path)?;
        let first = match line.pull() {
            Pull::Picture(sample) => sample,
            Pull::End => return Err(refused("there is no picture in it".to_owned())),
            Pull::Broken(reason) => return Err(refused(reason)),
        };
        let orientation = line.exit().map_or(Orientation::Upright, |pad| orientation_at(&pad));
        let timing = Timing::of(&first, !line.has_container());
        let duration = line.duration().filter(|_| !timing.assumed);
        let (path, first) = (path.to_owned(), Some(first));
        Ok(Self { path, line, first, timing, orientation, duration, ended: false })
    }

    /// The next picture; `None` at the end.
    ///
    /// # Errors
    /// Once, where the clip cannot be read further; then `None`.
    #[expect(clippy::should_implement_trait, reason = "an iterator could not end with an error")]
    pub fn next(&mut self) -> Result<Option<ClipFrame>, ClipError> {
        self.next_at(Duration::ZERO)
    }

    /// The next picture at `at` or later; those before are decoded, but neither
    /// converted nor turned.
    ///
    /// # Errors
    /// As [`ClipReader::next`].
    pub fn next_at(&mut self, at: Duration) -> Result<Option<ClipFrame>, ClipError> {
        while let Some((time, sample)) = self.pull()? {
            if time >= at {
                let frame = self.picture(&sample).map_err(|reason| self.broken(reason))?;
                return Ok(Some(ClipFrame { at: time, frame }));
            }
        }
        Ok(None)
    }

    /// Length of the clip by its container, where that says so.
    #[must_use]
    pub const fn duration(&self) -> Option<Duration> {
        self.duration
    }

    /// The clip carries no times; its pictures stand at an assumed rate.
    #[must_use]
    pub const fn timestamps_assumed(&self) -> bool {
        self.timing.assumed
    }

    fn pull(&mut self) -> Result<Option<(Duration, gst::Sample)>, ClipError> {
        if self.ended {
            return Ok(None);
        }
        let pulled = match self.first.take() {
            Some(sample) => Pull::Picture(sample),
            None => self.line.pull(),
        };
        match pulled {
            Pull::Picture(sample) => Ok(Some((self.timing.time_of(&sample), sample))),
            Pull::Broken(reason) => Err(self.broken(reason)),
            Pull::End if self.was_cut() => Err(self.broken("the file ends too early".to_owned())),
            Pull::End => {
                self.ended = true;
                Ok(None)
            }
        }
    }

    fn picture(&self, sample: &gst::Sample) -> Result<Frame, String> {
        let caps = sample.caps().ok_or("a picture without a description")?;
        let info = gst_video::VideoInfo::from_caps(caps);
        let info = info.map_err(|_| format!("no picture can be read from {caps}"))?;
        let buffer = sample.buffer_owned().ok_or("a picture without samples")?;
        let frame = frame_from(buffer, &info)?;
        upright(frame, self.orientation).map_err(|error| error.to_string())
    }

    fn was_cut(&self) -> bool {
        let shown = self.timing.last + self.timing.step;
        self.duration.is_some_and(|duration| {
            let missing = duration.saturating_sub(shown);
            missing > CUT_MIN && missing > duration / 10
        })
    }

    fn broken(&mut self, reason: String) -> ClipError {
        self.ended = true;
        ClipError::Broken { path: self.path.clone(), at: self.timing.last, reason }
    }
}

impl Timing {
    fn of(first: &gst::Sample, assumed: bool) -> Self {
        let (pictures, seconds) = frame_rate(first).unwrap_or(FPS_ASSUMED);
        let step = Duration::from_secs_f64(f64::from(seconds) / f64::from(pictures));
        let timeless = first.buffer().is_none_or(|buffer| buffer.pts().is_none());
        let assumed = assumed || timeless;
        Self { step, assumed, origin: None, pictures: 0, last: Duration::ZERO }
    }

    fn time_of(&mut self, sample: &gst::Sample) -> Duration {
        let own = running_time(sample).filter(|_| !self.assumed);
        let at = match own {
            Some(time) => {
                let origin = *self.origin.get_or_insert(time);
                time.saturating_sub(origin).into()
            }
            None if self.pictures == 0 => Duration::ZERO,
            // From the count, so that rounding does not add up.
            None if self.assumed => self.step * self.pictures,
            None => self.last + self.step,
        };
        self.pictures += 1;
        self.last = self.last.max(at);
        self.last
    }
}

/// The time of a picture, past edit lists.
fn running_time(sample: &gst::Sample) -> Option<gst::ClockTime> {
    let time = sample.buffer()?.pts()?;
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
    segment.to_running_time(time).or(Some(time))
}

fn frame_rate(sample: &gst::Sample) -> Option<(i32, i32)> {
    let rate = sample.caps()?.structure(0)?.get::<gst::Fraction>("framerate").ok()?;
    let (pictures, seconds) = (rate.numer(), rate.denom());
    let believable = pictures > 0 && seconds > 0 && pictures / seconds <= FPS_MAX;
    believable.then_some((pictures, seconds))
}
