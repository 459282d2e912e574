//! The receiving end: a fleet of cameras on threads of its own.

use std::sync::Arc;
use std::sync::Weak;
use std::time::Duration;

use crate::ingest::ATTEMPTS_AT_ONCE;
use crate::ingest::Fleet;
use crate::ingest::Receiving;
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

/// What receives.
pub(super) struct Ingest {
    fleet: Arc<Fleet>,
    receiving: Receiving,
    sources: Sources,
    clock: Clock,
}

impl Ingest {
    pub(super) fn start(sources: Sources, clock: &Clock) -> Result<Self, StartError> {
        let receiving = Receiving::start().map_err(StartError::Thread)?;
        let receivers = receiving.receivers();
        let fleet = Fleet::new(receivers, clock.clone(), sources.clone(), ATTEMPTS_AT_ONCE);
        Ok(Self { fleet: Arc::new(fleet), receiving, sources, clock: clock.clone() })
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
        let receivers = self.receiving.receivers();
        let shots = Shots::new(receivers, self.clock.clone(), self.sources.clone());
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
        Trials::new(self.receiving.receivers(), self.clock.clone(), self.sources.clone())
    }

    /// Ends every camera; what lingers is cut after so long.
    pub(super) fn end(self, wait_max: Duration) {
        drop(self.fleet);
        self.receiving.end(wait_max);
    }
}
