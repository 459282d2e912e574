//! What a model gave back, and what a family makes of it.

use crate::detect::Kind;

/// One output of a model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output<'a> {
    pub(super) name: &'a str,
    pub(super) shape: &'a [usize],
    pub(super) values: Values<'a>,
}

/// As many values as the shape says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Values<'a> {
    Float(&'a [f32]),
    Int(&'a [i64]),
}

impl<'a> Output<'a> {
    pub(super) fn floats(&self) -> Option<&'a [f32]> {
        match self.values {
            Values::Float(values) => Some(values),
            Values::Int(_) => None,
        }
    }

    /// The shape without a leading batch of one.
    pub(super) fn shape_of_one(&self) -> &'a [usize] {
        match self.shape {
            [1, rest @ ..] if rest.len() >= 2 => rest,
            whole => whole,
        }
    }
}

impl Output<'_> {
    /// The shape that each of `pictures` judged in one run has for its own.
    pub(super) fn shape_of_each(&self, pictures: usize) -> Result<Vec<usize>, String> {
        match self.shape {
            [count, rest @ ..] if *count == pictures => {
                Ok(std::iter::once(1).chain(rest.iter().copied()).collect())
            }
            shape => Err(format!("{} gives {shape:?} for {pictures} pictures", self.name)),
        }
    }

    /// What the output says of the picture `at`, whose `shape` comes from [`Self::shape_of_each`].
    pub(super) fn part<'b>(&'b self, at: usize, shape: &'b [usize]) -> Output<'b> {
        let len = shape.iter().product::<usize>();
        let values = match self.values {
            Values::Float(values) => Values::Float(&values[at * len..][..len]),
            Values::Int(values) => Values::Int(&values[at * len..][..len]),
        };
        Output { name: self.name, shape, values }
    }
}

/// What is in the outputs, for the message that says what is missing.
pub(super) fn describe(outputs: &[Output<'_>]) -> String {
    let all: Vec<_> = outputs.iter().map(|out| format!("{} {:?}", out.name, out.shape)).collect();
    all.join(", ")
}

/// A box that may be a thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Candidate {
    pub(super) kind: Kind,
    /// 0..=1.
    pub(super) score: f32,
    /// `[x0, y0, x1, y1]` in tensor pixels; may be anything, even not a number.
    pub(super) box_in_tensor: [f32; 4],
}

/// A class of the model that we look for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct WantedClass {
    /// Its place among the model's classes.
    pub(super) index: usize,
    pub(super) kind: Kind,
    /// Lower scores are not looked at, 0..=1.
    pub(super) weak: f32,
}

/// The classes that we look for, among all that the model tells apart.
#[derive(Clone, Debug)]
pub(super) struct Classes {
    /// In the order of their indices, each below `count`.
    pub(super) wanted: Vec<WantedClass>,
    pub(super) count: usize,
}

impl Classes {
    /// The lowest score that any class asks for.
    pub(super) fn weakest(&self) -> f32 {
        self.wanted.iter().map(|class| class.weak).fold(1.0, f32::min)
    }

    /// The wanted class with the best score of at least its threshold, and
    /// that score: the class's own, put through `score_from`. Not-numbers never win.
    pub(super) fn best(
        &self,
        scores: &[f32],
        score_from: impl Fn(f32) -> f32,
    ) -> Option<(Kind, f32)> {
        let mut best: Option<(Kind, f32)> = None;
        for class in &self.wanted {
            let score = score_from(*scores.get(class.index)?);
            if score >= class.weak && best.is_none_or(|(_, top)| score > top) {
                best = Some((class.kind, score.min(1.0)));
            }
        }
        best
    }
}

/// The box `[x0, y0, x1, y1]` around a center.
pub(super) fn around(x: f32, y: f32, width: f32, height: f32) -> [f32; 4] {
    [x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0]
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Three classes, of which the first is a person and the last a car, both from 0.3 on.
    pub(in crate::detect) fn classes() -> Classes {
        let class = |index, kind| WantedClass { index, kind, weak: 0.3 };
        Classes { wanted: vec![class(0, Kind::Person), class(2, Kind::Car)], count: 3 }
    }

    #[test]
    fn the_best_wanted_class_wins_and_unwanted_ones_do_not() {
        let best = classes().best(&[0.4, 0.99, 0.6], |score| score);
        assert_eq!(best, Some((Kind::Car, 0.6)));
        assert_eq!(classes().best(&[0.1, 0.99, 0.2], |score| score), None);
        assert_eq!(classes().best(&[f32::NAN, 0.0, f32::NAN], |score| score), None);
    }
}
