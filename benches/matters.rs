//! What does it cost to hold a new case against all those there are?
//!
//! Estimate: a filing is one commit, whose flush the disk decides; the search
//! for the matter reads a few cells of an index, some hundred rows at a camera
//! where much happens, well below a millisecond. It must not grow with the
//! number of cases in the city: 100,000 of them should cost what 1,000 do.

use std::hint::black_box;
use std::time::Duration;

use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;

use xunjie::cases::Case;
use xunjie::city::ClassId;
use xunjie::city::MatterRule;
use xunjie::geometry::GeoPoint;
use xunjie::ingest::CameraId;
use xunjie::store::NewCase;
use xunjie::store::Placed;
use xunjie::store::STORE_FILE;
use xunjie::store::Store;
use xunjie::time::Timestamp;

mod cases;

use cases::parked;

/// As many as the example district has.
const CAMERAS: i64 = 120;
/// Cases come so often; 100,000 of them are filed within a month.
const EVERY: Duration = Duration::from_secs(25);

/// The `number`th case of the city, before one camera after the other.
fn case(number: i64) -> Option<Case> {
    let at = Timestamp::from_secs(1_777_593_600) + EVERY * u32::try_from(number).ok()?;
    let camera = number % CAMERAS;
    let camera_id = CameraId::new(&format!("cam-{camera}")).ok()?;
    let mut case = parked(&camera_id, number, at);
    let (east, north) = ((camera % 12) as f64, (camera / 12) as f64);
    case.place = GeoPoint::new(113.6 + east * 0.008, 34.7 + north * 0.003).ok();
    Some(case)
}

fn place(store: &Store, class: &ClassId, number: i64) -> Option<Placed> {
    let case = case(number)?;
    let new = NewCase {
        case: &case,
        class,
        place: case.place?,
        rule: MatterRule::default(),
        reporter: None,
        sinks: &[],
        followers: &[],
    };
    store.place_case(&new, &|_| None).ok()
}

fn file(criterion: &mut Criterion) {
    let Ok(class) = ClassId::new("illegal_parking") else { return };
    let mut group = criterion.benchmark_group("matter");
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    for (name, before) in [("file_after_1000", 1_000), ("file_after_100000", 100_000)] {
        // In memory where there is such a folder: the flush is the disk's, and is not asked for here.
        let data = tempfile::tempdir_in("/dev/shm");
        let Ok(data) = data.or_else(|_| tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))) else {
            return;
        };
        let Ok(store) = Store::open(&data.path().join(STORE_FILE)) else { return };
        for number in 0..before {
            place(&store, &class, number);
        }
        let mut number = before;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                number += 1;
                black_box(place(&store, &class, number))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, file);
criterion_main!(benches);
