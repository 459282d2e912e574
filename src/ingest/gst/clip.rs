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
use super::cut::Ending;
use super::cut::ending_of;
use super::init::GstError;
use super::init::init;
use super::orientation::orientation_at;
use super::picture::frame_from;
use super::turn::upright;

/// Pictures a second of a clip that says nothing of time.
const FPS_ASSUMED: (i32, i32) = (25, 1);

/// Frame rates beyond this are not believed: writers put the clock rate there.
const FPS_MAX: i32 = 240;

/// Pictures that an encoder sends before the one they are shown after.
const REORDERED_MAX: u32 = 4;

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
    /// The file is shorter than its own header says.
    cut: bool,
    ended: bool,
}

/// Gives each picture its time.
#[derive(Debug)]
struct Timing {
    /// Between pictures where nothing says otherwise.
    step: Duration,
    /// The clip's own times are absent or not to be believed.
    assumed: bool,
    /// The clip's own times may be off by so much. AVI numbers its pictures in
    /// the order of decoding, which is not that of showing.
    slack: Duration,
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
        let mut file = File::open(path).map_err(|error| refused(error.to_string()))?;
        let about = file.metadata().map_err(|error| refused(error.to_string()))?;
        if !about.is_file() {
            return Err(refused("it is no file".to_owned()));
        }
        if about.len() == 0 {
            return Err(refused("the file is empty".to_owned()));
        }
        let ending = ending_of(&mut file);
        if ending == Ending::IndexLost {
            return Err(refused("the file is cut off before its index".to_owned()));
        }
        let line = ClipLine::start(path)?;
        let first = match line.pull() {
            Pull::Picture(sample) => sample,
            Pull::End => return Err(refused("there is no picture in it".to_owned())),
            Pull::Broken(reason) => return Err(refused(reason)),
        };
        let orientation = line.exit().map_or(Orientation::Upright, |pad| orientation_at(&pad));
        let timing = Timing::of(&first, line.container().as_deref());
        let duration = line.duration().filter(|_| !timing.assumed);
        let (path, first) = (path.to_owned(), Some(first));
        Ok(Self {
            path,
            line,
            first,
            timing,
            orientation,
            duration,
            cut: ending == Ending::CutShort,
            ended: false,
        })
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
        self.cut
            || self.duration.is_some_and(|duration| {
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
    fn of(first: &gst::Sample, container: Option<&str>) -> Self {
        let (pictures, seconds) = frame_rate(first).unwrap_or(FPS_ASSUMED);
        let step = Duration::from_secs_f64(f64::from(seconds) / f64::from(pictures));
        let timeless = first.buffer().is_none_or(|buffer| buffer.pts().is_none());
        let assumed = container.is_none() || timeless;
        let slack =
            if container == Some("avidemux") { step * REORDERED_MAX } else { Duration::ZERO };
        Self { step, assumed, slack, origin: None, pictures: 0, last: Duration::ZERO }
    }

    fn time_of(&mut self, sample: &gst::Sample) -> Duration {
        let own = running_time(sample).filter(|_| !self.assumed);
        let next = self.last + self.step;
        let at = match own {
            _ if self.pictures == 0 => Duration::ZERO,
            Some(time) => {
                let time: Duration = time.saturating_sub(self.origin.unwrap_or(time)).into();
                next.clamp(time.saturating_sub(self.slack), time + self.slack)
            }
            // From the count, so that rounding does not add up.
            None if self.assumed => self.step * self.pictures,
            None => next,
        };
        self.origin = self.origin.or(own);
        self.pictures = self.pictures.saturating_add(1);
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::ingest::gst::testing::has;
    use crate::ingest::gst::testing::record;
    use crate::ingest::gst::testing::shared_clip;

    /// Reads to the end: the times of all pictures, and the error that ended it.
    fn read(path: &Path) -> (Vec<Duration>, Option<ClipError>) {
        let (mut clip, mut times) = (ClipReader::open(path).unwrap(), Vec::new());
        loop {
            match clip.next() {
                Ok(Some(picture)) => times.push(picture.at),
                Ok(None) => return (times, None),
                Err(error) => {
                    assert!(clip.next().unwrap().is_none(), "a broken clip has ended");
                    return (times, Some(error));
                }
            }
        }
    }

    fn write(folder: &Path, name: &str, encoding: &str) -> PathBuf {
        let path = folder.join(name);
        let source =
            "videotestsrc num-buffers=100 ! video/x-raw,width=160,height=90,framerate=20/1";
        record(&format!("{source} ! {encoding} ! filesink location={}", path.display()));
        path
    }

    #[test]
    fn gives_every_picture_of_a_clip_with_b_frames_at_its_time() {
        if !has(&["x264enc", "mp4mux"]) {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let encoding = "x264enc bframes=3 b-adapt=false key-int-max=20 ! h264parse ! mp4mux";
        let path = write(folder.path(), "b.mp4", encoding);
        let (times, error) = read(&path);
        assert_eq!(error, None);
        let expected: Vec<Duration> = (0..100).map(|at| Duration::from_millis(50 * at)).collect();
        assert_eq!(times, expected);
        let mut clip = ClipReader::open(&path).unwrap();
        assert!(!clip.timestamps_assumed());
        assert_eq!(clip.duration().map(|length| length.as_millis()), Some(5000));
        let late = clip.next_at(Duration::from_millis(1_010)).unwrap().unwrap();
        assert_eq!(late.at, Duration::from_millis(1_050));
        assert_eq!(clip.next().unwrap().unwrap().at, Duration::from_millis(1_100));
        assert!(clip.next_at(Duration::from_secs(60)).unwrap().is_none());
    }

    #[test]
    fn a_stream_without_times_stands_at_an_assumed_rate() {
        if !has(&["x264enc"]) {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let raw = "x264enc bframes=2 ! video/x-h264,stream-format=byte-stream";
        let path = write(folder.path(), "raw.h264", raw);
        let (times, error) = read(&path);
        assert_eq!((times.len(), error), (100, None));
        assert!(ClipReader::open(&path).unwrap().timestamps_assumed());
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn a_clip_cut_short_gives_what_came_before_and_says_so_once() {
        if !has(&["x264enc", "mp4mux", "avimux", "jpegenc"]) {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let cut = |path: &Path| {
            let whole = fs::read(path).unwrap();
            fs::write(path, &whole[..whole.len() * 6 / 10]).unwrap();
        };
        let avi = write(folder.path(), "cut.avi", "jpegenc ! avimux");
        cut(&avi);
        let (times, error) = read(&avi);
        assert!((50..70).contains(&times.len()), "{} pictures", times.len());
        assert!(matches!(error, Some(ClipError::Broken { .. })), "{error:?}");
        let fast = write(folder.path(), "fast.mp4", "x264enc ! h264parse ! mp4mux faststart=true");
        cut(&fast);
        let (times, error) = read(&fast);
        assert!((10..95).contains(&times.len()), "{} pictures", times.len());
        assert!(matches!(error, Some(ClipError::Broken { .. })), "{error:?}");
        let plain = write(folder.path(), "plain.mp4", "x264enc ! h264parse ! mp4mux");
        cut(&plain);
        let error = ClipReader::open(&plain).unwrap_err();
        assert!(error.to_string().contains("plain.mp4"), "{error}");
    }

    #[test]
    fn what_is_no_clip_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            path
        };
        let sound = folder.path().join("sound.wav");
        record(&format!(
            "audiotestsrc num-buffers=50 ! wavenc ! filesink location={}",
            sound.display()
        ));
        for path in [
            folder.path().to_owned(),
            folder.path().join("absent.mp4"),
            file("empty.mp4", b""),
            file("text.mp4", b"this is no video at all, only some words\n"),
            file("noise.bin", &[0xa7; 5_000]),
            sound,
        ] {
            let error = ClipReader::open(&path).unwrap_err();
            assert!(matches!(error, ClipError::Open { .. }), "{error:?}");
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn the_shared_clips_give_all_their_pictures() {
        for (name, pictures, seconds, size) in [
            ("aboda_video4.avi", 1169, 39.0, (720, 480)),
            ("bgs_video02.avi", 748, 30.0, (320, 240)),
            ("borislav_traffic.mp4", 909, 30.3, (640, 480)),
            ("ckuhn_traffic.mp4", 753, 75.0, (640, 360)),
            ("litter_di_xe_1_phu.mp4", 356, 12.0, (720, 1280)),
            ("omz_cars_768x768.h264", 250, 10.0, (768, 768)),
        ] {
            let Some(path) = shared_clip(name) else { return };
            let mut clip = ClipReader::open(&path).unwrap();
            let mut times = Vec::new();
            while let Some(picture) = clip.next().unwrap() {
                times.push(picture.at);
                assert_eq!((picture.frame.width(), picture.frame.height()), size, "{name}");
            }
            assert_eq!(times.len(), pictures, "{name}");
            assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{name} has doubled times");
            assert!(
                (times[pictures - 1].as_secs_f64() - seconds).abs() < 0.6,
                "{name}: {:?}",
                times.last()
            );
            assert_eq!(clip.timestamps_assumed(), name == "omz_cars_768x768.h264", "{name}");
        }
    }
}
