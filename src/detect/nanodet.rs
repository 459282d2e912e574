//! NanoDet: per stride one output of class scores `[1, cells, classes]` and
//! one of distances `[1, cells, 4 × bins]`, each distance a distribution over bins.

use super::output::Candidate;
use super::output::Classes;
use super::output::Output;
use super::output::describe;

/// Grid cells in tensor pixels.
const STRIDES: [usize; 3] = [8, 16, 32];

/// Distances are told in this many steps of a stride.
const BINS: usize = 8;

/// Adds what the outputs show; `input` is the tensor's width and height.
pub(super) fn decode(
    outputs: &[Output<'_>],
    classes: &Classes,
    input: (usize, usize),
    candidates: &mut Vec<Candidate>,
) -> Result<(), String> {
    for stride in STRIDES {
        let columns = input.0.div_ceil(stride);
        let cells = columns * input.1.div_ceil(stride);
        let find = |len: usize| {
            let fits = |out: &&Output<'_>| out.shape_of_one() == [cells, len];
            outputs.iter().find(fits).and_then(Output::floats).ok_or_else(|| {
                format!("nanodet needs [1, {cells}, {len}], got {}", describe(outputs))
            })
        };
        let scores = find(classes.count)?;
        let distances = find(4 * BINS)?;
        let rows = scores.chunks_exact(classes.count).zip(distances.chunks_exact(4 * BINS));
        for (at, (scores, distances)) in rows.enumerate() {
            if let Some((kind, score)) = classes.best(scores, |score| score) {
                let box_in_tensor = place(distances, at, columns, stride as f32);
                candidates.push(Candidate { kind, score, box_in_tensor });
            }
        }
    }
    Ok(())
}

fn place(distances: &[f32], at: usize, columns: usize, stride: f32) -> [f32; 4] {
    let x = ((at % columns) as f32 + 0.5) * stride;
    let y = ((at / columns) as f32 + 0.5) * stride;
    let (bins, _) = distances.as_chunks::<BINS>();
    let reach = |side: usize| bins.get(side).map_or(0.0, expected_bin) * stride;
    [x - reach(0), y - reach(1), x + reach(2), y + reach(3)]
}

/// The mean bin under the softmax of `weights`.
fn expected_bin(weights: &[f32; BINS]) -> f32 {
    let top = weights.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (mut sum, mut moment) = (0.0, 0.0);
    for (bin, weight) in weights.iter().enumerate() {
        let share = (weight - top).exp();
        sum += share;
        moment += share * bin as f32;
    }
    moment / sum
}

#[cfg(test)]
mod tests {
    use crate::detect::Kind;
    use crate::detect::output::Values;
    use crate::detect::output::tests::classes;

    use super::*;

    /// Runs on a tensor of 64 × 32 with these values at the given cell of stride 16.
    fn run(scores: f32, distance: f32, reversed: bool) -> Result<Vec<Candidate>, String> {
        let mut tensors = Vec::new();
        for cells in [32, 8, 2] {
            let mut class = vec![0.0; cells * 3];
            let mut reach = vec![0.0; cells * 32];
            if cells == 8 {
                class[5 * 3 + 2] = scores;
                for side in 0..4 {
                    reach[5 * 32 + side * 8 + 1] = distance;
                }
            }
            tensors.push(([1, cells, 3], class));
            tensors.push(([1, cells, 32], reach));
        }
        if reversed {
            tensors.reverse();
        }
        let outputs: Vec<_> = tensors
            .iter()
            .map(|(shape, values)| Output { name: "", shape, values: Values::Float(values) })
            .collect();
        let mut candidates = Vec::new();
        decode(&outputs, &classes(), (64, 32), &mut candidates).map(|()| candidates)
    }

    #[test]
    fn finds_the_box_whatever_the_order_of_the_outputs() {
        for reversed in [false, true] {
            let found = run(0.6, 60.0, reversed).unwrap();
            assert_eq!(found.len(), 1);
            assert_eq!((found[0].kind, found[0].score), (Kind::Car, 0.6));
            for (got, expected) in found[0].box_in_tensor.into_iter().zip([8.0, 8.0, 40.0, 40.0]) {
                assert!((got - expected).abs() < 1e-3, "{found:?}");
            }
        }
    }

    #[test]
    fn mad_values_are_survived_and_missing_outputs_told() {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            run(0.9, value, false).unwrap();
            run(value, 1.0, false).unwrap();
        }
        let error = decode(&[], &classes(), (64, 32), &mut Vec::new()).unwrap_err();
        assert!(error.contains("[1, 32, 3]"), "{error}");
    }
}
