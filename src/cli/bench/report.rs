//! A run of the bench in words for people.

use std::fmt::Write;

use super::figures::DECISION_MS_MAX;
use super::figures::Figures;
use super::figures::KEPT_SLACK_S;
use super::figures::Outcome;
use super::figures::Second;
use super::figures::Task;

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
    let receives = outcome.task == Task::ReceiveOnly;
    let of_receiving = ["connected", "CPU", "received", "memory", "threads"];
    for (name, value) in rows.into_iter().filter(|row| !receives || of_receiving.contains(&row.0)) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<18}{value}");
    }
    if receives {
        let each_ms = figures.cpu_cores * 1e3 / figures.cameras.max(1) as f64;
        let _ = writeln!(text, "{:<18}{each_ms:.2} ms a camera and second", "receiving");
    }
    if figures.rss_mb_by_minute.len() > 1 {
        let _ = writeln!(text, "{:<18}{}", "memory by minute", by_minute(figures));
    }
    let _ = writeln!(text, "\n{}", verdict(outcome));
    text
}

/// One line on the seconds of a minute, for who waits without a terminal: their worst, and the mean load.
pub(super) fn minute(seconds: &[Second]) -> String {
    let worst =
        |of: &dyn Fn(&Second) -> Option<f64>| seconds.iter().filter_map(of).reduce(f64::max);
    let kept = worst(&|second| second.kept_interval_s.p99);
    let cores = seconds.iter().map(|second| second.cpu_cores).sum::<f64>();
    format!(
        "{:.0} s: {} connected, kept interval to {}, decision to {}, {:.2} cores, {:.0} MB",
        seconds.last().map_or(0.0, |second| second.at_s),
        seconds.iter().map(|second| second.connected).min().unwrap_or(0),
        kept.map_or("none".to_owned(), |s| format!("{s:.2} s")),
        number(worst(&|second| second.decision_latency_ms.p99), "ms"),
        cores / seconds.len().max(1) as f64,
        worst(&|second| Some(second.rss_mb)).unwrap_or(0.0),
    )
}

/// Whether memory grows shows here: the largest over the smallest after the first minute.
fn by_minute(figures: &Figures) -> String {
    let minutes = &figures.rss_mb_by_minute;
    let shown: Vec<_> = minutes.iter().map(|mb| format!("{mb:.0}")).collect();
    let later = &minutes[1..];
    let most = later.iter().copied().fold(f64::MIN, f64::max);
    let least = later.iter().copied().fold(f64::MAX, f64::min);
    let spread = (most / least.max(f64::MIN_POSITIVE) - 1.0) * 100.0;
    format!("{} MB, {spread:.1} % apart after the first", shown.join(" "))
}

/// One line: whether the budget is kept, and if not, what misses it.
pub(super) fn verdict(outcome: &Outcome) -> String {
    let cameras = outcome.figures.cameras;
    let faults = outcome.faults();
    if faults.is_empty() && outcome.task == Task::ReceiveOnly {
        return format!("{cameras} connections were held, none lost");
    }
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
    format!("p50 {}  p99 {}  longest {}", seconds(kept.p50), seconds(kept.p99), seconds(kept.max))
}

fn skipped(figures: &Figures) -> String {
    let reasons = figures.skipped.iter().map(|(reason, count)| {
        let reason = match reason.as_str() {
            "not_due" => "not due",
            "still" => "stream still",
            "unchanged" => "not inferred as unchanged",
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
    use crate::cli::bench::figures::Kept;
    use crate::cli::bench::figures::tests::outcome;

    #[test]
    fn a_run_reads_like_this() {
        insta::assert_snapshot!(text(&outcome()));
    }

    #[test]
    fn a_minute_is_told_by_its_worst_second() {
        let second = |at_s, kept| Second {
            at_s,
            connected: 10 - at_s as usize,
            kept_interval_s: Kept { p99: kept, ..Kept::default() },
            cpu_cores: at_s,
            rss_mb: 100.0,
            ..Second::default()
        };
        let told = minute(&[second(1.0, Some(4.2)), second(2.0, None), second(3.0, Some(4.1))]);
        assert_eq!(
            told,
            "3 s: 7 connected, kept interval to 4.20 s, decision to none, 2.00 cores, 100 MB"
        );
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
            "rss_mb_by_minute",
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
