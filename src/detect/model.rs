//! A model at work: loaded and checked once, then asked picture by picture.

use std::fmt;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use sha2::Digest;
use sha2::Sha256;

use crate::detect::Detection;
use crate::detect::Detector;
use crate::detect::DetectorError;
use crate::detect::Kind;
use crate::ingest::Frame;

use super::detr;
use super::error::ModelError;
use super::fastestdet;
use super::labels;
use super::manifest::Family;
use super::manifest::Labels;
use super::manifest::Manifest;
use super::manifest::check_kinds;
use super::nanodet;
use super::output::Candidate;
use super::output::Classes;
use super::output::Output;
use super::output::WantedClass;
use super::runtime::Element;
use super::runtime::Input;
use super::runtime::Port;
use super::runtime::Provider;
use super::runtime::Session;
use super::search::SearchPath;
use super::suppress;
use super::tensor::Tensor;
use super::ultralytics;
use super::yolox;

/// Larger files are not detectors for street cameras, and would be read whole.
const MODEL_BYTES_MAX: u64 = 1 << 30;

/// A manifest is a page of text.
const MANIFEST_BYTES_MAX: u64 = 1 << 20;

/// A manifest and the bytes it speaks of, their checksum verified. Cheap to share.
#[derive(Clone)]
pub struct ModelFile {
    name: String,
    manifest: Arc<Manifest>,
    path: PathBuf,
    bytes: Arc<[u8]>,
}

impl ModelFile {
    /// Finds and reads the model `name`: the name of a manifest on the search
    /// path, or the path of one if it ends in `.toml`.
    ///
    /// # Errors
    /// When manifest or model are missing, faulty, too large, or do not belong together.
    pub fn read(name: &str, search: &SearchPath) -> Result<Self, ModelError> {
        let manifest_path = if Path::new(name).extension().is_some_and(|end| end == "toml") {
            PathBuf::from(name)
        } else {
            search
                .find(None, Path::new(&format!("{name}.toml")))
                .map_err(|looked| ModelError::NoManifest { name: name.to_owned(), looked })?
        };
        let text = read_bounded(&manifest_path, MANIFEST_BYTES_MAX)?;
        let manifest = Manifest::parse(&manifest_path, &String::from_utf8_lossy(&text))?;
        let beside = manifest_path.parent();
        let path = search
            .find(beside, Path::new(&manifest.file))
            .map_err(|looked| ModelError::NoFile { file: manifest.file.clone(), looked })?;
        let bytes = read_bounded(&path, MODEL_BYTES_MAX)?;
        let got = sha256(&bytes);
        if got != manifest.sha256 {
            return Err(ModelError::Sha256 { path, expected: manifest.sha256, got });
        }
        let name = manifest_path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, manifest: Arc::new(manifest), path, bytes: bytes.into() })
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where the ONNX file was found.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The same, but giving boxes of every kind from the score `weak` on.
    #[must_use]
    pub fn weak_from(mut self, weak: f32) -> Self {
        Arc::make_mut(&mut self.manifest).lower_weak(weak);
        self
    }

    fn unfit(&self, fault: String) -> ModelError {
        ModelError::Unfit { path: self.path.clone(), fault }
    }
}

impl fmt::Debug for ModelFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelFile").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A detector that asks a model. Make one a worker.
pub struct Model {
    file: ModelFile,
    session: Session,
    feed: Feed,
    classes: Classes,
    tensor: Tensor,
    candidates: Vec<Candidate>,
}

impl Model {
    /// Reads and loads the model `name`; see [`ModelFile::read`] and [`Model::new`].
    ///
    /// # Errors
    /// When the model cannot be used; the message says why.
    pub fn load(name: &str, search: &SearchPath, provider: Provider) -> Result<Self, ModelError> {
        Self::new(&ModelFile::read(name, search)?, provider)
    }

    /// Loads the model and runs it once on an empty picture, so that inputs
    /// and outputs which do not fit the manifest show now.
    ///
    /// # Errors
    /// When ONNX Runtime is missing or refuses the model, or the model does
    /// not fit its manifest.
    pub fn new(file: &ModelFile, provider: Provider) -> Result<Self, ModelError> {
        let session = Session::open(&file.bytes, provider)
            .map_err(|source| ModelError::Runtime { path: file.path.clone(), source })?;
        let tensor = Tensor::new(file.manifest.tensor);
        let feed = Feed::new(&session.inputs, &tensor).map_err(|fault| file.unfit(fault))?;
        let classes = classes(&file.manifest, &session).map_err(|fault| file.unfit(fault))?;
        let candidates = Vec::new();
        let mut model = Self { file: file.clone(), session, feed, classes, tensor, candidates };
        model.run().map_err(|fault| file.unfit(fault))?;
        Ok(model)
    }

    #[must_use]
    pub const fn file(&self) -> &ModelFile {
        &self.file
    }

    /// What computes: never `auto`.
    #[must_use]
    pub const fn provider(&self) -> Provider {
        self.session.provider
    }

    /// From what the tensor shows to candidates.
    fn run(&mut self) -> Result<(), String> {
        let settings = self.tensor.settings();
        let input = (settings.width as usize, settings.height as usize);
        let (family, classes) = (self.file.manifest.family, &self.classes);
        let candidates = &mut self.candidates;
        candidates.clear();
        self.session.run(&self.feed.inputs(&self.tensor), |outputs| {
            decode(family, outputs, classes, input, candidates)
        })
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let provider = self.session.provider;
        f.debug_struct("Model")
            .field("file", &self.file)
            .field("provider", &provider)
            .finish_non_exhaustive()
    }
}

impl Detector for Model {
    fn detect(&mut self, frame: &Frame) -> Result<Vec<Detection>, DetectorError> {
        let placement = self.tensor.fill(frame);
        self.run().map_err(DetectorError)?;
        let nms_iou = self.file.manifest.nms_iou;
        Ok(suppress::detections(&mut self.candidates, &placement, nms_iou))
    }

    fn strong_score(&self, kind: Kind) -> f32 {
        self.file.manifest.thresholds(kind).strong
    }
}

/// What goes into the model: the picture, and for some its size.
#[derive(Debug)]
struct Feed {
    picture: String,
    picture_shape: [i64; 4],
    size: Option<String>,
    /// Width, height.
    size_value: [i64; 2],
}

impl Feed {
    fn new(ports: &[Port], tensor: &Tensor) -> Result<Self, String> {
        let (width, height) = (tensor.settings().width, tensor.settings().height);
        let picture_shape = [1, 3, i64::from(height), i64::from(width)];
        let (mut picture, mut size) = (None, None);
        for port in ports {
            let known = match port.element {
                Element::Float32 if takes(&port.shape, &picture_shape) => &mut picture,
                Element::Int64 if takes(&port.shape, &[1, 2]) => &mut size,
                _ => {
                    let Port { name, element, shape } = port;
                    let wanted = format!("the manifest's input is {picture_shape:?} of floats");
                    return Err(format!("input `{name}` takes {shape:?} of {element:?}, {wanted}"));
                }
            };
            if known.replace(port.name.clone()).is_some() {
                return Err(format!("input `{}` is a second one of its shape", port.name));
            }
        }
        let picture = picture.ok_or_else(|| "no input takes a picture".to_owned())?;
        let size_value = [i64::from(width), i64::from(height)];
        Ok(Self { picture, picture_shape, size, size_value })
    }

    fn inputs<'a>(&'a self, tensor: &'a Tensor) -> Vec<(&'a str, Input<'a>)> {
        let picture = Input::Float(&self.picture_shape, tensor.values());
        let mut inputs = vec![(self.picture.as_str(), picture)];
        inputs
            .extend(self.size.as_deref().map(|name| (name, Input::Int(&[1, 2], &self.size_value))));
        inputs
    }
}

/// Whether a port of `declared` shape takes `shape`.
fn takes(declared: &[i64], shape: &[i64]) -> bool {
    declared.len() == shape.len()
        && declared.iter().zip(shape).all(|(side, wanted)| *side < 0 || side == wanted)
}

/// The classes to look for, once the labels are known.
fn classes(manifest: &Manifest, session: &Session) -> Result<Classes, String> {
    let labels = match &manifest.labels {
        Labels::Listed(labels) => labels.clone(),
        Labels::Metadata => {
            let names = session.metadata("names").ok_or("no `names` in the model's metadata")?;
            labels::from_metadata(&names)
                .ok_or_else(|| format!("`names` in the model's metadata is no map: {names:.80}"))?
        }
    };
    check_kinds(&manifest.kinds, &labels).map_err(|(_, fault)| fault)?;
    let wanted = labels.iter().enumerate().filter_map(|(index, label)| {
        let kind = *manifest.kinds.get(label)?;
        Some(WantedClass { index, kind, weak: manifest.thresholds(kind).weak })
    });
    Ok(Classes { wanted: wanted.collect(), count: labels.len() })
}

pub(super) fn decode(
    family: Family,
    outputs: &[Output<'_>],
    classes: &Classes,
    input: (usize, usize),
    candidates: &mut Vec<Candidate>,
) -> Result<(), String> {
    match family {
        Family::Yolox => yolox::decode(outputs, classes, input, candidates),
        Family::Ultralytics => ultralytics::decode(outputs, classes, input, candidates),
        Family::Nanodet => nanodet::decode(outputs, classes, input, candidates),
        Family::Fastestdet => fastestdet::decode(outputs, classes, input, candidates),
        Family::Detr => detr::decode(outputs, classes, candidates),
    }
}

/// The file's bytes, if it is a file of bearable size.
pub(super) fn read_bounded(path: &Path, bytes_max: u64) -> Result<Vec<u8>, ModelError> {
    let unreadable = |source| ModelError::Unreadable { path: path.to_owned(), source };
    let bytes = fs::metadata(path).map_err(unreadable)?.len();
    if bytes > bytes_max {
        return Err(ModelError::TooLarge { path: path.to_owned(), bytes, bytes_max });
    }
    fs::read(path).map_err(unreadable)
}

/// The bytes of a model file of bearable size.
pub(super) fn read_model(path: &Path) -> Result<Vec<u8>, ModelError> {
    read_bounded(path, MODEL_BYTES_MAX)
}

/// In lower-case hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    const MODELS: [&str; 5] =
        ["yolox_nano", "nanodet_m", "fastestdet", "deimv2_atto", "yolov8n_int8"];

    /// The shared material's folder, or nothing with a word about it.
    fn material(part: &str) -> Option<PathBuf> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/material").join(part);
        if !path.exists() {
            eprintln!("skipped: {} is absent", path.display());
            return None;
        }
        Some(path)
    }

    /// A street picture with cars and two-wheelers, the same every time.
    fn street() -> Option<RgbImage> {
        let path = material("train/vn_street_cam/images/000001631_jpg.jpg")?;
        Some(image::open(path).unwrap().into_rgb8())
    }

    /// A folder with the manifest of `yolox_nano`, changed, and its model, changed.
    fn changed(
        manifest: impl Fn(String) -> String,
        model: impl Fn(Vec<u8>) -> Vec<u8>,
    ) -> Option<ModelError> {
        let bytes = model(fs::read(material("models/yolox_nano.onnx")?).unwrap());
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("yolox_nano.onnx"), &bytes).unwrap();
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/yolox_nano.toml");
        let text = fs::read_to_string(own).unwrap();
        let line = text.lines().find(|line| line.starts_with("sha256")).unwrap();
        let text = text.replace(line, &format!("sha256 = \"{}\"", sha256(&bytes)));
        fs::write(folder.path().join("m.toml"), manifest(text)).unwrap();
        let search = SearchPath::new(vec![folder.path().to_owned()]);
        Some(Model::load("m", &search, Provider::Cpu).unwrap_err())
    }

    fn check(error: Option<&ModelError>, words: &[&str]) {
        let Some(error) = error else { return };
        let source = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        let text = format!("{error}: {source}");
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
        assert!(!text.contains('\n'), "{text}");
    }

    #[test]
    fn every_family_finds_cars_in_the_same_street() {
        let (Some(_), Some(street)) = (material("models"), street()) else { return };
        let frame = Frame::from_rgb(&street).unwrap();
        let find = |name: &str| {
            let mut model = Model::load(name, &SearchPath::usual(), Provider::Cpu).unwrap();
            let found = model.detect(&frame).unwrap();
            assert_eq!(found, model.detect(&frame).unwrap(), "{name} must not depend on the past");
            assert!(found.is_sorted_by(|a, b| a.score >= b.score));
            assert!(found[0].score >= model.strong_score(found[0].kind), "{name} is unsure");
            found
        };
        let reference = find("yolov8n_int8");
        for name in MODELS {
            let found = find(name);
            for kinds in [&[Kind::Car, Kind::Truck, Kind::Bus][..], &[Kind::TwoWheeler]] {
                let wanted = |one: &&Detection| kinds.contains(&one.kind);
                let overlap = |one: &Detection| {
                    let others = reference.iter().filter(wanted);
                    others
                        .map(|other| one.box_in_image.iou(&other.box_in_image))
                        .fold(0.0, f32::max)
                };
                let best = found.iter().filter(wanted).map(overlap).fold(0.0, f32::max);
                assert!(best > 0.55, "{name} {kinds:?}: {found:?} beside {reference:?}");
            }
        }
    }

    #[test]
    fn a_model_that_is_not_the_manifests_is_refused() {
        let spoil = |text: String| {
            let line = text.lines().find(|line| line.starts_with("sha256")).unwrap().to_owned();
            text.replace(&line, &format!("sha256 = \"{}\"", "ab".repeat(32)))
        };
        check(changed(spoil, |bytes| bytes).as_ref(), &["has sha256 e8af", "says abab"]);
    }

    #[test]
    fn a_truncated_or_foreign_file_is_refused() {
        let half = |bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec();
        check(changed(|text| text, half).as_ref(), &["yolox_nano.onnx", "not a model"]);
        check(changed(|text| text, |_| b"<html>".to_vec()).as_ref(), &["not a model"]);
        check(changed(|text| text, |_| Vec::new()).as_ref(), &["not a model"]);
    }

    #[test]
    fn inputs_and_outputs_must_fit_the_manifest() {
        let other_size = |text: String| text.replace("[416, 416]", "[640, 384]");
        check(changed(other_size, |b| b).as_ref(), &["[1, 3, 416, 416]", "[1, 3, 384, 640]"]);
        for family in ["ultralytics", "nanodet", "fastestdet", "detr"] {
            let other = |text: String| text.replace("\"yolox\"", &format!("\"{family}\""));
            check(changed(other, |b| b).as_ref(), &[&format!("{family} needs"), "[1, 3549, 85]"]);
        }
        let other_labels = |text: String| text.replace("\"coco80\"", "\"metadata\"");
        check(changed(other_labels, |b| b).as_ref(), &["no `names` in the model's metadata"]);
    }

    #[test]
    fn what_is_missing_is_told_with_where_it_was_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let search = SearchPath::new(vec![folder.path().to_owned()]);
        let error = Model::load("absent", &search, Provider::Cpu).unwrap_err().to_string();
        assert!(error.contains("`absent`") && error.contains("absent.toml"), "{error}");
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/yolox_nano.toml");
        fs::copy(own, folder.path().join("m.toml")).unwrap();
        let error = Model::load("m", &search, Provider::Cpu).unwrap_err().to_string();
        assert!(error.contains("no model file `yolox_nano.onnx`"), "{error}");
        assert!(error.contains(&folder.path().display().to_string()), "{error}");
    }

    #[test]
    fn a_provider_that_the_library_lacks_is_told() {
        if material("models").is_none() {
            return;
        }
        let error = Model::load("yolox_nano", &SearchPath::usual(), Provider::OpenVino);
        check(error.err().as_ref(), &["no execution provider `openvino`"]);
        let auto = Model::load("yolox_nano", &SearchPath::usual(), Provider::Auto).unwrap();
        assert_eq!(auto.provider(), Provider::Cpu);
    }

    #[test]
    fn only_the_input_of_the_manifest_is_fed() {
        let tensor = Tensor::new(
            Manifest::parse(Path::new("m.toml"), include_str!("../../models/yolox_nano.toml"))
                .unwrap()
                .tensor,
        );
        let port = |element, shape: &[i64]| Port {
            name: format!("{shape:?}"),
            element,
            shape: shape.to_vec(),
        };
        let picture = port(Element::Float32, &[-1, 3, 416, 416]);
        let size = port(Element::Int64, &[-1, 2]);
        let feed = Feed::new(&[size.clone(), picture.clone()], &tensor).unwrap();
        assert_eq!((feed.picture, feed.size), (picture.name.clone(), Some(size.name.clone())));
        assert!(Feed::new(std::slice::from_ref(&size), &tensor).unwrap_err().contains("picture"));
        assert!(Feed::new(&[picture.clone(), picture.clone()], &tensor).is_err());
        let half = port(Element::Other, &[1, 3, 416, 416]);
        assert!(Feed::new(&[half], &tensor).unwrap_err().contains("Other"));
    }
}
