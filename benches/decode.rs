//! What does a keyframe cost from its bytes to its picture?
//!
//! Estimate: CAVLC or CABAC of 200 KB is 1.6 million bits at some 10 ns each,
//! 16 ms, and the rest of a 1080p intra picture 3 ms more: 19 ms on one core.
//! Smaller pictures cost by their bytes rather than by their pixels: 704 × 576
//! with keyframes of 40 KB should take 4 ms.
//!
//! The keyframes are made here by x264 out of a moving pattern; each bench is
//! named by how large they came out, which is less than a street's, and cost
//! goes with the bytes. Without x264 the bench says so and ends.

#![expect(clippy::unwrap_used, reason = "a bench may stop at the first surprise")]

use std::hint::black_box;

use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app::AppSink;

use xunjie::ingest::CaptureClock;
use xunjie::ingest::Decoder;
use xunjie::ingest::Keyframe;
use xunjie::ingest::Orientation;
use xunjie::time::Timestamp;

const CAPS: &str = "video/x-h264,stream-format=byte-stream,alignment=au";
const PICTURES: usize = 8;

/// Width, height and x264's quantiser.
const SIZES: [(u32, u32, u32); 3] = [(1920, 1080, 30), (1280, 720, 30), (704, 576, 30)];

fn keyframes(width: u32, height: u32, quantiser: u32) -> Vec<Keyframe> {
    let line = format!(
        "videotestsrc pattern=zone-plate kx2=12 ky2=8 kt=3 num-buffers={PICTURES} \
         ! video/x-raw,format=I420,width={width},height={height},framerate=1/1 \
         ! x264enc pass=quant quantizer={quantiser} key-int-max=1 speed-preset=veryfast threads=1 \
         ! h264parse config-interval=-1 ! {CAPS} ! appsink name=end sync=false"
    );
    let pipeline = gst::parse::launch(&line).unwrap().downcast::<gst::Pipeline>().unwrap();
    let end = pipeline.by_name("end").unwrap().downcast::<AppSink>().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let mut keyframes = Vec::new();
    while let Ok(sample) = end.pull_sample() {
        let data = sample.buffer().unwrap().map_readable().unwrap().to_vec();
        keyframes.push(Keyframe {
            data: data.into(),
            caps: CAPS.into(),
            orientation: Orientation::Upright,
            captured_at: Timestamp::EPOCH,
            capture_clock: CaptureClock::Arrival,
            received_at: Timestamp::EPOCH,
            deltas: None,
        });
    }
    pipeline.set_state(gst::State::Null).unwrap();
    keyframes
}

fn decode(criterion: &mut Criterion) {
    xunjie::ingest::init().unwrap();
    if let Some(absent) =
        ["x264enc", "h264parse"].iter().find(|name| gst::ElementFactory::find(name).is_none())
    {
        eprintln!("skipped: the GStreamer element {absent} is absent");
        return;
    }
    let mut group = criterion.benchmark_group("decode_h264");
    for (width, height, quantiser) in SIZES {
        let keyframes = keyframes(width, height, quantiser);
        let bytes: usize = keyframes.iter().map(|keyframe| keyframe.data.len()).sum();
        let bytes = bytes / keyframes.len();
        group.throughput(Throughput::Bytes(bytes as u64));
        let mut decoder = Decoder::new();
        let mut turn = keyframes.iter().cycle();
        group.bench_function(format!("{width}x{height}_{}KB", bytes / 1000), |bencher| {
            bencher.iter(|| black_box(decoder.decode(turn.next().unwrap()).unwrap()));
        });
    }
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
