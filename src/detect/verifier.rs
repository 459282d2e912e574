//! A second network that is shown, near to, what the first one doubts most often: heaps,
//! which at the size of a whole street are a handful of cells.
//!
//! A box is cut out of the decoded picture with its surroundings; its score becomes the mean of
//! what both networks say of its kind.

use std::fmt;

use crate::detect::Detection;
use crate::detect::DetectorError;
use crate::geometry::BoxInImage;
use crate::ingest::Frame;
use crate::ingest::FrameView;

use super::error::ModelError;
use super::model::ModelFile;
use super::network::takes;
use super::output::Output;
use super::output::describe;
use super::placement::Placement;
use super::runtime::Element;
use super::runtime::Input;
use super::runtime::Port;
use super::runtime::Provider;
use super::runtime::Session;
use super::tensor::Tensor;
use super::verifier_settings::VerifierSettings;

/// Boxes shown of one picture, best first: each costs a twentieth of what the picture did.
const SHOWN_MAX: usize = 16;

/// Smaller cuts show nothing but the coding's blocks, in pixels.
const CUT_LEAST: f32 = 16.0;

/// The second network of one worker. It computes on the CPU, whatever the first one does.
pub(super) struct Verifier {
    session: Session,
    input: String,
    tensor: Tensor,
    settings: VerifierSettings,
    file: ModelFile,
}

impl Verifier {
    /// The verifier of a model that has one, run once on an empty cut, so
    /// that what does not fit the manifest shows now.
    ///
    /// # Errors
    /// When ONNX Runtime refuses the network, or it does not fit the manifest.
    pub(super) fn of(file: &ModelFile) -> Result<Option<Self>, ModelError> {
        let (Some(settings), Some(own)) = (&file.manifest().verifier, file.verifier()) else {
            return Ok(None);
        };
        let session = Session::open(&own.bytes, Provider::Cpu, Some(1))
            .map_err(|source| ModelError::Runtime { path: own.path.clone(), source })?;
        let unfit = |fault| ModelError::Unfit { path: own.path.clone(), fault };
        let input = input(&session.inputs, settings).map_err(unfit)?;
        let (tensor, settings) = (Tensor::new(settings.tensor), settings.clone());
        let mut verifier = Self { session, input, tensor, settings, file: file.clone() };
        verifier.share(0).map_err(unfit)?;
        Ok(Some(verifier))
    }

    /// Makes the score of each box that is shown the mean of both networks',
    /// and leaves out what is below its kind's *weak* threshold then.
    fn review(
        &mut self,
        frame: &Frame,
        placement: &Placement,
        found: &mut Vec<Detection>,
    ) -> Result<(), String> {
        let (view, mut shown) = (frame.view(), 0);
        for one in found.iter_mut() {
            let Some(place) = self.settings.outputs.get(&one.kind).copied() else { continue };
            let large = longer_side(&one.box_in_image, placement) > self.settings.largest as f32;
            if large || one.score < self.settings.from || shown == SHOWN_MAX {
                continue;
            }
            let cut = cut(&view, &one.box_in_image, self.settings.context);
            let Some(cut) = cut else { continue };
            shown += 1;
            self.tensor.fill_from(&cut);
            one.score = mean(one.score, self.share(place)?);
        }
        found.retain(|one| one.score >= self.file.manifest().thresholds(one.kind).weak);
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(())
    }

    /// The share of one of the labels in what the network says of the tensor.
    fn share(&mut self, place: usize) -> Result<f32, String> {
        let side = i64::from(self.settings.tensor.width);
        let shape = [1, 3, side, side];
        let inputs = [(self.input.as_str(), Input::Float(&shape, self.tensor.values()))];
        let count = self.settings.count;
        self.session.run(&inputs, |outputs| share_in(outputs, count, place))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("file", &self.file).finish_non_exhaustive()
    }
}

/// What is left of `found`, best first, after the verifier was asked, if there is one.
pub(super) fn verified(
    verifier: Option<&mut Verifier>,
    frame: &Frame,
    placement: &Placement,
    mut found: Vec<Detection>,
) -> Result<Vec<Detection>, DetectorError> {
    if let Some(verifier) = verifier {
        verifier.review(frame, placement, &mut found).map_err(DetectorError)?;
    }
    Ok(found)
}

/// The one input, if it takes a cut of the manifest's size.
fn input(ports: &[Port], settings: &VerifierSettings) -> Result<String, String> {
    let side = i64::from(settings.tensor.width);
    let wanted = [1, 3, side, side];
    match ports {
        [Port { name, element: Element::Float32, shape }] if takes(shape, &wanted) => {
            Ok(name.clone())
        }
        _ => {
            let told = ports.iter().map(|port| format!("`{}` {:?}", port.name, port.shape));
            let told = told.collect::<Vec<_>>().join(", ");
            Err(format!("its inputs are {told}, the manifest's is {wanted:?} of floats"))
        }
    }
}

/// One of the shares, if there are as many as the manifest has labels.
fn share_in(outputs: &[Output<'_>], count: usize, place: usize) -> Result<f32, String> {
    let shares = outputs.first().and_then(Output::floats).filter(|shares| shares.len() == count);
    let share = shares.and_then(|shares| shares.get(place)).copied();
    share.ok_or_else(|| format!("it gives {}, the manifest has {count} labels", describe(outputs)))
}

/// Not-numbers count as nothing.
fn mean(score: f32, share: f32) -> f32 {
    f32::midpoint(score, if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) })
}

/// In pixels of the tensor in which the picture lies so.
fn longer_side(of: &BoxInImage, placement: &Placement) -> f32 {
    (of.width() * placement.width as f32).max(of.height() * placement.height as f32)
}

/// A square about the box, `context` times its longer side, as far as it lies
/// within the picture; its edges on even pixels, outwards.
fn cut<'a>(view: &FrameView<'a>, around: &BoxInImage, context: f32) -> Option<FrameView<'a>> {
    let (width, height) = (view.width as f32, view.height as f32);
    let (x0, x1) = (around.x0() * width, around.x1() * width);
    let (y0, y1) = (around.y0() * height, around.y1() * height);
    let half = ((x1 - x0).max(y1 - y0) * context).max(CUT_LEAST) / 2.0;
    let axis = |from: f32, to: f32, len: u32| {
        let middle = f32::midpoint(from, to);
        let (first, last) = (middle - half, middle + half);
        // A cast from below zero gives zero.
        let low = ((first / 2.0).floor() as u32).saturating_mul(2);
        let high = ((last / 2.0).ceil() as u32).saturating_mul(2).min(len);
        (low, high.saturating_sub(low))
    };
    let (left, wide) = axis(x0, x1, view.width);
    let (top, high) = axis(y0, y1, view.height);
    view.part(left, top, wide, high)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use image::RgbImage;
    use proptest::prelude::*;

    use crate::detect::Detector;
    use crate::detect::Kind;
    use crate::detect::Model;
    use crate::detect::SearchPath;
    use crate::detect::output::Values;

    use super::*;

    /// Coarse noise, in which a network has its doubts everywhere.
    fn noise() -> Frame {
        let picture = RgbImage::from_fn(320, 240, |x, y| {
            let mixed = (x / 24 * 31 + y / 16 * 17).wrapping_mul(2_654_435_761);
            image::Rgb([24, 16, 8].map(|shift| (mixed >> shift) as u8))
        });
        Frame::from_rgb(&picture).unwrap()
    }

    /// The shipped model with its manifest changed.
    fn street(change: impl Fn(String) -> String) -> Result<Model, ModelError> {
        let folder = tempfile::tempdir().unwrap();
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        let manifest = fs::read_to_string(own.join("street.toml")).unwrap();
        fs::write(folder.path().join("m.toml"), change(manifest)).unwrap();
        let search = SearchPath::new(vec![folder.path().to_owned(), own]);
        let mut file = ModelFile::read("m", &search)?.weak_from(0.001);
        file.show_from(0.001);
        Model::new(&file, Provider::Cpu)
    }

    fn check_fault(from: &str, to: &str, words: &[&str]) {
        let change = |text: String| {
            assert!(text.contains(from), "{from} is not in the manifest");
            text.replace(from, to)
        };
        let error = street(change).unwrap_err().to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }

    fn without(text: &str) -> String {
        text[..text.find("[verifier]").unwrap()].to_owned()
    }

    #[test]
    fn a_score_becomes_the_mean_of_both_networks_for_the_kinds_asked_about_alone() {
        let frame = noise();
        let mut both = street(|text| text).unwrap();
        let found = both.detect(&frame).unwrap();
        assert_eq!(found, both.detect(&frame).unwrap(), "it must not depend on the past");
        assert!(found.is_sorted_by(|a, b| a.score >= b.score), "{found:?}");
        let before = street(|text| without(&text)).unwrap().detect(&frame).unwrap();
        let asked = |kind| kind == Kind::Garbage;
        let placement = Placement { left: 0, top: 0, width: 512, height: 384 };
        let (mut shown, mut left) = (0, 0);
        for one in &before {
            let place = |other: &&Detection| {
                other.kind == one.kind && other.box_in_image == one.box_in_image
            };
            let Some(now) = found.iter().find(place) else { continue };
            let small = longer_side(&one.box_in_image, &placement) <= 96.0;
            if asked(one.kind) && small && shown < SHOWN_MAX {
                shown += 1;
                let least_and_most = (one.score / 2.0, one.score.midpoint(1.0));
                assert!((least_and_most.0..=least_and_most.1).contains(&now.score), "{now:?}");
            } else {
                left += 1;
                assert!((now.score - one.score).abs() < 1e-6, "{one:?}");
            }
        }
        assert!(shown > 0 && left > 0, "{shown} shown, {left} left: {before:?}");
    }

    #[test]
    fn a_verifier_that_does_not_fit_is_told_before_any_picture() {
        check_fault("street_verifier.onnx", "absent.onnx", &["no model file `absent.onnx`"]);
        check_fault("side = 64", "side = 96", &["street_verifier.onnx", "[1, 3, 96, 96]"]);
        check_fault("\"cone\", \"none\"]", "\"cone\"]", &["12 labels", "[1, 13]"]);
    }

    #[test]
    fn a_verifier_that_is_not_the_manifests_is_refused() {
        let spoil = |text: String| {
            let at = text.rfind("sha256 = \"").unwrap() + "sha256 = \"".len();
            format!("{}{}{}", &text[..at], "ab".repeat(32), &text[at + 64..])
        };
        let error = street(spoil).unwrap_err().to_string();
        assert!(error.contains("street_verifier.onnx") && error.contains("abab"), "{error}");
    }

    #[test]
    fn what_is_no_number_raises_no_score() {
        let one = |shape: &'static [usize], values: &'static [f32]| Output {
            name: "shares",
            shape,
            values: Values::Float(values),
        };
        assert_eq!(share_in(&[one(&[1, 2], &[0.25, 0.75])], 2, 1), Ok(0.75));
        assert!(share_in(&[one(&[1, 2], &[0.25, 0.75])], 3, 1).unwrap_err().contains("[1, 2]"));
        assert!(share_in(&[], 3, 1).is_err());
        assert!((mean(0.5, f32::NAN) - 0.25).abs() < 1e-6);
        assert!((mean(0.5, f32::INFINITY) - 0.75).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn a_cut_shows_its_box_with_what_is_about_it_and_lies_within_the_picture(
            (width, height) in (1u32..2000, 1u32..1200),
            (x, y) in (0.0f32..1.0, 0.0f32..1.0),
            (wide, high) in (0.001f32..1.0, 0.001f32..1.0),
        ) {
            let matrix = crate::ingest::YuvMatrix::usual_for(height);
            let layout = crate::ingest::YuvLayout::I420;
            let chroma = width.div_ceil(2) * height.div_ceil(2);
            let bytes = vec![0; (width * height + 2 * chroma) as usize];
            let frame = Frame::from_packed(width, height, layout, matrix, bytes).unwrap();
            let around = BoxInImage::clipped(x, y, x + wide, y + high);
            if let Some(cut) = cut(&frame.view(), &around, 1.5) {
                let (across, down) = (around.width() * width as f32, around.height() * height as f32);
                prop_assert!(cut.width as f32 >= across.floor() && cut.height as f32 >= down.floor());
                let longest = (across.max(down) * 1.5).max(CUT_LEAST) + 4.0;
                prop_assert!(cut.width as f32 <= longest && cut.height as f32 <= longest);
            } else {
                // Half a pixel at the far edge of an odd picture has no even pixel to begin at.
                prop_assert!(around.area() == 0.0 || width < 2 || height < 2);
            }
        }
    }
}
