//! Plays a clip through the way on the clip's own clock, as fast as the machine goes.

use std::path::Path;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::detect::Detection;
use crate::detect::Detector;
use crate::detect::DetectorError;
use crate::detect::Kind;
use crate::ingest::ClipError;
use crate::ingest::ClipReader;
use crate::ingest::Deltas;
use crate::ingest::Frame;
use crate::rules::GateSettings;
use crate::rules::IncidentChange;
use crate::rules::IncidentPhase;
use crate::rules::Patrol;
use crate::rules::Zone;
use crate::time::Timestamp;
use crate::tracking::StaySettings;

use super::Alert;
use super::TruthBoxes;

/// How a clip is played.
#[derive(Clone, Debug)]
pub struct ReplaySettings {
    pub zones: Vec<Zone>,
    pub time_zone: TimeZone,
    /// Wall clock of the first picture.
    pub clock_start: Timestamp,
    /// From one look to the next, as if the clip had a keyframe so often.
    pub interval: Duration,
    /// Only the second gate, on the picture: a clip is decoded whole anyway.
    pub gates: GateSettings,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Replayed {
    pub alerts: Vec<Alert>,
    /// What has stood there since the first picture: no alert, but to be looked at.
    pub for_review: Vec<Alert>,
    pub looks: u64,
    /// Looks that needed no inference, as the picture showed nothing new.
    pub unchanged: u64,
    /// Time of the last look, from the first picture.
    pub played: Duration,
    /// Why the clip ended before its end; what was found until then stands.
    pub broken: Option<ClipError>,
    /// The clip says nothing of time: 25 pictures a second were assumed.
    pub timestamps_assumed: bool,
}

/// A clip could not be played at all.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error(transparent)]
    Clip(#[from] ClipError),
    #[error(transparent)]
    Detector(#[from] DetectorError),
}

/// Plays the clip to its end. `tell` is told after each look how far it has
/// come, and how long the clip is if that is known.
///
/// # Errors
/// When the clip cannot be opened, or inference fails. A clip that breaks off
/// is no error: what was found until then is given.
pub fn replay(
    clip: &Path,
    detector: &mut dyn Detector,
    settings: &ReplaySettings,
    tell: impl FnMut(Duration, Option<Duration>),
) -> Result<Replayed, ReplayError> {
    play(clip, Eyes::Detector(detector), settings, tell)
}

/// Plays the clip with its own truth in the place of a detector.
///
/// # Errors
/// When the clip cannot be opened.
pub fn replay_truth(
    clip: &Path,
    truth: &TruthBoxes,
    settings: &ReplaySettings,
    tell: impl FnMut(Duration, Option<Duration>),
) -> Result<Replayed, ReplayError> {
    play(clip, Eyes::Truth(truth), settings, tell)
}

/// Who says what is in a picture.
enum Eyes<'a> {
    Detector(&'a mut dyn Detector),
    Truth(&'a TruthBoxes),
}

impl Eyes<'_> {
    fn see(&mut self, at: Duration, frame: &Frame) -> Result<Vec<Detection>, DetectorError> {
        match self {
            Self::Detector(detector) => detector.detect(frame),
            Self::Truth(truth) => Ok(truth.at(at)),
        }
    }

    fn strong_score(&self, kind: Kind) -> f32 {
        match self {
            Self::Detector(detector) => detector.strong_score(kind),
            Self::Truth(truth) => truth.strong_score(),
        }
    }
}

fn play(
    clip: &Path,
    mut eyes: Eyes<'_>,
    settings: &ReplaySettings,
    mut tell: impl FnMut(Duration, Option<Duration>),
) -> Result<Replayed, ReplayError> {
    let mut reader = ClipReader::open(clip)?;
    let mut replayed =
        Replayed { timestamps_assumed: reader.timestamps_assumed(), ..Replayed::default() };
    let time_zone = settings.time_zone.clone();
    let mut patrol = Patrol::new(settings.zones.clone(), time_zone, StaySettings::default())
        .gated(settings.gates);
    let mut due = Duration::ZERO;
    loop {
        let picture = match reader.next_at(due) {
            Ok(Some(picture)) => picture,
            Ok(None) => return Ok(replayed),
            Err(error) => {
                replayed.broken = Some(error);
                return Ok(replayed);
            }
        };
        let at = settings.clock_start + picture.at;
        patrol.passes_over(at, Some(Deltas::default()), 0);
        let sighted = patrol.view(at, &picture.frame);
        let detections = if sighted.asks_detector() {
            eyes.see(picture.at, &picture.frame)?
        } else {
            Vec::new()
        };
        replayed.unchanged += u64::from(sighted.is_unchanged());
        let strong = |kind| eyes.strong_score(kind);
        let finding = patrol.look(&sighted, &picture.frame, &detections, strong);
        for change in &finding.changes {
            take_note(&mut replayed, change, at, settings.clock_start);
        }
        replayed.looks += 1;
        replayed.played = picture.at;
        tell(picture.at, reader.duration());
        // From the beat, not from the picture, so that looks do not drift.
        let interval_ns = settings.interval.as_nanos().max(1);
        let beats = picture.at.as_nanos() / interval_ns + 1;
        due = Duration::from_nanos(u64::try_from(beats * interval_ns).unwrap_or(u64::MAX));
    }
}

fn take_note(replayed: &mut Replayed, change: &IncidentChange, at: Timestamp, start: Timestamp) {
    let incident = &change.incident;
    let alert = || Alert {
        kind: incident.kind,
        zone_id: incident.zone_id.clone(),
        stay_id: incident.stay_id,
        began_s: incident.began_at.secs_from(start),
        proved_s: at.secs_from(start),
        cleared_s: None,
        began_before_start: incident.since_start,
        thing: incident.thing,
        box_in_image: incident.box_in_image,
        score: incident.score,
    };
    match change.phase {
        IncidentPhase::Violation => replayed.alerts.push(alert()),
        IncidentPhase::ForReview => replayed.for_review.push(alert()),
        IncidentPhase::Cleared => {
            let same = |alert: &&mut Alert| {
                alert.stay_id == incident.stay_id && alert.zone_id == incident.zone_id
            };
            if let Some(alert) = replayed.alerts.iter_mut().rev().find(same) {
                alert.cleared_s = Some(incident.seen_at.secs_from(start));
            }
        }
        IncidentPhase::PreAlarm | IncidentPhase::Standing | IncidentPhase::Dropped => {}
    }
}
