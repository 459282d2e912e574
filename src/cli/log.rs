//! The log: what goes to the standard error, and how its times are written.

use std::io::IsTerminal;

use anyhow::Result;
use anyhow::anyhow;
use jiff::tz::TimeZone;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::time::Clock;

/// The environment's variable that says what is logged.
const VARIABLE: &str = "XUNJIE_LOG";

/// Starts the log, with `usual` as its filter where the environment names none.
///
/// # Errors
/// When the environment names a filter that cannot be read.
pub(crate) fn start(usual: &str) -> Result<()> {
    let filter = filter(std::env::var(VARIABLE).ok().as_deref(), usual)?;
    let at_terminal = std::io::stderr().is_terminal();
    let times = LocalTime {
        clock: Clock::system(),
        zone: TimeZone::system(),
        form: if at_terminal { FOR_EYES } else { FOR_FILES },
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_timer(times)
        .with_writer(std::io::stderr)
        .with_ansi(at_terminal)
        .with_target(false)
        .init();
    Ok(())
}

fn filter(wanted: Option<&str>, usual: &str) -> Result<EnvFilter> {
    let Some(wanted) = wanted.filter(|text| !text.trim().is_empty()) else {
        return Ok(EnvFilter::new(usual));
    };
    // What the parser says of it names neither the variable nor a way out.
    EnvFilter::try_new(wanted).map_err(|_| {
        anyhow!(
            "{VARIABLE} is {wanted:?}; write error, warn, info, debug, trace or off, for all or \
             for a part, as in warn,xunjie::ingest=debug"
        )
    })
}

/// A person who looks on knows the day.
const FOR_EYES: &str = "%H:%M:%S";
/// What is kept must say which day it was, and whose clock.
const FOR_FILES: &str = "%Y-%m-%dT%H:%M:%S%.3f%:z";

struct LocalTime {
    clock: Clock,
    zone: TimeZone,
    form: &'static str,
}

impl FormatTime for LocalTime {
    fn format_time(&self, writer: &mut Writer<'_>) -> std::fmt::Result {
        write!(writer, "{}", self.clock.now().zoned(&self.zone).strftime(self.form))
    }
}

#[cfg(test)]
mod tests {
    use crate::time::Timestamp;

    use super::*;

    #[test]
    fn a_filter_that_cannot_be_read_is_told_with_its_value() {
        let error = filter(Some("warn,xunjie=loud"), "info").unwrap_err().to_string();
        assert!(error.contains("\"warn,xunjie=loud\""), "{error}");
        assert!(error.contains("debug"), "{error}");
    }

    #[test]
    fn the_usual_filter_stands_where_none_is_named() {
        for empty in [None, Some(""), Some(" ")] {
            assert_eq!(filter(empty, "warn").unwrap().to_string(), "warn");
        }
        assert_eq!(filter(Some("debug"), "warn").unwrap().to_string(), "debug");
    }

    #[test]
    fn times_are_short_for_eyes_and_whole_for_files() {
        let written = |form| {
            let (clock, _hand) = Clock::simulated(Timestamp::from_micros(1_500_250_000));
            let mut text = String::new();
            let times = LocalTime { clock, zone: TimeZone::UTC, form };
            times.format_time(&mut Writer::new(&mut text)).unwrap();
            text
        };
        assert_eq!(written(FOR_EYES), "00:25:00");
        assert_eq!(written(FOR_FILES), "1970-01-01T00:25:00.250+00:00");
    }
}
