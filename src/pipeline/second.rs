//! A camera's second stream: full-size pictures, fetched when a case may need them.
//!
//! Nothing waits for them. A stay's beginning is fetched once it has been seen
//! twice, for what is seen once has only passed; a filing's picture comes with
//! the news after it. Where none comes, the small picture serves.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::cases::Album;
use crate::ingest::CameraSettings;
use crate::ingest::Keyframe;
use crate::ingest::Shot;
use crate::ingest::Shots;
use crate::time::Timestamp;
use crate::tracking::Stay;
use crate::tracking::StayId;

/// Beginnings of stays are fetched so often at most: where cars stop and go,
/// the stream would else never be closed.
const BEGINNINGS_EVERY: Duration = Duration::from_secs(30);
/// A filing waits for its picture no longer: one that was on its way, and its own.
const FILING_WAIT_MAX: Duration = Duration::from_secs(25);

/// One camera's second stream; closed, but for a picture under way.
pub(super) struct SecondStream {
    shots: Arc<Shots>,
    settings: CameraSettings,
    under_way: Option<UnderWay>,
    /// The newest answer and when it was asked for; kept while a filing wants it.
    latest: Option<(Timestamp, Result<Keyframe, String>)>,
    /// Beginnings of stays, compressed.
    album: Album,
    /// Stays whose beginning has been asked for.
    asked_for: BTreeSet<StayId>,
    beginnings_at: Timestamp,
    /// Why the last picture did not come; empty if it did.
    fault: String,
}

struct UnderWay {
    asked_at: Timestamp,
    shot: Shot,
    /// Whose beginning it shows.
    stays: Vec<StayId>,
}

/// The full-size picture of a filing.
pub(super) enum Filed {
    /// It may still come.
    Awaited,
    Came(Keyframe),
    /// It will not, and why.
    Missing(String),
}

impl SecondStream {
    pub(super) fn new(shots: Arc<Shots>, settings: CameraSettings) -> Self {
        Self {
            shots,
            settings,
            under_way: None,
            latest: None,
            album: Album::default(),
            asked_for: BTreeSet::new(),
            beginnings_at: Timestamp::EPOCH,
            fault: String::new(),
        }
    }

    /// At each look: takes in what has come and asks for the beginnings of
    /// `watched` stays that are new. `filing` says that a filing wants the newest.
    pub(super) fn look(&mut self, now: Timestamp, watched: &[&Stay], filing: bool) {
        self.take_in(now);
        if !filing {
            self.latest = None;
        }
        let there: BTreeSet<StayId> = watched.iter().map(|stay| stay.id()).collect();
        self.asked_for.retain(|stay| there.contains(stay));
        self.album.retain(|stay| there.contains(&stay));
        let seen_twice = watched.iter().filter(|stay| stay.sightings() > 1).map(|stay| stay.id());
        let new: Vec<_> = seen_twice.filter(|stay| !self.asked_for.contains(stay)).collect();
        let may_ask = self.under_way.is_some() || now.since(self.beginnings_at) >= BEGINNINGS_EVERY;
        if new.is_empty() || !may_ask {
            return;
        }
        self.beginnings_at = now;
        self.asked_for.extend(&new);
        self.ask(now).stays.extend(new);
    }

    /// The picture in which the stay began, or why there is none.
    pub(super) fn beginning_of(&self, stay: StayId) -> Result<Keyframe, String> {
        let why_not = || match self.fault.as_str() {
            "" => "the evidence stream had given no picture yet".to_owned(),
            fault => in_words(fault),
        };
        self.album.first_of(stay).cloned().ok_or_else(why_not)
    }

    /// A case is filed now: its picture is fetched.
    pub(super) fn filed(&mut self, now: Timestamp) {
        self.ask(now);
    }

    /// The picture of the case that was filed at `filed_at`.
    pub(super) fn picture_of(&mut self, filed_at: Timestamp, now: Timestamp) -> Filed {
        match &self.latest {
            Some((_, Ok(keyframe))) if keyframe.received_at >= filed_at => {
                return Filed::Came(keyframe.clone());
            }
            Some((asked_at, Err(reason))) if *asked_at >= filed_at => {
                return Filed::Missing(in_words(reason));
            }
            _ => {}
        }
        if now.since(filed_at) >= FILING_WAIT_MAX {
            return Filed::Missing(in_words("no picture in time"));
        }
        self.ask(now);
        Filed::Awaited
    }

    /// The picture under way, or one that is asked for now.
    fn ask(&mut self, now: Timestamp) -> &mut UnderWay {
        self.under_way.get_or_insert_with(|| {
            let shot = self.shots.ask(self.settings.clone());
            UnderWay { asked_at: now, shot, stays: Vec::new() }
        })
    }

    fn take_in(&mut self, now: Timestamp) {
        let Some(under_way) = &self.under_way else { return };
        // A runtime that is gone answers nothing.
        let overdue = now.since(under_way.asked_at) >= FILING_WAIT_MAX;
        let late = || overdue.then(|| Err("no picture in time".to_owned()));
        let Some(outcome) = under_way.shot.outcome().or_else(late) else { return };
        let Some(UnderWay { asked_at, stays, .. }) = self.under_way.take() else { return };
        let fault = match &outcome {
            Ok(keyframe) => {
                self.album.keep(keyframe, &stays);
                String::new()
            }
            Err(reason) => reason.clone(),
        };
        if !fault.is_empty() && self.fault.is_empty() {
            let camera = &self.settings.id;
            tracing::warn!(%camera, reason = fault, "the evidence stream gives no picture");
        }
        self.fault = fault;
        self.latest = Some((asked_at, outcome));
    }
}

fn in_words(reason: &str) -> String {
    format!("the evidence stream gave no picture: {reason}")
}
