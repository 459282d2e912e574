//! One matter, one case: files a case where its matter belongs, with the life that it begins.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::cases::Actor;
use crate::cases::Case;
use crate::cases::CitizenReporter;
use crate::cases::Clocks;
use crate::cases::Life;
use crate::cases::LifeError;
use crate::cases::Step;
use crate::cases::StepRequest;
use crate::city::CityData;
use crate::city::Class;
use crate::city::ClassId;
use crate::city::GridId;
use crate::city::MatterRule;
use crate::geometry::GeoPoint;
use crate::ingest::CameraId;
use crate::store::Filed;
use crate::store::HotSpot;
use crate::store::LifeAddition;
use crate::store::LifeKeys;
use crate::store::NewCase;
use crate::store::Placed;
use crate::store::Silenced;
use crate::store::SinkId;
use crate::store::StoreError;
use crate::time::Timestamp;

use super::LifeBook;
use super::LifeBookError;
use super::life_book::class_of;
use super::life_book::due_if_untouched;

/// A hot spot, and how the city sees it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct HotSpotReport {
    #[serde(flatten)]
    pub spot: HotSpot,
    pub class_name: Option<String>,
    pub grid: Option<GridId>,
    /// The days that `count` is of.
    pub days: u32,
    /// Whether there were enough of them within these days to call it hot today.
    pub hot: bool,
}

impl LifeBook {
    /// The middle of what a camera watches; none if the city does not know it.
    #[must_use]
    pub fn place_of(&self, camera: &CameraId) -> Option<GeoPoint> {
        self.city().camera(camera).map(|camera| camera.place)
    }

    /// Files a case as a new one or joins it to an open one of its matter, and
    /// begins its life. One whose place or class the city does not know is new.
    ///
    /// # Errors
    /// When the disk fails; then nothing is written.
    pub fn file(
        &self,
        case: &Case,
        sinks: &[SinkId],
        followers: &[SinkId],
    ) -> Result<Placed, StoreError> {
        self.file_of(case, None, sinks, followers)
    }

    /// As [`Self::file`], with the citizen who told of it, if one did and is known.
    pub(super) fn file_of(
        &self,
        case: &Case,
        reporter: Option<&CitizenReporter>,
        sinks: &[SinkId],
        followers: &[SinkId],
    ) -> Result<Placed, StoreError> {
        let city = self.city();
        let class = class_of(&city, case.kind.name());
        let (Ok(class), Some(place)) = (class, case.place) else {
            return self.file_anywhere(case, reporter, sinks);
        };
        let rule = city.matter_rule(class);
        let new = NewCase { case, class: &class.id, place, rule, reporter, sinks, followers };
        let placed = self.store.place_case(&new, &|case| {
            let life = self.life_of(&city, class, case);
            life.inspect_err(|error| tracing::warn!(case = %case.id, %error, "a case has no life"))
                .ok()
        })?;
        if let Placed::New(case) | Placed::Joined { case, .. } = &placed {
            let stage = match &case.merged_into {
                Some(_) => "merged",
                None if class.review => "review",
                None => "filed",
            };
            count_begun(stage);
        }
        Ok(placed)
    }

    fn file_anywhere(
        &self,
        case: &Case,
        reporter: Option<&CitizenReporter>,
        sinks: &[SinkId],
    ) -> Result<Placed, StoreError> {
        if self.store.file_case_of(case, reporter, sinks)? == Filed::AlreadyThere {
            return Ok(Placed::AlreadyThere);
        }
        // The case itself is written by now: a life that cannot begin begins later.
        if let Err(error) = self.begin(case) {
            tracing::warn!(case = %case.id, %error, "a case has no life yet");
        }
        Ok(Placed::New(Box::new(case.clone())))
    }

    /// The life that a case begins with: found when it was proved, then filed,
    /// put up for review where the class asks for it, or merged.
    pub(super) fn life_of(
        &self,
        city: &CityData,
        class: &Class,
        case: &Case,
    ) -> Result<(Life, LifeKeys), LifeError> {
        let clocks = Clocks::of(city, class);
        let found_at = case.proved_at.min(case.filed_at);
        let mut life = Life::begin(case.id.clone(), finder_of(case), found_at, &clocks);
        let rule = city.matter_rule(class);
        let (step, why) = match &case.merged_into {
            Some(into) => (Step::Merge { into: into.clone() }, Some(same_matter(&rule))),
            None if class.review => (Step::Review, None),
            None => (Step::File, None),
        };
        life.take(StepRequest { step, by: Actor::Program, at: case.filed_at, why }, &clocks)?;
        let located = match (&case.camera_id, &case.place) {
            (Some(camera), _) => city.grid_for(camera),
            (None, Some(place)) => city.grid_at(place),
            (None, None) => city.default_grid(),
        };
        let grid = located.map(|(grid, _)| grid.id.clone());
        let due = due_if_untouched(&life, &clocks, self.clock.now());
        Ok((life, LifeKeys { class: class.id.clone(), grid, due, escalated: false }))
    }

    /// Writes a step, and with it what it means for the cases.
    pub(super) fn write_step(
        &self,
        step: &Step,
        addition: &LifeAddition<'_>,
    ) -> Result<(), LifeBookError> {
        let hearers = &self.hearers;
        let written = match step {
            Step::Merge { into } => self.store.merge_case(addition, into, &hearers.followers),
            Step::Split => self.store.split_case(addition, &hearers.sinks, &hearers.followers),
            _ => {
                let LifeAddition { life, known, keys, .. } = *addition;
                self.store.add_to_life(life, known, keys, &hearers.followers)
            }
        };
        written.map_err(|error| match error {
            StoreError::NotOpen(id) => LifeBookError::NotOpen(id),
            StoreError::Unknown(id) => LifeBookError::Unknown(id),
            other => other.into(),
        })?;
        hearers.bell.ring();
        Ok(())
    }

    /// Lets later cases join those that were filed before places were kept.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub(super) fn note_places(&self) -> Result<(), LifeBookError> {
        let city = self.city();
        for (case, class) in self.store.cases_without_place()? {
            let camera = case.camera_id.as_ref().and_then(|camera| city.camera(camera));
            if let Some(camera) = camera {
                self.store.note_place(&case, &class, &camera.place)?;
            }
        }
        Ok(())
    }

    /// What was not filed, and why, the newest first, at most `limit`; with `before` only what is older.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn silenced(
        &self,
        before: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<Silenced>, StoreError> {
        self.store.silenced(before, limit)
    }

    /// Hot spots with a case within the days that the city set, of one class or of all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn hot_spots(&self, class: Option<&ClassId>) -> Result<Vec<HotSpotReport>, StoreError> {
        let city = self.city();
        let rule = city.centre.matter;
        let days = Duration::from_secs(u64::from(rule.hot_spot_days) * 24 * 3600);
        let spots = self.store.hot_spots(self.clock.now() - days)?;
        let asked = spots.into_iter().filter(|spot| class.is_none_or(|class| spot.class == *class));
        let report = |spot: HotSpot| HotSpotReport {
            class_name: city.class(&spot.class).map(|class| class.name.clone()),
            grid: city.grid_at(&spot.place).map(|(grid, _)| grid.id.clone()),
            days: rule.hot_spot_days,
            hot: spot.count >= rule.hot_spot_cases as usize,
            spot,
        };
        Ok(asked.map(report).collect())
    }
}

/// Who found the case.
pub(super) fn finder_of(case: &Case) -> Actor {
    case.camera_id.clone().map_or(Actor::Citizen, Actor::Camera)
}

pub(super) fn count_begun(stage: &'static str) {
    metrics::counter!("xunjie_lives_begun_total", "stage" => stage).increment(1);
}

fn same_matter(rule: &MatterRule) -> String {
    format!("the same class within {} m and {} h", rule.join_m, rule.join_hours)
}
