//! Sees to the lives of cases every half minute: those that have not begun,
//! and those whose clock has run out.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::city::CityData;
use crate::config::Config;
use crate::dispatch::Hearers;
use crate::dispatch::LifeBook;
use crate::runtime::Shutdown;
use crate::runtime::ShutdownGuard;
use crate::runtime::Worker;
use crate::store::Store;
use crate::time::Clock;

use super::StartError;

/// The shortest clock that a city sets is some minutes.
const SEE_EVERY: Duration = Duration::from_secs(30);
/// So many turns lie between two searches for cases without a life: at the
/// start all are found, later only what a full disk has kept from beginning.
const SEARCH_EVERY_TURNS: u32 = 20;

/// The city data that the configuration names, and the lives kept by them.
/// All sinks hear of them but those that hear of filings only.
pub(super) fn book(
    config: &Config,
    store: &Arc<Store>,
    hearers: Hearers,
    clock: &Clock,
) -> Result<Option<Arc<LifeBook>>, StartError> {
    let Some(city) = city_data(config)? else { return Ok(None) };
    let book = LifeBook::new(Arc::clone(store), city, clock.clone()).telling(hearers);
    if let Err(error) = book.take_up_duty() {
        tracing::error!(%error, "the duty cannot be read; the first of duties.toml holds");
    }
    Ok(Some(Arc::new(book)))
}

/// The city data that the configuration names, read and without fault; none if it names none.
///
/// # Errors
/// When they have faults, or are of another time zone.
pub fn city_data(config: &Config) -> Result<Option<CityData>, StartError> {
    let Some(folder) = &config.city else { return Ok(None) };
    let city = CityData::load(folder)?;
    if *city.calendar.zone() != config.time_zone {
        return Err(StartError::CityZone { folder: folder.clone() });
    }
    for remark in &city.remarks {
        tracing::warn!(remark, "city data");
    }
    Ok(Some(city))
}

/// Looks after the lives until the guard is dropped.
pub(super) fn start(book: &Arc<LifeBook>) -> io::Result<(ShutdownGuard, Worker)> {
    let (guard, shutdown) = Shutdown::pair();
    let (book, until) = (Arc::clone(book), shutdown.clone());
    let worker = Worker::start("lives", shutdown, move || {
        let mut turn = 0u32;
        loop {
            see_to(&book, turn.is_multiple_of(SEARCH_EVERY_TURNS));
            turn = turn.wrapping_add(1);
            if until.begins_within(SEE_EVERY) {
                return;
            }
        }
    })?;
    Ok((guard, worker))
}

fn see_to(book: &LifeBook, search: bool) {
    if search && let Err(error) = book.begin_missing() {
        tracing::error!(%error, "cases have no life yet; trying on");
    }
    if let Err(error) = book.take_up_duty() {
        tracing::error!(%error, "the duty cannot be read; trying on");
    }
    if let Err(error) = book.escalate() {
        tracing::error!(%error, "late cases cannot be handed on; trying on");
    }
}
