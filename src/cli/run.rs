//! `xunjie run`: watches the cameras of a configuration until told to stop.

use std::path::PathBuf;

use anyhow::Context;
use anyhow::Result;
use clap::Args;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;

use crate::config::Config;
use crate::pipeline::Machine;
use crate::pipeline::Parts;
use crate::runtime::Shutdown;
use crate::time::Clock;

/// What a second signal exits with, as shells write "ended by Ctrl-C".
const INTERRUPTED: i32 = 130;

const EXAMPLES: &str = "\
Examples:
  xunjie run city.toml                    cases as JSON lines on the standard output
  xunjie run city.toml | jq -r '.data | [.filed_at, .kind, .camera_id] | @tsv'
  XUNJIE_LOG=warn xunjie run city.toml    only what healed itself or needs a person";

/// Watch the cameras of a configuration.
///
/// Runs until Ctrl-C or SIGTERM: cameras end first, cases last. A second
/// signal ends it at once; nothing that was filed is lost by that.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RunArgs {
    /// The configuration; `xunjie config example` prints one to start from
    #[arg(value_name = "CITY.toml")]
    config: PathBuf,
}

/// # Errors
/// When the configuration is faulty or a part cannot start.
pub(crate) fn run(args: &RunArgs) -> Result<()> {
    let config = Config::load(&args.config)?;
    if config.cameras.is_empty() {
        tracing::warn!("no [[camera]] in {}: nothing to watch", args.config.display());
    }
    for camera in config.cameras.iter().filter(|camera| camera.zones.is_empty()) {
        tracing::warn!(camera = %camera.id, "no zone: the camera is received, nothing is judged");
    }
    let machine = start(&config, Parts::default())?;
    let zones: usize = config.cameras.iter().map(|camera| camera.zones.len()).sum();
    tracing::info!(cameras = config.cameras.len(), zones, model = config.model, "watching");
    if let Some(address) = machine.listening() {
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        tracing::info!("see {scheme}://{address}/");
    }
    if config.city.is_some() || config.tls.is_some() {
        wait_for_end(&machine)?;
    } else {
        wait_for_signal()?;
    }
    tracing::info!("ending: cameras first, cases last");
    end(machine);
    Ok(())
}

pub(crate) fn start(config: &Config, parts: Parts) -> Result<Machine> {
    Machine::start(config, parts, &Clock::system()).context("cannot start")
}

/// Ends the machine, or the program if a second signal comes before that.
pub(crate) fn end(machine: Machine) {
    let (_guard, never) = Shutdown::pair();
    let impatient = crate::runtime::Worker::start("second-signal", never, || {
        if wait_for_signal().is_ok() {
            std::process::exit(INTERRUPTED);
        }
    });
    drop(machine);
    // The thread waits for a signal that need not come; it ends with the program.
    std::mem::forget(impatient);
}

/// Waits for Ctrl-C or SIGTERM, and has city data and certificate read again
/// at each SIGHUP. No signal is lost meanwhile: all are listened to throughout.
fn wait_for_end(machine: &Machine) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut hangup = signal(SignalKind::hangup())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        loop {
            tokio::select! {
                _ = interrupt.recv() => return Ok(()),
                _ = terminate.recv() => return Ok(()),
                _ = hangup.recv() => machine.reload(),
            }
        }
    })
}

/// Waits for Ctrl-C or SIGTERM.
pub(crate) fn wait_for_signal() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed?,
            _ = terminate.recv() => {}
        }
        Ok(())
    })
}
