//! What does it cost to read a model's raw output, down to one box a thing?
//!
//! Estimate for YOLOX at 416: 3,549 rows whose objectness is compared, 35 of
//! which go on to six classes and a box, 35 boxes compared with each other:
//! 20 µs. Ultralytics at 640 has no objectness, so 8,400 columns of six classes
//! are read against the grain of the memory: 100 µs. NanoDet's side is a sum of
//! eight exponentials, for the few that pass: 50 µs. All less than 1 % of a look.

#![expect(clippy::unwrap_used, reason = "a bench may stop at the first surprise")]

use std::hint::black_box;

use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;

use xunjie::detect::Family;
use xunjie::detect::RawNumbers;
use xunjie::detect::RawOutput;
use xunjie::detect::detections_in;

const CLASSES: usize = 80;
/// One score in so many passes the threshold, as on a street.
const SEEN: usize = 100;

/// Scores of which one in a hundred is good, the same every time.
fn output(shape: &[usize]) -> RawOutput {
    let len: usize = shape.iter().product();
    let score = |at: usize| {
        let noise = (at.wrapping_mul(2_654_435_761) >> 16) & 0xffff;
        if noise.is_multiple_of(SEEN) { 0.7 } else { noise as f32 / 65_536.0 * 0.2 }
    };
    let numbers = RawNumbers::Float((0..len).map(score).collect());
    RawOutput { name: "out".to_owned(), shape: shape.to_vec(), numbers }
}

fn families(criterion: &mut Criterion) {
    let levels = [2704, 676, 169];
    let nanodet = levels.map(|cells| output(&[1, cells, CLASSES])).into_iter();
    let nanodet = nanodet.chain(levels.map(|cells| output(&[1, cells, 32]))).collect();
    let cases: [(&str, Family, u32, Vec<RawOutput>); 4] = [
        ("yolox", Family::Yolox, 416, vec![output(&[1, 3549, 5 + CLASSES])]),
        ("ultralytics", Family::Ultralytics, 640, vec![output(&[1, 4 + CLASSES, 8400])]),
        ("nanodet", Family::Nanodet, 416, nanodet),
        ("fastestdet", Family::Fastestdet, 352, vec![output(&[1, 5 + CLASSES, 22, 22])]),
    ];
    for (name, family, side, outputs) in cases {
        criterion.bench_function(&format!("read_{name}_{side}"), |bencher| {
            bencher.iter(|| {
                detections_in(black_box(&outputs), family, CLASSES, (side, side)).unwrap()
            });
        });
    }
}

criterion_group!(benches, families);
criterion_main!(benches);
