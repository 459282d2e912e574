//! One look, from a keyframe to what is reported of it.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::time::Duration;

use crate::cases::Budget;
use crate::cases::EvidenceContext;
use crate::cases::EvidenceRole;
use crate::cases::LookTimes;
use crate::cases::Origin;
use crate::cases::Picture;
use crate::cases::private_boxes_of;
use crate::detect::Detection;
use crate::detect::Detector;
use crate::detect::DetectorError;
use crate::dispatch::DeskItem;
use crate::dispatch::LifeBook;
use crate::geometry::BoxInImage;
use crate::ingest::Asked;
use crate::ingest::DecodeError;
use crate::ingest::Decoder;
use crate::ingest::Frame;
use crate::ingest::Gate;
use crate::ingest::Keyframe;
use crate::ingest::Schedule;
use crate::ingest::Turn;
use crate::rules::Incident;
use crate::rules::IncidentChange;
use crate::rules::IncidentPhase;
use crate::runtime::QueueSender;
use crate::runtime::Shutdown;
use crate::time::Clock;
use crate::time::Timestamp;

use super::post::OpenNote;
use super::post::Post;
use super::post::Posts;
use super::post::Station;
use super::second::Filed;

/// How soon a worker without work hears of the shutdown.
const IDLE: Duration = Duration::from_millis(200);
/// What stands is kept against a restart so often, and at once when a matter changes.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(5);
/// The desk is told so often that a matter still stands.
const STANDING_EVERY: Duration = Duration::from_secs(30);

/// What is the same for all cameras.
#[derive(Clone)]
pub(super) struct House {
    pub(super) budget: Budget,
    pub(super) context: EvidenceContext,
    /// Who knows the duty in force; none without city data.
    pub(super) lives: Option<Arc<LifeBook>>,
}

/// A keyframe that could not be judged. The camera's next one may be.
#[derive(Debug, thiserror::Error)]
pub enum LookFailure {
    #[error("cannot decode: {0}")]
    Decode(#[from] DecodeError),
    #[error(transparent)]
    Infer(#[from] DetectorError),
    #[error("the program failed over this picture: a fault of ours, told in the log")]
    Panic,
}

impl LookFailure {
    /// The step that failed, as metrics call it.
    const fn step(&self) -> &'static str {
        match self {
            Self::Decode(_) => "decode",
            Self::Infer(_) => "infer",
            Self::Panic => "panic",
        }
    }
}

/// A worker's bench: its own decoder and detector, and the ways in and out.
pub(super) struct Bench {
    pub(super) decoder: Decoder,
    pub(super) detector: Box<dyn Detector>,
    pub(super) schedule: Arc<Schedule>,
    pub(super) posts: Arc<Posts>,
    pub(super) reports: QueueSender<DeskItem>,
    pub(super) clock: Clock,
    pub(super) house: House,
    pub(super) shutdown: Shutdown,
}

impl Bench {
    /// Takes turn after turn until the shutdown.
    pub(super) fn work(&mut self) {
        while !self.shutdown.has_begun() {
            if let Some(turn) = self.schedule.take(IDLE) {
                self.take(&turn);
            }
        }
    }

    fn take(&mut self, turn: &Turn) {
        let Some(station) = self.posts.get(turn.slot) else {
            return self.schedule.remove(turn.slot);
        };
        let mut post = station.enter();
        if let Some(lives) = &self.house.lives {
            post.follow_duty(lives.duty_interval(&station.camera));
        }
        // However the look ends, the camera gets its next turn.
        let mut slot = BusySlot { schedule: Arc::clone(&self.schedule), turn, asked: post.asked() };
        if let Err(failure) = self.look_or_panic(&mut post, turn, &station) {
            self.schedule.tally().failed();
            metrics::counter!("xunjie_looks_failed_total", "step" => failure.step()).increment(1);
            tracing::debug!(camera = %post.camera, error = %failure, "a keyframe could not be judged");
            station.facts().trouble = failure.to_string();
            // Nobody knows what this picture showed.
            post.patrol.wake();
        }
        slot.asked = post.asked();
    }

    /// A panic costs this camera one look. Ending the worker instead would cost
    /// every camera its looks until the worker is started again.
    fn look_or_panic(
        &mut self,
        post: &mut Post,
        turn: &Turn,
        station: &Station,
    ) -> Result<(), LookFailure> {
        let looked = catch_unwind(AssertUnwindSafe(|| self.look(post, turn, station)));
        looked.unwrap_or_else(|_| {
            tracing::error!(camera = %post.camera, "a look panicked; the camera's next one goes on");
            // Whatever the decoder was in the middle of.
            self.decoder = Decoder::new();
            Err(LookFailure::Panic)
        })
    }

    fn look(&mut self, post: &mut Post, turn: &Turn, station: &Station) -> Result<(), LookFailure> {
        let keyframe = &turn.keyframe;
        post.follow_clock(keyframe);
        let (at, bytes) = (keyframe.captured_at, keyframe.data.len());
        if post.patrol.passes_over(at, turn.deltas, bytes) {
            self.schedule.spared(turn.slot, Gate::Still);
            post.set_pace(post.patrol.pace(at));
            post.tell(&mut station.facts(), self.clock.now(), "", keyframe);
            return Ok(());
        }
        let frame = self.decoder.decode(keyframe)?;
        let decoded_at = self.clock.now();
        let sighted = post.patrol.view(at, &frame);
        let asks_detector = sighted.asks_detector();
        let detections = if asks_detector { self.detector.detect(&frame)? } else { Vec::new() };
        let inferred_at = self.clock.now();
        let strong = |kind| self.detector.strong_score(kind);
        let finding = post.patrol.look(&sighted, &frame, &detections, strong);
        let times = LookTimes {
            captured_at: keyframe.captured_at,
            received_at: keyframe.received_at,
            taken_at: turn.taken_at,
            decoded_at,
            inferred_at,
            decided_at: self.clock.now(),
        };
        self.schedule.tally().decided(times.decision(), asks_detector);
        metrics::counter!("xunjie_looks_total").increment(1);

        post.set_pace(finding.pace);
        post.tell(&mut station.facts(), decoded_at, finding.view.reason(), keyframe);
        if sighted.is_unchanged() {
            self.schedule.spared(turn.slot, Gate::Unchanged);
            return Ok(());
        }
        times.record(&self.house.budget);
        post.album.keep(keyframe, &finding.newly_watched);
        post.look_at_second(self.clock.now());
        for change in &finding.changes {
            self.report(post, change, &times, &Seen { frame: &frame, detections: &detections });
        }
        let stays = post.patrol.stays();
        post.album.retain(|id| stays.iter().any(|stay| stay.id() == id));
        station.facts().open_cases = post.open.len();
        self.keep_snapshot(post, &finding.changes);
        Ok(())
    }

    fn report(
        &mut self,
        post: &mut Post,
        change: &IncidentChange,
        times: &LookTimes,
        seen: &Seen<'_>,
    ) {
        let incident = &change.incident;
        let key = (incident.zone_id.clone(), incident.stay_id);
        let now = times.decided_at;
        match change.phase {
            IncidentPhase::Violation => {
                post.open.insert(key, OpenNote { lacks_c: true, told_at: now });
                let item = self.filing(post, incident, times, seen);
                self.reports.send(item);
                post.second.iter_mut().for_each(|second| second.filed(now));
            }
            IncidentPhase::Standing => {
                let open = post.open.entry(key);
                let open = open.or_insert(OpenNote { lacks_c: false, told_at: Timestamp::EPOCH });
                if !open.lacks_c && now.since(open.told_at) < STANDING_EVERY {
                    return;
                }
                let mut pictures = None;
                if open.lacks_c {
                    let second = post.second.as_mut();
                    let filed = second.map(|second| second.picture_of(open.told_at, now));
                    if matches!(filed, Some(Filed::Awaited)) {
                        post.patrol.wake();
                        return;
                    }
                    pictures = self.picture_c(filed, seen, times.captured_at, incident);
                }
                *open = OpenNote { lacks_c: false, told_at: now };
                self.reports.send(DeskItem::Update {
                    camera: post.camera.clone(),
                    incident: incident.clone(),
                    pictures: pictures.into_iter().collect(),
                });
            }
            IncidentPhase::Cleared => {
                post.open.remove(&key);
                let picture = seen.take(EvidenceRole::Cleared, times.captured_at, incident);
                self.reports.send(DeskItem::Clear {
                    camera: post.camera.clone(),
                    incident: incident.clone(),
                    cleared_at: times.captured_at,
                    pictures: picture.into_iter().collect(),
                });
            }
            IncidentPhase::ForReview => {
                let kind = incident.kind.name();
                metrics::counter!("xunjie_for_review_total", "kind" => kind).increment(1);
            }
            IncidentPhase::PreAlarm | IncidentPhase::Dropped => {}
        }
    }

    fn filing(
        &mut self,
        post: &Post,
        incident: &Incident,
        times: &LookTimes,
        seen: &Seen<'_>,
    ) -> DeskItem {
        let a = self.picture_a(post, incident);
        let b = seen.take(EvidenceRole::B, times.captured_at, incident);
        let crop = Picture::crop(seen.frame, times.captured_at, incident.box_in_image).ok();
        // They are what was judged: of the stream that is looked at.
        let judged = b.into_iter().chain(crop).map(|picture| match post.second {
            Some(_) => picture.from_stream(Origin::DetectStream),
            None => picture,
        });
        let zone = post.patrol.zones().iter().find(|zone| zone.id == incident.zone_id);
        let mut context = self.house.context.clone();
        context.score_min = self.detector.strong_score(incident.thing);
        if let Some(zone) = zone {
            zone.kind.name().clone_into(&mut context.zone_kind);
            context.pre_alarm_s = zone.pre_alarm.as_secs_f64();
            context.violation_s = zone.violation.as_secs_f64();
        }
        DeskItem::File {
            camera: post.camera.clone(),
            incident: incident.clone(),
            times: *times,
            pictures: a.into_iter().chain(judged).collect(),
            context,
        }
    }

    /// Picture A: full-size if the camera has a second stream and that gave it.
    fn picture_a(&mut self, post: &Post, incident: &Incident) -> Option<Picture> {
        let mut origin = Origin::OnlyStream;
        if let Some(second) = &post.second {
            let full = second.beginning_of(incident.stay_id);
            let full = full.and_then(|full| self.kept(&full, EvidenceRole::A, incident));
            match full {
                Ok(picture) => return Some(picture.from_stream(Origin::EvidenceStream)),
                Err(reason) => origin = Origin::Instead(reason),
            }
        }
        let first = post.album.first_of(incident.stay_id)?;
        let picture = self.kept(first, EvidenceRole::A, incident);
        picture.ok().map(|picture| picture.from_stream(origin))
    }

    /// Picture C: of the second stream if there is one and it gave one, else of this look.
    fn picture_c(
        &mut self,
        filed: Option<Filed>,
        seen: &Seen<'_>,
        at: Timestamp,
        incident: &Incident,
    ) -> Option<Picture> {
        let full = match filed {
            None | Some(Filed::Awaited) => return seen.take(EvidenceRole::C, at, incident),
            Some(Filed::Came(keyframe)) => self.kept(&keyframe, EvidenceRole::C, incident),
            Some(Filed::Missing(reason)) => Err(reason),
        };
        match full {
            Ok(picture) => Some(picture.from_stream(Origin::EvidenceStream)),
            Err(reason) => seen
                .take(EvidenceRole::C, at, incident)
                .map(|picture| picture.from_stream(Origin::Instead(reason))),
        }
    }

    /// A picture of a keyframe that was kept: decoded only now that it is needed.
    fn kept(
        &mut self,
        keyframe: &Keyframe,
        role: EvidenceRole,
        incident: &Incident,
    ) -> Result<Picture, String> {
        let frame = self.decoder.decode(keyframe).map_err(|error| {
            tracing::warn!(%error, "a picture that was kept cannot be decoded");
            error.to_string()
        })?;
        // Nobody has looked at it, or nobody knows any more: who is in it is asked now.
        let detected = self.detector.detect(&frame);
        let detections = detected
            .inspect_err(|error| {
                tracing::warn!(%error, "nobody knows who is in a picture that was kept");
            })
            .ok();
        let picture = take(&frame, role, keyframe.captured_at, incident)
            .ok_or_else(|| "the picture cannot be taken".to_owned())?;
        Ok(picture.hiding(detections.map(|seen| private_in(&seen, incident))))
    }

    fn keep_snapshot(&self, post: &mut Post, changes: &[IncidentChange]) {
        let quiet = changes.iter().all(|change| change.phase == IncidentPhase::Standing);
        let now = self.clock.now();
        if quiet && now.since(post.snapshot_at) < SNAPSHOT_EVERY {
            return;
        }
        post.snapshot_at = now;
        match serde_json::to_vec(&post.patrol.memory()) {
            Ok(bytes) => {
                self.reports.send(DeskItem::Snapshot { camera: post.camera.clone(), bytes });
            }
            Err(error) => {
                tracing::error!(camera = %post.camera, %error, "stays cannot be written down");
            }
        }
    }
}

/// What a look saw, and what in it.
struct Seen<'a> {
    frame: &'a Frame,
    detections: &'a [Detection],
}

impl Seen<'_> {
    fn take(&self, role: EvidenceRole, at: Timestamp, incident: &Incident) -> Option<Picture> {
        let picture = take(self.frame, role, at, incident)?;
        Some(picture.hiding(Some(private_in(self.detections, incident))))
    }
}

fn private_in(detections: &[Detection], incident: &Incident) -> Vec<BoxInImage> {
    private_boxes_of(detections, incident.thing, &incident.box_in_image)
}

fn take(frame: &Frame, role: EvidenceRole, at: Timestamp, incident: &Incident) -> Option<Picture> {
    let place: BoxInImage = incident.box_in_image;
    Picture::take(frame, role, at, place)
        .inspect_err(|error| tracing::warn!(%error, "a picture cannot be taken"))
        .ok()
}

/// Gives the slot back when the look is over, however it ended.
struct BusySlot<'a> {
    schedule: Arc<Schedule>,
    turn: &'a Turn,
    asked: Asked,
}

impl Drop for BusySlot<'_> {
    fn drop(&mut self) {
        self.schedule.done(self.turn.slot, self.asked);
    }
}
