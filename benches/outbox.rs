//! How many cases a second can be filed, and what does each picture of them cost?
//!
//! Estimate: a case of three pictures is four files and the chain's head, each
//! flushed, four flushes of folders and one commit of SQLite: some ten
//! flushes. A disk that flushes in 1 ms files 100 cases a second, one that
//! flushes in 5 ms files 20. Compressing 2 million pixels costs about 50 ns
//! each in the worker that saw them, so 0.1 s a picture of 1080p.

use std::hint::black_box;
use std::time::Duration;

use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use jiff::tz::TimeZone;

use xunjie::cases::EvidenceContext;
use xunjie::cases::EvidenceFolder;
use xunjie::cases::EvidenceRole;
use xunjie::cases::Picture;
use xunjie::ingest::CameraId;
use xunjie::ingest::Frame;
use xunjie::ingest::YuvLayout;
use xunjie::ingest::YuvMatrix;
use xunjie::store::STORE_FILE;
use xunjie::store::SinkId;
use xunjie::store::Store;
use xunjie::time::Timestamp;

mod cases;

use cases::parked;
use cases::thing;

/// A street of soft shades with some grain, the same every time.
fn frame(width: u32, height: u32) -> Option<Frame> {
    let grain = |at: u32| (at.wrapping_mul(2_654_435_761) >> 29) as u8;
    let luma = (0..width * height).map(|at| (at % width / 8) as u8 / 2 + 60 + grain(at));
    let chroma = (0..width * height / 2).map(|at| 120 + grain(at) / 4);
    let matrix = YuvMatrix::usual_for(height);
    Frame::from_packed(width, height, YuvLayout::I420, matrix, luma.chain(chroma).collect()).ok()
}

fn take(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("picture");
    for (width, height) in [(1280, 720), (1920, 1080)] {
        let Some(frame) = frame(width, height) else { continue };
        group.bench_function(format!("take_{width}x{height}"), |bencher| {
            let take = || Picture::take(&frame, EvidenceRole::B, Timestamp::EPOCH, thing());
            bencher.iter(|| black_box(take()));
        });
        group.bench_function(format!("crop_{width}x{height}"), |bencher| {
            bencher.iter(|| black_box(Picture::crop(&frame, Timestamp::EPOCH, thing())));
        });
    }
    group.finish();
}

/// A, B and the crop onto the disk, the case into the store, its news into one outbox.
fn file(criterion: &mut Criterion) {
    let (Ok(data), Some(frame)) =
        (tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")), frame(1920, 1080))
    else {
        return;
    };
    let (Ok(sink), Ok(camera)) = (SinkId::new("desk"), CameraId::new("pole-17")) else { return };
    let Ok(store) = Store::open(&data.path().join(STORE_FILE)) else { return };
    let folder = EvidenceFolder::new(data.path(), TimeZone::UTC);
    let at = Timestamp::from_secs(1_777_593_600);
    let pictures: Vec<Picture> = [
        Picture::take(&frame, EvidenceRole::A, at, thing()),
        Picture::take(&frame, EvidenceRole::B, at, thing()),
        Picture::crop(&frame, at, thing()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let context = EvidenceContext::default();
    let mut stay = 0;
    let mut group = criterion.benchmark_group("case");
    group.throughput(Throughput::Elements(1)).measurement_time(Duration::from_secs(3));
    group.sample_size(20).bench_function("file", |bencher| {
        bencher.iter(|| {
            stay += 1;
            let mut case = parked(&camera, stay, at);
            let written = folder.write(&case, &pictures, Some(&context), at).ok()?;
            case.add_evidence(written);
            store.file_case(&case, std::slice::from_ref(&sink)).ok()
        });
    });
    group.finish();
}

criterion_group!(benches, take, file);
criterion_main!(benches);
