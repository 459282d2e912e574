//! Kept interval and decision latency over time, as an SVG that stands by itself.

use std::fmt::Write;

use super::figures::DECISION_MS_MAX;
use super::figures::KEPT_SLACK_S;
use super::figures::Outcome;
use super::figures::Second;

const WIDTH: f64 = 900.0;
const PANEL_HEIGHT: f64 = 220.0;
/// Room for the numbers at the left, the names above and the seconds below.
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const ABOVE: f64 = 64.0;
const BETWEEN: f64 = 70.0;
const BELOW: f64 = 40.0;
/// Lines across a panel.
const STEPS: u32 = 4;

/// Readable where two of them cross and for the colour-blind.
const TYPICAL: &str = "#2b6cb0";
const SLOW: &str = "#c05621";
const LIMIT: &str = "#9b2c2c";

/// The median of a second and its slowest percent, where there are such.
type Pair = (Option<f64>, Option<f64>);

/// One quantity over time.
struct Panel<'a> {
    title: &'a str,
    unit: &'a str,
    top: f64,
    /// The value at the upper edge; the lower one is zero.
    highest: f64,
    /// The budget.
    limit: f64,
    seconds: &'a [Second],
}

/// Draws the seconds of a run.
pub(super) fn draw(outcome: &Outcome, seconds: &[Second]) -> String {
    let height = ABOVE + 2.0 * PANEL_HEIGHT + BETWEEN + BELOW;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"sans-serif\" font-size=\"13\" fill=\"#1a202c\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    let title = format!(
        "{} cameras, a look every {} s, {:.2} cores",
        outcome.figures.cameras, outcome.interval_s, outcome.figures.cpu_cores,
    );
    label(&mut svg, (LEFT, 24.0), "start", &title);
    legend(&mut svg);
    let kept_limit = outcome.interval_s + KEPT_SLACK_S;
    let kept = |second: &Second| (second.kept_interval_s.p50, second.kept_interval_s.p99);
    let latency =
        |second: &Second| (second.decision_latency_ms.p50, second.decision_latency_ms.p99);
    let panel = |title, unit, top, limit, of: &dyn Fn(&Second) -> Pair| {
        let slowest = seconds.iter().filter_map(|second| of(second).1).fold(limit, f64::max);
        Panel { title, unit, top, highest: slowest * 1.08, limit, seconds }.draw(of)
    };
    svg += &panel("kept interval", "s", ABOVE, kept_limit, &kept);
    let second_top = ABOVE + PANEL_HEIGHT + BETWEEN;
    svg += &panel("decision latency", "ms", second_top, DECISION_MS_MAX, &latency);
    label(&mut svg, (WIDTH / 2.0, height - 6.0), "middle", "seconds");
    svg.push_str("</svg>\n");
    svg
}

impl Panel<'_> {
    fn draw(&self, of: &dyn Fn(&Second) -> Pair) -> String {
        let mut svg = String::new();
        let name = format!("{} ({})", self.title, self.unit);
        label(&mut svg, (LEFT, self.top - 8.0), "start", &name);
        for step in 0..=STEPS {
            let value = self.highest * f64::from(step) / f64::from(STEPS);
            let decimals = usize::from(self.highest < 20.0);
            self.across(&mut svg, value, "stroke=\"#e2e8f0\"");
            let place = (LEFT - 8.0, self.y(value) + 4.0);
            label(&mut svg, place, "end", &format!("{value:.decimals$}"));
        }
        self.across(
            &mut svg,
            self.limit,
            &format!("stroke=\"{LIMIT}\" stroke-dasharray=\"6 4\" class=\"limit\""),
        );
        for step in 0..=STEPS {
            let at = self.length() * f64::from(step) / f64::from(STEPS);
            let place = (self.x(at), self.top + PANEL_HEIGHT + 18.0);
            label(&mut svg, place, "middle", &format!("{at:.0}"));
        }
        self.line(&mut svg, SLOW, &|second| of(second).1);
        self.line(&mut svg, TYPICAL, &|second| of(second).0);
        svg
    }

    /// A line through the seconds that have a value.
    fn line(&self, svg: &mut String, colour: &str, value: &dyn Fn(&Second) -> Option<f64>) {
        let points = self.seconds.iter().filter_map(|second| {
            Some(format!("{:.1},{:.1}", self.x(second.at_s), self.y(value(second)?)))
        });
        let points: Vec<_> = points.collect();
        // Writing to a string cannot fail.
        let _ = writeln!(
            svg,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\" points=\"{}\"/>",
            points.join(" "),
        );
    }

    fn across(&self, svg: &mut String, value: f64, style: &str) {
        let (y, right) = (self.y(value), WIDTH - RIGHT);
        let _ = writeln!(
            svg,
            "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\" {style}/>",
        );
    }

    fn length(&self) -> f64 {
        self.seconds.last().map_or(1.0, |second| second.at_s.max(1.0))
    }

    fn x(&self, at_s: f64) -> f64 {
        LEFT + at_s / self.length() * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        self.top + (1.0 - value / self.highest) * PANEL_HEIGHT
    }
}

fn legend(svg: &mut String) {
    let entries =
        [(TYPICAL, "median of a second"), (SLOW, "its slowest 1 %"), (LIMIT, "the budget")];
    for (number, (colour, name)) in entries.into_iter().enumerate() {
        let x = WIDTH - RIGHT - 480.0 + 165.0 * number as f64;
        let _ = writeln!(
            svg,
            "<line x1=\"{x}\" y1=\"20\" x2=\"{}\" y2=\"20\" stroke=\"{colour}\" stroke-width=\"3\"/>",
            x + 18.0,
        );
        label(svg, (x + 24.0, 24.0), "start", name);
    }
}

fn label(svg: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::bench::figures::Kept;
    use crate::cli::bench::figures::Latency;
    use crate::cli::bench::figures::tests::outcome;

    fn second(at_s: f64, kept: Option<f64>, ms: Option<f64>) -> Second {
        Second {
            at_s,
            connected: 100,
            kept_interval_s: Kept { p50: kept, p99: kept, max: kept },
            decision_latency_ms: Latency { p50: ms, p95: ms, p99: ms },
            ..Second::default()
        }
    }

    #[test]
    fn every_point_lies_within_the_picture_even_far_above_the_budget() {
        let seconds = [
            second(1.0, None, None),
            second(2.0, Some(9.0), Some(40_000.0)),
            second(3.0, Some(4.0), Some(30.0)),
        ];
        let svg = draw(&outcome(), &seconds);
        assert_eq!(svg.matches("<polyline").count(), 4);
        assert_eq!(svg.matches("class=\"limit\"").count(), 2);
        let points = svg.split("points=\"").skip(1).flat_map(|rest| {
            rest.split('"').next().unwrap().split_whitespace().map(ToOwned::to_owned)
        });
        for point in points.collect::<Vec<_>>() {
            let (x, y) = point.split_once(',').unwrap();
            let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
            assert!((LEFT..=WIDTH).contains(&x) && (ABOVE..=620.0).contains(&y), "{point}");
        }
    }

    #[test]
    fn a_run_without_looks_is_an_empty_chart() {
        let svg = draw(&outcome(), &[]);
        assert!(!svg.contains("NaN") && svg.ends_with("</svg>\n"), "{svg}");
    }
}
