//! What `xunjie eval` prints for people.

use std::io::Write;

use anyhow::Result;

use crate::sim::Flaws;
use crate::sim::Quiet;
use crate::sim::Score;

use super::Report;

pub(super) fn print(out: &mut impl Write, report: &Report) -> Result<()> {
    let width =
        report.clips.iter().map(|clip| clip.scenario.chars().count()).max().unwrap_or(0).max(16);
    if let Some(Flaws { shift, miss, invent, seed }) = report.flaws {
        writeln!(
            out,
            "boxes from the truth, no model was asked: shift {shift}, miss {miss}, invent {invent}, seed {seed}\n"
        )?;
    }
    let head = "precision  recall      F1  begin ±s  events  found  alerts  false  per event";
    writeln!(out, "{:width$}  {head}", "")?;
    for clip in &report.clips {
        writeln!(out, "{:width$}  {}", clip.scenario, line(&clip.score))?;
        if let Some(reason) = &clip.broken {
            writeln!(out, "{:width$}  ended early: {reason}", "")?;
        }
        if let Some(reason) = &clip.failed {
            writeln!(out, "{:width$}  not played: {reason}", "")?;
        }
    }
    writeln!(out)?;
    for (kind, score) in &report.by_kind {
        writeln!(out, "{:width$}  {}", kind.name(), line(score))?;
    }
    writeln!(out, "{:width$}  {}", "in all", line(&report.total))?;
    if let Some(line) = quiet_line(&report.quiet) {
        writeln!(out, "{line}")?;
    }
    let for_review: usize = report.clips.iter().map(|clip| clip.for_review.len()).sum();
    if for_review > 0 {
        let stood = "stood there since the first picture: for review, neither found nor false";
        writeln!(out, "{for_review} {stood}")?;
    }
    Ok(())
}

fn line(score: &Score) -> String {
    let or_dash =
        |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.2}"));
    format!(
        "{:>9.3} {:>7.3} {:>7.3} {:>10} {:>7} {:>6} {:>7} {:>6} {:>10}",
        score.precision,
        score.recall,
        score.f1,
        or_dash(score.start_rmse_s),
        score.events,
        score.found,
        score.alerts,
        score.false_alerts,
        or_dash(score.alerts_per_event),
    )
}

/// So few clips say little of a day, so the bound stands beside the rate.
fn quiet_line(quiet: &Quiet) -> Option<String> {
    let (rate, at_most) = (quiet.per_camera_day?, quiet.per_camera_day_at_most?);
    let Quiet { clips, camera_days, false_alerts, .. } = quiet;
    Some(format!(
        "{clips} clips without an event, {camera_days:.3} camera-days: {false_alerts} false, \
         {rate:.2} a camera-day (95 %: at most {at_most:.2})"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_quiet_clips_say_stands_with_its_bound() {
        let line = quiet_line(&Quiet::of(96, 7_200.0, 1)).unwrap();
        insta::assert_snapshot!(line, @"96 clips without an event, 0.083 camera-days: 1 false, 12.00 a camera-day (95 %: at most 56.93)");
        assert_eq!(quiet_line(&Quiet::default()), None);
    }
}
