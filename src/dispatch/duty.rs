//! The duty in force: what cameras look for now, and how often.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::PoisonError;
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::city::CityData;
use crate::city::ClassId;
use crate::city::Duty;
use crate::ingest::CameraId;
use crate::store::SwitchedDuty;
use crate::time::Timestamp;

use super::LifeBook;
use super::LifeBookError;

/// The duties of the city, and which of them holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct DutyReport {
    /// None where the city has no duties: then every camera looks for everything.
    pub duty: Option<String>,
    pub name: Option<String>,
    /// When it was switched on, and by whom; none where nobody ever switched.
    pub since: Option<Timestamp>,
    pub by: Option<String>,
    /// All that can be switched on.
    pub duties: Vec<DutyChoice>,
}

/// A duty that can be switched on.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DutyChoice {
    pub id: String,
    pub name: String,
    /// Every class if empty.
    pub classes: Vec<ClassId>,
    /// How many cameras it names; every camera if 0.
    pub cameras: usize,
    /// From one look to the next; each camera's own if none.
    pub interval_s: Option<f64>,
}

/// The duty in force, ready to be asked at every look.
#[derive(Debug, Default)]
pub(super) struct DutyInForce {
    pub(super) id: Option<String>,
    pub(super) name: String,
    switched: Option<SwitchedDuty>,
    /// Every class if empty.
    classes: HashSet<ClassId>,
    /// Every camera if empty.
    cameras: HashSet<CameraId>,
    interval: Option<Duration>,
}

impl DutyInForce {
    /// The duty that was switched on; the first of the city where it has none such.
    pub(super) fn of(city: &CityData, wanted: Option<SwitchedDuty>) -> Self {
        let known = |wanted: &SwitchedDuty| city.duties.iter().find(|duty| duty.id == wanted.duty);
        if let Some(wanted) = wanted
            && let Some(duty) = known(&wanted)
        {
            return Self { switched: Some(wanted), ..duty.into() };
        }
        city.duties.first().map(Self::from).unwrap_or_default()
    }

    pub(super) fn looks_for(&self, class: &ClassId, camera: &CameraId) -> bool {
        (self.classes.is_empty() || self.classes.contains(class)) && self.is_on_duty(camera)
    }

    fn is_on_duty(&self, camera: &CameraId) -> bool {
        self.cameras.is_empty() || self.cameras.contains(camera)
    }
}

impl From<&Duty> for DutyInForce {
    fn from(duty: &Duty) -> Self {
        Self {
            id: Some(duty.id.clone()),
            name: duty.name.clone(),
            switched: None,
            classes: duty.classes.iter().cloned().collect(),
            cameras: duty.cameras.iter().cloned().collect(),
            interval: duty.interval,
        }
    }
}

impl From<&Duty> for DutyChoice {
    fn from(duty: &Duty) -> Self {
        Self {
            id: duty.id.clone(),
            name: duty.name.clone(),
            classes: duty.classes.clone(),
            cameras: duty.cameras.len(),
            interval_s: duty.interval.map(|interval| interval.as_secs_f64()),
        }
    }
}

impl LifeBook {
    pub(super) fn duty_in_force(&self) -> Arc<DutyInForce> {
        Arc::clone(&self.duty.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// How often the duty in force wants this camera to look; none where the camera's own beat holds.
    #[must_use]
    pub fn duty_interval(&self, camera: &CameraId) -> Option<Duration> {
        let duty = self.duty_in_force();
        duty.interval.filter(|_| duty.is_on_duty(camera))
    }

    #[must_use]
    pub fn duty(&self) -> DutyReport {
        let duty = self.duty_in_force();
        let switched = duty.switched.as_ref();
        DutyReport {
            duty: duty.id.clone(),
            name: duty.id.as_ref().map(|_| duty.name.clone()),
            since: switched.map(|switched| switched.at),
            by: switched.map(|switched| switched.by.clone()),
            duties: self.city().duties.iter().map(DutyChoice::from).collect(),
        }
    }

    /// Switches a duty on, also for the time after a restart.
    ///
    /// # Errors
    /// When the city has no such duty, or the disk fails.
    pub fn switch_duty(&self, id: &str, by: &str) -> Result<DutyReport, LifeBookError> {
        let city = self.city();
        if !city.duties.iter().any(|duty| duty.id == id) {
            let known = city.duties.iter().map(|duty| duty.id.clone()).collect();
            return Err(LifeBookError::NoDuty { asked: id.to_owned(), known });
        }
        self.store.switch_duty(id, by, self.clock.now())?;
        self.take_up_duty()?;
        Ok(self.duty())
    }

    /// Follows what was switched on by somebody else, and city data that are new.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn take_up_duty(&self) -> Result<(), LifeBookError> {
        let new = DutyInForce::of(&self.city(), self.store.duty()?);
        let old = self.duty_in_force();
        if old.id != new.id {
            tracing::info!(from = old.id, to = new.id, "another duty is in force");
        }
        *self.duty.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        Ok(())
    }
}
