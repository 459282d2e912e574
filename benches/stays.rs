//! What does a look cost the stays of a street with 30 things standing in it?
//!
//! Estimate for 30 boxes against 30 stays: 900 overlaps of a few nanoseconds
//! to match them, then 30 patches of 14 × 12 means of up to 16 samples, 80,000
//! samples out of a 1080p picture: 0.2 ms. The small picture of the whole,
//! every second sample of every second row, half a million of them: 0.2 ms.
//! A look with YOLOX-Nano costs 28 ms, so both are a percent or two of it.

#![expect(clippy::unwrap_used, reason = "a bench may stop at the first surprise")]

use std::hint::black_box;
use std::time::Duration;

use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;

use xunjie::detect::Detection;
use xunjie::detect::Kind;
use xunjie::geometry::BoxInImage;
use xunjie::ingest::Frame;
use xunjie::ingest::YuvLayout;
use xunjie::ingest::YuvMatrix;
use xunjie::time::Timestamp;
use xunjie::tracking::SmallPicture;
use xunjie::tracking::StaySettings;
use xunjie::tracking::Stays;

const THINGS: usize = 30;
const INTERVAL: Duration = Duration::from_secs(4);

/// 1080p with structure everywhere, the same every time.
fn picture() -> Frame {
    let (width, height) = (1920u32, 1080u32);
    let pixels = (0..width * height * 3 / 2).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8);
    let matrix = YuvMatrix::usual_for(height);
    Frame::from_packed(width, height, YuvLayout::I420, matrix, pixels.collect()).unwrap()
}

/// Cars in six columns and five rows, none touching another.
fn things() -> Vec<Detection> {
    let place = |number: usize| {
        let (x, y) = ((number % 6) as f32 / 6.0 + 0.02, (number / 6) as f32 / 5.0 + 0.02);
        BoxInImage::clipped(x, y, x + 0.1, y + 0.12)
    };
    let car = |number| Detection { kind: Kind::Car, score: 0.8, box_in_image: place(number) };
    (0..THINGS).map(car).collect()
}

fn look(criterion: &mut Criterion) {
    let (picture, things) = (picture(), things());
    let small = SmallPicture::of(&picture);
    let mut stays = Stays::new(StaySettings::default());
    let mut at = Timestamp::from_secs(1_777_593_600);
    criterion.bench_function("stays_look_30_things", |bencher| {
        bencher.iter(|| {
            at = at + INTERVAL;
            black_box(stays.look(at, black_box(&things), |_| 0.5, &picture, &small))
        });
    });
    assert_eq!(stays.all().len(), THINGS);
    criterion.bench_function("small_picture_1080p", |bencher| {
        bencher.iter(|| black_box(SmallPicture::of(black_box(&picture))));
    });
}

criterion_group!(benches, look);
criterion_main!(benches);
