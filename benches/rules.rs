//! What do 50 zones cost a look, with 30 things standing there?
//!
//! Estimate: 1,500 pairs of zone and stay, each a test of a point in a polygon
//! of eight corners and a search in a map: 0.1 µs and some, so 0.3 ms in all.
//! A camera has five zones rather than fifty; fifty may cost a percent of a look.

#![expect(clippy::unwrap_used, reason = "a bench may stop at the first surprise")]

use std::hint::black_box;
use std::time::Duration;

use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;
use jiff::tz::TimeZone;

use xunjie::detect::Detection;
use xunjie::detect::Kind;
use xunjie::geometry::BoxInImage;
use xunjie::geometry::Point;
use xunjie::geometry::Polygon;
use xunjie::rules::Scene;
use xunjie::rules::Watch;
use xunjie::rules::Zone;
use xunjie::rules::ZoneId;
use xunjie::rules::ZoneKind;
use xunjie::time::Timestamp;
use xunjie::tracking::SmallPicture;
use xunjie::tracking::Stay;
use xunjie::tracking::StaySettings;
use xunjie::tracking::Stays;

const ZONES: usize = 50;
const THINGS: usize = 30;
const INTERVAL: Duration = Duration::from_secs(4);
const BEGIN: Timestamp = Timestamp::from_secs(1_777_593_600);

/// An octagon about a middle that differs from zone to zone.
fn zone(number: usize) -> Zone {
    let (x, y) = (0.2 + 0.012 * number as f32, 0.3 + 0.008 * number as f32);
    let corner = |eighth: u8| {
        let angle = f32::from(eighth) * std::f32::consts::TAU / 8.0;
        Point { x: x + 0.15 * angle.cos(), y: y + 0.15 * angle.sin() }
    };
    Zone {
        id: ZoneId::new(&format!("zone-{number}")),
        kind: ZoneKind::NoParking,
        polygon: Polygon::new((0..8).map(corner).collect()).unwrap(),
        hours: None,
        pre_alarm: Duration::from_secs(60),
        violation: Duration::from_secs(300),
        exempt: Vec::new(),
    }
}

fn things() -> Vec<Detection> {
    let place = |number: usize| {
        let (x, y) = ((number % 6) as f32 / 6.0 + 0.02, (number / 6) as f32 / 5.0 + 0.02);
        BoxInImage::clipped(x, y, x + 0.1, y + 0.12)
    };
    let car = |number| Detection { kind: Kind::Car, score: 0.8, box_in_image: place(number) };
    (0..THINGS).map(car).collect()
}

/// Stays that have been seen often enough to count.
fn stays(things: &[Detection]) -> Vec<Stay> {
    let luma = (0..192 * 108u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let small = SmallPicture::from_luma(192, luma);
    let mut stays = Stays::new(StaySettings::default());
    for look in 0..5 {
        stays.look(BEGIN + INTERVAL * look, things, |_| 0.5, &small, &small);
    }
    stays.all().to_vec()
}

fn look(criterion: &mut Criterion) {
    let things = things();
    let stays = stays(&things);
    assert_eq!(stays.len(), THINGS);
    let mut watch = Watch::new((0..ZONES).map(zone).collect(), TimeZone::UTC);
    let mut at = BEGIN + INTERVAL * 5;
    criterion.bench_function("rules_50_zones_30_stays", |bencher| {
        bencher.iter(|| {
            at = at + INTERVAL;
            let scene =
                Scene { at, stays: &stays, movers: &[], detections: &things, person_score: 0.4 };
            black_box(watch.look(&scene, &[]))
        });
    });
}

criterion_group!(benches, look);
criterion_main!(benches);
