//! `xunjie model`: what a model file is, and what a model sees in a picture.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;
use image::ImageFormat;
use image::ImageReader;
use image::Limits;
use image::RgbImage;

use crate::detect::Detector;
use crate::detect::Element;
use crate::detect::Model;
use crate::detect::Provider;
use crate::detect::SearchPath;
use crate::detect::draw;
use crate::ingest::Frame;

/// Pictures decode to at most this many bytes: 16,384 × 8,192 pixels in colour.
const PICTURE_BYTES_MAX: u64 = 400 << 20;

/// Says what the ONNX file at `path` is and prints a manifest to start from.
///
/// # Errors
/// When the file is no model that ONNX Runtime takes.
pub(crate) fn inspect(path: &Path) -> Result<()> {
    let found = crate::detect::inspect(path)?;
    let mut out = std::io::stdout().lock();
    for (name, ports) in [("input", &found.inputs), ("output", &found.outputs)] {
        for port in ports {
            let (element, shape) = (element(port.element), shape(&port.shape));
            writeln!(out, "# {name:<6} {}: {element} [{shape}]", port.name)?;
        }
    }
    for (key, text) in &found.metadata {
        writeln!(out, "# metadata {key}: {text:.100}")?;
    }
    match found.family {
        Some(family) => writeln!(out, "# looks like the family {}", family.name())?,
        None => writeln!(out, "# looks like no family that is known here; write it yourself")?,
    }
    writeln!(out, "\n{}", found.manifest)?;
    Ok(())
}

fn element(element: Element) -> &'static str {
    match element {
        Element::Float32 => "float32",
        Element::Int64 => "int64",
        Element::Other => "another type",
    }
}

/// As `1 × 3 × 416 × 416`; a size that is open until a picture comes is `any`.
fn shape(sizes: &[i64]) -> String {
    let size = |size: &i64| if *size < 0 { "any".to_owned() } else { size.to_string() };
    sizes.iter().map(size).collect::<Vec<_>>().join(" × ")
}

/// Draws what the model `name` sees in `picture` (JPEG or PNG) into `out`.
///
/// # Errors
/// When the model or the picture cannot be used or the drawing not be written.
pub(crate) fn try_model(name: &str, picture: &Path, out: &Path) -> Result<()> {
    // Before the work, not after it.
    if !matches!(ImageFormat::from_path(out), Ok(ImageFormat::Jpeg | ImageFormat::Png)) {
        bail!("{} is no name for a drawing: end it with .jpg or .png", out.display());
    }
    let mut model = Model::load(name, &SearchPath::usual(), Provider::Auto)?;
    let mut picture = read_picture(picture)?;
    let found = model.detect(&Frame::from_rgb(&picture)?)?;
    draw(&mut picture, &found);
    picture.save(out).with_context(|| format!("cannot write {}", out.display()))?;
    let mut stdout = std::io::stdout().lock();
    if found.is_empty() {
        writeln!(stdout, "{name} sees nothing that it is asked to see")?;
    }
    for one in &found {
        let strong = if one.score >= model.strong_score(one.kind) { "strong" } else { "weak" };
        let [x0, y0, x1, y1] = one.box_in_image.into();
        let kind = one.kind.name();
        writeln!(
            stdout,
            "{kind:<16} {:.2} {strong:<6} [{x0:.3}, {y0:.3}, {x1:.3}, {y1:.3}]",
            one.score
        )?;
    }
    Ok(())
}

/// Reads a JPEG or PNG, bounded in size.
pub(super) fn read_picture(path: &Path) -> Result<RgbImage> {
    let cannot = || format!("cannot read picture {}", path.display());
    let mut reader = ImageReader::open(path).with_context(cannot)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(PICTURE_BYTES_MAX);
    reader.limits(limits);
    let picture =
        reader.with_guessed_format().with_context(cannot)?.decode().with_context(cannot)?;
    Ok(picture.into_rgb8())
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    /// Whether the shared models are there; says so if not.
    fn has_models() -> bool {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/material/models");
        if !folder.exists() {
            eprintln!("skipped: {} is absent", folder.display());
        }
        folder.exists()
    }

    #[test]
    fn draws_into_a_picture_of_the_same_size() {
        if !has_models() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let (picture, out) = (folder.path().join("in.png"), folder.path().join("out.jpg"));
        RgbImage::from_pixel(321, 123, Rgb([90, 120, 30])).save(&picture).unwrap();
        try_model("yolox_nano", &picture, &out).unwrap();
        assert_eq!(image::open(out).unwrap().into_rgb8().dimensions(), (321, 123));
    }

    #[test]
    fn what_is_no_picture_is_told_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let picture = folder.path().join("in.jpg");
        std::fs::write(&picture, "no picture").unwrap();
        let error = format!("{:#}", read_picture(&picture).unwrap_err());
        assert!(error.contains("in.jpg"), "{error}");
        let error = format!("{:#}", read_picture(&folder.path().join("absent.jpg")).unwrap_err());
        assert!(error.contains("absent.jpg"), "{error}");
    }

    #[test]
    fn a_drawing_of_another_format_is_refused_before_the_work() {
        let error = try_model("absent", Path::new("in.jpg"), Path::new("out.bmp")).unwrap_err();
        assert!(error.to_string().contains("out.bmp"), "{error}");
    }

    #[test]
    fn shapes_are_told_with_words_for_open_sizes() {
        assert_eq!(shape(&[-1, 3, 320, 320]), "any × 3 × 320 × 320");
    }

    #[test]
    fn an_unknown_model_is_told_by_name() {
        let error = try_model("absent", Path::new("in.jpg"), Path::new("out.jpg")).unwrap_err();
        assert!(error.to_string().contains("`absent`"), "{error}");
    }
}
