//! What does it cost to make a case durable, and to find what is due at a sink?
//!
//! Estimate: filing is one transaction of three rows and one flush to the
//! disk: 0.1 ms of CPU and whatever the disk takes, 1 to 10 ms. A city files a
//! few cases a minute. Reading 16 due deliveries parses 16 bodies of 2 KB: 0.5 ms.

#![expect(clippy::unwrap_used, reason = "a bench may stop at the first surprise")]

use std::hint::black_box;
use std::time::Duration;

use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;

use xunjie::cases::Budget;
use xunjie::cases::Case;
use xunjie::cases::Filing;
use xunjie::cases::LookTimes;
use xunjie::detect::Kind;
use xunjie::geometry::BoxInImage;
use xunjie::ingest::CameraId;
use xunjie::rules::Incident;
use xunjie::rules::IncidentKind;
use xunjie::rules::ZoneId;
use xunjie::store::STORE_FILE;
use xunjie::store::SinkId;
use xunjie::store::Store;
use xunjie::time::Timestamp;
use xunjie::tracking::StayId;

const BEGIN: Timestamp = Timestamp::from_secs(1_777_593_600);
const DUE: usize = 16;

fn case(number: i64) -> Case {
    let at = |ms| BEGIN + Duration::from_secs(300) + Duration::from_millis(ms);
    Case::new(&Filing {
        camera_id: &CameraId::new("pole-17").unwrap(),
        incident: &Incident {
            kind: IncidentKind::IllegalParking,
            zone_id: ZoneId::new("kerb"),
            stay_id: StayId(number),
            thing: Kind::Car,
            began_at: BEGIN,
            seen_at: at(0),
            box_in_image: BoxInImage::clipped(0.25, 0.5, 0.5, 0.75),
            score: 0.75,
            since_start: false,
        },
        times: LookTimes {
            captured_at: at(0),
            received_at: at(100),
            taken_at: at(120),
            decoded_at: at(140),
            inferred_at: at(150),
            decided_at: at(151),
        },
        filed_at: at(160),
        budget: Budget::default(),
    })
}

fn outbox(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join(STORE_FILE)).unwrap();
    let sinks = [SinkId::new("desk").unwrap()];
    let mut numbers = 0..;
    criterion.bench_function("file_a_case", |bencher| {
        bencher.iter(|| {
            let case = case(numbers.next().unwrap());
            black_box(store.file_case(&case, &sinks).unwrap())
        });
    });
    while numbers.start < DUE as i64 {
        store.file_case(&case(numbers.next().unwrap()), &sinks).unwrap();
    }
    let later = BEGIN + Duration::from_secs(86_400);
    criterion.bench_function("read_16_due_deliveries", |bencher| {
        bencher.iter(|| {
            let due = store.due_deliveries(&sinks[0], later, DUE).unwrap();
            assert_eq!(black_box(due).len(), DUE);
        });
    });
}

criterion_group!(benches, outbox);
criterion_main!(benches);
