//! What an unknown ONNX file is, and a manifest to start from.

use std::fmt::Write;
use std::path::Path;

use super::error::ModelError;
use super::labels;
use super::labels::COCO80;
use super::manifest::Family;
use super::model::read_model;
use super::model::sha256;
use super::runtime::Element;
use super::runtime::Port;
use super::runtime::Provider;
use super::runtime::Session;

/// What a model file says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    pub inputs: Vec<Port>,
    pub outputs: Vec<Port>,
    /// Keys and texts that the exporter left.
    pub metadata: Vec<(String, String)>,
    /// The family that the shapes speak for.
    pub family: Option<Family>,
    /// A manifest that needs a person's look before it is used.
    pub manifest: String,
}

/// Loads the model at `path` on the CPU and looks at it.
///
/// # Errors
/// When the file cannot be read or ONNX Runtime does not take it.
pub fn inspect(path: &Path) -> Result<Inspection, ModelError> {
    let bytes = read_model(path)?;
    let session = Session::open(&bytes, Provider::Cpu, None)
        .map_err(|source| ModelError::Runtime { path: path.to_owned(), source })?;
    let keys = session.metadata_keys().into_iter();
    let mut metadata: Vec<_> =
        keys.filter_map(|key| session.metadata(&key).map(|text| (key, text))).collect();
    metadata.sort();
    let family = guess(&session.inputs, &session.outputs);
    let names = session.metadata("names").and_then(|names| labels::from_metadata(&names));
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let manifest = manifest(&file, &sha256(&bytes), family, &session, names.as_deref());
    let Session { inputs, outputs, .. } = session;
    Ok(Inspection { inputs, outputs, metadata, family, manifest })
}

/// The family whose outputs look like these.
fn guess(inputs: &[Port], outputs: &[Port]) -> Option<Family> {
    let (width, height) = input_size(inputs)?;
    let cells = |stride: i64| (width / stride) * (height / stride);
    let yolox_rows = cells(8) + cells(16) + cells(32);
    let distances = outputs.iter().filter(|out| matches!(*out.shape, [1, _, 32]));
    let named = |part: &str| outputs.iter().any(|out| out.name.contains(part));
    if distances.count() >= 3 {
        return Some(Family::Nanodet);
    }
    if named("boxes") && named("labels") && named("scores") {
        return Some(Family::Detr);
    }
    match outputs {
        [only] => match *only.shape {
            [_, rows, len] if rows == yolox_rows && len > 5 => Some(Family::Yolox),
            [_, a, b] if a > 4 && b > 4 => Some(Family::Ultralytics),
            [_, _, 6] => Some(Family::Ultralytics),
            [_, planes, _, _] if planes > 5 => Some(Family::Fastestdet),
            _ => None,
        },
        _ => None,
    }
}

/// Width and height of the input that takes a picture, where they are fixed.
fn input_size(inputs: &[Port]) -> Option<(i64, i64)> {
    inputs.iter().find_map(|port| match (port.element, &*port.shape) {
        (Element::Float32, &[_, 3, height, width]) if height > 0 && width > 0 => {
            Some((width, height))
        }
        _ => None,
    })
}

fn manifest(
    file: &str,
    sha256: &str,
    family: Option<Family>,
    session: &Session,
    names: Option<&[String]>,
) -> String {
    let (width, height) = input_size(&session.inputs).unwrap_or((640, 640));
    let (name, colour, resize, scale) = match family {
        Some(Family::Yolox) => ("yolox", "bgr", "letterbox_top_left", "1.0"),
        Some(Family::Nanodet) => ("nanodet", "bgr", "letterbox_center", "1.0"),
        Some(Family::Fastestdet) => ("fastestdet", "bgr", "stretch", "0.003921569"),
        Some(Family::Detr) => ("detr", "rgb", "stretch", "0.003921569"),
        Some(Family::Ultralytics) => ("ultralytics", "rgb", "letterbox_center", "0.003921569"),
        None => ("unknown", "rgb", "letterbox_center", "0.003921569"),
    };
    let pad = if family == Some(Family::Nanodet) { 0 } else { 114 };
    let licence = session.metadata("license").unwrap_or_default();
    let labels = if names.is_some() { "metadata" } else { "coco80" };
    let mut text = format!(
        "# Look at each value: colour, resize and normalisation are the family's usual ones,\n\
         # not read from the file.\n\
         file = {file:?}\nsha256 = \"{sha256}\"\nlicence = {licence:?} # as its author states it\n\
         family = \"{name}\" # yolox, ultralytics, nanodet, fastestdet or detr\n\
         input = [{width}, {height}] # width, height in pixels\n\
         colour = \"{colour}\"\nresize = \"{resize}\"\npad = {pad}\nlabels = \"{labels}\"\n\
         nms_iou = 0.5\n\n[normalisation]\nscale = {scale}\n"
    );
    if family == Some(Family::Nanodet) {
        text += "mean = [103.53, 116.28, 123.675]\nstd = [57.375, 57.12, 58.395]\n";
    }
    text += "\n# The model's label = our kind.\n[kinds]\n";
    let coco = COCO80.map(str::to_owned);
    for label in names.unwrap_or(&coco) {
        if let Some(kind) = kind_for(label) {
            // A key in quotes may hold anything.
            let _ = writeln!(text, "{label:?} = \"{kind}\"");
        }
    }
    text += "\n[thresholds]\ndefault = { strong = 0.40, weak = 0.15 }\n";
    text
}

/// What a label of this name usually is to us.
fn kind_for(label: &str) -> Option<&'static str> {
    Some(match label {
        "person" | "pedestrian" => "person",
        "bicycle" | "motorcycle" | "motorbike" | "two_wheeler" | "two-wheeler" => "two_wheeler",
        "car" | "van" => "car",
        "truck" => "truck",
        "bus" => "bus",
        "tricycle" => "tricycle",
        "umbrella" | "tent" => "umbrella",
        "stall" => "stall",
        "garbage" | "trash" => "garbage",
        "bin" => "bin",
        "overflowing_bin" => "overflowing_bin",
        "cone" | "traffic cone" => "cone",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::detect::Manifest;
    use crate::detect::SearchPath;

    use super::*;

    #[test]
    fn guesses_each_family_and_writes_a_manifest_that_parses() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/material/models");
        if !folder.exists() {
            eprintln!("skipped: {} is absent", folder.display());
            return;
        }
        let own = SearchPath::new(vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("models")]);
        let mut guessed = 0;
        for path in own.manifests() {
            let expected =
                Manifest::parse(&path, &std::fs::read_to_string(&path).unwrap()).unwrap();
            // What a model of our own means stands in no file but its manifest.
            if !folder.join(&expected.file).is_file() {
                continue;
            }
            guessed += 1;
            let found = inspect(&folder.join(&expected.file)).unwrap();
            assert_eq!(found.family, Some(expected.family), "{}", expected.file);
            let written = Manifest::parse(Path::new("new.toml"), &found.manifest).unwrap();
            assert_eq!(written.sha256, expected.sha256);
            let close = |a: f32, b: f32| (a - b).abs() < 1e-6;
            let (new, old) = (written.tensor.normalisation, expected.tensor.normalisation);
            assert!(close(new.scale, old.scale));
            for (new, old) in [(new.mean, old.mean), (new.std, old.std)] {
                assert!(new.iter().zip(old).all(|(new, old)| close(*new, old)));
            }
            assert_eq!(written.kinds, expected.kinds);
            assert_eq!(written.tensor.resize, expected.tensor.resize);
            assert_eq!(written.labels, expected.labels);
        }
        assert_eq!(guessed, 5);
    }

    #[test]
    fn what_is_no_model_is_told() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        assert!(inspect(&path).is_err());
        assert!(inspect(Path::new("absent.onnx")).unwrap_err().to_string().contains("absent.onnx"));
    }
}
