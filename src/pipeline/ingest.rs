//! The receiving end: a fleet of cameras on a runtime of its own.

use std::sync::Arc;
use std::sync::Weak;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::ingest::ATTEMPTS_AT_ONCE;
use crate::ingest::Fleet;
use crate::ingest::Schedule;
use crate::ingest::Shots;
use crate::ingest::Sources;
use crate::ingest::Trials;
use crate::store::Store;
use crate::time::Clock;

use super::City;
use super::StartError;
use super::post::Posts;
use super::street::Street;

/// Receiving is waiting: one thread carries hundreds of cameras, the second
/// keeps them moving while the first is in a system call.
pub(super) const THREADS: usize = 2;
/// Frames of many cameras are taken in one round, which costs less than waking up for each, and wait
/// so much longer at most: nothing beside the seconds between two looks.
const REST: Duration = Duration::from_millis(40);

/// What receives.
pub(super) struct Ingest {
    fleet: Arc<Fleet>,
    runtime: Runtime,
    sources: Sources,
    clock: Clock,
}

impl Ingest {
    pub(super) fn start(sources: Sources, clock: &Clock) -> Result<Self, StartError> {
        let runtime = super::resting_runtime("ingest", THREADS, REST)?;
        let handle = runtime.handle().clone();
        let fleet = Fleet::new(handle, clock.clone(), sources.clone(), ATTEMPTS_AT_ONCE);
        Ok(Self { fleet: Arc::new(fleet), runtime, sources, clock: clock.clone() })
    }

    /// For those who ask, and must keep nothing from ending.
    pub(super) fn fleet(&self) -> Weak<Fleet> {
        Arc::downgrade(&self.fleet)
    }

    /// The street whose cameras are received here.
    pub(super) fn street(
        &self,
        city: &City,
        schedule: &Arc<Schedule>,
        posts: &Arc<Posts>,
        store: &Arc<Store>,
    ) -> Street {
        let handle = self.runtime.handle().clone();
        let shots = Shots::new(handle, self.clock.clone(), self.sources.clone());
        Street {
            fleet: self.fleet(),
            schedule: Arc::clone(schedule),
            posts: Arc::clone(posts),
            store: Arc::clone(store),
            shots: Arc::new(shots),
            time_zone: city.time_zone.clone(),
        }
    }

    /// Cameras are tried beside those that are watched.
    pub(super) fn trials(&self) -> Trials {
        let handle = self.runtime.handle().clone();
        Trials::new(handle, self.clock.clone(), self.sources.clone())
    }

    /// Ends every camera; what lingers is cut after so long.
    pub(super) fn end(self, wait_max: Duration) {
        drop(self.fleet);
        self.runtime.shutdown_timeout(wait_max);
    }
}
