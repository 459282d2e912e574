//! FastestDet: one output `[1, 5 + classes, rows, columns]`: objectness, raw place, class shares.

use super::output::Candidate;
use super::output::Classes;
use super::output::Output;
use super::output::around;
use super::output::describe;

/// The family's own score: objectness and class weighed by these powers.
const OBJECTNESS_POWER: f32 = 0.6;
const CLASS_POWER: f32 = 0.4;

/// Adds what the outputs show; `input` is the tensor's width and height.
pub(super) fn decode(
    outputs: &[Output<'_>],
    classes: &Classes,
    input: (usize, usize),
    candidates: &mut Vec<Candidate>,
) -> Result<(), String> {
    let planes = 5 + classes.count;
    let fits = |out: &&Output<'_>| matches!(*out.shape, [1, len, rows, columns] if len == planes && rows * columns > 0);
    let found = outputs.iter().find(fits);
    let Some((shape, values)) = found.and_then(|out| Some((out.shape, out.floats()?))) else {
        let needed = format!("fastestdet needs [1, {planes}, rows, columns]");
        return Err(format!("{needed}, got {}", describe(outputs)));
    };
    let (rows, columns) = (shape[2], shape[3]);
    let cells = rows * columns;
    let weakest = classes.weakest();
    let mut scores = vec![0.0; classes.count];
    for (at, objectness) in values[..cells].iter().enumerate() {
        let weight = objectness.powf(OBJECTNESS_POWER);
        // No class can lift the product above the objectness's part.
        if weight >= weakest {
            for class in &classes.wanted {
                scores[class.index] = values[(5 + class.index) * cells + at];
            }
            let score_from = |class: f32| weight * class.powf(CLASS_POWER);
            if let Some((kind, score)) = classes.best(&scores, score_from) {
                let side = |plane: usize| values[plane * cells + at];
                let x = ((at % columns) as f32 + side(1).tanh()) / columns as f32;
                let y = ((at / columns) as f32 + side(2).tanh()) / rows as f32;
                let (width, height) = (sigmoid(side(3)), sigmoid(side(4)));
                let (across, down) = (input.0 as f32, input.1 as f32);
                let box_in_tensor = around(x * across, y * down, width * across, height * down);
                candidates.push(Candidate { kind, score, box_in_tensor });
            }
        }
    }
    Ok(())
}

fn sigmoid(value: f32) -> f32 {
    1.0 / (1.0 + (-value).exp())
}

#[cfg(test)]
mod tests {
    use crate::detect::Kind;
    use crate::detect::output::Values;
    use crate::detect::output::tests::classes;

    use super::*;

    fn run(values: &[f32], shape: &[usize]) -> Result<Vec<Candidate>, String> {
        let output = Output { name: "o", shape, values: Values::Float(values) };
        let mut candidates = Vec::new();
        decode(&[output], &classes(), (80, 40), &mut candidates).map(|()| candidates)
    }

    #[test]
    fn finds_the_box_at_its_cell() {
        let mut values = vec![0.0; 8 * 8];
        // Row 1, column 2 of 2 × 4 cells; width and height half of the picture.
        values[6] = 1.0;
        values[7 * 8 + 6] = 1.0;
        let found = run(&values, &[1, 8, 2, 4]).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].kind, found[0].score), (Kind::Car, 1.0));
        for (got, expected) in found[0].box_in_tensor.into_iter().zip([20.0, 10.0, 60.0, 30.0]) {
            assert!((got - expected).abs() < 1e-4, "{found:?}");
        }
    }

    #[test]
    fn other_shapes_are_refused_and_mad_values_survived() {
        assert!(run(&[0.0; 56], &[1, 7, 2, 4]).unwrap_err().contains("[1, 7, 2, 4]"));
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1.0] {
            run(&[value; 64], &[1, 8, 2, 4]).unwrap();
        }
    }
}
