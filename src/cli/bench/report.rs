//! A run of the bench in words for people.

use std::fmt::Write;

use super::figures::DECISION_MS_MAX;
use super::figures::Figures;
use super::figures::KEPT_SLACK_S;
use super::figures::Outcome;

/// The table, with the verdict as its last line.
pub(super) fn text(outcome: &Outcome) -> String {
    let Outcome { figures, bare_before: before, bare_after: after, .. } = outcome;
    let mut text = format!(
        "{} cameras, a look every {} s, {:.0} s measured after {:.0} s of warm-up\n\n",
        figures.cameras, outcome.interval_s, outcome.measured_s, outcome.warm_up_s,
    );
    let latency = figures.decision_latency_ms;
    let rows = [
        ("connected", format!("{} of {}{}", figures.connected, figures.cameras, anew(outcome))),
        ("looks", format!("{:.1} a second", figures.looks_per_s)),
        ("kept interval", kept(figures)),
        (
            "decision latency",
            format!(
                "p50 {}  p95 {}  p99 {}",
                number(latency.p50, "ms"),
                number(latency.p95, "ms"),
                number(latency.p99, "ms")
            ),
        ),
        ("CPU", format!("{:.2} cores, the pipeline alone", figures.cpu_cores)),
        ("received", format!("{:.1} MB a second", figures.bytes_per_s / 1e6)),
        ("without a look", skipped(figures)),
        ("memory", format!("{:.0} MB, at most {:.0} MB", figures.rss_mb, outcome.rss_mb_ever)),
        ("threads", figures.threads.to_string()),
        (
            "bare decode",
            format!(
                "{:.2} ms a keyframe (before {:.2}, after {:.2})",
                figures.bare.decode_ms, before.decode_ms, after.decode_ms
            ),
        ),
        (
            "bare inference",
            format!(
                "{:.2} ms a picture (before {:.2}, after {:.2})",
                figures.bare.infer_ms, before.infer_ms, after.infer_ms
            ),
        ),
        ("efficiency", efficiency(figures)),
    ];
    for (name, value) in rows {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<18}{value}");
    }
    let _ = writeln!(text, "\n{}", verdict(outcome));
    text
}

/// One line: whether the budget is kept, and if not, what misses it.
pub(super) fn verdict(outcome: &Outcome) -> String {
    let cameras = outcome.figures.cameras;
    let faults = outcome.faults();
    if faults.is_empty() {
        let kept = outcome.interval_s + KEPT_SLACK_S;
        return format!(
            "{cameras} cameras keep the budget: kept interval p99 within {kept} s, decision p99 \
             within {DECISION_MS_MAX} ms, none lost"
        );
    }
    format!("{cameras} cameras miss the budget: {}", faults.join("; "))
}

fn anew(outcome: &Outcome) -> String {
    match outcome.reconnects {
        0 => String::new(),
        times => format!(", connected anew {times} times"),
    }
}

fn kept(figures: &Figures) -> String {
    let kept = figures.kept_interval_s;
    let seconds = |value: Option<f64>| value.map_or("none".to_owned(), |s| format!("{s:.2} s"));
    format!("p50 {}  p99 {}", seconds(kept.p50), seconds(kept.p99))
}

fn skipped(figures: &Figures) -> String {
    let reasons = figures.skipped.iter().map(|(reason, count)| {
        let reason = match reason.as_str() {
            "not_due" => "not due",
            other => other,
        };
        format!("{reason} {count}")
    });
    reasons.collect::<Vec<_>>().join(", ")
}

fn efficiency(figures: &Figures) -> String {
    let share = figures.efficiency.map_or("none".to_owned(), |share| format!("{share:.2}"));
    format!("{share} (the bare cost of all looks in the CPU taken)")
}

fn number(value: Option<f64>, unit: &str) -> String {
    value.map_or("none".to_owned(), |value| format!("{value:.0} {unit}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::bench::figures::tests::outcome;

    #[test]
    fn a_run_reads_like_this() {
        insta::assert_snapshot!(text(&outcome()));
    }

    #[test]
    fn json_has_the_promised_keys_and_no_others() {
        let json = serde_json::to_value(outcome().figures).unwrap();
        let keys: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        let mut promised = [
            "cameras",
            "connected",
            "looks_per_s",
            "kept_interval_s",
            "decision_latency_ms",
            "cpu_cores",
            "bytes_per_s",
            "skipped",
            "rss_mb",
            "threads",
            "bare",
            "efficiency",
        ];
        promised.sort_unstable();
        assert_eq!(keys, promised);
        assert!(json["kept_interval_s"]["p99"].is_f64() && json["bare"]["infer_ms"].is_f64());
        assert!(json["decision_latency_ms"]["p95"].is_f64());
    }
}
