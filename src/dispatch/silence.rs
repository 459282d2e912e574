//! What the city does not want to hear of here and now: kept with its reason
//! instead of being filed, and filed when the thing stands there longer than
//! the reason holds.

use crate::cases::Case;
use crate::cases::CaseId;
use crate::cases::EvidenceContext;
use crate::cases::LookTimes;
use crate::cases::Picture;
use crate::ingest::CameraId;
use crate::rules::Incident;
use crate::store::Silence;
use crate::store::SilencedBy;
use crate::store::StoreError;

use super::LifeBook;
use super::ledger::Ledger;
use super::ledger::LedgerError;
use super::ledger::Written;

/// The class whose stalls may stand at permitted points.
const VENDING: &str = "street_vending";
/// Pictures of so many silenced things are kept in memory, some 600 KB each;
/// one beyond that is filed, if it ever is, with the pictures of that time.
const HELD_MAX: usize = 64;

/// What was to be filed with.
pub(super) struct Held {
    pictures: Vec<Picture>,
    context: EvidenceContext,
}

impl LifeBook {
    /// Why the city wants to hear nothing of what this camera sees here and now.
    #[must_use]
    pub fn silence(&self, case: &Case) -> Option<Silence> {
        let (city, at) = (self.city(), case.filed_at);
        let camera = case.camera_id.as_ref()?;
        let duty = self.duty_in_force();
        if let Some(id) = duty.id.clone().filter(|_| !duty.looks_for(&case.kind, camera)) {
            return Some(Silence { by: SilencedBy::Duty, id, reason: duty.name.clone() });
        }
        let place = case.place.as_ref()?;
        if let Some(area) = city.quiet_area(&case.kind, place, at) {
            let reason = format!("{} ({})", area.reason, area.approved_by);
            return Some(Silence { by: SilencedBy::QuietArea, id: area.id.clone(), reason });
        }
        let point = city.permitted_vending(place, at).filter(|_| case.kind.name() == VENDING)?;
        let (id, reason) = (point.id.clone(), point.name.clone());
        Some(Silence { by: SilencedBy::VendingPoint, id, reason })
    }
}

impl Ledger {
    /// Keeps the case from being filed if the city wants that; tells whether it does.
    pub(super) fn silenced(
        &mut self,
        case: &Case,
        pictures: &[Picture],
        context: &EvidenceContext,
    ) -> Result<bool, StoreError> {
        let Some(silence) = self.lives.as_ref().and_then(|lives| lives.silence(case)) else {
            return Ok(false);
        };
        if self.store.keep_silenced(case, &silence)? {
            metrics::counter!("xunjie_cases_silenced_total", "by" => silence.by.name())
                .increment(1);
            tracing::debug!(case = %case.id, by = silence.id, "a case is not filed");
        }
        if self.held.len() < HELD_MAX {
            let held = Held { pictures: pictures.to_vec(), context: context.clone() };
            self.held.insert(case.id.clone(), held);
        }
        Ok(true)
    }

    /// Files what was silenced and stands there still, if the reason is over.
    pub(super) fn file_if_over(
        &mut self,
        id: &CaseId,
        camera: &CameraId,
        incident: &Incident,
        pictures: &[Picture],
    ) -> Result<Written, LedgerError> {
        let Some(lives) = self.lives.clone() else { return Ok(Written::Quiet) };
        if !self.store.is_silenced(id)? {
            return Ok(Written::Quiet);
        }
        let now = self.clock.now();
        // The picture that proves it today is this one.
        let times = LookTimes { captured_at: incident.seen_at, ..LookTimes::at(now) };
        // Asked at every look: nothing is written while the reason holds.
        if lives.silence(&self.case_of(camera, incident, times)).is_some() {
            return Ok(Written::Quiet);
        }
        let held = self.held.remove(id);
        let held = held.unwrap_or_else(|| Held {
            pictures: pictures.to_vec(),
            context: EvidenceContext::default(),
        });
        let written = self.file(camera, incident, times, &held.pictures, &held.context)?;
        if written != Written::Quiet {
            self.store.end_silence(id, now)?;
        }
        Ok(written)
    }
}
