//! What a manifest says of a second network, under `[verifier]`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::detect::Kind;

use super::manifest::Fraction;
use super::manifest::Sha256;
use super::manifest::Side;
use super::tensor::Resize;
use super::tensor::TensorSettings;

/// What a verifier is shown over the longer side of a box: the box itself to a good part of the street.
const CONTEXT: std::ops::RangeInclusive<f32> = 1.0..=4.0;

/// A second network that is shown, near to, the boxes of some kinds.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifierSettings {
    /// The network's file, looked for as the model's is.
    pub file: String,
    /// In lower-case hexadecimal digits.
    pub sha256: String,
    /// Its input: square, coloured and normalised as the model's is.
    pub tensor: TensorSettings,
    /// What is cut out, over the longer side of the box; at least 1.
    pub context: f32,
    /// Boxes from this score of the model's on are shown, 0..=1.
    pub from: f32,
    /// Boxes whose longer side is at most so long in the model's tensor are
    /// shown, in pixels: what is larger there the model itself sees better.
    pub largest: u32,
    /// The kinds whose boxes are shown, and the place of each among the outputs.
    pub outputs: BTreeMap<Kind, usize>,
    /// How many outputs there are.
    pub count: usize,
}

/// `[verifier]` as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VerifierFile {
    file: String,
    sha256: Sha256,
    side: Side,
    context: Context,
    from: Fraction,
    largest: Side,
    labels: Vec<String>,
    kinds: Vec<Kind>,
}

impl VerifierFile {
    pub(super) fn checked(
        self,
        model: &TensorSettings,
    ) -> Result<VerifierSettings, (String, String)> {
        let place = |kind: Kind| {
            let place = self.labels.iter().position(|label| label == kind.name());
            let fault = || format!("`{}` is not among the verifier's labels", kind.name());
            Ok((kind, place.ok_or_else(|| ("[verifier]".to_owned(), fault()))?))
        };
        let outputs = self.kinds.iter().map(|kind| place(*kind));
        let outputs = outputs.collect::<Result<_, (String, String)>>()?;
        let side = self.side.0;
        let resize = Resize::LetterboxCenter;
        Ok(VerifierSettings {
            outputs,
            count: self.labels.len(),
            file: self.file,
            sha256: self.sha256.0,
            tensor: TensorSettings { width: side, height: side, resize, ..*model },
            context: self.context.0,
            from: self.from.0,
            largest: self.largest.0,
        })
    }
}

/// What is cut out over the longer side of a box.
#[derive(Deserialize)]
#[serde(try_from = "f32")]
struct Context(f32);

impl TryFrom<f32> for Context {
    type Error = String;

    fn try_from(value: f32) -> Result<Self, String> {
        if CONTEXT.contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("{value} is not within {} to {}", CONTEXT.start(), CONTEXT.end()))
        }
    }
}
