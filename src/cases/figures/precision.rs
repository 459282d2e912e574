//! How often cases are right, from what people said of them.
//!
//! A share of few verdicts says little, so each comes with Wilson's interval:
//! where the true share lies in 95 of 100 such tellings.

use std::collections::BTreeMap;
use std::collections::HashMap;

use serde::Serialize;

use crate::cases::FalseReason;
use crate::city::ClassId;
use crate::ingest::CameraId;
use crate::rules::ZoneId;

/// The share of right alerts that cities publish.
pub const PUBLISHED_PRECISION: f64 = 0.85;
/// Nothing is called often wrong for fewer verdicts, whatever the interval says.
const JUDGED_MIN: u64 = 5;
/// Of a normal distribution, 95 % lie within so many of its widths.
const Z: f64 = 1.959_964;

/// So many cases of one class, camera and zone with one verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictCount {
    pub class: ClassId,
    /// None where a citizen told of it; then the zone is empty.
    pub camera: Option<CameraId>,
    pub zone: ZoneId,
    pub right: bool,
    pub reason: Option<FalseReason>,
    pub cases: u64,
}

/// Right ones of judged ones.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Share {
    pub right: u64,
    pub judged: u64,
    /// None while nothing is judged.
    pub precision: Option<f64>,
    /// Between these it truly lies, as far as so few verdicts can tell.
    pub low: f64,
    pub high: f64,
}

/// A class, a camera or a zone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PrecisionRow {
    pub id: String,
    #[serde(flatten)]
    pub share: Share,
    /// It is below the goal, and that is no accident of few verdicts.
    pub often_wrong: bool,
    /// Of the wrong ones; none where none is wrong, or no reason was given.
    pub commonest_reason: Option<FalseReason>,
    /// Each with its count, the commonest first.
    pub reasons: Vec<(FalseReason, u64)>,
}

/// What people's verdicts come to. Rows of each kind stand with the worst first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Precision {
    pub goal: f64,
    pub all: PrecisionRow,
    pub classes: Vec<PrecisionRow>,
    pub cameras: Vec<PrecisionRow>,
    /// Named `camera/zone`: zones of two cameras may have one name.
    pub zones: Vec<PrecisionRow>,
}

#[derive(Default)]
struct Tally {
    right: u64,
    wrong: u64,
    reasons: BTreeMap<FalseReason, u64>,
}

impl Share {
    #[must_use]
    pub fn of(right: u64, judged: u64) -> Self {
        let (low, high) = wilson(right, judged);
        let precision = (judged > 0).then(|| right as f64 / judged as f64);
        Self { right, judged, precision, low, high }
    }
}

impl Precision {
    /// `goal` is the share that ought to be right, 0 to 1.
    #[must_use]
    pub fn of(counts: &[VerdictCount], goal: f64) -> Self {
        let mut all = Tally::default();
        let mut classes: HashMap<&str, Tally> = HashMap::new();
        let mut cameras: HashMap<&str, Tally> = HashMap::new();
        let mut zones: HashMap<(&CameraId, &ZoneId), Tally> = HashMap::new();
        for count in counts {
            all.add(count);
            classes.entry(count.class.as_str()).or_default().add(count);
            let Some(camera) = &count.camera else { continue };
            cameras.entry(camera.as_str()).or_default().add(count);
            zones.entry((camera, &count.zone)).or_default().add(count);
        }
        let named = |(id, tally): (&str, Tally)| tally.row(id.to_owned(), goal);
        let zone = |((camera, zone), tally): ((&CameraId, &ZoneId), Tally)| {
            tally.row(format!("{camera}/{zone}"), goal)
        };
        Self {
            goal,
            all: all.row("all".to_owned(), goal),
            classes: worst_first(classes.into_iter().map(named).collect()),
            cameras: worst_first(cameras.into_iter().map(named).collect()),
            zones: worst_first(zones.into_iter().map(zone).collect()),
        }
    }

    /// The cameras and zones that are often wrong.
    pub fn often_wrong(&self) -> impl Iterator<Item = &PrecisionRow> {
        self.cameras.iter().chain(&self.zones).filter(|row| row.often_wrong)
    }
}

impl Tally {
    fn add(&mut self, count: &VerdictCount) {
        if count.right {
            self.right += count.cases;
        } else {
            self.wrong += count.cases;
            if let Some(reason) = count.reason {
                *self.reasons.entry(reason).or_default() += count.cases;
            }
        }
    }

    fn row(self, id: String, goal: f64) -> PrecisionRow {
        let share = Share::of(self.right, self.right + self.wrong);
        let mut reasons: Vec<_> = self.reasons.into_iter().collect();
        reasons.sort_by_key(|(reason, cases)| (std::cmp::Reverse(*cases), *reason));
        PrecisionRow {
            id,
            often_wrong: share.judged >= JUDGED_MIN && share.high < goal,
            commonest_reason: reasons.first().map(|(reason, _)| *reason),
            share,
            reasons,
        }
    }
}

fn worst_first(mut rows: Vec<PrecisionRow>) -> Vec<PrecisionRow> {
    rows.sort_by(|a, b| a.share.high.total_cmp(&b.share.high).then_with(|| a.id.cmp(&b.id)));
    rows
}

/// Wilson's score interval; everything while nothing is judged.
fn wilson(right: u64, judged: u64) -> (f64, f64) {
    if judged == 0 {
        return (0.0, 1.0);
    }
    let n = judged as f64;
    let share = right as f64 / n;
    let middle = share + Z * Z / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    (((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn count(camera: &str, right: bool, reason: Option<FalseReason>, cases: u64) -> VerdictCount {
        VerdictCount {
            class: ClassId::new("illegal_parking").unwrap(),
            camera: Some(CameraId::new(camera).unwrap()),
            zone: ZoneId::new("kerb"),
            right,
            reason,
            cases,
        }
    }

    #[test]
    fn the_interval_is_wilsons() {
        // Worked by hand for 85 of 100 and for none of three.
        let share = Share::of(85, 100);
        assert!(
            (share.low - 0.7672).abs() < 5e-4 && (share.high - 0.9069).abs() < 5e-4,
            "{share:?}"
        );
        let none = Share::of(0, 3);
        assert!(none.low == 0.0 && (none.high - 0.5615).abs() < 5e-4, "{none:?}");
        assert_eq!(Share::of(0, 0).precision, None);
    }

    #[test]
    fn a_camera_that_is_often_wrong_is_named_with_its_commonest_reason() {
        let counts = [
            count("good", true, None, 95),
            count("good", false, Some(FalseReason::Queue), 5),
            count("bad", true, None, 5),
            count("bad", false, Some(FalseReason::BadPicture), 2),
            count("bad", false, Some(FalseReason::Permitted), 6),
            count("bad", false, None, 1),
            count("new", false, Some(FalseReason::Other), 1),
        ];
        let precision = Precision::of(&counts, PUBLISHED_PRECISION);
        let named: Vec<_> = precision.often_wrong().map(|row| row.id.as_str()).collect();
        assert_eq!(named, ["bad", "bad/kerb"], "one verdict says nothing yet");
        assert_eq!(precision.cameras[0].commonest_reason, Some(FalseReason::Permitted));
        assert_eq!((precision.all.share.right, precision.all.share.judged), (100, 115));
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_share_and_stays_within_bounds(judged in 1u64..5_000, part in 0.0f64..=1.0) {
            let right = (judged as f64 * part) as u64;
            let share = Share::of(right, judged);
            let precision = share.precision.unwrap();
            prop_assert!(0.0 <= share.low && share.low <= precision + 1e-9);
            prop_assert!(precision <= share.high + 1e-9 && share.high <= 1.0);
        }
    }
}
