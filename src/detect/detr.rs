//! DETR-like models: labels `[n]`, boxes `[n, 4]` and scores `[n]`, already chosen.
//!
//! The second input tells the model the size in which to answer; we tell it
//! the tensor's, so that its boxes are in tensor pixels like those of the others.

use super::output::Candidate;
use super::output::Classes;
use super::output::Output;
use super::output::Values;
use super::output::describe;

/// Adds what the outputs show.
pub(super) fn decode(
    outputs: &[Output<'_>],
    classes: &Classes,
    candidates: &mut Vec<Candidate>,
) -> Result<(), String> {
    let Some((labels, boxes, scores)) = chosen(outputs) else {
        let needed = "detr needs labels [n], boxes [n, 4] and scores [n]";
        return Err(format!("{needed}, got {}", describe(outputs)));
    };
    let (boxes, _) = boxes.as_chunks::<4>();
    for (at, (box_in_tensor, &score)) in boxes.iter().zip(scores).enumerate() {
        let label = label_at(labels, at);
        let class = classes.wanted.iter().find(|class| Some(class.index) == label);
        if let Some(class) = class.filter(|class| score >= class.weak) {
            let (kind, score) = (class.kind, score.min(1.0));
            candidates.push(Candidate { kind, score, box_in_tensor: *box_in_tensor });
        }
    }
    Ok(())
}

type Chosen<'a> = (Values<'a>, &'a [f32], &'a [f32]);

/// The three outputs: boxes by their shape, the other two by type and, where
/// both are numbers of the same type, by name.
fn chosen<'a>(outputs: &[Output<'a>]) -> Option<Chosen<'a>> {
    // Four scores in a batch look like one box; the boxes are the larger of the two.
    let boxes = outputs
        .iter()
        .filter(|out| matches!(out.shape_of_one(), [_, 4]))
        .max_by_key(|out| out.shape.iter().product::<usize>())?;
    let count = boxes.floats()?.len() / 4;
    let rows = |out: &&Output<'a>| out.shape.iter().product::<usize>() == count;
    let ints = |out: &&Output<'a>| matches!(out.values, Values::Int(_));
    let others = || outputs.iter().filter(|out| out.name != boxes.name).filter(rows);
    let labels = others().find(ints).or_else(|| others().find(|out| out.name.contains("label")))?;
    let scores = others().find(|out| out.name != labels.name && !ints(out))?;
    Some((labels.values, boxes.floats()?, scores.floats()?))
}

fn label_at(labels: Values<'_>, at: usize) -> Option<usize> {
    match labels {
        Values::Int(labels) => labels.get(at).and_then(|label| usize::try_from(*label).ok()),
        Values::Float(labels) => {
            labels.get(at).filter(|label| **label >= 0.0).map(|label| label.round() as usize)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::detect::Kind;
    use crate::detect::output::tests::classes;

    use super::*;

    const BOXES: [f32; 8] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];

    fn run(labels: &[i64], scores: &[f32], batch: bool) -> Result<Vec<Candidate>, String> {
        let (flat, deep): (&[usize], &[usize]) =
            if batch { (&[1, 2], &[1, 2, 4]) } else { (&[2], &[2, 4]) };
        let outputs = [
            Output { name: "scores", shape: flat, values: Values::Float(scores) },
            Output { name: "labels", shape: flat, values: Values::Int(labels) },
            Output { name: "boxes", shape: deep, values: Values::Float(&BOXES) },
        ];
        let mut candidates = Vec::new();
        decode(&outputs, &classes(), &mut candidates).map(|()| candidates)
    }

    #[test]
    fn reads_its_outputs_by_name_with_or_without_a_batch() {
        for batch in [false, true] {
            let found = run(&[1, 2], &[0.9, 0.5], batch).unwrap();
            let car =
                Candidate { kind: Kind::Car, score: 0.5, box_in_tensor: [5.0, 6.0, 7.0, 8.0] };
            assert_eq!(found, [car]);
        }
    }

    #[test]
    fn mad_values_are_survived_and_missing_outputs_told() {
        assert_eq!(run(&[-1, i64::MAX], &[f32::INFINITY, 1.0], true).unwrap(), []);
        assert_eq!(run(&[2, 2], &[f32::NAN, f32::NEG_INFINITY], false).unwrap(), []);
        let output = Output { name: "x", shape: &[2, 4], values: Values::Float(&BOXES) };
        let error = decode(&[output], &classes(), &mut Vec::new()).unwrap_err();
        assert!(error.contains("x [2, 4]"), "{error}");
    }
}
