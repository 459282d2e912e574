//! Outputs that came from elsewhere than ONNX Runtime, read as a model's own would be.

use crate::detect::Detection;
use crate::detect::Family;
use crate::detect::Kind;

use super::network::decode;
use super::output::Classes;
use super::output::Output;
use super::output::Values;
use super::output::WantedClass;
use super::placement::Placement;
use super::suppress;

/// As [`super::Manifest`]s ask for; of the classes, the first few are wanted.
const WEAK: f32 = 0.3;
const NMS_IOU: f32 = 0.5;
const WANTED: [Kind; 6] =
    [Kind::Person, Kind::TwoWheeler, Kind::Car, Kind::Truck, Kind::Bus, Kind::Tricycle];

/// One output of a model: numbers row by row, as many as the shape says.
#[derive(Clone, Debug)]
pub struct RawOutput {
    pub name: String,
    pub shape: Vec<usize>,
    pub numbers: RawNumbers,
}

/// What an output's numbers are.
#[derive(Clone, Debug)]
pub enum RawNumbers {
    Float(Vec<f32>),
    Int(Vec<i64>),
}

/// Reads the outputs of a model of `class_count` classes whose tensor is
/// `input` wide and high, down to one box a thing: all that follows inference.
/// Boxes are told as if the picture filled the tensor.
///
/// # Errors
/// In words, when the outputs are not such as the family gives.
pub fn detections_in(
    outputs: &[RawOutput],
    family: Family,
    class_count: usize,
    input: (u32, u32),
) -> Result<Vec<Detection>, String> {
    let sizes = outputs.iter().map(|raw| (raw.shape.iter().product::<usize>(), raw.len()));
    if let Some((said, there)) = sizes.into_iter().find(|(said, there)| said != there) {
        return Err(format!("an output of {there} numbers says that it has {said}"));
    }
    let outputs: Vec<_> = outputs.iter().map(RawOutput::as_output).collect();
    let wanted = WANTED.iter().enumerate();
    let wanted = wanted.map(|(index, kind)| WantedClass { index, kind: *kind, weak: WEAK });
    let wanted = wanted.take(class_count).collect();
    let classes = Classes { wanted, count: class_count };
    let mut candidates = Vec::new();
    let (width, height) = input;
    decode(family, &outputs, &classes, (width as usize, height as usize), &mut candidates)?;
    let whole = Placement { left: 0, top: 0, width, height };
    Ok(suppress::detections(&mut candidates, &whole, NMS_IOU))
}

impl RawOutput {
    fn len(&self) -> usize {
        match &self.numbers {
            RawNumbers::Float(numbers) => numbers.len(),
            RawNumbers::Int(numbers) => numbers.len(),
        }
    }

    fn as_output(&self) -> Output<'_> {
        let values = match &self.numbers {
            RawNumbers::Float(numbers) => Values::Float(numbers),
            RawNumbers::Int(numbers) => Values::Int(numbers),
        };
        Output { name: &self.name, shape: &self.shape, values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_do_not_fill_their_shape_are_refused() {
        let numbers = RawNumbers::Float(vec![0.0; 7]);
        let raw = RawOutput { name: "out".to_owned(), shape: vec![1, 42, 8], numbers };
        let error = detections_in(&[raw], Family::Yolox, 3, (64, 32)).unwrap_err();
        assert_eq!(error, "an output of 7 numbers says that it has 336");
    }
}
