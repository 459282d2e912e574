//! The measured process: the pipeline as `xunjie run` has it, under a load that comes from elsewhere.
//!
//! It is told what to do on its standard input and ends when that closes, so
//! that it does not outlive the bench.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::io::Write as _;
use std::time::Duration;

use anyhow::Context;
use anyhow::Result;

use crate::ingest::CameraPhase;
use crate::ingest::CameraStatus;
use crate::ingest::LookCounts;
use crate::runtime::Shutdown;
use crate::runtime::ShutdownGuard;
use crate::runtime::Spread;
use crate::runtime::Usage;
use crate::runtime::Worker;
use crate::time::Clock;
use crate::time::Timestamp;

use super::bare::Bare;
use super::bare::BareBench;
use super::figures::Figures;
use super::figures::KEPT_SLACK_S;
use super::figures::Kept;
use super::figures::Latency;
use super::figures::Line;
use super::figures::Load;
use super::figures::Outcome;
use super::figures::Second;
use super::figures::Task;
use super::subject::OVERLOAD;
use super::subject::Subject;

/// Cameras are connected to a few at a time, so many of them take this long and more.
const CONNECT_WAIT: Duration = Duration::from_secs(20);
const CONNECT_WAIT_A_CAMERA: Duration = Duration::from_millis(100);
/// Once all are connected: until each has had its first looks and buffers have grown.
const SETTLE_INTERVALS: f64 = 2.0;
/// Gates learn each camera's noise first.
const SETTLE_INTERVALS_GATED: f64 = 20.0;
/// Of more cameras than can be learned at once some come late: so many intervals more are
/// given, a few at a time, while looks still fall behind.
const SETTLE_INTERVALS_MORE: u32 = 40;
const SETTLE_STEP: u32 = 4;
/// Fewer than one camera in so many has had to wait within a step: it is over.
const SETTLED_PART: u64 = 50;
const SETTLE_MIN: Duration = Duration::from_secs(5);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE_S: f64 = 60.0;
/// A day; longer runs go on in its last.
const MINUTES_MAX: usize = 24 * 60;
/// The program that asked is gone.
const ABANDONED: i32 = 130;

/// Runs one load and tells how it went, in lines of JSON.
///
/// # Errors
/// When the load is not understood or a part cannot start.
pub(crate) fn pipeline() -> Result<()> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let load: Load = serde_json::from_str(&line).context("no load on standard input")?;
    let (_guard, never) = Shutdown::pair();
    let watch = Worker::start("bench-watch", never, || {
        let mut rest = String::new();
        // Nothing more is ever said: this returns when the other end is gone.
        let _ = std::io::stdin().lock().read_line(&mut rest);
        std::process::exit(ABANDONED);
    })?;
    // Joining it would wait for the other end, which waits for us.
    std::mem::forget(watch);

    say(&Line::Stage("measuring the bare costs".to_owned()))?;
    let looks = load.task != Task::ReceiveOnly;
    let bench = looks.then(|| BareBench::new(&load.urls, &load.model));
    let mut bench = bench.transpose()?;
    let mut bare = || bench.as_mut().map_or(Ok(Bare::default()), BareBench::measure);
    let before = bare()?;
    let mut run = Run::start(&load)?;
    run.warm_up()?;
    let measured = run.measure()?;
    drop(run);
    say(&Line::Stage("measuring the bare costs again".to_owned()))?;
    let after = bare()?;
    say(&Line::Outcome(Box::new(measured.outcome(&load, before, after))))
}

fn say(line: &Line) -> Result<()> {
    let text = serde_json::to_string(line)?;
    writeln!(std::io::stdout().lock(), "{text}").context("nobody listens to the bench's pipeline")
}

/// A subject under load.
struct Run {
    subject: Subject,
    task: Task,
    clock: Clock,
    wait: Shutdown,
    _never: ShutdownGuard,
    cameras: usize,
    interval: Duration,
    length: Duration,
    started_at: Timestamp,
}

/// What was seen between the first second and the last.
struct Measured {
    warm_up: Duration,
    length: Duration,
    counts: LookCounts,
    before: Seen,
    after: Seen,
    connected_min: usize,
    /// The most in each minute.
    resident_bytes: Vec<u64>,
}

/// One reading of everything.
#[derive(Clone)]
struct Seen {
    at: Timestamp,
    usage: Usage,
    counts: LookCounts,
    connected: usize,
    bytes: u64,
    reconnects: u64,
    skipped: BTreeMap<String, u64>,
}

impl Run {
    fn start(load: &Load) -> Result<Self> {
        let clock = Clock::system();
        let subject = Subject::start(load, &clock)?;
        let (never, wait) = Shutdown::pair();
        Ok(Self {
            subject,
            task: load.task,
            started_at: clock.now(),
            clock,
            wait,
            _never: never,
            cameras: load.urls.len(),
            interval: Duration::from_secs_f64(load.interval_s),
            length: Duration::from_secs_f64(load.seconds),
        })
    }

    /// Until all cameras are connected, or will not be, and looks have settled.
    fn warm_up(&mut self) -> Result<()> {
        let cameras = u32::try_from(self.cameras).unwrap_or(u32::MAX);
        let patience = CONNECT_WAIT + CONNECT_WAIT_A_CAMERA * cameras;
        let deadline = self.started_at + patience;
        loop {
            let connected = connected(&self.subject.statuses());
            say(&Line::Stage(format!("connecting: {connected} of {} cameras", self.cameras)))?;
            if connected == self.cameras || self.clock.now() >= deadline {
                break;
            }
            let _ = self.wait.begins_within(SECOND);
        }
        say(&Line::Stage("warming up".to_owned()))?;
        let gated = self.task == Task::LookGated;
        let intervals = if gated { SETTLE_INTERVALS_GATED } else { SETTLE_INTERVALS };
        let settle = self.interval.mul_f64(intervals).max(SETTLE_MIN);
        let _ = self.wait.begins_within(settle);
        if gated {
            self.wait_until_learned()?;
        }
        Ok(())
    }

    /// Until a few intervals have gone by with hardly a look left out for want of time.
    fn wait_until_learned(&self) -> Result<()> {
        let overload = || self.subject.counts().1.get(OVERLOAD).copied().unwrap_or_default();
        let mut before = overload();
        for _ in 0..SETTLE_INTERVALS_MORE / SETTLE_STEP {
            say(&Line::Stage("warming up: the gates still learn".to_owned()))?;
            let _ = self.wait.begins_within(self.interval * SETTLE_STEP);
            let now = overload();
            if now - before <= self.cameras as u64 / SETTLED_PART {
                break;
            }
            before = now;
        }
        Ok(())
    }

    fn measure(&mut self) -> Result<Measured> {
        let before = self.see()?;
        let end = before.at + self.length;
        let (mut last, mut after) = (before.clone(), before.clone());
        let mut connected_min = before.connected;
        let mut resident_bytes: Vec<u64> = Vec::new();
        while after.at < end {
            let _ = self.wait.begins_within(SECOND.min(end.since(self.clock.now())));
            after = self.see()?;
            connected_min = connected_min.min(after.connected);
            // The last second may end a moment after the last minute.
            let measured_s = after.at.since(before.at).as_secs_f64() - SECOND.as_secs_f64() / 2.0;
            let minute = (measured_s / MINUTE_S).ceil() as usize;
            resident_bytes.resize(minute.clamp(1, MINUTES_MAX), 0);
            if let Some(most) = resident_bytes.last_mut() {
                *most = after.usage.resident_bytes.max(*most);
            }
            let passed_s = after.at.since(last.at).as_secs_f64().max(f64::MIN_POSITIVE);
            let cpu_s = after.usage.cpu.saturating_sub(last.usage.cpu).as_secs_f64();
            let counts = after.counts.since(&last.counts);
            say(&Line::Second(Second {
                at_s: after.at.since(before.at).as_secs_f64(),
                connected: after.connected,
                kept_interval_s: kept(&counts.kept),
                decision_latency_ms: latency(&counts.decision),
                cpu_cores: rounded(cpu_s / passed_s),
                rss_mb: megabytes(after.usage.resident_bytes),
            }))?;
            last = after.clone();
        }
        let mut counts = after.counts.since(&before.counts);
        self.count_open_intervals(before.at, after.at, &mut counts.kept);
        let warm_up = before.at.since(self.started_at);
        let length = after.at.since(before.at);
        Ok(Measured { warm_up, length, counts, before, after, connected_min, resident_bytes })
    }

    /// A camera that waits for a look longer than it should is counted with
    /// its wait so far: it would else be the better off the longer it waits.
    fn count_open_intervals(&self, begun: Timestamp, now: Timestamp, kept: &mut Spread) {
        let late = self.interval + Duration::from_secs_f64(KEPT_SLACK_S);
        for last_look_at in self.subject.last_looks() {
            let open = now.since(last_look_at.unwrap_or(begun));
            if open > late {
                kept.add(open);
            }
        }
    }

    fn see(&self) -> Result<Seen> {
        let cameras = self.subject.statuses();
        let (counts, skipped) = self.subject.counts();
        Ok(Seen {
            at: self.clock.now(),
            usage: Usage::read().context("cannot measure this process")?,
            connected: connected(&cameras),
            bytes: cameras.iter().map(|camera| camera.bytes).sum(),
            reconnects: cameras.iter().map(|camera| camera.reconnects).sum(),
            counts,
            skipped,
        })
    }
}

impl Measured {
    fn outcome(&self, load: &Load, bare_before: Bare, bare_after: Bare) -> Outcome {
        let seconds = self.length.as_secs_f64();
        let (before, after) = (&self.before, &self.after);
        let bare = Bare::between(bare_before, bare_after);
        let cpu_s = after.usage.cpu.saturating_sub(before.usage.cpu).as_secs_f64();
        let finished = self.counts.finished() as f64;
        let useful_ms = finished * bare.decode_ms + self.counts.inferred as f64 * bare.infer_ms;
        let grown = |reason: &String, count: &u64| {
            let earlier = before.skipped.get(reason).copied().unwrap_or_default();
            (reason.clone(), count.saturating_sub(earlier))
        };
        let figures = Figures {
            cameras: load.urls.len(),
            connected: self.connected_min,
            looks_per_s: rounded(finished / seconds),
            kept_interval_s: kept(&self.counts.kept),
            decision_latency_ms: latency(&self.counts.decision),
            cpu_cores: rounded(cpu_s / seconds),
            bytes_per_s: rounded(after.bytes.saturating_sub(before.bytes) as f64 / seconds),
            skipped: after.skipped.iter().map(|(reason, count)| grown(reason, count)).collect(),
            rss_mb: megabytes(self.resident_bytes.iter().copied().max().unwrap_or(0)),
            rss_mb_by_minute: self.resident_bytes.iter().copied().map(megabytes).collect(),
            threads: after.usage.threads,
            bare,
            efficiency: (finished > 0.0 && cpu_s > 0.0).then(|| rounded(useful_ms / 1e3 / cpu_s)),
        };
        Outcome {
            figures,
            task: load.task,
            interval_s: load.interval_s,
            warm_up_s: self.warm_up.as_secs_f64(),
            measured_s: seconds,
            bare_before,
            bare_after,
            reconnects: after.reconnects.saturating_sub(before.reconnects),
            rss_mb_ever: megabytes(after.usage.resident_bytes_max),
        }
    }
}

fn connected(cameras: &[CameraStatus]) -> usize {
    cameras.iter().filter(|camera| camera.phase == CameraPhase::Live).count()
}

fn kept(spread: &Spread) -> Kept {
    let quantile = |share| spread.quantile(share).map(|length| rounded(length.as_secs_f64()));
    Kept { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1.0) }
}

fn latency(spread: &Spread) -> Latency {
    let quantile = |share| spread.quantile(share).map(|length| rounded(length.as_secs_f64() * 1e3));
    Latency { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) }
}

fn megabytes(bytes: u64) -> f64 {
    rounded(bytes as f64 / 1e6)
}

/// To what is worth telling: nobody reads the digits behind.
fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::bench::subject::tests::load;

    fn seen(second: i64, cpu_s: u64, bytes: u64, not_due: u64) -> Seen {
        Seen {
            at: Timestamp::from_secs(second),
            usage: Usage { cpu: Duration::from_secs(cpu_s), threads: 9, ..Usage::default() },
            counts: LookCounts::default(),
            connected: 2,
            bytes,
            reconnects: 0,
            skipped: BTreeMap::from([("not_due".to_owned(), not_due)]),
        }
    }

    #[test]
    fn efficiency_is_the_bare_cost_of_the_looks_in_the_cpu_taken() {
        let mut counts = LookCounts { inferred: 50, ..LookCounts::default() };
        (0..100).for_each(|_| counts.decision.add(Duration::from_millis(40)));
        let measured = Measured {
            warm_up: Duration::from_secs(8),
            length: Duration::from_secs(10),
            counts,
            before: seen(100, 5, 1_000, 7),
            after: seen(110, 10, 51_000, 27),
            connected_min: 2,
            resident_bytes: vec![200_000_000, 190_000_000],
        };
        let bare = |decode_ms| Bare { decode_ms, infer_ms: 10.0 };
        let outcome = measured.outcome(&load(), bare(19.0), bare(21.0));
        let figures = outcome.figures;
        // 100 decodes of 20 ms and 50 inferences of 10 ms are 2.5 of 5 s.
        assert!((figures.efficiency.unwrap() - 0.5).abs() < 1e-9, "{figures:?}");
        assert!((figures.cpu_cores - 0.5).abs() < 1e-9);
        assert!((figures.bytes_per_s - 5_000.0).abs() < 1e-9);
        assert!((figures.looks_per_s - 10.0).abs() < 1e-9);
        assert_eq!(figures.skipped["not_due"], 20);
        assert_eq!((figures.rss_mb, figures.rss_mb_by_minute), (200.0, vec![200.0, 190.0]));
    }
}
