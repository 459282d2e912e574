//! How long does who asks for cases wait, when there are 100,000 over 85 grids?
//!
//! Estimate: a page of 50 reads 50 rows along an index and their bodies of
//! 1.5 KB, below 2 ms. A report over all of them reads 100,000 rows of 250
//! bytes, about 1 µs each to read and to count: 100 ms; over a month a tenth
//! of it. All of it ought to stay below 200 ms at p99.
//!
//! The cases are those of the worked example's cameras and people, of one
//! year, the same every time. `XUNJIE_BENCH_CASES` makes them fewer.

#![expect(clippy::print_stdout, reason = "what a bench has found is for whoever runs it")]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::ToSpan;
use rand::Rng;
use rand::SeedableRng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use xunjie::cases::Actor;
use xunjie::cases::Budget;
use xunjie::cases::Case;
use xunjie::cases::CaseState;
use xunjie::cases::Clocks;
use xunjie::cases::FalseReason;
use xunjie::cases::Filing;
use xunjie::cases::Life;
use xunjie::cases::LifeError;
use xunjie::cases::LookTimes;
use xunjie::cases::ReportBy;
use xunjie::cases::ReportQuery;
use xunjie::cases::Stage;
use xunjie::cases::Step;
use xunjie::cases::StepRequest;
use xunjie::city::CityData;
use xunjie::city::ClassId;
use xunjie::detect::Kind;
use xunjie::dispatch::LifeBook;
use xunjie::geometry::BoxInImage;
use xunjie::rules::Incident;
use xunjie::rules::IncidentKind;
use xunjie::rules::ZoneId;
use xunjie::store::CaseFilter;
use xunjie::store::LifeFilter;
use xunjie::store::LifeKeys;
use xunjie::store::STORE_FILE;
use xunjie::store::Store;
use xunjie::time::Clock;
use xunjie::time::Timestamp;
use xunjie::tracking::StayId;

const CASES: i64 = 100_000;
const BATCH: usize = 2_000;
/// 2025-06-01 in UTC: a year before the reports end.
const BEGIN_S: i64 = 1_748_736_000;
const YEAR_S: i64 = 365 * 24 * 3600;
const LISTS: usize = 400;
const REPORTS: usize = 40;

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let cases = std::env::var("XUNJIE_BENCH_CASES").ok().and_then(|text| text.parse().ok());
    let cases = cases.unwrap_or(CASES);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let city = CityData::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/city-example"))?;
    let store = Arc::new(Store::open(&folder.path().join(STORE_FILE))?);
    let real = Clock::system();
    let begun = real.now();
    fill(&store, &city, cases)?;
    println!("{cases} cases written in {:.1} s", real.now().since(begun).as_secs_f64());
    let (clock, _hand) = Clock::simulated(Timestamp::from_secs(BEGIN_S + YEAR_S));
    let book = LifeBook::new(Arc::clone(&store), city, clock);
    println!("{:<44} {:>6} {:>9} {:>9} {:>9}", "question", "times", "p50 ms", "p99 ms", "max ms");
    lists(&store, &book, &real)?;
    reports(&book, &real)?;
    Ok(())
}

/// Cases of a year, three in a hundred still open, one in eight judged.
fn fill(store: &Store, city: &CityData, cases: i64) -> Result<(), Failure> {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut batch = Vec::with_capacity(BATCH);
    for number in 0..cases {
        let found_at = Timestamp::from_secs(BEGIN_S + number * YEAR_S / cases);
        batch.push(case(city, number, found_at, &mut random)?);
        if batch.len() == BATCH || number + 1 == cases {
            store.take_in(&batch)?;
            batch.clear();
        }
    }
    Ok(())
}

fn case(
    city: &CityData,
    number: i64,
    found_at: Timestamp,
    random: &mut ChaCha8Rng,
) -> Result<(Case, Life, LifeKeys), Failure> {
    let camera = city.cameras.choose(random).ok_or("the city has no cameras")?;
    let kind = *IncidentKind::ALL.choose(random).unwrap_or(&IncidentKind::GarbagePile);
    let class = city.class(&ClassId::new(kind.name())?).ok_or("the city lacks a class")?;
    let incident = Incident {
        kind,
        zone_id: ZoneId::new(["kerb", "walk", "corner"].choose(random).unwrap_or(&"kerb")),
        stay_id: StayId(number),
        thing: Kind::Car,
        began_at: found_at - Duration::from_secs(300),
        seen_at: found_at,
        box_in_image: BoxInImage::clipped(0.4, 0.45, 0.52, 0.6),
        score: 0.75,
        since_start: false,
    };
    let times = LookTimes::at(found_at);
    let filing = Filing {
        camera_id: &camera.id,
        incident: &incident,
        times,
        filed_at: found_at,
        budget: Budget::default(),
    };
    let mut case = Case::new(&filing);
    let grid = city.grid_for(&camera.id).map(|(grid, _)| grid.id.clone());
    let clocks = Clocks::of(city, class);
    let to = grid.as_ref().and_then(|grid| city.person_in(grid, &class.role));
    let to = to.ok_or("nobody has the role in the grid")?.id.clone();
    let mut life = Life::begin(case.id.clone(), Actor::Program, found_at, &clocks);
    let mut now = found_at;
    let open = random.random_bool(0.03);
    let mut steps = vec![
        (Step::File, 600),
        (Step::Dispatch { to }, 1_200),
        (Step::Accept, 900),
        (Step::Handle { outcome: Some("advised away".to_owned()) }, 12_000),
        (Step::Check, 40_000),
        (Step::Close, 4_000),
    ];
    if random.random_bool(0.05) {
        steps[0] =
            (Step::Judge { right: false, reason: FalseReason::ALL.choose(random).copied() }, 900);
    } else if open {
        steps.truncate(random.random_range(0..5));
    } else {
        case.clear(found_at + Duration::from_secs(7_200));
        if random.random_bool(0.08) {
            steps.push((Step::Judge { right: true, reason: None }, 9_000));
        }
    }
    for (step, within_s) in steps {
        now = now + Duration::from_secs(random.random_range(1..within_s));
        let by = Actor::Person("dispatcher".to_owned());
        let why = step.needs_why().then(|| "seen".to_owned());
        let taken = life.take(StepRequest { step, by, at: now, why }, &clocks);
        if let Err(LifeError::NotFrom { .. }) = taken {
            break;
        }
        taken?;
    }
    let due = life.due(now, &clocks);
    let keys = LifeKeys { class: class.id.clone(), grid, due, escalated: false };
    Ok((case, life, keys))
}

fn lists(store: &Store, book: &LifeBook, real: &Clock) -> Result<(), Failure> {
    let city = book.city();
    let end = Timestamp::from_secs(BEGIN_S + YEAR_S);
    let mut random = ChaCha8Rng::seed_from_u64(6);
    let page = || CaseFilter { limit: Some(50), ..CaseFilter::default() };
    let by_life = |life: LifeFilter| CaseFilter { life, ..page() };
    let mut measured = Measured::new(real);
    for _ in 0..LISTS {
        let camera = city.cameras.choose(&mut random).map(|camera| camera.id.clone());
        let grid = city.grids.choose(&mut random).map(|grid| grid.id.clone());
        let kind = IncidentKind::ALL.choose(&mut random).copied();
        let class = kind.map(|kind| ClassId::new(kind.name())).transpose()?;
        let stage = Stage::ALL.choose(&mut random).copied();
        let before = BEGIN_S + random.random_range(0..YEAR_S);
        let before = Some(Timestamp::from_secs(before));
        let usual = LifeFilter::default();
        let overdue = LifeFilter { overdue_at: Some(end), ..usual.clone() };
        let questions = [
            ("list: the newest 50", page()),
            ("list: a page from anywhere in the year", CaseFilter { before, ..page() }),
            ("filter: a camera", CaseFilter { camera_id: camera.clone(), ..page() }),
            ("filter: what still stands", CaseFilter { state: Some(CaseState::Filed), ..page() }),
            ("filter: a kind of a camera", CaseFilter { kind, camera_id: camera, ..page() }),
            ("filter: a stage", by_life(LifeFilter { stage, ..usual.clone() })),
            ("filter: a grid", by_life(LifeFilter { grid: grid.clone(), ..usual.clone() })),
            (
                "filter: a stage of a grid",
                by_life(LifeFilter { grid: grid.clone(), stage, ..usual.clone() }),
            ),
            (
                "filter: a class of a grid",
                by_life(LifeFilter { grid: grid.clone(), class: class.clone(), ..usual }),
            ),
            ("filter: overdue", by_life(overdue.clone())),
            ("filter: overdue of a class", by_life(LifeFilter { class, ..overdue.clone() })),
            ("filter: overdue of a grid", by_life(LifeFilter { grid, ..overdue })),
        ];
        for (name, filter) in questions {
            measured.time(name, || store.cases(&filter))?;
        }
    }
    measured.tell();
    Ok(())
}

fn reports(book: &LifeBook, real: &Clock) -> Result<(), Failure> {
    let today = book.today();
    let mut measured = Measured::new(real);
    for _ in 0..REPORTS {
        for by in ReportBy::ALL {
            for (name, days) in [("report: a month", 30), ("report: a year, every case", 366)] {
                let from = today.checked_sub((days - 1).days())?.to_string();
                let query = ReportQuery::new(Some(&from), None, by, today)?;
                measured.time(name, || book.city_report(query))?;
            }
        }
        let all = (Timestamp::EPOCH, Timestamp::from_micros(i64::MAX));
        measured.time("precision: every verdict", || book.precision(all, 0.85))?;
    }
    measured.tell();
    Ok(())
}

/// Times by question, in the order in which they were first asked.
struct Measured<'a> {
    real: &'a Clock,
    times: Vec<(&'static str, Vec<Duration>)>,
}

impl<'a> Measured<'a> {
    const fn new(real: &'a Clock) -> Self {
        Self { real, times: Vec::new() }
    }

    fn time<T, E>(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<(), E> {
        let begun = self.real.now();
        std::hint::black_box(work()?);
        let took = self.real.now().since(begun);
        match self.times.iter_mut().find(|(known, _)| *known == name) {
            Some((_, times)) => times.push(took),
            None => self.times.push((name, vec![took])),
        }
        Ok(())
    }

    fn tell(mut self) {
        for (name, times) in &mut self.times {
            times.sort_unstable();
            let at = |share: f64| {
                let place = (times.len() as f64 * share).ceil() as usize;
                times[place.clamp(1, times.len()) - 1].as_secs_f64() * 1e3
            };
            let (p50, p99, max) = (at(0.5), at(0.99), at(1.0));
            println!("{name:<44} {:>6} {p50:>9.2} {p99:>9.2} {max:>9.2}", times.len());
        }
    }
}
