//! A detector that says what a test wrote down.

use crate::detect::Detection;
use crate::detect::Detector;
use crate::detect::DetectorError;
use crate::detect::Kind;
use crate::ingest::Frame;

/// The strong score of every kind unless told otherwise.
const STRONG_SCORE: f32 = 0.4;

type Script = Box<dyn FnMut(usize, &Frame) -> Result<Vec<Detection>, DetectorError> + Send>;

/// Answers by the number of the call, from 0, or by the picture.
pub struct ScriptedDetector {
    script: Script,
    calls: usize,
    strong_score: f32,
}

impl ScriptedDetector {
    /// Answers what `script` says to the number of the call and the picture.
    #[must_use]
    pub fn new<S>(script: S) -> Self
    where
        S: FnMut(usize, &Frame) -> Result<Vec<Detection>, DetectorError> + Send + 'static,
    {
        Self { script: Box::new(script), calls: 0, strong_score: STRONG_SCORE }
    }

    /// Answers one entry a call, and the last one from then on.
    #[must_use]
    pub fn by_call(answers: Vec<Vec<Detection>>) -> Self {
        Self::new(move |call, _| {
            let last = answers.len().saturating_sub(1);
            Ok(answers.get(call.min(last)).cloned().unwrap_or_default())
        })
    }

    /// Sets the strong score, 0..=1, of every kind.
    #[must_use]
    pub fn with_strong_score(mut self, strong_score: f32) -> Self {
        self.strong_score = strong_score;
        self
    }

    /// How often it was asked.
    #[must_use]
    pub const fn calls(&self) -> usize {
        self.calls
    }
}

impl Detector for ScriptedDetector {
    fn detect(&mut self, frame: &Frame) -> Result<Vec<Detection>, DetectorError> {
        let call = self.calls;
        self.calls += 1;
        (self.script)(call, frame)
    }

    fn strong_score(&self, _kind: Kind) -> f32 {
        self.strong_score
    }
}

#[cfg(test)]
mod tests {
    use crate::geometry::BoxInImage;
    use crate::ingest::YuvLayout;
    use crate::ingest::YuvMatrix;

    use super::*;

    #[test]
    fn answers_by_call_and_keeps_the_last_answer() {
        let matrix = YuvMatrix::usual_for(2);
        let frame = Frame::from_packed(2, 2, YuvLayout::I420, matrix, vec![0; 6]).unwrap();
        let car = Detection { kind: Kind::Car, score: 0.9, box_in_image: BoxInImage::WHOLE };
        let mut detector = ScriptedDetector::by_call(vec![vec![], vec![car]]);
        let counts: Vec<_> = (0..3).map(|_| detector.detect(&frame).unwrap().len()).collect();
        assert_eq!((counts, detector.calls()), (vec![0, 1, 1], 3));
    }
}
