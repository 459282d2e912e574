//! Ultralytics exports: the v8/v11 layout `[1, 4 + classes, boxes]`, the v5
//! layout `[1, boxes, 5 + classes]` with objectness, and the end-to-end layout
//! `[1, boxes, 6]` that has chosen its boxes itself. All in tensor pixels.

use super::output::Candidate;
use super::output::Classes;
use super::output::Output;
use super::output::around;
use super::output::describe;

/// Boxes a grid cell in the v5 layout.
const V5_BOXES_A_CELL: usize = 3;

/// Adds what the outputs show; `input` is the tensor's width and height.
pub(super) fn decode(
    outputs: &[Output<'_>],
    classes: &Classes,
    input: (usize, usize),
    candidates: &mut Vec<Candidate>,
) -> Result<(), String> {
    let (column_len, row_len) = (4 + classes.count, 5 + classes.count);
    for output in outputs {
        let Some(values) = output.floats() else { continue };
        match *output.shape_of_one() {
            [rows, boxes] if rows == column_len && boxes > 0 => {
                by_columns(values, boxes, classes, candidates);
            }
            [boxes, len] if len == row_len && is_v5(boxes, input) => {
                by_rows(values, row_len, classes, candidates);
            }
            [_, 6] => chosen(values, classes, candidates),
            _ => continue,
        }
        return Ok(());
    }
    let shapes = format!("[1, {column_len}, n], [1, 3 × cells, {row_len}] or [1, n, 6]");
    Err(format!("ultralytics needs {shapes}, got {}", describe(outputs)))
}

/// Whether v5 gives as many boxes. YOLOX has rows of the same length but one
/// box a cell, and means something else by its numbers.
fn is_v5(boxes: usize, input: (usize, usize)) -> bool {
    let cells = |stride: usize| (input.0 / stride) * (input.1 / stride);
    let usual = cells(8) + cells(16) + cells(32);
    boxes == V5_BOXES_A_CELL * usual || boxes == V5_BOXES_A_CELL * (usual + cells(64))
}

/// Layout of v8 and v11. The scores of a class lie side by side: each wanted
/// class is read once from end to end, the rest not at all.
fn by_columns(values: &[f32], boxes: usize, classes: &Classes, candidates: &mut Vec<Candidate>) {
    let (places, scores) = values.split_at(4 * boxes);
    let mut hits: Vec<(usize, Candidate)> = Vec::new();
    for class in &classes.wanted {
        let row = &scores[class.index * boxes..(class.index + 1) * boxes];
        for (at, &score) in row.iter().enumerate().filter(|(_, score)| **score >= class.weak) {
            let [x, y, width, height] = [0, 1, 2, 3].map(|side| places[side * boxes + at]);
            let box_in_tensor = around(x, y, width, height);
            let score = score.min(1.0);
            hits.push((at, Candidate { kind: class.kind, score, box_in_tensor }));
        }
    }
    // A box is one thing: its best class.
    hits.sort_by(|(a, by_a), (b, by_b)| a.cmp(b).then(by_b.score.total_cmp(&by_a.score)));
    hits.dedup_by_key(|(at, _)| *at);
    candidates.extend(hits.into_iter().map(|(_, candidate)| candidate));
}

/// Layout of v5.
fn by_rows(values: &[f32], row_len: usize, classes: &Classes, candidates: &mut Vec<Candidate>) {
    let weakest = classes.weakest();
    for row in values.chunks_exact(row_len).filter(|row| row[4] >= weakest) {
        if let Some((kind, score)) = classes.best(&row[5..], |class| class * row[4]) {
            let box_in_tensor = around(row[0], row[1], row[2], row[3]);
            candidates.push(Candidate { kind, score, box_in_tensor });
        }
    }
}

/// End-to-end layout: corners, score, class.
fn chosen(values: &[f32], classes: &Classes, candidates: &mut Vec<Candidate>) {
    for row in values.chunks_exact(6) {
        let class = classes.wanted.iter().find(|class| (class.index as f32 - row[5]).abs() < 0.5);
        if let Some(class) = class.filter(|class| row[4] >= class.weak) {
            let box_in_tensor = [row[0], row[1], row[2], row[3]];
            let score = row[4].min(1.0);
            candidates.push(Candidate { kind: class.kind, score, box_in_tensor });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::detect::Kind;
    use crate::detect::output::Values;
    use crate::detect::output::tests::classes;

    use super::*;

    fn check(values: &[f32], shape: &[usize], expected: &[(Kind, f32, [f32; 4])]) {
        let output = Output { name: "o", shape, values: Values::Float(values) };
        let mut candidates = Vec::new();
        decode(&[output], &classes(), (32, 32), &mut candidates).unwrap();
        let found: Vec<_> =
            candidates.iter().map(|found| (found.kind, found.score, found.box_in_tensor)).collect();
        assert_eq!(found, expected);
    }

    const CAR: (Kind, f32, [f32; 4]) = (Kind::Car, 0.5, [10.0, 10.0, 30.0, 20.0]);

    #[test]
    fn all_three_layouts_are_read() {
        let columns = [20., 0., 15., 0., 20., 0., 10., 0., 0.4, 0.1, 0.9, 0.9, 0.5, 0.1];
        check(&columns, &[1, 7, 2], &[CAR]);
        let mut rows = vec![0.0; 63 * 8];
        rows[80..88].copy_from_slice(&[20., 15., 20., 10., 0.5, 0., 1., 1.]);
        check(&rows, &[1, 63, 8], &[CAR]);
        let chosen = [10., 10., 30., 20., 0.5, 2.0, 1., 1., 2., 2., 0.9, 1.0];
        check(&chosen, &[1, 2, 6], &[CAR]);
    }

    #[test]
    fn other_shapes_are_refused_and_mad_values_survived() {
        let output = Output { name: "o", shape: &[1, 9, 9], values: Values::Float(&[0.0; 81]) };
        let error = decode(&[output], &classes(), (32, 32), &mut Vec::new()).unwrap_err();
        assert!(error.contains("o [1, 9, 9]"), "{error}");
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for shape in [[1, 7, 72], [1, 63, 8], [1, 84, 6]] {
                let values = vec![value; 504];
                let output = Output { name: "o", shape: &shape, values: Values::Float(&values) };
                decode(&[output], &classes(), (32, 32), &mut Vec::new()).unwrap();
            }
        }
    }
}
