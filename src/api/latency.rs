//! Percentiles of each stage's time, read out of the metrics' histograms.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::exposition::label;
use super::exposition::series;

const BUCKET: &str = "xunjie_stage_seconds_bucket";

/// How long a stage took. A percentile is known as well as the histogram's
/// buckets are fine; above the last one it is that one's bound.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct StageLatency {
    pub stage: String,
    pub count: u64,
    pub p50_ms: f64,
    pub p95_ms: f64,
    pub p99_ms: f64,
}

/// Samples up to an upper bound in seconds, by rising bound.
type Buckets = Vec<(f64, u64)>;

/// What the stages' histograms held at one moment, or have counted between two.
#[derive(Clone, Debug, Default)]
pub(super) struct StageCounts {
    by_stage: BTreeMap<String, Buckets>,
}

/// The stages in Prometheus' text `metrics`, by name; those without a sample are left out.
#[must_use]
pub fn stage_latencies(metrics: &str) -> Vec<StageLatency> {
    StageCounts::read(metrics).latencies()
}

impl StageCounts {
    pub(super) fn read(metrics: &str) -> Self {
        let mut by_stage: BTreeMap<String, Buckets> = BTreeMap::new();
        for (labels, count) in series(metrics, BUCKET) {
            if let Some((stage, bound_s)) = bucket(labels) {
                by_stage.entry(stage.to_owned()).or_default().push((bound_s, count as u64));
            }
        }
        Self { by_stage }
    }

    /// What came after `earlier`.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let mut by_stage = self.by_stage.clone();
        for (stage, buckets) in &mut by_stage {
            let before = earlier.by_stage.get(stage).into_iter().flatten();
            for (now, then) in buckets.iter_mut().zip(before) {
                now.1 = now.1.saturating_sub(then.1);
            }
        }
        Self { by_stage }
    }

    pub(super) fn latencies(&self) -> Vec<StageLatency> {
        let stages = self.by_stage.iter();
        stages.filter_map(|(stage, buckets)| StageLatency::of(stage, buckets)).collect()
    }
}

impl StageLatency {
    fn of(stage: &str, buckets: &Buckets) -> Option<Self> {
        let count = buckets.last()?.1;
        let ms = |share| (quantile(buckets, share) * 1e5).round() / 100.0;
        let stage = stage.to_owned();
        (count > 0).then(|| Self {
            stage,
            count,
            p50_ms: ms(0.5),
            p95_ms: ms(0.95),
            p99_ms: ms(0.99),
        })
    }
}

/// Reads `stage="decode",le="0.005"`.
fn bucket(labels: &str) -> Option<(&str, f64)> {
    // `+Inf` is a number to Rust too.
    Some((label(labels, "stage")?, label(labels, "le")?.parse().ok()?))
}

/// The time in seconds below which `share` of the samples lie, taking them as
/// spread evenly within their bucket.
fn quantile(buckets: &Buckets, share: f64) -> f64 {
    let count = buckets.last().map_or(0, |last| last.1);
    let rank = share * count as f64;
    let (mut low_s, mut below) = (0.0, 0);
    for &(bound_s, up_to) in buckets {
        if up_to as f64 >= rank && up_to > below {
            if bound_s.is_infinite() {
                return low_s;
            }
            let part = (rank - below as f64) / (up_to - below) as f64;
            return low_s + part * (bound_s - low_s);
        }
        (low_s, below) = (bound_s, up_to);
    }
    low_s
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "\
# TYPE xunjie_stage_seconds histogram
xunjie_stage_seconds_bucket{stage=\"decode\",le=\"0.01\"} 0
xunjie_stage_seconds_bucket{stage=\"decode\",le=\"0.02\"} 90
xunjie_stage_seconds_bucket{stage=\"decode\",le=\"0.05\"} 100
xunjie_stage_seconds_bucket{stage=\"decode\",le=\"+Inf\"} 100
xunjie_stage_seconds_sum{stage=\"decode\"} 1.7
xunjie_stage_seconds_bucket{stage=\"emission\",le=\"30\"} 0
xunjie_stage_seconds_bucket{stage=\"emission\",le=\"+Inf\"} 4
xunjie_stage_seconds_bucket{stage=\"infer\",le=\"30\"} 0
xunjie_stage_seconds_bucket{stage=\"infer\",le=\"+Inf\"} 0
xunjie_looks_total 7
";

    #[test]
    fn reads_percentiles_from_buckets() {
        let stages = stage_latencies(TEXT);
        assert_eq!(stages.len(), 2);
        let decode = &stages[0];
        assert_eq!((decode.stage.as_str(), decode.count), ("decode", 100));
        assert_eq!((decode.p50_ms, decode.p95_ms, decode.p99_ms), (15.56, 35.0, 47.0));
    }

    #[test]
    fn what_lies_beyond_the_last_bucket_shows_that_buckets_bound() {
        let emission = &stage_latencies(TEXT)[1];
        assert!((emission.p50_ms - 30_000.0).abs() < 1e-9, "{emission:?}");
    }

    #[test]
    fn tells_what_came_after_an_earlier_reading() {
        let before = StageCounts::read(TEXT);
        let after = StageCounts::read(&TEXT.replace("le=\"0.05\"} 100", "le=\"0.05\"} 102"));
        let since = after.since(&before).by_stage["decode"].clone();
        assert_eq!(since.iter().map(|bucket| bucket.1).collect::<Vec<_>>(), [0, 0, 2, 0]);
        assert_eq!(before.since(&before).latencies(), []);
    }

    #[test]
    fn a_stage_may_be_named_like_a_label() {
        // The page lacked the stage `rules`: its name holds `le`, which is also the bound's label.
        for stage in ["rules", "file", "le", "stage"] {
            let labels = format!("stage=\"{stage}\",le=\"0.5\"");
            assert_eq!(bucket(&labels), Some((stage, 0.5)));
        }
    }

    proptest! {
        #[test]
        fn percentiles_rise_and_stay_within_the_buckets(counts in prop::collection::vec(0_u64..50, 5)) {
            let mut up_to = 0;
            let bounds = [0.01, 0.1, 1.0, 10.0, f64::INFINITY];
            let buckets: Buckets = bounds
                .into_iter()
                .zip(&counts)
                .map(|(bound, count)| { up_to += count; (bound, up_to) })
                .collect();
            if let Some(stage) = StageLatency::of("x", &buckets) {
                prop_assert!(0.0 <= stage.p50_ms && stage.p50_ms <= stage.p95_ms);
                prop_assert!(stage.p95_ms <= stage.p99_ms && stage.p99_ms <= 10_000.0);
            }
        }

        #[test]
        fn no_text_breaks_it(text in ".{0,200}") {
            let line = format!("{BUCKET}{{{text}");
            drop(stage_latencies(&line));
        }
    }
}
