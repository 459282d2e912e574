//! How the machine did over the last hour: a ring of readings of fixed length.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::runtime::Usage;
use crate::time::Timestamp;

use super::StageLatency;
use super::exposition::label;
use super::exposition::series;
use super::latency::StageCounts;

/// How often the machine is read.
pub(super) const READ_EVERY: Duration = Duration::from_secs(10);
/// An hour of readings, of about 2 KB each.
const READINGS_MAX: usize = 360;

/// What went on between two readings of the machine.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct MachineSpan {
    /// When it ended.
    pub(super) at: Timestamp,
    pub(super) length_s: f64,
    pub(super) looks_per_s: f64,
    /// CPU taken by this process, in cores.
    pub(super) cpu_cores: f64,
    pub(super) resident_bytes: u64,
    pub(super) threads: u64,
    /// Keyframes not looked at, by the reason.
    pub(super) skipped_per_s: BTreeMap<String, f64>,
    pub(super) failed_per_s: f64,
    /// Items waiting in each queue.
    pub(super) queues: BTreeMap<String, f64>,
    pub(super) stages: Vec<StageLatency>,
}

/// The last hour, and the reading that the next span begins with.
#[derive(Debug, Default)]
pub(super) struct MachineLog {
    spans: VecDeque<MachineSpan>,
    last: Option<Reading>,
}

#[derive(Debug)]
struct Reading {
    at: Timestamp,
    usage: Usage,
    looks: f64,
    failed: f64,
    skipped: BTreeMap<String, f64>,
    queues: BTreeMap<String, f64>,
    stages: StageCounts,
}

impl MachineLog {
    /// Reads the metrics and the process; gives the span that has ended by it.
    pub(super) fn read(&mut self, at: Timestamp, metrics: &str) -> Option<MachineSpan> {
        let usage = Usage::read().unwrap_or_default();
        let now = Reading::new(at, usage, metrics);
        let span = self.last.as_ref().and_then(|last| now.since(last));
        self.last = Some(now);
        let span = span?;
        if self.spans.len() == READINGS_MAX {
            self.spans.pop_front();
        }
        self.spans.push_back(span.clone());
        Some(span)
    }

    /// Oldest first.
    pub(super) fn spans(&self) -> Vec<MachineSpan> {
        self.spans.iter().cloned().collect()
    }
}

impl Reading {
    fn new(at: Timestamp, usage: Usage, metrics: &str) -> Self {
        let sum = |name| series(metrics, name).map(|(_, value)| value).sum();
        let sums_by = |name, of| {
            let mut sums = BTreeMap::new();
            for (labels, value) in series(metrics, name) {
                let key = label(labels, of).unwrap_or_default().to_owned();
                *sums.entry(key).or_insert(0.0) += value;
            }
            sums
        };
        Self {
            at,
            usage,
            looks: sum("xunjie_looks_total"),
            failed: sum("xunjie_looks_failed_total"),
            skipped: sums_by("xunjie_looks_skipped_total", "reason"),
            queues: sums_by("xunjie_queue_depth", "queue"),
            stages: StageCounts::read(metrics),
        }
    }

    /// None if no time has passed.
    fn since(&self, earlier: &Self) -> Option<MachineSpan> {
        let length_s = self.at.since(earlier.at).as_secs_f64();
        if length_s <= 0.0 {
            return None;
        }
        let rate = |now: f64, then: f64| (now - then).max(0.0) / length_s;
        let before = |reason: &str| earlier.skipped.get(reason).copied().unwrap_or_default();
        let skipped = self.skipped.iter();
        let cpu = self.usage.cpu.saturating_sub(earlier.usage.cpu);
        Some(MachineSpan {
            at: self.at,
            length_s,
            looks_per_s: rate(self.looks, earlier.looks),
            cpu_cores: cpu.as_secs_f64() / length_s,
            resident_bytes: self.usage.resident_bytes,
            threads: self.usage.threads,
            skipped_per_s: skipped
                .map(|(reason, count)| (reason.clone(), rate(*count, before(reason))))
                .collect(),
            failed_per_s: rate(self.failed, earlier.failed),
            queues: self.queues.clone(),
            stages: self.stages.since(&earlier.stages).latencies(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(s: i64) -> Timestamp {
        Timestamp::from_secs(1_777_593_600 + s)
    }

    fn metrics(looks: u32) -> String {
        let stage = "xunjie_stage_seconds_bucket{stage=\"decode\"";
        format!(
            "xunjie_looks_total {looks}\n\
             xunjie_looks_skipped_total{{camera=\"a\",reason=\"overload\"}} {looks}\n\
             xunjie_looks_skipped_total{{camera=\"b\",reason=\"overload\"}} {looks}\n\
             xunjie_queue_depth{{queue=\"desk\"}} 3\n\
             {stage},le=\"0.01\"}} {looks}\n{stage},le=\"+Inf\"}} {looks}\n"
        )
    }

    #[test]
    fn tells_what_went_on_between_two_readings() {
        let mut log = MachineLog::default();
        assert_eq!(log.read(second(0), &metrics(100)), None);
        assert_eq!(log.read(second(0), &metrics(100)), None);
        let span = log.read(second(10), &metrics(150)).unwrap();
        assert!((span.looks_per_s - 5.0).abs() < 1e-9, "{span:?}");
        assert!((span.skipped_per_s["overload"] - 10.0).abs() < 1e-9, "{span:?}");
        assert!((span.queues["desk"] - 3.0).abs() < 1e-9, "{span:?}");
        assert_eq!((span.stages[0].stage.as_str(), span.stages[0].count), ("decode", 50));
    }

    #[test]
    fn keeps_an_hour_and_no_more() {
        let mut log = MachineLog::default();
        for turn in 0..500 {
            log.read(second(10 * turn), &metrics(turn as u32));
        }
        let spans = log.spans();
        assert_eq!(spans.len(), READINGS_MAX);
        assert_eq!(spans.last().map(|span| span.at), Some(second(4_990)));
    }
}
