//! What does it cost to turn a decoded picture into a model's input?
//!
//! Estimate for 1080p to 416 × 234: 2.1 million luma and 1.0 million chroma
//! samples gathered 1.2 times at 16 a few cycles, 290,000 sums of 4 or 8
//! taps, 97,000 pixels converted: 0.7 ms on one core of 3 GHz. An inference
//! of YOLOX-Nano costs ten times as much, so this is not where looks are lost.

use std::hint::black_box;

use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;

use xunjie::detect::ColourOrder;
use xunjie::detect::Normalisation;
use xunjie::detect::Resize;
use xunjie::detect::Tensor;
use xunjie::detect::TensorSettings;
use xunjie::ingest::Frame;
use xunjie::ingest::YuvLayout;
use xunjie::ingest::YuvMatrix;

const SETTINGS: TensorSettings = TensorSettings {
    width: 416,
    height: 416,
    colour: ColourOrder::Bgr,
    resize: Resize::LetterboxTopLeft,
    pad: 114,
    normalisation: Normalisation { scale: 1.0, mean: [0.0; 3], std: [1.0; 3] },
};

/// Noise, the same every time.
fn picture(width: u32, height: u32, layout: YuvLayout) -> Option<Frame> {
    let pixels = (0..width * height * 3 / 2).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8);
    let matrix = YuvMatrix::usual_for(height);
    Frame::from_packed(width, height, layout, matrix, pixels.collect()).ok()
}

fn fill(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tensor_416");
    for (width, height) in [(640, 360), (704, 576), (1280, 720), (1920, 1080), (3840, 2160)] {
        for layout in [YuvLayout::I420, YuvLayout::Nv12] {
            let Some(frame) = picture(width, height, layout) else { continue };
            let mut tensor = Tensor::new(SETTINGS);
            group.bench_function(format!("{width}x{height}_{layout:?}"), |bencher| {
                bencher.iter(|| black_box(tensor.fill(black_box(&frame))));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, fill);
criterion_main!(benches);
