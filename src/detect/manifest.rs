//! The manifest of a model, `models/NAME.toml`: what the file is and what its numbers mean.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::detect::Kind;

use super::error::ModelError;
use super::labels::COCO80;
use super::labels::LABELS_MAX;
use super::tensor::ColourOrder;
use super::tensor::Normalisation;
use super::tensor::Resize;
use super::tensor::TensorSettings;
use super::verifier_settings::VerifierFile;
use super::verifier_settings::VerifierSettings;

/// Sides of a model's input, in pixels: less sees nothing, more is a slip of the pen.
const INPUT_SIDE: std::ops::RangeInclusive<u32> = 32..=4096;

/// The usual grey beside a picture that does not fill the tensor.
const PAD_USUAL: u8 = 114;

/// A checked manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The model's file, absolute or beside the manifest or on the search path.
    pub file: String,
    /// In lower-case hexadecimal digits.
    pub sha256: String,
    pub licence: String,
    pub family: Family,
    pub tensor: TensorSettings,
    pub labels: Labels,
    /// Boxes of one thing overlap at least this much (intersection over union), 0..=1.
    pub nms_iou: f32,
    /// The model's label and what we call it; other labels are passed over.
    pub kinds: BTreeMap<String, Kind>,
    thresholds: BTreeMap<ThresholdFor, Thresholds>,
    /// The network that is asked once more about boxes of some kinds.
    pub verifier: Option<VerifierSettings>,
}

/// How the outputs of a model are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    Yolox,
    Ultralytics,
    Nanodet,
    Fastestdet,
    Detr,
}

impl Family {
    /// The family as a manifest names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Yolox => "yolox",
            Self::Ultralytics => "ultralytics",
            Self::Nanodet => "nanodet",
            Self::Fastestdet => "fastestdet",
            Self::Detr => "detr",
        }
    }
}

/// Where the names of the classes stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Labels {
    /// In the manifest, in the order of the outputs.
    Listed(Vec<String>),
    /// In the ONNX file, under the key `names`.
    Metadata,
}

/// Scores from which on a box counts, 0..=1.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "ThresholdsFile")]
pub struct Thresholds {
    /// A box may begin a stay.
    pub strong: f32,
    /// A box may go on with a stay; not above `strong`.
    pub weak: f32,
}

impl Manifest {
    /// Reads the text of a manifest; `path` is for the message.
    ///
    /// # Errors
    /// At the first fault, with its line and value.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ModelError> {
        let file: ManifestFile = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = text.get(..at).map_or(1, |before| before.matches('\n').count() + 1);
            let value = text.lines().nth(line - 1).unwrap_or_default().trim();
            let fault = format!("{} in `{value}`", error.message().replace('\n', ", "));
            ModelError::Manifest { path: path.to_owned(), line, fault }
        })?;
        file.checked().map_err(|(key, fault)| {
            let line = 1 + text.lines().position(|line| line.contains(&key)).unwrap_or(0);
            ModelError::Manifest { path: path.to_owned(), line, fault }
        })
    }

    /// The thresholds of `kind`: its own, else the default.
    #[must_use]
    pub fn thresholds(&self, kind: Kind) -> Thresholds {
        let own = self.thresholds.get(&ThresholdFor::Kind(kind));
        let usual = self.thresholds.get(&ThresholdFor::Default);
        own.or(usual).copied().unwrap_or(Thresholds { strong: 0.4, weak: 0.15 })
    }

    /// The model's own score from which on a box of `kind` is of use: its
    /// *weak* threshold, or less where the verifier may raise the score.
    #[must_use]
    pub fn least(&self, kind: Kind) -> f32 {
        let weak = self.thresholds(kind).weak;
        let asked = self.verifier.as_ref().filter(|verifier| verifier.outputs.contains_key(&kind));
        asked.map_or(weak, |verifier| weak.min(verifier.from))
    }

    /// Lets boxes of every kind through from `weak` on, and leaves `strong` as
    /// it is: for measuring how precision falls as recall rises.
    pub(super) fn lower_weak(&mut self, weak: f32) {
        let lowered = |kind: Kind| {
            let own = self.thresholds(kind);
            let weak = own.weak.min(weak);
            (ThresholdFor::Kind(kind), Thresholds { weak, ..own })
        };
        self.thresholds = Kind::ALL.into_iter().map(lowered).collect();
    }
}

/// The manifest as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestFile {
    file: String,
    sha256: Sha256,
    licence: String,
    family: Family,
    input: [Side; 2],
    colour: ColourOrder,
    resize: Resize,
    #[serde(default)]
    pad: Option<u8>,
    labels: LabelsFile,
    #[serde(default)]
    nms_iou: Option<Fraction>,
    #[serde(default)]
    normalisation: Normalisation,
    kinds: BTreeMap<String, Kind>,
    #[serde(default)]
    thresholds: BTreeMap<ThresholdFor, Thresholds>,
    #[serde(default)]
    verifier: Option<VerifierFile>,
}

impl ManifestFile {
    /// The manifest, or the key and the fault that only shows when keys are compared.
    fn checked(self) -> Result<Manifest, (String, String)> {
        let labels = self.labels.checked()?;
        if let Labels::Listed(labels) = &labels {
            check_kinds(&self.kinds, labels)?;
        }
        if self.kinds.is_empty() {
            return Err(("[kinds]".to_owned(), "`kinds` names no label".to_owned()));
        }
        let tensor = TensorSettings {
            width: self.input[0].0,
            height: self.input[1].0,
            colour: self.colour,
            resize: self.resize,
            pad: self.pad.unwrap_or(PAD_USUAL),
            normalisation: self.normalisation,
        };
        Ok(Manifest {
            file: self.file,
            sha256: self.sha256.0,
            licence: self.licence,
            family: self.family,
            tensor,
            labels,
            nms_iou: self.nms_iou.map_or(0.5, |fraction| fraction.0),
            kinds: self.kinds,
            thresholds: self.thresholds,
            verifier: self.verifier.map(|verifier| verifier.checked(&tensor)).transpose()?,
        })
    }
}

/// Whether every label in `[kinds]` is one of the model's, else which is not.
pub(super) fn check_kinds(
    kinds: &BTreeMap<String, Kind>,
    labels: &[String],
) -> Result<(), (String, String)> {
    match kinds.keys().find(|label| !labels.contains(label)) {
        Some(label) => {
            Err((label.clone(), format!("`{label}` in `kinds` is not among the model's labels")))
        }
        None => Ok(()),
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected `coco80`, `metadata` or a list of names")]
enum LabelsFile {
    Named(NamedLabels),
    Listed(Vec<String>),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum NamedLabels {
    Coco80,
    Metadata,
}

impl LabelsFile {
    fn checked(self) -> Result<Labels, (String, String)> {
        match self {
            Self::Named(NamedLabels::Metadata) => Ok(Labels::Metadata),
            Self::Named(NamedLabels::Coco80) => {
                Ok(Labels::Listed(COCO80.map(str::to_owned).to_vec()))
            }
            Self::Listed(labels) if (1..=LABELS_MAX).contains(&labels.len()) => {
                Ok(Labels::Listed(labels))
            }
            Self::Listed(labels) => {
                let fault = format!("{} labels, must be 1 to {LABELS_MAX}", labels.len());
                Err(("labels".to_owned(), fault))
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
enum ThresholdFor {
    Default,
    Kind(Kind),
}

impl TryFrom<String> for ThresholdFor {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        match (name.as_str(), Kind::from_name(&name)) {
            ("default", _) => Ok(Self::Default),
            (_, Some(kind)) => Ok(Self::Kind(kind)),
            _ => Err(format!("`{name}` is neither `default` nor a kind")),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThresholdsFile {
    strong: Fraction,
    weak: Fraction,
}

impl TryFrom<ThresholdsFile> for Thresholds {
    type Error = String;

    fn try_from(file: ThresholdsFile) -> Result<Self, String> {
        let (strong, weak) = (file.strong.0, file.weak.0);
        if weak > strong {
            return Err(format!("weak = {weak} is above strong = {strong}"));
        }
        Ok(Self { strong, weak })
    }
}

#[derive(Deserialize)]
#[serde(try_from = "f32")]
pub(super) struct Fraction(pub(super) f32);

impl TryFrom<f32> for Fraction {
    type Error = String;

    fn try_from(value: f32) -> Result<Self, String> {
        if (0.0..=1.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("{value} is not within 0 to 1"))
        }
    }
}

#[derive(Deserialize)]
#[serde(try_from = "u32")]
pub(super) struct Side(pub(super) u32);

impl TryFrom<u32> for Side {
    type Error = String;

    fn try_from(side: u32) -> Result<Self, String> {
        if INPUT_SIDE.contains(&side) {
            Ok(Self(side))
        } else {
            Err(format!("{side} is not within {} to {}", INPUT_SIDE.start(), INPUT_SIDE.end()))
        }
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Sha256(pub(super) String);

impl TryFrom<String> for Sha256 {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(format!("`{text}` is not 64 hexadecimal digits"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
file = "m.onnx"
sha256 = "e8af074932d4ed7e232278e3055cefcdea3edf178874a3694ae292649fb464dd"
licence = "Apache-2.0"
family = "yolox"
input = [416, 320]
colour = "bgr"
resize = "letterbox_top_left"
labels = "coco80"
[kinds]
car = "car"
[thresholds]
default = { strong = 0.5, weak = 0.2 }
car = { strong = 0.4, weak = 0.1 }
"#;

    const VERIFIER: &str = r#"
[verifier]
file = "v.onnx"
sha256 = "e8af074932d4ed7e232278e3055cefcdea3edf178874a3694ae292649fb464dd"
side = 64
context = 1.5
from = 0.15
largest = 96
kinds = ["garbage", "bus"]
labels = ["none", "garbage", "bus"]
"#;

    fn check_fault(from: &str, to: &str, line: usize, words: &[&str]) {
        let text = GOOD.replace(from, to);
        let error = Manifest::parse(Path::new("models/m.toml"), &text).unwrap_err().to_string();
        assert!(error.starts_with(&format!("models/m.toml:{line}: ")), "{error}");
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }

    #[test]
    fn a_good_manifest_is_understood() {
        let manifest = Manifest::parse(Path::new("m.toml"), GOOD).unwrap();
        assert_eq!((manifest.tensor.width, manifest.tensor.height), (416, 320));
        assert_eq!(manifest.thresholds(Kind::Car), Thresholds { strong: 0.4, weak: 0.1 });
        assert_eq!(manifest.thresholds(Kind::Bus), Thresholds { strong: 0.5, weak: 0.2 });
    }

    #[test]
    fn a_fault_names_file_line_and_value() {
        check_fault("\"yolox\"", "\"yolo99\"", 5, &["`yolo99`", "`nanodet`"]);
        check_fault("416", "7", 6, &["7 is not within 32 to 4096"]);
        check_fault("car = \"car\"", "car = \"cart\"", 11, &["`cart`"]);
        check_fault("car = \"car\"", "carr = \"car\"", 11, &["`carr`", "labels"]);
        check_fault("licence", "license", 4, &["unknown field `license`"]);
        check_fault("e8af", "e8", 3, &["hexadecimal"]);
        check_fault("\"coco80\"", "\"coco81\"", 9, &["`coco80`", "coco81"]);
        check_fault("weak = 0.2", "weak = 0.6", 13, &["weak = 0.6 is above strong = 0.5"]);
        check_fault("weak = 0.1", "weak = 1.1", 14, &["1.1 is not within 0 to 1"]);
        check_fault("car = {", "lorry = {", 14, &["`lorry`"]);
        check_fault("\"m.onnx\"", "m.onnx", 2, &["m.onnx"]);
    }

    #[test]
    fn a_verifier_is_understood_and_its_boxes_are_kept_from_its_own_score_on() {
        let text = format!("{GOOD}{VERIFIER}");
        let mut manifest = Manifest::parse(Path::new("m.toml"), &text).unwrap();
        let verifier = manifest.verifier.as_ref().unwrap();
        assert_eq!(verifier.outputs, BTreeMap::from([(Kind::Garbage, 1), (Kind::Bus, 2)]));
        assert_eq!((verifier.count, verifier.tensor.width, verifier.tensor.height), (3, 64, 64));
        assert_eq!((manifest.least(Kind::Bus), manifest.least(Kind::Car)), (0.15, 0.1));
        manifest.lower_weak(0.05);
        assert_eq!((manifest.least(Kind::Bus), manifest.least(Kind::Car)), (0.05, 0.05));
        let from = manifest.verifier.unwrap().from;
        assert!((from - 0.15).abs() < 1e-6, "what is shown stays what it is in use: {from}");
    }

    #[test]
    fn a_fault_of_a_verifier_is_told_where_it_stands() {
        let check = |from: &str, to: &str, line: usize, word: &str| {
            let text = format!("{GOOD}{}", VERIFIER.replace(from, to));
            let error = Manifest::parse(Path::new("m.toml"), &text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("m.toml:{line}: ")), "{error}");
            assert!(error.contains(word), "{error}");
        };
        check("context = 1.5", "context = 9.5", 20, "9.5 is not within 1 to 4");
        check("[\"garbage\"", "[\"cone\"", 16, "`cone` is not among the verifier's labels");
        check("[\"garbage\"", "[\"lorry\"", 23, "`lorry`");
    }

    #[test]
    fn the_manifests_of_the_project_are_good() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        let mut count = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                Manifest::parse(&path, &std::fs::read_to_string(&path).unwrap()).unwrap();
                count += 1;
            }
        }
        assert!(count >= 5);
    }
}
