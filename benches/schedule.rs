//! What does it cost to find whose turn it is among 2,000 cameras?
//!
//! Estimate: a turn walks 2,000 slots of a map, about 200 bytes each, and
//! weighs those that wait: 10 to 20 ns a slot, 30 µs a turn at the worst, when
//! all wait. Two cores take 70 looks a second: 0.1 % of a core. The walk may
//! stay as plain as it is.

#![expect(clippy::unwrap_used, reason = "a bench may stop at the first surprise")]

use std::hint::black_box;
use std::time::Duration;

use bytes::Bytes;
use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;

use xunjie::ingest::Asked;
use xunjie::ingest::CameraId;
use xunjie::ingest::CaptureClock;
use xunjie::ingest::Keyframe;
use xunjie::ingest::Orientation;
use xunjie::ingest::Schedule;
use xunjie::ingest::SlotKey;
use xunjie::time::Clock;
use xunjie::time::Timestamp;

const CAMERAS: usize = 2_000;
const EVERY_4_S: Asked = Asked { interval: Duration::from_secs(4), weight: 1.0 };

fn keyframe(at: Timestamp) -> Keyframe {
    Keyframe {
        data: Bytes::new(),
        caps: "video/x-h264".into(),
        orientation: Orientation::Upright,
        captured_at: at,
        capture_clock: CaptureClock::Arrival,
        received_at: at,
        deltas: None,
    }
}

fn schedule(clock: &Clock) -> (Schedule, Vec<SlotKey>) {
    let schedule = Schedule::new(clock.clone());
    let id = |number| CameraId::new(&format!("camera-{number}")).unwrap();
    let keys = (0..CAMERAS).map(|number| schedule.add(id(number), EVERY_4_S)).collect();
    (schedule, keys)
}

fn turns(criterion: &mut Criterion) {
    let (clock, hand) = Clock::simulated(Timestamp::from_secs(1_777_593_600));
    let (schedule, keys) = schedule(&clock);
    for key in &keys {
        schedule.offer(*key, keyframe(clock.now()));
    }
    criterion.bench_function("turn_of_2000_all_waiting", |bencher| {
        bencher.iter(|| {
            hand.advance(Duration::from_secs(5));
            let turn = schedule.take(Duration::ZERO).unwrap();
            schedule.done(turn.slot, EVERY_4_S);
            schedule.offer(black_box(turn.slot), keyframe(clock.now()));
        });
    });
    while let Some(turn) = schedule.take(Duration::ZERO) {
        schedule.done(turn.slot, EVERY_4_S);
    }
    let mut keys = keys.iter().cycle();
    criterion.bench_function("turn_of_2000_one_waiting", |bencher| {
        bencher.iter(|| {
            hand.advance(Duration::from_secs(5));
            schedule.offer(*keys.next().unwrap(), keyframe(clock.now()));
            let turn = schedule.take(Duration::ZERO).unwrap();
            schedule.done(turn.slot, EVERY_4_S);
        });
    });
}

criterion_group!(benches, turns);
criterion_main!(benches);
