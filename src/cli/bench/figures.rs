//! What a run of the bench has found: the words of its JSON, and of the lines between its processes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use super::bare::Bare;

/// Over the interval by this much, a look is late: a quarter of the usual
/// keyframe distance of two seconds.
pub(super) const KEPT_SLACK_S: f64 = 0.5;

/// DESIGN's budget from a keyframe received to its rules decided.
pub(super) const DECISION_MS_MAX: f64 = 1000.0;

/// What `--json` prints; the keys are a promise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Figures {
    pub(super) cameras: usize,
    /// The fewest at any second of the measuring.
    pub(super) connected: usize,
    pub(super) looks_per_s: f64,
    pub(super) kept_interval_s: Kept,
    pub(super) decision_latency_ms: Latency,
    pub(super) cpu_cores: f64,
    pub(super) bytes_per_s: f64,
    /// Keyframes without a look, by reason.
    pub(super) skipped: BTreeMap<String, u64>,
    /// The most at any second of the measuring, in 10⁶ bytes.
    pub(super) rss_mb: f64,
    /// The most in each minute of the measuring, in 10⁶ bytes.
    pub(super) rss_mb_by_minute: Vec<f64>,
    pub(super) threads: u64,
    pub(super) bare: Bare,
    /// None where nothing was looked at.
    pub(super) efficiency: Option<f64>,
}

/// None where no camera was looked at twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) p50: Option<f64>,
    pub(super) p99: Option<f64>,
    /// Of any camera: whether one was left behind shows here.
    pub(super) max: Option<f64>,
}

/// None where no look was finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Latency {
    pub(super) p50: Option<f64>,
    pub(super) p95: Option<f64>,
    pub(super) p99: Option<f64>,
}

/// A run in full: the figures, and what stands beside them in the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Outcome {
    pub(super) figures: Figures,
    pub(super) task: Task,
    pub(super) interval_s: f64,
    pub(super) warm_up_s: f64,
    pub(super) measured_s: f64,
    pub(super) bare_before: Bare,
    pub(super) bare_after: Bare,
    pub(super) reconnects: u64,
    /// The most since the process began, in 10⁶ bytes.
    pub(super) rss_mb_ever: f64,
}

/// What the pipeline is to do with the cameras.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Task {
    /// Look at every picture that is due.
    Look,
    /// Look, and spare looks while nothing changes.
    LookGated,
    /// Receive keyframes and let them go.
    ReceiveOnly,
}

/// One second of the measuring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Second {
    /// Since the measuring began.
    pub(super) at_s: f64,
    pub(super) connected: usize,
    pub(super) kept_interval_s: Kept,
    pub(super) decision_latency_ms: Latency,
    pub(super) cpu_cores: f64,
    pub(super) rss_mb: f64,
}

/// What the pipeline's process is asked for: one line of JSON on its standard input.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Load {
    pub(super) urls: Vec<String>,
    /// An empty folder for the store and the evidence.
    pub(super) folder: PathBuf,
    pub(super) model: String,
    pub(super) task: Task,
    pub(super) interval_s: f64,
    pub(super) seconds: f64,
}

/// What the pipeline's process says: lines of JSON on its standard output.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// What it does now, for who waits.
    Stage(String),
    Second(Second),
    Outcome(Box<Outcome>),
}

impl Outcome {
    /// What misses the budget, in words; empty if all is kept.
    pub(super) fn faults(&self) -> Vec<String> {
        let Figures { cameras, connected, .. } = self.figures;
        let kept_max = self.interval_s + KEPT_SLACK_S;
        let mut faults = Vec::new();
        if connected < cameras {
            faults.push(format!("{} of {cameras} cameras were lost", cameras - connected));
        }
        if self.reconnects > 0 {
            faults.push(format!("cameras were connected anew {} times", self.reconnects));
        }
        if self.task == Task::ReceiveOnly {
            return faults;
        }
        match self.figures.kept_interval_s.p99 {
            Some(kept) if kept > kept_max => {
                faults.push(format!("kept interval p99 {kept:.2} s is above {kept_max:.2} s"));
            }
            Some(_) => {}
            None => faults.push("no camera was looked at twice".to_owned()),
        }
        match self.figures.decision_latency_ms.p99 {
            Some(ms) if ms > DECISION_MS_MAX => {
                faults.push(format!("decision p99 {ms:.0} ms is above {DECISION_MS_MAX:.0} ms"));
            }
            Some(_) => {}
            None => faults.push("no look was finished".to_owned()),
        }
        faults
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::cli::bench) fn outcome() -> Outcome {
        let bare = Bare { decode_ms: 18.9, infer_ms: 9.1 };
        Outcome {
            figures: Figures {
                cameras: 100,
                connected: 100,
                looks_per_s: 25.02,
                kept_interval_s: Kept { p50: Some(4.001), p99: Some(4.21), max: Some(6.02) },
                decision_latency_ms: Latency { p50: Some(38.2), p95: Some(74.0), p99: Some(121.3) },
                cpu_cores: 0.834,
                bytes_per_s: 31_412_000.0,
                skipped: BTreeMap::from([("not_due".to_owned(), 1500), ("overload".to_owned(), 2)]),
                rss_mb: 212.4,
                rss_mb_by_minute: vec![212.4],
                threads: 11,
                bare,
                efficiency: Some(0.84),
            },
            task: Task::Look,
            interval_s: 4.0,
            warm_up_s: 10.0,
            measured_s: 60.0,
            bare_before: bare,
            bare_after: bare,
            reconnects: 0,
            rss_mb_ever: 215.0,
        }
    }

    #[test]
    fn a_good_run_keeps_the_budget() {
        assert_eq!(outcome().faults(), Vec::<String>::new());
    }

    #[test]
    fn who_only_receives_is_asked_for_connections_only() {
        let mut receiving = Outcome { task: Task::ReceiveOnly, ..outcome() };
        receiving.figures.kept_interval_s = Kept::default();
        receiving.figures.decision_latency_ms = Latency::default();
        assert_eq!(receiving.faults(), Vec::<String>::new());
        receiving.figures.connected = 99;
        assert_eq!(receiving.faults().len(), 1);
    }

    #[test]
    fn each_way_of_missing_the_budget_is_named() {
        let mut bad = outcome();
        bad.figures.connected = 97;
        bad.reconnects = 3;
        bad.figures.kept_interval_s.p99 = Some(4.6);
        bad.figures.decision_latency_ms.p99 = Some(1_001.0);
        let faults = bad.faults().join("; ");
        for part in ["3 of 100", "anew 3 times", "4.60 s is above 4.50", "1001 ms is above 1000"] {
            assert!(faults.contains(part), "{faults}");
        }
        bad.figures.kept_interval_s = Kept::default();
        bad.figures.decision_latency_ms = Latency::default();
        assert_eq!(bad.faults().len(), 4);
    }
}
