//! How true the alerts of a clip are, held against its truth.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::config::Scenario;
use crate::config::TruthEvent;
use crate::detect::Kind;
use crate::geometry::BoxInImage;
use crate::rules::IncidentKind;
use crate::rules::ZoneId;
use crate::tracking::StayId;

/// Boxes of an alert and its event overlap at least so much.
const IOU_MIN: f32 = 0.3;
/// An alert comes within this time of begin + violation time, or within one
/// look interval if that is longer.
const LATE_MAX_S: f64 = 10.0;

/// What really happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    pub kind: IncidentKind,
    pub zone_id: ZoneId,
    pub begins_s: f64,
    /// Dwell at which its zone calls it a violation.
    pub violation_s: f64,
    pub box_in_image: Option<BoxInImage>,
}

impl Truth {
    /// The events of a scenario, each with the timer of its zone.
    #[must_use]
    pub fn all_of(scenario: &Scenario) -> Vec<Self> {
        let violation_s = |zone_id: &ZoneId| {
            let zone = scenario.zones.iter().find(|zone| zone.id == *zone_id);
            zone.map_or(0.0, |zone| zone.violation.as_secs_f64())
        };
        let truth = |event: &TruthEvent| Self {
            kind: event.kind,
            zone_id: event.zone.clone(),
            begins_s: event.begins.as_secs_f64(),
            violation_s: violation_s(&event.zone),
            box_in_image: event.box_in_image,
        };
        scenario.events.iter().map(truth).collect()
    }
}

/// What was reported. Times in seconds from the clip's first picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alert {
    pub kind: IncidentKind,
    pub zone_id: ZoneId,
    #[serde(skip)]
    pub stay_id: StayId,
    pub thing: Kind,
    pub began_s: f64,
    /// It stood there in the first picture.
    pub began_before_start: bool,
    pub proved_s: f64,
    /// When it was last seen; none while it stands.
    pub cleared_s: Option<f64>,
    #[serde(rename = "box")]
    pub box_in_image: BoxInImage,
    pub score: f32,
}

/// Counts over one clip or many; ratios are computed from them at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    events: usize,
    found: usize,
    alerts: usize,
    start_error_squares: f64,
}

/// The figures of a tally. Where there is nothing to be wrong about, a ratio is 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Score {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
    /// Root mean square error of the found events' begin; none if none was found.
    pub start_rmse_s: Option<f64>,
    pub events: usize,
    pub found: usize,
    pub alerts: usize,
    pub false_alerts: usize,
    /// None if there are no events.
    pub alerts_per_event: Option<f64>,
}

/// One tally a kind; kinds that neither happened nor were reported are absent.
pub type Tallies = BTreeMap<IncidentKind, Tally>;

/// Holds the alerts of one clip against its truth. Each event takes at most
/// one alert, the nearer in time the better; each alert at most one event.
#[must_use]
pub fn tally(truths: &[Truth], alerts: &[Alert], interval_s: f64) -> Tallies {
    let mut tallies = Tallies::new();
    for truth in truths {
        tallies.entry(truth.kind).or_default().events += 1;
    }
    for alert in alerts {
        tallies.entry(alert.kind).or_default().alerts += 1;
    }
    for (event, alert) in matches(truths, alerts, LATE_MAX_S.max(interval_s)) {
        let tally = tallies.entry(event.kind).or_default();
        tally.found += 1;
        tally.start_error_squares += (alert.began_s - event.begins_s).powi(2);
    }
    tallies
}

fn matches<'a>(
    truths: &'a [Truth],
    alerts: &'a [Alert],
    late_max_s: f64,
) -> Vec<(&'a Truth, &'a Alert)> {
    let mut pairs = Vec::new();
    for (t, truth) in truths.iter().enumerate() {
        for (a, alert) in alerts.iter().enumerate() {
            let off_s = (alert.proved_s - truth.begins_s - truth.violation_s).abs();
            if off_s <= late_max_s && agrees(truth, alert) {
                pairs.push((off_s, t, a));
            }
        }
    }
    pairs.sort_by(|x, y| x.0.total_cmp(&y.0));
    let mut fits = vec![Vec::new(); truths.len()];
    for (_, t, a) in pairs {
        fits[t].push(a);
    }
    let mut taker = vec![None; alerts.len()];
    for t in 0..truths.len() {
        seat(t, &fits, &mut taker, &mut vec![false; alerts.len()]);
    }
    let matched = taker.iter().zip(alerts);
    matched.filter_map(|(t, alert)| Some((&truths[(*t)?], alert))).collect()
}

/// Finds an alert for event `t`, nearest first; who had it looks for another.
/// So an event is never left without because another one took the only alert that fits.
fn seat(t: usize, fits: &[Vec<usize>], taker: &mut [Option<usize>], tried: &mut [bool]) -> bool {
    for &a in &fits[t] {
        if std::mem::replace(&mut tried[a], true) {
            continue;
        }
        if taker[a].is_none_or(|other| seat(other, fits, taker, tried)) {
            taker[a] = Some(t);
            return true;
        }
    }
    false
}

fn agrees(truth: &Truth, alert: &Alert) -> bool {
    let in_place = truth.box_in_image.is_none_or(|b| b.iou(&alert.box_in_image) >= IOU_MIN);
    truth.kind == alert.kind && truth.zone_id == alert.zone_id && in_place
}

impl Tally {
    /// Adds the counts of another clip or kind.
    pub fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.found += other.found;
        self.alerts += other.alerts;
        self.start_error_squares += other.start_error_squares;
    }

    #[must_use]
    pub fn score(&self) -> Score {
        let ratio = |part: usize, whole: usize| {
            if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
        };
        let precision = ratio(self.found, self.alerts);
        let recall = ratio(self.found, self.events);
        let sum = precision + recall;
        Score {
            precision,
            recall,
            f1: if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 },
            start_rmse_s: (self.found > 0)
                .then(|| (self.start_error_squares / self.found as f64).sqrt()),
            events: self.events,
            found: self.found,
            alerts: self.alerts,
            false_alerts: self.alerts - self.found,
            alerts_per_event: (self.events > 0).then(|| self.alerts as f64 / self.events as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(begins_s: f64, b: Option<[f32; 4]>) -> Truth {
        Truth {
            kind: IncidentKind::IllegalParking,
            zone_id: ZoneId::new("kerb"),
            begins_s,
            violation_s: 15.0,
            box_in_image: b.map(BoxInImage::from),
        }
    }

    fn alert(proved_s: f64, b: [f32; 4]) -> Alert {
        Alert {
            kind: IncidentKind::IllegalParking,
            zone_id: ZoneId::new("kerb"),
            stay_id: StayId(0),
            thing: Kind::Car,
            began_s: proved_s - 15.0,
            began_before_start: false,
            proved_s,
            cleared_s: None,
            box_in_image: b.into(),
            score: 0.5,
        }
    }

    const HERE: [f32; 4] = [0.1, 0.1, 0.3, 0.3];
    const THERE: [f32; 4] = [0.6, 0.6, 0.8, 0.8];

    #[track_caller]
    fn check(truths: &[Truth], alerts: &[Alert], expected: (f64, f64, usize)) {
        let tallies = tally(truths, alerts, 1.0);
        let mut total = Tally::default();
        for tally in tallies.values() {
            total.add(tally);
        }
        let score = total.score();
        assert_eq!((score.precision, score.recall, score.false_alerts), expected);
    }

    #[test]
    fn an_alert_in_time_and_place_finds_its_event() {
        check(&[truth(5.0, Some(HERE))], &[alert(22.0, HERE)], (1.0, 1.0, 0));
        check(&[truth(5.0, None)], &[alert(22.0, THERE)], (1.0, 1.0, 0));
    }

    #[test]
    fn late_misplaced_and_repeated_alerts_are_false() {
        check(&[truth(5.0, Some(HERE))], &[alert(31.0, HERE)], (0.0, 0.0, 1));
        check(&[truth(5.0, Some(HERE))], &[alert(20.0, THERE)], (0.0, 0.0, 1));
        check(&[truth(5.0, Some(HERE))], &[alert(20.0, HERE), alert(24.0, HERE)], (0.5, 1.0, 1));
    }

    #[test]
    fn silence_about_nothing_is_perfect_and_about_something_is_not() {
        check(&[], &[], (1.0, 1.0, 0));
        check(&[], &[alert(20.0, HERE)], (0.0, 1.0, 1));
        check(&[truth(5.0, None)], &[], (1.0, 0.0, 0));
    }

    #[test]
    fn two_events_at_once_take_one_alert_each() {
        let truths = [truth(5.0, None), truth(8.0, None)];
        check(&truths, &[alert(23.0, HERE), alert(20.5, THERE)], (1.0, 1.0, 0));
    }

    #[test]
    fn an_event_gives_up_the_only_alert_that_fits_another() {
        // The nearer one would take the alert at 26 s, which alone is in time for the later event.
        let truths = [truth(10.0, None), truth(19.0, None)];
        check(&truths, &[alert(26.0, HERE), alert(16.0, HERE)], (1.0, 1.0, 0));
    }

    #[test]
    fn start_errors_are_squared_over_found_events_only() {
        let truths = [truth(5.0, Some(HERE)), truth(5.0, Some(THERE))];
        let tallies = tally(&truths, &[alert(23.0, HERE)], 1.0);
        assert_eq!(tallies[&IncidentKind::IllegalParking].score().start_rmse_s, Some(3.0));
    }
}
