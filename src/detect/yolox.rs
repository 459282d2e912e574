//! YOLOX: one output `[1, anchors, 5 + classes]` of raw grid offsets, objectness and class scores.

use super::output::Candidate;
use super::output::Classes;
use super::output::Output;
use super::output::around;
use super::output::describe;

/// Grid cells in tensor pixels, in the order of the output.
const STRIDES: [usize; 3] = [8, 16, 32];

/// Adds what the outputs show; `input` is the tensor's width and height.
pub(super) fn decode(
    outputs: &[Output<'_>],
    classes: &Classes,
    input: (usize, usize),
    candidates: &mut Vec<Candidate>,
) -> Result<(), String> {
    let row_len = 5 + classes.count;
    let anchors: usize = STRIDES.iter().map(|stride| cells(input, *stride)).sum();
    let fits = |out: &&Output<'_>| out.shape_of_one() == [anchors, row_len];
    let Some(values) = outputs.iter().find(fits).and_then(Output::floats) else {
        return Err(format!("yolox needs [1, {anchors}, {row_len}], got {}", describe(outputs)));
    };
    let weakest = classes.weakest();
    let mut rest = values;
    for stride in STRIDES {
        let (level, after) = rest.split_at(cells(input, stride) * row_len);
        rest = after;
        for (at, row) in level.chunks_exact(row_len).enumerate() {
            let objectness = row[4];
            // No class can lift the product above the objectness.
            if objectness >= weakest
                && let Some((kind, score)) = classes.best(&row[5..], |class| class * objectness)
            {
                let box_in_tensor = place(row, at, input.0 / stride, stride as f32);
                candidates.push(Candidate { kind, score, box_in_tensor });
            }
        }
    }
    Ok(())
}

fn cells(input: (usize, usize), stride: usize) -> usize {
    (input.0 / stride) * (input.1 / stride)
}

fn place(row: &[f32], at: usize, columns: usize, stride: f32) -> [f32; 4] {
    let (column, line) = ((at % columns) as f32, (at / columns) as f32);
    let (x, y) = ((row[0] + column) * stride, (row[1] + line) * stride);
    around(x, y, row[2].exp() * stride, row[3].exp() * stride)
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
        decode(&[output], &classes(), (64, 32), &mut candidates).map(|()| candidates)
    }

    #[test]
    fn finds_the_box_at_its_cell() {
        let mut values = vec![0.0; 42 * 8];
        // Level of stride 16: cells 32.. in rows of 4; this is row 1, column 2.
        values[(32 + 6) * 8..][..8].copy_from_slice(&[0.5, 0.25, 0.0, 2f32.ln(), 0.9, 0., 0., 0.8]);
        let found = run(&values, &[1, 42, 8]).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].kind, Kind::Car);
        assert!((found[0].score - 0.72).abs() < 1e-6);
        for (got, expected) in found[0].box_in_tensor.into_iter().zip([32.0, 4.0, 48.0, 36.0]) {
            assert!((got - expected).abs() < 1e-4, "{found:?}");
        }
    }

    #[test]
    fn other_shapes_are_refused_and_mad_values_survived() {
        assert!(run(&[0.0; 42 * 7], &[1, 42, 7]).unwrap_err().contains("[1, 42, 7]"));
        for value in [f32::NAN, f32::INFINITY, f32::MAX, f32::NEG_INFINITY] {
            run(&vec![value; 42 * 8], &[1, 42, 8]).unwrap();
        }
    }
}
