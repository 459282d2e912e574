//! Where the program's metrics gather, what each one means, and the text that Prometheus reads.

use std::sync::OnceLock;

use metrics_exporter_prometheus::BuildError;
use metrics_exporter_prometheus::PrometheusBuilder;
use metrics_exporter_prometheus::PrometheusHandle;

/// Upper bounds of a histogram's buckets, in seconds: from a rule's millisecond
/// to the half minute after which nothing is on time. The budgets' limits, one
/// and two seconds, are bounds themselves, so that what kept them is counted exactly.
const BUCKETS_S: [f64; 17] = [
    0.001, 0.0025, 0.005, 0.01, 0.02, 0.035, 0.05, 0.1, 0.2, 0.35, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0,
    30.0,
];

/// What each metric is, as `/metrics` says it too. Labels stand in brackets.
const METRICS: [(Shape, &str, &str); 35] = [
    (
        Shape::Histogram,
        "xunjie_stage_seconds",
        "Time a picture or case spent in a stage. [stage: received_to_taken, decode, infer, rules, decision, file, deliver, emission]",
    ),
    (
        Shape::Counter,
        "xunjie_budget_violations_total",
        "Budgets missed. [budget: decision, emission]",
    ),
    (
        Shape::Gauge,
        "xunjie_camera_phase",
        "0 disabled, 1 live, 2 connecting, 3 stalled, 4 lost, 5 refused. [camera]",
    ),
    (Shape::Counter, "xunjie_ingest_keyframes_total", "Keyframes received. [camera]"),
    (
        Shape::Counter,
        "xunjie_ingest_keyframes_spoiled_total",
        "Keyframes that arrived with parts missing. [camera, reason]",
    ),
    (Shape::Counter, "xunjie_ingest_bytes_total", "Bytes received. [camera]"),
    (Shape::Counter, "xunjie_ingest_reconnects_total", "Attempts to connect again. [camera]"),
    (
        Shape::Counter,
        "xunjie_keyframes_replaced_total",
        "Keyframes that a newer one replaced before a look.",
    ),
    (Shape::Counter, "xunjie_looks_total", "Pictures decoded and judged."),
    (
        Shape::Counter,
        "xunjie_looks_failed_total",
        "Pictures given up. [step: decode, infer, panic]",
    ),
    (Shape::Counter, "xunjie_batches_total", "Runs that judged pictures of several workers."),
    (Shape::Counter, "xunjie_batched_pictures_total", "Pictures judged in such runs."),
    (
        Shape::Counter,
        "xunjie_looks_skipped_total",
        "Keyframes that were not looked at. [camera, reason: not_due, overload, still, unchanged]",
    ),
    (Shape::Gauge, "xunjie_interval_asked_seconds", "Mean interval that cameras ask for."),
    (Shape::Gauge, "xunjie_interval_kept_seconds", "Mean interval that cameras are given."),
    (Shape::Gauge, "xunjie_stays", "Things that stand somewhere now."),
    (Shape::Counter, "xunjie_cases_filed_total", "Cases filed. [kind]"),
    (
        Shape::Counter,
        "xunjie_for_review_total",
        "Stalls and garbage that have always stood there: no case, a person should look. [kind]",
    ),
    (
        Shape::Counter,
        "xunjie_cases_joined_total",
        "Cases told of in an earlier one, as they are the same matter. [kind]",
    ),
    (
        Shape::Counter,
        "xunjie_cases_silenced_total",
        "Cases not filed, as the city wants. [by: quiet_area, vending_point, duty]",
    ),
    (
        Shape::Counter,
        "xunjie_citizen_reports_total",
        "Citizens' reports taken. [outcome: filed, joined]",
    ),
    (
        Shape::Counter,
        "xunjie_lives_begun_total",
        "Cases taken in by the city's rules. [stage: filed, review, merged]",
    ),
    (Shape::Counter, "xunjie_life_steps_total", "Steps taken in the life of cases. [step]"),
    (
        Shape::Counter,
        "xunjie_lives_escalated_total",
        "Cases whose clock ran out and that went to the grid's head.",
    ),
    (Shape::Gauge, "xunjie_desk_stuck", "1 while the desk cannot write to the store, else 0."),
    (Shape::Gauge, "xunjie_evidence_bytes", "What the evidence takes of the disk."),
    (
        Shape::Counter,
        "xunjie_evidence_shots_total",
        "Pictures asked of evidence streams. [outcome: taken, failed]",
    ),
    (Shape::Counter, "xunjie_desk_failures_total", "Reports that could not be written at once."),
    (
        Shape::Counter,
        "xunjie_deliveries_total",
        "Attempts to hand over. [sink, outcome: delivered, failed, refused, dead]",
    ),
    (Shape::Gauge, "xunjie_outbox_depth", "Deliveries in the outbox. [sink, state: pending, dead]"),
    (Shape::Gauge, "xunjie_queue_depth", "Items in a queue. [queue]"),
    (Shape::Counter, "xunjie_queue_dropped_total", "Items a full queue let go. [queue]"),
    (Shape::Counter, "xunjie_worker_panics_total", "Panics of a worker, each restarted. [worker]"),
    (Shape::Counter, "xunjie_http_requests_total", "Requests answered. [status]"),
    (Shape::Counter, "xunjie_logins_total", "Attempts to log in. [outcome: ok, wrong, limited]"),
];

#[derive(Clone, Copy)]
enum Shape {
    Counter,
    Gauge,
    Histogram,
}

/// Reads what the `metrics` macros of the whole program have recorded. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
}

/// The metrics cannot be gathered.
#[derive(Debug, thiserror::Error)]
#[error("cannot gather metrics: {0}")]
pub struct MetricsError(String);

impl Metrics {
    /// Begins to gather; what was recorded before is lost. Later calls give
    /// what the first one began.
    ///
    /// # Errors
    /// When another library's recorder is already in place.
    pub fn install() -> Result<Self, MetricsError> {
        static INSTALLED: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();
        let installed = INSTALLED.get_or_init(|| begin().map_err(|fault| fault.to_string()));
        match installed {
            Ok(handle) => Ok(Self { handle: handle.clone() }),
            Err(fault) => Err(MetricsError(fault.clone())),
        }
    }

    /// Everything recorded so far, in Prometheus' text form.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Moves fresh samples into their buckets. Call it every few seconds:
    /// until then each sample is held in memory.
    pub fn upkeep(&self) {
        self.handle.run_upkeep();
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

fn begin() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new().set_buckets(&BUCKETS_S)?.install_recorder()?;
    for (shape, name, meaning) in METRICS {
        match shape {
            Shape::Counter => metrics::describe_counter!(name, meaning),
            Shape::Gauge => metrics::describe_gauge!(name, meaning),
            Shape::Histogram => metrics::describe_histogram!(name, meaning),
        }
    }
    // A counter that is first seen at one hides its first count from `rate()`,
    // and one that is absent cannot be told from one that was never built in.
    for budget in ["decision", "emission"] {
        metrics::counter!("xunjie_budget_violations_total", "budget" => budget).increment(0);
    }
    Ok(handle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_time_lands_in_its_bucket_and_says_what_it_is() {
        let metrics = Metrics::install().unwrap();
        metrics::histogram!("xunjie_stage_seconds", "stage" => "metrics-test").record(0.75);
        metrics.upkeep();
        let text = metrics.render();
        assert!(text.contains("# TYPE xunjie_stage_seconds histogram"), "{text}");
        assert!(
            text.contains("# HELP xunjie_stage_seconds Time a picture or case spent"),
            "{text}"
        );
        let bucket =
            |le| format!("xunjie_stage_seconds_bucket{{stage=\"metrics-test\",le=\"{le}\"}}");
        assert!(text.contains(&format!("{} 0", bucket("0.5"))), "{text}");
        assert!(text.contains(&format!("{} 1", bucket("1"))), "{text}");
    }

    #[test]
    fn installing_again_reads_the_same_metrics() {
        let (first, second) = (Metrics::install().unwrap(), Metrics::install().unwrap());
        metrics::counter!("xunjie_looks_total").increment(7);
        for metrics in [first, second] {
            assert!(metrics.render().contains("\nxunjie_looks_total"));
        }
    }

    #[test]
    fn budgets_that_were_never_missed_are_shown_as_zero() {
        let text = Metrics::install().unwrap().render();
        for budget in ["decision", "emission"] {
            let line = format!("xunjie_budget_violations_total{{budget=\"{budget}\"}} 0");
            assert!(text.contains(&line), "{text}");
        }
    }

    #[test]
    fn every_metric_has_our_name_and_stands_once() {
        let mut names: Vec<_> = METRICS.iter().map(|(_, name, _)| *name).collect();
        assert!(names.iter().all(|name| name.starts_with("xunjie_")), "{names:?}");
        names.sort_unstable();
        assert!(names.is_sorted_by(|a, b| a != b), "{names:?}");
    }
}
