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

use super::error::ModelError;
use super::manifest::Manifest;
use super::network::Network;
use super::output::Candidate;
use super::runtime::Provider;
use super::search::SearchPath;
use super::suppress;
use super::tensor::Tensor;
use super::verifier::Verifier;
use super::verifier::verified;

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
    verifier: Option<VerifierBytes>,
}

/// The bytes of a model's second network, their checksum verified.
#[derive(Clone)]
pub(super) struct VerifierBytes {
    pub(super) path: PathBuf,
    pub(super) bytes: Arc<[u8]>,
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
        let read = |file: &str, sha256: &str| read_checked(search, beside, file, sha256);
        let (path, bytes) = read(&manifest.file, &manifest.sha256)?;
        let verifier = manifest.verifier.as_ref().map(|verifier| {
            let (path, bytes) = read(&verifier.file, &verifier.sha256)?;
            Ok(VerifierBytes { path, bytes })
        });
        let verifier = verifier.transpose()?;
        let name = manifest_path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, manifest: Arc::new(manifest), path, bytes, verifier })
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

    /// Shows the verifier boxes of lower scores than the manifest says.
    #[cfg(test)]
    pub(super) fn show_from(&mut self, from: f32) {
        if let Some(verifier) = &mut Arc::make_mut(&mut self.manifest).verifier {
            verifier.from = from;
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) const fn verifier(&self) -> Option<&VerifierBytes> {
        self.verifier.as_ref()
    }

    pub(super) fn unfit(&self, fault: String) -> ModelError {
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
    network: Network,
    tensor: Tensor,
    candidates: Vec<Candidate>,
    verifier: Option<Verifier>,
}

impl Model {
    /// Reads and loads the model `name`; see [`ModelFile::read`] and [`Model::new`].
    ///
    /// # Errors
    /// When the model cannot be used; the message says why.
    pub fn load(name: &str, search: &SearchPath, provider: Provider) -> Result<Self, ModelError> {
        Self::new(&ModelFile::read(name, search)?, provider)
    }

    /// Loads the model for one picture at a time; see [`Network::load`].
    ///
    /// # Errors
    /// As [`Network::load`].
    pub fn new(file: &ModelFile, provider: Provider) -> Result<Self, ModelError> {
        Self::of(Network::load(file, provider, Some(1))?)
    }

    pub(super) fn of(network: Network) -> Result<Self, ModelError> {
        let tensor = Tensor::new(network.file().manifest.tensor);
        let verifier = Verifier::of(network.file())?;
        Ok(Self { network, tensor, candidates: Vec::new(), verifier })
    }

    #[must_use]
    pub const fn file(&self) -> &ModelFile {
        self.network.file()
    }

    /// What computes: never `auto`.
    #[must_use]
    pub const fn provider(&self) -> Provider {
        self.network.provider()
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("network", &self.network).finish_non_exhaustive()
    }
}

impl Detector for Model {
    fn detect(&mut self, frame: &Frame) -> Result<Vec<Detection>, DetectorError> {
        let placement = self.tensor.fill(frame);
        let asked = self.network.run(self.tensor.values(), [&mut self.candidates]);
        asked.map_err(DetectorError)?;
        let nms_iou = self.file().manifest.nms_iou;
        let found = suppress::detections(&mut self.candidates, &placement, nms_iou);
        verified(self.verifier.as_mut(), frame, &placement, found)
    }

    fn strong_score(&self, kind: Kind) -> f32 {
        self.file().manifest.thresholds(kind).strong
    }
}

/// Where the file was found and its bytes, if they are those that the manifest speaks of.
fn read_checked(
    search: &SearchPath,
    beside: Option<&Path>,
    file: &str,
    expected: &str,
) -> Result<(PathBuf, Arc<[u8]>), ModelError> {
    let path = search
        .find(beside, Path::new(file))
        .map_err(|looked| ModelError::NoFile { file: file.to_owned(), looked })?;
    let bytes = read_bounded(&path, MODEL_BYTES_MAX)?;
    let got = sha256(&bytes);
    if got != expected {
        return Err(ModelError::Sha256 { path, expected: expected.to_owned(), got });
    }
    Ok((path, bytes.into()))
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
}
